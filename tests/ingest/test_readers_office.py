"""Office files: nothing that hides in them is lost, nothing outside of them is fetched, nothing in them runs away."""

from __future__ import annotations

import json
import resource
import struct
import time
import zipfile
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.ingest import packages
from tests.ingest.outlook_files import compound
from tests.ingest.test_readers_contract import check
from unsealed.ingest.readers import Outcome, read
from unsealed.ingest.readers.outcome import ToolAnswer
from unsealed.ingest.sniff import HEAD_BYTES, sniff
from unsealed.model import Reading

shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def reading(data: bytes, form: str) -> tuple[Reading, Outcome]:
    assert sniff(data[:HEAD_BYTES], len(data)).id == form
    outcome = check(form, data, b"")
    assert outcome.state == "read", (outcome.code, outcome.message)
    assert outcome.reading is not None
    return outcome.reading, outcome


def said(found: Reading) -> list[tuple[str, str]]:
    return [(unit.label, unit.text) for unit in found.units]


def flagged(found: Reading, code: str) -> list[str]:
    return [found.units[one.unit].text for one in found.findings if one.code == code]


# -- packages


def test_word_loses_nothing_that_hides() -> None:
    found, outcome = reading(packages.docx(), "docx")
    text = said(found)
    assert found.type == "office"
    assert ("heading", "On the grain") in text
    assert ("paragraph", "We met a contact\ton Tuesday.") in text
    assert ("cell", "left cell") in text
    assert ("note", "Photo of the quay") in text
    assert flagged(found, "O-DELETED") == ["Tomas Veidt"]
    assert flagged(found, "O-INSERTED") == ["We met a contact\ton Tuesday."]
    assert flagged(found, "O-HIDDEN") == ["He lives in Port Amery."]
    assert flagged(found, "O-COVERED") == ["Covered word"]
    assert flagged(found, "O-REMOTE") == ["http://example.org/t.dotm"]
    assert ("link", "http://example.org/field") in text
    assert [one for one in text if "boxed" in one[1]] == [("paragraph", "boxed once")]
    assert ("paragraph", "only for old eyes") in text
    comment = text.index(("note", "Ask Tomas again."))
    assert text[comment - 2 : comment] == [("name", "Dora Pell"), ("dateline", "2009-03-05T00:00:00Z")]
    assert ("note", "From memory.") in text and ("header", "Bureau copy") in text
    assert {unit.text for unit in found.units if unit.label == "name"} == {"Bruno Castellan", "Cleo Marr", "Dora Pell"}
    assert [(part.name, part.data) for part in outcome.parts] == [("word/embeddings/list.txt", b"one\ntwo\n")]


def test_properties_are_fields_with_units() -> None:
    found, _ = reading(packages.docx(), "docx")
    fields = [(field.name, field.value, [found.units[unit].text for unit in field.units]) for field in found.fields]
    assert ("title", "Harvest", ["Harvest"]) in fields
    assert ("author", "Bruno Castellan", ["Bruno Castellan"]) in fields
    assert ("created", "2009-03-04T05:06Z", ["2009-03-04T05:06:07Z"]) in fields


def test_a_member_that_nobody_knows_is_a_part() -> None:
    _, outcome = reading(packages.docx(**{"hidden/elsewhere.txt": "Tomas"}), "docx")
    assert ("hidden/elsewhere.txt", b"Tomas") in [(part.name, part.data) for part in outcome.parts]


def test_the_same_name_twice_loses_neither() -> None:
    buffer = BytesIO(packages.docx())
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", "<w:document xmlns:w='w'><w:p><w:t>another body</w:t></w:p></w:document>")
    _, outcome = reading(buffer.getvalue(), "docx")
    assert any(b"another body" in part.data for part in outcome.parts)


def test_entities_are_kept_as_written_and_never_expanded() -> None:
    bomb = (
        '<!DOCTYPE d [<!ENTITY a "Tomas"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
        f"<w:document {packages.WORD}><w:p><w:r><w:t>a &b; &x; z</w:t></w:r></w:p></w:document>"
    )
    found, _ = reading(packages.docx(bomb), "docx")
    assert ("paragraph", "a &b; &x; z") in said(found)
    assert {"Tomas", "&a;&a;&a;", "file:///etc/passwd"} <= set(flagged(found, "X-ENTITY"))


