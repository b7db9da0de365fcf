"""Whether a date that markup states can also be read in the text: only then may it become a field of that text."""

from __future__ import annotations

import re
from collections.abc import Iterator

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_PARTS = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(\d\d):(\d\d)(?:Z|[+-]\d\d:\d\d)?)?")


def readable(date: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    """The date in falling precision, each time with what must stand in a unit for that much of it to be said there.

    `date` is ISO 8601 (`2003`, `2003-04`, `2003-04-05`, `2003-04-05T17:05Z`). Nothing for any other text.
    """
    found = _PARTS.fullmatch(date)
    if found is None:
        return
    year, month, day, hour, minute = found.groups()
    if month and not 1 <= int(month) <= 12:
        month = day = hour = None
    if day and month:
        spoken = _day(year, month, day)
        if hour and minute:
            yield (
                date,
                re.compile(f"(?s)\\A(?=.*(?:{spoken}))(?=.*(?:{_clock(int(hour), int(minute))}))", re.IGNORECASE),
            )
        yield f"{year}-{month}-{day}", re.compile(spoken, re.IGNORECASE)
    if month:
        yield f"{year}-{month}", re.compile(rf"\b{_name(month)},?\s+{year}\b|\b{year}-{month}\b", re.IGNORECASE)
    yield year, re.compile(rf"\b{year}\b")


def _name(month: str) -> str:
    name = _MONTHS[int(month) - 1]
    return rf"{name[:3]}(?:{name[3:]}|t)?\.?"


def _day(year: str, month: str, day: str) -> str:
    number = rf"0?{int(day)}(?:st|nd|rd|th)?"
    name = _name(month)
    return rf"\b{name}\s+{number},?\s+{year}\b|\b{number}(?:\s+of)?\s+{name},?\s+{year}\b|\b{year}-{month}-{day}"


def _clock(hour: int, minute: int) -> str:
    half = "p" if hour >= 12 else "a"
    short = rf"0?{hour % 12 or 12}"
    spoken = [rf"\b{hour:02d}:?{minute:02d}(?:Z|\b)", rf"\b{short}[:.]{minute:02d}\s*{half}\.?\s?m\b"]
    if not minute:
        spoken.append(rf"\b{short}\s*{half}\.?\s?m\b")
        spoken.extend({12: [r"\bnoon\b"], 0: [r"\bmidnight\b"]}.get(hour, []))
    return "|".join(spoken)
