"""Zip: members in the order of the central directory, compared with the local headers (other.md section 4)."""

from __future__ import annotations

import os
import stat
import zlib
from array import array
from collections.abc import Iterator
from typing import NamedTuple

from unsealed.ingest.extract import archive_library
from unsealed.ingest.extract.names import decoded, flags
from unsealed.ingest.extract.steps import NAME, Alive, Ask, Data, End, Fail, Kind, Member, Promise, Step
from unsealed.ingest.extract.window import STEP, Window, chunks
from unsealed.ingest.extract.zip_directory import (
    DESCRIPTOR,
    ENCRYPTED,
    LOCAL,
    UTF8,
    Directory,
    Entry,
    central_entry,
    central_rest,
    find_directory,
    local_entry,
)

STORED, DEFLATED = 0, 8
DAMAGED = Fail("A-DAMAGED", "the packed bytes are damaged; what came before the damage is kept", "Mend a copy of it.")
CHECK = Fail("A-CRC", "the bytes do not have the checksum that the container states", "Compare with another copy.")
CUT = Fail("A-TRUNCATED", "the container ends inside this member", "Look for a whole copy of the container.")
SIZE = Fail("A-SIZE", "it has another length than the container states", "Compare with another copy.")
NO_HEADER = Fail("A-ZIP-DIFF", "the directory lists it, but it does not stand there", "Look for a whole copy.")
PASSWORD = Fail(
    "A-PASSWORD", "it is encrypted and needs a password", "Run `unsealed ingest --retry --password-file FILE`."
)
METHOD = Fail("A-METHOD", "it is packed by a method that is not known here", "Unpack it elsewhere, in a safe place.")
END_SIZE = 22  # bytes of the end record without its comment
_WIDE_RECORD, _WIDE_SIZE, _LOCATOR_SIZE = b"PK\x06\x06\x2c\0\0\0\0\0\0\0", 56, 20
ALIVE_EVERY = 20_000  # members between two signs of life


class _Plan(NamedTuple):
    """Where each member begins and ends in the file, and what lies between them."""

    ends: array[int]  # per member, 0: no local header
    gaps: list[tuple[int, int]]
    overlap: bool
    differ: int
    found: int  # local headers: of members, and in gaps


def extract(fd: int, ask: Ask) -> Iterator[Step]:
    """The members of a zip, then what belongs to none of them. See `extract.Extractor`."""
    window = Window(fd)
    directory = find_directory(Window(fd, 64 << 10), ask.length)
    if directory is None:
        yield from _without_directory(fd, ask)
        return
    plan = _plan(fd, directory)
    if plan.overlap:
        yield End(
            code="A-OVERLAP", message="members share their bytes: the form of a bomb",
            remedy="Keep it apart. If it is wanted, unpack it elsewhere, in a safe place.",
        )  # fmt: skip
        return
    yield Promise(max(directory.promised, len(directory.places)))
    locals_ = Window(fd, 4 << 10)
    ordinal = 0
    for ordinal, place in enumerate(directory.places, 1):
        if ask.wants(ordinal):
            entry = central_entry(window, place, directory.shift)
            yield from _member(fd, ask, ordinal, entry, local_entry(locals_, entry.offset))
        elif ordinal % ALIVE_EVERY == 0:
            yield Alive()
    yield from _rests(fd, ask, ordinal, plan.gaps)
    listed = len(directory.places)
    # The small end record counts in 16 bits: 65,536 members are written as 0 by some.
    missing = max(0, directory.promised - (listed if directory.promised > 0xFFFF else listed & 0xFFFF))
    warnings = (*["A-ZIP-DIFF"] * bool(plan.differ or missing), *["A-REST"] * bool(plan.gaps))
    yield End(listed + missing, plan.found, tuple(warnings), rests=len(plan.gaps))


