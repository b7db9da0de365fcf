"""The command line of bubblewrap: what a sandboxed process sees, and that is little.

All namespaces are new; no network, no other processes, no environment, no capabilities, the whole file system
read-only but for a scratch in memory of a fixed size. Neither the archive nor a home nor the sources are in it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from unsealed import compiled
from unsealed.sandbox.limits import ONE_THREAD

OUTSIDER = 64_093  # the user id that a sandbox started by root runs under; of nobody else on a Debian machine
INSIDE = 65_534  # the user and group id that a sandboxed process believes it has
_PACKAGE = Path(__file__).resolve().parent.parent  # src/unsealed
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib", "/usr/bin", "/usr/local/bin")
_TOOLS = (
    "/usr/share", "/usr/local/share", "/usr/libexec", "/usr/sbin", "/etc/fonts", "/etc/alternatives",
    "/etc/libreoffice", "/var/lib/libreoffice", "/var/cache/fontconfig", "/etc/ImageMagick-6", "/etc/mime.types",
)  # fmt: skip
_FLAT = ("/bin", "/sbin", "/lib", "/lib64", "/lib32")  # links into /usr on most systems
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_LOADER = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d")


class Jail(msgspec.Struct, frozen=True):
    """What a sandboxed process sees beside the system's libraries.

    `readable`: folders and files at their own places. `places`: files at other places (inside: outside). `scratch`:
    bytes of /tmp. `tool`: a native tool's world: shared data of the system, /proc, /dev/shm. `stdin`: what /dev/stdin
    leads to there.
    """

    readable: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    scratch: int = 64 << 20
    tool: bool = False
    stdin: str = "/proc/self/fd/0"
    environment: tuple[tuple[str, str], ...] = ()

    def visible(self) -> tuple[str, ...]:
        """Every path at which there is something to read."""
        places = tuple(inside for inside, _ in self.places)
        return _LIBRARIES + (_TOOLS if self.tool else ()) + _LOADER + _FLAT + _DEVICES + self.readable + places


def python_jail(*, extra: Sequence[str] = (), scratch: int = 64 << 20) -> Jail:
    """A jail for our own interpreter: it, its installed packages and this program's code.

    `extra`: more folders to import from (tests).
    """
    path = [*extra, *import_path()]
    environment = {"LANG": "C.UTF-8", "PATH": "/usr/bin", "PYTHONHASHSEED": "0", "PYTHONPATH": ":".join(path)}
    # A process that reads cannot start threads, and a worker that had some could not fork safely.
    environment |= dict.fromkeys(ONE_THREAD, "1")
    if compiled.is_refused():
        environment[compiled.PURE] = "1"
    roots = dict.fromkeys([*interpreter_places(), *path])
    return Jail(readable=tuple(roots), scratch=scratch, environment=tuple(environment.items()))


def is_open_to_all(jail: Jail) -> bool:
    """Whether any user of this machine could read what the jail shows, so that it can run as one without rights."""
    outside = [*jail.readable, *(place for _, place in jail.places)]
    return all(_may_pass(Path(place)) for place in outside if Path(place).exists())


def _may_pass(place: Path) -> bool:
    above = all(parent.stat().st_mode & 0o001 for parent in place.parents)
    return above and bool(place.stat().st_mode & 0o004)


def import_path() -> list[str]:
    """Where modules are found inside: this program's code and the installed packages."""
    installed = [place for place in sys.path if Path(place).name in ("site-packages", "dist-packages")]
    return [str(_PACKAGE.parent), *(place for place in installed if Path(place).is_dir())]


def interpreter() -> str:
    """The interpreter itself, not a virtual environment's link to it."""
    return str(Path(sys.executable).resolve())


def interpreter_places() -> list[str]:
    prefixes = {sys.base_prefix, sys.base_exec_prefix, str(Path(interpreter()).parent)}
    return [prefix for prefix in sorted(prefixes) if prefix not in ("/usr", "/usr/bin")]


def bubblewrap() -> str:
    """The path of bubblewrap, empty where there is none."""
    return shutil.which("bwrap") or ""


def command(jail: Jail, filter_descriptor: int, argv: Sequence[str], data: Mapping[str, int] = {}) -> list[str]:
    """The whole command that runs `argv` in a jail. `data`: path inside to a descriptor whose bytes are the file."""
    line = [
        bubblewrap(), "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session",
        "--clearenv", "--cap-drop", "ALL", "--uid", str(INSIDE), "--gid", str(INSIDE), "--hostname", "sandbox",
        "--size", str(jail.scratch), "--perms", "1777", "--tmpfs", "/tmp",  # noqa: S108
    ]  # fmt: skip
    for name, value in jail.environment:
        line += ["--setenv", name, value]
    for place in _LIBRARIES + (_TOOLS if jail.tool else ()) + _LOADER + jail.readable:
        line += ["--ro-bind-try", place, place]
    for inside, outside in jail.places:
        line += ["--ro-bind", outside, inside]
    for inside, descriptor in data.items():
        line += ["--perms", "0444", "--ro-bind-data", str(descriptor), inside]
    line += [*_roots(), *_devices(jail), "--remount-ro", "/", "--chdir", "/tmp"]  # noqa: S108
    return [*line, "--seccomp", str(filter_descriptor), "--", *argv]


def _roots() -> list[str]:
    """/bin, /lib and their like as this system has them: links into /usr, or folders."""
    line: list[str] = []
    for place in _FLAT:
        if os.path.islink(place):  # noqa: PTH114
            line += ["--symlink", os.readlink(place), place]  # noqa: PTH115
        elif Path(place).is_dir():
            line += ["--ro-bind", place, place]
    return line


def _devices(jail: Jail) -> list[str]:
    """A handful of devices. bubblewrap's own /dev would bring a writable memory file system without a limit."""
    line: list[str] = []
    for device in _DEVICES:
        line += ["--dev-bind", device, device]
    if jail.tool:
        line += ["--symlink", "/proc/self/fd", "/dev/fd", "--symlink", jail.stdin, "/dev/stdin"]
        line += ["--proc", "/proc", "--size", str(jail.scratch), "--perms", "1777", "--tmpfs", "/dev/shm"]  # noqa: S108
    return line
