"""A day in the ways in which it is written: who withholds a day of birth in words withholds it in figures too.

Takes the text of a mark, gives other texts of the same day. Pure. Only a text that is a whole day and nothing else
counts, with a year of four figures. `3/4/1961` may be two days: both are given.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterator

_MONTHS = {name.lower(): number for number, name in enumerate(month_name) if name}
_MONTHS |= {name[:3]: number for name, number in list(_MONTHS.items())} | {"sept": 9}
_IN_WORDS = (
    re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ .-]{1,2}(?P<month>[a-z]{3,9})[ .,-]{1,2}(?P<year>\d{4})"),
    re.compile(r"(?P<month>[a-z]{3,9})[ .-]{1,2}(?P<day>\d{1,2})(?:st|nd|rd|th)?[ ,.-]{1,2}(?P<year>\d{4})"),
)
_IN_FIGURES = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})"),
    re.compile(r"(?P<day>\d{1,2})[-/. ]{1,2}(?P<month>\d{1,2})[-/. ]{1,2}(?P<year>\d{4})"),
    re.compile(r"(?P<month>\d{1,2})[-/. ]{1,2}(?P<day>\d{1,2})[-/. ]{1,2}(?P<year>\d{4})"),
)


def other_ways(text: str) -> list[str]:
    """The same day in other ways, in words with English months and in figures; none for a text that is no day."""
    plain = " ".join(text.split()).lower().strip(" .,;")
    found: dict[str, None] = {}
    for day, month, year in dict.fromkeys(_days(plain)):
        found |= dict.fromkeys(_ways(day, month, year))
    return list(found)


def _days(plain: str) -> Iterator[tuple[int, int, int]]:
    for pattern in (*_IN_WORDS, *_IN_FIGURES):
        match = pattern.fullmatch(plain)
        if match:
            said = match["month"]
            month = int(said) if said.isdigit() else _MONTHS.get(said, 0)
            day, year = int(match["day"]), int(match["year"])
            if 1 <= month <= 12 and 1 <= day <= 31:
                yield day, month, year


def _ways(day: int, month: int, year: int) -> Iterator[str]:
    yield f"{year}-{month:02}-{day:02}"
    for shown in (year, f"{year % 100:02}"):
        for first, second in ((f"{day}", f"{month}"), (f"{day:02}", f"{month:02}")):
            yield f"{first} {second} {shown}"
            yield f"{second} {first} {shown}"
            for name in (month_name[month], month_name[month][:3]):
                yield f"{first} {name} {shown}"
                yield f"{name} {first} {shown}"
