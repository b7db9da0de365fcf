"""The references of a telegram (cable.md 5.5): one unit for each item, one field for each cable that is cited."""

from __future__ import annotations

import re
from functools import lru_cache

from unsealed.ingest.readers.cable.draft import Draft
from unsealed.ingest.readers.cable.grammar import LEADING_LABEL
from unsealed.ingest.stations import could_be_station, station_meant, station_named

# An item ends before an enumerator, after a comma or semicolon, after AND or dashes, at a line end.
_BORDER = re.compile(
    r"(?<=[\s,;)\d])(?=¶?(?:\([A-Z]\)|\[[A-Z]\]|[A-Z][.):])[ \t]*(?:REF[ ]|\(?'?\d|[A-Z][A-Z' ]|\())"
    r"|(?<=[,;])[ \t]*\n?[ \t]*(?=\S)|(?:(?<=\bAND)|(?<=&))[ \t\n]+(?=(?:'?\d\d[ ]+)?[A-Z0-9])|(?<=[ ]--)[ ]+(?=\S)"
    r"|(?P<line>(?<=\n)(?=[ \t]*\S))"
)
# What may stand before a line end inside an item: no serial yet, nothing but a year and letters.
_UNFINISHED = re.compile(
    r"\s*¶?(?:(?:[A-Z][.):]|\([A-Z]\)|\[[A-Z]\])[ \t]*)?(?:REF[ ]+[A-Z][ ]+)?"
    r"(?:(?:19|20|')?\d\d[ -]*)?(?:[A-Z][A-Z .'-]{0,40})?\s*"
)
_SERIAL_NEXT = re.compile(r"[ \t]*(?:[A-Z][A-Z .']{1,24}[ ]+)?\d{1,7}\b(?![ ]+(?!AND\b)[A-Z]{3,17}[ ]+\d)")
_ENUM_NEXT = re.compile(r"[ \t]*¶?(?:[A-Z][.):]|\([A-Z]\)|\[[A-Z]\])")
# One cable on a line with its year, as most lists are; a list of nothing else needs no look for borders.
_REGULAR = re.compile(r"[ \t]*(?:[A-Z]\.[ ]+)?(\d\d)[ ]([A-Z]{3,17})[ ]0*+(\d{1,7})\n")
_BLANK = re.compile(r"\s*")
_ENUM = re.compile(r"[ \t\n]*¶?(?:(?:[A-Z][.):]|\([A-Z]\)|\[[A-Z]\])[ \t]*(?:REF[ ]+[A-Z][ ]+)?)?")
_CABLE = re.compile(
    r"(?P<kept>(?:AND[ ]+)?)(?:(?:19|20|')?(?P<year>\d\d)[ ]*-?[ ]*)?"
    r"(?P<station>[A-Z](?:[A-Z .']{1,40}?[A-Z]))[ ]*-{0,2}[ ]*0*(?P<serial>\d{1,7})(?!\d)"
    r"(?![A-Z]*Z[ ]+[A-Z]{3}[ ]+\d\d)"
)
# A number alone inherits station and year; one that goes on (12 MAY, 9 FAM, 7/03) is something else.
_BARE = re.compile(r"[ ]*(?:AND[ ]+)?0*(\d{1,7})(?!\d)(?=[ ]*(?:\Z|[\n,;(]|AND\b|&|--|[A-Z][.):]|ET AL|NOTAL))")
_YEAR_AFTER = re.compile(r"[ ]*\(?(?:19|20|')(\d\d)\)|[ ]*\((\d\d)\)")
_AND_MORE = re.compile(r"[ ]*(?:,|;|AND|&)[ ]*0*(\d{3,7})(?![\d/])(?!Z)")


def add_references(draft: Draft, start: int, end: int) -> None:
    """Units for the REF list from `start` to `end`, and a `ref` field for each cable id in it."""
    source = draft.build.source
    assert source is not None
    text = draft.text if len(draft.text) == len(source.text) else source.text
    label = LEADING_LABEL.match(text, start, end)
    position = label.end() if label else start
    draft.build.unit("refs-label", start, position)
    seen = _Inherited(draft)
    if _regular(draft, seen, position, end):
        return
    _items(draft, seen, text[position:end], position)


