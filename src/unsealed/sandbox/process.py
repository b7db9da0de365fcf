"""The parent's half: one long-lived process that is spoken to in frames, killed when it misbehaves.

The next layer of defence (namespaces, seccomp) goes around the command here, and readers need not know.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from enum import Enum

import msgspec

from unsealed.sandbox.frames import FrameError, read_frame, write_frame

_PIPE_BYTES = 1 << 20  # bytes a pipe holds: fewer changes between processes


class Limits(msgspec.Struct, frozen=True):
    """What a worker may use. Sizes in bytes."""

    request: int = 512 << 20  # bytes of one message to the worker
    answer: int = 256 << 20  # bytes of one message from it
    memory: int = 2 << 30  # bytes of its address space
    seconds: float = 60.0  # seconds for one step; the worker's own alarm rings a little later


class Failure(Enum):
    """How a worker failed its caller."""

    DIED = "died"  # it crashed, was killed, or ended by itself
    SLOW = "slow"  # it gave no answer in time and was killed
    LARGE = "large"  # its answer (or the request) is above the limit; it was killed
    WRONG = "wrong"  # its answer has not the agreed form; it was killed


class SandboxError(Exception):
    """A worker failed. Caught by the caller's quarantine loop; never reaches a user."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


_KINDS = {"end": Failure.DIED, "time": Failure.SLOW, "size": Failure.LARGE}


class Worker:
    """One process. Started at the first `send`, started anew after a failure. Used by one thread at a time.

    Contract: `send`, then `receive` once for every message that the protocol promises. After a SandboxError the
    process is dead and reaped, and the next `send` starts a new one.
    """

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        self._command = list(command)
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    @property
    def pid(self) -> int:
        """The process id, 0 while none runs."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process now, so that its imports run while the caller does other work.

        Raises SandboxError after `stop`.
        """
        if self._stopped:
            raise SandboxError(Failure.DIED)
        if self._process is None:
            # Nothing of a document may reach our terminal or logs: what a worker prints is thrown away.
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_environment(self._limits), bufsize=0,
            )  # fmt: skip
            for end in self._ends():
                os.set_blocking(end, False)
                with contextlib.suppress(OSError):
                    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def send(self, payload: bytes) -> None:
        """Hand one message over. Raises SandboxError."""
        self.start()
        with self._failing():
            write_frame(self._ends()[0], payload, self._limits.request, time.monotonic() + self._limits.seconds)

    def receive(self) -> bytearray:
        """The next message; waits at most `limits.seconds`. Raises SandboxError."""
        with self._failing():
            return read_frame(self._ends()[1], self._limits.answer, time.monotonic() + self._limits.seconds)

    def reject(self) -> SandboxError:
        """The caller found an answer malformed: kill the process; gives the error to raise."""
        self.kill()
        return SandboxError(Failure.WRONG)

    def stop(self) -> None:
        """End the process from another thread than the one that uses it, for good: it is not started again.

        Whoever waits for an answer gets a SandboxError, and calls `kill` to reap the process.
        """
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def kill(self) -> None:
        """End the process at once, and wait for it."""
        if self._process is not None:
            self._process.kill()
            self._reap()

    def close(self) -> None:
        """End of work: the process sees the end of its input and leaves; one that does not is killed."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def _reap(self) -> None:
        assert self._process is not None
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
        self._process = None

    def _ends(self) -> tuple[int, int]:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin.fileno(), self._process.stdout.fileno()

    @contextlib.contextmanager
    def _failing(self):  # type: ignore[no-untyped-def]
        try:
            yield
        except FrameError as error:
            self.kill()
            raise SandboxError(_KINDS[error.kind]) from error
        except OSError as error:
            self.kill()
            raise SandboxError(Failure.DIED) from error


def _environment(limits: Limits) -> dict[str, str]:
    """The little that a worker sees of our environment, and its limits."""
    keep = {
        name: os.environ[name]
        for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
        if name in os.environ
    }
    own = {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "UNSEALED_WORKER": msgspec.json.encode(limits).decode()}
    return keep | own


def python_module(module: str) -> list[str]:
    """The command that runs one of our modules as a worker."""
    return [sys.executable, "-X", "utf8", "-m", module]


def ended_by_alarm(code: int) -> bool:
    """Whether a return code says that the worker's own alarm ended it."""
    return code == -signal.SIGALRM
