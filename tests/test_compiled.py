"""Compiled modules: used only for the very sources that they were made of, and then they give the same, byte for byte.

`make test` runs this file and the tests of all that is compiled twice: with the sources, and with the compiled modules.
"""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from bench import generate
from tests.conftest import ROOT
from tests.ingest.material import contents, write_sources
from unsealed import compiled

INSTALLED = Path(sysconfig.get_path("platlib")) / compiled.FOLDER
SUFFIX = EXTENSION_SUFFIXES[0]
SOURCE = ROOT / "src" / "unsealed"
needs_compiled = pytest.mark.skipif(not compiled.usable(str(INSTALLED)), reason="nothing is compiled: `make compiled`")


def names() -> list[str]:
    """The modules that scripts/compile_modules.py compiles."""
    program = "import runpy; print(*runpy.run_path('scripts/compile_modules.py')['NAMES'])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


# --- when they are used ----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As if `unsealed.errors` and `unsealed.model` had been compiled."""
    folder = tmp_path / "site-packages" / compiled.FOLDER
    (folder / "unsealed").mkdir(parents=True)
    (folder / compiled.MODULES).write_text(
        f"unsealed_compiled__mypyc unsealed_compiled__mypyc{SUFFIX}\n"
        f"unsealed.errors unsealed/errors{SUFFIX}\nunsealed.model unsealed/model{SUFFIX}\n"
    )
    (folder / compiled.SOURCES).write_bytes((SOURCE / "errors.py").read_bytes() + (SOURCE / "model.py").read_bytes())
    return folder


def test_unchanged_sources(folder: Path) -> None:
    found = compiled.usable(str(folder))
    assert set(found) == {"unsealed_compiled__mypyc", "unsealed.errors", "unsealed.model"}
    assert found["unsealed.errors"] == str(folder / "unsealed" / f"errors{SUFFIX}")


def test_one_changed_byte_in_one_source_and_none_is_used(folder: Path) -> None:
    copy = bytearray((folder / compiled.SOURCES).read_bytes())
    for place in (0, len(copy) // 2, len(copy) - 1):
        copy[place] ^= 1
        (folder / compiled.SOURCES).write_bytes(copy)
        assert compiled.usable(str(folder)) == {}
        copy[place] ^= 1


def test_a_line_more_and_none_is_used(folder: Path) -> None:
    with (folder / compiled.SOURCES).open("ab") as copy:
        copy.write(b"\n")
    assert compiled.usable(str(folder)) == {}


def test_a_source_that_is_gone(folder: Path) -> None:
    with (folder / compiled.MODULES).open("a") as lines:
        lines.write(f"unsealed.gone unsealed/gone{SUFFIX}\n")
    assert compiled.usable(str(folder)) == {}


def test_of_another_python(folder: Path) -> None:
    text = (folder / compiled.MODULES).read_text()
    (folder / compiled.MODULES).write_text(text.replace(SUFFIX, ".cpython-399-none.so"))
    assert compiled.usable(str(folder)) == {}


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"one two three\n"])
def test_a_damaged_list(folder: Path, damage: bytes) -> None:
    (folder / compiled.MODULES).write_bytes(damage)
    assert compiled.usable(str(folder)) == {}
    assert compiled.usable(str(folder / "nowhere")) == {}


def test_installed_where_there_are_some_and_nobody_objects(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(sys.meta_path)
    monkeypatch.setattr(sys, "meta_path", list(before))
    monkeypatch.setattr(sys, "path", [str(folder.parent)])
    monkeypatch.setenv(compiled.PURE, "1")
    compiled.install()
    assert sys.meta_path == before
    monkeypatch.setenv(compiled.PURE, "0")
    compiled.install()
    finder = sys.meta_path[0]
    assert isinstance(finder, compiled.Finder)
    spec = finder.find_spec("unsealed.errors")
    assert spec is not None
    assert spec.origin == str(folder / "unsealed" / f"errors{SUFFIX}")
    assert finder.find_spec("unsealed.query") is finder.find_spec("json") is None


# --- what can be compiled --------------------------------------------------------------------------------


def _path(name: str) -> Path:
    return ROOT.joinpath("src", *name.split(".")).with_suffix(".py")


def _classes(path: Path) -> Iterator[ast.ClassDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef):
            yield node


def _bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).rpartition(".")[2] for base in node.bases}


