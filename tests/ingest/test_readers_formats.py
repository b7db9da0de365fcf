"""What each of the other readers takes out of its sample (event-report.md, other.md)."""

from __future__ import annotations

import io

import pytest
from reportlab.pdfgen import canvas

from tests.ingest.samples import (
    CHAT,
    EVENT_CELLS,
    EVENT_HEADER,
    FRUS_DOCUMENT,
    MAIL,
    MARKDOWN,
    PAGE,
    TABLE_HEADER,
    TABLE_ROW,
    event_row,
)
from unsealed.ingest.boxes import decode
from unsealed.ingest.readers import Outcome, read
from unsealed.model import Reading


def reading(form: str, data: bytes, context: bytes = b"") -> Reading:
    outcome = read(form, data, context)
    assert outcome.reading is not None, outcome.code
    return outcome.reading


def labels(found: Reading) -> list[tuple[str, str]]:
    return [(unit.label, unit.text) for unit in found.units]


def codes(found: Reading) -> list[str]:
    return [finding.code for finding in found.findings]


# --- FRUS ---------------------------------------------------------------------------------------------


def test_frus_units_and_fields() -> None:
    found = reading("frus-tei", FRUS_DOCUMENT, b"frusX")
    assert labels(found) == [
        ("title", "7. Telegram From the Embassy in Valmora to the Department of State"),
        ("source-note", "Source: Archives, Box 1. Secret; Nodis. Drafted by Doe."),
        ("dateline", "Valmora, January 5, 1971, 1233Z."),
        ("heading", "SUBJECT"),
        ("subject", "The harbour"),
        ("paragraph", "One sentence with [name not declassified] in it. And more & more."),
        ("note", "See Document 6."),
        ("list-item", "1. First point."),
        ("closer", "Roe"),
    ]
    for name, value in {
        "id": "frusX/d7",
        "title": "Telegram From the Embassy in Valmora to the Department of State",
        "from": "Embassy in Valmora",
        "to": "Department of State",
        "date": "1971-01-05T12:33Z",
        "place": "Valmora",
        "class": "SECRET",
        "caption": "Nodis",
        "ref": "frusX/d6",
    }.items():
        assert found.first(name) == value
    assert codes(found) == ["F-WITHHELD"]
    paragraph = found.units[5]
    assert len(paragraph.source) == 2 and FRUS_DOCUMENT[slice(*paragraph.source[0])].startswith(b"One sen<pb")


@pytest.mark.parametrize(
    "data", [b'<div type="document"><p>&xxe;</p></div>', b"<div><p></div>", b'<!DOCTYPE a [<!ENTITY x "y">]><div/>']
)
def test_frus_never_loads_or_expands(data: bytes) -> None:
    outcome = read("frus-tei", data, b"frusX")
    assert (outcome.state, outcome.code) == ("rejected", "F-XML")


def test_frus_depth_is_bounded() -> None:
    assert read("frus-tei", b"<div>" * 1000 + b"</div>" * 1000, b"frusX").code == "F-DEPTH"


# --- mail ---------------------------------------------------------------------------------------------


def test_mail_headers_bodies_and_parts() -> None:
    outcome = read("eml", MAIL)
    assert outcome.reading is not None
    found = outcome.reading
    assert found.first("from") == "Doe, Jane <jane@example.org>"
    assert found.all("to") == ["Rémi <r@example.org>", "b@example.org"]
    assert found.first("subject") == "A plan with a fold"
    assert found.first("date") == "2005-04-05T17:05+02:00"
    assert [text for label, text in labels(found) if label == "paragraph"] == ["Café now.\n\n", "Second."]
    assert [(part.name, part.mime, part.data[:5]) for part in outcome.parts] == [
        ("a/b.pdf", "application/pdf", b"%PDF-"),
        ("", "message/rfc822", b"From:"),
    ]
    assert found.all("attachment") == ["a/b.pdf"]
    inner = read("eml", outcome.parts[1].data).reading
    assert inner is not None and inner.first("subject") == "inner"


