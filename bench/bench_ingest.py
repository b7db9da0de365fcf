"""How much ingest costs, as a ratio to what no ingest could do without.

    python bench/bench_ingest.py --documents 10000 50000 [--workers 2] [--repeat 3] [--no-index]
        [--no-sandbox]

Floor, measured in the same run on the same rows: tantivy indexing the bare text, one SHA-256 of the row, one parse
of header (nine patterns) and paragraphs into values. Floor and ours run in turn `--repeat` times, and the least of each
counts: what else the machine does only adds. Ours: `unsealed ingest` from an empty archive to a committed index. CPU
counts user and system time of all processes and threads, by a control group (run it as root); memory is the sum over
all processes (PSS where the kernel tells, which counts shared pages once), sampled every 0.2 s.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import tantivy

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.control_group import ControlGroup
from unsealed import compiled

ROOT = Path(__file__).resolve().parent.parent

HEADER = [re.compile(pattern, re.MULTILINE) for pattern in (
    r"^VZCZC(\w{7})", r"^([ZOPR]{2}) R\w+", r"^DE (R\w+) #(\d{4}) (\d{7})", r"^(ZN[RY]) \w{5} ZZ[HK]",
    r"^([ZOPR])(?: [ZOPR])? (\d{6}Z) ([A-Z]{3}) (\d\d)",
    r"^FM (.+)$", r"^TO (.+)$", r"^E\.O\. \d{5}:? ?(.*)$", r"^TAGS:? (.+)$")]  # fmt: skip
PARAGRAPH = re.compile(r"^[ \t]*(\d{1,2})\.[ \t]+(?:\(([A-Z/]+)\)[ \t]+)?", re.MULTILINE)


class Cost(NamedTuple):
    """Seconds of processor, seconds of wall clock, bytes of memory at the peak."""

    cpu: float
    wall: float
    memory: int = 0


def rows(path: Path) -> Iterator[list[str]]:
    """The rows of a dump, unescaped."""
    csv.field_size_limit(1 << 30)
    with open(path, encoding="utf-8", newline="") as handle:
        yield from csv.reader(handle, escapechar="\\", doublequote=True)


def floor(path: Path, folder: Path) -> dict[str, Cost]:
    """Cost of each part of the floor; reading and unescaping the rows is not counted.

    Hashing and parsing happen in this thread alone. The engine works in threads of its own whenever it likes, so all
    that the process used counts as the engine's, but for what this thread did besides.
    """
    spent = {name: [0.0, 0.0] for name in ("reading", "sha256", "parse")}
    before, began = time.process_time(), time.perf_counter()
    add, finish = _indexer(folder)
    number = 0
    source = _chunks(path)
    while True:
        with _timing(spent["reading"]):
            some = next(source)
        if not some:
            break
        for name, work in (("sha256", _hash), ("parse", _parse)):
            with _timing(spent[name]):
                for row in some:
                    work(row)
        for row in some:
            number += 1
            add(number, row)
    finish()
    besides = [sum(spent[name][kind] for name in ("reading", "sha256", "parse")) for kind in (0, 1)]
    engine = Cost(time.process_time() - before - besides[0], time.perf_counter() - began - besides[1])
    return {"sha256": Cost(*spent["sha256"]), "parse": Cost(*spent["parse"]), "tantivy": engine}


def _chunks(path: Path) -> Iterator[list[list[str]]]:
    some: list[list[str]] = []
    for row in rows(path):
        some.append(row)
        if len(some) == 2000:
            yield some
            some = []
    yield some
    if some:
        yield []


@contextlib.contextmanager
def _timing(total: list[float]) -> Iterator[None]:
    cpu, wall = time.thread_time(), time.perf_counter()
    yield
    total[0] += time.thread_time() - cpu
    total[1] += time.perf_counter() - wall


def _hash(row: list[str]) -> None:
    hashlib.sha256("".join(row).encode()).digest()


def _parse(row: list[str]) -> tuple[list[tuple[str, ...]], list[tuple[str, str, str]]]:
    """The values of nine header lines, and number, mark and text of each paragraph: the least that is a reading."""
    text = row[6] + "\n" + row[7]
    header = [found.groups() for pattern in HEADER if (found := pattern.search(text)) is not None]
    starts = list(PARAGRAPH.finditer(text))
    ends = [*(found.start() for found in starts[1:]), len(text)]
    return header, [(found[1], found[2], text[found.end() : end]) for found, end in zip(starts, ends, strict=True)]


def _indexer(folder: Path) -> tuple[Callable[[int, list[str]], None], Callable[[], None]]:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", stored=False)
    builder.add_unsigned_field("row", indexed=True, fast=True)
    folder.mkdir()
    writer = tantivy.Index(builder.build(), str(folder)).writer(200 << 20, 2)

    def add(number: int, row: list[str]) -> None:
        document = tantivy.Document()
        document.add_unsigned("row", number)
        document.add_text("body", row[6] + "\n" + row[7])
        writer.add_document(document)

    def finish() -> None:
        writer.commit()
        writer.wait_merging_threads()

    return add, finish


class Watch(threading.Thread):
    """Samples the memory of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self.peak = 0
        self.done = threading.Event()

    def run(self) -> None:
        """Sample until told to stop."""
        while not self.done.wait(0.2):
            try:
                family = [self._root, *self._root.children(recursive=True)]
            except psutil.Error:
                return
            self.peak = max(self.peak, sum(_memory(process) for process in family))


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, AttributeError):
        return 0


