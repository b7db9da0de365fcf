"""What a worker does with a message: look at a file, cut a container, read items.

Takes bytes, gives readings; touches no path, no network, no clock. One broken item is one quarantined node; what it
takes down with it is the parent's to sort out.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextvars import ContextVar

import msgspec

from unsealed.ingest import counts, sniff, splitters
from unsealed.ingest.readers import Outcome, Part, ToolAnswer, is_binary, read
from unsealed.ingest.readers.tables import with_maps
from unsealed.ingest.wire import TEXT, Answer, Cut, Feed, Found, Node, NodeState, Read, Request, Sniff, Split, Task
from unsealed.sandbox import Limits

FLUSH_BYTES = 512 << 10  # bytes of answers gathered before they are sent
FLUSH_SECONDS = 0.5  # and seconds: a slow item must not take the ones before it down with it
COLLECT_BYTES = 16 << 20  # bytes of requests between two collections of garbage
NESTING = 16  # items inside items; deeper ones are quarantined (formats/other.md section 4)
_STATES: dict[str, NodeState] = {"read": "read", "no-text": "empty", "rejected": "quarantined", "asks": "pending"}

# The maps of event tables that came with the message being answered (`wire.Read`)
_tables: ContextVar[bytes] = ContextVar("tables", default=b"")
_requests = msgspec.msgpack.Decoder(Request)
_encoder = msgspec.msgpack.Encoder()


class Looker:
    """Holds the one container that is being cut at the moment."""

    def __init__(self) -> None:
        self._splitter: splitters.Splitter | None = None
        self._bytes = 0

    def _collect(self, size: int) -> None:
        """Libraries may leave cycles behind: look for them once in a while."""
        self._bytes += size
        if self._bytes > COLLECT_BYTES:
            self._bytes = 0
            gc.collect()

    def handle(self, request: bytearray, limits: Limits) -> Iterator[bytes]:
        """Answer one message."""
        message = _requests.decode(request)
        self._collect(len(request))
        match message:
            case Read():
                _tables.set(message.tables)
                yield from _read_all(message.tasks, limits)
            case Sniff():
                form = sniff.sniff(message.head, message.size)
                yield _encoder.encode(Found(form.id, form.mime, form.container, form.packed))
            case Split():
                if message.form.endswith(counts.SUFFIX):
                    self._splitter = counts.counter(message.form.removesuffix(counts.SUFFIX))
                else:
                    self._splitter = splitters.splitter(message.form, message.offset, message.context)
                yield _encoder.encode(Cut([], self._splitter.context))
            case Feed():
                assert self._splitter is not None
                pieces = self._splitter.feed(message.chunk, message.final)
                found = [(piece.start, piece.end, piece.code, piece.message) for piece in pieces]
                yield _encoder.encode(Cut(found, self._splitter.context))


def _read_all(tasks: list[Task], limits: Limits) -> Iterator[bytes]:
    """One message for as many answers as are ready together. A message is a msgpack array of answers."""
    waiting: list[bytes] = []
    size = 0
    sent = time.monotonic()
    for task in tasks:
        answer = _encoder.encode(_within(_answer(task), limits))
        if waiting and size + len(answer) > limits.answer - 16:
            yield _array(waiting)
            waiting, size = [], 0
        waiting.append(answer)
        size += len(answer)
        if size > FLUSH_BYTES or time.monotonic() - sent > FLUSH_SECONDS:
            yield _array(waiting)
            waiting, size, sent = [], 0, time.monotonic()
    if waiting:
        yield _array(waiting)


def _array(encoded: list[bytes]) -> bytes:
    """A msgpack array of values that are encoded already (the head of the long form, whatever the count)."""
    return b"".join((b"\xdd", len(encoded).to_bytes(4, "big"), *encoded))


def _within(answer: Answer, limits: Limits) -> Answer:
    """The answer, or a short one where it would be larger than the agreed message."""
    size = sum(len(node.reading) + len(node.data or b"") + len(node.path) + 256 for node in answer)
    size += sum(len(ask.data) for node in answer for ask in node.asks)
    if size < limits.answer - 4096:
        return answer
    remedy = "Raise ingest.answer_bytes in unsealed.toml and run `unsealed ingest --retry`."
    return [_refused(answer[0], "W-LARGE", "what was read is larger than the limit", remedy)]


def _refused(node: Node, code: str, message: str, remedy: str) -> Node:
    return msgspec.structs.replace(
        node, state="quarantined", reading=b"", asks=(), code=code, message=message, remedy=remedy
    )


def _answer(task: Task) -> Answer:
    nodes: Answer = []
    root = Node(-1, "quarantined", task.form, context=task.context)
    _enter(nodes, root, task.data, task.depth, task.descend, task.answers, shared=task.group != 0)
    return nodes


def _enter(
    nodes: Answer, node: Node, data: bytes, depth: int, descend: bool, answers: tuple[ToolAnswer, ...] = (),
    *, shared: bool = False,
) -> None:  # fmt: skip
    """Read one node and, where asked to, everything in it. Appends to `nodes`, parents first.

    What a foreign library parses is left `pending`, unless it is the task's own item and the process is not `shared`
    with other items: it gets a process of its own.
    """
    nodes.append(node)
    if depth > NESTING:
        node.code, node.message = "I-NESTING", f"more than {NESTING} items inside each other"
        node.remedy = "Take the inner files out and ingest them as files of their own."
        return
    container = False
    if not node.form:
        form = sniff.sniff(data[: sniff.HEAD_BYTES], len(data))
        node.form, container = form.id if form.id != "unknown" else form.mime, form.container
        if form.packed:
            node.state = "packed"
            return
    if container:
        _cut(nodes, node, data, depth, descend)
    elif (shared or len(nodes) > 1) and is_binary(node.form):
        node.state = "pending"
    else:
        _read(nodes, node, data, depth, descend, answers)


def _cut(nodes: Answer, node: Node, data: bytes, depth: int, descend: bool) -> None:
    splitter = splitters.splitter(node.form, 0, b"")
    pieces = splitter.feed(data, final=True)
    node.state, node.second = "container", counts.count(node.form, data)
    here = len(nodes) - 1
    for ordinal, piece in enumerate(pieces, 1):
        inner = Node(here, "pending", node.form, ordinal, "", piece.start, piece.end, context=splitter.context)
        if piece.code:
            inner.state, inner.code, inner.message = "quarantined", piece.code, piece.message[:TEXT]
            inner.remedy = ROW_REMEDY
            nodes.append(inner)
        elif descend:
            _read(nodes, _appended(nodes, inner), data[piece.start : piece.end], depth + 1, descend)
        else:
            nodes.append(inner)


ROW_REMEDY = "Look at the original with `unsealed show ID --raw`; mend it in a copy of the file, or accept it unread."


def _appended(nodes: Answer, node: Node) -> Node:
    nodes.append(node)
    return node


def _read(
    nodes: Answer, node: Node, data: bytes, depth: int, descend: bool, answers: tuple[ToolAnswer, ...] = ()
) -> None:
    here = len(nodes) - 1
    context = with_maps(node.context, _tables.get()) if node.form == "table-csv" else node.context
    outcome = read(node.form, data, context, answers)
    node.state, node.asks = _STATES[outcome.state], outcome.asks
    node.code, node.message, node.remedy = outcome.code[:TEXT], outcome.message[:TEXT], outcome.remedy[:TEXT]
    if outcome.reading is not None:
        node.reading = _encoder.encode(outcome.reading)
    _attach(nodes, here, outcome, depth, descend)


def _attach(nodes: Answer, here: int, outcome: Outcome, depth: int, descend: bool) -> None:
    for ordinal, part in enumerate(outcome.parts, 1):
        inner = _part(here, ordinal, part)
        if descend:
            _enter(nodes, inner, part.data, depth + 1, descend)
        else:
            inner.state = "pending"
            nodes.append(inner)


def _part(within: int, ordinal: int, part: Part) -> Node:
    name = part.name.encode("utf-8", "backslashreplace").decode()[:TEXT]
    return Node(within, "quarantined", "", ordinal, name, attached=True, data=part.data)
