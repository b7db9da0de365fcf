"""A publisher, witnesses and mirrors on loopback; some of the mirrors lie, each in one way of the list below.

A liar is a folder or a web server that an honest `public/` was copied to and then bent. Readers and pullers are the
real ones. Every way to lie has a name; tests go through all of them.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.mirror.publisher import Publisher, publisher
from unsealed.seal.site_manifest import SiteFile, encode_manifest

Files = dict[str, bytes]
FIRST: Publisher = publisher()  # two releases


def third() -> Publisher:
    """The same publisher after a third release and its pages."""
    made = copy.deepcopy(FIRST)
    made.release({2: ()})
    made.site()
    return made


NEWEST: Publisher = third()


def forked() -> Publisher:
    """Another history after the first release: the same keys sign it, editors and all."""
    made = Publisher()
    made.seal()
    made.release({0: ((12, 2, 1),), 1: ((16, 3, 2),)}, packs=2)
    made.site()
    made.release({2: ()})
    made.site()
    made.release({3: ()})
    made.site()
    return made


def _pack(files: Files) -> str:
    """An object that is a pack of the newest release."""
    packs = [path for path, data in files.items() if path.startswith("o/") and data[:4] == b"\x28\xb5\x2f\xfd"]
    return next(path for path in packs if path not in FIRST.files)


def _tile(files: Files) -> str:
    return max(path for path in files if path.startswith("heads/log/tile/entries/"))


def _flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def _page(files: Files) -> None:
    files["d/s2/index.html"] = files["d/s2/index.html"][:-1] + b"X"


def _tampered_pack(files: Files) -> None:
    files[_pack(files)] = _flip(files[_pack(files)])


def _truncated_tile(files: Files) -> None:
    files[_tile(files)] = files[_tile(files)][:-7]


def _wrong_length(files: Files) -> None:
    files["d/s2/index.html"] += b"and more"


def _mixed(files: Files) -> None:
    """The newest head over the site manifest of an older state."""
    files["heads/site.manifest"] = FIRST.files["heads/site.manifest"]


def _traversal(files: Files) -> None:
    """The host names a file outside of the folder. Its own manifest, which no editor signed."""
    lines = [SiteFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()
             if not path.startswith("heads/")]  # fmt: skip
    text = encode_manifest(lines).decode()
    first, rest = text.split("\n", 1)
    evil = f"{'0' * 64} 3 ../../../outside\n"
    files["heads/site.manifest"] = f"{first}\n{evil}{rest}".encode()


def _foreign_cut(files: Files) -> None:
    """The proof of a page hides more than the publisher did."""
    proof = files["d/s2/document.proof"]
    files["d/s2/document.proof"] = proof.replace(b'"shown"', b'"hidden"', 1) if b'"shown"' in proof else _flip(proof)


def _forged_head(files: Files) -> None:
    files["heads/log/checkpoint"] = files["heads/log/checkpoint"].replace(b"\n7\n", b"\n9\n")


def _missing(files: Files) -> None:
    del files[_pack(files)]


# What a liar does to the files of the newest state. Endless files, links and silence are the business of the host.
LIES: dict[str, Callable[[Files], None]] = {
    "tampered-page": _page,
    "tampered-pack": _tampered_pack,
    "truncated-tile": _truncated_tile,
    "wrong-length": _wrong_length,
    "mix-and-match": _mixed,
    "path-traversal": _traversal,
    "foreign-cut": _foreign_cut,
    "forged-head": _forged_head,
    "missing-pack": _missing,
}


def lying(name: str) -> Files:
    """The files of a liar."""
    files = dict(NEWEST.files)
    LIES[name](files)
    return files


def write(files: Files, folder: Path) -> Path:
    """A public folder."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder


def with_link(folder: Path) -> Path:
    """A mirror in which a page is a symbolic link to a file of the host."""
    write(NEWEST.files, folder)
    secret = folder.parent / "secret-of-the-host"
    secret.write_bytes(NEWEST.files["d/s2/index.html"])
    (folder / "d/s2/index.html").unlink()
    (folder / "d/s2/index.html").symlink_to(secret)
    return folder


class Host:
    """A web server of files in memory that counts what it gives. `endless`: a path that never ends."""

    def __init__(self, files: Files, *, endless: str = "", silent: bool = False) -> None:
        self.files = files
        self.endless = endless
        self.silent = silent
        self.sent = 0
        self.asked: list[str] = []

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address, while it runs."""
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.removeprefix("/")
                host.asked.append(path)
                data = host.files.get(path)
                if host.silent or (data is None and path != host.endless):
                    self.send_error(503 if host.silent else 404)
                    return
                self.send_response(200)
                self.end_headers()
                if path == host.endless:
                    self._for_ever()
                    return
                assert data is not None
                host.sent += len(data)
                self.wfile.write(data)

            def _for_ever(self) -> None:
                piece = b"x" * 65536
                try:
                    while host.sent < 1 << 30:
                        self.wfile.write(piece)
                        host.sent += len(piece)
                except OSError:
                    return

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/"
            finally:
                server.shutdown()
                thread.join()
