"""Marks, decisions, generations, slots, releases: stored durably, given back in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unsealed.archive import Archive, ReleasedDocument, Slot
from unsealed.errors import ArchiveError, InputError
from unsealed.model import Mark


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "a", "A") as opened:
        yield opened


def test_marks(archive: Archive) -> None:
    one, two = Mark(7, 0, 3, 9, "source", "Ada"), Mark(7, -1, -1, -1, "safety", "Ben")
    assert archive.add_marks([one, two]) == [1, 2]
    assert archive.add_mark(Mark(8, 0, -1, -1, "private", "Ada")) == 3
    assert [stored.mark for stored in archive.marks(7)] == [one, two]
    archive.withdraw_mark(1, "Ada")
    assert [stored.id for stored in archive.marks()] == [2, 3]
    assert [stored.withdrawn for stored in archive.marks(7, withdrawn=True)] == ["Ada", ""]
    with pytest.raises(InputError):
        archive.withdraw_mark(1, "Ada")


def test_decisions(archive: Archive) -> None:
    assert archive.add_decision(7, "Ada", b"\x01") == 1
    assert archive.add_decisions([(7, "Ben", b"\x02"), (9, "Ben", b"")]) == [2, 3]
    assert [(stored.editor, stored.payload) for stored in archive.decisions(7)] == [("Ada", b"\x01"), ("Ben", b"\x02")]
    assert len(archive.decisions()) == 3


def test_slots_and_borders(archive: Archive) -> None:
    slots = [Slot(number, 100 - number, 200 - number, bytes([number]) * 32, 10) for number in range(12)]
    archive.put_generation(0, "drawn", b"payload")
    archive.put_slots(0, slots, [(slot.slot, b"border") for slot in slots])
    archive.put_generation(0, "sealed", b"other")
    assert archive.generation(0) == ("sealed", b"other")
    assert archive.generations() == [0]
    assert list(archive.slots(0)) == slots
    assert list(archive.slots(0, after=9)) == slots[10:]
    assert archive.slot_count(0) == 12
    assert archive.slot_of(0, 195) == slots[5]
    assert archive.slot_of(1, 195) is None
    assert archive.borders(0, 3) == b"border"
    with pytest.raises(InputError):
        archive.borders(0, 99)
    archive.drop_generation(0)
    assert archive.generation(0) is None
    assert list(archive.slots(0)) == []


def test_releases(archive: Archive) -> None:
    documents = [ReleasedDocument(1, place, 10 + place, 0, 3 * place, f"s{place}") for place in range(3)]
    archive.put_release(1, "planned", b"x")
    archive.put_released(1, documents)
    archive.put_released(1, documents[:2])
    archive.put_release(1, "published", b"y")
    assert archive.release(1) == ("published", b"y")
    assert archive.releases() == [1]
    assert archive.released(1) == documents[:2]
    assert archive.released(item_id=11) == documents[1:2]
    assert archive.release(2) is None


def test_meta(archive: Archive) -> None:
    assert archive.get_meta("release.log") == ""
    archive.put_meta("release.log", "one")
    archive.put_meta("release.log", "two")
    assert archive.get_meta("release.log") == "two"


def test_everything_is_there_after_a_restart_and_readers_may_not_write(archive: Archive) -> None:
    archive.add_mark(Mark(7, 0, 3, 9, "source", "Ada"))
    archive.close()
    with Archive.open(archive.path) as reader:
        assert len(reader.marks()) == 1
        for write in (lambda: reader.add_mark(Mark(1, 0, 0, 0, "x", "y")), lambda: reader.put_release(1, "", b"")):
            with pytest.raises(ArchiveError):
                write()
