"""The references of a telegram (cable.md 5.5): one unit for each item, one field for each cable that is cited."""

from __future__ import annotations

import re

from unsealed.ingest.readers.cable.draft import Draft
from unsealed.ingest.readers.cable.grammar import LEADING_LABEL
from unsealed.ingest.stations import could_be_station, station_named

# An item ends before an enumerator, after a comma or semicolon, after AND, at a line end.
_BORDER = re.compile(
    r"(?<=[\s,;)])(?=(?:\([A-Z]\)|\[[A-Z]\]|[A-Z][.):])[ \t]*(?:REF[ ]|\(?'?\d|[A-Z]{3}|\())"
    r"|(?<=[,;])[ \t]*\n?[ \t]*(?=\S)|(?<=\bAND)[ \t\n]+(?=(?:'?\d\d[ ]+)?[A-Z0-9])|(?<=\n)(?=[ \t]*\S)"
)
# One cable on a line with its year, as most lists are; a list of nothing else needs no look for borders.
_REGULAR = re.compile(r"[ \t]*(?:[A-Z]\.[ ]+)?(\d\d)[ ]([A-Z]{3,17})[ ]0*+(\d{1,7})\n")
_BLANK = re.compile(r"\s*")
_ENUM = re.compile(r"[ \t\n]*(?:(?:[A-Z][.):]|\([A-Z]\)|\[[A-Z]\])[ \t]*(?:REF[ ]+[A-Z][ ]+)?)?")
_CABLE = re.compile(
    r"(?P<kept>(?:AND[ ]+)?)(?:(?:19|20|')?(?P<year>\d\d)[ -]{0,2})?(?P<station>[A-Z](?:[A-Z .]{1,24}?[A-Z]))[ "
    r"-]{0,2}0*(?P<serial>\d{1,7})(?!\d)"
    r"(?![A-Z]*Z[ ]+[A-Z]{3}[ ]+\d\d)"
)
_BARE = re.compile(r"(?:AND[ ]+)?0*(\d{1,7})(?!\d)(?!Z)")
_YEAR_AFTER = re.compile(r"[ ]*\(?(?:19|20|')(\d\d)\)|[ ]*\((\d\d)\)")
_AND_MORE = re.compile(r"[ ]*(?:,|;|AND|&)[ ]*0*(\d{3,7})(?![\d/])(?!Z)")


def add_references(draft: Draft, start: int, end: int) -> None:
    """Units for the REF list from `start` to `end`, and a `ref` field for each cable id in it."""
    source = draft.build.source
    assert source is not None
    text = source.text
    label = LEADING_LABEL.match(text, start, end)
    position = label.end() if label else start
    draft.build.unit("refs-label", start, position)
    seen = _Inherited(draft)
    if _regular(draft, seen, position, end):
        return
    for stop in [*(border.end() for border in _BORDER.finditer(text, position, end)), end]:
        if stop > position and text[position:stop].strip():
            _item(draft, seen, text, position, stop)
            position = stop
    draft.build.unit("structure", position, end)


def _regular(draft: Draft, seen: _Inherited, start: int, end: int) -> bool:
    """Take a list of regular lines; False, with nothing taken, where a line is any different."""
    assert draft.build.source is not None
    text, position = draft.build.source.text, start
    lines: list[re.Match[str]] = []
    while (found := _REGULAR.match(text, position, end)) is not None:
        lines.append(found)
        position = found.end()
    if not lines or _BLANK.match(text, position, end).end() < end:  # type: ignore[union-attr]
        return False
    for found in lines:
        stop = end if found is lines[-1] else found.end()
        unit = draft.build.unit("ref", found.start(), stop)
        year, raw, serial = found.groups()
        station = _station(draft, raw, certain=True)
        if station:
            _add(draft, seen, unit, station, serial, year)
    return True


class _Inherited:
    """What the next item takes over from the one before: year and station."""

    def __init__(self, draft: Draft) -> None:
        self.year = ""
        self.station = ""
        self.own = draft.year + draft.station + draft.serial


def _item(draft: Draft, seen: _Inherited, text: str, start: int, end: int) -> None:
    unit = draft.build.unit("ref", start, end)
    enum = _ENUM.match(text, start, end)
    position = enum.end() if enum else start
    found = _CABLE.match(text, position, end)
    bare = None if found else _BARE.match(text, position, end)
    if bare is not None and seen.station:
        _add(draft, seen, unit, seen.station, bare.group(1), seen.year)
        position = bare.end()
    elif found is not None:
        position = _cable(draft, seen, unit, text, found, end)
    else:
        found = _within(text, position, end)
        if found is None:
            return
        position = _cable(draft, seen, unit, text, found, end)
    while (more := _AND_MORE.match(text, position, end)) is not None and seen.station:
        _add(draft, seen, unit, seen.station, more.group(1), seen.year)
        position = more.end()


def _within(text: str, start: int, end: int) -> re.Match[str] | None:
    """A cable of a known station somewhere inside an item of prose."""
    for found in _CABLE.finditer(text, start, end):
        if station_named(found.group("station").split(".")[-1]):
            return found
    return None


def _cable(draft: Draft, seen: _Inherited, unit: int, text: str, found: re.Match[str], end: int) -> int:
    raw = found.group("station").replace(" ", "").replace(".", "")
    station = _station(draft, raw, certain=bool(found.group("year")) or len(found.group("serial")) >= 2)
    if not station:
        return found.end()
    after = _YEAR_AFTER.match(text, found.end(), end)
    year = found.group("year") or (after.group(1) or after.group(2) if after else "") or ""
    _add(draft, seen, unit, station, found.group("serial"), year)
    return after.end() if after else found.end()


def _station(draft: Draft, raw: str, *, certain: bool) -> str:
    """The station that a word of a reference names, or an empty string. `certain`: year or serial say it is one."""
    station = station_named(raw)
    if not station and (raw == draft.station or (certain and could_be_station(raw))):
        station = raw
    return station


def _add(draft: Draft, seen: _Inherited, unit: int, station: str, serial: str, year: str) -> None:
    own = draft.two_digit_year
    if not year:
        year = own
        if station == draft.station and draft.serial and int(serial) > int(draft.serial) and own and year == own:
            year = f"{(int(own) - 1) % 100:02d}"  # a higher serial of the same post can only be of the year before
            draft.build.finding("C-REF-YEAR", "note", unit)
    seen.year, seen.station = year, station
    target = year + station + (serial.lstrip("0") or "0")
    if year and target != seen.own:
        draft.cite(target, unit)
