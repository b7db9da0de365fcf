"""The tables of the catalogue, and the ordered steps from one version of them to the next.

The version stands in `meta`. A step runs in one transaction with the change of the version: it happened wholly or
not at all. Steps are never edited once released; a new version is a new step.

Where PostgreSQL and SQLite differ, the columns make them alike (decision 0123): text is compared by its bytes, may
hold any character, and is found by indexes that know no longest value.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from unsealed.archive.chain import START, link
from unsealed.archive.dialect import POSTGRESQL, SQLITE, Words
from unsealed.errors import ArchiveError

VERSION = 4

metadata = MetaData()

meta = Table("meta", metadata, Column("key", Words, primary_key=True), Column("value", Words, nullable=False))

# One line per file below blobs/packs and readings: how much of it is whole. What lies behind is a torn tail.
packs = Table(
    "packs",
    metadata,
    Column("store", Words, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("length", BigInteger, nullable=False),
)

# Every distinct run of bytes that has a blob of its own. pack -1: a file blobs/aa/<sha256>.
blobs = Table(
    "blobs",
    metadata,
    Column("sha256", LargeBinary, primary_key=True),
    Column("length", BigInteger, nullable=False),
    Column("pack", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("item", BigInteger, nullable=False),  # the top-level file with these bytes, 0: none
)

items = Table(
    "items",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("container", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("parent", BigInteger, nullable=False),
    Column("path", Words, nullable=False),
    Column("byte_start", BigInteger, nullable=False),
    Column("byte_end", BigInteger, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("state", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("form", Words, nullable=False),
    Column("reader", Words, nullable=False),
    Column("version", Integer, nullable=False),
    Column("row", BigInteger, nullable=False),  # the current reading, 0: none
    Column("context", LargeBinary, nullable=False),  # what the splitter told the reader, for a retry
)
Index("items_container", items.c.container, items.c.ordinal)
Index("items_name", items.c.name, sqlite_where=items.c.name != "").ddl_if(SQLITE)
_ITEMS_NAME = Index("items_name", items.c.name).ddl_if(POSTGRESQL)

# Why an item is in quarantine, or was read without text.
reasons = Table(
    "reasons",
    metadata,
    Column("item", BigInteger, primary_key=True, autoincrement=False),
    Column("code", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("tries", Integer, nullable=False),
)

# Every path at which a file was found, duplicates included.
paths = Table(
    "paths",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("item", BigInteger, nullable=False),
    Column("path", Words, nullable=False),
    UniqueConstraint("path", "item").ddl_if(SQLITE),
)
Index("paths_item", paths.c.item)

# The ledger: what was promised of an item that holds others, and whether it was read to its end.
containers = Table(
    "containers",
    metadata,
    Column("item", BigInteger, primary_key=True, autoincrement=False),
    Column("expected", BigInteger, nullable=False),
    Column("done", Integer, nullable=False),
)

# Containers whose members must be decoded, and large ones that lie in such: what is known of each while it waits, is
# taken apart, and afterwards. It waits as long as its line in `containers` is not done.
stores = Table(
    "stores",
    metadata,
    Column("item", BigInteger, primary_key=True, autoincrement=False),
    Column("top", BigInteger, nullable=False),  # the file that was handed in
    Column("depth", Integer, nullable=False),  # how many items it lies in
    Column("sha256", LargeBinary, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("members", BigInteger, nullable=False),  # that came out
    Column("bytes_out", BigInteger, nullable=False),
    Column("promised", BigInteger, nullable=False),  # members by its own directory, -1: it has none
    Column("second", BigInteger, nullable=False),  # by a second way of counting, -1: none
    Column("warnings", Words, nullable=False),  # codes, with spaces between
)
Index("stores_sha256", stores.c.sha256)
Index("stores_top", stores.c.top)

# What a container says of a member, where its item has no place for it.
members = Table(
    "members",
    metadata,
    Column("item", BigInteger, primary_key=True, autoincrement=False),
    Column("raw", LargeBinary, nullable=False),  # the name, as its bytes stand there
    Column("kind", Words, nullable=False),
    Column("target", LargeBinary, nullable=False),  # of a link
    Column("time", Words, nullable=False),  # ISO 8601 of the precision and zone that are known
    Column("mode", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),  # as declared, -1: not
    Column("flags", Words, nullable=False),  # codes, with spaces between
)

readings = Table(
    "readings",
    metadata,
    Column("row", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("item", BigInteger, nullable=False),
    Column("type", Words, nullable=False),
    Column("title", Words, nullable=False),
    Column("date", Words, nullable=False),
    Column("origin", Words, nullable=False),
    Column("klass", Words, nullable=False),
    Column("words", Integer, nullable=False),
    Column("pack", Integer, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("length", BigInteger, nullable=False),
)

# Which canonical ids a document cites, held or not.
refs = Table(
    "refs",
    metadata,
    Column("target", Words, nullable=False),
    Column("item", BigInteger, nullable=False),
    PrimaryKeyConstraint("target", "item").ddl_if(SQLITE),
    sqlite_with_rowid=False,
)
_REFS_TARGET = Index("refs_target", refs.c.target).ddl_if(POSTGRESQL)
Index("refs_item", refs.c.item).ddl_if(POSTGRESQL)

# One line per run of ingest: what it was asked, and how far it came (all in the same transaction as its results).
jobs = Table(
    "jobs",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sources", LargeBinary, nullable=False),
    Column("state", Words, nullable=False),  # open | done
    Column("cursor", LargeBinary, nullable=False),  # where the next batch begins, see ingest.journal
    Column("report", LargeBinary, nullable=False),  # counts, for `status` and afterwards
)

problems = Table(
    "problems",
    metadata,
    Column("path", Words, nullable=False),
    Column("code", Words, nullable=False),
    Column("message", Words, nullable=False),
    Column("remedy", Words, nullable=False),
    Column("skipped", Integer, nullable=False),
    PrimaryKeyConstraint("path").ddl_if(SQLITE),
)
_PROBLEMS_PATH = Index("problems_path", problems.c.path).ddl_if(POSTGRESQL)

marks = Table(
    "marks",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("item", BigInteger, nullable=False),
    Column("unit", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("reason", Words, nullable=False),
    Column("editor", Words, nullable=False),
    Column("withdrawn", Words, nullable=False),
)
Index("marks_item", marks.c.item)

decisions = Table(
    "decisions",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("item", BigInteger, nullable=False),
    Column("editor", Words, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("link", LargeBinary, nullable=False),  # the chain (docs/formats/audit.md)
)
Index("decisions_item", decisions.c.item)

# Public texts of others that releases are compared with: a name, and the text packed with zstd.
comparisons = Table(
    "comparisons",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("name", Words, nullable=False),
    Column("sha256", LargeBinary, nullable=False),
    Column("text", LargeBinary, nullable=False),
)

generations = Table(
    "generations",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Words, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

slots = Table(
    "slots",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("row", BigInteger, nullable=False),
    Column("item", BigInteger, nullable=False),
    Column("atoms_hash", LargeBinary, nullable=False),
    Column("atoms", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("slots_item", slots.c.item)

borders = Table(
    "borders",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("borders", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

releases = Table(
    "releases",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Words, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

released = Table(
    "released",
    metadata,
    Column("release", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("item", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("slot", BigInteger, nullable=False),
    Column("public_id", Words, nullable=False),
)
Index("released_item", released.c.item)


def _to_1(connection: Connection) -> None:
    if connection.dialect.name == POSTGRESQL:
        # Said here and not above: to say it, SQLAlchemy loads all of its PostgreSQL half, 0.09 s of every command.
        for index in (_ITEMS_NAME, _REFS_TARGET, _PROBLEMS_PATH):
            index.dialect_options[POSTGRESQL]["using"] = "hash"
    metadata.create_all(connection)


def _to_2(connection: Connection) -> None:
    """The tables `stores` and `members`: a new catalogue got them in step 1."""
    metadata.create_all(connection, tables=[stores, members])


def _to_3(connection: Connection) -> None:
    """The journal of decisions becomes a chain, and there are texts to compare with."""
    metadata.create_all(connection, tables=[comparisons])
    if "link" in {column["name"] for column in inspect(connection).get_columns("decisions")}:
        return  # a new catalogue got it in step 1
    empty = {SQLITE: "BLOB NOT NULL DEFAULT x''", POSTGRESQL: "BYTEA NOT NULL DEFAULT ''"}
    connection.exec_driver_sql(f"ALTER TABLE decisions ADD COLUMN link {empty[connection.dialect.name]}")
    d, before = decisions.c, START
    for number, item, editor, payload in connection.execute(
        select(d.id, d.item, d.editor, d.payload).order_by(d.id)
    ).all():
        before = link(before, number, item, editor, payload)
        connection.execute(update(decisions).where(d.id == number).values(link=before))


def _to_4(connection: Connection) -> None:
    """No table changes: from here on a stored reading may have the form `02`, which earlier programs do not know."""


# Step i brings a catalogue from version i to i + 1.
STEPS: tuple[Callable[[Connection], None], ...] = (_to_1, _to_2, _to_3, _to_4)


def stored_version(connection: Connection) -> int:
    """The version of the catalogue behind `connection`, 0 where it is still empty."""
    if not inspect(connection).has_table("meta"):
        return 0
    value = connection.execute(select(meta.c.value).where(meta.c.key == "schema")).scalar()
    return int(value) if value is not None else 0


def check_version(version: int) -> None:
    """Raises ArchiveError where the catalogue was written by a later program."""
    if version > VERSION:
        raise ArchiveError(
            f"This archive's catalogue has version {version}; this program knows versions up to {VERSION}.",
            remedy="Install the version of Unsealed that wrote it, or a later one.",
        )


def migrate(connection: Connection) -> None:
    """Bring the catalogue to `VERSION` inside the caller's transaction. Raises ArchiveError for a later version."""
    version = stored_version(connection)
    check_version(version)
    for number in range(version, VERSION):
        STEPS[number](connection)
        if number == 0:
            connection.execute(insert(meta).values(key="schema", value="1"))
        else:
            connection.execute(update(meta).where(meta.c.key == "schema").values(value=str(number + 1)))
