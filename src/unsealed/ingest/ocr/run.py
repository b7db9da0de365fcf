"""The OCR pass: every item that waits, page by page, resumable at any item, its pages kept in a cache.

One thread draws pages and writes to the archive; as many workers as the settings say read words. Killed, the next
pass goes on with the items that still wait; their pages that were read are in the cache.
"""

from __future__ import annotations

import contextlib
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, Protocol, Self, TypeVar

import msgspec

from unsealed.archive import Archive, State, encode_reading
from unsealed.config import IngestSettings
from unsealed.ingest.ocr.cache import Cache
from unsealed.ingest.ocr.languages import data_folder
from unsealed.ingest.ocr.merge import Result, layout_of, merged
from unsealed.ingest.ocr.plan import AGREE, Mode, Plan, agreement, plan
from unsealed.ingest.ocr.progress import Clock, Progress
from unsealed.ingest.ocr.wire import (
    Draw,
    Drawn,
    Open,
    Opened,
    Page,
    Recognise,
    Request,
    check_drawn,
    check_page,
)
from unsealed.ingest.tree import check_reading
from unsealed.model import MALFORMED, Reading
from unsealed.sandbox import Limits, SandboxError, Worker, establish, jailed_module, python_jail, python_module

FORMS = ("pdf", "image")
WAITING = "O-WAITING"  # the reason that stands beside an item that waits
MODULE = "unsealed.ingest.ocr.worker"
REMEDY = (
    "Install the extra `ingest` and language data (Debian: tesseract-ocr-eng), then run `unsealed ingest --ocr auto`."
)
AHEAD = 3  # drawn pages that wait for each worker

T = TypeVar("T")


class Process(Protocol):
    """What the pass needs of a worker: `sandbox.Worker`, or one without a process in tests."""

    def start(self) -> None: ...
    def send(self, payload: bytes, *, keep: bool = False, more: bool = False) -> None: ...
    def receive(self) -> bytearray: ...
    def finish(self) -> None: ...
    def reject(self) -> SandboxError: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


Make = Callable[[Limits, str], Process]

_encoder = msgspec.msgpack.Encoder()
_opened = msgspec.msgpack.Decoder(Opened)
_drawn = msgspec.msgpack.Decoder(Drawn)
_page = msgspec.msgpack.Decoder(Page)


def missing(settings: IngestSettings) -> str:
    """What OCR lacks on this machine, in words; empty where it can run."""
    if find_spec("tesserocr") is None:
        return "tesserocr is not installed"
    folder = data_folder(settings.ocr_data)
    if not folder:
        return "no language data of Tesseract were found"
    lacking = [name for name in settings.ocr_languages if not (Path(folder) / f"{name}.traineddata").is_file()]
    return f"no language data for {', '.join(lacking)}" if lacking else ""


def sandboxed(limits: Limits, folder: str) -> Process:
    """A worker of OCR in its sandbox, which sees the language data. Raises SetupError where there is no sandbox."""
    tier = establish()
    jail = python_jail()
    jail = msgspec.structs.replace(jail, readable=(*jail.readable, folder))
    return Worker(jailed_module(MODULE), limits, jail=jail, drop=tier.drop)


def unsafe(limits: Limits, folder: str) -> Process:
    """A worker of OCR without a sandbox (`--unsafe-no-sandbox`)."""
    return Worker(python_module(MODULE), limits)


def run(
    archive: Archive, mode: Mode, *, workers: int = 0, progress: Callable[[Progress], None] | None = None,
    make: Make = sandboxed,
) -> Progress:  # fmt: skip
    """Read what waits for OCR in an archive that is open for writing; gives what was done.

    `mode`: `auto` reads the pages whose kind asks for it, `force` every page that OCR has not read yet. Raises
    SetupError where there is no sandbox. Where the engine or its data are missing, call `missing` first: this raises
    whatever the worker makes of it, page by page.
    """
    report = Progress()
    if mode == "off":
        return report
    waiting = archive.items_because(WAITING) if mode == "auto" else archive.items_of_forms(FORMS)
    report.items_total = len(waiting)
    if not waiting:
        return report
    settings = archive.settings.ingest
    with _Machine(settings, workers or settings.workers, make, archive.path / "cache" / "ocr", report) as machine:
        _Pass(archive, machine, mode, report, progress).all(waiting)
    return report


