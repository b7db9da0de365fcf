"""`unsealed keys`: made, listed, never in the clear."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from unsealed import cli
from unsealed.release.keys import KeyStore, read_key_file

PASSPHRASE = "correct horse battery"


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("UNSEALED_PASSPHRASE", PASSPHRASE)
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "unsealed.toml").touch()
    return folder


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


def test_new_and_list(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("keys", "list", archive) == 0
    assert "No keys yet" in capsys.readouterr().out
    assert run("keys", "new", archive, "log", "gazette.example/log") == 0
    assert run("keys", "new", archive, "editor", "ana") == 0
    printed = capsys.readouterr().out.split()
    assert run("keys", "list", archive) == 0
    assert capsys.readouterr().out.split() == ["editor", "here", printed[1], "log", "here", printed[0]]
    assert run("keys", "list", archive, "--json") == 0
    assert [one["role"] for one in json.loads(capsys.readouterr().out)] == ["editor", "log"]
    opened = KeyStore(archive).unlock(PASSPHRASE)
    assert opened.signers("editor")[0].verifier.vkey == printed[1]


def test_an_editors_own_file(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "ana.key"
    assert run("keys", "new", archive, "editor", "ana", "--out", out) == 0
    assert read_key_file(out, PASSPHRASE)[1].verifier.vkey == capsys.readouterr().out.strip()
    assert not (archive / "keys").exists()
    assert run("keys", "new", archive, "editor", "ana", "--out", out) == 7


def test_mistakes(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("keys", "new", tmp_path, "log", "x") == 4
    assert run("keys", "new", archive, "king", "x") == 2
    assert run("keys", "new", archive, "log", "two words") == 7
    monkeypatch.setenv("UNSEALED_PASSPHRASE", "")
    assert run("keys", "new", archive, "log", "x") == 7


def test_the_passphrase_is_asked_for_twice_the_first_time(
    archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("UNSEALED_PASSPHRASE")
    asked: list[bool] = []

    def prompt(text: str, *, hide_input: bool, confirmation_prompt: bool, err: bool) -> str:
        assert hide_input
        assert err
        asked.append(confirmation_prompt)
        return PASSPHRASE

    monkeypatch.setattr("click.prompt", prompt)
    assert run("keys", "new", archive, "log", "one") == 0
    assert run("keys", "new", archive, "editor", "two") == 0
    assert asked == [True, False]
    assert PASSPHRASE not in capsys.readouterr().out


def test_a_short_new_passphrase_is_warned_about(
    archive: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNSEALED_PASSPHRASE", "short")
    assert run("keys", "new", archive, "log", "gazette.example/log") == 0
    assert "fewer than 12 characters" in capsys.readouterr().err
    assert run("keys", "new", archive, "editor", "ana") == 0
    assert capsys.readouterr().err == ""
