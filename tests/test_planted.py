"""Five hundred withheld names, planted over all kinds of documents: none is in any published byte.

The search shares nothing with the program: strings, unzip, zstd, pdftotext, exiftool and tesseract say what stands in
the files, and plain comparison says whether a name is among it. Names that were not withheld are found by it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.planted import Names, write
from unsealed.archive import Archive

EDITORS = ("a.lindqvist", "m.okafor")
ENVIRONMENT = {**os.environ, "UNSEALED_PASSPHRASE": "only a test"}
EVERY = 25  # of so many names one is not withheld, so that there is something to find
TOOLS = ("strings", "unzip", "zstd", "pdftotext", "exiftool", "tesseract")


def unsealed(archive: Path, *arguments: str, expect: int = 0) -> str:
    command = [sys.executable, "-m", "unsealed", *arguments]
    done = subprocess.run(
        command, env={**ENVIRONMENT, "UNSEALED_ARCHIVE": str(archive)}, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == expect, f"{arguments[:2]}: {done.stdout[-3000:]}{done.stderr[-2000:]}"
    return done.stdout


def publish(folder: Path) -> tuple[Path, list[str], list[str]]:
    """An archive of planted documents, sealed, reviewed, released. Gives it, the withheld names and the shown ones."""
    archive, names = folder / "archive", Names()
    write(folder / "sources", names)
    unsealed(archive, "init", str(archive), "--name", "Planted")
    settings = archive / "unsealed.toml"
    settings.write_text(settings.read_text().replace("editors = []", f"editors = {json.dumps(EDITORS)}"))
    unsealed(archive, "keys", "new", str(archive), "log", "planted.example/log")
    unsealed(archive, "keys", "new", str(archive), "root", "publisher")
    for editor in EDITORS:
        unsealed(archive, "keys", "new", str(archive), "editor", editor)
    unsealed(archive, "ingest", str(folder / "sources"))
    unsealed(archive, "seal")
    shown = [name for name in names.given_out[::EVERY] if name not in names.of_files]
    withheld = [name for name in names.given_out if name not in shown]
    decide(folder, archive, withheld)
    items, drawn = _items(archive)
    for item in drawn:
        for editor in EDITORS:
            unsealed(archive, "review", "pages", str(item), "--show", "all", "--as", editor)
    release(folder, archive, items)
    return archive, withheld, shown


def decide(folder: Path, archive: Path, withheld: list[str]) -> None:
    parts = sorted({part for name in withheld for part in (name, *name.split())})
    rules = [{"document": "*", "find": part, "reason": "source", "by": list(EDITORS)} for part in parts]
    decisions = {
        "v": "unsealed-decisions/1",
        "editors": list(EDITORS),
        "decisions": rules,
        "cleared": {"documents": "*", "by": list(EDITORS)},
    }
    path = folder / "decisions.json"
    path.write_text(json.dumps(decisions))
    unsealed(archive, "review", "apply", str(path))


def _items(archive: Path) -> tuple[list[int], list[int]]:
    with Archive.open(archive) as opened:
        items = [one.item for one in opened.summaries() if one.type != "unread"]
        return items, [item for item in items if opened.item(item).form in ("pdf", "image")]


def release(folder: Path, archive: Path, items: list[int]) -> None:
    chosen = folder / "release.txt"
    chosen.write_text("".join(f"{item}\n" for item in items))
    unsealed(
        archive, "release", "plan", "--number", "1", "--list", str(chosen), "--title", "All", "--date", "2026-01-01"
    )
    unsealed(archive, "release", "build", "1")
    for editor in EDITORS:
        unsealed(archive, "release", "sign", "1", "--as", editor)
    unsealed(archive, "release", "publish", "1")
    unsealed(archive, "site", "build", str(archive))
    unsealed(archive, "site", "publish", str(archive))


# --- what a stranger finds -----------------------------------------------------------------------------


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.stdout.decode("utf-8", "replace")


def in_bytes(files: list[Path]) -> Iterator[str]:
    """What `strings` says of all files, one byte and two bytes to a character, and the names of the files."""
    for at in range(0, len(files), 200):
        paths = [str(path) for path in files[at : at + 200]]
        yield "\n".join(Path(path).name for path in paths)
        for wide in ("S", "l", "b"):
            yield run("strings", "-a", "-n", "4", "-e", wide, *paths)


def said(path: Path, scratch: Path) -> Iterator[tuple[str, str]]:
    """(tool, what it says) of one published file that is packed, a PDF or a picture."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        yield "zstd", run("zstd", "-dcq", str(path))
    elif head.startswith(b"PK\x03\x04"):
        yield "unzip", run("unzip", "-p", str(path)) + run("unzip", "-l", str(path))
    elif head.startswith(b"%PDF"):
        yield "pdftotext", run("pdftotext", "-layout", str(path), "-") + run("pdftotext", "-raw", str(path), "-")
        yield "exiftool", run("exiftool", "-a", "-u", "-ee", str(path))
        run("pdftoppm", "-r", "100", "-gray", "-png", str(path), str(scratch / path.name))
        for page in sorted(scratch.glob(f"{path.name}*.png")):
            yield "tesseract", run("tesseract", str(page), "-", "--psm", "3")
            page.unlink()
    elif head.startswith(b"\x89PNG"):
        yield "exiftool", run("exiftool", "-a", "-u", str(path))
        yield "tesseract", run("tesseract", str(path), "-", "--psm", "3")


def folded(text: str) -> str:
    """Letters only, small, without accents: however a name is broken or written."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z]+", "", plain)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_no_withheld_name_is_in_any_published_byte(tmp_path: Path) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not missing, f"not installed: {missing}"
    archive, withheld, shown = publish(tmp_path)
    assert len(withheld) >= 500
    wanted = {folded(part): name for name in withheld for part in name.split()}
    longest = re.compile("|".join(sorted(map(re.escape, wanted), key=len, reverse=True)))
    kept = {folded(part) for name in shown for part in name.split()}
    seen: dict[str, set[str]] = {tool: set() for tool in TOOLS}
    leaks = []
    files = [path for path in (archive / "public").rglob("*") if path.is_file()]
    for place, tool, text in _found(files, tmp_path):
        letters = folded(text)
        leaks += [
            (place, tool, letters[max(0, match.start() - 30) : match.end() + 30])  # words, or the noise of a hash?
            for match in longest.finditer(letters)
        ]
        seen[tool] |= {part for part in kept if part in letters}
    assert not leaks, leaks[:20]
    for tool in ("strings", "zstd", "pdftotext", "tesseract"):
        assert seen[tool], f"{tool} found nothing, not even what is shown: the search itself is broken"


def _found(files: list[Path], scratch: Path) -> Iterator[tuple[str, str, str]]:
    """(place, tool, text) of everything that was published."""
    for text in in_bytes(files):
        yield "somewhere", "strings", text
    for path in files:
        for tool, text in said(path, scratch):
            yield path.name, tool, text
