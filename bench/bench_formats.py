"""Formats beside their peers: what share of awkward files is read, how fast, in how much memory.

    PYTHONPATH=. python -m bench.bench_formats [--shared DIR] [--folders formats mail ...] [--peer-python PYTHON]

Our readers (`sniff`, `read`, and containers cut or unpacked one level by level as the pipeline does) run over the
folders in one process; each peer over the same files in a process of its own, one file after the other, without network
use. Peers: kreuzberg and markitdown from an interpreter of their own (`--peer-python`, a venv that has them), Debian's
`pdftotext` for PDF, and recoll (`recollcmd` with antiword, unrtf, xsltproc, unzip, exiftool, python3-lxml), which
indexes the folders. A peer that is not there is skipped with the reason.

`text`: files that gave ten characters of text or more. `lost`: words (four letters or more) that a peer finds in a file
and we do not; `gained`: the other way round. Words are compared as a set over the file and all that lies in it.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from unsealed.ingest.readers import READERS, Outcome, read
from unsealed.ingest.sniff import HEAD_BYTES, sniff
from unsealed.ingest.splitters import splitter

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("formats", "mail", "pdf", "archives", "metadata")
FAMILIES = {
    "word": "docx doc rtf odt sxw stw wpd wps wri dot docm dotx fodt",
    "sheet": "xlsx xls xlsm xlsb xltx xltm xlt ods sxc csv tsv wk1 wk3 wk4 wks",
    "slides": "pptx ppt ppsx ppsm potm pptm odp sxi",
    "book": "epub fb2",
    "pdf": "pdf",
    "mail": "eml msg mbox pst",
    "markup": "html htm xhtml xml json md txt text yaml tei",
    "picture": "png jpg jpeg gif tif tiff bmp webp heic psd jp2",
}
_WORD = re.compile(r"[^\W\d_]{4,}")
_LEAST = 10  # characters that count as text
_DEPTH = 4
_PEER = r"""
import json, sys, time, resource, re
name, words = sys.argv[1], re.compile(r"[^\W\d_]{4,}")
if name == "kreuzberg":
    import kreuzberg
    config = kreuzberg.ExtractionConfig(use_cache=False)
    def take(path): return kreuzberg.extract_file_sync(path, config=config).content
else:
    import markitdown
    engine = markitdown.MarkItDown(enable_plugins=False)
    def take(path): return engine.convert_local(path).text_content
for path in sys.stdin.read().split("\0"):
    started = time.perf_counter()
    try: text, failed = take(path) or "", ""
    except BaseException as error: text, failed = "", type(error).__name__
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = sorted(set(map(str.lower, words.findall(text))))
    print(json.dumps([path, len(text), seconds, peak, failed, found]), flush=True)
