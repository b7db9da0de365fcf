"""What the rest of the house may expect of a catalogue, whatever database it lies in. One class, inherited by each."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import insert, select

from tests.archive.test_archive import add, reading
from unsealed.archive import (
    Archive,
    Job,
    NewItem,
    ReleasedDocument,
    Slot,
    SourceProblem,
    encode_reading,
    schema,
)
from unsealed.archive.chain import link
from unsealed.archive.stores import MemberFacts
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, InputError
from unsealed.files import set_crash_hook
from unsealed.model import Mark, Reading, Unit

Make = Callable[[], Archive]
# What a text of a stranger may hold: no byte of it may be lost, and none may be an order to the database.
AWKWARD = (
    "a\0b", "\0", "\x1a", "\x1a0", "\0\x1a\0", "50%_\\", "'; drop table items; --", "\\N", "\\.", "tab\tline\nend\r",
    "\U0001f4dc \u202e \ufffe", "{brace} :colon %(name)s ?", "é" * 3000,
)  # fmt: skip


def fill(archive: Archive) -> None:
    """A catalogue with something in every table that ingest fills."""
    growth = archive.grow()
    for number in range(12):
        add(growth, f"09BERN{number:03d}", f"09BERN{number + 1:03d}", "05ROME77")
    data = b"one\ntwo\nthree\n"
    digest = sha256(data).digest()
    box = growth.add_container("source/Box.csv", digest, len(data), "cable-csv", growth.place(data, digest))
    for ordinal, (start, end) in enumerate(((0, 4), (4, 8)), 1):
        piece = NewItem(box, ordinal, 0, "", start, end, sha256(data[start:end]).digest(), end - start, "read", "x")
        item = growth.add_item(piece)
        found = reading(f"10BOX{ordinal}")
        growth.add_reading(item, found, encode_reading(found))
    bad = growth.add_item(NewItem(box, 3, 0, "", 8, 14, sha256(data[8:]).digest(), 6, "quarantined", "x", b"ctx"))
    unread = Reading("unread", "none", 1, (Unit("unread", ""),))
    growth.add_reading(bad, unread, encode_reading(unread))
    growth.add_reason(bad, "R-BAD", "broken", "Mend it.")
    growth.expect(box, 3)
    growth.close_container(box)
    growth.add_path(1, "source/copy.txt")
    growth.add_problem(SourceProblem("source/Zlink", "S-LINK", "a link", "Name it.", True))
    growth.add_problem(SourceProblem("source/apple", "S-OPEN", "closed", "Open it.", False))
    growth.commit(Job(1, b"sources", "done", b"cursor", b"report"))


def state(archive: Archive) -> dict[str, object]:
    """Everything that a catalogue answers, to be compared."""
    return {
        "ledger": archive.ledger_bytes(),
        "totals": archive.totals(),
        "items": list(archive.items()),
        "readings": list(archive.readings()),
        "summaries": list(archive.summaries()),
        "quarantine": archive.quarantine(),
        "problems": archive.problems(),
        "missing": list(archive.missing_references()),
        "names": archive.names(),
        "job": archive.latest_job(),
        "originals": [archive.original(item.id) for item in archive.items()],
        "paths": [archive.source_paths(item.id) for item in archive.items()],
    }


def _die_at(point: str, open_archive: Callable[[], Archive]) -> None:
    def die(name: str) -> None:
        if name == point:
            os._exit(9)

    archive = open_archive()
    growth = archive.grow()
    add(growth, "killed")
    set_crash_hook(die)
    growth.commit(Job(2, b"s", "open", b"", b""))


class CatalogueContract:
    """Inherit, and give a fixture `reopen`: opens the one archive of a test, made at the first call, for writing."""

    @pytest.fixture
    def archive(self, reopen: Make) -> Iterator[Archive]:
        with reopen() as opened:
            yield opened

    # --- what goes in comes out ---------------------------------------------------------------------------

    def test_what_was_committed_is_there_after_a_restart(self, reopen: Make) -> None:
        with reopen() as archive:
            fill(archive)
            before = state(archive)
        with reopen() as archive:
            assert state(archive) == before
            assert [item.name for item in archive.items()][:2] == ["09BERN000", "09BERN001"]
            assert archive.original(14) == b"one\n"
            assert archive.context(16) == b"ctx"

    def test_the_ledger_is_made_of_whole_numbers(self, archive: Archive) -> None:
        fill(archive)
        assert all(type(number) is int for number in archive.totals())
        assert all(type(value) in (int, str, bool) for line in archive.ledger() for value in line)
        totals = archive.totals()
        assert (totals.read, totals.quarantined, totals.open, totals.expected) == (14, 1, 1, 15)

    def test_bytes_of_a_volume_outside_its_documents(self, archive: Archive) -> None:
        growth = archive.grow()
        box = growth.add_container("v.xml", b"v" * 32, 1000, "frus-tei", None)
        growth.add_item(NewItem(box, 1, 0, "", 100, 400, b"p" * 32, 300, "read", "frus-tei"))
        growth.commit()
        outside = [line.outside for line in archive.ledger()]
        assert outside == [0, 700]
        assert all(type(number) is int for number in outside)

    def test_any_text_comes_back_as_it_was(self, archive: Archive) -> None:
        growth = archive.grow()
        for number, text in enumerate(AWKWARD):
            data = f"{number}".encode()
            digest = sha256(data).digest()
            new = NewItem(0, 0, 0, text, -1, -1, digest, len(data), "read", "text")
            item = growth.add_item(new, growth.place(data, digest))
            value = reading(text, text, text=text)
            growth.add_reading(item, value, encode_reading(value))
            growth.add_reason(item, "R-X", text, text)
            growth.add_problem(SourceProblem(f"p{text}", "S-OPEN", text, text, False))
        growth.commit()
        items = list(archive.items())
        assert [item.path for item in items] == list(AWKWARD)
        assert [item.name for item in items] == list(AWKWARD)
        assert [item.message for item in items] == list(AWKWARD)
        assert {problem.path for problem in archive.problems()} == {f"p{text}" for text in AWKWARD}
        for item, text in zip(items, AWKWARD, strict=True):
            assert archive.source_paths(item.id) == [text]
            if text == text.strip():  # what a person types is looked for without white space around it
                assert item.id in [found.id for found in archive.find(text)]

    def test_long_noise_is_no_fault(self, archive: Archive) -> None:
        noise = "".join(chr(0x4E00 + byte) for byte in os.urandom(9000))  # 27,000 bytes that no packing makes shorter
        growth = archive.grow()
        item = add(growth, noise[:8000], noise[1000:])
        growth.add_path(item, noise)
        growth.add_problem(SourceProblem(noise, "S-OPEN", "", "", False))
        growth.commit()
        assert archive.referenced_by(noise[1000:]) == [item]
        assert [found.id for found in archive.find(noise)] == [item]

    def test_numbers_beyond_two_thousand_million(self, archive: Archive) -> None:
        growth = archive.grow()
        large = 5 << 40
        box = growth.add_container("box", b"b" * 32, large, "mbox", None)
        piece = NewItem(box, 3 << 31, 0, "", large - 9, large, b"p" * 32, 9, "read", "eml")
        item = growth.add_item(piece)
        growth.expect(box, 3 << 31)
        growth.commit()
        assert archive.item(item).byte_start == large - 9
        assert archive.ledger()[1].expected == 3 << 31

    def test_lists_are_in_order_of_the_bytes(self, archive: Archive) -> None:
        names = ["b", "B", "a", "é", "z", "Z", "_", "10", "9", "ä"]
        growth = archive.grow()
        add(growth, "x", *names)
        for name in names:
            growth.add_problem(SourceProblem(name, "S-OPEN", "", "", False))
        growth.commit()
        ordered = sorted(names, key=str.encode)
        assert [name for name, _ in archive.missing_references()] == ordered
        assert [problem.path for problem in archive.problems()] == ordered

    def test_a_path_is_found_by_its_end_and_no_other(self, archive: Archive) -> None:
        growth = archive.grow()
        for name in ("a%b", "axb", "A%B"):
            add(growth, name)
        growth.commit()
        assert [item.path for item in archive.find("a%b.txt")] == ["source/a%b.txt"]
        assert [item.path for item in archive.find("source/A%B.txt")] == ["source/A%B.txt"]
        assert archive.find("%b.txt") == []

    # --- ingest -------------------------------------------------------------------------------------------

    def test_equal_bytes_are_one_item_with_two_paths(self, archive: Archive) -> None:
        growth = archive.grow()
        first = add(growth, "one", data=b"same")
        growth.commit()
        digest = sha256(b"same").digest()
        growth.look_up([digest])
        assert growth.known_file(digest) == first
        assert growth.place(b"same", digest).start == 0
        growth.add_path(first, "source/two.txt")
        growth.add_path(first, "source/two.txt")
        growth.commit()
        growth.add_path(first, "source/two.txt")
        growth.commit()
        assert archive.source_paths(first) == ["source/one.txt", "source/two.txt"]

    def test_a_new_try_replaces_reason_and_references(self, archive: Archive) -> None:
        fill(archive)
        growth = archive.grow()
        assert growth.renew(16, "read", "y") == 1
        better = reading("10BOX3", "99NEW1")
        row = growth.add_reading(16, better, encode_reading(better))
        growth.commit()
        assert archive.quarantine() == []
        assert archive.current(16).row == row
        assert archive.references(16) == ["99NEW1"]
        assert archive.referenced_by("99NEW1") == [16]
        assert archive.reading(15).reading.type == "unread"  # the earlier one stays: it may be sealed

    def test_a_source_that_is_read_now_is_no_open_line(self, archive: Archive) -> None:
        growth = archive.grow()
        growth.add_problem(SourceProblem("source/x.txt", "S-OPEN", "", "", False))
        growth.add_problem(SourceProblem("source/y.txt", "S-OPEN", "", "", False))
        growth.commit()
        add(growth, "x")
        growth.add_problem(SourceProblem("source/y.txt", "S-OPEN", "again", "", False))
        growth.commit()
        assert [(problem.path, problem.message) for problem in archive.problems()] == [("source/y.txt", "again")]

    def test_the_job_moves_with_its_results(self, archive: Archive) -> None:
        archive.put_job(Job(1, b"\x00\xff", "open", b"", b""))
        growth = archive.grow()
        add(growth, "a")
        growth.commit(Job(1, b"\x00\xff", "done", b"end", b"\xfe"))
        assert archive.latest_job() == Job(1, b"\x00\xff", "done", b"end", b"\xfe")

    def test_many_at_once(self, archive: Archive) -> None:
        growth = archive.grow()
        for number in range(2500):
            add(growth, f"n{number}")
        growth.commit()
        digests = [item.sha256 for item in archive.items()]
        growth.look_up(digests)
        assert all(growth.known_file(digest) for digest in digests)
        assert len(list(archive.readings(after=700, until=1900))) == 1200

    def test_containers_that_wait(self, archive: Archive) -> None:
        growth = archive.grow()
        data = b"PK" * 40
        digest = sha256(data).digest()
        box = growth.add_container("source/Box.zip", digest, len(data), "zip", growth.place(data, digest))
        growth.stores.open(box, box, 0, digest, len(data))
        growth.commit()
        assert [(store.item, store.sha256, store.form) for store in archive.waiting_stores()] == [(box, digest, "zip")]
        member = growth.add_item(NewItem(box, 4 << 31, 0, "name", -1, -1, b"m" * 32, 9, "read", "text", b"\x00k"))
        facts = MemberFacts(b"\xff\x00name", "file", b"\x00", "2004-02-29", 0o644, 5 << 40, ("A-SLIP", "A-DUP"))
        growth.stores.describe(member, facts)
        for _ in range(2):
            growth.stores.count(box, 1, 6 << 31)
        growth.stores.end(box, 3 << 31, -1, "A-SHORT")
        growth.close_container(box)
        growth.commit()
        assert archive.waiting_stores() == []
        assert archive.member_facts(member) == facts
        sums = (archive.top_sums(box), archive.store_sums(box))
        assert sums == ((2, 12 << 31), (2, 12 << 31))
        assert all(type(number) is int for pair in sums for number in pair)
        assert archive.reached(box) == (4 << 31, -1, b"\x00k")
        assert archive.place_of(member) == (box, 1)
        assert archive.same_store(digest, box + 1) == box
        growth.stores.reopen(box)
        growth.commit()
        assert [store.item for store in archive.waiting_stores()] == [box]

    # --- people -------------------------------------------------------------------------------------------

    def test_marks_decisions_and_notes(self, archive: Archive) -> None:
        mark = Mark(7, 0, 3, 9, "source", "Ada")
        assert archive.add_marks([mark, Mark(8, -1, -1, -1, "safety", "Ben")]) == [1, 2]
        archive.withdraw_mark(1, "Ben")
        with pytest.raises(InputError):
            archive.withdraw_mark(1, "Ben")
        assert [(stored.mark, stored.withdrawn) for stored in archive.marks(7, withdrawn=True)] == [(mark, "Ben")]
        assert archive.add_decisions([(7, "Ada", b"\x01\x00"), (9, "Ben", b"")]) == [1, 2]
        assert [stored.payload for stored in archive.decisions()] == [b"\x01\x00", b""]
        archive.put_meta("room.thing", "one")
        archive.put_meta("room.thing", "two")
        assert archive.get_meta("room.thing") == "two"
        assert archive.get_meta("nothing") == ""

    def test_slots_borders_releases(self, archive: Archive) -> None:
        slots = [Slot(number, 100 + number, 200 + number, bytes([number]) * 32, 10) for number in range(40)]
        archive.put_generation(0, "drawn", b"\x00")
        archive.put_slots(0, slots, [(slot.slot, bytes([slot.slot]) * 50) for slot in slots])
        archive.put_generation(0, "sealed", b"\x01")
        assert archive.generation(0) == ("sealed", b"\x01")
        assert list(archive.slots(0)) == slots
        assert archive.slot_of(0, 205) == slots[5]
        assert archive.borders(0, 7) == b"\x07" * 50
        assert list(archive.border_heads(0, 32)) == [bytes([number]) * 32 for number in range(40)]
        documents = [ReleasedDocument(1, place, 200 + place, 0, place, f"id{place}") for place in range(3)]
        archive.put_released(1, documents)
        archive.put_released(1, documents[1:])
        assert archive.released(1) == documents[1:]
        archive.drop_generation(0)
        assert archive.generation(0) is None
        assert archive.slot_count(0) == 0

    # --- transactions -------------------------------------------------------------------------------------

    def test_all_or_nothing(self, archive: Archive) -> None:
        database = archive._db
        with pytest.raises(ArchiveError), database.begin() as connection:
            connection.execute(insert(schema.meta).values(key="k", value="1"))
            connection.execute(insert(schema.meta).values(key="k", value="2"))
        assert archive.get_meta("k") == ""
        with pytest.raises(RuntimeError), database.begin() as connection:
            connection.execute(insert(schema.meta).values(key="k", value="1"))
            raise RuntimeError
        assert archive.get_meta("k") == ""
        archive.put_meta("k", "3")
        assert archive.get_meta("k") == "3"

    def test_an_error_of_the_database_names_no_value(self, archive: Archive) -> None:
        archive.put_meta("k", "secret-one")
        with pytest.raises(ArchiveError) as caught, archive._db.begin() as connection:
            connection.execute(insert(schema.meta).values(key="k", value="secret-two"))
        assert "secret" not in caught.value.message + caught.value.remedy

    def test_a_reader_sees_one_state_as_long_as_it_looks(self, archive: Archive) -> None:
        archive.put_meta("k", "1")
        value = select(schema.meta.c.value).where(schema.meta.c.key == "k")
        with archive._db.read() as looking:
            assert looking.execute(value).scalar() == "1"
            archive.put_meta("k", "2")
            assert looking.execute(value).scalar() == "1"
        assert archive.get_meta("k") == "2"

    def test_readers_never_wait_for_the_writer(self, archive: Archive) -> None:
        archive.put_meta("k", "1")
        seen: list[str] = []
        with archive._db.begin() as connection:
            connection.execute(insert(schema.meta).values(key="l", value="1"))
            looking = threading.Thread(target=lambda: seen.append(archive.get_meta("k") + archive.get_meta("l")))
            looking.start()
            looking.join(timeout=20)
            assert seen == ["1"]

    @pytest.mark.parametrize(("point", "kept"), [("commit", False), ("committed", True)])
    def test_a_killed_writer(self, reopen: Make, point: str, kept: bool) -> None:
        with reopen() as archive:
            fill(archive)
            before = archive.max_row()
        child = multiprocessing.get_context("fork").Process(target=_die_at, args=(point, reopen))
        child.start()
        child.join(timeout=60)
        assert child.exitcode == 9
        with reopen() as archive:
            assert archive.max_row() == before + kept
            assert len(archive.find("killed")) == kept
            growth = archive.grow()
            add(growth, "after")
            growth.commit()
            assert archive.original(archive.find("after")[0].id) == b"after"

    def test_one_writer_at_a_time(self, reopen: Make, archive: Archive) -> None:
        fill(archive)
        with pytest.raises(ArchiveError):
            reopen()
        with Archive.open(archive.path) as second:
            assert second.max_row() == archive.max_row()
            with pytest.raises(ArchiveError):
                second.put_meta("k", "v")

    def test_the_journal_of_an_older_catalogue_becomes_a_chain(self, reopen: Make) -> None:
        said = [(7, "Ada", b"\x01\x00"), (0, "Bén", b""), (7, "Ada", b"\xff" * 300)]
        with reopen() as archive:
            archive.add_decisions(said)
            links = [one.link for one in archive.journal()]
            with archive._db.begin() as connection:  # as version 2 left it
                connection.exec_driver_sql("ALTER TABLE decisions DROP COLUMN link")
                schema.comparisons.drop(connection)
            archive.put_meta("schema", "2")
        with reopen() as archive:
            found = list(archive.journal())
            assert [(one.item, one.editor, one.payload) for one in found] == said
            assert [one.link for one in found] == links
            assert len(set(links)) == len(said)
            archive.add_decision(8, "Cy", b"x")
            last = archive.last_decision()
            assert last is not None
            assert last.link == link(links[-1], 4, 8, "Cy", b"x")
            archive.add_comparison("press", "A text\0 with everything: é")
            assert [(one.name, one.text) for one in archive.comparisons()] == [("press", "A text\0 with everything: é")]

    def test_a_later_version_is_refused(self, reopen: Make) -> None:
        with reopen() as archive:
            archive.put_meta("schema", str(schema.VERSION + 1))
            path = archive.path
        for open_it in (reopen, lambda: Archive.open(path)):
            with pytest.raises(ArchiveError, match="program knows versions up to"):
                open_it()

    def test_a_lost_catalogue_clears_no_folder(self, reopen: Make) -> None:
        with reopen() as archive:
            fill(archive)
            path = archive.path
            schema.metadata.drop_all(archive._db._engine)
        before = {entry: entry.stat().st_size for entry in path.rglob("0000")}
        with pytest.raises(ArchiveError, match="not where the settings say"):
            reopen()
        assert before
        assert {entry: entry.stat().st_size for entry in path.rglob("0000")} == before
