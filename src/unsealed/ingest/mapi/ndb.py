"""The lower layer of a PST or OST: nodes, blocks and their trees, read from a file object ([MS-PST] 2.2).

Read on demand with small caches, so that memory does not grow with the file; every length and place is an
outsider's word and is checked. Forms: ANSI (Outlook 97), Unicode, and OST of 2013 with pages of 4 KiB and packed
blocks; blocks as they are, permuted or cycled.
"""

from __future__ import annotations

import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from unsealed.ingest.mapi.bag import Unreadable

DEPTH = 20  # levels of a tree
PAGES = 2048  # pages kept in memory
BLOCK = 1 << 20  # bytes that a block may unpack to
MAGIC = b"!BDN"


class Broken(Unreadable):
    """The file does not keep to its form here."""


class Node(NamedTuple):
    """A node: its id, the id of the block with its data, of the block with its inner nodes, the node it lies in."""

    nid: int
    data: int
    sub: int
    parent: int


class _Form(NamedTuple):
    """How one generation of the format lays its things out."""

    word: str  # of block ids and file places
    size: int  # bytes of a page
    entries: int  # bytes of its entries
    counts: str  # of its entries and the most there can be
    root: int  # where the roots of both trees are stated
    crypt: int
    sub: int  # bytes before the entries of a block of inner nodes
    heap: int  # bits to shift a heap id by to get at its block


_ANSI = _Form("<I", 512, 496, "<BBBB", 184, 0x1CD, 4, 16)
_WIDE = _Form("<Q", 512, 488, "<BBBB", 216, 0x201, 8, 16)
_LARGE = _Form("<Q", 4096, 4056, "<HHBB", 216, 0x201, 8, 19)

_ENCODE = bytes(
    [65, 54, 19, 98, 168, 33, 110, 187, 244, 22, 204, 4, 127, 100, 232, 93, 30, 242, 203, 42, 116, 197, 94, 53, 210,
     149, 71, 158, 150, 45, 154, 136, 76, 125, 132, 63, 219, 172, 49, 182, 72, 95, 246, 196, 216, 57, 139, 231, 35, 59,
     56, 142, 200, 193, 223, 37, 177, 32, 165, 70, 96, 78, 156, 251, 170, 211, 86, 81, 69, 124, 85, 0, 7, 201, 43, 157,
     133, 155, 9, 160, 143, 173, 179, 15, 99, 171, 137, 75, 215, 167, 21, 90, 113, 102, 66, 191, 38, 74, 107, 152, 250,
     234, 119, 83, 178, 112, 5, 44, 253, 89, 58, 134, 126, 206, 6, 235, 130, 120, 87, 199, 141, 67, 175, 180, 28, 212,
     91, 205, 226, 233, 39, 79, 195, 8, 114, 128, 207, 176, 239, 245, 40, 109, 190, 48, 77, 52, 146, 213, 14, 60, 34,
     50, 229, 228, 249, 159, 194, 209, 10, 129, 18, 225, 238, 145, 131, 118, 227, 151, 230, 97, 138, 23, 121, 164, 183,
     220, 144, 122, 92, 140, 2, 166, 202, 105, 222, 80, 26, 17, 147, 185, 82, 135, 88, 252, 237, 29, 55, 73, 27, 106,
     224, 41, 51, 153, 189, 108, 217, 148, 243, 64, 84, 111, 240, 198, 115, 184, 214, 62, 101, 24, 68, 31, 221, 103, 16,
     241, 12, 25, 236, 174, 3, 161, 20, 123, 169, 11, 255, 248, 163, 192, 162, 1, 247, 46, 188, 36, 104, 117, 13, 254,
     186, 47, 181, 208, 218, 61]
)  # fmt: skip
_MIDDLE = bytes.fromhex(
    "14530f56b3c87a9ceb65481716159f02cc547c83000d0c0ba262a876dbd9edc7c5a4dcac8574d6d0a79bae9a967166c3"
    "6399b8dd73928e847da55ed15d93b1575150808952944f4e0a6bbc8d7f6e47464140440111cb033ff7f4e1a98f3c3af9"
    "fbf0193082092ec99da08649ee6f4d6dc42d813425871b88aafc06a11238fd4c4272641337246a757743ffe6b44b365c"
    "e4d8353d45b92cecb7312b290768a30e697b189e2139be281a5b78f523ca2ab0af3efe048ce7e5983295d3f64ae8a6ea"
    "e9f3d52f7020f21f0567ad5510cecde3273bdabad7c226d4911dd21c2233f8faf15aefcf90b68bb5bdc0bf08971e6ce2"
    "61e0c6c159abbb58de5fdf60797eb28a"
)
_DECODE = bytes(_ENCODE.index(value) for value in range(256))


