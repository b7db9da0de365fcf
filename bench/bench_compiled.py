"""What compiled modules save: the same ingest with them and without, at the same time, one to a processor.

    python bench/bench_compiled.py [--documents 10000] [--pairs 8]

Whatever else the machine does slows both alike; the two change processors after each pair. Processor time of everything
that `unsealed ingest` starts, by control groups (run it as root). Needs `make compiled` and two processors.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.control_group import ControlGroup
from unsealed import compiled

ROOT = Path(__file__).resolve().parent.parent
WAYS = ("0", "1")  # of UNSEALED_PURE: compiled, sources


def pair(dump: Path, folder: Path, turn: int) -> list[float]:
    """CPU-seconds of both ways, run at the same time on two processors."""
    groups = [ControlGroup(f"-{way}") for way in WAYS]
    with contextlib.ExitStack() as stack:
        running = []
        for place, (way, group) in enumerate(zip(WAYS, groups, strict=True)):
            stack.enter_context(group)
            archive = folder / f"archive-{turn}-{way}"
            environment = os.environ | {compiled.PURE: way, "UNSEALED_ARCHIVE": str(archive)}
            unsealed = [sys.executable, "-m", "unsealed"]
            subprocess.run([*unsealed, "init", str(archive), "--name", "Bench"], check=True, env=environment,
                           stdout=subprocess.DEVNULL)  # fmt: skip
            command = ["taskset", "-c", str((turn + place) % 2), *unsealed, "ingest", str(dump)]
            running.append(
                subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, preexec_fn=group.join)  # noqa: PLW1509 - no thread runs yet
            )
        for process in running:
            if process.wait():
                raise SystemExit(f"unsealed ingest ended with {process.returncode}")
        return [group.seconds() for group in groups]


def main() -> None:
    """Print a line for each pair, and the means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--pairs", type=int, default=8)
    options = parser.parse_args()
    if not compiled.usable(str(Path(sysconfig.get_path("platlib")) / compiled.FOLDER)):
        raise SystemExit("Nothing is compiled, or not from these sources: `make compiled` first.")
    with tempfile.TemporaryDirectory(prefix="bench-compiled-") as name:
        folder, documents = Path(name), options.documents
        dump = folder / "cables.csv"
        subprocess.run([sys.executable, str(ROOT / "bench" / "generate.py"), "--documents", str(documents), "--seed",
                        "1", "--out", str(dump)], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        found = []
        for turn in range(options.pairs):
            found.append([1e6 * seconds / documents for seconds in pair(dump, folder, turn)])
            print(f"  compiled {found[-1][0]:6.0f}  sources {found[-1][1]:6.0f} us a cable", flush=True)
        fast, plain = (statistics.mean(column) for column in zip(*found, strict=True))
        print(f"  means    {fast:6.0f}          {plain:6.0f}      saved {1 - fast / plain:.1%}")


if __name__ == "__main__":
    main()
