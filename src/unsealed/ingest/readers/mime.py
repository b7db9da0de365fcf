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
_BLANK = re.compile(rb"(?:[ \t]*(?:\r\n|\n|\r)){0,64}")
_KNOWN = re.compile(
    rb"(?:from|to|cc|bcc|subject|date|received|message-id|mime-version|content-[a-z-]{1,40}|return-path|reply-to|sender"
    rb"|references|in-reply-to|delivered-to|x-[a-z0-9-]{1,60})[ \t]*:",
    re.IGNORECASE,
)
_GUESS = re.compile(rb"(?:\A|(?<=[\r\n]))--([^\r\n]{1,200}?)[ \t]*(?=[\r\n])")
_GUESS_BYTES = 65_536  # how far into a body a boundary that nobody states is looked for


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
    rest: bytes = b""  # the boundary of several parts that are too many to be cut
    mime: str = "text/plain"  # what it is where no header says so


class Glue(NamedTuple):
    """Bytes that belong to no leaf: boundary lines, preamble, epilogue; or the headers of a multipart."""

    start: int
    end: int
    boundary: bytes = b""
    headers: tuple[Header, ...] = ()


class Note(NamedTuple):
    """Something about the structure that the ledger shall say: a code of a finding."""

    code: str


def headers(data: bytes, start: int, end: int) -> tuple[tuple[Header, ...], int]:
    """The header block at `start` and the place where the body begins (after the blank line, if there is one).

    A line that is no header is kept as one without a name where well-known headers go on right behind it.
    """
    found: list[Header] = []
    position = start or _first_line(data, end)
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
        elif (not found and line.startswith((b"From ", b">From "))) or (found and _KNOWN.match(data, line_end, end)):
            found.append(Header("", position, position, line_end))  # the separator of an mbox; a stray line
        else:
            return tuple(found), position  # a header block without a blank line after it
        position = line_end
    return tuple(found), position


def _first_line(data: bytes, end: int) -> int:
    """Where the headers of a message begin: behind the blank lines before them, if headers follow there."""
    blank = _BLANK.match(data, 0, end)
    assert blank is not None  # it matches nothing at least
    return blank.end() if _KNOWN.match(data, blank.end(), end) else 0


def _line_end(data: bytes, position: int, end: int) -> int:
    found = _LINE.match(data, position, end)
    return max(found.end() if found else end, position + 1) if position < end else end


def walk(data: bytes) -> Iterator[Part | Glue | Note]:
    """The leaves and the glue of a message, in order; together they cover all bytes after its own headers."""
    top, body = headers(data, 0, len(data))
    count = [0]
    yield from _walk(data, Part(top, 0, body, len(data), 0), count)


def _walk(data: bytes, part: Part, count: list[int]) -> Iterator[Part | Glue | Note]:
    count[0] += 1
    kind = content_type(data, part.headers)
    pieces: list[tuple[int, int]] = []
    mark = b""
    if kind.get_content_maintype() == "multipart":
        mark, pieces, code = _cut(data, part, kind)
        if code:
            yield Note(code)
    if not pieces or part.depth >= LIMITS.mail_depth or count[0] >= LIMITS.mail_parts:
        if pieces:
            yield Note("M-DEPTH" if part.depth >= LIMITS.mail_depth else "M-PARTS")
        yield part
        return
    if part.depth:
        yield Glue(part.start, part.body, mark, part.headers)
    position = part.body
    default = "message/rfc822" if kind.get_content_subtype() == "digest" else "text/plain"
    for start, end in pieces:
        if count[0] >= LIMITS.mail_parts:  # the rest, boundary lines and all, as one
            yield Note("M-PARTS")
            yield Part((), position, position, pieces[-1][1], part.depth + 1, mark)
            position = pieces[-1][1]
            break
        yield Glue(position, start, mark)
        inner, body = headers(data, start, end) if start < end else ((), start)
        yield from _walk(data, Part(inner, start, body, end, part.depth + 1, b"", default), count)
        position = end
    yield Glue(position, part.end, mark)


def _cut(data: bytes, part: Part, kind: Message) -> tuple[bytes, list[tuple[int, int]], str]:
    """The boundary of a multipart, the ranges between its lines, and the code of what was odd about it."""
    try:
        boundary = kind.get_param("boundary", "", unquote=True)
    except (ValueError, LookupError, AttributeError, TypeError):
        boundary = ""
    mark = boundary.encode("utf-8", "replace").strip() if isinstance(boundary, str) else b""
    pieces, open_end = _pieces(data, part, mark) if mark else ([], False)
    if pieces:
        return mark, pieces, "M-OPEN-END" if open_end else ""
    found = _GUESS.search(data, part.body, min(part.end, part.body + _GUESS_BYTES))
    if found is None or found.group(1).strip() == b"":
        return mark, [], "M-BOUNDARY"
    guessed = found.group(1).removesuffix(b"--")
    pieces, _ = _pieces(data, part, guessed)
    # a line of dashes is no boundary: one is followed by headers of a part
    if not any(_KNOWN.match(data, start, end) for start, end in pieces):
        return mark, [], "M-BOUNDARY"
    return guessed, pieces, "M-BOUNDARY"


def _pieces(data: bytes, part: Part, boundary: bytes) -> tuple[list[tuple[int, int]], bool]:
    """The ranges between the boundary lines, and whether the end boundary is missing: then the part's end ends them.

    Parts behind an end boundary are parts too: no mail program shows them, so somebody may have put them there.
    """
    line = re.compile(rb"--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|\n|\r|\Z)")
    ranges: list[tuple[int, int]] = []
    opened = -1
    position = part.body
    while (position := data.find(b"--" + boundary, position, part.end)) >= 0:
        found = line.match(data, position, part.end)
        if found is None or (position > part.body and data[position - 1] not in b"\r\n"):
            position += 2
            continue
        if opened >= 0:
            ranges.append((opened, max(opened, _before_break(data, position))))
        opened = -1 if found.group(1) else found.end()
        position = found.end()
    if opened >= 0:
        ranges.append((opened, part.end))
    return ranges, opened >= 0


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
