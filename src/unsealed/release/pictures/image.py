"""Pixels of a page, made public: fewer shades of grey, black boxes, and a PNG file that holds nothing else. Pure.

Takes grey pixels from the sandbox, a byte each. No library touches them: what is filled here is filled, and a PNG of
a header, pixels and an end has no place for metadata.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from math import ceil, floor
from typing import Literal, NamedTuple

from unsealed.errors import VerifyError
from unsealed.release.pictures.layout import Part

Look = Literal["grey", "photocopy", "picture"]

BITS: dict[Look, int] = {"photocopy": 1, "grey": 4, "picture": 8}  # of a pixel
PAPER = 216  # of 255: on a page, lighter is paper. The yellow dots that printers leave behind are lighter
INK = 150  # of 255: of a photocopy, darker is ink
KEPT = 0xFC  # bits of a grey value that a picture keeps: the lowest two could carry a mark that nobody sees
SIDE = 12_000  # pixels along one side
PIXELS = 40_000_000
_HEAD = b"\x89PNG\r\n\x1a\n"


class Canvas(NamedTuple):
    """A page in grey: 0 black to 255 white, row by row, one byte each."""

    width: int
    height: int
    pixels: bytes


def _table(look: Look) -> bytes:
    if look == "photocopy":
        return bytes(0 if value < INK else 255 for value in range(256))
    if look == "grey":
        return bytes(255 if value >= PAPER else round(value / 17) * 17 for value in range(256))
    return bytes(255 if value >= KEPT else value & KEPT for value in range(256))


_TABLES: dict[Look, bytes] = {look: _table(look) for look in BITS}


def redacted(page: Canvas, black: Iterable[Part], look: Look) -> Canvas:
    """The page in its public shades, each part filled; a pixel that a part touches is black."""
    pixels = bytearray(page.pixels.translate(_TABLES[look]))
    for part in black:
        left, top, right, bottom = pixel_box(part, page.width, page.height)
        if right > left:
            row = bytes(right - left)
            for y in range(top, bottom):
                pixels[y * page.width + left : y * page.width + right] = row
    return Canvas(page.width, page.height, bytes(pixels))


def pixel_box(part: Part, width: int, height: int) -> tuple[int, int, int, int]:
    """The pixels that a part touches, and one more on each side: left, top, right, bottom, half-open."""
    left, top = max(floor(part[0] * width) - 1, 0), max(floor(part[1] * height) - 1, 0)
    return left, top, min(ceil(part[2] * width) + 1, width), min(ceil(part[3] * height) + 1, height)


def packed(page: Canvas, look: Look) -> bytes:
    """The compressed rows of a PNG, each behind a filter byte of 0. A PDF takes the same bytes."""
    rows, size = _samples(page, BITS[look])
    return zlib.compress(b"".join([b"\0" + rows[at : at + size] for at in range(0, len(rows), size)]), 6)


def _samples(page: Canvas, bits: int) -> tuple[bytes, int]:
    """The pixels with `bits` each, rows filled up to whole bytes; and the bytes of a row."""
    if bits == 8:
        return page.pixels, page.width
    each = 8 // bits
    size = -(-page.width // each)
    fill = b"\xff" * (size * each - page.width)
    pixels = page.pixels
    if fill:
        starts = range(0, len(pixels), page.width)
        pixels = b"".join([part for at in starts for part in (pixels[at : at + page.width], fill)])
    total = 0
    for place in range(each):  # whole planes at once: a loop over pixels would take seconds
        shift = 8 - bits * (place + 1)
        plane = pixels[place::each].translate(bytes((value >> (8 - bits)) << shift for value in range(256)))
        total |= int.from_bytes(plane, "big")
    return total.to_bytes(len(pixels) // each, "big"), size


def png(page: Canvas, look: Look, rows: bytes) -> bytes:
    """The PNG file of `packed` rows: header, pixels, end."""
    header = struct.pack(">IIBBBBB", page.width, page.height, BITS[look], 0, 0, 0, 0)
    return b"".join([_HEAD, _chunk(b"IHDR", header), _chunk(b"IDAT", rows), _chunk(b"IEND", b"")])


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def read_png(untrusted: bytes) -> Canvas:
    """The pixels of a PNG that `png` wrote. Raises VerifyError (rule `media-form`) for every other file.

    One header, one run of pixels, one end, grey, no filter: a file with room for anything else is refused.
    """
    refused = VerifyError("A picture of a page is not of its one form.", rule="media-form")
    try:
        width, height, bits, colour, *rest = struct.unpack_from(">IIBBBBB", untrusted, 16)
        (length,) = struct.unpack_from(">I", untrusted, 33)
    except struct.error as error:
        raise refused from error
    rows = untrusted[41 : 41 + length]
    look = next((name for name, value in BITS.items() if value == bits), None)
    if look is None or colour or any(rest) or not (0 < width <= SIDE and 0 < height <= SIDE):
        raise refused
    if width * height > PIXELS or png(Canvas(width, height, b""), look, rows) != untrusted:
        raise refused
    size = -(-width * bits // 8)
    try:
        machine = zlib.decompressobj()
        plain = machine.decompress(rows, height * (size + 1) + 1)
    except zlib.error as error:
        raise refused from error
    if len(plain) != height * (size + 1) or machine.unused_data or any(plain[:: size + 1]):
        raise refused
    return Canvas(width, height, _spread(plain, bits, width, size))


def _spread(plain: bytes, bits: int, width: int, size: int) -> bytes:
    each = 8 // bits
    body = b"".join([plain[at : at + size] for at in range(1, len(plain), size + 1)])
    if bits == 8:
        return body
    full = (1 << bits) - 1
    wide = bytearray(len(body) * each)
    for place in range(each):
        shift = 8 - bits * (place + 1)
        wide[place::each] = body.translate(bytes((value >> shift & full) * 255 // full for value in range(256)))
    if size * each == width:
        return bytes(wide)
    return b"".join([bytes(wide[at : at + width]) for at in range(0, len(wide), size * each)])
