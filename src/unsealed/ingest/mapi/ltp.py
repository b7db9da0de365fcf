"""The middle layer of a PST: heaps, their small trees, properties and tables of one node ([MS-PST] 2.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise

from unsealed.ingest.mapi.bag import BINARY, FIXED, MULTIPLE, OBJECT, STRING8, UNICODE, Bag
from unsealed.ingest.mapi.ndb import Broken, Node, Store

VALUE = 64 << 20  # bytes of one property that is taken into memory
ROWS = 1_000_000  # rows of one table

_BYTES = (STRING8, UNICODE, BINARY, OBJECT)


class Heap:
    """The small things that live in the data of one node, and the inner nodes that hold its large ones."""

    def __init__(self, store: Store, node: Node) -> None:
        self._store = store
        self._pages = list(_bounded(store.blocks(node.data), VALUE))
        self.inner = store.inner(node.sub)
        if not self._pages or len(self._pages[0]) < 12 or self._pages[0][2] != 0xEC:
            raise Broken("M-PST-HEAP")
        self.client = self._pages[0][3]
        self.root = int.from_bytes(self._pages[0][4:8], "little")

    def item(self, hid: int) -> bytes:
        """A thing of the heap by its id."""
        if not hid:
            return b""
        shift = self._store.form.heap
        index, page = (hid >> 5) & ((1 << (shift - 5)) - 1), hid >> shift
        if page >= len(self._pages):
            raise Broken("M-PST-HEAP")
        data = self._pages[page]
        place = int.from_bytes(data[:2], "little")
        slot = place + 4 + 2 * (index - 1)
        if index < 1 or slot + 4 > len(data) or index > int.from_bytes(data[place : place + 2], "little"):
            raise Broken("M-PST-HEAP")
        start, end = struct.unpack_from("<HH", data, slot)
        if not start <= end <= len(data):
            raise Broken("M-PST-HEAP")
        return data[start:end]

    def value(self, hnid: int) -> bytes:
        """A value that lies in the heap, or as the data of an inner node."""
        if hnid & 0x1F == 0:
            return self.item(hnid)
        node = self.inner.get(hnid)
        if node is None:
            raise Broken("M-PST-VALUE")
        if self._store.size(node.data) > VALUE:
            raise Broken("M-PST-LARGE")
        return b"".join(_bounded(self._store.blocks(node.data), VALUE))

    def rows(self, hid: int) -> Iterator[tuple[bytes, bytes]]:
        """The keys and values of a small tree, in order."""
        head = self.item(hid)
        if len(head) < 8 or head[0] != 0xB5:
            raise Broken("M-PST-TREE")
        key, size, levels = head[1], head[2], head[3]
        if key not in (2, 4, 8, 16) or not 0 < size <= 32 or levels > 8:
            raise Broken("M-PST-TREE")
        yield from self._rows(int.from_bytes(head[4:8], "little"), key, size, levels)

    def _rows(self, hid: int, key: int, size: int, levels: int) -> Iterator[tuple[bytes, bytes]]:
        data = self.item(hid)
        width = key + (4 if levels else size)
        for start in range(0, len(data) // width * width, width):
            name, value = data[start : start + key], data[start + key : start + width]
            if levels:
                yield from self._rows(int.from_bytes(value, "little"), key, size, levels - 1)
            else:
                yield name, value


def _bounded(blocks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > limit:
            raise Broken("M-PST-LARGE")
        yield block


def properties(heap: Heap, names: dict[int, str], skip: frozenset[int] = frozenset()) -> tuple[Bag, list[str]]:
    """The properties of a node, and codes of those that cannot be read. `skip`: numbers whose values are not read."""
    if heap.client != 0xBC:
        raise Broken("M-PST-KIND")
    bag = Bag()
    troubles: list[str] = []
    for key, value in heap.rows(heap.root):
        number = int.from_bytes(key, "little")
        kind = int.from_bytes(value[:2], "little")
        if number in skip:
            bag.put(number, kind, (value[2:6],))
            continue
        try:
            bag.put(names.get(number, number), kind, _values(heap, kind, value[2:6]))
        except Broken as error:
            troubles.append(error.code)
    bag.settle()
    return bag, troubles


def _values(heap: Heap, kind: int, cell: bytes) -> tuple[bytes, ...]:
    size = FIXED.get(kind)
    hnid = int.from_bytes(cell, "little")
    if size is not None:
        return (cell[:size] if size <= 4 else heap.value(hnid)[:size],)
    if not hnid:
        return (b"",) if not kind & MULTIPLE else ()
    if kind == OBJECT:
        return (heap.item(hnid)[:8],)
    data = heap.value(hnid)
    if not kind & MULTIPLE:
        return (data,)
    single = kind & ~MULTIPLE
    if single in FIXED:
        size = FIXED[single]
        return tuple(data[start : start + size] for start in range(0, len(data), size))
    count = int.from_bytes(data[:4], "little")
    places = [*struct.unpack_from(f"<{count}I", data, 4), len(data)] if 4 + 4 * count <= len(data) else []
    return tuple(data[start:end] for start, end in pairwise(places))


def row_count(heap: Heap) -> int:
    """How many rows a table lists."""
    info = heap.item(heap.root)
    if heap.client != 0x7C or len(info) < 22:
        raise Broken("M-PST-TABLE")
    index = int.from_bytes(info[10:14], "little")
    return sum(1 for _ in heap.rows(index)) if index else 0


def table(store: Store, heap: Heap, names: dict[int, str]) -> Iterator[tuple[int, Bag]]:
    """The rows of a table: the id of each and its cells."""
    if heap.client != 0x7C:
        raise Broken("M-PST-KIND")
    info = heap.item(heap.root)
    if len(info) < 22 or info[0] != 0x7C:
        raise Broken("M-PST-TABLE")
    count = min(info[1], (len(info) - 22) // 8)
    bitmap, width = struct.unpack_from("<HH", info, 6)
    hnid = int.from_bytes(info[14:18], "little")
    columns = [struct.unpack_from("<HHHBB", info, 22 + 8 * index) for index in range(count)]
    if not hnid:
        return
    if width < 4:
        raise Broken("M-PST-TABLE")
    for row in _table_rows(store, heap, hnid, width):
        bag = Bag()
        for kind, number, place, size, bit in columns:
            cell = row[place : place + size]
            exists = bitmap + bit // 8 < len(row) and row[bitmap + bit // 8] & 0x80 >> bit % 8
            if not exists or len(cell) < size:
                continue
            try:
                fixed = kind in FIXED
                values = (cell[: FIXED[kind]],) if fixed else _values(heap, kind, cell.ljust(4, b"\0"))
                bag.put(names.get(number, number), kind, values)
            except Broken:
                bag.put(number, kind, ())
        bag.settle()
        yield int.from_bytes(row[:4], "little"), bag


def _table_rows(store: Store, heap: Heap, hnid: int, width: int) -> Iterator[bytes]:
    if hnid & 0x1F == 0:
        blocks: Iterator[bytes] = iter((heap.item(hnid),))
    else:
        node = heap.inner.get(hnid)
        if node is None:
            raise Broken("M-PST-TABLE")
        blocks = store.blocks(node.data)
    total = 0
    for block in blocks:  # rows do not run over the end of a block
        for start in range(0, len(block) // width * width, width):
            total += 1
            if total > ROWS:
                raise Broken("M-PST-LARGE")
            yield block[start : start + width]
