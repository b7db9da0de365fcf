"""A reading and the words that OCR found, as one new reading: the layer that came with a scan stays beside them.

Where OCR replaces a page's text its paragraphs stand first, and the layer's units get the label `text`; on a mixed
page the layer stays as it is, and only words that stand where it has none are added. Pure: no file, no process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

import msgspec

from unsealed.ingest.boxes import (
    KINDS,
    LAYER,
    NO_BOX,
    OCR,
    UNKNOWN,
    Layout,
    PageFacts,
    UnitBoxes,
    decode,
    encode,
    pack_box,
)
from unsealed.ingest.ocr.wire import Page, Word
from unsealed.model import Field, Finding, Reading, Unit

SUFFIX = "+ocr"  # of the reader's name
PAGES = 10_000  # of one document, where its units alone say how many there are: nobody checked their numbers
POOR = 60  # mean confidence below which a page's words get a finding
_GRID = 256  # cells along each side of a page in which its layer is marked
_MIXED = frozenset(KINDS.index(name) for name in ("mixed", "born-digital"))
_BODY = frozenset(("paragraph", "text", "unread"))


class Result(NamedTuple):
    """What OCR made of one page. `page` is None where it failed; `width` and `height` are those of the pixels."""

    page: Page | None
    width: int = 0
    height: int = 0


class _Piece(NamedTuple):
    unit: Unit
    boxes: UnitBoxes
    old: int  # index in the old reading, -1 for a new unit


def layout_of(reading: Reading) -> Layout:
    """The layout of a reading; one without places where its boxes are of another version."""
    try:
        return decode(reading.boxes, [len(unit.text) for unit in reading.units])
    except ValueError:
        last = min(max((unit.page for unit in reading.units), default=0), PAGES)
        return Layout([UNKNOWN] * len(reading.units), [PageFacts()] * last)


def merged(reading: Reading, results: Mapping[int, Result], kept: Sequence[int] = ()) -> Reading:
    """The new reading. `results`: page number to what OCR made of it; `kept`: pages whose layer was found good."""
    layout = layout_of(reading)
    pieces = [_Piece(unit, layout.units[index], index) for index, unit in enumerate(reading.units)]
    facts = list(layout.pages)
    findings: list[tuple[str, bool, int]] = []  # code, warn, page
    for number, result in sorted(results.items()):
        if not 0 < number <= len(facts):
            continue
        facts[number - 1] = _sized(facts[number - 1], result)
        pieces, code = _with_page(pieces, number, result, facts[number - 1])
        findings.append((code, code == "O-FAILED", number))
        findings += [(extra, False, number) for extra in _extras(result)]
    findings += [("O-LAYER-KEPT", False, number) for number in kept]
    return _rebuilt(reading, pieces, facts, findings)


def _extras(result: Result) -> list[str]:
    page = result.page
    if page is None or not page.words:
        return []
    mean = sum(word.confidence for word in page.words) / len(page.words)
    return ["O-TURNED"] * bool(page.turn) + ["O-POOR"] * (mean < POOR)


def _sized(facts: PageFacts, result: Result) -> PageFacts:
    """The page's facts, with the size of its pixels where nothing else is known."""
    if result.page is None:
        return facts
    if not (facts.width and facts.height):
        facts = facts._replace(width=min(10 * result.width, 65_535), height=min(10 * result.height, 65_535))
    return facts._replace(source=facts.source | OCR)


def _with_page(
    pieces: list[_Piece], number: int, result: Result, facts: PageFacts
) -> tuple[list[_Piece], str]:  # fmt: skip
    """The pieces with one page's words, and the finding that says what became of it."""
    own = [place for place, piece in enumerate(pieces) if piece.unit.page == number and piece.unit.label in _BODY]
    if result.page is None:
        return pieces, "O-FAILED"
    beside = facts.kind in _MIXED
    words = list(result.page.words)
    if beside:
        words = _outside(words, [pieces[place] for place in own], result, facts)
    fresh = list(_paragraphs(words, number, result, facts))
    if not fresh:
        return pieces, "O-NOTHING"
    at = (own[-1] + 1 if beside else own[0]) if own else len(pieces)
    before, after = pieces[:at], pieces[at:]
    if not beside:
        after = [_aside(piece) if piece.unit.page == number else piece for piece in after]
    both = [*before, *fresh, *after]
    return [piece for piece in both if piece.unit.page != number or piece.unit.label != "unread"], "O-READ"


def _aside(piece: _Piece) -> _Piece:
    """A unit of the layer, beside the words of OCR."""
    if piece.unit.label != "paragraph" or piece.boxes.kind == OCR:
        return piece
    return piece._replace(unit=Unit("text", piece.unit.text, piece.unit.source, piece.unit.page))


