"""The pure half of pictures: layout, pixels and PDF, without a sandbox or an archive."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pypdfium2 as pdfium
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas as Page

from unsealed.errors import VerifyError
from unsealed.ingest.boxes import LAYER, OCR, Layout, PageFacts, UnitBoxes, encode, pack_box
from unsealed.ingest.readers.pdf.document import read
from unsealed.model import Reading, Unit
from unsealed.release.pictures.image import BITS, Canvas, Look, packed, pixel_box, png, read_png, redacted
from unsealed.release.pictures.layout import MARKER, Sheet, Word, hidden_characters, layout_of, sheets
from unsealed.release.pictures.pdf import PdfPage, pdf
from unsealed.review.pages import NOWHERE, BoxState, Edges
from unsealed.seal.atoms import Spans, cut

LINES = (
    "Ilyas Quill keeps the ledger, and Jana Ågren (his sister) the keys.",
    "On 12 May they met at the old mill; nobody else came.",
    "Gryphon jugs: quite a typographic query, said Péter.",
)
LOOKS: tuple[Look, ...] = ("grey", "photocopy", "picture")


def a_page(lines: tuple[str, ...] = LINES, turn: int = 0) -> tuple[bytes, Reading]:
    target = io.BytesIO()
    sheet = Page(target, pagesize=(420, 200), invariant=1)
    sheet.setPageRotation(turn)
    sheet.setFont("Helvetica", 11)
    for place, line in enumerate(lines):
        sheet.drawString(30, 160 - 40 * place, line)
    sheet.showPage()
    sheet.save()
    reading = read(target.getvalue(), b"").reading
    assert reading is not None
    return target.getvalue(), reading


def drawing(data: bytes) -> Canvas:
    bitmap = pdfium.PdfDocument(data)[0].render(scale=1.5, grayscale=True)
    grey = bitmap.to_pil().convert("L")
    return Canvas(grey.width, grey.height, grey.tobytes())


def hidden_by(reading: Reading, spans: list[tuple[int, int, int]]) -> list[bytes]:
    """Masks of these spans (unit, from, to), widened to whole words as a cut is."""
    atoms = cut((unit.label, unit.text) for unit in reading.units)
    places = Spans(atoms)
    gone = [places.atoms_of(*span) for span in spans]
    return hidden_characters(atoms, [atom for first, count in gone for atom in range(first, first + count)])


def sheet_of(reading: Reading, masks: list[bytes], *boxes: BoxState, lines: bool = False) -> Sheet:
    layout = layout_of(reading)
    assert layout is not None
    return sheets(reading, layout, masks, boxes, lines=lines)[0]


def a_box(edges: Edges, unit: int = -1) -> BoxState:
    return BoxState(1, 1, 1, unit, edges, "private", "accepted", ("a", "b"), ())


DATA, READING = a_page()
DRAWN = drawing(DATA)


@st.composite
def some_spans(draw: st.DrawFn) -> list[tuple[int, int, int]]:
    found = []
    for unit in draw(st.lists(st.integers(0, len(LINES) - 1), max_size=4)):
        start = draw(st.integers(0, len(READING.units[unit].text) - 1))
        found.append((unit, start, draw(st.integers(start, min(start + 30, len(READING.units[unit].text))))))
    return found


@settings(max_examples=60, deadline=None)
@given(spans=some_spans(), lines=st.booleans(), look=st.sampled_from(LOOKS))
def test_no_pixel_of_a_hidden_word_is_left_and_the_text_layer_says_what_is_shown(
    spans: list[tuple[int, int, int]], lines: bool, look: Look
) -> None:
    masks = hidden_by(READING, spans)
    sheet = sheet_of(READING, masks, lines=lines)
    done = read_png(png(final := redacted(DRAWN, sheet.black, look), look, packed(final, look)))
    assert done == final and not sheet.unknown
    layout = layout_of(READING)
    assert layout is not None
    for unit, mask, where in zip(READING.units, masks, layout.units, strict=True):
        for index, hide in enumerate(mask):
            if hide and where.kind and not unit.text[index].isspace() and any(box := where.box(index)):
                part = (box[0] / sheet.width, box[1] / sheet.height, box[2] / sheet.width, box[3] / sheet.height)
                left, top, right, bottom = pixel_box(part, done.width, done.height)
                rows = {done.pixels[y * done.width + left : y * done.width + right] for y in range(top, bottom)}
                assert rows == {bytes(right - left)}, unit.text[index]
    text = pdfium.PdfDocument(layer(sheet))[0].get_textpage().get_text_range()
    assert text.replace(MARKER, "").split() == shown(masks)


def layer(sheet: Sheet) -> bytes:
    blank = Canvas(8, 8, b"\xff" * 64)
    return pdf([PdfPage(8, 8, packed(blank, "grey"), "grey", (420.0, 200.0), sheet.words)])


def shown(masks: list[bytes]) -> list[str]:
    """What is shown of each unit on the page, cut where words are hidden or white space stands."""
    found = []
    for unit, mask in zip(READING.units, masks, strict=True):
        if unit.page:
            found += "".join([" " if hide else letter for letter, hide in zip(unit.text, mask, strict=True)]).split()
    return found


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_fit_pages_that_are_turned(turn: int) -> None:
    data, reading = a_page(LINES, turn)
    masks = [b"\1" * len(unit.text) if unit.page else b"\0" * len(unit.text) for unit in reading.units]
    sheet = sheet_of(reading, masks)
    drawn = drawing(data)
    bare = redacted(drawn, sheet.black, "grey")
    assert drawn.pixels.count(0) and set(bare.pixels) == {0, 255}  # black boxes on white paper, nothing between


def test_a_box_does_not_follow_the_letters() -> None:
    """`nose` and `gryph` take boxes of one height: their line's, not theirs."""
    _, reading = a_page(("An acorn nose.", "An nose acorn gryphon."))
    tops = {part[3] - part[1] for part in sheet_of(reading, hidden_by(reading, [(1, 3, 5), (1, 14, 16)])).black}
    assert len({round(size, 6) for size in tops}) == 1


