"""Containers that are taken apart member by member: those that wait, how far each came, what was found.

A store waits as long as its line of the ledger is not done. It goes on behind the last member that was committed, which
the items themselves tell: there is no second record that could disagree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from unsealed.archive import schema as s
from unsealed.archive._base import ArchiveBase
from unsealed.archive.blobs import Place
from unsealed.archive.database import Database

_STORES = ("item", "top", "depth", "sha256", "length", "members", "bytes_out", "promised", "second", "warnings")
_MEMBERS = ("item", "raw", "kind", "target", "time", "mode", "size", "flags")
REST = 1 << 62  # the ordinal of the line that stands for members which were not taken out
UNKNOWN = -1  # no directory, no second count


class Store(NamedTuple):
    """A container that waits to be taken apart. `top`: the file it came in; `depth`: how many items it lies in."""

    item: int
    top: int
    depth: int
    sha256: bytes
    length: int
    form: str
    path: str


class Reached(NamedTuple):
    """The last member of a container that is in the catalogue: its ordinal, where it ends, what its splitter knew."""

    ordinal: int
    end: int
    context: bytes


class MemberFacts(NamedTuple):
    """What a container says of a member. `raw` is the name as it stands there; `flags` are codes of warnings."""

    raw: bytes
    kind: str
    target: bytes = b""
    time: str = ""
    mode: int = 0
    size: int = -1
    flags: tuple[str, ...] = ()


class StoreBook:
    """New things about stores, until the next commit of a `Growth`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget everything: it was committed."""
        self._opened: dict[int, tuple[object, ...]] = {}
        self._out: dict[int, list[int]] = {}
        self._ended: dict[int, dict[str, object]] = {}
        self._facts: list[tuple[object, ...]] = []
        self._reopened: list[int] = []

    def open(self, item: int, top: int, depth: int, digest: bytes, length: int) -> None:
        """A store was found. Open its line of the ledger beside (`Growth.expect`)."""
        self._opened[item] = (item, top, depth, digest, length, 0, 0, UNKNOWN, UNKNOWN, "")

    def reopen(self, item: int) -> None:
        """A store that ended too early waits again; the reason why it ended comes anew."""
        self._reopened.append(item)

    def count(self, item: int, members: int, out: int) -> None:
        """Members and bytes that came out of a store."""
        counts = self._out.setdefault(item, [0, 0])
        counts[0] += members
        counts[1] += out

    def end(self, item: int, promised: int, second: int, warnings: str) -> None:
        """A store was taken apart: what its directory promised, and a second count (-1: there is none)."""
        self._ended[item] = {"promised": promised, "second": second, "warnings": warnings}

    def describe(self, item: int, facts: MemberFacts) -> None:
        """Keep what a container says of a member."""
        self._facts.append((item, *facts[:6], " ".join(facts.flags)))

    def insert(self, connection: Connection, database: Database) -> None:
        """Write everything in the caller's transaction."""
        for item in self._reopened:
            connection.execute(update(s.containers).where(s.containers.c.item == item).values(done=0))
            connection.execute(delete(s.reasons).where(s.reasons.c.item == item))
        database.insert_rows(connection, s.stores, _STORES, list(self._opened.values()))
        database.insert_rows(connection, s.members, _MEMBERS, self._facts)
        c = s.stores.c
        for item, (members, out) in self._out.items():
            values: dict[str, Any] = {"members": c.members + members, "bytes_out": c.bytes_out + out}
            connection.execute(update(s.stores).where(c.item == item).values(values))
        for item, ended in self._ended.items():
            connection.execute(update(s.stores).where(c.item == item).values(ended))


