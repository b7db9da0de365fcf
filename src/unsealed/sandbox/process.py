"""The parent's half: one long-lived process that is spoken to in frames, killed when it misbehaves."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

import msgspec

from unsealed.errors import SetupError
from unsealed.sandbox import seccomp
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
    read_frame,
    write_frame,
)
from unsealed.sandbox.jail import OUTSIDER, Jail, command, interpreter, is_open_to_all
from unsealed.sandbox.limits import Failure, Limits, Orders, SandboxError

_START_SECONDS = 60.0  # seconds for the start and self-test of one worker; on a machine at rest it needs 0.1
_KINDS = {"end": Failure.DIED, "time": Failure.SLOW, "size": Failure.LARGE}


class Worker:
    """One process. Started at the first `send`, started anew after a failure. Used by one thread at a time.

    `command`: what to run; its process calls `serve`. `jail`: what it sees (`python_jail()`); None runs it without a
    sandbox, which is for tests and for `--unsafe-no-sandbox` only. `pass_fds`: open files for it (`inherited()`).
    `hidden`: paths that the self-test must not find inside.

    Contract: `send`, then `receive` for every answer that the protocol promises, then `finish`. Each message is
    answered by a process of its own that ends with the answer; with `keep=True` it stays, and `more=True` speaks to
    it again. A SandboxError ends the answers of that message; the next `send` starts whatever is needed anew.
    With a jail, a process that fails its self-test raises SetupError. A worker must not outlive the thread that
    started it (the kernel ties the two together).
    """

    def __init__(
        self, command: Sequence[str], limits: Limits, *, jail: Jail | None = None, pass_fds: Sequence[int] = (),
        hidden: Sequence[str] = (), drop: bool = False,
    ) -> None:  # fmt: skip
        self._command = list(command)
        self._limits = limits
        self._jail = jail
        self._pass_fds = tuple(pass_fds)
        self._hidden = list(hidden)
        self._drop = drop
        self._process: subprocess.Popen[bytes] | None = None
        self._proved = False
        self._stopped = False
        self._loaded: set[bytes] = set()

    @property
    def pid(self) -> int:
        """The process id, 0 while none runs."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process now, so that its imports run while the caller does other work.

        Raises SandboxError after `stop`, SetupError where bubblewrap is missing.
        """
        if self._stopped:
            raise SandboxError(Failure.DIED)
        if self._process is None:
            self._proved = False
            self._loaded.clear()
            try:
                self._process = self._open()
            except OSError as error:
                raise broken("bubblewrap cannot be started") from error
            for end in self._ends():
                os.set_blocking(end, False)
                with contextlib.suppress(OSError):
                    fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    def _open(self) -> subprocess.Popen[bytes]:
        # Nothing of a document may reach our terminal or logs: what a worker prints is thrown away.
        if self._jail is None:
            orders = Orders(self._limits, descriptors=self._pass_fds)
            return subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_environment(orders), bufsize=0, pass_fds=self._pass_fds, start_new_session=True,
            )  # fmt: skip
        orders = Orders(self._limits, True, self._jail.visible(), descriptors=self._pass_fds)
        jail = msgspec.structs.replace(
            self._jail, scratch=self._limits.scratch,
            environment=(*self._jail.environment, ("UNSEALED_WORKER", msgspec.json.encode(orders).decode())),
        )  # fmt: skip
        who = outsider(self._drop and is_open_to_all(jail))
        with seccomp.descriptor(seccomp.outer()) as program:
            return subprocess.Popen(
                command(jail, program, self._command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, env={}, bufsize=0, pass_fds=(*self._pass_fds, program), cwd="/",
                user=who, group=who, extra_groups=None if who is None else [], start_new_session=True,
            )  # fmt: skip

    def prove(self) -> None:
        """Let a started worker show that its walls stand. Done by itself before the first message.

        Without a jail there is nothing to show, but its start is not counted as the time of a document either.
        Raises SetupError where a wall does not stand, or where the process does not start.
        """
        self.start()
        if self._proved:
            return
        try:
            self._put(msgspec.json.encode(self._hidden), PROVE)
            untrusted_breaches = msgspec.json.decode(self.receive(_START_SECONDS), type=list[str])
            self.finish()
        except (SandboxError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self.kill()
            raise broken("a sandboxed process does not start, or does not answer") from error
        if untrusted_breaches:
            self.kill()
            raise broken(f"these walls do not stand: {', '.join(untrusted_breaches)[:200]}")
        self._proved = True

    def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None:
        """Hand one message over. Raises SandboxError, SetupError."""
        if self._stopped:
            raise SandboxError(Failure.DIED)
        if not self._proved:
            self.prove()
        self.start()
        self._put(payload, MORE if more else KEEP if keep else FRESH)

    def _put(self, payload: bytes | bytearray, kind: int) -> None:
        with self._failing():
            deadline = time.monotonic() + self._limits.seconds
            write_frame(self._ends()[0], payload, self._limits.request, deadline, kind)

    def load(self, what: bytes) -> None:
        """Tell a worker what later messages will need; each thing once for each process.

        Only where a `send` may stand. One that does not run is started first. Raises SandboxError, SetupError.
        """
        if self._stopped:
            raise SandboxError(Failure.DIED)
        if not self._proved:
            self.prove()
        if what not in self._loaded:
            self._loaded.add(what)
            self._put(what, LOAD)

    def receive(self, seconds: float = 0.0) -> bytearray:
        """The next answer; waits at most `limits.seconds` (or `seconds`). Raises SandboxError."""
        kind, untrusted_body = self._take(seconds)
        if kind != ANSWER:
            raise self._failed(kind, untrusted_body)
        return untrusted_body

    def finish(self) -> None:
        """Wait for the end of the answers. Raises SandboxError: `wrong` where there are more than were asked for."""
        kind, untrusted_body = self._take(0.0)
        if kind != END:
            raise self._failed(kind, untrusted_body)

    def _take(self, seconds: float) -> tuple[int, bytearray]:
        with self._failing():
            deadline = time.monotonic() + (seconds or self._limits.seconds)
            return read_frame(self._ends()[1], self._limits.answer, deadline)

    def _failed(self, kind: int, untrusted_body: bytearray) -> SandboxError:
        """The forked process died (the worker lives on), or something else came than was promised (it is killed)."""
        if kind == FAILED:
            return SandboxError(Failure.LARGE if untrusted_body == Failure.LARGE.value.encode() else Failure.DIED)
        return self.reject()

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
            slay(process)

    def kill(self) -> None:
        """End the process at once, and wait for it."""
        if self._process is not None:
            slay(self._process)
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
            slay(self._process)
        self._reap()

    def _reap(self) -> None:
        assert self._process is not None
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()
        self._process = None
        self._proved = False

    def _ends(self) -> tuple[int, int]:
        if self._process is None:  # killed while its answers were awaited
            raise OSError
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin.fileno(), self._process.stdout.fileno()

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except FrameError as error:
            self.kill()
            raise SandboxError(_KINDS[error.kind]) from error
        except OSError as error:
            self.kill()
            raise SandboxError(Failure.DIED) from error


def slay(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it has begun: bubblewrap killed while it starts would leave its first child waiting."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def broken(why: str) -> SetupError:
    """The error that ends ingest where the sandbox does not work on this machine."""
    return SetupError(f"The sandbox does not work on this machine: {why}.", remedy=REMEDY)


REMEDY = (
    "Install bubblewrap and allow user namespaces (docs/sandbox.md says how). `--unsafe-no-sandbox` reads without it:"
    " only for files that you made yourself; the ledger keeps a note of it."
)


def outsider(drop: bool) -> int | None:
    """The user and group as which a process that root starts runs; None: as who we are."""
    return OUTSIDER if drop else None


def _environment(orders: Orders) -> dict[str, str]:
    """The little that a worker without a sandbox sees of our environment."""
    keep = {
        name: os.environ[name]
        for name in ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "COVERAGE_PROCESS_START")
        if name in os.environ
    }
    own = {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "UNSEALED_WORKER": msgspec.json.encode(orders).decode()}
    return keep | own


def python_module(module: str) -> list[str]:
    """The command that runs one of our modules as a worker without a sandbox."""
    return [sys.executable, "-X", "utf8", "-m", module]


def jailed_module(module: str) -> list[str]:
    """The command that runs one of our modules as a worker in a `python_jail`."""
    # -P: nothing is imported from the folder that it runs in, which is the scratch. -S: what the .pth files of an
    # environment run at every start has no business in a worker.
    return [interpreter(), "-X", "utf8", "-P", "-S", "-B", "-m", module]


__all__ = ["REMEDY", "Worker", "broken", "jailed_module", "outsider", "python_module", "slay"]