class _Machine:
    """One worker that draws, several that read, and the cache between them."""

    def __init__(self, settings: IngestSettings, count: int, make: Make, cache: Path, report: Progress) -> None:
        self._settings = settings
        self._folder = data_folder(settings.ocr_data)
        limits = Limits(
            request=2 * settings.item_bytes, answer=settings.answer_bytes, memory=settings.worker_memory,
            seconds=settings.ocr_seconds,
        )  # fmt: skip
        self._drawer = make(limits, self._folder)
        self._readers = [make(limits, self._folder) for _ in range(count)]
        self._free: queue.SimpleQueue[Process] = queue.SimpleQueue()
        for worker in (self._drawer, *self._readers):
            worker.start()
        for worker in self._readers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="ocr")
        self._cache = Cache(cache, _engine(self._folder), settings.ocr_languages)
        self._running: set[Future[Result]] = set()
        self._asked: dict[str, Future[Result]] = {}  # pages that are being read, by their hash
        self._most = AHEAD * count
        self._report = report
        self._open = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in (self._drawer, *self._readers):
            worker.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in (self._drawer, *self._readers):
            worker.kill()

    def draw(self, item: int, form: str, data: Callable[[], bytes], number: int) -> Drawn | None:
        """One page as pixels; None where it cannot be drawn. The document stays open until another one comes."""
        try:
            if self._open != item:
                self._open = 0
                opened = _ask(self._drawer, Open(form, data()), _opened, keep=True)
                self._open = item if opened.pages else 0
            if not self._open:
                return None
            drawn = _ask(self._drawer, Draw(number, self._settings.ocr_dpi), _drawn, more=True)
            check_drawn(drawn)
        except SandboxError:
            self._open = 0
            return None
        except msgspec.ValidationError:
            self._drawer.reject()
            self._open = 0
            return None
        return drawn if drawn.pixels else None

    def read(self, drawn: Drawn | None) -> Future[Result]:
        """The words of a page, from the cache or soon. Waits where too many pages wait already."""
        done: Future[Result] = Future()
        if drawn is None:
            done.set_result(Result(None))
            return done
        if drawn.pixels.count(drawn.pixels[0]) == len(drawn.pixels):  # one colour: nothing to read
            done.set_result(Result(Page("", ""), drawn.width, drawn.height))
            return done
        key = self._cache.key(drawn)
        known = self._cache.get(key, drawn)
        if known is not None:
            self._report.cached += 1
            done.set_result(Result(known, drawn.width, drawn.height))
            return done
        if key in self._asked and not self._asked[key].done():
            self._report.cached += 1
            return self._asked[key]
        while len(self._running) >= self._most:
            _, self._running = wait(self._running, return_when=FIRST_COMPLETED)
        future = self._threads.submit(self._recognise, drawn, key)
        self._running.add(future)
        self._asked = {one: waiting for one, waiting in self._asked.items() if not waiting.done()} | {key: future}
        return future

    def _recognise(self, drawn: Drawn, key: str) -> Result:
        worker = self._free.get()
        request = Recognise(
            drawn.width, drawn.height, drawn.dpi, drawn.pixels, self._settings.ocr_languages, self._folder
        )
        try:
            page = _ask(worker, request, _page)
            check_page(page, drawn.width, drawn.height)
        except SandboxError:
            return Result(None)
        except msgspec.ValidationError:
            worker.reject()
            return Result(None)
        finally:
            self._free.put(worker)
        self._cache.put(key, page)
        return Result(page, drawn.width, drawn.height)


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


def _engine(folder: str) -> str:
    """What the cache calls the engine: its version, and the size of each language's data."""
    try:
        found = version("tesserocr")
    except PackageNotFoundError:
        found = ""
    sizes = (
        [f"{path.name}:{path.stat().st_size}" for path in sorted(Path(folder).glob("*.traineddata"))] if folder else []
    )
    return "|".join([found, *sizes])


class _Job(NamedTuple):
    """One item whose pages are being read."""

    item: int
    form: str
    reading: Reading
    plan: Plan
    futures: dict[int, Future[Result]]


