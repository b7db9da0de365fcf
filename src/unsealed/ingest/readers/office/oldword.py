"""Word 6, 95 and 97-2003 documents: every story of the text, who saved it where, what was deleted and is still there.

After MS-DOC: the file information block, the piece table, the stories one after the other in one run of characters.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from unsealed.ingest.readers.office.folio import Folio, Refused, password
from unsealed.ingest.readers.office.ole import Compound

_STORIES = ("paragraph", "note", "header", "note", "note", "note", "paragraph", "header")
# 0x13 begins a field code, 0x14 ends it, 0x15 ends its result; 0x07 ends a cell; 0x01, 0x02, 0x05, 0x08 mark things
_MARKS = re.compile("[\x07\x0c\x0d\x13\x14\x15]|\x0b")
_THINGS = re.compile("[\x00-\x06\x08\x0e-\x12\x16-\x1d]")
_ADDRESS = re.compile(r'\s*(?:HYPERLINK|INCLUDE\w+|DDE\w*|LINK)\b[^"]*"([^"]+)"')
_DULL_CODE = re.compile(r"\s*(?:PAGE|NUMPAGES|TOC|PAGEREF|SEQ|FORM\w+|DATE|TIME|SHAPE)\b")
_TABLES = {"savers": 71, "annotators": 36, "revisers": 51, "facts": 32}  # numbers of pairs in the block
_PLAIN_CODEPAGE = "cp1252"


def tell(found: Compound, folio: Folio) -> None:
    """Append the text of a document."""
    main = found.read("WordDocument")
    if len(main) < 68:
        raise Refused("O-BROKEN", "no main part in the file", "Ask for another copy, or repair it in a copy.")
    (magic, version) = struct.unpack_from("<HH", main)
    (flags,) = struct.unpack_from("<H", main, 10)
    if flags & 0x0100:
        raise password()
    if version < 0x00C0 or magic == 0xA5DC:
        _old(main, folio)
        return
    table = found.read("1Table" if flags & 0x0200 else "0Table")
    block = _Block(main)
    text = "".join(_pieces(main, table, *block.pair(33)))
    if not text and not sum(block.counts):
        text = _plain(main)
    _stories(text, block.counts, folio)
    _people(table, block, folio)


class _Block:
    """The counts of characters of the stories, and the places of tables."""

    def __init__(self, main: bytes) -> None:
        (words,) = struct.unpack_from("<H", main, 32)
        at = 34 + 2 * words
        (longs,) = struct.unpack_from("<H", main, at)
        values = struct.unpack_from(f"<{longs}i", main, at + 2)
        self.counts = [max(0, values[number]) for number in (3, 4, 5, 6, 7, 8, 9, 10) if number < len(values)]
        at += 2 + 4 * longs
        (pairs,) = struct.unpack_from("<H", main, at)
        self._pairs = struct.unpack_from(f"<{pairs * 2}I", main, at + 2)

    def pair(self, number: int) -> tuple[int, int]:
        """Offset and length of a table; (0, 0) where there is none."""
        pairs = self._pairs
        return (pairs[2 * number], pairs[2 * number + 1]) if 2 * number + 1 < len(pairs) else (0, 0)


def _pieces(main: bytes, table: bytes, start: int, length: int) -> Iterator[str]:
    """The text in order: each piece is stored with one or two bytes a character (MS-DOC 2.9.38, 2.9.73)."""
    clx = table[start : start + length]
    position = 0
    while position + 5 <= len(clx) and clx[position] == 1:
        position += 3 + int.from_bytes(clx[position + 1 : position + 3], "little")
    if position + 5 > len(clx) or clx[position] != 2:
        return
    (size,) = struct.unpack_from("<I", clx, position + 1)
    plc = clx[position + 5 : position + 5 + size]
    count = (len(plc) - 4) // 12
    ends = struct.unpack_from(f"<{count + 1}i", plc)
    for number in range(count):
        characters = max(0, ends[number + 1] - ends[number])
        (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)
        offset = place & 0x3FFFFFFF
        if place & 0x40000000:
            yield main[offset // 2 : offset // 2 + characters].decode(_PLAIN_CODEPAGE, "replace")
        else:
            yield main[offset : offset + 2 * characters].decode("utf-16-le", "replace")


def _plain(main: bytes) -> str:
    begin, end = struct.unpack_from("<II", main, 24)
    return main[begin:end].decode(_PLAIN_CODEPAGE, "replace")


def _old(main: bytes, folio: Folio) -> None:
    """Word 6 and 95: one byte a character from `fcMin` to `fcMac`; after a fast save the order is that of the file."""
    counts = [max(0, count) for count in struct.unpack_from("<8i", main, 52)] if len(main) > 84 else []
    text = _plain(main)
    if struct.unpack_from("<H", main, 10)[0] & 4:
        folio.once("O-ORDER", "warn")
    _stories(text, counts if sum(counts) <= len(text) else [], folio)


def _stories(text: str, counts: list[int], folio: Folio) -> None:
    position = 0
    for label, count in zip(_STORIES, counts, strict=False):
        if count:
            _story(text[position : position + count], label, folio)
        position += count
    if len(text) > position:
        _story(text[position:], "paragraph", folio)


def _story(text: str, label: str, folio: Folio) -> None:
    """Paragraphs, cells and field codes of one story."""
    pieces: list[str] = []
    codes: list[list[str]] = []
    position = 0
    for mark in _MARKS.finditer(text):
        (codes[-1] if codes else pieces).append(text[position : mark.start()])
        position = mark.end()
        sign = mark[0]
        if sign == "\x13":
            codes.append([])
        elif sign in "\x14\x15" and codes:
            _code("".join(codes.pop()), folio)
        elif sign == "\x0b":
            (codes[-1] if codes else pieces).append("\n")
        elif sign in "\x07\x0c\x0d" and not codes:
            folio.say("cell" if sign == "\x07" else label, _THINGS.sub("", "".join(pieces)))
            pieces = []
    for code in codes:
        pieces += code
    folio.say(label, _THINGS.sub("", "".join([*pieces, text[position:]])))


def _code(code: str, folio: Folio) -> None:
    code = _THINGS.sub("", code)
    address = _ADDRESS.match(code)
    if address is not None:
        folio.link(address[1])
    elif not _DULL_CODE.match(code):
        folio.say("code", code.strip())


def _people(table: bytes, block: _Block, folio: Folio) -> None:
    """Who commented, who changed, who saved it and where: lists of strings beside the text."""
    for name in ("annotators", "revisers", "savers"):
        start, length = block.pair(_TABLES[name])
        data = table[start : start + length]
        strings = _counted(data) if name == "annotators" else _strings(data)
        for text in strings:
            if name == "savers" and ("\\" in text or "/" in text or ":" in text):
                folio.link(text)
            elif text != "Unknown":
                folio.person(text)


def _counted(data: bytes) -> Iterator[str]:
    position = 0
    while position + 2 <= len(data):
        (length,) = struct.unpack_from("<H", data, position)
        yield data[position + 2 : position + 2 + 2 * length].decode("utf-16-le", "replace")
        position += 2 + 2 * length


def _strings(data: bytes) -> Iterator[str]:
    """A table of strings (MS-DOC 2.2.4): FFFF, a count, the size of what follows each."""
    if len(data) < 6 or data[:2] != b"\xff\xff":
        return
    count, extra = struct.unpack_from("<HH", data, 2)
    position = 6
    for _ in range(count):
        if position + 2 > len(data):
            return
        (length,) = struct.unpack_from("<H", data, position)
        yield data[position + 2 : position + 2 + 2 * length].decode("utf-16-le", "replace")
        position += 2 + 2 * length + extra
