"""The one door from private to public: only what is not hidden comes through it."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unsealed.archive import Item, StoredReading
from unsealed.config import DEFAULT_REASONS
from unsealed.errors import ArchiveError
from unsealed.model import Field, Gap, PublicUnit, Reading, Shown, Unit
from unsealed.release.cut import (
    Decided,
    Place,
    SealedAt,
    canonical_id,
    cut_of,
    hidden_places,
    public_document,
    shown_whole,
)
from unsealed.review.state import MarkRecord
from unsealed.seal.atoms import borders, cut
from unsealed.seal.cut import cut_hash
from unsealed.seal.generation import commit
from unsealed.seal.proof import decode

KEY, ARCHIVE = b"k" * 32, b"a" * 32
PLACE = Place(1, "s3", "", (), 0, ())


def mark(unit: int, start: int = -1, end: int = -1, reason: str = "private") -> MarkRecord:
    return MarkRecord(1, 1, 1, unit, start, end, reason)


def decided(units: list[tuple[str, str]], *marks: MarkRecord, fields: tuple[Field, ...] = ()) -> Decided:
    reading = Reading("text", "text", 1, tuple(Unit(label, text) for label, text in units), fields)
    item = Item(
        1, 0, 0, 0, "secret-name.txt", -1, -1, hashlib.sha256(b"raw").digest(), 3, "read", "", "text", "text", 1
    )
    atoms = cut(units)
    sealed = commit(KEY, ARCHIVE, 1, 3, atoms, item.sha256)
    return Decided(StoredReading(1, item, reading), SealedAt(1, 3, sealed.c, borders(atoms)), marks)


def public(document: Decided) -> tuple[object, ...]:
    made = public_document(document, PLACE, key=KEY, archive_id=ARCHIVE, reasons=DEFAULT_REASONS)
    return made.title, made.fields, made.blocks


def test_a_span_widens_to_whole_words() -> None:
    _, _, blocks = public(decided([("text", "He saw Ottmar, then left.")], mark(0, 8, 10)))
    assert blocks == (PublicUnit("text", (Shown("He saw "), Gap(1, 3), Shown("then left."))),)


def test_a_whole_unit_loses_its_label_too() -> None:
    units = [("subject", "Talks"), ("from", "Ottmar"), ("text", "They met.")]
    assert public(decided(units, mark(1)))[2] == (
        PublicUnit("subject", (Shown("Talks"),)),
        Gap(2, 3),
        PublicUnit("text", (Shown("They met."),)),
    )


def test_the_gravest_reason_stands_where_marks_overlap() -> None:
    document = decided([("text", "one two three")], mark(0, 0, 7, "private"), mark(0, 4, 13, "person-at-risk"))
    assert public(document)[2] == (PublicUnit("text", (Gap(1, 3), Gap(2, 1))),)


def test_a_withheld_document_shows_only_its_header() -> None:
    made = public_document(
        decided([("text", "one two")], mark(-1)), PLACE, key=KEY, archive_id=ARCHIVE, reasons=DEFAULT_REASONS
    )
    assert made.blocks == (Gap(3, 3),)
    assert made.shown_words == 0


def test_fields_are_shown_only_with_all_their_units() -> None:
    fields = (
        Field("subject", "Talks", (0,)),
        Field("from", "Ottmar", (0, 1)),
        Field("lang", "en"),
        Field("id", "03X1", (1,)),
    )
    document = decided([("subject", "Talks"), ("from", "Ottmar")], mark(1, 0, 6), fields=fields)
    assert public(document)[1] == (("subject", "Talks"), ("lang", "en"))
    assert canonical_id(document.stored.reading, shown_whole(document, DEFAULT_REASONS)) == ""


def test_a_field_without_units_is_shown_only_under_a_neutral_name() -> None:
    names = ("lang", "mark-default", "id", "title", "date", "from", "attachment", "place")
    document = decided([("text", "x")], fields=tuple(Field(name, "value") for name in names))
    assert public(document)[:2] == ("s3", (("lang", "value"), ("mark-default", "value")))
    assert canonical_id(document.stored.reading, frozenset((0,))) == ""


def test_the_title_is_made_from_shown_text() -> None:
    fields = (Field("subject", "Talks with Ottmar", (0,)),)
    units = [("subject", "Talks with Ottmar\n"), ("text", "x")]
    assert public(decided(units, fields=fields))[0] == "Talks with Ottmar"
    assert public(decided(units, mark(0, 11, 17), fields=fields))[0] == "Talks with ▮"
    assert public(decided(units, mark(0), fields=fields))[0] == "s3"
    assert public(decided(units, mark(0, 0, 17), fields=fields))[0] == "s3"


def test_a_long_title_is_cut() -> None:
    title = public(decided([("subject", "word " * 100)], fields=(Field("title", "word " * 100, (0,)),)))[0]
    assert isinstance(title, str)
    assert len(title) <= 160


def test_another_text_than_the_sealed_one_is_refused() -> None:
    document = decided([("text", "one two")])
    changed = msgspec.structs.replace(document.stored.reading, units=(Unit("text", "one six"),))
    with pytest.raises(ArchiveError):
        public(document._replace(stored=document.stored._replace(reading=changed)))


def test_another_key_is_refused() -> None:
    with pytest.raises(ArchiveError):
        public_document(decided([("text", "x")]), PLACE, key=b"z" * 32, archive_id=ARCHIVE, reasons=DEFAULT_REASONS)


WORDS = st.lists(st.from_regex(r"[a-z]{2,6}", fullmatch=True), min_size=1, max_size=8)
UNITS = st.lists(st.tuples(st.sampled_from(["subject", "text", "coordinate", "from"]), WORDS), min_size=1, max_size=4)


@settings(deadline=None)
@given(UNITS, st.data())
def test_the_proof_says_what_is_shown_and_hides_the_rest(
    units: list[tuple[str, list[str]]], data: st.DataObject
) -> None:
    # Every word gets a number of its own, so that a hidden one can be looked for anywhere.
    numbered = iter(range(10_000, 99_999))
    texts = [(label, " ".join(f"{word}{next(numbered)}" for word in words)) for label, words in units]
    marks = []
    for number, (_, text) in enumerate(texts):
        start = data.draw(st.integers(-1, len(text) - 1))
        end = data.draw(st.integers(start + 1, len(text))) if start >= 0 else -1
        if data.draw(st.booleans()):
            marks.append(mark(number, start, end))
    fields = tuple(Field("ref", text, (number,)) for number, (_, text) in enumerate(texts))
    document = decided(texts, *marks, fields=fields)
    made = public_document(document, PLACE, key=KEY, archive_id=ARCHIVE, reasons=DEFAULT_REASONS)
    everything = msgspec.json.encode(made)
    hidden = {place for place, _, _ in hidden_places(cut(texts), marks, DEFAULT_REASONS)}
    atoms = cut(texts)
    for place, atom in enumerate(atoms.data):
        if place in hidden and len(atom) > 5 and atom[:1] == b"W":
            assert atom[1:].strip() not in everything
    shown = b"".join(atom[1:] for place, atom in enumerate(atoms.data) if place not in hidden and atom[:1] == b"W")
    runs = [run for block in made.blocks if isinstance(block, PublicUnit) for run in block.runs]
    assert "".join(run.text for run in runs if isinstance(run, Shown)).encode() == shown
    assert made.hidden_atoms == len(hidden)
    proof = decode(made.proof.encode())
    assert cut_hash(document.sealed.c, proof.body.spans) == cut_of(document, DEFAULT_REASONS)
