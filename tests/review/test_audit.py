"""The audit log: whatever is changed beside the program is found, and named by number."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed.archive import Archive
from unsealed.archive.chain import START, link
from unsealed.errors import ArchiveError, HistoryError, UsageError
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.review.finding import Span

ANA, JONAS, MIRA = EDITORS
NOW = "2026-01-02T03:04:05Z"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with make_archive(tmp_path / "a") as opened:
        add(opened, cable(1, "Karl Ott came."), cable(2, "Nobody came."))
        desk = Desk(opened, now=lambda: NOW)
        [mark] = desk.mark(1, 1, [Span(4, 7, 15)], "private", ANA)
        desk.decide(mark, JONAS, "accept")
        desk.allow("ministry", "an ordinary word", ANA)
        audit.record(opened, MIRA, "partner.download", "asked for it", about={"partner": "P"}, now=lambda: NOW)
        desk.clear(1, ANA)
        yield opened


def spoil(archive: Archive, *statements: str) -> None:
    """Change the database as somebody would who has it, but not this program."""
    archive.close()
    with sqlite3.connect(archive.path / "catalogue.db") as database:
        for statement in statements:
            database.execute(statement)
    database.close()


def check(archive: Archive, *heads: audit.Head) -> audit.Head:
    with Archive.open(archive.path) as again:
        return audit.verify(again, [("The note", one) for one in heads])


def test_a_whole_log_is_whole_and_every_head_of_it_is_on_it(archive: Archive) -> None:
    heads = [audit.Head(0, START), *(audit.Head(one.id, one.link) for one in archive.journal())]
    assert audit.verify(archive, [("The note", one) for one in heads]) == audit.head(archive) == heads[-1]
    assert audit.parse_head(str(heads[-1])) == heads[-1]


def test_every_record_has_who_when_what_and_why(archive: Archive) -> None:
    found = list(audit.entries(archive))
    assert [(one.who, one.what, one.why) for one in found if not one.what.startswith("settings")] == [
        (ANA, "mark", "private"),
        (JONAS, "accept", "private"),
        (ANA, "allow", "an ordinary word"),
        (MIRA, "partner.download", "asked for it"),
        (ANA, "clear", "nothing more is to be withheld"),
    ]
    assert {one.at for one in found} == {NOW}
    assert json.loads(json.dumps(audit.as_json(found[0])))["link"] == found[0].link.hex()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE decisions SET editor = 'Mira Sand' WHERE id = 2",
        "UPDATE decisions SET item = 2 WHERE id = 2",
        "UPDATE decisions SET payload = (SELECT payload FROM decisions WHERE id = 3) WHERE id = 2",
        "UPDATE decisions SET link = (SELECT link FROM decisions WHERE id = 3) WHERE id = 2",
    ],
)
def test_a_changed_record_is_named(archive: Archive, change: str) -> None:
    spoil(archive, change)
    with pytest.raises(HistoryError, match="Record 2 "):
        check(archive)


def test_a_removed_record_is_named(archive: Archive) -> None:
    spoil(archive, "DELETE FROM decisions WHERE id = 3")
    with pytest.raises(HistoryError, match="Record 3 of the audit log is missing; number 4"):
        check(archive)


def test_a_removed_record_whose_gap_was_closed_is_named(archive: Archive) -> None:
    spoil(archive, "DELETE FROM decisions WHERE id = 3", "UPDATE decisions SET id = -(id - 1) WHERE id > 3")
    spoil(archive, "UPDATE decisions SET id = -id WHERE id < 0")
    with pytest.raises(HistoryError, match="Record 3 "):
        check(archive)


def test_an_inserted_record_is_named(archive: Archive) -> None:
    spoil(
        archive,
        "UPDATE decisions SET id = -(id + 1) WHERE id >= 2",
        "UPDATE decisions SET id = -id WHERE id < 0",
        "INSERT INTO decisions SELECT 2, item, editor, payload, link FROM decisions WHERE id = 1",
    )
    with pytest.raises(HistoryError, match="Record 2 "):
        check(archive)


def test_reordered_records_are_named(archive: Archive) -> None:
    spoil(
        archive,
        "UPDATE decisions SET id = -3 WHERE id = 2",
        "UPDATE decisions SET id = 2 WHERE id = 3",
        "UPDATE decisions SET id = 3 WHERE id = -3",
    )
    with pytest.raises(HistoryError, match="Record 2 "):
        check(archive)


def test_a_tail_that_was_cut_off_is_found_by_whoever_remembers(archive: Archive) -> None:
    remembered = audit.head(archive)
    spoil(archive, f"DELETE FROM decisions WHERE id = {remembered.length}")
    assert check(archive).length == remembered.length - 1
    with pytest.raises(HistoryError, match=f"The note remembers {remembered.length} records.*tail"):
        check(archive, remembered)


def test_a_log_that_was_written_anew_is_found_by_whoever_remembers(archive: Archive) -> None:
    remembered = audit.head(archive)
    records = [(one.id, one.item, one.editor, one.payload) for one in archive.journal()]
    records[0] = (1, 1, MIRA, records[0][3])
    archive.close()
    with sqlite3.connect(archive.path / "catalogue.db") as database:
        before = START
        for record in records:
            before = link(before, *record)
            database.execute("UPDATE decisions SET editor = ?, link = ? WHERE id = ?", (record[2], before, record[0]))
    database.close()
    check(archive)
    with pytest.raises(HistoryError, match="written anew"):
        check(archive, remembered)


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_of_any_byte_is_found(archive: Archive, data: st.DataObject) -> None:
    stored = list(archive.journal())
    place = data.draw(st.integers(0, len(stored) - 1))
    one = stored[place]
    at = data.draw(st.integers(0, len(one.payload) - 1))
    payload = bytearray(one.payload)
    payload[at] ^= data.draw(st.integers(1, 255))
    assert link(stored[place - 1].link if place else START, one.id, one.item, one.editor, bytes(payload)) != one.link


@pytest.mark.parametrize(
    "wrong",
    [
        {"who": ""}, {"who": "a\nb"}, {"what": "Download"}, {"what": "download"}, {"why": " "}, {"why": "x" * 2001},
        {"about": {"x": "y" * 501}},
    ],
)  # fmt: skip
def test_a_record_without_who_what_or_why_is_refused(archive: Archive, wrong: dict[str, object]) -> None:
    before = audit.head(archive)
    values: dict[str, object] = {"who": ANA, "what": "partner.download", "why": "asked", **wrong}
    with pytest.raises(UsageError):
        audit.record(archive, **values)  # type: ignore[arg-type]
    assert audit.head(archive) == before


@pytest.mark.parametrize("text", ["", "12", "12:ab", "-1:" + "0" * 64, "1:" + "G" * 64])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        audit.parse_head(text)


def test_only_some_acts_bear_on_what_goes_out(archive: Archive) -> None:
    audit.record(archive, ANA, "register.add", "a new name", bearing=True)
    assert [audit.bears(one.payload) for one in archive.journal() if one.editor in EDITORS] == [
        True, True, True, False, True, True,
    ]  # fmt: skip


def test_a_reader_may_not_record(archive: Archive) -> None:
    archive.close()
    with Archive.open(archive.path) as reader, pytest.raises(ArchiveError):
        audit.record(reader, ANA, "partner.download", "asked")
