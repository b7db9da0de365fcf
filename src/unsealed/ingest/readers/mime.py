"""The structure of a message: header lines, parts and boundaries as byte ranges (RFC 5322, 2045, 2046).

The standard library's parser gives no offsets and drops what it does not understand; this one cuts lines only.
Faults seen in the wild are kept going: bare CR, no blank line, missing end boundary, unknown encodings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message
from typing import NamedTuple

from unsealed.ingest.decode import Decoded
from unsealed.ingest.readers.encoded import decode_words
from unsealed.ingest.readers.limits import LIMITS

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_NAME = re.compile(rb"([!-9;-~]{1,998})[ \t]*:")


class Header(NamedTuple):
    """A header with its folded lines: `name` in lower case, `start` to `end` its bytes, `value` where that begins."""

    name: str
    start: int
    value: int
    end: int


class Part(NamedTuple):
    """A leaf of the message: its headers, the range of its encoded body, its depth (0 = the message itself)."""

    headers: tuple[Header, ...]
    start: int
    body: int
    end: int
    depth: int


class Glue(NamedTuple):
    """Bytes that belong to no leaf: boundary lines, preamble, epilogue; or the headers of a multipart."""

    start: int
    end: int
    boundary: bytes = b""
    headers: tuple[Header, ...] = ()


def headers(data: bytes, start: int, end: int) -> tuple[tuple[Header, ...], int]:
    """The header block at `start` and the place where the body begins (after the blank line, if there is one)."""
    found: list[Header] = []
    position = start
    stop = min(end, start + LIMITS.mail_header_bytes)
    while position < stop:
        line_end = _line_end(data, position, end)
        line = data[position:line_end].strip(b"\r\n")
        if not line:
            return tuple(found), line_end
        name = _NAME.match(line)
        if line[:1] in (b" ", b"\t") and found:
            found[-1] = found[-1]._replace(end=line_end)
        elif name is not None:
            found.append(Header(name.group(1).decode("ascii").lower(), position, position + name.end(), line_end))
        elif position == start and line.startswith((b"From ", b">From ")):
            found.append(Header("", position, position, line_end))  # the separator of an mbox
        else:
            return tuple(found), position  # a header block without a blank line after it
        position = line_end
    return tuple(found), position


def _line_end(data: bytes, position: int, end: int) -> int:
    found = _LINE.match(data, position, end)
    return max(found.end() if found else end, position + 1) if position < end else end


def walk(data: bytes) -> Iterator[Part | Glue]:
    """The leaves and the glue of a message, in order; together they cover all bytes after its own headers."""
    top, body = headers(data, 0, len(data))
    count = [0]
    yield from _walk(data, Part(top, 0, body, len(data), 0), count)


def _walk(data: bytes, part: Part, count: list[int]) -> Iterator[Part | Glue]:
    count[0] += 1
    kind = content_type(data, part.headers)
    boundary = kind.get_param("boundary", "", unquote=True) if kind.get_content_maintype() == "multipart" else ""
    mark = boundary.encode("utf-8", "replace") if isinstance(boundary, str) else b""
    pieces = _pieces(data, part, mark) if mark else []
    if not pieces or part.depth >= LIMITS.mail_depth or count[0] + len(pieces) > LIMITS.mail_parts:
        yield part
        return
    if part.depth:
        yield Glue(part.start, part.body, mark, part.headers)
    position = part.body
    for start, end in pieces:
        yield Glue(position, start, mark)
        inner, body = headers(data, start, end)
        yield from _walk(data, Part(inner, start, body, end, part.depth + 1), count)
        position = end
    yield Glue(position, part.end, mark)


def _pieces(data: bytes, part: Part, boundary: bytes) -> list[tuple[int, int]]:
    """The ranges between the boundary lines; a missing end boundary ends with the part."""
    line = re.compile(rb"(?:(?<=\n)|(?<=\r)|\A)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")
    ranges: list[tuple[int, int]] = []
    opened = -1
    for found in line.finditer(data, part.body, part.end):
        if opened >= 0:
            ranges.append((opened, max(opened, _before_break(data, found.start()))))
        opened = -1 if found.group(1) else found.end()
        if found.group(1):
            break
    if opened >= 0:
        ranges.append((opened, part.end))
    return ranges


def _before_break(data: bytes, position: int) -> int:
    """The line break before a boundary belongs to the boundary."""
    if data[position - 2 : position] == b"\r\n":
        return position - 2
    return position - 1 if position and data[position - 1 : position] in (b"\n", b"\r") else position


def content_type(data: bytes, found: tuple[Header, ...]) -> Message:
    """A message that holds only the Content-Type and Content-Disposition of a part: its parameters are read there."""
    message = Message()
    for header in found:
        if header.name in ("content-type", "content-disposition") and header.name not in message:
            raw = data[header.value : header.end].decode("utf-8", "replace")
            message[header.name] = " ".join(raw.replace("\x00", "").split())[:4096]
    return message


def parameter(message: Message, name: str, header: str = "content-type") -> str:
    """A parameter with RFC 2231 and RFC 2047 undone; empty where it is missing or cannot be read."""
    try:
        value = message.get_param(name, "", header)
    except (ValueError, LookupError, AttributeError, TypeError):
        return ""
    if isinstance(value, tuple):
        charset, _, text = value
        raw = text.encode("latin-1", "replace")
        value = Decoded(raw, charset or "").text.encode("utf-8", "replace").decode()
    return decode_words(value)
