"""`winmail.dat` (TNEF, [MS-OXTNEF]): what Outlook sends instead of parts."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from unsealed.ingest.mapi.bag import (
    BINARY,
    FIXED,
    MULTIPLE,
    OBJECT,
    STRING8,
    UNICODE,
    Attachment,
    Bag,
    Stored,
    set_name,
)
from unsealed.ingest.mapi.ole import describe

MAGIC = b"\x78\x9f\x3e\x22"
DEPTH = 16  # messages inside each other
COUNT = 100_000  # properties or values of one list

_ATTRIBUTE = struct.Struct("<BII")
_VARIABLE = (STRING8, UNICODE, BINARY, OBJECT)


class NotTnef(Exception):
    """The bytes are no TNEF. Carries no content."""


def open_tnef(data: bytes, depth: int = 0) -> Stored:
    """The message in a `winmail.dat`; what is cut off or broken is left out with a trouble. Raises `NotTnef`."""
    if data[:4] != MAGIC:
        raise NotTnef
    return _Reader(data, depth).read()


class _Reader:
    def __init__(self, data: bytes, depth: int) -> None:
        self.data = data
        self.depth = depth
        self.bag = Bag()
        self.recipients: list[Bag] = []
        self.files: list[Bag] = []
        self.troubles: list[str] = []

    def read(self) -> Stored:
        for level, number, value in self._attributes():
            if number == 0x9007 and len(value) >= 4:
                self.bag.codepage = int.from_bytes(value[:4], "little")
            elif level == 2:
                self._of_file(number, value)
            else:
                self._of_message(number, value)
        self.bag.settle()
        attachments = [self._attachment(bag) for bag in self.files]
        return Stored(self.bag, tuple(self.recipients), tuple(attachments), "", tuple(dict.fromkeys(self.troubles)))

    def _attributes(self) -> Iterator[tuple[int, int, bytes]]:
        data, position = self.data, 6
        while position + 9 <= len(data):
            level, tag, length = _ATTRIBUTE.unpack_from(data, position)
            position += 9
            value = data[position : position + length]
            if level not in (1, 2):
                self.troubles.append("M-TNEF-BROKEN")
                return
            yield level, tag & 0xFFFF, value
            stated = int.from_bytes(data[position + length : position + length + 2], "little")
            if len(value) < length or sum(value) & 0xFFFF != stated:
                self.troubles.append("M-TNEF-BROKEN")
            position += length + 2

    def _of_message(self, number: int, value: bytes) -> None:
        text = {0x8004: 0x0037, 0x800C: 0x1000, 0x8008: 0x001A, 0x8009: 0x1035}.get(number)
        if text is not None:
            self.bag.put(text, STRING8, (value,))
        elif number == 0x9003:
            self._properties(self.bag, value, 0)
        elif number == 0x9004:
            self._rows(value)

    def _of_file(self, number: int, value: bytes) -> None:
        if number == 0x9002 or not self.files:
            self.files.append(Bag(self.bag.codepage))
        file = self.files[-1]
        if number == 0x800F:
            file.put(0x3701, BINARY, (value,))
        elif number == 0x8010:
            file.put(0x3704, STRING8, (value,))
        elif number == 0x9005:
            self._properties(file, value, 0)

    def _rows(self, value: bytes) -> None:
        count, position = int.from_bytes(value[:4], "little"), 4
        for _ in range(min(count, COUNT)):
            if position + 4 > len(value):
                self.troubles.append("M-TNEF-BROKEN")
                return
            bag = Bag(self.bag.codepage)
            position = self._properties(bag, value, position)
            self.recipients.append(bag)

    def _properties(self, bag: Bag, value: bytes, position: int) -> int:
        """Read a list of properties into `bag`; gives the place behind it."""
        try:
            count = int.from_bytes(value[position : position + 4], "little")
            position += 4
            for _ in range(min(count, COUNT)):
                if position + 4 > len(value):
                    break
                position = _property(bag, value, position)
            return position
        except (struct.error, ValueError, IndexError):
            self.troubles.append("M-TNEF-BROKEN")
            return len(value)

    def _attachment(self, bag: Bag) -> Attachment:
        bag.settle()
        found = bag.properties.get(0x3701)
        data = bag.raw(0x3701)
        if found is not None and found.kind == OBJECT:
            data = data[16:]  # the name of its interface stands before it
            if data[:4] == MAGIC and self.depth < DEPTH:
                return describe(bag, b"", open_tnef(data, self.depth + 1))
        return describe(bag, data, None)


def _property(bag: Bag, value: bytes, position: int) -> int:
    kind, number = struct.unpack_from("<HH", value, position)
    position += 4
    key: int | str = number
    if number >= 0x8000:
        key, position = _name(value, position)
    single = kind & ~MULTIPLE
    many = bool(kind & MULTIPLE) or single in _VARIABLE
    count = 1
    if many:
        count = struct.unpack_from("<I", value, position)[0]
        position += 4
    values: list[bytes] = []
    for _ in range(min(count, COUNT)):
        if position >= len(value):
            break
        if single in _VARIABLE:
            size = struct.unpack_from("<I", value, position)[0]
            position += 4
        else:
            size = FIXED[single] if single in FIXED else _unknown(single)
        values.append(value[position : position + size])
        position += size + -size % 4
    bag.put(key, kind, tuple(values))
    return position


def _unknown(kind: int) -> int:
    raise ValueError(kind)


def _name(value: bytes, position: int) -> tuple[str, int]:
    group = set_name(value[position : position + 16])
    kind, number = struct.unpack_from("<II", value, position + 16)
    position += 24
    if kind == 0:
        return f"{group}:{number:04x}", position
    text = value[position : position + min(number, 1024)].decode("utf-16-le", "replace").rstrip("\0")
    return f"{group}:{text.lower()}", position + number + -number % 4
