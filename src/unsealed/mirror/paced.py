"""HTTP with an end: a server that sends a byte now and then, or headers for ever, holds nobody up.

Takes a request; gives an answer whose every read, of headers and trailers too, must be done in time. A timeout of the
socket alone starts anew with each byte.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
import urllib.parse
import urllib.request
from typing import Any

PATIENCE = 60.0  # seconds for an answer to begin, and on top of what its length allows
SLOWEST = 2048  # bytes a second: slower than that is no line, but a server that holds a reader up


class _Clock:
    """How long an answer may still take: longer with each byte that was asked for and came."""

    def __init__(self, wait: float) -> None:
        self.wait = wait  # seconds without a byte
        self.begin = time.monotonic()
        self.given = 0  # bytes that the caller got
        self.asked = 0  # bytes that he asks for now: what comes beyond them gives no more time
        self.came = 0

    def left(self) -> float:
        """Seconds for the next bytes. Raises TimeoutError where none are left."""
        earned = (self.given + min(self.came, self.asked)) / SLOWEST
        left = self.begin + PATIENCE + earned - time.monotonic()
        if left <= 0:
            raise TimeoutError("slower than any line")
        return min(left, self.wait)


class _Raw(io.RawIOBase):
    """The bytes of a socket, each read in time."""

    def __init__(self, below: Any, connection: socket.socket, clock: _Clock) -> None:
        self._below, self._connection, self._clock = below, connection, clock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.settimeout(self._clock.left())
        count: int | None = self._below.readinto(buffer)
        self._clock.came += count or 0
        return count

    def close(self) -> None:
        self._below.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(sock, *arguments, **named)
        self._clock = _Clock(sock.gettimeout() or PATIENCE)
        self.fp = io.BufferedReader(_Raw(self.fp.detach(), sock, self._clock))

    def read(self, amt: int | None = None) -> bytes:
        self._clock.came, self._clock.asked = 0, amt or 0
        data = super().read(amt)
        self._clock.came = self._clock.asked = 0
        self._clock.given += len(data)
        return data


class _Connection(http.client.HTTPConnection):
    response_class = _Response


class _SecureConnection(http.client.HTTPSConnection):
    response_class = _Response


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, req)


class _SecureHandler(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, req)


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Follow a redirect on the same host only: a mirror must not point a reader's machine at a third party."""

    def redirect_request(  # type: ignore[no-untyped-def]
        self, req: urllib.request.Request, fp, code, msg, headers, newurl: str
    ) -> urllib.request.Request | None:
        """None, which ends in an HTTPError, for another host."""
        if urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_url(request: urllib.request.Request, wait: float) -> Any:
    """The answer to a request; `wait` are seconds without a byte. Raises what urllib raises, TimeoutError among it."""
    return urllib.request.build_opener(_SameHost, _Handler, _SecureHandler).open(request, timeout=wait)
