"""What a reader gives back: a reading, the parts that become items of their own, or a reason why not."""

from __future__ import annotations

from typing import Literal

import msgspec

from unsealed.model import Reading


class Part(msgspec.Struct, array_like=True, frozen=True):
    """An attachment or a nested message: it becomes an item of its own.

    `name` is the name as the container states it: data, never a path. `data` are the decoded bytes, `source` the
    half-open byte range of the encoded part in the item, None where there is none.
    """

    name: str
    data: bytes
    mime: str
    source: tuple[int, int] | None = None


class Outcome(msgspec.Struct, array_like=True, frozen=True):
    """The answer of `readers.read`. `state` says what the ledger counts.

    `read`: a reading with text. `no-text`: a reading with one unit `unread` (a scanned PDF, an unknown type).
    `rejected`: no reading; `code`, `message` and `remedy` say why, and carry no content of the item.
    """

    reading: Reading | None
    parts: tuple[Part, ...] = ()
    code: str = ""
    message: str = ""
    remedy: str = ""
    state: Literal["read", "no-text", "rejected"] = "read"


def rejected(code: str, message: str, remedy: str) -> Outcome:
    """An item that goes to quarantine with a typed reason."""
    return Outcome(None, (), code, message, remedy, "rejected")