class _Pass:
    def __init__(
        self, archive: Archive, machine: _Machine, mode: Mode, report: Progress,
        progress: Callable[[Progress], None] | None,
    ) -> None:  # fmt: skip
        self._archive = archive
        self._machine = machine
        self._mode: Mode = mode
        self._report = report
        self._progress = progress
        self._clock = Clock(archive, report)
        self._growth = archive.grow()
        self._since = time.monotonic()

    def all(self, items: Sequence[int]) -> None:
        """Every item in order. Pages of the items behind are read while the first is finished."""
        jobs: deque[_Job] = deque()
        for job in self._begun(items):
            jobs.append(job)
            while jobs and (len(jobs) > self._machine._most or all(f.done() for f in jobs[0].futures.values())):
                self._finish(jobs.popleft())
        while jobs:
            self._finish(jobs.popleft())
        self._commit()
        self._clock.tick(done=True)

    def _begun(self, items: Sequence[int]) -> Iterator[_Job]:
        for number in items:
            self._report.begun += 1
            row = self._archive.current_row(number)
            item = self._archive.item(number)
            if not row or item.form not in FORMS:
                continue
            reading = self._archive.reading(row).reading
            wanted = plan(layout_of(reading).pages, self._mode)
            if not wanted.pages:
                if self._mode == "auto":
                    self._growth.improve(number, item.state)
                continue
            self._report.pages_total += wanted.pages
            yield _Job(number, item.form, reading, wanted, self._read(number, item.form, wanted.sure + wanted.samples))

    def _read(self, item: int, form: str, pages: Sequence[int]) -> dict[int, Future[Result]]:
        futures: dict[int, Future[Result]] = {}
        for page in sorted(pages):
            drawn = self._machine.draw(item, form, lambda: self._archive.original(item), page)
            futures[page] = self._machine.read(drawn)
            self._tell()
        return futures

    def _count(self, page: Page | None) -> None:
        self._report.pages += 1
        self._report.failed += page is None
        self._report.words += len(page.words) if page else 0

    def _tell(self) -> None:
        self._clock.tick()
        if self._progress:
            self._progress(self._report)

    def _finish(self, job: _Job) -> None:
        """Wait for the pages of an item, and give it its new reading."""
        results = self._results(job.futures)
        kept: list[int] = []
        if job.plan.rest:
            if all(_agrees(job.reading, page, results[page]) for page in job.plan.samples):
                kept = job.plan.rest
            else:
                self._report.pages_total += len(job.plan.rest)
                results |= self._results(self._read(job.item, job.form, job.plan.rest))
        reading = merged(job.reading, results, kept)
        check_reading(reading)
        self._enter(job.item, reading, results)
        self._report.items += 1
        if time.monotonic() - self._since > self._archive.settings.ingest.commit_seconds:
            self._commit()
        self._tell()

    def _results(self, futures: dict[int, Future[Result]]) -> dict[int, Result]:
        results: dict[int, Result] = {}
        for page, future in futures.items():
            while not future.done():
                with contextlib.suppress(TimeoutError):
                    future.exception(timeout=0.5)
                self._tell()
            results[page] = future.result()
            self._count(results[page].page)
        return results

    def _enter(self, item: int, reading: Reading, results: dict[int, Result]) -> None:
        state: State = "read" if any(_says(unit.label, unit.text) for unit in reading.units) else "empty"
        self._growth.improve(item, state)
        self._growth.add_reading(item, reading, encode_reading(reading))
        failed = sum(result.page is None for result in results.values())
        if failed:
            message = f"{failed} of {len(results)} pages could not be read by OCR"
            self._growth.add_reason(
                item, "O-FAILED", message, "Look at them; `unsealed ingest --ocr force` tries again."
            )
        elif state == "empty":
            self._growth.add_reason(
                item, "O-NO-TEXT", "OCR found no words", "Look at it; it is sealed with its raw hash."
            )

    def _commit(self) -> None:
        self._growth.commit()
        self._since = time.monotonic()


def _says(label: str, text: str) -> bool:
    return label != "unread" and bool(text.strip())


def _agrees(reading: Reading, number: int, result: Result) -> bool:
    layer = " ".join(
        [unit.text for unit in reading.units if unit.page == number and unit.label in ("paragraph", "text")]
    )
    page = result.page
    return page is not None and agreement(layer, " ".join([word.text for word in page.words])) >= AGREE
