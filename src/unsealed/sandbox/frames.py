"""Messages over a pipe: four bytes of length (unsigned, big-endian), then that many bytes.

The reader checks the length against its limit before it makes room, so a liar gets no memory. Both ends of a pipe
are non-blocking in the parent, blocking in the child; `deadline` is a `time.monotonic` value or None for no end.
"""

from __future__ import annotations

import os
import select
import struct
import time

_LENGTH = struct.Struct(">I")
_WRITE_STEP = 1 << 20  # bytes offered to the pipe at once


class FrameError(Exception):
    """The pipe ended, was too slow or too large. `kind` is `end`, `time` or `size`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def write_frame(descriptor: int, payload: bytes, limit: int, deadline: float | None = None) -> None:
    """Write one message. Raises FrameError: `size` before anything is written, `end`, `time`."""
    if len(payload) > limit:
        raise FrameError("size")
    _write_all(descriptor, memoryview(_LENGTH.pack(len(payload))), deadline)
    _write_all(descriptor, memoryview(payload), deadline)


def read_frame(descriptor: int, limit: int, deadline: float | None = None) -> bytearray:
    """Read one message of at most `limit` bytes. Raises FrameError: `size` before room is made, `end`, `time`."""
    (length,) = _LENGTH.unpack(_read_exactly(descriptor, _LENGTH.size, deadline))
    if length > limit:
        raise FrameError("size")
    return _read_exactly(descriptor, length, deadline)


def _read_exactly(descriptor: int, length: int, deadline: float | None) -> bytearray:
    data = bytearray(length)
    view = memoryview(data)
    have = 0
    while have < length:
        _wait(descriptor, select.POLLIN, deadline)
        try:
            count = os.readv(descriptor, [view[have:]])
        except BlockingIOError:
            continue
        if count == 0:
            raise FrameError("end")
        have += count
    return data


def _write_all(descriptor: int, view: memoryview, deadline: float | None) -> None:
    done = 0
    while done < len(view):
        _wait(descriptor, select.POLLOUT, deadline)
        try:
            done += os.write(descriptor, view[done : done + _WRITE_STEP])
        except BlockingIOError:
            continue
        except BrokenPipeError as error:
            raise FrameError("end") from error


def _wait(descriptor: int, event: int, deadline: float | None) -> None:
    if deadline is None:
        return
    poll = select.poll()
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise FrameError("time")
