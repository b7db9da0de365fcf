"""Progress bars: there where somebody looks, and not even loaded where nobody does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from unsealed.cli import _watched
from unsealed.ingest.journal import Report
from unsealed.ingest.ocr.progress import Progress

LOADED = (
    "import sys, unsealed.cli.ingest as ingest\n"
    "from unsealed.cli import _watched\n"
    "with _watched.reading() as one, _watched.pages() as other:\n"
    "    print(one, other, 'rich' in sys.modules)"
)


def test_nobody_looks_and_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["None", "None", "False"]


def test_where_somebody_looks_there_are_bars(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with _watched.reading() as show:
        assert show is not None
        show(Report(documents=3, bytes=5, bytes_total=10))
        show(Report(documents=3, members=2, waiting=1, waiting_bytes=7))
    assert "2 members of 1 containers" in capsys.readouterr().err
    with _watched.pages() as pages:
        assert pages is not None
        pages(Progress(pages=1, pages_total=2))
