"""The fuzzer finds a planted fault: one behind four certain bytes, one chance in 4,000 million."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import fuzzing
from tests.conftest import ROOT
from unsealed.errors import UnsealedError

SECONDS = 60
PLANTED = '''

_mended = read


def read(data: bytes, context: bytes) -> Outcome:
    """As before, but for one fault."""
    for line in data.split(b"\\n"):
        if line[:4] == b"~#|^":
            raise IndexError
    return _mended(data, context)
'''


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of what a run of the fuzzer needs, with a place of its own for corpus and findings."""
    for name in ("src", "scripts", "tests", "sample"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "_vendor"))
    seeds = tmp_path / ".fuzz" / "corpus" / "read-markdown"
    seeds.mkdir(parents=True)
    (seeds / "one").write_bytes(b"# Title\n\nSome *text*.\n")  # small: as many runs as the time allows
    return tmp_path


def fuzz(copy: Path, seconds: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    command = [sys.executable, "scripts/fuzz.py", "--seconds", str(seconds), "--seed", "7", "read-markdown"]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS * 4)


@pytest.mark.slow
def test_a_planted_fault_is_found(copy: Path) -> None:
    pytest.importorskip("atheris", reason="needs atheris, which has wheels for Linux on x86-64")
    sound = fuzz(copy, 3)
    assert (sound.returncode, sound.stderr) == (0, ""), sound.stdout + sound.stderr
    reader = copy / "src" / "unsealed" / "ingest" / "readers" / "markdown.py"
    with reader.open("a", encoding="utf-8") as handle:
        handle.write(PLANTED)
    done = fuzz(copy, SECONDS)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "IndexError in unsealed/ingest/readers/markdown.py" in done.stdout
    (found,) = (copy / ".fuzz" / "findings").iterdir()
    assert b"~#|^" in found.read_bytes()


def test_what_the_fuzzer_begins_with_is_valid() -> None:
    """A target that refuses all its seeds at the first byte is not tested, however many runs it has."""
    names = ["proof", "verify", "note", "entry", "log-proof", "policy", "site-manifest"]
    taken = dict.fromkeys(names, 0)
    parsers = fuzzing.strict()
    for name, data in dict.fromkeys(fuzzing.formal()):
        with contextlib.suppress(UnsealedError):  # the vectors hold files as well that must be refused
            parsers[name](data)
            taken[name] += 1
    assert all(taken.values()), taken
