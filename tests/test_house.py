"""The house holds: no import inside a function, no private name across rooms, every room says what it is."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

SOURCE = ROOT / "src" / "unsealed"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "_vendor" not in path.parts)
ROOMS = sorted(path for path in SOURCE.iterdir() if path.is_dir() and (path / "__init__.py").exists())
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "services", "misc", "lib"}
LAZY = {SOURCE / "cli" / "__init__.py"}  # the one table that loads commands on demand
TABLES = {SOURCE / "seal" / "_tables.py"}  # frozen data, not code
BROAD_EXCEPT_ROOMS = {"sandbox", "ingest", "cli"}  # the three named places of the house


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(path: Path) -> str:
    relative = path.relative_to(SOURCE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_import_inside_a_function(path: Path) -> None:
    inner = [
        f"{path.name}:{node.lineno}"
        for function in functions(tree_of(path))
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inner == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_private_names_stay_in_their_room(path: Path) -> None:
    wrong = []
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("unsealed."):
            continue
        parts = (node.module or "").split(".")
        if parts[1] == room_of(path):
            continue
        private = [name for name in parts[1:] + [alias.name for alias in node.names] if name.startswith("_")]
        wrong += [f"{path.relative_to(SOURCE)}:{node.lineno} {name}" for name in private if not name.startswith("__")]
    assert wrong == []


def test_no_room_is_a_drawer() -> None:
    assert [path for path in MODULES if path.stem in FORBIDDEN_NAMES] == []
    assert [path for path in ROOMS if path.name in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_says_what_it_is(room: Path) -> None:
    text = ast.get_docstring(tree_of(room / "__init__.py")) or ""
    words = text.lower()
    for must in ("takes", "gives", "may touch", "may never"):
        assert must in " ".join(words.split()), f"{room.name}/__init__.py does not say what it {must}"


def test_broad_except_only_in_the_three_named_places() -> None:
    wrong = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            broad = isinstance(node, ast.ExceptHandler) and (
                node.type is None
                or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException"))
            )
            reraises = broad and any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
            if broad and not reraises and room_of(path) not in BROAD_EXCEPT_ROOMS:
                wrong.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert wrong == []


def test_modules_and_functions_stay_short() -> None:
    code = [path for path in MODULES if path not in TABLES]
    lines = {path.relative_to(SOURCE): len(path.read_text(encoding="utf-8").splitlines()) for path in code}
    assert {name: count for name, count in lines.items() if count > 500} == {}
    assert statistics.median(lines.values()) <= 250
    lengths = sorted(
        (function.end_lineno or 0) - function.lineno + 1 for path in code for function in functions(tree_of(path))
    )
    assert lengths[int(len(lengths) * 0.9)] <= 27


def test_public_names_have_docstrings() -> None:
    seen, missing = 0, []
    for path in MODULES:
        tree = tree_of(path)
        seen += 1
        if not ast.get_docstring(tree):
            missing.append(str(path.relative_to(SOURCE)))
        for node in tree.body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
                seen += 1
                if not ast.get_docstring(node):
                    missing.append(f"{path.relative_to(SOURCE)}:{node.name}")
    assert len(missing) / seen <= 0.05, missing


def test_no_path_or_host_of_a_machine() -> None:
    """The project speaks of the project alone: no home of anybody, and lock files that carry no address."""
    homes = re.compile(r"(?<![\w.])/(?:root|home)/\w")
    texts = [*MODULES, *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    assert [path.name for path in texts if homes.search(path.read_text(encoding="utf-8"))] == []
    locks = [ROOT / name for name in ("requirements.lock", "requirements-uv.lock", "package-lock.json")]
    assert [path.name for path in locks if "://" in path.read_text(encoding="utf-8")] == []


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5 gives back too little where such a group fails half-way (decision 0126): `(?>(?:…)*)`."""
    possessive = re.compile(r"\)[*+?]\+(?![{\d])")
    found = [
        f"{path.name}:{number}"
        for path in sorted(SOURCE.rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if possessive.search(line)
    ]
    assert found == []
