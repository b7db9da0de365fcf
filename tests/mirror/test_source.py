"""Reading a site from a folder and over the web: capped, no links followed, no other host asked."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mirror.publisher import Publisher, publisher
from unsealed.errors import InputError, SiteDiffers
from unsealed.mirror import source
from unsealed.mirror.check import verify_site
from unsealed.mirror.source import FolderSource, UrlSource, open_source

MADE: Publisher = publisher()


class Handler(http.server.SimpleHTTPRequestHandler):
    """A mirror on loopback, with a few bad habits on request."""

    asked: list[str] = []  # noqa: RUF012 - one server, one list

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.endswith("/endless"):
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):  # the reader hangs up
                while True:
                    self.wfile.write(b"x" * 100_000)
        elif self.path.endswith("/broken"):
            self.protocol_version = "HTTP/1.1"
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"ff\r\nshort")
            self.close_connection = True
        elif self.path.endswith("/nonsense"):
            self.wfile.write(b"no answer at all\r\n\r\n")
        elif self.path.endswith("/elsewhere"):
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.2:9/secret")
            self.end_headers()
        elif self.path.endswith("/here"):
            self.send_response(302)
            self.send_header("Location", "/index.html")
            self.end_headers()
        elif self.path.endswith("/forbidden"):
            self.send_error(403)
        else:
            super().do_GET()


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    folder = MADE.write(tmp_path / "public")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Handler.asked.clear()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def rule(place: source.Source, path: str, limit: int = 1000) -> str:
    with pytest.raises(SiteDiffers) as caught:
        source.read_capped(place, path, limit)
    return caught.value.rule


def test_a_whole_site_over_the_web(mirror: str) -> None:
    report = verify_site(open_source(mirror + "/"), MADE.policy)
    assert (report.documents, report.listed) == (3, False)
    assert sorted(set(Handler.asked)) == sorted("/" + path for path in MADE.files)


def test_a_changed_page_over_the_web(mirror: str, tmp_path: Path) -> None:
    (tmp_path / "public/feed.json").write_bytes(b"[]\n")
    with pytest.raises(SiteDiffers) as caught:
        verify_site(UrlSource(mirror), MADE.policy)
    assert caught.value.message == "feed.json: was changed."
    (tmp_path / "public/feed.json").unlink()
    with pytest.raises(SiteDiffers, match="feed"):
        verify_site(UrlSource(mirror), MADE.policy)


def test_bad_servers(mirror: str) -> None:
    place = UrlSource(mirror)
    assert rule(place, "endless", 250_000) == "too-long"
    assert rule(place, "broken") == "unreachable"
    assert rule(place, "nonsense") == "unreachable"
    assert rule(place, "nothing") == "missing"
    assert rule(place, "forbidden") == "unreachable"
    assert rule(place, "elsewhere") == "unreachable"
    assert source.read_capped(place, "here", 1000) == MADE.files["index.html"]
    assert rule(UrlSource("http://127.0.0.1:9"), "index.html") == "unreachable"


@pytest.mark.parametrize("address", ["ftp://a/b", "http://", "file:///etc", "http://a/?x=1", "http://a/#x"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(InputError):
        open_source(address)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a//b", "", "a\\b", "a\x00b"])
def test_paths_that_leave_the_folder(tmp_path: Path, path: str) -> None:
    for place in (FolderSource(tmp_path), UrlSource("http://127.0.0.1:9")):
        assert rule(place, path) == "path"


def test_files_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_bytes(b"12345")
    place = open_source(str(tmp_path))
    assert source.read_capped(place, "a/b", 5) == b"12345"
    assert rule(place, "a/b", 4) == "too-long"
    assert rule(place, "a/c") == "missing"
    assert rule(place, "b/c") == "missing"
    assert rule(place, "a") == "site-file"
    assert rule(place, "a/b/c") == "site-file"
    assert list(place.listing() or ()) == ["a/b"]


def test_exact_reads(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    place = FolderSource(tmp_path)
    assert source.read_exact(place, "x", 0, empty) == b""
    source.check_exact(place, "x", 0, empty)
    for length, digest in ((1, empty), (0, "0" * 64)):
        for check in (source.read_exact, source.check_exact):
            with pytest.raises(SiteDiffers) as caught:
                check(place, "x", length, digest)
            assert caught.value.rule == "changed"
