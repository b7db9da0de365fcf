"""The one connection to the database: SQLite by default, PostgreSQL by setting.

Contract: `begin()` gives one transaction; when its block ends without an error, what it wrote is durable
(`synchronous=FULL`, `synchronous_commit=on`) and visible to every later reader; when the process dies inside it,
nothing of it is. Readers see the state of the last commit and never wait for the writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, insert
from sqlalchemy.exc import DBAPIError

from unsealed.archive import schema
from unsealed.archive.dialect import (
    POSTGRESQL,
    address,
    broken,
    copy_rows,
    prepare,
    readers,
    take_writer_lock,
)
from unsealed.errors import ArchiveError, SetupError
from unsealed.files import crash_point

# In this order, by every use: column names of a table, for rows handed over as tuples.
Columns = Sequence[str]


def _engine(path: Path, url: str) -> Engine:
    # hide_parameters: an error of the driver must never print values, for values are content.
    if not url:
        return create_engine(f"sqlite:///{path}", hide_parameters=True, connect_args={"timeout": 30})
    try:
        return create_engine(address(url), hide_parameters=True)
    except ModuleNotFoundError as error:
        raise SetupError(
            f"The database of the settings needs the package {error.name}, which is not installed.",
            remedy="Install it with: pip install 'unsealed[postgres]'",
        ) from error


class Database:
    """The catalogue's engine. `path` is the SQLite file; `url` the address of a database that replaces it.

    Raises SetupError for an address of a kind that is not supported, or whose driver is not installed.
    """

    def __init__(self, path: Path, url: str = "") -> None:
        self._where = "The database of the settings" if url else str(path)
        self._engine = _engine(path, url)
        prepare(self._engine)
        self._readers = readers(self._engine)
        self._lock: Connection | None = None
        self._statements: dict[tuple[str, Columns], str] = {}

    def lock(self) -> None:
        """Be the only writer until `close`. Raises ArchiveError where another one is at work."""
        try:
            self._lock = take_writer_lock(self._engine)
        except DBAPIError as error:
            raise self._broken(error) from error

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction. Raises ArchiveError where the database is damaged, locked or gone."""
        try:
            with self._engine.connect() as connection:
                with connection.begin() as transaction:
                    yield connection
                    crash_point("commit")
                    transaction.commit()
                crash_point("committed")
        except DBAPIError as error:
            raise self._broken(error) from error

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: one consistent state as long as it is open."""
        try:
            with self._readers.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise self._broken(error) from error

    def _broken(self, error: DBAPIError) -> ArchiveError:
        return broken(error, self._where, self._engine.dialect.name)

    def insert_rows(
        self, connection: Connection, table: Table, columns: Columns, rows: Sequence[tuple[Any, ...]]
    ) -> None:
        """Insert many rows by the driver's own way for many: a tenth of the cost of building a statement a row."""
        if not rows:
            return
        if self._engine.dialect.name == POSTGRESQL:
            copy_rows(connection, table, columns, rows)
        else:
            connection.exec_driver_sql(self._statement(table, columns), list(rows))

    def _statement(self, table: Table, columns: Columns) -> str:
        key = (table.name, tuple(columns))
        if key not in self._statements:
            compiled = insert(table).compile(dialect=self._engine.dialect, column_keys=list(columns))
            assert list(compiled.positiontup or ()) == list(columns), "columns stand in table order"
            self._statements[key] = str(compiled)
        return self._statements[key]

    def migrate(self) -> None:
        """Bring the tables to the version of this program. Raises ArchiveError for one of a later program."""
        with self.begin() as connection:
            schema.migrate(connection)

    def version(self) -> int:
        """The version of its tables, 0 where it is empty. Raises ArchiveError where the database cannot be reached, or
        holds tables of a later program.
        """
        with self.read() as connection:
            version = schema.stored_version(connection)
        schema.check_version(version)
        return version

    def check_version(self) -> None:
        """Raises ArchiveError unless the tables have exactly the version of this program or can be brought to it."""
        if self.version() < schema.VERSION:
            self.migrate()

    def close(self) -> None:
        """Let go of every connection, and of the writer's lock."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        self._engine.dispose()
