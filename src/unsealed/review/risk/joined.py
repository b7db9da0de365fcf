"""A reading as one text, and places in that text as places in its units. Pure.

Units follow one another as in the source, so that what the rules know of lines and paragraphs holds; a unit without
white space at its end is set apart.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from unsealed.model import Unit
from unsealed.review.risk.structure import Zone
from unsealed.review.risk.suggestion import Found

# Labels of units in which a name stands by custom: what is added to its score, and the rule's name.
_LABELS = {
    "from": (1.6, "header"), "to": (1.6, "header"), "name": (2.4, "labelled"), "classified-by": (2.0, "classified-by"),
    "signature": (3.0, "signature"), "tag": (1.5, "tags-person"),
}  # fmt: skip


class JoinedText:
    """The text of some units: `text`, and `zones` for what their labels say."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._units = units
        self._starts: list[int] = []
        parts: list[str] = []
        at = 0
        for unit in units:
            part = unit.text if unit.text[-1:].isspace() else f"{unit.text}\n\n"
            self._starts.append(at)
            parts.append(part)
            at += len(part)
        self.text = "".join(parts)
        self.zones = [
            Zone(start, start + len(unit.text), *_LABELS[unit.label])
            for start, unit in zip(self._starts, units, strict=True)
            if unit.label in _LABELS and (unit.label != "tag" or "," in unit.text)
        ]

    def places(self, found: Iterable[Found]) -> Iterator[tuple[int, Found]]:
        """Each place with the number of its unit, from–to counted there; one over several units as several."""
        for one in found:
            number = bisect_right(self._starts, one.start) - 1
            while number < len(self._units) and self._starts[number] < one.end:
                begin, text = self._starts[number], self._units[number].text
                start, end = max(0, one.start - begin), min(len(text.rstrip()), one.end - begin)
                if end > start:
                    yield number, one._replace(start=start, end=end)
                number += 1
