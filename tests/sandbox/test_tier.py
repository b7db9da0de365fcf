"""Fail closed: where a wall is missing, nothing is read."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.sandbox.places import LIMITS, hostile, jail
from unsealed.errors import SetupError
from unsealed.sandbox import Jail, Worker, establish, jailed_module, landlock, seccomp, tier
from unsealed.sandbox.jail import command


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    tier._tried.cache_clear()
    yield
    tier._tried.cache_clear()


def test_it_is_found_once_and_fast() -> None:
    begin = time.perf_counter()
    first = establish()
    seconds = time.perf_counter() - begin
    assert first.safe
    assert first.seconds <= seconds < 5
    again = []
    for _ in range(5):  # any one call may have to wait for the processor
        begin = time.perf_counter()
        assert establish() is first
        again.append(time.perf_counter() - begin)
    assert min(again) < 0.01
    assert str(first).startswith("bubblewrap, system-call filter, limits")


def test_a_person_can_choose_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier, "bubblewrap", lambda: "")
    assert not establish(unsafe=True).safe
    assert str(establish(unsafe=True)) == "none (--unsafe-no-sandbox)"


def test_without_bubblewrap_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tier, "bubblewrap", lambda: "")
    with pytest.raises(SetupError, match="not installed") as caught:
        establish()
    assert "--unsafe-no-sandbox" in caught.value.remedy


def test_without_a_known_processor_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    with pytest.raises(SetupError, match="processor"):
        establish()


def test_a_bubblewrap_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SetupError, match="No permissions"):
        establish()


@pytest.mark.parametrize(("left_out", "wall"), [(["--seccomp", "N"], "tcp"), (["--remount-ro", "/"], "write")])
def test_each_missing_wall_is_noticed(left_out: list[str], wall: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(made: Jail, descriptor: int, argv: list[str]) -> list[str]:
        line = command(made, descriptor, argv)
        place = line.index(left_out[0])
        return line[:place] + line[place + len(left_out) :]

    worker = Worker(jailed_module("tests.sandbox.lax"), LIMITS, jail=jail())
    worker.prove()
    worker.kill()
    monkeypatch.setattr("unsealed.sandbox.process.command", without)
    with pytest.raises(SetupError, match=f"do not stand: .*{wall}"):
        worker.send(b"echo x")
    assert worker.pid == 0


def test_a_variable_too_many_is_noticed() -> None:
    told = msgspec.structs.replace(jail(), environment=(*jail().environment, ("SECRET", "x")))
    with pytest.raises(SetupError, match="environment"):
        Worker(jailed_module("tests.sandbox.misbehaving"), LIMITS, jail=told).prove()


def test_a_hidden_path_that_is_there_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "archive").mkdir()
    shown = msgspec.structs.replace(jail(), readable=(*jail().readable, str(tmp_path)))
    worker = Worker(jailed_module("tests.sandbox.misbehaving"), LIMITS, jail=shown, hidden=[str(tmp_path / "archive")])
    with pytest.raises(SetupError, match="read"):
        worker.prove()
    worker = hostile(hidden=[str(tmp_path / "archive")])
    worker.prove()
    worker.kill()


def test_a_worker_that_does_not_start_is_no_quarantine() -> None:
    worker = Worker(["/nonexistent"], LIMITS, jail=jail())
    with pytest.raises(SetupError):
        worker.send(b"x")


def test_filters_are_whole_programs() -> None:
    for program in (seccomp.outer(), seccomp.outer(unix_sockets=True), seccomp.parsing(threads=True)):
        assert len(program) % 8 == 0
        assert len(program) // 8 < 4096
        _check_jumps(program)


def _check_jumps(program: bytes) -> None:
    """Every jump lands inside, every path ends in a return."""
    lines = [struct.unpack_from("<HBBI", program, place) for place in range(0, len(program), 8)]
    for place, (code, yes, no, _) in enumerate(lines):
        if code & 7 == 5:
            assert place + 1 + max(yes, no) < len(lines)
    assert lines[-1][0] == 6


def test_both_machines_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine in ("x86_64", "aarch64"):
        monkeypatch.setattr(seccomp.platform, "machine", lambda machine=machine: machine)
        _check_jumps(seccomp.outer())
        _check_jumps(seccomp.parsing(threads=False))


def test_landlock_stands_alone() -> None:
    """The second layer by itself, without bubblewrap: a child shuts itself in."""
    if not landlock.version():
        pytest.skip("this kernel has no Landlock")
    pid = os.fork()
    if not pid:
        code = 1
        try:
            landlock.restrict(["/usr"], ["/dev/null"])
            os.listdir("/usr")
            os.close(os.open("/dev/null", os.O_WRONLY))
            code = 2 if _opens("/etc/hostname") or _opens("/") or _opens("/tmp") else 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def _opens(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True
