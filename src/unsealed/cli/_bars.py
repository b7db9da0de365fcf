"""The progress bars of `unsealed ingest`, on standard error. Loaded where somebody looks at them (`_watched`)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bar

from unsealed.ingest.journal import Report
from unsealed.ingest.ocr.progress import Progress


@contextlib.contextmanager
def reading() -> Iterator[Callable[[Report], None] | None]:
    """Bytes that were read, and containers that were taken apart; None where nobody looks at it."""
    with _bar(DownloadColumn(), TransferSpeedColumn()) as bar:
        yield _Reading(bar).show if bar is not None else None


@contextlib.contextmanager
def pages() -> Iterator[Callable[[Progress], None] | None]:
    """Pages that got OCR; None where nobody looks at it."""
    with _bar(MofNCompleteColumn()) as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("OCR", total=None)

        def show(done: Progress) -> None:
            rate = f", {done.rate:,.1f}/s" if done.rate else ""
            words = f"OCR, pages{rate} (document {done.items:,} of {done.items_total:,})"
            bar.update(task, completed=done.pages, total=done.pages_total or None, description=words)

        yield show


@contextlib.contextmanager
def _bar(*columns: ProgressColumn) -> Iterator[Bar | None]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    everything = (TextColumn("{task.description}"), BarColumn(), *columns, TimeRemainingColumn())
    with Bar(*everything, console=console, transient=True) as bar:
        yield bar


class _Reading:
    def __init__(self, bar: Bar) -> None:
        self._bar = bar
        self._task = bar.add_task("reading", total=None)
        self._unpacking: list[TaskID] = []

    def show(self, report: Report) -> None:
        """Bring the bar up to a report."""
        bar, task, unpacking = self._bar, self._task, self._unpacking
        speed = bar.tasks[0].finished_speed or 0
        elapsed = bar.tasks[0].elapsed or speed or 1
        words = f"{report.documents:,} documents, {report.documents / elapsed:,.0f}/s"
        if not report.waiting:
            bar.update(task, completed=report.bytes, total=report.bytes_total, description=words)
            return
        if not unpacking:
            unpacking.append(bar.add_task("taking apart"))
        words = f"{report.members:,} members of {report.waiting:,} containers, {words}"
        bar.update(task, visible=False)
        bar.update(unpacking[0], completed=report.unpacked_bytes, total=report.waiting_bytes or 1, description=words)
