"""A worker that only shows that its walls stand: `python -m unsealed.sandbox.selftest`."""

from __future__ import annotations

from collections.abc import Iterator

from unsealed.sandbox.limits import Limits
from unsealed.sandbox.serve import serve


def handle(request: bytearray, limits: Limits) -> Iterator[bytes]:
    """Answer nothing: it is asked for its proof alone."""
    yield from ()


if __name__ == "__main__":
    serve(handle)
