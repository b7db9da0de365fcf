"""Every field names the units it can be read in: what is withheld must not come back as a field."""

from __future__ import annotations

import msgspec
import pytest

from unsealed.ingest.readers import build, html, read
from unsealed.ingest.readers.limits import LIMITS
from unsealed.model import Field


def test_a_field_of_a_text_that_is_cut_names_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "LIMITS", msgspec.structs.replace(LIMITS, unit_chars=40))
    monkeypatch.setattr(html, "LIMITS", msgspec.structs.replace(LIMITS, unit_chars=40))
    header = b"key,date,latitude,longitude,title\n"
    row = b'K-1,2006-01-02,33.1,44.2,"' + b"the hidden name and " * 6 + b'"\n'
    for outcome in (read("table-csv", row, header), read("text", b"From: " + b"a name of many " * 8 + b"\nTo: b\n")):
        assert outcome.reading is not None
        cut = [field for field in outcome.reading.fields if len(field.value) > 40]
        assert cut
        for field in cut:
            text = "".join(outcome.reading.units[number].text for number in field.units)
            assert field.value in " ".join(text.split())


def test_a_value_without_a_unit_is_no_field() -> None:
    made = build.Builder()
    made.field("title", "a name", -1)
    made.field("title", "a name", -1, made.free("title", "a name"))
    assert made.fields == [Field("title", "a name", (0,))]


def frus(attributes: str, body: str) -> dict[str, tuple[str, tuple[int, ...]]]:
    data = f'<div type="document" {attributes}>{body}</div>'.encode()
    reading = read("frus-tei", data, b"frus1950v01").reading
    assert reading is not None
    return {field.name: (field.value, field.units) for field in reading.fields}


STATED = 'xml:id="d1" frus:doc-dateTime-min="1950-03-04T15:30:00Z"'
HEAD = "<head>1. Telegram</head>"


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Bern, March 4, 1950, 3:30 p.m.", "1950-03-04T15:30Z"),
        ("Bern, March 4, 1950, 1530Z", "1950-03-04T15:30Z"),
        ("Bern, March 4, 1950", "1950-03-04"),
        ("Bern, 4th March 1950, 2 p.m.", "1950-03-04"),
        ("Bern, March 1950", "1950-03"),
        ("Bern, early in 1950", "1950"),
    ],
)
def test_a_date_of_an_attribute_says_no_more_than_its_units(line: str, date: str) -> None:
    fields = frus(STATED, f"{HEAD}<opener><dateline>{line}</dateline></opener><p>Text.</p>")
    assert fields["date"] == (date, (0, 1))


def test_a_date_of_an_attribute_alone_is_no_field() -> None:
    for body in (f"{HEAD}<p>Text.</p>", f'{HEAD}<dateline><date when="1950-03-04"/></dateline><p>Undated.</p>'):
        assert "date" not in frus(STATED, body)


def test_a_date_in_a_paragraph_is_tied_to_it_and_to_the_head() -> None:
    fields = frus(STATED, f"{HEAD}<dateline>Bern.</dateline><p>Text.</p><p>On March 4, 1950, it rained.</p>")
    assert fields["date"] == ("1950-03-04", (0, 1, 3))


@pytest.mark.parametrize("number", ["the-hidden-name", "d1-hidden", "dé", ""])
def test_only_a_number_of_the_publisher_is_a_neutral_id(number: str) -> None:
    assert frus('xml:id="d7a"', HEAD)["id"] == ("frus1950v01/d7a", ())
    assert "id" not in frus(f'xml:id="{number}"', HEAD)


def test_the_kind_of_an_editorial_note_is_of_its_title() -> None:
    assert frus('xml:id="d1" subtype="editorial-note"', f"{HEAD}<p>T.</p>")["category"][1] == (0,)
    assert "category" not in frus('xml:id="d1" subtype="editorial-note"', "<p>T.</p>")