def _plan(fd: int, directory: Directory) -> _Plan:
    """One walk over both kinds of headers, before anything is unpacked. Memory: a few numbers a member."""
    window, locals_ = Window(fd), Window(fd, 4 << 10)
    starts, ends = array("Q"), array("Q")
    differ = found = 0
    gaps: list[tuple[int, int]] = []
    listed = directory.begin
    for place in directory.places:
        comment, listed = central_rest(window, place)
        if comment < listed:
            gaps.append((comment, listed))
        entry = central_entry(window, place, directory.shift)
        local = local_entry(locals_, entry.offset)
        starts.append(entry.offset)
        ends.append(local.data + entry.packed if local else 0)
        found += local is not None
        differ += local is None or _differs(entry, local)
    overlap = False
    at = 0
    for index in sorted(range(len(starts)), key=starts.__getitem__):
        if not ends[index]:
            continue
        overlap = overlap or starts[index] < at
        if starts[index] > at:
            gaps.append((at, starts[index]))
        at = max(at, ends[index])
    overlap = overlap or at > directory.begin
    gaps.append((at, directory.begin))
    gaps.append((listed, directory.end - END_SIZE))
    gaps.append((directory.end, 1 << 62))  # the comment of the whole is the first of it
    length = os.fstat(fd).st_size
    gaps = [gap for gap in (_trimmed(fd, start, min(end, length)) for start, end in gaps) if gap[0] < gap[1]]
    hidden = sum(window.read(start, 4) == LOCAL for start, _ in gaps)
    return _Plan(ends, gaps, overlap, differ + hidden, found + hidden)


def _differs(entry: Entry, local: Entry) -> bool:
    if entry.raw != local.raw or entry.method != local.method:
        return True
    sized = not local.flags & DESCRIPTOR
    return sized and (entry.packed, entry.size, entry.crc) != (local.packed, local.size, local.crc)


def _trimmed(fd: int, start: int, end: int) -> tuple[int, int]:
    """A gap without the descriptor that may begin it, without the records of a large directory, without zeros."""
    window = Window(fd, 4 << 10)
    head = window.read(start, min(24, max(0, end - start)))
    if head.startswith(b"PK\x07\x08"):
        wide = end - start >= 24 and (end - start == 24 or window.read(start + 24, 2) == b"PK")
        start += 24 if wide else 16
    elif start and len(head) in (12, 20) and not head.startswith(b"PK"):
        start = end  # a descriptor without its mark
    elif head.startswith(_WIDE_RECORD) and window.read(start + _WIDE_SIZE, 4) == b"PK\x06\x07":
        start += _WIDE_SIZE + _LOCATOR_SIZE  # the records of a large directory, as long as every writer makes them
    if not any(any(chunk) for chunk in chunks(fd, start, end)):
        start = end
    return start, end


def _rests(fd: int, ask: Ask, ordinal: int, gaps: list[tuple[int, int]]) -> Iterator[Step]:
    for start, end in gaps:
        ordinal += 1
        if not ask.wants(ordinal):
            continue
        name = f"bytes {start}-{end}"
        hidden = ("A-ZIP-DIFF",) if Window(fd, 4).read(start, 4) == LOCAL else ()
        yield Member(ordinal, b"", name, "rest", end - start, source=(start, end), flags=("A-REST", *hidden))
        for chunk in chunks(fd, start, end):
            yield Data(chunk)


def _described(
    ordinal: int, entry: Entry, kind: Kind, data: int, target: bytes = b"", more: tuple[str, ...] = ()
) -> Member:
    source = (data, data + entry.packed) if data else None
    name = decoded(entry.raw, utf8=bool(entry.flags & UTF8))
    warned = (*flags(entry.raw, target), *more)
    return Member(
        ordinal, entry.raw[:NAME], name, kind, entry.size, entry.time, entry.mode, target[:NAME], warned, source
    )


def _kind(entry: Entry) -> Kind:
    if stat.S_ISLNK(entry.mode) and entry.size <= NAME:
        return "symlink"
    if entry.raw.endswith(b"/") and not entry.size:
        return "folder"
    special: tuple[tuple[int, Kind], ...] = (
        (stat.S_IFIFO, "fifo"), (stat.S_IFCHR, "device"), (stat.S_IFBLK, "device"), (stat.S_IFSOCK, "socket"),
    )  # fmt: skip
    return next((kind for mode, kind in special if stat.S_IFMT(entry.mode) == mode and not entry.size), "file")


def _member(fd: int, ask: Ask, ordinal: int, entry: Entry, local: Entry | None) -> Iterator[Step]:
    if local is None:
        yield _described(ordinal, entry, _kind(entry), 0, more=("A-ZIP-DIFF",))
        yield NO_HEADER
        return
    differ = ("A-ZIP-DIFF",) if _differs(entry, local) else ()
    kind = _kind(entry)
    if kind == "symlink" and not entry.flags & ENCRYPTED:
        target = b"".join(step.chunk for step in _content(fd, ask, entry, local.data) if isinstance(step, Data))
        yield _described(ordinal, entry, kind, local.data, target, differ)
        return
    yield _described(ordinal, entry, kind if kind != "symlink" else "file", local.data, more=differ)
    if kind in ("file", "symlink"):
        yield from _content(fd, ask, entry, local.data)


