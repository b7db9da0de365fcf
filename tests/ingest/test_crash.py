"""Killed anywhere, ingest goes on, and the archive is the one that it would have been."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ingest.material import cable_row, contents, ingest, write_sources
from unsealed import files
from unsealed.archive import Archive


class Counter:
    """A crash hook that ends the process at its `at`-th call."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.calls = 0

    def __call__(self, _name: str) -> None:
        self.calls += 1
        if self.calls == self.at:
            os._exit(9)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In memory where that exists: a killed process loses no page of a file, and fsync on a disk is slow."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def _in_child(folder: Path, source: Path, at: int) -> int:
    """Run in a fork that dies at a crash point; gives its exit code, or the number of points where `at` is 0."""
    receive, send = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            counter = Counter(at)
            files.set_crash_hook(counter)
            ingest(folder, source)
            os.write(send, str(counter.calls).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(send)
    answer = os.read(receive, 64)
    os.close(receive)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return int(answer) if at == 0 and code == 0 else code


@pytest.mark.slow
def test_killed_at_every_point_the_next_run_completes(tmp_path: Path) -> None:
    source = write_sources(tmp_path / "source")
    undisturbed = tmp_path / "undisturbed"
    points = _in_child(undisturbed, source, 0)
    assert points > 50
    for at in range(1, points + 1):
        folder = tmp_path / "killed"
        assert _in_child(folder, source, at) == 9, f"point {at} was not reached"
        ingest(folder, source)
        _same(folder, undisturbed, f"killed at point {at}")
        shutil.rmtree(folder)


def test_killed_twice(tmp_path: Path) -> None:
    source = write_sources(tmp_path / "source")
    points = _in_child(tmp_path / "undisturbed", source, 0)
    chance = random.Random(5)
    for number in range(12):
        folder = tmp_path / f"killed-{number}"
        for _ in range(3):
            _in_child(folder, source, chance.randrange(1, points))
        ingest(folder, source)
        _same(folder, tmp_path / "undisturbed", f"round {number}")


def _same(folder: Path, undisturbed: Path, what: str) -> None:
    """The two archives are equal, but for the list of runs: one that had ended begins another, in vain."""
    one, other = contents(folder), contents(undisturbed)
    one.pop("jobs")
    other.pop("jobs")
    assert one.keys() == other.keys(), what
    for name, value in other.items():
        assert one[name] == value, f"{name} differs: {what}"


def _unsealed(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "unsealed", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


@pytest.mark.slow
def test_true_kills(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "dump.csv").write_bytes(b"".join(cable_row(number, 200) for number in range(4000)))
    write_sources(source / "more")
    for name in ("undisturbed", "killed"):
        with Archive.create(tmp_path / name, "Test"):
            pass
        with open(tmp_path / name / "unsealed.toml", "a") as handle:
            handle.write("\n[ingest]\ncommit_items = 100\n")
    call = ["ingest", str(source), "--no-index", "--archive"]
    started = time.monotonic()
    assert _unsealed(*call, str(tmp_path / "undisturbed")).wait() == 0
    whole = time.monotonic() - started
    chance = random.Random(1)
    kills = 0
    for _ in range(5):
        process = _unsealed(*call, str(tmp_path / "killed"))
        time.sleep(chance.uniform(0.3, 0.8) * whole)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    assert _unsealed(*call, str(tmp_path / "killed")).wait() == 0
    assert kills > 0
    _same(tmp_path / "killed", tmp_path / "undisturbed", f"{kills} kills")
