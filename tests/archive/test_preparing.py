"""Readings that are prepared before they have a row."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from unsealed.archive import Archive, NewItem, Preparer, decode_reading, encode_reading
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError
from unsealed.model import MALFORMED, Field, Reading, Unit

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


class Draft:
    """A follower that only says what it was told."""

    def __init__(self, reading: Reading) -> None:
        self.told: tuple[object, ...] = (reading.units[0].text,)

    def at(self, row: int, item: int, name: str) -> tuple[object, ...]:
        return (*self.told, row, item, name)


def reading(text: str, *fields: Field) -> Reading:
    return Reading("cable", "cable", 3, (Unit("text", text),), fields)


def enter(folder: Path, readings: list[Reading], *, before: bool) -> tuple[list[object], list[Reading], list[object]]:
    """What followers got, what is stored, the catalogue: of readings prepared before they enter, or on the spot."""
    Archive.create(folder, "Prepared").close()
    with Archive.open(folder, write=True) as archive:
        growth, preparer = archive.grow(Draft), archive.preparer(Draft)
        for number, one in enumerate(readings, 1):
            data = f"bytes {number}".encode()
            digest = sha256(data).digest()
            item = growth.add_item(
                NewItem(0, 0, 0, f"{number}.txt", -1, -1, digest, len(data), "read", "text"),
                growth.place(data, digest),
            )
            if before:
                growth.add_prepared(item, preparer.prepare(one, encode_reading(one)))
            else:
                growth.add_reading(item, one, encode_reading(one))
        followed = list(growth.followed())
        growth.commit()
        stored = list(archive.readings())
        return followed, [one.reading for one in stored], [one.item for one in stored]


@given(texts=st.lists(TEXT, min_size=1, max_size=4), name=TEXT)
def test_prepared_or_not_the_archive_is_the_same(
    texts: list[str], name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("prepared")
    readings = [reading(text, Field("id", name, (0,)), Field("ref", text, (0,))) for text in texts]
    one, other = (enter(folder / str(before), readings, before=before) for before in (False, True))
    assert one == other
    assert one[0] == [(text, row, row, name) for row, text in enumerate(texts, 1)]
    assert one[1] == readings


@pytest.mark.parametrize(("size", "mark"), [(10, b"\x02"), (100_000, b"\x01")])
def test_what_is_stored_is_the_reading(size: int, mark: bytes) -> None:
    """Short texts as they are, long ones packed (docs/formats/archive.md)."""
    long = reading("word " * (size // 5), Field("title", "A title", (0,)), Field("ref", "X 1", (0,)))
    prepared = Preparer().prepare(long, encode_reading(long))
    assert (prepared.title, prepared.refs, prepared.name) == ("A title", ["X 1"], "")
    assert prepared.followed is None
    assert prepared.stored[:1] == mark
    body = prepared.stored[1:]
    if mark == b"\x02":
        assert body[:4] == zlib.crc32(body[4:]).to_bytes(4, "big")
        assert decode_reading(body[4:]) == long
    else:
        assert decode_reading(zstandard.ZstdDecompressor().decompress(body)) == long


@pytest.mark.parametrize("size", [10, 100_000])
def test_a_damaged_reading_is_never_taken_for_a_whole_one(size: int, tmp_path: Path) -> None:
    """Every bit of a short one, a thousand places of a long one, and both cut off anywhere."""
    whole = reading("word " * (size // 5), Field("title", "é", (0,)))
    stored = Preparer().prepare(whole, encode_reading(whole)).stored
    Archive.create(tmp_path / "a", "Damaged").close()
    with Archive.open(tmp_path / "a") as archive:
        assert archive._unpack_reading(stored) == whole
        for place in range(0, len(stored), max(1, len(stored) // 1000)):
            for bit in range(8):
                damaged = bytearray(stored)
                damaged[place] ^= 1 << bit
                try:  # some bits of a frame's head say nothing
                    assert archive._unpack_reading(bytes(damaged)) == whole
                except ArchiveError as error:
                    assert error.remedy
            with pytest.raises(ArchiveError):
                archive._unpack_reading(stored[:place])


def test_places_on_a_page_are_packed() -> None:
    boxed = msgspec.structs.replace(reading("word"), boxes=b"\0" * 8)
    assert Preparer().prepare(boxed, encode_reading(boxed)).stored[:1] == b"\x01"


@pytest.mark.parametrize("where", ["reading", "unit", "field"])
def test_what_the_model_does_not_know_is_not_kept_unseen(where: str) -> None:
    """Bytes of a worker are stored as they came: a value behind the last one would be read by a later version."""
    known = Reading("text", "test", 1, (Unit("text", "a", ((0, 1),)),), (Field("title", "a", (0,)),))
    values = msgspec.msgpack.decode(encode_reading(known))
    assert decode_reading(msgspec.msgpack.encode(values)) == known
    {"reading": values, "unit": values[3][0], "field": values[4][0]}[where].append("more")
    with pytest.raises(MALFORMED):
        decode_reading(msgspec.msgpack.encode(values))
