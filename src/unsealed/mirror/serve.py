"""Serve a mirror on the web: its checked files with proper headers and ranges, and a search page.

Takes requests; gives files of the site that is shown, and nothing beside it: every path is opened part by part below
the folder, without following a link. A pull that shows a newer site is picked up with the next request. Keeps and logs
nothing about readers.
"""

from __future__ import annotations

import os
import re
import threading
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import parse_qs, unquote, urlsplit

from unsealed.errors import InputError, QueryError, SetupError, SiteDiffers
from unsealed.files import CHUNK
from unsealed.mirror.find import Library
from unsealed.mirror.search_page import STYLE, Page, error_page, result_page
from unsealed.mirror.shelf import Shelf
from unsealed.mirror.source import FolderSource
from unsealed.mirror.witness_server import BoundedServer, cut_off

SEARCH = "-/search"
STYLE_PATH = "-/search.css"
IDLE = 30.0  # seconds without a byte
REQUEST = 30.0  # seconds for a whole request to come, from the end of the one before
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8", ".json": "application/json",
    ".proof": "application/json", ".atom": "application/atom+xml; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
}  # fmt: skip
_MEDIA = {
    b"\x89PNG": "image/png",
    b"%PDF-": "application/pdf",
}  # how objects of these types begin; their names are hashes
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_INLINE = "frame-ancestors 'none'"  # pages that carry style and script inline name their hashes themselves
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class _Server(BoundedServer):
    seconds = 3600.0  # a large file over a slow line
    at_once = 64


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "unsealed"
    sys_version = ""
    timeout = IDLE

    def __init__(self, *arguments: Any, source: FolderSource, library: Library | None) -> None:
        self._source = source
        self._library = library
        super().__init__(*arguments)

    def handle_one_request(self) -> None:
        """A request has to be there in time, however its bytes drip: few of such callers would take every place."""
        self._end = threading.Timer(REQUEST, cut_off, (self.connection,))
        self._end.daemon = True
        self._end.start()
        try:
            super().handle_one_request()
        finally:
            self._end.cancel()

    def parse_request(self) -> bool:
        """It is there: the answer takes the time that it takes."""
        try:
            return super().parse_request()
        finally:
            self._end.cancel()

    def do_GET(self) -> None:
        """Send a file, a part of one, or a page of results."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """Send the headers of a file."""
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # nobody reads it: it must not become the next request
        try:
            parts = urlsplit(self.path)
        except ValueError:
            self._missing(body)
            return
        name = unquote(parts.path, errors="replace").removeprefix("/")
        if name == SEARCH and self._library is not None:
            self._search(parts.query, body)
            return
        if name == STYLE_PATH and self._library is not None:
            self._send(HTTPStatus.OK, STYLE.encode(), "public, max-age=3600", body, {"Content-Type": TYPES[".css"]})
            return
        handle = self._open(name + "index.html" if name == "" or name.endswith("/") else name)
        if handle is None and self._is_folder(name):
            self._send(HTTPStatus.MOVED_PERMANENTLY, b"", "no-cache", body, {"Location": f"/{name}/"})
        elif handle is None:
            self._missing(body)
        else:
            with handle:
                self._file(name + "index.html" if name == "" or name.endswith("/") else name, handle, body)

    def _open(self, name: str) -> IO[bytes] | None:
        try:
            return self._source.open(name)
        except (SiteDiffers, OSError):
            return None

    def _is_folder(self, name: str) -> bool:
        handle = self._open(f"{name}/index.html") if name and name.isprintable() and name.isascii() else None
        if handle is not None:
            handle.close()
        return handle is not None

    def _missing(self, body: bool) -> None:
        handle = self._open("404.html")
        data = b"No such page\n"
        if handle is not None:
            with handle:
                data = handle.read(CHUNK)
        kind = TYPES[".html"] if handle is not None else TYPES[".txt"]
        headers = {"Content-Type": kind, "Content-Security-Policy": _INLINE}
        self._send(HTTPStatus.NOT_FOUND, data, "no-cache", body, headers)

    # --- files ----------------------------------------------------------------------------------------

    def _file(self, name: str, handle: IO[bytes], body: bool) -> None:
        found = os.fstat(handle.fileno())
        tag = f'"{found.st_ino:x}-{found.st_size:x}-{found.st_mtime_ns:x}"'
        headers = {"ETag": tag, "Accept-Ranges": "bytes", "Content-Type": _type(name, handle)}
        if name in ("verify.html", "404.html"):
            headers["Content-Security-Policy"] = _INLINE
        if tag in (self.headers.get("If-None-Match") or "").split(", "):
            self._head(HTTPStatus.NOT_MODIFIED, _caching(name), headers)
            return
        first, last = 0, found.st_size - 1
        status = HTTPStatus.OK
        wanted = _RANGE.fullmatch(self.headers.get("Range", ""))
        if wanted and self.headers.get("If-Range", tag) == tag and any(wanted.groups()):
            first, last = _span(wanted[1], wanted[2], found.st_size)
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {first}-{last}/{found.st_size}"
            if first > last:
                headers["Content-Range"] = f"bytes */{found.st_size}"
                self._head(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "no-cache", headers | {"Content-Length": "0"})
                return
        self._head(status, _caching(name), headers | {"Content-Length": str(last - first + 1)})
        if body:
            self._copy(handle, first, last - first + 1)

    def _copy(self, handle: IO[bytes], first: int, length: int) -> None:
        handle.seek(first)
        while length > 0 and (piece := handle.read(min(CHUNK, length))):
            self.wfile.write(piece)
            length -= len(piece)

    # --- search ---------------------------------------------------------------------------------------

    def _search(self, query: str, body: bool) -> None:
        assert self._library is not None
        try:
            asked = parse_qs(query[:20_000], max_num_fields=8, errors="replace")
        except ValueError:  # more fields than the form has
            asked = {}
        words = (asked.get("q") or [""])[0].strip()
        number = (asked.get("page") or ["1"])[0]
        page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 1
        status = HTTPStatus.OK
        try:
            found = self._library.find(words, max(page, 1)) if words else None
            data = result_page(Page(self._library.name, words, found))
        except QueryError as error:
            status, data = HTTPStatus.BAD_REQUEST, error_page(self._library.name, words, error)
        self._send(status, data, "no-store", body, {"Content-Type": TYPES[".html"]})

    # --- answers --------------------------------------------------------------------------------------

    def _send(self, status: HTTPStatus, data: bytes, caching: str, body: bool, more: dict[str, str]) -> None:
        self._head(status, caching, more | {"Content-Length": str(len(data))})
        if body:
            self.wfile.write(data)

    def _head(self, status: HTTPStatus, caching: str, more: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Security-Policy": _POLICY, "Cache-Control": caching, **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: what a reader opened is nobody's business."""


