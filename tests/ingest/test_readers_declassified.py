"""The 1973-79 form: what is read, what is taken out, and that nothing is lost (declassified-cable.md)."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.declassified_samples import NOT_ONLINE, PAGED, STATE
from unsealed.ingest.readers import read
from unsealed.ingest.readers.declassified.attributes import attribute_date
from unsealed.ingest.readers.declassified.head import DTG, schedule_date
from unsealed.ingest.sniff import sniff
from unsealed.model import Reading


def reading(data: bytes) -> Reading:
    outcome = read("cable-1970s", data)
    assert outcome.reading is not None, outcome
    return outcome.reading


def codes(found: Reading) -> set[str]:
    return {finding.code for finding in found.findings}


def texts(found: Reading, label: str) -> list[str]:
    return [unit.text.strip() for unit in found.units if unit.label == label]


def edited(data: bytes, old: bytes, new: bytes) -> Reading:
    assert old in data
    return reading(data.replace(old, new, 1))


@pytest.mark.parametrize("data", [PAGED, STATE, NOT_ONLINE, PAGED.replace(b"\n", b"\r\n")])
def test_told_by_content(data: bytes) -> None:
    assert sniff(data, len(data)).id == "cable-1970s"


def test_prose_of_a_message_is_no_telegram() -> None:
    assert sniff(b"Message Text\n\nis a heading of ours.\n", 40).id == "text"


def test_fields_of_a_paged_telegram() -> None:
    found = reading(PAGED)
    assert found.type == "cable"
    assert found.first("id") == "73LIMA2545"
    assert found.first("date") == "1973-04-09T20:00Z"
    assert found.first("class") == "CONFIDENTIAL"
    assert found.all("tag") == ["PFOR", "EFIS", "OVIP", "(HOLLOWAY, MERIT A)", "PE"]
    assert found.all("ref") == ["73LIMA2401", "73STATE61007", "73STATE61010", "72QUITO5310"]
    assert found.first("subject") == "FISHERIES TALKS: VIEWS OF THE HARBOUR MASTER"
    assert found.first("signer") == "BRANDWEIN"
    assert found.first("declassify") == "XGDS-3"
    assert found.all("cc") == ["AMEMBASSY QUITO", "AMCONSUL GUAYAQUIL"]
    assert found.all("caption") == ["EXDIS"]


def test_page_and_class_lines_do_not_break_a_paragraph() -> None:
    first, second = texts(reading(PAGED), "paragraph")
    assert first.endswith("HIS NAME BE KEPT OUT OF\nTHE RECORD.")
    assert second == "2. THE CONFIDENTIAL PAPER IS AT PAGE 3 OF THE ENCLOSURE."


def test_a_broken_paragraph_keeps_its_ranges() -> None:
    broken = next(unit for unit in reading(PAGED).units if "KEPT OUT OF" in unit.text)
    assert len(broken.source) == 2
    assert b"PAGE 02" not in b"".join(PAGED[a:b] for a, b in broken.source)


def test_state_origin() -> None:
    found = reading(STATE)
    assert found.first("id") == "79STATE290286"
    assert found.first("date") == "1979-06-25T13:46Z"
    assert found.first("declassify") == "1985-06-25"
    assert found.all("tag") == ["PEPR", "SZ"]
    assert found.first("subject") == "VISIT OF THE CHOIR"
    assert found.first("signer") == "CHRISTOPHER"
    assert "DRAFTED BY EUR/CE:KDMARLOW:ABC" in texts(found, "header")
    assert "D-KEY" in codes(found) and "D-STAMP" not in codes(found)


def test_without_a_text_the_attributes_speak() -> None:
    found = reading(NOT_ONLINE)
    assert found.first("id") == "76JAKARTA1234"
    assert found.first("date") == "1976-03-05"
    assert found.all("ref") == ["76STATE51022", "76JAKARTA1200"]
    assert found.all("tag") == ["EWWT", "PFOR", "(SAID, IBN A)", "ID"]
    assert found.all("caption") == ["STADIS", "NODIS"]
    assert found.first("class") == "SECRET"
    assert "D-NOT-ONLINE" in codes(found)
    assert all(field.units for field in found.fields)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PAGED.replace(b"Message Text", b"Message  Text"), "D-MARKER-TEXT"),
        (PAGED.replace(b"44\n", b"Message Text\n"), "D-MARKER-TEXT"),
        (PAGED.replace(b"Message Attributes", b"Attributes"), "D-MARKER-ATTR"),
        (b"  Message Attributes\n\n" + PAGED, "D-MARKER-ATTR"),
    ],
)
def test_markers(data: bytes, code: str) -> None:
    outcome = read("cable-1970s", data)
    assert outcome.reading is None and outcome.code == code


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"R 092000Z APR 73", b"R 0920001Z APR 73", "D-DTG"),
        (b"R 092000Z APR 73", b"R 312000Z APR 73", "D-DTG"),
        (b"R 092000Z APR 73", b"R 092000Z APR 72", "D-YEAR"),
        (b"FM AMEMBASSY LIMA\n", b"", "D-FM"),
        (b"Locator: TEXT ON-LINE, ON MICROFILM\n", b"", "D-NO-LOCATOR"),
        (b"/056 W", b"/057 W", "D-COPIES"),
        (b"11652: XGDS-3", b"16652: XGDS-3", "D-EO"),
        (b"XGDS-3", b"6DS", "D-EO"),
        (b"30 JUN 2005", b"31 JUN 2005", "-"),
        (b"C O N F I D E N T I A L LIMA 02545", b"S E C R E T LIMA 02545", "C-CLASS-MIXED"),
        (b"I A L LIMA 02545", b"I A L LIMA 02546", "C-SERIAL"),
        (b"I A L LIMA 02545", b"I A L SECTION 1 OF 2 LIMA 02545", "D-SECTION-GAP"),
        (b"Draft Date: 09 APR 1973", b"Draft Date: 09 APR 1975", "C-DATE-DISAGREE"),
        (b"Original Classification: CONFIDENTIAL", b"Original Classification: SECRETARY", "C-CLASS-MIXED"),
    ],
)
def test_findings(old: bytes, new: bytes, code: str) -> None:
    found = edited(PAGED, old, new)
    assert code in codes(found) or code == "-"
    assert code not in codes(reading(PAGED))


@pytest.mark.parametrize(
    ("line", "month", "year"),
    [
        ("P 251346 Z JUN 7 3", "JUN", "7 3"),
        ("O R 05 2330Z MARCH 74 ZFF4", "MAR", "74"),
        ("R 0 1 1 2 0 0 Z D E C 76", "D E C", "76"),
        ("  Z 311159Z JAN 79", "JAN", "79"),
    ],
)
def test_groups_with_spaces(line: str, month: str, year: str) -> None:
    found = DTG.match(line)
    assert found is not None and (found["month"], found["year"]) == (month, year)


@pytest.mark.parametrize("line", ["X 251346Z JUN 73", "R 25134Z JUN 73", "R 251346Z JUX 73", "RE 251346Z JUN 73"])
def test_no_groups(line: str) -> None:
    assert DTG.match(line) is None


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("01 JAN 1994", "1994-01-01"),
        ("01-Jan-1994 12:00:00 am", "1994-01-01"),
        ("31/12/2019", "2019-12-31"),
        ("01 JAN 1960", ""),
        ("31 FEB 1975", ""),
        ("n/a", ""),
    ],
)
def test_attribute_dates(value: str, day: str) -> None:
    assert attribute_date(value) == day


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("GDS 11/30/85 (SMITH, J.)", "1985-11-30"),
        ("ADS DECEMBER 31, 1979", "1979-12-31"),
        ("ADS, 31 DEC 1979", "1979-12-31"),
        ("RDS-1 7/5/04", "2004-07-05"),
        ("XGDS-2 INDEFINITE", ""),
        ("GDS 13/40/85", ""),
    ],
)
def test_schedules(value: str, day: str) -> None:
    assert schedule_date(value) == day


def test_values_of_several_lines() -> None:
    found = edited(PAGED, b"Subject: FISHERIES TALKS\n", b"Subject: FISHERIES\n   TALKS: ON\nTHE QUAY\n")
    assert texts(found, "subject")[-1] == "FISHERIES\n   TALKS: ON\nTHE QUAY"
    assert "D-KEY" not in codes(found)


def test_class_words_in_prose_stay() -> None:
    found = edited(PAGED, b"2. THE CONFIDENTIAL PAPER", b"2. THE MARK WAS\nSECRET\nTHE CONFIDENTIAL PAPER")
    assert "2. THE MARK WAS\nSECRET\nTHE CONFIDENTIAL" in "".join(texts(found, "paragraph"))


def check_tiles(data: bytes) -> None:
    outcome = read("cable-1970s", data)
    if outcome.reading is None or outcome.state == "no-text":
        return
    spans = sorted(span for unit in outcome.reading.units for span in unit.source)
    assert spans[0][0] == 0 and spans[-1][1] == len(data)
    assert all(a[1] == b[0] for a, b in pairwise(spans))
    said = "".join(unit.text for unit in outcome.reading.units)
    assert sorted(said.replace("\r", "")) == sorted(data.decode().replace("\r\n", "\n").replace("\r", "\n"))


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(PAGED)), st.integers(0, len(PAGED)), st.sampled_from([PAGED, STATE, NOT_ONLINE]))
def test_units_tile_damaged_files(start: int, end: int, data: bytes) -> None:
    check_tiles(data[: min(start, end)] + data[max(start, end) :])


def test_many_marks_cost_no_more_than_their_number() -> None:
    data = b" Message Text\nFM X\n" + b"NNNN\nCONFIDENTIAL\n" * 20_000 + b" Message Attributes\nSubject: x\n"
    begin = time.process_time()
    assert len(reading(data).units) > 40_000
    assert time.process_time() - begin < 20


LINES = [line for line in PAGED.decode().splitlines(keepends=True) if "Message" not in line]


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([*LINES, "\n", "\r\n", " \t"]), max_size=30), st.lists(st.sampled_from(LINES), max_size=9)
)
def test_units_tile_lines_in_any_order(text: list[str], attributes: list[str]) -> None:
    check_tiles(("  Message Text\n" + "".join(text) + "\n Message Attributes\n" + "".join(attributes)).encode())