def _items(draft: Draft, seen: _Inherited, listed: str, base: int) -> None:
    """The items of a list that begins at `base` of the text."""
    seen.plain = listed.upper() != listed  # posts in mixed case are believed only where the list knows them
    spoken = listed.upper() if seen.plain and len(listed.upper()) == len(listed) else listed
    flat = spoken.replace("\n", " ").replace("\t", " ")
    position = 0
    for border in _BORDER.finditer(spoken):
        stop = border.end()
        if border["line"] is not None and _goes_on(spoken, position, stop):
            continue
        if stop > position and listed[position:stop].strip():
            _item(draft, seen, flat, (position, stop), base)
            position = stop
    if listed[position:].strip():
        _item(draft, seen, flat, (position, len(listed)), base)
    else:
        draft.build.unit("structure", base + position, base + len(listed))


def _goes_on(spoken: str, start: int, stop: int) -> bool:
    """Whether a line end stands inside an item: no serial before it, one behind it."""
    return (
        _UNFINISHED.fullmatch(spoken, start, stop) is not None
        and _ENUM_NEXT.match(spoken, stop) is None
        and _SERIAL_NEXT.match(spoken, stop) is not None
    )


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
        station = _known(raw, like=True) or (raw if could_be_station(raw) else "")
        if station:
            _add(draft, seen, unit, station, serial, year)
    return True


class _Inherited:
    """What the next item takes over from the one before: year and station."""

    def __init__(self, draft: Draft) -> None:
        self.year = ""
        self.station = ""
        self.own = draft.two_digit_year + draft.station + draft.serial
        self.plain = False


def _item(draft: Draft, seen: _Inherited, text: str, span: tuple[int, int], base: int) -> None:
    start, end = span
    unit = draft.build.unit("ref", base + start, base + end)
    enum = _ENUM.match(text, start, end)
    position = enum.end() if enum else start
    bare = _BARE.match(text, position, end)
    if bare is not None and seen.station:
        _add(draft, seen, unit, seen.station, bare.group(1), seen.year)
        position = bare.end()
    else:
        position = _cables(draft, seen, unit, text, (position, end))
    while (more := _AND_MORE.match(text, position, end)) is not None and seen.station:
        _add(draft, seen, unit, seen.station, more.group(1), seen.year)
        position = more.end()


def _cables(draft: Draft, seen: _Inherited, unit: int, text: str, span: tuple[int, int]) -> int:
    """The first cable of an item: at its head, else of a post that the list knows anywhere in it; gives its end."""
    start, end = span
    first = _CABLE.match(text, start, end)
    if first is not None:
        station = _station(draft, seen, first)
        if station:
            return _cable(draft, seen, unit, text, first, station, end)
    position = start
    while (found := _CABLE.search(text, position, end)) is not None:
        station = _known(found["station"], like=False)
        if station:
            return _cable(draft, seen, unit, text, found, station, end)
        position = found.end()
    return end


def _cable(
    draft: Draft, seen: _Inherited, unit: int, text: str, found: re.Match[str], station: str, end: int
) -> int:  # fmt: skip
    after = _YEAR_AFTER.match(text, found.end(), end)
    year = found["year"] or (after.group(1) or after.group(2) if after else "") or ""
    _add(draft, seen, unit, station, found["serial"], year)
    return after.end() if after else found.end()


def _station(draft: Draft, seen: _Inherited, found: re.Match[str]) -> str:
    """The post at the head of an item, or an empty string. A year or a long serial says that an unknown word is one."""
    raw = _letters(found["station"])
    known = _known(found["station"], like=bool(found["year"]) or len(found["serial"]) >= 2)
    if known:
        return known
    if raw == draft.station:
        return raw
    certain = (bool(found["year"]) or len(found["serial"]) >= 2) and not seen.plain
    alone = " " not in found["station"].strip()
    return raw if certain and alone and could_be_station(raw) else ""


@lru_cache(maxsize=4096)
def _known(name: str, *, like: bool) -> str:
    """The station of the list that a name means: its words, or the last of them (SECRET ROME, AMEMBASSY ROME)."""
    words = [_letters(word) for word in name.split()]
    for number in range(len(words)):
        found = station_named("".join(words[number:]))
        if found:
            return found
    return station_meant("".join(words)) if like and could_be_station("".join(words)) else ""


def _letters(name: str) -> str:
    return name.replace(" ", "").replace(".", "").replace("'", "")


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
