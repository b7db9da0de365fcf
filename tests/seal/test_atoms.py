"""Cutting and joining: nothing is lost, borders bring the same atoms back, the tables are frozen."""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import ArchiveError, UsageError
from unsealed.model import LABELS, LABELS_BY_CHARACTER
from unsealed.seal import _tables, atoms

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import make_tables  # noqa: E402

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
UNITS = st.lists(st.tuples(st.sampled_from(sorted(LABELS)), TEXT), max_size=8)


def words(label: str, text: str) -> list[str]:
    """The cut text of one unit."""
    return [atom[1:].decode() for atom in atoms.cut([(label, text)]).data[2:]]


@given(UNITS, st.integers(0, 2**64))
def test_cut_and_join(units: list[tuple[str, str]], bits: int) -> None:
    coins = iter(bin(bits + 2**64)[3:] * 50)
    for pad in (None, lambda: next(coins) == "1"):
        cut = atoms.cut(units, pad=pad)
        ranges = atoms.unit_ranges(cut)
        assert len(ranges) == len(units)
        assert cut.data[0] == b"Hunsealed-document/1"
        for (label, text), where in zip(units, ranges, strict=True):
            inside = cut.data[where.first : where.first + where.count]
            assert inside[0] == b"U" + where.count.to_bytes(4, "big") + label.encode()
            assert b"".join(atom[1:] for atom in inside[1:]).decode() == text
            assert all((atom[:1] == b"W" and len(atom) > 1) or atom == b"N" for atom in inside[1:])
        assert cut.count == len(cut.data) == len(cut.kinds) == len(cut.texts)
        assert atoms.restore(units, atoms.borders(cut)) == cut


@given(UNITS)
def test_ascii_and_table_rule_agree(units: list[tuple[str, str]]) -> None:
    """The fast path for ASCII has no meaning of its own."""
    for label, text in units:
        plain = text.encode("ascii", "ignore").decode()
        if label not in LABELS_BY_CHARACTER:
            assert words(label, plain) == atoms._any_words().findall(plain)


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("paragraph", "Hello, wörld — don't. ", ["Hello, ", "wörld — ", "don'", "t. "]),
        ("paragraph", "  (C) x", ["  (", "C) ", "x"]),
        ("text", "...", ["..."]),
        ("text", "", []),
        ("time", "9:5é", ["9", ":", "5", "é"]),
        ("text", "中文字「です」abc中", ["中", "文", "字「", "で", "す」", "abc", "中"]),
        ("text", "น้ำ x", ["น้", "ำ ", "x"]),
        ("text", "e\u0301a \u0301x", ["e\u0301a ", "\u0301x"]),
        ("text", "a_b", ["a_", "b"]),
        ("text", "한국어 텍스트", ["한국어 ", "텍스트"]),
    ],
)
def test_cutting_rule(label: str, text: str, expected: list[str]) -> None:
    assert words(label, text) == expected


def test_long_words_are_split_at_code_points() -> None:
    assert [len(word) for word in words("text", "a" * 140_000)] == [65_536, 65_536, 8_928]
    assert [len(word) for word in words("text", "x" + "é" * 40_000)] == [32_768, 7_233]
    assert [len(word) for word in words("text", "a " * 40_000)] == [2] * 40_000


def test_tables_are_those_of_the_spec_and_of_unicode_14() -> None:
    told = (ROOT / "docs/formats/seal-tables.txt").read_text().split("\n\n")[1:]
    for table, text in zip((_tables.WORD, _tables.MARK, _tables.SPACELESS), told, strict=True):
        assert text.split("\n", 1)[1].split() == table.split()
    if unicodedata.unidata_version == "14.0.0":
        digest = hashlib.sha256(f"{_tables.WORD}\n{_tables.MARK}\n{_tables.SPACELESS}".encode()).hexdigest()
        assert digest == hashlib.sha256("\n".join(_fresh_tables()).encode()).hexdigest()


def _fresh_tables() -> list[str]:
    tests = (make_tables.is_word, make_tables.is_mark, make_tables.is_spaceless)
    return [" ".join([*make_tables.spelled(make_tables.ranges(test)), ""]) for test in tests]


