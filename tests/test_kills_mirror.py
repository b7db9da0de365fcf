"""True kills (SIGKILL) from build to pull: the publisher's steps and a mirror's, with a witness that looks on.

Twenty kills here, 1,000 with `make soak` (UNSEALED_SOAK=1). After each: what is public holds, what a mirror serves
holds and is one whole state, and the witness never saw two heads of one size.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_kills import EDITORS, ENVIRONMENT, kill_once, run, unsealed
from unsealed.errors import VerifyError
from unsealed.mirror.check import verify_site
from unsealed.mirror.heads import check_log
from unsealed.mirror.source import FolderSource
from unsealed.seal.policy import Policy, parse_policy

SAMPLE = ROOT / "sample"
KILLS = 1000 if os.environ.get("UNSEALED_SOAK") else 20

pytestmark = [pytest.mark.slow, pytest.mark.timeout(7200 if KILLS > 20 else 600)]


class Running:
    """A witness in a process of its own, from a folder, on a port that stays the same."""

    def __init__(self, port: int) -> None:
        self.port = port

    @contextmanager
    def serve(self, folder: Path) -> Iterator[None]:
        command = unsealed("witness", "serve", folder, "--port", self.port)
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
        try:
            wait_for(self.port)
            yield
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def running() -> Running:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Running(int(free.getsockname()[1]))


def plan(path: Path) -> tuple[object, ...]:
    first = json.loads((SAMPLE / "releases.json").read_text())[0]
    return (
        "release", "plan", "--archive", path, "--number", 1, "--title", first["title"], "--date", first["date"],
        *first["documents"],
    )  # fmt: skip


def output(*arguments: object) -> str:
    return subprocess.run(unsealed(*arguments), capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory, running: Running) -> Path:
    """`archive`: sealed under a policy that needs the witness, reviewed. `witness`: its folder at that moment."""
    folder = tmp_path_factory.mktemp("kills")
    path, witness = folder / "archive", folder / "witness"
    run("witness", "init", witness, "--name", "kills.example/witness")
    line = f"w {json.loads(output('witness', 'status', witness, '--json'))['witness']} http://127.0.0.1:{running.port}"
    run("init", path, "--name", "Kills")
    settings = (SAMPLE / "unsealed.toml").read_text()
    lines = f'witnesses = ["{line}"]\nwitnesses_needed = 1\n'
    settings = settings.replace("[release]\n", f"[release]\n{lines}")
    (path / "unsealed.toml").write_text(settings if lines in settings else f"{settings}\n[release]\n{lines}")
    for role, name in (("log", "log"), ("root", "publisher"), *(("editor", name) for name in EDITORS)):
        run("keys", "new", path, role, name)
    log = next(one["vkey"] for one in json.loads(output("keys", "list", path, "--json")) if one["role"] == "log")
    run("witness", "init", witness, "--log", log)
    with running.serve(witness):
        run("ingest", SAMPLE / "archive", "--archive", path)
        run("seal", "--archive", path)
    run("review", "apply", SAMPLE / "decisions.json", "--archive", path)
    return folder


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
            continue
        return
    raise AssertionError("the witness does not answer")


def steps(path: Path, mirror: Path) -> list[tuple[object, ...]]:
    """From a plan to a mirror."""
    policy = path / "public/heads/policy"
    return [
        plan(path),
        ("release", "build", "--archive", path, 1),
        *(("release", "sign", "--archive", path, 1, "--as", name) for name in EDITORS),
        ("release", "publish", "--archive", path, 1),
        ("site", "build", path),
        ("site", "publish", path),
        ("mirror", "pull", path / "public", "--to", mirror, "--policy", policy, "--workers", 2),
    ]


class Watch:
    """What may never happen: two heads of one size, a smaller log, a mirror that serves something broken."""

    def __init__(self, path: Path, mirror: Path) -> None:
        self.path = path
        self.mirror = mirror
        self.policy: Policy = parse_policy((path / "public/heads/policy").read_bytes())
        self.roots: dict[int, bytes] = {}
        self.served = 0

    def look(self) -> None:
        """After a kill."""
        for folder in (self.path / "packages/log", self.path / "public/heads/log"):
            text = (folder / "checkpoint").read_bytes().split(b"\n")
            size, root = int(text[1]), text[2]
            assert self.roots.setdefault(size, root) == root, "two heads of one size"
        # The log behind the public head is whole at any moment.
        log = check_log(FolderSource(self.path / "public"), self.policy)
        assert log.size >= max((one for one in self.roots if one <= log.size), default=0)
        if (self.mirror / "public").exists():
            report = verify_site(FolderSource(self.mirror / "public"), self.policy, workers=1)
            assert report.entries >= self.served
            self.served = report.entries


def test_from_plan_to_pull(planned: Path, tmp_path: Path, running: Running) -> None:
    """Round after round: each step is killed at random, then run to its end; each round begins with the same seal."""
    killed, attempt = 0, 0
    chance = random.Random(11)
    seconds: dict[int, float] = {}
    while killed < KILLS:
        attempt += 1
        assert attempt < 10 + KILLS
        folder = tmp_path / f"round{attempt}"
        shutil.copytree(planned, folder, symlinks=True)
        with running.serve(folder / "witness"):
            killed += one_round(folder / "archive", folder / "mirror", chance, seconds, KILLS - killed)
        shutil.rmtree(folder)


def one_round(path: Path, mirror: Path, chance: random.Random, seconds: dict[int, float], wanted: int) -> int:
    """From plan to pull, with up to `wanted` kills. How many there were."""
    watch, killed = Watch(path, mirror), 0
    for number, step in enumerate(steps(path, mirror)):
        for _ in range(3):
            if number not in seconds or killed >= wanted or not kill_once(chance, seconds[number], *step):
                break
            killed += 1
            watch.look()
        seconds.setdefault(number, run_again(*step))
        watch.look()
    report = verify_site(FolderSource(mirror / "public"), watch.policy, workers=1)
    assert [one.witness.name for one in report.witnesses] == ["kills.example/witness"]
    assert watch.served == report.entries
    return killed


def run_again(*step: object) -> float:
    """Let a step run to its end; a kill may have come after its last write, and then there is nothing left to do."""
    start = time.monotonic()
    done = subprocess.run(unsealed(*step), env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    left = "published" in done.stderr
    assert done.returncode == 0 or left, f"{step[0]} {step[1]}: {done.stdout[-800:]}{done.stderr[-800:]}"
    return time.monotonic() - start


def test_a_broken_head_would_be_seen(planned: Path, tmp_path: Path) -> None:
    """The watch is no decoration."""
    path = tmp_path / "archive"
    shutil.copytree(planned / "archive", path)
    watch = Watch(path, tmp_path / "mirror")
    watch.look()
    tile = next((path / "public/heads/log/tile").rglob("1"))
    tile.write_bytes(b"x" * len(tile.read_bytes()))
    with pytest.raises(VerifyError):
        watch.look()
