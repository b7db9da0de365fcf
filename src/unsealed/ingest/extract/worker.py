"""The process that takes one container apart: `python -m unsealed.ingest.extract.worker`, the descriptor inherited.

Spoken to in frames like the reading worker: one `Open` comes, frames of `Steps` go back until one holds an `End`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec

from unsealed.ingest.extract import extractor
from unsealed.ingest.extract.steps import DATA, Alive, Ask, Data, End, Step
from unsealed.sandbox import Limits, serve

FLUSH_BYTES = 256 << 10  # bytes of steps gathered before they are sent
FLUSH_SECONDS = 0.5


class Open(msgspec.Struct, frozen=True, array_like=True):
    """The request: the number of the inherited descriptor, and what is wanted."""

    fd: int
    ask: Ask


_requests = msgspec.msgpack.Decoder(Open)
_encoder = msgspec.msgpack.Encoder()


def handle(request: bytearray, _limits: Limits) -> Iterator[bytes]:
    """Answer the one message of this process."""
    message = _requests.decode(request)
    return frames(_steps(message))


def _steps(message: Open) -> Iterator[Step]:
    try:
        yield from extractor(message.ask.form)(message.fd, message.ask)
    except MemoryError:
        yield End(code="A-MEMORY", message="taking it apart needs more memory than the limit",
                  remedy="Raise ingest.worker_memory in unsealed.toml and run `unsealed ingest --retry`.")  # fmt: skip


def frames(steps: Iterator[Step]) -> Iterator[bytes]:
    """Steps in as few frames as are useful; large pieces are cut."""
    waiting: list[Step] = []
    size, sent = 0, time.monotonic()
    for step in steps:
        for part in _parts(step):
            waiting.append(part)
            size += len(part.chunk) if isinstance(part, Data) else 200
            if size >= FLUSH_BYTES or time.monotonic() - sent > FLUSH_SECONDS:
                yield _encoder.encode(waiting)
                waiting, size, sent = [], 0, time.monotonic()
    if waiting:
        yield _encoder.encode(waiting)


def _parts(step: Step) -> Iterator[Step]:
    if not isinstance(step, Data) or len(step.chunk) <= DATA:
        yield step
        return
    for start in range(0, len(step.chunk), DATA):
        yield Data(step.chunk[start : start + DATA])


__all__ = ["Alive", "Open", "frames", "handle"]


def main() -> None:
    """Serve until the pipeline closes the pipe."""
    serve(handle)


if __name__ == "__main__":
    main()
