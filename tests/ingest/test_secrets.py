"""What somebody thought hidden is found: the words of `made/secrets.json`, through the real commands, by search.

Every file that really holds them must come up: text under boxes and pictures, in white, outside the page, in layers,
revisions, attachments, annotations and metadata, in hidden sheets, deleted by tracked changes, in members of packages.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from unsealed.archive import Archive

pytestmark = [pytest.mark.shared, pytest.mark.slow]

FAMILIES = ("archives", "mail", "markup", "pdf", "pictures", "redaction", "text")
# Files in which the words are not: the control, and those whose names alone are their trouble.
WITHOUT = frozenset({"redaction/good_redaction.pdf"})


def _unsealed(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "unsealed", *arguments], capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _file(archive: Archive, number: int) -> str:
    """Family and name of the file that an item lies in."""
    item = archive.item(number)
    while item.container or item.parent:
        item = archive.item(item.container or item.parent)
    return "/".join(Path(item.path).parts[-2:])


def test_the_hidden_words_are_found(shared: Path, tmp_path: Path) -> None:
    words = json.loads((shared / "made" / "secrets.json").read_text(encoding="utf-8"))
    source, archive = tmp_path / "made", tmp_path / "archive"
    for family in FAMILIES:
        shutil.copytree(
            shared / "made" / family, source / family, ignore=shutil.ignore_patterns("many_entries.zip", "bomb*")
        )
    _unsealed("init", str(archive), "--name", "Hidden")
    _unsealed("ingest", str(source), "--archive", str(archive), "--ocr", "off")
    expected = {f"redaction/{path.name}" for path in (source / "redaction").iterdir()} - WITHOUT
    for name in ("name", "place", "phone"):
        found = _unsealed("search", f'"{words[name]}"', "--archive", str(archive), "--all", "--json")
        with Archive.open(archive) as opened:
            files = {_file(opened, json.loads(line)["item"]) for line in found.splitlines()}
        assert expected <= files, (name, sorted(expected - files))
        assert not files & WITHOUT
