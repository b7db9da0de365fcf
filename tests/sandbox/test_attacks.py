"""What was broken once: a reader, or a native tool, that was taken over, against what the walls leave it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.sandbox.places import LIMITS, jail
from unsealed.sandbox import Worker, establish, jailed_module, run_tool


def broken_into(descriptors: tuple[int, ...] = ()) -> Worker:
    module = jailed_module("tests.sandbox.taken_over")
    return Worker(module, LIMITS, jail=jail(), pass_fds=descriptors, drop=establish().drop)


def say(worker: Worker, what: bytes, *, keep: bool = False) -> bytes:
    worker.send(what, keep=keep)
    answer = bytes(worker.receive())
    worker.finish()
    return answer


@pytest.mark.parametrize("what", [b"deep", b"shut", b"many"])
@pytest.mark.parametrize("keep", [False, True])
def test_nothing_that_a_process_leaves_meets_the_next_one(what: bytes, keep: bool) -> None:
    worker = broken_into()
    try:
        assert say(worker, what, keep=keep) == b"done"
        pid = worker.pid
        assert say(worker, b"list", keep=keep) == b""
        assert worker.pid == pid  # and the neighbour did not pay with a worker
    finally:
        worker.kill()


def owned(folder: Path) -> Path:
    path = folder / "original"
    path.write_bytes(b"the original of a source")
    path.chmod(0o644)
    os.utime(path, (1, 1))
    return path


def test_an_original_that_a_reader_or_tool_holds_cannot_be_changed(tmp_path: Path) -> None:
    """The owner of a file may do much to it through a descriptor that is open for reading; a reader may not."""
    path = owned(tmp_path)
    descriptor = os.open(path, os.O_RDONLY)
    worker = broken_into((descriptor,))
    try:
        assert say(worker, b"spoil") == b""
        # Never a mode on a device of this machine, should a wall be missing.
        command = (
            "cat /dev/stdin; for f in /proc/self/fd/0 /dev/stdin; do case $(readlink -f $f) in"
            " /dev/*) echo a device; continue;; esac; echo x >$f; chmod 600 $f; touch $f; done"
        )
        found = run_tool(["sh", "-c", command], data=descriptor)
        assert found.output == b"the original of a source"
    finally:
        worker.kill()
        os.close(descriptor)
    assert path.read_bytes() == b"the original of a source"
    assert (path.stat().st_mode & 0o777, path.stat().st_mtime) == (0o644, 1)


def test_no_tool_gives_a_file_another_mode() -> None:
    """Where root cannot be left behind, it would own the devices, which are this machine's own."""
    line = "echo x >/dev/null && touch a && chmod 600 a && stat -c %a a; python3 -c 'import os; os.fchmod(1, 0o777)'"
    assert run_tool(["sh", "-c", line]).output == b"644\n"
