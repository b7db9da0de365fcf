"""Blind halves of the corpus: their form, and that what was measured at first sight is what lies here now."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingest.corpus.make import HERE

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from cable_quality import FIELDS, digest, first_sight, results
from check_telegrams import check, problems

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
MEASURED = sorted(path.parent.name for path in HERE.glob("*/first-sight.json"))
CASE = {"id": "blind9-ids-001", "container": "text", "text": "x", "fault": "a fault", "expect": {"id": "04BERN12"}}


@pytest.mark.parametrize("half", sorted(path.name for path in HERE.glob("blind*")))
def test_the_form_of_a_blind_half(half: str) -> None:
    wrong, counts = check(HERE / half)
    assert wrong == []
    assert counts["cases"] >= 300


@pytest.mark.parametrize("half", MEASURED)
def test_no_case_was_changed_after_its_first_sight(half: str) -> None:
    kept = json.loads((HERE / half / "first-sight.json").read_text())
    assert kept["cases"] == digest((HERE / half).glob("*.jsonl"))


@pytest.mark.parametrize("change", [
    {"id": "NO ID"}, {"container": "pdf"}, {"text": ""}, {"expect": {}}, {"expect": {"ref": []}}, {"more": 1},
    {"expect": {"refs": ["BERN 12"]}}, {"expect": {"date": "5 April"}}, {"expect": {"tags": ["PREL", "PREL"]}},
    {"expect": {"subject": "two  spaces"}}, {"expect": {"declassify": "soon"}},
])  # fmt: skip
def test_what_is_wrong_is_named(change: dict[str, object]) -> None:
    assert list(problems(CASE)) == []
    assert list(problems(CASE | change))


def test_a_first_sight_comes_once(tmp_path: Path) -> None:
    folder = tmp_path / "half"
    folder.mkdir()
    first = (HERE / "own" / "ids.jsonl").read_text(encoding="utf-8").splitlines()[0]
    (folder / "a.jsonl").write_text(first + "\n", encoding="utf-8")
    command = [
        sys.executable,
        str(SCRIPTS / "cable_quality.py"),
        "--first-sight",
        str(tmp_path / "kept.json"),
        str(folder),
    ]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    kept = json.loads((tmp_path / "kept.json").read_text())
    assert kept == first_sight(str(folder), results(str(folder)), kept["day"])
    assert kept["cases"] == digest(folder.glob("*.jsonl")) and set(kept["fields"]) == set(FIELDS)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
