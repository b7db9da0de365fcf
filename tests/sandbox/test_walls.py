"""A hostile parser inside the real sandbox: everything that it tries is denied, and it dies alone."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.sandbox.places import LIMITS, hostile
from unsealed.sandbox import SandboxError, Worker, establish
from unsealed.sandbox.jail import OUTSIDER

NOBODY = 65_432  # an ordinary user of whom this machine knows nothing


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = hostile()
    yield made
    made.kill()


def attempt(worker: Worker, what: str) -> str:
    worker.send(b"try " + what.encode())
    answer = worker.receive().decode()
    worker.finish()
    return answer


def denied(worker: Worker, what: str) -> bool:
    return attempt(worker, what).startswith("denied")


# --- the network ------------------------------------------------------------------------------------------


def test_no_tcp_udp_or_unix_socket(worker: Worker, tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_INET) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as named, socket.socket(socket.AF_UNIX) as abstract,
    ):  # fmt: skip
        for each in (tcp, udp):
            each.bind(("127.0.0.1", 0))
        folder = os.open(tmp_path, os.O_RDONLY)
        named.bind(f"/proc/self/fd/{folder}/door")  # the path of a socket is short: TMPDIR may not be
        os.close(folder)
        abstract.bind(f"\0unsealed-{os.getpid()}")
        for each in (tcp, named, abstract):
            each.listen()
            each.settimeout(0.2)
        udp.settimeout(0.2)
        assert denied(worker, f"tcp {tcp.getsockname()[1]}")
        assert denied(worker, f"udp {udp.getsockname()[1]}")
        assert denied(worker, f"unix {tmp_path / 'door'}")
        assert denied(worker, f"abstract unsealed-{os.getpid()}")
        for each in (tcp, named, abstract):
            with pytest.raises(TimeoutError):
                each.accept()
        with pytest.raises(TimeoutError):
            udp.recv(10)


@pytest.mark.parametrize("what", ["tcp6 80", "raw", "pair"])
def test_no_other_kind_of_socket(worker: Worker, what: str) -> None:
    assert denied(worker, what)


# --- files ------------------------------------------------------------------------------------------------


def test_nothing_of_ours_can_be_read(worker: Worker, tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "catalogue.db").write_text("secret")
    for path in (
        tmp_path, tmp_path / "archive" / "catalogue.db", Path.home(), "/root", "/home", "/etc/shadow", "/etc/passwd",
        "/etc", "/", "/var", "/run", "/proc/1/environ", "/proc/self/mem", "/sys", "/dev/shm", Path(__file__).parents[2],
        Path(__file__).parents[1] / "conftest.py",
    ):  # fmt: skip
        assert denied(worker, f"read {path}"), path


def test_nothing_can_be_written_outside_the_scratch(worker: Worker, tmp_path: Path) -> None:
    for folder in (
        tmp_path,
        "/",
        "/usr",
        "/usr/lib",
        "/etc",
        "/dev",
        "/dev/shm",
        "/t/tests/sandbox",
        "/var",
        Path.home(),
    ):
        assert denied(worker, f"write {folder}/x"), folder
    assert denied(worker, "write /dev/urandom") or attempt(worker, "write /dev/null") == "'written'"
    assert not (tmp_path / "x").exists()
    assert not (Path(__file__).parent / "x").exists()


def test_the_scratch_is_small_and_the_next_one_finds_it_empty(worker: Worker) -> None:
    assert attempt(worker, "write /tmp/left") == "'written'"
    assert attempt(worker, "read /tmp") == "'[]'"
    assert int(attempt(worker, "fill /tmp")) <= LIMITS.scratch
    assert attempt(worker, "read /tmp") == "'[]'"
    assert int(attempt(worker, "file /tmp/large")) <= LIMITS.file_bytes
    assert denied(worker, "memfd"), "memory that no limit counts"


# --- other processes --------------------------------------------------------------------------------------


def test_no_process_can_be_started(worker: Worker) -> None:
    assert attempt(worker, "fork") == "0"
    assert denied(worker, "exec")


def test_no_thread_can_be_started(worker: Worker) -> None:
    assert attempt(worker, "threads") == "0"


@pytest.mark.skipif(os.geteuid() == 0, reason="the kernel does not count the processes of root")
def test_where_threads_are_allowed_they_are_counted() -> None:
    worker = hostile(msgspec.structs.replace(LIMITS, threads=True))
    assert 0 < int(attempt(worker, "threads")) < LIMITS.processes
    assert attempt(worker, "fork") == "0"
    worker.kill()


def test_nobody_else_can_be_harmed(worker: Worker) -> None:
    parent = attempt(worker, "parent")
    for what in (f"kill {parent}", "kill 1", "kill-all", f"kill {os.getpid()}", f"ptrace {parent}", "ptrace 1"):
        assert denied(worker, what), what
    assert attempt(worker, "parent") == parent, "the worker lives"


@pytest.mark.parametrize("what", ["unshare", "keyring", "io_uring", "unknown", "chown /tmp"])
def test_the_kernel_offers_little(worker: Worker, what: str) -> None:
    assert denied(worker, what)


def test_it_is_nobody(worker: Worker) -> None:
    assert attempt(worker, "users") == "65534"


# --- memory and time --------------------------------------------------------------------------------------


def test_memory_is_bounded(worker: Worker) -> None:
    worker.send(b"memory")
    assert worker.receive() == b"refused"
    worker.finish()


def test_it_dies_alone_and_the_rest_goes_on() -> None:
    first, second = hostile(msgspec.structs.replace(LIMITS, seconds=2.0)), hostile()
    with pytest.raises(SandboxError):
        first.send(b"spin")
        first.receive()
    assert attempt(second, "users") == attempt(first, "users") == "65534"
    first.kill()
    second.kill()


# --- as who ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_all_of_it_as_an_ordinary_user(root: Path, tmp_path: Path) -> None:
    """The same tests, by a user without any right; with Debian's own Python, since ours may lie in a closed home."""
    packages = next(place for place in sys.path if place.endswith("site-packages"))
    if not _can_run_as(NOBODY, packages):
        pytest.skip("no other user can be had here, or /usr/bin/python3 cannot read this project")
    as_user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    run = ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--timeout", "120"]
    environment = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": f"{root / 'src'}:{packages}", "HOME": "/nonexistent",
        "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8",
    }  # fmt: skip
    done = subprocess.run(
        [*as_user, *run, "tests/sandbox", "-k", "not ordinary_user"],
        cwd=root, capture_output=True, text=True, timeout=280, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "100%" in done.stdout


def _can_run_as(user: int, packages: str) -> bool:
    if Path("/proc/self/uid_map").read_text().split()[2] == "1":
        return False  # already in a namespace that knows one user only (the closed network of the test run)
    trial = subprocess.run(
        ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--", "/usr/bin/python3", "-c",
         f"import sys; sys.path.append({packages!r}); import pytest, msgspec"],
        cwd=Path(__file__).parents[2], capture_output=True,
    )  # fmt: skip
    return trial.returncode == 0


def test_root_is_left_behind_where_that_can_be(root: Path) -> None:
    tier = establish()
    assert tier.safe
    assert tier.drop is (os.geteuid() == 0 and _knows(OUTSIDER))


def _knows(user: int) -> bool:
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    return any(first <= user < first + count for first, _, count in (map(int, line.split()) for line in lines))


# --- a worker is not tied to the time of others ------------------------------------------------------------


def test_workers_side_by_side() -> None:
    workers = [hostile() for _ in range(3)]
    done: list[str] = []

    def use(worker: Worker) -> None:
        done.extend(attempt(worker, "users") for _ in range(5))
        worker.kill()

    threads = [threading.Thread(target=use, args=(worker,)) for worker in workers]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == ["65534"] * 15
    assert time.monotonic() - begin < 60