class Store:
    """The nodes and blocks of one file. Raises `Broken` where the file cannot be read at all."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._length = length
        header = self._read(0, 564)
        if header[:4] != MAGIC or header[8:10] != b"SM":
            raise Broken("M-PST-HEADER")
        version = int.from_bytes(header[10:12], "little")
        self.form = _ANSI if version in (14, 15) else _LARGE if version >= 36 else _WIDE
        width = struct.calcsize(self.form.word)
        roots = struct.unpack_from(self.form.word[0] + 4 * self.form.word[1], header, self.form.root)
        self._nodes, self._blocks = roots[1], roots[3]
        self._crypt = header[self.form.crypt]
        if self._crypt > 2:
            raise Broken("M-PST-CRYPT")
        self._width = width
        self._pages: OrderedDict[int, tuple[int, list[bytes]]] = OrderedDict()

    def _read(self, place: int, size: int) -> bytes:
        if not 0 <= place <= self._length:
            raise Broken("M-PST-PLACE")
        self._file.seek(place)
        data = self._file.read(size)
        if len(data) < size:
            raise Broken("M-PST-SHORT")
        return data

    def _page(self, place: int) -> tuple[int, list[bytes]]:
        """The level and the entries of a page of a tree."""
        found = self._pages.get(place)
        if found is not None:
            self._pages.move_to_end(place)
            return found
        form = self.form
        data = self._read(place, form.size)
        count, _, size, level = struct.unpack_from(form.counts, data, form.entries)
        if size < 2 * self._width or count * size > form.entries or level > DEPTH:
            raise Broken("M-PST-PAGE")
        found = level, [data[start : start + size] for start in range(0, count * size, size)]
        self._pages[place] = found
        if len(self._pages) > PAGES:
            self._pages.popitem(last=False)
        return found

    def nodes(self) -> Iterator[Node]:
        """Every node of the file, by rising id. A page that is broken ends its branch: `broken` counts them."""
        self.broken = 0
        yield from self._walk(self._nodes, DEPTH, -1)

    def _walk(self, place: int, depth: int, above: int) -> Iterator[Node]:
        try:
            level, entries = self._page(place)
            if depth < 0 or (above >= 0 and level != above - 1):
                raise Broken("M-PST-DEPTH")
        except Broken:
            self.broken += 1
            return
        for entry in entries:
            if level:
                yield from self._walk(self._number(entry, 2), depth - 1, level)
            else:
                parent = int.from_bytes(entry[3 * self._width : 3 * self._width + 4], "little")
                yield Node(self._number(entry, 0) & 0xFFFFFFFF, self._number(entry, 1), self._number(entry, 2), parent)

    def _number(self, entry: bytes, index: int) -> int:
        width = self._width
        return int.from_bytes(entry[index * width : (index + 1) * width], "little")

    def node(self, nid: int) -> Node | None:
        """One node of the file, None where there is none."""
        entry = self._find(self._nodes, nid)
        if entry is None:
            return None
        return Node(nid, self._number(entry, 1), self._number(entry, 2), 0)

    def _find(self, place: int, key: int) -> bytes | None:
        for _ in range(DEPTH):
            level, entries = self._page(place)
            low, high = 0, len(entries)
            while low < high:
                middle = (low + high) // 2
                if self._number(entries[middle], 0) <= key:
                    low = middle + 1
                else:
                    high = middle
            if not low:
                return None
            entry = entries[low - 1]
            if not level:
                return entry if self._number(entry, 0) == key else None
            place = self._number(entry, 2)
        raise Broken("M-PST-DEPTH")

    def block(self, bid: int) -> bytes:
        """The bytes of one block, unpacked and decoded."""
        entry = self._find(self._blocks, bid & ~1)
        if entry is None:
            raise Broken("M-PST-BLOCK")
        place = self._number(entry, 1)
        size, full = struct.unpack_from("<HH", entry, 2 * self._width)
        data = self._read(place, size)
        if self.form is _LARGE and full and full != size:
            data = _inflated(data, full)
        if not bid & 2:
            data = _decoded(data, self._crypt, bid)
        return data

    def blocks(self, bid: int, depth: int = 2) -> Iterator[bytes]:
        """The data of a node, block by block."""
        if not bid:
            return
        data = self.block(bid)
        if not bid & 2:
            yield data
            return
        if len(data) < 8 or data[0] != 1 or depth < 1:
            raise Broken("M-PST-TREE")
        count = int.from_bytes(data[2:4], "little")
        for inner in struct.iter_unpack(self.form.word, data[8 : 8 + count * self._width]):
            yield from self.blocks(inner[0], depth - 1)

    def size(self, bid: int) -> int:
        """The bytes of a node's data without reading them."""
        if not bid:
            return 0
        if bid & 2:
            data = self.block(bid)
            return int.from_bytes(data[4:8], "little")
        entry = self._find(self._blocks, bid & ~1)
        if entry is None:
            raise Broken("M-PST-BLOCK")
        size, full = struct.unpack_from("<HH", entry, 2 * self._width)
        return int(full if self.form is _LARGE and full else size)

    def inner(self, bid: int, depth: int = 2) -> dict[int, Node]:
        """The nodes inside a node, by id."""
        found: dict[int, Node] = {}
        if not bid:
            return found
        data = self.block(bid)
        if len(data) < self.form.sub or data[0] != 2 or depth < 1:
            raise Broken("M-PST-TREE")
        level, count = data[1], int.from_bytes(data[2:4], "little")
        size = (2 if level else 3) * self._width
        for start in range(self.form.sub, min(self.form.sub + count * size, len(data) - size + 1), size):
            entry = data[start : start + size]
            if level:
                found.update(self.inner(self._number(entry, 1), depth - 1))
            else:
                nid = self._number(entry, 0) & 0xFFFFFFFF
                found[nid] = Node(nid, self._number(entry, 1), self._number(entry, 2), 0)
        return found


def _inflated(data: bytes, size: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, min(size, BLOCK))
    except zlib.error as error:
        raise Broken("M-PST-BLOCK") from error


def _decoded(data: bytes, crypt: int, bid: int) -> bytes:
    if crypt == 0:
        return data
    if crypt == 1:
        return data.translate(_DECODE)
    key = (bid ^ bid >> 16) & 0xFFFF
    out = bytearray(len(data))
    for index, value in enumerate(data):
        low, high = key & 0xFF, key >> 8
        turned = _MIDDLE[(_ENCODE[(value + low) & 0xFF] + high) & 0xFF]
        out[index] = (_DECODE[(turned - high) & 0xFF] - low) & 0xFF
        key = (key + 1) & 0xFFFF
    return bytes(out)
