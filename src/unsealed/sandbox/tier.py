"""Which sandbox this machine gives. Found out by trying it, once in a process; without one, nothing is read.

What is tried here is bubblewrap itself. That every wall stands is shown by each worker for itself, from the inside,
before it gets its first message (`Worker.prove`): a second process that shows it for them would cost 0.1 s (0129).
"""

from __future__ import annotations

import os
import subprocess
import time
from functools import cache
from pathlib import Path

import msgspec

from unsealed.sandbox import landlock, seccomp
from unsealed.sandbox.jail import OUTSIDER, Jail, bubblewrap, command
from unsealed.sandbox.process import broken, outsider


class Tier(msgspec.Struct, frozen=True):
    """What stands around a process that reads outsiders' bytes.

    `name`: `bubblewrap`, or `none` where the person chose so. `landlock`: the kernel's version, 0: not there. `drop`:
    we are root, and sandboxes run as a user of their own wherever that user can read what they need.
    """

    name: str
    landlock: int = 0
    drop: bool = False
    seconds: float = 0.0  # that trying took

    @property
    def safe(self) -> bool:
        """Whether there is a sandbox at all."""
        return self.name != "none"

    def __str__(self) -> str:
        if not self.safe:
            return "none (--unsafe-no-sandbox)"
        layers = [self.name, "system-call filter", "limits"] + [f"Landlock {self.landlock}"] * bool(self.landlock)
        return ", ".join(layers)


NONE = Tier("none")


def establish(*, unsafe: bool = False) -> Tier:
    """The tier of this machine. Raises SetupError where there is no working sandbox.

    `unsafe`: the person asked for none; then nothing is tried.
    """
    return NONE if unsafe else _tried()


@cache
def _tried() -> Tier:
    if not seccomp.supported():
        raise broken("the system calls of this kind of processor are not known")
    if not bubblewrap():
        raise broken("bubblewrap (`bwrap`) is not installed")
    begin = time.perf_counter()
    drop = _may_drop() and _starts(drop=True) == ""
    if not drop and (why := _starts(drop=False)):
        raise broken(why)
    return Tier("bubblewrap", landlock.version(), drop, time.perf_counter() - begin)


def _starts(*, drop: bool) -> str:
    """Run a program that does nothing: empty where that works, else the last line that bubblewrap wrote."""
    with seccomp.descriptor(seccomp.outer()) as program:
        line = command(Jail(), program, ["/usr/bin/true"])
        who = outsider(drop)
        try:
            done = subprocess.run(
                line, capture_output=True, pass_fds=[program], env={}, cwd="/", timeout=20, check=False,
                user=who, group=who, extra_groups=None if who is None else [],
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return "it cannot be run, or does not end"
    if not done.returncode:
        return ""
    words: list[str] = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return words[-1][:200] if words else f"exit code {done.returncode}"


def _may_drop() -> bool:
    """Whether we are root in a user namespace that has the outsider's id, too."""
    if os.geteuid() != 0:
        return False
    lines = Path("/proc/self/uid_map").read_text(encoding="ascii").splitlines()
    return any(first <= OUTSIDER < first + count for first, _, count in (map(int, line.split()) for line in lines))
