"""A second count of the items of a container, by another rule than its splitter's: what differs is for people to see.

Knows no message and no date, remembers nothing of the splitter: a fault of one is not a fault of the other.
"""

from __future__ import annotations

import re

from unsealed.ingest.wire import Piece

# A line that begins with `From `, and a header (perhaps behind a second such line) right behind it: no date is asked
# for, no blank line before it, and no stated length is heeded, all of which the splitter does.
_MESSAGE = re.compile(
    rb"(?<=[\r\n])From [^\r\n]{1,998}(?:\r\n|\r|\n)(?:>From [^\r\n]{0,998}(?:\r\n|\r|\n))?[!-9;-~]{1,100}:"
)
_LONGEST = 4096  # bytes that such a beginning has at most
SUFFIX = "/count"


class Messages:
    """Counts the messages of an mbox: spoken to like a splitter, gives no pieces, and the count as its context."""

    def __init__(self, offset: int = 0, context: bytes = b"") -> None:
        self.context = b""
        self._tail = b"\n"
        self._count = 0

    def feed(self, chunk: bytes, final: bool) -> list[Piece]:
        """Count what begins in the bytes so far, but for the last ones, whose line may go on."""
        data = self._tail + chunk
        end = len(data) if final else max(1, len(data) - _LONGEST)
        at = 1
        while (found := _MESSAGE.search(data, at)) is not None and found.start() < end:
            self._count += 1
            at = found.end()
        self._tail = data[max(end, at) - 1 :]
        self.context = b"%d" % self._count
        return []


_COUNTERS = {"mbox": Messages}
COUNTED = frozenset(_COUNTERS)  # forms whose items are counted twice


def counter(form: str) -> Messages:
    """What counts the items of a container of this form. Raises KeyError for a form that is not in `COUNTED`."""
    return _COUNTERS[form]()


def count(form: str, data: bytes) -> int:
    """The second count of a container that is in memory; -1 for a form that has none."""
    if form not in COUNTED:
        return -1
    counting = counter(form)
    counting.feed(data, final=True)
    return int(counting.context)


def stated(untrusted_context: bytes) -> int:
    """The count that a worker told; -1 where it is no number that a container can have."""
    digits = untrusted_context.isdigit() and len(untrusted_context) <= 12
    return int(untrusted_context) if digits else -1
