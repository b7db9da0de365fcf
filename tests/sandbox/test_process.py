"""A worker process: its answers, and each way in which it can fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from unsealed.sandbox import Failure, Limits, SandboxError, Worker

LIMITS = Limits(request=1 << 20, answer=1 << 20, memory=1 << 30, seconds=20.0)
COMMAND = [sys.executable, "-m", "tests.sandbox.misbehaving"]


@pytest.fixture(autouse=True)
def at_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{root}{os.pathsep}{root / 'src'}")


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(COMMAND, LIMITS)
    yield made
    made.kill()


def ask(worker: Worker, text: bytes) -> bytes:
    worker.send(text)
    return bytes(worker.receive())


def test_it_lives_long_and_answers_in_order(worker: Worker) -> None:
    assert ask(worker, b"echo one") == b"one"
    pid = worker.pid
    worker.send(b"twice two")
    assert [bytes(worker.receive()), bytes(worker.receive())] == [b"two", b"two"]
    assert ask(worker, b"echo " + b"x" * 900_000) == b"x" * 900_000
    assert worker.pid == pid


@pytest.mark.parametrize(("order", "failure"), [
    (b"die", Failure.DIED), (b"raise", Failure.DIED), (b"large", Failure.DIED), (b"lie", Failure.LARGE),
])  # fmt: skip
def test_a_failure_has_a_name_and_the_next_question_a_new_process(
    worker: Worker, order: bytes, failure: Failure
) -> None:
    assert ask(worker, b"echo before") == b"before"
    before = worker.pid
    with pytest.raises(SandboxError) as caught:
        ask(worker, order)
    assert caught.value.failure is failure
    assert worker.pid == 0
    assert not Path(f"/proc/{before}").exists(), "the dead process is reaped"
    assert ask(worker, b"echo after") == b"after"
    assert worker.pid != before


def test_too_slow_is_killed() -> None:
    worker = Worker(COMMAND, Limits(seconds=3.0))
    ask(worker, b"echo up")
    pid = worker.pid
    with pytest.raises(SandboxError) as caught:
        ask(worker, b"sleep")
    assert caught.value.failure is Failure.SLOW
    assert not Path(f"/proc/{pid}").exists()


def test_an_answer_of_the_wrong_form(worker: Worker) -> None:
    ask(worker, b"echo up")
    assert worker.reject().failure is Failure.WRONG
    assert worker.pid == 0


def test_a_request_above_the_limit_is_refused(worker: Worker) -> None:
    with pytest.raises(SandboxError) as caught:
        worker.send(b"x" * (LIMITS.request + 1))
    assert caught.value.failure is Failure.LARGE


def test_what_a_library_prints_does_not_reach_the_frames(worker: Worker) -> None:
    assert ask(worker, b"print") == b"quiet"
    assert ask(worker, b"echo still") == b"still"


def test_memory_is_bounded(worker: Worker) -> None:
    assert ask(worker, b"memory") == b"refused"


def test_it_sees_little_of_our_environment(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    names = ask(worker, b"environment").decode().split(",")
    assert "SECRET_TOKEN" not in names
    assert "HOME" not in names


def test_close_lets_it_leave_by_itself(worker: Worker) -> None:
    ask(worker, b"echo up")
    worker.close()
    assert worker.pid == 0
    worker.close()


def test_it_ends_when_its_parent_is_killed(root: Path) -> None:
    text = (
        "import sys, time\nfrom unsealed.sandbox import Limits, Worker\n"
        "w = Worker([sys.executable, '-m', 'tests.sandbox.misbehaving'], Limits())\n"
        "w.send(b'echo x'); w.receive(); print(w.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, cwd=root)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not _runs(child):
            return
        time.sleep(0.05)
    raise AssertionError("the worker outlived its parent")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
