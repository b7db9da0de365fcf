from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.site.conftest import Built, story_press
from unsealed.cli.site import site
from unsealed.errors import InputError, SetupError, UsageError
from unsealed.seal.site_manifest import decode_manifest
from unsealed.site import make_server


@pytest.fixture(scope="module")
def port(built: Built) -> Iterator[int]:
    with make_server(built.public) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def ask(
    port: int, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers or {})
    answer = connection.getresponse()
    found = answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    connection.close()
    return found


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/d/s2/", "text/html; charset=utf-8"),
        ("/style.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/feed.atom", "application/atom+xml; charset=utf-8"),
        ("/d/s2/document.json", "application/json"),
        ("/d/s2/document.txt", "text/plain; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/heads/log/checkpoint", "text/plain; charset=utf-8"),
        ("/heads/log/tile/0/000.p/1", "application/octet-stream"),
    ],
)
def test_types(port: int, path: str, kind: str) -> None:
    status, headers, body = ask(port, path)
    assert (status, headers["content-type"]) == (200, kind)
    assert int(headers["content-length"]) == len(body) > 0


def test_every_answer_carries_the_security_headers(port: int) -> None:
    for path in ("/", "/nothing", "/verify.html"):
        _, headers, _ = ask(port, path)
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'self'" in ask(port, "/")[1]["content-security-policy"]


def test_caching(port: int, built: Built) -> None:
    obj = next(path for path in (built.public / "o").rglob("*") if path.is_file()).relative_to(built.public).as_posix()
    assert "immutable" in ask(port, f"/{obj}")[1]["cache-control"]
    assert ask(port, "/heads/log/checkpoint")[1]["cache-control"] == "no-cache"
    etag = ask(port, "/index.html")[1]["etag"]
    assert ask(port, "/index.html", headers={"If-None-Match": etag})[0] == 304


@pytest.mark.parametrize(
    "path",
    [
        "/../packages/0000/manifest.json",
        "/%2e%2e/packages/0000/manifest.json",
        "/d/..%2f..%2f..%2fetc/passwd",
        "/d/%00",
        "/d/\\..",
        "//etc/passwd",
    ],
)
def test_nothing_above_the_folder_is_served(port: int, path: str) -> None:
    status, _, body = ask(port, path)
    assert status == 404
    assert b"No such page" in body


def test_a_folder_without_its_slash_is_sent_on(port: int) -> None:
    status, headers, _ = ask(port, "/d/s2")
    assert (status, headers["location"]) == (301, "/d/s2/")


def test_head_has_no_body(port: int) -> None:
    status, headers, body = ask(port, "/", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_a_link_is_not_followed(built: Built, tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    (public / "index.html").write_text("x")
    (public / "secret").symlink_to("/etc/hostname")
    with make_server(public) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        assert ask(server.server_address[1], "/secret")[0] == 404
        server.shutdown()
        thread.join()


def test_it_listens_on_loopback_only_and_names_a_taken_port(built: Built) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SetupError, match="taken"):
            make_server(built.public, taken.getsockname()[1])
    with make_server(built.public) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no site"):
        make_server(tmp_path)


# --- the command


def test_the_command_builds_an_archive_and_leaves_the_heads_alone(tmp_path: Path) -> None:
    press = story_press(tmp_path, more=1)
    press.release([0, 1], "First")
    result = CliRunner().invoke(site, ["build", str(tmp_path)], catch_exceptions=False)
    assert result.exit_code == 0
    assert "2 documents, 2 of them made in this run" in result.output
    assert not (press.public / "heads" / "site.manifest").exists()
    listed = decode_manifest((tmp_path / "cache" / "site" / "site.manifest").read_bytes())
    assert "d/03VARDESK284/index.html" in {file.path for file in listed}
    again = CliRunner().invoke(site, ["build", str(tmp_path)], catch_exceptions=False)
    assert "0 files written" in again.output


def test_publishing_pages_that_are_not_built_is_refused_with_a_remedy(tmp_path: Path) -> None:
    press = story_press(tmp_path, more=1)
    press.release([0, 1], "First")
    early = CliRunner().invoke(site, ["publish", str(tmp_path)])
    assert isinstance(early.exception, UsageError)
    assert "site build" in early.exception.remedy
    CliRunner().invoke(site, ["build", str(tmp_path)], catch_exceptions=False)
    (press.packages / "0001" / "manifest.json").write_bytes(b"{}")  # the next build stops on the way
    assert CliRunner().invoke(site, ["build", str(tmp_path)]).exit_code != 0
    late = CliRunner().invoke(site, ["publish", str(tmp_path)])
    assert isinstance(late.exception, UsageError)


def test_a_build_elsewhere_leaves_the_cache_of_the_archive_alone(tmp_path: Path) -> None:
    press = story_press(tmp_path / "archive", more=1)
    press.release([0, 1], "First")
    CliRunner().invoke(site, ["build", str(press.folder)], catch_exceptions=False)
    cache = press.cache / "site.manifest"
    before = (cache.read_bytes(), cache.stat().st_mtime_ns)
    out = str(tmp_path / "out")
    CliRunner().invoke(site, ["build", str(press.folder), "--out", out, "--preview"], catch_exceptions=False)
    assert (cache.read_bytes(), cache.stat().st_mtime_ns) == before


def test_the_command_refuses_what_is_not_published_and_shows_a_preview(tmp_path: Path) -> None:
    press = story_press(tmp_path, more=1)
    press.release([0], "First")
    out = str(tmp_path / "elsewhere")
    refused = CliRunner().invoke(site, ["build", str(press.packages), "--out", out])
    assert isinstance(refused.exception, InputError)
    shown = CliRunner().invoke(site, ["build", str(press.packages), "--out", out, "--preview"], catch_exceptions=False)
    assert shown.exit_code == 0
    nowhere = CliRunner().invoke(site, ["build", str(press.packages)])
    assert isinstance(nowhere.exception, InputError)
