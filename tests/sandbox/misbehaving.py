"""A worker that does what it is told: `python -m tests.sandbox.misbehaving`."""

from __future__ import annotations

import ctypes
import importlib
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from unsealed.sandbox import Limits, inherited, serve

_seen = [0]
_loaded: list[bytes] = []


def load(what: bytearray) -> None:
    """Remember it, if there is such a module."""
    importlib.import_module(what.decode())
    _loaded.append(bytes(what))


def handle(request: bytearray, limits: Limits) -> Iterator[bytes]:
    """Answer by the first word of the request."""
    word, _, rest = bytes(request).partition(b" ")
    match word:
        case b"echo":
            yield rest
        case b"twice":
            yield rest
            yield rest
        case b"count":
            _seen[0] += 1
            yield str(_seen[0]).encode()
        case b"loaded":
            yield b",".join(_loaded)
        case b"limit":
            yield str(resource.getrlimit(resource.RLIMIT_CPU)[0]).encode()
        case b"die":
            os._exit(3)
        case b"sleep":
            time.sleep(60)
        case b"spin":
            while True:
                pass
        case b"large":
            yield b"x" * (limits.answer + 1)
        case b"lie":
            _pipe(b"\x00\xff\xff\xff\xff")
            time.sleep(60)
        case b"torn":
            _pipe(b"\x00\x00\x00\x00\x09abc")
        case b"kind":
            _pipe(b"\x02\x00\x00\x00\x05large")
            yield b""
        case b"endless":
            while True:
                yield b"x" * limits.answer
        case b"print":
            print("noise on standard output")
            sys.stdin.read()
            yield b"quiet"
        case b"memory":
            try:
                bytearray(limits.memory)
                yield b"got it"
            except MemoryError:
                yield b"refused"
        case b"environment":
            yield ",".join(sorted(os.environ)).encode()
        case b"raise":
            raise ValueError("an error in a reader")
        case b"inherited":
            yield os.pread(inherited()[0], 1 << 16, 0)
        case b"try":
            yield tried(rest.decode())


def _pipe(data: bytes) -> None:
    """Write past the frames into the one pipe that this process has."""
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, data)
        except OSError:
            continue


def tried(what: str) -> bytes:
    """The answer of one attempt, or `denied`."""
    name, _, argument = what.partition(" ")
    try:
        return repr(_TRIES[name](argument)).encode()
    except (OSError, RuntimeError, MemoryError) as error:
        return f"denied {type(error).__name__}".encode()


def _connect(family: int, kind: int, address: object) -> str:
    with socket.socket(family, kind) as made:
        made.settimeout(3)
        made.connect(address)  # type: ignore[arg-type]
        made.send(b"x")
    return "sent"


def _read(path: str) -> str:
    if Path(path).is_dir():
        return str(os.listdir(path))
    with open(path, "rb") as handle:
        return str(handle.read(20))


def _write(path: str) -> str:
    with open(path, "wb") as handle:
        handle.write(b"x")
    return "written"


def _fill(folder: str) -> int:
    done = 0
    try:
        for number in range(100_000):
            with open(f"{folder}/{number}", "wb") as handle:
                done += handle.write(b"x" * (1 << 20))
    except OSError:
        pass
    return done


def _large_file(path: str) -> int:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    done = 0
    try:
        with open(path, "wb", buffering=0) as handle:
            while True:
                done += handle.write(b"x" * (1 << 20))
    except OSError:
        return done


def _fork_bomb(_: str) -> int:
    children = 0
    while children < 10_000:
        try:
            if not os.fork():
                time.sleep(30)
                os._exit(0)
        except OSError:
            break
        children += 1
    return children


def _thread_bomb(_: str) -> int:
    threads = 0
    stop = threading.Event()
    threading.stack_size(64 << 10)
    try:
        while threads < 5_000:
            threading.Thread(target=stop.wait, daemon=True).start()
            threads += 1
    except RuntimeError:
        pass
    stop.set()
    return threads


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(ctypes.c_long(number), *arguments)
    if done < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return int(done)


def _memory_file(_: str) -> int:
    return os.memfd_create("x")


_TRIES: dict[str, Callable[[str], object]] = {
    "tcp": lambda port: _connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", int(port))),
    "udp": lambda port: _connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", int(port))),
    "tcp6": lambda port: _connect(socket.AF_INET6, socket.SOCK_STREAM, ("::1", int(port))),
    "unix": lambda path: _connect(socket.AF_UNIX, socket.SOCK_STREAM, path),
    "abstract": lambda name: _connect(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + name),
    "raw": lambda _: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).fileno(),
    "pair": lambda _: len(socket.socketpair()),
    "read": _read,
    "write": _write,
    "fill": _fill,
    "file": _large_file,
    "fork": _fork_bomb,
    "threads": _thread_bomb,
    "exec": lambda _: os.execv("/usr/bin/true", ["true"]),
    "kill": lambda pid: os.kill(int(pid), signal.SIGKILL),
    "kill-all": lambda _: os.kill(-1, signal.SIGKILL),
    "memfd": _memory_file,
    "ptrace": lambda pid: _call(101 if os.uname().machine == "x86_64" else 117, 16, int(pid), 0, 0),
    "unshare": lambda _: _call(272 if os.uname().machine == "x86_64" else 97, 0x10000000),
    "keyring": lambda _: _call(250 if os.uname().machine == "x86_64" else 219, 0, -3, 1),
    "io_uring": lambda _: _call(425, 8, None),
    "unknown": lambda _: _call(900),
    "users": lambda _: os.getuid(),
    "parent": lambda _: os.getppid(),
    "chown": lambda path: os.chown(path, 0, 0),
}


if __name__ == "__main__":
    serve(handle, load)
