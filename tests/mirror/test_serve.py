"""A mirror on the web: files as they were signed, ranges, no way out of the folder; a search that needs no script."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mirror.simulator import FIRST, NEWEST, Host, write
from unsealed.errors import InputError, QueryError
from unsealed.mirror import serve
from unsealed.mirror.check import verify_site
from unsealed.mirror.find import Library
from unsealed.mirror.nginx import nginx_configuration
from unsealed.mirror.pull import PullOptions, pull
from unsealed.mirror.serve import make_mirror_server
from unsealed.mirror.source import UrlSource

QUICK = PullOptions(now=lambda: 1_700_000_000.0, workers=1)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mirror")
    pull(folder / "mirror", [str(write(FIRST.files, folder / "site"))], FIRST.policy, QUICK)
    return folder


@pytest.fixture
def mirror(template: Path, tmp_path: Path) -> Path:
    shutil.copytree(template / "mirror", tmp_path / "mirror", symlinks=True)
    return tmp_path / "mirror"


@contextmanager
def served(folder: Path, *, search: bool = True) -> Iterator[int]:
    with make_mirror_server(folder, "127.0.0.1", 0, search=search) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    found = (answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def test_every_file_and_its_headers(mirror: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with served(mirror, search=False) as port:
        for path, data in FIRST.files.items():
            status, headers, body = get(port, "/" + urllib.parse.quote(path))
            assert (status, body) == (200, data), path
            caching = headers["cache-control"]
            assert ("immutable" in caching) is path.startswith("o/")
            assert (caching == "no-cache") is path.startswith("heads/")
            assert headers["x-content-type-options"] == "nosniff"
        verify_site(UrlSource(f"http://127.0.0.1:{port}/"), FIRST.policy, workers=1)
        assert get(port, "/")[2] == FIRST.files["index.html"]
        assert get(port, "/d/s0")[0] == 301
        assert get(port, "/nothing")[0] == 404
        assert get(port, "/-/search")[0] == 404
    assert "127.0.0.1" not in "".join(capfd.readouterr())


def test_pictures_and_pdf_files_have_their_type(mirror: Path) -> None:
    """Their names are hashes: what they are is seen from how they begin, and nothing else is ever guessed."""
    folder = (mirror / "public" if (mirror / "public").is_dir() else mirror) / "o" / "zz"
    folder.mkdir()
    for name, data, kind in (
        ("1", b"\x89PNG\r\n\x1a\n" + bytes(9), "image/png"), ("2", b"%PDF-1.7\n", "application/pdf"),
        ("3", b"<html><script>", "application/octet-stream"), ("4", b"", "application/octet-stream"),
    ):  # fmt: skip
        (folder / name).write_bytes(data)
        with served(mirror, search=False) as port:
            status, headers, body = get(port, f"/o/zz/{name}")
        assert (status, headers["content-type"], body) == (200, kind, data)


@pytest.mark.parametrize(
    "path",
    [
        "/../policy", "/%2e%2e/policy", "/..%2fpolicy", "/d/../../state.json", "//etc/passwd", "/heads/../../policy",
        "/d/s0/..%5c..%5cpolicy", "/%00", "/o/%2e%2e/%2e%2e/policy", "/d/s0/%0d%0aX:%20y", "/." * 300,
    ],
)  # fmt: skip
def test_no_way_out_of_the_folder(mirror: Path, path: str) -> None:
    with served(mirror, search=False) as port:
        status, headers, body = get(port, path)
    assert status == 404
    assert "x" not in headers
    assert b"unsealed-policy" not in body


def exchange(port: int, sent: bytes) -> bytes:
    """Everything that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize(
    ("target", "status"), [("http://[::1/x", 404), ("/-/search?" + "&".join(f"a={at}" for at in range(20)), 200)]
)
def test_strange_targets_have_an_answer(mirror: Path, target: str, status: int) -> None:
    with served(mirror) as port:
        came = exchange(port, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert came.startswith(b"HTTP/1.1 %d " % status)


def test_a_request_by_the_byte_is_cut_off(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte comes long before the server tires of silence. What is slow to read is not cut off."""
    monkeypatch.setattr(serve, "REQUEST", 0.4)
    with served(mirror, search=False) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as one:
        begin = time.monotonic()
        one.sendall(b"GET / HTTP/1.1\r\nX: ")
        one.settimeout(0.05)
        ended = False
        while not ended and time.monotonic() - begin < 8:
            try:
                one.sendall(b"x")
                ended = one.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
        assert ended
        monkeypatch.setattr(serve, "REQUEST", 30.0)
        assert get(port, "/verify.html")[2] == FIRST.files["verify.html"]


@pytest.mark.parametrize("header", ["Content-Length: 64", "Transfer-Encoding: chunked"])
def test_a_body_is_never_the_next_request(mirror: Path, header: str) -> None:
    """Behind a server that shares connections, it would be answered to another reader."""
    inner = "GET /verify.html HTTP/1.1\r\nHost: x\r\n\r\n"
    with served(mirror) as port:
        came = exchange(port, f"GET / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n{inner}".encode())
    assert came.count(b"HTTP/1.1 ") == 1


def test_a_link_in_the_folder_is_not_served(mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (mirror / "public" / "link").symlink_to(tmp_path / "secret")
    (mirror / "public" / "below").symlink_to(tmp_path)
    with served(mirror, search=False) as port:
        assert get(port, "/link")[0] == get(port, "/below/secret")[0] == 404


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)), ("bytes=5-", 206, slice(5, None)), ("bytes=-4", 206, slice(-4, None)),
        ("bytes=0-99999999", 206, slice(0, None)), ("bytes=99999999-", 416, slice(0, 0)), ("bytes=-", 200, slice(None)),
        ("bytes=3-1", 416, slice(0, 0)), ("lines=1-2", 200, slice(None)), ("bytes=0-1,3-4", 200, slice(None)),
    ],
)  # fmt: skip
def test_ranges(mirror: Path, wanted: str, status: int, part: slice) -> None:
    path = next(path for path in FIRST.files if path.startswith("o/"))
    with served(mirror, search=False) as port:
        found, headers, body = get(port, "/" + path, Range=wanted)
        assert (found, body) == (status, FIRST.files[path][part])
        assert int(headers["content-length"]) == len(body)
        tag = headers["etag"]
        assert get(port, "/" + path, If_None_Match=tag)[0] == 304
        assert get(port, "/" + path, Range="bytes=0-3", If_Range='"other"')[0] == 200


# --- search -------------------------------------------------------------------------------------------


def folders(library: Library, query: str) -> set[str]:
    return {hit.folder for hit in library.find(query, 1).hits}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("minister", {"s0"}), ("MINISTER", {"s0"}), ("prices", {"s1"}), ("prices OR minister", {"s0", "s1"}),
        ("prices minister", set()), ("* -prices", {"s0", "s3"}), ('"harbour master"', {"s0"}),
        ('"master harbour"', set()), ("pric*", {"s1"}), ("prises~1", {"s1"}), ("pryses~1", set()),
        ('"harbour noon"~9', {"s0"}),
        ('"harbour noon"~1', set()), ("type:cable", {"s0", "s1", "s3"}), ("id:s3", {"s3"}),
        ("id:s*", {"s0", "s1", "s3"}),
        ("-type:cable", set()), ("*", {"s0", "s1", "s3"}), ("date:2003", set()), ("-date:*", {"s0", "s1", "s3"}),
        ("STATE284", set()), ("(trucks OR prices) -grain", {"s3"}),
    ],
)  # fmt: skip
def test_what_is_found(mirror: Path, query: str, expected: set[str]) -> None:
    library = Library(mirror)
    library.catch_up()
    assert folders(library, query) == expected
    assert library.find(query, 1).total == len(expected)


def test_hidden_words_are_not_found_nor_crossed(mirror: Path) -> None:
    library = Library(mirror)
    library.catch_up()
    shown = "".join(text for hit in library.find("minister", 1).hits for text, _ in hit.snippet)
    assert "█████" in shown
    before, after = re.split("█+", shown, maxsplit=1)
    words = [before.split()[-1].strip(".,"), after.split()[0].strip(".,")]
    assert folders(library, f'"{words[0]} {words[1]}"') == set()
    assert any(match for hit in library.find("minister", 1).hits for _, match in hit.snippet)


def test_the_cache_follows_the_site(mirror: Path, tmp_path: Path) -> None:
    library = Library(mirror)
    assert library.catch_up() == 3
    assert Library(mirror).catch_up() == 0
    pull(mirror, [str(write(NEWEST.files, tmp_path / "newest"))], None, QUICK)
    assert library.catch_up() == 1
    assert folders(library, "quiet") == {"s2"}
    (mirror / "search.db").write_bytes(b"rust")
    assert Library(mirror).catch_up() == 4


def test_a_running_server_follows_a_pull(mirror: Path, tmp_path: Path) -> None:
    with served(mirror) as port:
        assert b"Nothing that was released" in get(port, "/-/search?q=quiet")[2]
        pull(mirror, [str(write(NEWEST.files, tmp_path / "newest"))], None, QUICK)
        assert get(port, "/d/s2/index.html")[0] == 200
        end = time.monotonic() + 20
        while b"/d/s2/index.html" not in get(port, "/-/search?q=quiet")[2]:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_the_page(mirror: Path) -> None:
    with served(mirror) as port:
        status, headers, body = get(port, "/-/search")
        assert status == 200
        assert "script-src 'self'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert b'<form class="ask"' in body
        assert b"<script" not in body
        hit = get(port, "/-/search?q=minister")[2]
        assert b'href="/d/s0/index.html"' in hit
        assert b"<b>minister</b>" in hit.lower()
        assert get(port, "/-/search.css")[0] == 200
        evil = urllib.parse.quote('"><script>alert(1)</script>\u202e')
        status, _, body = get(port, f"/-/search?q={evil}")
        assert status in (200, 400)
        assert b"<script" not in body
        assert get(port, "/-/search?q=(((")[0] == 400
        assert get(port, "/-/search?q=*&page=9999999999")[0] == 200
        assert get(port, "/-/search?q=*&page=400")[0] == 200


def test_a_question_without_an_end(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unsealed.mirror.find.SECONDS", -1.0)
    monkeypatch.setattr("unsealed.mirror.find._STEP", 1)
    library = Library(mirror)
    library.catch_up()
    with pytest.raises(QueryError, match="too long"):
        library.find("minister~2 OR prices~2", 1)


def test_nothing_to_serve(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no mirror"):
        make_mirror_server(tmp_path, "127.0.0.1", 0)


# --- nginx --------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_debians_nginx_serves_a_dumb_mirror(mirror: Path, tmp_path: Path) -> None:
    run = tmp_path / "nginx"
    run.mkdir()
    mirror.parent.chmod(0o755)
    with Host({}).serving() as address:
        port = int(address.rstrip("/").rpartition(":")[2])  # free again in a moment
    server = nginx_configuration(mirror, "_", f"127.0.0.1:{port}")
    temporary = "".join(
        f"{name}_temp_path {run}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # In the network of the tests there is no other user: nginx could not give its folders to `nobody`.
    owner = "user root; " if os.geteuid() == 0 else ""
    (run / "nginx.conf").write_text(
        f"{owner}daemon off; master_process off; pid {run}/pid; error_log {run}/error.log; events {{}}\n"
        f"http {{ {temporary}\n{server} }}\n"
    )
    process = subprocess.Popen(["nginx", "-c", str(run / "nginx.conf"), "-p", str(run)], stderr=subprocess.PIPE)
    try:
        wait_for(port, process)
        verify_site(UrlSource(f"http://127.0.0.1:{port}/"), FIRST.policy, workers=1)
        for path, data in FIRST.files.items():
            status, headers, body = get(port, "/" + urllib.parse.quote(path))
            assert (status, body) == (200, data)
            assert ("immutable" in headers["cache-control"]) is path.startswith("o/")
            assert (headers["cache-control"] == "no-cache") is path.startswith("heads/")
            assert headers["x-content-type-options"] == "nosniff"
        (mirror / "public" / "link").symlink_to("/etc/passwd")
        for path in ("/link", "/../policy", "/%2e%2e/state.json", "/o/", "/heads/"):
            assert get(port, path)[0] in (400, 403, 404), path
    finally:
        process.terminate()
        process.wait(10)
        assert process.stderr is not None
        process.stderr.close()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert process.poll() is None
        try:
            get(port, "/")
        except OSError:
            time.sleep(0.05)
            continue
        return
    raise AssertionError("nginx does not answer")
