"""A writer of small PST files, for tests: nodes, blocks, heaps, properties and tables ([MS-PST]), permuted or plain."""

from __future__ import annotations

import struct
import zlib

from tests.ingest.outlook_files import Mail, Values, kind_of
from unsealed.ingest.mapi.ndb import _ENCODE

_BLOCK = 8176
_IN_HEAP = 1000  # bytes of a value that lies in the heap
Nodes = dict[int, tuple[int, int]]


def crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


class Pst:
    """Add folders and messages, then `write`."""

    def __init__(self, crypt: int = 1) -> None:
        self.crypt = crypt
        self.body = bytearray(0x4600)
        self.blocks: dict[int, tuple[int, int]] = {}  # bid -> place, size
        self.nodes: dict[int, tuple[int, int, int]] = {}
        self.next_bid = 4
        self.next_nid = 0x10000
        self.listed: dict[int, list[int]] = {}
        self.names: dict[int, Values] = {}
        self.node(0x21, *self.properties({0x3001: "store"}), 0)
        self.node(0x61, *self.properties({1: 1, 2: bytes(16), 3: struct.pack("<IHH", 0x1234, 6, 0), 4: bytes(8)}), 0)
        self.folder("", 0x122, 0x122)

    # --- what a test asks for ---

    def folder(self, name: str, parent: int = 0x122, nid: int = 0) -> int:
        nid = nid or self._nid(0x02)
        self.listed[nid] = []
        self.names[nid] = {0x3001: name} if name else {}
        self.nodes[nid] = (0, 0, parent)
        return nid

    def message(self, mail: Mail, folder: int, *, listed: bool = True, hidden: bool = False) -> int:
        nid = self._nid(0x08 if hidden else 0x04)
        self.node(nid, *self._message(mail), folder)
        if listed and not hidden:
            self.listed[folder].append(nid)
        return nid

    # --- layers ---

    def _nid(self, kind: int) -> int:
        self.next_nid += 0x20
        return self.next_nid | kind

    def node(self, nid: int, data: int, sub: int, parent: int) -> None:
        self.nodes[nid] = (data, sub, parent)

    def _message(self, mail: Mail) -> tuple[int, int]:
        heap, inner = self._values(mail.values)
        if mail.recipients:
            inner[0x692] = self.table([(number, row) for number, row in enumerate(mail.recipients)])
        rows: list[tuple[int, Values]] = []
        for number, (values, message) in enumerate(mail.attachments):
            nid = (number + 1) << 5 | 0x05
            attachment, below = self._values({key: value for key, value in values.items() if key != 0x3701})
            if message is not None:
                held = 0x200004 | (number + 1) << 5
                below[held] = self._message(message)
                item = len(attachment.items)
                attachment.items.append(struct.pack("<II", held, 0))
                attachment.cells[0x3701] = (0x0D, struct.pack("<I", (item + 1) << 5))
            elif 0x3701 in values:
                data = values[0x3701]
                assert isinstance(data, bytes)
                below[0x3F] = (self.data(data), 0)
                attachment.cells[0x3701] = (0x102, struct.pack("<I", 0x3F))
            inner[nid] = (self.data(attachment.written()), self.sub(below))
            rows.append((nid, {0x3705: 1}))
        if rows:
            inner[0x671] = self.table(rows)
        return self.data(heap.written()), self.sub(inner)

    def properties(self, values: Values) -> tuple[int, int]:
        heap, inner = self._values(values)
        return self.data(heap.written()), self.sub(inner)

    def _values(self, values: Values) -> tuple[_Heap, Nodes]:
        heap, inner = _Heap(), Nodes()
        for number, value in values.items():
            kind = kind_of(value)
            if isinstance(value, int):
                heap.cells[number] = (kind, struct.pack("<i", value))
                continue
            data = value.encode("utf-16-le") if isinstance(value, str) else value
            if len(data) > _IN_HEAP:
                nid = (len(inner) + 0x100) << 5 | 0x1F
                inner[nid] = (self.data(data), 0)
                heap.cells[number] = (kind, struct.pack("<I", nid))
            else:
                heap.cells[number] = (kind, struct.pack("<I", heap.put(data)))
        return heap, inner

    def table(self, rows: list[tuple[int, Values]]) -> tuple[int, int]:
        """A table whose columns all have four bytes."""
        heap = _Heap(0x7C)
        columns = sorted({(number, kind_of(value)) for _, row in rows for number, value in row.items()})
        columns = [(0x67F2, 3), (0x67F3, 3), *columns]
        width = 4 * len(columns) + -(-len(columns) // 8)
        matrix = b""
        for nid, row in rows:
            cells, bits = struct.pack("<II", nid, 1), 0xC0 << 8 * (-(-len(columns) // 8) - 1)
            for place, (number, _) in enumerate(columns[2:], 2):
                value = row.get(number)
                if value is not None:
                    bits |= 1 << (8 * -(-len(columns) // 8) - 1 - place)
                if isinstance(value, int) or value is None:
                    cells += struct.pack("<i", value or 0)
                else:
                    cells += struct.pack("<I", heap.put(value.encode("utf-16-le") if isinstance(value, str) else value))
            matrix += cells + bits.to_bytes(-(-len(columns) // 8), "big")
        inner: Nodes = {}
        hnid = 0
        if len(matrix) > _IN_HEAP:
            per = _BLOCK // width * width
            inner[0x3F] = (self.tree([matrix[k : k + per] for k in range(0, len(matrix), per)]), 0)
            hnid = 0x3F
        elif matrix:
            hnid = heap.put(matrix)
        index = heap.tree([(struct.pack("<I", nid), struct.pack("<I", k)) for k, (nid, _) in enumerate(rows)], 4, 4)
        ends = (4 * len(columns),) * 3 + (width,)
        info = struct.pack("<BB4HIII", 0x7C, len(columns), *ends, index, hnid, 0)
        for place, (number, kind) in enumerate(columns):
            info += struct.pack("<HHHBB", kind, number, 4 * place, 4, place)
        heap.root = heap.put(info)
        return self.data(heap.written()), self.sub(inner)

    def data(self, data: bytes) -> int:
        return self.tree([data[k : k + _BLOCK] for k in range(0, len(data), _BLOCK)] or [b""])

    def tree(self, pieces: list[bytes]) -> int:
        bids = [self.block(piece, internal=False) for piece in pieces]
        if len(bids) == 1:
            return bids[0]
        total = sum(map(len, pieces))
        level = 1
        tops = [
            (self._xblock(bids[k : k + 1000], 1, sum(map(len, pieces[k : k + 1000]))))
            for k in range(0, len(bids), 1000)
        ]
        if len(tops) > 1:
            level = 2
            return self._xblock(tops, level, total)
        return tops[0]

    def _xblock(self, bids: list[int], level: int, total: int) -> int:
        return self.block(
            struct.pack("<BBHI", 1, level, len(bids), total) + struct.pack(f"<{len(bids)}Q", *bids), internal=True
        )

    def sub(self, inner: Nodes) -> int:
        if not inner:
            return 0
        rows = b"".join(struct.pack("<QQQ", nid, data, sub) for nid, (data, sub) in sorted(inner.items()))
        return self.block(struct.pack("<BBHI", 2, 0, len(inner), 0) + rows, internal=True)

    def block(self, data: bytes, *, internal: bool) -> int:
        bid = self.next_bid | (2 if internal else 0)
        self.next_bid += 4
        if self.crypt and not internal:
            data = data.translate(_ENCODE)
        place = self._place(64)
        padded = -(-(len(data) + 16) // 64) * 64
        self.body += data + bytes(padded - 16 - len(data))
        self.body += struct.pack("<HHIQ", len(data), self._mark(place, bid), crc(data), bid)
        self.blocks[bid] = (place, len(data))
        return bid

    def _mark(self, place: int, bid: int) -> int:
        value = (place ^ bid) & 0xFFFFFFFF
        return (value >> 16 ^ value) & 0xFFFF

    def _place(self, step: int) -> int:
        self.body += bytes(-len(self.body) % step)
        return len(self.body)

    def _pages(self, rows: list[tuple[int, bytes]], kind: int) -> tuple[int, int]:
        """The pages of a tree; gives the id and the place of its root."""
        level = 0
        while True:
            size = len(rows[0][1])
            count = 488 // size
            above: list[tuple[int, bytes]] = []
            for start in range(0, len(rows), count):
                some = rows[start : start + count]
                place, bid = self._place(512), self.next_bid
                self.next_bid += 4
                entries = b"".join(row for _, row in some).ljust(488, b"\0")
                page = entries + struct.pack("<BBBB4x", len(some), count, size, level)
                self.body += page + struct.pack("<BBHIQ", kind, kind, self._mark(place, bid), crc(page), bid)
                above.append((some[0][0], struct.pack("<QQQ", some[0][0], bid, place)))
            if len(above) == 1:
                return bid, place
            rows, level = above, level + 1

    def write(self) -> bytes:
        for nid, listed in self.listed.items():
            children = [child for child in self.listed if self.nodes[child][2] == nid and child != nid]
            parent = self.nodes[nid][2]
            self.node(nid, *self.properties(self.names[nid] | {0x3602: len(listed), 0x3603: 0}), parent)
            self.node(nid & ~0x1F | 0x0D, *self.table([(child, {}) for child in children]), 0)
            self.node(nid & ~0x1F | 0x0E, *self.table([(child, {}) for child in listed]), 0)
            self.node(nid & ~0x1F | 0x0F, *self.table([]), 0)
        blocks = [(bid, struct.pack("<QQHHI", bid, *self.blocks[bid], 2, 0)) for bid in sorted(self.blocks)]
        nodes = [(nid, struct.pack("<QQQII", nid, *self.nodes[nid], 0)) for nid in sorted(self.nodes)]
        node_root, block_root = self._pages(nodes, 0x81), self._pages(blocks, 0x80)
        self._place(512)
        root = struct.pack("<IQQQQQQQQBBH", 0, len(self.body), 0, 0, 0, *node_root, *block_root, 1, 0, 0)
        partial = b"SM" + struct.pack("<HHBBII", 23, 19, 1, 1, 0, 0)
        partial += struct.pack("<QQI", 0, self.next_bid, 1) + bytes(128) + bytes(8) + root + bytes(4) + b"\xff" * 256
        partial += struct.pack("<BBH", 0x80, self.crypt, 0)
        partial += struct.pack("<Q", self.next_bid)
        header = (
            b"!BDN"
            + struct.pack("<I", crc(partial[:471]))
            + partial
            + struct.pack("<I", crc(partial[:516]))
            + bytes(36)
        )
        self.body[: len(header)] = header
        return bytes(self.body)


class _Heap:
    def __init__(self, client: int = 0xBC) -> None:
        self.client = client
        self.items: list[bytes] = []
        self.cells: dict[int, tuple[int, bytes]] = {}
        self.root = 0

    def put(self, data: bytes) -> int:
        if not data:
            return 0
        self.items.append(data)
        return len(self.items) << 5

    def tree(self, rows: list[tuple[bytes, bytes]], key: int, size: int) -> int:
        inside = self.put(b"".join(name + value for name, value in rows))
        return self.put(struct.pack("<BBBBI", 0xB5, key, size, 0, inside))

    def written(self) -> bytes:
        if self.client == 0xBC:
            rows = [
                (struct.pack("<H", number), struct.pack("<H", kind) + cell)
                for number, (kind, cell) in sorted(self.cells.items())
            ]
            self.root = self.tree(rows, 2, 6)
        body, places = bytearray(12), []
        for item in self.items:
            places.append(len(body))
            body += item
        places.append(len(body))
        body += bytes(len(body) % 2)
        body[:12] = struct.pack("<HBBII", len(body), 0xEC, self.client, self.root, 0)
        body += struct.pack("<HH", len(self.items), 0) + struct.pack(f"<{len(places)}H", *places)
        assert len(body) <= _BLOCK
        return bytes(body)
