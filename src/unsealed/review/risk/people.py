"""Names of persons by rules: runs of capitalised words, judged by what the words are and by what stands around them.

Takes a text in true case (see `truecase`), gives scored candidates. The score is a sum of what speaks for and against
a name, in log-odds; `sure` is its logistic. What spoke loudest gives the rule its name, so that an editor sees why.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import NamedTuple

from unsealed.review.risk.late import Late
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
from unsealed.review.risk.surroundings import around, around_alone
from unsealed.review.risk.vocabulary import (
    ARABIC,
    PARTICLES,
    UPPER,
    listed,
)
from unsealed.review.words import fold

_U = UPPER
_APO = "['\u2018\u2019\u02bc`]"
_WORD = (
    rf"(?:{_U}\.(?:[ -]?{_U}\.)*|(?:[^\W\d_]{{1,3}}{_APO})?{_U}[^\W\d_]*(?:(?:{_APO}(?![sS]\b)|[-\u"
    rf"2010\u2011])[^\W\d_]+)*)"
)
_PARTICLE = (
    r"(?:(?:de|da|do|dos|das|di|du|des|del|della|van|von|der|den|ter|ten|zu|bin|ibn|bint|ben|ul|ud"
    r"|la|le|al|el|y|abu|ould|ag|los|e)\b[ -]|(?:al|el|ul|an|ar|as|ash|at|az|ad|d|l)[-'\u2019])"
)
_BREAK = r"(?:[ \t\u00a0]{1,3}|[ \t]?\n[ \t]*)"
_DOT = r"(?:(?<=[a-z])\.(?=[ \t\n][A-Z]))?"
RUN = Late(rf"(?<![^\W_])(?:{_PARTICLE}(?={_U}))?{_WORD}{_DOT}(?:{_BREAK}(?:{_PARTICLE}){{0,3}}{_WORD}{_DOT}){{0,9}}")
_TOKEN = re.compile(rf"(?:{_U}\.(?:-?{_U}\.)*)|[^\W\d_]+(?:(?:{_APO}|[-\u2010\u2011])[^\W\d_]+)*")
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


class Word(NamedTuple):
    """One word of a run."""

    start: int
    end: int
    text: str
    flags: int


class Weak(NamedTuple):
    """A word alone of which nothing around it says that it is a name: place, word, score, rule."""

    start: int
    end: int
    text: str
    score: float
    rule: str


class _Standing(NamedTuple):
    """What a word of a run is: flags, whether no name goes on over it, whether it is a title."""

    flags: int
    stops: bool
    title: bool


class Candidate(NamedTuple):
    """A possible name: its place, its words, what spoke for it and against it, and the loudest reason."""

    start: int
    end: int
    words: tuple[Word, ...]
    score: float
    rule: str


def logistic(score: float) -> float:
    """Between 0 and 1."""
    return round(1 / (1 + math.exp(-score)), 2)


class People:
    """Finds candidates in texts; keeps the words that it has looked up."""

    def __init__(self, flags: Flags) -> None:
        self._flags = flags
        self._alone = _Alone(flags)
        self._standing = _Standings(flags)

    def candidates(self, text: str) -> tuple[list[Candidate], list[Weak]]:
        """Every run of words that may be a name, with its score, and weak words. `text` is in true case."""
        found: list[Candidate] = []
        weak: list[Weak] = []
        alone = self._alone
        for match in RUN.finditer(text):
            run = match[0]
            if " " in run or "\n" in run or "." in run:
                self._run(text, match, found)
                continue
            score, rule = alone[run]  # most runs are one ordinary word, and are passed over quickly
            if score >= _HOPELESS:
                start, end = match.span()
                score, rule = around_alone(text, start, end, score, rule)
                one = Weak(start, end, run, score, rule or "name-shape")
                if score < WEAK:
                    weak.append(one)
                else:
                    found.append(self.strengthened(one))
        return found, weak

    def strengthened(self, one: Weak) -> Candidate:
        """A weak word as a candidate."""
        word = Word(one.start, one.end, one.text, self._flags[one.text])
        return Candidate(one.start, one.end, (word,), one.score, one.rule)

    def _run(self, text: str, match: re.Match[str], found: list[Candidate]) -> None:
        standing = self._standing
        for part in self._parts(text, match):
            title = ""
            words: list[Word] = []
            for word in part:
                _, stops, is_title = standing[word.text]
                if not stops:
                    words.append(word)
                    continue
                if words:
                    self._judge(text, words, title, found)
                    words = []
                title = word.text if is_title else ""
            if words:
                self._judge(text, words, title, found)

    def _parts(self, text: str, match: re.Match[str]) -> list[list[Word]]:
        """The words of a run, apart where a short line ends: lists have a name on each line."""
        run, flags = match[0], self._flags
        if run.replace(" ", "").isalpha():
            return [_apart(run, match.start(), flags)]
        part: list[Word] = []
        parts = [part]
        last = match.start()
        for token in _TOKEN.finditer(text, *match.span()):
            start, end = token.span()
            if part and (between := text[last:start]) != " ":
                short = "\n" in between and _line_is_short(text, last)
                if short or ("." in between and not _is_abbreviation(part[-1])):
                    part = []
                    parts.append(part)
            word = token[0]
            part.append(Word(start, end, word, flags[word]))
            last = end
        return parts

    def _judge(self, text: str, words: list[Word], title: str, found: list[Candidate]) -> None:
        words = _trimmed(text, words, title)
        if not words or len(words) > LONGEST + 2:
            return
        start, end = words[0].start, words[-1].end
        score, rule = _inside(words)
        for value, name in around(text, title, start, end, single=len(words) == 1):
            score += value
            if value >= 1.4 and (rule in ("", "given-name", "name-shape") or name in ("title", "header")):
                rule = name
        found.append(Candidate(start, end, tuple(words), score, rule or "name-shape"))


_STOPS = STOP | CALENDAR | ORG | CODE | ROLE


class _Alone(dict[str, tuple[float, str]]):
    """What single words say, worked out once: score and rule."""

    def __init__(self, flags: Flags) -> None:
        super().__init__()
        self._flags = flags

    def __missing__(self, run: str) -> tuple[float, str]:
        if len(self) > Flags.LIMIT:
            self.clear()
        said = self[run] = self._say(run)
        return said

    def _say(self, run: str) -> tuple[float, str]:
        flags = self._flags[run]
        plain = flags & (WORD | PLACE | NATION) and not flags & NAMES
        if flags & _STOPS or plain or _is_title(flags) or len(run) < 2:
            return _HOPELESS - 1, ""
        return _inside([Word(0, len(run), run, flags)])


class _Standings(dict[str, _Standing]):
    """What words of runs are, worked out once."""

    def __init__(self, flags: Flags) -> None:
        super().__init__()
        self._flags = flags

    def __missing__(self, word: str) -> _Standing:
        flags = self._flags[word]
        title = _is_title(flags)
        # An ordinary capitalised word is no part of a name.
        plain = word not in PARTICLES and bool(flags & (WORD | NATION)) and not flags & NAMES
        if len(self) > Flags.LIMIT:
            self.clear()
        found = self[word] = _Standing(flags, bool(flags & _STOPS) or title or plain, title or bool(flags & ROLE))
        return found


def _apart(run: str, at: int, flags: Flags) -> list[Word]:
    """The words of a run of letters and blanks that begins at `at`."""
    found = []
    for word in run.split(" "):
        end = at + len(word)
        if word:
            found.append(Word(at, end, word, flags[word]))
        at = end + 1
    return found


def _is_title(flags: int) -> bool:
    return bool(flags & TITLE) and not (flags & GIVEN and not flags & WORD)


def _is_abbreviation(word: Word) -> bool:
    return word.text.endswith(".") or len(word.text) == 1 or word.text.lower() in _ABBREVIATED


def _line_is_short(text: str, at: int) -> bool:
    return at - text.rfind("\n", 0, at) < 46


def _trimmed(text: str, words: list[Word], title: str) -> list[Word]:
    """Without a sentence's first word that is an ordinary one, particles at the ends, and single letters alone."""
    while words and words[-1].text.islower() and words[-1].text in PARTICLES:
        words = words[:-1]
    while words and words[0].text.islower() and words[0].text.lower() not in ARABIC:
        words = words[1:]
    while (
        len(words) > 1
        and not title
        and words[0].flags & WORD
        and not words[0].flags & GIVEN
        and _is_start(text, words[0].start)
    ):
        words = words[1:]
    if (
        len(words) > 2
        and not words[0].flags
        and words[1].flags & GIVEN
        and not title
        and _is_start(text, words[0].start)
    ):
        words = words[1:]  # a word of a language that no list holds
    if words and len(words[0].text) > 3:
        return words
    return words if any(len(word.text.rstrip(".")) > 1 for word in words) else []


def _is_start(text: str, at: int) -> bool:
    return bool(_START.search(text, max(0, at - 6), at))


def _inside(words: list[Word]) -> tuple[float, str]:
    """What the words themselves say."""
    count = sum([not word.text.islower() for word in words])
    score = (-1.25, 0.3, 0.4, 0.2, -0.6)[min(count, 5) - 1] if count else -9.0
    rule = ""
    alone, first = count < 2, True
    for _, _, word, flags in words:
        score += _of_word(word, flags, first=first, alone=alone)
        if flags & GIVEN and not flags & WORD:
            rule = "given-name"
        first = False
    if count > 1 and words[0].flags & GIVEN and words[-1].flags & (SURNAME | GIVEN):
        score += 0.8
    if len(words) > 1 and fold(" ".join([word.text for word in words])) in phrases():
        score -= 3.0
    return score, rule


@lru_cache(maxsize=200_000)
def _of_word(word: str, flags: int, *, first: bool, alone: bool) -> float:
    if len(word.rstrip(".")) == 1 or (word.endswith(".") and len(word) <= 6):
        return 0.9
    if word.islower():
        return 0.5
    if word.isupper() and len(word) < 5 and not flags & NAMES:
        return -2.5
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
