"""The suggestions of an archive: found in a pass over its readings, kept as a cache, asked for by queues and lists.

Contract. Everything here is a cache below `cache/risk`, derived from readings and register: it may be deleted at
any time and is made again. The pass goes through the readings in row order and commits what it found together with the
row that it reached, so that it may be killed anywhere and goes on where it was. When the register changes, or a version
of the rules, everything is looked at again. One process writes at a time (`cache/risk/.lock`), any number ask.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from unsealed.archive import Archive, CacheFile, StoredReading
from unsealed.errors import ArchiveError
from unsealed.files import Lock, crash_point, make_dirs, write_plain
from unsealed.log import get_logger
from unsealed.review.register import Register
from unsealed.review.risk.finder import Finder
from unsealed.review.risk.joined import JoinedText
from unsealed.review.risk.lexicon import Flags
from unsealed.review.risk.plug import Plug, plugs
from unsealed.review.risk.registered import Registered
from unsealed.review.risk.suggestion import LISTED, NAME, Suggestion

VERSION = 3  # changes with every change of a rule; suggestions of another version are made again
COMMIT_SECONDS = 5.0  # between commits
_PLACE = Path("cache/risk")
_FILE = "suggestions.db"
_LOG = get_logger("review")
_WORDS = b"This folder is a cache. It may be deleted at any time and is made again from the archive.\n"
_TABLES = """
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (item INTEGER PRIMARY KEY, row INTEGER NOT NULL, risk REAL NOT NULL);
CREATE TABLE suggestions (item INTEGER NOT NULL, row INTEGER NOT NULL, unit INTEGER NOT NULL, start INTEGER NOT NULL,
  stop INTEGER NOT NULL, kind TEXT NOT NULL, rule TEXT NOT NULL, sure REAL NOT NULL, entry TEXT NOT NULL);
