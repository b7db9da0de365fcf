"""A reading worker with a weakness: `python -m tests.ingest.hostile_worker`.

Reads like the real one, but a document that holds an order does what it says: that is what a reader with a hole
would do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import msgspec

from tests.sandbox.misbehaving import tried
from unsealed.ingest import looking
from unsealed.ingest.readers import Outcome, ToolAnswer
from unsealed.ingest.wire import Node
from unsealed.model import Reading, Unit
from unsealed.sandbox import Limits, serve

_real = looking.read


def _obey(form: str, data: bytes, context: bytes = b"", answers: tuple[ToolAnswer, ...] = ()) -> Outcome:
    if b"ORDER try " in data:
        what = data.partition(b"ORDER try ")[2].split(b";")[0].decode()
        return Outcome(Reading("text", "x", 1, (Unit("text", tried(what).decode()),)))
    if b"ORDER endless" in data:
        return Outcome(Reading("text", "x", 1, tuple(Unit("text", "x" * 1_000_000) for _ in range(600))))
    if b"ORDER memory" in data:
        keep = [bytearray(1 << 26) for _ in range(1 << 10)]
        return Outcome(Reading("text", "x", 1, (Unit("text", str(len(keep))),)))
    if b"ORDER die" in data:
        os._exit(1)
    if b"ORDER sleep" in data:
        time.sleep(60)
    if b"ORDER slow" in data:
        time.sleep(0.3)
    if b"ORDER label" in data:
        return Outcome(Reading("text", "x", 1, (Unit("a-name", "text"),)))
    if b"ORDER version" in data:
        return Outcome(Reading("text", "x", (1 << 64) - 1, (Unit("text", "text"),)))
    if b"ORDER NFC" in data:
        return Outcome(Reading("text", "x", 1, (Unit("text", "e\u0301"),)))
    return _real(form, data, context, answers)


class Liar:
    def __init__(self) -> None:
        self._looker = looking.Looker()  # not its base: it may be compiled

    def handle(self, request: bytearray, limits: Limits) -> Iterator[bytes]:
        for answer in self._looker.handle(request, limits):
            if b"ORDER range" in request:
                node = Node(-1, "container", "mbox"), Node(0, "quarantined", "mbox", 1, "", 5, 1 << 40, code="X")
                yield msgspec.msgpack.encode([list(node)])
            elif b"ORDER nonsense" in request:
                yield b"\xc1nonsense"
            elif b"ORDER utf8" in request:
                yield msgspec.msgpack.encode([[Node(-1, "read", "BAD")]]).replace(b"BAD", b"\xff\xff\xff")
            elif b"ORDER deep" in request:
                node = msgspec.msgpack.encode(Node(-1, "quarantined", "text", code="X"))
                assert node.startswith(b"\xdc\x00\x11"), "an array of seventeen; here comes the eighteenth"
                yield b"\x91\x91\xdc\x00\x12" + node[3:] + b"\x91" * 100_000 + b"\xc0"
            elif b"ORDER vouch" in request:
                lie = Reading("text", "x", 1, (Unit("text", "lie"),))
                good = msgspec.msgpack.encode(lie)  # all is well but that it speaks for the other side
                yield msgspec.msgpack.encode([[Node(-1, "read", "text", reading=good, checked=lie)]])
            elif b"ORDER ordinal" in request:
                node = Node(-1, "container", "mbox"), Node(0, "quarantined", "mbox", (1 << 64) - 1, data=b"x", code="X")
                yield msgspec.msgpack.encode([list(node)])
            elif b"ORDER more" in request:
                yield msgspec.msgpack.encode([[Node(-1, "quarantined", "text", code="X")]] * 50)
            else:
                yield answer


if __name__ == "__main__":
    looking.read = _obey
    serve(Liar().handle)
