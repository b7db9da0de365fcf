"""What all readers of packed documents share: a builder for texts without byte ranges, and how an item is refused."""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import wraps
from xml.parsers import expat

from unsealed.ingest.decode import composed
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, Part, rejected

Read = Callable[[bytes, bytes], Outcome]

# What the standard library's decoders raise for bytes that are not what they say; a fault of ours looks no other
BROKEN: tuple[type[Exception], ...] = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    expat.ExpatError,
)
_SURROGATE = re.compile(f"[{chr(0xD800)}-{chr(0xDFFF)}]")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$")
_BROKEN_REMEDY = "Look whether the sender has another copy; repair the file in a copy, or accept it unread."
_PROPERTIES = 2_000  # properties of one document


class Refused(Exception):
    """An item that cannot be read at all: becomes a rejected outcome with this code, message and remedy."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.remedy = remedy


def too_large() -> Refused:
    """The refusal of an item that holds more text than the limit."""
    return Refused(
        "R-TOO-LARGE", f"unpacks to more than {LIMITS.text_bytes} characters", "Split the file, or raise the limit."
    )


def password() -> Refused:
    """The refusal of an encrypted item."""
    return Refused("R-PASSWORD", "encrypted: a password is needed", "Open it with its password, save it without one.")


def guarded(read: Read) -> Read:
    """A reader whose refusals become outcomes, and for which a file that breaks its own format is a refusal."""

    @wraps(read)
    def inner(data: bytes, context: bytes) -> Outcome:
        try:
            return read(data, context)
        except Refused as refused:
            return rejected(refused.code, refused.message, refused.remedy)
        except (MemoryError, RecursionError):
            return rejected("R-TOO-LARGE", "needs more memory than a reader has", "Split the file, or raise the limit.")
        except BROKEN:
            return rejected("O-BROKEN", "the file does not keep to its own format", _BROKEN_REMEDY)

    return inner


def clean(text: str) -> str:
    """`text` as a unit may hold it: LF line ends, no lone surrogates, NFC."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        text = _SURROGATE.sub("\ufffd", text)
    return composed(text)


def date_value(text: str) -> str:
    """A W3C date as a field holds it (`2013-12-23T23:15Z`), or an empty string."""
    found = _DATE.match(text.strip())
    if found is None or not (0 < int(found[2]) < 13 and 0 < int(found[3]) < 32):
        return ""
    day = f"{found[1]}-{found[2]}-{found[3]}"
    return f"{day}T{found[4]}{found[5] or ''}" if found[4] else day


class Folio(Builder):
    """A builder for documents whose texts were unpacked: their units have pages (slides, sheets), no byte ranges."""

    def __init__(self) -> None:
        super().__init__()
        self._size = 0
        self._people: set[str] = set()
        self._links: set[str] = set()
        self._codes: set[tuple[str, int]] = set()

    def say(self, label: str, text: str, page: int = 0) -> int:
        """Append a text as a unit (several where it is long); gives the index of the last, -1 for white space."""
        if not text or text.isspace():
            return -1
        text = clean(text)
        self.counted(text)
        first = self.count
        last = first
        for start in range(0, len(text), LIMITS.unit_chars):
            last = self.free(label, composed(text[start : start + LIMITS.unit_chars]), (), page)
        return self.one_text(first, last)

    def counted(self, text: str) -> None:
        """Count a text that becomes a unit; raises `Refused` above the limits."""
        self._size += len(text)
        if self._size > LIMITS.text_bytes or self.count >= LIMITS.units:
            raise too_large()

    def fact(self, name: str, value: str, field: str = "") -> None:
        """A property of the file: its name as label, its value as `header`, and the field that it states."""
        if value.strip() and self.count < _PROPERTIES + 100_000:
            self.say("cell-label", name)
            unit = self.say("header", value)
            if field in ("date", "created"):
                value = date_value(value)
            if field:
                self.field(field, value, unit)

    def person(self, name: str) -> None:
        """Someone who wrote a comment or a change: each name once."""
        if name.strip() and name not in self._people:
            self._people.add(name)
            self.say("name", name)

    def link(self, target: str, page: int = 0) -> int:
        """An address outside of the file, each once; nobody goes there."""
        if target in self._links:
            return -1
        self._links.add(target)
        return self.say("link", target, page)

    def once(self, code: str, severity: str = "note", unit: int = -1) -> None:
        """A finding of a unit, or of the file (-1), not more than once."""
        if (code, unit) not in self._codes and len(self._codes) < 10_000:
            self._codes.add((code, unit))
            self.finding(code, severity, unit)

    def part(self, name: str, data: bytes, mime: str = "") -> None:
        """A file inside the file: it becomes an item of its own."""
        self.parts.append(Part(clean(name), data, mime))
        unit = self.say("attachment", name)
        self.field("attachment", name, unit)

    def titled(self) -> None:
        """Take the first heading as title where no property states one."""
        if not any(field.name == "title" for field in self.fields):
            for number, unit in enumerate(self.units):
                if unit.label in ("title", "heading"):
                    self.field("title", unit.text, number)
                    return
