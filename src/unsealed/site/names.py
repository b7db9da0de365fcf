"""Names of pages: ids and facet values of outsiders as path segments that can do no harm.

A segment holds ASCII letters, digits, `-`, `_` and `.`, never begins with a point, and is short. Whatever
does not fit is rewritten and gets a suffix that keeps it unique and stable from build to build.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable

from unsealed.seal.site_manifest import LONGEST, document_segment

__all__ = ["LONGEST", "document_segment", "facet_segments"]
_OTHER = re.compile(r"[^A-Za-z0-9]+")


def facet_segments(untrusted_values: Iterable[str]) -> dict[str, str]:
    """The folder of each value of one facet: a readable word; values that would share one get a hash each."""
    values = sorted(set(untrusted_values))
    words = {value: _word(value) for value in values}
    counts = Counter(words.values())
    return {value: word if counts[word] == 1 else f"{word}-{_tail(value)}" for value, word in words.items()}


def _word(value: str) -> str:
    ascii_only = _OTHER.sub("-", value.lower()[:60]).strip("-_")
    return ascii_only or f"x-{_tail(value)}"


def _tail(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:6]
