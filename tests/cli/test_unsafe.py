"""No sandbox, no reading, unless a person says so, and then the ledger says so for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from unsealed.archive import Archive
from unsealed.cli import main
from unsealed.sandbox import tier


def run(*arguments: object) -> int:
    """The exit code of a command."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new archive and one letter, on a machine without bubblewrap."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "letter.txt").write_text("A letter about nothing in particular.")
    run("init", tmp_path / "archive", "--name", "Test")
    tier._tried.cache_clear()
    monkeypatch.setattr(tier, "bubblewrap", lambda: "")
    yield tmp_path / "archive"
    tier._tried.cache_clear()


def test_without_a_sandbox_ingest_refuses(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ingest", tmp_path / "source", "--archive", archive, "--no-index") == 3
    error = capsys.readouterr().err
    assert "bubblewrap (`bwrap`) is not installed" in error
    assert "--unsafe-no-sandbox" in error
    with Archive.open(archive) as opened:
        assert opened.totals().expected == 0
        assert opened.sandboxes() == ()


def test_a_person_may_choose_none_and_it_is_kept(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Archive.open(archive) as opened:
        before = opened.ledger_bytes()
    assert run("ingest", tmp_path / "source", "--archive", archive, "--no-index", "--unsafe-no-sandbox") == 0
    assert "Sandbox round every reader: none (--unsafe-no-sandbox)." in capsys.readouterr().out
    with Archive.open(archive) as opened:
        assert opened.totals().read == 1
        assert opened.sandboxes() == ("none",)
        assert json.loads(opened.ledger_bytes())["sandboxes"] == ["none"]
        assert opened.ledger_bytes() != before
    run("status", "--archive", archive)
    assert "Sandbox round the readers: none." in capsys.readouterr().out
    monkeypatch.undo()
    (tmp_path / "source" / "second.txt").write_text("A second letter, read behind walls.")
    assert run("ingest", tmp_path / "source", "--archive", archive, "--no-index") == 0
    assert "Sandbox round every reader: bubblewrap" in capsys.readouterr().out
    run("status", "--archive", archive)
    assert "Some runs had no sandbox" in capsys.readouterr().out
    run("status", "--archive", archive, "--json")
    assert json.loads(capsys.readouterr().out)["sandboxes"] == ["bubblewrap", "none"]
