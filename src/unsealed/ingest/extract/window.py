"""Reading a descriptor at any place: a window that moves, so that small reads in a row cost one."""

from __future__ import annotations

import os
from collections.abc import Iterator

STEP = 256 << 10  # bytes of one read


class Window:
    """Bytes of a descriptor. Reads past its end give fewer bytes, never an error."""

    def __init__(self, fd: int, size: int = STEP) -> None:
        self._fd = fd
        self._length = os.fstat(fd).st_size
        self._size = size
        self._start = 0
        self._held = b""

    def read(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on."""
        if offset >= self._length:  # where a file says that it goes on may be beyond any number of the system
            return b""
        count = min(count, self._length - offset)
        begin = offset - self._start
        if begin >= 0 and begin + count <= len(self._held):
            return self._held[begin : begin + count]
        self._held = os.pread(self._fd, max(count, self._size), offset)
        self._start = offset
        return self._held[:count]


def chunks(fd: int, start: int, end: int) -> Iterator[bytes]:
    """The bytes [start, end) in steps; ends early where the descriptor does."""
    end = min(end, os.fstat(fd).st_size)
    while start < end:
        chunk = os.pread(fd, min(STEP, end - start), start)
        if not chunk:
            return
        yield chunk
        start += len(chunk)