class Stores(ArchiveBase):
    """What the catalogue knows of stores."""

    def waiting_stores(self) -> list[Store]:
        """Every store that is not taken apart yet, in order of the items."""
        c = s.stores.c
        query = (
            select(c.item, c.top, c.depth, c.sha256, c.length, s.items.c.form, s.items.c.path)
            .join(s.containers, s.containers.c.item == c.item)
            .join(s.items, s.items.c.id == c.item)
            .where(s.containers.c.done == 0)
            .order_by(c.item)
        )
        return list(self._stores(query))

    def store(self, item: int) -> Store | None:
        """The store of an item, whatever its state; None where the item is none."""
        c = s.stores.c
        query = select(c.item, c.top, c.depth, c.sha256, c.length, s.items.c.form, s.items.c.path)
        return next(self._stores(query.join(s.items, s.items.c.id == c.item).where(c.item == item)), None)

    def _stores(self, query: Any) -> Iterator[Store]:
        with self._db.read() as connection:
            found = connection.execute(query).all()
        for row in found:
            yield Store(row[0], row[1], row[2], bytes(row[3]), *row[4:])

    def open_alone(self, item: int) -> int:
        """A descriptor of the bytes of an item that has a blob of its own, for reading; the caller closes it."""
        i, b = s.items.c, s.blobs.c
        query = select(i.sha256, b.pack, b.start, b.length).join(s.blobs, b.sha256 == i.sha256).where(i.id == item)
        with self._db.read() as connection:
            row = connection.execute(query).one()
        return self._blobs.open_alone(bytes(row[0]), Place(*row[1:]))

    def same_store(self, digest: bytes, before: int) -> int:
        """The first store with these bytes and a lower item id than `before`, 0: none."""
        c = s.stores.c
        query = select(func.min(c.item)).where(c.sha256 == digest, c.item < before)
        with self._db.read() as connection:
            return connection.execute(query).scalar() or 0

    def top_sums(self, top: int) -> tuple[int, int]:
        """Members and bytes that came out of everything inside one file that was handed in."""
        c = s.stores.c
        query = select(func.sum(c.members), func.sum(c.bytes_out)).where(c.top == top)
        with self._db.read() as connection:
            row = connection.execute(query).one()
        return int(row[0] or 0), int(row[1] or 0)

    def store_sums(self, item: int) -> tuple[int, int]:
        """Members and bytes that came out of one store so far."""
        c = s.stores.c
        with self._db.read() as connection:
            row = connection.execute(select(c.members, c.bytes_out).where(c.item == item)).one()
        return row[0], row[1]

    def reached(self, container: int) -> Reached:
        """How far a container is in the catalogue; zeros where nothing of it is. `REST` is no member."""
        i = s.items.c
        query = select(i.ordinal, i.byte_end, i.context).where(i.container == container, i.ordinal < REST)
        with self._db.read() as connection:
            row = connection.execute(query.order_by(i.ordinal.desc()).limit(1)).first()
        return Reached(row[0], row[1], bytes(row[2])) if row else Reached(0, 0, b"")

    def place_of(self, item: int) -> tuple[int, int]:
        """The file that an item came in, and how many items it lies in."""
        i = s.items.c
        depth = 0
        with self._db.read() as connection:
            while container := connection.execute(select(i.container).where(i.id == item)).scalar():
                item, depth = container, depth + 1
        return item, depth

    def member_at(self, container: int, ordinal: int) -> int:
        """The item at an ordinal of a container, 0 where there is none."""
        i = s.items.c
        with self._db.read() as connection:
            query = select(i.id).where(i.container == container, i.ordinal == ordinal)
            return connection.execute(query).scalar() or 0

    def member_facts(self, item: int) -> MemberFacts | None:
        """What a container says of a member; None where the item is none."""
        c = s.members.c
        with self._db.read() as connection:
            query = select(c.raw, c.kind, c.target, c.time, c.mode, c.size, c.flags).where(c.item == item)
            row = connection.execute(query).first()
        if row is None:
            return None
        return MemberFacts(bytes(row[0]), row[1], bytes(row[2]), *row[3:6], tuple(row[6].split()))
