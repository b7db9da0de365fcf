"""The nightly check: every byte, no link followed, each file that differs is named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.mirror.simulator import FIRST, NEWEST, write
from unsealed.cli import root
from unsealed.errors import InputError, SiteDiffers, VerifyError
from unsealed.mirror import bytes_check
from unsealed.mirror.pull import PullOptions, pull
from unsealed.mirror.recheck import check_mirror

QUICK = PullOptions(now=lambda: 0.0, workers=1)
PAGE = "d/s2/index.html"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    pull(tmp_path / "mirror", [str(write(NEWEST.files, tmp_path / "site"))], FIRST.policy, QUICK)
    return tmp_path / "mirror"


def test_all_is_well(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {path: data for path, data in NEWEST.files.items() if not path.startswith("heads/")}
    want = (len(NEWEST.entries), len(files), sum(map(len, files.values())))
    assert check_mirror(mirror) == want
    monkeypatch.setattr(bytes_check, "_BUFFER", 16)
    assert check_mirror(mirror, workers=1) == want
    run = CliRunner().invoke(root, ["mirror", "check", str(mirror), "--json"])
    assert json.loads(run.output)["files"] == len(files)
    with pytest.raises(InputError):
        check_mirror(mirror / "views")


def _replaced(page: Path) -> None:
    data = page.read_bytes()
    page.unlink()
    page.write_bytes(data[:-1] + b"X")


def _longer(page: Path) -> None:
    data = page.read_bytes()
    page.unlink()
    page.write_bytes(data + b"X")


def _linked(page: Path) -> None:
    page.rename(page.with_name("real"))
    page.symlink_to("real")


def _pipe(page: Path) -> None:
    page.unlink()
    os.mkfifo(page)


def _folder(page: Path) -> None:
    page.unlink()
    page.mkdir()


def _linked_folder(page: Path) -> None:
    page.parent.rename(page.parent.with_name("elsewhere"))
    page.parent.symlink_to("elsewhere")


@pytest.mark.parametrize("spoil", [_replaced, _longer, Path.unlink, _linked, _pipe, _folder, _linked_folder])
def test_a_file_that_differs_is_named(mirror: Path, spoil: Callable[[Path], None]) -> None:
    spoil(mirror / "public" / PAGE)
    with pytest.raises(SiteDiffers) as caught:
        check_mirror(mirror)
    assert PAGE in caught.value.message
    assert pull(mirror, [], None, PullOptions(now=lambda: 0.0, workers=1, rehash=True)).broken
    check_mirror(mirror)


@pytest.mark.parametrize("path", ["heads/site.manifest", "heads/log/checkpoint", "heads/log/tile/0/000.p/3"])
def test_damaged_heads_are_repaired(mirror: Path, path: str) -> None:
    (mirror / "public" / path).unlink()
    (mirror / "public" / path).write_bytes(b"rust")
    with pytest.raises(VerifyError):
        check_mirror(mirror)
    assert pull(mirror, [], None, PullOptions(now=lambda: 0.0, workers=1, rehash=True)).broken
    check_mirror(mirror)


def test_what_nobody_signed_is_named(mirror: Path) -> None:
    (mirror / "public" / "extra\nfile").write_bytes(b"x")
    with pytest.raises(SiteDiffers, match="is extra"):
        check_mirror(mirror)
