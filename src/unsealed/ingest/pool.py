"""Workers side by side, answers in the order of the questions, and the quarantine loop.

Takes batches of tasks, gives for each task an answer (nodes, parents first). A worker that dies, is too slow, sends
too much or sends nonsense costs the one item that it was at: that item is tried once more alone, then step by step,
and what still fails comes back as a quarantined node. Nothing here raises for bad input.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, Self, TypeVar

import msgspec

from unsealed.config import IngestSettings
from unsealed.ingest.wire import TEXT, Answer, Answers, Cut, Feed, Found, Node, Read, Request, Sniff, Split, Task
from unsealed.log import Code, get_logger
from unsealed.sandbox import (
    Failure,
    Limits,
    SandboxError,
    Worker,
    establish,
    jailed_module,
    python_jail,
    python_module,
)

T = TypeVar("T")
B = TypeVar("B")
AHEAD = 2  # batches that wait for each worker: enough that none idles, few enough that memory stays small
NESTING = 20  # levels of nodes in an answer; a worker stops earlier by itself

_log = get_logger("ingest")
_encoder = msgspec.msgpack.Encoder()
_answers = msgspec.msgpack.Decoder(Answers)
_found = msgspec.msgpack.Decoder(Found)
_cut = msgspec.msgpack.Decoder(Cut)

_WHY: dict[Failure, tuple[str, str, str]] = {
    Failure.DIED: (
        "W-DIED",
        "the reader crashed on it, twice",
        "The file is damaged or hostile. Convert it elsewhere, in a safe place, or accept it unread.",
    ),
    Failure.SLOW: (
        "W-TIME",
        "reading it took longer than the limit",
        "Raise ingest.item_seconds in unsealed.toml and run `unsealed ingest --retry`, or accept it unread.",
    ),
    Failure.LARGE: (
        "W-LARGE",
        "what was read is larger than the limit",
        "Raise ingest.answer_bytes in unsealed.toml and run `unsealed ingest --retry`, or accept it unread.",
    ),
    Failure.WRONG: (
        "W-ANSWER",
        "the reader gave an answer of the wrong form",
        "The file may have broken into the reader. Keep it away from other machines, and report it.",
    ),
}


class Process(Protocol):
    """What the pool needs of a worker: `sandbox.Worker`, or one without a process in tests."""

    def start(self) -> None: ...
    def send(self, payload: bytes, *, keep: bool = False, more: bool = False) -> None: ...
    def receive(self) -> bytearray: ...
    def finish(self) -> None: ...
    def reject(self) -> SandboxError: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


Make = Callable[[Limits], Process]


def reading_worker(limits: Limits) -> Process:
    """A worker process that reads, in its sandbox. Raises SetupError where this machine has none."""
    tier = establish()
    return Worker(jailed_module("unsealed.ingest.worker"), limits, jail=python_jail(), drop=tier.drop)


def unsafe_worker(limits: Limits) -> Process:
    """A worker process that reads without a sandbox (`--unsafe-no-sandbox`)."""
    return Worker(python_module("unsealed.ingest.worker"), limits)


class Pool:
    """`count` reading workers and one that looks and cuts. A context manager; closing it ends every process."""

    def __init__(self, settings: IngestSettings, count: int, make: Make = reading_worker) -> None:
        limits = Limits(
            request=2 * settings.batch_bytes + settings.item_bytes, answer=settings.answer_bytes,
            memory=settings.worker_memory, seconds=settings.item_seconds,
        )  # fmt: skip
        self._workers = [make(limits) for _ in range(count)]
        self._cutter = make(limits)
        self._free: queue.SimpleQueue[Process] = queue.SimpleQueue()
        for worker in self._workers:
            worker.start()
            self._free.put(worker)
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
        waiting: deque[tuple[B, Future[list[Answer]]]] = deque()
        for batch, tasks in batches:
            waiting.append((batch, self._threads.submit(self._read_batch, tasks)))
            while len(waiting) > self._count * (AHEAD + 1) or (waiting and waiting[0][1].done()):
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()

    def _read_batch(self, tasks: list[Task]) -> list[Answer]:
        worker = self._free.get()
        try:
            return list(read_all(worker, tasks))
        finally:
            self._free.put(worker)

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
    except msgspec.MsgspecError as error:
        raise worker.reject() from error


def read_all(worker: Process, tasks: list[Task]) -> Iterator[Answer]:
    """The answers of a worker to tasks, in order; where it fails, the rest is read one by one."""
    done = 0
    try:
        for answer in _ask(worker, tasks):
            done += 1
            yield answer
    except SandboxError as error:
        _log.warning("a worker failed (%s), %s items are read alone", Code(error.failure.value), len(tasks) - done)
    for task in tasks[done:]:
        yield _alone(worker, task)


def _ask(worker: Process, tasks: list[Task]) -> Iterator[Answer]:
    if not tasks:
        return
    worker.send(_encoder.encode(Read(tasks)))
    done = 0
    while done < len(tasks):
        untrusted_message = worker.receive()
        try:
            untrusted_answers = _answers.decode(untrusted_message)
            if not 0 < len(untrusted_answers) <= len(tasks) - done:
                raise msgspec.ValidationError("count")
            for untrusted_answer in untrusted_answers:
                _check(untrusted_answer, len(tasks[done].data))
                yield untrusted_answer
                done += 1
        except msgspec.MsgspecError as error:
            raise worker.reject() from error
    worker.finish()


def _check(untrusted_answer: Answer, length: int) -> None:
    """Parents first, ranges inside the bytes, text short. Raises msgspec.ValidationError.

    Readings are checked where they are decoded, before they are stored.
    """
    if not untrusted_answer or untrusted_answer[0].within != -1:
        raise msgspec.ValidationError("root")
    lengths: list[int] = []
    for index, node in enumerate(untrusted_answer):
        outer = length if not index else lengths[node.within] if 0 <= node.within < index else -1
        own = node.data is not None
        inside = (own and node.start == node.end == -1) or 0 <= node.start <= node.end <= outer or not index
        short = max(len(node.path), len(node.code), len(node.message), len(node.remedy), len(node.form)) <= TEXT
        if outer < 0 or not inside or not short or (node.state in ("read", "empty")) != bool(node.reading):
            raise msgspec.ValidationError("node")
        lengths.append(length if not index else len(node.data) if node.data is not None else node.end - node.start)


def _alone(worker: Process, task: Task) -> Answer:
    """One item by itself; where it fails again, without what lies inside; the inner items then one by one."""
    try:
        return next(iter(_ask(worker, [task])))
    except SandboxError as error:
        failure = error.failure
    if task.descend:
        try:
            return _stepwise(worker, task, next(iter(_ask(worker, [_shallow(task)]))))
        except SandboxError as error:
            failure = error.failure
    code, message, remedy = _WHY[failure]
    return [Node(-1, "quarantined", task.form, context=task.context, code=code, message=message, remedy=remedy)]


def _shallow(task: Task) -> Task:
    return msgspec.structs.replace(task, descend=False)


def _stepwise(worker: Process, task: Task, outer: Answer) -> Answer:
    """Read what a shallow answer left pending, each item alone, and put it where it belongs."""
    nodes: Answer = []
    moved: dict[int, int] = {}
    for index, node in enumerate(outer):
        moved[index] = len(nodes)
        node.within = moved.get(node.within, -1)
        if node.state != "pending":
            nodes.append(node)
            continue
        data = node.data if node.data is not None else task.data[node.start : node.end]
        inner = _alone(worker, Task(data, node.form, node.context, True, task.depth + 1))
        nodes.extend(_grafted(node, inner, len(nodes)))
    return nodes


def _grafted(node: Node, inner: Answer, base: int) -> Answer:
    """The inner answer with its root in the place of `node` and its own places moved by `base`."""
    root = inner[0]
    root.within, root.ordinal, root.path, root.start, root.end = (
        node.within,
        node.ordinal,
        node.path,
        node.start,
        node.end,
    )
    root.attached, root.data, root.context = node.attached, node.data, node.context
    for other in inner[1:]:
        other.within += base
    return inner
