"""The one connection to the database: SQLite by default, any SQLAlchemy URL by setting.

Contract: `begin()` gives one transaction; when its block ends without an error, what it wrote is durable
(`synchronous=FULL`, write-ahead log) and visible to every later reader; when the process dies inside it, nothing of it
is. Readers see the state of the last commit and never wait for the writer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert
from sqlalchemy.exc import DBAPIError

from unsealed.archive import schema
from unsealed.errors import ArchiveError
from unsealed.files import crash_point

# In this order, by every use: column names of a table, for rows handed over as tuples.
Columns = Sequence[str]


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions on its own: SQLAlchemy says when one begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32768", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


class Database:
    """The catalogue's engine. `path` is the SQLite file; `url` a SQLAlchemy URL that replaces it."""

    def __init__(self, path: Path, url: str = "") -> None:
        self._where = "the database of the settings" if url else str(path)
        # hide_parameters: an error of the driver must never print values, for values are content.
        address = url or f"sqlite:///{path}"
        self._engine: Engine = create_engine(address, hide_parameters=True, connect_args={} if url else {"timeout": 30})
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _prepare_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        self._statements: dict[tuple[str, Columns], str] = {}

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction. Raises ArchiveError where the database is damaged or locked."""
        with self._engine.connect() as connection:
            with connection.begin() as transaction:
                yield connection
                crash_point("commit")
                transaction.commit()
            crash_point("committed")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: one consistent state as long as it is open."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise self._damaged(error) from error

    def insert_rows(
        self, connection: Connection, table: Table, columns: Columns, rows: Sequence[tuple[Any, ...]]
    ) -> None:
        """Insert many rows by the driver's `executemany`: a tenth of the cost of building a statement a row."""
        if not rows:
            return
        if self._engine.dialect.positional:
            connection.exec_driver_sql(self._statement(table, columns), list(rows))
        else:
            connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])

    def _statement(self, table: Table, columns: Columns) -> str:
        key = (table.name, tuple(columns))
        if key not in self._statements:
            compiled = insert(table).compile(dialect=self._engine.dialect, column_keys=list(columns))
            assert list(compiled.positiontup or ()) == list(columns), "columns stand in table order"
            self._statements[key] = str(compiled)
        return self._statements[key]

    def migrate(self) -> None:
        """Bring the tables to the version of this program. Raises ArchiveError for one of a later program."""
        try:
            with self.begin() as connection:
                schema.migrate(connection)
        except DBAPIError as error:
            raise self._damaged(error) from error

    def check_version(self) -> None:
        """Raises ArchiveError unless the tables have exactly the version of this program or can be brought to it."""
        with self.read() as connection:
            version = schema.stored_version(connection)
        schema.check_version(version)
        if version < schema.VERSION:
            self.migrate()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    def _damaged(self, error: DBAPIError) -> ArchiveError:
        cause = error.orig
        # The driver's words name tables and columns, never values.
        what = type(cause).__name__ if cause is not None else "error"
        if isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause):
            return ArchiveError(f"{self._where} is locked.", remedy="Wait until the other program ends.")
        return ArchiveError(
            f"{self._where} cannot be read ({what}).", remedy="Restore it from a backup, or check the disk."
        )