def _content(fd: int, ask: Ask, entry: Entry, data: int) -> Iterator[Step]:
    """The unpacked bytes of a member, and `Fail` where they are not what was promised."""
    if entry.flags & ENCRYPTED or entry.method not in (STORED, DEFLATED):
        yield from _by_library(fd, ask, entry, data)
        return
    crc = size = 0
    try:
        for chunk in _unpacked(fd, entry, data):
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            yield Data(chunk)
    except zlib.error:
        yield CUT if data + entry.packed > ask.length else DAMAGED
        return
    if data + entry.packed > ask.length:
        yield CUT
    elif size != entry.size:
        yield SIZE
    elif crc != entry.crc:
        yield CHECK


def _unpacked(fd: int, entry: Entry, data: int) -> Iterator[bytes]:
    packed = chunks(fd, data, data + entry.packed)
    if entry.method == STORED:
        yield from packed
        return
    unpack = zlib.decompressobj(-15)
    for chunk in packed:
        while chunk and not unpack.eof:
            out = unpack.decompress(chunk, STEP)
            if out:
                yield out
            chunk = unpack.unconsumed_tail
        if unpack.eof:
            return
    while rest := unpack.decompress(unpack.unconsumed_tail, STEP):
        yield rest
    if not unpack.eof:
        raise zlib.error("the end is missing")


def _by_library(fd: int, ask: Ask, entry: Entry, data: int) -> Iterator[Step]:
    """Encrypted members and rare methods: the library reads this member alone, from its local header on."""
    span = (entry.offset, data + entry.packed + 24)
    if not entry.flags & ENCRYPTED:
        yield from archive_library.one_member(fd, span, b"") or (METHOD,)
        return
    for password in ask.passwords:
        # Twice: the check of an old cipher passes one wrong password in 256, its bytes must not be let out.
        if archive_library.opens(fd, span, password.encode()):
            yield from archive_library.one_member(fd, span, password.encode())
            return
    yield PASSWORD


def _without_directory(fd: int, ask: Ask) -> Iterator[Step]:
    """A zip that was cut off: the local headers one after the other, as far as they go."""
    window = Window(fd, 64 << 10)
    at = ordinal = 0
    while (entry := local_entry(window, at)) is not None:
        ordinal += 1
        unsized = bool(entry.flags & DESCRIPTOR) and not entry.packed
        if unsized:
            packed = _measured(fd, entry.data, ask.length) if entry.method == DEFLATED else 0
            entry = entry._replace(packed=packed, size=-1)
        if ask.wants(ordinal):
            yield _described(ordinal, entry, "folder" if entry.raw.endswith(b"/") else "file", entry.data)
            yield from _salvaged(fd, ask, entry)
        at = _behind(window, entry)
    start = min(at, ask.length)
    rest = _trimmed(fd, start, ask.length)
    rests = 0
    if ordinal and rest[0] < rest[1] and not window.read(rest[0], 4).startswith(b"PK\x01\x02"):
        rests = 1
        yield from _rests(fd, ask, ordinal, [rest])
    yield End(
        -1, -1, ("A-NO-DIRECTORY",), "A-NO-DIRECTORY", "its directory is missing: it is cut off or damaged",
        "What still stands in it was taken out. Look for a whole copy.", rests,
    )  # fmt: skip


def _salvaged(fd: int, ask: Ask, entry: Entry) -> Iterator[Step]:
    if entry.size >= 0:
        yield from _content(fd, ask, entry, entry.data)
        return
    if entry.flags & ENCRYPTED:
        yield PASSWORD
        return
    try:
        for chunk in _unpacked(fd, entry, entry.data):
            yield Data(chunk)
    except zlib.error:
        yield DAMAGED


def _measured(fd: int, start: int, end: int) -> int:
    """Packed bytes of a deflated member whose header does not say: unpacked once, nothing is kept."""
    unpack = zlib.decompressobj(-15)
    used = 0
    try:
        for chunk in chunks(fd, start, end):
            used += len(chunk)
            while chunk and not unpack.eof:
                unpack.decompress(chunk, STEP)
                chunk = unpack.unconsumed_tail
            if unpack.eof:
                return used - len(unpack.unused_data)
    except zlib.error:
        pass
    return used


def _behind(window: Window, entry: Entry) -> int:
    at = entry.data + entry.packed
    if entry.flags & DESCRIPTOR:
        mark = window.read(at, 4) == b"PK\x07\x08"
        for count in (16, 24) if mark else (12, 20):
            if window.read(at + count, 2) == b"PK":
                return at + count
    return at
