"""Generations, slots, borders and releases: what was sealed and what was let out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Table, delete, func, insert, select, update

from unsealed.archive import schema as s
from unsealed.archive._base import ArchiveBase
from unsealed.archive.records import ReleasedDocument, Slot
from unsealed.errors import InputError

STEP = 5000  # rows of one look


class Publication(ArchiveBase):
    """The seal's and the release's tables. `payload` is the owning room's own encoded form."""

    def put_generation(self, number: int, state: str, payload: bytes) -> None:
        """Store or replace the state of a generation, durably."""
        self._put(s.generations, number, state, payload)

    def generation(self, number: int) -> tuple[str, bytes] | None:
        """State and payload of a generation, or None."""
        return self._get(s.generations, number)

    def generations(self) -> list[int]:
        """The numbers of all generations, in order."""
        with self._db.read() as connection:
            return list(connection.execute(select(s.generations.c.number).order_by(s.generations.c.number)).scalars())

    def put_slots(self, generation: int, slots: Iterable[Slot], borders: Iterable[tuple[int, bytes]] = ()) -> None:
        """Store lines of a slot table and packed atom borders (slot, bytes) in one transaction."""
        self._check_writable()
        rows = [(generation, *slot) for slot in slots]
        edges = [(generation, *border) for border in borders]
        with self._db.begin() as connection:
            columns = ("generation", "slot", "row", "item", "atoms_hash", "atoms")
            self._db.insert_rows(connection, s.slots, columns, rows)
            self._db.insert_rows(connection, s.borders, ("generation", "slot", "borders"), edges)

    def put_borders(self, generation: int, borders: Iterable[tuple[int, bytes]]) -> None:
        """Store packed atom borders (slot, bytes) in one transaction."""
        self.put_slots(generation, (), borders)

    def drop_generation(self, number: int) -> None:
        """Forget slots, borders and state of a generation that was never published (an attempt that starts over)."""
        self._check_writable()
        with self._db.begin() as connection:
            for table in (s.slots, s.borders):
                connection.execute(delete(table).where(table.c.generation == number))
            connection.execute(delete(s.generations).where(s.generations.c.number == number))

    def forget_publication(self) -> None:
        """Forget every generation, slot and release: for a copy that goes on in another log (`release.moving`)."""
        self._check_writable()
        with self._db.begin() as connection:
            for table in (s.released, s.releases, s.borders, s.slots, s.generations):
                connection.execute(delete(table))

    def slots(self, generation: int, after: int = -1) -> Iterator[Slot]:
        """The slot table of a generation from the slot behind `after`, in slot order, streaming."""
        c = s.slots.c
        query = select(c.slot, c.row, c.item, c.atoms_hash, c.atoms).where(c.generation == generation).order_by(c.slot)
        while True:
            with self._db.read() as connection:
                found = connection.execute(query.where(c.slot > after).limit(STEP)).all()
            for row in found:
                yield Slot(*row)
            if not found:
                return
            after = found[-1][0]

    def slot_count(self, generation: int) -> int:
        """The number of lines in the slot table of a generation."""
        with self._db.read() as connection:
            query = select(func.count()).select_from(s.slots).where(s.slots.c.generation == generation)
            return connection.execute(query).scalar() or 0

    def slot_of(self, generation: int, item_id: int) -> Slot | None:
        """The slot of an item in a generation, or None where it is not sealed there."""
        c = s.slots.c
        query = select(c.slot, c.row, c.item, c.atoms_hash, c.atoms)
        query = query.where(c.item == item_id, c.generation == generation)
        with self._db.read() as connection:
            row = connection.execute(query).first()
        return Slot(*row) if row else None

    def borders(self, generation: int, slot: int) -> bytes:
        """The packed atom borders of a slot. Raises InputError where there are none."""
        query = select(s.borders.c.borders).where(s.borders.c.generation == generation, s.borders.c.slot == slot)
        with self._db.read() as connection:
            found = connection.execute(query).scalar()
        if found is None:
            raise InputError(f"Slot {slot} of generation {generation} was never sealed.", remedy="Run `unsealed seal`.")
        return bytes(found)

    def border_heads(self, generation: int, length: int) -> Iterator[bytes]:
        """The first `length` bytes of the packed borders of every slot of a generation, in slot order, streaming."""
        c = s.borders.c
        head = func.substr(c.borders, 1, length)
        query = select(c.slot, head).where(c.generation == generation).order_by(c.slot).limit(STEP)
        after = -1
        while True:
            with self._db.read() as connection:
                found = connection.execute(query.where(c.slot > after)).all()
            for row in found:
                yield bytes(row[1])
            if not found:
                return
            after = found[-1][0]

    def put_release(self, number: int, state: str, payload: bytes) -> None:
        """Store or replace the state of a release, durably."""
        self._put(s.releases, number, state, payload)

    def release(self, number: int) -> tuple[str, bytes] | None:
        """State and payload of a release, or None."""
        return self._get(s.releases, number)

    def releases(self) -> list[int]:
        """The numbers of all releases, in order."""
        with self._db.read() as connection:
            return list(connection.execute(select(s.releases.c.number).order_by(s.releases.c.number)).scalars())

    def put_released(self, number: int, documents: Iterable[ReleasedDocument]) -> None:
        """Replace the documents of release `number`, in one transaction."""
        self._check_writable()
        with self._db.begin() as connection:
            connection.execute(delete(s.released).where(s.released.c.release == number))
            columns = ("release", "position", "item", "generation", "slot", "public_id")
            self._db.insert_rows(connection, s.released, columns, [tuple(document) for document in documents])

    def released(self, number: int | None = None, *, item_id: int | None = None) -> list[ReleasedDocument]:
        """The documents of one release (or of all, or one item's), in release order."""
        c = s.released.c
        query = select(c.release, c.position, c.item, c.generation, c.slot, c.public_id).order_by(c.release, c.position)
        if number is not None:
            query = query.where(c.release == number)
        if item_id is not None:
            query = query.where(c.item == item_id)
        with self._db.read() as connection:
            return [ReleasedDocument(*row) for row in connection.execute(query)]

    def _put(self, table: Table, number: int, state: str, payload: bytes) -> None:
        self._check_writable()
        values = {"state": state, "payload": payload}
        with self._db.begin() as connection:
            if connection.execute(update(table).where(table.c.number == number).values(values)).rowcount == 0:
                connection.execute(insert(table).values(number=number, **values))

    def _get(self, table: Table, number: int) -> tuple[str, bytes] | None:
        with self._db.read() as connection:
            row = connection.execute(select(table.c.state, table.c.payload).where(table.c.number == number)).first()
        return (row[0], bytes(row[1])) if row else None
