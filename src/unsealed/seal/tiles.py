"""C2SP tiles: a log, or the tree of it, as plain files on any static host.

Takes paths and bytes through a function that the caller hands in; touches no disk. From the tiles anybody can
compute the root, the path of an entry, and that a newer log continues an older one.

Spec: c2sp.org/tlog-tiles; docs/formats/log.md, section "Tiles" (which partial tiles our logs keep).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from unsealed.errors import VerifyError
from unsealed.seal.merkle import EMPTY_ROOT, node_hash, root

WIDTH = 256  # hashes or entries of a full tile
HASH = 32  # bytes
ENTRIES = -1  # the "level" of entry bundles
MAX_BUNDLE = WIDTH * (2 + 65535)  # bytes of a full entry bundle

Reader = Callable[[str], bytes]  # path below the log's folder to the bytes of the file


class TileFile(NamedTuple):
    """One file of a log: a tile of `level` (0 = leaves), or an entry bundle (`level` is ENTRIES)."""

    path: str
    level: int
    tile: int
    width: int


def tile_path(level: int, tile: int, width: int = WIDTH) -> str:
    """The path of a tile: `tile/0/x001/x234/067`, with `.p/W` for a partial one of W hashes."""
    groups = [f"{tile % 1000:03}"]
    while tile := tile // 1000:
        groups.insert(0, f"x{tile % 1000:03}")
    name = "entries" if level == ENTRIES else str(level)
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{name}/{'/'.join(groups)}{partial}"


def expected_files(size: int) -> Iterator[TileFile]:
    """Every file that the folder of a log of `size` entries holds beside `checkpoint`, and no other.

    Our logs sign a checkpoint after each entry, so a partial tile stands there in every width up to the newest
    one; all of them go once the tile is full (tlog-tiles allows it). The set depends on the size alone.
    """
    for level in _levels(size):
        count = size if level == ENTRIES else size >> (8 * level)
        full, rest = divmod(count, WIDTH)
        for tile in range(full):
            yield TileFile(tile_path(level, tile), level, tile, WIDTH)
        for width in range(1, rest + 1):
            yield TileFile(tile_path(level, full, width), level, full, width)


def _levels(size: int) -> list[int]:
    return ([ENTRIES] if size else []) + [level for level in range(8) if size >> (8 * level)]


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry after its length as a big-endian u16."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(untrusted: bytes, count: int) -> tuple[bytes, ...]:
    """The `count` entries of a bundle. Raises VerifyError (rule `tile`) where it holds more or less."""
    found: list[bytes] = []
    offset = 0
    while offset < len(untrusted) and len(found) < count:
        end = offset + 2 + int.from_bytes(untrusted[offset : offset + 2], "big")
        if end > len(untrusted):
            break
        found.append(untrusted[offset + 2 : end])
        offset = end
    if len(found) != count or offset != len(untrusted):
        raise VerifyError("An entry bundle does not hold the entries that it should.", rule="tile")
    return tuple(found)


def _hashes(read: Reader, size: int, level: int, tile: int) -> list[bytes]:
    """The hashes of one tile in a log of `size`, read in the widest form that it has there."""
    width = min(WIDTH, (size >> (8 * level)) - tile * WIDTH)
    data = read(tile_path(level, tile, width))
    if len(data) != width * HASH:
        raise VerifyError(f"The tile {tile_path(level, tile, width)} has a wrong length.", rule="tile")
    return [data[at : at + HASH] for at in range(0, len(data), HASH)]


def _subtree(read: Reader, size: int, height: int, position: int) -> bytes:
    """The hash over the 2^height entries from position * 2^height: a complete subtree."""
    level, above = divmod(height, 8)
    first = position << above
    hashes = _hashes(read, size, level, first // WIDTH)
    return root(hashes[first % WIDTH : first % WIDTH + (1 << above)])


def _range_root(read: Reader, size: int, begin: int, end: int) -> bytes:
    """MTH(D[begin:end]) of RFC 6962 for a range that the tree of `size` has as a subtree or right edge."""
    subtrees = []
    while begin < end:
        height = (end - begin).bit_length() - 1
        subtrees.append(_subtree(read, size, height, begin >> height))
        begin += 1 << height
    if not subtrees:
        return EMPTY_ROOT
    found = subtrees.pop()
    while subtrees:
        found = node_hash(subtrees.pop(), found)
    return found


def tree_root(read: Reader, size: int) -> bytes:
    """The root of the log of `size` entries, from its tiles. Raises VerifyError (rule `tile`)."""
    return _range_root(read, size, 0, size)


def inclusion_path(read: Reader, size: int, index: int) -> tuple[bytes, ...]:
    """The path of the entry at `index` in the log of `size` (RFC 6962, 2.1.1). IndexError; VerifyError `tile`."""
    if not 0 <= index < size:
        raise IndexError("index outside the log")
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + (1 << ((end - begin - 1).bit_length() - 1))
        if index < middle:
            path.append(_range_root(read, size, middle, end))
            end = middle
        else:
            path.append(_range_root(read, size, begin, middle))
            begin = middle
    return tuple(reversed(path))


def consistency_path(read: Reader, old_size: int, size: int) -> tuple[bytes, ...]:
    """The proof that the log of `size` continues that of `old_size` (RFC 6962, 2.1.2). VerifyError (rule `tile`)."""
    if not 0 <= old_size <= size:
        raise ValueError("old size outside the log")
    if old_size in (0, size):
        return ()
    path: list[bytes] = []
    begin, end, whole = 0, size, True
    while old_size != end:
        middle = begin + (1 << ((end - begin - 1).bit_length() - 1))
        if old_size <= middle:
            path.append(_range_root(read, size, middle, end))
            end = middle
        else:
            path.append(_range_root(read, size, begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(_range_root(read, size, begin, end))
    return tuple(reversed(path))