def test_words_side_by_side_share_a_box() -> None:
    assert len(sheet_of(READING, hidden_by(READING, [(0, 0, 3), (0, 6, 9)])).black) == 1
    assert len(sheet_of(READING, hidden_by(READING, [(0, 0, 3), (0, 12, 14)])).black) == 2


def test_a_line_goes_as_a_whole_where_it_is_asked_for() -> None:
    [part] = sheet_of(READING, hidden_by(READING, [(1, 3, 5)]), lines=True).black
    assert part[0] < 0.08 and part[2] > 0.6


def by_hand(units: list[tuple[Unit, UnitBoxes]], pages: int = 1) -> Reading:
    facts = [PageFacts(1000, 1000, 1, LAYER | OCR)] * pages
    boxes = encode(Layout([where for _, where in units], facts))
    return Reading("pdf", "pdf+ocr", 3, tuple(unit for unit, _ in units), boxes=boxes)


def row(text: str, top: int, kind: int = LAYER) -> tuple[Unit, UnitBoxes]:
    boxes = b"".join(
        [bytes(8) if x == " " else pack_box(10 * n, top, 10 * n + 9, top + 20) for n, x in enumerate(text)]
    )
    label = "paragraph" if kind == OCR else "text"
    return Unit(label, text, (), 1), UnitBoxes(kind, boxes, bytes(len(text)) if kind == OCR else b"")


def test_words_without_a_place_are_told_unless_a_box_stands_for_them() -> None:
    reading = by_hand([(Unit("note", "Jana Quill", (), 1), UnitBoxes()), row("the mill", 100)])
    masks = [b"\1" * 10, b"\0" * 8]
    assert sheet_of(reading, masks).unknown == (0,)
    assert sheet_of(reading, [b"\0" * 10, b"\0" * 8]).unknown == ()
    assert sheet_of(reading, masks, a_box((100, 100, 200, 200))).unknown == (0,)
    placed = sheet_of(reading, masks, a_box((100, 100, 200, 200), unit=0))
    assert placed.unknown == () and placed.black == ((0.1, 0.1, 0.2, 0.2),)
    nowhere = sheet_of(reading, masks, a_box(NOWHERE, unit=0))
    assert nowhere.unknown == () and nowhere.black == ()


def test_a_layer_that_ocr_took_the_place_of_is_filled_but_not_said() -> None:
    reading = by_hand([row("the mill", 100, OCR), row("tbe rnill", 500)])
    assert [word.text for word in sheet_of(reading, [b"\0" * 8, b"\0" * 9]).words] == ["the", "mill"]
    assert len(sheet_of(reading, [b"\0" * 8, b"\1" * 9]).black) == 1


def test_a_ligature_is_no_gap_and_a_gap_is() -> None:
    text = "offices and"
    unit, where = row(text, 100)
    for lost, unknown in ((2, ()), (3, (0,))):
        boxes = where.boxes[: 8 * 2] + bytes(8 * lost) + where.boxes[8 * (2 + lost) :]
        reading = by_hand([(unit, UnitBoxes(LAYER, boxes))])
        assert sheet_of(reading, [b"\1" * 7 + b"\0" * 4]).unknown == unknown


