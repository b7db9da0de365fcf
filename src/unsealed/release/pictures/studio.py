"""Draw pages of originals and read finished pictures, each in a sandbox. The only file of this folder with processes.

The worker that draws has the document; those that read words have pixels alone. What was read before is taken from
the cache of OCR, by the hash of the pixels.
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from unsealed.archive import Archive
from unsealed.config import IngestSettings
from unsealed.errors import HumanNeeded, SetupError
from unsealed.ingest.ocr.cache import Cache
from unsealed.ingest.ocr.languages import data_folder
from unsealed.ingest.ocr.run import REMEDY, Make, Process, missing, sandboxed
from unsealed.ingest.ocr.wire import Draw, Drawn, Open, Opened, Page, Recognise, Request, check_drawn, check_page
from unsealed.model import MALFORMED
from unsealed.release.pictures.image import Canvas
from unsealed.sandbox import Limits, SandboxError

T = TypeVar("T")
DPI = 150  # that OCR is told of finished pictures: their files do not say, and the cache must find them again

_encoder = msgspec.msgpack.Encoder()
_opened = msgspec.msgpack.Decoder(Opened)
_drawn = msgspec.msgpack.Decoder(Drawn)
_page = msgspec.msgpack.Decoder(Page)


class Studio:
    """One worker that draws, several that read. Started at the first use; a context manager, for one thread.

    Raises SetupError where there is no sandbox, or no OCR: a picture whose words nobody could read is not released.
    """

    def __init__(self, archive: Archive, *, make: Make = sandboxed) -> None:
        self._archive = archive
        self._settings: IngestSettings = archive.settings.ingest
        self._make = make
        self._folder = data_folder(self._settings.ocr_data)
        self._drawer: Process | None = None
        self._readers: list[Process] = []
        self._free: queue.SimpleQueue[Process] = queue.SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None
        self._cache: Cache | None = None
        self._open = 0
        self.read_now = 0  # pictures that OCR read in this run, not from the cache

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in (*self._readers, *([self._drawer] if self._drawer else [])):
            worker.kill()
        self._drawer, self._threads, self._readers = None, None, []

    def draw(self, item: int, number: int, dpi: int) -> Canvas:
        """Page `number` of an item in grey. Raises HumanNeeded where it cannot be drawn."""
        if self._drawer is None:
            self._drawer = self._start()
        try:
            if self._open != item:
                self._open = 0
                form = self._archive.item(item).form
                opened = _ask(self._drawer, Open(form, self._archive.original(item)), _opened, keep=True)
                self._open = item if opened.pages else 0
            drawn = _ask(self._drawer, Draw(number, dpi), _drawn, more=True) if self._open else Drawn()
            check_drawn(drawn)
        except (SandboxError, msgspec.ValidationError) as error:
            self._drawer.kill()
            self._open = 0
            raise _undrawn(item, number) from error
        if not drawn.pixels:
            raise _undrawn(item, number)
        return Canvas(drawn.width, drawn.height, drawn.pixels)

    def words(self, pictures: Sequence[Canvas]) -> list[str]:
        """What OCR reads in finished pictures, words with spaces between, in order.

        Raises HumanNeeded for one that OCR fails on.
        """
        waiting = [self._words(Drawn(one.width, one.height, DPI, one.pixels)) for one in pictures]
        return [future.result() for future in waiting]

    def _words(self, drawn: Drawn) -> Future[str]:
        done: Future[str] = Future()
        if drawn.pixels.count(drawn.pixels[0]) == len(drawn.pixels):  # of one colour
            done.set_result("")
            return done
        cache = self._opened_cache()
        key = cache.key(drawn)
        known = cache.get(key, drawn)
        if known is not None:
            done.set_result(_text(known))
            return done
        if self._threads is None:
            count = max(self._settings.workers, 1)
            self._readers = [self._start() for _ in range(count)]
            for worker in self._readers:
                self._free.put(worker)
            self._threads = ThreadPoolExecutor(count, thread_name_prefix="ocr")
        self.read_now += 1
        return self._threads.submit(self._recognise, drawn, key, cache)

    def _recognise(self, drawn: Drawn, key: str, cache: Cache) -> str:
        worker = self._free.get()
        asked = Recognise(
            drawn.width, drawn.height, drawn.dpi, drawn.pixels, self._settings.ocr_languages, self._folder
        )
        try:
            page = _ask(worker, asked, _page)
            check_page(page, drawn.width, drawn.height)
        except (SandboxError, msgspec.ValidationError) as error:
            worker.kill()
            raise HumanNeeded(
                "OCR failed on the finished picture of a page, so nobody can say which words it shows.",
                remedy="Try again, or take its pages back: unsealed review pages DOCUMENT --hide all --as EDITOR",
            ) from error
        finally:
            self._free.put(worker)
        cache.put(key, page)
        return _text(page)

    def _opened_cache(self) -> Cache:
        if self._cache is None:
            lacking = missing(self._settings)
            if lacking:
                raise SetupError(f"Pictures of pages cannot be checked: {lacking}.", remedy=REMEDY)
            folder = self._archive.path / "cache" / "ocr"
            self._cache = Cache(folder, _engine(self._folder), self._settings.ocr_languages)
        return self._cache

    def _start(self) -> Process:
        settings = self._settings
        limits = Limits(
            request=2 * settings.item_bytes, answer=settings.answer_bytes, memory=settings.worker_memory,
            seconds=settings.ocr_seconds,
        )  # fmt: skip
        worker = self._make(limits, self._folder)
        worker.start()
        return worker


def _undrawn(item: int, number: int) -> HumanNeeded:
    return HumanNeeded(
        f"Page {number} of document {item} cannot be drawn.",
        remedy=f"Take its picture back: unsealed review pages {item} --hide {number} --as EDITOR",
    )


def _text(page: Page) -> str:
    return " ".join([word.text for word in page.words])


def _engine(folder: str) -> str:
    """What the cache calls the engine: as the OCR pass does, so that both share it."""
    try:
        found = version("tesserocr")
    except PackageNotFoundError:
        found = ""
    data = sorted(Path(folder).glob("*.traineddata")) if folder else []
    return "|".join([found, *[f"{path.name}:{path.stat().st_size}" for path in data]])


def _ask(
    worker: Process, request: Request, decoder: msgspec.msgpack.Decoder[T], *, keep: bool = False, more: bool = False
) -> T:
    """One answer. Raises SandboxError."""
    worker.send(_encoder.encode(request), keep=keep, more=more)
    untrusted_answer = worker.receive()
    worker.finish()
    try:
        return decoder.decode(untrusted_answer)
    except MALFORMED as error:
        raise worker.reject() from error