@given(UNITS.filter(bool), st.data())
def test_spans_widen_to_whole_atoms(units: list[tuple[str, str]], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(units) - 1))
    text = units[number][1]
    if not text:
        return
    cut = atoms.cut(units, pad=lambda: True)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start, len(text)))
    first, count = atoms.span_to_atoms(cut, number, start, end)
    where = atoms.unit_ranges(cut)[number]
    assert where.first < first
    assert first + count <= where.first + where.count
    before = b"".join(atom[1:] for atom in cut.data[where.first + 1 : first]).decode()
    inside = b"".join(atom[1:] for atom in cut.data[first : first + count]).decode()
    assert len(before) <= start
    assert len(before) + len(inside) >= end
    assert cut.data[first] != b"N"
    after = first + count
    assert after == where.first + where.count or cut.data[after] != b"N"


def test_a_span_takes_no_more_than_it_touches() -> None:
    cut = atoms.cut([("subject", "one two three"), ("time", "2004-05-06")])
    assert atoms.span_to_atoms(cut, 0, 4, 7) == (3, 1)
    assert atoms.span_to_atoms(cut, 0, 3, 5) == (2, 2)
    assert atoms.span_to_atoms(cut, 0, 8, 8) == (4, 1)
    assert atoms.span_to_atoms(cut, 1, 7, 10) == (13, 3)
    for start, end in ((13, 14), (5, 4), (-1, 2), (0, 14)):
        with pytest.raises(UsageError):
            atoms.span_to_atoms(cut, 0, start, end)


def test_what_cannot_be_cut() -> None:
    with pytest.raises(UsageError, match="label"):
        atoms.cut([("Jane Doe", "text")])
    with pytest.raises(UsageError, match="surrogate"):
        atoms.cut([("text", "\ud800 ")])


def test_too_many_atoms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atoms, "MAX_ATOMS", 4)
    assert atoms.cut([("text", "a b")]).count == 4
    with pytest.raises(UsageError, match="2\\^24"):
        atoms.cut([("text", "a b c")])


def test_borders_of_another_reading() -> None:
    units = [("subject", "one two"), ("text", "x" * 300)]
    packed = atoms.borders(atoms.cut(units))
    assert atoms.restore(units, packed) == atoms.cut(units)
    wrong: list[tuple[list[tuple[str, str]], bytes]] = [
        ([("subject", "one twos"), units[1]], packed),
        ([units[0]], packed),
        ([*units, ("text", "more")], packed),
        ([*units, ("unread", "")], packed),
        ([("title", "one two"), units[1]], packed[:2] + packed[3:]),
        (units, packed[:-1]),
        (units, b"\x02" + packed[1:]),
        (units, b""),
        (units, packed[:1]),
        ([("from", "one two"), units[1]], packed),
    ]
    for other, borders in wrong:
        with pytest.raises(ArchiveError):
            atoms.restore(other, borders)


def test_hash_of_the_atoms() -> None:
    one, other = atoms.cut([("text", "ab c")]), atoms.cut([("text", "a bc")])
    assert atoms.atoms_hash(one) != atoms.atoms_hash(other)
    assert atoms.atoms_hash(one) == atoms.atoms_hash(one, atoms.borders(one))
    assert atoms.empty().data == (b"Hunsealed-empty/1",)


def test_vectors_of_sealing() -> None:
    vectors = json.loads((ROOT / "tests/vectors/sealing.json").read_text())
    for vector in vectors["vectors"]:
        units = [(label, text if isinstance(text, str) else _whole(text)) for label, text in vector["units"]]
        cut = atoms.cut(units)
        told = vector["atoms"]
        if told is not None:
            assert told in ([atom.hex() for atom in cut.data], [len(atom) for atom in cut.data])
        assert atoms.borders(cut).hex() == vector["borders"]


def _whole(pieces: list[dict[str, int | str]]) -> str:
    return "".join(str(piece["repeat"]) * int(piece["times"]) for piece in pieces)


def test_many_spans_of_one_reading_are_those_that_each_alone_gives() -> None:
    padding = iter([True, False] * 9).__next__
    found = atoms.cut([("text", "Zoë saw the minister, twice."), ("time", "12:30")], pad=padding)
    spans = atoms.Spans(found)
    asked = [(0, 0, 3), (0, 4, 12), (0, 27, 28), (1, 2, 3), (0, 0, 3), (1, 0, 5)]
    assert [spans.atoms_of(*one) for one in asked] == [atoms.span_to_atoms(found, *one) for one in asked]
    assert spans.units == atoms.unit_ranges(found)
