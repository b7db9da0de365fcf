"""Names of persons by rules: runs of capitalised words, judged by what the words are and by what stands around them.

Takes a text in true case (see `truecase`), gives scored candidates. The score is a sum of what speaks for and against
a name, in log-odds; `sure` is its logistic. What spoke loudest gives the rule its name, so that an editor sees why.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import cache

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
from unsealed.review.risk.runs import APOSTROPHES, HYPHENS, SHORT, runs
from unsealed.review.risk.surroundings import BEFORE_SINGLE, BEHIND, around, around_alone
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


# One word of a name: as written, flags, folded, whether it lends a name to the rest of the document. A bare tuple, one
# for all places where the word stands.
Word = tuple[str, int, str, bool]
_Spot = tuple[int, int, str]  # from, to, word
_Part = tuple[int, int, "_Standing"]  # from, to, what the word there is


@dataclass(slots=True, eq=False)
class _Standing:
    """What a word of a run is.

    The word; whether no name goes on over it, whether it is a title, whether it is written small, whether it is a given
    name and nothing else, whether places of several words begin with it, whether it is no name alone; whether it may
    be a name's first word, and a later one, without a look at what else stands there; what it adds to the score of a
    name: as its first word or a later one, beside others or as the only one with a capital; score and rule of it alone.
    """

    word: Word

    stops: bool
    title: bool
    small: bool
    given: bool
    opens: bool
    hopeless: bool
    begins: bool
    follows: bool
    values: tuple[float, float, float, float]
    only: tuple[float, str]


# A possible name: from, to, its words, what spoke for it and against it, and the loudest reason.
Candidate = tuple[int, int, tuple[Word, ...], float, str]


class Sures(dict[float, float]):
    """How sure a score is, between 0 and 1: its logistic, worked out once."""

    LIMIT = 100_000

    def __missing__(self, score: float) -> float:
        if len(self) > self.LIMIT:
            self.clear()
        sure = self[score] = round(1 / (1 + math.exp(-score)), 2)
        return sure


class People:
    """Finds candidates in texts; keeps the words that it has looked up."""

    def __init__(self, flags: Flags) -> None:
        self._flags = flags
        self._standing = _Standings(flags)
        self._alone = _Alone(self._standing)
        self._places = phrases()

    def candidates(self, text: str) -> tuple[list[Candidate], list[Candidate]]:
        """Every run of words that may be a name, with its score; and words alone that nothing speaks for.

        `text` is in true case. Both in order.
        """
        found: list[Candidate] = []
        weak: list[Candidate] = []
        alone = self._alone
        for start, end, run, tail in runs(text):
            if not run.isalpha() and (" " in run or "\n" in run or "." in run):
                self._run(text, start, end, run, found)
                continue
            score, rule, words = alone[run]  # most runs are one ordinary word, and are passed over quickly
            if score >= _HOPELESS:
                if BEFORE_SINGLE[tail] or BEHIND[text[end : end + SHORT]]:
                    score, rule = around_alone(text, start, end, tail, score, rule)
                (weak if score < WEAK else found).append((start, end, words, score, rule))
        return found, weak

    def _run(self, text: str, start: int, end: int, run: str, found: list[Candidate]) -> None:
        """A run of several words: all of them are one name more often than not."""
        standing = self._standing
        if "\n" not in run and "." not in run:
            each = [standing[word] for word in run.split()]
            if len(each) == 2:
                first, last = each
                if first.begins and last.follows and not first.opens:
                    score, rule = _of_two(first, last)
                    score, rule = around(text, "", start, end, score, rule, single=False)
                    found.append((start, end, (first.word, last.word), score, rule))
                    return
            elif _is_plain(each):
                self._add(text, start, end, each, "", found)
                return
        for part in _parts(text, start, run):
            title = ""
            words: list[_Part] = []
            for begin, stop, word in part:
                said = standing[word]
                if not said.stops:
                    words.append((begin, stop, said))
                    continue
                if words:
                    self._judge(text, words, title, found)
                    words = []
                title = word if said.title else ""
            if words:
                self._judge(text, words, title, found)

    def _judge(self, text: str, words: list[_Part], title: str, found: list[Candidate]) -> None:
        each = [word[2] for word in words]
        if not _is_plain(each):
            words = _trimmed(text, words, title)
            each = [word[2] for word in words]
        if words and len(words) <= LONGEST + 2:
            self._add(text, words[0][0], words[-1][1], each, title, found)

    def _add(self, text: str, start: int, end: int, each: list[_Standing], title: str, found: list[Candidate]) -> None:
        single = len(each) == 1
        score, rule = each[0].only if single else self._inside(each)
        score, rule = around(text, title, start, end, score, rule, single=single)
        found.append((start, end, tuple([one.word for one in each]), score, rule))

    def _inside(self, each: list[_Standing]) -> tuple[float, str]:
        """What the words of a name of several words say themselves."""
        large = len(each)
        for one in each:
            if one.small:
                large -= 1
        score, rule = _BY_COUNT[large], "name-shape"
        at, later = (0, 1) if large > 1 else (2, 3)
        for one in each:
            score += one.values[at]
            at = later
            if one.given:
                rule = "given-name"
        first = each[0]
        if large > 1 and first.word[1] & GIVEN and each[-1].word[1] & NAMES:
            score += 0.8
        if first.opens and fold(" ".join([one.word[0] for one in each])) in self._places:
            score -= 3.0
        return score, rule


def _of_two(first: _Standing, last: _Standing) -> tuple[float, str]:
    """What the words of a name of two capitalised words say themselves: as `_inside`, sooner."""
    score = _BY_COUNT[2] + first.values[0] + last.values[1]
    if first.word[1] & GIVEN and last.word[1] & NAMES:
        score += 0.8
    return score, "given-name" if first.given or last.given else "name-shape"


def _is_plain(each: list[_Standing]) -> bool:
    """Whether words are one name as they are: no name ends among them, and nothing has to be taken off the ends."""
    count = len(each)
    if not each[0].begins or not each[-1].follows:
        return False
    if count <= 2:
        return True
    for one in each:
        if one.stops:
            return False
    return count <= LONGEST + 2 and (each[0].word[1] != 0 or not each[1].word[1] & GIVEN)


def _parts(text: str, start: int, run: str) -> list[list[_Spot]]:
    """The words of a run, apart where a short line ends: lists have a name on each line."""
    part: list[_Spot] = []
    parts = [part]
    last, dotted = start, False
    for word in run.split():
        begin = text.find(word, last)
        ends = dotted and not _is_abbreviation(part[-1][2])
        if ends or (part and "\n" in text[last:begin] and _line_is_short(text, last)):
            part = []
            parts.append(part)
        dotted = word[-1] == "." and len(word) > 2
        if dotted:
            word = word[:-1]
        if not word.isalpha() and "." in word[:-1]:
            return _tokens(text, start, start + len(run))
        last = begin + len(word)
        part.append((begin, last, word))
    return parts


def _tokens(text: str, start: int, end: int) -> list[list[_Spot]]:
    """The same of a run with abbreviations of several letters."""
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


_BY_COUNT = (-9.0, -1.25, 0.3, 0.4, 0.2, -0.6, -0.6, -0.6)  # by the number of words with a capital
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
        score, rule = (_HOPELESS - 1, "name-shape") if one.hopeless else one.only
        said = score, rule, (one.word,)
        if len(run) <= Flags.LONGEST:
            self[run] = said
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
        stand = _stand(word, flags, opens=key in self._opening) if odd else _stands(flags)
        found = replace(stand, word=as_word(word, flags, key))
        if len(word) <= Flags.LONGEST:
            self[word] = found
        return found


def as_word(word: str, flags: int, key: str) -> Word:
    """A word of a name as candidates have it."""
    return word, flags, key, len(word) > 2 and not word.islower()


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
    stops = bool(flags & _STOPS) or title or plain
    return _Standing(
        as_word(word, flags, ""),
        stops,
        title or bool(flags & ROLE),
        small,
        given,
        opens,
        bool(hopeless),
        not (stops or small or flags & (WORD | GIVEN) == WORD or len(word.rstrip(".")) < 2),
        not (stops or small),
        values,
        (score, "given-name" if given else "name-shape"),
    )


def _is_title(flags: int) -> bool:
    return bool(flags & TITLE) and not (flags & GIVEN and not flags & WORD)


def _is_abbreviation(word: str) -> bool:
    return word.endswith(".") or len(word) == 1 or word.lower() in _ABBREVIATED


def _line_is_short(text: str, at: int) -> bool:
    return at - text.rfind("\n", 0, at) < 46


def _trimmed(text: str, words: list[_Part], title: str) -> list[_Part]:
    """Without a sentence's first word that is an ordinary one, particles at the ends, and single letters alone."""
    while words and words[-1][2].word[0] in PARTICLES:
        words = words[:-1]
    while words and words[0][2].small and words[0][2].word[0] not in ARABIC:
        words = words[1:]
    if not title:
        while len(words) > 1 and _flags(words[0]) & (WORD | GIVEN) == WORD and _is_start(text, words[0][0]):
            words = words[1:]
        if len(words) > 2 and not _flags(words[0]) and _flags(words[1]) & GIVEN and _is_start(text, words[0][0]):
            words = words[1:]  # a word of a language that no list holds
    if words and words[0][1] - words[0][0] > 3:
        return words
    return words if any(len(word[2].word[0].rstrip(".")) > 1 for word in words) else []


def _flags(word: _Part) -> int:
    return word[2].word[1]


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
