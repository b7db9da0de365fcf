"""What the archive holds: items, their readings, their original bytes, what they cite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from unsealed.archive import schema as s
from unsealed.archive._base import ArchiveBase
from unsealed.archive.blobs import Place
from unsealed.archive.records import Item, StoredReading, Summary, to_item
from unsealed.errors import InputError

STEP = 500  # rows of one look into the catalogue
_CANONICAL = re.compile(r"^(\d\d)([A-Z]+)0*(\d+)$")

_ITEM = (
    s.items.c.id, s.items.c.container, s.items.c.ordinal, s.items.c.parent, s.items.c.path, s.items.c.byte_start,
    s.items.c.byte_end, s.items.c.sha256, s.items.c.length, s.items.c.state, s.items.c.name, s.items.c.form,
    s.items.c.reader, s.items.c.version, s.reasons.c.code, s.reasons.c.message, s.reasons.c.remedy,
)  # fmt: skip
_ITEMS_FROM = s.items.outerjoin(s.reasons, s.reasons.c.item == s.items.c.id)
_READING = (s.readings.c.row, s.readings.c.pack, s.readings.c.start, s.readings.c.length)
_READINGS_FROM = s.readings.join(s.items, s.items.c.id == s.readings.c.item).outerjoin(
    s.reasons, s.reasons.c.item == s.items.c.id
)
_SUMMARY = (
    s.readings.c.row, s.readings.c.item, s.items.c.name, s.readings.c.type, s.readings.c.title, s.readings.c.date,
    s.readings.c.origin, s.readings.c.klass, s.readings.c.words, s.items.c.state,
)  # fmt: skip


def canonical(reference: str) -> str:
    """`09BERN00012` -> `09BERN12`: a telegram's id without leading zeros. Other text only in upper case."""
    text = "".join(reference.upper().split())
    found = _CANONICAL.match(text)
    return f"{found[1]}{found[2]}{found[3]}" if found else text


