"""A large mailbox and a zip of many members: peak memory, speed, and what a kill in the middle costs.

    python -m bench.bench_big [--mbox-bytes N] [--zip-members N] [--folder DIR] [--halfway]

Full size (5 GB, 200,000 members) by default. Both are generated, and removed at the end. Memory is the sum over the
command and all its processes (proportional set size: what forks share counts once), looked at ten times a second.
Processor seconds are those of a control group (run it as root): on a machine that does other things, too, they say what
a kill costs, where the clock does not. `--halfway` makes one run only, killed when half of the documents are there: how
long the next run takes until there is a document more is the work that was done twice, with one start.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from bench.control_group import ControlGroup
from bench.vocabulary import FREQUENT
from unsealed.archive import Archive

EVERY = 0.1  # seconds between two looks at the memory


def text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(FREQUENT, k=words))


def write_mailbox(path: Path, size: int) -> int:
    """A mailbox of at least `size` bytes; gives the number of its messages."""
    chance = random.Random(1)
    bodies = [text(chance, 600) for _ in range(200)]
    number = 0
    with open(path, "wb") as handle:
        while handle.tell() < size:
            number += 1
            head = (
                f"From a{number}@example.org Tue Mar  9 17:05:{number % 60:02d} 2004\n"
                f"From: a{number % 97}@example.org\nTo: b@example.org\nSubject: Paper {number}\n"
                f"Date: Tue, 09 Mar 2004 17:05:00 +0000\nMessage-ID: <{number}@example.org>\n\n"
            )
            handle.write(f"{head}{number} {chance.choice(bodies)}\n{chance.choice(bodies)}\n\n".encode())
    return number


def write_zip(path: Path, members: int) -> int:
    chance = random.Random(2)
    bodies = [text(chance, 60) for _ in range(200)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for number in range(members):
            target.writestr(f"{number // 1000:03d}/{number:06d}.txt", f"{number} {chance.choice(bodies)}\n")
    return members


def processes(root: psutil.Process) -> Iterator[psutil.Process]:
    yield root
    yield from root.children(recursive=True)


def memory(root: psutil.Process) -> tuple[int, int]:
    """Bytes of the command alone and of everything that it started."""
    sizes: list[int] = []
    try:
        for process in processes(root):
            try:
                sizes.append(process.memory_full_info().pss)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
    except psutil.NoSuchProcess:
        pass
    return (sizes[0], sum(sizes)) if sizes else (0, 0)


def documents(folder: Path) -> int:
    with Archive.open(folder) as archive:
        return archive.max_row()


def run(folder: Path, source: Path, *, until: float = 0.0) -> dict[str, float]:
    """`unsealed ingest`, killed after `until` seconds where that is not 0."""
    command = [sys.executable, "-m", "unsealed", "ingest", str(source), "--no-index", "--archive", str(folder)]
    alone = together = 0
    with ControlGroup() as group:
        began = time.monotonic()
        process = psutil.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True, preexec_fn=group.join)
        while process.poll() is None:
            one, everything = memory(process)
            alone, together = max(alone, one), max(together, everything)
            if until and time.monotonic() - began > until:
                process.send_signal(signal.SIGKILL)
                process.wait()
                break
            time.sleep(EVERY)
        seconds = time.monotonic() - began
        cpu = group.seconds()
    return {"seconds": seconds, "cpu_s": cpu, "command_mib": alone / 2**20, "all_mib": together / 2**20}


def measure(name: str, source: Path, expected: int, folder: Path) -> dict[str, object]:
    with Archive.create(folder / "whole", "Bench"):
        pass
    whole = run(folder / "whole", source)
    found = documents(folder / "whole")
    assert found == expected, (found, expected)
    shutil.rmtree(folder / "whole")
    with Archive.create(folder / "killed", "Bench"):
        pass
    first = run(folder / "killed", source, until=whole["seconds"] * 0.6)
    kept = documents(folder / "killed")
    second = run(folder / "killed", source)
    assert documents(folder / "killed") == expected
    shutil.rmtree(folder / "killed")
    # What both runs took above the one that was not killed: the work that was done twice, and one more start.
    cost, cpu = (first[of] + second[of] - whole[of] for of in ("seconds", "cpu_s"))
    return {
        "what": name, "bytes": source.stat().st_size, "documents": expected, **whole,
        "documents_s": expected / whole["seconds"], "kept_at_kill": kept, "kill_costs_seconds": cost,
        "kill_costs_cpu_s": cpu,
    }  # fmt: skip


def halfway(name: str, source: Path, expected: int, folder: Path) -> dict[str, object]:
    """One run that is killed halfway and goes on: seconds by the clock until there is more."""
    archive = folder / "halfway"
    with Archive.create(archive, "Bench"):
        pass
    command = [sys.executable, "-m", "unsealed", "ingest", str(source), "--no-index", "--archive", str(archive)]
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while documents(archive) < expected / 2:
        assert process.poll() is None or documents(archive) == expected
        time.sleep(EVERY)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = documents(archive)
    began = time.monotonic()
    process = psutil.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while documents(archive) <= kept < expected:
        time.sleep(EVERY)
    seconds = time.monotonic() - began
    assert process.wait() == 0
    assert documents(archive) == expected
    shutil.rmtree(archive)
    return {
        "what": name, "bytes": source.stat().st_size, "documents": expected, "kept_at_kill": kept,
        "until_more_seconds": seconds,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mbox-bytes", type=int, default=5_000_000_000)
    parser.add_argument("--zip-members", type=int, default=200_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--halfway", action="store_true")
    arguments = parser.parse_args()
    way = halfway if arguments.halfway else measure
    if arguments.folder is not None:
        arguments.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        for what, path, make, size in (
            ("zip", folder / "many.zip", write_zip, arguments.zip_members),
            ("mbox", folder / "large.mbox", write_mailbox, arguments.mbox_bytes),
        ):
            if size:
                expected = make(path, size)
                print(json.dumps(way(what, path, expected, folder)), flush=True)
                path.unlink()


if __name__ == "__main__":
    main()
