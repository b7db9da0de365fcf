"""The log as a state machine: entries go in, the files that must be written come out.

Takes entries and a function that reads existing tiles; gives a mapping from path to bytes. It never opens a file,
so that whoever writes decides what is durable when: new tiles first, then the checkpoint, then the removals.

Spec: docs/formats/log.md, section "Tiles".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unsealed.errors import VerifyError
from unsealed.seal.merkle import leaf_hash, root
from unsealed.seal.tiles import (
    ENTRIES,
    HASH,
    WIDTH,
    Reader,
    consistency_path,
    decode_bundle,
    encode_bundle,
    inclusion_path,
    tile_path,
    tree_root,
)

MAX_ENTRY = 65535  # bytes


@dataclass(frozen=True)
class Growth:
    """What an append asks for.

    `files` to write (path below the log's folder to bytes), `removed` to delete after the new checkpoint is
    published, and the new size and root that this checkpoint must state.
    """

    files: dict[str, bytes]
    removed: tuple[str, ...]
    size: int
    root: bytes


class Log:
    """A log of `size` entries whose files `read` gives. The object itself never changes."""

    def __init__(self, size: int, read: Reader) -> None:
        self.size = size
        self._read = read

    def root(self) -> bytes:
        """The root over all entries. Raises VerifyError (rule `tile`) where a tile is damaged."""
        return tree_root(self._read, self.size)

    def entries(self) -> tuple[bytes, ...]:
        """Every entry, in order, from the bundles."""
        found: list[bytes] = []
        for first in range(0, self.size, WIDTH):
            count = min(WIDTH, self.size - first)
            found += decode_bundle(self._read(tile_path(ENTRIES, first // WIDTH, count)), count)
        return tuple(found)

    def inclusion(self, index: int) -> tuple[bytes, ...]:
        """The path of the entry at `index`, for a proof."""
        return inclusion_path(self._read, self.size, index)

    def consistency(self, old_size: int) -> tuple[bytes, ...]:
        """The proof that this log continues its own first `old_size` entries."""
        return consistency_path(self._read, old_size, self.size)

    def append(self, entries: Sequence[bytes]) -> Growth:
        """Add entries. Nothing is written; the same call after a crash gives the same answer.

        Raises VerifyError: `entry-size` for an entry that is empty or longer than 65,535 bytes, `tile` for damage.
        """
        files: dict[str, bytes] = {}
        removed: list[str] = []

        def read(path: str) -> bytes:
            return files[path] if path in files else self._read(path)

        size = self.size
        for entry in entries:
            if not 0 < len(entry) <= MAX_ENTRY:
                raise VerifyError(f"A log entry is {len(entry)} bytes long; 1 to {MAX_ENTRY} fit.", rule="entry-size")
            _grow(read, files, removed, size, ENTRIES, encode_bundle([entry]))
            _grow(read, files, removed, size, 0, leaf_hash(entry))
            size += 1
        gone = {path for path in removed if files.pop(path, None) is not None}
        return Growth(files, tuple(path for path in removed if path not in gone), size, tree_root(read, size))


def _grow(read: Reader, files: dict[str, bytes], removed: list[str], count: int, level: int, addition: bytes) -> None:
    """Add one item to the last tile of a level that holds `count` items; a tile that fills adds one above."""
    tile, width = divmod(count, WIDTH)
    data = (read(tile_path(level, tile, width)) if width else b"") + addition
    files[tile_path(level, tile, width + 1)] = data
    if width + 1 < WIDTH:
        return
    removed += [tile_path(level, tile, partial) for partial in range(1, WIDTH)]
    if level != ENTRIES:
        hashes = [data[at : at + HASH] for at in range(0, len(data), HASH)]
        if len(hashes) != WIDTH:
            raise VerifyError(f"The tile {tile_path(level, tile)} has a wrong length.", rule="tile")
        _grow(read, files, removed, tile, level + 1, root(hashes))
