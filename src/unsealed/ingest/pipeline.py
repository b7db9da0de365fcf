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

import msgspec

from unsealed.archive import SANDBOXES, Archive, Growth, Job, SourceProblem, StoredReading
from unsealed.config import IngestSettings
from unsealed.ingest import journal, sources, tree
from unsealed.ingest.entries import Batch, Entry, Feeder
from unsealed.ingest.journal import Report
from unsealed.ingest.pool import Make, Pool
from unsealed.ingest.tree import Root
from unsealed.ingest.wire import Answer, Task
from unsealed.log import get_logger
from unsealed.sandbox import establish

_log = get_logger("ingest")

COLLECT_COMMITS = 10  # commits between two looks for garbage in cycles

Committed = Callable[[list[StoredReading]], None]
Progress = Callable[[Report], None]


def run(
    archive: Archive, given: Sequence[Path], *, workers: int = 0, committed: Committed | None = None,
    progress: Progress | None = None, make: Make | None = None, unsafe: bool = False,
) -> Report:  # fmt: skip
    """Read sources into an archive that is open for writing; gives what this run did.

    A run that was killed is finished first; where it was asked the same, that is all. `workers`: processes (0: as the
    settings say). `committed` is called after each commit with the readings in it, in row order; `progress` after
    each batch. `unsafe`: read without a sandbox; the ledger keeps a note of it. Raises InputError for sources that do
    not exist, ArchiveError where the archive fails, SetupError where this machine has no working sandbox.
    """
    settings = archive.settings.ingest
    _note_sandbox(archive, make, unsafe=unsafe)
    with _no_collector(), Pool(settings, workers or settings.workers, make, unsafe=unsafe) as pool:
        machine = _Run(archive, pool, settings, committed, progress)
        unfinished = archive.latest_job()
        is_open = unfinished is not None and unfinished.state == "open"
        journal.clear(archive, unfinished.number if unfinished is not None and is_open else 0)
        if unfinished is not None and is_open:
            report = machine.work(unfinished)
            if not given or unfinished.sources == journal.encode_sources(given):
                return report
        sources.check_sources(given)
        return machine.work(journal.begin(archive, given, sources.list_sources(given)))


def retry(
    archive: Archive, *, workers: int = 0, committed: Committed | None = None, progress: Progress | None = None,
    make: Make | None = None, unsafe: bool = False,
) -> Report:  # fmt: skip
    """Try every quarantined item once more, after a limit was raised or a reader was mended; gives what changed.

    What can be read now gets a new reading (the `unread` one stays where it was sealed); the rest stays in
    quarantine with one more try on its line.
    """
    settings = archive.settings.ingest
    _note_sandbox(archive, make, unsafe=unsafe)
    with Pool(settings, workers or settings.workers, make, unsafe=unsafe) as pool:
        return _Run(archive, pool, settings, committed, progress).retry()


