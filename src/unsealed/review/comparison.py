"""Comparison leaks: does another text show, in the same passage, what this one withholds?

Takes passages with withheld words, then any number of texts that readers see or will see; gives places. Pure: which
texts are compared, the release decides. A name that is blacked out in one copy and readable in another is no secret;
here the surrounding words are compared, so that also common words, numbers and other spellings are found, which no list
of names can hold.

A *window* is a run of withheld words with up to `CONTEXT` words on each side, as they stand in the archive. The runs of
three words of all windows are indexed; each text is read once, and where two runs of a window stand near each other,
window and text are aligned word by word (`difflib`). Where that finds nothing, the words near there are compared as a
set: clauses in another order are the same passage. Windows that are alike are one window. A run of three words that
stands in more than `COMMON` windows is part of a form and is left out: an archive of reports is no archive of copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from unsealed.review.passages import GAP, Stream

CONTEXT = 12  # words on each side of what is withheld
LONGEST = 24  # withheld words of one window: longer runs are several windows
RUN = 3  # words
COMMON = 48  # windows that may share a run of three words
LEAST = 6  # words of the context that must stand in the other text too
LEAST_CLOSE = 2  # of them right beside what is withheld
SAME_PASSAGE = 16  # words of the context, 17 of 20 of which stand in the other text: other words there are told too
ALIKE = 0.7  # how much such words resemble the withheld ones by their letters
LETTERS = 4  # of a word that says something: shorter ones stand in every sentence
LEAST_FREE = 6  # such words of the context that stand in the other text, in any order
SHARE_FREE = 0.75  # of all such words of the context
_SLACK = 8  # words by which the other text may be longer


class Secret(NamedTuple):
    """Who withholds: an item, a unit of it, and the marks."""

    item: int
    unit: int
    marks: tuple[int, ...]


class Showing(NamedTuple):
    """A text shows what a secret withholds. `unit`: where in the text; `exact`: the very words, else others like them.

    `words` are the withheld words, folded: for allowances, never for a log.
    """

    secret: Secret
    unit: int
    exact: bool
    words: str


class _Window(NamedTuple):
    words: tuple[str, ...]
    start: int  # of the withheld words in `words`
    end: int


class Comparison:
    """The windows of many documents, and the search for them. Fill it with `add`, then ask `showings` of each text."""

    def __init__(self) -> None:
        self._windows: list[_Window] = []
        self._secrets: list[list[Secret]] = []
        self._numbers: dict[_Window, int] = {}
        self._runs: dict[int, int | list[int]] = {}

    def __len__(self) -> int:
        return len(self._windows)

    def add(self, item: int, stream: Stream) -> None:
        """Withhold what is hidden in a document."""
        for window, secret in _windows(item, stream):
            number = self._numbers.get(window)
            if number is None:
                number = self._numbers[window] = len(self._windows)
                self._windows.append(window)
                self._secrets.append([])
                self._index(number, window.words)
            self._secrets[number].append(secret)

    def _index(self, number: int, words: Sequence[str]) -> None:
        for run in {hash(tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1)}:
            held = self._runs.get(run)
            if held is None:
                self._runs[run] = number
            elif isinstance(held, int):
                self._runs[run] = [held, number]
            elif len(held) <= COMMON:
                held.append(number)

    def showings(self, stream: Stream) -> list[Showing]:
        """What of the withheld words a text shows in the same passage, each secret once."""
        found: dict[tuple[Secret, bool], Showing] = {}
        shown = stream.shown
        for number, low, high in self._regions(shown):
            window = self._windows[number]
            verdict = _align(window, shown, low, high) or _reordered(window, shown, low, high)
            if verdict is not None:
                at, very = verdict
                words = " ".join(window.words[window.start : window.end])
                for secret in self._secrets[number]:
                    found.setdefault((secret, very), Showing(secret, stream.units[at], very, words))
        certain = {secret for secret, exact in found if exact}
        return [one for (secret, exact), one in found.items() if exact or secret not in certain]

    def _regions(self, shown: Sequence[str]) -> Iterator[tuple[int, int, int]]:
        """Where at least two runs of a window stand near each other: (window, first, last word)."""
        runs = self._runs
        open_: dict[int, list[int]] = {}  # window: first run, last run, how many
        for at, run in enumerate(zip(shown, shown[1:], shown[2:], strict=False)):
            held = runs.get(hash(run))
            if held is None or (not isinstance(held, int) and len(held) > COMMON):
                continue
            for number in (held,) if isinstance(held, int) else held:
                region = open_.get(number)
                reach = len(self._windows[number].words) + _SLACK
                if region is not None and at - region[0] <= reach:
                    region[1:] = [at, region[2] + 1]
                    continue
                if region is not None and region[2] > 1:
                    yield number, region[0], region[1] + RUN
                open_[number] = [at, at, 1]
        for number, (low, high, count) in open_.items():
            if count > 1:
                yield number, low, high + RUN


def _windows(item: int, stream: Stream) -> Iterator[tuple[_Window, Secret]]:
    """The withheld runs of a document with the words around them."""
    words, hidden, count = stream.words, stream.hidden, len(stream.words)
    at = 0
    while at < count:
        if not hidden[at]:
            at += 1
            continue
        end = at
        while end < count and hidden[end] and end - at < LONGEST:
            end += 1
        low, high = max(0, at - CONTEXT), min(count, end + CONTEXT)
        marks = tuple(sorted({mark for place in range(at, end) for mark in hidden[place]}))
        yield _Window(tuple(words[low:high]), at - low, end - low), Secret(item, stream.units[at], marks)
        at = end


def _align(window: _Window, shown: Sequence[str], low: int, high: int) -> tuple[int, bool] | None:
    """Where in the text the withheld words, or words like them in the same passage, stand; None where they do not."""
    begin = max(0, low - CONTEXT)
    text = shown[begin : high + CONTEXT]
    blocks = SequenceMatcher(None, window.words, text, autojunk=False).get_matching_blocks()
    partner = {one.a + step: one.b + step for one in blocks for step in range(one.size)}
    around = [place for place in partner if not window.start <= place < window.end]
    if len(around) < min(LEAST, len(window.words) - (window.end - window.start)):
        return _alone(window, partner, begin)
    inside = [place for place in range(window.start, window.end) if place in partner]
    if inside and _beside(window, partner) >= LEAST_CLOSE and _joined(window, partner) and _tells(window, inside):
        return begin + partner[inside[0]], True
    return _instead(window, partner, text, begin, len(around))


def _reordered(window: _Window, shown: Sequence[str], low: int, high: int) -> tuple[int, bool] | None:
    """The same sentence with its parts in another order: most words of the context that say something stand near each
    other, and the withheld ones with them. Only words count that the context itself does not hold.
    """
    inside = window.words[window.start : window.end]
    context = {word for word in (*window.words[: window.start], *window.words[window.end :]) if _says(word)}
    wanted = {word: at for at, word in enumerate(inside) if _says(word) and word not in context}
    if not wanted or len(context) < LEAST_FREE:
        return None
    begin = max(0, low - CONTEXT)
    text = shown[begin : high + CONTEXT]
    there = set(text)
    if len(context & there) < max(LEAST_FREE, SHARE_FREE * len(context)):
        return None
    found = [window.start + at for at, word in enumerate(inside) if word in there and word not in context]
    telling = [place for place in found if window.words[place] in wanted]
    if not telling or not _tells(window, found):
        return None
    return begin + text.index(window.words[telling[0]]), True


def _says(word: str) -> bool:
    """Whether a word is more than a joint of sentences. The host of an address is nobody's name."""
    return not word.startswith("@") and (len(word) >= LETTERS or (len(word) > 1 and word.isdigit()))


