"""True kills (SIGKILL) at random moments of ingest, seal and publish: the next run completes, with the same bytes.

20 kills here, 200 with `make soak` (UNSEALED_SOAK=1). Crash points enumerated one by one are in the rooms' own tests.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from unsealed.archive import Archive
from unsealed.files import walk_files

SAMPLE = ROOT / "sample"
FACTOR = 10 if os.environ.get("UNSEALED_SOAK") else 1
EDITORS = ("a.lindqvist", "m.okafor")
ENVIRONMENT = {**os.environ, "UNSEALED_PASSPHRASE": "only a test", "PYTHONHASHSEED": "0"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600 * FACTOR)]


def unsealed(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "unsealed", *map(str, arguments)]


def run(*arguments: object) -> float:
    """Run to the end; seconds taken."""
    start = time.monotonic()
    done = subprocess.run(unsealed(*arguments), env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{arguments[0]}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    return time.monotonic() - start


def kill_once(chance: random.Random, seconds: float, *arguments: object) -> bool:
    """Start a command and kill it, and every process of its group, after a random part of `seconds`."""
    process = subprocess.Popen(
        unsealed(*arguments),
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(timeout=chance.uniform(0.25, 0.95) * seconds)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return True


def kill_many(times: int, seconds: float, *arguments: object, seed: int) -> int:
    """Kill up to `times` runs, until one ends by itself; then let one run to the end. How many were killed."""
    chance = random.Random(seed)
    killed = 0
    while killed < times and kill_once(chance, seconds, *arguments):
        killed += 1
    run(*arguments)
    return killed


def truth_of(path: Path) -> dict[str, object]:
    """Everything that ingest decides: items, readings, ledger; and that every original is still its own hash."""
    with Archive.open(path) as archive:
        rows = []
        for stored in archive.readings():
            item = stored.item
            assert hashlib.sha256(archive.original(item.id)).digest() == item.sha256
            rows.append((stored.row, item, stored.reading))
        return {"rows": rows, "ledger": archive.ledger_bytes()}


def public_bytes(path: Path) -> dict[str, str]:
    """Hash of every file that leaves the house."""
    found = {}
    for folder in ("public", "packages"):
        for file in walk_files(path / folder):
            found[str(file.relative_to(path))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample archive, read without a disturbance; with keys and editors."""
    path = tmp_path_factory.mktemp("undisturbed") / "archive"
    run("init", path, "--name", "Kills")
    shutil.copy(SAMPLE / "unsealed.toml", path / "unsealed.toml")
    for role, name in (("log", "log"), ("root", "publisher"), *(("editor", name) for name in EDITORS)):
        run("keys", "new", path, role, name)
    run("ingest", SAMPLE / "archive", "--archive", path)
    return path


def test_ingest_survives_kills(ingested: Path, tmp_path: Path) -> None:
    """Eight kills, over as many archives as that takes: each ends in the state of the undisturbed one."""
    seconds, killed, attempt = 0.0, 0, 0
    while killed < 8 * FACTOR and attempt < 40 * FACTOR:
        attempt += 1
        path = tmp_path / f"archive{attempt}"
        run("init", path, "--name", "Kills")
        shutil.copy(SAMPLE / "unsealed.toml", path / "unsealed.toml")
        ingest = ("ingest", SAMPLE / "archive", "--archive", path)
        if seconds:
            killed += kill_many(4, seconds, *ingest, seed=attempt)
        else:
            seconds = run(*ingest)
        assert truth_of(path) == truth_of(ingested)
        shutil.rmtree(path)
    assert killed >= 8 * FACTOR


def test_seal_survives_kills(ingested: Path, tmp_path: Path) -> None:
    for attempt in range(FACTOR):
        path = tmp_path / f"archive{attempt}"
        shutil.copytree(ingested, path)
        chance = random.Random(attempt)
        twin: Path | None = None
        for step in range(6):
            kill_once(chance, 2.0, "seal", "--archive", path)
            with Archive.open(path) as archive:
                drawn = bool(archive.generations()) and any(True for _ in archive.slots(1))
            if drawn and twin is None:  # keys and slot table are durable: from here on every byte is decided
                twin = tmp_path / f"twin{attempt}-{step}"
                shutil.copytree(path, twin)
        seal_rest(path)
        if twin is not None:
            seal_rest(twin)
            assert same_but_time(public_bytes(path), public_bytes(twin), path, twin)


def seal_rest(path: Path) -> None:
    """Let a seal run to the end; a kill may have come after the last step, and then there is nothing left to do."""
    done = subprocess.run(unsealed("seal", "--archive", path), env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0 or "nothing to seal" in done.stderr, done.stderr[-1500:]
    with Archive.open(path) as archive:
        assert archive.generations() == [1]


def same_but_time(one: dict[str, str], other: dict[str, str], first: Path, second: Path) -> bool:
    """Equal but for the seal's time: the statement, what it is bound in, and its signatures."""
    assert set(one) == set(other)
    differs = sorted(name for name in one if one[name] != other[name])
    statements = [
        json.loads(path.read_text()) for path in (first, second) for path in path.glob("packages/0000/*statement*")
    ]
    times = {statement.pop("time", None) for statement in statements}
    assert all(statement == statements[0] for statement in statements)
    return differs == [] or len(times) > 1


@pytest.fixture(scope="module")
def planned(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sealed, reviewed, the first release planned."""
    path = tmp_path_factory.mktemp("planned") / "archive"
    shutil.copytree(ingested, path)
    run("seal", "--archive", path)
    run("review", "apply", SAMPLE / "decisions.json", "--archive", path)
    first = json.loads((SAMPLE / "releases.json").read_text())[0]
    run(
        "release",
        "plan",
        "--archive",
        path,
        "--number",
        1,
        "--title",
        first["title"],
        "--date",
        first["date"],
        *first["documents"],
    )
    return path


def steps(path: Path) -> list[tuple[object, ...]]:
    """From a plan to a published site."""
    return [
        ("release", "build", "--archive", path, 1),
        *(("release", "sign", "--archive", path, 1, "--as", name) for name in EDITORS),
        ("release", "publish", "--archive", path, 1),
        ("site", "build", path),
        ("site", "publish", path),
    ]


def test_publishing_survives_kills(planned: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(planned, undisturbed)
    seconds = [run(*step) for step in steps(undisturbed)]
    killed = 0
    for attempt in range(5):  # one is enough, unless the machine was busy while the steps were timed
        disturbed = tmp_path / f"disturbed{attempt}"
        shutil.copytree(planned, disturbed)
        for number, (step, duration) in enumerate(zip(steps(disturbed), seconds, strict=True)):
            killed += kill_many(FACTOR, duration, *step, seed=number + 100 * attempt)
        run("verify", "--site", disturbed / "public", "--policy", planned / "public" / "heads" / "policy")
        assert public_bytes(disturbed) == public_bytes(undisturbed)
        if killed >= 2 * FACTOR:
            break
    assert killed >= 2 * FACTOR
