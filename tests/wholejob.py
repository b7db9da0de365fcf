"""The whole job through the command line's own demo, once for all the tests that need its result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PASSPHRASE = "only a test"


def run_demo(into: Path, *arguments: str, ends: int = 0) -> subprocess.CompletedProcess[str]:
    """`unsealed demo --no-serve`; it must end with exit code `ends`, that is well if nothing else is said."""
    environment = {**os.environ, "UNSEALED_PASSPHRASE": PASSPHRASE}
    command = [sys.executable, "-m", "unsealed", "demo", "--no-serve", "--into", str(into), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=800)
    assert done.returncode == ends, done.stdout[-3000:] + done.stderr[-1000:]
    return done


def published_sample(folder: Path) -> Path:
    """A copy, in `folder`, of the archive that the demo makes of the sample; made once for a test run's workers."""
    into = folder / "demo"
    run_demo(into)
    return into / "archive"


def published_sources(folder: Path, *sources: Path) -> Path:
    """The archive that the demo makes of folders of real documents."""
    into = folder / "real"
    run_demo(into, *(part for source in sources for part in ("--source", str(source))))
    return into / "archive"


def copy_archive(archive: Path, target: Path) -> Path:
    """A copy that a test may spoil."""
    shutil.copytree(archive, target)
    return target
