"""The sample archive holds what its README and EXPECT.json say, and can be built again byte for byte."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from tests.sample.material import (
    ARCHIVE,
    EXPECT,
    RELEASES,
    SAMPLE,
    cables,
    dump,
    mbox,
    page_text,
    parse_mail,
    pdf_text,
    released_text,
    table,
)

FILES = sorted(path for path in ARCHIVE.rglob("*") if path.is_file())


def test_built_again_it_is_the_same(tmp_path: Path) -> None:
    script = SAMPLE.parent / "scripts" / "make_sample.py"
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True, timeout=120)
    again = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(again) > 30
    for path in again:
        assert path.read_bytes() == (SAMPLE / path.relative_to(tmp_path)).read_bytes(), path.name


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) <= 3_000_000


def test_every_file_is_named_in_the_readme() -> None:
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for path in FILES:
        name = path.relative_to(ARCHIVE).as_posix()
        group = f"{path.parent.relative_to(ARCHIVE).as_posix()}/*{path.suffix}"
        assert f"`{name}`" in readme or f"`{group}`" in readme, name


def test_the_dump_has_the_rows_promised() -> None:
    rows, promised = dump(), EXPECT["containers"]["cables/dump.csv"]
    ids = [row[2] for row in rows if len(row) == 8]
    assert len(rows) == promised["rows"]
    assert [len(row) for row in rows if len(row) != 8] == [7]
    assert ids == EXPECT["cables"]["csv"]
    assert sorted({name for name in ids if ids.count(name) > 1}) == promised["repeated"]
    assert [row[2] for row in rows if "\ufffd" in row[-1]] == promised["undecodable"]
    repeated = [row[7] for row in rows if row[2] == "04KARNOVAR77"]
    assert len(set(repeated)) == 2


def test_every_line_end_inside_a_field_is_escaped() -> None:
    raw = (ARCHIVE / "cables" / "dump.csv").read_bytes()
    assert len(re.findall(rb"(?<!\\)\n", raw)) == EXPECT["containers"]["cables/dump.csv"]["rows"]


def test_cables_agree_with_themselves() -> None:
    found = cables()
    assert len(found) + 1 == sum(len(ids) for ids in EXPECT["cables"].values())
    for name, text in found.items():
        year, station, serial = re.findall(r"(\d\d)([A-Z]+)(\d+)", name)[0]
        # One published page is without header block: its text begins at the banner.
        assert re.search(rf"\b{station} 0*{serial}\s", text), name
        dtg = re.search(r"^[ZOPR](?: [ZOPR])? (\d{2})(\d{4})Z ([A-Z]{3}) (\d\d)$", text, re.MULTILINE)
        assert dtg is None or dtg[4] == year, name
        # One page is reflowed to long lines, so labels stand inside them too.
        assert re.search(r"\bTAGS: \w", text), name


def test_created_of_the_dump_is_the_date_time_group() -> None:
    for row in dump():
        if len(row) == 8:
            parts = re.fullmatch(r"(\d+)/(\d+)/(\d+) (\d+):(\d\d)", row[1])
            assert parts is not None
            _month, day, year, hour, minute = map(int, parts.groups())
            assert re.search(rf"{day:02d}{hour:02d}{minute:02d}Z [A-Z]{{3}} {year % 100:02d}\n", row[6])


def test_missing_cables_are_missing_and_all_others_are_held() -> None:
    held = set(cables())
    assert not held & set(EXPECT["missing"])
    for name, cited in EXPECT["references"].items():
        assert set(cited) <= held | set(EXPECT["missing"]), name
    assert EXPECT["references"]["05VARDESK93"] == ["04VARDESK662", "04VARDESK1218", "05VARDESK71"]


def test_features_of_cables_are_there() -> None:
    text = "\n".join(cables().values())
    for sign in (
        "SECTION 01 OF 02",
        "002 OF 002",
        "PAGE 02  ",
        "strictly protect",
        "please protect",
        "NODIS",
        "(S/NF)",
        "E.O. 12958: N/A",
        "1.5 (b)",
        "C O R R E C T E D",
        "Скважину",
        "END SUMMARY.",
        "COMMENT:",
    ):
        assert sign in text, sign


def test_events_have_the_rows_promised() -> None:
    rows = table(ARCHIVE / "events" / "omtv-2007-2008.csv", None)
    good = [row for row in rows if len(row) == 32]
    assert len(rows) == EXPECT["containers"]["events/omtv-2007-2008.csv"]["rows"]
    assert [len(row) for row in rows if len(row) != 32] == [14]
    assert len({row[0] for row in good}) == len(good)
    for row in good:
        assert re.fullmatch(r"36T[A-Z]{2}\d{8}", row[22]), row[0]
        assert 43 <= float(row[23]) <= 44
        assert 34 <= float(row[24]) <= 35


def test_mails_hold_what_is_promised() -> None:
    messages = [parse_mail(raw) for raw in mbox()]
    promised = EXPECT["containers"]["mail/desk.mbox"]
    assert len(messages) == promised["messages"]
    assert sum(len(list(message.iter_attachments())) for message in messages) == promised["attachments"]
    thread = "<karsavi-1@post-vardesk.example> <karsavi-2@vardesk.extaffairs.example>"
    assert messages[7].get_all("References") == [thread]
    for name, count in EXPECT["containers"].items():
        if name.endswith(".eml"):
            parts = list(parse_mail((ARCHIVE / name).read_bytes()).walk())
            assert sum(part.get_content_type() == "message/rfc822" for part in parts) == count["messages"] - 1, name
            assert sum(part.get_filename() is not None for part in parts) == count["attachments"], name


def test_pdfs() -> None:
    report = pdf_text((ARCHIVE / "pdf" / "geotechnical-summary.pdf").read_bytes())
    assert "BH-16" in report
    assert "BH-18" in report
    assert "BH-17" not in report
    assert pdf_text((ARCHIVE / "pdf" / "gate-register-scan.pdf").read_bytes()).strip() == ""
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument((ARCHIVE / "pdf" / "interim-report.pdf").read_bytes())


def test_charsets() -> None:
    cuttings = (ARCHIVE / "notes" / "cuttings.txt").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        cuttings.decode("utf-8")
    assert "Éloïse Garçonnet" in cuttings.decode("cp1252")
    assert "учтено" in (ARCHIVE / "notes" / "translator.txt").read_bytes().decode("utf-16")


def test_duplicates_are_duplicates_and_nothing_else_is() -> None:
    hashes: dict[str, list[str]] = {}
    for path in FILES:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        hashes.setdefault(digest, []).append(path.relative_to(ARCHIVE).as_posix())
    assert sorted(names for names in hashes.values() if len(names) > 1) == EXPECT["duplicates"]


def _quotations(path: str) -> list[str]:
    text = " ".join(page_text(ARCHIVE / path).split())
    return [quote.strip(" ,.") for quote in re.findall("“([^”]{30,})”", text)]


def _flat(text: str) -> str:
    # Line ends, page lines and kinds of quotation marks do not make another text.
    return re.sub(r"[\"'‘’]", "'", " ".join(re.sub(r"PAGE \d\d +\w+ +\d+ +\d+Z", "", text).split()))


@pytest.mark.parametrize(("path", "kind"), [(path, told["kind"]) for path, told in EXPECT["quotations"].items()])
def test_press_quotes_as_it_is_said_to(path: str, kind: str) -> None:
    cited = EXPECT["quotations"][path]["cites"]
    texts = [_flat(cables()[name]) for name in cited if name in cables()]
    found = [any(_flat(quote) in text for text in texts) for quote in _quotations(path)]
    assert len(found) >= 2
    assert all(found) if kind == "correct" else not any(found)


def test_the_forged_cable_looks_real_and_is_not_in_the_archive() -> None:
    forged = EXPECT["forged"]
    text = (SAMPLE / forged["file"]).read_text(encoding="utf-8")
    assert forged["id"] not in cables()
    assert forged["id"] not in EXPECT["missing"]
    body = _flat(text)
    assert "in receipt of a monthly stipend" in body
    for raw in (path.read_bytes() for path in FILES if "press" not in path.parts):
        assert b"monthly stipend" not in raw
    for quote in _quotations(forged["quoted_in"]):
        assert _flat(quote) in body


def test_the_words_of_a_query_stand_in_the_cables_expected() -> None:
    found = cables()
    assert len(EXPECT["queries"]) >= 12
    for query in EXPECT["queries"]:
        assert query["cables"], query["query"]
        assert set(query["cables"]) <= set(found)
    for word in ("thermos", "Plakaya"):
        expected = next(query["cables"] for query in EXPECT["queries"] if query["query"] == word)
        saying = [name for name, text in found.items() if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
        assert sorted(saying) == expected


def test_releases_name_documents_that_exist() -> None:
    first, second = (release["documents"] for release in RELEASES)
    assert len(first) == 12
    assert len(second) == 26
    assert not set(first) & set(second)
    assert all(released_text(reference).strip() for reference in first + second)
