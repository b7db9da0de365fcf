from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.review.bad_redactions import BAD, GOOD, OPEN, SECRET, bad_redaction
from tests.review.small_archive import add, cable, make_archive
from unsealed.cli import root
from unsealed.ingest.readers.pdf.document import read
from unsealed.model import Finding, Reading, Unit
from unsealed.review.hidden import KINDS, hidden_findings, hidden_of

SHARED = Path(__file__).parents[3] / "shared" / "data"
CONTROL = "good_redaction.pdf"
# What the makers of these files say of them: whether a black-out holds its text. One of them stands apart: see below.
XRAY_BAD = {"bad_cross_hatched_redactions.pdf", "rectangles_yes.pdf", "rectangles_yes_2.pdf"}
XRAY_DATES = "no_bad_redactions.8.1.pdf"  # dates under a picture: its makers pass over dates, we do not


def reading_of(data: bytes) -> Reading:
    reading = read(data, b"").reading
    assert reading is not None
    return reading


@pytest.mark.parametrize("way", BAD)
def test_each_way_to_hide_words_without_taking_them_out_is_told(way: str) -> None:
    reading = reading_of(bad_redaction(way))
    found = hidden_of(7, reading)
    assert found, way
    assert all(one.item == 7 and one.what for one in found)
    told = " ".join([reading.units[one.unit].text for one in found])
    assert way == "redact mark" or SECRET in " ".join(told.split())
    assert OPEN not in told or way == "scan"  # a scan's layer may be one unit


@pytest.mark.parametrize("way", GOOD)
def test_what_hides_nothing_is_not_told(way: str) -> None:
    assert hidden_of(1, reading_of(bad_redaction(way))) == ()


@pytest.mark.shared
def test_the_made_files_are_told_from_their_control() -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder of real documents is not here")
    files = sorted((SHARED / "made" / "redaction").glob("*.pdf"))
    told = {path.name for path in files if hidden_of(1, reading_of(path.read_bytes()))}
    assert CONTROL not in told
    assert len(told) >= 11 and len(files) == 13


@pytest.mark.shared
def test_real_files_are_told_from_look_alikes() -> None:
    if not SHARED.is_dir():
        pytest.skip("the folder of real documents is not here")
    files = sorted((SHARED / "redaction" / "x-ray").glob("*.pdf"))
    told = {path.name for path in files if hidden_of(1, reading_of(path.read_bytes()))}
    assert told == {*XRAY_BAD, XRAY_DATES}


def test_findings_of_one_place_are_told_once_and_the_gravest_first(tmp_path: Path) -> None:
    units = (Unit("paragraph", "one two three"), Unit("cell", "four"))
    findings = (Finding("O-HIDDEN", "warn", 1), Finding("O-DELETED", "warn", 1), Finding("D-GUESS", "warn", 0))
    with make_archive(tmp_path / "a") as archive:
        items = add(archive, Reading("office", "docx", 1, units, (), findings), cable(1, "Nothing."))
        found = hidden_findings(archive, items[0])
        assert [(one.unit, one.kind, one.words) for one in found] == [(1, "O-DELETED", 1)]
        assert found[0].what == KINDS["O-DELETED"]
        assert hidden_findings(archive, items[1]) == ()


def test_the_command_prints_words_only_when_asked(tmp_path: Path) -> None:
    units = (Unit("paragraph", "Ilyas Quill keeps\x1b[2J the ledger."),)
    with make_archive(tmp_path / "a") as archive:
        add(archive, Reading("pdf", "pdf", 3, units, (), (Finding("P-UNSEEN", "warn", 0),)), cable(1, "Nothing."))
    runner = CliRunner()
    plain = runner.invoke(root, ["review", "hidden", "--all", "--archive", str(tmp_path / "a")])
    assert plain.exit_code == 0 and "P-UNSEEN" in plain.output and "Quill" not in plain.output
    assert "1 place in 1 document." in plain.output
    shown = runner.invoke(root, ["review", "hidden", "1", "--show", "--archive", str(tmp_path / "a")])
    assert "Ilyas Quill keeps<U+001B>[2J the ledger." in shown.output
    lines = runner.invoke(root, ["review", "hidden", "--all", "--json", "--archive", str(tmp_path / "a")]).output
    assert "text" not in json.loads(lines) and json.loads(lines)["kind"] == "P-UNSEEN"
    warned = runner.invoke(root, ["review", "show", "1", "--archive", str(tmp_path / "a")])
    assert "1 place with words that do not show" in warned.output


@pytest.mark.parametrize("arguments", [[], ["1", "--all"]])
def test_the_command_wants_documents_or_all_of_them(tmp_path: Path, arguments: list[str]) -> None:
    make_archive(tmp_path / "a").close()
    result = CliRunner().invoke(root, ["review", "hidden", *arguments, "--archive", str(tmp_path / "a")])
    assert result.exit_code != 0
