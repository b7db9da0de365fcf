"""Dates as words, with the precision that is known and never more."""

from __future__ import annotations

import re

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d)(?::(\d\d))?(?::\d\d)?)?)?)?(Z|[+-]\d\d:?\d\d)?\Z")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def year_of(value: str) -> int:
    """The year of an ISO date value, 0 where there is none or it cannot be read."""
    return int(value[:4]) if _DATE.match(value) else 0


def words(value: str) -> str:
    """`4 March 2003, 17:05 UTC`, `March 2003`, `2003`, or an empty string for no date."""
    match = _DATE.match(value)
    if match is None:
        return ""
    year, month, day, hour, minute, zone = match.groups()
    if month is None or not 1 <= int(month) <= 12:
        return year
    text = f"{_MONTHS[int(month) - 1]} {year}"
    if day is None:
        return text
    text = f"{int(day)} {text}"
    if hour is None:
        return text
    clock = f"{hour}:{minute}" if minute is not None else f"{hour}h"
    return f"{text}, {clock}{_zone(zone)}"


def _zone(zone: str | None) -> str:
    if zone is None:
        return ""
    return " UTC" if zone == "Z" else f" UTC{zone}"


def short(value: str) -> str:
    """The date for a list: `2003-03-04`, `2003-03`, `2003`, or `undated`. A time of day is left out."""
    return value[:10] if _DATE.match(value) else "undated"


def precision(value: str) -> str:
    """What is known of a date, in words: `to the minute`, `to the day`, `to the month`, `to the year`."""
    match = _DATE.match(value)
    if match is None:
        return ""
    for group, text in ((5, "to the minute"), (4, "to the hour"), (3, "to the day"), (2, "to the month")):
        if match.group(group) is not None:
            return text
    return "to the year"


def instant(day: str) -> str:
    """An RFC 3339 instant for feeds: the publisher's day at midnight UTC, since no exact time is public."""
    return f"{day}T00:00:00Z" if re.match(r"\d{4}-\d\d-\d\d\Z", day) else "1970-01-01T00:00:00Z"
