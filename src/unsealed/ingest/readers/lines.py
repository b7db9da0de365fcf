"""The content lines of calendars and contact cards (RFC 5545, RFC 6350, vCard 2.1): `NAME;PARAMETERS:VALUE`, folded.

A line that is none stays a line without a name, so that nothing between two lines is lost.
"""

from __future__ import annotations

import quopri
import re
from typing import NamedTuple

from unsealed.ingest.decode import Decoded, Source, source_of
from unsealed.ingest.readers.encoded import from_base64

_PHYSICAL = re.compile(r"[^\n]*\n?")
_HEAD = re.compile(r"(?:[\w-]{1,100}\.)?([A-Za-z][\w-]{0,100})((?:;(?:[^\":;]|\"[^\"\n]*\")*)*):")
_PARAMETER = re.compile(r";([\w-]{1,100})(?:=((?:[^\";]|\"[^\"\n]*\")*))?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CARET = re.compile(r"\^([n^'])")
_CARETS = {"n": "\n", "^": "^", "'": '"'}


class Line(NamedTuple):
    """A content line: `name` in capitals (empty where the line is none), `parameters` by name in capitals, the `value`
    unfolded but still escaped, and the half-open positions of the line in the text of the source.
    """

    name: str
    parameters: dict[str, str]
    value: str
    start: int
    end: int


def content_lines(text: str) -> list[Line]:
    """The lines of a file, unfolded; together they cover every character."""
    lines: list[Line] = []
    pieces: list[str] = []
    start, soft = 0, False
    for found in _PHYSICAL.finditer(text):
        raw = found.group()
        if pieces and not (raw[:1] in (" ", "\t") or soft):
            lines.append(_line("".join(pieces), start, found.start()))
            pieces, start = [], found.start()
        if not raw:
            break
        bare = raw.rstrip("\n")
        pieces.append(bare[1:] if pieces and not soft and bare else bare)
        soft = bare.endswith("=") and "QUOTED-PRINTABLE" in pieces[0][:200].upper()
        if soft:
            pieces[-1] = pieces[-1][:-1]
    if pieces:
        lines.append(_line("".join(pieces), start, len(text)))
    return lines


def _line(raw: str, start: int, end: int) -> Line:
    head = _HEAD.match(raw)
    if head is None:
        return Line("", {}, raw, start, end)
    parameters: dict[str, str] = {}
    for found in _PARAMETER.finditer(head.group(2)):
        key, value = found.group(1).upper(), found.group(2)
        if value is None:  # vCard 2.1: a bare type
            key, value = ("ENCODING", key) if key in ("QUOTED-PRINTABLE", "BASE64", "B") else ("TYPE", key)
        value = _CARET.sub(lambda caret: _CARETS[caret.group(1)], value.replace('"', ""))
        parameters[key] = f"{parameters[key]},{value}" if key in parameters else value
    return Line(head.group(1).upper(), parameters, raw[head.end() :], start, end)


def plain(value: str) -> str:
    """A value with its escapes undone."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: "\n" if found.group(1) in "nN" else found.group(1), value)


def words(line: Line) -> str:
    """The value of a line as text: quoted-printable, the charset and the escapes undone."""
    if "QUOTED-PRINTABLE" in line.parameters.get("ENCODING", "").upper():
        raw = quopri.decodestring(line.value.encode("utf-8", "replace"))
        return plain(source_of(Decoded(raw, line.parameters.get("CHARSET", ""))).text)
    return plain(line.value)


def fields_of(value: str) -> list[str]:
    """The parts of a structured value (a name, an address), escapes undone, empty ones left out."""
    parts = re.split(r"(?<!\\);", value)
    return [" ".join(plain(part).split()) for part in parts if part.strip()]


def file_in(line: Line) -> bytes | None:
    """The bytes of a file that stands in the line (a photo, an attachment), None where there is none."""
    encoding = line.parameters.get("ENCODING", "").upper()
    value = line.value
    if encoding not in ("B", "BASE64"):
        kind, comma, value = value.partition(";base64,")
        if not comma or not kind.startswith("data:"):
            return None
    return from_base64(value.encode("ascii", "replace"))[0]


def shown(line: Line, value: str) -> str:
    """A line as it stands in a unit: its name, its parameters, the decoded value."""
    inner = "".join(f";{key}={text}" for key, text in line.parameters.items() if key not in ("ENCODING", "CHARSET"))
    return f"{line.name}{inner}: {value}\n" if line.name else f"{value}\n"


def span(source: Source, line: Line) -> tuple[tuple[int, int], ...]:
    """The bytes of a line."""
    return ((source.byte(line.start), source.byte(line.end)),)