def test_mail_html_with_other_words_is_kept() -> None:
    found = reading("eml", MAIL.replace(b"<p>Second.</p>", b"<p>Hidden words.</p>"))
    assert ("paragraph", "Hidden words.") in labels(found) and "M-ALTERNATIVE" in codes(found)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (b"Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55-06:00"),
        (b"21 Nov 97 09:55 GMT", "1997-11-21T09:55Z"),
        (b"Fri, 21 Nov 1997 09:55:06 -0000", "1997-11-21T09:55"),
        (b"tomorrow", ""),
        (b"Fri, 21 Nov 99999999999999999999 09:55:06 +9999999999999999", ""),
    ],
)
def test_mail_dates(date: bytes, expected: str) -> None:
    assert reading("eml", b"From: a@example.org\nDate: " + date + b"\n\nx\n").first("date") == expected


def test_mail_many_addresses_and_open_brackets_are_no_recursion() -> None:
    found = reading("eml", b"From: " + b"(" * 5000 + b"a@example.org\nTo: " + b"a@example.org, " * 3000 + b"\n\nx\n")
    assert len(found.all("to")) == 3000


# --- events and tables ----------------------------------------------------------------------------------


def test_event_fields() -> None:
    found = reading("event-csv", event_row(), EVENT_HEADER)
    for name, value in {
        "id": "KEY-1",
        "date": "2005-04-05T17:05",
        "kind": "Counter-Insurgency",
        "category": "IED",
        "place": "RC EAST",
        "lat": "33.123",
        "lon": "69.456",
        "mgrs": "42SWB1234567890",
        "killed": "1",
        "wounded": "1",
        "class": "SECRET",
    }.items():
        assert found.first(name) == value
    assert [text for label, text in labels(found) if label == "paragraph"] == ["First para.\n\n", "Second para."]
    # the grid lies elsewhere than the point; two ANP in the title, one in the column
    assert codes(found) == ["X-MGRS-LATLON", "T-DIFFER"]


def changed(**cells: bytes) -> bytes:
    names = EVENT_HEADER.decode().strip().split(",")
    return event_row([cells.get(name, cell) for name, cell in zip(names, EVENT_CELLS, strict=True)])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (changed(dateoccurred=b"soon"), "E-DATE"),
        (changed(enemykia=b"many"), "E-COUNT"),
        (changed(enemykia=b"1001"), "E-COUNT-HIGH"),
        (changed(mgrs=b"42SWB12345"), "E-MGRS"),
        (changed(latitude=b"133.1"), "E-COORDINATE"),
        (changed(latitude=b"0", longitude=b"0"), "X-FILLER"),
        (event_row().replace(b'"UNIT A"', b'"UNIT A\\"'), "E-WIDTH-REPAIRED"),
    ],
)
def test_event_findings(row: bytes, code: str) -> None:
    assert code in codes(reading("event-csv", row, EVENT_HEADER))


def test_event_rejects() -> None:
    assert read("event-csv", b"a,b\n", EVENT_HEADER).code == "E-WIDTH"
    assert read("event-csv", changed(reportkey=b""), EVENT_HEADER).code == "E-KEY"


def test_table_row() -> None:
    found = reading("table-csv", TABLE_ROW, TABLE_HEADER)
    assert found.type == "event" and found.first("date") == "2009-02-20" and found.first("lat") == "5.399784"
    assert labels(found)[-1] == ("cell", 'a "quoted" C:\\dir\\')
    assert reading("table-csv", b"x,y\n", b"a,b\n").type == "table"


# --- chat, Markdown, pages --------------------------------------------------------------------------------


def test_chat_units() -> None:
    found = reading("chat", CHAT)
    assert labels(found)[1:8] == [
        ("time", "(10:00:01 AM) "),
        ("name", "ann: "),
        ("message", "hello there\nand a second line\n"),
        ("time", "(10:00:05 AM) "),
        ("name", "bob: "),
        ("message", "ann: yes\n"),
        ("time", "[10:01] "),
    ]
    assert found.first("day") == "2008-03-01" and set(found.all("from")) == {"ann", "bob", "cy", "cyan"}
    assert set(codes(found)) == {"T-BACK", "T-PRIOR-REDACTION"}
    cyan = next(field for field in found.fields if field.value == "cyan")
    assert found.units[cyan.units[0]].label == "system"  # a name change is followed


def test_markdown_units() -> None:
    found = reading("markdown", MARKDOWN)
    assert [unit.label for unit in found.units] == [
        "heading",
        "paragraph",
        "list-item",
        "list-item",
        "quote",
        "code",
        "structure",
        "paragraph",
    ]
    assert found.first("title") == "The title"


