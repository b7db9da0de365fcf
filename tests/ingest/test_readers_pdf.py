"""PDF in depth: kinds of pages, boxes, and all that stands beside the pages."""

from __future__ import annotations

import io
import json
import struct

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageOps
from reportlab.pdfgen import canvas

from tests.conftest import SHARED
from tests.ingest.sheets import WORDS, photographed, scanned, typed
from unsealed.ingest.boxes import KINDS, LAYER, OCR, Layout, PageFacts, UnitBoxes, decode, encode
from unsealed.ingest.readers import read
from unsealed.ingest.readers.outcome import Outcome
from unsealed.ingest.readers.passwords import as_context, of_context
from unsealed.ingest.words import is_word_like, share_of_non_words
from unsealed.model import Reading


def outcome_of(data: bytes) -> Outcome:
    return read("pdf", data)


def reading_of(data: bytes) -> Reading:
    found = outcome_of(data).reading
    assert found is not None
    return found


def layout_of(reading: Reading) -> Layout:
    return decode(reading.boxes, [len(unit.text) for unit in reading.units])


def kinds_of(data: bytes) -> list[str]:
    return [KINDS[page.kind] for page in layout_of(reading_of(data)).pages]


def texts(reading: Reading, label: str) -> list[str]:
    return [unit.text.strip() for unit in reading.units if unit.label == label]


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def saved(file: pikepdf.Pdf, **options: object) -> bytes:
    target = io.BytesIO()
    file.save(target, static_id=not options, **options)  # type: ignore[arg-type]
    return target.getvalue()


def opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.Pdf.open(io.BytesIO(data))


# --- kinds of pages


def test_a_typed_page_is_born_digital_and_waits_for_nothing() -> None:
    outcome = outcome_of(typed())
    assert kinds_of(typed()) == ["born-digital"]
    assert (outcome.state, outcome.code) == ("read", "")
    assert outcome.reading is not None and codes(outcome.reading) == []


def test_a_picture_of_a_page_is_scanned_and_waits() -> None:
    data = scanned([photographed(typed())])
    outcome = outcome_of(data)
    assert kinds_of(data) == ["scanned"]
    assert (outcome.state, outcome.code) == ("no-text", "O-WAITING")
    assert outcome.reading is not None and codes(outcome.reading) == ["P-SCANNED"]
    assert layout_of(outcome.reading).pages[0].images == ((0, 0, 5953, 8419),)


def test_text_in_an_invisible_mode_over_a_picture_is_a_hidden_layer() -> None:
    data = scanned([photographed(typed())], hidden=WORDS)
    reading = reading_of(data)
    assert kinds_of(data) == ["hidden-layer"]
    assert codes(reading) == ["P-HIDDEN-LAYER"]
    assert "barges of grain" in " ".join(texts(reading, "paragraph"))


def test_text_beside_a_large_picture_is_mixed() -> None:
    assert kinds_of(scanned([photographed(typed())], beside="A note of the clerk above the picture")) == ["mixed"]


def test_a_layer_of_signs_is_broken_text() -> None:
    garbage = " ".join("#%q{x " + chr(0xE000 + n) + "~|k" for n in range(60))
    assert kinds_of(typed("zxq7~w bcdfg|h q@@k xw%zt " * 40)) == ["broken-text"]
    assert share_of_non_words(garbage) > 0.5


def test_a_page_with_nothing_on_it_is_blank() -> None:
    file = pikepdf.Pdf.new()
    file.add_blank_page()
    outcome = outcome_of(saved(file))
    assert (outcome.state, outcome.code) == ("no-text", "P-NO-TEXT")
    assert kinds_of(saved(file)) == ["blank"]


def test_words_of_many_languages_are_words() -> None:
    for text in (WORDS, "Der Angestellte prüft die Straße " * 5, "Le préfet a reçu l'œuvre complète " * 5,
                 "Министр сообщил о решении правительства " * 5, "وزارة الداخلية في المدينة القديمة " * 5,
                 "REF: 09BERN123 (A) STATE 4711 P. 3/4, TEL. +999-555-0142; USD 1,234.50 " * 5):  # fmt: skip
        assert share_of_non_words(text) < 0.1, text


