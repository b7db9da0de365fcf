"""What the archive answers with: plain values, no database rows.

Private like everything in the archive: none of these may be accepted by the public side.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from unsealed.model import Mark, Reading

State = Literal["read", "empty", "quarantined", "refused", "listed", "container"]
# read         a reading with text
# empty        read, but without text: needs OCR
# quarantined  could not be read; kept, sealed as `unread`, listed with reason and remedy
# refused      stopped at a limit of ours; sealed as `unread`, listed with reason and remedy
# listed       a folder, link or device inside a container: recorded, never made; has no reading
# container    only holds other items; has no reading of its own
UNREADABLE: tuple[State, ...] = ("quarantined", "refused")


class Item(msgspec.Struct, frozen=True):
    """One thing that was handed in, or that was found inside another.

    `container` is the item whose bytes hold this one (0: it came as a file of its own). `parent` is the document it
    is attached to (0: none). `ordinal` counts from 1 inside the container. `byte_start`/`byte_end` are the half-open
    range in the container's bytes, -1 where the item has bytes of its own (files, attachments). `path` is the source
    path of a file, or the member's or attachment's name as written (data, never a path to open). `name` is the
    canonical id of the document, or empty. `code`, `message`, `remedy` say why it is in quarantine.
    """

    id: int
    container: int
    ordinal: int
    parent: int
    path: str
    byte_start: int
    byte_end: int
    sha256: bytes
    length: int
    state: State
    name: str
    form: str
    reader: str
    version: int
    code: str = ""
    message: str = ""
    remedy: str = ""


def to_item(values: Sequence[Any]) -> Item:
    """An `Item` from its values in order; a missing reason is empty."""
    return Item(*values[:14], *[value or "" for value in values[14:17]])


class Job(NamedTuple):
    """One run of ingest: its number, what it was asked, where it stands, its report (both encoded by ingest)."""

    number: int
    sources: bytes
    state: str
    cursor: bytes
    report: bytes


class StoredReading(NamedTuple):
    """A reading with its place: `row` rises in source order and is never reused."""

    row: int
    item: Item
    reading: Reading


class Summary(NamedTuple):
    """A reading without its text, for lists. `words`: spaces and line ends, of long ones a sample."""

    row: int
    item: int
    name: str
    type: str
    title: str
    date: str
    origin: str
    klass: str
    words: int
    state: str


class ContainerLine(NamedTuple):
    """One line of the ledger; the line of item 0 stands for the files handed in.

    `opened` are members that are containers with a line of their own, `listed` folders, links and devices. The line
    reconciles where `expected == read + empty + quarantined + refused + listed + opened`; `open` is the difference.
    `done` is false while ingest is under way. `document`: a document with attachments, else a container. `outside`:
    bytes of a volume that belong to none of its documents (front matter, headings between them): kept in the original,
    read by nobody. `promised`: members by the container's own directory, `second`: by a second way of counting, -1:
    there is none; `warnings`: codes of what was noticed, with spaces between; `code`: why it was not read to its end.
    """

    item: int
    path: str
    form: str
    expected: int
    read: int
    empty: int
    quarantined: int
    opened: int
    done: bool
    document: bool = False
    outside: int = 0
    refused: int = 0
    listed: int = 0
    promised: int = -1
    second: int = -1
    warnings: str = ""
    code: str = ""

    @property
    def open(self) -> int:
        """Members that are neither read nor accounted for (0 where the line reconciles)."""
        accounted = self.read + self.empty + self.quarantined + self.refused + self.listed + self.opened
        return self.expected - accounted


class QuarantineLine(NamedTuple):
    """One item that could not be read: where it lies, why, what to do. `path` is of the file that it came in."""

    item: int
    path: str
    ordinal: int
    form: str
    length: int
    code: str
    message: str
    remedy: str
    tries: int


class SourceProblem(NamedTuple):
    """A source that was named or found but whose bytes could not be had (or that a rule skips): no item."""

    path: str
    code: str
    message: str
    remedy: str
    skipped: bool


class StoredMark(NamedTuple):
    """A mark with its number. `withdrawn` names the editor who took it back, or is empty."""

    id: int
    mark: Mark
    withdrawn: str


class StoredDecision(NamedTuple):
    """One editor's word on one document. `payload` belongs to the review room (its own encoded form).

    `link` is the hash of the record in the chain of the journal (docs/formats/audit.md).
    """

    id: int
    item: int
    editor: str
    payload: bytes
    link: bytes = b""


class Comparison(NamedTuple):
    """A public text of others that releases are compared with."""

    number: int
    name: str
    sha256: bytes
    text: str


class Slot(NamedTuple):
    """A line of a slot table: reading `row` (of `item`) stands at `slot`, sealed with `atoms` atoms of this hash."""

    slot: int
    row: int
    item: int
    atoms_hash: bytes
    atoms: int


class ReleasedDocument(NamedTuple):
    """A document of a release: `position` is its place in release order."""

    release: int
    position: int
    item: int
    generation: int
    slot: int
    public_id: str