def test_page_units() -> None:
    found = reading("html", PAGE)
    texts = labels(found)
    assert ("paragraph", "Text with bold & more, citing cable 05BERN123 and 09 STATE 80163. Line two.") in texts
    assert [text for label, text in texts if label == "list-item"] == ["one", "two"] and ("cell", "cell") in texts
    assert not any("var x" in text for _, text in texts)
    assert found.first("title") == "A title"


def test_references_that_are_no_character() -> None:
    digits = b"9" * 5000
    found = reading("html", b"<p>a&#" + digits + b";b&#xD800;c&#0;</p>")
    assert labels(found) == [("paragraph", "a\ufffdb\ufffdc\ufffd")]


def test_article_facts_are_units() -> None:
    found = reading("article", PAGE)
    assert (found.first("outlet"), found.first("author"), found.first("date")) == (
        "The Paper",
        "Ann Roe",
        "2011-04-03T10:00+02:00",
    )
    assert found.all("ref") == ["05BERN123", "09STATE80163"]
    assert all(field.units for field in found.fields)


def test_linked_data_are_units() -> None:
    page = (
        '<html><head><title>T</title><script type="application/ld+json">{"@type":"NewsArticle","datePublished":'
        '"2009-10-11T08:00:00Z","author":[{"name":"Corin Med"},"Ann Roe"],"publisher":{"name":"The Observer"}}</script>'
        '<script type="application/ld+json">{"@type":"Person","name":"Nobody"}</script>'
        '<script type="application/ld+json">[[[</script></head><body><p>' + "Words. " * 40 + "</p></body></html>"
    )
    found = reading("article", page.encode())
    assert (found.first("date"), found.all("author"), found.all("outlet")) == (
        "2009-10-11T08:00Z",
        ["Corin Med", "Ann Roe"],
        ["The Observer"],
    )
    assert all(found.units[field.units[0]].text == field.value for field in found.fields)
    assert labels(found)[1:5] == [
        ("header", text) for text in ("2009-10-11T08:00Z", "Corin Med", "Ann Roe", "The Observer")
    ]
    hostile = page.replace("[[[", "[" * 100_000)
    assert reading("article", hostile.encode()).all("author") == ["Corin Med", "Ann Roe"]


# --- PDF --------------------------------------------------------------------------------------------------


def pdf(*pages: list[str]) -> bytes:
    file = io.BytesIO()
    sheet = canvas.Canvas(file, invariant=True)
    for lines in pages:
        for number, line in enumerate(lines):
            sheet.drawString(72, 720 - 40 * number, line)
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def boxes_of(found: Reading) -> list[list[tuple[int, ...]]]:
    layout = decode(found.boxes, [len(unit.text) for unit in found.units])
    return [[unit.box(k) for k in range(len(unit.boxes) // 8)] for unit in layout.units]


def test_pdf_units_pages_and_boxes() -> None:
    found = reading("pdf", pdf(["Hello world", "Second block"], ["Next page"]))
    assert [(unit.page, unit.text.strip()) for unit in found.units if unit.label != "header"] == [
        (1, "Hello world"),
        (1, "Second block"),
        (2, "Next page"),
    ]
    for unit, boxes in zip(found.units, boxes_of(found), strict=True):
        assert len(boxes) == (len(unit.text) if unit.page else 0)
    left, top, right, bottom = boxes_of(found)[0][
        0
    ]  # the H: 72 pt from the left, its foot 720 pt from the bottom of 841.9
    assert (
        left == pytest.approx(720 + 9, abs=15)
        and bottom == pytest.approx(8419 - 7200, abs=5)
        and top < bottom
        and left < right
    )


def test_pdf_page_without_text_stays_in_the_document() -> None:
    found = reading("pdf", pdf(["Words"], []))
    assert [(unit.label, unit.page) for unit in found.units if unit.page] == [("paragraph", 1), ("unread", 2)]
    assert codes(found) == ["P-PAGE-NO-TEXT"]


def test_pdf_without_text_is_counted_and_needs_ocr() -> None:
    outcome: Outcome = read("pdf", pdf([], []))
    assert (outcome.state, outcome.code) == ("no-text", "P-NO-TEXT") and "OCR" in outcome.remedy
    assert outcome.reading is not None and [unit.label for unit in outcome.reading.units if unit.page] == ["unread"] * 2


def test_pdf_broken() -> None:
    assert read("pdf", b"%PDF-1.4 nothing").code == "P-BROKEN"