def ours(path: Path, archive: Path, workers: int, *switches: str) -> Cost:
    """`unsealed ingest` in a process of its own."""
    unsealed = [sys.executable, "-m", "unsealed"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    subprocess.run(
        [*unsealed, "init", str(archive), "--name", "Bench"], check=True, env=environment, stdout=subprocess.DEVNULL
    )
    command = [*unsealed, "ingest", str(path), "--archive", str(archive), "--workers", str(workers), *switches]
    with ControlGroup() as group:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=environment, preexec_fn=group.join)  # noqa: PLW1509 - no thread runs yet
        watch = Watch(process.pid)
        watch.start()
        code = process.wait()
        watch.done.set()
        wall = time.perf_counter() - start
        if code:
            raise SystemExit(f"unsealed ingest ended with {code}")
        return Cost(group.seconds(), wall, watch.peak)


def measure(documents: int, workers: int, repeat: int, folder: Path, *switches: str) -> None:
    """Print the block of one size."""
    dump = folder / f"cables-{documents}.csv"
    subprocess.run([sys.executable, str(ROOT / "bench" / "generate.py"), "--documents", str(documents), "--seed", "1",
                    "--out", str(dump)], check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    runs = []
    for number in range(repeat):
        parts = floor(dump, folder / f"floor{number}")
        runs.append((parts, ours(dump, folder / f"archive{number}", workers, *switches)))
        for name in ("floor", "archive"):
            shutil.rmtree(folder / f"{name}{number}")
    parts = {name: min((run[0][name] for run in runs), key=lambda cost: cost.cpu) for name in runs[0][0]}
    cost = min((run[1] for run in runs), key=lambda cost: cost.cpu)
    counted = [name for name in parts if "--no-index" not in switches or name != "tantivy"]
    base = sum(parts[name].cpu for name in counted)
    pairs = sorted(run[1].cpu / sum(run[0][name].cpu for name in counted) for run in runs)
    fast = compiled.usable(str(Path(sysconfig.get_path("platlib")) / compiled.FOLDER)) and not compiled.is_refused()
    print(f"modules {'compiled' if fast else 'as plain Python (`make compiled` first)'}")
    print(f"\n{documents:,} cables, {dump.stat().st_size / 1e6:,.0f} MB, {workers} workers {' '.join(switches)}")
    for name, part in parts.items():
        print(f"  floor {name:10} {part.cpu:9.2f} CPU-s  {1e6 * part.cpu / documents:8.0f} us a cable")
    print(f"  floor            {base:9.2f} CPU-s  {1e6 * base / documents:8.0f} us a cable")
    print(f"  ours             {cost.cpu:9.2f} CPU-s  {1e6 * cost.cpu / documents:8.0f} us a cable")
    print(f"  ratio            {cost.cpu / base:9.2f}        bound 2.00")
    middle, least, most = statistics.median(pairs), pairs[0], pairs[-1]
    print(f"  ratio of pairs   {middle:9.2f}        the middle of {repeat}, from {least:.2f} to {most:.2f}")
    print(f"  speed            {documents / cost.wall:9.0f} cables a second ({cost.wall:.1f} s)")
    print(f"  memory, peak     {cost.memory / (1 << 30):9.2f} GiB     bound 1.50")
    dump.unlink()


def main() -> None:
    """Measure the sizes that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[10_000, 50_000])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--no-index", action="store_true")
    parser.add_argument("--no-sandbox", action="store_true", help="as the floor, which has none; see bench_sandbox.py")
    options = parser.parse_args()
    switches = ["--no-index"] * options.no_index + ["--unsafe-no-sandbox"] * options.no_sandbox
    with tempfile.TemporaryDirectory(prefix="bench-ingest-") as folder:
        for documents in options.documents:
            measure(documents, options.workers, options.repeat, Path(folder), *switches)


if __name__ == "__main__":
    main()
