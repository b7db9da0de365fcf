"""`docs/formats/readers.md` knows every form and every code that the readers can answer with."""

from __future__ import annotations

import re
from pathlib import Path

from unsealed.ingest.readers import READERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "formats" / "readers.md").read_text("utf-8")
ROOM = ROOT / "src" / "unsealed" / "ingest"
SOURCES = [*(ROOM / "readers").rglob("*.py"), ROOM / "decode.py", ROOM / "splitters.py"]
CODE = re.compile(r'"([A-Z]-[A-Z0-9]+(?:-[A-Z0-9]+)*)"')


def test_every_code_is_documented() -> None:
    codes = {code for path in SOURCES for code in CODE.findall(path.read_text("utf-8"))}
    assert len(codes) > 40
    assert {code for code in codes if not re.search(rf"\b{code}\b", PAGE)} == set()


def test_every_form_is_documented() -> None:
    assert {form for form in READERS if f"`{form}`" not in PAGE} == set()
