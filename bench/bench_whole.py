"""From an empty disk to an archive that is searchable and sealed, against the sum of the floors.

`python -m bench.bench_whole [--documents 251287] [--workers 2] [--folder DIR]` generates cables (not counted), then
runs `unsealed init`, `ingest` (index included) and `seal` as a person would, and prints clock, CPU of all processes
and the largest memory of each step. The floors are those of `bench_ingest` (over the first rows of the same dump) and
of `bench_seal_archive` (a bare `hashlib` loop over a sample of the same readings, before and after the seal), scaled to
the whole. Give a folder on a disk with room for about 30 kB a document.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.bench_ingest import Cost, Watch
from bench.bench_ingest import floor as ingest_floor
from bench.bench_seal_archive import floor as hash_floor
from bench.bench_seal_archive import hashes_of
from bench.control_group import ControlGroup
from bench.generate import write
from unsealed.archive import Archive

SAMPLE = 10_000  # rows of the floor of ingest
PASSPHRASE = "bench"


class Step(NamedTuple):
    """One command: CPU seconds of all its processes, seconds on the clock, bytes of memory at the peak."""

    name: str
    cpu: float
    clock: float
    memory: int


def run(name: str, *arguments: str, **environment: str) -> Step:
    """Run `unsealed`; the CPU is that of everything it started and waited for."""
    command = [sys.executable, "-m", "unsealed", *arguments]
    with ControlGroup() as group:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            preexec_fn=group.join,  # noqa: PLW1509
        )
        watch = Watch(process.pid)
        watch.start()
        if process.wait():
            raise SystemExit(f"unsealed {name} ended with {process.returncode}")
        watch.done.set()
        return Step(name, group.seconds(), time.perf_counter() - start, watch.peak)


def first_rows(dump: Path, count: int) -> Path:
    """A dump of the first rows: the generator writes each row on lines of its own, and each begins alike."""
    part = dump.with_suffix(".part")
    with dump.open("rb") as rows, part.open("wb") as out:
        lines = itertools.takewhile(lambda line: not line.startswith(f'"{count + 1}",'.encode()), rows)
        out.writelines(lines)
    return part


def floor_of_ingest(dump: Path, folder: Path, documents: int) -> dict[str, Cost]:
    """The floor of all documents, from that of the first ones."""
    part = first_rows(dump, min(SAMPLE, documents))
    parts = ingest_floor(part, folder / "floor")
    shutil.rmtree(folder / "floor")
    part.unlink()
    scale = documents / min(SAMPLE, documents)
    return {name: Cost(cost.cpu * scale, cost.wall * scale) for name, cost in parts.items()}


def measure(folder: Path, documents: int, workers: int) -> None:
    """Make, ingest, seal, and print."""
    dump, archive = folder / "cables.csv", folder / "archive"
    if not dump.exists():
        with dump.open("wb") as out:
            write(documents, 1, out)
    floors = floor_of_ingest(dump, folder, documents)
    place = ("--archive", str(archive))
    run("init", "init", str(archive), "--name", "Bench")
    ingest = run("ingest + index", "ingest", *place, "--workers", str(workers), str(dump))
    for role, name in (("log", "bench/log"), ("root", "root"), ("editor", "a"), ("editor", "b")):
        run("keys", "keys", "new", str(archive), role, name, UNSEALED_PASSPHRASE=PASSPHRASE)
    with Archive.open(archive) as opened:
        before = hash_floor(opened, workers)
    seal = run("seal", "seal", *place, UNSEALED_PASSPHRASE=PASSPHRASE)
    with Archive.open(archive) as opened:
        hashes = sum(hashes_of(line.atoms) for line in opened.slots(1))
        floors["hashes"] = Cost((before + hash_floor(opened, workers)) / 2 * hashes, 0.0)
    show(documents, floors, [ingest, seal])


def show(documents: int, floors: dict[str, Cost], steps: list[Step]) -> None:
    """The table."""
    print(f"\n{documents:,} documents, from an empty disk to searchable and sealed")
    for name, cost in floors.items():
        print(f"  floor {name:10} {cost.cpu:9.1f} CPU-s")
    total = sum(cost.cpu for cost in floors.values())
    print(f"  sum of the floors{total:9.1f} CPU-s   {total / 60:5.1f} min on one core")
    for step in steps:
        memory = step.memory / (1 << 30)
        print(f"  {step.name:16} {step.cpu:9.1f} CPU-s   {step.clock / 60:5.1f} min on the clock   {memory:.2f} GiB")
    cpu, clock = sum(step.cpu for step in steps), sum(step.clock for step in steps)
    print(f"  together         {cpu:9.1f} CPU-s   {clock / 60:5.1f} min on the clock")
    print(f"  CPU to the sum of the floors   {cpu / total:5.2f}")
    print(f"  clock to the sum of the floors {clock / total:5.2f}   (floors on one core, one after the other)")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=251_287)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="kept; default: a temporary folder")
    told = parser.parse_args()
    folder = told.folder or Path(tempfile.mkdtemp(prefix="bench-whole-"))
    folder.mkdir(exist_ok=True)
    try:
        measure(folder, told.documents, told.workers)
    finally:
        if not told.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