class Holdings(ArchiveBase):
    """The reading half of an archive. Everything here sees the state of the last commit."""

    def max_row(self) -> int:
        """The highest row of a committed reading, 0 in an empty archive."""
        with self._db.read() as connection:
            return connection.execute(select(func.max(s.readings.c.row))).scalar() or 0

    def readings(
        self, after: int = 0, until: int | None = None, rows: Sequence[int] | None = None
    ) -> Iterator[StoredReading]:
        """Readings with `after < row <= until`, or exactly those of `rows`, in row order, streaming.

        Superseded readings of an item are among them: the highest row of an item counts.
        """
        if rows is not None:
            wanted = sorted(set(rows))
            for start in range(0, len(wanted), STEP):
                some = s.readings.c.row.in_(wanted[start : start + STEP])
                yield from self._fetch(select(*_READING, *_ITEM).where(some))
            return
        last = self.max_row() if until is None else until
        query = select(*_READING, *_ITEM).where(s.readings.c.row <= last)
        while found := self._fetch(query.where(s.readings.c.row > after).limit(STEP)):
            yield from found
            after = found[-1].row

    def _fetch(self, query: Select[Any]) -> list[StoredReading]:
        with self._db.read() as connection:
            found = connection.execute(query.select_from(_READINGS_FROM).order_by(s.readings.c.row)).all()
        return [StoredReading(row[0], to_item(row[4:]), self._read(Place(*row[1:4]))) for row in found]

    def _read(self, place: Place) -> Any:
        return self._unpack_reading(self._packs.read(place))

    def reading(self, row: int) -> StoredReading:
        """The reading at `row`. Raises InputError where there is none."""
        found = self._fetch(select(*_READING, *_ITEM).where(s.readings.c.row == row))
        if not found:
            raise InputError(f"The archive has no reading {row}.", remedy="`unsealed status` shows what it holds.")
        return found[0]

    def current(self, item_id: int) -> StoredReading:
        """The current reading of an item. Raises InputError where it has none (a container)."""
        return self.reading(self.current_row(item_id))

    def summaries(
        self, after: int = 0, until: int | None = None, *, items: Sequence[int] | None = None
    ) -> Iterator[Summary]:
        """The current readings without their text, in row order: all, a range of rows, or those of some items."""
        query = select(*_SUMMARY).select_from(s.readings.join(s.items, s.items.c.row == s.readings.c.row))
        if items is not None:
            query = query.where(s.items.c.id.in_(list(items)))
        if until is not None:
            query = query.where(s.readings.c.row <= until)
        while found := self._rows(query.where(s.readings.c.row > after).order_by(s.readings.c.row).limit(STEP)):
            for row in found:
                yield Summary(*row)
            after = found[-1][0]

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._db.read() as connection:
            return connection.execute(query).all()

    def item(self, item_id: int) -> Item:
        """One item. Raises InputError where there is none with this id."""
        found = self._items(s.items.c.id == item_id)
        if not found:
            raise InputError(f"The archive has no item {item_id}.", remedy="`unsealed status` shows what it holds.")
        return found[0]

    def _items(self, *conditions: Any) -> list[Item]:
        query = select(*_ITEM).select_from(_ITEMS_FROM).where(*conditions).order_by(s.items.c.id)
        return [to_item(row) for row in self._rows(query)]

    def items(self, after: int = 0) -> Iterator[Item]:
        """Every item with an id above `after`, in order of the ids, streaming."""
        query = select(*_ITEM).select_from(_ITEMS_FROM).order_by(s.items.c.id).limit(STEP)
        while found := self._rows(query.where(s.items.c.id > after)):
            for row in found:
                yield to_item(row)
            after = found[-1][0]

    def current_row(self, item_id: int) -> int:
        """The row of an item's current reading, 0 for a container. Raises InputError for an unknown item."""
        found = self._rows(select(s.items.c.row).where(s.items.c.id == item_id))
        if not found:
            raise InputError(f"The archive has no item {item_id}.", remedy="`unsealed status` shows what it holds.")
        return int(found[0][0])

    def children(self, item_id: int) -> list[Item]:
        """What lies directly inside an item (rows, messages, members, attachments), in order."""
        return self._items(s.items.c.container == item_id)

    def items_because(self, code: str) -> list[int]:
        """Every item that is read or without text and has this reason beside it, in order."""
        query = select(s.items.c.id).join(s.reasons, s.reasons.c.item == s.items.c.id)
        query = query.where(s.reasons.c.code == code, s.items.c.state.in_(("read", "empty"))).order_by(s.items.c.id)
        with self._db.read() as connection:
            return list(connection.execute(query).scalars())

    def items_of_forms(self, forms: Sequence[str]) -> list[int]:
        """Every item of these forms that is read or without text, in order."""
        query = select(s.items.c.id).where(s.items.c.form.in_(forms), s.items.c.state.in_(("read", "empty")))
        with self._db.read() as connection:
            return list(connection.execute(query.order_by(s.items.c.id)).scalars())

    def parent(self, item_id: int) -> Item | None:
        """The document that an item is attached to, or None."""
        parent = self.item(item_id).parent
        return self.item(parent) if parent else None

    def source_path(self, item_id: int) -> str:
        """The path of the file that an item came in, as handed in."""
        return self._top(self.item(item_id)).path

    def source_paths(self, item_id: int) -> list[str]:
        """Every path at which the item's file was found, exact duplicates included, in the order they were met."""
        top = self._top(self.item(item_id))
        query = select(s.paths.c.path).where(s.paths.c.item == top.id).order_by(s.paths.c.id)
        return [row[0] for row in self._rows(query)]

    def _top(self, item: Item) -> Item:
        while item.container:
            item = self.item(item.container)
        return item

    def find(self, reference: str) -> list[Item]:
        """Items by item id, canonical id (leading zeros ignored), source path or its end, or `path#ordinal`."""
        reference = reference.strip()
        if not reference:
            return []  # unnamed items have an empty name
        if reference.isascii() and reference.isdigit() and len(reference) < 18:
            return self._items(s.items.c.id == int(reference))
        if found := self._items(s.items.c.name == canonical(reference)) or self._items(s.items.c.name == reference):
            return found
        path, _, ordinal = reference.rpartition("#")
        if path and ordinal.isdigit():
            inside = [item.id for item in self._by_path(path)]
            return self._items(s.items.c.container.in_(inside), s.items.c.ordinal == int(ordinal))
        return self._by_path(reference)

    def _by_path(self, path: str) -> list[Item]:
        end = f"/{path.lstrip('/')}"
        column = s.paths.c.path
        query = select(s.paths.c.item, column).where((column == path) | column.endswith(end, autoescape=True))
        # LIKE knows upper and lower case in one database and not in the other: the exact end is looked at here.
        ids = {row[0] for row in self._rows(query) if row[1] == path or row[1].endswith(end)}
        steps = sorted(ids)
        return [
            item
            for start in range(0, len(steps), STEP)
            for item in self._items(s.items.c.id.in_(steps[start : start + STEP]))
        ]

    def original(self, item_id: int) -> bytes:
        """The exact original bytes of this item alone: the file, the row, the message, the attachment."""
        item = self.item(item_id)
        start, end = 0, item.length
        while item.byte_start >= 0:
            start, end = start + item.byte_start, end + item.byte_start
            item = self.item(item.container)
        place = self._place(item.sha256)
        # Not beyond: in a pack, bytes of others stand there. Archives from before 0247 hold ranges that end too late.
        return self._blobs.read(item.sha256, place, min(start, place.length), min(end, place.length))

    def _place(self, digest: bytes) -> Place:
        query = select(s.blobs.c.pack, s.blobs.c.start, s.blobs.c.length).where(s.blobs.c.sha256 == digest)
        return Place(*self._rows(query)[0])

    def references(self, item_id: int) -> list[str]:
        """The canonical ids that an item cites, sorted; held or not."""
        row = self.current_row(item_id)
        return sorted(set(self.reading(row).reading.all("ref"))) if row else []

    def referenced_by(self, name: str) -> list[int]:
        """The items that cite the canonical id `name`, in id order."""
        query = select(s.refs.c.item).where(s.refs.c.target == canonical(name)).order_by(s.refs.c.item)
        return [row[0] for row in self._rows(query)]

    def missing_references(self) -> Iterator[tuple[str, int]]:
        """Canonical ids that are cited but not held, with the number of items that cite them, in order of the ids."""
        held = select(s.items.c.id).where(s.items.c.name == s.refs.c.target).exists()
        query = select(s.refs.c.target, func.count()).where(~held).group_by(s.refs.c.target).order_by(s.refs.c.target)
        after = ""
        while found := self._rows(query.where(s.refs.c.target > after).limit(STEP)):
            for row in found:
                yield row[0], row[1]
            after = found[-1][0]

    def names(self) -> dict[str, int]:
        """Canonical id to the number of items that carry it, for all items that have one."""
        query = select(s.items.c.name, func.count()).where(s.items.c.name != "").group_by(s.items.c.name)
        return {row[0]: row[1] for row in self._rows(query)}