def _alone(window: _Window, partner: dict[int, int], begin: int) -> tuple[int, bool] | None:
    """A long passage that is withheld as a whole needs no context: half of its words in order are enough."""
    inside = [place for place in range(window.start, window.end) if place in partner]
    size = window.end - window.start
    if size >= 2 * LEAST and len(inside) * 2 >= size and _longest(inside) >= LEAST:
        return begin + partner[inside[0]], True
    return None


def _longest(places: Sequence[int]) -> int:
    longest = run = 0
    before = -2
    for place in places:
        run = run + 1 if place == before + 1 else 1
        longest, before = max(longest, run), place
    return longest


def _beside(window: _Window, partner: dict[int, int]) -> int:
    """How many words right before and right behind the withheld ones stand in the text, without a break."""
    found = 0
    place = window.start - 1
    while place in partner:
        found, place = found + 1, place - 1
    place = window.end
    while place in partner:
        found, place = found + 1, place + 1
    return found


def _joined(window: _Window, partner: dict[int, int]) -> bool:
    """Whether the withheld words stand in the text where they stand here: joined to a neighbour, or between both."""
    left, right = partner.get(window.start - 1), partner.get(window.end)
    first, last = partner.get(window.start), partner.get(window.end - 1)
    if (left is not None and first == left + 1) or (last is not None and right == last + 1):
        return True
    return left is not None and right is not None and right - left <= window.end - window.start + _SLACK


def _tells(window: _Window, inside: Sequence[int]) -> bool:
    """Whether what is shown of the withheld words says something: half of them, or a third of their letters.

    The host of an address says nothing beside a name before it: a whole office has the same.
    """
    wanted = [place for place in range(window.start, window.end) if not window.words[place].startswith("@")]
    wanted = wanted or list(range(window.start, window.end))
    shown = [place for place in wanted if place in inside]
    letters = sum(len(window.words[place]) for place in wanted)
    return bool(shown) and (
        len(shown) * 2 >= len(wanted) or sum(len(window.words[place]) for place in shown) * 3 >= letters
    )


def _instead(
    window: _Window, partner: dict[int, int], text: Sequence[str], begin: int, around: int
) -> tuple[int, bool] | None:
    """Other words in the same place: the same name in another spelling, or any words in a passage that is the same."""
    left, right = partner.get(window.start - 1), partner.get(window.end)
    if left is None or right is None or not 1 < right - left <= window.end - window.start + _SLACK:
        return None
    between = text[left + 1 : right]
    if GAP in between:
        return None
    one, other = _named(window.words[window.start : window.end]), _named(between)
    like = other in one or one in other or SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
    context = len(window.words) - (window.end - window.start)
    if (like and len(other) > 1) or (context >= SAME_PASSAGE and around * 20 >= context * 17):
        return begin + left + 1, False
    return None


def _named(words: Sequence[str]) -> str:
    """The letters of words, without the host of an address."""
    return "".join(word for word in words if not word.startswith("@")) or "".join(words)


def batches(documents: Iterable[tuple[int, Stream]], most: int) -> Iterator[Comparison]:
    """The documents in comparisons of about `most` windows, so that memory is bounded: each asks for one more pass."""
    comparison = Comparison()
    for item, stream in documents:
        comparison.add(item, stream)
        if len(comparison) >= most:
            yield comparison
            comparison = Comparison()
    if len(comparison):
        yield comparison
