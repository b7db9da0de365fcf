"""Where a picture ends: what stands behind it is not part of it, and no viewer shows it."""

from __future__ import annotations

import re

_JPEG_END = re.compile(rb"\xff(?:\xd9|[\xc0-\xcf\xda-\xef\xfe])")
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD8)))


def end_of_picture(data: bytes, form: str) -> int:
    """The offset behind the last byte of the picture; 0 where the format does not say, or the picture is damaged."""
    match form:
        case "JPEG" | "MPO":
            return _jpeg(data)
        case "PNG":
            return _png(data)
        case "GIF":
            return _gif(data)
        case "WEBP":
            return 8 + int.from_bytes(data[4:8], "little") if len(data) > 8 else 0
        case "BMP":
            return int.from_bytes(data[2:6], "little") if data[:2] == b"BM" else 0
        case _:
            return 0


def _jpeg(data: bytes) -> int:
    """Segments have lengths; behind each scan the next marker that is not part of its data is looked for."""
    place = 2
    while place + 4 <= len(data):
        if data[place] != 0xFF:
            return 0
        code = data[place + 1]
        if code == 0xD9:
            return place + 2
        if code == 0xFF or code in _STANDALONE:
            place += 1 if code == 0xFF else 2
            continue
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if code == 0xDA:
            found = _JPEG_END.search(data, place)
            if found is None:
                return 0
            place = found.start()
    return place + 2 if data[place : place + 2] == b"\xff\xd9" else 0


def _png(data: bytes) -> int:
    place = 8
    while place + 12 <= len(data):
        length, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        place += 12 + length
        if name == b"IEND":
            return place
    return 0


def _gif(data: bytes) -> int:
    if len(data) < 13:
        return 0
    place = 13 + _colours(data[10])
    while place < len(data):
        kind = data[place]
        if kind == 0x3B:
            return place + 1
        if kind == 0x21:
            place = _blocks(data, place + 2)
        elif kind == 0x2C and place + 10 < len(data):
            place = _blocks(data, place + 11 + _colours(data[place + 9]))
        else:
            return 0
    return 0


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, place: int) -> int:
    while place < len(data) and data[place]:
        place += 1 + data[place]
    return place + 1
