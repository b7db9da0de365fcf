"""Telegrams: the three containers, the header block, the labelled lines, paragraphs, ids (cable.md)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest.samples import CABLE, CABLE_BODY, CABLE_PAGE, RAW_ROW_PAGE, dump_row
from unsealed.ingest.readers import read
from unsealed.ingest.readers.cable import grammar
from unsealed.ingest.stations import canonical_id
from unsealed.model import Reading


def reading(form: str, data: bytes) -> Reading:
    outcome = read(form, data)
    assert outcome.reading is not None, outcome.code
    return outcome.reading


def codes(found: Reading) -> set[str]:
    return {finding.code for finding in found.findings}


def labelled(found: Reading, label: str) -> list[str]:
    return [unit.text for unit in found.units if unit.label == label]


@pytest.mark.parametrize(("form", "data"), [("cable-text", CABLE), ("cable-csv", dump_row())])
def test_fields(form: str, data: bytes) -> None:
    found = reading(form, data)
    assert found.first("id") == "05BERN123"
    assert found.first("date") == "2005-04-05T17:05Z"
    assert found.first("class") == "CONFIDENTIAL"
    assert found.first("origin") == "Embassy Bern"
    assert found.first("subject") == "VIEWS ON THE FUTURE"
    assert found.all("tag") == ["PREL", "PGOV", "KNNP", "OVIP (DOE, JANE)", "SZ", "ECON", "CS"]
    assert found.all("ref")[-5:] == ["05BERN111", "04STATE259031", "04STATE259032", "05VALMORA77", "04BERN900"]
    assert found.first("declassify") == "2015-04-05"
    assert found.all("caption") == ["SIPDIS", "NOFORN"]
    assert found.all("to") == ["SECSTATE WASHDC"]
    assert found.all("cc") == ["EUROPEAN POLITICAL COLLECTIVE", "USMISSION GENEVA"]
    assert found.first("signer") == "WILLSON CARTER"
    assert codes(found) >= {"C-MARK-ABOVE", "C-PARA-SEQ", "C-PRIOR-REDACTION", "C-REF-YEAR"}


def test_a_broken_paragraph_is_one_unit_with_its_spans() -> None:
    found = reading("cable-text", CABLE)
    paragraphs = [unit for unit in found.units if unit.label == "paragraph"]
    assert [unit.text[:6] for unit in paragraphs] == ["1. (C)", "2. (S)", "3. (SB", "5. (C)"]
    broken = paragraphs[1]
    assert broken.text == "2. (S) Second paragraph begins\nand goes on. xxxxxxxxxxxx\n\nit still goes on.\n\n"
    assert b"".join(CABLE[start:end] for start, end in broken.source).decode() == broken.text
    assert "BERN 00000123  002 OF 002\n\n\n" in labelled(found, "structure")
    assert labelled(found, "heading") == ["POLITICAL VIEWS\n"]


def test_names_stand_in_units_of_their_own() -> None:
    found = reading("cable-text", CABLE)
    assert labelled(found, "classified-by") == ["Classified By: DCM Jane Doe for reasons 1.4 (b) and (d). \n\n"]
    assert "OVIP (DOE, JANE),\n" in labelled(found, "tag")
    assert labelled(found, "ref")[-1].strip() == "E. DOE-ROE E-MAIL 04/02/05"
    assert labelled(found, "signature") == ["WILLSON\nCARTER\n\n"]


def test_every_field_lies_in_its_units() -> None:
    found = reading("cable-csv", dump_row())
    for name in ("subject", "tag", "to", "signer"):
        for field in found.fields:
            if field.name == name:
                text = " ".join(" ".join(found.units[unit].text for unit in field.units).split())
                assert field.value in text or field.value in ("ECON", "CS")


def test_rows_of_another_width_are_rejected() -> None:
    outcome = read("cable-csv", b'"1","2005-04-05 17:05","05BERN9"\n')
    assert (outcome.state, outcome.code) == ("rejected", "C-ROW-WIDTH")


def test_an_empty_body_is_kept() -> None:
    assert "C-NO-BODY" in codes(reading("cable-csv", dump_row(body=b"")))


def test_created_is_checked_against_the_date_time_group() -> None:
    row = dump_row().replace(b"2005-04-05 17:05", b"4/9/2005 17:05")
    found = reading("cable-csv", row)
    assert found.first("created") == "2005-04-09T17:05" and "C-DATE-DISAGREE" in codes(found)
    assert found.first("date") == "2005-04-05T17:05Z"


def test_a_bad_date_time_group_is_a_finding_and_the_container_time_stands() -> None:
    found = reading("cable-csv", dump_row(header=b"O R 391705Z APR 05\nFM AMEMBASSY BERN\n"))
    assert "C-DTG" in codes(found) and found.first("date") == "2005-04-05T17:05"


def test_serial_of_the_banner_is_compared() -> None:
    assert "C-SERIAL" in codes(reading("cable-csv", dump_row(body=CABLE_BODY.replace(b"BERN 000123", b"BERN 000124"))))


def test_page() -> None:
    found = reading("cable-html", CABLE_PAGE)
    assert found.first("id") == "05BERN123"
    assert found.first("class") == "CONFIDENTIAL"  # the text of the cell, not its title
    assert found.first("created") == "2005-04-05T17Z"  # the page clock: hour precision only
    assert found.first("date") == "2005-04-05T17:05Z"
    assert found.all("tag") == ["PREL", "PGOV"] and found.first("subject") == "ONE & TWO"
    assert found.all("ref") == ["05BERN111", "05STATE222"]
    assert labelled(found, "paragraph") == ['1. (C) Summary "q" text é here.\n\n', "2. (C) More.\n"]
    assert not any("¶" in unit.text for unit in found.units)


def test_page_with_the_raw_row() -> None:
    found = reading("cable-html", RAW_ROW_PAGE)
    assert labelled(found, "banner") == ["\tC O N F I D E N T I A L BERN 000123\n\n"]
    assert labelled(found, "paragraph") == ["1. (C) Text.\n"] and found.first("from") == "AMEMBASSY BERN"


def test_a_cable_cited_by_the_column_and_the_text_is_one_reference() -> None:
    body = (
        b"CONFIDENTIAL BERN 000123\n\nSUBJECT: X\n\nREF: A. 04 STATE 259031\n     B. 04 BERN 1218\n     C. BERN 0071\n"
        b"     D. PARIS 12 AND 2764\n\n1. (C) Text.\n"
    )
    row = dump_row(body=body).replace(b"05BERN111", b"04STATE259031|05BERN71")
    found = reading("cable-csv", row)
    cited = found.all("ref")
    assert sorted(cited) == sorted(set(cited)) and "05BERN71" in cited
    assert cited[-3:] == ["04BERN1218", "05PARIS12", "05PARIS2764"]


def test_another_page_is_no_cable() -> None:
    assert read("cable-html", b"<html><body>no</body></html>").code == "C-HTML-NOT-A-CABLE"


@pytest.mark.parametrize(
    ("raw", "station", "serial", "expected", "rule"),
    [
        ("09BERN00012", "", "", "09BERN12", 0),
        ("09SECSTATE12", "", "", "09STATE12", 0),
        ("03VALMORA7", "VALMORA", "7", "03VALMORA7", 0),
        ("08EFTOBERN12", "", "", "08BERN12", 2),
        ("08BERN12TOSEC123456", "", "", "08BERN12", 2),
        ("08XXLISBON12", "", "", "08LISBON12", 3),
        ("08LISBOM12", "", "", "08LISBON12", 4),
        ("092OF5", "BERN", "44", "09BERN44", 5),
        ("06ASTANA", "ASTANA", "3", "06ASTANA3", 5),
    ],
)
def test_ids(raw: str, station: str, serial: str, expected: str, rule: int) -> None:
    found = canonical_id(raw, station, serial)
    assert found is not None and (found.text, found.rule) == (expected, rule)


@pytest.mark.parametrize("raw", ["", "nonsense", "99", "XXBERN12"])
def test_no_id(raw: str) -> None:
    assert canonical_id(raw) is None


def test_subject_without_label_and_reflowed_lines() -> None:
    body = b"UNCLAS BERN 000123\nTAGS: PREL, SZ\nA SUBJECT WITHOUT A LABEL\n\n1. Text.\n"
    found = reading("cable-csv", dump_row(body=body))
    assert found.first("subject") == "A SUBJECT WITHOUT A LABEL" and "C-SUBJ-NOLABEL" in codes(found)


def test_loose_text_becomes_paragraphs() -> None:
    found = reading(
        "cable-csv", dump_row(body=b"UNCLAS BERN 000123\n\nSUBJECT: X\n\nOne block.\n\nAnother block\nof two lines.\n")
    )
    assert labelled(found, "paragraph") == ["One block.\n\n", "Another block\nof two lines.\n"]


@given(
    st.sampled_from(sorted(start for start, _ in grammar._USUAL.values())), st.text(" \n:.AEORSTU12/(-a", max_size=12)
)
def test_what_is_named_by_its_beginning_is_what_the_rules_say(start: str, rest: str) -> None:
    line = start + rest
    named = grammar.classify(line, 0)
    assert not grammar.BANNER.match(line)
    assert named == next(name for name, rule in grammar._BY_LETTER[line[0]] if rule.match(line, 0))
