"""The pipeline: list, store, look, cut, read, enter, commit.

One writer (this process) commits what workers read, in the order in which it was handed out, so ids never depend on
who answered first. Killed at any moment, the same call goes on at the cursor of the last commit; whatever was stored
behind it is cut or overwritten by the same bytes.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from unsealed.archive import SANDBOXES, Archive, Follow, Growth, Job
from unsealed.config import IngestSettings
from unsealed.ingest import journal, sources, tree
from unsealed.ingest.dialogue import Prepare
from unsealed.ingest.entries import Feeder
from unsealed.ingest.forms import FORMS
from unsealed.ingest.journal import Cursor, Report
from unsealed.ingest.members import Unpack, extracting_worker, unsafe_extracting_worker
from unsealed.ingest.pool import Make, Pool
from unsealed.ingest.readers import READERS
from unsealed.ingest.readers.passwords import as_context
from unsealed.ingest.retrying import Choice, Retries, chosen
from unsealed.ingest.steps import Batch, Batches, Root
from unsealed.ingest.unpack import Unpacker
from unsealed.ingest.wire import Answer, Task
from unsealed.ingest.writing import Writer
from unsealed.log import get_logger
from unsealed.sandbox import Tier, establish

_log = get_logger("ingest")

COLLECT_COMMITS = 10  # commits between two looks for garbage in cycles

Committed = Callable[[list[Any]], None]
Progress = Callable[[Report], None]
ALL = Choice()
UNSNIFFED = frozenset(READERS) - frozenset(FORMS)  # made by extractors: no bytes of a file tell them
J = TypeVar("J", Job, None)  # a retry has no job


def run(
    archive: Archive, given: Sequence[Path], *, workers: int = 0, follow: Follow | None = None,
    committed: Committed | None = None, progress: Progress | None = None, make: Make | None = None,
    unpack: Unpack | None = None, unsafe: bool = False,
) -> Report:  # fmt: skip
    """Read sources into an archive that is open for writing; gives what this run did.

    A run that was killed is finished first; where it was asked the same, that is all. `workers`: processes (0: as
    the settings say). `follow` is called with every new reading (in any thread, perhaps with one that never
    enters), `committed` after each commit with what `follow` made of the readings in it, in row order; `progress`
    after each batch. `unsafe`: read without a sandbox; the ledger keeps a note of it. Raises InputError for sources
    that do not exist, ArchiveError where the archive fails, SetupError where this machine has no working sandbox.
    """
    settings = archive.settings.ingest
    if make is None:  # tests bring workers of their own
        note_sandbox(archive, unsafe=unsafe)
    count, hidden = workers or settings.workers, [str(archive.path.resolve())]
    preparing = _preparing(archive, follow)
    with _no_collector(), Pool(settings, count, make, unsafe=unsafe, hidden=hidden, preparing=preparing) as pool:
        following = follow, committed
        machine = _Run(archive, pool, settings, following, progress, unpack or _unpacking(unsafe=unsafe))
        unfinished = archive.latest_job()
        is_open = unfinished is not None and unfinished.state == "open"
        journal.clear(archive, unfinished.number if unfinished is not None and is_open else 0)
        if unfinished is not None and is_open:
            report = machine.work(unfinished)
            if not given or unfinished.sources == journal.encode_sources(given):
                return report
        if not given and archive.waiting_stores():
            machine.unpack(archive.grow(follow), None)
            return machine.report
        sources.check_sources(given)
        return machine.work(journal.begin(archive, given, sources.list_sources(given)))


def retry(
    archive: Archive, *, workers: int = 0, follow: Follow | None = None, committed: Committed | None = None,
    progress: Progress | None = None, make: Make | None = None, unpack: Unpack | None = None, unsafe: bool = False,
    choice: Choice = ALL,
) -> Report:  # fmt: skip
    """Try what could not be read once more, after a limit was raised or a reader was mended; gives what changed.

    `choice`: all of it, one type, or one item, and passwords. What can be read now gets a new reading (the `unread` one
    stays where it was sealed); the rest stays on the list with one more try on its line. Raises InputError for an item
    that is not on the list.
    """
    settings = archive.settings.ingest
    if make is None:  # tests bring workers of their own
        note_sandbox(archive, unsafe=unsafe)
    count, hidden = workers or settings.workers, [str(archive.path.resolve())]
    preparing = _preparing(archive, follow)
    with Pool(settings, count, make, unsafe=unsafe, hidden=hidden, preparing=preparing) as pool:
        following = follow, committed
        machine = _Run(archive, pool, settings, following, progress, unpack or _unpacking(unsafe=unsafe))
        return machine.retry(choice)


def _preparing(archive: Archive, follow: Follow | None) -> Callable[[], Prepare]:
    return lambda: archive.preparer(follow).prepare


def _unpacking(*, unsafe: bool) -> Unpack:
    return unsafe_extracting_worker if unsafe else extracting_worker


def note_sandbox(archive: Archive, *, unsafe: bool) -> Tier:
    """Find out which sandbox there is, and write its name down before the first byte is read behind it.

    Raises SetupError where this machine has no working sandbox and the person did not ask for none.
    """
    tier = establish(unsafe=unsafe)
    known = archive.sandboxes()
    if tier.name not in known:
        archive.put_meta(SANDBOXES, " ".join(sorted({*known, tier.name})))
    return tier


@contextlib.contextmanager
def _no_collector() -> Iterator[None]:
    """Readings hold no cycles: the collector would only walk over them again and again (a fifth of the time)."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _Run:
    def __init__(
        self, archive: Archive, pool: Pool, settings: IngestSettings,
        following: tuple[Follow | None, Committed | None], progress: Progress | None, unpack: Unpack,
    ) -> None:  # fmt: skip
        self._archive = archive
        self._unpack = unpack
        self._pool = pool
        self._settings = settings
        self._follow, self._committed = following
        self._commits = 0
        self._progress = progress
        self._report = Report()
        self._tries: dict[int, int] = {}  # of what is tried again
        self._since = time.monotonic()

    @property
    def report(self) -> Report:
        """What this run did so far."""
        return self._report

    def work(self, job: Job) -> Report:
        """Read one job from its cursor to its end: its files, then what lies in them."""
        self._report = journal.decode_report(job)
        feeder = Feeder(self._archive, self._pool, self._settings, job.number, journal.decode_cursor(job))
        growth = self._archive.grow(self._follow)
        job = self.unpack(growth, self._drain(growth, feeder.batches(), job))
        self._again(growth)
        self._commit(growth, job._replace(state="done", report=msgspec.msgpack.encode(self._report)))
        journal.clear(self._archive, 0)
        return self._report

    def unpack(self, growth: Growth, job: J, passwords: Sequence[str] = ()) -> J:
        """Take apart every container that waits, and what lies in them, until none is left."""
        self._commit(growth, job)
        while waiting := self._archive.waiting_stores():
            self._report.waiting = len(waiting)
            self._report.waiting_bytes = sum(store.length for store in waiting)
            self._report.unpacked = self._report.unpacked_bytes = 0
            cursor = journal.decode_cursor(job) if job else Cursor()
            unpacker = Unpacker(self._archive, self._pool, self._settings, self._unpack, cursor, passwords)
            job = self._drain(growth, unpacker.unpacked(waiting), job, unpacking=True)
            self._commit(growth, job)
        return job

    def _drain(self, growth: Growth, batches: Batches, job: J, *, unpacking: bool = False) -> J:
        """Have every batch read and entered, in order, with a commit now and then."""
        # Closed here, whatever happens: a compiled generator that is only dropped leaves its files open.
        with contextlib.closing(batches):
            return self._drained(growth, batches, job, unpacking=unpacking)

    def _drained(self, growth: Growth, batches: Batches, job: J, *, unpacking: bool) -> J:
        writer = Writer(self._archive, self._report, self._tries)
        began, documents = time.monotonic(), self._report.documents
        for batch, answers in self._pool.in_order((batch, batch.tasks) for batch in batches):
            growth.look_up([entry.digest for entry in batch.entries if entry.kind != "piece"])
            writer.enter(growth, batch, _taken(answers))
            began, documents = self._time(began, documents, unpacking=unpacking)
            if job is not None:
                job = job._replace(cursor=_cursor(batch), report=msgspec.msgpack.encode(self._report))
            if self._due(growth):
                self._commit(growth, job)
                writer.committed()
            self._tell()
        return job

    def _time(self, began: float, documents: int, *, unpacking: bool) -> tuple[float, int]:
        """Note what a stage took; gives the time and the count from which the next step is measured."""
        now, report = time.monotonic(), self._report
        if unpacking:
            report.unpacking_seconds += now - began
            report.unpacking_documents += report.documents - documents
        else:
            report.reading_seconds += now - began
        return now, report.documents

    def _due(self, growth: Growth) -> bool:
        late = time.monotonic() - self._since > self._settings.commit_seconds
        return late or growth.size >= 2 * self._settings.commit_items

    def _commit(self, growth: Growth, job: Job | None) -> None:
        fresh = growth.followed()
        growth.commit(job)
        self._commits += 1
        if self._commits % COLLECT_COMMITS == 0:
            gc.collect()
        self._since = time.monotonic()
        if self._committed and fresh:
            self._committed(fresh)

    def _tell(self) -> None:
        if self._progress:
            self._progress(self._report)

    def retry(self, choice: Choice) -> Report:
        """What the choice takes of the list, once more."""
        wanted = chosen(self._archive, choice)
        self._report.files_total = wanted.total
        before = self._unreadable()
        growth = self._archive.grow(self._follow)
        self._single(growth, wanted, choice.passwords)
        self._reopened(growth, wanted, choice.passwords)
        self._report.files = max(0, before - self._unreadable())
        self._report.quarantined = self._report.files_total - self._report.files
        return self._report

    def _single(self, growth: Growth, wanted: Retries, passwords: Sequence[str] = ()) -> None:
        """Items that have their bytes, and members that did not come out of their containers, once more."""
        self._tries = wanted.tries
        for ids, answers in self._pool.in_order(self._retry_batches(wanted.whole, passwords)):
            for item, answer in zip(ids, answers, strict=True):
                self._enter_again(growth, item, answer)
            self._commit(growth, None)
            self._tell()
        unpacker = Unpacker(self._archive, self._pool, self._settings, self._unpack, Cursor(), passwords)
        self._drain(growth, unpacker.once_more(wanted.members), None, unpacking=True)
        self._commit(growth, None)

    def _reopened(self, growth: Growth, wanted: Retries, passwords: Sequence[str] = ()) -> None:
        """Containers that ended too early go on; so does what another try found to be one."""
        for item in wanted.reopened:
            growth.stores.reopen(item)
        self.unpack(growth, None, passwords)

    def _unreadable(self) -> int:
        totals = self._archive.totals()
        return totals.quarantined + totals.refused

    def _again(self, growth: Growth) -> None:
        """Failures that may pass by themselves, at the end of a run, a bounded number of times for each class."""
        wanted = chosen(self._archive, Choice(bounded=True))
        if not wanted.total:
            return
        # What is tried again was counted when it failed; what comes out of a container now was not.
        documents, quarantined, before = self._report.documents, self._report.quarantined, self._unreadable()
        self._single(growth, wanted)
        opened = {store.item for store in self._archive.waiting_stores()}
        self._report.documents = documents - len(opened.intersection(wanted.whole))
        self._report.quarantined = max(0, quarantined - (before - self._unreadable()))
        quarantined, before = self._report.quarantined, self._unreadable()
        self._reopened(growth, wanted)
        settled = before + self._report.quarantined - quarantined - self._unreadable()
        self._report.documents -= settled
        self._report.quarantined -= settled

    def _retry_batches(
        self, ids: list[int], passwords: Sequence[str] = ()
    ) -> Iterator[tuple[list[int], list[Task]]]:  # fmt: skip
        batch: list[int] = []
        tasks: list[Task] = []
        for number in ids:
            item = self._archive.item(number)
            if item.length > self._settings.item_bytes:
                continue
            # A piece has the form of its splitter, a member that an extractor made the one that it was given.
            form = item.form if item.byte_start >= 0 or item.form in UNSNIFFED else ""
            batch.append(number)
            context = as_context(passwords) if item.code == "R-PASSWORD" else b""
            tasks.append(Task(self._archive.original(number), form, context or self._archive.context(number)))
            if len(tasks) >= self._settings.batch_items or sum(len(t.data) for t in tasks) > self._settings.batch_bytes:
                yield batch, tasks
                batch, tasks = [], []
        if batch:
            yield batch, tasks

    def _enter_again(self, growth: Growth, number: int, answer: Answer) -> None:
        item = self._archive.item(number)
        top, depth = self._archive.place_of(number)
        root = Root(
            item.path, self._archive.original(number), item.sha256, item.length, item=number, top=top, depth=depth
        )  # fmt: skip
        tree.enter_again(growth, root, answer, self._report)


def _taken(answers: list[Answer]) -> Iterator[Answer]:
    """Each answer once, in order: what is done with is freed while it is at hand, not a batch later."""
    answers.reverse()
    while answers:
        yield answers.pop()


def _cursor(batch: Batch) -> bytes:
    """The cursor behind a batch, with the id that its container has got by now."""
    item = batch.container.item if batch.container else 0
    return msgspec.msgpack.encode(msgspec.structs.replace(batch.cursor, container=item))
