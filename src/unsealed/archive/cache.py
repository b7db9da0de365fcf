"""A cache in a file of SQLite: whatever is wrong with it, it is made anew. The truth lies elsewhere."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple


class CacheFile(NamedTuple):
    """The form of a cache. `tables` are SQL statements; `probe` is a question to all of them."""

    version: int
    tables: str
    probe: str

    def connect(self, path: Path) -> sqlite3.Connection:
        """The cache as it is. Raises sqlite3.DatabaseError where it is missing, damaged or of another version."""
        db = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            # It need not survive the loss of power: `normal` costs no wait, and a kill of the process loses nothing.
            db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;")
            if db.execute("PRAGMA user_version").fetchone()[0] != self.version:
                raise sqlite3.DatabaseError("of another version")
            db.execute(self.probe).fetchall()
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def make(self, path: Path) -> sqlite3.Connection:
        """A new, empty cache in place of whatever is there. The version is written with the tables: all or nothing."""
        for leftover in path.parent.glob(f"{path.name}*"):
            leftover.unlink()
        db = sqlite3.connect(path, isolation_level=None)
        db.executescript(f"BEGIN; {self.tables} PRAGMA user_version={self.version}; COMMIT;")
        db.close()
        return self.connect(path)
