"""Encrypted 7z with a password, made and opened by the real tool; what no password opens stays on the list."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ingest.material import Inline, InlineUnpack, contents, make_archive
from tests.ingest.test_extract import reconciled
from unsealed.archive import Archive
from unsealed.ingest import pipeline, sevenzip
from unsealed.ingest.members import unsafe_extracting_worker
from unsealed.ingest.retrying import Choice

pytestmark = pytest.mark.skipif(shutil.which("7zz") is None, reason="needs 7zip")

PASSWORD = "geheim mit Ümlaut"
FILES = {
    "a.txt": "A note about grain.\n",
    "deep/c [x]*.txt": "A third one.\n",
    "deep/b.txt": "Barges. " * 60_000,
    "e.txt": "",
}


def packed(folder: Path, *options: str) -> Path:
    source = folder / "source"
    for name, text in FILES.items():
        path = folder / "papers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    source.mkdir()
    command = ["7zz", "a", "-bd", "-y", f"-p{PASSWORD}", *options, str(source / "x.7z"), "."]
    subprocess.run(command, cwd=folder / "papers", check=True, stdout=subprocess.DEVNULL)
    return source


def texts(archive: Archive) -> dict[str, str]:
    return {
        item.path: archive.original(item.id).decode() for item in archive.items() if item.state in ("read", "empty")
    }


@pytest.mark.parametrize(
    "options", [(), ("-mhe=on",), ("-ms=off", "-m0=Copy")], ids=["names", "no names", "not packed"]
)
def test_a_password_opens_it(tmp_path: Path, options: tuple[str, ...]) -> None:
    source = packed(tmp_path, *options)
    with make_archive(tmp_path / "archive") as archive:
        pipeline.run(archive, [source], make=Inline, unpack=InlineUnpack)
        reconciled(archive)
        assert "A-PASSWORD" in {line.code for line in archive.quarantine()}
        before = texts(archive)
        assert "A note" not in "".join(before.values())
        for words, opens in ((("wrong",), False), (("wrong", "", PASSWORD), True)):
            choice = Choice(("A-PASSWORD",), passwords=words)
            pipeline.retry(archive, make=Inline, unpack=InlineUnpack, choice=choice)
            reconciled(archive)
            assert bool(archive.quarantine()) is not opens
        found = texts(archive)
        assert {name: found[name] for name in FILES} == FILES
        for item in archive.items():
            stood = archive.item(item.container) if item.container else item
            if item.path in FILES and stood.path in FILES:
                assert stood.path == item.path, "it lies in the item that stood for it"
    assert "mlaut" not in repr(contents(tmp_path / "archive"))


def test_the_tool_is_not_run_without_a_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = packed(tmp_path)
    with make_archive(tmp_path / "archive") as archive:
        pipeline.run(archive, [source], make=Inline, unpack=InlineUnpack)
        monkeypatch.setattr(sevenzip, "opened", lambda *_: pytest.fail("it was run"))
        choice = Choice(("A-PASSWORD",), passwords=(PASSWORD,))
        pipeline.retry(archive, make=Inline, unpack=unsafe_extracting_worker, choice=choice)
        assert archive.quarantine()


def test_what_the_tool_lists_is_not_believed() -> None:
    said = "Path = a\nSize = 99999999999999999999\nAttributes = A\nCRC = zz\nEncrypted = +\nModified = soon"
    entry = sevenzip._entry(dict(line.partition(" = ")[::2] for line in said.split("\n")))
    assert (entry.size, entry.time, entry.is_folder) == (0, "", False)
