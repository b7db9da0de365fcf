"""The dates of a query: what `date:` takes, and how dates of any precision become comparable numbers."""

from __future__ import annotations

import calendar
import re

from unsealed.errors import QueryError
from unsealed.query.tree import Range

_FORMS = "Write a year, a month or a day: date:2003, date:2003-05, date:2003-05-17, date:2003..2005-06, date:>=2004-05."
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_STORED = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2})(?::([0-9]{2}))?)?)?)?")
_PARTS = ((0, 9999), (1, 12), (1, 31), (0, 23), (0, 59))  # year, month, day, hour, minute: least and most
_COMPARED = re.compile(r"(>=|<=|>|<)?(.*)", re.DOTALL)


def read_range(field: str, value: str, query: str, position: int) -> Range:
    """The range that `value` (the text after `date:`, at `position` of `query`) asks for; QueryError if it is none."""
    if value == "*":
        return Range(field, "", "")
    if ".." in value:
        low, _, high = value.partition("..")
        return _ordered(field, low, high, query, position)
    match = _COMPARED.fullmatch(value)
    assert match is not None
    sign, date = match[1] or "", match[2]
    _check(date, query, position + len(sign))
    low = {">=": date, ">": _step(date, 1)}.get(sign, "")
    high = {"<=": date, "<": _step(date, -1)}.get(sign, "")
    if sign and not low and not high:
        raise QueryError(f"No date lies {sign} {date}.", query=query, position=position, remedy=_FORMS)
    return Range(field, low, high) if sign else Range(field, date, date)


def _ordered(field: str, low: str, high: str, query: str, position: int) -> Range:
    if not low and not high:
        raise QueryError("A range needs a date on at least one side.", query=query, position=position, remedy=_FORMS)
    if low:
        _check(low, query, position)
    if high:
        _check(high, query, position + len(low) + 2)
    # Dates compare as texts; a shorter one means its whole period, so that 2004..2004-02 is in order.
    if low and high and low[: len(high)] > high[: len(low)]:
        raise QueryError(
            f"The range ends ({high}) before it begins ({low}).",
            query=query,
            position=position,
            remedy=f"Turn it round: {field}:{high}..{low}",
        )
    return Range(field, low, high)


def _check(date: str, query: str, position: int) -> None:
    match = _DATE.fullmatch(date)
    if match is None:
        raise QueryError("This is not a date that I can read.", query=query, position=position, remedy=_FORMS)
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    if year == 0 or not 1 <= month <= 12 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        raise QueryError("There is no such day.", query=query, position=position, remedy=_FORMS)


def _step(date: str, by: int) -> str:
    """The next (`by` 1) or previous (-1) date of the same precision; empty beyond the years 1 to 9999."""
    parts = [int(part) for part in date.split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    if len(parts) == 1:
        year += by
    elif len(parts) == 2:
        year, month = divmod(year * 12 + month - 1 + by, 12)
        month += 1
    else:
        year, month, day = _step_day(year, month, day, by)
    if not 1 <= year <= 9999:
        return ""
    return "-".join((f"{year:04}", f"{month:02}", f"{day:02}")[: len(parts)])


def _step_day(year: int, month: int, day: int, by: int) -> tuple[int, int, int]:
    day += by
    if 1 <= day <= calendar.monthrange(year, month)[1]:
        return year, month, day
    year, month = divmod(year * 12 + month - 1 + by, 12)
    if year < 1:
        return year, 1, 1
    return year, month + 1, 1 if by > 0 else calendar.monthrange(year, month + 1)[1]


def bounds(date: str) -> tuple[int, int] | None:
    """The earliest and latest minute that `date` may mean, as numbers `YYYYMMDDhhmm` that only serve to compare.

    `date` is ISO 8601 of any precision (model.Field). A zone is not applied: dates compare as they are written,
    since that is how they are shown. None if it is no date.
    """
    match = _STORED.match(date)
    if match is None:
        return None
    if match.lastindex == len(_PARTS):  # to the minute, as most are
        low = int("".join(match.groups()))
        return low, low
    parts = [int(part) if part is not None else None for part in match.groups()]
    low = high = 0
    for value, (least, most) in zip(parts, _PARTS, strict=True):
        low = low * 100 + (least if value is None else value)
        high = high * 100 + (most if value is None else value)
    return low, high
