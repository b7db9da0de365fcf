"""Ordinary papers: public documents of a government in which hardly anybody asks to protect somebody.

Two halves that share no document: one teaches what such papers are like, on the other false alarms are counted.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "shared/data"
HALVES = ("taught", "kept")


def ordinary(half: str, megabytes: float) -> list[str]:
    """About so many megabytes of telegrams and as many of mails, of one half; nothing where the folder is not there."""
    at = HALVES.index(half)
    found: list[str] = []
    for texts in (list(_telegrams()), list(_mails())):
        random.Random(1).shuffle(texts)
        size = 0
        for text in texts[at::2]:
            if size < megabytes * 1e6:
                found.append(text)
                size += len(text)
    return found


def _telegrams() -> Iterator[str]:
    for path in sorted((FOLDER / "frus/jsonl").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            paragraphs = json.loads(line).get("paragraphs") or []
            text = "\n\n".join(one if isinstance(one, str) else one.get("text", "") for one in paragraphs)
            if len(text) > 400:
                yield text


def _mails() -> Iterator[str]:
    for path in sorted((FOLDER / "emails/clinton-foia").rglob("*.txt")):
        yield path.read_text(encoding="utf-8", errors="replace")
