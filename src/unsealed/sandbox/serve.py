"""The child's half: a small process that reads no document itself, but forks one that does for each message.

The forked process takes the message from the pipe, closes every way back but one pipe of its own, shuts itself in
(no new process, no signal, processor time), and only then looks at a byte that came from outside. What it answers is
moved on unread. So what breaks into it finds no other message, cannot speak for another one, and dies with its own.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import math
import os
import resource
import signal
from collections.abc import Callable, Iterator
from typing import NamedTuple, NoReturn

import msgspec

from unsealed.sandbox import landlock, seccomp
from unsealed.sandbox.frames import (
    ANSWER,
    END,
    FAILED,
    FRESH,
    KEEP,
    LOAD,
    MORE,
    PIPE_BYTES,
    PROVE,
    FrameError,
    Head,
    pass_on,
    read_exactly,
    read_frame,
    read_head,
    write_frame,
    write_head,
)
from unsealed.sandbox.limits import Failure, Limits, Orders
from unsealed.sandbox.probe import breaches

# M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD of <malloc.h>, in bytes
_KEPT = {-1: 64 << 20, -2: 4 << 20, -3: 32 << 20}
GRACE = 5  # seconds by which a process's own alarm rings after the parent's limit

Handle = Callable[[bytearray, Limits], Iterator[bytes]]
Load = Callable[[bytearray], None]


class _Child(NamedTuple):
    pid: int
    questions: int  # pipe to it, for a process that is kept
    answers: int  # pipe from it


def inherited() -> tuple[int, ...]:
    """The open files that the caller handed to this worker (`Worker(pass_fds=…)`), by their descriptors."""
    return _orders().descriptors


def serve(handle: Handle, load: Load | None = None) -> None:
    """Answer every message by the messages that `handle` yields. Returns when the parent closes the pipe.

    `load` imports what the parent says will be needed (`Worker.load`), here, once, instead of in each forked process.
    It sees the parent's words only, never an outsider's.
    """
    orders = _orders()
    source, target = _take_pipes()
    _bound_self(orders)
    _keep_freed()
    kept: _Child | None = None
    while True:
        try:
            head = read_head(source, orders.limits.request)
        except FrameError:
            return
        if head.kind == LOAD:
            _load(load, read_exactly(source, head.length))
            continue
        if head.kind == MORE and kept is not None:
            child = kept
            write_head(child.questions, head)
            pass_on(source, child.questions, head.length)
        else:
            if kept is not None:
                _leave_nothing(kept, orders)
            child = _fork(handle, orders, head, source, target)
        kept = _relay(child, head.kind, target, orders)


def _load(load: Load | None, what: bytearray) -> None:
    try:
        if load is not None:
            load(what)
    except Exception:  # whoever needs it will meet the same error, in a process whose failure has a name
        return
    gc.collect()
    gc.freeze()  # nothing of it is garbage, and a collection in a forked process would copy its pages


def _orders() -> Orders:
    return msgspec.json.decode(os.environ["UNSEALED_WORKER"], type=Orders)


def _relay(child: _Child, kind: int, target: int, orders: Orders) -> _Child | None:
    """Move the answers of a process to the parent until it says that it has done; gives it back where it is kept."""
    limits = orders.limits
    failure: Failure | None = None
    try:
        while True:
            head = read_head(child.answers, limits.answer)
            if head.kind == END:
                if kind not in (KEEP, MORE):
                    break
                write_head(target, Head(END, 0))
                return child
            write_head(target, Head(ANSWER, head.length))
            try:
                pass_on(child.answers, target, head.length)
            except FrameError:
                os._exit(1)  # an answer was announced and cannot be given: the parent sees our end
    except FrameError as error:
        failure = Failure.LARGE if error.kind == "size" else Failure.DIED
    # Before the last word: where it left what cannot be swept we end here, and that is its failure, nobody else's.
    _leave_nothing(child, orders)
    if failure is None:
        write_head(target, Head(END, 0))
    else:
        write_frame(target, failure.value.encode(), limits.answer, kind=FAILED)
    return None


def _leave_nothing(child: _Child, orders: Orders) -> None:
    """End a process, and what it left in the scratch."""
    _end(child)
    _sweep(orders)


def _end(child: _Child) -> None:
    os.kill(child.pid, signal.SIGKILL)
    os.close(child.questions)
    os.close(child.answers)
    os.waitpid(child.pid, 0)


def _sweep(orders: Orders) -> None:
    """What one process left in the scratch is not there for the next one.

    Folders inside folders are moved to the top first: a path of any depth has a place there, and nothing recurs.
    What was bound there from outside (an environment that lies in /tmp) stays.
    """
    if not orders.jailed:
        return
    inside = [path[len(orders.scratch) + 1 :] for path in orders.readable if path.startswith(f"{orders.scratch}/")]
    bound = {path.split("/")[0] for path in inside}
    while left := [entry for entry in os.scandir(orders.scratch) if entry.name not in bound]:
        for entry in left:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)  # noqa: PTH108  (pathlib is not loaded in a worker)
                continue
            os.chmod(entry.path, 0o700)  # noqa: PTH101
            for inner in list(os.scandir(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, 0o700)  # noqa: PTH101
                    os.rename(inner.path, f"{orders.scratch}/{os.urandom(16).hex()}")  # noqa: PTH104
                else:
                    os.unlink(inner.path)  # noqa: PTH108
            os.rmdir(entry.path)  # noqa: PTH106


def _fork(handle: Handle, orders: Orders, head: Head, source: int, target: int) -> _Child:
    questions, to_child = os.pipe()
    from_child, answers = os.pipe()
    for end in (to_child, answers):
        with contextlib.suppress(OSError):  # it is faster so, not better
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    pid = os.fork()
    if pid:
        os.close(questions)
        os.close(answers)
        return _Child(pid, to_child, from_child)
    try:
        os.close(to_child)
        os.close(from_child)
        os.close(target)
        message = read_exactly(source, head.length)
        os.close(source)
        _shut_in(orders, head.kind)
        if head.kind == MORE:
            raise FrameError("end")  # there was no process to go on with
        _answer_all(
            _prover(orders) if head.kind == PROVE else handle, orders.limits, head.kind, message, questions, answers
        )
    except BaseException:
        os._exit(1)
    os._exit(0)


def _answer_all(
    handle: Handle, limits: Limits, kind: int, message: bytearray, questions: int, answers: int
) -> NoReturn:
    seconds = math.ceil(limits.seconds) + GRACE
    while True:
        signal.alarm(seconds)
        for answer in handle(message, limits):
            write_frame(answers, answer, limits.answer)
            signal.alarm(seconds)
        signal.alarm(0)
        write_head(answers, Head(END, 0))
        if kind in (FRESH, PROVE):
            os._exit(0)
        _, message = read_frame(questions, limits.request)


def _prover(orders: Orders) -> Handle:
    def prove(message: bytearray, limits: Limits) -> Iterator[bytes]:
        hidden = msgspec.json.decode(message, type=list[str])
        yield msgspec.json.encode(breaches(hidden) if orders.jailed else [])

    return prove


def _shut_in(orders: Orders, kind: int) -> None:
    """The last walls, just before hostile bytes are looked at."""
    if kind != KEEP:  # one that is kept cuts a container of any size: the parent's clock bounds each of its steps
        seconds = math.ceil(orders.limits.seconds) + GRACE
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if orders.jailed:
        seccomp.install(seccomp.parsing(threads=orders.limits.threads))


def _keep_freed() -> None:
    """Memory that a message has freed is for the next one: given back to the kernel, each page comes as a fault again.

    What a process may have at all, `_bound_self` says.
    """
    mallopt = getattr(
        ctypes.CDLL(None), "mallopt", None
    )  # glibc has it (mallopt(3)); where it is missing nothing is lost
    if mallopt is not None:
        for what, size in _KEPT.items():
            mallopt(what, size)


def _take_pipes() -> tuple[int, int]:
    """Keep the two pipes for us alone: a library that prints or reads must not disturb the frames."""
    source, target = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    return source, target


def _bound_self(orders: Orders) -> None:
    limits = orders.limits
    bounds = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
    }
    if orders.jailed:
        # Inside, it counts the processes of this sandbox alone; outside, those of everything that the user runs.
        bounds[resource.RLIMIT_NPROC] = limits.processes
    for what, most in bounds.items():
        resource.setrlimit(what, (most, most))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    if orders.jailed:
        landlock.restrict(orders.readable, (orders.scratch, os.devnull))
