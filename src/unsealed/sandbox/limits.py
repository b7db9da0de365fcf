"""What both halves of a sandbox know: the limits, the ways to fail, and the orders that a worker starts with."""

from __future__ import annotations

from enum import Enum

import msgspec

ONE_THREAD = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS")  # variables that libraries heed


class Limits(msgspec.Struct, frozen=True):
    """What a worker may use. Sizes in bytes."""

    request: int = 512 << 20  # bytes of one message to the worker
    answer: int = 256 << 20  # bytes of one message from it
    memory: int = 2 << 30  # bytes of address space, of each process
    seconds: float = 60.0  # seconds for one step; the worker's own alarm rings a little later
    file_bytes: int = 64 << 20  # bytes of one file in its scratch
    scratch: int = 64 << 20  # bytes of all files in its scratch
    open_files: int = 64  # open files of one process
    processes: int = 32  # processes and threads of the sandbox
    threads: bool = False  # a process that reads may start threads (root: the kernel does not count them)


class Failure(Enum):
    """How a worker or tool failed its caller."""

    DIED = "died"  # it crashed, was killed, or ended by itself
    SLOW = "slow"  # it gave no answer in time and was killed
    LARGE = "large"  # its answer (or the request) is above the limit; it was killed
    WRONG = "wrong"  # its answer has not the agreed form; it was killed
    MISSING = "missing"  # the tool is not installed


class SandboxError(Exception):
    """A worker failed. Caught by the caller's quarantine loop; never reaches a user."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class Orders(msgspec.Struct, frozen=True):
    """What a worker is told in its environment when it starts."""

    limits: Limits = Limits()
    jailed: bool = False
    readable: tuple[str, ...] = ()  # paths that Landlock leaves
    scratch: str = "/tmp"  # noqa: S108  (inside the sandbox: a file system of its own)
    descriptors: tuple[int, ...] = ()  # open files handed over
