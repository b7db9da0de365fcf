"""Calendars and contact cards: each entry is an item, nothing in code beside its unit, files in them are parts."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED
from unsealed.ingest.readers import Outcome, read
from unsealed.ingest.readers.agenda import moment
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.sniff import sniff
from unsealed.model import Reading

EVENT = b"""BEGIN:VEVENT
UID:1@example.org
DTSTART;TZID=Europe/Zurich:20070101T160000
SUMMARY:Tea\\, with cake
LOCATION:The old
  mill
ORGANIZER;CN="Quill, Ada":mailto:ada@example.org
ATTENDEE;ROLE=REQ-PARTICIPANT:MAILTO:bob@example.org
DESCRIPTION:first line\\nsecond line
BEGIN:VALARM
DESCRIPTION:Reminder
END:VALARM
END:VEVENT
"""
CALENDAR = b"BEGIN:VCALENDAR\nX-WR-CALNAME:Ada's days\n" + EVENT + b"END:VCALENDAR\n"
CARD = b"""BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Z=C3=B6rgulon;Ada
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ada Z=C3=B6r=
gulon
EMAIL;INTERNET:ada@example.org
ADR;HOME:;;1 Mill Lane;Valmora;;;
PHOTO;ENCODING=BASE64;TYPE=PNG:
 iVBORw0K

END:VCARD
"""


def reading_of(outcome: Outcome) -> Reading:
    assert outcome.reading is not None
    return outcome.reading


def test_one_entry_is_one_reading() -> None:
    assert sniff(CALENDAR, len(CALENDAR)).id == "calendar"
    outcome = read("calendar", CALENDAR)
    reading = reading_of(outcome)
    assert reading.type == "calendar" and not outcome.parts
    assert reading.all("title") == ["Tea, with cake"] and reading.all("date") == ["2007-01-01T16:00"]
    assert reading.all("place") == ["The old mill"] and reading.all("message-id") == ["1@example.org"]
    assert reading.all("from") == ["Quill, Ada <ada@example.org>"] and reading.all("to") == ["bob@example.org"]
    texts = [unit.text for unit in reading.units]
    assert "DTSTART;TZID=Europe/Zurich: 20070101T160000\n" in texts, "the zone is kept as it is named"
    assert "DESCRIPTION: first line\nsecond line\n" in texts


def test_the_units_of_an_entry_tile_its_bytes() -> None:
    position = 0
    for unit in reading_of(read("calendar", CALENDAR.replace(b"\n", b"\r\n"))).units:
        assert unit.source[0][0] == position
        position = unit.source[0][1]
    assert position == len(CALENDAR.replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(("form", "entry", "count"), [("calendar", EVENT, 3), ("contact", CARD, 5)])
def test_each_of_several_entries_is_a_part_with_its_exact_bytes(form: str, entry: bytes, count: int) -> None:
    data = entry * count if form == "contact" else CALENDAR.replace(EVENT, EVENT * count)
    outcome = read(form, data)
    assert [part.data for part in outcome.parts] == [entry] * count
    assert all(sniff(part.data, len(part.data)).id == form for part in outcome.parts)
    if form == "calendar":
        assert any("Ada's days" in unit.text for unit in reading_of(outcome).units)


def test_a_card_in_its_oldest_form() -> None:
    assert sniff(CARD, len(CARD)).id == "contact"
    outcome = read("contact", CARD)
    reading = reading_of(outcome)
    assert reading.type == "contact" and reading.all("title") == ["Ada Zörgulon"]
    assert reading.all("address") == ["ada@example.org"] and reading.all("place") == ["1 Mill Lane, Valmora"]
    assert [(part.name, part.data) for part in outcome.parts] == [("photo", b"\x89PNG\r\n")]
    assert not [unit.text for unit in reading.units if "=C3" in unit.text or "iVBOR" in unit.text]


def test_a_file_in_an_event_is_a_part() -> None:
    coded = base64.b64encode(b"%PDF-1.4").decode()
    line = f"ATTACH;FMTTYPE=application/pdf;ENCODING=BASE64;VALUE=BINARY;FILENAME=plan.pdf:{coded}\n"
    outcome = read("calendar", CALENDAR.replace(b"UID", line.encode() + b"UID"))
    assert [(part.name, part.data, part.mime) for part in outcome.parts] == [
        ("plan.pdf", b"%PDF-1.4", "application/pdf")
    ]


@pytest.mark.parametrize("coded", ["AA=A", "A", "====", "AAAA=AAAAAA", "é", ""])
def test_a_picture_in_broken_code_is_read_as_far_as_possible(coded: str) -> None:
    outcome = read("contact", CARD.replace(b"iVBORw0K", coded.encode()))
    assert [part.name for part in outcome.parts] == ["photo"]


def test_a_card_that_is_not_closed_does_not_swallow_the_next() -> None:
    outcome = read("contact", CARD.replace(b"END:VCARD\n", b"") + CARD)
    assert len(outcome.parts) == 2
    assert "K-OPEN" in [finding.code for finding in reading_of(outcome).findings]


def test_a_card_inside_a_card_stays_inside() -> None:
    outcome = read("contact", CARD.replace(b"EMAIL;", b"AGENT:\n" + CARD + b"EMAIL;"))
    assert not outcome.parts or [part.name for part in outcome.parts] == ["photo", "photo"]
    assert reading_of(outcome).all("title") == ["Ada Zörgulon"] * 2


def test_more_entries_than_the_limit_are_cut_again() -> None:
    data = b"BEGIN:VCARD\nFN:x\nEND:VCARD\n" * (LIMITS.entries + 7)
    parts = read("contact", data).parts
    assert len(parts) == LIMITS.entries and len(read("contact", parts[-1].data).parts) == 8


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20070101T160000Z", "2007-01-01T16:00Z"),
        ("20070101T160000", "2007-01-01T16:00"),
        ("20070101", "2007-01-01"),
        ("2007-01-01T16:00:00+0100", "2007-01-01T16:00+01:00"),
        ("20071301", ""),
        ("noon", ""),
    ],
)
def test_moments(value: str, expected: str) -> None:
    assert moment(value) == expected


@given(
    st.lists(
        st.sampled_from([*CALENDAR.splitlines(True), *CARD.splitlines(True), b"=\n", b" x\n", b"\xff:\n", b'A;B="\n'])
    )
)
def test_nothing_raises_and_nothing_is_lost(lines: list[bytes]) -> None:
    data = b"".join(lines)
    for form in ("calendar", "contact"):
        outcome = read(form, data) if data else read("empty", data)
        spans = sorted(span for unit in reading_of(outcome).units for span in unit.source)
        position = 0
        for start, end in spans:
            assert start <= position
            position = max(position, end)
        assert position == len(data)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
@pytest.mark.parametrize("name", ["testICalendar_w_prodId.ics", "testVCalendar.vcs"])
def test_real_files(name: str) -> None:
    data = (SHARED / "formats/tika" / name).read_bytes()
    assert sniff(data, len(data)).id == "calendar"
    assert reading_of(read("calendar", data)).first("title")
