"""One call of a native program: what goes in, what comes out, and each way in which it can fail."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.sandbox import Failure, SandboxError, ToolLimits, run_tool
from unsealed.sandbox.tools import files_of

LIMITS = ToolLimits(
    seconds=20.0, memory=1 << 30, scratch=8 << 20, file_bytes=4 << 20, output=1 << 20, collected=6 << 20
)


def sh(script: str, **options: object) -> tuple[int, bytes, dict[str, bytes]]:
    """What a shell gives back for a script."""
    options.setdefault("limits", LIMITS)
    found = run_tool(["sh", "-c", script], **options)  # type: ignore[arg-type]
    return found.code, found.output, found.files


def test_bytes_in_and_out() -> None:
    found = run_tool(["cat"], data=b"x" * 900_000, limits=LIMITS)
    assert (found.code, found.output, found.errors, found.files) == (0, b"x" * 900_000, b"", {})
    found = run_tool(["sh", "-c", "echo words >&2; exit 7"], limits=LIMITS)
    assert (found.code, found.output, found.errors) == (7, b"", b"words\n")


def test_an_open_file_is_standard_input(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"from a file")
    with open(tmp_path / "a", "rb") as handle:
        assert run_tool(["cat", "/dev/stdin"], data=handle.fileno(), limits=LIMITS).output == b"from a file"


def test_files_are_bound_and_cannot_be_changed(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"large")
    code, output, _ = sh(
        "cat /in/small /in/large; echo x > /in/large; echo x > /in/new; ls /in",
        files={"small": b"small", "large": tmp_path / "large"},
    )
    assert output == b"smalllargelarge\nsmall\n"
    assert code == 0
    assert (tmp_path / "large").read_bytes() == b"large"


def test_what_it_leaves_is_collected() -> None:
    script = (
        "mkdir /tmp/out/d; printf one > /tmp/out/b; printf two > /tmp/out/d/a; ln -s /etc/passwd /tmp/out/link; exit 3"
    )
    assert sh(script, collect=True) == (3, b"", {"b": b"one", "d/a": b"two"})
    assert sh("kill -9 $$", collect=True)[0] == 137


def test_it_sees_and_reaches_nothing() -> None:
    _, output, _ = sh("env | cut -d= -f1 | sort; id -u; ls /home /root /work /etc/passwd; ls /proc | grep -c '^[0-9]'")
    lines = output.decode().split()
    assert lines[:4] == ["HOME", "LANG", "PATH", "PWD"]
    assert lines[-2] == "65534"
    assert int(lines[-1]) <= 6, "only its own processes"
    _, output, _ = sh("python3 -c 'import socket; socket.socket()'; echo $?")
    assert output.strip() != b"0"


def test_unix_sockets_only_where_asked_for() -> None:
    script = "import socket as s; s.socket(s.AF_UNIX).bind('/tmp/x'); print('made')"
    assert run_tool(["python3", "-c", script], limits=LIMITS).output == b""
    allowed = msgspec.structs.replace(LIMITS, unix_sockets=True)
    assert run_tool(["python3", "-c", script], limits=allowed).output == b"made\n"
    internet = "import socket as s; s.socket(s.AF_INET)"
    assert run_tool(["python3", "-c", internet], limits=allowed).code != 0


@pytest.mark.parametrize(("script", "failure"), [
    ("sleep 60", Failure.SLOW), ("while :; do :; done", Failure.SLOW), ("setsid sleep 60 & wait", Failure.SLOW),
    ("exec yes", Failure.LARGE),
])  # fmt: skip
def test_it_is_killed(script: str, failure: Failure) -> None:
    begin = time.monotonic()
    with pytest.raises(SandboxError) as caught:
        # What is too large is so in no time, and must not be too slow first where the machine is.
        sh(script, limits=msgspec.structs.replace(LIMITS, seconds=1.5 if failure is Failure.SLOW else LIMITS.seconds))
    assert caught.value.failure is failure
    assert time.monotonic() - begin < 10


def test_noise_on_standard_error_is_cut() -> None:
    found = run_tool(["sh", "-c", "head -c 5000000 /dev/zero >&2; echo done"], limits=LIMITS)
    assert found.output == b"done\n"
    assert len(found.errors) == 64 << 10


def test_memory_disk_and_processes_are_bounded() -> None:
    assert run_tool(["python3", "-c", "bytearray(2 << 30)"], limits=LIMITS).code != 0
    _, output, _ = sh("for n in 1 2 3 4 5 6 7; do head -c 2000000 /dev/zero > /tmp/$n; done; du -sb /tmp | cut -f1")
    assert int(output) <= LIMITS.scratch + 4096
    _, output, _ = sh("head -c 9000000 /dev/zero > /tmp/x; stat -c %s /tmp/x")
    assert int(output) <= LIMITS.file_bytes


@pytest.mark.skipif(
    os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split()[2] == "1",
    reason="root of a namespace with one user: the kernel does not count its processes",
)
def test_a_fork_bomb_is_small() -> None:
    script = (
        "import os, time\nn = 0\nwhile n < 5000:\n try:\n  p = os.fork()\n except OSError: break\n"
        " if not p: time.sleep(9)\n n += 1\nprint(n)"
    )
    found = run_tool(["python3", "-c", script], limits=msgspec.structs.replace(LIMITS, processes=20))
    assert 0 < int(found.output) < 20


def test_more_files_than_agreed() -> None:
    few = msgspec.structs.replace(LIMITS, files=3)
    with pytest.raises(SandboxError) as caught:
        sh("cd /tmp/out; touch 1 2 3 4", limits=few, collect=True)
    assert caught.value.failure is Failure.LARGE
    _, _, files = sh("cd /tmp/out; head -c 3000000 /dev/zero > a; head -c 3500000 /dev/zero > b", collect=True)
    assert list(files) == ["a"], "a file above the sum is left out"


def test_what_is_not_there_is_missing() -> None:
    for options in ({}, {"unsafe": True}):
        with pytest.raises(SandboxError) as caught:
            run_tool(["no-such-tool" if not options else "cat"], limits=LIMITS, **options)  # type: ignore[arg-type]
        assert caught.value.failure is Failure.MISSING


def _packed(name: bytes, body: bytes) -> bytes:
    return len(name).to_bytes(4, "big") + name + len(body).to_bytes(8, "big") + body


@pytest.mark.parametrize("name", [b"", b"/etc/passwd", b"../x", b"a/../b", b"a//b", b".", b"a/", b"a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(name: bytes) -> None:
    with pytest.raises(SandboxError):
        files_of(bytearray(_packed(name, b"x")), LIMITS)


@given(st.binary(max_size=200))
def test_a_lying_list_of_files_is_refused_or_read(data: bytes) -> None:
    try:
        found = files_of(bytearray(data), LIMITS)
    except SandboxError:
        return
    assert sum(len(body) for body in found.values()) <= len(data)


@given(
    st.dictionaries(st.from_regex(r"[a-zä-ü]{1,9}(/[a-z]{1,9})?", fullmatch=True), st.binary(max_size=50), max_size=5)
)
def test_what_was_packed_is_found(files: dict[str, bytes]) -> None:
    stream = b"".join(_packed(name.encode(), body) for name, body in files.items())
    assert files_of(bytearray(stream), LIMITS) == files
