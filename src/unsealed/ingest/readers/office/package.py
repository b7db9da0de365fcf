"""A ZIP package with limits: what is read is remembered, so that nothing in it is left out silently."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from lzma import LZMAError
from typing import NamedTuple
from urllib.parse import unquote

from unsealed.ingest.readers.office.folio import Folio, Refused, password
from unsealed.ingest.readers.office.markup import Attributes, Walker, walk

MEMBERS = 20_000  # members of one package
MEMBER_BYTES = 64 << 20  # bytes of one member, unpacked
TOTAL_BYTES = 192 << 20  # bytes of all members, unpacked
RATIO, RATIO_FROM = 200, 10 << 20  # out : in, looked at above these bytes (formats/other.md section 4)

_DAMAGE = (zipfile.BadZipFile, zlib.error, LZMAError, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


class Target(NamedTuple):
    """Where a relationship leads: the last word of its type, a member name or an address, and whether it is outside."""

    kind: str
    name: str
    external: bool


class Package:
    """The members of a package by name. A name that stands twice keeps its first bytes; the rest are `rest`.

    Raises `Refused` where the whole cannot be read: no directory, encrypted, a bomb.
    """

    def __init__(self, data: bytes, folio: Folio) -> None:
        self._folio = folio
        self._data = data
        self._total = 0
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            infos = self._zip.infolist()
        except _DAMAGE:
            raise Refused(
                "O-BROKEN", "a package without a readable directory", "Ask for another copy, or repair it in a copy."
            ) from None
        if len(infos) > MEMBERS:
            raise Refused("O-BOMB", f"more than {MEMBERS} members in a package", "Unpack it and ingest the folder.")
        self._extra: list[zipfile.ZipInfo] = []
        self._members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = info.filename.replace("\\", "/").lstrip("/")
            if not info.is_dir() and self._members.setdefault(name, info) is not info:
                self._extra.append(info)
        self._taken: set[str] = set()
        self._lower = {name.lower(): name for name in reversed(self._members)}

    def names(self) -> list[str]:
        """The names of all members, in order."""
        return list(self._members)

    def find(self, name: str) -> str:
        """The name of a member as the package spells it, or an empty string."""
        return name if name in self._members else self._lower.get(name.lower(), "")

    def fresh(self, name: str) -> bool:
        """Whether there is such a member and nobody has read it yet."""
        name = self.find(name)
        return bool(name) and name not in self._taken

    def skip(self, name: str) -> None:
        """This member says nothing: it is layout."""
        self._taken.add(name)

    def read(self, name: str) -> bytes | None:
        """The bytes of a member; None where there is none, or it is damaged (a finding says so)."""
        name = self.find(name)
        if not name:
            return None
        self._taken.add(name)
        return self._unpack(self._members[name])

    def _unpack(self, info: zipfile.ZipInfo) -> bytes | None:
        if info.flag_bits & 1:
            raise password()
        try:
            with self._zip.open(info) as member:
                data = member.read(MEMBER_BYTES + 1)
        except _DAMAGE:
            self._folio.once("O-MEMBER", "warn")
            return self._damaged(info)
        self._total += len(data)
        if len(data) > RATIO_FROM and len(data) > RATIO * max(1, info.compress_size):
            raise Refused("O-BOMB", f"a member grows more than {RATIO} times", "Look at it by hand; accept it unread.")
        if len(data) > MEMBER_BYTES or self._total > TOTAL_BYTES:
            raise Refused("O-BOMB", "a package that unpacks to more than the limit", "Unpack it, ingest the folder.")
        return data

    def _damaged(self, info: zipfile.ZipInfo) -> bytes | None:
        """What can be had of a member that does not unpack to its end."""
        got = bytearray()
        try:
            with self._zip.open(info) as member:
                member._expected_crc = None  # type: ignore[attr-defined]  # the sum is known to be wrong
                while len(got) < MEMBER_BYTES and (piece := member.read(4096)):
                    got += piece
        except _DAMAGE:
            pass
        self._total += len(got)
        return bytes(got) or None

    def rest(self) -> Iterator[tuple[str, bytes]]:
        """All members that nobody has read: name and bytes."""
        for name, info in [*self._members.items(), *((info.filename, info) for info in self._extra)]:
            if name in self._taken and info not in self._extra:
                continue
            data = self._unpack(info)
            if data:
                yield name, data
        for start, end in self._gaps():
            self._folio.once("O-MEMBER", "warn")
            yield f"bytes {start}-{end}", self._data[start:end]

    def _gaps(self) -> Iterator[tuple[int, int]]:
        """Ranges that belong to no member and not to the directory: members that it does not list, data around it."""
        place = 0
        for info in sorted(self._zip.infolist(), key=lambda info: info.header_offset):
            start = info.header_offset
            if self._says(place, start):
                yield place, start
            sizes = self._data[start + 26 : start + 30]
            head = 30 + int.from_bytes(sizes[:2], "little") + int.from_bytes(sizes[2:], "little")
            place = max(place, start + head + info.compress_size)
        if self._says(place, self._zip.start_dir):
            yield place, self._zip.start_dir
        end = self._data.rfind(b"PK\5\6") + 22
        if self._says(end, len(self._data)):  # its comment, too
            yield end, len(self._data)

    def _says(self, start: int, end: int) -> bool:
        """Whether a gap holds more than padding, or than the sums that may stand behind a member."""
        gap = self._data[start:end]
        sums = gap.startswith(b"PK\7\x08") and len(gap) <= 24
        return bool(gap.strip(b"\0")) and not sums and len(gap) > (0 if start >= self._zip.start_dir else 16)

    def targets(self, name: str) -> dict[str, Target]:
        """The relationships of a member (an empty name: of the package) by id."""
        folder, base = posixpath.split(name)
        found = _Relations(folder)
        data = self.read(posixpath.join(folder, "_rels", base + ".rels"))
        if data:
            walk(data, found, self._folio)
        return found.found


class _Relations(Walker):
    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.found: dict[str, Target] = {}

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "Relationship":
            target = attributes.get("Target", "")
            external = attributes.get("TargetMode", "") == "External"
            if not external:
                base = "" if target.startswith("/") else self.folder
                target = posixpath.normpath(posixpath.join(base, unquote(target.partition("#")[0]).lstrip("/")))
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", str(len(self.found)))] = Target(kind, target, external)
