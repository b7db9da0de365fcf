"""What is found out about readings later, in a pass of its own: languages, fingerprints, conversations.

Contract. Everything here is a cache below `cache/enrichment`, derived from the readings: it may be deleted at any time
and is made again. The pass goes through the readings in row order and commits what it found together with the row that
it reached, so that it may be killed anywhere and goes on where it was. One process writes at a time
(`cache/enrichment/.lock`), any number ask. Of the readings of one item only the one added last counts.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from unsealed.archive import Archive, CacheFile, StoredReading
from unsealed.errors import ArchiveError
from unsealed.files import Lock, crash_point, make_dirs, write_plain
from unsealed.log import get_logger
from unsealed.search import threads
from unsealed.search.fingerprint import bands, contained, estimate, fingerprint, resemblance, shingles
from unsealed.search.language import languages, prose
from unsealed.search.schema import reading_text
from unsealed.search.spoken import PLACE
from unsealed.search.threads import Message

VERSION = 1  # changes with every change of what is stored; a cache of another version is made again
LEAST = 0.5  # resemblance from which on two documents are near-duplicates
COMMIT_SECONDS = 5.0  # between commits
CANDIDATES = 2000  # documents that share a band and are looked at
_FILE = PLACE.name
_LOG = get_logger("search")
_WORDS = b"This folder is a cache. It may be deleted at any time and is made again from the archive.\n"
_TABLES = """
CREATE TABLE state (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (item INTEGER PRIMARY KEY, row INTEGER NOT NULL, fingerprint BLOB NOT NULL);
CREATE TABLE bands (band INTEGER NOT NULL, item INTEGER NOT NULL, PRIMARY KEY (band, item)) WITHOUT ROWID;
CREATE TABLE languages (item INTEGER NOT NULL, code TEXT NOT NULL, share REAL NOT NULL, PRIMARY KEY (item, code))
  WITHOUT ROWID;
CREATE INDEX languages_code ON languages (code, item);
"""
_CACHE = CacheFile(VERSION, _TABLES + threads.TABLES, "SELECT * FROM state, documents, bands, languages, mails LIMIT 1")

_NEAR = """
SELECT near.item, documents.fingerprint
FROM (SELECT item, count(*) AS shared FROM bands WHERE band IN (SELECT value FROM json_each(?)) AND item != ?
  GROUP BY item ORDER BY shared DESC, item LIMIT ?) near
JOIN documents ON documents.item = near.item
"""

Progress = Callable[[int, int], None]


class Similar(NamedTuple):
    """A near-duplicate. `resemblance`: the share of runs of three words that both have; `contained`: how much of the
    document asked about stands in this one.
    """

    item: int
    resemblance: float
    contained: float


class Enrichment:
    """Made by `Enrichment.open`. A context manager."""

    def __init__(self, archive: Archive, db: sqlite3.Connection, folder: Path) -> None:
        self.archive = archive
        self._db = db
        self._folder = folder

    @classmethod
    def open(cls, archive: Archive) -> Enrichment:
        """The enrichment of an archive. A missing, broken or older cache is made anew, empty: `catch_up` fills it."""
        folder = archive.path / PLACE.parent
        make_dirs(folder)
        write_plain(folder / "CACHE", _WORDS)
        try:
            db = _CACHE.connect(folder / _FILE)
            if _reached(db) > archive.max_row():
                db.close()
                raise sqlite3.DatabaseError("of another archive")
        except sqlite3.DatabaseError:
            with Lock(folder / ".lock"):
                db = _CACHE.make(folder / _FILE)
        return cls(archive, db, folder)

    @property
    def behind(self) -> int:
        """How many rows of the archive lie above the last one that was looked at."""
        return max(0, self.archive.max_row() - _reached(self._db))

    # --- the pass -----------------------------------------------------------------------------------------

    def catch_up(self, progress: Progress | None = None) -> int:
        """Look at every reading that is new; gives their number. May be killed anywhere and run again.

        Raises ArchiveError where another process is at it.
        """
        last = self.archive.max_row()
        if _reached(self._db) >= last:
            return 0
        with Lock(self._folder / ".lock"), self._damage():
            done = self._pass(last, progress)
        _LOG.info("enriched: %d readings", done)
        return done

    def _pass(self, last: int, progress: Progress | None) -> int:
        done, since = 0, time.monotonic()
        if self._db.in_transaction:  # of a pass that an error ended
            self._db.execute("ROLLBACK")
        self._db.execute("BEGIN")
        for stored in self.archive.readings(after=_reached(self._db), until=last):
            self._add(stored)
            done += 1
            if time.monotonic() - since > COMMIT_SECONDS:
                self._commit(stored.row)
                since = time.monotonic()
                self._db.execute("BEGIN")
            if progress is not None:
                progress(stored.row, last)
        threads.guess(self._db)
        self._commit(last)
        return done

    def _commit(self, row: int) -> None:
        """The commit point: what was found and the row that was reached, together."""
        self._db.execute("INSERT OR REPLACE INTO state VALUES ('row', ?)", (row,))
        crash_point("enrichment-commit")
        self._db.execute("COMMIT")

    def _add(self, stored: StoredReading) -> None:
        item = stored.item.id
        self._forget(item)
        if stored.reading.type == "unread":
            return
        mark = fingerprint(shingles(reading_text(stored.reading)))
        self._db.execute("INSERT INTO documents VALUES (?, ?, ?)", (item, stored.row, mark))
        self._db.executemany("INSERT OR IGNORE INTO bands VALUES (?, ?)", [(band, item) for band in bands(mark)])
        told = languages(prose(stored.reading))
        self._db.executemany("INSERT INTO languages VALUES (?, ?, ?)", [(item, *language) for language in told])
        mail = threads.mail_of(stored)
        if mail is not None:
            threads.add(self._db, item, mail)

    def _forget(self, item: int) -> None:
        row = self._db.execute("DELETE FROM documents WHERE item = ? RETURNING fingerprint", (item,)).fetchone()
        if row is None:
            return
        self._db.executemany("DELETE FROM bands WHERE band = ? AND item = ?", [(band, item) for band in bands(row[0])])
        self._db.execute("DELETE FROM languages WHERE item = ?", (item,))
        threads.forget(self._db, item)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw everything away and look at every reading again."""
        with Lock(self._folder / ".lock"):
            self._db.close()
            self._db = _CACHE.make(self._folder / _FILE)
        return self.catch_up(progress)

    # --- asking -------------------------------------------------------------------------------------------

    def languages(self, item: int) -> list[tuple[str, float]]:
        """The languages of an item's current reading and their shares, the most used first."""
        query = "SELECT code, share FROM languages WHERE item = ? ORDER BY share DESC, code"
        with self._damage():
            return self._db.execute(query, (item,)).fetchall()

    def language_counts(self) -> list[tuple[str, int]]:
        """Every language and the number of items in which it is used, most first."""
        query = "SELECT code, count(*) FROM languages GROUP BY code ORDER BY count(*) DESC, code"
        with self._damage():
            return self._db.execute(query).fetchall()

    def similar(self, item: int, *, least: float = LEAST, limit: int = 50) -> list[Similar]:
        """Near-duplicates of an item, the nearest first. Candidates come from the fingerprints; the answer is counted
        in the texts themselves. Raises InputError for an unknown item; a text shorter than twelve words has none.
        """
        row = self.archive.current_row(item)
        with self._damage():
            found = self._db.execute("SELECT fingerprint FROM documents WHERE item = ?", (item,)).fetchone()
            near = self._near(item, found[0], least, 4 * limit) if row and found and found[0] else []
        mine = shingles(reading_text(self.archive.reading(row).reading)) if near else set()
        answers = [self._measured(mine, other) for other in near]
        kept = sorted((each for each in answers if each.resemblance >= least), key=lambda each: (-each[1], each.item))
        return kept[:limit]

    def _near(self, item: int, mark: bytes, least: float, count: int) -> list[int]:
        """Candidates by their bands, the likeliest first; a little below the border, since an estimate is one."""
        wanted = bands(mark)
        rows = self._db.execute(_NEAR, (json.dumps(wanted), item, CANDIDATES)).fetchall()
        judged = sorted((-estimate(mark, other), number) for number, other in rows)
        return [number for negative, number in judged if -negative >= least - 0.15][:count]

    def _measured(self, mine: set[int], other: int) -> Similar:
        theirs = shingles(reading_text(self.archive.current(other).reading))
        return Similar(other, round(resemblance(mine, theirs), 3), round(contained(mine, theirs), 3))

    def conversation(self, item: int) -> list[Message]:
        """The messages of the conversation that an item belongs to, oldest first; empty where it is no message."""
        with self._damage():
            return threads.conversation(self._db, item)

    @contextlib.contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise ArchiveError(
                f"The cache of languages and near-duplicates is damaged ({type(error).__name__}).",
                remedy="Run `unsealed enrich --rebuild`.",
            ) from error

    def close(self) -> None:
        """Let go of the cache. What was not committed is looked at again."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _reached(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT value FROM state WHERE name = 'row'").fetchone()
    return int(row[0]) if row else 0
