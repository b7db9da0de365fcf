"""Kill a step at every write, fsync, rename and commit, one after the other; the next run has to complete."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from unsealed.files import set_crash_hook

KILLED = 9


def run_and_die(step: Callable[[], None], at: int) -> bool:
    """Run `step` in a process that ends without warning at crash point `at`; gives whether it was killed there."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        count = 0

        def hook(_name: str) -> None:
            nonlocal count
            count += 1
            if count == at:
                os._exit(KILLED)

        set_crash_hook(hook)
        try:
            step()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED), "the step failed in another way than by being killed"
    return status == KILLED


def every_death(template: Path, work: Path, step: Callable[[], None], *, stride: int = 1) -> Iterator[int]:
    """For each crash point: `work` is a fresh copy of `template` in which `step` was killed there."""
    at = 1
    while True:
        if work.exists():
            shutil.rmtree(work)
        shutil.copytree(template, work, symlinks=True)
        if not run_and_die(step, at):
            return
        yield at
        at += stride


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def public_bytes(archive: Path) -> dict[str, bytes]:
    """Everything that is published: packages and the public folder."""
    return {f"{name}/{path}": data for name in ("packages", "public") for path, data in tree(archive / name).items()}