def test_no_compiled_module_has_a_struct() -> None:
    """msgspec asks a class for the types of its fields, and a compiled one says `type` to many of them."""
    wrong = [f"{name}: {node.name}" for name in names() for node in _classes(_path(name)) if "Struct" in _bases(node)]
    assert wrong == []


def test_whose_base_is_compiled_is_compiled_too() -> None:
    """Python refuses the class otherwise, and a reader that cannot be loaded reads nothing."""
    of_ours = set(names())
    plain = {"NamedTuple", "Protocol", "Exception"}
    bases = {node.name for name in of_ours for node in _classes(_path(name)) if not _bases(node) & plain}
    wrong = []
    for path in SOURCE.rglob("*.py"):
        name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        if "_vendor" not in path.parts and name not in of_ours:
            wrong += [f"{name}: {node.name}" for node in _classes(path) if _bases(node) & bases]
    assert wrong == []


def test_no_constant_of_a_source_that_nobody_compares() -> None:
    """A compiler writes a `Final` number or text of another module into its code; a change of it would go unseen."""
    finals = {path.stem for path in SOURCE.rglob("*.py") if ": Final" in path.read_text(encoding="utf-8")}
    for name in names():
        imports = {
            (node.module or "").rpartition(".")[2]
            for node in ast.walk(ast.parse(_path(name).read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        assert not imports & finals, name


# --- what they give --------------------------------------------------------------------------------------


def damaged(folder: Path) -> Path:
    """A dump of which every third row has lost, doubled or changed some of its bytes."""
    chance = random.Random(5)
    rows = []
    for number, row in enumerate(generate.rows(120, 5)):
        data = bytearray(row.encode())
        for _ in range(number % 3 * chance.randrange(1, 6)):
            start = chance.randrange(len(data))
            end = start + chance.randrange(1, 40)
            data[start:end] = chance.choice((b"", data[start:end] * 2, chance.randbytes(2), b'"', b"\n", b"\r\n"))
        rows.append(bytes(data))
    target = folder / "damaged.csv"
    target.write_bytes(b"".join(rows))
    return target


PROGRAM = """
import json, sys
from pathlib import Path
import unsealed.ingest.readers.cable.head as one
from tests.ingest.material import ingest
from unsealed.archive import Archive
from unsealed.search import Index
archive = Path(sys.argv[2])
ingest(archive, Path(sys.argv[1]))
with Archive.open(archive) as opened, Index.open(opened) as index:
    index.catch_up()
    found = {query: [hit.row for hit in index.stream(query)]
             for query in ("harbour", "minister OR talks", "date:2003..2006", "class:SECRET", "to:state", "ref:04BERN1",
                           "tag:PREL", '"of the"', "min*", "origin:bern")}
print(json.dumps([one.__file__, found]))
"""


def ingested(source: Path, archive: Path, *, pure: bool) -> tuple[str, str]:
    """Read in a process of its own; gives the file of one hot module, and what some searches find."""
    environment = {**os.environ, "UNSEALED_PURE": "1" if pure else "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(source), str(archive)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=250,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    file, _, found = done.stdout.partition(",")
    return file, found


@needs_compiled
@pytest.mark.slow
def test_the_same_archive_byte_for_byte(tmp_path: Path) -> None:
    source = write_sources(tmp_path / "source")
    damaged(source)
    (source / "sample").symlink_to(ROOT / "sample" / "archive")
    plain, plain_found = ingested(source, tmp_path / "plain", pure=True)
    fast, fast_found = ingested(source, tmp_path / "fast", pure=False)
    assert plain.strip('["').endswith(".py")
    assert fast.strip('["').endswith(".so")
    assert fast_found == plain_found
    before, after = contents(tmp_path / "plain"), contents(tmp_path / "fast")
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert after[name] == value, name


@needs_compiled
def test_a_worker_in_its_sandbox_runs_them_too(tmp_path: Path) -> None:
    """What `unsealed ingest` itself does, with processes and sandbox; a wrong word in a compiled module would show."""
    source = damaged(tmp_path)
    for name, pure in (("plain", "1"), ("fast", "0")):
        environment = {**os.environ, "UNSEALED_PURE": pure, "UNSEALED_ARCHIVE": str(tmp_path / name)}
        for arguments in (["init", str(tmp_path / name), "--name", "Test"], ["ingest", str(source), "--workers", "1"]):
            command = [sys.executable, "-m", "unsealed", *arguments]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
            assert done.returncode in (0, 3), done.stderr[-2000:]
    before, after = contents(tmp_path / "plain"), contents(tmp_path / "fast")
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert after[name] == value, name
