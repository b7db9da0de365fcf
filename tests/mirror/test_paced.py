"""Servers that never come to an end, without ever falling silent: a byte now and then, headers or trailers for ever."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mirror.publisher import signer
from tests.mirror.simulator import FIRST, Host, write
from unsealed.errors import SiteDiffers
from unsealed.mirror import paced
from unsealed.mirror.pull import PullOptions, pull
from unsealed.mirror.source import UrlSource, read_capped
from unsealed.mirror.witness_client import ask_cosignature, newest_head
from unsealed.seal.note import KIND_COSIGNATURE
from unsealed.seal.policy import Witness

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "a body by the byte": (OK + b"Content-Length: 900000\r\n\r\n", b"x"),
    "a first line by the byte": (b"HTTP/1.1 200 ", b"O"),
    "headers by the byte": (OK + b"X: ", b"x"),
    "go on and on": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"X: y\r\n"),
    "chunks of one byte": (CHUNKED, b"1\r\nx\r\n"),
    "a refusal by the byte": (b"HTTP/1.1 409 Conflict\r\nContent-Length: 90000\r\n\r\n", b"x"),
}


@contextmanager
def drip(begin: bytes, again: bytes, pause: float) -> Iterator[str]:
    """The address of a server that sends `again` for ever. Each connection ends when its caller goes."""
    stop = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(begin)
            while not stop.wait(pause):
                connection.sendall(again)

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while not stop.is_set():
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paced, "PATIENCE", 0.5)
    monkeypatch.setattr(paced, "SLOWEST", 1 << 20)


def timed(work: Callable[[], object]) -> float:
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


@pytest.mark.parametrize("pause", [0.05, 0.0001], ids=["slow", "quick"])
@pytest.mark.parametrize("how", ENDLESS)
def test_a_server_without_an_end(how: str, pause: float) -> None:
    begin, again = ENDLESS[how]

    def ask() -> None:
        with drip(begin, again, pause) as address, pytest.raises(SiteDiffers) as caught:
            read_capped(UrlSource(address), "verify.html", 1000)
        assert caught.value.rule in {"unreachable", "too-long"}

    assert timed(ask) < 8


@pytest.mark.parametrize("how", ENDLESS)
def test_a_witness_without_an_end(how: str) -> None:
    log, key = signer("a.example/log").verifier, signer("w.example", KIND_COSIGNATURE).verifier
    with drip(*ENDLESS[how], 0.05) as address:
        witness = Witness("w", key, address)
        assert timed(lambda: newest_head(witness, log)) < 8
        assert newest_head(witness, log) in (None, b"")
        assert ask_cosignature(witness, FIRST.heads[1], 1, lambda _: ()).line is None


def test_a_mirror_that_holds_a_puller_up(tmp_path: Path) -> None:
    """The others are asked all the same."""
    honest = write(FIRST.files, tmp_path / "honest")
    options = PullOptions(now=lambda: 1_700_000_000.0, workers=1)
    with drip(*ENDLESS["a body by the byte"], 0.05) as address:
        done = pull(tmp_path / "mirror", [address, str(honest)], FIRST.policy, options)
    assert [one.state for one in done.trace.sources] == ["silent", "used"]


def test_a_slow_line_has_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes earns time: a large file over a slow line is read to its end, long after the time to begin."""
    monkeypatch.setattr(paced, "PATIENCE", 1.5)  # which a busy machine does not need for one word
    monkeypatch.setattr(paced, "SLOWEST", 100)
    words = itertools.chain([b"x" * 100] * 9, itertools.repeat(b""))

    def answer(connection: socket.socket) -> None:
        with connection:
            connection.recv(65536)
            connection.sendall(OK + b"Content-Length: 900\r\n\r\n")
            for word in itertools.islice(words, 9):
                time.sleep(0.2)
                connection.sendall(word)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: answer(listener.accept()[0]))
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert timed(lambda: read_capped(UrlSource(address), "verify.html", 1000)) > 1.6
        thread.join()


def test_a_whole_site_still_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paced, "PATIENCE", 10.0)  # for each file: the server is no faster than this machine
    with Host(FIRST.files).serving() as address:
        done = pull(tmp_path / "mirror", [address], FIRST.policy, PullOptions(now=lambda: 1_700_000_000.0))
    assert done.changed