def test_a_broken_member_is_told_and_the_rest_is_read() -> None:
    found, _ = reading(
        packages.docx(f"<w:document {packages.WORD}><w:p><w:r><w:t>before</w:t></w:r></w:p><w:p"), "docx"
    )
    assert ("paragraph", "before") in said(found)
    assert "O-XML" in [one.code for one in found.findings]
    assert ("note", "Ask Tomas again.") in said(found)


def test_a_damaged_member_gives_what_it_holds() -> None:
    data = packages.packed(
        {"[Content_Types].xml": packages.TYPES, "word/document.xml": packages.DOCUMENT}, ("word/document.xml",)
    )
    found, _ = reading(data.replace(b"left cell", b"lEft cell"), "docx")
    assert ("cell", "lEft cell") in said(found) and "O-MEMBER" in [one.code for one in found.findings]


@pytest.mark.parametrize("size", [12 << 20, 300 << 20])
def test_a_bomb_is_refused_soon(size: int) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("[Content_Types].xml", packages.TYPES)
        with archive.open("word/document.xml", "w", force_zip64=True) as member:
            for _ in range(size >> 20):
                member.write(bytes(1 << 20))
    start = time.process_time()
    outcome = read("docx", buffer.getvalue())
    assert outcome.code == "O-BOMB" and time.process_time() - start < 3


def test_an_encrypted_member_asks_for_its_password() -> None:
    data = bytearray(packages.docx())
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := data.find(sign, at + 1)) >= 0:
            data[at + place] |= 1
    assert read("docx", bytes(data)).code == "R-PASSWORD"


def test_sheets_hidden_and_shown() -> None:
    found, _ = reading(packages.xlsx(), "xlsx")
    text = said(found)
    assert found.type == "table"
    assert ("cell", "wheat\t\t2009-03-04") in text
    assert ("cell", "unseen row\tgo") in text and ("code", '=HYPERLINK("http://example.org/x")') in text
    assert flagged(found, "O-HIDDEN") == ["unseen row\tgo", "Names"]
    assert [unit.page for unit in found.units if unit.text == "secret list"] == [2]
    assert flagged(found, "O-UNUSED") == ["Tomas Veidt"]
    assert ("name", "Dora Pell") in text and ("note", "Ask again.") in text
    assert ("code", '"C:\\Users\\ada\\plan"') in text


def test_slides_in_order_with_notes_and_comments() -> None:
    found, _ = reading(packages.pptx(), "pptx")
    text = said(found)
    assert [one for one in text if one[0] == "heading"] == [("heading", "first"), ("heading", "second")]
    assert [unit.page for unit in found.units if unit.text.startswith("body of")] == [1, 2]
    assert ("note", "do not say his name") in text and ("note", "wrong figure") in text
    assert flagged(found, "O-HIDDEN") == ["second"]
    assert found.first("title") == "first"


def test_opendocument_text() -> None:
    found, outcome = reading(packages.odt(packages.ODT_BODY), "odf")
    text = said(found)
    assert ("heading", "On the grain") in text and ("paragraph", "We  met\nhim.") in text
    assert flagged(found, "O-DELETED") == ["Tomas Veidt"]
    assert ("name", "Dora Pell") in text and ("note", "Ask again.") in text and ("note", "From memory.") in text
    assert ("link", "http://example.org/a") in text
    assert found.first("author") == "Ada Lindqvist"
    assert [part.name for part in outcome.parts] == ["Pictures/quay.png"]


def test_opendocument_sheet_with_a_huge_repetition() -> None:
    found, _ = reading(packages.odt(packages.ODS_BODY, "spreadsheet"), "odf")
    assert found.type == "table" and ("cell", "wheat\t7") in [
        (one, text.replace("\t\t", "\t")) for one, text in said(found)
    ]


def test_encrypted_opendocument_asks_for_its_password() -> None:
    data = packages.odt("", manifest="<manifest><encryption-data/></manifest>")
    assert read("odf", data).code == "R-PASSWORD"


def test_flat_opendocument() -> None:
    body = f"<office:body>{packages.ODT_BODY}</office:body>"
    flat = f"{packages.HEAD}<office:document {packages.OFFICE}>{body}</office:document>"
    found, _ = reading(flat.encode(), "odf-flat")
    assert ("heading", "On the grain") in said(found)


def test_a_book_in_the_order_of_its_spine() -> None:
    found, outcome = reading(packages.epub(), "epub")
    assert [unit.text for unit in found.units if unit.page] == ["One", "first words", "second words"]
    assert found.first("title") == "Quay" and found.first("author") == "Ada Lindqvist"
    assert [part.name for part in outcome.parts] == ["O/i.png"]


