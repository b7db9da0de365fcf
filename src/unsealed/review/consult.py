"""Ask somebody outside about passages: a letter that holds these and nothing else; the reply stands in the audit log.

Takes an open archive and the words of editors; gives letters (`review.letter`) and consultations. A consultation
decides nothing and blocks nothing, with a reply or without one: editors read it and decide. Everything that was asked
and answered is kept in the chained journal; `audit list` shows that it happened, `review consult show` what was said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from unsealed import age
from unsealed.archive import Archive, StoredReading
from unsealed.crypto import sha256
from unsealed.errors import HumanNeeded, InputError, UsageError
from unsealed.files import write_durable
from unsealed.model import Unit
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.review.events import Asked, ConsultSaid, ReplySaid, decode, encode
from unsealed.review.file import check_span
from unsealed.review.finding import Span
from unsealed.review.letter import Letter, Paragraph, Passage, Piece, html_letter, text_letter
from unsealed.review.references import resolve
from unsealed.review.shown import Run, carried_over, hiding, runs, widen
from unsealed.review.state import WHOLE, MarkState
from unsealed.review.unmarked import Unmarked

_PASSAGE = re.compile(r"(.+?):(\d{1,9})(?::(\d{1,9})-(\d{1,9}))?")
_MOST = 200  # passages of one letter
_QUESTION = 20_000  # characters
_REPLY = 1_000_000  # characters
_TO = 200  # characters
_GAP = " withheldhere "  # stands where words are left out, so that those on both sides are not read as one name


class Consultation(NamedTuple):
    """Something that was asked. `by`, `asked_on` and the replies (editor, day, words) are as the journal has them."""

    said: ConsultSaid
    by: str
    asked_on: str
    replies: tuple[tuple[str, str, str], ...] = ()

    @property
    def name(self) -> str:
        """By which people speak of it: `c3`."""
        return f"c{self.said.number}"


class Question(NamedTuple):
    """What is to be asked. `context`: units before and after each passage; `why_shown`: why the withheld words that it
    is about stand in the letter (empty: they do not); `recipient`: of age (empty: a letter that anybody can read).
    """

    to: str
    words: str
    passages: tuple[Asked, ...]
    context: int = 0
    why_shown: str = ""
    recipient: str = ""


# --- what is asked about --------------------------------------------------------------------------------


def find_passages(archive: Archive, references: Iterable[str], marks: Iterable[str]) -> tuple[Asked, ...]:
    """`DOC:UNIT`, `DOC:UNIT:FROM-TO` and marks (`m12`) as passages, in this order.

    Raises UsageError for another form, a place outside the document, none or too many, InputError for an unknown one.
    """
    found = [one for reference in references for one in _by_reference(archive, reference)]
    found += [_by_mark(archive, mark) for mark in marks]
    if not 0 < len(found) <= _MOST:
        raise UsageError(
            f"A letter asks about 1 to {_MOST} passages.", remedy="Name them: --passage DOC:UNIT or --mark m12."
        )
    return tuple(found)


def _by_reference(archive: Archive, reference: str) -> list[Asked]:
    match = _PASSAGE.fullmatch(reference)
    if not match:
        raise UsageError(
            "A passage is written DOC:UNIT or DOC:UNIT:FROM-TO.", remedy="`unsealed review show` prints unit numbers."
        )
    found = []
    for item in resolve(archive, match[1]):
        stored = archive.current(item.id)
        start, end = (int(match[3]), int(match[4])) if match[3] else (WHOLE, WHOLE)
        if match[3] and start >= end:
            raise UsageError("A passage ends behind its begin.", remedy="Write FROM-TO with FROM smaller than TO.")
        span = check_span(Span(int(match[2]), start, end), stored.reading.units)
        found.append(Asked(item.id, stored.row, *span))
    return found


def _by_mark(archive: Archive, name: str) -> Asked:
    if not re.fullmatch(r"m\d{1,9}", name):
        raise UsageError("A mark is named by its number.", remedy="For example m12; `unsealed review list` shows them.")
    mark = Desk(archive).find_mark(int(name[1:]))
    if mark.unit == WHOLE:
        raise UsageError(
            f"{name} withholds a whole document.", remedy="Name the passages to ask about: --passage DOC:UNIT"
        )
    return Asked(mark.item, mark.row, mark.unit, mark.start, mark.end, mark.number)


# --- sending --------------------------------------------------------------------------------------------


def send(
    archive: Archive, question: Question, out: Path, editor: str, *, now: Callable[[], str] = audit.utc_now
) -> Consultation:
    """Write the letter to `out` and the consultation into the journal, that first: killed between the two, the journal
    has a letter that nobody got.

    The letter is a page where the name ends with `.html` (`.html.age` with a recipient), else plain text. Raises
    UsageError for empty words, a file that is there or a name that says another kind, InputError for an editor who may
    not decide, HumanNeeded where a mark was made on another reading, or the letter would show words that are withheld
    elsewhere.
    """
    desk = Desk(archive)
    desk.rules.check_may(editor, "decide")
    _check(question, out)
    number = max((one.said.number for one in consultations(archive)), default=0) + 1
    at = now()
    letter = _letter(archive, question, number, at[:10])
    _check_unmarked(archive, letter)
    page = (html_letter if _is_page(out) else text_letter)(letter).encode()
    data = age.encrypt_bytes(page, question.recipient) if question.recipient else page
    said = ConsultSaid(
        at, number, question.to, question.words, question.passages, question.context, sha256(data).hexdigest(),
        question.why_shown, question.recipient,
    )  # fmt: skip
    archive.add_decisions([(audit.ARCHIVE_ITEM, editor, encode(said))])
    write_durable(out, data, mode=0o600)
    return Consultation(said, editor, at[:10])


def _check(question: Question, out: Path) -> None:
    if not question.to.strip() or not question.to.isprintable() or len(question.to) > _TO:
        raise UsageError("Say who is asked.", remedy=f"Use a name, or a word for it, of at most {_TO} characters: --to")
    if not question.words.strip() or len(question.words) > _QUESTION:
        raise UsageError("A letter asks something.", remedy=f"Use at most {_QUESTION:,} characters: --question")
    if question.recipient:
        age.check_recipient(question.recipient)
    if bool(question.recipient) != (out.suffix == ".age"):
        raise UsageError(
            "The name of the file does not say what it is.",
            remedy="With a recipient it ends with .age; without one it must not: letter.html, letter.txt.",
        )
    if out.exists():
        raise UsageError(f"{out} exists already.", remedy="Choose another name.")


def _check_unmarked(archive: Archive, letter: Letter) -> None:
    """Words that are asked about with their reason may stand in the letter; nothing else that anybody withholds."""
    texts = [
        (number, "\n".join(_unasked(letter, paragraph) for paragraph in passage.paragraphs))
        for number, passage in enumerate(letter.passages, 1)
    ]
    found = Unmarked(archive).find(texts)
    if found:
        number, marks = next(iter(found.items()))
        named = ", ".join(f"m{mark}" for mark in marks) or "the register of protected people"
        raise HumanNeeded(
            f"Passage {number} shows words that are withheld elsewhere ({named}).",
            remedy="Mark them there too: they are left out then. Or use less context, or let two editors allow them.",
        )


def _unasked(letter: Letter, paragraph: Paragraph) -> str:
    return "".join(
        _GAP if piece.withheld or (piece.asked and letter.shown) else piece.text for piece in paragraph.pieces
    )


def _is_page(out: Path) -> bool:
    return Path(out.stem if out.suffix == ".age" else out.name).suffix.lower() in (".html", ".htm")


# --- what stands in the letter --------------------------------------------------------------------------


def _letter(archive: Archive, question: Question, number: int, day: str) -> Letter:
    passages = tuple(_passage(archive, question, asked) for asked in question.passages)
    name = archive.settings.archive.name
    return Letter(name, question.to, number, day, question.words, passages, shown=bool(question.why_shown))


def _passage(archive: Archive, question: Question, asked: Asked) -> Passage:
    stored = archive.reading(asked.row)
    marks = _marks(archive, stored)
    first = max(asked.unit - question.context, 0)
    numbers = range(first, min(asked.unit + question.context + 1, len(stored.reading.units)))
    units = {number: stored.reading.units[number] for number in numbers}
    found = [
        _in_question(question, asked, unit, marks)
        if number == asked.unit
        else Paragraph(tuple(_pieces(runs(number, unit, marks))), asked=False)
        for number, unit in units.items()
    ]
    return Passage(tuple(one for one in found if any(piece.text.strip() or piece.withheld for piece in one.pieces)))


def _marks(archive: Archive, stored: StoredReading) -> list[MarkState]:
    """The marks that hide something of this reading. Raises HumanNeeded where one was made on another text."""
    marks = hiding(Desk(archive).state(stored.item.id).marks)
    carried_over(archive, [one.mark for one in marks], stored)
    return list(marks)


def _in_question(question: Question, asked: Asked, unit: Unit, marks: Sequence[MarkState]) -> Paragraph:
    """The unit in question: of words that were named only these, unless there is context."""
    alone = not asked.mark and asked.start != WHOLE and not question.context
    if question.why_shown:
        marks = [one for one in marks if not _asks_about(asked, one, unit, alone=alone)]
    named = asked.start != WHOLE and (bool(question.why_shown) or not asked.mark)
    begin, end = widen(unit.text, asked.start, asked.end) if named else (0, 0)
    found = runs(asked.unit, unit, marks)
    if alone:
        found = [_within(run, begin, end) for run in found if run.start < end and begin < run.start + len(run.text)]
        pieces = tuple(piece._replace(asked=True) for piece in _pieces(found))
        return Paragraph(pieces, asked=True, before=begin > 0, after=end < len(unit.text.rstrip()))
    return Paragraph(tuple(_pieces(found, begin, end, asked.mark)), asked=True)


def _asks_about(asked: Asked, state: MarkState, unit: Unit, *, alone: bool) -> bool:
    """Whether a mark on the unit in question is what is asked about, so that its words may be shown to the person whom
    they concern.

    Of a mark that is named, that one alone; of words, the marks within them; of a unit, the marks on all of it. A
    neighbour's name in the same unit stays withheld: it concerns somebody else. Of a unit or document that is
    withheld whole, words alone can be shown.
    """
    mark = state.mark
    if asked.mark:
        return mark.number == asked.mark
    if mark.unit == WHOLE or mark.start == WHOLE:
        return mark.unit in (WHOLE, asked.unit) and (alone or asked.start == WHOLE)
    if mark.unit != asked.unit or asked.start == WHOLE:
        return False
    begin, end = widen(unit.text, asked.start, asked.end)
    return begin <= mark.start and mark.end <= end


def _within(run: Run, begin: int, end: int) -> Run:
    """The part of a run that lies from `begin` to `end`."""
    first = max(begin - run.start, 0)
    return Run(run.start + first, run.text[first : end - run.start], run.mark)


def _pieces(found: Iterable[Run], begin: int = 0, end: int = 0, mark: int = 0) -> Iterator[Piece]:
    """Runs as pieces; the words from `begin` to `end`, and what is withheld by `mark`, are the ones asked about."""
    for run in found:
        if run.mark:
            yield Piece("", asked=bool(mark) and run.mark.mark.number == mark, withheld=True)
            continue
        first, last = max(begin - run.start, 0), max(end - run.start, 0)
        parts = ((run.text[:first], False), (run.text[first:last], True), (run.text[max(first, last) :], False))
        yield from (Piece(text, asked) for text, asked in parts if text)


# --- what came of it ------------------------------------------------------------------------------------


def reply(
    archive: Archive, number: int, words: str, editor: str, *, now: Callable[[], str] = audit.utc_now
) -> Consultation:
    """Keep what came back to consultation `number`, in its own words. Another reply stands beside the first one.

    Raises InputError for an unknown consultation or editor, UsageError for a reply without words or one too long.
    """
    Desk(archive).rules.check_may(editor, "mark")
    find(archive, number)
    if not words.strip() or len(words) > _REPLY:
        raise UsageError("A reply has words.", remedy=f"Use at most {_REPLY:,} characters: --text or --file")
    archive.add_decisions([(audit.ARCHIVE_ITEM, editor, encode(ReplySaid(now(), number, words)))])
    return find(archive, number)


def find(archive: Archive, number: int) -> Consultation:
    """One consultation. Raises InputError where there is none with this number."""
    for one in consultations(archive):
        if one.said.number == number:
            return one
    raise InputError(f"There is no consultation c{number}.", remedy="`unsealed review consult list` shows them.")


def consultations(archive: Archive) -> list[Consultation]:
    """Everything that was asked, in order, with the replies."""
    found: dict[int, Consultation] = {}
    for one in archive.decisions(audit.ARCHIVE_ITEM):
        said = decode(one.payload)
        if isinstance(said, ConsultSaid):
            found[said.number] = Consultation(said, one.editor, said.at[:10])
        elif isinstance(said, ReplySaid):
            before = found[said.consult]
            found[said.consult] = before._replace(replies=(*before.replies, (one.editor, said.at[:10], said.text)))
    return list(found.values())


def about_items(asked: Iterable[Consultation]) -> dict[int, list[Consultation]]:
    """The consultations by the documents that they ask about."""
    found: dict[int, list[Consultation]] = {}
    for one in asked:
        for item in sorted({passage.item for passage in one.said.passages}):
            found.setdefault(item, []).append(one)
    return found
