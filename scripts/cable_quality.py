"""How well telegrams are read: each field against the cases of `tests/ingest/corpus`, beside the baselines.

    python scripts/cable_quality.py [--wrong] [--first-sight FILE] [FOLDER ...]

A folder of the corpus (`own`, `blind`) holds JSON Lines: id, container (text, row, html), text, expect. `own` was made
with the rules at hand, `blind` without sight of them. Prints cases, right, wrong and rate for each field and half;
`--wrong` lists every wrong value too. The cases are invented: their values may be printed. `--first-sight` writes the
rates of one folder that no rule has seen yet to a new file, with the SHA-256 of its cases and of the rules: taken once,
before anything is changed. `scripts/check_telegrams.py` says whether a folder has the right form, without reading it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from unsealed.ingest.readers import read

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "tests" / "ingest" / "corpus"
RULES = ROOT / "src" / "unsealed" / "ingest" / "readers" / "cable"
FIELDS = ("id", "subject", "tags", "refs", "signer", "declassify", "class", "date")
FORMS = {"text": "cable-text", "row": "cable-csv", "html": "cable-html"}
# Rates of plain rule sets on public test snippets (the format's page, section 10); they are to be beaten.
BASELINES = {"declassify": 12 / 12, "tags": 66 / 81, "subject": 44 / 53, "refs": 439 / 500, "id": 186 / 203}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Result(NamedTuple):
    """One field of one case: what is right, what was read."""

    case: str
    field: str
    expected: Any
    found: Any

    @property
    def is_right(self) -> bool:
        """Whether the value is exactly the expected one; lists as sets."""
        return bool(self.expected == self.found)


def cases(half: str) -> Iterator[dict[str, Any]]:
    """The cases of one half, in the order of its files."""
    for path in sorted((CORPUS / half).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def results(half: str) -> list[Result]:
    """Every field of every case of a half, read and compared."""
    return [result for case in cases(half) for result in compare(case)]


def compare(case: dict[str, Any]) -> Iterator[Result]:
    """The fields of one case that it has an expectation for."""
    outcome = read(FORMS[case["container"]], case["text"].encode())
    if "signers" in case["expect"]:
        case["expect"]["signer"] = " ".join(case["expect"]["signers"])
    for field in FIELDS:
        if field in case["expect"]:
            expected = _shaped(field, case["expect"][field])
            yield Result(case["id"], field, expected, _shaped(field, _found(outcome.reading, field), expected))


def _found(reading: Any, field: str) -> Any:
    if reading is None:
        return [] if field in ("tags", "refs") else ""
    return reading.all(field[:-1]) if field in ("tags", "refs") else reading.first(field)


def _shaped(field: str, value: Any, expected: Any = None) -> Any:
    """A value so that two spellings of one thing are equal: white space, case of codes, precision of a date."""
    if field == "tags":
        return sorted({re.sub(r"[\s()]+", "", tag).upper() for tag in value})
    if field == "refs":
        return sorted(set(value))
    text = " ".join((value or "").split())
    if field in ("class", "signer"):
        return text.upper()
    if field == "declassify":
        return text if _DAY.fullmatch(text) else ""
    if field == "date":
        text = text.removesuffix("Z")
        return text[: len(expected)] if expected else text
    return text


def rates(found: list[Result]) -> dict[str, tuple[int, int]]:
    """For each field the cases that are right, and all."""
    return {
        field: (sum(one.is_right for one in found if one.field == field), sum(one.field == field for one in found))
        for field in FIELDS
    }


def reference_rates(found: list[Result]) -> tuple[float, float]:
    """Recall and precision of single references."""
    pairs = [(set(one.expected), set(one.found)) for one in found if one.field == "refs"]
    hits = sum(len(expected & seen) for expected, seen in pairs)
    return hits / max(1, sum(len(a) for a, _ in pairs)), hits / max(1, sum(len(b) for _, b in pairs))


def report(half: str, found: list[Result]) -> str:
    """The table of one half."""
    lines = [
        f"{half}: {len({one.case for one in found})} cases",
        f"{'field':<12}{'cases':>6}{'right':>7}{'wrong':>7}{'rate':>8}{'baseline':>10}",
    ]
    for field, (right, count) in rates(found).items():
        base = f"{BASELINES[field]:.1%}" if field in BASELINES else "-"
        lines.append(f"{field:<12}{count:>6}{right:>7}{count - right:>7}{right / max(1, count):>8.1%}{base:>10}")
    recall, precision = reference_rates(found)
    lines.append(f"single references: recall {recall:.1%}, precision {precision:.1%}")
    return "\n".join(lines)


def digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the bytes of files, in the order of their names."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(paths))).hexdigest()


def first_sight(half: str, found: list[Result], day: str) -> dict[str, Any]:
    """The rates as they are kept: what they were taken on, and of which rules."""
    recall, precision = reference_rates(found)
    return {
        "day": day,
        "cases": digest((CORPUS / half).glob("*.jsonl")),
        "rules": digest(RULES.rglob("*.py")),
        "fields": {field: list(pair) for field, pair in rates(found).items()},
        "references": {"recall": round(recall, 4), "precision": round(precision, 4)},
        "wrong": [[one.case, one.field] for one in found if not one.is_right],
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("halves", nargs="*", default=["own", "blind"])
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--first-sight", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.first_sight and (len(options.halves) != 1 or options.first_sight.exists()):
        parser.error("--first-sight takes one folder, and a file that is not there yet: a first sight comes once.")
    for half in options.halves:
        found = results(half)
        sys.stdout.write(report(half, found) + "\n")
        if options.first_sight:
            kept = json.dumps(first_sight(half, found, datetime.now(UTC).date().isoformat()), indent=1)
            options.first_sight.write_text(kept + "\n", encoding="utf-8")
        for one in found if options.wrong else ():
            if not one.is_right:
                sys.stdout.write(f"  {one.case} {one.field}: {one.expected!r} read as {one.found!r}\n")


if __name__ == "__main__":
    main()
