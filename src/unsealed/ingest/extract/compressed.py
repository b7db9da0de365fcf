"""Files that were packed alone: gz, bz2, xz, zst. One member; what stands behind the packed bytes is kept beside it."""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Protocol

import zstandard

from unsealed.ingest.extract.names import decoded, flags
from unsealed.ingest.extract.steps import Alive, Ask, Data, End, Fail, Member, Promise, Step
from unsealed.ingest.extract.window import STEP, Window, chunks

MEMORY = 256 << 20  # bytes that unpacking may need: xz and zstd let the packer choose
DAMAGED = Fail("A-DAMAGED", "the packed bytes are damaged; what came before the damage is kept", "Mend a copy of it.")
CUT = Fail("A-TRUNCATED", "the packed bytes end too early; what came before is kept", "Look for a whole copy of it.")


class _Unpacker(Protocol):
    """One stream: `bz2` and `lzma` have this face; gzip gets it below."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    def __init__(self) -> None:
        self._unpack = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._unpack.eof

    @property
    def needs_input(self) -> bool:
        return not self._unpack.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._unpack.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._unpack.decompress(self._unpack.unconsumed_tail + data, max_length)


_STREAMS: dict[str, tuple[bytes, Callable[[], _Unpacker]]] = {
    "gz": (b"\x1f\x8b", _Gzip),
    "bz2": (b"BZh", bz2.BZ2Decompressor),
    "xz": (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MEMORY)),
}
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = frozenset(bytes([0x50 + low, 0x2A, 0x4D, 0x18]) for low in range(16))
_RLE = 1  # a block of one byte, repeated
_ERRORS = (zlib.error, OSError, EOFError, lzma.LZMAError, zstandard.ZstdError, ValueError)


def extract(fd: int, ask: Ask) -> Iterator[Step]:
    """The one member, then what lies behind the packed bytes. See `extract.Extractor`."""
    yield Promise(1)
    rest = [ask.length]
    steps = _zstd(fd, ask, rest) if ask.form == "zst" else _streams(fd, ask, rest)
    if ask.wants(1):
        yield _member(fd, ask)
    try:
        for step in steps:
            yield step if ask.wants(1) else Alive()
    except _ERRORS:
        if ask.wants(1):
            yield DAMAGED
    if rest[0] < ask.length and ask.wants(2):
        yield Member(2, b"", f"bytes {rest[0]}-{ask.length}", "rest", ask.length - rest[0],
                     source=(rest[0], ask.length), flags=("A-REST",))  # fmt: skip
        for chunk in chunks(fd, rest[0], ask.length):
            yield Data(chunk)
    behind = rest[0] < ask.length
    yield End(1, warnings=("A-REST",) if behind else (), rests=int(behind))


def _member(fd: int, ask: Ask) -> Member:
    raw, time = b"", ""
    if ask.form == "gz":
        raw, seconds = _gzip_head(Window(fd).read(0, 64 << 10))
        if seconds:
            time = datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    return Member(1, raw, decoded(raw), time=time, flags=flags(raw), source=(0, ask.length))


def _gzip_head(head: bytes) -> tuple[bytes, int]:
    """Name (Latin-1 by the format, often UTF-8) and time from the header (RFC 1952, 2.3)."""
    if len(head) < 10:
        return b"", 0
    at, seconds = 10, int.from_bytes(head[4:8], "little")
    if head[3] & 4:
        at += 2 + int.from_bytes(head[at : at + 2], "little")
    if not head[3] & 8:
        return b"", seconds
    end = head.find(b"\x00", at)
    return (head[at:end], seconds) if end >= 0 else (b"", seconds)


def _streams(fd: int, ask: Ask, rest: list[int]) -> Iterator[Step]:
    """Streams one behind the other are one member, as the tools that write them have it."""
    magic, make = _STREAMS[ask.form]
    at, first = 0, True
    while at < ask.length:
        if not first and not _goes_on(fd, at, ask.length, magic):
            rest[0] = at if any(any(chunk) for chunk in chunks(fd, at, ask.length)) else ask.length
            return
        unpack = make()
        used = 0
        for chunk in chunks(fd, at, ask.length):
            used += len(chunk)
            yield from _drained(unpack, chunk)
            if unpack.eof:
                break
        if not unpack.eof:
            yield CUT
            return
        at += used - len(unpack.unused_data)
        at, first = _padded(fd, at, ask), False


def _goes_on(fd: int, at: int, length: int, magic: bytes) -> bool:
    return os.pread(fd, min(len(magic), length - at), at) == magic


def _padded(fd: int, at: int, ask: Ask) -> int:
    """Between streams of xz zeros may stand, four by four."""
    while ask.form == "xz" and at < ask.length and os.pread(fd, 4, at) == b"\0\0\0\0":
        at += 4
    return at


def _drained(unpack: _Unpacker, chunk: bytes) -> Iterator[Step]:
    out = unpack.decompress(chunk, STEP)
    while True:
        if out:
            yield Data(out)
        if unpack.eof or (unpack.needs_input and len(out) < STEP):
            return
        out = unpack.decompress(b"", STEP)


def _zstd(fd: int, ask: Ask, rest: list[int]) -> Iterator[Step]:
    end, whole = _zstd_end(Window(fd, 4 << 10), ask.length)
    rest[0] = end if whole and any(any(chunk) for chunk in chunks(fd, end, ask.length)) else ask.length
    unpack = zstandard.ZstdDecompressor(max_window_size=MEMORY)
    source: Any = _Part(fd, end)  # to read is all that is asked of it
    with unpack.stream_reader(source, read_across_frames=True, closefd=False) as reader:
        while chunk := reader.read(STEP):
            yield Data(chunk)
    if not whole:
        yield CUT


class _Part:
    """The first bytes of a descriptor as a file to read."""

    def __init__(self, fd: int, end: int) -> None:
        self._fd, self._at, self._end = fd, 0, end

    def read(self, count: int = -1) -> bytes:
        left = self._end - self._at
        chunk = os.pread(self._fd, left if count < 0 else min(count, left), self._at)
        self._at += len(chunk)
        return chunk


def _zstd_end(window: Window, length: int) -> tuple[int, bool]:
    """Where the frames end, and whether the last one is whole: the reader of the library does not say (RFC 8878)."""
    at = 0
    while at < length:
        head = window.read(at, 18)
        if len(head) >= 8 and head[:4] in _SKIPPABLE:
            at += 8 + int.from_bytes(head[4:8], "little")
        elif head.startswith(_ZSTD):
            try:
                behind = _zstd_frame(window, at, head)
            except zstandard.ZstdError:
                return length, False
            if behind > length or not behind:
                return length, False
            at = behind
        else:
            return at, True
    return min(at, length), at <= length


def _zstd_frame(window: Window, at: int, head: bytes) -> int:
    """The offset behind a frame; 0 where a block header is missing."""
    start = at + zstandard.frame_header_size(head)
    checksum = 4 if zstandard.get_frame_parameters(head).has_checksum else 0
    while True:
        block = window.read(start, 3)
        if len(block) < 3:
            return 0
        value = int.from_bytes(block, "little")
        last, kind, size = value & 1, value >> 1 & 3, value >> 3
        start += 3 + (1 if kind == _RLE else size)
        if last:
            return start + checksum
