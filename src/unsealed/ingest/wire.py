"""What the pipeline and its workers say to each other. Both sides check; the pipeline trusts nothing that comes back.

Messages are msgpack arrays (msgspec), one message a frame, tagged by kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from unsealed.ingest.readers.outcome import Ask, ToolAnswer

TEXT = 4096  # code points of a name, code, message or remedy that a worker may send; longer ones are cut


class Task(msgspec.Struct, frozen=True, array_like=True):
    """One item to read: its exact bytes, its form (empty: look first), what its container's splitter said.

    `descend`: read what lies inside, too. `depth`: how many items it lies in already. `group`: items of one container
    have the same number and may be read in one process; 0: in a process of its own. `answers`: of the tools that the
    reader asked for; `rounds`: how often it asked.
    """

    data: bytes
    form: str = ""
    context: bytes = b""
    descend: bool = True
    depth: int = 0
    group: int = 0
    answers: tuple[ToolAnswer, ...] = ()
    rounds: int = 0


class Sniff(msgspec.Struct, frozen=True, array_like=True, tag="sniff"):
    """Which form has a file that begins with `head` and is `size` bytes long?"""

    head: bytes
    size: int


class Split(msgspec.Struct, frozen=True, array_like=True, tag="split"):
    """Begin to cut a container of this form from `offset` on."""

    form: str
    offset: int
    context: bytes


class Feed(msgspec.Struct, frozen=True, array_like=True, tag="feed"):
    """The next bytes of the container being cut."""

    chunk: bytes
    final: bool


class Read(msgspec.Struct, frozen=True, array_like=True, tag="read"):
    """Read these items; the answers come in messages of `Answers`, in order, until there is one for each.

    `tables`: the maps of event tables of the settings (`readers.tables`), empty for none.
    """

    tasks: list[Task]
    tables: bytes = b""


Request = Sniff | Split | Feed | Read


class Found(msgspec.Struct, frozen=True, array_like=True):
    """The answer to `Sniff`. `packed`: to be taken apart by an extractor."""

    form: str
    mime: str
    container: bool
    packed: bool = False


class Cut(msgspec.Struct, frozen=True, array_like=True):
    """The answer to `Split` and `Feed`: pieces as (start, end, code, message), and the context for reading them."""

    pieces: list[tuple[int, int, str, str]]
    context: bytes


if TYPE_CHECKING:
    Checked = Any
else:
    Checked = None  # on the wire nothing else is taken for it

NodeState = Literal["read", "empty", "quarantined", "container", "packed", "pending"]
# packed: a container that an extractor has to take apart later; its bytes are kept until then


class Node(msgspec.Struct, array_like=True):
    """One item of an answer. The first node is the task's own item; the others lie inside it, parents first.

    `within`: index of the node whose bytes hold this one, -1 for the first. `start`, `end`: range in those bytes, or
    -1 where `data` holds the bytes (an attachment). `attached`: it hangs on a document (a mail), not in a container.
    `reading`: msgpack of a `Reading`. `pending`: to be read in a process of its own, with the answers to `asks`.
    """

    within: int
    state: NodeState
    form: str
    ordinal: int = 0
    path: str = ""
    start: int = -1
    end: int = -1
    attached: bool = False
    data: bytes | None = None
    context: bytes = b""
    reading: bytes = b""
    code: str = ""
    message: str = ""
    remedy: str = ""
    asks: tuple[Ask, ...] = ()
    checked: Checked = None  # what is made of the reading on the trusted side (`dialogue.Prepare`); never sent
    second: int = -1  # of a container: its items by a second count (`counts`), -1: none


Answer = list[Node]
Answers = list[Answer]


class Piece(msgspec.Struct, array_like=True, frozen=True):
    """One expected item: absolute byte offsets in the container. `code` set = rejected, `message` says why."""

    start: int
    end: int
    code: str = ""
    message: str = ""
