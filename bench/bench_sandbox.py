"""What the sandbox costs: the same cables with and without it in turn, and the price of each step.

    python bench/bench_sandbox.py --documents 10000 [--repeat 3]

`cables`: `unsealed ingest` from an empty archive (with index, and without), each in turn with the sandbox and with
`--unsafe-no-sandbox`; the least of each counts. Processor time is that of a control group of its own: bubblewrap does
not wait for what it started, so what workers use never reaches RUSAGE_CHILDREN. Without the right to make a group (an
ordinary user) that column is empty.
`steps`: one message to a worker that forks for it, one short text and one batch of a hundred cables alone, one call of
a native tool, the start of a worker with its self-test.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from unsealed.ingest.dialogue import ask
from unsealed.ingest.pool import reading_worker, unsafe_worker
from unsealed.ingest.wire import Task
from unsealed.sandbox import Limits, establish, run_tool

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).resolve().parent


def ingest(source: Path, folder: Path, *flags: str) -> tuple[float, float]:
    """Wall seconds and processor seconds of one `unsealed ingest` into a new archive."""
    archive = folder / "archive"
    shutil.rmtree(archive, ignore_errors=True)
    unsealed = [sys.executable, "-m", "unsealed"]
    subprocess.run([*unsealed, "init", str(archive), "--name", "Bench"], check=True, stdout=subprocess.DEVNULL)
    command = [*unsealed, "ingest", str(source), "--archive", str(archive), *flags]
    with _group() as group:
        began = time.perf_counter()
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, preexec_fn=(lambda: _join(group)) if group else None
        )
        return time.perf_counter() - began, _processor(group)


@contextlib.contextmanager
def _group() -> Iterator[Path | None]:
    """A control group (version 2) for one run, removed afterwards; None where none can be made."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    found = [Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"]
    group = found[0] / f"unsealed-bench-{os.getpid()}" if found else None
    try:
        if group is not None:
            group.mkdir()
    except OSError:
        group = None
    yield group
    if group is not None:
        while (group / "cgroup.procs").read_text():
            time.sleep(0.01)
        group.rmdir()


def _join(group: Path) -> None:
    (group / "cgroup.procs").write_text("0")


def _processor(group: Path | None) -> float:
    if group is None:
        return float("nan")
    time.sleep(0.2)  # what was killed at the end is counted when it is gone
    return int((group / "cpu.stat").read_text().split()[1]) / 1e6


def cables(documents: int, repeat: int, folder: Path) -> None:
    """The table of whole runs."""
    source = folder / "cables.csv"
    make = [sys.executable, str(HERE / "generate.py"), "--documents", str(documents), "--out", str(source)]
    subprocess.run(make, check=True, stderr=subprocess.DEVNULL)
    print(f"| {documents:,} cables | documents/s | CPU ms a document | rate / rate without | CPU / CPU without |")
    print("|---|---|---|---|---|")
    for name, flags in (("without index", ["--no-index"]), ("with index", [])):
        runs: dict[str, list[tuple[float, float]]] = {"sandbox": [], "none": []}
        for _ in range(repeat):
            runs["sandbox"].append(ingest(source, folder, *flags))
            runs["none"].append(ingest(source, folder, *flags, "--unsafe-no-sandbox"))
        wall = {key: min(run[0] for run in found) for key, found in runs.items()}
        cpu = {key: min(run[1] for run in found) for key, found in runs.items()}
        for key in runs:
            ratios = f"{wall['none'] / wall[key]:.2f} | {cpu[key] / cpu['none']:.2f}"
            print(f"| {name}, {key} | {documents / wall[key]:,.0f} | {1000 * cpu[key] / documents:.2f} | {ratios} |")


def timed(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and largest of some runs, in milliseconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    taken.sort()
    return taken[len(taken) // 2], taken[-1]


def steps(folder: Path) -> None:
    """The table of single steps."""
    print("\n| step | median ms | slowest ms |\n|---|---|---|")
    found = []
    rows = (folder / "cables.csv").read_bytes().splitlines(keepends=True)
    text = Task(b"A short letter about nothing in particular. " * 40)
    for name, make in (("in the sandbox", reading_worker), ("without", unsafe_worker)):
        worker = make(Limits())
        began = time.perf_counter()
        ask(worker, [text])
        found.append((f"start of a worker, self-test, first text, {name}", (1000 * (time.perf_counter() - began),) * 2))
        found.append(
            (f"one text in a process of its own, {name}", timed(lambda worker=worker: ask(worker, [text]), 200))
        )
        batch = [Task(row, "cable-csv", b"", True, 0, 1) for row in _whole(rows)]
        found.append(
            (
                f"a batch of {len(batch)} cables, {name}",
                timed(lambda worker=worker, batch=batch: ask(worker, batch), 20),
            )
        )
        worker.close()
    found.append(("a native tool (`cat`)", timed(lambda: run_tool(["cat"], data=b"x"), 50)))
    found.append(("a native tool, its files collected", timed(lambda: run_tool(["true"], collect=True), 20)))
    for name, (median, slowest) in found:
        print(f"| {name} | {median:,.1f} | {slowest:,.1f} |")


def _whole(lines: list[bytes]) -> list[bytes]:
    """The first hundred rows, put together from their lines."""
    made: list[bytes] = []
    row = b""
    for line in lines:
        row += line
        if line.endswith(b'"\n') and row.count(b'"') >= 16:
            made.append(row)
            row = b""
        if len(made) == 100:
            break
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    print(f"sandbox: {establish()}; self-test {1000 * establish().seconds:.0f} ms, once in a run")
    with tempfile.TemporaryDirectory() as folder:
        cables(options.documents, options.repeat, Path(folder))
        steps(Path(folder))


if __name__ == "__main__":
    main()
