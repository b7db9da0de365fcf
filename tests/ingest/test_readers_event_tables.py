"""Tables of events by a map of their columns: the settings, the context of a row, what is read with it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.conftest import SHARED
from tests.ingest.material import ingest, make_archive
from unsealed.archive import SETTINGS, Archive
from unsealed.config import parse_settings
from unsealed.errors import SetupError
from unsealed.ingest.readers import read
from unsealed.ingest.readers.tables import TableMap, heading_and_maps, with_maps
from unsealed.ingest.splitters import splitter
from unsealed.model import Reading

GED = """
[archive]
name = "A"

[[ingest.tables]]
name = "UCDP GED"
when = ["dyad_name", "where_coordinates", "best"]
box = [2.0, 14.0, 11.5, 28.0]

[ingest.tables.columns]
id = ["id"]
date = ["date_start"]
lat = ["latitude"]
lon = ["longitude"]
place = ["where_coordinates", "adm_1", "country"]
title = ["dyad_name"]
kind = ["type_of_violence"]
killed = ["deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown"]
"""
HEADING = b"Event,When,North,East,Near,Hurt A,Hurt B\n"
MAP = TableMap(
    "own", ("Event", "Hurt A"),
    {
        "id": ("Event",), "date": ("When",), "lat": ("North",), "lon": ("East",), "place": ("Near",),
        "wounded": ("Hurt A", "Hurt B"),
    },
    (40.0, 10.0, 50.0, 20.0),
)  # fmt: skip


def row(text: bytes, *maps: TableMap) -> Reading:
    outcome = read("table-csv", text, with_maps(HEADING, msgspec.msgpack.encode(maps) if maps else b""))
    assert outcome.reading is not None
    return outcome.reading


def test_a_table_that_no_rule_knows_is_an_event_by_its_map() -> None:
    line = b"7,2009-02-20,45.5,15.25,Mill Bridge,2,3\n"
    assert row(line).type == "table"
    found = row(line, MAP)
    assert found.type == "event"
    assert {field.name: field.value for field in found.fields} == {
        "id": "7", "date": "2009-02-20", "lat": "45.5", "lon": "15.25", "place": "Mill Bridge", "wounded": "5",
    }  # fmt: skip
    assert [unit.label for unit in found.units].count("coordinate") == 2
    assert found.findings == ()
    assert next(field.units for field in found.fields if field.name == "wounded") == (5, 6)


def test_places_outside_the_box_are_flagged() -> None:
    assert [f.code for f in row(b"7,2009-02-20,15.25,45.5,Mill,2,\n", MAP).findings] == ["X-OUTSIDE", "X-SWAPPED"]


def test_cells_that_do_not_parse_are_flagged() -> None:
    assert {f.code for f in row(b"7,soon,x,15.5,Mill,two,3\n", MAP).findings} == {"E-DATE", "E-COORDINATE", "E-COUNT"}


def test_other_tables_are_read_as_before() -> None:
    other = TableMap("other", ("Event", "Elsewhere"), {"id": ("Event",)})
    assert row(b"7,2009-02-20,45.5,15.25,Mill,2,3\n", other) == row(b"7,2009-02-20,45.5,15.25,Mill,2,3\n")


@pytest.mark.parametrize("maps", [b"\xff", b"\x91\x01", b"junk"])
def test_a_map_that_is_none_is_no_map(maps: bytes) -> None:
    assert heading_and_maps(with_maps(HEADING, maps)) == (HEADING, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = ["id"]', 'number = ["id"]'),
        ('when = ["dyad_name", "where_coordinates", "best"]', "when = []"),
        ('lat = ["latitude"]', "lat = []"),
        ("[2.0, 14.0, 11.5, 28.0]", "[2.0, 14.0]"),
        ("[2.0, 14.0, 11.5, 28.0]", "[12.0, 14.0, 11.5, 28.0]"),
    ],
)
def test_mistakes_in_the_settings_are_named(old: str, new: str) -> None:
    assert old in GED
    with pytest.raises(SetupError):
        parse_settings(GED.replace(old, new))


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
def test_the_example_reads_the_table_that_it_is_of() -> None:
    maps = msgspec.msgpack.encode(parse_settings(GED).ingest.tables)
    data = next((SHARED / "events").rglob("*.csv")).read_bytes()
    cutter = splitter("table-csv")
    killed, outside, count = 0, 0, 0
    for piece in cutter.feed(data, True):
        outcome = read("table-csv", data[piece.start : piece.end], with_maps(cutter.context, maps))
        assert outcome.reading is not None and outcome.reading.type == "event"
        killed += int(outcome.reading.first("killed"))
        outside += any(finding.code == "X-OUTSIDE" for finding in outcome.reading.findings)
        assert outcome.reading.first("title") and outcome.reading.first("place")
        count += 1
    assert (count, killed) == (1848, 14_948)  # what the publisher states
    assert outside == 0


def test_the_map_reaches_every_row_wherever_it_lies(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    rows = b"".join(b"%d,2009-02-20,45.5,15.25,Mill Bridge,2,3\n" % number for number in range(1, 5))
    (source / "small.csv").write_bytes(HEADING + rows)
    (source / "mail.eml").write_bytes(
        b"From: a@example.org\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain\n\nSee the table.\n"
        b"--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=t.csv\n\n"
        + HEADING
        + rows
        + b"--b--\n"
    )
    with make_archive(tmp_path / "archive"):
        pass
    with open(tmp_path / "archive" / SETTINGS, "a", encoding="utf-8") as handle:
        handle.write(
            '\n[[ingest.tables]]\nname = "own"\nwhen = ["Event", "Hurt A"]\n'
            '[ingest.tables.columns]\nid = ["Event"]\nwounded = ["Hurt A", "Hurt B"]\n'
        )
    ingest(tmp_path / "archive", source)
    with Archive.open(tmp_path / "archive") as archive:
        wounded = [
            stored.reading.first("wounded")
            for stored in archive.readings()
            if stored.reading.type in ("event", "table")
        ]
    assert wounded == ["5"] * 8
