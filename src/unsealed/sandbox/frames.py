"""Messages over a pipe: one byte of kind, four bytes of length (unsigned, big-endian), then that many bytes.

The reader checks the length against its limit before it makes room, so a liar gets no memory. Both ends of a pipe
are non-blocking in the parent, blocking in the child; `deadline` is a `time.monotonic` value or None for no end.
"""

from __future__ import annotations

import os
import select
import struct
import time
from typing import NamedTuple

# Kinds of frames to a worker: how the message is to be answered.
FRESH = 0  # in a process of its own, which ends with the answer
KEEP = 1  # in a process of its own, which stays for more
MORE = 2  # in the process that was kept
PROVE = 3  # nothing is read: show that the walls stand
LOAD = 4  # no answer: make ready what the next messages will need
# Kinds of frames from a worker.
ANSWER = 0  # one answer
END = 1  # there are no more answers to the message
FAILED = 2  # the process that was answering is gone; the body says how

_HEAD = struct.Struct(">BI")
_WRITE_STEP = 1 << 20  # bytes offered to the pipe at once
PIPE_BYTES = 1 << 20  # bytes that a pipe holds: fewer changes between processes


class FrameError(Exception):
    """The pipe ended, was too slow or too large. `kind` is `end`, `time` or `size`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Head(NamedTuple):
    """What a frame announces: its kind, and the length of its body in bytes."""

    kind: int
    length: int


def write_frame(
    descriptor: int, payload: bytes | bytearray, limit: int, deadline: float | None = None, kind: int = ANSWER
) -> None:
    """Write one message. Raises FrameError: `size` before anything is written, `end`, `time`."""
    if len(payload) > limit:
        raise FrameError("size")
    write_head(descriptor, Head(kind, len(payload)), deadline)
    _write_all(descriptor, memoryview(payload), deadline)


def write_head(descriptor: int, head: Head, deadline: float | None = None) -> None:
    """Announce a body that somebody else sends. Raises FrameError: `end`, `time`."""
    _write_all(descriptor, memoryview(_HEAD.pack(*head)), deadline)


def read_frame(descriptor: int, limit: int, deadline: float | None = None) -> tuple[int, bytearray]:
    """Kind and body of one message of at most `limit` bytes.

    Raises FrameError: `size` before room is made, `end`, `time`.
    """
    kind, length = read_head(descriptor, limit, deadline)
    return kind, read_exactly(descriptor, length, deadline)


def read_head(descriptor: int, limit: int, deadline: float | None = None) -> Head:
    """The head of a message whose body is at most `limit` bytes. Raises FrameError: `size`, `end`, `time`."""
    head = Head(*_HEAD.unpack(read_exactly(descriptor, _HEAD.size, deadline)))
    if head.length > limit:
        raise FrameError("size")
    return head


def read_exactly(descriptor: int, length: int, deadline: float | None = None) -> bytearray:
    """Exactly `length` bytes. Raises FrameError: `end`, `time`."""
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


def pass_on(source: int, target: int, length: int) -> None:
    """Move exactly `length` bytes from one pipe to another, without looking at them. Raises FrameError: `end`."""
    while length:
        moved = os.splice(source, target, length)
        if moved == 0:
            raise FrameError("end")
        length -= moved


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