def test_rich_text() -> None:
    found, outcome = reading(packages.RTF, "rtf")
    text = said(found)
    for one in (
        ("header", "Bureau copy"),
        ("paragraph", "Посол"),
        ("paragraph", "We met a contact."),
        ("paragraph", "café —"),
        ("paragraph", "あ"),
        ("cell", "one"),
        ("cell", "two"),
        ("link", "http://example.org/r"),
        ("note", "From memory."),
        ("note", "Ask again."),
        ("name", "Dora Pell"),
        ("name", "Bruno Castellan"),
    ):
        assert one in text, one
    assert not [one for one in text if "Default" in one[1] or "Times" in one[1]]
    assert flagged(found, "O-DELETED") == ["Tomas Veidt"] and flagged(found, "O-HIDDEN") == ["hidden words"]
    assert (found.first("title"), found.first("author"), found.first("created")) == (
        "Harvest",
        "Ada Lindqvist",
        "2009-03-04T05:06",
    )
    assert [part.data for part in outcome.parts] == [b"\x89PNG\r\n\x1a\n"]


def test_rich_text_without_end_and_with_a_million_braces() -> None:
    assert read("rtf", b"{\\rtf1 words" + b"{" * 1_000_000).state == "read"
    assert read("rtf", b"{\\rtf1 words" + b"}" * 1_000_000).state == "read"


@pytest.mark.parametrize("depth", [10_000, 200_000])
def test_deep_documents_overflow_no_stack(depth: int) -> None:
    deep = (
        f"<w:document {packages.WORD}>" + "<w:p>" * depth + "<w:t>deep down</w:t>" + "</w:p>" * depth + "</w:document>"
    )
    found, _ = reading(packages.docx(deep), "docx")
    assert any(unit.text == "deep down" for unit in found.units)


SAMPLES = {
    "docx": packages.docx(),
    "xlsx": packages.xlsx(),
    "pptx": packages.pptx(),
    "odf": packages.odt(packages.ODT_BODY),
    "epub": packages.epub(),
    "rtf": packages.RTF,
}


