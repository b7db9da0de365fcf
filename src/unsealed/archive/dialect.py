"""What PostgreSQL does not do as SQLite does, and what makes it alike: text, rows in bulk, waiting, errors.

Everything here is about the database alone. Decisions 0122 and 0123 say why.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import URL, Connection, Dialect, Table, Text, event, make_url, text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.types import TypeDecorator

from unsealed.errors import ArchiveError, SetupError

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"
WRITER = 0x756E7365616C6564  # the number of the advisory lock that the one writer of a PostgreSQL catalogue holds
_TRIES, _PAUSE = 10, 0.2  # for that lock, seconds between them
_DRIVER = "postgresql+psycopg"
_ESCAPE = "\x1a"  # PostgreSQL's text holds every character but U+0000: that one is written SUBSTITUTE and "0"


def escaped(value: str) -> str:
    """A text as PostgreSQL can hold it. `unescaped` gives it back."""
    if "\0" not in value and _ESCAPE not in value:
        return value
    return value.replace(_ESCAPE, _ESCAPE * 2).replace("\0", _ESCAPE + "0")


def unescaped(value: str) -> str:
    """The text that `escaped` was given."""
    if _ESCAPE not in value:
        return value
    return _ESCAPE.join(part.replace(_ESCAPE + "0", "\0") for part in value.split(_ESCAPE * 2))


class _PostgresText(TypeDecorator[str]):
    """Text that is compared by its bytes, as SQLite does, whatever language the server is set to."""

    impl = Text
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(collation="C")

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """On the way in."""
        return None if value is None else escaped(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """On the way out."""
        return None if value is None else unescaped(value)


Words = Text().with_variant(_PostgresText(), POSTGRESQL)


def address(url: str) -> URL:
    """The URL of the setting `archive.database` with the driver that we use. Raises SetupError for any other kind."""
    try:
        found = make_url(url)
    except ArgumentError as error:
        raise SetupError(
            "archive.database is no address of a database.", remedy="Write postgresql://USER@HOST/NAME."
        ) from error
    if found.drivername in (POSTGRESQL, "postgres", _DRIVER):
        return found.set(drivername=_DRIVER)
    if found.drivername == SQLITE:
        return found
    raise SetupError(
        f"archive.database names a {found.get_backend_name()} database; an archive works with PostgreSQL and SQLite.",
        remedy="Write postgresql://USER@HOST/NAME, or leave it empty for a file in the archive's folder.",
    )


def prepare(engine: Engine) -> None:
    """Make every new connection durable and alike. Raises nothing itself; `_prepare_postgresql` does on connecting."""
    if engine.dialect.name == SQLITE:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql, insert=True)  # before the first look at the server


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions on its own: SQLAlchemy says when one begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32768", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ArchiveError(
            f"The database of the settings keeps its text as {encoding}.", remedy="Make one with `createdb -E UTF8`."
        )
    connection.autocommit = True  # a setting made inside a transaction goes with it
    # What commit promises is durable, even where the server's own settings promise less.
    connection.execute("SET synchronous_commit = on")
    connection.autocommit = False


def readers(engine: Engine) -> Engine:
    """The same engine for reading: one consistent state as long as a connection is open."""
    if engine.dialect.name == SQLITE:
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def take_writer_lock(engine: Engine) -> Connection | None:
    """Hold the lock of the one writer as long as the answer is open; the server frees it when this process ends.

    SQLite has none: there the lock file in the folder is enough, and the folder is where the catalogue is. Raises
    ArchiveError where another writer, on whatever machine, has it. A server frees the lock of a writer that has ended
    a moment later, a busy one later still: so there are a few tries.
    """
    if engine.dialect.name == SQLITE:
        return None
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    for _ in range(_TRIES):
        if connection.execute(text("SELECT pg_try_advisory_lock(:number)"), {"number": WRITER}).scalar():
            break
        time.sleep(_PAUSE)
    else:
        connection.close()
        raise ArchiveError("Another program is writing to this archive's database.", remedy="Wait until it ends.")
    return connection


def copy_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert many rows by PostgreSQL's COPY, inside the caller's transaction."""
    names = ", ".join(f'"{name}"' for name in columns)
    cursor = connection.connection.cursor()
    try:
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as target:
            for row in rows:
                target.write_row([escaped(value) if isinstance(value, str) else value for value in row])
    finally:
        cursor.close()


def broken(error: DBAPIError, where: str, dialect: str) -> ArchiveError:
    """What to tell a person of a driver's error: its kind, never its words, which may hold values."""
    cause = error.orig
    what = type(cause).__name__ if cause is not None else "error"
    if isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause):
        return ArchiveError(f"{where} is locked.", remedy="Wait until the other program ends.")
    if dialect == SQLITE:
        return ArchiveError(f"{where} cannot be read ({what}).", remedy="Restore it from a backup, or check the disk.")
    return ArchiveError(
        f"{where} does not answer as it should ({what}).",
        remedy="See that the server runs, that archive.database in unsealed.toml is right, and that its user may "
        "make tables; the server's log says more.",
    )
