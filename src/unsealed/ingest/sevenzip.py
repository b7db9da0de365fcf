"""Encrypted 7z with a password: libarchive does not decrypt them, Debian's `7zz` does, each call in a sandbox.

Speaks like the process of an extractor (`members.Process`), so that every step is checked, counted and limited as that
of any other. The password goes over standard input: command lines can be seen by others. What the tool says is an
outsider's word.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from unsealed.ingest.extract import Ask, Data, End, Fail, Member, Step
from unsealed.ingest.extract.names import flags
from unsealed.ingest.extract.steps import NAME
from unsealed.ingest.extract.worker import Open, frames
from unsealed.sandbox import Failure, SandboxError, ToolLimits, run_tool

TOOL = "7zz"
LARGEST = 256 << 20  # bytes of a container, and of one member: both are held in memory
GROUP = 32 << 20  # bytes of members that one call unpacks
NAMES = 1_000  # members of one call
_LIMITS = ToolLimits(seconds=600, cpu=600, output=LARGEST)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")
_PASSWORD = Fail("A-PASSWORD", "it is encrypted, and this password does not open it",
                 "Run `unsealed ingest --retry --password-file FILE`.")  # fmt: skip
_BROKEN = Fail("A-DAMAGED", "it could not be unpacked whole", "Unpack it elsewhere, in a safe place.")
_opens = msgspec.msgpack.Decoder(Open)


class Entry(NamedTuple):
    """One line of the tool's list."""

    name: str
    size: int
    is_folder: bool
    encrypted: bool
    checksum: str
    time: str


class Sevenzip:
    """The members of a container by the tool. Made by `opened`."""

    def __init__(self, data: bytes, password: str, entries: list[Entry]) -> None:
        self._data = data
        self._password = password
        self._entries = entries
        self._frames: Iterator[bytes] = iter(())

    def send(self, payload: bytes) -> None:
        """Take what is asked for."""
        self._frames = frames(self._steps(_opens.decode(payload).ask))

    def receive(self, seconds: float = 0.0) -> bytearray:
        """The next steps. Raises SandboxError where the tool fails."""
        frame = next(self._frames, None)
        if frame is None:
            raise SandboxError(Failure.DIED)
        return bytearray(frame)

    def reject(self) -> SandboxError:
        """The steps were malformed."""
        return SandboxError(Failure.WRONG)

    def kill(self) -> None:
        """Nothing runs between two calls."""
        self._frames = iter(())

    def _steps(self, ask: Ask) -> Iterator[Step]:
        group: list[int] = []
        for ordinal in range(1, len(self._entries) + 1):
            if not ask.wants(ordinal):
                continue
            group.append(ordinal)
            if len(group) == NAMES or sum(self._entries[one - 1].size for one in group) > GROUP:
                yield from self._members(group)
                group = []
        yield from self._members(group)
        yield End(expected=len(self._entries))

    def _members(self, ordinals: Sequence[int]) -> Iterator[Step]:
        """Some members: one call for all of them, and where that fails one call for each."""
        wanted = {self._entries[ordinal - 1].name for ordinal in ordinals if self._has_bytes(ordinal)}
        bodies = self._bodies(wanted)
        for ordinal in ordinals:
            entry = self._entries[ordinal - 1]
            raw = entry.name.encode("utf-8", "surrogateescape")[:NAME]
            kind = "folder" if entry.is_folder else "file"
            yield Member(ordinal, raw, entry.name[:NAME], kind, entry.size, entry.time, flags=flags(raw))  # type: ignore[arg-type]
            if self._has_bytes(ordinal):
                own = bodies if ordinal in bodies else self._bodies({entry.name})
                yield from _whole(entry, own.get(ordinal))

    def _has_bytes(self, ordinal: int) -> bool:
        entry = self._entries[ordinal - 1]
        return not entry.is_folder and 0 < entry.size <= LARGEST

    def _bodies(self, names: set[str]) -> dict[int, bytes]:
        """The bytes of every member with one of these names, by ordinal; nothing where they do not come out whole."""
        lines = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        if not names:
            return {}
        line = [TOOL, "x", "-so", "-spd", "-scsUTF-8", "-mmt=1", "-bd", "/in/container", "@/in/names"]
        result = _run(line, self._data, self._password, lines)
        ordinals = [number for number, entry in enumerate(self._entries, 1) if entry.name in names and entry.size]
        sizes = [self._entries[ordinal - 1].size for ordinal in ordinals]
        if result is None or sum(sizes) != len(result):
            return {}
        bodies: dict[int, bytes] = {}
        at = 0
        for ordinal, size in zip(ordinals, sizes, strict=True):
            bodies[ordinal], at = result[at : at + size], at + size
        return bodies


def _whole(entry: Entry, body: bytes | None) -> Iterator[Step]:
    if body is None:
        yield _PASSWORD if entry.encrypted else _BROKEN
        return
    yield Data(body)
    if entry.checksum and f"{zlib.crc32(body):08X}" != entry.checksum:
        yield Fail("A-CRC", "its checksum is another one", "Look for a whole copy of it.")


def opened(descriptor: int, length: int, passwords: Sequence[str]) -> Sevenzip | None:
    """The container by the first password that opens it; None where none does, it is not encrypted, or is too large.

    Raises SetupError where this machine has no sandbox.
    """
    if length > LARGEST or not passwords:
        return None
    data = os.pread(descriptor, length, 0)
    for password in passwords:
        if "\n" in password or "\0" in password:
            continue
        entries = listed(data, password)
        locked = [entry for entry in entries if entry.encrypted and 0 < entry.size <= LARGEST]
        if not locked:
            continue
        container = Sevenzip(data, password, entries)
        smallest = min(locked, key=lambda entry: entry.size)
        if container._bodies({smallest.name}):
            return container
    return None


def listed(data: bytes, password: str) -> list[Entry]:
    """What the tool lists; nothing where it cannot."""
    result = _run([TOOL, "l", "-slt", "-ba", "-sccUTF-8", "/in/container"], data, password)
    if result is None:
        return []
    text = result.decode("utf-8", "replace")
    blocks = re.split(r"\n\s*\n", text[text.find("Path = ") :]) if "Path = " in text else []
    return [_entry(dict(line.partition(" = ")[::2] for line in block.split("\n"))) for block in blocks if block.strip()]


def _entry(untrusted_values: dict[str, str]) -> Entry:
    values = {key.strip(): value.strip("\r") for key, value in untrusted_values.items()}
    size = values.get("Size", "")
    time = _TIME.match(values.get("Modified", ""))
    return Entry(
        values.get("Path", ""), int(size) if size.isdecimal() and len(size) <= 15 else 0,
        values.get("Attributes", "").startswith("D"), values.get("Encrypted") == "+", values.get("CRC", "").strip(),
        f"{time[1]}T{time[2]}" if time else "",
    )  # fmt: skip


def _run(line: list[str], data: bytes, password: str, names: bytes = b"") -> bytes | None:
    """Standard output of a call that ended well, else None."""
    files = {"container": data} | ({"names": names} if names else {})
    try:
        result = run_tool(line, data=f"{password}\n".encode(), files=files, limits=_LIMITS)
    except SandboxError:
        return None
    return result.output if result.code == 0 else None
