"""What an extractor says, step by step, while it takes a container apart. Everything in it is an outsider's word.

The order is: `Promise` where there is a directory; for each member `Member`, then its bytes as `Data` in as many pieces
as it likes, then (only where it went wrong) `Fail`; the next `Member` ends the one before. `Alive` may stand anywhere.
The last step is `End`, exactly once.
"""

from __future__ import annotations

from typing import Literal

import msgspec

DATA = 256 << 10  # bytes of one `Data` at most
NAME = 64 << 10  # bytes of a raw name or of the target of a link at most; longer ones are cut, with flag A-NAME
TEXT = 4096  # code points of every text at most, as in `wire`

Kind = Literal["file", "folder", "symlink", "hardlink", "device", "fifo", "socket", "rest"]
# rest: bytes of the container that belong to no member (before, between or behind them); not counted in `End.expected`


class Ask(msgspec.Struct, frozen=True, array_like=True):
    """Take this container apart.

    `resume`: the last ordinal that is committed; begin with the member behind it. `only`: where it is not empty, the
    ordinals that are wanted (a retry). `passwords`: to try in this order; never kept, never logged. `length`: bytes
    of the container. `depth`: how many items it lies in.
    """

    form: str
    length: int
    resume: int = 0
    only: tuple[int, ...] = ()
    passwords: tuple[str, ...] = ()
    depth: int = 0

    def wants(self, ordinal: int) -> bool:
        """Whether this member is to be delivered; others are only counted."""
        return ordinal > self.resume and (not self.only or ordinal in self.only)


class Promise(msgspec.Struct, frozen=True, array_like=True, tag="promise"):
    """What the container's own directory promises, told before the first member: `End.expected`, should none come."""

    expected: int


class Member(msgspec.Struct, frozen=True, array_like=True, tag="member"):
    """One thing in a container.

    `ordinal` counts from 1 in the order of the container and is the same in every run: it names the member in the
    ledger and is where a killed run goes on. `raw`: the name as its bytes stand there; `name`: decoded, for people;
    both are data and never opened. `size`: bytes as declared, -1 unknown (never believed). `time`: ISO 8601 of the
    precision that is known, with a zone only where it is known. `flags`: codes of warnings (`A-SLIP`). `source`: where
    its packed bytes lie in the container, or None. `form`: a form of `sniff` where the extractor made the bytes itself
    (a message of a mail store); empty: it is looked at like any file. `attached`: ordinal of an earlier member that
    this one is attached to (a message of a mail store), 0: none. `context`: handed to the reader.
    """

    ordinal: int
    raw: bytes
    name: str
    kind: Kind = "file"
    size: int = -1
    time: str = ""
    mode: int = 0
    target: bytes = b""
    flags: tuple[str, ...] = ()
    source: tuple[int, int] | None = None
    form: str = ""
    attached: int = 0
    context: bytes = b""


class Data(msgspec.Struct, frozen=True, array_like=True, tag="data"):
    """The next bytes of the member that began last. At most `DATA` bytes."""

    chunk: bytes


class Fail(msgspec.Struct, frozen=True, array_like=True, tag="fail"):
    """The member that began last cannot be had, or not to its end. What was delivered of it is kept.

    `code`, `message`, `remedy` as of a rejected `Outcome`: no content, no names.
    """

    code: str
    message: str
    remedy: str


class Alive(msgspec.Struct, frozen=True, array_like=True, tag="alive"):
    """A sign of life while bytes are skipped."""


class End(msgspec.Struct, frozen=True, array_like=True, tag="end"):
    """The container is taken apart, or cannot be further.

    `expected`: members that its own directory promises (without `rest`), -1 where it has none. `second`: the same
    by a second way of counting (another reader, the local headers), -1: none. `warnings`: codes about the container.
    `rests`: members of the kind `rest`; they stand behind all others. `code`, `message`, `remedy`: where it could not
    be read to its end, why.
    """

    expected: int = -1
    second: int = -1
    warnings: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    remedy: str = ""
    rests: int = 0


Step = Promise | Member | Data | Fail | Alive | End
Steps = list[Step]
