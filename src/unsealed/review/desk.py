"""The desk where editors mark and decide: what they say goes into the archive's journal, and comes out as a state.

Takes an open archive; gives `DocumentState`s. Everything written is one thing that one editor said at one time; a
crash between two writes leaves fewer votes, never a wrong decision. Saying the same thing twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from unsealed.archive import UNREADABLE, Archive
from unsealed.archive.records import StoredDecision
from unsealed.errors import InputError
from unsealed.review import audit
from unsealed.review.events import AllowSaid, MarkSaid, Said, VoteSaid, decode, encode
from unsealed.review.file import check_editor, check_reason, check_says
from unsealed.review.finding import Span
from unsealed.review.rules import ALLOWED, Act, Rules
from unsealed.review.state import DocumentState, MarkRecord, Verdict, Vote, document_state

_Place = tuple[int, int, int, int, int, str, int, str]  # item, row, unit, start, end, reason, supersedes, says
utc_now, ARCHIVE_ITEM = audit.utc_now, audit.ARCHIVE_ITEM


class Wish(NamedTuple):
    """A span that somebody wants withheld, and why. `rule` is `coarsen` where the tail of a value goes.

    `supersedes` names the mark that this one is to replace; `says` are the publisher's words beside the marker.
    """

    span: Span
    reason: str
    rule: str = ""
    note: str = ""
    supersedes: int = 0
    says: str = ""


class Wishes(NamedTuple):
    """What `editors` want withheld of reading `row` of an item."""

    item: int
    row: int
    wishes: tuple[Wish, ...]
    editors: tuple[str, ...]


class _Ballot(NamedTuple):
    """A vote that is about to be stored; `row` is the reading that a clearing is about."""

    item: int
    mark: int
    editor: str
    verdict: Verdict
    row: int = 0


class Desk:
    """Marks and votes of one open archive. `now` gives the time that is written beside each of them."""

    def __init__(self, archive: Archive, *, now: Callable[[], str] = audit.utc_now) -> None:
        self.archive = archive
        self._settings = archive.settings.review
        self.rules = Rules(self._settings)
        self._now = now

    # --- what stands -------------------------------------------------------------------------------

    def state(self, item: int, *, row: int | None = None) -> DocumentState:
        """What the marks and votes on one item amount to for its reading `row` (None: the current one)."""
        return self._state(item, self.archive.decisions(item), self.archive.current_row(item) if row is None else row)

    def states(self) -> Iterator[DocumentState]:
        """The state of every item that somebody marked or voted on, in order of the items."""
        said = sorted(self.archive.decisions(), key=lambda one: (one.item, one.id))
        rows = {summary.item: summary.row for summary in self.archive.summaries()} if said else {}
        for item, group in groupby(said, key=lambda one: one.item):
            if item != ARCHIVE_ITEM:
                yield self._state(item, list(group), rows.get(item, 0))

    def _state(self, item: int, said: Sequence[StoredDecision], row: int) -> DocumentState:
        marks, votes = _records(said)
        return document_state(item, marks, votes, rules=self.rules, row=row)

    def marks(self) -> Iterator[MarkRecord]:
        """Every mark that was ever made, in the order they were made, streaming."""
        for one in self.archive.journal():
            said = decode(one.payload)
            if isinstance(said, MarkSaid):
                yield _mark(one, said)

    def find_mark(self, number: int) -> MarkRecord:
        """The mark with this number. Raises InputError where there is none."""
        for one in self.archive.decisions():
            if one.id == number:
                said = decode(one.payload)
                if isinstance(said, MarkSaid):
                    return _mark(one, said)
        raise InputError(f"There is no mark m{number}.", remedy="`unsealed review list` shows the marks.")

    # --- what is said ------------------------------------------------------------------------------

    def mark(
        self, item: int, row: int, spans: Sequence[Span], reason: str, editor: str, *, note: str = ""
    ) -> list[int]:
        """Mark spans of reading `row`; who marks agrees. Gives the numbers of the marks, old ones where they stood.

        Raises InputError for an unknown reason or editor.
        """
        check_reason(reason, self._settings)
        wishes = tuple(Wish(span, reason, note=note) for span in spans)
        return [number for number, _ in self.say_marks([Wishes(item, row, wishes, (editor,))])]

    def say_marks(self, asked: Sequence[Wishes]) -> list[tuple[int, bool]]:
        """Marks of many documents at once. Gives (number, whether it is new) for every wish, in order.

        One transaction for the marks, one for the votes: a crash between them leaves marks that are still open.
        Raises InputError for an unknown editor, one who may not mark, or words for a marker that cannot stand there.
        """
        for editor in {editor for wishes in asked for editor in wishes.editors}:
            self._check(editor, "mark")
        for wish in (wish for wishes in asked for wish in wishes.wishes):
            check_says(wish.says)
        known = {
            _place(found.mark): found.mark.number
            for item in {wishes.item for wishes in asked}
            for found in self.state(item).marks
        }
        new: dict[_Place, tuple[int, str, bytes]] = {}
        for wishes in asked:
            for wish in wishes.wishes:
                place = (wishes.item, wishes.row, *wish.span, wish.reason, wish.supersedes, wish.says)
                if place not in known and place not in new:
                    said = self._said(wishes.row, wish)
                    new[place] = (wishes.item, wishes.editors[0], encode(said))
        added = dict(zip(new, self._write(list(new.values())), strict=True)) if new else {}
        known |= added
        return self._agree(asked, known, set(added))

    def _said(self, row: int, wish: Wish) -> MarkSaid:
        span, reason, rule, note, supersedes, says = wish
        return MarkSaid(self._now(), row, *span, reason, rule, note, supersedes, says)

    def _agree(self, asked: Sequence[Wishes], known: dict[_Place, int], new: set[_Place]) -> list[tuple[int, bool]]:
        """Every named editor accepts every mark that was asked for."""
        found: list[tuple[int, bool]] = []
        votes: list[_Ballot] = []
        for wishes in asked:
            for wish in wishes.wishes:
                place = (wishes.item, wishes.row, *wish.span, wish.reason, wish.supersedes, wish.says)
                found.append((known[place], place in new))
                deciders = [editor for editor in wishes.editors if editor in self.rules.deciders]
                votes += [_Ballot(wishes.item, known[place], editor, "accept") for editor in deciders]
        self._vote(votes)
        return found

    def replace(
        self, number: int, span: Span, editor: str, *, reason: str = "", note: str = "", says: str = "", rule: str = ""
    ) -> int:
        """Ask for another mark in the place of mark `number`: wider, for another reason, with other words. Gives its
        number. Nothing changes until enough editors accept the new one; the old one stays in the log.

        Raises InputError for an unknown mark or editor, or one that was superseded already.
        """
        old = self.find_mark(number)
        state = next(one for one in self.state(old.item, row=old.row).marks if one.mark.number == number)
        if state.decided == "superseded":
            raise InputError(
                f"Mark m{number} is superseded already.", remedy="Change the mark that took its place: review list."
            )
        if reason:
            check_reason(reason, self._settings)
        wish = Wish(span, reason or old.reason, rule, note, number, says)
        if (span, wish.reason, says) == (Span(old.unit, old.start, old.end), old.reason, old.says):
            raise InputError(f"That is what mark m{number} says already.", remedy="Change something, or decide it.")
        [(found, _)] = self.say_marks([Wishes(old.item, old.row, (wish,), (editor,))])
        return found

    def decide(self, number: int, editor: str, verdict: Verdict, *, why: str = "") -> DocumentState:
        """Agree or disagree with a mark. Raises InputError for an unknown mark, or an editor who may not decide."""
        self._check(editor, "decide")
        mark = self.find_mark(number)
        self._vote([_Ballot(mark.item, number, editor, verdict)], why)
        return self.state(mark.item)

    def clear(self, item: int, editor: str, verdict: Verdict = "accept", *, why: str = "") -> DocumentState:
        """Say that nothing, or nothing more, of a document need be withheld (or take it back)."""
        self.clear_all([item], [editor], verdict, why=why)
        return self.state(item)

    def clear_all(
        self, items: Iterable[int], editors: Sequence[str], verdict: Verdict = "accept", *, why: str = ""
    ) -> None:
        """Say it of the current readings of many documents, for several editors, in one transaction.

        Raises InputError for a document that could not be read: what nobody saw, nobody can clear.
        """
        for editor in editors:
            self._check(editor, "decide")
        wanted = list(items)
        if verdict == "accept":
            self.check_readable(wanted)
        found = {summary.item: summary for summary in self.archive.summaries(items=wanted)} if wanted else {}
        rows = {item: found[item].row if item in found else 0 for item in wanted}
        self._vote([_Ballot(item, 0, editor, verdict, rows[item]) for item in wanted for editor in editors], why)

    def check_readable(self, items: Sequence[int]) -> None:
        """Raises InputError for a document that could not be read."""
        read = {one.item for one in self.archive.summaries(items=items) if one.state not in UNREADABLE} if items else ()
        for item in items:
            if item not in read:
                raise InputError(
                    f"Document {item} could not be read: nobody can say what stands in it.",
                    remedy="`unsealed status` lists such documents, and why.",
                )

    def _check(self, editor: str, act: Act) -> None:
        check_editor(editor, self._settings)
        self.rules.check_may(editor, act)

    def _write(self, records: Sequence[tuple[int, str, bytes]]) -> list[int]:
        """Add records, and behind them the settings under which they were said where those are not in the log yet."""
        now = audit.settings_record(self.archive, self._now)
        numbers = self.archive.add_decisions([*records, *now])
        if now:
            audit.note_settings(self.archive)
        return numbers[: len(records)]

    def _vote(self, votes: Sequence[_Ballot], why: str = "") -> None:
        """Store the votes that change what stands."""
        standing: dict[tuple[int, int, str], tuple[Verdict, int]] = {}
        for item in {vote.item for vote in votes}:
            for vote in _records(self.archive.decisions(item))[1]:
                standing[vote.item, vote.mark, vote.editor] = (vote.verdict, vote.row)
        new: list[tuple[int, str, bytes]] = []
        for item, mark, editor, verdict, row in votes:
            if standing.get((item, mark, editor)) != (verdict, row):
                standing[item, mark, editor] = (verdict, row)
                new.append((item, editor, encode(VoteSaid(self._now(), mark, verdict, row, why))))
        if new:
            self._write(new)

    # --- what the leak check is told -----------------------------------------------------------------

    def allow(self, text: str, reason: str, editor: str) -> None:
        """Say that `text` may stand in shown text although it is withheld elsewhere. Raises InputError, see `mark`."""
        self._check(editor, "decide")
        if not text.strip() or not reason.strip():
            raise InputError("An allowance needs words and a reason.", remedy="Give both.")
        if not any(one.text == text and who == editor for who, one in self._allowances()):
            self._write([(ARCHIVE_ITEM, editor, encode(AllowSaid(self._now(), text, reason)))])

    def allowed(self) -> list[str]:
        """The texts that enough different editors allowed."""
        editors: dict[str, set[str]] = {}
        for editor, said in self._allowances():
            editors.setdefault(" ".join(said.text.casefold().split()), set()).add(editor)
        return [text for text, by in editors.items() if self.rules.enough(ALLOWED, by)]

    def _allowances(self) -> list[tuple[str, AllowSaid]]:
        found = []
        for one in self.archive.decisions(ARCHIVE_ITEM):
            said = decode(one.payload)
            if isinstance(said, AllowSaid):
                found.append((one.editor, said))
        return found


def _records(stored: Sequence[StoredDecision]) -> tuple[list[MarkRecord], list[Vote]]:
    """Marks and votes; a mark counts as its editor's first vote."""
    marks: list[MarkRecord] = []
    votes: list[Vote] = []
    for one in stored:
        said: Said = decode(one.payload)
        if isinstance(said, MarkSaid):
            marks.append(_mark(one, said))
            votes.append(Vote(one.id, one.item, one.id, one.editor, "accept", said.at))
        elif isinstance(said, VoteSaid):
            votes.append(Vote(one.id, one.item, said.mark, one.editor, said.verdict, said.at, said.row))
    return marks, votes


def _mark(one: StoredDecision, said: MarkSaid) -> MarkRecord:
    return MarkRecord(
        one.id, one.item, said.row, said.unit, said.start, said.end, said.reason, said.rule, said.note,
        said.supersedes, said.says,
    )  # fmt: skip


def _place(mark: MarkRecord) -> _Place:
    return (mark.item, mark.row, mark.unit, mark.start, mark.end, mark.reason, mark.supersedes, mark.says)