@given(st.text(max_size=40))
def test_any_text_can_be_judged(text: str) -> None:
    assert 0.0 <= share_of_non_words(text) <= 1.0
    assert isinstance(is_word_like(text), bool)


# --- boxes


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_are_those_of_the_page_as_it_is_shown(turn: int) -> None:
    file = opened(typed("Harbour", size=40))
    file.pages[0].obj.Rotate = turn
    reading = reading_of(saved(file))
    layout = layout_of(reading)
    page, first = layout.pages[0], layout.units[0]
    left, top, right, bottom = first.box(0)
    middle = ((left + right) / 2 / page.width, (top + bottom) / 2 / page.height)
    upright = (0.125, 0.058)
    expected = {0: upright, 90: (1 - upright[1], upright[0]), 180: (1 - upright[0], 1 - upright[1]),
                270: (upright[1], 1 - upright[0])}[turn]  # fmt: skip
    assert middle == pytest.approx(expected, abs=0.03)
    assert page.turn == turn // 90


BOXES = st.builds(
    UnitBoxes,
    st.just(LAYER),
    st.lists(st.binary(min_size=8, max_size=8), min_size=1, max_size=5).map(b"".join),
    st.just(b""),
) | st.integers(1, 5).flatmap(
    lambda n: st.builds(
        UnitBoxes, st.just(OCR), st.binary(min_size=8 * n, max_size=8 * n), st.binary(min_size=n, max_size=n)
    )
)
SHORT = st.integers(0, 65_535)
PAGES = st.builds(
    PageFacts, SHORT, SHORT, st.integers(0, len(KINDS) - 1), st.integers(0, 3), st.integers(0, 3),
    st.lists(st.tuples(SHORT, SHORT, SHORT, SHORT), max_size=3).map(tuple),
)  # fmt: skip


@given(st.lists(BOXES, max_size=5), st.lists(PAGES, max_size=4))
def test_boxes_come_back(units: list[UnitBoxes], pages: list[PageFacts]) -> None:
    layout = Layout(units, pages)
    assert decode(encode(layout), [len(unit.boxes) // 8 for unit in units]) == layout


@given(st.binary(max_size=200), st.lists(st.integers(0, 5), max_size=5))
def test_boxes_of_a_hostile_worker_are_refused_or_fit(data: bytes, lengths: list[int]) -> None:
    try:
        layout = decode(b"usboxes2" + data, lengths)
    except ValueError:
        return
    assert all(not unit.kind or len(unit.boxes) == 8 * n for unit, n in zip(layout.units, lengths, strict=True))


def test_boxes_of_another_text_are_refused() -> None:
    data = encode(Layout([UnitBoxes(LAYER, bytes(16))], []))
    for wrong in ([1], [3], [2, 2], []):
        with pytest.raises(ValueError, match="boxes"):
            decode(data, wrong)
    with pytest.raises(ValueError, match="version"):
        decode(b"usboxes1" + struct.pack(">I", 0), [])


# --- beside the pages


def annotated() -> bytes:
    file = opened(typed())
    page = file.pages[0]
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[10, 10, 30, 30], T="Editor Morley",
        Contents="Ask about the courier", M="D:20040229123000+01'00'",
    )  # fmt: skip
    rich = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[50, 50, 90, 90],
        RC="<body><p>only in <b>rich</b> text</p></body>",
    )  # fmt: skip
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[10, 40, 30, 60],
        A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://quay.example/ledger"),
    )  # fmt: skip
    page.obj.Annots = file.make_indirect([note, rich, link])
    return saved(file)


def test_notes_with_author_and_time_and_links_are_units_of_their_page() -> None:
    reading = reading_of(annotated())
    assert texts(reading, "name") == ["Editor Morley"]
    assert texts(reading, "time") == ["2004-02-29T12:30:00+01:00"]
    assert texts(reading, "note") == ["Ask about the courier", "only in rich text"]
    assert texts(reading, "link") == ["https://quay.example/ledger"]
    assert {unit.page for unit in reading.units if unit.label in ("name", "time", "note", "link")} == {1}


