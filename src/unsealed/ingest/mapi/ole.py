"""The one module that knows olefile: an OLE file of Outlook (`.msg`) as a `Stored` message ([MS-OXMSG])."""

from __future__ import annotations

import io
import struct
from typing import Any

import olefile

from unsealed.ingest.mapi.bag import FIXED, MULTIPLE, OBJECT, Attachment, Bag, Stored, property_names

DEPTH = 16  # messages inside each other
STREAMS = 100_000  # entries of one directory

_ENTRY = struct.Struct("<HHI8s")
_PROPERTIES = "__properties_version1.0"


class NotAMessage(Exception):
    """The file is no message of Outlook, or its directory cannot be read. Carries no content."""


def open_message(data: bytes) -> Stored:
    """The message in an OLE file. Raises `NotAMessage`."""
    try:
        file = _File(olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_FATAL))
    except Exception as error:  # olefile raises whatever its input brings it to; behind the sandbox
        raise NotAMessage from error
    return file.message(())


Path = tuple[str, ...]


class _File:
    def __init__(self, ole: Any) -> None:
        self.ole = ole
        self.children: dict[Path, list[str]] = {}
        for found in ole.listdir(streams=True, storages=True)[:STREAMS]:
            for depth in range(len(found)):
                inside = self.children.setdefault(tuple(found[:depth]), [])
                if found[depth] not in inside[-1:]:
                    inside.append(found[depth])
        self.children = {path: list(dict.fromkeys(names)) for path, names in self.children.items()}
        base = ("__nameid_version1.0",)
        streams = [self.stream((*base, f"__substg1.0_{name}0102")) for name in ("0002", "0003", "0004")]
        self.names = property_names(*streams)

    def stream(self, path: Path) -> bytes:
        """The bytes of a stream; empty where there is none or it is broken."""
        try:
            if self.ole.get_type(list(path)) != olefile.STGTY_STREAM:
                return b""
            found: bytes = self.ole.openstream(list(path)).read()
        except Exception:  # a broken chain of sectors must not cost the other streams; behind the sandbox
            return b""
        return found

    def message(self, at: Path, codepage: int = 1252) -> Stored:
        if _PROPERTIES not in self.children.get(at, []):
            raise NotAMessage
        bag = self.bag(at, 24 if at else 32, codepage)
        inside = self.children.get(at, [])
        people = [name for name in inside if name.startswith("__recip_version1.0_")]
        files = [name for name in inside if name.startswith("__attach_version1.0_")]
        recipients = [self.bag((*at, name), 8, bag.codepage) for name in people]
        attachments = [self.attachment((*at, name), bag.codepage) for name in files]
        stated = struct.unpack_from("<II", self.stream((*at, _PROPERTIES)).ljust(24, b"\0"), 16)
        troubles = [] if stated[1] <= len(attachments) else ["M-COUNT"]
        if stated[0] > len(recipients):
            troubles.append("M-RECIPIENTS")
        return Stored(bag, tuple(recipients), tuple(attachments), "", tuple(troubles))

    def bag(self, at: Path, header: int, codepage: int) -> Bag:
        bag = Bag(codepage)
        raw = self.stream((*at, _PROPERTIES))[header:]
        for kind, number, _, value in _ENTRY.iter_unpack(raw[: len(raw) // 16 * 16]):
            size = FIXED.get(kind)
            if size is not None and size <= 8:
                bag.put(self.names.get(number, number), kind, (value[:size],))
        streams: dict[int, list[str]] = {}
        for name in self.children.get(at, []):
            if name.startswith("__substg1.0_") and len(name) >= 20:
                try:
                    streams.setdefault(int(name[12:20], 16), []).append(name)
                except ValueError:
                    continue
        for tag, names in streams.items():
            number, kind = tag >> 16, tag & 0xFFFF
            values = [self.stream((*at, name)) for name in sorted(names) if len(name) > 20 or not kind & MULTIPLE]
            if kind & MULTIPLE and kind & ~MULTIPLE in FIXED:
                size = FIXED[kind & ~MULTIPLE]
                whole = self.stream((*at, names[0]))
                values = [whole[start : start + size] for start in range(0, len(whole), size)]
            bag.put(self.names.get(number, number), kind, tuple(values))
        bag.settle()
        return bag

    def attachment(self, at: Path, codepage: int) -> Attachment:
        bag = self.bag(at, 8, codepage)
        inner = (*at, f"__substg1.0_3701{OBJECT:04X}")
        if _PROPERTIES in self.children.get(inner, []) and len(inner) // 2 <= DEPTH:
            return describe(bag, b"", self.message(inner, codepage))
        if inner in self.children:  # an OLE object: its streams, one behind the other with their names
            streams = sorted(path for path in self._streams(inner))
            data = b"".join([self.stream(path) for path in streams])
            return describe(bag, data, None, "M-OLE-OBJECT")
        return describe(bag, bag.raw(0x3701), None)

    def _streams(self, at: Path) -> list[Path]:
        found: list[Path] = []
        for name in self.children.get(at, []):
            path = (*at, name)
            found += self._streams(path) if path in self.children else [path]
        return found


def describe(bag: Bag, data: bytes, message: Stored | None, note: str = "") -> Attachment:
    """An attachment from its properties."""
    name = bag.text(0x3707, 0x3704, 0x3001) or (message.bag.text(0x0037) if message is not None else "")
    method = bag.number(0x3705)
    if message is None and not data and method in (2, 3, 4, 7):
        note = "M-REFERENCE"  # only a place where the file lay is stored
        name = bag.text(0x370D, 0x3708) or name
    elif message is None and not data and method in (1, 5, 6):
        note = note or "M-ATTACHMENT-EMPTY"
    hidden = bool(bag.number(0x7FFE)) or bool(bag.text(0x3712))
    return Attachment(name, bag.text(0x370E), lambda: iter((data,)), len(data), message, bag.text(0x3712), hidden, note)


__all__ = ["NotAMessage", "describe", "open_message"]
