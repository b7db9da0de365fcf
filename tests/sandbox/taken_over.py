"""A worker whose reader somebody took over: `python -m tests.sandbox.taken_over`."""
# ruff: noqa: PTH102

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator

from unsealed.sandbox import Limits, inherited, serve

GET_FLAGS, SET_FLAGS, NO_TIMES = 0x80086601, 0x40086602, 0x80  # what `chattr +A` does


def handle(request: bytearray, limits: Limits) -> Iterator[bytes]:
    """Answer by the word that is the request."""
    match bytes(request):
        case b"deep":
            for _ in range(1_500):
                os.mkdir("d" * 20)
                os.chdir("d" * 20)
            yield b"done"
        case b"shut":
            for name in ("a", "a/b", "c"):
                os.mkdir(name)
            os.mkdir("a/b/shut", 0)
            os.mkdir("shut", 0)
            os.symlink("/tmp", "a/link")
            yield b"done"
        case b"many":
            for number in range(2_000):
                os.mkdir(str(number))
            yield b"done"
        case b"list":
            yield ",".join(os.listdir("/tmp")).encode()
        case b"spoil":
            yield ",".join(name for name, attempt in _ATTEMPTS.items() if _succeeds(attempt)).encode()


def _succeeds(attempt: Callable[[int], object]) -> bool:
    try:
        attempt(inherited()[0])
    except OSError:
        return False
    return True


def _set_flags(descriptor: int) -> None:
    flags = bytearray(8)
    fcntl.ioctl(descriptor, GET_FLAGS, flags)
    fcntl.ioctl(descriptor, SET_FLAGS, (int.from_bytes(flags, "little") | NO_TIMES).to_bytes(8, "little"))


_ATTEMPTS: dict[str, Callable[[int], object]] = {
    "mode": lambda descriptor: os.fchmod(descriptor, 0o600),
    "owner": lambda descriptor: os.fchown(descriptor, -1, -1),
    "times": lambda descriptor: os.utime(descriptor, (2, 2)),
    "attribute": lambda descriptor: os.setxattr(descriptor, "user.unsealed", b"1"),
    "lock": lambda descriptor: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB),
    "flags": _set_flags,
    "write": lambda descriptor: os.pwrite(descriptor, b"x", 0),
    "empty": lambda descriptor: os.ftruncate(descriptor, 0),
    "reopen": lambda descriptor: os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR),
    "priority": lambda _: os.sched_setscheduler(os.getppid(), os.SCHED_IDLE, os.sched_param(0)),
}


if __name__ == "__main__":
    serve(handle)
