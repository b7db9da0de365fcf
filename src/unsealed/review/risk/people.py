"""Names of persons by rules: runs of capitalised words, judged by what the words are and by what stands around them.

Takes a text in true case (see `truecase`), gives scored candidates. The score is a sum of what speaks for and against
a name, in log-odds; `sure` is its logistic. What spoke loudest gives the rule its name, so that an editor sees why.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import NamedTuple

from unsealed.review.risk.lexicon import (
    CALENDAR,
    CODE,
    GIVEN,
    NAMES,
    NATION,
    ORG,
    PLACE,
    ROLE,
    STOP,
    SURNAME,
    TITLE,
    WORD,
    Flags,
    phrases,
)  # fmt: skip
from unsealed.review.risk.runs import APOSTROPHES, HYPHENS, runs
from unsealed.review.risk.surroundings import around, around_alone
from unsealed.review.risk.vocabulary import (
    ARABIC,
    PARTICLES,
    UPPER,
    listed,
)
from unsealed.review.words import fold

_TOKEN = re.compile(rf"(?:{UPPER}\.(?:-?{UPPER}\.)*)|[^\W\d_]+(?:(?:{APOSTROPHES}|{HYPHENS})[^\W\d_]+)*")
_START = re.compile(r"[.!?:;\u2022*\"\u201c>]\s*$|\)\s*$|^\s*$|\n\s*\n\s*$")
_ABBREVIATED = frozenset(
    listed("""
