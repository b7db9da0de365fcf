"""What is said to one worker about some items, and what is believed of its answers.

Items of one container that our own text readers read go in batches, a few of them to one process; everything else
goes alone, each item to a process of its own. A batch's answers
are taken as a whole or not at all: one crash, limit or malformed answer, and each item is read again, alone, since
whoever broke into the reader could have changed what it said of the others. Alone, an item that fails is tried once
more without what lies inside, and the inner items then one by one; what still fails is quarantined. What an item
leaves `pending` (an attachment of a binary type, a wish for a native tool) is settled here, too, within a budget.
Nothing here raises for bad input.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Protocol

import msgspec

from unsealed.archive import REST
from unsealed.ingest.extract import EXTRACTORS
from unsealed.ingest.readers import READERS, is_binary
from unsealed.ingest.readers.outcome import Ask, ToolAnswer
from unsealed.ingest.tree import checked_reading
from unsealed.ingest.wire import TEXT, Answer, Answers, Node, Read, Task
from unsealed.log import Code, get_logger
from unsealed.model import MALFORMED, Reading
from unsealed.sandbox import Failure, SandboxError

ROOM = 16 << 20  # bytes that stay set aside for the messages to one worker
BATCHES = 8  # of one container that one process reads: a new one has cold caches, and pages to copy
DEPTH = 20  # items inside each other; a worker stops earlier by itself
ROUNDS = 3  # times that a reader may ask for tools
_log = get_logger("ingest")
_encoder = msgspec.msgpack.Encoder()
_answers = msgspec.msgpack.Decoder(Answers)

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
_DEEP = (
    "I-NESTING",
    f"more than {DEPTH} items inside each other",
    "Take the inner files out and ingest them as files of their own.",
)
_SPENT = (
    "I-BUDGET",
    "the item that it lies in holds more than the limits of one item",
    "It may be a bomb. Take the inner files out and ingest them as files of their own.",
)
_NO_TURN = (
    "W-CLOCK",
    "the items before it in its container were so slow that it did not get its turn",
    "It is tried again when a run ends. Raise ingest.batch_seconds in unsealed.toml, or run `unsealed ingest --retry`.",
)


class Process(Protocol):
    """What the pool needs of a worker: `sandbox.Worker`, or one without a process in tests."""

    def start(self) -> None: ...
    def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None: ...
    def load(self, what: bytes) -> None: ...
    def receive(self) -> bytearray: ...
    def finish(self) -> None: ...
    def reject(self) -> SandboxError: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


RunTool = Callable[[Ask], ToolAnswer]
Prepare = Callable[[Reading, bytes], object]
"""What is made of a reading that was checked, and of its bytes, while both are at hand; it stays in `Node.checked`."""


def as_read(reading: Reading, encoded: bytes) -> Reading:
    """The reading itself, where nobody prepares it."""
    return reading


class Kept:
    """Which container's batches a worker's forked process may go on with, and how many it has read."""

    def __init__(self) -> None:
        self.group = self.batches = 0

    def goes_on(self, group: int) -> bool:
        """Take one more batch of `group`; False where a new process has to read it."""
        same = group == self.group and self.batches < BATCHES
        self.group, self.batches = group, self.batches + 1 if same else 1
        return same


class Budget:
    """What one item may cost beyond its own first answer: processes, bytes handed to them, seconds in tools."""

    def __init__(self, processes: int = 20_000, size: int = 4 << 30, seconds: float = 1_800.0) -> None:
        self.processes, self.size, self.seconds = processes, size, seconds

    def spend(self, size: int) -> bool:
        """Take one more process for `size` bytes; False where that is more than is left."""
        self.processes -= 1
        self.size -= size
        return self.processes >= 0 and self.size >= 0 and self.seconds > 0


class Dialogue:
    """With one worker, one batch after the other. `run_tool` runs a native tool for a reader that asked for it;
    `tables` as in `wire.Read`; `prepare` is given every reading that was checked.

    `seconds`: for a whole batch of a container's items, and again for its items where they have to be read alone.
    """

    def __init__(
        self, worker: Process, run_tool: RunTool, tables: bytes = b"", kept: Kept | None = None,
        seconds: float = math.inf, prepare: Prepare = as_read,
    ) -> None:  # fmt: skip
        self._worker = worker
        self._prepare = prepare
        self._seconds = seconds
        self._kept = kept or Kept()
        self._tables = tables
        self._run_tool = run_tool
        self._room = bytearray()

    def read_all(self, tasks: list[Task]) -> Iterator[Answer]:
        """An answer for each task, in order."""
        for together, run in groupby(tasks, key=lambda task: 0 if is_binary(task.form) else task.group):
            if together:
                yield from self._batch(list(run))
            else:
                for task in run:
                    yield self._alone(task, Budget())

    def _batch(self, tasks: list[Task]) -> Iterator[Answer]:
        answers = self._asked(tasks)
        if answers is None:
            yield from self._one_by_one(tasks)
            return
        for task, answer in zip(tasks, answers, strict=True):
            yield self._settled(task, answer, Budget())

    def _asked(self, tasks: list[Task]) -> list[Answer] | None:
        """What the worker said of a whole batch; None where it failed."""
        more = self._kept.goes_on(tasks[0].group)
        try:
            if not more:  # the reader is imported once, before the fork, and not in every process that is forked
                for form in {task.form for task in tasks if task.form in READERS}:
                    self._worker.load(form.encode())
            return ask(
                self._worker, tasks, self._tables, keep=True, more=more, seconds=self._seconds, prepare=self._prepare,
                room=self._room,
            )  # fmt: skip
        except SandboxError as error:
            self._kept.group = 0
            _log.warning("a worker failed (%s), its %s items are read alone", Code(error.failure.value), len(tasks))
            return None
        finally:
            if len(self._room) > ROOM:
                self._room = bytearray()

    def _one_by_one(self, tasks: list[Task]) -> Iterator[Answer]:
        """The items of a batch alone, as long as their own reading takes no more than the clock of a batch."""
        left = self._seconds
        for task in tasks:
            if left <= 0:
                yield _quarantined(task, *_NO_TURN)
                continue
            budget = Budget()
            begin = time.monotonic()
            answer = self._first(task, budget)
            left -= time.monotonic() - begin
            yield self._settled(task, answer, budget)

    def _alone(self, task: Task, budget: Budget) -> Answer:
        """One item in a process of its own, with all that lies inside."""
        return self._settled(task, self._first(task, budget), budget)

    def _first(self, task: Task, budget: Budget) -> Answer:
        """One item in a process of its own; where it fails, without what lies inside."""
        if task.depth > DEPTH:
            return _quarantined(task, *_DEEP)
        if not budget.spend(len(task.data)):
            return _quarantined(task, *_SPENT)
        task = msgspec.structs.replace(task, group=0)
        self._kept.group = 0  # the next message ends the process that was kept
        try:
            return ask(self._worker, [task], self._tables, prepare=self._prepare)[0]
        except SandboxError as error:
            failure = error.failure
        if task.descend and budget.spend(len(task.data)):
            shallow = msgspec.structs.replace(task, descend=False)
            try:
                return ask(self._worker, [shallow], self._tables, prepare=self._prepare)[0]
            except SandboxError as error:
                failure = error.failure
        return _quarantined(task, *_WHY[failure])

    def _settled(self, task: Task, answer: Answer, budget: Budget) -> Answer:
        """Read what an answer left pending, each item alone, and put it where it belongs."""
        if not any(node.state == "pending" for node in answer):
            return answer
        nodes: Answer = []
        moved: dict[int, int] = {}
        depths: list[int] = []
        for index, node in enumerate(answer):
            depths.append(depths[node.within] + 1 if index else task.depth)
            moved[index] = len(nodes)
            node.within = moved.get(node.within, -1)
            if node.state != "pending":
                nodes.append(node)
                continue
            inner = self._pending(task, node, depths[index], budget, root=not index)
            nodes.extend(_grafted(node, inner, len(nodes)))
        return nodes

    def _pending(self, task: Task, node: Node, depth: int, budget: Budget, *, root: bool) -> Answer:
        if not root:
            data = node.data if node.data is not None else task.data[node.start : node.end]
            inner = Task(data, node.form, node.context, True, depth, answers=self._tools(node, budget))
            return self._alone(inner, budget)
        if task.rounds >= ROUNDS or not (node.asks or task.group):
            return _quarantined(task, *_WHY[Failure.WRONG])
        answers = self._tools(node, budget)
        rounds = task.rounds + bool(node.asks)
        return self._alone(
            msgspec.structs.replace(task, form=node.form, group=0, answers=answers, rounds=rounds), budget
        )

    def _tools(self, node: Node, budget: Budget) -> tuple[ToolAnswer, ...]:
        return tuple(self._tool(wish, budget) for wish in node.asks)

    def _tool(self, wish: Ask, budget: Budget) -> ToolAnswer:
        if not budget.spend(len(wish.data)):
            return ToolAnswer("refused")
        begin = time.monotonic()
        try:
            return self._run_tool(wish)
        finally:
            budget.seconds -= time.monotonic() - begin


def ask(
    worker: Process, tasks: list[Task], tables: bytes = b"", *, keep: bool = False, more: bool = False,
    seconds: float = math.inf, prepare: Prepare = as_read, room: bytearray | None = None,
) -> list[Answer]:  # fmt: skip
    """One answer for each task, every one checked and prepared. Raises SandboxError: then none of them counts.

    `keep`: the process that reads them stays for the next batch; `more`: this is that batch. `seconds`: for all of
    them together, looked at when a message has come. `room`: where the message is put together; used again, it costs
    no fresh pages.
    """
    deadline = time.monotonic() + seconds
    message = bytearray() if room is None else room
    _encoder.encode_into(Read(tasks, tables), message)
    worker.send(message, keep=keep, more=more)
    taken: list[Answer] = []
    while len(taken) < len(tasks):
        if time.monotonic() > deadline:
            worker.kill()
            raise SandboxError(Failure.SLOW)
        untrusted_message = worker.receive()
        try:
            if not 0 < _announced(untrusted_message) <= len(tasks) - len(taken):
                raise msgspec.ValidationError("count")
            untrusted_answers = _answers.decode(untrusted_message)
        except MALFORMED as error:
            raise worker.reject() from error
        for untrusted_answer in untrusted_answers:
            try:
                check(untrusted_answer, tasks[len(taken)])
            except MALFORMED as error:
                raise worker.reject() from error
            _prepare_all(untrusted_answer, prepare)  # not in the `try`: a fault of ours is not the worker's
            taken.append(untrusted_answer)
    worker.finish()
    for form in {node.form for answer in taken for node in answer}:
        if form in READERS:  # a reader that was needed once will be needed again
            worker.load(form.encode())
    return taken


def _announced(untrusted_message: bytearray) -> int:
    """How many answers a message says that it holds, -1 where it is none: a byte each would become a list of 72."""
    first = untrusted_message[:1]
    if first == b"\xdd" or first == b"\xdc":
        return int.from_bytes(untrusted_message[1 : 5 if first == b"\xdd" else 3], "big")
    return first[0] - 0x90 if first and 0x90 <= first[0] <= 0x9F else -1


def check(untrusted_answer: Answer, task: Task) -> None:
    """Parents first, ranges inside the bytes, text short, readings after the model: each lies in `checked` then.

    Raises one of `model.MALFORMED`.
    """
    if not untrusted_answer or untrusted_answer[0].within != -1:
        raise msgspec.ValidationError("root")
    lengths: list[int] = []
    for index, node in enumerate(untrusted_answer):
        outer = len(task.data) if not index else lengths[node.within] if 0 <= node.within < index else -1
        own = node.data is not None
        inside = (own and node.start == node.end == -1) or 0 <= node.start <= node.end <= outer or not index
        short = max(len(node.path), len(node.code), len(node.message), len(node.remedy), len(node.form)) <= TEXT
        if outer < 0 or not inside or not short or (node.state in ("read", "empty")) != bool(node.reading):
            raise msgspec.ValidationError("node")
        if not 0 <= node.ordinal < REST:  # the catalogue holds no larger ones: a commit would fail
            raise msgspec.ValidationError("ordinal")
        if node.state == "packed" and node.form not in EXTRACTORS:
            raise msgspec.ValidationError("packed")
        if node.asks and node.state != "pending":
            raise msgspec.ValidationError("asks")
        if node.second != -1 and not (node.state == "container" and 0 <= node.second <= len(task.data)):
            raise msgspec.ValidationError("second")
        node.checked = checked_reading(node)
        lengths.append(outer if not index else len(node.data) if node.data is not None else node.end - node.start)


def _prepare_all(answer: Answer, prepare: Prepare) -> None:
    """Put what `prepare` makes of each checked reading in its place, and forget its bytes."""
    for node in answer:
        if node.checked is not None:
            node.checked, node.reading = prepare(node.checked, node.reading), b""


def _quarantined(task: Task, code: str, message: str, remedy: str) -> Answer:
    return [Node(-1, "quarantined", task.form, context=task.context, code=code, message=message, remedy=remedy)]


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
