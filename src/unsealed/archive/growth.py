"""How the archive grows: one transaction of new blobs, items and readings.

Contract: everything given to a `Growth` becomes visible and durable together when `commit` returns, in this order:
packs are appended and fsynced, then the rows, the whole lengths of the packs and the cursor of the job are
committed in one transaction. Killed before the transaction: the tails of the packs are cut at the next start and
the job stands at the earlier cursor. Killed after it: nothing is missing.
One thread, one `Growth` at a time. Ids and rows rise by one in the order of the calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, update

from unsealed.archive import schema as s
from unsealed.archive._base import ArchiveBase
from unsealed.archive.blobs import Place
from unsealed.archive.lookups import has_path, known_blobs, tries
from unsealed.archive.preparing import Follow, Prepared, Preparer
from unsealed.archive.records import Job, SourceProblem, State
from unsealed.archive.stores import StoreBook
from unsealed.archive.writes import (
    forget_problems,
    improve_item,
    raise_expected,
    renew_item,
    update_item,
    write_job,
    write_lengths,
)
from unsealed.model import Reading

_ITEMS = ("id", "container", "ordinal", "parent", "path", "byte_start", "byte_end", "sha256", "length", "state", "name",
          "form", "reader", "version", "row", "context")  # fmt: skip
_READINGS = ("row", "item", "type", "title", "date", "origin", "klass", "words", "pack", "start", "length")
_REASONS = ("item", "code", "message", "remedy", "tries")
_BLOBS = ("sha256", "length", "pack", "start", "item")


class NewItem(NamedTuple):
    """What the pipeline knows of an item when it enters. See `records.Item` for the meaning of the fields."""

    container: int
    ordinal: int
    parent: int
    path: str
    byte_start: int
    byte_end: int
    sha256: bytes
    length: int
    state: State
    form: str
    context: bytes = b""


class _Blob(NamedTuple):
    sha256: bytes
    length: int
    pack: int
    start: int
    item: int


class Growth:
    """New things of one transaction. Made by `Archive.grow()`."""

    def __init__(
        self, archive: ArchiveBase, next_item: int, next_row: int, next_path: int, follow: Follow | None = None
    ) -> None:  # fmt: skip
        self._archive = archive
        self._preparer = Preparer(follow)
        self._next_item = next_item
        self._next_row = next_row
        self._next_path = next_path
        self.stores = StoreBook()
        self._clear()

    def _clear(self) -> None:
        self.stores.clear()
        self._items: dict[int, list[object]] = {}
        self._readings: list[tuple[object, ...]] = []
        self._refs: set[tuple[str, int]] = set()
        self._reasons: list[tuple[object, ...]] = []
        self._paths: list[tuple[object, ...]] = []
        self._met: list[str] = []
        self._fresh_paths: set[tuple[int, str]] = set()
        self._blobs: dict[bytes, _Blob] = {}
        self._looked_up: dict[bytes, tuple[Place, int]] = {}
        self._asked: set[bytes] = set()
        self._containers: dict[int, list[int]] = {}
        self._expected: dict[int, list[int]] = {}
        self._problems: list[SourceProblem] = []
        self._followed: list[object] = []
        self._updates: list[tuple[int, list[object]]] = []
        self._renewed: dict[int, tuple[State, str]] = {}
        self._improved: dict[int, State] = {}

    @property
    def size(self) -> int:
        """Items and readings that wait for the commit."""
        return len(self._items) + len(self._readings)

    def followed(self) -> list[object]:
        """What `follow` made of the readings that wait for the commit, in row order.

        Take it before `commit`, use it after. Better readings of items that were there before are among them.
        """
        return self._followed

    def look_up(self, digests: Sequence[bytes]) -> None:
        """Ask the catalogue about many digests at once; `known_file` and `place` then need not ask."""
        self._looked_up = known_blobs(self._archive._db, digests)
        self._asked = set(digests)

    def _known(self, digest: bytes) -> tuple[Place, int] | None:
        waiting = self._blobs.get(digest)
        if waiting is not None and (waiting.item or digest not in self._looked_up):
            return Place(waiting.pack, waiting.start, waiting.length), waiting.item
        if digest not in self._asked:
            self._asked.add(digest)
            self._looked_up.update(known_blobs(self._archive._db, [digest]))
        return self._looked_up.get(digest)

    def known_file(self, digest: bytes) -> int:
        """The top-level item with these bytes, 0 where the archive does not hold them as a file."""
        known = self._known(digest)
        return known[1] if known else 0

    def add_item(self, new: NewItem, blob: Place | None = None) -> int:
        """Take an item; gives its id. `blob`: where its own bytes stand (None: a range of its container)."""
        number = self._next_item
        self._next_item += 1
        self._items[number] = [number, *new[:9], "", new.form, "", 0, 0, new.context]
        if blob is not None:
            self._keep_blob(new.sha256, blob, number if not new.container else 0)
        if not new.container:
            self.add_path(number, new.path)
        return number

    def _keep_blob(self, digest: bytes, place: Place, top: int) -> None:
        waiting = self._blobs.get(digest)
        if waiting is None or (top and not waiting.item):
            self._blobs[digest] = _Blob(digest, place.length, place.pack, place.start, top)

    def add_path(self, item: int, path: str) -> None:
        """Note one more path at which an item's file was found; a path that is known already is no news."""
        self._met.append(path)
        if item not in self._items and has_path(self._archive._db, item, path):
            return
        if (item, path) in self._fresh_paths:
            return
        self._fresh_paths.add((item, path))
        self._paths.append((self._next_path, item, path))
        self._next_path += 1

    def place(self, data: bytes, digest: bytes) -> Place:
        """Where these bytes stand: where they stood already, else in the blob store from now on."""
        known = self._known(digest)
        if known is not None:
            return known[0]
        place = self._archive._blobs.add_bytes(data, digest)
        self._keep_blob(digest, place, 0)
        return place

    def renew(self, item: int, state: State, form: str) -> int:
        """Begin a new try at an item of the catalogue, with its new state and form. Gives the number of tries before.

        Its reason, references and ledger line are dropped and come anew with this try.
        """
        self._renewed[item] = (state, form)
        return tries(self._archive._db, item)

    def improve(self, item: int, state: State) -> None:
        """Begin a better reading of an item of the catalogue (OCR): its state, its reason and what it cites come anew.

        What lies inside the item stays, and so does its line in the ledger.
        """
        self._improved[item] = state

    def add_container(self, path: str, digest: bytes, length: int, form: str, place: Place | None) -> int:
        """Take a file that only holds others; gives its id and opens its line in the ledger."""
        item = self.add_item(NewItem(0, 0, 0, path, -1, -1, digest, length, "container", form), place)
        self.expect(item, 0)
        return item

    def expect(self, container: int, count: int) -> None:
        """Raise what the ledger expects of a container by `count`; the first call opens its line."""
        self._expected.setdefault(container, [0, 0])[0] += count

    def close_container(self, container: int) -> None:
        """Say that a container was read to its end."""
        self._expected.setdefault(container, [0, 0])[1] = 1

    def add_reading(self, item: int, reading: Reading, encoded: bytes) -> int:
        """Append a reading and make it the item's current one; gives its row. `encoded`: its msgpack bytes."""
        return self.add_prepared(item, self.prepare(reading, encoded))

    def prepare(self, reading: Reading, encoded: bytes) -> Prepared:
        """What `add_prepared` takes of a reading; `Archive.preparer` does the same in other threads."""
        return self._preparer.prepare(reading, encoded)

    def add_prepared(self, item: int, prepared: Prepared) -> int:
        """As `add_reading`, of a reading that was prepared before."""
        row = self._next_row
        self._next_row += 1
        (stored, kind, title, date, origin, klass, words, name, reader, version, refs, followed) = prepared
        place = self._archive._packs.append(stored)
        self._readings.append((row, item, kind, title, date, origin, klass, words, *place))
        self._refs.update([(target, item) for target in refs])
        waiting = self._items.get(item)
        if waiting is None:
            self._updates.append((item, [name, reader, version, row]))
        else:
            waiting[10], waiting[12], waiting[13], waiting[14] = name, reader, version, row
        if followed is not None:
            self._followed.append(followed.at(row, item, name))
        return row

    def add_reason(self, item: int, code: str, message: str, remedy: str, tries: int = 1) -> None:
        """Say why an item is in quarantine or has no text, and what to do about it."""
        self._reasons.append((item, code, message, remedy, tries))

    def add_problem(self, problem: SourceProblem) -> None:
        """Note a source without bytes."""
        self._problems.append(problem)

    def commit(self, job: Job | None = None) -> None:
        """Make everything durable and visible. See the module's contract."""
        archive = self._archive
        archive._blobs.packs.flush()
        archive._packs.flush()
        with archive._db.begin() as connection:
            self._insert(connection)
            write_lengths(connection, "blobs", archive._blobs.packs.lengths())
            write_lengths(connection, "readings", archive._packs.lengths())
            if job is not None:
                write_job(connection, job)
        self._clear()

    def _insert(self, connection: Connection) -> None:
        put = self._archive._db.insert_rows
        for item, (state, form) in self._renewed.items():
            renew_item(connection, item, state, form)
        for item, state in self._improved.items():
            improve_item(connection, item, state)
        put(connection, s.items, _ITEMS, [tuple(row) for row in self._items.values()])
        put(connection, s.readings, _READINGS, self._readings)
        put(connection, s.reasons, _REASONS, self._reasons)
        put(connection, s.paths, ("id", "item", "path"), self._paths)
        for item, values in self._updates:
            update_item(connection, item, values)
        put(connection, s.refs, ("target", "item"), sorted(self._refs))
        self.stores.insert(connection, self._archive._db)
        self._insert_blobs(connection)
        for container, (count, done) in self._expected.items():
            raise_expected(connection, container, count, done)
        forget_problems(connection, self._met)
        for problem in self._problems:
            connection.execute(delete(s.problems).where(s.problems.c.path == problem.path))
            connection.execute(insert(s.problems).values(problem._asdict() | {"skipped": int(problem.skipped)}))

    def _insert_blobs(self, connection: Connection) -> None:
        known = known_blobs(self._archive._db, list(self._blobs), connection)
        fresh = [row for digest, row in self._blobs.items() if digest not in known]
        self._archive._db.insert_rows(connection, s.blobs, _BLOBS, fresh)
        for digest, row in self._blobs.items():
            if digest in known and row.item:
                c = s.blobs.c
                connection.execute(update(s.blobs).where(c.sha256 == digest, c.item == 0).values(item=row.item))
