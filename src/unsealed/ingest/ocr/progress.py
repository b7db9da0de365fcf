"""How far a pass of OCR is: kept in the catalogue while it runs, so that `unsealed status` can say it from outside."""

from __future__ import annotations

import time

import msgspec

from unsealed.archive import Archive
from unsealed.errors import ArchiveError

META = "ingest.ocr"
EVERY = 5.0  # seconds between two notes in the catalogue


class Progress(msgspec.Struct):
    """What a pass did so far. `pages_total`: pages that it knows it has to look at, of the `begun` documents.

    `seconds`: on the clock. `done`: it came to its end.
    """

    items: int = 0
    items_total: int = 0
    pages: int = 0
    pages_total: int = 0
    cached: int = 0
    failed: int = 0
    words: int = 0
    begun: int = 0
    seconds: float = 0.0
    done: bool = False

    @property
    def rate(self) -> float:
        """Pages a second, those of the cache left out; 0 where nothing was read yet."""
        read = self.pages - self.cached
        return read / self.seconds if read > 0 and self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """What the rest will take at this rate, documents that were not begun counted as those that were; or None."""
        if self.done or not self.begun or not self.rate:
            return None
        unseen = (self.items_total - self.begun) * self.pages_total / self.begun
        return max(0.0, self.pages_total - self.pages + unseen) / self.rate


class Clock:
    """Counts the seconds of a pass and notes its progress in the catalogue now and then."""

    def __init__(self, archive: Archive, progress: Progress) -> None:
        self._archive = archive
        self._progress = progress
        self._start = self._noted = time.monotonic()

    def tick(self, *, done: bool = False) -> None:
        """To be called often; `done`: once, at the end."""
        now = time.monotonic()
        self._progress.seconds, self._progress.done = now - self._start, done
        if done or now - self._noted >= EVERY:
            self._noted = now
            self._archive.put_meta(META, msgspec.json.encode(self._progress).decode())


def latest(archive: Archive) -> Progress | None:
    """The last pass, running or ended; None before the first. Raises ArchiveError where its note is damaged."""
    text = archive.get_meta(META)
    if not text:
        return None
    try:
        return msgspec.json.decode(text, type=Progress)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveError(
            "The note about the last pass of OCR is damaged.", remedy="`unsealed ingest --ocr auto` writes it anew."
        ) from error


def sentence(progress: Progress) -> str:
    """Pages, rate and time left in words, without a stop."""
    said = f"{progress.pages:,} pages of {progress.items:,} documents in {progress.seconds:,.1f} s"
    if progress.rate:
        said += f" ({progress.rate:,.2f} pages/s)"
    left = progress.seconds_left
    if left is not None:
        said += f"; {progress.items_total - progress.items:,} documents to go, about {_clock(left)}"
    elif not progress.done:
        said += f"; {progress.items_total - progress.items:,} documents to go"
    return said


def _clock(seconds: float) -> str:
    minutes = round(seconds / 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min"
        if minutes
        else "less than a minute"
    )
