"""PowerPoint 97-2003: the texts of all records, those of earlier saves that still stand in the file included.

A walk over records (MS-PPT 2.3.1) without following the list of current ones: what was deleted by a fast save is told
like the rest, since nobody can see from outside that it is gone.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from unsealed.ingest.readers.office.folio import Folio, password
from unsealed.ingest.readers.office.ole import Compound

_SLIDE, _NOTES, _MASTER, _HANDOUT = 1006, 1008, 1016, 4041
_HEADER, _CHARS, _BYTES, _STRING, _LIST = 3999, 4000, 4008, 4026, 4080
_COMMENT, _OBJECT, _LINK = 12_000, 4113, 4051
_ENCRYPTED = 12_052
_LABELS = {0: "heading", 2: "note", 6: "heading"}
_PICTURES = {0xF01D: ("jpeg", 17), 0xF01E: ("png", 17), 0xF01F: ("dib", 17), 0xF029: ("tiff", 17), 0xF02A: ("jpeg", 17)}
_PACKED = {0xF01A: ("emf", 50), 0xF01B: ("wmf", 50), 0xF01C: ("pict", 50)}
_DEPTH = 64
_BOMB = 64 << 20


def tell(found: Compound, folio: Folio) -> None:
    """Append the texts of a presentation, and its pictures and objects as parts."""
    main = found.read("PowerPoint Document")
    _Records(main, folio).tell()
    _pictures(found.read("Pictures"), folio)


def _records(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int, int, bool]]:
    """Kind, instance, begin and end of each record from `start` on, and whether it holds records."""
    while start + 8 <= end:
        flags, kind, length = struct.unpack_from("<HHI", data, start)
        stop = min(start + 8 + length, end)
        yield kind, flags >> 4, start + 8, stop, flags & 15 == 15
        start = stop


class _Records:
    def __init__(self, data: bytes, folio: Folio) -> None:
        self.data = data
        self.folio = folio
        self.page = 0
        self.label = "paragraph"
        self.said: set[tuple[str, str]] = set()

    def tell(self) -> None:
        self._walk(0, len(self.data), 0, "paragraph")

    def _walk(self, start: int, end: int, depth: int, label: str) -> None:
        kind_of_text = label
        for kind, instance, begin, stop, holds in _records(self.data, start, end):
            if kind == _ENCRYPTED:
                raise password()
            if holds and depth < _DEPTH:
                self._walk(begin, stop, depth + 1, self._label(kind, label))
            elif kind == _HEADER and stop - begin >= 4:
                number = int.from_bytes(self.data[begin : begin + 4], "little")
                kind_of_text = _LABELS.get(number, label) if label != "note" else label
            elif kind in (_CHARS, _STRING):
                text = self.data[begin:stop].decode("utf-16-le", "replace")
                self._say(kind_of_text if kind == _CHARS else self._beside(label, instance), text)
            elif kind == _BYTES:
                self._say(kind_of_text, self.data[begin:stop].decode("latin-1"))
            elif kind == _OBJECT:
                self._object(begin, stop, instance)

    def _label(self, kind: int, label: str) -> str:
        if kind == _SLIDE:
            self.page += 1
            return "paragraph"
        return {_NOTES: "note", _COMMENT: "note", _LINK: "link"}.get(kind, label)

    def _beside(self, label: str, instance: int) -> str:
        """A counted string: of a comment the author, of a link the address, of a slide its name."""
        if label == "note":
            return "name" if instance == 0 else "note"
        return "link" if label == "link" else "header"

    def _say(self, label: str, text: str) -> None:
        text = text.replace("\x0b", "\n").replace("\r", "\n").strip("\0\n *")
        if len(text) > 1 and not text.startswith("___PPT") and (label, text) not in self.said:
            self.said.add((label, text))
            self.folio.say(label, text, self.page)

    def _object(self, begin: int, stop: int, instance: int) -> None:
        """An embedded document: instance 1 is compressed with its length before it."""
        data = self.data[begin:stop]
        if instance == 1 and len(data) > 4:
            try:
                data = zlib.decompressobj().decompress(data[4:], _BOMB)
            except zlib.error:
                self.folio.once("O-MEMBER", "warn")
                return
        self.folio.part(f"object-{len(self.folio.parts) + 1}", data)


def _pictures(data: bytes, folio: Folio) -> None:
    """Pictures as they were put in: behind one or two checksums of 16 bytes and a tag (MS-ODRAW 2.2.23)."""
    for kind, instance, begin, stop, _ in _records(data, 0, len(data)):
        name, skip = _PICTURES.get(kind) or _PACKED.get(kind) or ("", 0)
        if not name:
            continue
        second = 16 if instance & 1 and instance != 0x46B else 0
        piece = data[begin + skip + second : stop]
        if kind in _PACKED:
            try:
                piece = zlib.decompressobj().decompress(piece, _BOMB)
            except zlib.error:
                pass  # not compressed
        if piece:
            folio.part(f"picture-{len(folio.parts) + 1}.{name}", piece)
