"""The days of a chat log: stated by lines, by the times themselves, or inferred where a clock falls back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import NamedTuple

from unsealed.ingest.readers.build import Builder

_SIX_HOURS = 360  # minutes: a bigger drop of the clock is the next day
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_NUMBERS = re.compile(r"(\d{1,2})([/.])(\d{1,2})[/.](\d{2,4})")
_WORDS = re.compile(
    r"\b([A-Z][a-z]{2})[a-z]* +(\d{1,2})(?: \d\d:\d\d:\d\d)?,? (\d{4})\b|\b(\d{1,2}) ([A-Z][a-z]{2})[a-z]* (\d{4})\b"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Clock(NamedTuple):
    """The time of one line: minutes of the day, the day as written (empty for none), its unit."""

    minutes: int
    day: str
    unit: int


def stated_day(text: str) -> str:
    """The day that a line states in words or numbers, as ISO; of numbers with slashes the first is the month."""
    found = _ISO.search(text)
    if found is not None:
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    found = _WORDS.search(text)
    if found is not None:
        month, day, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        return _iso(int(year), _MONTHS.index(month) + 1, int(day)) if month in _MONTHS else ""
    found = _NUMBERS.search(text)
    if found is None:
        return ""
    first, second = (int(found[3]), int(found[1])) if found[2] == "." else (int(found[1]), int(found[3]))
    return _iso(_full(int(found[4])), first, second)


class Days:
    """Follows the clock through a log. A `day` field for each day, with the unit that states it or begins it.

    Findings: T-BACK (the clock falls back by less than six hours, once), T-DAY-INFERRED (by more: the next day),
    T-DAY-AMBIGUOUS (`03/04/2011` alone does not say which number is the month).
    """

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.day = ""
        self.clock = -1
        self.back = False
        self.day_first: bool | None = None  # of numeric days; None where the log does not tell
        self.asked = False

    def order(self, days: list[str]) -> None:
        """Learn from the days of a log which number is the month."""
        for text in days:
            found = _NUMBERS.match(text)
            if found is None:
                continue
            if found[2] == "." or int(found[1]) > 12:
                self.day_first = True
                return
            if int(found[3]) > 12:
                self.day_first = False
                return

    def stated(self, day: str, unit: int) -> None:
        """A line says which day it is."""
        self.clock = -1
        self._enter(day, unit)

    def line(self, clock: Clock) -> None:
        """A line with a time."""
        fallen = self.clock - clock.minutes
        if clock.day:
            day = self._written(clock.day)
            if day and day != self.day:
                self._enter(day, clock.unit)
                fallen = 0
            elif not day and not self.asked and _NUMBERS.match(clock.day):
                self.asked = True
                self.build.finding("T-DAY-AMBIGUOUS", "note", clock.unit)
        elif fallen > _SIX_HOURS and self.day:
            self._enter((date.fromisoformat(self.day) + timedelta(days=1)).isoformat(), clock.unit)
            self.build.finding("T-DAY-INFERRED", "note", clock.unit)
        if 0 < fallen <= _SIX_HOURS and not self.back:
            self.build.finding("T-BACK", "note", clock.unit)
            self.back = True
        self.clock = clock.minutes

    def _enter(self, day: str, unit: int) -> None:
        if day == self.day:
            return
        if not self.day:
            self.build.field("date", day, unit)
        self.day = day
        self.build.field("day", day, unit)

    def _written(self, text: str) -> str:
        """The day of a time: ISO, numbers in the order of this log, or a month and a day of the year that is known."""
        found = _NUMBERS.match(text)
        if found is not None:
            if self.day_first is None:
                return ""
            day, month = (int(found[1]), int(found[3])) if self.day_first else (int(found[3]), int(found[1]))
            return _iso(_full(int(found[4])), month, day)
        if _ISO.match(text):
            return stated_day(text)
        month_name, number = text[:3], text[4:].strip()
        if not self.day or month_name not in _MONTHS:
            return ""
        month = _MONTHS.index(month_name) + 1
        year = int(self.day[:4]) + (1 if month < int(self.day[5:7]) else 0)
        return _iso(year, month, int(number))


def _full(year: int) -> int:
    return year + 2000 if year < 70 else year + 1900 if year < 100 else year


def _iso(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
