"""Seal a whole archive: `unsealed seal` from readings on disk to a published statement, against its bare hashes.

`python -m bench.bench_seal_archive [--documents N] [--workers 2] [--folder DIR]` makes cables, ingests them (not
counted), seals, and prints the CPU time of all processes as a ratio to a bare `hashlib` loop over as many hashes of
the same lengths: the loop runs over a sample of the same archive's readings, in the same run, and is scaled by atoms.
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

from bench.bench_seal import bare, inputs, timed
from bench.generate import write
from unsealed.archive import Archive
from unsealed.release.keyring import open_keyring
from unsealed.release.keys import KeyStore
from unsealed.release.sealing import Sealing, seal_archive

SAMPLE = 400  # readings of the bare loop
PASSPHRASE = "bench"


class Measured(NamedTuple):
    """Seconds of all processes together, seconds on the clock, and the largest sum of resident bytes."""

    cpu: float
    clock: float
    memory: int


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
    """The largest sum of unique bytes of this process and its children, looked at ten times a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.stop = threading.Event()

    def run(self) -> None:
        me = psutil.Process()
        while not self.stop.wait(0.1):
            try:
                found = [me.memory_full_info().uss, *(child.memory_full_info().uss for child in me.children())]
            except psutil.Error:
                continue
            self.most = max(self.most, sum(found))


def seal(archive: Archive, workers: int) -> Measured:
    """Seal the archive and say what it cost."""
    watch = Watch()
    watch.start()
    keys = open_keyring(archive, PASSPHRASE)
    before, start = cpu(), time.perf_counter()
    seal_archive(archive, keys, Sealing(now=lambda: "2026-01-01T00:00:00Z", workers=workers))
    done = Measured(cpu() - before, time.perf_counter() - start, 0)
    watch.stop.set()
    watch.join()
    return done._replace(memory=watch.most)


def _bare_part(part: list[list[tuple[str, str]]]) -> tuple[float, int]:
    """CPU seconds (best of five) and number of the bare hashes of these readings."""
    long, short = inputs(part)
    return min(timed(lambda: bare(long, short)) for _ in range(5)), len(long) + len(short)


def floor(archive: Archive, workers: int) -> tuple[float, int]:
    """CPU seconds of the bare hashes of the whole archive, and their number, scaled from a sample by atoms.

    The sample is hashed by as many processes at once as seal: two processes on shared cores slow each other down.
    """
    slots = list(archive.slots(1))
    chosen = slots[:: max(1, len(slots) // SAMPLE)]
    readings = archive.readings(rows=[line.row for line in chosen])
    units = [[(unit.label, unit.text) for unit in stored.reading.units] for stored in readings]
    with get_context("fork").Pool(workers) as pool:
        done = pool.map(_bare_part, [units[number::workers] for number in range(workers)], chunksize=1)
    scale = sum(line.atoms for line in slots) / sum(line.atoms for line in chosen)
    return sum(seconds for seconds, _ in done) * scale, round(sum(count for _, count in done) * scale)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path)
    told = parser.parse_args()
    folder = told.folder or Path(tempfile.mkdtemp(prefix="bench-seal-"))
    try:
        if not (folder / "archive").exists():
            make(folder, told.documents, told.seed)
        with Archive.open(folder / "archive", write=True) as archive:
            done = seal(archive, told.workers)
            bare_seconds, hashes = floor(archive, told.workers)
            count = archive.slot_count(1)
        print(f"documents {count:,}, workers {told.workers}, hashes {hashes:,}")
        print(f"ratio of CPU to the bare hashes   {done.cpu / bare_seconds:6.2f}   (bound 1.6)")
        print(f"µs a bare hash                    {bare_seconds / hashes * 1e6:6.3f}")
        print(f"CPU {done.cpu:.1f} s, bare {bare_seconds:.1f} s, clock {done.clock:.1f} s")
        print(f"speed                             {count / done.clock:6,.0f} documents a second")
        print(f"memory of all processes           {done.memory / (1 << 20):6.0f} MiB")
    finally:
        if not told.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
