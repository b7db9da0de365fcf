"""The demo on small folders: a few documents come in two releases, one in one, and nothing readable is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wholejob import run_demo

DAYS = ("A cold day. The ice held.\n", "Nothing of note happened on this day.\n")


@pytest.mark.parametrize("count", [1, 2])
def test_a_few_documents_are_published(tmp_path: Path, count: int) -> None:
    source = tmp_path / "papers"
    source.mkdir()
    for number, text in enumerate(DAYS[:count]):
        (source / f"{number}.txt").write_text(text, encoding="utf-8")
    said = run_demo(tmp_path / "demo", "--source", str(source)).stdout
    assert said.count("is published: log entry") == 2 * count  # each release, and the site after it
    assert f"{6 + count}. A reader's proof" in said


def test_folders_without_anything_to_read_say_so(tmp_path: Path) -> None:
    source = tmp_path / "papers"
    source.mkdir()
    (source / "noise.bin").write_bytes(bytes(range(256)) * 8)
    done = run_demo(tmp_path / "demo", "--source", str(source), ends=5)
    assert "nothing to publish" in done.stderr
    assert "Traceback" not in done.stderr
