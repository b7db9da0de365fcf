"""The OCR stage of `unsealed ingest`: after reading, with its own progress in pages and its own lines at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from unsealed.archive import Archive
from unsealed.cli._terminal import counted
from unsealed.ingest.ocr import run as ocr
from unsealed.ingest.ocr.plan import Mode
from unsealed.ingest.ocr.progress import Progress


def ocr_stage(archive: Archive, mode: Mode, *, workers: int, unsafe: bool = False) -> list[str]:
    """Read what waits for OCR; gives the lines to say about it. Without the engine nothing is read, and it is said."""
    lines: list[str] = []
    waiting = len(archive.items_because(ocr.WAITING))
    lacking = ocr.missing(archive.settings.ingest)
    if mode == "off" or lacking:
        if waiting:
            why = f"OCR is off: {lacking}. {ocr.REMEDY}" if lacking else "OCR is off (`unsealed ingest --ocr auto`)."
            have = "has" if waiting == 1 else "have"
            lines.append(f"{counted(waiting, 'document')} {have} pages that wait for OCR. {why}")
        return lines
    with _showing() as progress:
        done = ocr.run(archive, mode, workers=workers, progress=progress, make=ocr.unsafe if unsafe else ocr.sandboxed)
    if done.items:
        failed = f", {done.failed:,} could not be read" if done.failed else ""
        cached = f", {done.cached:,} of them known from before" if done.cached else ""
        lines.append(f"OCR: {counted(done.pages, 'page')} of {counted(done.items, 'document')}{cached}{failed}.")
    return lines


@contextlib.contextmanager
def _showing() -> Iterator[Callable[[Progress], None] | None]:
    """A progress bar on standard error, only where a person looks at it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("OCR", total=None)

        def show(done: Progress) -> None:
            rate = f", {done.rate:,.1f}/s" if done.rate else ""
            words = f"OCR, pages{rate} (document {done.items:,} of {done.items_total:,})"
            bar.update(task, completed=done.pages, total=done.pages_total or None, description=words)

        yield show


def chosen(archive: Archive, option: Mode | None) -> Mode:
    """The mode that was asked for, else that of the settings."""
    return option or archive.settings.ingest.ocr


def is_unfinished(archive: Archive) -> bool:
    """Whether a run of ingest was killed and waits to be finished."""
    job = archive.latest_job()
    return job is not None and job.state == "open"


__all__ = ["Mode", "chosen", "is_unfinished", "ocr_stage"]