def test_a_page_without_a_size_hides_nothing_that_anybody_could_show() -> None:
    reading = Reading(
        "pdf", "pdf", 3, (Unit("paragraph", "Jana", (), 1),), boxes=encode(Layout([UnitBoxes()], [PageFacts()]))
    )
    sheet = sheet_of(reading, [b"\1" * 4])
    assert (sheet.width, sheet.unknown) == (0, (0,))
    assert layout_of(Reading("text", "text", 1, ())) is None
    assert layout_of(Reading("pdf", "pdf", 1, (Unit("text", "a"),), boxes=b"usboxes1")) is None


# --- pixels


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 40), st.integers(1, 20), st.sampled_from(LOOKS), st.randoms(use_true_random=False))
def test_a_picture_comes_back_as_it_was(width: int, height: int, look: Look, random: Any) -> None:
    page = redacted(Canvas(width, height, random.randbytes(width * height)), (), look)
    data = png(page, look, packed(page, look))
    assert read_png(data) == page
    seen = Image.open(io.BytesIO(data))
    assert (seen.size, seen.format, seen.info) == ((width, height), "PNG", {})
    assert seen.convert("L").tobytes() == page.pixels
    assert len(set(page.pixels)) <= 1 << min(BITS[look], 6)


def test_paper_is_white_and_marks_in_the_lowest_bits_are_gone() -> None:
    dots = Canvas(4, 1, bytes([255, 226, 240, 10]))  # 226: yellow, as grey
    assert redacted(dots, (), "grey").pixels == bytes([255, 255, 255, 17])
    assert redacted(Canvas(3, 1, bytes([100, 101, 103])), (), "picture").pixels == bytes([100] * 3)


def _with_chunk(data: bytes) -> bytes:
    body = b"tEXtComment\0Quill"
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]


def _filtered(data: bytes) -> bytes:
    rows = zlib.compress(b"\1" + bytes(4) + b"\0" + bytes(4), 9)
    return png(Canvas(4, 2, b""), "picture", rows)


@pytest.mark.parametrize(
    "broken",
    [
        lambda data: data + b"Quill",
        lambda data: data[:-1],
        lambda data: data[:20],
        _with_chunk,
        _filtered,
        lambda data: data.replace(b"IHDR", b"IHDX"),
        lambda _: png(Canvas(4, 2, b""), "picture", zlib.compress(bytes(11), 9)),
        lambda _: png(Canvas(4, 2, b""), "picture", zlib.compress(bytes(10), 9) + b"Quill"),
        lambda _: png(Canvas(4, 2, b""), "picture", b"no stream"),
        lambda _: png(Canvas(9_000, 9_000, b""), "picture", zlib.compress(b"", 9)),
    ],
)
def test_a_picture_of_another_form_is_refused(broken: Any) -> None:
    page = Canvas(4, 2, bytes(8))
    with pytest.raises(VerifyError) as caught:
        read_png(broken(png(page, "picture", packed(page, "picture"))))
    assert caught.value.rule == "media-form"


# --- the PDF


def test_the_pdf_says_words_of_many_scripts() -> None:
    many = ["".join(map(chr, range(at, at + 12))) for at in range(0x4E00, 0x4E00 + 300, 12)]  # more than one font has
    said = ["Péter", "Ἀθῆναι", "𐀀𐀁", *many]
    words = tuple(Word(text, (0.1, 0.03 * n, 0.8, 0.03 * n + 0.02)) for n, text in enumerate(said, 1))
    data = layer(Sheet(1, 4200, 2000, (), words, ()))
    assert pdfium.PdfDocument(data)[0].get_textpage().get_text_range().split() == said
    assert data == layer(Sheet(1, 4200, 2000, (), words, ()))


def test_the_pdf_shows_the_picture_and_nothing_else() -> None:
    sheet = sheet_of(READING, hidden_by(READING, [(0, 0, 10)]))
    final = redacted(DRAWN, sheet.black, "grey")
    page = PdfPage(final.width, final.height, packed(final, "grey"), "grey", (420.0, 200.0), sheet.words)
    document = pdfium.PdfDocument(pdf([page, page]))
    assert len(document) == 2 and document.get_metadata_dict(skip_empty=True) == {}
    seen = document[1].render(scale=final.width / 420, grayscale=True).to_pil().convert("L")
    assert seen.size == (final.width, final.height) and seen.tobytes() == final.pixels
