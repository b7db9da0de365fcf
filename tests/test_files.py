"""Durable files: whole or not at all, at every crash point; and no path leaves its folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed import files
from unsealed.errors import ArchiveError, InputError


def run_until_point(action, number: int) -> bool:  # type: ignore[no-untyped-def]
    """Run `action` in a child that dies at its `number`-th crash point. True where it died there."""
    child = os.fork()
    if child == 0:
        left = number

        def hook(_: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                os._exit(42)

        files.set_crash_hook(hook)
        try:
            action()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 42


def test_write_durable_is_old_or_new_at_every_crash_point(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    number, deaths = 1, 0
    while True:
        files.write_durable(path, b"old")
        if not run_until_point(lambda: files.write_durable(path, b"new " * 1000), number):
            break
        deaths += 1
        assert path.read_bytes() in (b"old", b"new " * 1000)
        files.remove_leftovers(path.parent)
        assert [entry.name for entry in path.parent.iterdir()] == ["file"]
        number += 1
    assert deaths >= 4  # write, fsync, rename, fsync of the directory
    assert path.read_bytes() == b"new " * 1000


def test_append_and_cut_tail(tmp_path: Path) -> None:
    path = tmp_path / "pack"
    assert files.append_durable(path, b"abc") == 0
    assert files.append_durable(path, b"def") == 3
    assert files.cut_tail(path, 4) == 2
    assert path.read_bytes() == b"abcd"
    assert files.cut_tail(path, 4) == 0
    assert files.append_durable(path, b"e", b"", b"fg" * files.CHUNK) == 4
    assert path.read_bytes() == b"abcde" + b"fg" * files.CHUNK
    assert files.cut_tail(path, 4) == 1 + 2 * files.CHUNK
    with pytest.raises(ArchiveError, match="the end is missing"):
        files.cut_tail(path, 5)


def test_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    (tmp_path / "there").mkdir()
    with pytest.raises(OSError, match="disk full"):
        files.write_durable(tmp_path / "there" / "file", b"x")
    assert list((tmp_path / "there").iterdir()) == []


@pytest.mark.parametrize(
    "bad", ["", "/etc/passwd", "..", "a/../b", "a//b", "./a", "a/.", "a\\b", "a\0b", "a\nb", "../x", "a/", "\x7f"]
)
def test_safe_join_refuses(tmp_path: Path, bad: str) -> None:
    with pytest.raises(InputError):
        files.safe_join(tmp_path, bad)


def test_safe_join_refuses_links(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(InputError, match="symbolic link"):
        files.safe_join(tmp_path, "link/passwd")


@given(st.text())
def test_safe_join_never_leaves(name: str) -> None:
    root = Path("/nowhere/at/all")
    try:
        path = files.safe_join(root, name)
    except InputError:
        return
    assert path.is_relative_to(root) and ".." not in path.parts


def test_lock_is_exclusive(tmp_path: Path) -> None:
    second = files.Lock(tmp_path / "lock")
    with files.Lock(tmp_path / "lock"), pytest.raises(ArchiveError, match="Another Unsealed process"):
        second.__enter__()
    with files.Lock(tmp_path / "lock"):
        pass


def test_read_capped(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"12345")
    assert files.read_capped(tmp_path / "f", 5) == b"12345"
    with pytest.raises(InputError, match="longer than 4"):
        files.read_capped(tmp_path / "f", 4)
    with pytest.raises(InputError, match="cannot be read"):
        files.read_capped(tmp_path / "missing", 4)


def test_hash_file_and_walk(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/z", "b/a", "a"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert [str(path.relative_to(tmp_path)) for path in files.walk_files(tmp_path)] == ["a", "b/a", "b/z", "link"]
    digest, length = files.hash_file(tmp_path / "a")
    assert length == 1
    assert digest.hex() == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"


def test_remove_and_rename(tmp_path: Path) -> None:
    files.write_durable(tmp_path / "x" / "a", b"1")
    files.write_plain(tmp_path / "b", b"2")
    files.rename_durable(tmp_path / "x" / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == b"1"
    files.remove_durable(tmp_path / "b")
    files.remove_durable(tmp_path / "b")
    assert not (tmp_path / "b").exists()
