"""A cache that is missing, torn, of another version or without a table is made anew."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from unsealed.archive import CacheFile

CACHE = CacheFile(3, "CREATE TABLE one (a); CREATE TABLE two (b);", "SELECT * FROM one, two LIMIT 1")


def test_what_is_stored_stays(tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    with contextlib.closing(CACHE.make(path)) as db:
        db.execute("INSERT INTO one VALUES (7)")
    with contextlib.closing(CACHE.connect(path)) as db:
        assert db.execute("SELECT a FROM one").fetchall() == [(7,)]


@pytest.mark.parametrize("fault", ["missing", "torn", "version", "table"])
def test_a_fault_is_told_and_mended(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "words.db"
    if fault != "missing":
        tables = "CREATE TABLE one (a);" if fault == "table" else CACHE.tables
        form = CacheFile(2 if fault == "version" else CACHE.version, tables, "SELECT 1")
        form.make(path).close()
    if fault == "torn":
        path.write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)
    with pytest.raises(sqlite3.DatabaseError):
        CACHE.connect(path)
    with contextlib.closing(CACHE.make(path)) as db:
        assert db.execute("SELECT count(*) FROM two").fetchone() == (0,)
    assert [one.name for one in tmp_path.iterdir()] == ["words.db"]
