"""The one door from private to public: a document and its decisions become a `PublicDocument` with its proof.

Takes a sealed reading and the marks that two editors accepted; gives what readers may see. Nothing else on the
way out takes a private document: packs, manifests, the leak check and the pages take `PublicDocument` alone.

What is shown is read back from the proof (`seal.opened`), never from the reading: the text shown is the text proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from unsealed.archive import StoredReading
from unsealed.errors import HumanNeeded
from unsealed.model import FORMAT_PUBLIC, Field, PublicDocument, Reading, Reason
from unsealed.review.state import WHOLE, MarkRecord
from unsealed.seal import opened
from unsealed.seal.atoms import Atoms, Spans, restore, unit_ranges
from unsealed.seal.cut import Span, cut_hash, spans
from unsealed.seal.facts import standing_facts, title_of
from unsealed.seal.proof import Body, Logged, Proof, encode
from unsealed.seal.prove import body
from unsealed.seal.puncture import Secret

# Fields that may be shown although they name no units: what a reader of the format knows, not what a text says.
# An `id` is never among them: one that is read from a path or a row tells what the text may hide.
NEUTRAL = frozenset({"lang", "mark-default"})
_UNLOGGED = Logged(b"", b"")


class SealedAt(NamedTuple):
    """Where a reading is sealed: everything private that a proof is made from, but the key."""

    generation: int
    slot: int
    c: bytes
    borders: bytes


class Decided(NamedTuple):
    """A private document that may be released: its sealed reading and the accepted marks on it."""

    stored: StoredReading
    sealed: SealedAt
    marks: tuple[MarkRecord, ...]


class Place(NamedTuple):
    """Where a public document stands: its release, id and parent, and the two paths of its proof.

    `path` leads from the commitment to the root of its generation, `cut_path` from the cut `p` at `place` to the
    root of the cuts of the release.
    """

    release: int
    id: str
    parent: str
    path: tuple[bytes, ...]
    place: int
    cut_path: tuple[bytes, ...]


def sealed_atoms(document: Decided) -> Atoms:
    """The atoms exactly as they were sealed; the text is never cut again."""
    return restore([(unit.label, unit.text) for unit in document.stored.reading.units], document.sealed.borders)


def hidden_places(atoms: Atoms, marks: Iterable[MarkRecord], reasons: Sequence[Reason]) -> list[tuple[int, int, int]]:
    """What the marks hide: (first atom, count, reason), widened to whole atoms, none twice.

    Where marks with different reasons overlap, the reason with the lowest number stands: the table lists the
    gravest first. A mark on the whole document hides everything but the header.
    """
    numbers = _reason_numbers(marks := tuple(marks), reasons)
    spans_of = Spans(atoms)
    hidden: dict[int, int] = {}
    for mark in marks:
        if mark.unit == WHOLE:
            first, count = 1, atoms.count - 1
        elif mark.start == WHOLE:
            first, count = spans_of.units[mark.unit].first, spans_of.units[mark.unit].count
        else:
            first, count = spans_of.atoms_of(mark.unit, mark.start, mark.end)
        number = numbers[mark.code]
        for atom in range(first, first + count):
            hidden[atom] = min(number, hidden.get(atom, number))
    return [(atom, 1, reason) for atom, reason in sorted(hidden.items())]


def _reason_numbers(marks: Iterable[MarkRecord], reasons: Sequence[Reason]) -> dict[str, int]:
    """Code to number. Raises HumanNeeded where a mark gives a reason that the settings no longer have."""
    numbers = {reason.code: reason.number for reason in reasons}
    for mark in marks:
        if mark.code not in numbers:
            raise HumanNeeded(
                f"Mark m{mark.number} gives the reason {mark.reason}, which the settings no longer have.",
                remedy="Put this code back into review.reasons, with its number, or mark the place again.",
            )
    return numbers


def cut_of(document: Decided, reasons: Sequence[Reason]) -> bytes:
    """The hash `p` of the publisher's cut of a document, which the release commits to before any proof is made."""
    return cut_hash(document.sealed.c, cut_spans(document, reasons))


def cut_spans(document: Decided, reasons: Sequence[Reason]) -> tuple[Span, ...]:
    """What the publisher hides of a document, as maximal spans."""
    if not document.marks:
        return ()
    atoms = sealed_atoms(document)
    return spans(hidden_places(atoms, document.marks, reasons), atoms.count)


def shown_whole(document: Decided, reasons: Sequence[Reason]) -> frozenset[int]:
    """The numbers of the units of which no atom is hidden."""
    if not document.marks:
        return frozenset(range(len(document.stored.reading.units)))
    atoms = sealed_atoms(document)
    return _shown_whole(atoms, hidden_places(atoms, document.marks, reasons))


def _shown_whole(atoms: Atoms, hidden: Iterable[tuple[int, int, int]]) -> frozenset[int]:
    places = {first for first, _, _ in hidden}
    units = enumerate(unit_ranges(atoms))
    if not places:
        return frozenset(number for number, _ in units)
    return frozenset(number for number, unit in units if places.isdisjoint(range(unit.first, unit.first + unit.count)))


def public_document(
    document: Decided, place: Place, *, key: Secret, archive_id: bytes, reasons: Sequence[Reason]
) -> PublicDocument:
    """Turn a private document into a public one. Deterministic: the same values give the same bytes.

    Raises ArchiveError where reading, borders or key are not those that were sealed, UsageError where the marks
    cannot be hidden.
    """
    atoms = sealed_atoms(document)
    hidden = hidden_places(atoms, document.marks, reasons)
    sealed, reading = document.sealed, document.stored.reading
    proved = body(
        key, archive_id, sealed.generation, sealed.slot, atoms, document.stored.item.sha256, hidden,
        expected_c=sealed.c,
    )  # fmt: skip
    whole = _shown_whole(atoms, hidden)
    blocks = opened.blocks(proved)
    fields = standing_facts(public_fields(reading, whole), blocks)
    return PublicDocument(
        v=FORMAT_PUBLIC,
        id=place.id,
        slot=sealed.slot,
        generation=sealed.generation,
        release=place.release,
        type=reading.type,
        title=title_of(fields, blocks, place.id),
        fields=fields,
        blocks=blocks,
        shown_words=opened.shown_words(proved),
        hidden_atoms=opened.hidden_atoms(proved),
        proof=_proof_text(proved, place),
        parent=place.parent,
    )


def _proof_text(proved: Body, place: Place) -> str:
    """The proof without its two log entries: they bind the package that holds it, so they can only follow."""
    return encode(Proof(proved, place.path, place.place, place.cut_path, _UNLOGGED, _UNLOGGED)).decode()


def public_fields(reading: Reading, whole: frozenset[int]) -> tuple[tuple[str, str], ...]:
    """The parsed values whose every unit is shown whole. Without units, only a neutral name is shown."""
    return tuple((field.name, field.value) for field in reading.fields if _is_shown(field, whole))


def _is_shown(field: Field, whole: frozenset[int]) -> bool:
    return whole.issuperset(field.units) if field.units else field.name in NEUTRAL


def canonical_id(reading: Reading, whole: frozenset[int]) -> str:
    """The document's own id where everything that carries it is shown, else an empty string."""
    return next((field.value for field in reading.fields if field.name == "id" and _is_shown(field, whole)), "")