def test_what_an_annotation_only_shows_is_read_too() -> None:
    file = opened(typed())
    look = pikepdf.Stream(file, b"BT /F1 12 Tf 2 10 Td (STAMPED IN SECRET) Tj ET")
    look.update(
        pikepdf.Dictionary(
            Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 200, 40],
            Resources=pikepdf.Dictionary(
                Font=pikepdf.Dictionary(
                    F1=pikepdf.Dictionary(
                        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
                    )
                )
            ),
        )
    )  # fmt: skip
    stamp = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[200, 100, 400, 140], F=4,
        AP=pikepdf.Dictionary(N=file.make_indirect(look)),
    )  # fmt: skip
    file.pages[0].obj.Annots = file.make_indirect([stamp])
    reading = reading_of(saved(file))
    assert texts(reading, "note") == ["STAMPED IN SECRET"]


def test_form_values_bookmarks_scripts_and_alternative_texts_are_units() -> None:
    file = opened(typed())
    field = pikepdf.Dictionary(FT=pikepdf.Name.Tx, T="applicant", V="Odile Marchetti")
    parent = pikepdf.Dictionary(T="form", Kids=pikepdf.Array([file.make_indirect(field)]))
    file.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([file.make_indirect(parent)]))
    file.Root.StructTreeRoot = pikepdf.Dictionary(
        K=pikepdf.Array([pikepdf.Dictionary(S=pikepdf.Name.Figure, Alt="A map of the quay")])
    )
    file.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('hello')")
    with file.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("The second barge", 0))
    outcome = outcome_of(saved(file))
    assert outcome.reading is not None
    assert texts(outcome.reading, "cell-label") == ["form.applicant"]
    assert texts(outcome.reading, "cell") == ["Odile Marchetti"]
    assert texts(outcome.reading, "list-item") == ["The second barge"]
    assert texts(outcome.reading, "note") == ["A map of the quay"]
    assert texts(outcome.reading, "code") == ["app.alert('hello')"]
    assert "P-SCRIPT" in codes(outcome.reading)


def test_metadata_are_units_and_fields() -> None:
    file = opened(typed())
    with file.open_metadata() as packet:
        packet["dc:description"] = "kept in the safe"
    file.docinfo["/Title"] = "Grain ledger"
    file.docinfo["/Author"] = "A. Clerk"
    file.docinfo["/CreationDate"] = "D:19990102"
    reading = reading_of(saved(file))
    assert (reading.first("title"), reading.first("author"), reading.first("created")) == (
        "Grain ledger", "A. Clerk", "1999-01-02",
    )  # fmt: skip
    assert any("kept in the safe" in text for text in texts(reading, "header"))
    for field in reading.fields:
        assert all(field.value in reading.units[unit].text for unit in field.units)


def test_attached_files_become_parts_once_each() -> None:
    file = opened(typed())
    file.attachments["list.txt"] = b"forty sacks"
    spec = file.attachments["list.txt"].obj
    file.pages[0].obj.Annots = file.make_indirect(
        [pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FileAttachment, Rect=[0, 0, 9, 9], FS=spec)]
    )
    own = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, UF="only-on-a-page.bin",
                             EF=pikepdf.Dictionary(F=file.make_stream(b"\0\1\2")))  # fmt: skip
    file.pages[0].obj.AF = pikepdf.Array([file.make_indirect(own)])
    outcome = outcome_of(saved(file))
    assert sorted((part.name, part.data) for part in outcome.parts) == [
        ("list.txt", b"forty sacks"), ("only-on-a-page.bin", b"\0\1\2"),
    ]  # fmt: skip
    assert outcome.reading is not None
    assert sorted(texts(outcome.reading, "attachment")) == ["list.txt", "only-on-a-page.bin"]


