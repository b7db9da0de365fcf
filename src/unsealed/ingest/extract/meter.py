"""Counts what comes out of a container, while it comes: the limits of other.md section 4."""

from __future__ import annotations

import os
import time
from pathlib import Path

from unsealed.ingest.extract.limits import ArchiveLimits

DISK_EVERY = 64 << 20  # bytes between two looks at the free disk
_KEEP = "Keep it apart. If it is wanted, raise ingest.{} in unsealed.toml and run `unsealed ingest --retry`."


class LimitError(Exception):
    """A limit was reached. `whole`: by the container, not by one member alone."""

    def __init__(self, code: str, message: str, remedy: str, *, whole: bool) -> None:
        super().__init__(code)
        self.code, self.message, self.remedy, self.whole = code, message, remedy, whole


class Sums:
    """Members and bytes that came out of something so far."""

    def __init__(self, members: int = 0, out: int = 0) -> None:
        self.members, self.out = members, out


class Meter:
    """For one container in one run. `own`, `top`: what came out of it, and of the file it came in, so far.

    `length`, `top_length`: their bytes. `folder`: where the bytes go, to see how much room is left.
    """

    def __init__(
        self, limits: ArchiveLimits, folder: Path, length: int, top_length: int, own: Sums, top: Sums
    ) -> None:  # fmt: skip
        self._limits = limits
        self._folder = folder
        self._length, self._top_length = length, top_length
        self._own, self._top = own, top
        self._began = self._member_began = time.monotonic()
        self._packed = 0
        self._member = 0
        self._looked = DISK_EVERY

    @property
    def out(self) -> int:
        """Bytes of the member that began last."""
        return self._member

    def begin(self, packed: int) -> None:
        """A member begins; `packed`: its bytes in the container, 0 where that is not known. Raises LimitError."""
        self._packed, self._member = packed or self._length, 0
        self._member_began = time.monotonic()
        self._own.members += 1
        self._top.members += 1
        limits = self._limits
        if self._own.members > limits.members:
            raise self._stop("A-MEMBERS", f"more than {limits.members} members", "archive_members")
        if self._top.members > limits.top_members:
            raise self._stop("A-MEMBERS", f"more than {limits.top_members} members in one source file", "top_members")
        self.tick()

    def take(self, count: int) -> None:
        """More bytes of the member came. Raises LimitError."""
        self._member += count
        self._own.out += count
        self._top.out += count
        limits = self._limits
        if self._top.out > limits.top_bytes:
            raise self._stop("A-TOTAL", f"more than {limits.top_bytes} bytes out of one source file", "top_bytes")
        for out, packed, whole in (
            (self._member, self._packed, False), (self._own.out, self._length, True),
            (self._top.out, self._top_length, True),
        ):  # fmt: skip
            if out > max(limits.ratio_after, limits.ratio * packed):
                message = f"it grows more than {limits.ratio} times when it is unpacked"
                raise LimitError("A-RATIO", message, _KEEP.format("archive_ratio"), whole=whole)
        self._look_at_disk(count)
        self.tick()

    def tick(self) -> None:
        """Time passed. Raises LimitError."""
        now = time.monotonic()
        limits = self._limits
        if now - self._began > limits.archive_seconds:
            raise self._stop("A-TIME", f"it takes longer than {limits.archive_seconds:.0f} seconds", "archive_seconds")
        if now - self._member_began > limits.member_seconds:
            message = f"it takes longer than {limits.member_seconds:.0f} seconds"
            raise LimitError("A-TIME", message, _KEEP.format("member_seconds"), whole=False)

    def _look_at_disk(self, count: int) -> None:
        self._looked += count
        if self._looked < DISK_EVERY:
            return
        self._looked = 0
        room = os.statvfs(self._folder)
        if room.f_bavail * room.f_frsize < self._limits.reserve:
            raise self._stop("A-DISK", "the disk has less room left than the reserve", "disk_reserve")

    def _stop(self, code: str, message: str, setting: str) -> LimitError:
        return LimitError(code, message, _KEEP.format(setting), whole=True)
