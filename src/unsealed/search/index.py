"""The search index of one archive: catch up with it, ask it.

Contract. One process writes at a time (`index/.lock`), any number search. What was added is found, and survives
a kill, once `commit` returned; what was not committed is simply read again, since the largest row in the index
is the only mark of how far it has come. Of the readings of one item only the one added last is found.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import tantivy

from unsealed.archive import Archive, StoredReading
from unsealed.errors import ArchiveError
from unsealed.files import Lock, crash_point
from unsealed.log import get_logger
from unsealed.query import Node, parse, show
from unsealed.search.compiler import compile_query, ranks
from unsealed.search.facets import count
from unsealed.search.highlight import Highlighter, Page
from unsealed.search.ranking import Ranked, by_number, by_relevance, next_rows
from unsealed.search.results import Hit, Results, Run, Sort
from unsealed.search.schema import Entry, entry_of, title
from unsealed.search.snippet import snippet
from unsealed.search.spoken import items_in
from unsealed.search.store import largest, make_engine, open_engine

_LOG = get_logger("search")
_THREAD_BYTES = 15 << 20  # the engine takes no less for one thread


class CaughtUp(NamedTuple):
    """What a catch-up did: readings added, and how many of them are indexed only in part because of their length."""

    added: int
    cut: int


class Index:
    """Made by `Index.open`. A context manager; `close` gives the writer's lock back."""

    def __init__(self, archive: Archive, engine: tantivy.Index, *, owns: bool, notice: str) -> None:
        self.archive = archive
        self.notice = notice
        """Why the index was made anew when it was opened; empty if it was not. For the person at the door."""
        self._engine = engine
        self._owns = owns
        self._stack = contextlib.ExitStack()
        self._writer: tantivy.IndexWriter | None = None
        self._row = self._item = self._cut = 0
        self._committed = 0.0
        self._stamp = self._meta()

    @classmethod
    def open(cls, archive: Archive | Path, *, create: bool = True) -> Index:
        """The index of `archive` (opened, or its path). One that is missing, broken or of another version is made
        anew, empty: `catch_up` fills it. With `create` false a missing one is an ArchiveError.
        """
        owns = isinstance(archive, Path)
        opened = Archive.open(archive) if isinstance(archive, Path) else archive
        folder = opened.path / "index"
        if not create and not (folder / "engine").exists():
            raise ArchiveError("This archive has no search index yet.", remedy="Run `unsealed index rebuild`.")
        engine, reason = open_engine(folder, last_row=opened.max_row())
        return cls(opened, engine, owns=owns, notice=f"{reason}; it is built again." if reason else "")

    @property
    def behind(self) -> int:
        """How many rows of the archive lie above the last one in the index."""
        return max(0, self.archive.max_row() - largest(self._searcher(), "row"))

    # --- writing ----------------------------------------------------------------------------------------

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> CaughtUp:
        """Add every reading that the index does not have yet. May be killed anywhere and run again.

        `progress` is called with the row reached and the last row. Raises ArchiveError where another process is
        writing this index.
        """
        last = self.archive.max_row()
        if largest(self._searcher(), "row") >= last:
            return CaughtUp(0, 0)
        self._begin()
        done = CaughtUp(0, 0)
        for stored in self.archive.readings(after=self._row, until=last):
            added = self.add((stored,))
            done = CaughtUp(done.added + added.added, done.cut + added.cut)
            if progress is not None:
                progress(stored.row, last)
        self.finish()
        _LOG.info("caught up: %d readings, %d cut", done.added, done.cut)
        return done

    def add(self, stored_readings: Iterable[StoredReading]) -> CaughtUp:
        """Add readings in row order; those that the index has are passed over. Commits by itself from time to time
        (`search.commit_seconds`); call `finish` at the end. Raises ArchiveError where another process is writing.
        """
        return self._add(entry_of(stored) for stored in stored_readings)

    def add_entries(self, entries: Iterable[Entry]) -> CaughtUp:
        """As `add`, of entries that were made while their readings were at hand (`draft_of`). The readings must be
        durable by now: an index that knows a row which the archive does not hold is made anew. Entries behind a row
        that is missing are left to `catch_up`, since the largest row says how far the index has come.
        """
        return self._add(self._without_gap(entries))

    def _without_gap(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            if entry.row > self._row + 1:
                return
            yield entry

    def _add(self, entries: Iterable[Entry]) -> CaughtUp:
        writer = self._begin()
        added = cut = 0
        for row, item, document, is_cut in entries:
            if row <= self._row:
                continue
            if item <= self._item:
                # Not delete_documents_by_term: for an unsigned field it deletes nothing and says nothing (0060).
                writer.delete_documents_by_query(tantivy.Query.term_query(self._engine.schema, "item", item))
            try:
                writer.add_document(document)
            except ValueError as error:
                raise _not_written() from error
            self._row, self._item = row, max(self._item, item)
            added += 1
            cut += is_cut
        if time.monotonic() - self._committed > self.archive.settings.search.commit_seconds:
            self.commit()
        return CaughtUp(added, cut)

    def commit(self) -> None:
        """Make what was added durable and visible. The commit point is the engine's rename of its list of segments:
        before it a kill leaves the index as of the last commit, after it as of this one.
        """
        if self._writer is None:
            return
        crash_point("index-commit")
        try:
            self._writer.commit()
        except ValueError as error:
            raise _not_written() from error
        self._reload()
        self._committed = time.monotonic()

    def finish(self) -> None:
        """Commit, wait until the engine has merged its segments, and give the writer's lock back."""
        if self._writer is None:
            return
        self.commit()
        writer, self._writer = self._writer, None
        writer.wait_merging_threads()
        self._stack.close()
        self._reload()

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> CaughtUp:
        """Throw the index away and build it again from the readings."""
        self._writer = None
        self._stack.close()
        with Lock(self._lock_path()):
            self._engine = make_engine(self.archive.path / "index")
            self._reload()
        return self.catch_up(progress)

    def _begin(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._stack.enter_context(Lock(self._lock_path()))
            self._reload()
            settings = self.archive.settings.search
            memory = max(settings.writer_memory, _THREAD_BYTES * settings.writer_threads)
            self._writer = self._engine.writer(memory, settings.writer_threads)
            searcher = self._engine.searcher()
            self._row, self._item = largest(searcher, "row"), largest(searcher, "item")
            self._committed = time.monotonic()
        return self._writer

    def _lock_path(self) -> Path:
        return self.archive.path / "index" / ".lock"

    # --- searching --------------------------------------------------------------------------------------

    def search(
        self,
        query: str | Node,
        *,
        limit: int = 20,
        offset: int = 0,
        sort: Sort = "relevance",
        facets: bool = True,
        snippets: bool = True,
    ) -> Results:
        """Hits `offset` to `offset + limit` of `query`, with the exact total. Raises QueryError, nothing is cut off
        at any depth, and the same index contents give the same answer.
        """
        tree = parse(query) if isinstance(query, str) else query
        with _engine_errors():
            searcher = self._searcher()
            compiled = compile_query(tree, self._engine.schema, self._spoken)
            total, counted = count(searcher, compiled, facets=facets)
            ranked = _rank(searcher, compiled, max(0, min(limit, total - offset)), offset, sort, scored=ranks(tree))
        hits = self._hits(ranked, Highlighter(tree) if snippets else None)
        return Results(show(tree), total, sort, offset, tuple(hits), counted)

    def stream(self, query: str | Node, *, snippets: bool = False) -> Iterator[Hit]:
        """Every hit without limit, in row order; memory does not grow with their number. Raises QueryError."""
        tree = parse(query) if isinstance(query, str) else query
        searcher = self._searcher()
        compiled = compile_query(tree, self._engine.schema, self._spoken)
        highlighter = Highlighter(tree) if snippets else None
        after = 0
        while True:
            with _engine_errors():
                rows = next_rows(searcher, compiled, self._engine.schema, after)
            if not rows:
                return
            yield from self._hits([(0.0, row) for row in rows], highlighter)
            after = rows[-1]

    def _hits(self, ranked: Ranked, highlighter: Highlighter | None) -> Iterator[Hit]:
        readings = {stored.row: stored for stored in self.archive.readings(rows=[row for _, row in ranked])}
        for score, row in ranked:
            stored = readings[row]
            runs = snippet(Page(stored.reading), highlighter) if highlighter is not None else ()
            yield _hit(stored, score, runs)

    def _spoken(self, code: str) -> list[int]:
        return items_in(self.archive.path, code)

    def _searcher(self) -> tantivy.Searcher:
        # Another process may have committed; the engine replaces one small file then.
        if self._meta() != self._stamp:
            self._reload()
        return self._engine.searcher()

    def _reload(self) -> None:
        self._stamp = self._meta()
        self._engine.reload()

    def _meta(self) -> tuple[int, int]:
        try:
            status = (self.archive.path / "index" / "engine" / "meta.json").stat()
        except FileNotFoundError:
            return 0, 0
        return status.st_mtime_ns, status.st_ino

    def close(self) -> None:
        """Let go of the index (and of the archive if `open` opened it). What was not committed is read again later."""
        self._writer = None
        self._stack.close()
        if self._owns:
            self.archive.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _rank(
    searcher: tantivy.Searcher, query: tantivy.Query, limit: int, offset: int, sort: Sort, *, scored: bool
) -> Ranked:
    if not limit:
        return []
    if sort == "relevance" and scored:
        return by_relevance(searcher, query, limit, offset)
    return by_number(searcher, query, limit, offset, sort)


@contextlib.contextmanager
def _engine_errors() -> Iterator[None]:
    """What the engine cannot do with a compiled query, it cannot do because its files are damaged."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise ArchiveError(
            f"The search index is damaged ({type(error).__name__}).", remedy="Run `unsealed index rebuild`."
        ) from error


def _not_written() -> ArchiveError:
    """What the engine cannot write it cannot write because of the disk; the documents are in the archive already."""
    return ArchiveError(
        "The search index could not be written; nothing is lost, the index is behind.",
        remedy="Free space on its disk and run the same again; if it stays so: unsealed index rebuild",
    )


def _hit(stored: StoredReading, score: float, runs: tuple[Run, ...]) -> Hit:
    reading = stored.reading
    return Hit(
        stored.row,
        stored.item.id,
        stored.item.name,
        reading.type,
        title(stored),
        reading.first("date"),
        reading.first("origin"),
        reading.first("class"),
        score,
        runs,
    )
