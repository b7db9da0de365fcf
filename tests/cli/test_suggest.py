"""`unsealed review register` and `unsealed review suggest`: from a name in the register to marks that two decide on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed.archive import Archive
from unsealed.cli import root
from unsealed.errors import InputError, UnsealedError, UsageError
from unsealed.review.risk.store import Suggestions
from unsealed.review.risk.suggestion import LISTED

ANA, JONAS, _ = EDITORS
Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    with make_archive(tmp_path / "a") as archive:
        add(archive, cable(1, "We met Karl Ottmar in the garden."), cable(2, "Nothing of note happened."))
        add(archive, cable(3, "OTTMAR, Karl was seen. Write to k.ottmar@mail.example soon."), path="late")
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(tmp_path / "a"))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(root, list(arguments))
        if isinstance(done.exception, UnsealedError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return run


def places(done: Result) -> list[tuple[int, int]]:
    """Item, and how many characters."""
    return [(one["item"], one["end"] - one["start"]) for one in json.loads(done.stdout)]


def test_from_the_register_to_decided_marks(call: Call, tmp_path: Path) -> None:
    added = call("review", "register", "add", "Karl Ottmar", "--title", "Minister", "--as", ANA)
    entry = added.output.split(":")[0]
    assert [one["name"] for one in json.loads(call("review", "register", "list", "--json").output)] == ["Karl Ottmar"]
    found = call("review", "suggest", "--all", "--kind", "registered", "--json")
    assert sorted(places(found)) == [(1, len("Karl Ottmar")), (3, len("k.ottmar")), (3, len("OTTMAR, Karl"))]
    marked = call("review", "suggest", "03VEREN1", "--kind", "registered", "--entry", entry, "--mark", "--as", ANA)
    assert "1 mark, 1 new. A second editor decides." in marked.output
    again = call("review", "suggest", "03VEREN1", "--kind", "registered", "--entry", entry, "--mark", "--as", ANA)
    assert "1 mark, 0 new" in again.output
    [state] = json.loads(call("review", "list", "03VEREN1", "--json").output)
    assert (state["marks"][0]["reason"], state["marks"][0]["decided"]) == ("person-at-risk", "open")
    call("review", "decide", state["marks"][0]["mark"], "accept", "--as", JONAS)
    [state] = json.loads(call("review", "list", "03VEREN1", "--json").output)
    assert state["marks"][0]["decided"] == "accepted"
    assert "Karl Ottmar" in call("review", "register", "show", entry).output


def test_a_list_of_people_and_one_who_is_taken_out(call: Call, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,nicknames,reason\nKarl Ottmar,The Gardener,source\nMaria Lind,,source\n")
    took = call("review", "register", "import", "people.csv", "--as", ANA)
    assert "2 rows: 2 new in the register, 2 people." in took.output
    assert "0 new" in call("review", "register", "import", "people.csv", "--as", ANA).output
    entries = {one["name"]: one["id"] for one in json.loads(call("review", "register", "list", "--json").output)}
    call("review", "register", "remove", entries["Karl Ottmar"], "--as", JONAS)
    assert "1 person." in call("review", "register", "list").output
    assert places(call("review", "suggest", "--all", "--kind", "registered", "--json")) == []
    heard = call("audit", "list").output
    assert "register" in heard
    assert JONAS in heard


def test_marking_needs_an_editor_and_documents(call: Call) -> None:
    with pytest.raises(UsageError, match="needs an editor"):
        call("review", "suggest", "--all", "--mark")
    with pytest.raises(UsageError, match="which documents"):
        call("review", "suggest")
    with pytest.raises(InputError, match="not one of the settings"):
        call("review", "register", "add", "Karl Ottmar", "--as", "a stranger")
    with pytest.raises(UsageError, match="There is no release 7"):
        call("review", "suggest", "--release", "7")


def test_a_faint_request_is_listed_and_counts_but_is_not_marked_unseen(tmp_path: Path, call: Call) -> None:
    with Archive.open(tmp_path / "a", write=True) as archive:
        add(
            archive, cable(4, "The ferry sailed at noon. Some things are better left out of the minutes."), path="faint"
        )
    listed = json.loads(call("review", "suggest", "--all", "--kind", "protect-phrase", "--json").output)
    faint = [one for one in listed if one["item"] == 4]
    assert faint and all(LISTED["protect-phrase"] <= one["sure"] < 0.5 for one in faint)
    with Archive.open(tmp_path / "a") as archive, Suggestions.open(archive) as found:
        risks = dict(found.by_risk())
    assert risks[4] > 0
    marked = call("review", "suggest", "--all", "--kind", "protect-phrase", "--mark", "--as", ANA)
    assert "0 marks" in marked.output
    one = faint[0]
    place = f"{one['item']}:{one['unit']}:{one['start']}-{one['end']}"
    assert "1 mark, 1 new" in call("review", "suggest", "--all", "--mark", "--only", place, "--as", ANA).output
