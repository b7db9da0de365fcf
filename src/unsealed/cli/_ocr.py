"""The OCR stage of `unsealed ingest`: after reading, with its own progress in pages and its own lines at the end."""

from __future__ import annotations

from unsealed.archive import Archive
from unsealed.cli import _watched
from unsealed.cli._terminal import counted
from unsealed.ingest.ocr import run as ocr
from unsealed.ingest.ocr.plan import Mode


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
    with _watched.pages() as progress:
        done = ocr.run(archive, mode, workers=workers, progress=progress, make=ocr.unsafe if unsafe else ocr.sandboxed)
    if done.items:
        failed = f", {done.failed:,} could not be read" if done.failed else ""
        cached = f", {done.cached:,} of them known from before" if done.cached else ""
        lines.append(f"OCR: {counted(done.pages, 'page')} of {counted(done.items, 'document')}{cached}{failed}.")
    return lines


def chosen(archive: Archive, option: Mode | None) -> Mode:
    """The mode that was asked for, else that of the settings."""
    return option or archive.settings.ingest.ocr


def is_unfinished(archive: Archive) -> bool:
    """Whether a run of ingest was killed and waits to be finished."""
    job = archive.latest_job()
    return job is not None and job.state == "open"


__all__ = ["Mode", "chosen", "is_unfinished", "ocr_stage"]
