"""Serve `public/` on loopback, with the types, caching and security headers that a real host should send too.

For looking at a site before it is published, and as the example that other hosts may copy. Never listens
beyond this machine.
"""

from __future__ import annotations

import hashlib
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from unsealed.errors import InputError, SetupError
from unsealed.files import safe_join

LOOPBACK = "127.0.0.1"
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".json": "application/json",
    ".proof": "application/json",
    ".atom": "application/atom+xml; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
}
MEDIA: Final = {b"\x89PNG": "image/png", b"%PDF-": "application/pdf"}  # how objects of these types begin
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
# Pages that carry their style and script inline name the hashes in a policy of their own.
POLICY_INLINE = "frame-ancestors 'none'"
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
}


class _Handler(SimpleHTTPRequestHandler):
    """GET and HEAD of files below one folder; nothing is listed, nothing is logged."""

    server_version = "unsealed"
    sys_version = ""
    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: object, root: Path) -> None:
        self._root = root
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(body=True)

    def do_HEAD(self) -> None:
        """Send the headers of a file."""
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        untrusted = unquote(urlsplit(self.path).path, errors="replace")
        name = untrusted.lstrip("/")
        if name == "" or name.endswith("/"):
            name += "index.html"
        status = HTTPStatus.OK
        data = self._read(name)
        if data is None and self._read(f"{name}/index.html") is not None:
            self._send(
                HTTPStatus.MOVED_PERMANENTLY, b"", "", "no-cache", body, {"Location": f"{urlsplit(self.path).path}/"}
            )
            return
        if data is None:
            status, name, data = HTTPStatus.NOT_FOUND, "404.html", self._read("404.html") or b"No such page\n"
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        if status is HTTPStatus.OK and self.headers.get("If-None-Match") == etag:
            self._send(HTTPStatus.NOT_MODIFIED, b"", name, _caching(name), False, {"ETag": etag})
            return
        self._send(status, data, name, _caching(name), body, {"ETag": etag})

    def _read(self, name: str) -> bytes | None:
        try:
            path = safe_join(self._root, name)
            return path.read_bytes() if path.is_file() else None
        except (InputError, OSError):
            return None

    def _send(self, status: HTTPStatus, data: bytes, name: str, caching: str, body: bool, more: dict[str, str]) -> None:
        self.send_response(status)
        inline = name in ("verify.html", "404.html")
        headers = {
            **HEADERS,
            "Content-Security-Policy": POLICY_INLINE if inline else POLICY,
            "Cache-Control": caching,
            **more,
        }
        if name:
            headers["Content-Type"] = TYPES.get(Path(name).suffix, _type_without_suffix(name, data))
        for key, value in headers.items():
            self.send_header(key, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: what a reader opened is nobody's business."""


def _type_without_suffix(name: str, data: bytes) -> str:
    for head, kind in MEDIA.items():
        if name.startswith("o/") and data.startswith(head):
            return kind
    text = name.startswith("heads/") and "tile/" not in name
    return "text/plain; charset=utf-8" if text else "application/octet-stream"


def _caching(name: str) -> str:
    if name.startswith("o/"):
        return "public, max-age=31536000, immutable"
    return "no-cache" if name.startswith("heads/") else "public, max-age=60"


def make_server(public: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server of the folder `public` on loopback, ready for `serve_forever`. Port 0 takes a free one.

    Raises InputError where the folder holds no site, SetupError where the port is taken.
    """
    if not (public / "index.html").is_file():
        raise InputError(f"{public} holds no site.", remedy="Build it first: unsealed site build.")
    try:
        return ThreadingHTTPServer((LOOPBACK, port), partial(_Handler, root=public))
    except OSError as error:
        raise SetupError(f"Port {port} is taken.", remedy="Choose another with --port, or 0 for a free one.") from error
