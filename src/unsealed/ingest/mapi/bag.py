"""Properties of a stored message, wherever they were stored: by number, or by the name that a number stands for."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

I2, I4, BOOLEAN, OBJECT, I8, STRING8, UNICODE, TIME, BINARY = 0x02, 0x03, 0x0B, 0x0D, 0x14, 0x1E, 0x1F, 0x40, 0x102
MULTIPLE = 0x1000
FIXED = {0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}  # bytes

_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_SETS = {
    "00062002": "appointment",
    "00062003": "task",
    "00062004": "address",
    "00062008": "common",
    "0006200a": "log",
    "0006200e": "note",
    "00062041": "post",
    "6ed8da90": "meeting",
    "00020329": "public",
    "00020328": "mapi",
    "00020386": "internet",
    "96357f7f": "security",
}
Key = int | str


class Unreadable(Exception):
    """Something stored cannot be read. `code` says what; nothing of the content."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Property(NamedTuple):
    """A value: the kind as MAPI numbers it (without the mark of several values), and one or more raw values."""

    kind: int
    values: tuple[bytes, ...]


class Bag:
    """The properties of one thing. Keys: the number below 0x8000, or `set:name` (`appointment:820d`) for named ones."""

    def __init__(self, codepage: int = 1252) -> None:
        self.codepage = codepage
        self.properties: dict[Key, Property] = {}

    def put(self, key: Key, kind: int, values: tuple[bytes, ...]) -> None:
        """Keep a property; of two with one key the first stays."""
        self.properties.setdefault(key, Property(kind & ~MULTIPLE, values))

    def settle(self) -> None:
        """Take the code page of 8-bit strings from the properties that state it."""
        self.codepage = self.number(0x3FFD) or self.number(0x3FDE) or self.codepage

    def texts(self, key: Key) -> list[str]:
        """Every value of a property of text; none where it is missing or something else."""
        found = self.properties.get(key)
        if found is None or found.kind not in (STRING8, UNICODE):
            return []
        texts = [characters(value, found.kind, self.codepage) for value in found.values]
        return [text for text in texts if text]

    def text(self, *keys: Key) -> str:
        """The first text that one of the properties holds, or an empty one."""
        for key in keys:
            for text in self.texts(key):
                return text
        return ""

    def raw(self, key: Key) -> bytes:
        """The bytes of a property; empty where it is missing."""
        found = self.properties.get(key)
        return found.values[0] if found is not None and found.values else b""

    def number(self, key: Key) -> int:
        """A whole number or a truth value; 0 where it is missing."""
        found = self.properties.get(key)
        if found is None or found.kind not in (I2, I4, I8, BOOLEAN, 0x0A) or not found.values:
            return 0
        return int.from_bytes(found.values[0][:8], "little", signed=found.kind != BOOLEAN)

    def time(self, *keys: Key) -> datetime | None:
        """The first time that one of the properties holds. Times of MAPI are UTC."""
        for key in keys:
            found = self.properties.get(key)
            if found is not None and found.kind == TIME and found.values:
                moment = file_time(found.values[0])
                if moment is not None:
                    return moment
        return None

    def all_texts(self) -> Iterator[tuple[Key, list[str]]]:
        """Every property of text, by rising key."""
        for key in sorted(self.properties, key=spelled):
            texts = self.texts(key)
            if texts:
                yield key, texts


def spelled(key: Key) -> str:
    """A key as text: numbers sort before names."""
    return f"{key:04x}" if isinstance(key, int) else f"~{key}"


def characters(value: bytes, kind: int, codepage: int) -> str:
    """A stored string without its closing zero. One that breaks its own code keeps what can be read."""
    if kind == UNICODE:
        text = value[: len(value) // 2 * 2].decode("utf-16-le", "replace")
    else:
        try:
            text = value.decode(codec(codepage), "replace")
        except (LookupError, ValueError):
            text = value.decode("cp1252", "replace")
    return text.rstrip("\0").replace("\0", "\ufffd")


def codec(codepage: int) -> str:
    """The name of a charset for a Windows code page number; Windows-1252 where it is none that we know."""
    name = {65001: "utf-8", 1200: "utf-16-le", 20127: "ascii", 20866: "koi8-r", 21866: "koi8-u", 50220: "iso2022_jp",
            50221: "iso2022_jp", 50222: "iso2022_jp", 51932: "euc_jp", 51949: "euc_kr", 54936: "gb18030",
            936: "gb18030", 10000: "mac_roman"}.get(codepage, "")  # fmt: skip
    if not name and 28591 <= codepage <= 28605:
        name = f"iso8859-{codepage - 28590}"
    try:
        return codecs.lookup(name or f"cp{codepage}").name
    except LookupError:
        return "cp1252"


def file_time(value: bytes) -> datetime | None:
    """A FILETIME as a moment; None where it is none."""
    if len(value) < 8:
        return None
    ticks = int.from_bytes(value[:8], "little")
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if 0 < ticks < 1 << 62 else None
    except OverflowError:
        return None


def set_name(guid: bytes) -> str:
    """A short name for the set that a named property belongs to."""
    first = guid[:4][::-1].hex()
    return _SETS.get(first, guid.hex())


def property_names(guids: bytes, entries: bytes, strings: bytes) -> dict[int, str]:
    """Numbers from 0x8000 on to names, from the three streams that `.msg` and PST keep them in."""
    names: dict[int, str] = {}
    for name, where, index in struct.iter_unpack("<IHH", entries[: len(entries) // 8 * 8]):
        place = where >> 1
        guid = guids[(place - 3) * 16 : (place - 2) * 16] if place >= 3 else b""
        group = {1: "mapi", 2: "public"}.get(place) or (set_name(guid) if len(guid) == 16 else "none")
        if where & 1:
            length = int.from_bytes(strings[name : name + 4], "little")
            text = strings[name + 4 : name + 4 + min(length, 512)].decode("utf-16-le", "replace")
            names[0x8000 + index] = f"{group}:{text.lower()}"
        else:
            names[0x8000 + index] = f"{group}:{name:04x}"
    return names


class Attachment(NamedTuple):
    """Something that a message carries. `blocks` gives its bytes when they are wanted; `message`: it is one itself.

    `note`: why there are no bytes (it is only referred to, it cannot be read), empty where all is well. `size`: bytes
    as stated, -1 unknown. `apart`: somebody else takes the bytes, they are not written with the message.
    """

    name: str
    mime: str
    blocks: Callable[[], Iterator[bytes]]
    size: int = -1
    message: Stored | None = None
    content_id: str = ""
    hidden: bool = False
    note: str = ""
    apart: bool = False

    def data(self) -> tuple[bytes, str]:
        """All bytes that can be had, and the code of what went wrong."""
        pieces: list[bytes] = []
        try:
            pieces.extend(self.blocks())
        except Unreadable as error:
            return b"".join(pieces), error.code
        return b"".join(pieces), self.note


class Stored(NamedTuple):
    """A message, contact, appointment, task or note as it is stored: its properties, recipients and attachments."""

    bag: Bag
    recipients: tuple[Bag, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    folder: str = ""
    troubles: tuple[str, ...] = ()  # codes of what could not be read of it
