"""Seal a whole archive: `unsealed seal` from readings on disk to a published statement, against its bare hashes.

`python -m bench.bench_seal_archive [--documents N] [--workers 2] [--rounds 3] [--folder DIR]` makes cables, ingests
them (not counted), seals a copy of the archive in each round, and prints the CPU time of all processes as a ratio to
a bare `hashlib` loop over as many hashes of the same lengths in as many processes. The loop runs over a sample of
the same archive's readings right before and right after each seal, one reading at a time, and is scaled by hashes.
Nothing is a best of several: other work on the machine slows both sides alike. The median round counts.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import psutil

from bench.bench_seal import OTHER_HASHES, bare, inputs, timed
from bench.generate import write
from unsealed.archive import Archive
from unsealed.release.keyring import open_keyring
from unsealed.release.keys import KeyStore
from unsealed.release.sealing import Sealing, seal_archive

SAMPLE = 2000  # readings of the bare loop
PASSPHRASE = "bench"


class Measured(NamedTuple):
    """Seconds of all processes together, of the bare hashes, on the clock; the largest sum of resident bytes."""

    cpu: float
    bare: float
    hashes: int
    clock: float
    memory: int

    @property
    def ratio(self) -> float:
        """What is bounded."""
        return self.cpu / self.bare


def make(folder: Path, documents: int, seed: int) -> None:
    """An archive of generated cables with all keys, ready to be sealed."""
    dump = folder / "cables.csv"
    with dump.open("wb") as out:
        write(documents, seed, out)
    archive = folder / "archive"
    Archive.create(archive, "Bench").close()
    subprocess.run([sys.executable, "-m", "unsealed", "ingest", "--archive", str(archive), str(dump)], check=True)
    store = KeyStore(archive).create(PASSPHRASE)
    for role, name in (("log", "bench/log"), ("root", "root"), ("editor", "a"), ("editor", "b")):
        store.new(role, name)


def cpu() -> float:
    """CPU seconds of this process and of those it waited for."""
    used = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


class Watch(threading.Thread):
    """The largest sum of unique bytes of this process and its children, looked at twice a second.

    `cost` is the CPU time of looking, which is not the seal's.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.cost = 0.0
        self.stop = threading.Event()

    def run(self) -> None:
        me = psutil.Process()
        while not self.stop.wait(0.5):
            try:
                found = [me.memory_full_info().uss, *(child.memory_full_info().uss for child in me.children())]
            except psutil.Error:
                continue
            self.most = max(self.most, sum(found))
            self.cost = time.thread_time()


def seal(folder: Path, workers: int) -> Measured:
    """Seal the archive in `folder` between two floors, and say what it cost."""
    with Archive.open(folder, write=True) as archive:
        first = floor(archive, workers)
        watch = Watch()
        watch.start()
        keys = open_keyring(archive, PASSPHRASE)
        before, start = cpu(), time.perf_counter()
        seal_archive(archive, keys, Sealing(now=lambda: "2026-01-01T00:00:00Z", workers=workers))
        used, clock = cpu() - before, time.perf_counter() - start
        watch.stop.set()
        watch.join()
        last = floor(archive, workers)
        hashes = sum(hashes_of(line.atoms) for line in archive.slots(1))
    return Measured(used - watch.cost, (first + last) / 2 * hashes, hashes, clock, watch.most)


def hashes_of(atoms: int) -> int:
    """How many hashes a document of so many atoms takes, as `inputs` counts them."""
    return 3 * atoms - 2 + OTHER_HASHES


def _bare_part(part: list[list[tuple[str, str]]]) -> tuple[float, int]:
    """CPU seconds and number of the bare hashes of these readings; the inputs of one reading at a time."""
    seconds, count = 0.0, 0
    for units in part:
        long, short = inputs([units])
        seconds += timed(lambda long=long, short=short: bare(long, short))  # type: ignore[misc]
        count += len(long) + len(short)
    return seconds, count


def floor(archive: Archive, workers: int) -> float:
    """CPU seconds of one bare hash, over a sample from the whole archive, in as many processes as seal."""
    rows = [summary.row for summary in archive.summaries()]
    readings = archive.readings(rows=rows[:: max(1, len(rows) // SAMPLE)])
    units = [[(unit.label, unit.text) for unit in stored.reading.units] for stored in readings]
    with get_context("fork").Pool(workers) as pool:
        done = pool.map(_bare_part, [units[number::workers] for number in range(workers)], chunksize=1)
    return sum(seconds for seconds, _ in done) / sum(count for _, count in done)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    told = parser.parse_args()
    folder = told.folder or Path(tempfile.mkdtemp(prefix="bench-seal-"))
    copy = Path(tempfile.mkdtemp(prefix="bench-seal-copy-")) / "archive"
    rounds = []
    try:
        if not (folder / "archive").exists():
            make(folder, told.documents, told.seed)
        for _ in range(told.rounds):
            shutil.copytree(folder / "archive", copy)
            rounds.append(seal(copy, told.workers))
            with Archive.open(copy) as archive:
                count = archive.slot_count(1)
            shutil.rmtree(copy)
    finally:
        shutil.rmtree(copy.parent)
        if not told.folder:
            shutil.rmtree(folder)
    done = sorted(rounds, key=lambda one: one.ratio)[len(rounds) // 2]
    print(f"documents {count:,}, workers {told.workers}, hashes {done.hashes:,}")
    print(f"ratio of CPU to the bare hashes   {done.ratio:6.2f}   (bound 1.6; all rounds: {_all(rounds)})")
    print(f"µs a bare hash                    {done.bare / done.hashes * 1e6:6.3f}")
    print(f"CPU {done.cpu:.1f} s, bare {done.bare:.1f} s, clock {done.clock:.1f} s")
    print(f"speed                             {count / done.clock:6,.0f} documents a second")
    print(f"memory of all processes           {done.memory / (1 << 20):6.0f} MiB")


def _all(rounds: list[Measured]) -> str:
    return " ".join(f"{one.ratio:.2f}" for one in rounds)


if __name__ == "__main__":
    main()
