"""What a pull moves, and how fast a whole mirror is checked, against bare SHA-256 in the same run.

    python bench/bench_mirror.py [--documents 1500] [--new 250]

Makes a site, pulls it over HTTP on loopback, publishes a release more, pulls again and counts every byte that the
servers sent (bodies, heads of the log from two sources included). Then checks the whole mirror, and hashes the same
files with a bare loop. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.mirror.simulator import Host
from tests.site.press import Press

from bench.bench_site import cable
from unsealed.mirror.pull import PullOptions, pull
from unsealed.mirror.recheck import check_mirror
from unsealed.seal.policy import parse_policy
from unsealed.site import build_site

ROUNDS = 3


def published(press: Press) -> dict[str, bytes]:
    """Build and sign the pages; every file of the site."""
    report = build_site(press.packages, press.public, press.cache, log=press.log_folder)
    press.publish_site(report.manifest())
    (press.public / "heads" / "policy").write_bytes(press.policy)
    files = (path for path in press.public.rglob("*") if path.is_file())
    return {path.relative_to(press.public).as_posix(): path.read_bytes() for path in files}


def bare(paths: list[Path], workers: int) -> None:
    """SHA-256 of the same files, as one would write it."""

    def some(part: list[Path]) -> None:
        for path in part:
            hashlib.sha256(path.read_bytes()).hexdigest()

    size = 1000
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(some, [paths[at : at + size] for at in range(0, len(paths), size)]))


def timed(function: Callable[[], object]) -> float:
    """The least of some rounds, in CPU seconds."""
    return min(timed_once(function) for _ in range(ROUNDS))


def main() -> None:
    """Pull, publish more, pull again; check; print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1500)
    parser.add_argument("--new", type=int, default=250)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench-mirror-"))
    count, new = arguments.documents, arguments.new
    press = Press(folder / "press", [cable(number) for number in range(count + new)])
    press.seal()
    press.release(list(range(count)), "The bulk of it")
    before = published(press)
    mirror, policy = folder / "mirror", parse_policy(press.policy)
    options = PullOptions(now=time.time, workers=8)
    first, second = Host(before), Host(before)
    with first.serving() as one, second.serving() as two:
        pull(mirror, [one, two], policy, options)
    press.release(list(range(count, count + new)), "More of it")
    after = published(press)
    changed = sum(len(data) for path, data in after.items() if before.get(path) != data)
    first, second = Host(after), Host(after)
    with first.serving() as one, second.serving() as two:
        start = time.perf_counter()
        pull(mirror, [one, two], policy, options)
        pulled = time.perf_counter() - start
    moved = first.sent + second.sent
    paths = sorted(path for path in (mirror / "public").rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in paths)
    memory = timed(partial(hashlib.sha256, b"".join(path.read_bytes() for path in paths)))
    answer: dict[str, object] = {
        "bench": "mirror", "documents": count + new, "files": len(paths), "bytes": total,
        "new_bytes": changed, "moved_bytes": moved, "moved_ratio": round(moved / changed, 4),
        "pull_seconds": round(pulled, 2), "sha256_in_memory_gb_cpu_s": round(total / memory / 1e9, 3),
    }  # fmt: skip
    for workers in (1, 2):
        loops, checks = [], []
        for _ in range(ROUNDS):  # in turns: a machine that is not quiet slows both
            loops.append(timed_once(partial(bare, paths, workers)))
            checks.append(timed_once(partial(check_mirror, mirror, workers=workers)))
        ours = min(checks)
        answer[f"check_{workers}_gb_cpu_s"] = round(total / ours / 1e9, 3)
        answer[f"check_{workers}_of_bare_loop"] = round(min(loops) / ours, 2)
        answer[f"check_{workers}_of_bare_loop_median"] = round(
            statistics.median(loop / check for loop, check in zip(loops, checks, strict=True)), 2
        )
        answer[f"check_{workers}_of_memory"] = round(memory / ours, 2)
    shutil.rmtree(folder)
    print(json.dumps(answer))


def timed_once(function: Callable[[], object]) -> float:
    """CPU seconds of one call, in all threads: a machine that others use does not change them much."""
    start = time.process_time()
    function()
    return time.process_time() - start


if __name__ == "__main__":
    main()
