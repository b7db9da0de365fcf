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


class Ask(msgspec.Struct, array_like=True, frozen=True):
    """A reader's wish: run one of the native tools of `ingest/tools.py` on these bytes, and come back.

    `options` fill the tool's own places; each must look as the tool's entry says. Nothing else of the command is the
    reader's to choose.
    """

    tool: str
    data: bytes
    options: tuple[str, ...] = ()


class ToolAnswer(msgspec.Struct, array_like=True, frozen=True):
    """What came of an `Ask`. `state` other than `done`: the tool is not installed, or failed as the name says.

    `code`, `output`, `files`: as the tool left them (a tool that ends with an error code is `done`, too).
    """

    state: Literal["done", "missing", "slow", "large", "died", "refused"]
    code: int = 0
    output: bytes = b""
    files: dict[str, bytes] = {}


class Outcome(msgspec.Struct, array_like=True, frozen=True):
    """The answer of `readers.read`. `state` says what the ledger counts.

    `read`: a reading with text. `no-text`: a reading with one unit `unread` (a scanned PDF, an unknown type).
    `rejected`: no reading; `code`, `message` and `remedy` say why, and carry no content of the item.
    `asks`: no answer yet; the reader is called again with one `ToolAnswer` for each of its `asks`.
    """

    reading: Reading | None
    parts: tuple[Part, ...] = ()
    code: str = ""
    message: str = ""
    remedy: str = ""
    state: Literal["read", "no-text", "rejected", "asks"] = "read"
    asks: tuple[Ask, ...] = ()


def rejected(code: str, message: str, remedy: str) -> Outcome:
    """An item that goes to quarantine with a typed reason."""
    return Outcome(None, (), code, message, remedy, "rejected")


def asking(*asks: Ask) -> Outcome:
    """An item that can only be read with the help of native tools. For readers of the family `tool` alone."""
    return Outcome(None, state="asks", asks=asks)
