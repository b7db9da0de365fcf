"""Where things stand on their pages: the byte form of `Reading.boxes`, written by readers and by the OCR pass.

Integers big-endian. Lengths are tenths of a point from the top left of the page as it is shown, after its rotation;
of a picture tenths of a pixel, halved as often as it takes to fit. Divide by the size of the page, never by 10.

    magic        8 bytes, ASCII `usboxes2`
    per unit of the reading, in order:
      kind       u8: 0 not known, 1 text layer (a box for each character), 2 OCR (each character has its word's box)
      count      u32, only for kinds 1 and 2: the number of code points of the unit's text
      boxes      count times: left, top, right, bottom as u16 (no ink, such as a line end: four zeros)
      confidence count bytes, only for kind 2: 0 to 100, of the character's word
    pages        u32, then per page:
      size       width, height as u16
      kind       u8, see `KINDS`
      source     u8, bits: 1 the text of the page's own layer, 2 OCR
      turn       u8, quarter turns clockwise that the file asks for
      images     u8 count, then left, top, right, bottom of each as u16, the largest first
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

MAGIC = b"usboxes2"
KINDS = ("unknown", "born-digital", "scanned", "hidden-layer", "mixed", "broken-text", "blank", "failed", "picture")
LAYER, OCR = 1, 2  # kinds of units, and bits of a page's source
NO_BOX = bytes(8)

Box = tuple[int, int, int, int]

_BOX = struct.Struct(">4H")
_PAGE = struct.Struct(">HHBBBB")
_COUNT = struct.Struct(">I")


class UnitBoxes(NamedTuple):
    """The boxes of one unit: `kind` (0, LAYER or OCR), 8 bytes for each character, and for OCR one byte each."""

    kind: int = 0
    boxes: bytes = b""
    confidences: bytes = b""

    def box(self, index: int) -> Box:
        """The box of one character: left, top, right, bottom."""
        left, top, right, bottom = _BOX.unpack_from(self.boxes, 8 * index)
        return left, top, right, bottom


class PageFacts(NamedTuple):
    """What is known of a page besides its text. `kind`: index into `KINDS`; `source`: bits LAYER and OCR."""

    width: int = 0
    height: int = 0
    kind: int = 0
    source: int = 0
    turn: int = 0
    images: tuple[Box, ...] = ()


class Layout(NamedTuple):
    """All of `Reading.boxes`."""

    units: list[UnitBoxes]
    pages: list[PageFacts]


UNKNOWN = UnitBoxes()


def tenths(value: float) -> int:
    """A length in points as it is stored."""
    return max(0, min(65_535, round(value * 10))) if value == value else 0


def pack_box(left: int, top: int, right: int, bottom: int) -> bytes:
    """Eight bytes for one box."""
    return _BOX.pack(left, top, right, bottom)


def encode(layout: Layout) -> bytes:
    """The bytes of a layout."""
    pieces = [MAGIC]
    for unit in layout.units:
        if unit.kind == 0:
            pieces.append(b"\x00")
            continue
        pieces += [bytes([unit.kind]), _COUNT.pack(len(unit.boxes) // 8), unit.boxes, unit.confidences]
    pieces.append(_COUNT.pack(len(layout.pages)))
    for page in layout.pages:
        images = page.images[:255]
        pieces.append(_PAGE.pack(page.width, page.height, page.kind, page.source, page.turn, len(images)))
        pieces.extend([_BOX.pack(*image) for image in images])
    return b"".join(pieces)


def decode(untrusted_data: bytes, lengths: Sequence[int]) -> Layout:
    """The layout of a reading whose units have these lengths in code points.

    Raises ValueError for another version, and where a count does not fit its unit.
    """
    if not untrusted_data.startswith(MAGIC):
        raise ValueError("boxes of another version")
    try:
        units, place = _decode_units(untrusted_data, lengths)
        pages, place = _decode_pages(untrusted_data, place)
    except (struct.error, IndexError) as error:
        raise ValueError("boxes that are cut off") from error
    if place != len(untrusted_data):
        raise ValueError("bytes behind the boxes")
    return Layout(units, pages)


def _decode_units(data: bytes, lengths: Sequence[int]) -> tuple[list[UnitBoxes], int]:
    place = len(MAGIC)
    units: list[UnitBoxes] = []
    for length in lengths:
        kind = data[place]
        place += 1
        if kind == 0:
            units.append(UNKNOWN)
            continue
        (count,) = _COUNT.unpack_from(data, place)
        if kind not in (LAYER, OCR) or count != length:
            raise ValueError("boxes of another text")
        start, place = place + 4, place + 4 + 8 * count
        confidences = data[place : place + count] if kind == OCR else b""
        units.append(UnitBoxes(kind, data[start:place], confidences))
        place += len(confidences)
    return units, place


def _decode_pages(data: bytes, place: int) -> tuple[list[PageFacts], int]:
    (count,) = _COUNT.unpack_from(data, place)
    place += 4
    pages: list[PageFacts] = []
    for _ in range(count):
        width, height, kind, source, turn, images = _PAGE.unpack_from(data, place)
        place += _PAGE.size
        if kind >= len(KINDS):
            raise ValueError("a page of an unknown kind")
        boxes: list[Box] = [_BOX.unpack_from(data, place + 8 * index) for index in range(images)]
        place += 8 * images
        pages.append(PageFacts(width, height, kind, source, turn, tuple(boxes)))
    return pages, place
