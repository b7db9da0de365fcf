"""The doors of the review: what they print, and the errors of people."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed.cli import root
from unsealed.errors import InputError, UnsealedError, UsageError

ANA, JONAS, _ = EDITORS
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    with make_archive(tmp_path / "a") as archive:
        add(archive, cable(1, "Karl Ott came.\x1b[31m"), cable(2, "Nobody came."))
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(tmp_path / "a"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(root, ["review", *arguments])
        if isinstance(done.exception, UnsealedError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return run


def mark(call: Call, *more: str) -> Result:
    return call("mark", "03VEREN1", *more, "--reason", "private", "--as", ANA)


def test_mark_show_decide_list(call: Call) -> None:
    assert mark(call, "--find", "karl ott").output.startswith("m1: marked.")
    assert "[4] paragraph: 1. (C) [[m1? private: Karl Ott]] came.<U+001B>[31m" in call("show", "03VEREN1").output
    assert "undecided" in call("list", "--undecided").output
    assert call("decide", "m1", "accept", "--as", JONAS).output == "Document 1 is uncleared.\n"
    for editor in (ANA, JONAS):
        done = call("decide", "03VEREN1", "accept", "--as", editor)
    assert done.output == "Document 1 is ready.\n"
    assert call("list", "--undecided").output == "0 documents.\n"
    [found] = json.loads(call("list", "03VEREN1", "--json").output)
    assert (found["standing"], found["cleared_by"]) == ("ready", sorted([ANA, JONAS]))
    assert found["marks"][0] | {"note": "", "rule": ""} == {
        "mark": "m1", "unit": 4, "start": 7, "end": 15, "reason": "private", "rule": "", "note": "",
        "decided": "accepted", "accepted_by": sorted([ANA, JONAS]), "rejected_by": [],
        "marked_by": [], "supersedes": "", "says": "",
    }  # fmt: skip
    assert "[[m1 private: Karl Ott]]" in call("show", "03VEREN1").output


@pytest.mark.parametrize(
    ("how", "line"),
    [
        (("--span", "4:7-11"), "m1  4:7-11  private  open"),
        (("--unit", "3"), "m1  unit 3  private  open"),
        (("--label", "tag"), "m1  unit 2  private  open"),
        (("--coarsen", "dtg", "--keep", "4"), "m1  1:4-10  private  open"),
        (("--whole",), "m1  whole document  private  open"),
    ],
)
def test_every_way_to_mark(call: Call, how: tuple[str, ...], line: str) -> None:
    mark(call, *how)
    assert line in call("list").output
    assert "m1? private" in call("show", "03VEREN1").output


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ((), "one thing"),
        (("--find", "a", "--whole"), "one thing"),
        (("--find", "Xanadu"), "do not stand"),
        (("--span", "4:9-7"), "UNIT:FROM-TO"),
        (("--span", "99:1-2"), "outside"),
        (("--unit", "99"), "outside"),
        (("--coarsen", "dtg"), "--keep"),
    ],
)
def test_mistakes(call: Call, how: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        mark(call, *how)


def test_unknown_editors_reasons_marks_and_documents(call: Call) -> None:
    for arguments in (
        ("mark", "03VEREN1", "--whole", "--reason", "private", "--as", "Nobody"),
        ("mark", "03VEREN1", "--whole", "--reason", "because", "--as", ANA),
        ("mark", "09NONE1", "--whole", "--reason", "private", "--as", ANA),
        ("decide", "m9", "accept", "--as", ANA),
    ):
        with pytest.raises(InputError) as caught:
            call(*arguments)
        assert caught.value.remedy


def test_a_rejected_mark_is_not_shown(call: Call) -> None:
    mark(call, "--find", "Karl")
    for editor in (ANA, JONAS):
        call("decide", "m1", "reject", "--as", editor)
    assert "Karl Ott" in call("show", "03VEREN1").output
    assert "rejected (, against: " in call("list").output


def test_apply_a_file(call: Call, tmp_path: Path) -> None:
    by = [ANA, JONAS]
    decisions = [
        {"document": "*", "find": "came", "reason": "private", "by": by},
        {"document": "*", "find": "Xanadu", "reason": "private", "by": by},
    ]
    file = tmp_path / "decisions.json"
    file.write_text(json.dumps({"v": "unsealed-decisions/1", "editors": by, "decisions": decisions}))
    done = call("apply", str(file))
    assert "2 decisions: 2 places in 2 documents (2 new); 0 documents cleared." in done.output
    assert "Decision 2 fits no words" in done.output
    assert "(0 new)" in call("apply", str(file)).output
