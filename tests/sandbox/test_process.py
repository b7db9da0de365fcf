"""A worker process: its answers, and each way in which it can fail."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.sandbox.places import LIMITS, hostile
from unsealed.sandbox import Failure, SandboxError, Worker
from unsealed.sandbox.jail import import_path
from unsealed.sandbox.limits import ONE_THREAD


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = hostile()
    yield made
    made.kill()


@pytest.fixture
def at_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(root), *import_path()]))


def ask(worker: Worker, text: bytes, *, keep: bool = False, more: bool = False) -> bytes:
    worker.send(text, keep=keep, more=more)
    answer = bytes(worker.receive())
    worker.finish()
    return answer


def test_it_lives_long_and_answers_in_order(worker: Worker) -> None:
    assert ask(worker, b"echo one") == b"one"
    pid = worker.pid
    worker.send(b"twice two")
    assert [bytes(worker.receive()), bytes(worker.receive())] == [b"two", b"two"]
    worker.finish()
    assert ask(worker, b"echo " + b"x" * 900_000) == b"x" * 900_000
    assert worker.pid == pid


def test_each_message_has_a_process_of_its_own_unless_it_is_kept(worker: Worker) -> None:
    assert [ask(worker, b"count"), ask(worker, b"count")] == [b"1", b"1"]
    assert ask(worker, b"count", keep=True) == b"1"
    assert [ask(worker, b"count", more=True), ask(worker, b"count", more=True)] == [b"2", b"3"]
    assert ask(worker, b"count") == b"1"
    with pytest.raises(SandboxError):
        ask(worker, b"count", more=True)  # it ended when another message came
    assert ask(worker, b"count") == b"1"


def test_a_process_that_is_kept_may_work_longer_than_one_step(worker: Worker) -> None:
    """Else a container of many gigabytes would be torn after a minute of work."""
    assert int(ask(worker, b"limit")) == 25
    assert ask(worker, b"limit", keep=True) == b"-1"


@pytest.mark.parametrize(("order", "failure", "survives"), [
    (b"die", Failure.DIED, True), (b"raise", Failure.DIED, True), (b"large", Failure.DIED, True),
    (b"lie", Failure.LARGE, True), (b"torn", Failure.DIED, False),
])  # fmt: skip
def test_a_failure_has_a_name_and_costs_its_own_message(
    worker: Worker, order: bytes, failure: Failure, survives: bool
) -> None:
    assert ask(worker, b"echo before") == b"before"
    before = worker.pid
    with pytest.raises(SandboxError) as caught:
        ask(worker, order)
        ask(worker, b"echo")
    assert caught.value.failure is failure
    assert (worker.pid == before) is survives
    assert ask(worker, b"echo after") == b"after"
    assert (worker.pid == before) is survives


def test_more_answers_than_were_asked_for_are_wrong(worker: Worker) -> None:
    ask(worker, b"echo up")
    worker.send(b"twice x")
    worker.receive()
    with pytest.raises(SandboxError) as caught:
        worker.finish()
    assert caught.value.failure is Failure.WRONG
    assert worker.pid == 0


def test_fewer_answers_than_were_asked_for_are_wrong(worker: Worker) -> None:
    worker.send(b"echo x")
    worker.receive()
    with pytest.raises(SandboxError) as caught:
        worker.receive()
    assert caught.value.failure is Failure.WRONG


def test_an_answer_cannot_pass_for_the_worker(worker: Worker) -> None:
    worker.send(b"kind")
    assert worker.receive() == b"large", "what a process claims of itself is an answer like any other"


def test_endless_answers_end(worker: Worker) -> None:
    worker.send(b"endless")
    for _ in range(3):
        assert len(worker.receive()) == LIMITS.answer
    with pytest.raises(SandboxError) as caught:
        worker.finish()
    assert caught.value.failure is Failure.WRONG
    assert ask(worker, b"echo after") == b"after"


@pytest.mark.parametrize("order", [b"sleep", b"spin"])
def test_too_slow_is_killed(order: bytes) -> None:
    worker = hostile(msgspec.structs.replace(LIMITS, seconds=2.0))
    ask(worker, b"echo up")
    pid = worker.pid
    with pytest.raises(SandboxError) as caught:
        ask(worker, order)
    assert caught.value.failure is Failure.SLOW
    assert not Path(f"/proc/{pid}").exists(), "the dead process is reaped"


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


def test_it_sees_nothing_of_our_environment(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    names = set(ask(worker, b"environment").decode().split(","))
    ours = {"UNSEALED_WORKER", "UNSEALED_PURE", *ONE_THREAD}
    assert names <= {"LANG", "LC_CTYPE", "PATH", "PWD", "PYTHONHASHSEED", "PYTHONPATH", *ours}


def test_what_is_loaded_is_there_in_every_process_that_follows(worker: Worker) -> None:
    assert ask(worker, b"loaded") == b""
    worker.load(b"colorsys")
    assert ask(worker, b"loaded") == b"colorsys"
    worker.load(b"no such thing")
    assert ask(worker, b"loaded") == b"colorsys", "what cannot be loaded harms nobody"
    worker.kill()
    assert ask(worker, b"loaded") == b"", "a new process knows nothing yet"
    worker.load(b"colorsys")
    assert ask(worker, b"loaded") == b"colorsys"


def test_an_open_file_can_be_handed_over(tmp_path: Path) -> None:
    (tmp_path / "container").write_bytes(b"bytes of a large container")
    with open(tmp_path / "container", "rb") as handle:
        worker = hostile(pass_fds=[handle.fileno()])
        assert ask(worker, b"inherited") == b"bytes of a large container"
        worker.kill()


def test_without_a_sandbox_it_still_forks_for_each_message(at_the_root: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    worker = Worker([sys.executable, "-m", "tests.sandbox.misbehaving"], LIMITS)
    assert [ask(worker, b"count"), ask(worker, b"count")] == [b"1", b"1"]
    assert b"SECRET_TOKEN" not in ask(worker, b"environment")
    assert ask(worker, b"memory") == b"refused"
    with pytest.raises(SandboxError):
        ask(worker, b"die")
    assert ask(worker, b"echo x") == b"x"
    worker.kill()


def test_close_lets_it_leave_by_itself(worker: Worker) -> None:
    ask(worker, b"echo up")
    worker.close()
    assert worker.pid == 0
    worker.close()


def test_it_ends_when_its_parent_is_killed(root: Path) -> None:
    text = (
        "import time\nfrom tests.sandbox.places import hostile\n"
        "w = hostile(); w.send(b'sleep')\n"
        "print(w.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, cwd=root)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    inner = _below(child)
    assert len(inner) >= 3, "bubblewrap's first process, the worker, and the one that sleeps"
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(600):
        if not any(_runs(pid) for pid in (child, *inner)):
            return
        time.sleep(0.05)
    raise AssertionError("the worker outlived its parent")


def _below(pid: int) -> list[int]:
    """The processes below a process, as seen from outside."""
    for _ in range(600):
        found = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdecimal() and _parent(int(p.name)) == pid]
        found += [inner for child in found for inner in _children(child)]
        if len(found) >= 3:
            break
        time.sleep(0.05)
    return found


def _children(pid: int) -> list[int]:
    direct = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdecimal() and _parent(int(p.name)) == pid]
    return direct + [inner for child in direct for inner in _children(child)]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_killed_while_it_starts_nothing_of_it_stays() -> None:
    for pause in (0.0, 0.001, 0.003, 0.01, 0.03):
        made = hostile()
        made.start()
        group = made.pid
        time.sleep(pause)
        made.kill()
        ended = time.monotonic() + 30
        while _lives(group) and time.monotonic() < ended:
            time.sleep(0.01)
        assert not _lives(group), f"killed after {pause} s"


def _lives(group: int) -> bool:
    """Whether a process of this group is there, zombies of others apart."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