def test_text_of_an_earlier_revision_is_kept_and_said() -> None:
    before = typed("The name is Odile Marchetti")
    number = before.index(b"stream\r\n") if b"stream\r\n" in before else before.index(b"stream\n")
    assert number
    file = opened(before)
    content = file.pages[0].Contents.objgen[0]
    start = len(before)
    update = f"{content} 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n".encode()
    table = f"xref\n{content} 1\n{start:010d} 00000 n \n".encode()
    size = len(file.objects) + 1
    root = file.Root.objgen[0]
    previous = int(before.rsplit(b"startxref", 1)[1].split()[0])
    end = f"trailer\n<</Size {size}/Root {root} 0 R/Prev {previous}>>\nstartxref\n{start + len(update)}\n%%EOF\n"
    reading = reading_of(before + update + table + end.encode())
    assert "The name is Odile Marchetti" in " ".join(texts(reading, "text"))
    assert "P-REVISION" in codes(reading)


def test_a_file_that_only_grew_has_no_earlier_text() -> None:
    assert "P-REVISION" not in codes(reading_of(typed()))


@pytest.mark.parametrize(("user", "state", "code"), [("", "read", ""), ("letmein", "rejected", "R-PASSWORD")])
def test_encrypted_files_are_read_or_ask_for_their_password(user: str, state: str, code: str) -> None:
    outcome = outcome_of(saved(opened(typed()), encryption=pikepdf.Encryption(owner="o", user=user)))
    assert (outcome.state, outcome.code) == (state, code)


def test_a_password_that_is_brought_opens_the_file() -> None:
    data = saved(opened(typed()), encryption=pikepdf.Encryption(owner="o", user="letmein"))
    assert read("pdf", data, as_context(["wrong", "letmein"])).state == "read"
    assert read("pdf", data, as_context(["wrong"])).code == "R-PASSWORD"
    assert of_context(as_context(["a", "b c", "ü"])) == ["a", "b c", "ü"]
    assert of_context(b"anything else") == [] and as_context([]) == b""


