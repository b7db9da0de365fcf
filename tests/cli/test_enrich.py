"""`unsealed enrich`, `similar` and `thread`: what a person and a script get to see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_search import run
from tests.search.corpus import make_archive
from tests.search.test_enrichment import SAID, mail, text, vocabulary
from unsealed.model import Field, Reading, Unit


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "archive"
    long = " ".join(vocabulary(1, 200))
    cable = Reading(
        "cable", "t", 1, (Unit("paragraph", long),), (Field("title", "A \x1b[31mDAM"), Field("date", "2004"))
    )
    mails = [mail("", "The dam", "2004-03-01"), mail("", "Re: The dam", "2004-03-05", people="b a")]
    with make_archive(path, [cable, text(f"{long} and a little more"), text(SAID["fr"]), *mails]):
        pass
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def test_enrich_says_what_it_did(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _, code = run(capsys, "enrich")
    assert (code, out.splitlines()[0]) == (0, "5 readings looked at.")
    assert "fr 1" in out
    assert run(capsys, "enrich")[0].startswith("0 readings")
    told = json.loads(run(capsys, "enrich", "--rebuild", "--json")[0])
    assert (told["readings"], told["languages"]["fr"]) == (5, 1)


def test_similar_needs_no_pass_before(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err, code = run(capsys, "similar", "2")
    assert (code, err) == (0, "")
    first, last = out.splitlines()
    assert first.split("\t")[2:] == ["#1", "2004", "A <U+001B>[31mDAM"]
    assert "\x1b" not in out
    assert last == "1 near-duplicate."
    (told,) = json.loads(run(capsys, "similar", "1", "--json")[0])
    assert (told["item"], told["contained"]) == (2, 1.0)
    assert run(capsys, "similar", "nothing")[2] != 0


def test_thread(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _, code = run(capsys, "thread", "5")
    assert code == 0
    assert [line.split("\t")[0].strip() for line in out.splitlines()] == ["#4", "> #5", "2 messages."]
    assert "answers #4 (likely)" in out
    told = json.loads(run(capsys, "thread", "4", "--json")[0])
    assert [(message["item"], message["how"]) for message in told] == [(4, ""), (5, "subject")]
    assert run(capsys, "thread", "1")[0] == "0 messages.\n"