"""


def family(path: Path) -> str:
    """What kind of file this is, by its name: the one thing that all tools agree on."""
    ending = path.suffix.lower().lstrip(".")
    return next((name for name, endings in FAMILIES.items() if ending in endings.split()), "other")


class Line:
    """What one tool made of the files of one family."""

    def __init__(self) -> None:
        self.states: Counter[str] = Counter()
        self.seconds = 0.0


def outcomes(data: bytes, depth: int = 0) -> Iterator[Outcome]:
    """What our readers say of a file and of all that lies in it."""
    form = sniff(data[:HEAD_BYTES], len(data))
    if form.container:
        cutter = splitter(form.id)
        for piece in cutter.feed(data, final=True):
            if not piece.code:
                yield from _item(form.id, data[piece.start : piece.end], cutter.context, depth)
    else:
        yield from _item(form.id if form.id in READERS else form.mime, data, b"", depth)


def _item(form: str, data: bytes, context: bytes, depth: int) -> Iterator[Outcome]:
    outcome = read(form, data, context)
    yield outcome
    for part in outcome.parts if depth < _DEPTH else ():
        yield from outcomes(part.data, depth + 1)


def ours(paths: list[Path]) -> Iterator[tuple[Path, int, float, str, set[str]]]:
    """Path, characters of text, seconds, state and words of each file."""
    for path in paths:
        data = path.read_bytes()
        started = time.perf_counter()
        found = list(outcomes(data))
        seconds = time.perf_counter() - started
        text = "\n".join(unit.text for one in found if one.reading for unit in one.reading.units)
        state = "container" if not found else found[0].state
        packed = sniff(data[:HEAD_BYTES], len(data))
        if getattr(packed, "packed", False):
            state = "container"
        yield path, len(text), seconds, state, set(map(str.lower, _WORD.findall(text)))


def peer(name: str, python: str, paths: list[Path]) -> Iterator[tuple[Path, int, float, str, set[str], int]]:
    """The same of a peer, and its peak of memory in KiB so far; a file that kills it ends the peer's run."""
    command = [python, "-c", _PEER, name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stdin is not None and running.stdout is not None
        running.stdin.write("\0".join(map(str, paths)))
        running.stdin.close()
        for line in running.stdout:
            if line.startswith("["):
                path, length, seconds, peak, failed, words = json.loads(line)
                yield Path(path), length, seconds, failed, set(words), peak


def _shown(title: str, lines: dict[str, Line], total: float, peak: int) -> list[str]:
    files = sum(sum(line.states.values()) for line in lines.values())
    rate = files / total if total else 0
    rows = [f"\n{title}: {files} files in {total:.1f} s, {rate:.0f} a second, peak {peak / 1024:.0f} MiB"]
    for name, line in sorted(lines.items()):
        count = sum(line.states.values())
        states = ", ".join(f"{state} {number}" for state, number in line.states.most_common())
        rows.append(f"  {name:8} {count:4}  text {line.states['text'] / count:4.0%}  {line.seconds:6.2f} s   {states}")
    return rows


def main() -> None:
    """Print one table a tool and the comparison of words."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--shared", type=Path, default=ROOT.parent / "shared" / "data")
    options.add_argument("--folders", nargs="+", default=list(FOLDERS))
    options.add_argument("--peer-python", default="")
    options.add_argument("--seconds", type=float, default=600, help="for one peer; then its run is cut off")
    chosen = options.parse_args()
    paths = [path for name in chosen.folders for path in sorted((chosen.shared / name).rglob("*")) if path.is_file()]
    print(
        f"{len(paths)} files, {sum(path.stat().st_size for path in paths) / 1e6:.1f} MB, one process each, warm cache"
    )

    lines: dict[str, Line] = defaultdict(Line)
    words: dict[Path, set[str]] = {}
    total = 0.0
    for path, length, seconds, state, found in ours(paths):
        line = lines[family(path)]
        line.states["text" if length >= _LEAST and state == "read" else state] += 1
        line.seconds += seconds
        total += seconds
        words[path] = found
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("\n".join(_shown("unsealed, readers alone", lines, total, peak)))
    for name in ("kreuzberg", "markitdown"):
        _peer(name, chosen.peer_python, paths, words, chosen.seconds)
    _pdftotext([path for path in paths if family(path) == "pdf"], words)
    _recoll([chosen.shared / name for name in chosen.folders], paths, chosen.seconds)


def _peer(name: str, python: str, paths: list[Path], words: dict[Path, set[str]], limit: float) -> None:
    if not python:
        print(f"\n{name}: skipped, no --peer-python")
        return
    if subprocess.run([python, "-c", f"import {name}"], capture_output=True, check=False).returncode:
        print(f"\n{name}: skipped, not installed there")
        return
    lines: dict[str, Line] = defaultdict(Line)
    total, peak, more, less = 0.0, 0, Counter[str](), Counter[str]()
    for path, length, seconds, failed, found, now in peer(name, python, paths):
        line = lines[family(path)]
        line.states["text" if length >= _LEAST else failed or "no text"] += 1
        line.seconds += seconds
        total, peak = total + seconds, max(peak, now)
        if found:
            more[family(path)] += len(found - words[path])
            less[family(path)] += len(words[path] - found)
        if total > limit:
            break
    print("\n".join(_shown(name, lines, total, peak)))
    told = ", ".join(f"{one} {more[one]}/{less[one]}" for one in sorted(set(more) | set(less)))
    print(f"  words that {name} alone finds / we alone find, in files that both read: {told}")


def _pdftotext(paths: list[Path], words: dict[Path, set[str]]) -> None:
    if shutil.which("pdftotext") is None:
        print("\npdftotext: skipped, not installed")
        return
    line, total, more, less = Line(), 0.0, 0, 0
    for path in paths:
        started = time.perf_counter()
        try:
            done = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            line.states["time out"] += 1
            continue
        total += time.perf_counter() - started
        text = done.stdout.decode("utf-8", "replace")
        line.states["text" if len(text.strip()) >= _LEAST else "no text"] += 1
        found = set(map(str.lower, _WORD.findall(text)))
        more, less = more + len(found - words[path]), less + len(words[path] - found)
    line.seconds = total
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print("\n".join(_shown("pdftotext (peak: of all children)", {"pdf": line}, total, peak)))
    print(f"  words that it alone finds / we alone find: {more}/{less}")


def _recoll(folders: list[Path], paths: list[Path], limit: float) -> None:
    """Text of a file: bytes that recoll has indexed of it and of all that it found inside."""
    if shutil.which("recollindex") is None or shutil.which("recollq") is None:
        print("\nrecoll: skipped, not installed")
        return
    with tempfile.TemporaryDirectory() as place:
        tops = " ".join(f'"{folder.resolve()}"' for folder in folders)
        (Path(place) / "recoll.conf").write_text(f"topdirs = {tops}\nskippedNames =\nidxflushmb = 50\n")
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        try:
            subprocess.run(["recollindex", "-c", place, "-z"], capture_output=True, timeout=limit, check=False)
        except subprocess.TimeoutExpired:
            print(f"\nrecoll: cut off after {limit:.0f} s")
        total, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        held = _indexed(place, folders)
    lines: dict[str, Line] = defaultdict(Line)
    for path in paths:
        size = held.get(str(path.resolve()))
        lines[family(path)].states["not indexed" if size is None else "text" if size >= _LEAST else "no text"] += 1
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print("\n".join(_shown("recoll (peak: of all children so far)", lines, total, after.ru_maxrss)))
    print(f"  CPU of all its processes: {cpu:.1f} s")


def _indexed(place: str, folders: list[Path]) -> dict[str, int]:
    """Bytes of text in the index, by file; what lies inside a file counts as its own."""
    held: dict[str, int] = {}
    for folder in folders:
        query = ["recollq", "-c", place, "-n", "0", "-F", "url dbytes", f'dir:"{folder.resolve()}"']
        for line in subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines():
            try:
                url, size = (base64.b64decode(word).decode() for word in line.split())
            except ValueError:
                continue
            name = url.removeprefix("file://")
            held[name] = held.get(name, 0) + int(size or 0)
    return held


if __name__ == "__main__":
    sys.exit(main())
