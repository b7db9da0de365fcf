"""What the archive keeps for the release room: the state of a generation and of a release.

Encoded with msgpack under a version mark. The archive stores the bytes without looking into them.
"""

from __future__ import annotations

from array import array
from typing import Literal, NamedTuple

import msgspec

from unsealed.archive import Archive
from unsealed.errors import ArchiveError, UsageError
from unsealed.seal.note import Signature

Kind = Literal["seal", "release", "redact-more", "unredact", "withdraw", "close"]
# planned    documents are chosen, nothing is written
# built      the package is whole in packages/NNNN and passed the leak check; the entry's text is fixed
# published  the entry stands in the log, and the public heads show it
State = Literal["planned", "built", "published"]


class Release(msgspec.Struct, frozen=True):
    """A release as the archive keeps it. `entry` is the exact text that editors sign, empty until it is built."""

    number: int
    kind: Kind
    title: str
    story: str
    date: str
    items: tuple[int, ...] = ()
    entry: str = ""
    signatures: tuple[Signature, ...] = ()
    generation: int = 0  # of a seal: the generation that it publishes
    decided: bytes = b""  # of a built release: digest of what was said of its documents (see `recheck`)
    journal: bytes = b""  # of a built release: digest of everything that was said
    code: str = ""  # of a withdrawal: the reason code; the words for people are the story
    embargo: str = ""  # UTC, 2026-12-01T06:00:00Z: not to be published before; empty: at any time


class Generation(msgspec.Struct, frozen=True):
    """A generation as the archive keeps it.

    `secret` names its key in `keys/`. `rows` are the readings in slot order, u64 little-endian each: with the
    key they are durable before the first commitment. `blind` is drawn with them. `root`, `ledger` and `time`
    are set when all commitments are there, and never change afterwards.
    """

    secret: str
    rows: bytes
    blind: bytes
    root: bytes = b""
    ledger: bytes = b""
    time: str = ""
    accepted: str = ""  # why the seal was made although lines of the ledger were open
    hidden: bool = False  # whether the number of documents is not public: rows that are 0 are unused slots

    @property
    def unused(self) -> list[int]:
        """The slots that hold no reading, in order."""
        return [slot for slot, row in enumerate(array("Q", self.rows)) if not row]

    @property
    def size(self) -> int:
        """The number of slots."""
        return len(self.rows) // 8


class Stored(NamedTuple):
    """A release with its state."""

    state: State
    release: Release


_VERSION = b"\x01"
_RELEASE: msgspec.msgpack.Decoder[Release] = msgspec.msgpack.Decoder(Release)
_GENERATION: msgspec.msgpack.Decoder[Generation] = msgspec.msgpack.Decoder(Generation)


def _body(stored: bytes) -> bytes:
    if stored[:1] != _VERSION:
        raise ArchiveError("A release is stored in a form that is not known.", remedy="Update Unsealed.")
    return stored[1:]


def put_release(archive: Archive, state: State, release: Release) -> None:
    """Store a release, durably."""
    archive.put_release(release.number, state, _VERSION + msgspec.msgpack.encode(release))


def find_release(archive: Archive, number: int) -> Stored | None:
    """The release with this number, or None."""
    found = archive.release(number)
    if found is None:
        return None
    state = found[0]
    if state not in ("planned", "built", "published"):
        raise ArchiveError("A release is in a state that is not known.", remedy="Update Unsealed.")
    return Stored(state, _RELEASE.decode(_body(found[1])))  # type: ignore[arg-type]


def read_release(archive: Archive, number: int) -> Stored:
    """The release with this number. Raises UsageError where it was never planned."""
    found = find_release(archive, number)
    if found is None:
        raise UsageError(f"There is no release {number}.", remedy="`unsealed release list` shows them; plan it first.")
    return found


def put_generation(archive: Archive, number: int, state: str, generation: Generation) -> None:
    """Store a generation, durably. Its states: drawn, committed, sealed."""
    archive.put_generation(number, state, _VERSION + msgspec.msgpack.encode(generation))


def find_generation(archive: Archive, number: int) -> tuple[str, Generation] | None:
    """State and record of a generation, or None."""
    found = archive.generation(number)
    return None if found is None else (found[0], _GENERATION.decode(_body(found[1])))