mr mrs ms dr prof gen col maj capt lt sgt amb sen rep gov rev fr hon eng sr sra lic adm cmdr pres min st brig cpl pvt
ing det insp sheikh cpt ltc vadm dir dep
""")
)
LONGEST = 5  # words of a name
# Below this a word alone is no suggestion unless a zone or the rest of the document speaks for it.
WEAK = -0.2
_HOPELESS = -4.0  # a score that nothing around a word can mend


# One word of a run: from, to, text, flags. A bare tuple: there are millions, and the collector passes over these.
Word = tuple[int, int, str, int]
_Spot = tuple[int, int, str]  # from, to, word


class _Standing(NamedTuple):
    """What a word of a run is.

    Flags, whether no name goes on over it, whether it is a title, whether it is written small, whether it is a given
    name and nothing else, whether places of several words begin with it, whether it is no name alone; what it adds to
    the score of a name: as its first word or a later one, beside others or as the only one with a capital; score and
    rule of it alone.
    """

    flags: int
    stops: bool
    title: bool
    small: bool
    given: bool
    opens: bool
    hopeless: bool
    values: tuple[float, float, float, float]
    only: tuple[float, str]


class Candidate(NamedTuple):
    """A possible name: its place, its words, what spoke for it and against it, and the loudest reason.

    Of a word alone `words` tells nothing of its place.
    """

    start: int
    end: int
    words: tuple[Word, ...]
    score: float
    rule: str


@lru_cache(maxsize=100_000)
def logistic(score: float) -> float:
    """Between 0 and 1."""
    return round(1 / (1 + math.exp(-score)), 2)


_new = tuple.__new__  # makes a record of values in half of the time


class People:
    """Finds candidates in texts; keeps the words that it has looked up."""

    def __init__(self, flags: Flags) -> None:
        self._flags = flags
        self._standing = _Standings(flags)
        self._alone = _Alone(self._standing)
        self._places = phrases()

    def candidates(self, text: str) -> tuple[list[Candidate], list[Candidate]]:
        """Every run of words that may be a name, with its score; and words alone that nothing speaks for.

        `text` is in true case.
        """
        found: list[Candidate] = []
        weak: list[Candidate] = []
        alone = self._alone
        for start, end in runs(text):
            run = text[start:end]
            if not run.isalpha() and (" " in run or "\n" in run or "." in run):
                self._run(text, start, end, found)
                continue
            score, rule, words = alone[run]  # most runs are one ordinary word, and are passed over quickly
            if score >= _HOPELESS:
                score, rule = around_alone(text, start, end, score, rule)
                one = _new(Candidate, (start, end, words, score, rule or "name-shape"))
                (weak if score < WEAK else found).append(one)
        return found, weak

    def _run(self, text: str, start: int, end: int, found: list[Candidate]) -> None:
        run, standing = text[start:end], self._standing
        for part in [_apart(run, start)] if run.replace(" ", "").isalpha() else self._parts(text, start, end):
            title = ""
            words: list[Word] = []
            for begin, stop, word in part:
                said = standing[word]
                if not said[1]:
                    words.append((begin, stop, word, said[0]))
                    continue
                if words:
                    self._judge(text, words, title, found)
                    words = []
                title = word if said[2] else ""
            if words:
                self._judge(text, words, title, found)

    def _parts(self, text: str, start: int, end: int) -> list[list[_Spot]]:
        """The words of a run, apart where a short line ends: lists have a name on each line."""
        part: list[_Spot] = []
        parts = [part]
        last = start
        for token in _TOKEN.finditer(text, start, end):
            begin, stop = token.span()
            if part and (between := text[last:begin]) != " ":
                short = "\n" in between and _line_is_short(text, last)
                if short or ("." in between and not _is_abbreviation(part[-1][2])):
                    part = []
                    parts.append(part)
            part.append((begin, stop, text[begin:stop]))
            last = stop
        return parts

    def _judge(self, text: str, words: list[Word], title: str, found: list[Candidate]) -> None:
        words = _trimmed(text, words, title)
        if words and len(words) <= LONGEST + 2:
            score, rule = self._inside(words)
            score, rule = around(text, title, words, score, rule)
            found.append(_new(Candidate, (words[0][0], words[-1][1], tuple(words), score, rule or "name-shape")))

    def _inside(self, words: list[Word]) -> tuple[float, str]:
        """What the words themselves say."""
        if len(words) == 1:
            return self._standing[words[0][2]].only
        standing = self._standing
        each = [standing[word[2]] for word in words]
        large = len(each) - len([one for one in each if one.small])
        score, rule = _BY_COUNT[min(large, 5)], ""
        first, later = (0, 1) if large > 1 else (2, 3)
        at = first
        for _, _, _, _, given, _, _, values, _ in each:
            score += values[at]
            at = later
            if given:
                rule = "given-name"
        if large > 1 and words[0][3] & GIVEN and words[-1][3] & NAMES:
            score += 0.8
        if each[0].opens and fold(" ".join([word[2] for word in words])) in self._places:
            score -= 3.0
        return score, rule


_BY_COUNT = (-9.0, -1.25, 0.3, 0.4, 0.2, -0.6)  # by the number of words with a capital
_STOPS = STOP | CALENDAR | ORG | CODE | ROLE


class _Alone(dict[str, tuple[float, str, tuple[Word, ...]]]):
    """What single words say, worked out once: score, rule, and the word as words of a candidate."""

    def __init__(self, standing: _Standings) -> None:
        super().__init__()
        self._standing = standing

    def __missing__(self, run: str) -> tuple[float, str, tuple[Word, ...]]:
        if len(self) > Flags.LIMIT:
            self.clear()
        one = self._standing[run]
        score, rule = (_HOPELESS - 1, "") if one.hopeless else one.only
        said = self[run] = score, rule, ((0, len(run), run, one.flags),)
        return said


class _Standings(dict[str, _Standing]):
    """What words of runs are, worked out once."""

    def __init__(self, flags: Flags) -> None:
        super().__init__()
        self._flags = flags
        self._opening = {place.partition(" ")[0] for place in phrases()}

    def __missing__(self, word: str) -> _Standing:
        if len(self) > Flags.LIMIT:
            self.clear()
        plain = word.isascii()
        key = word.lower() if plain else fold(word)
        flags = self._flags[key if plain else word]
        odd = len(word) < 2 or word.islower() or word.isupper() or word[-1] == "." or key in self._opening
        found = self[word] = _stand(word, flags, opens=key in self._opening) if odd else _stands(flags)
        return found


@cache
def _stands(flags: int) -> _Standing:
    """What most words are is told by their flags."""
    return _stand("Xx", flags, opens=False)


def _stand(word: str, flags: int, *, opens: bool) -> _Standing:
    title = _is_title(flags)
    # An ordinary capitalised word is no part of a name.
    plain = word not in PARTICLES and bool(flags & (WORD | NATION)) and not flags & NAMES
    values = _values(word, flags)
    given = bool(flags & GIVEN and not flags & WORD)
    small = word.islower()
    score = (-9.0 if small else _BY_COUNT[1]) + values[2]
    hopeless = flags & _STOPS or (flags & (WORD | PLACE | NATION) and not flags & NAMES) or title or len(word) < 2
    return _Standing(
        flags,
        bool(flags & _STOPS) or title or plain,
        title or bool(flags & ROLE),
        small,
        given,
        opens,
        bool(hopeless),
        values,
        (score, "given-name" if given else ""),
    )


def _apart(run: str, at: int) -> list[_Spot]:
    """The words of a run of letters and blanks that begins at `at`."""
    found = []
    for word in run.split(" "):
        end = at + len(word)
        if word:
            found.append((at, end, word))
        at = end + 1
    return found


def _is_title(flags: int) -> bool:
    return bool(flags & TITLE) and not (flags & GIVEN and not flags & WORD)


def _is_abbreviation(word: str) -> bool:
    return word.endswith(".") or len(word) == 1 or word.lower() in _ABBREVIATED


def _line_is_short(text: str, at: int) -> bool:
    return at - text.rfind("\n", 0, at) < 46


def _trimmed(text: str, words: list[Word], title: str) -> list[Word]:
    """Without a sentence's first word that is an ordinary one, particles at the ends, and single letters alone."""
    while words and words[-1][2] in PARTICLES:
        words = words[:-1]
    while words and words[0][2].islower() and words[0][2] not in ARABIC:
        words = words[1:]
    if not title:
        while len(words) > 1 and words[0][3] & (WORD | GIVEN) == WORD and _is_start(text, words[0][0]):
            words = words[1:]
        if len(words) > 2 and not words[0][3] and words[1][3] & GIVEN and _is_start(text, words[0][0]):
            words = words[1:]  # a word of a language that no list holds
    if words and len(words[0][2]) > 3:
        return words
    return words if any(len(word[2].rstrip(".")) > 1 for word in words) else []


def _is_start(text: str, at: int) -> bool:
    return bool(_START.search(text, max(0, at - 6), at))


def _values(word: str, flags: int) -> tuple[float, float, float, float]:
    if len(word.rstrip(".")) == 1 or (word.endswith(".") and len(word) <= 6):
        return 0.9, 0.9, 0.9, 0.9
    if word.islower():
        return 0.5, 0.5, 0.5, 0.5
    if word.isupper() and len(word) < 5 and not flags & NAMES:
        return -2.5, -2.5, -2.5, -2.5
    return _values_of(flags)


@cache
def _values_of(flags: int) -> tuple[float, float, float, float]:
    return (
        _value(flags, first=True, alone=False),
        _value(flags, first=False, alone=False),
        _value(flags, first=True, alone=True),
        _value(flags, first=False, alone=True),
    )


def _value(flags: int, *, first: bool, alone: bool) -> float:
    value = 1.3 if not flags else 0.0
    if flags & GIVEN:
        value += 1.5 if first else 1.0
    elif flags & SURNAME:
        value += 1.0
    if flags & WORD:
        value -= 1.2 if flags & NAMES else 2.0
    if flags & (PLACE | NATION):
        value -= 0.6 if flags & NAMES else 2.0 if alone else 1.4
    return value
