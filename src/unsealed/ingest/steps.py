"""What the stages of the pipeline hand to each other. Plain values; nothing here does anything.

They have a module of their own since a compiler for modules (scripts/compile_modules.py) cannot have structs in one.
"""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from unsealed.archive import Place
from unsealed.ingest.extract.steps import End, Member
from unsealed.ingest.journal import Cursor
from unsealed.ingest.sources import Listed
from unsealed.ingest.wire import Task


class Container(msgspec.Struct):
    """A container that is being cut or taken apart. `item` is 0 until the writer has given it an id.

    `top`: the file it came in (0: itself); `depth`: how many items it lies in.
    """

    digest: bytes
    length: int
    form: str
    path: str = ""
    item: int = 0
    counted: int = 0  # bytes that the report holds
    top: int = 0
    depth: int = 0


class Entry(msgspec.Struct):
    """One step for the writer. `kind`:

    `file`      a file with its bytes (or its blob) and one task, or with a `code` and no task
    `again`     a large file whose bytes the archive holds already
    `open`      a container begins
    `piece`     an item of `container` with one task, or with a `code` and no task
    `close`     a container ends; `second`: its items by a second count
    `trouble`   a source without bytes
    `member`    a member of a container that is taken apart: one task, or a `code` and no task, or both (damaged), or
                neither: `listed_only` (a folder, a link), `packed` (the form of a container that waits in turn)
                `instead`: of a retry, the item that stood for it until now
    `unpacked`  a container was taken apart, `end_of` says how; `settle`: nothing came of it
    """

    kind: str
    listed: Listed | None = None
    container: Container | None = None
    data: bytes = b""
    place: Place | None = None
    digest: bytes = b""
    length: int = 0
    ordinal: int = 0
    start: int = -1
    end: int = -1
    context: bytes = b""
    code: str = ""
    message: str = ""
    remedy: str = ""
    packed: str = ""
    member: Member | None = None
    out: int = 0
    asked: bool = False
    listed_only: bool = False
    settle: bool = False
    instead: int = 0
    second: int = -1
    end_of: End | None = None


class Batch(msgspec.Struct):
    """Entries in source order, the tasks of those that have one, and the cursor behind the last entry."""

    entries: list[Entry]
    tasks: list[Task]
    size: int = 0
    cursor: Cursor = Cursor()
    container: Container | None = None  # the container that the cursor stands in


Batches = Generator[Batch, None, None]
"""Batches one after the other. Whoever takes them closes it, at the end or before: files may be open in it."""


class Root(msgspec.Struct):
    """Where the first node of an answer belongs. `item`: an item that exists already (a retry), else 0.

    `parent`: the document it is attached to. `top`: the file it came in (0: it is that file itself, or a piece of the
    container); `depth`: how many items it lies in.
    """

    path: str
    data: bytes
    digest: bytes
    length: int
    place: Place | None = None
    container: int = 0
    ordinal: int = 0
    start: int = -1
    end: int = -1
    item: int = 0
    parent: int = 0
    top: int = 0
    depth: int = 0
