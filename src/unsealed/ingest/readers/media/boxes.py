"""What a container of sound or film says without a decoder: ID3 text frames, RIFF INFO, the length in an MP4."""

from __future__ import annotations

import struct
from collections.abc import Iterator

MOST = 500  # values of one file
_CHARSETS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_HOLDERS = frozenset((b"moov", b"udta", b"meta", b"ilst", b"trak", b"mdia"))


def boxes_of(data: bytes) -> list[tuple[str, str]]:
    """Name and value of each text that is found; an empty list for other containers."""
    found: list[tuple[str, str]] = []
    for name, value in _walk(data):
        value = value.strip("\0 ")
        if value and len(found) < MOST:
            found.append((name, value))
    return found


def _walk(data: bytes) -> Iterator[tuple[str, str]]:
    if data.startswith(b"ID3"):
        yield from _id3(data)
    elif data[:4] in (b"RIFF", b"RIFX"):
        yield from _riff(data)
    elif data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        yield from _mp4(data, 0, len(data), 0)


def _id3(data: bytes) -> Iterator[tuple[str, str]]:
    """Text frames of ID3v2.3 and 2.4."""
    major = data[3]
    end = 10 + _syncsafe(data[6:10])
    place = 10
    while major in (3, 4) and place + 10 < min(end, len(data)):
        name = data[place : place + 4]
        size = (
            _syncsafe(data[place + 4 : place + 8]) if major == 4 else int.from_bytes(data[place + 4 : place + 8], "big")
        )
        body = data[place + 10 : place + 10 + size]
        place += 10 + size
        if not name.isalnum() or not size:
            return
        if name[:1] == b"T" and body[:1] < b"\x04":
            yield name.decode("latin-1"), body[1:].decode(_CHARSETS[body[0]], "replace")


def _syncsafe(four: bytes) -> int:
    value = 0
    for byte in four:
        value = value << 7 | byte & 0x7F
    return value


def _riff(data: bytes) -> Iterator[tuple[str, str]]:
    start = data.find(b"LIST", 12)
    while start >= 0 and data[start + 8 : start + 12] != b"INFO":
        start = data.find(b"LIST", start + 4)
    if start < 0:
        return
    place, end = start + 12, start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
    while place + 8 <= min(end, len(data)):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        yield data[place : place + 4].decode("latin-1"), data[place + 8 : place + 8 + size].decode("utf-8", "replace")
        place += 8 + size + size % 2


def _mp4(data: bytes, place: int, end: int, depth: int) -> Iterator[tuple[str, str]]:
    while place + 8 <= end and depth < 8:
        size, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if size == 1:
            size = int.from_bytes(data[place + 8 : place + 16], "big")
        size = size or end - place
        if size < 8:
            return
        body = place + 8
        if name == b"mvhd" and place + 32 <= end:
            scale, length = struct.unpack_from(">II", data, body + (20 if data[body] == 1 else 12))
            yield "duration", f"{length / scale:.1f} seconds" if scale and data[body] == 0 else ""
        elif name in _HOLDERS:
            yield from _mp4(data, body + 4 * (name == b"meta"), min(place + size, end), depth + 1)
        elif name[:1] == b"\xa9" and size > 24:
            text = (
                data[body + 16 : place + size]
                if data[body + 4 : body + 8] == b"data"
                else data[body + 4 : place + size]
            )
            yield name[1:].decode("latin-1"), text.decode("utf-8", "replace")
        place += size