CREATE INDEX suggestions_item ON suggestions (item);
CREATE INDEX suggestions_entry ON suggestions (entry) WHERE entry != '';
"""
_CACHE = CacheFile(VERSION, _TABLES, "SELECT * FROM state, items, suggestions LIMIT 1")
_COLUMNS = "item, row, unit, start, stop, kind, rule, sure, entry"

Progress = Callable[[int, int], None]


class Risk(NamedTuple):
    """What the suggestions on a document amount to. `risk` sorts; `kinds` counts those that are at least half sure."""

    item: int
    risk: float
    kinds: dict[str, int]


class Suggestions:
    """Made by `Suggestions.open`. A context manager."""

    def __init__(self, archive: Archive, db: sqlite3.Connection, folder: Path) -> None:
        self.archive = archive
        self._db = db
        self._folder = folder

    @classmethod
    def open(cls, archive: Archive) -> Suggestions:
        """The suggestions of an archive. A missing, broken or older cache is made anew, empty: `catch_up` fills it."""
        folder = archive.path / _PLACE
        make_dirs(folder)
        write_plain(folder / "CACHE", _WORDS)
        try:
            db = _CACHE.connect(folder / _FILE)
            if int(_state(db, "row") or 0) > archive.max_row():
                db.close()
                raise sqlite3.DatabaseError("of another archive")
        except sqlite3.DatabaseError:
            with Lock(folder / ".lock"):
                db = _CACHE.make(folder / _FILE)
        return cls(archive, db, folder)

    @property
    def behind(self) -> int:
        """How many rows of the archive were not looked at with the register of today."""
        digest = Register(self.archive).digest()
        reached = int(_state(self._db, "row") or 0) if _state(self._db, "register") == digest else 0
        return max(0, self.archive.max_row() - reached)

    # --- the pass -----------------------------------------------------------------------------------------

    def catch_up(self, progress: Progress | None = None) -> int:
        """Look at every reading that is new, and at all of them for a changed register; gives their number.

        May be killed anywhere and run again. Raises ArchiveError where another process is at it.
        """
        register = Register(self.archive)
        last, digest = self.archive.max_row(), register.digest()
        if self.behind == 0 and _state(self._db, "register") == digest:
            return 0
        with Lock(self._folder / ".lock"), self._damage():
            flags = Flags()  # both look up the same words
            known = Registered(register.entries(), flags)
            done = 0
            if _state(self._db, "register") != digest:
                done += self._look_again(known, digest, progress)
            done += self._pass(Finder(flags), known, last, progress)
        _LOG.info("suggestions: %d readings looked at", done)
        return done

    def _look_again(self, known: Registered, digest: str, progress: Progress | None) -> int:
        """For the register alone, at what the rules have seen already. Killed, it begins where it stopped."""
        reached = int(_state(self._db, "row") or 0)
        after = int(_state(self._db, "again") or 0) if _state(self._db, "coming") == digest else 0
        done = 0
        with self._steps("again") as step:
            _set(self._db, "coming", digest)
            for stored in self.archive.readings(after=after, until=reached):
                if self._is_current(stored):
                    self._db.execute(
                        "DELETE FROM suggestions WHERE item = ? AND kind = 'registered'", (stored.item.id,)
                    )
                    self._keep(stored, _registered(stored, known))
                    done += 1
                step(stored.row)
                if progress is not None:
                    progress(stored.row, reached)
            _set(self._db, "register", digest)
            _set(self._db, "again", "0")
        return done

    def _pass(self, finder: Finder, known: Registered, last: int, progress: Progress | None) -> int:
        done = 0
        others = plugs()
        with self._steps("row") as step:
            for stored in self.archive.readings(after=int(_state(self._db, "row") or 0), until=last):
                self._db.execute("DELETE FROM suggestions WHERE item = ?", (stored.item.id,))
                self._db.execute("DELETE FROM items WHERE item = ?", (stored.item.id,))
                self._keep(stored, [*suggestions_of(stored, finder, others), *_registered(stored, known)])
                done += 1
                step(stored.row)
                if progress is not None:
                    progress(stored.row, last)
            _set(self._db, "row", str(last))
        return done

    @contextlib.contextmanager
    def _steps(self, name: str) -> Iterator[Callable[[int], None]]:
        """A transaction that is committed every few seconds together with the row that was reached."""
        since = time.monotonic()
        if self._db.in_transaction:  # of a pass that an error ended
            self._db.execute("ROLLBACK")
        self._db.execute("BEGIN")

        def step(row: int) -> None:
            nonlocal since
            if time.monotonic() - since > COMMIT_SECONDS:
                _set(self._db, name, str(row))
                crash_point("suggestions-commit")
                self._db.execute("COMMIT")
                self._db.execute("BEGIN")
                since = time.monotonic()

        yield step
        crash_point("suggestions-commit")
        self._db.execute("COMMIT")

    def _is_current(self, stored: StoredReading) -> bool:
        held = self._db.execute("SELECT row FROM items WHERE item = ?", (stored.item.id,)).fetchone()
        return held is not None and held[0] == stored.row

    def _keep(self, stored: StoredReading, found: Iterable[Suggestion]) -> None:
        item = stored.item.id
        rows = [
            (one.item, one.row, one.unit, one.start, one.end, one.kind, one.rule, one.sure, one.entry) for one in found
        ]
        self._db.executemany(f"INSERT INTO suggestions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608
        risk = sum(one.risk for one in self.of(item) if one.sure >= LISTED[one.kind])
        self._db.execute("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", (item, stored.row, round(risk, 3)))

    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw everything away and look at every reading again."""
        with Lock(self._folder / ".lock"):
            self._db.close()
            self._db = _CACHE.make(self._folder / _FILE)
        return self.catch_up(progress)

    # --- asking -------------------------------------------------------------------------------------------

    def of(self, item: int) -> list[Suggestion]:
        """The suggestions on the reading of an item that was looked at last, in order of their places."""
        query = f"SELECT {_COLUMNS} FROM suggestions WHERE item = ? ORDER BY unit, start, stop DESC, kind"  # noqa: S608
        with self._damage():
            return [Suggestion(*row) for row in self._db.execute(query, (item,))]

    def of_entry(self, entry: str) -> list[Suggestion]:
        """Everywhere that a person of the register is suggested."""
        query = f"SELECT {_COLUMNS} FROM suggestions WHERE entry = ? AND entry != '' ORDER BY item, unit, start"  # noqa: S608
        with self._damage():
            return [Suggestion(*row) for row in self._db.execute(query, (entry,))]

    def risk(self, item: int) -> Risk:
        """What the suggestions on an item amount to; nothing where it was not looked at."""
        counts = "SELECT kind, count(*) FROM suggestions WHERE item = ? AND sure >= 0.5 GROUP BY kind ORDER BY kind"
        with self._damage():
            held = self._db.execute("SELECT risk FROM items WHERE item = ?", (item,)).fetchone()
            return Risk(item, held[0] if held else 0.0, dict(self._db.execute(counts, (item,)).fetchall()))

    def by_risk(self) -> list[tuple[int, float]]:
        """Every item that was looked at with its risk, the highest first."""
        with self._damage():
            return self._db.execute("SELECT item, risk FROM items ORDER BY risk DESC, item").fetchall()

    @contextlib.contextmanager
    def _damage(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise ArchiveError(
                f"The cache of suggestions is damaged ({type(error).__name__}).",
                remedy="Delete the folder cache/risk and run `unsealed review suggest --all`.",
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


def suggestions_of(stored: StoredReading, finder: Finder, others: Sequence[Plug] = ()) -> list[Suggestion]:
    """What the rules, and the finders of other packages, find in one reading."""
    if stored.reading.type == "unread":
        return []
    joined = JoinedText(stored.reading.units)
    found = [*finder.find(joined.text, joined.zones), *(one for plug in others for one in plug.find(joined.text))]
    return [
        Suggestion(stored.item.id, stored.row, unit, one.start, one.end, one.kind, one.rule, one.sure, one.entry)
        for unit, one in joined.places(found)
    ]


def _registered(stored: StoredReading, known: Registered) -> list[Suggestion]:
    """Where the people of the register stand in one reading, and in the name of its file."""
    joined = JoinedText(stored.reading.units if stored.reading.type != "unread" else ())
    places = [*joined.places(known.find(joined.text)), *((NAME, one) for one in known.find(stored.item.path))]
    return [
        Suggestion(stored.item.id, stored.row, unit, one.start, one.end, one.kind, one.rule, one.sure, one.entry)
        for unit, one in places
    ]


def risk_of(archive: Archive, item: int) -> Risk:
    """What the suggestions on an item amount to, as far as `review suggest` has looked. For one item; a list of them
    opens `Suggestions` once.
    """
    with Suggestions.open(archive) as found:
        return found.risk(item)


def _state(db: sqlite3.Connection, name: str) -> str:
    row = db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def _set(db: sqlite3.Connection, name: str, value: str) -> None:
    db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))
