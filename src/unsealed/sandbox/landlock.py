"""Landlock: the kernel's own list of paths that a process may still use, as a second layer inside the first.

Set by the process on itself, for good; rules only ever add up. Kernels without it are told by version 0.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every machine
_VERSION_QUERY = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = _EXECUTE | (1 << 1) | _READ_FILE  # what a rule on a file may name
_SCOPES = 0b11  # abstract unix sockets, signals: nothing outside this process and its children
_NET = 0b11  # TCP bind and connect


def version() -> int:
    """The kernel's Landlock version; 0 where it has none."""
    found = int(_call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_QUERY)))
    return max(found, 0)


def restrict(readable: Iterable[str], writable: Iterable[str] = ()) -> int:
    """From now on the process reads below `readable` and does anything below `writable`, and nothing else.

    Paths that do not exist are skipped. Gives the kernel's version, 0 where nothing was done. Raises OSError where
    the kernel has Landlock but refuses.
    """
    known = version()
    if not known:
        return 0
    handled = _rights(known)
    attributes = struct.pack("QQQ", handled, _NET if known >= 4 else 0, _SCOPES if known >= 6 else 0)
    attributes = attributes[: 24 if known >= 6 else 16 if known >= 4 else 8]
    ruleset = _checked(_call(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)))
    try:
        for path in readable:
            _allow(ruleset, path, _READ)
        for path in writable:
            _allow(ruleset, path, handled)
        _checked(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_call(_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    finally:
        os.close(ruleset)
    return known


def _rights(known: int) -> int:
    """All rights on files that this version of Landlock can take away."""
    count = 13 if known < 2 else 14 if known < 3 else 15 if known < 5 else 16
    return (1 << count) - 1


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112  (pathlib is not loaded in a worker)
            rights &= _FILE_RIGHTS
        rule = struct.pack("=Qi", rights, descriptor)
        _checked(_call(_ADD, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0)))
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "the kernel refuses a Landlock rule")
    return result