@QUICK
@given(form=st.sampled_from(sorted(SAMPLES)), data=st.data())
def test_damaged_files_never_raise(form: str, data: st.DataObject) -> None:
    broken = bytearray(SAMPLES[form])
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(broken) - 1))
        broken[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    check(form, bytes(broken), b"")


# -- real files


def real(name: str) -> bytes:
    return (SHARED / name).read_bytes()


@pytest.mark.shared
@shared
@pytest.mark.parametrize(
    ("name", "form", "words"),
    [
        ("formats/kreuzberg/unit_test_lists.doc", "doc", "item"),
        ("formats/icij-extract/office_document.doc", "doc", "Test something"),
        ("formats/tika/testWORD_macros.doc", "doc", "quick brown fox"),
        ("formats/tika/testEXCEL_hyperlinks.xls", "xls", "http"),
        ("formats/kreuzberg/tests_example.xls", "xls", ""),
        ("formats/tika/testWordPerfect.wpd", "wordperfect", "AND FURTHER"),
        ("formats/tika/testPPT_autodate.ppt", "ole", "Now"),
        ("formats/tika/testPPT_embeded.ppt", "ole", "quick brown fox"),
        ("formats/format-corpus/testWordPerfect_6_61.wpd", "wordperfect", "Sluwe Sjaantje sloeg de slome slager."),
        ("formats/tika/testEXCEL_various.xlsb", "xlsb", "comment6 actually in cell"),
        ("formats/tika/testStarOffice-6.0-writer.sxw", "odf", ""),
        ("formats/tika/testRTFVarious.rtf", "rtf", "ゾルゲと尾崎"),
        ("reports/mueller", "epub", "Special Counsel"),
    ],
)
def test_real_files_are_read(name: str, form: str, words: str) -> None:
    path = SHARED / name
    path = next(path.rglob("*.epub")) if path.is_dir() else path
    found, _ = reading(path.read_bytes(), form)
    assert words in "\n".join(unit.text for unit in found.units)


@pytest.mark.shared
@shared
def test_what_lies_in_an_object_is_a_part() -> None:
    outer = read("docx", real("formats/tika/EmbeddedPDF.docx"))
    inner = next(part for part in outer.parts if part.name.endswith("oleObject1.bin"))
    found = read("ole", inner.data)
    assert [part.data[:5] for part in found.parts] == [b"%PDF-"]


@pytest.mark.shared
@shared
@pytest.mark.parametrize("name", ["testWORD_macros.docm", "testWORD_macros.doc", "testEXCEL_macro.xlsm"])
def test_macros_are_told_as_code(name: str) -> None:
    data = real(f"formats/tika/{name}")
    outcome = read(sniff(data[:HEAD_BYTES], len(data)).id, data)
    project = [part.data for part in outcome.parts if part.name.endswith("vbaProject.bin")]
    outcome = read("ole", project[0]) if project else outcome
    assert outcome.reading is not None
    code = "\n".join(unit.text for unit in outcome.reading.units if unit.label == "code")
    assert "Attribute VB_Name" in code and "Sub " in code and "End Sub" in code
    assert "O-MACRO" in [one.code for one in outcome.reading.findings]


def test_old_documents_are_read_through_libreoffice_or_salvaged() -> None:
    data = b"1\xbe\x00\x00\x00\xab" + bytes(122) + b"He lives in Port Amery.\r\n" + bytes(40)
    assert sniff(data, len(data)).id == "old-document"
    assert [(one.tool, one.options) for one in read("old-document", data).asks] == [("soffice", ("docx",))]
    made = read("old-document", data, b"", (ToolAnswer("done", files={"document.docx": packages.docx()}),))
    assert made.reading is not None and made.reading.findings[0].code == "O-CONVERTED"
    assert ("note", "Ask Tomas again.") in said(made.reading)
    for answer in (ToolAnswer("missing"), ToolAnswer("slow"), ToolAnswer("done", files={"document.docx": b"PK"})):
        saved = read("old-document", data, b"", (answer,))
        assert saved.reading is not None and saved.code == "O-SALVAGED"
        assert said(saved.reading) == [("text", "He lives in Port Amery.")]


@pytest.mark.shared
@shared
def test_every_hidden_word_of_the_made_office_files_is_a_unit() -> None:
    secrets = json.loads(real("made/secrets.json"))
    for path in sorted((SHARED / "made/redaction").glob("*")):
        if path.suffix in (".docx", ".xlsx", ".html"):
            data = path.read_bytes()
            outcome = read(sniff(data[:HEAD_BYTES], len(data)).id, data)
            assert outcome.reading is not None
            units = [unit.text for unit in outcome.reading.units]
            assert any(secrets["sentence"] in text for text in units), path.name


@pytest.mark.shared
@shared
@QUICK
@given(
    name=st.sampled_from(
        [
            "formats/kreuzberg/unit_test_lists.doc",
            "formats/tika/testEXCEL_dateFormats.xls",
            "formats/tika/testPPT_autodate.ppt",
            "formats/tika/testWordPerfect.wpd",
        ]
    ),
    data=st.data(),
)
def test_damaged_old_files_never_raise(name: str, data: st.DataObject) -> None:
    broken = bytearray(real(name))
    form = sniff(bytes(broken[:HEAD_BYTES]), len(broken)).id
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(broken) - 4) | st.integers(0, 4096))
        broken[place : place + 4] = struct.pack("<I", data.draw(st.integers(0, 2**32 - 1)))
    check(form, bytes(broken), b"")


@pytest.mark.shared
@shared
def test_the_readers_stay_within_two_gibibytes() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in sorted((SHARED / "formats").rglob("*")):
        if path.suffix in (".docx", ".xlsx", ".pptx", ".doc", ".xls", ".ppt", ".odt", ".ods", ".rtf", ".epub"):
            data = path.read_bytes()
            read(sniff(data[:HEAD_BYTES], len(data)).id, data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < max(before, 2 << 20)


def test_a_list_of_properties_that_claims_to_be_endless_costs_nothing() -> None:
    """Found by fuzzing: two thousand million values of no bytes kept a reader busy until its time was up."""
    vector = struct.pack("<II", 0x1000, 0x7FFFFFFF)  # VT_VECTOR of VT_EMPTY
    section = struct.pack("<II", 16 + len(vector), 1) + struct.pack("<II", 2, 16) + vector
    head = struct.pack("<HHI16sI", 0xFFFE, 0, 0, bytes(16), 1) + bytes(16) + struct.pack("<I", 48)
    data = compound({"\x05SummaryInformation": head + section, "Contents": b"Plain words in an old file. " * 200})
    begin = time.process_time()
    assert "Plain words" in str(read("ole", data))
    assert time.process_time() - begin < 5
