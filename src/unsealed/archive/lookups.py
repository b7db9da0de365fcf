"""What a growth asks the catalogue.

A module of its own, never compiled: a row of the database is a tuple to a type checker, and not to a compiler.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from unsealed.archive import schema as s
from unsealed.archive.blobs import Place
from unsealed.archive.database import Database

STEP = 500  # digests in one question to the database


def has_path(db: Database, item: int, path: str) -> bool:
    """Whether the catalogue knows that an item was found at this path."""
    with db.read() as connection:
        query = select(s.paths.c.id).where(s.paths.c.item == item, s.paths.c.path == path)
        return connection.execute(query).first() is not None


def tries(db: Database, item: int) -> int:
    """How often an item was tried in vain."""
    with db.read() as connection:
        return connection.execute(select(s.reasons.c.tries).where(s.reasons.c.item == item)).scalar() or 0


def known_blobs(
    db: Database, digests: Sequence[bytes], connection: Connection | None = None
) -> dict[bytes, tuple[Place, int]]:
    """SHA-256 to the place of the bytes and the top-level item that has them (0: none), of those that are stored."""
    if connection is None:
        with db.read() as own:
            return known_blobs(db, digests, own)
    c = s.blobs.c
    known: dict[bytes, tuple[Place, int]] = {}
    for start in range(0, len(digests), STEP):
        query = select(c.sha256, c.pack, c.start, c.length, c.item).where(c.sha256.in_(digests[start : start + STEP]))
        known.update({bytes(row[0]): (Place(row[1], row[2], row[3]), row[4]) for row in connection.execute(query)})
    return known
