"""Choose the part of a reading that shows best why it was found, and cut it into runs."""

from __future__ import annotations

import re

from unsealed.search.highlight import Highlighter, Match, Page
from unsealed.search.results import Run

WIDTH = 240
"""Characters of a snippet, before white space is squeezed."""
_LEAD = 50  # characters shown before the first match
_SLACK = 24  # characters within which an edge moves to the end of a word
_SPACE = re.compile(r"\s+")
_SPEAKING = frozenset({"paragraph", "text", "message", "quote", "cell", "list-item"})


def snippet(page: Page, highlighter: Highlighter) -> tuple[Run, ...]:
    """Runs of one line: the stretch with the most different terms of the query, the earliest of equals.

    A reading without any match (it was found by its date, say) shows where its running text begins.
    """
    matches = highlighter.matches(page)
    if not matches:
        start = _first_words(page)
        return _runs(page, start, _edge(page.folded, start + WIDTH, 1), [])
    first = matches[_best(matches)]
    start = _edge(page.folded, max(0, first.start - _LEAD), -1)
    end = _edge(page.folded, max(first.end, start + WIDTH), 1)
    return _runs(page, start, end, highlighter.matches(page, start, end))


def _best(matches: list[Match]) -> int:
    """The number of the match at which the best stretch begins."""
    best, best_value, end = 0, (0, 0), 0
    counts: dict[int, int] = {}
    for start, match in enumerate(matches):
        while end < len(matches) and matches[end].end <= match.start + WIDTH - _LEAD:
            counts[matches[end].leaf] = counts.get(matches[end].leaf, 0) + 1
            end += 1
        value = (len(counts), end - start)
        if value > best_value:
            best, best_value = start, value
        if end > start:
            counts[match.leaf] -= 1
            if not counts[match.leaf]:
                del counts[match.leaf]
        else:
            end = start + 1  # a match wider than a snippet
    return best


def _edge(folded: str, place: int, step: int) -> int:
    """`place`, moved by up to _SLACK characters in direction `step` to where no word is cut."""
    if place >= len(folded):
        return len(folded)
    for _ in range(_SLACK):
        if place <= 0 or place >= len(folded) or folded[place - 1].isspace() or folded[place].isspace():
            break
        place += step
    return place


def _first_words(page: Page) -> int:
    for number, unit in enumerate(page.reading.units):
        if unit.label in _SPEAKING and not unit.text.isspace():
            return page.unit(number)[0]
    return 0


def _runs(page: Page, start: int, end: int, matches: list[Match]) -> tuple[Run, ...]:
    pieces: list[Run] = [Run("… ", False)] if start else []
    at = page.original(start)
    for match in matches:
        # Two matches may share a character that folds to several, such as a fraction: it is shown once.
        first, last = page.original(match.start), page.original_end(match.end)
        if last > at:
            pieces += [_piece(page, at, first, False), _piece(page, max(at, first), last, True)]
            at = last
    pieces.append(_piece(page, at, page.original_end(end), False))
    if end < len(page.folded):
        pieces.append(Run(" …", False))
    return _joined(pieces)


def _piece(page: Page, start: int, end: int, match: bool) -> Run:
    return Run(_SPACE.sub(" ", page.text[start:end]), match)


def _joined(pieces: list[Run]) -> tuple[Run, ...]:
    """Without empty runs, neighbours of one kind as one, no double spaces, no space at the ends."""
    runs: list[Run] = []
    for text, match in pieces:
        if (runs and runs[-1].text.endswith(" ")) or not runs:
            text = text.removeprefix(" ")
        if text and runs and runs[-1].match == match:
            runs[-1] = Run(runs[-1].text + text, match)
        elif text:
            runs.append(Run(text, match))
    if runs:
        runs[-1] = Run(runs[-1].text.rstrip(), runs[-1].match)
    return tuple(run for run in runs if run.text)
