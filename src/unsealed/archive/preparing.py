"""What the archive takes of a reading, made while the reading is at hand.

A reading is decoded, looked through, packed and forgotten in one go: it is then still in the caches of the processor,
and no batch of readings waits in memory for its turn (decision 0247).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple, Protocol

import zstandard

from unsealed.archive._base import PACKED_MARK, PLAIN_MARK, ZSTD_LEVEL
from unsealed.model import Reading

# Shorter readings without places on a page are stored as they are: a telegram would become a sixth to a quarter
# shorter, for one part in twenty-five of the time that ingest takes (0247).
PACKED_BYTES = 32 << 10


class Followed(Protocol):
    """What somebody who follows along has made of a reading that has no row yet."""

    def at(self, row: int, item: int, name: str) -> object:
        """The same, of the reading in this row, of the item with this id and name. Called once."""
        ...


Follow = Callable[[Reading], Followed]
"""What somebody who follows along (the index) wants to keep of a new reading, while it is at hand.

Called before the reading is durable, in any thread, and perhaps for one that never enters. What its `at` gives comes
back from `Growth.followed`.
"""


class Prepared(NamedTuple):
    """Of one reading: its stored bytes, what the catalogue says of it, what it cites, what a follower made of it.

    `name`: its first identifier, empty without one.
    """

    stored: bytes
    type: str
    title: str
    date: str
    origin: str
    klass: str
    words: int
    name: str
    reader: str
    version: int
    refs: list[str]
    followed: Followed | None


class Preparer:
    """Makes `Prepared` of readings. For one thread at a time: each thread has its own (`Archive.preparer`)."""

    def __init__(self, follow: Follow | None = None) -> None:
        self._follow = follow
        self._compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True)

    def prepare(self, reading: Reading, encoded: bytes) -> Prepared:
        """`encoded`: the msgpack bytes of the reading."""
        get = _first_values(reading).get
        follow = self._follow
        return Prepared(
            self._stored(reading, encoded),
            reading.type,
            get("title") or get("subject") or "",
            get("date", ""),
            get("origin", ""),
            get("class", ""),
            _about_words(reading, encoded),
            get("id", ""),
            reading.reader,
            reading.version,
            [field.value for field in reading.fields if field.name == "ref"],
            follow(reading) if follow is not None else None,
        )

    def _stored(self, reading: Reading, encoded: bytes) -> bytes:
        if len(encoded) < PACKED_BYTES and not reading.boxes:
            return b"".join((PLAIN_MARK, zlib.crc32(encoded).to_bytes(4, "big"), encoded))
        return PACKED_MARK + self._compressor.compress(encoded)


def _about_words(reading: Reading, encoded: bytes) -> int:
    """Spaces and line ends of a reading. Counted in its encoded form where that is nearly all text: 20 times faster.

    Of longer ones every fourth byte is looked at: a twentieth more or less is as good in a list.
    """
    if not reading.boxes:
        step = 4 if len(encoded) > 4096 else 1
        sample = encoded[::step]
        return step * (len(sample) - len(sample.translate(None, b" \n")))
    return sum(unit.text.count(" ") + unit.text.count("\n") for unit in reading.units)


def _first_values(reading: Reading) -> dict[str, str]:
    """Field name to its first value."""
    return {field.name: field.value for field in reversed(reading.fields)}