def _paragraphs(words: Sequence[Word], number: int, result: Result, facts: PageFacts) -> list[_Piece]:
    """One unit for each paragraph, its lines ended by LF; every character has the box of its word."""
    across, down = facts.width / max(result.width, 1), facts.height / max(result.height, 1)
    pieces: list[_Piece] = []
    for _, members in groupby(words, key=lambda word: word.paragraph):
        text: list[str] = []
        boxes: list[bytes] = []
        sure: list[bytes] = []
        line = -1
        for word in members:
            if text:
                text.append("\n" if word.line != line else " ")
                boxes.append(NO_BOX)
                sure.append(b"\0")
            line = word.line
            edges = (word.left * across, word.top * down, word.right * across, word.bottom * down)
            text.append(word.text)
            boxes.append(pack_box(*[min(round(edge), 65_535) for edge in edges]) * len(word.text))
            sure.append(bytes([word.confidence]) * len(word.text))
        unit = Unit("paragraph", "".join(text), (), number)
        pieces.append(_Piece(unit, UnitBoxes(OCR, b"".join(boxes), b"".join(sure)), -1))
    return pieces


def _outside(words: list[Word], layer: list[_Piece], result: Result, facts: PageFacts) -> list[Word]:
    """The words that stand where the layer has no characters."""
    sums = _marked(layer, facts)
    kept: list[Word] = []
    for word in words:
        left, top, right, bottom = _cells(word.left, word.top, word.right, word.bottom, result.width, result.height)
        marked = sums[bottom + 1][right + 1] - sums[top][right + 1] - sums[bottom + 1][left] + sums[top][left]
        if 2 * marked <= (right + 1 - left) * (bottom + 1 - top):
            kept.append(word)
    return kept


def _marked(layer: list[_Piece], facts: PageFacts) -> list[list[int]]:
    """How many cells above and left of a place hold characters of the layer.

    By sums: a page of characters that are each as large as the page costs no more than one of small ones.
    """
    size = _GRID + 2
    edges = [[0] * (size + 1) for _ in range(size + 1)]
    for piece in layer:
        for index in range(len(piece.boxes.boxes) // 8 if piece.boxes.kind == LAYER else 0):
            box = piece.boxes.box(index)
            if box[2] > box[0]:
                left, top, right, bottom = _cells(*box, facts.width, facts.height)
                edges[top][left] += 1
                edges[top][right + 1] -= 1
                edges[bottom + 1][left] -= 1
                edges[bottom + 1][right + 1] += 1
    sums = [[0] * (size + 1)]
    cover = [0] * (size + 1)
    for row in edges[:size]:
        cover = [above + here for above, here in zip(cover, accumulate(row), strict=True)]
        cells = accumulate([int(count > 0) for count in cover[:size]], initial=0)
        sums.append([above + here for above, here in zip(sums[-1], cells, strict=True)])
    return sums


def _cells(left: int, top: int, right: int, bottom: int, width: int, height: int) -> tuple[int, int, int, int]:
    """The first and last column and row of the cells that a box touches: left, top, right, bottom."""
    width, height = max(width, 1), max(height, 1)
    first, last = min(left * _GRID // width, _GRID), min(right * _GRID // width, _GRID)
    upper, lower = min(top * _GRID // height, _GRID), min(bottom * _GRID // height, _GRID)
    return first, upper, max(first, last), max(upper, lower)


def _rebuilt(
    reading: Reading, pieces: list[_Piece], facts: list[PageFacts], findings: list[tuple[str, bool, int]]
) -> Reading:  # fmt: skip
    """A reading of these pieces: whatever named a unit by its number names it by the new one."""
    moved = {piece.old: place for place, piece in enumerate(pieces) if piece.old >= 0}
    first = {piece.unit.page: place for place, piece in reversed(list(enumerate(pieces)))}
    fields = []
    for field in reading.fields:
        units = tuple([moved[unit] for unit in field.units if unit in moved])
        if units or not field.units:
            fields.append(Field(field.name, field.value, units))
    old = [
        Finding(one.code, one.severity, moved.get(one.unit, first.get(_page_of(reading, one.unit), -1)))
        for one in reading.findings
        if not one.code.startswith("O-")
    ]
    fresh = [Finding(code, "warn" if warn else "note", first.get(page, -1)) for code, warn, page in findings]
    earlier = [
        Finding(one.code, one.severity, moved.get(one.unit, -1))
        for one in reading.findings
        if one.code.startswith("O-")
    ]
    name = reading.reader if reading.reader.endswith(SUFFIX) else reading.reader + SUFFIX
    return msgspec.structs.replace(
        reading, reader=name, units=tuple([piece.unit for piece in pieces]), fields=tuple(fields),
        findings=(*old, *earlier, *fresh), boxes=encode(Layout([piece.boxes for piece in pieces], facts)),
    )  # fmt: skip


def _page_of(reading: Reading, unit: int) -> int:
    return reading.units[unit].page if 0 <= unit < len(reading.units) else -1