def test_a_file_cut_off_is_repaired_or_refused_with_a_code() -> None:
    data = typed()
    repaired = 0
    for share in range(3, 10):
        outcome = outcome_of(data[: len(data) * share // 10])
        assert outcome.code in ("", "P-BROKEN", "P-NO-TEXT"), outcome.code
        if outcome.reading is not None:
            repaired += "P-REPAIRED" in codes(outcome.reading)
    assert repaired


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_files_never_raise(data: st.DataObject) -> None:
    broken = bytearray(annotated())
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    outcome = outcome_of(bytes(broken))
    assert outcome.reading is not None or outcome.code


def shaped(way: str) -> bytes:
    """A page of one sentence whose boxes are inherited, turned round or larger than the sheet."""
    target = io.BytesIO()
    sheet = canvas.Canvas(target, pagesize=(400, 300), invariant=1)
    sheet.drawString(60, 148, "Ilyas Quill keeps the ledger.")
    sheet.save()
    with opened(target.getvalue()) as file:
        page, tree = file.pages[0].obj, file.Root.Pages
        if way == "inherited sheet":
            del page["/MediaBox"]
            tree.MediaBox = pikepdf.Array([-20, -30, 400, 290])
        elif way == "inherited crop":
            tree.CropBox = pikepdf.Array([30, 20, 380, 280])
        elif way == "reversed":
            page.MediaBox = pikepdf.Array([400, 300, 10, -40])
        elif way == "large crop":
            page.CropBox = pikepdf.Array([-50, -50, 500, 400])
        return saved(file)


@pytest.mark.parametrize("way", ["plain", "inherited sheet", "inherited crop", "reversed", "large crop"])
def test_boxes_stand_where_the_letters_are_drawn(way: str) -> None:
    """What is filled in a picture of the page are these boxes."""
    data = shaped(way)
    layout, reading = layout_of(reading_of(data)), reading_of(data)
    page = pdfium.PdfDocument(data)[0]
    picture = page.render(scale=2.0, grayscale=True).to_pil().convert("L")
    ink = ImageOps.invert(picture).point(lambda value: 255 * (value > 128)).getbbox()
    number = next(n for n, unit in enumerate(reading.units) if unit.page == 1)
    found = [box for at in range(len(reading.units[number].text)) if any(box := layout.units[number].box(at))]
    told = (min(b[0] for b in found), min(b[1] for b in found), max(b[2] for b in found), max(b[3] for b in found))
    assert ink is not None
    assert all(abs(edge / 5 - drawn) < 8 for edge, drawn in zip(told, ink, strict=True))


# --- redactions that took nothing out


def covered(way: str) -> bytes:
    """A page with an open sentence, and one that somebody wanted to hide."""
    target = io.BytesIO()
    sheet = canvas.Canvas(target, pagesize=(400, 300), invariant=1)
    sheet.setFont("Helvetica", 11)
    sheet.drawString(40, 250, "The heron was seen at noon.")
    sheet.setFillGray(1.0 if way == "paper" else 0.0)
    if way == "header":
        sheet.rect(36, 140, 330, 24, stroke=0, fill=1)
        sheet.setFillGray(1.0)
    if way != "applied":
        sheet.drawString(40, 148, "Ilyas Quill keeps the ledger.")
    sheet.setFillGray(0.05)
    if way in ("box", "applied"):
        sheet.rect(36, 140, 330, 24, stroke=0, fill=1)
    sheet.showPage()
    sheet.save()
    with opened(target.getvalue()) as file:
        page = file.pages[0]
        if way == "outside":
            page.obj.CropBox = pikepdf.Array([0, 200, 400, 300])
        if way == "square":
            black = pikepdf.Array([0, 0, 0])
            note = pikepdf.Dictionary(
                Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Square, Rect=pikepdf.Array([36, 140, 366, 164]),
                C=black, IC=black,
            )  # fmt: skip
            page.obj.Annots = pikepdf.Array([file.make_indirect(note)])
        return saved(file)


@pytest.mark.parametrize("way", ["box", "paper", "outside", "square"])
def test_text_that_the_page_does_not_show_is_flagged(way: str) -> None:
    reading = reading_of(covered(way))
    flagged = [reading.units[one.unit].text.strip() for one in reading.findings if one.code == "P-UNSEEN"]
    assert flagged == ["Ilyas Quill keeps the ledger."]


@pytest.mark.parametrize("way", ["plain", "applied", "header"])
def test_text_that_is_seen_is_not_flagged(way: str) -> None:
    assert "P-UNSEEN" not in codes(reading_of(covered(way)))


@pytest.mark.shared
def test_every_made_redaction_of_a_page_is_flagged() -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder of real documents is not here")
    flags = {"P-UNSEEN", "P-REDACT", "P-REVISION", "P-HIDDEN-LAYER"}
    files = sorted((SHARED / "made" / "redaction").glob("*.pdf"))
    missed = {path.name for path in files if not flags & set(codes(reading_of(path.read_bytes())))}
    assert missed == {"good_redaction.pdf", "metadata_and_attachment.pdf"}  # the latter's pages are clean


@pytest.mark.shared
def test_every_word_that_a_made_file_hides_is_read() -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder of real documents is not here")
    secrets = json.loads((SHARED / "made" / "secrets.json").read_text("utf-8"))
    files = sorted((SHARED / "made" / "redaction").glob("*.pdf"))
    assert len(files) > 10
    for path in files:
        outcome = outcome_of(path.read_bytes())
        assert outcome.reading is not None, path.name
        text = " ".join("\n".join(unit.text for unit in outcome.reading.units).split())
        wanted = {"open"} if path.name == "good_redaction.pdf" else set(secrets)
        if path.name == "scan_with_ocr_layer_below.pdf":
            wanted -= {"open"}  # stands in the picture alone
        assert {name for name in secrets if secrets[name] in text} == wanted, path.name


@pytest.mark.shared
def test_awkward_made_files_behave_as_they_must() -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder of real documents is not here")
    found = {path.name: outcome_of(path.read_bytes()) for path in (SHARED / "made" / "pdf").glob("*.pdf")}
    assert found["encrypted_user.pdf"].code == "R-PASSWORD"
    assert found["encrypted_aes.pdf"].state == "read"
    assert found["huge_page.pdf"].state == "read"
    for name, code in (
        ("flate_bomb.pdf", "P-STREAM"),
        ("truncated.pdf", "P-REPAIRED"),
        ("page_tree_loop.pdf", "P-PAGE"),
    ):
        reading = found[name].reading
        assert reading is not None and code in codes(reading), name
