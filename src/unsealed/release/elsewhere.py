"""What a release withholds, and some other text shows: in the release itself, in what is public, in texts of others.

Takes an archive and the sealed rows of a planned release; gives findings. Two questions, each answered by the review
room: does the same name stand somewhere (`review.consistency`), and does the same passage (`review.comparison`)? What
is public is read from the packs, never from the archive: a reader has those. Findings name marks, documents and
units, never words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from unsealed.archive import Archive, StoredReading
from unsealed.model import Gap, PublicDocument, PublicUnit, Unit
from unsealed.release.objects import package_path, read_files, read_manifest
from unsealed.release.records import find_release
from unsealed.review.comparison import Comparison, Showing, batches
from unsealed.review.consistency import Names
from unsealed.review.desk import Desk
from unsealed.review.leaks import Allowed, Hit
from unsealed.review.passages import HIDDEN, Stream, private_stream, shown_stream, shown_units
from unsealed.review.state import WHOLE, MarkRecord
from unsealed.review.words import is_distinct
from unsealed.seal.package import decode_pack

_NAMED = 5  # places or marks that one finding names
MOST_WINDOWS = 50_000  # in memory at once: more ask for another pass over the texts
_GAP = " withheldhere "  # stands where words are hidden, so that the words on both sides are not read as one name


class Found(NamedTuple):
    """A finding about a document of the release. `kind` is `inconsistent` or `comparison`."""

    item: int
    kind: str
    why: str


class _Source(NamedTuple):
    """A text that readers see or will see. `item` is 0 where it is none of the archive; `name` is for people."""

    item: int
    name: str
    part: str  # what its pieces are called: unit, part, line
    stream: Stream


class _Document(NamedTuple):
    """A document of the archive with the marks that are decided or open."""

    item: int
    units: tuple[Unit, ...]
    marks: tuple[MarkRecord, ...]

    def stream(self) -> Stream:
        return private_stream(self.units, self.marks)


def shown_elsewhere(archive: Archive, number: int, rows: Mapping[int, int]) -> list[Found]:
    """Everything that release `number` withholds and another text shows, and the other way round.

    `rows` are the sealed readings of its documents by item, in release order.
    """
    if not rows:
        return []
    allowed = Desk(archive).allowed()
    return [*_names_kept(archive, number, rows, allowed), *_passages_shown(archive, number, rows, allowed)]


def kept_inside(archive: Archive, rows: Mapping[int, int]) -> list[Found]:
    """Names that some document of a release withholds and another one of it keeps: what its leak check will find."""
    names = Names(Desk(archive).allowed())
    for document in _documents(archive, rows):
        _add_names(names, document)
    found = []
    for document in _documents(archive, rows) if len(names) else ():
        kept = list(names.kept(shown_units(document.units, document.marks, _GAP)))
        if kept:
            marks = sorted({mark for one in kept for mark in one.marks})
            found.append(Found(document.item, "inconsistent", _keep(_units([one.unit for one in kept]), marks)))
    return found


def _units(units: Sequence[int]) -> str:
    return f"its {'unit' if len(units) == 1 else 'units'} {_first(list(map(str, units)))}"


def _keep(places: str, marks: Sequence[int]) -> str:
    """One line for all places: a name that stands in a hundred of them is one question to the editors."""
    named = _first([f"m{mark}" for mark in marks]) or "other marks"
    withhold = "withholds" if len(marks) == 1 else "withhold"
    return f"words that {named} {withhold} stand in {places}: withhold them there too, or allow them"


def _first(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


# --- names ----------------------------------------------------------------------------------------------


def _names_kept(archive: Archive, number: int, rows: Mapping[int, int], allowed: Iterable[str]) -> Iterator[Found]:
    """Names that the release withholds and a public document keeps."""
    names, items = Names(allowed), {}
    for document in _documents(archive, rows):
        _add_names(names, document)
        items.update({mark.number: document.item for mark in document.marks})
    if not len(names):
        return
    places: dict[int, list[str]] = {}
    for item, release, shown in _public(archive, number):
        if item in rows:
            continue  # it is replaced by what this release shows of it
        for kept in names.kept(_pieces(shown, _GAP)):
            for mark in kept.marks:
                places.setdefault(mark, []).append(f"part {kept.unit} of document {item} in release {release}")
    for mark, some in sorted(places.items()):
        yield Found(items[mark], "inconsistent", _keep(f"{_first(some)}, which is public", (mark,)))


def _add_names(names: Names, document: _Document) -> None:
    for mark in document.marks:
        if mark.unit != WHOLE and mark.start != WHOLE:
            names.add(mark, document.units[mark.unit].text[mark.start : mark.end])


# --- passages -------------------------------------------------------------------------------------------


def _passages_shown(archive: Archive, number: int, rows: Mapping[int, int], allowed: Sequence[str]) -> Iterator[Found]:
    public = {one.item for one in archive.released() if one.item not in rows and _is_published(archive, one.release)}
    secrets = {**rows, **{item: archive.current_row(item) for item in sorted(public)}}
    told: set[tuple[int, str]] = set()
    words = Allowed(allowed)
    withholding = ((document.item, document.stream()) for document in _documents(archive, secrets, marked=True))
    for comparison in batches(withholding, MOST_WINDOWS):
        for source in _sources(archive, number, rows):
            for showing in _relevant(comparison, source, rows):
                mark = showing.secret.marks[0]
                covered = f"m{mark} in {source.name}" in allowed or _is_covered(words, showing.words)
                if not covered and (mark, source.name) not in told:
                    told.add((mark, source.name))
                    yield _leak(showing, source, rows)


def _is_covered(allowed: Allowed, words: str) -> bool:
    """Whether editors allowed these very words. Common ones are allowed because nothing can look for them: not here."""
    return is_distinct(words) and allowed.covers(Hit("", words, "string"))


def _relevant(comparison: Comparison, source: _Source, rows: Mapping[int, int]) -> Iterator[Showing]:
    """What a source shows: of the release's documents, or by them; a document's own earlier cut shows what it does."""
    for showing in comparison.showings(source.stream):
        item = showing.secret.item
        if (item in rows or source.item in rows) and (item != source.item or source.part == "unit"):
            yield showing


def _leak(showing: Showing, source: _Source, rows: Mapping[int, int]) -> Found:
    secret = showing.secret
    mark = secret.marks[0]
    what = "shows the words" if showing.exact else "shows other words in the place of those"
    own = secret.item in rows
    owner = "" if own else f" of document {secret.item}, which is public"
    why = (
        f"{source.name} ({source.part} {showing.unit}) {what} that m{mark} withholds (unit {secret.unit}{owner}), in "
        f'the same passage: withhold them there too, or allow it: unsealed release allow "m{mark} in {source.name}"'
    )
    return Found(secret.item if own else source.item, "comparison", why)


def _sources(archive: Archive, number: int, rows: Mapping[int, int]) -> Iterator[_Source]:
    """The documents of the release, what is public, and the texts that editors added."""
    for document in _documents(archive, rows):
        yield _Source(document.item, f"document {document.item}", "unit", document.stream())
    for item, release, shown in _public(archive, number):
        name = f"document {item} of release {release}"
        yield _Source(item, name, "part", shown_stream(_pieces(shown, HIDDEN)))
    for text in archive.comparisons():
        yield _Source(0, f"text {text.number}", "line", shown_stream(enumerate(text.text.split("\n"), 1)))


# --- what is read ---------------------------------------------------------------------------------------


def _documents(archive: Archive, rows: Mapping[int, int], *, marked: bool = False) -> Iterator[_Document]:
    """Documents with the marks on their sealed reading. `marked`: only those that have marks, none withheld whole."""
    desk = Desk(archive)
    marks: dict[int, tuple[MarkRecord, ...]] = {}
    for state in desk.states():
        if state.item in rows:
            marks[state.item] = (*state.accepted, *state.open)
    for item, row in rows.items():
        own = marks.get(item, ())
        if any(mark.unit == WHOLE for mark in own) or (marked and not own):
            continue
        stored = archive.reading(row)
        yield _Document(item, stored.reading.units, tuple(_fitting(own, stored)))


def _fitting(marks: Iterable[MarkRecord], stored: StoredReading) -> Iterator[MarkRecord]:
    """The marks that lie inside the reading; one that does not fit it stops the build by name."""
    units = stored.reading.units
    for mark in marks:
        if mark.unit < len(units) and mark.end <= len(units[mark.unit].text):
            yield mark


def _is_published(archive: Archive, number: int) -> bool:
    stored = find_release(archive, number)
    return stored is not None and stored.state == "published"


def _public(archive: Archive, number: int) -> Iterator[tuple[int, int, PublicDocument]]:
    """Every document that ever became public before release `number`: (item, release, document)."""
    items = {(one.generation, one.slot): one.item for one in archive.released()}
    for release in archive.releases():
        if release == number or not _is_published(archive, release) or not package_path(archive, release).exists():
            continue
        for file, data in read_files(archive, release, read_manifest(archive, release)[0]):
            if file.path.startswith("packs/"):
                for document in decode_pack(data):
                    yield items.get((document.generation, document.slot), 0), release, document


def _pieces(document: PublicDocument, gap: str) -> list[tuple[int, str]]:
    """What a public document shows, part by part, counted from 1."""
    found = []
    for number, block in enumerate(document.blocks, 1):
        runs = block.runs if isinstance(block, PublicUnit) else (block,)
        found.append((number, "".join(gap if isinstance(run, Gap) else run.text for run in runs)))
    return found
