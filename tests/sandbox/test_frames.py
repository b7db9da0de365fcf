"""Frames: what was written is read, and every way to break one has a name."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unsealed.sandbox import FrameError, read_frame, write_frame
from unsealed.sandbox.frames import pass_on


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read, write = os.pipe()
    yield read, write
    for end in (read, write):
        try:
            os.close(end)
        except OSError:
            pass


@given(payloads=st.lists(st.binary(max_size=3000), max_size=8))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read(payloads: list[bytes]) -> None:
    read, write = os.pipe()
    for payload in payloads:
        write_frame(write, payload, 3000)
    assert [read_frame(read, 3000) for _ in payloads] == [(0, payload) for payload in payloads]
    os.close(read)
    os.close(write)


def test_larger_than_the_pipe(pipe: tuple[int, int]) -> None:
    payload = os.urandom(1 << 21)
    thread = threading.Thread(target=write_frame, args=(pipe[1], payload, 1 << 22))
    thread.start()
    assert read_frame(pipe[0], 1 << 22, time.monotonic() + 20) == (0, payload)
    thread.join()


def test_too_large_is_refused_before_anything_is_written(pipe: tuple[int, int]) -> None:
    with pytest.raises(FrameError, match="size"):
        write_frame(pipe[1], b"four", 3)
    os.close(pipe[1])
    assert os.read(pipe[0], 10) == b""


def test_a_liar_gets_no_memory(pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"\x00\xff\xff\xff\xff")
    with pytest.raises(FrameError, match="size"):
        read_frame(pipe[0], 1000)


@pytest.mark.parametrize("torn", [b"", b"\x00\x00", b"\x00\x00\x00\x00\x05abc"])
def test_an_end_in_the_middle(pipe: tuple[int, int], torn: bytes) -> None:
    os.write(pipe[1], torn)
    os.close(pipe[1])
    with pytest.raises(FrameError, match="end"):
        read_frame(pipe[0], 1000)


def test_silence_ends_by_time(pipe: tuple[int, int]) -> None:
    start = time.monotonic()
    with pytest.raises(FrameError, match="time"):
        read_frame(pipe[0], 1000, start + 0.1)
    assert time.monotonic() - start < 5


def test_nobody_reads(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    with pytest.raises(FrameError, match="time"):
        write_frame(pipe[1], b"x" * (1 << 22), 1 << 23, time.monotonic() + 0.1)
    os.close(pipe[0])
    with pytest.raises(FrameError, match="end"):
        write_frame(pipe[1], b"x", 10)


def test_what_is_passed_on_is_exact(pipe: tuple[int, int]) -> None:
    end, begin = os.pipe()
    os.write(begin, b"12345678")
    pass_on(end, pipe[1], 5)
    assert os.read(pipe[0], 10) == b"12345"
    os.close(begin)
    with pytest.raises(FrameError, match="end"):
        pass_on(end, pipe[1], 5)
    os.close(end)
