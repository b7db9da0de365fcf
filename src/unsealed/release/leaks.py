"""The leak check of a release: every withheld string of the archive against everything that would go out.

Takes the desk's marks and public values; gives hits, or refuses. What is searched is what a reader gets after
decompression: shown text, parsed values, titles, ids, and the words of the manifest. `review.leaks` searches;
this file says what is withheld, what goes out, and what a hit means:

* in a document: the words are sealed, decided text. Two editors may allow them, with a reason;
* in the words of the release itself (title, story): refused, nobody can allow it;
* in the settings' words (name, reasons, licence), which were public before: only whole strings of two words
  or more count, because `Public` in a licence gives nobody away.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded
from unsealed.model import Gap, Manifest, PublicDocument, PublicUnit, Reading
from unsealed.review.desk import Desk
from unsealed.review.leaks import RUN, Allowed, Hit, LeakCheck
from unsealed.review.state import WHOLE, MarkRecord
from unsealed.review.words import words

# Stands where words are hidden, so that the words on both sides are not read as one name.
_GAP = " withheldhere "
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


class _Piece(NamedTuple):
    place: str
    text: str


def may_be_allowed(hit: Hit) -> bool:
    """Whether editors may allow a hit: only where the proofs show sealed, decided text."""
    return hit.place.startswith("document ")


def gather(archive: Archive) -> LeakCheck:
    """Every withheld string of the archive: of marks that are decided, and of those that are still open."""
    check = LeakCheck()
    for state in Desk(archive).states():
        marks = [mark for mark in (*state.accepted, *state.open) if mark.rule != "coarsen"]
        readings: dict[int, Reading] = {}
        for mark in marks:
            if mark.row not in readings:
                readings[mark.row] = archive.reading(mark.row).reading
            _add(check, mark, readings[mark.row])
    return check


def _add(check: LeakCheck, mark: MarkRecord, reading: Reading) -> None:
    if mark.unit == WHOLE:
        _add_document(check, reading)
    elif mark.start == WHOLE:
        check.add_runs(reading.units[mark.unit].text)
    else:
        check.add_text(reading.units[mark.unit].text[mark.start : mark.end])


def _add_document(check: LeakCheck, reading: Reading) -> None:
    """A withheld document: runs over its prose, and within each other part that is long enough to have one.

    Runs over the cells of a table or the lines of a header would be the same in every document of its kind.
    """
    check.add_runs("\n".join(unit.text for unit in reading.units if unit.label in _PROSE))
    for unit in reading.units:
        if unit.label not in _PROSE and len(words(unit.text)) >= RUN:
            check.add_runs(unit.text)


def document_hits(check: LeakCheck, document: PublicDocument) -> list[Hit]:
    """Withheld strings in a public document, each at the first place where it stands."""
    pieces = list(_pieces(document))
    # The whole document once: most have no hit, and a name may be split over two units.
    whole = check.hits(f"document {document.id}", "\n".join(piece.text for piece in pieces))
    return [_where(check, hit, pieces) for hit in whole]


def _where(check: LeakCheck, hit: Hit, pieces: Iterable[_Piece]) -> Hit:
    for piece in pieces:
        for found in check.hits(piece.place, piece.text):
            if (found.string, found.kind) == (hit.string, hit.kind):
                return found
    return hit


def _pieces(document: PublicDocument) -> Iterator[_Piece]:
    """Everything in a public document that is words, with the name of its place."""
    place = f"document {document.id}"
    for number, block in enumerate(document.blocks, 1):
        if isinstance(block, PublicUnit):
            text = "".join(_GAP if isinstance(run, Gap) else run.text for run in block.runs)
            yield _Piece(f"{place}, {block.label} (part {number})", text)
    for name, value in document.fields:
        yield _Piece(f"{place}, {name}", value)
    yield _Piece(f"{place}, title", document.title)
    yield _Piece(f"{place}, id", f"{document.id}\n{document.parent}")


def manifest_hits(check: LeakCheck, manifest: Manifest) -> list[Hit]:
    """Withheld strings in the words of a release."""
    found = check.hits("the title of the release", manifest.title)
    found += check.hits("the story of the release", manifest.story)
    settings = [manifest.name, manifest.licence, *(f"{reason.code}\n{reason.text}" for reason in manifest.reasons)]
    for text in settings:
        found += [hit for hit in check.hits("the settings", text) if " " in hit.string]
    return found


def judge(number: int, hits: Iterable[Hit], allowed: Allowed) -> None:
    """Refuse a release with hits that two editors did not allow. Raises LeaksFound."""
    left = tuple(hit for hit in hits if not (may_be_allowed(hit) and allowed.covers(hit)))
    if left:
        raise LeaksFound(number, left)
