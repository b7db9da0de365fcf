"""Writers of the files of Outlook, for tests: compound files with messages in them, TNEF, PST. All words are invented.

They write as little as their formats allow, so that each test can see what its reader makes of it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

Tree = dict[str, "bytes | Tree"]


def compound(tree: Tree) -> bytes:
    """A compound file (version 3) with these storages and streams."""
    return _Compound().write(tree)


class _Compound:
    def __init__(self) -> None:
        self.entries: list[list[int | str]] = []  # name, kind, left, right, child, start, size
        self.sectors: list[bytes] = []
        self.fat: list[int] = []
        self.small = b""
        self.small_fat: list[int] = []

    def write(self, tree: Tree) -> bytes:
        self.entries.append(["Root Entry", 5, FREE, FREE, FREE, END, 0])
        self.entries[0][4] = self._folder(tree)
        self.entries[0][5], self.entries[0][6] = self._chain(self.small), len(self.small)
        table = struct.pack(f"<{len(self.small_fat)}I", *self.small_fat)
        table += b"\xff" * (-len(table) % 512)
        small_at = self._chain(table) if table else END
        directory = b"".join(self._entry(entry) for entry in self.entries)
        directory_at = self._chain(directory + b"\0" * (-len(directory) % 512))
        count = 1
        while count * 128 < len(self.fat) + count:
            count += 1
        first = len(self.sectors)
        fat = [*self.fat, *[FAT] * count]
        fat += [FREE] * (count * 128 - len(fat))
        self.sectors += [struct.pack("<128I", *fat[k * 128 : k * 128 + 128]) for k in range(count)]
        header = struct.pack(
            "<8s16xHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, count,
            directory_at, 0, 4096, small_at, len(table) // 512, END, 0,
        )  # fmt: skip
        places = [first + k for k in range(count)] + [FREE] * (109 - count)
        return header + struct.pack("<109I", *places) + b"".join(self.sectors)

    def _folder(self, tree: Tree) -> int:
        before = FREE
        for name in sorted(tree, key=lambda name: (len(name), name.upper()), reverse=True):
            value = tree[name]
            number = len(self.entries)
            self.entries.append([name, 1 if isinstance(value, dict) else 2, FREE, before, FREE, END, 0])
            if isinstance(value, dict):
                self.entries[number][4] = self._folder(value)
            else:
                self.entries[number][5], self.entries[number][6] = self._stream(value), len(value)
            before = number
        return before

    def _stream(self, data: bytes) -> int:
        if len(data) >= 4096 or not data:
            return self._chain(data)
        start = len(self.small_fat)
        count = -(-len(data) // 64)
        self.small += data + b"\0" * (-len(data) % 64)
        self.small_fat += [*range(start + 1, start + count), END]
        return start

    def _chain(self, data: bytes) -> int:
        if not data:
            return END
        start = len(self.sectors)
        data += b"\0" * (-len(data) % 512)
        self.sectors += [data[k : k + 512] for k in range(0, len(data), 512)]
        self.fat += [*range(start + 1, len(self.sectors)), END]
        return start

    def _entry(self, entry: list[int | str]) -> bytes:
        name, kind, left, right, child, start, size = entry
        raw = str(name).encode("utf-16-le") + b"\0\0"
        return struct.pack(
            "<64sHBBIII16xI8x8xIQ", raw, len(raw), kind, 1, left, right, child, 0, start, size
        )  # fmt: skip


Values = dict[int, "str | int | bytes"]


def kind_of(value: str | int | bytes) -> int:
    return 0x1F if isinstance(value, str) else 3 if isinstance(value, int) else 0x102


class Mail(NamedTuple):
    """A message to be written: its properties, rows of recipients, attachments."""

    values: Values
    recipients: tuple[Values, ...] = ()
    attachments: tuple[tuple[Values, Mail | None], ...] = ()


def msg(mail: Mail, inner: bool = False) -> Tree:
    """The storages and streams of a message, for `compound`."""
    tree = _properties(
        mail.values,
        struct.pack("<8xIIII", 0, 0, len(mail.recipients), len(mail.attachments)) + bytes(0 if inner else 8),
    )
    if not inner:
        tree["__nameid_version1.0"] = {f"__substg1.0_{name}0102": b"" for name in ("0002", "0003", "0004")}
    for number, row in enumerate(mail.recipients):
        tree[f"__recip_version1.0_#{number:08X}"] = _properties(row, bytes(8))
    for number, (values, message) in enumerate(mail.attachments):
        inside = _properties(values, bytes(8))
        if message is not None:
            inside["__substg1.0_3701000D"] = msg(message, inner=True)
        tree[f"__attach_version1.0_#{number:08X}"] = inside
    return tree


def _properties(values: Values, header: bytes) -> Tree:
    tree: Tree = {}
    rows = b""
    for number, value in values.items():
        kind = kind_of(value)
        if isinstance(value, int):
            rows += struct.pack("<HHIIi", kind, number, 6, value, 0)
            continue
        data = value.encode("utf-16-le") if isinstance(value, str) else value
        rows += struct.pack("<HHIII", kind, number, 6, len(data) + (2 if kind == 0x1F else 0), 0)
        tree[f"__substg1.0_{number:04X}{kind:04X}"] = data
    tree["__properties_version1.0"] = header + rows
    return tree


def tnef(mail: Mail) -> bytes:
    """A winmail.dat."""
    out = b"\x78\x9f\x3e\x22\x01\x00" + _attribute(1, 0x69007, struct.pack("<II", 1252, 0))
    out += _attribute(1, 0x69003, _list(mail.values))
    if mail.recipients:
        rows = b"".join(_list(row) for row in mail.recipients)
        out += _attribute(1, 0x69004, struct.pack("<I", len(mail.recipients)) + rows)
    for values, message in mail.attachments:
        values = dict(values)
        data = values.pop(0x3701, b"")
        out += _attribute(2, 0x69002, bytes(14))
        if message is None:
            assert isinstance(data, bytes)
            out += _attribute(2, 0x6800F, data)
        raw = _list(values)
        if message is not None:
            inner = bytes(16) + tnef(message)
            item = struct.pack("<HHII", 0x0D, 0x3701, 1, len(inner)) + inner + b"\0" * (-len(inner) % 4)
            raw = struct.pack("<I", len(values) + 1) + raw[4:] + item
        out += _attribute(2, 0x69005, raw)
    return out


def _attribute(level: int, tag: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _list(values: Values) -> bytes:
    out = struct.pack("<I", len(values))
    for number, value in values.items():
        kind = kind_of(value)
        if isinstance(value, int):
            out += struct.pack("<HHi", kind, number, value)
            continue
        data = value.encode("utf-16-le") + b"\0\0" if isinstance(value, str) else value
        out += struct.pack("<HHII", kind, number, 1, len(data)) + data + b"\0" * (-len(data) % 4)
    return out
