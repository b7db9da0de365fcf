"""The central directory of a zip, and what the local headers say of the same members (APPNOTE 4.3).

Both are read as an outsider's word. What they agree on is a member; a member in only one of them is told (A-ZIP-DIFF);
members that share bytes are the form of a bomb.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from datetime import UTC, datetime
from typing import NamedTuple

from unsealed.ingest.extract.window import Window

LOCAL = b"PK\x03\x04"
CENTRAL = b"PK\x01\x02"
END = b"PK\x05\x06"
_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_CENTRAL = struct.Struct("<4sHHHHHHIIIHHHHHII")
_END = struct.Struct("<4sHHHHIIH")
_LOCATOR = struct.Struct("<4sIQI")
_END64 = struct.Struct("<4sQHHIIQQQQ")
_BACK = 1 << 20  # bytes searched at once for the end record
_FULL32, _FULL16 = 0xFFFFFFFF, 0xFFFF
ENCRYPTED, DESCRIPTOR, UTF8 = 1, 8, 0x800
UNIX = 3


class Entry(NamedTuple):
    """One member as a header tells it. `data`: where its packed bytes begin (0: not known yet)."""

    raw: bytes
    flags: int
    method: int
    time: str
    crc: int
    packed: int
    size: int
    offset: int
    mode: int
    data: int = 0


class Directory(NamedTuple):
    """Where the entries of the central directory stand, and what lies around them.

    `places`: offset of each entry. `promised`: what the end record says. `shift`: bytes before the zip. `begin`,
    `end`: the directory with its end record; behind `end` lie its comment and trailing data.
    """

    places: array[int]
    promised: int
    shift: int
    begin: int
    end: int


def find_directory(window: Window, length: int) -> Directory | None:
    """The central directory, or None where there is none that holds together."""
    for at in _end_records(window, length):
        found = _directory_at(window, at)
        if found is not None:
            return found
    return None


def _end_records(window: Window, length: int) -> list[int]:
    """Offsets of the last end records, the last first; the whole file is searched, for data may lie behind it."""
    found: list[int] = []
    high = length
    while high > 0 and len(found) < 8:
        low = max(0, high - _BACK)
        block = window.read(low, min(high + 3, length) - low)
        at = block.rfind(END)
        while at >= 0 and len(found) < 8:
            found.append(low + at)
            at = block.rfind(END, 0, at)
        high = low
    return found


def _directory_at(window: Window, at: int) -> Directory | None:
    record = window.read(at, _END.size)
    if len(record) < _END.size:
        return None
    _, _, _, _, count, size, offset, _ = _END.unpack(record)
    end, stop = at + _END.size, at
    if _FULL32 in (size, offset) or count == _FULL16:
        wide = _wide(window, at)
        if wide is not None:
            stop, count, size, offset = wide
    begin = stop - size
    if begin < 0:
        return None
    places = _walk(window, begin, stop)
    if places is None or (size and not places):
        return None
    return Directory(places, count, max(0, begin - offset), begin, end)


def _wide(window: Window, at: int) -> tuple[int, int, int, int] | None:
    locator = window.read(max(0, at - _LOCATOR.size), _LOCATOR.size)
    if len(locator) < _LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
        return None
    stated = _LOCATOR.unpack(locator)[2]
    for place in (stated, at - _LOCATOR.size - _END64.size):
        record = window.read(place, _END64.size) if place >= 0 else b""
        if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
            values = _END64.unpack(record)
            return place, values[7], values[8], values[9]
    return None


def _walk(window: Window, begin: int, stop: int) -> array[int] | None:
    places = array("Q")
    at = begin
    while at + _CENTRAL.size <= stop:
        record = window.read(at, _CENTRAL.size)
        if not record.startswith(CENTRAL):
            return places or None
        places.append(at)
        values = _CENTRAL.unpack(record)
        at += _CENTRAL.size + values[10] + values[11] + values[12]
    return places


def central_rest(window: Window, place: int) -> tuple[int, int]:
    """Where the comment of a member begins and ends, in the entry of the central directory at `place`."""
    values = _CENTRAL.unpack(window.read(place, _CENTRAL.size))
    start = place + _CENTRAL.size + values[10] + values[11]
    return start, start + int(values[12])


def central_entry(window: Window, place: int, shift: int) -> Entry:
    """The entry of the central directory at `place`; the caller knows that one begins there."""
    record = window.read(place, _CENTRAL.size)
    _, made, _, flags, method, clock, day, crc, packed, size, names, extras, _, _, _, attributes, offset = (
        _CENTRAL.unpack(record)
    )
    rest = window.read(place + _CENTRAL.size, names + extras)
    raw, extra = rest[:names], _fields(rest[names:])
    packed, size, offset = _wide_sizes(extra, packed, size, offset)
    mode = attributes >> 16 if made >> 8 == UNIX else 0
    return Entry(
        _better_name(raw, extra), flags, method, _time(clock, day, extra), crc, packed, size, offset + shift, mode
    )


def local_entry(window: Window, offset: int) -> Entry | None:
    """The local header at `offset`, or None where none stands there."""
    record = window.read(offset, _LOCAL.size)
    if len(record) < _LOCAL.size or not record.startswith(LOCAL):
        return None
    _, _, flags, method, clock, day, crc, packed, size, names, extras = _LOCAL.unpack(record)
    rest = window.read(offset + _LOCAL.size, names + extras)
    raw, extra = rest[:names], _fields(rest[names:])
    packed, size, _ = _wide_sizes(extra, packed, size, 0)
    data = offset + _LOCAL.size + names + extras
    name = _better_name(raw, extra)
    return Entry(name, flags, method, _time(clock, day, extra), crc, packed, size, offset, 0, data)


def _fields(extra: bytes) -> dict[int, bytes]:
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        number, count = struct.unpack_from("<HH", extra, at)
        fields.setdefault(number, extra[at + 4 : at + 4 + count])
        at += 4 + count
    return fields


def _wide_sizes(extra: dict[int, bytes], packed: int, size: int, offset: int) -> tuple[int, int, int]:
    """Sizes of 64 bits stand in an extra field, in this order, only where the small ones are full."""
    wide = extra.get(1, b"")
    values = [size, packed, offset]
    at = 0
    for index, value in enumerate(values):
        if value == _FULL32 and at + 8 <= len(wide):
            values[index] = int.from_bytes(wide[at : at + 8], "little")
            at += 8
    return values[1], values[0], values[2]


def _better_name(raw: bytes, extra: dict[int, bytes]) -> bytes:
    """The name in UTF-8 from the extra field, where it belongs to this very name."""
    wide = extra.get(0x7075, b"")
    if len(wide) > 5 and wide[0] == 1 and int.from_bytes(wide[1:5], "little") == zlib.crc32(raw):
        return wide[5:]
    return raw


def _time(clock: int, day: int, extra: dict[int, bytes]) -> str:
    """The time of the last change: with its zone from an extra field, else the local clock of who packed it."""
    stamp = extra.get(0x5455, b"")
    if len(stamp) >= 5 and stamp[0] & 1:
        return _utc(int.from_bytes(stamp[1:5], "little", signed=True))
    try:
        found = datetime(
            1980 + (day >> 9),
            day >> 5 & 15,
            day & 31,
            clock >> 11,
            clock >> 5 & 63,
            min(clock % 32 * 2, 59),
            tzinfo=UTC,
        )
    except ValueError:
        return ""
    return found.replace(tzinfo=None).isoformat()  # no zone: nobody knows whose clock it was


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
