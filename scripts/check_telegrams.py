"""Whether a folder of labelled telegrams has the right form; reads no telegram, so that its author may run it.

    python scripts/check_telegrams.py FOLDER

Names each line that is wrong, and counts cases, files, containers and labels. Ends with 1 where a line is wrong. The
form is described in `tests/ingest/corpus/blind/README.md`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).resolve().parent.parent / "tests" / "ingest" / "corpus"
KEYS = {"id", "container", "text", "fault", "expect"}
CONTAINERS = ("text", "row", "html")
_ID = re.compile(r"[a-z0-9-]{1,40}-\d{3}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ?|\d{4}-\d\d-\d\d")
_CABLE = re.compile(r"\d\d[A-Z]{2,20}\d{1,7}")


def _words(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value == " ".join(value.split())


def _all(value: Any, form: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(form, value)) and len(set(value)) == len(value)


LABELS: dict[str, Callable[[Any], bool]] = {
    "id": lambda value: isinstance(value, str) and bool(_CABLE.fullmatch(value)),
    "date": lambda value: value is None or bool(isinstance(value, str) and _MINUTE.fullmatch(value)),
    "class": lambda value: value is None or _words(value),
    "subject": lambda value: value is None or _words(value),
    "tags": lambda value: _all(value, _words),
    "refs": lambda value: _all(value, lambda one: isinstance(one, str) and bool(_CABLE.fullmatch(one))),
    "signer": lambda value: value is None or _words(value),
    "signers": lambda value: _all(value, _words),
    "declassify": lambda value: value is None or bool(isinstance(value, str) and _DAY.fullmatch(value)),
}


def problems(case: Any) -> Iterator[str]:
    """What is wrong with one line."""
    if not isinstance(case, dict) or not set(case) >= KEYS or set(case) - KEYS - {"doubt"}:
        yield f"a case has the keys {', '.join(sorted(KEYS))}, and perhaps doubt"
        return
    if not isinstance(case["id"], str) or not _ID.fullmatch(case["id"]):
        yield "the id is like blind2-references-001"
    if case["container"] not in CONTAINERS:
        yield f"the container is one of {', '.join(CONTAINERS)}"
    if not isinstance(case["text"], str) or not case["text"].strip() or not _words(case["fault"]):
        yield "text and fault are texts"
    expected = case["expect"]
    if not isinstance(expected, dict) or not expected:
        yield "expect holds at least one label"
        return
    yield from (f"{key} is no label" for key in sorted(set(expected) - set(LABELS)))
    yield from (
        f"{key} has a value of another form" for key in expected if key in LABELS and not LABELS[key](expected[key])
    )


def lines(folder: Path) -> Iterator[tuple[str, Any]]:
    """Where each line stands, and what it holds (None: no JSON)."""
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                yield f"{path.name}:{number}", json.loads(line)
            except ValueError:
                yield f"{path.name}:{number}", None


def check(folder: Path) -> tuple[list[str], Counter[str]]:
    """Everything that is wrong in a folder, and how many cases, containers and labels it has."""
    wrong: list[str] = []
    counts: Counter[str] = Counter()
    others = [other for other in sorted(CORPUS.iterdir()) if other.is_dir() and other.resolve() != folder.resolve()]
    known = {case["text"] for other in others for _, case in lines(other)}
    seen: set[str] = set()
    for place, case in lines(folder):
        found = list(problems(case))
        wrong += [f"{place}: {problem}" for problem in found]
        if found:
            continue
        for what, value in (("id", case["id"]), ("text", case["text"])):
            if value in seen or value in known:
                wrong.append(f"{place}: its {what} is not new")
        seen |= {case["id"], case["text"]}
        counts.update(["cases", f"container {case['container']}", *(f"label {key}" for key in case["expect"])])
    return wrong, counts


def main() -> int:
    """Print what is wrong and the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    wrong, counts = check(parser.parse_args().folder)
    for line in (*wrong, *(f"{name}: {number}" for name, number in sorted(counts.items()))):
        sys.stdout.write(f"{line}\n")
    return int(bool(wrong) or not counts["cases"])


if __name__ == "__main__":
    sys.exit(main())
