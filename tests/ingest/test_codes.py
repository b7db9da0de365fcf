"""Every code that ingest can give a document, a container or a source is explained in docs/formats, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "formats"
PAGES = ("readers.md", "containers.md", "mail.md", "ocr.md")
_CODE = re.compile(r"[A-Z]-[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef)


def codes_in(source: str) -> Iterator[str]:
    """Texts of a module that look like a code, but for those of its docstrings."""
    tree = ast.parse(source)
    said = {id(node.body[0].value) for node in ast.walk(tree)
            if isinstance(node, _DOCUMENTED) and node.body and isinstance(node.body[0], ast.Expr)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield from {word for word in node.value.split() if _CODE.fullmatch(word)}


def in_sources() -> set[str]:
    return {code for path in (ROOT / "src/unsealed/ingest").rglob("*.py") for code in codes_in(path.read_text())}


def in_tables(text: str) -> set[str]:
    """The codes that the first columns of a page's tables name."""
    rows = re.findall(r"^\|([^|\n]+)\|", text, re.MULTILINE)
    return {code for row in rows for code in _CODE.findall(row)}


def test_a_code_is_found_wherever_it_stands_but_in_a_docstring() -> None:
    source = '"""About Q-ONE."""\nX = ("Q-TWO", ["Q-THREE"])\ndef f():\n    """Q-FOUR"""\n    return "Q-FIVE Q-SIX"\n'
    assert set(codes_in(source)) == {"Q-TWO", "Q-THREE", "Q-FIVE", "Q-SIX"}


def test_every_code_is_documented() -> None:
    found = in_sources()
    assert len(found) > 200
    pages = "\n".join((DOCS / page).read_text() for page in PAGES)
    assert found - set(_CODE.findall(pages)) == set()


def test_no_table_explains_a_code_that_nobody_gives() -> None:
    tables = set().union(*(in_tables((DOCS / page).read_text()) for page in PAGES))
    assert tables - in_sources() == set()
