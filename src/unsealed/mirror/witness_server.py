"""A witness on the web: `POST /add-checkpoint`, and the newest head of a log for readers who compare.

Takes requests, gives answers; all it decides is left to `witness` and `witness_state`. Requests are small, short and
few at once, whoever sends them; nobody's address is logged or kept.

Spec: c2sp.org/tlog-witness; docs/formats/mirror.md, "Witness".
"""

from __future__ import annotations

import contextlib
import socket
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from unsealed.errors import SetupError
from unsealed.mirror.witness import MAX_REQUEST, SIZE_TYPE, Refusal
from unsealed.mirror.witness_state import WitnessState

SECONDS = 30.0  # of one connection, whatever it does
IDLE = 10.0  # seconds without a byte
AT_ONCE = 32  # connections
_TEXT = "text/plain; charset=utf-8"


class BoundedServer(ThreadingHTTPServer):
    """A server with at most `at_once` connections, each of which ends after `seconds`."""

    daemon_threads = True
    request_queue_size = 64
    seconds = SECONDS
    at_once = AT_ONCE

    def __init__(self, *arguments: Any) -> None:
        self._places = threading.BoundedSemaphore(self.at_once)
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Wait for a free place, then answer in a thread."""
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer; cut the connection off when its time is over."""
        end = threading.Timer(self.seconds, cut_off, (request,))
        end.daemon = True
        end.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a broken connection is no event, and its address nobody's business."""


def cut_off(connection: socket.socket) -> None:
    """End a connection, whatever it is doing."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "unsealed-witness"
    sys_version = ""
    timeout = IDLE

    def __init__(self, *arguments: Any, state: WitnessState) -> None:
        self._state = state
        super().__init__(*arguments)

    def do_POST(self) -> None:
        """Answer `add-checkpoint`."""
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._send(HTTPStatus.NOT_FOUND, b"No such call\n", close=True)
        elif not (length.isascii() and length.isdigit()):
            self._send(HTTPStatus.LENGTH_REQUIRED, b"A length is needed\n", close=True)
        elif len(length) > 9 or int(length) > MAX_REQUEST:
            self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, b"The request is too long\n", close=True)
        else:
            self._add(self.rfile.read(int(length)), int(length))

    def _add(self, body: bytes, length: int) -> None:
        if len(body) != length:
            self._send(HTTPStatus.BAD_REQUEST, b"The request is cut off\n", close=True)
            return
        try:
            self._send(HTTPStatus.OK, self._state.add_checkpoint(body))
        except Refusal as refusal:
            if refusal.status == HTTPStatus.CONFLICT:
                self._send(HTTPStatus.CONFLICT, b"%d\n" % refusal.size, SIZE_TYPE)
            else:
                self._send(HTTPStatus(refusal.status), f"{refusal.message}\n".encode())

    def do_GET(self) -> None:
        """`/log/<id>/checkpoint`: the newest head that was signed here."""
        parts = self.path.split("/")
        head = b""
        if len(parts) == 4 and parts[1] == "log" and parts[3] == "checkpoint":
            head = self._state.head(parts[2])
        if head:
            self._send(HTTPStatus.OK, head)
        else:
            self._send(HTTPStatus.NOT_FOUND, b"No such head\n")

    def _send(self, status: HTTPStatus, body: bytes, kind: str = _TEXT, *, close: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: who asks is nobody's business."""


def make_witness_server(state: WitnessState, address: str, port: int) -> ThreadingHTTPServer:
    """A server ready for `serve_forever`. Port 0 takes a free one. Raises SetupError where it cannot listen."""
    try:
        return BoundedServer((address, port), partial(_Handler, state=state))
    except OSError as error:
        raise SetupError(
            f"{address}:{port} cannot be used ({error.strerror}).", remedy="Choose another --port or --address."
        ) from error