def _note_sandbox(archive: Archive, make: Make | None, *, unsafe: bool) -> None:
    """Find out that there is a sandbox, and write down what is read behind, before the first byte is."""
    if make is None:
        name = establish(unsafe=unsafe).name
        known = archive.sandboxes()
        if name not in known:
            archive.put_meta(SANDBOXES, " ".join(sorted({*known, name})))


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
        self, archive: Archive, pool: Pool, settings: IngestSettings, committed: Committed | None,
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self._archive = archive
        self._pool = pool
        self._settings = settings
        self._committed = committed
        self._commits = 0
        self._progress = progress
        self._report = Report()
        self._since = time.monotonic()

    def work(self, job: Job) -> Report:
        """Read one job from its cursor to its end."""
        self._report = journal.decode_report(job)
        feeder = Feeder(self._archive, self._pool, self._settings, job.number, journal.decode_cursor(job))
        growth = self._archive.grow()
        for batch, answers in self._pool.in_order((batch, batch.tasks) for batch in feeder.batches()):
            growth.look_up([entry.digest for entry in batch.entries if entry.kind != "piece"])
            self._enter(growth, batch, iter(answers))
            job = job._replace(cursor=_cursor(batch), report=msgspec.msgpack.encode(self._report))
            if self._due(growth):
                self._commit(growth, job)
            self._tell()
        self._commit(growth, job._replace(state="done", report=msgspec.msgpack.encode(self._report)))
        journal.clear(self._archive, 0)
        return self._report

    def _due(self, growth: Growth) -> bool:
        late = time.monotonic() - self._since > self._settings.commit_seconds
        return late or growth.size >= 2 * self._settings.commit_items

    def _commit(self, growth: Growth, job: Job | None) -> None:
        fresh = growth.new_readings() if self._committed else []
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

    def _enter(self, growth: Growth, batch: Batch, answers: Iterator[Answer]) -> None:
        tasks = iter(batch.tasks)
        for entry in batch.entries:
            match entry.kind:
                case "file" | "again":
                    self._file(growth, entry, tasks, answers)
                case "open":
                    self._open(growth, entry)
                case "piece":
                    self._piece(growth, entry, tasks, answers)
                case "close":
                    assert entry.container is not None
                    self._report.bytes += entry.container.length - entry.container.counted
                    growth.close_container(entry.container.item)
                case _:
                    self._trouble(growth, entry)

    def _file(self, growth: Growth, entry: Entry, tasks: Iterator[Task], answers: Iterator[Answer]) -> None:
        assert entry.listed is not None
        self._report.files += 1
        self._report.bytes += entry.length
        asked = entry.kind == "file" and not entry.code
        data, answer = (next(tasks).data, next(answers)) if asked else (b"", [])
        known = growth.known_file(entry.digest)
        if known:
            growth.add_path(known, entry.listed.path)
            self._report.duplicates += 1
            return
        if not asked:
            answer = tree.quarantined(entry.code, entry.message, entry.remedy)
        place = entry.place or growth.place(entry.data, entry.digest)
        tree.enter(growth, Root(entry.listed.path, data, entry.digest, entry.length, place), answer, self._report)

    def _open(self, growth: Growth, entry: Entry) -> None:
        assert entry.listed is not None
        assert entry.container is not None
        self._report.files += 1
        entry.container.item = growth.add_container(
            entry.listed.path, entry.digest, entry.length, entry.container.form, entry.place
        )

    def _piece(self, growth: Growth, entry: Entry, tasks: Iterator[Task], answers: Iterator[Answer]) -> None:
        assert entry.container is not None
        container = entry.container
        growth.expect(container.item, 1)
        self._report.bytes += entry.end - container.counted
        container.counted = entry.end
        if entry.code:
            data, form = b"", "" if entry.code == "W-CUT" else container.form
            answer = tree.quarantined(entry.code, entry.message, entry.remedy, form, entry.context)
        else:
            data, answer = next(tasks).data, next(answers)
        root = Root("", data, entry.digest, entry.length, None, container.item, entry.ordinal, entry.start, entry.end)
        tree.enter(growth, root, answer, self._report)

    def _trouble(self, growth: Growth, entry: Entry) -> None:
        assert entry.listed is not None
        message, remedy, skipped = sources.TROUBLE[entry.code]
        growth.add_problem(SourceProblem(entry.listed.path, entry.code, message, remedy, skipped))
        self._report.skipped += skipped
        self._report.unreachable += not skipped

    def retry(self) -> Report:
        """Every quarantined item once more."""
        growth = self._archive.grow()
        lines = self._archive.quarantine()
        self._report.files_total = len(lines)
        batches = self._retry_batches([line.item for line in lines])
        for ids, answers in self._pool.in_order(batches):
            for item, answer in zip(ids, answers, strict=True):
                self._enter_again(growth, item, answer)
            self._commit(growth, None)
            self._tell()
        return self._report

    def _retry_batches(self, ids: list[int]) -> Iterator[tuple[list[int], list[Task]]]:
        batch: list[int] = []
        tasks: list[Task] = []
        for number in ids:
            item = self._archive.item(number)
            if item.length > self._settings.item_bytes:
                continue
            form = item.form if item.byte_start >= 0 else ""
            batch.append(number)
            tasks.append(Task(self._archive.original(number), form, self._archive.context(number)))
            if len(tasks) >= self._settings.batch_items or sum(len(t.data) for t in tasks) > self._settings.batch_bytes:
                yield batch, tasks
                batch, tasks = [], []
        if batch:
            yield batch, tasks

    def _enter_again(self, growth: Growth, number: int, answer: Answer) -> None:
        item = self._archive.item(number)
        before = self._report.quarantined
        root = Root(item.path, self._archive.original(number), item.sha256, item.length, item=number)
        tree.enter_again(growth, root, answer, self._report)
        self._report.files += self._report.quarantined == before


def _cursor(batch: Batch) -> bytes:
    """The cursor behind a batch, with the id that its container has got by now."""
    item = batch.container.item if batch.container else 0
    return msgspec.msgpack.encode(msgspec.structs.replace(batch.cursor, container=item))
