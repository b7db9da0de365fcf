"""A worker that leaves out its own second layer, so that a test can see whether the first one stands."""

from __future__ import annotations

from tests.sandbox.misbehaving import handle
from unsealed.sandbox import landlock, serve

if __name__ == "__main__":
    landlock.restrict = lambda *_: 0
    serve(handle)
