"""Which pages of a document to read by OCR, and whether the text layer that came with a scan is good enough."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from unsealed.ingest.boxes import KINDS, OCR, PageFacts

Mode = Literal["off", "auto", "force"]
SAMPLES = 3  # pages of a scan with a hidden layer that are read to compare
AGREE = 0.8  # share of the words that both say, from which on the layer is kept
_WORD = re.compile(r"\w{3,}")
_SURE = frozenset(KINDS.index(name) for name in ("scanned", "mixed", "broken-text", "picture"))
_HIDDEN = KINDS.index("hidden-layer")


class Plan(NamedTuple):
    """Page numbers from 1. `rest` are read only where the layer of a page in `samples` does not agree."""

    sure: list[int]
    samples: list[int]
    rest: list[int]

    @property
    def pages(self) -> int:
        """How many pages are looked at at least."""
        return len(self.sure) + len(self.samples)


def plan(pages: Sequence[PageFacts], mode: Mode) -> Plan:
    """What to read of a document with these pages; pages that OCR has read already are left alone."""
    unread = [number for number, page in enumerate(pages, 1) if not page.source & OCR]
    if mode == "off":
        return Plan([], [], [])
    if mode == "force":
        return Plan(unread, [], [])
    sure = [number for number in unread if pages[number - 1].kind in _SURE]
    hidden = [number for number in unread if pages[number - 1].kind == _HIDDEN]
    samples = hidden if len(hidden) <= SAMPLES else [hidden[0], hidden[len(hidden) // 2], hidden[-1]]
    return Plan(sure, samples, [number for number in hidden if number not in samples])


def agreement(one: str, other: str) -> float:
    """The share of the words of both texts that the two have in common, 0.0 to 1.0, whatever their order."""
    words, others = (Counter(_WORD.findall(text.lower())) for text in (one, other))
    total = words.total() + others.total()
    return 2 * (words & others).total() / total if total else 1.0
