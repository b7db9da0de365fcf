"""The doors of seal and release: the whole way with the commands that a person types."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.release.house import ANA, JONAS, PASSPHRASE, new_house, review, stock
from unsealed.archive import Archive
from unsealed.cli import root
from unsealed.errors import HumanNeeded, KeysError, UnsealedError, UsageError
from unsealed.release.keyring import open_keyring
from unsealed.release.keys import new_signer, write_key_file
from unsealed.seal import note

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    archive, _ = new_house(tmp_path / "a")
    stock(archive)
    review(archive, {"document": "03VEREN1", "find": "Karl Ottmar"})
    archive.close()
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(tmp_path / "a"))
    monkeypatch.setenv("UNSEALED_PASSPHRASE", PASSPHRASE)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(root, list(arguments))
        if isinstance(done.exception, UnsealedError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return run


def test_the_whole_way(call: Call, tmp_path: Path) -> None:
    assert "6 documents sealed in generation 1; package 0000." in call("seal").output
    chosen = tmp_path / "list.txt"
    chosen.write_text("03VEREN1\nin/doc1.txt\n")
    planned = call("release", "plan", "--number", "1", "--list", str(chosen), "--date", "2026-01-03", "--title", "One")
    assert planned.output == "Release 1: 2 documents, 0 obstacles.\n"
    assert "2 documents in 1 packs" in call("release", "build", "1").output
    assert call("release", "sign", "1", "--as", "ana").output == "Release 1: 1 of 2 signatures.\n"
    assert call("release", "sign", "1", "--as", "jonas").output == "Release 1: 2 of 2 signatures.\n"
    assert "log entry 1" in call("release", "publish", "1").output
    found = json.loads(call("release", "list", "--json").output)
    assert [(line["number"], line["kind"], line["state"], line["documents"]) for line in found] == [
        (0, "seal", "published", 0),
        (1, "release", "published", 2),
    ]
    assert "published" in call("release", "list").output


def test_signatures_from_another_machine(call: Call, tmp_path: Path) -> None:
    call("seal")
    call("release", "plan", "--number", "1", "03VEREN2")
    call("release", "build", "1")
    call("release", "sign", "1", "--out", str(tmp_path / "text"))
    text = (tmp_path / "text").read_text()
    with Archive.open(tmp_path / "a") as archive:
        signers = open_keyring(archive, PASSPHRASE).editors[:2]
    for number, signer in enumerate(signers, 1):
        (tmp_path / "back").write_bytes(note.Note(text, note.sign(text, [signer])).encode())
        assert f"{number} of 2" in call("release", "sign", "1", "--in", str(tmp_path / "back")).output
    call("release", "publish", "1")


def test_foreign_keys_and_texts_do_not_count(call: Call, tmp_path: Path) -> None:
    call("seal")
    call("release", "plan", "--number", "1", "03VEREN2")
    with pytest.raises(UsageError, match="not built"):
        call("release", "sign", "1", "--as", "ana")
    call("release", "build", "1")
    stranger = new_signer("editor", "stranger")
    write_key_file(tmp_path / "stranger.key", "editor", stranger, PASSPHRASE)
    with pytest.raises(UsageError, match="not one of the policy's editors"):
        call("release", "sign", "1", "--key", str(tmp_path / "stranger.key"))
    for bad in (b"no note", note.Note("another\n", note.sign("another\n", [stranger])).encode()):
        (tmp_path / "back").write_bytes(bad)
        with pytest.raises(UsageError, match="signed file"):
            call("release", "sign", "1", "--in", str(tmp_path / "back"))
    with pytest.raises(KeysError):
        call("release", "sign", "1", "--as", "nobody")
    with pytest.raises(UsageError, match="one thing"):
        call("release", "sign", "1")
    with pytest.raises(HumanNeeded, match="0 of 2"):
        call("release", "publish", "1")


def test_a_plan_says_what_is_missing(call: Call) -> None:
    call("seal")
    call("review", "mark", "03VEREN2", "--unit", "4", "--reason", "private", "--as", ANA)
    planned = call("release", "plan", "--number", "1", "03VEREN2")
    assert "document 2: marks on it are not decided by two editors" in planned.output
    found = json.loads(call("release", "plan", "--number", "1", "03VEREN2", "--json").output)
    assert found["obstacles"][0]["kind"] == "undecided"


def test_a_plan_from_a_search(call: Call) -> None:
    call("seal")
    planned = call("release", "plan", "--number", "1", "--query", "minister", "--json")
    assert json.loads(planned.output)["documents"] == [1]


def test_leaks_are_printed_and_can_be_allowed(call: Call) -> None:
    call("seal")
    call("release", "plan", "--number", "1", "03VEREN3")
    done = CliRunner().invoke(root, ["release", "build", "1"])
    assert isinstance(done.exception, HumanNeeded)
    assert "string: karl ottmar  in document 03VEREN3, paragraph (part 6)" in done.output
    allow = ("release", "allow", "Karl Ottmar", "--reason", "a public person", "--as")
    assert "second editor" in call(*allow, ANA).output
    assert call(*allow, JONAS).output == "Allowed.\n"
    assert "hits allowed by two editors" in call("release", "build", "1").output


def test_a_wrong_passphrase(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEALED_PASSPHRASE", "wrong")
    with pytest.raises(KeysError):
        call("seal")


def test_an_open_ledger_is_printed(call: Call, tmp_path: Path) -> None:
    with Archive.open(tmp_path / "a", write=True) as archive:
        growth = archive.grow()
        growth.expect(5, 2)
        growth.commit()
    done = CliRunner().invoke(root, ["seal"])
    assert isinstance(done.exception, HumanNeeded)
    assert "Open: item 5, 2 of 3 parts are missing." in done.output
    assert "sealed" in call("seal", "--accept-open", "two pages were torn out").output
