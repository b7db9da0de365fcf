"""The doors of deciding: widen, replace, the queue, public texts, and the audit log of all of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed.cli import root
from unsealed.errors import HistoryError, InputError, UnsealedError, UsageError

ANA, JONAS, MIRA = EDITORS
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    with make_archive(tmp_path / "a") as archive:
        add(archive, cable(1, "Karl Ott came by night."), cable(2, "Nobody came."), cable(3, "Nothing."))
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(tmp_path / "a"))

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(root, list(arguments))
        if isinstance(done.exception, UnsealedError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    run("review", "mark", "03VEREN1", "--find", "Karl", "--reason", "private", "--as", ANA)
    return run


def marks(call: Call) -> list[tuple[str, int, int, str]]:
    [found] = json.loads(call("review", "list", "03VEREN1", "--json").output)
    return [(one["mark"], one["start"], one["end"], one["decided"]) for one in found["marks"]]


def test_widen_by_words_to_the_unit_and_to_the_document(call: Call) -> None:
    assert call("review", "widen", "m1", "--after", "2", "--as", ANA).output.startswith("m3: takes the place of m1")
    call("review", "decide", "m3", "accept", "--as", JONAS, "--why", "the whole sentence")
    assert marks(call) == [("m1", 7, 11, "superseded"), ("m3", 7, 20, "accepted")]
    assert "[[m3 private: Karl Ott came]]" in call("review", "show", "03VEREN1").output
    assert "m1 " not in call("review", "show", "03VEREN1").output
    call("review", "widen", "m3", "--to", "unit", "--as", ANA)
    call("review", "widen", "m3", "--to", "document", "--as", ANA)
    assert [start for _, start, _, _ in marks(call)] == [7, 7, -1, -1]


@pytest.mark.parametrize("how", [(), ("--to", "unit", "--after", "1")])
def test_widen_needs_one_way(call: Call, how: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="how much wider"):
        call("review", "widen", "m1", *how, "--as", ANA)


def test_replace_says_who_it_is(call: Call) -> None:
    call("review", "replace", "m1", "--with", "a member of parliament", "--as", ANA)
    call("review", "decide", "m3", "accept", "--as", MIRA)
    assert [line[3] for line in marks(call)] == ["superseded", "accepted"]
    with pytest.raises(InputError, match="beside a marker"):
        call("review", "replace", "m3", "--with", "[x]", "--as", ANA)
    with pytest.raises(UsageError, match="named like m12"):
        call("review", "replace", "3", "--with", "x", "--as", ANA)


def test_the_queue_says_what_waits_for_whom(call: Call) -> None:
    lines = json.loads(call("review", "queue", "--json").output)
    assert [(one["item"], one["standing"], one["open"], one["people"]) for one in lines] == [
        (1, "undecided", [1], 1), (2, "untouched", [], 2), (3, "untouched", [], 2),
    ]  # fmt: skip
    assert lines[0]["who"] == [JONAS, MIRA]
    for editor in (JONAS, MIRA):
        call("review", "decide", "03VEREN2", "accept", "--as", editor)
    assert [one["item"] for one in json.loads(call("review", "queue", "--json").output)] == [1, 3]
    assert [one["item"] for one in json.loads(call("review", "queue", "--mine", "--as", ANA, "--json").output)] == [3]
    assert call("review", "queue", "--page", "2").output == "2 documents wait.\n"
    assert "unsealed review show 1" in call("review", "next", "--as", JONAS).output
    with pytest.raises(UsageError, match="needs --as"):
        call("review", "queue", "--mine")
    with pytest.raises(InputError):
        call("review", "next", "--as", "Nobody")


def test_nothing_waits(call: Call) -> None:
    call("review", "decide", "m1", "accept", "--as", JONAS)
    for document in ("03VEREN1", "03VEREN2", "03VEREN3"):
        call("review", "decide", document, "accept", "--as", ANA)
    assert call("review", "next", "--as", ANA).output == "Nothing waits for you.\n"


def test_public_texts_are_added_listed_removed_and_in_the_log(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "press"
    folder.mkdir()
    (folder / "one.txt").write_text("One.")
    (folder / "two.md").write_text("Two.")
    (folder / "picture.png").write_bytes(b"\xff")
    assert "2 texts kept" in call("review", "compare", "add", str(folder), "--as", ANA).output
    call("review", "compare", "add", str(folder / "one.txt"), "--as", ANA)
    listed = json.loads(call("review", "compare", "list", "--json").output)
    assert [one["name"] for one in listed] == ["press/one.txt", "press/two.md", "one.txt"]
    call("review", "compare", "remove", "3", "--why", "twice", "--as", JONAS)
    assert call("review", "compare", "list").output.endswith("2 texts.\n")
    log = [json.loads(line) for line in call("audit", "list", "--what", "compare.remove", "--json").output.splitlines()]
    assert [(one["who"], one["why"], one["about"]) for one in log] == [(JONAS, "twice", {"text": "3"})]
    with pytest.raises(InputError, match="not UTF-8"):
        call("review", "compare", "add", str(folder / "picture.png"), "--as", ANA)
    with pytest.raises(InputError, match="no text 9"):
        call("review", "compare", "remove", "9", "--why", "x", "--as", ANA)


def test_the_log_is_listed_exported_and_checked(call: Call, tmp_path: Path) -> None:
    head = call("audit", "head").output.strip()
    call("review", "decide", "m1", "reject", "--as", JONAS, "--why", "he is a minister")
    listed = call("audit", "list", "--document", "03VEREN1").output
    assert "mark" in listed
    assert "(he is a minister)" in listed
    assert "reject" not in call("audit", "list", "--who", ANA).output
    assert call("audit", "list", "--limit", "1").output.endswith("More may follow: --after 1\n")
    found = json.loads(call("audit", "verify", "--head", head, "--json").output)
    assert (found["records"], found["heads"]) == (3, 1)
    assert "write this down" in call("audit", "verify").output
    target = tmp_path / "log.jsonl"
    call("audit", "export", str(target))
    assert [json.loads(line)["number"] for line in target.read_text().splitlines()] == [1, 2, 3]
    with pytest.raises(UsageError, match="exists already"):
        call("audit", "export", str(target))


def test_a_changed_log_is_told_with_its_exit_code(call: Call, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a" / "catalogue.db") as database:
        database.execute("UPDATE decisions SET editor = 'Mira Sand' WHERE id = 1")
    database.close()
    with pytest.raises(HistoryError, match="Record 1 ") as caught:
        call("audit", "verify")
    assert caught.value.exit_code == 13
    with pytest.raises(HistoryError):
        call("audit", "export", str(tmp_path / "log.jsonl"))
