"""The self-test, from the inside: try what must not be possible, and say what was.

Runs in the very process family that will read documents, with all walls up, before the first document.
"""

from __future__ import annotations

import _socket
import ctypes
import os
import sys
from collections.abc import Callable, Sequence

from unsealed.compiled import PURE
from unsealed.sandbox.limits import ONE_THREAD

_WRITABLE_SYSTEM = ("/", "/usr", "/usr/lib", "/dev", "/etc", "/home", "/root", "/var")
_SECRETS = ("/etc/shadow", "/etc/passwd", os.path.join("/root", ".ssh"), "/var", "/run", "/sys", "/boot", "/proc/1")


def breaches(hidden: Sequence[str]) -> list[str]:
    """Short names of the walls that do not stand, none where all do. `hidden`: paths that must not be there."""
    found = [name for name, attempt in _ATTEMPTS.items() if _succeeds(attempt)]
    found += ["read" for path in (*_SECRETS, *hidden) if _succeeds(lambda path=path: _open(path))]  # type: ignore[misc]
    found += ["write" for path in (*_WRITABLE_SYSTEM, *_own_places()) if _succeeds(lambda path=path: _write(path))]  # type: ignore[misc]
    found += ["environment" for name in os.environ if name not in _EXPECTED]
    return sorted(set(found))


_EXPECTED = {"LANG", "LC_CTYPE", "PATH", "PWD", "PYTHONPATH", "PYTHONHASHSEED", "UNSEALED_WORKER", PURE, *ONE_THREAD}


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _own_places() -> list[str]:
    return [place for place in sys.path if os.path.isdir(place)]  # noqa: PTH112


def _open(path: str) -> None:
    if os.path.isdir(path):  # noqa: PTH112
        os.listdir(path)
    else:
        os.close(os.open(path, os.O_RDONLY))


def _write(folder: str) -> None:
    path = f"{folder}/.unsealed-probe"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)  # noqa: PTH108


def _fork() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


def _trace() -> None:
    if ctypes.CDLL(None, use_errno=True).ptrace(0, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "ptrace")


_ATTEMPTS: dict[str, Callable[[], object]] = {
    "tcp": lambda: _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM),
    "udp": lambda: _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM),
    "ipv6": lambda: _socket.socket(_socket.AF_INET6, _socket.SOCK_STREAM),
    "unix": lambda: _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM),
    "netlink": lambda: _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW),
    "process": _fork,
    "signal": lambda: os.kill(1, 0),
    "trace": _trace,
}
