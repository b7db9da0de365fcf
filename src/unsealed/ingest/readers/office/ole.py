"""Compound files (OLE): the old Word, Excel, PowerPoint and their kin; properties, embedded objects, and what is left.

`read` looks at the names in the directory and calls the reader that knows them.
"""

from __future__ import annotations

import struct
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

import olefile

from unsealed.ingest.readers.office.folio import BROKEN, Folio, Refused, clean

STREAM_BYTES = 64 << 20
_STREAMS = 20_000
_VECTOR = 0x1000  # of a property's type: a list
_VALUES = 100_000  # of all lists of one file
_SUMMARY = "\x05SummaryInformation"
_MORE = "\x05DocumentSummaryInformation"
# property ids of the two sets that people or programs write text into
_NAMES = {
    _SUMMARY: {2: ("title", "title"), 3: ("subject", "subject"), 4: ("author", "author"), 5: ("keywords", ""),
               6: ("comments", ""), 7: ("template", ""), 8: ("last saved by", "author"), 12: ("created", "created"),
               13: ("saved", "date"), 18: ("application", "")},
    _MORE: {2: ("category", ""), 14: ("manager", ""), 15: ("company", "")},
}  # fmt: skip
# Streams that say nothing by themselves: switches, caches, class ids
DULL = frozenset(
    {"\x01compobj", "\x01ole", "\x03objinfo", "\x03linkinfo", "\x01ole10itemname", "\x03ocxname", "\x03eprint",
     "\x03pic", "\x03meta", "current user", "\x02olepres000", "\x02olepres001", "\x06dataspaces", "_vba_project",
     "\x05summaryinformation", "\x05documentsummaryinformation"}
)  # fmt: skip


class _File(olefile.OleFileIO):  # type: ignore[misc]  # the library has no types
    """A compound file whose properties cannot claim more values than a person's software writes.

    The library makes as many values as a list says that it has, of any stream and for each property anew.
    """

    values = 0

    def _parse_property(self, s: bytes, offset: int, number: int, kind: int, *rest: object) -> object:
        if kind & _VECTOR:
            self.values += int.from_bytes(s[offset : offset + 4], "little")
            if self.values > _VALUES:
                raise ValueError
        return super()._parse_property(s, offset, number, kind, *rest)


class Compound:
    """The streams below one storage (`prefix`) of a compound file. Raises `Refused` where the file cannot be opened."""

    def __init__(self, file: olefile.OleFileIO, prefix: tuple[str, ...] = ()) -> None:
        self.file = file
        self.prefix = prefix
        depth = len(prefix)
        found = [tuple(path) for path in file.listdir(streams=True, storages=False)[:_STREAMS]]
        self.paths = [path[depth:] for path in found if path[:depth] == prefix]
        self.taken: set[tuple[str, ...]] = set()

    def has(self, name: str) -> bool:
        """Whether there is a stream of this name (case does not count) right below."""
        return any(len(path) == 1 and path[0].lower() == name.lower() for path in self.paths)

    def read(self, *path: str) -> bytes:
        """The bytes of a stream; none where there is no such stream, or it is damaged."""
        for found in self.paths:
            if [part.lower() for part in found] == [part.lower() for part in path]:
                self.taken.add(found)
                try:
                    with self.file.openstream([*self.prefix, *found]) as stream:
                        return bytes(stream.read(STREAM_BYTES))
                except BROKEN:
                    return b""
        return b""

    def storages(self) -> list[tuple[str, ...]]:
        """The storages that hold streams, each before those inside it."""
        return sorted({path[:end] for path in self.paths for end in range(1, len(path))})

    def below(self, path: tuple[str, ...]) -> Compound:
        """What stands below a storage."""
        return Compound(self.file, (*self.prefix, *path))


def compound(data: bytes) -> Compound:
    """Open a compound file."""
    try:
        return Compound(_File(BytesIO(data)))
    except BROKEN:
        raise Refused(
            "O-BROKEN", "a compound file that does not open", "Ask for another copy, or repair it in a copy."
        ) from None


def properties(found: Compound, folio: Folio) -> None:
    """Append what the two property sets state, and the fields that somebody added."""
    for stream, names in _NAMES.items():
        if not found.has(stream):
            continue
        try:
            values = found.file.getproperties([*found.prefix, stream], convert_time=True, no_conversion=[10])
        except BROKEN:
            folio.once("O-MEMBER", "warn")
            continue
        codepage = values.get(1, 1252)
        for number, (label, field) in names.items():
            text = _text(values.get(number), codepage if isinstance(codepage, int) else 1252)
            folio.fact(label, text, field)


def _text(value: object, codepage: int) -> str:
    if isinstance(value, bytes):
        name = "utf-8" if codepage in (65001, -535) else f"cp{codepage & 0xFFFF}"
        try:
            return value.decode(name, "replace").rstrip("\0")
        except LookupError:
            return value.decode("cp1252", "replace").rstrip("\0")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%MZ") if value.year > 1601 else ""
    return value.rstrip("\0") if isinstance(value, str) else ""


class Native(NamedTuple):
    """A file packed into an object: the name that it had, and its bytes."""

    name: str
    data: bytes


def native_file(data: bytes) -> Native:
    """What an `Ole10Native` stream or the data of an RTF object hold; the bytes themselves where it is neither."""
    try:
        return _old_object(data) or _native(data) or Native("", data)
    except BROKEN:
        return Native("", data)


def _old_object(data: bytes) -> Native | None:
    """An OLE 1.0 object: version, kind, three counted names, counted data (MS-OLEDS 2.2.5)."""
    version, kind = struct.unpack_from("<II", data)
    if version not in (0x0501, 0x0502) or kind != 2:
        return None
    position = 8
    names = []
    for _ in range(3):
        (length,) = struct.unpack_from("<I", data, position)
        names.append(data[position + 4 : position + 4 + length].rstrip(b"\0"))
        position += 4 + length
    (length,) = struct.unpack_from("<I", data, position)
    inner = data[position + 4 : position + 4 + length]
    if names[0].lower() == b"package":
        return _native(struct.pack("<I", len(inner)) + inner) or Native("", inner)
    return Native("", inner)


def _native(data: bytes) -> Native | None:
    """Label, file name, path, then the counted bytes of the file."""
    if len(data) < 12 or struct.unpack_from("<H", data, 4)[0] != 2:
        return None
    label_end = data.index(b"\0", 6)
    name_end = data.index(b"\0", label_end + 1)
    (path,) = struct.unpack_from("<I", data, name_end + 5)
    position = name_end + 9 + path
    (length,) = struct.unpack_from("<I", data, position)
    inner = data[position + 4 : position + 4 + length]
    return Native(clean(data[6:label_end].decode("cp1252", "replace")), inner) if inner else None


def leftovers(found: Compound, folio: Folio) -> None:
    """Every stream that nobody read and that is not dull becomes a part."""
    for path in found.paths:
        name = path[-1].lower()
        if path in found.taken or name in DULL or name.startswith(("\x02olepres", "__")):
            continue
        data = found.read(*path)
        if name in ("\x01ole10native", "\x01ole10nati"):
            inner, data = native_file(data)
            folio.part(inner or "/".join(path), data)
        elif data:
            folio.part("/".join(path), data)
