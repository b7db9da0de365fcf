"""One call of a native program on outsiders' bytes: a fresh sandbox, its own scratch, hard limits, and it is gone.

The program sees the system's read-only files, its inputs at `/in/NAME` (or on standard input), and a scratch of
fixed size at /tmp. It has no network, no environment but PATH, HOME and LANG, and no other process to see. What it
writes to standard output and, where asked for, below `/tmp/out` comes back as bytes; nothing of it is ever a file
outside.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from unsealed.sandbox import seccomp
from unsealed.sandbox.jail import Jail, command, interpreter, interpreter_places, is_open_to_all
from unsealed.sandbox.limits import Failure, SandboxError
from unsealed.sandbox.process import outsider, slay
from unsealed.sandbox.tier import establish

_COLLECTOR = Path(__file__).with_name("collect.py")
_SYSTEM_PYTHON = Path("/usr/bin/python3")  # any user can run it; ours may lie in somebody's home
_PRLIMIT = "/usr/bin/prlimit"
_STEP = 1 << 16  # bytes read at once
_STDIN = "/in/.stdin"
ERRORS = 64 << 10  # bytes kept of what a program says on standard error
OUT = "/tmp/out"  # noqa: S108  (inside the sandbox)


class ToolLimits(msgspec.Struct, frozen=True):
    """What one call may use. Sizes in bytes."""

    seconds: float = 60.0  # seconds by the clock on the wall, then it is killed
    cpu: int = 60  # seconds of processor time of one process
    memory: int = 2 << 30  # bytes of address space of one process
    scratch: int = 256 << 20  # bytes of all files that it writes
    file_bytes: int = 256 << 20  # bytes of one file that it writes
    output: int = 64 << 20  # bytes of standard output
    files: int = 1_000  # files that it may give back
    collected: int = 256 << 20  # bytes of all files that it gives back
    open_files: int = 256  # open files of one process
    processes: int = 64  # processes and threads together
    unix_sockets: bool = False  # it may make unix sockets in its own scratch (LibreOffice does)


USUAL = ToolLimits()


class ToolResult(NamedTuple):
    """What a program gave back: all of it untrusted.

    `code`: exit code (above 128: ended by a signal). `output`: standard output. `errors`: the beginning of standard
    error; never to be logged. `files`: relative name below `/tmp/out` to its bytes, in order of the names.
    """

    code: int
    output: bytes
    errors: bytes
    files: dict[str, bytes]


def run_tool(
    argv: Sequence[str], *, data: bytes | int = b"", files: Mapping[str, bytes | Path] | None = None,
    limits: ToolLimits = USUAL, collect: bool = False, environment: Mapping[str, str] | None = None,
    readable: Sequence[str] = (), unsafe: bool = False,
) -> ToolResult:  # fmt: skip
    """Run one program; wait for it.

    `argv`: the program (a name on PATH or a path below /usr) and its arguments. `data`: standard input, as bytes or
    as the descriptor of an open file, which the program opens as `/dev/stdin`. `files`: name to bytes, or to a path
    that is bound read-only: the program finds them as `/in/NAME`. `collect`: give back what it leaves below
    `/tmp/out` (which exists then). `readable`: more paths of the system that it needs. `unsafe`: the person asked
    for no sandbox; then nothing is run at all.

    Raises SandboxError: `missing` (not installed, or `unsafe`), `slow`, `large` (more output than the limit), `died`
    (the sandbox itself did not start, or gave a broken list of files). An exit code other than 0 is an answer, no
    error. Raises SetupError where this machine has no sandbox.
    """
    program = shutil.which(argv[0], path="/usr/bin:/usr/local/bin:/usr/sbin")
    if program is None or unsafe:
        raise SandboxError(Failure.MISSING)
    tier = establish()
    stdin = "" if tier.drop or isinstance(data, bytes) else _on_disk(data)
    call = _Call([program, *argv[1:]], limits, files or {}, collect, environment or {}, readable, tier.drop, stdin)
    with call.started(b"" if stdin else data) as (process, frames):
        return _gathered(process, frames, data, limits)


def _on_disk(descriptor: int) -> str:
    """The path of an open file that its owner's program must be shown read-only; empty for one in memory.

    Through the descriptor itself, `/proc/self/fd/0`, the owner of a file may open it anew for writing.
    Raises SandboxError where the file is not at its path any more.
    """
    found = os.fstat(descriptor)
    if not found.st_nlink:
        return ""
    path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
    try:
        same = os.path.samestat(found, os.lstat(path))
    except OSError:
        same = False
    if not same:
        raise SandboxError(Failure.DIED)
    return path


class _Call(NamedTuple):
    argv: list[str]
    limits: ToolLimits
    files: Mapping[str, bytes | Path]
    collect: bool
    environment: Mapping[str, str]
    readable: Sequence[str]
    drop: bool
    stdin: str  # path of the file that /dev/stdin leads to; empty: standard input itself

    @contextlib.contextmanager
    def started(self, data: bytes | int) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
        """The running sandbox and the pipe for its files (-1: none). Killed and reaped at the end."""
        with contextlib.ExitStack() as stack:
            held = {name: self._held(stack, body) for name, body in self.files.items() if isinstance(body, bytes)}
            calls = seccomp.outer(tool=True, unix_sockets=self.limits.unix_sockets)
            program = stack.enter_context(seccomp.descriptor(calls))
            frames, theirs = os.pipe() if self.collect else (-1, -1)
            jail = self._jail()
            who = outsider(self.drop and is_open_to_all(jail))
            line = command(jail, program, self._line(theirs), {f"/in/{name}": end for name, end in held.items()})
            passed = [program, *held.values(), *([theirs] if self.collect else [])]
            process = subprocess.Popen(
                line, stdin=data if isinstance(data, int) else subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, pass_fds=passed, env={}, cwd="/", bufsize=0, start_new_session=True,
                user=who, group=who, extra_groups=None if who is None else [],
            )  # fmt: skip
            if self.collect:
                os.close(theirs)
            try:
                yield process, frames
            finally:
                slay(process)
                for pipe in (process.stdin, process.stdout, process.stderr):
                    if pipe is not None:
                        pipe.close()
                if self.collect:
                    os.close(frames)
                process.wait()

    def _held(self, stack: contextlib.ExitStack, body: bytes) -> int:
        descriptor = os.memfd_create("input")
        stack.callback(os.close, descriptor)
        with open(descriptor, "wb", closefd=False) as handle:
            handle.write(body)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def _jail(self) -> Jail:
        places = [(f"/in/{name}", str(body)) for name, body in self.files.items() if isinstance(body, Path)]
        places += [(_STDIN, self.stdin)] * bool(self.stdin)
        readable = list(self.readable)
        if self.collect:
            places.append(("/w/collect.py", str(_COLLECTOR)))
            readable += [] if _SYSTEM_PYTHON.exists() else interpreter_places()
        environment = {"PATH": "/usr/bin:/bin", "HOME": "/tmp", "LANG": "C.UTF-8"} | dict(self.environment)  # noqa: S108
        jail = Jail(tuple(readable), tuple(places), self.limits.scratch, True, environment=tuple(environment.items()))
        return msgspec.structs.replace(jail, stdin=_STDIN) if self.stdin else jail

    def _line(self, frames: int) -> list[str]:
        limits = self.limits
        line = [
            _PRLIMIT, f"--as={limits.memory}", f"--cpu={limits.cpu}", f"--fsize={limits.file_bytes}", "--core=0",
            f"--nofile={limits.open_files}", f"--nproc={limits.processes}", "--", *self.argv,
        ]  # fmt: skip
        if not self.collect:
            return line
        python = str(_SYSTEM_PYTHON) if _SYSTEM_PYTHON.exists() else interpreter()
        return [python, "-I", "-S", "-B", "/w/collect.py", str(frames), OUT, str(limits.collected), *line]


def _gathered(process: subprocess.Popen[bytes], frames: int, data: bytes | int, limits: ToolLimits) -> ToolResult:
    """Feed and drain all pipes until they end, or a limit is passed."""
    deadline = time.monotonic() + limits.seconds
    flow = _Flow(process, frames, data if isinstance(data, bytes) else b"", limits)
    while flow.open:
        left = deadline - time.monotonic()
        if left <= 0 or not flow.step(left):
            raise SandboxError(Failure.SLOW)
    try:
        code = process.wait(timeout=max(deadline - time.monotonic(), 0.1))
    except subprocess.TimeoutExpired as error:
        raise SandboxError(Failure.SLOW) from error
    return ToolResult(code, bytes(flow.output), bytes(flow.errors), files_of(flow.frames, limits))


class _Flow:
    """The pipes of one call."""

    def __init__(self, process: subprocess.Popen[bytes], frames: int, data: bytes, limits: ToolLimits) -> None:
        self.output, self.errors, self.frames = bytearray(), bytearray(), bytearray()
        self._limits = limits
        self._left = memoryview(data)
        self._pipes = selectors.DefaultSelector()
        self._stdin = process.stdin
        assert process.stdout is not None
        assert process.stderr is not None
        for end, store in ((process.stdout.fileno(), self.output), (process.stderr.fileno(), self.errors)):
            self._pipes.register(end, selectors.EVENT_READ, store)
        if frames >= 0:
            self._pipes.register(frames, selectors.EVENT_READ, self.frames)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self._pipes.register(process.stdin.fileno(), selectors.EVENT_WRITE, None)

    @property
    def open(self) -> bool:
        """Whether any pipe is still to be fed or drained."""
        return bool(self._pipes.get_map())

    def step(self, seconds: float) -> bool:
        """Move what can be moved; False where nothing could within the time. Raises SandboxError."""
        ready = self._pipes.select(seconds)
        for key, _ in ready:
            if key.data is None:
                self._feed(key.fd)
            else:
                self._drain(key.fd, key.data)
        return bool(ready)

    def _feed(self, end: int) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                self._left = self._left[os.write(end, self._left[:_STEP]) :] if self._left else self._left
            except BrokenPipeError:
                self._left = self._left[:0]  # it does not want the rest
        if not self._left:
            self._pipes.unregister(end)
            assert self._stdin is not None
            self._stdin.close()

    def _drain(self, end: int, store: bytearray) -> None:
        found = os.read(end, _STEP)
        if not found:
            self._pipes.unregister(end)
        elif store is self.errors:
            store += found[: max(ERRORS - len(store), 0)]
        else:
            most = self._limits.output if store is self.output else self._limits.collected + (1 << 20)
            store += found
            if len(store) > most:
                raise SandboxError(Failure.LARGE)


def files_of(untrusted_frames: bytearray, limits: ToolLimits) -> dict[str, bytes]:
    """The files in a stream of (4 bytes length, name, 8 bytes length, body). Raises SandboxError.

    Names are relative, of plain parts; a stream that says anything else is that of a program gone bad.
    """
    view, place, found = memoryview(untrusted_frames), 0, {}
    while place < len(view):
        name, place = _field(view, place, 4, 4096)
        body, place = _field(view, place, 8, limits.collected)
        found[_name(bytes(name))] = bytes(body)
        if len(found) > limits.files:
            raise SandboxError(Failure.LARGE)
    return dict(sorted(found.items()))


def _field(view: memoryview, place: int, width: int, most: int) -> tuple[memoryview, int]:
    length = int.from_bytes(view[place : place + width], "big")
    begin, end = place + width, place + width + length
    if length > most or end > len(view):
        raise SandboxError(Failure.DIED)
    return view[begin:end], end


def _name(untrusted_name: bytes) -> str:
    name = untrusted_name.decode("utf-8", "backslashreplace")
    parts = name.split("/")
    if not name or any(part in ("", ".", "..") for part in parts) or "\0" in name:
        raise SandboxError(Failure.DIED)
    return name
