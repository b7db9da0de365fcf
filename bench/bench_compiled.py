"""What compiled modules save: the same ingest with them and without, at the same time, one to a processor.

    python bench/bench_compiled.py [--documents 10000] [--pairs 8] [--against CHECKOUT]

`--against`: instead of the sources, the compiled modules of another checkout (`make setup compiled` there first).

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
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.control_group import ControlGroup
from unsealed import compiled

ROOT = Path(__file__).resolve().parent.parent


class Way(NamedTuple):
    """One of the two that are compared: its name, its Python, and whether the compiled modules are refused."""

    name: str
    python: str
    pure: str


def pair(dump: Path, folder: Path, turn: int, ways: list[Way]) -> list[float]:
    """CPU-seconds of both ways, run at the same time on two processors."""
    groups = [ControlGroup(f"-{number}") for number in range(len(ways))]
    with contextlib.ExitStack() as stack:
        running = []
        for place, (way, group) in enumerate(zip(ways, groups, strict=True)):
            stack.enter_context(group)
            archive = folder / f"archive-{turn}-{place}"
            environment = os.environ | {compiled.PURE: way.pure, "UNSEALED_ARCHIVE": str(archive)}
            unsealed = [way.python, "-m", "unsealed"]
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
    parser.add_argument("--against", type=Path, help="another checkout, compiled, instead of the sources of this one")
    options = parser.parse_args()
    other = Way("sources", sys.executable, "1")
    if options.against:
        other = Way("other", str(options.against.absolute() / ".venv" / "bin" / "python"), "0")
    ways = [Way("compiled", sys.executable, "0"), other]
    if not compiled.usable(str(Path(sysconfig.get_path("platlib")) / compiled.FOLDER)):
        raise SystemExit("Nothing is compiled, or not from these sources: `make compiled` first.")
    with tempfile.TemporaryDirectory(prefix="bench-compiled-") as name:
        folder, documents = Path(name), options.documents
        dump = folder / "cables.csv"
        subprocess.run([sys.executable, str(ROOT / "bench" / "generate.py"), "--documents", str(documents), "--seed",
                        "1", "--out", str(dump)], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        found = []
        for turn in range(options.pairs):
            found.append([1e6 * seconds / documents for seconds in pair(dump, folder, turn, ways)])
            print(f"  compiled {found[-1][0]:6.0f}  {other.name} {found[-1][1]:6.0f} us a cable", flush=True)
        fast, slow = (statistics.mean(column) for column in zip(*found, strict=True))
        saved = [1 - one / another for one, another in found]
        unsure = statistics.stdev(saved) / len(saved) ** 0.5 if len(saved) > 1 else 0.0
        print(f"  means    {fast:6.0f}  {other.name} {slow:6.0f}")
        print(f"  saved    {statistics.mean(saved):.1%} (standard error {unsure:.1%})")


if __name__ == "__main__":
    main()
