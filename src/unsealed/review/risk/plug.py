"""Finders of other packages, where somebody installed one: a language model, say. None is part of the program.

A package offers an entry point of the group `unsealed.risk`: a function from the text of a document to places, each
(from, to, kind, how sure). It is asked once for each document, on this machine; what it answers is checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import entry_points

from unsealed.errors import SetupError
from unsealed.review.risk.suggestion import KINDS, Found

GROUP = "unsealed.risk"

Answer = Iterable[tuple[int, int, str, float]]


class Plug:
    """One finder of another package. `name` stands in its suggestions as the rule."""

    def __init__(self, name: str, ask: Callable[[str], Answer]) -> None:
        self._name = name
        self._ask = ask

    def find(self, text: str) -> Iterator[Found]:
        """What it finds in a text. Raises SetupError where it answers with places or kinds that do not exist."""
        for start, end, kind, sure in self._ask(text):
            if not (0 <= start < end <= len(text) and kind in KINDS and kind != "registered" and 0 <= sure <= 1):
                raise SetupError(
                    f"The finder {self._name} answers with a place or a kind that does not exist.",
                    remedy="Correct or uninstall the package that brings it.",
                )
            yield Found(start, end, kind, self._name, sure)


def plugs() -> list[Plug]:
    """Every finder that is installed, by name. Raises SetupError where one cannot be loaded."""
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        try:
            found.append(Plug(point.name, point.load()))
        except (ImportError, AttributeError) as error:
            raise SetupError(
                f"The finder {point.name} cannot be loaded.", remedy="Repair or uninstall the package that brings it."
            ) from error
    return found
