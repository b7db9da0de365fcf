"""A worker that does what it is told: `python -m tests.sandbox.misbehaving`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

from unsealed.sandbox import Limits, serve


def handle(request: bytearray, limits: Limits) -> Iterator[bytes]:
    """Answer by the first word of the request."""
    word, _, rest = bytes(request).partition(b" ")
    match word:
        case b"echo":
            yield rest
        case b"twice":
            yield rest
            yield rest
        case b"die":
            os._exit(3)
        case b"sleep":
            time.sleep(60)
        case b"large":
            yield b"x" * (limits.answer + 1)
        case b"lie":
            os.write(4, (0xFFFFFFFF).to_bytes(4, "big"))
            time.sleep(60)
        case b"print":
            print("noise on standard output")
            sys.stdin.read()
            yield b"quiet"
        case b"memory":
            try:
                bytearray(limits.memory)
                yield b"got it"
            except MemoryError:
                yield b"refused"
        case b"environment":
            yield ",".join(sorted(os.environ)).encode()
        case b"raise":
            raise ValueError("an error in a reader")


if __name__ == "__main__":
    serve(handle)
