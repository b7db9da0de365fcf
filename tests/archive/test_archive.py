"""An archive folder: made, opened, locked, of the right version; what goes in comes out."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from unsealed.archive import Archive, Growth, Item, NewItem, SourceProblem, encode_reading, schema
from unsealed.archive import archive as module
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, InputError
from unsealed.model import Field, Finding, Reading, Unit


def reading(name: str, *refs: str, text: str = "Some words.") -> Reading:
    fields = (Field("id", name, (0,)), *[Field("ref", ref) for ref in refs], Field("subject", "A title"))
    return Reading(
        "cable", "test", 1, (Unit("id", name), Unit("paragraph", text, ((0, 4),))), fields, (Finding("C-X", "note", 1),)
    )


def add(growth: Growth, name: str, *refs: str, data: bytes | None = None) -> int:
    data = data if data is not None else name.encode()
    digest = sha256(data).digest()
    new = NewItem(0, 0, 0, f"source/{name}.txt", -1, -1, digest, len(data), "read", "text")
    item = growth.add_item(new, growth.place(data, digest))
    value = reading(name, *refs)
    growth.add_reading(item, value, encode_reading(value))
    return item


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "a", "An archive") as opened:
        yield opened


def test_create_makes_what_the_house_promises(archive: Archive) -> None:
    names = {path.name for path in archive.path.iterdir()}
    assert {
        "unsealed.toml",
        "catalogue.db",
        "blobs",
        "readings",
        "journal",
        "index",
        "keys",
        "packages",
        "public",
    } <= names
    assert stat.S_IMODE((archive.path / "keys").stat().st_mode) == 0o700
    assert "cache" in (archive.path / "index" / "CACHE").read_text()
    assert archive.settings.archive.name == "An archive"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_archive_is_for_its_owner_alone(archive: Archive, tmp_path: Path) -> None:
    assert mode(archive.path) == 0o700
    (tmp_path / "there").mkdir(mode=0o755)
    with Archive.create(tmp_path / "there", "In a folder that was there") as second:
        assert mode(second.path) == 0o700


def test_an_older_archive_is_closed_when_it_is_opened_for_writing(archive: Archive) -> None:
    archive.close()
    archive.path.chmod(0o755)
    Archive.open(archive.path).close()
    assert mode(archive.path) == 0o755  # reading changes nothing
    Archive.open(archive.path, write=True).close()
    assert mode(archive.path) == 0o700


def test_find_nothing_finds_nothing(archive: Archive) -> None:
    growth = archive.grow()
    add(growth, "09BERN12")
    data = b"no name"
    digest = sha256(data).digest()
    item = growth.add_item(
        NewItem(0, 0, 0, "source/unnamed.txt", -1, -1, digest, len(data), "read", "text"), growth.place(data, digest)
    )
    value = Reading("text", "test", 1, (Unit("paragraph", "No name."),))
    growth.add_reading(item, value, encode_reading(value))
    growth.commit(None)
    assert archive.find("") == archive.find("  ") == archive.find("/") == archive.find("#1") == []
    assert [found.id for found in archive.find("unnamed.txt")] == [item]


def test_create_refuses_an_archive_a_full_folder_and_no_name(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError):
        Archive.create(archive.path, "Again")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "holiday.jpg").touch()
    with pytest.raises(InputError):
        Archive.create(tmp_path / "full", "Full")
    with pytest.raises(InputError):
        Archive.create(tmp_path / "b", "  ")


def test_create_goes_on_where_a_killed_one_stopped(tmp_path: Path) -> None:
    (tmp_path / "a" / "blobs").mkdir(parents=True)
    with Archive.create(tmp_path / "a", "A"):
        pass


def test_open_refuses_what_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="not an archive") as caught:
        Archive.open(tmp_path)
    assert "init" in caught.value.remedy


def test_one_writer_many_readers(archive: Archive) -> None:
    with pytest.raises(ArchiveError, match="Another"):
        Archive.open(archive.path, write=True)
    with Archive.open(archive.path) as reader:
        assert reader.max_row() == 0
        with pytest.raises(ArchiveError):
            reader.grow()
    archive.close()
    with Archive.open(archive.path, write=True):
        pass


def test_a_later_version_is_refused_with_a_remedy(archive: Archive) -> None:
    archive.close()
    connection = sqlite3.connect(archive.path / "catalogue.db")
    connection.execute("update meta set value = '999' where key = 'schema'")
    connection.commit()
    connection.close()
    for write in (False, True):
        with pytest.raises(ArchiveError, match="999") as caught:
            Archive.open(archive.path, write=write)
        assert "version" in caught.value.remedy


def test_a_damaged_catalogue_is_named(archive: Archive) -> None:
    archive.close()
    (archive.path / "catalogue.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(ArchiveError, match=r"catalogue\.db"):
        Archive.open(archive.path)


def test_every_step_from_an_older_version_runs(tmp_path: Path) -> None:
    assert len(schema.STEPS) == schema.VERSION
    with Archive.create(tmp_path / "a", "A") as archive:
        connection = sqlite3.connect(archive.path / "catalogue.db")
        tables = {row[0] for row in connection.execute("select name from sqlite_master")}
        connection.close()
    assert {table.name for table in schema.metadata.sorted_tables} <= tables


def test_readings_come_back_in_row_order(archive: Archive) -> None:
    growth = archive.grow()
    for number in range(1200):
        add(growth, f"03BERN{number}")
    growth.commit()
    assert archive.max_row() == 1200
    assert [stored.row for stored in archive.readings()] == list(range(1, 1201))
    assert [stored.row for stored in archive.readings(after=700, until=705)] == [701, 702, 703, 704, 705]
    assert [stored.row for stored in archive.readings(rows=[900, 3, 3, 5000])] == [3, 900]
    stored = archive.reading(7)
    assert stored.reading == reading("03BERN6")
    assert (stored.item.name, stored.item.reader, archive.current_row(stored.item.id)) == ("03BERN6", "test", 7)
    assert [summary.row for summary in archive.summaries(after=1198)] == [1199, 1200]
    assert next(iter(archive.summaries())).title == "A title"
    with pytest.raises(InputError):
        archive.reading(0)


def test_nothing_is_seen_before_the_commit(archive: Archive) -> None:
    growth = archive.grow()
    add(growth, "03BERN1")
    with Archive.open(archive.path) as reader:
        assert reader.max_row() == 0
        growth.commit()
        assert reader.max_row() == 1


def test_find(archive: Archive) -> None:
    growth = archive.grow()
    add(growth, "09BERN12")
    add(growth, "09PARIS7")
    growth.commit()
    for reference in ("1", "09BERN12", "09bern00012", " 09 BERN 012 ", "source/09BERN12.txt", "09BERN12.txt"):
        assert [item.id for item in archive.find(reference)] == [1], reference
    for reference in ("77", "nothing", "%", "ERN12.txt", "", "source/09BERN12.txt#1"):
        assert archive.find(reference) == [], reference


def test_references_held_and_missing(archive: Archive) -> None:
    growth = archive.grow()
    one, two = add(growth, "09BERN1", "09BERN2", "08OSLO9"), add(growth, "09BERN2", "08OSLO9", "08OSLO9")
    growth.commit()
    assert archive.references(one) == ["08OSLO9", "09BERN2"]
    assert archive.referenced_by("08OSLO0009") == [one, two]
    assert list(archive.missing_references()) == [("08OSLO9", 2)]
    assert archive.names() == {"09BERN1": 1, "09BERN2": 1}


def test_same_bytes_are_stored_once(archive: Archive) -> None:
    growth = archive.grow()
    first = add(growth, "a", data=b"same")
    assert growth.known_file(sha256(b"same").digest()) == first
    growth.commit()
    assert growth.known_file(sha256(b"same").digest()) == first
    growth.add_path(first, "source/again.txt")
    growth.add_path(first, "source/again.txt")
    growth.commit()
    assert archive.source_paths(first) == ["source/a.txt", "source/again.txt"]
    assert (archive.path / "blobs" / "packs" / "0000").read_bytes() == b"same"
    assert archive.totals().duplicates == 1


def test_a_piece_is_a_range_of_its_container(archive: Archive) -> None:
    growth = archive.grow()
    data = b"row one\nrow two\n"
    digest = sha256(data).digest()
    container = growth.add_container("dump.csv", digest, len(data), "table-csv", growth.place(data, digest))
    piece = growth.add_item(
        NewItem(container, 2, 0, "", 8, 16, sha256(b"row two\n").digest(), 8, "quarantined", "table-csv")
    )
    inner = growth.add_item(NewItem(piece, 1, 0, "", 4, 7, sha256(b"two").digest(), 3, "read", "text"))
    growth.expect(container, 2)
    growth.commit()
    assert archive.original(piece) == b"row two\n"
    assert archive.original(inner) == b"two"
    assert archive.original(container) == data
    assert [item.id for item in archive.children(container)] == [piece]
    assert archive.find("dump.csv#2")[0].id == piece
    assert archive.source_path(inner) == "dump.csv"
    line = archive.ledger()[1]
    assert (line.expected, line.quarantined, line.open, line.done) == (2, 1, 1, False)
    assert archive.totals().open > 0


def test_the_ledger_has_one_byte_form(archive: Archive) -> None:
    growth = archive.grow()
    add(growth, "a")
    growth.add_problem(SourceProblem("source/closed", "S-OPEN", "words", "remedy", False))
    growth.commit()
    first = archive.ledger_bytes()
    assert first == archive.ledger_bytes()
    assert first.startswith(b'{"v":"unsealed-ledger/2",')
    assert first.endswith(b"}\n")
    assert b"remedy" not in first
    assert archive.totals().unreachable == archive.totals().open == 1
    add(growth, "b")
    growth.commit()
    assert archive.ledger_bytes() != first


def test_a_killed_commit_leaves_no_torn_pack(archive: Archive) -> None:
    growth = archive.grow()
    add(growth, "a")
    growth.commit()
    archive.close()
    before = {name: (archive.path / name / "0000").read_bytes() for name in ("readings", "blobs/packs")}
    for name in before:
        with open(archive.path / name / "0000", "ab") as handle:
            handle.write(b"torn")
    with Archive.open(archive.path, write=True) as again:
        assert {name: (archive.path / name / "0000").read_bytes() for name in before} == before
        assert again.original(1) == b"a"


def test_item_is_plain(archive: Archive) -> None:
    growth = archive.grow()
    add(growth, "09BERN1")
    growth.add_reason(1, "X-CODE", "why", "what to do")
    growth.commit()
    item = archive.item(1)
    assert item == Item(1, 0, 0, 0, "source/09BERN1.txt", -1, -1, sha256(b"09BERN1").digest(), 7, "read", "09BERN1",
                        "text", "test", 1, "X-CODE", "why", "what to do")  # fmt: skip
    assert module.SETTINGS == "unsealed.toml"
