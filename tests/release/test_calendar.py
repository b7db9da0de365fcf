"""Times with a zone, and the calendar that editors carry away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import UsageError
from unsealed.release.calendar import Calendar, Day, icalendar, parse_time

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-12-01T06:00Z", "2026-12-01T06:00:00Z"),
        ("2026-12-01T06:00:30Z", "2026-12-01T06:00:30Z"),
        ("2026-12-01T07:00+01:00", "2026-12-01T06:00:00Z"),
        ("2026-11-30T23:30-06:30", "2026-12-01T06:00:00Z"),
    ],
)
def test_times(written: str, meant: str) -> None:
    assert parse_time(written) == meant


NO_TIMES = [
    "2026-12-01",
    "2026-12-01T06:00",
    "tomorrow",
    "2026-13-01T06:00Z",
    "2026-12-01T25:00Z",
    "",
    "2026-12-01 06Z",
    "0001-01-01T00:00+14:00",
    "9999-12-31T23:00-14:00",
]


@pytest.mark.parametrize("written", NO_TIMES)
def test_what_is_no_time(written: str) -> None:
    with pytest.raises(UsageError, match="no time with a zone"):
        parse_time(written)


def day(number: int, state: str = "planned", title: str = "Part", embargo: str = "") -> Day:
    return Day(number, "release", state, title, "2026-12-01", embargo, 3, 1)


def test_only_what_is_to_come_is_carried_away() -> None:
    days = (day(1, "published"), day(2, embargo="2026-12-01T06:00:00Z"), day(3, title="One; two, three\nBEGIN:VEVENT"))
    text = icalendar(Calendar(days, 2, 9), "The Papers", NOW).decode()
    assert text.count("\r\nBEGIN:VEVENT\r\n") == 2
    assert "DTSTART:20261201T060000Z\r\n" in text
    assert "DTSTART;VALUE=DATE:20261201\r\n" in text
    assert "SUMMARY:The Papers: release 3\\, One\\; two\\, three BEGIN:VEVENT\r\n" in text
    assert "release 1" not in text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_lines_are_folded_and_lose_nothing(title: str) -> None:
    data = icalendar(Calendar((day(2, title=title),), 0, 1), "Papers", NOW)
    lines = data.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    unfolded = data.replace(b"\r\n ", b"").decode()
    assert unfolded.count("\r\n") == 11
