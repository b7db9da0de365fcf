"""One page as it would be released now, for the editors who decide whether it may be shown.

Takes an archive, an item and a page; gives a finished picture. Works before the seal: it goes by the current reading,
and fills what is only marked, too.
"""

from __future__ import annotations

from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.errors import InputError
from unsealed.model import Unit
from unsealed.release.pictures.image import png
from unsealed.release.pictures.layout import Sheet, layout_of, sheets
from unsealed.release.pictures.make import FORMS, develop, look_of
from unsealed.release.pictures.studio import Studio
from unsealed.review.desk import Desk
from unsealed.review.pages import PageDesk
from unsealed.review.state import WHOLE, MarkRecord
from unsealed.seal.atoms import Spans, cut


class ProofSheet(NamedTuple):
    """A finished picture: PNG, size in pixels, places that are filled, units whose words are not, what OCR reads."""

    png: bytes
    width: int
    height: int
    filled: int
    unknown: tuple[int, ...]
    words: str


def proof_sheet(archive: Archive, item: int, page: int) -> ProofSheet:
    """Draw page `page` of an item. Raises InputError for one that it does not have, HumanNeeded, SetupError."""
    sheet = _sheet(archive, item, page)
    look = look_of(archive, archive.item(item).form)
    with Studio(archive) as studio:
        done = develop(archive, studio, item, sheet._replace(unknown=()), look)
        [words] = studio.words([done.canvas])
    data = png(done.canvas, look, done.rows)
    return ProofSheet(data, done.canvas.width, done.canvas.height, len(sheet.black), sheet.unknown, words)


def _sheet(archive: Archive, item: int, page: int) -> Sheet:
    row = archive.current_row(item)
    reading = archive.reading(row).reading
    layout = layout_of(reading)
    if layout is None or not 0 < page <= len(layout.pages) or archive.item(item).form not in FORMS:
        raise InputError(
            f"Document {item} has no page {page} that can be drawn.",
            remedy="Only PDF files and pictures have; `unsealed review pages` lists them.",
        )
    state = Desk(archive).state(item)
    marks = [mark for mark in (*state.accepted, *state.open) if mark.row == row or mark.unit == WHOLE]
    boxes = tuple(box for box in PageDesk(archive).state(item, row).boxes if box.decided != "rejected")
    lines = archive.settings.release.page_boxes == "lines"
    return sheets(reading, layout, _masks(reading.units, marks), boxes, lines=lines)[page - 1]


def _masks(units: tuple[Unit, ...], marks: list[MarkRecord]) -> list[bytes]:
    """For each unit a byte for each character, 1 where a mark hides its word."""
    atoms = cut((unit.label, unit.text) for unit in units)
    spans = Spans(atoms)
    found = [bytearray(len(unit.text)) for unit in units]
    for mark in marks:
        for number in range(len(units)) if mark.unit == WHOLE else (mark.unit,):
            start, end = 0, len(units[number].text)
            if mark.unit != WHOLE and mark.start != WHOLE:
                first, count = spans.atoms_of(number, mark.start, mark.end)
                begin = spans.units[number].first + 1
                lengths = [len(atoms.data[n].decode()) - 1 for n in range(begin, first + count)]
                start, end = sum(lengths[: first - begin]), sum(lengths)
            found[number][start:end] = b"\1" * (end - start)
    return [bytes(mask) for mask in found]
