"""From a list of files to batches: store the original, look what it is, cut it, gather about a hundred items.

Runs in the writer's process and only moves bytes: looking and cutting happen in a worker. Memory: the batches in
flight, one chunk of the container that is being cut.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from unsealed.archive import SMALL, Archive, Place
from unsealed.config import IngestSettings
from unsealed.ingest import counts, journal
from unsealed.ingest.journal import Cursor
from unsealed.ingest.pool import Pool
from unsealed.ingest.sources import Listed
from unsealed.ingest.steps import Batch, Batches, Container, Entry
from unsealed.ingest.wire import Task
from unsealed.sandbox import SandboxError

CHUNK = 1 << 20  # bytes of a container handed to the cutter at once
HEAD = 64 << 10  # bytes looked at to tell what a file is


class _Unreadable(Exception):
    """Reading a source failed: the disk or share it lies on is at fault, not the archive's."""


def _read(handle: BinaryIO, count: int) -> bytes:
    try:
        return handle.read(count)
    except OSError as error:
        raise _Unreadable from error


def _chunks(head: bytes, handle: BinaryIO) -> Iterator[bytes]:
    yield head
    while chunk := _read(handle, CHUNK):
        yield chunk


class Feeder:
    """Makes the batches of one job. Iterate over `batches()` once."""

    def __init__(self, archive: Archive, pool: Pool, settings: IngestSettings, number: int, cursor: Cursor) -> None:
        self._archive = archive
        self._pool = pool
        self._settings = settings
        self._number = number
        self._cursor = cursor
        self._batch = Batch([], [])
        self._handed: set[bytes] = set()  # large files of this run
        self._groups = 0  # containers that were cut

    def batches(self) -> Batches:
        """Every batch from the cursor on; the boundaries depend on the sources and settings only."""
        if self._cursor.container:
            yield from self._go_on()
        for listed, behind in journal.lines(self._archive, self._number, self._cursor.line):
            yield from self._file(listed)
            self._cursor = Cursor(line=behind)
            if self._full():
                yield self._take()
        if self._batch.entries:
            yield self._take()

    def _full(self) -> bool:
        tasks = len(self._batch.tasks)
        return (
            tasks >= self._settings.batch_items
            or self._batch.size >= self._settings.batch_bytes
            or len(self._batch.entries) >= 4 * self._settings.batch_items
        )

    def _take(self, container: Container | None = None) -> Batch:
        batch, self._batch = self._batch, Batch([], [])
        batch.cursor, batch.container = self._cursor, container
        return batch

    def _add(self, entry: Entry, task: Task | None = None) -> None:
        self._batch.entries.append(entry)
        if task is not None:
            entry.asked = True
            self._batch.tasks.append(task)
            self._batch.size += len(task.data)

    def _file(self, listed: Listed) -> Iterator[Batch]:
        if listed.code:
            self._trouble(listed, listed.code)
            return
        try:
            descriptor = os.open(listed.raw, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            self._trouble(listed, "S-GONE")
            return
        except OSError:
            self._trouble(listed, "S-OPEN")
            return
        try:
            with open(descriptor, "rb") as handle:
                head = _read(handle, SMALL)
                if len(head) < SMALL:
                    self._small(listed, head)
                    return
                digest, length = self._archive.store_stream(_chunks(head, handle))
        except _Unreadable:
            self._trouble(listed, "S-READ")
            return
        yield from self._large(listed, head, digest, length)

    def _trouble(self, listed: Listed, code: str) -> None:
        self._add(Entry("trouble", listed, code=code))

    def _small(self, listed: Listed, data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        self._add(Entry("file", listed, data=data, digest=digest, length=len(data)), Task(data))

    def _large(self, listed: Listed, head: bytes, digest: bytes, length: int) -> Iterator[Batch]:
        place = Place(-1, 0, length)
        entry = Entry("file", listed, digest=digest, length=length, place=place)
        # Both tests: what was handed out in this run may not be committed yet, and a killed run must decide alike.
        if digest in self._handed or self._archive.known_file(digest):
            self._add(msgspec.structs.replace(entry, kind="again"))
            return
        self._handed.add(digest)
        try:
            found = self._pool.sniff(head[:HEAD], length)
        except SandboxError:
            found = None
        if found is not None and found.packed:
            entry.packed = found.form
            self._add(entry)
            return
        if found is None or not found.container:
            self._whole(entry)
            return
        container = Container(digest, length, found.form, listed.path)
        self._add(msgspec.structs.replace(entry, kind="open", container=container))
        yield from self._cut(container, Cursor(line=self._cursor.line))

    def _whole(self, entry: Entry) -> None:
        """A large file that is one item: it goes to a worker in one piece, unless it is above the limit."""
        if entry.length > self._settings.item_bytes:
            entry.code, entry.message = "I-LARGE", f"larger than {self._settings.item_bytes} bytes"
            entry.remedy = "Raise ingest.item_bytes in unsealed.toml and run `unsealed ingest --retry`."
            self._add(entry)
            return
        self._add(entry, Task(self._archive.read_blob(entry.digest, 0, entry.length)))

    def _go_on(self) -> Iterator[Batch]:
        """A run that was killed inside a container goes on behind the last piece that it committed."""
        cursor = self._cursor
        item = self._archive.item(cursor.container)
        container = Container(item.sha256, item.length, cursor.form, item.path, item.id, cursor.position)
        yield from self._cut(container, cursor)
        # The line of the container itself is the next one in the list: step over it.
        _, behind = next(journal.lines(self._archive, self._number, cursor.line))
        self._cursor = Cursor(line=behind)
        if self._full():
            yield self._take()

    def _cut(self, container: Container, begin: Cursor, *, waits: bool = False) -> Iterator[Batch]:
        """Cut a container from `begin` on, piece by piece, into batches. `waits`: it is no line of the journal."""
        ordinal, position = begin.ordinal, begin.position
        self._groups += 1
        try:
            context = self._pool.split(container.form, position, begin.context).context
            for start in range(position, max(container.length, position + 1), CHUNK):
                end = min(start + CHUNK, container.length)
                chunk = self._archive.read_blob(container.digest, start, end)
                cut = self._pool.feed(chunk, end == container.length)
                context = cut.context
                for piece in cut.pieces:
                    ordinal += 1
                    position = self._piece(container, position, ordinal, piece, context, (start, chunk))
                    if not self._full():
                        continue
                    if waits:
                        yield self._take()
                        continue
                    self._cursor = Cursor(
                        line=begin.line, form=container.form, position=position, ordinal=ordinal, context=context
                    )
                    yield self._take(container)
        except SandboxError:
            self._torn(container, ordinal + 1, position)
        self._add(Entry("close", container=container, second=self._second(container)))

    def _second(self, container: Container) -> int:
        """The items of a container by a second count over all its bytes; -1 where there is none."""
        if container.form not in counts.COUNTED:
            return -1
        untrusted_count = b""
        try:
            self._pool.split(container.form + counts.SUFFIX, 0, b"")
            for start in range(0, max(container.length, 1), CHUNK):
                end = min(start + CHUNK, container.length)
                chunk = self._archive.read_blob(container.digest, start, end)
                untrusted_count = self._pool.feed(chunk, end == container.length).context
        except SandboxError:
            return -1
        return counts.stated(untrusted_count)

    def _piece(
        self, container: Container, behind: int, ordinal: int, piece: tuple[int, int, str, str], context: bytes,
        held: tuple[int, bytes],
    ) -> int:  # fmt: skip
        """Take one piece; gives its end. Raises SandboxError where it does not lie behind the piece before.

        `held`: bytes of the container that are in memory, and where they begin.
        """
        start, end, code, message = piece
        if not behind <= start <= end <= container.length:
            raise self._pool.reject_cutter()
        entry = Entry("piece", container=container, ordinal=ordinal, start=start, end=end, context=context)
        entry.length = end - start
        if code or entry.length > self._settings.item_bytes:
            entry.code, entry.message = (code, message) if code else ("I-LARGE", "larger than ingest.item_bytes")
            entry.remedy = "Look at it with `unsealed show ID --raw`; mend it in a copy, or accept it unread."
            entry.digest = self._archive.hash_blob(container.digest, start, end)
            self._add(entry)
            return end
        base, chunk = held
        if base <= start and end <= base + len(chunk):
            data = chunk[start - base : end - base]
        else:
            data = self._archive.read_blob(container.digest, start, end)
        entry.digest = hashlib.sha256(data).digest()
        depth = container.depth + 1 if container.top else 0
        # Below zero: an id may not be there yet, and members of other containers carry theirs.
        self._add(entry, Task(data, container.form, context, True, depth, -self._groups))
        return end

    def _torn(self, container: Container, ordinal: int, position: int) -> None:
        """The cutter failed: what was not cut is one quarantined piece, so that the ledger shows it."""
        entry = Entry("piece", container=container, ordinal=ordinal, start=position, end=container.length)
        entry.length = container.length - position
        entry.code, entry.message = "W-CUT", "cutting the container failed here; the rest of it is unread"
        entry.remedy = "The container is damaged or hostile: mend a copy of it and ingest that."
        entry.digest = self._archive.hash_blob(container.digest, position, container.length)
        self._add(entry)
