"""From containers that wait in the catalogue to batches: the second half of a run of ingest.

Each is taken apart by an extractor (archives, mail stores) or cut by a splitter (a mailbox that lay in an archive), in
the order of the item ids, behind the last member that is in the catalogue. What lies in it may wait in turn.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from unsealed.archive import Archive, Store
from unsealed.config import IngestSettings
from unsealed.ingest import libpst, sevenzip
from unsealed.ingest.entries import HEAD, Feeder
from unsealed.ingest.extract import EXTRACTORS, Ask, End, Member
from unsealed.ingest.extract.limits import archive_limits
from unsealed.ingest.extract.meter import LimitError, Meter, Sums
from unsealed.ingest.journal import Cursor
from unsealed.ingest.members import FRAME, Members, Process, Taken, Unpack, unsafe_extracting_worker
from unsealed.ingest.pool import Pool
from unsealed.ingest.steps import Batch, Batches, Container, Entry
from unsealed.ingest.wire import Task
from unsealed.sandbox import Limits, SandboxError

PLAIN = frozenset({"folder", "symlink", "hardlink", "device", "fifo", "socket"})  # recorded, never made
AGAIN = "Nothing to do."
NOT_THERE = End(code="A-MISSING", message="it did not come out of its container again", remedy="Unpack it elsewhere.")
CRASHES = 20  # of the extractor in one container


class Unpacker(Feeder):
    """Makes the batches of waiting containers. Iterate over `unpacked()` once for each list of them."""

    def __init__(
        self, archive: Archive, pool: Pool, settings: IngestSettings, unpack: Unpack, cursor: Cursor,
        passwords: Sequence[str] = (),
    ) -> None:  # fmt: skip
        super().__init__(archive, pool, settings, 0, cursor)
        self._unpack = unpack
        self._passwords = tuple(passwords)
        self._limits = archive_limits(settings)
        self._tops: dict[int, Sums] = {}

    def unpacked(self, waiting: Sequence[Store]) -> Batches:
        """Every batch of these containers, one after the other."""
        for store in waiting:
            yield from self._store(store)
        if self._batch.entries:
            yield self._take()

    def once_more(self, wanted: Sequence[tuple[Store, dict[int, int]]]) -> Batches:
        """Single members of containers once more: by their ordinals, with the items that stand for them."""
        for store, instead in wanted:
            container = _container(store)
            fd = self._archive.open_alone(store.item)
            try:
                yield from self._again(container, fd, instead)
            finally:
                os.close(fd)
        if self._batch.entries:
            yield self._take()

    def _again(self, container: Container, fd: int, instead: Mapping[int, int]) -> Iterator[Batch]:
        """Each of these members was tried once more when this ends, also where another one broke the extractor."""
        left, meter, end = sorted(instead), self._meter(container), NOT_THERE
        while left:
            ask = Ask(container.form, container.length, 0, tuple(left), self._passwords, container.depth)
            members = Members(self._archive, self._process(container, fd), meter, fd, ask, self._limits.member_seconds)
            try:
                for taken in members.taken():
                    if taken.member.ordinal in instead:
                        self._taken(container, taken, instead[taken.member.ordinal])
                    if self._full():
                        yield self._take()
            except LimitError as error:
                end = End(code=error.code, message=error.message, remedy=error.remedy)
                break
            left = [ordinal for ordinal in left if ordinal > members.last]
            if members.end is not None:
                end = members.end if members.end.code else NOT_THERE
                break
        for ordinal in left:
            lost = Taken(Member(ordinal, b"", ""), code=end.code, message=end.message, remedy=end.remedy)
            self._taken(container, lost, instead[ordinal])

    def _store(self, store: Store) -> Iterator[Batch]:
        container = _container(store)
        reached = self._archive.reached(store.item)
        if reached.ordinal == 0 and self._is_settled(store, container):
            return
        if store.form in EXTRACTORS:
            yield from self._members(container, reached.ordinal)
            return
        # The piece that was cut last tells where to go on; the cursor of the run stays where it is.
        yield from self._cut(
            container, Cursor(position=reached.end, ordinal=reached.ordinal, context=reached.context), waits=True
        )

    def _is_settled(self, store: Store, container: Container) -> bool:
        """Bytes that were taken apart before, or that hold themselves, are not taken apart again."""
        item = self._archive.item(store.item)
        while item.container:
            item = self._archive.item(item.container)
            if item.sha256 == store.sha256:
                self._end(container, End(code="A-SELF", message="it holds itself", remedy=AGAIN), settle=True)
                return True
        same = self._archive.same_store(store.sha256, store.item)
        if same:
            stopped = self._archive.item(same).code
            where = f"what came out of it before {stopped} stands there" if stopped else "whose members stand there"
            message = f"the same bytes as item {same}, {where}"
            self._end(container, End(code="A-SAME", message=message, remedy=AGAIN))
        return bool(same)

    def _end(self, container: Container, end: End, ordinal: int = 0, *, settle: bool = False) -> None:
        """The container is done. `settle`: nothing came out of it, so that it is an unread item itself."""
        entry = Entry("unpacked", container=container, ordinal=ordinal, settle=settle, end_of=end)
        entry.code, entry.message, entry.remedy = end.code, end.message, end.remedy
        self._add(entry)

    def _members(self, container: Container, ordinal: int) -> Iterator[Batch]:
        meter = self._meter(container)
        fd = self._archive.open_alone(container.item)
        crashes = 0
        try:
            while True:
                ask = Ask(container.form, container.length, ordinal, (), self._passwords, container.depth)
                members = Members(
                    self._archive, self._process(container, fd), meter, fd, ask, self._limits.member_seconds
                )
                end = None
                try:
                    for taken in members.taken():
                        ordinal = taken.member.ordinal
                        self._taken(container, taken)
                        if self._full():
                            yield self._take()
                    end = members.end
                except LimitError as error:
                    end = End(code=error.code, message=error.message, remedy=error.remedy)
                crashes += end is None
                if end is None and crashes > CRASHES:
                    end = End(code="W-DIED", message="taking it apart failed again and again", remedy="Mend a copy.")
                if end is not None:
                    if end.expected < 0 <= members.promised:
                        end = msgspec.structs.replace(end, expected=members.promised)
                    end = libpst.compared(end, container.form, fd, container.length)
                    self._end(container, end, ordinal, settle=bool(end.code) and not ordinal)
                    return
        finally:
            os.close(fd)

    def _process(self, container: Container, fd: int) -> Process:
        """A process for one container: its processor time is that of the container, its patience that of a member."""
        if container.form == "7z" and self._passwords and self._unpack is not unsafe_extracting_worker:
            unlocked = sevenzip.opened(fd, container.length, self._passwords)
            if unlocked is not None:
                return unlocked
        memory, seconds = self._settings.worker_memory, self._limits.archive_seconds
        return self._unpack(fd, Limits(request=FRAME, answer=FRAME, memory=memory, seconds=seconds))

    def _meter(self, container: Container) -> Meter:
        if container.top not in self._tops:
            self._tops[container.top] = Sums(*self._archive.top_sums(container.top))
        own = Sums(*self._archive.store_sums(container.item))
        top_length = self._archive.item(container.top).length
        return Meter(
            self._limits, self._archive.path, container.length, top_length, own, self._tops[container.top]
        )  # fmt: skip

    def _taken(self, container: Container, taken: Taken, instead: int = 0) -> None:
        member = taken.member
        entry = Entry(
            "member", container=container, data=taken.data, place=taken.place, digest=taken.digest,
            length=taken.length, ordinal=member.ordinal, code=taken.code, message=taken.message, remedy=taken.remedy,
            member=member, out=taken.out, context=member.context, instead=instead,
        )  # fmt: skip
        if member.kind in PLAIN and not taken.length:
            entry.listed_only = True
        elif taken.place is None and taken.code and not taken.data:
            entry.start, entry.end = member.source or (0, 0)
        elif taken.place is None:
            group = container.item  # small members of one container may be read in one process
            self._add(entry, Task(taken.data, member.form, member.context, True, container.depth + 1, group))
            return
        else:
            self._large_member(container, entry)
            return
        self._add(entry)

    def _large_member(self, container: Container, entry: Entry) -> None:
        """A member that has a blob of its own: it waits, or goes to a worker in one piece, or is too large."""
        assert entry.member is not None
        if not entry.member.form:
            head = self._archive.read_blob(entry.digest, 0, min(HEAD, entry.length))
            try:
                found = self._pool.sniff(head, entry.length)
            except SandboxError:
                found = None
            if found is not None and (found.packed or found.container):
                entry.packed = found.form
                self._refuse_deep(container, entry)
                self._add(entry)
                return
        if entry.length > self._settings.item_bytes:
            entry.code, entry.message = "I-LARGE", f"larger than {self._settings.item_bytes} bytes"
            entry.remedy = "Raise ingest.item_bytes in unsealed.toml and run `unsealed ingest --retry`."
            self._add(entry)
            return
        data = self._archive.read_blob(entry.digest, 0, entry.length)
        self._add(entry, Task(data, entry.member.form, entry.context, True, container.depth + 1))

    def _refuse_deep(self, container: Container, entry: Entry) -> None:
        if container.depth + 1 > self._limits.nesting:
            entry.packed = ""
            entry.code, entry.message = "I-NESTING", f"more than {self._limits.nesting} items inside each other"
            entry.remedy = "Take the inner files out and ingest them as files of their own."


def _container(store: Store) -> Container:
    return Container(store.sha256, store.length, store.form, store.path, store.item, top=store.top, depth=store.depth)
