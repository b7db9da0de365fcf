"""SQLite databases: the tables' definitions are the reading, each table is a part of JSON lines, so are files in cells.

Opened in memory only. Views, triggers and virtual tables are never run: their definitions are told, the tables below
them are read. Texts that stand in pages which the database no longer uses are told as notes.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

from unsealed.ingest.readers.office.folio import Folio, Refused, clean, guarded
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "sqlite", 1

_TABLE_BYTES = 48 << 20  # of one table as JSON lines
_ALL_BYTES = 160 << 20  # of all tables
_BLOB = 64  # bytes from which on a value is looked at as a file
_BLOBS = 5_000
_STEPS = 200_000_000  # of the database's machine for one file
_TABLES = 2_000
_RUN = re.compile(rb"(?:[\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){6,}")
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_PRAGMA})


@guarded
def read(data: bytes, context: bytes) -> Outcome:
    """A database file without its journal; what the journal holds is not seen."""
    folio = Folio()
    with closing(_opened(data)) as database:
        _Database(database, folio).tell()
    _freed(data, folio)
    return folio.outcome("data", NAME, VERSION)


def _opened(data: bytes) -> sqlite3.Connection:
    if data[18:20] == b"\x02\x02":  # in WAL mode: a copy without its journal opens in the other mode only
        data = data[:18] + b"\x01\x01" + data[20:]
    database = sqlite3.connect(":memory:", isolation_level=None)
    try:
        database.deserialize(data)
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON", "temp_store=MEMORY"):
            database.execute(f"PRAGMA {pragma}")
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        budget = iter(range(_STEPS // 10_000))
        database.set_progress_handler(lambda: next(budget, None) is None, 10_000)
        database.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY)
    except sqlite3.Error:
        database.close()
        raise _broken() from None
    return database


def _broken() -> Refused:
    return Refused("S-BROKEN", "a database that does not open", "Try `sqlite3 FILE .recover` on a copy.")


class _Database:
    def __init__(self, database: sqlite3.Connection, folio: Folio) -> None:
        self.database = database
        self.folio = folio
        self.size = 0
        self.blobs = 0

    def tell(self) -> None:
        try:
            schema = self.database.execute("SELECT type, name, rootpage, sql FROM sqlite_master").fetchall()
        except sqlite3.Error:
            raise _broken() from None
        for kind, name, root, sql in schema[:_TABLES]:
            self.folio.say("heading", str(name))
            self.folio.say("code", str(sql or ""))
            if kind == "table" and root and not str(name).startswith("sqlite_stat"):
                self._table(str(name))
        if len(schema) > _TABLES:
            self.folio.once("S-ROWS", "warn")

    def _table(self, name: str) -> None:
        lines: list[bytes] = []
        size = 0
        try:
            for line in self._lines(name):
                size += len(line)
                if size > _TABLE_BYTES or self.size + size > _ALL_BYTES:
                    self.folio.once("S-ROWS", "warn")
                    break
                lines.append(line)
        except (sqlite3.Error, OverflowError):
            self.folio.once("S-DAMAGE", "warn")
        self.size += size
        if len(lines) > 1:
            self.folio.part(name, b"".join(lines), "application/x-ndjson")

    def _lines(self, name: str) -> Iterator[bytes]:
        quoted = '"' + name.replace('"', '""') + '"'
        cursor = self.database.execute(f"SELECT * FROM {quoted}")  # noqa: S608 - a quoted name; nothing else is allowed
        yield _line([column[0] for column in cursor.description])
        for number, row in enumerate(cursor, 1):
            yield _line([self._value(value, f"{name}/{number}/{place}") for place, value in enumerate(row, 1)])

    def _value(self, value: object, where: str) -> object:
        if not isinstance(value, bytes):
            return value
        if len(value) < _BLOB or self.blobs >= _BLOBS or self.size + len(value) > _ALL_BYTES:
            return value.hex() if len(value) < 4096 else f"{len(value)} bytes"
        self.blobs += 1
        self.size += len(value)
        self.folio.part(where, value)
        return where


def _line(values: list[object]) -> bytes:
    text = json.dumps([clean(value) if isinstance(value, str) else value for value in values], ensure_ascii=False)
    return text.encode("utf-8", "replace") + b"\n"


def _freed(data: bytes, folio: Folio) -> None:
    """Texts in the pages of the free list (file format 1.5): rows that were deleted and not yet overwritten."""
    size = int.from_bytes(data[16:18], "big")
    size = 65_536 if size == 1 else size
    trunk = int.from_bytes(data[32:36], "big")
    seen: set[int] = set()
    while trunk and trunk not in seen and size >= 512 and len(seen) < 1_000_000:
        seen.add(trunk)
        page = data[(trunk - 1) * size : trunk * size]
        count = min(int.from_bytes(page[4:8], "big"), size // 4 - 2)
        for place in range(count):
            leaf = int.from_bytes(page[8 + 4 * place : 12 + 4 * place], "big")
            _told(data[(leaf - 1) * size : leaf * size], folio)
        _told(page[8 + 4 * count :], folio)
        trunk = int.from_bytes(page[:4], "big")


def _told(page: bytes, folio: Folio) -> None:
    text = "\n".join(run.decode("utf-8", "replace") for run in _RUN.findall(page))
    unit = folio.say("note", text)
    if unit >= 0:
        folio.once("S-DELETED", "warn", unit)
