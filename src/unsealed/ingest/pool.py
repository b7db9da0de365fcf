"""Workers side by side, answers in the order of the questions.

Takes batches of tasks, gives for each task an answer (nodes, parents first). What is said to one worker, and what is
believed of it, stands in `dialogue`. Nothing here raises for bad input; SetupError where this machine has no sandbox.
"""

from __future__ import annotations

import os
import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Self, TypeVar

import msgspec

from unsealed.config import IngestSettings
from unsealed.ingest import tools
from unsealed.ingest.dialogue import Dialogue, Kept, Prepare, Process
from unsealed.ingest.readers.outcome import Ask, ToolAnswer
from unsealed.ingest.wire import Answer, Cut, Feed, Found, Request, Sniff, Split, Task
from unsealed.model import MALFORMED
from unsealed.sandbox import Limits, SandboxError, Worker, establish, jailed_module, python_jail, python_module

T = TypeVar("T")
B = TypeVar("B")
AHEAD = 2  # batches that wait for each worker: enough that none idles, few enough that memory stays small
HELD_BYTES = 64 << 20  # bytes of batches handed out ahead: one large item at a time

_encoder = msgspec.msgpack.Encoder()
_found = msgspec.msgpack.Decoder(Found)
_cut = msgspec.msgpack.Decoder(Cut)

Make = Callable[[Limits], Process]
# Where a thief would look in a home; only names, nothing is opened on this side.
_PRIVATE = tuple(os.path.expanduser(f"~/{name}") for name in (".ssh", ".gnupg", ".config", ".bash_history"))  # noqa: PTH111


def reading_worker(limits: Limits, hidden: Sequence[str] = ()) -> Process:
    """A worker process that reads, in its sandbox. Raises SetupError where this machine has none.

    `hidden`: paths that its self-test must not find.
    """
    tier = establish()
    module = jailed_module("unsealed.ingest.worker")
    return Worker(module, limits, jail=python_jail(), drop=tier.drop, hidden=[*hidden, *_PRIVATE])


def unsafe_worker(limits: Limits) -> Process:
    """A worker process that reads without a sandbox (`--unsafe-no-sandbox`)."""
    return Worker(python_module("unsealed.ingest.worker"), limits)


class Pool:
    """`count` reading workers and one that looks and cuts. A context manager; closing it ends every process.

    `make`: tests bring their own workers. `unsafe`: without a sandbox, and then without native tools. `hidden`: paths
    (the archive's) that no worker may find. `preparing`: gives each worker's thread what prepares its readings.
    """

    def __init__(
        self, settings: IngestSettings, count: int, make: Make | None = None, *, unsafe: bool = False,
        hidden: Sequence[str] = (), preparing: Callable[[], Prepare],
    ) -> None:  # fmt: skip
        self._unsafe = unsafe
        self._tables = msgspec.msgpack.encode(settings.tables) if settings.tables else b""
        make = make or (unsafe_worker if unsafe else partial(reading_worker, hidden=hidden))
        limits = Limits(
            request=2 * settings.batch_bytes + settings.item_bytes, answer=settings.answer_bytes,
            memory=settings.worker_memory, seconds=settings.item_seconds,
        )  # fmt: skip
        self._workers = [make(limits) for _ in range(count)]
        self._cutter = make(limits)
        self._free: queue.SimpleQueue[Dialogue] = queue.SimpleQueue()
        for worker in self._workers:
            worker.start()
            self._free.put(Dialogue(worker, self._run_tool, self._tables, Kept(), settings.batch_seconds, preparing()))
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="worker")
        self._count = count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # After an interrupt, threads may wait for answers: ending the processes wakes them, and no new one starts.
        everyone = [*self._workers, self._cutter]
        for worker in everyone:
            worker.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in everyone:
            worker.kill()

    def in_order(self, batches: Iterable[tuple[B, list[Task]]]) -> Iterator[tuple[B, list[Answer]]]:
        """Hand out batches ahead, give their answers back in the order of the batches, whoever answered first."""
        waiting: deque[tuple[B, Future[list[Answer]], int]] = deque()
        held = 0  # bytes of the batches that wait
        for batch, tasks in batches:
            size = sum(len(task.data) for task in tasks)
            held += size
            waiting.append((batch, self._threads.submit(self._read_batch, tasks), size))
            del batch, tasks
            while waiting and (
                held > HELD_BYTES or len(waiting) > self._count * (AHEAD + 1) or waiting[0][1].done()
            ):  # fmt: skip
                first, future, size = waiting.popleft()
                held -= size
                yield first, future.result()
        while waiting:
            first, future, _ = waiting.popleft()
            yield first, future.result()

    def _read_batch(self, tasks: list[Task]) -> list[Answer]:
        dialogue = self._free.get()
        try:
            return list(dialogue.read_all(tasks))
        finally:
            self._free.put(dialogue)

    def _run_tool(self, ask: Ask) -> ToolAnswer:
        return tools.answer(ask, unsafe=self._unsafe)

    def sniff(self, head: bytes, size: int) -> Found:
        """The form of a file. Raises SandboxError where the worker failed."""
        return _decoded(self._cutter, Sniff(head, size), _found)

    def reject_cutter(self) -> SandboxError:
        """The pieces make no sense: end the cutter; gives the error to raise."""
        return self._cutter.reject()

    def split(self, form: str, offset: int, context: bytes) -> Cut:
        """Begin to cut a container. Raises SandboxError where the worker failed."""
        return _decoded(self._cutter, Split(form, offset, context), _cut)

    def feed(self, chunk: bytes, final: bool) -> Cut:
        """The pieces that end in the next bytes of the container. Raises SandboxError where the worker failed."""
        return _decoded(self._cutter, Feed(chunk, final), _cut)


def _decoded(worker: Process, request: Request, decoder: msgspec.msgpack.Decoder[T]) -> T:
    worker.send(_encoder.encode(request), keep=isinstance(request, Split), more=isinstance(request, Feed))
    untrusted_answer = worker.receive()
    worker.finish()
    try:
        return decoder.decode(untrusted_answer)
    except MALFORMED as error:
        raise worker.reject() from error
