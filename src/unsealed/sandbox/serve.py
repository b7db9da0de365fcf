"""The child's half: read a message, answer it, until the input ends.

The process bounds itself too: address space, no core files, an alarm for each step. So a worker whose parent was
killed in the middle of a hostile document ends by itself.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator

import msgspec

from unsealed.sandbox.frames import FrameError, read_frame, write_frame
from unsealed.sandbox.process import Limits

GRACE = 5  # seconds by which the worker's own alarm rings after the parent's limit


def serve(handle: Callable[[bytearray, Limits], Iterator[bytes]]) -> None:
    """Answer every message by the messages that `handle` yields. Returns when the parent closes the pipe.

    The alarm is set anew for each message that `handle` yields.
    """
    limits = msgspec.json.decode(os.environ["UNSEALED_WORKER"], type=Limits)
    source, target = _take_pipes()
    _bound_self(limits)
    while True:
        try:
            request = read_frame(source, limits.request)
        except FrameError:
            return
        _answer(handle(request, limits), target, limits)
        signal.alarm(0)


def _answer(answers: Iterator[bytes], target: int, limits: Limits) -> None:
    seconds = math.ceil(limits.seconds) + GRACE
    signal.alarm(seconds)
    for answer in answers:
        try:
            write_frame(target, answer, limits.answer)
        except FrameError:
            sys.exit(1)  # the parent is gone, or the answer is larger than agreed: it will see the end
        signal.alarm(seconds)


def _take_pipes() -> tuple[int, int]:
    """Keep the two pipes for us alone: a library that prints or reads must not disturb the frames."""
    source, target = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return source, target


def _bound_self(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
