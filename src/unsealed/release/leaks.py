"""The leak check of a release: every withheld string of the archive against everything that would go out.

Takes the desk's marks and public values; gives hits, or refuses. What is searched is what a reader gets after
decompression: shown text, parsed values, titles, ids, and the words of the manifest. `review.leaks` searches;
this file says what is withheld, what goes out, and what a hit means:

* in a document: the words are sealed, decided text. Two editors may allow them, with a reason;
* in the words of the release itself (title, story): refused, nobody can allow it;
* in the settings' words (name, reasons, licence): one person can change them, so two editors must have allowed a
  single word there; a string of two words or more is refused. What a new archive's settings say counts as the
  program's own words: `Public` in its licence gives nobody away.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.config import DEFAULT_REASONS, ReleaseSettings
from unsealed.errors import HumanNeeded
from unsealed.model import LABELS_BY_CHARACTER, Gap, Manifest, PublicDocument, PublicUnit, Reading
from unsealed.release.reasons import FIRST_ROLE
from unsealed.review.desk import Desk
from unsealed.review.finding import GRID
from unsealed.review.leaks import RUN, VALUE, Allowed, Hit, LeakCheck
from unsealed.review.register import Register
from unsealed.review.risk.registered import Registered
from unsealed.review.shown import whole_words
from unsealed.review.state import WHOLE, MarkRecord
from unsealed.review.words import fold, has_unspaced, squeeze, words

_NAMED = 20  # marks that a message names
_SURE = 0.8  # how sure a name of the register must be: less is for suggestions
_LEAST_VALUE = 6  # letters and digits of a value that is looked for in the rest of its document
_LEAST_DECIMAL = 4  # digits of a decimal number, kept ones included
_DECIMAL = re.compile(r"[-+]?\d+[.,]\d+")
_DECIMALS = re.compile(r"\d+(?:[.,]\d+)?")
# Stands where words are hidden, so that the words on both sides are not read as one name.
_GAP = " withheldhere "
_SETTINGS = "the settings"
_OWN = frozenset(
    (ReleaseSettings().licence, *(f"{reason.code}\n{reason.text}" for reason in DEFAULT_REASONS))
)  # what the settings of a new archive say
# Labels of units that are read one after the other, so that a quotation may run from one into the next.
_PROSE = frozenset(
    (
        "heading",
        "title",
        "subject",
        "paragraph",
        "list-item",
        "quote",
        "note",
        "source-note",
        "message",
        "text",
        "closer",
    )
)


class LeaksFound(HumanNeeded):
    """Withheld strings would go out. `hits` may be shown to the editors; the message holds numbers only."""

    def __init__(self, number: int, hits: tuple[Hit, ...]) -> None:
        final = sum(not may_be_allowed(hit) for hit in hits)
        remedy = "Withhold them there too, or have two editors allow them: unsealed release allow TEXT --as EDITOR"
        if final:
            remedy = f"{final} stand in the title or story of the release: change those. {remedy}"
        super().__init__(f"Release {number} is refused: {len(hits)} withheld strings would go out.", remedy=remedy)
        self.hits = hits


class CommonLeft(HumanNeeded):
    """Words are withheld in the release that stand everywhere, so that no program can look for them."""

    def __init__(self, number: int, marks: Sequence[int]) -> None:
        named = ", ".join(f"m{mark}" for mark in marks[:_NAMED]) + (" ..." if len(marks) > _NAMED else "")
        super().__init__(
            f"Release {number} is refused: the words of {len(marks)} marks are too common to be looked for ({named}).",
            remedy="Read for them; then two editors allow the words: unsealed release allow TEXT --as EDITOR",
        )
        self.marks = tuple(marks)


class Withheld(NamedTuple):
    """What must not go out. `values` are, by item, the squeezed values of which it shows only a part.

    `common` holds marks whose words stand everywhere: (mark, item, words). `people` are those of the register.
    """

    check: LeakCheck
    values: dict[int, frozenset[str]]
    common: tuple[tuple[int, int, str], ...]
    people: Registered


class _Piece(NamedTuple):
    place: str
    text: str
    named: bool = False  # it is what the document is called


def may_be_allowed(hit: Hit) -> bool:
    """Whether editors may allow a hit: where the proofs show sealed, decided text; and single words of the settings."""
    return hit.place.startswith("document ") or (hit.place == _SETTINGS and " " not in hit.string)


def gather(archive: Archive) -> Withheld:
    """Every withheld string of the archive: of marks decided and still open, and the names of the register."""
    check = LeakCheck()
    values: dict[int, set[str]] = {}
    items: dict[int, int] = {}
    for state in Desk(archive).states():
        readings: dict[int, Reading] = {}
        for mark in (*state.accepted, *state.open):
            if mark.row not in readings:
                readings[mark.row] = archive.reading(mark.row).reading
            items[mark.number] = state.item
            found = _add(check, mark, readings[mark.row])
            if found:
                values.setdefault(state.item, set()).update(found)
    common = sorted((mark, items[mark], text) for mark, text in check.common)
    people = Register(archive).protected()
    for entry in people:
        for name in (entry.name, *entry.spellings, *entry.nicknames, *entry.ids):
            if entry.ids.count(name) or len(words(name)) > 1 or has_unspaced(name):
                check.add_name(name)
    kept = {item: frozenset(keys) for item, keys in values.items()}
    return Withheld(check, kept, tuple(common), Registered(people))


def _add(check: LeakCheck, mark: MarkRecord, reading: Reading) -> frozenset[str]:
    """Add what a mark withholds. Gives the squeezed values that the rest of its document may not show."""
    if mark.unit == WHOLE:
        _add_document(check, reading)
        return frozenset()
    unit = reading.units[mark.unit]
    if mark.start == WHOLE:
        check.add_runs(unit.text, mark=mark.number)
        return frozenset()
    text = unit.text[mark.start : mark.end]
    if unit.label in LABELS_BY_CHARACTER and text.strip() != unit.text.strip():
        check.add_value(unit.text)
        return coarse_keys(unit.text, mark.start)
    check.add_text(text, mark=mark.number)
    whole = whole_words(unit.text, mark.start, mark.end)
    if whole != text:
        check.add_text(whole, mark=mark.number)
    return frozenset()


def coarse_keys(text: str, start: int) -> frozenset[str]:
    """What would give a value away of which only the characters before `start` are shown: squeezed, six or more.

    The value itself, its digits, a decimal number's first two digits beyond what is kept, and a grid reference in
    each exactness beyond it.
    """
    value = text.strip()
    digits = "".join(filter(str.isdigit, value))
    kept = sum(map(str.isdigit, text[:start]))
    found = {squeeze(fold(value)), digits if len(digits) >= VALUE else ""}
    if _DECIMAL.fullmatch(value):
        found.add(digits[: kept + 2].lstrip("0") if kept + 2 <= len(digits) else "")
        return frozenset(key for key in found if len(key) >= _LEAST_DECIMAL)
    grid = GRID.fullmatch(value)
    if grid:
        square, both = squeeze(fold(grid[1])), grid[2] + grid[4]
        half, begin = len(both) // 2, text.index(value) + grid.start(2)
        exact = min(max(start - begin, 0) % max(half, 1), half)
        found |= {square + both[:n] + both[half : half + n] for n in range(exact + 1, half + 1)}
    return frozenset(key for key in found if len(key) >= _LEAST_VALUE)


def _add_document(check: LeakCheck, reading: Reading) -> None:
    """A withheld document: runs over its prose, and within each other part that is long enough to have one.

    Runs over the cells of a table or the lines of a header would be the same in every document of its kind.
    """
    check.add_runs("\n".join(unit.text for unit in reading.units if unit.label in _PROSE))
    for unit in reading.units:
        if unit.label not in _PROSE and len(words(unit.text)) >= RUN:
            check.add_runs(unit.text)


def document_hits(withheld: Withheld, item: int, document: PublicDocument) -> list[Hit]:
    """Withheld strings in the public document that was made of `item`, each at the first place where it stands."""
    check = withheld.check
    pieces = list(_pieces(document))
    values = list(_value_hits(withheld.values.get(item, frozenset()), pieces))
    # The whole document once: most have no hit, and a name may be split over two units.
    whole = check.hits(f"document {document.id}", "\n".join(piece.text for piece in pieces))
    places = _places(check, pieces) if whole else {}
    people = _people_hits(withheld.people, pieces)
    return [*values, *(places.get((hit.string, hit.kind), hit) for hit in whole), *people]


def text_hits(withheld: Withheld, item: int, text: str) -> list[Hit]:
    """Withheld strings in a text of `item` that somebody outside is given before its release."""
    place = f"document {item}"
    pieces = [_Piece(place, text)]
    values = _value_hits(withheld.values.get(item, frozenset()), pieces)
    return [*values, *withheld.check.hits(place, text), *_people_hits(withheld.people, pieces)]


def _people_hits(people: Registered, pieces: Iterable[_Piece]) -> list[Hit]:
    """People of the register whom a document names, in whatever spelling: withheld there, or allowed by two editors."""
    found: dict[str, Hit] = {}
    for piece in pieces:
        for one in people.find(piece.text):
            if one.sure >= _SURE:
                said = " ".join(words(piece.text[one.start : one.end]))
                found.setdefault(said, Hit(piece.place, said, "person"))
    return list(found.values())


def _value_hits(keys: frozenset[str], pieces: Iterable[_Piece]) -> Iterator[Hit]:
    """Values of which the document shows only a part, shown whole at another place of it."""
    for piece in pieces if keys else ():
        folded = fold(piece.text)
        squeezed, numbers = squeeze(folded), [squeeze(match[0]).lstrip("0") for match in _DECIMALS.finditer(folded)]
        for key in sorted(keys):
            short = key.isdigit() and len(key) < VALUE
            if short and piece.named:
                continue  # the number by which the document is called begins alike by chance
            if (any(number.startswith(key) for number in numbers)) if short else (key in squeezed):
                yield Hit(piece.place, key, "value")


def _places(check: LeakCheck, pieces: Iterable[_Piece]) -> dict[tuple[str, str], Hit]:
    """The first place of each string and kind that stands within one piece."""
    found: dict[tuple[str, str], Hit] = {}
    for piece in pieces:
        for hit in check.hits(piece.place, piece.text):
            found.setdefault((hit.string, hit.kind), hit)
    return found


def _pieces(document: PublicDocument) -> Iterator[_Piece]:
    """Everything in a public document that is words, with the name of its place."""
    place = f"document {document.id}"
    for number, block in enumerate(document.blocks, 1):
        if isinstance(block, PublicUnit):
            text = "".join(_GAP if isinstance(run, Gap) else run.text for run in block.runs)
            yield _Piece(f"{place}, {block.label} (part {number})", text, block.label == "id")
    for name, value in document.fields:
        yield _Piece(f"{place}, {name}", value, name == "id")
    yield _Piece(f"{place}, title", document.title)
    yield _Piece(f"{place}, id", f"{document.id}\n{document.parent}", named=True)


def manifest_hits(check: LeakCheck, manifest: Manifest) -> list[Hit]:
    """Withheld strings in the words of a release."""
    found = check.hits("the title of the release", manifest.title)
    found += check.hits("the story of the release", manifest.story)
    for reason in manifest.reasons:
        if reason.number >= FIRST_ROLE:  # words beside a marker are said of one person: here every hit counts
            found += check.hits("the words beside a marker", f"{reason.code}\n{reason.text}")
    settings = [manifest.name, manifest.licence, *(f"{reason.code}\n{reason.text}" for reason in manifest.reasons)]
    for text in settings:
        found += [hit for hit in check.hits(_SETTINGS, text) if " " in hit.string or text not in _OWN]
    return found


def is_own(text: str) -> bool:
    """Whether these words of the settings are those of every new archive."""
    return text in _OWN


def judge_common(number: int, withheld: Withheld, items: Collection[int], allowed: Allowed) -> None:
    """Refuse a release in which words are withheld that nothing can look for. Raises CommonLeft."""
    left = sorted(
        {mark for mark, item, text in withheld.common if item in items and not allowed.covers(Hit("", text, "string"))}
    )
    if left:
        raise CommonLeft(number, left)


def judge(number: int, hits: Iterable[Hit], allowed: Allowed) -> None:
    """Refuse a release with hits that two editors did not allow. Raises LeaksFound."""
    left = tuple(hit for hit in hits if not (may_be_allowed(hit) and allowed.covers(hit)))
    if left:
        raise LeaksFound(number, left)