def _span(first: str, last: str, size: int) -> tuple[int, int]:
    """The bytes of a range, both included; the first is greater than the last where there are none."""
    if not first:
        return max(size - int(last), 0), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _type(name: str, handle: IO[bytes]) -> str:
    if name.startswith("o/"):
        head = handle.read(max(map(len, _MEDIA)))
        return next((kind for start, kind in _MEDIA.items() if head.startswith(start)), "application/octet-stream")
    if name.startswith("heads/") and "tile/" not in name:
        return TYPES[".txt"]
    return TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


def _caching(name: str) -> str:
    if name.startswith("o/"):
        return "public, max-age=31536000, immutable"
    return "no-cache" if name.startswith("heads/") else "public, max-age=60"


def make_mirror_server(folder: Path, address: str, port: int, *, search: bool = True) -> ThreadingHTTPServer:
    """A server of the mirror in `folder`, ready for `serve_forever`. Port 0 takes a free one.

    Raises InputError where the mirror holds nothing, SetupError where it cannot listen.
    """
    shelf = Shelf(folder)
    if not shelf.holds():
        raise InputError(f"{folder} holds no mirror.", remedy="Pull first: unsealed mirror pull SOURCE --to DIR")
    library = Library(folder) if search else None
    if library is not None:
        library.catch_up()
    try:
        return _Server((address, port), partial(_Handler, source=FolderSource(shelf.public), library=library))
    except OSError as error:
        raise SetupError(
            f"{address}:{port} cannot be used ({error.strerror}).", remedy="Choose another --port or --address."
        ) from error
