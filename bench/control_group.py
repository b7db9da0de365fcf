"""Processor time of everything that a run starts, also of what nobody waits for.

bubblewrap does not wait for what it started, so what sandboxed workers use never reaches RUSAGE_CHILDREN. A control
group (version 2) counts it. Making one needs the rights of root; without them there is no measurement.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self


class ControlGroup:
    """A context manager. `join` is for `preexec_fn`; `seconds` waits until every process of the group is gone.

    `name`: tells groups of one process apart that are open at the same time.
    """

    def __init__(self, name: str = "") -> None:
        mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
        roots = [Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"]
        if not roots:
            raise SystemExit("No control groups of version 2 here: what sandboxed workers use cannot be measured.")
        self._folder = roots[0] / f"unsealed-bench-{os.getpid()}{name}"

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir()
        except OSError as error:
            raise SystemExit(
                f"A control group cannot be made ({error.strerror}): run the benchmark as root."
            ) from error
        return self

    def join(self) -> None:
        """Put the calling process, and whatever it starts, into the group."""
        (self._folder / "cgroup.procs").write_text("0")

    def seconds(self) -> float:
        """User and system time of the group so far, after its last process has gone."""
        while (self._folder / "cgroup.procs").read_text():
            time.sleep(0.01)
        values = dict(line.split() for line in (self._folder / "cpu.stat").read_text().splitlines())
        return int(values["usage_usec"]) / 1e6

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if value is None:
            self._folder.rmdir()
