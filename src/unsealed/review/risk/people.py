"""Names of persons by rules: runs of capitalised words, judged by what the words are and by what stands around them.

Takes a text in true case (see `truecase`), gives scored candidates. The score is a sum of what speaks for and against
a name, in log-odds; `sure` is its logistic. What spoke loudest gives the rule its name, so that an editor sees why.
"""

from __future__ import annotations

import math
import re
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
    lexicon,
    phrases,
)  # fmt: skip
from unsealed.review.risk.vocabulary import ARABIC, DOES, DONE, NOT_AFTER, PARTICLES, SURELY, UPPER, WHERE, listed
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
RUN = re.compile(
    rf"(?<![^\W_])(?:{_PARTICLE}(?={_U}))?{_WORD}{_DOT}(?:{_BREAK}(?:{_PARTICLE}){{0,3}}{_WORD}{_DOT}){{0,9}}"
)
_TOKEN = re.compile(rf"(?:{_U}\.(?:-?{_U}\.)*)|[^\W\d_]+(?:(?:{_APO}|[-\u2010\u2011])[^\W\d_]+)*")
_BEFORE = re.compile(r"[^\W\d_]+$")
_AFTER = re.compile(
    r"(['\u2019][sS])?[ \t\n]*([,(]?)[ \t\n]*(?:(?:the|a|an|his|her|age|aged)[ \t\n]+)?([^\W\d_]+|\d{1,2})?"
)
_ARTICLE = re.compile(r"[ \t\n]*(?:a|an|the)[ \n]+[a-z]")
_START = re.compile(r"[.!?:;\u2022*\"\u201c>]\s*$|\)\s*$|^\s*$|\n\s*\n\s*$")
_ABBREVIATED = frozenset(
    listed("""
mr mrs ms dr prof gen col maj capt lt sgt amb sen rep gov rev fr hon eng sr sra lic adm cmdr pres min st brig cpl pvt
ing det insp sheikh cpt ltc vadm dir dep
""")
)
LONGEST = 5  # words of a name
_HOPELESS = -4.0  # a score that nothing around a word can mend


class Word(NamedTuple):
    """One word of a run."""

    start: int
    end: int
    text: str
    flags: int


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
        self._alone: dict[str, tuple[float, str]] = {}  # what single words say, remembered

    def candidates(self, text: str) -> list[Candidate]:
        """Every run of words that may be a name, with its score. `text` is in true case."""
        found: list[Candidate] = []
        for match in RUN.finditer(text):
            run = match[0]
            if " " in run or "\n" in run or "." in run:
                self._run(text, match, found)
            else:
                self._word(text, match, found)
        return found

    def _word(self, text: str, match: re.Match[str], found: list[Candidate]) -> None:
        """A run of one word: most of them are ordinary words, and are passed over quickly."""
        run = match[0]
        inside = self._alone.get(run)
        if inside is None:
            inside = self._alone[run] = self._inside_alone(run)
        if inside[0] < _HOPELESS:
            return
        start, end = match.span()
        words = [Word(start, end, run, self._flags[run])]
        score, rule = inside
        for value, name in _around(text, words, "", start, end):
            score += value
            if value >= 1.4 and rule != "header":
                rule = name
        found.append(Candidate(start, end, tuple(words), score, rule or "name-shape"))

    def _inside_alone(self, run: str) -> tuple[float, str]:
        flags = self._flags[run]
        word = Word(0, len(run), run, flags)
        plain = flags & (WORD | PLACE | NATION) and not flags & NAMES
        if flags & _STOPS or plain or self._is_title(word) or len(run) < 2:
            return _HOPELESS - 1, ""
        if len(self._alone) > Flags.LIMIT:
            self._alone.clear()
        return _inside([word])

    def _run(self, text: str, match: re.Match[str], found: list[Candidate]) -> None:
        for part in self._parts(text, match):
            title = ""
            words: list[Word] = []
            for word in (*part, None):
                stops = word is None or bool(word.flags & _STOPS) or self._is_title(word) or self._is_plain(word)
                if not stops and word is not None:
                    words.append(word)
                    continue
                if words:
                    self._judge(text, words, title, found)
                    title, words = "", []
                if word is not None:
                    title = word.text if self._is_title(word) or word.flags & ROLE else ""

    def _parts(self, text: str, match: re.Match[str]) -> list[list[Word]]:
        """The words of a run, apart where a short line ends: lists have a name on each line."""
        parts: list[list[Word]] = [[]]
        last = match.start()
        for token in _TOKEN.finditer(text, match.start(), match.end()):
            start = token.start()
            if part := parts[-1]:
                between = text[last:start]
                if ("\n" in between and _line_is_short(text, last)) or (
                    "." in between and not _is_abbreviation(part[-1])
                ):
                    parts.append([])
            parts[-1].append(Word(start, token.end(), token[0], self._flags[token[0]]))
            last = token.end()
        return parts

    def _is_title(self, word: Word) -> bool:
        flags = word.flags
        return bool(flags & TITLE) and not (flags & GIVEN and not flags & WORD)

    def _is_plain(self, word: Word) -> bool:
        """An ordinary capitalised word: no part of a name."""
        return word.text not in PARTICLES and bool(word.flags & (WORD | NATION)) and not word.flags & NAMES

    def _judge(self, text: str, words: list[Word], title: str, found: list[Candidate]) -> None:
        words = _trimmed(text, words, title)
        if not words or len(words) > LONGEST + 2:
            return
        start, end = words[0].start, words[-1].end
        score, rule = _inside(words)
        for value, name in _around(text, words, title, start, end):
            score += value
            if value >= 1.4 and (rule in ("", "given-name", "name-shape") or name in ("title", "header")):
                rule = name
        found.append(Candidate(start, end, tuple(words), score, rule or "name-shape"))


_NEVER = STOP | CALENDAR | ORG | CODE
_STOPS = STOP | CALENDAR | ORG | CODE | ROLE


def _is_abbreviation(word: Word) -> bool:
    return word.text.endswith(".") or len(word.text) == 1 or word.text.lower() in _ABBREVIATED


def _line_is_short(text: str, at: int) -> bool:
    return at - text.rfind("\n", 0, at) < 46


def _trimmed(text: str, words: list[Word], title: str) -> list[Word]:
    """Without a sentence's first word that is an ordinary one, particles at the ends, and single letters alone."""
    while words and words[-1].text.lower() in PARTICLES and words[-1].text.islower():
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
    if all(len(word.text.rstrip(".")) < 2 for word in words):
        return []
    return words


def _is_start(text: str, at: int) -> bool:
    return bool(_START.search(text, max(0, at - 6), at))


def _inside(words: list[Word]) -> tuple[float, str]:
    """What the words themselves say."""
    count = sum(not word.text.islower() for word in words)
    score = (-2.1, -0.8, -0.5, -0.6, -1.2)[min(count, 5) - 1] if count else -9.0
    rule = ""
    for place, word in enumerate(words):
        score += _of_word(word, place, alone=count < 2)
        if word.flags & GIVEN and not word.flags & WORD:
            rule = "given-name"
    if count > 1 and words[0].flags & GIVEN and words[-1].flags & (SURNAME | GIVEN):
        score += 0.8
    if fold(" ".join(word.text for word in words)) in phrases():
        score -= 3.0
    return score, rule


def _of_word(word: Word, place: int, *, alone: bool) -> float:
    flags = word.flags
    if len(word.text.rstrip(".")) == 1 or (word.text.endswith(".") and len(word.text) <= 6):
        return 0.9
    if word.text.islower():
        return 0.5
    if word.text.isupper() and len(word.text) < 5 and not flags & NAMES:
        return -2.5
    value = 0.5 if not flags else 0.0
    if flags & GIVEN:
        value += 1.5 if place == 0 else 1.0
    elif flags & SURNAME:
        value += 1.0
    if flags & WORD:
        value -= 1.2 if flags & NAMES else 2.0
    if flags & (PLACE | NATION):
        value -= 0.9 if flags & NAMES else 2.0 if alone else 1.4
    return value


def _around(text: str, words: list[Word], title: str, start: int, end: int) -> list[tuple[float, str]]:
    """What stands before and behind."""
    found: list[tuple[float, str]] = []
    if title:
        found.append((3.2, "title"))
    lead = text[max(0, start - 24) : start].rstrip()
    before = _BEFORE.search(lead)
    single = len(words) == 1
    if before:
        key = before[0].lower()
        if key in DONE:
            found.append((1.4 if not single or key not in ("by", "with", "for") else 0.5, "told"))
        elif key in WHERE and single:
            found.append((-1.3, "where"))
    elif lead[-1:] in ("(", "<", ":") and not single:
        found.append((0.6, "set-apart"))
    after = _AFTER.match(text, end)
    if after:
        found += _behind(after, single)
    return found


def _behind(after: re.Match[str], single: bool) -> list[tuple[float, str]]:
    key = (after[3] or "").lower()
    if after[2] == "" and key in NOT_AFTER:
        return [(-3.5, "not-a-person")]
    if after[2] == "(" and "protect" in after.string[after.end() - len(key) : after.end() + 24].lower():
        return [(3.5, "protected")]
    if after[2] == ",":
        if key.isdigit():
            return [(1.6, "age")]
        if lexicon().get(key, 0) & (ROLE | TITLE):
            return [(1.6, "apposition")]
        if _ARTICLE.match(after.string, after.end(2)) and not single:
            return [(0.9, "apposition")]
        return [(1.2, "apposition")] if key == "who" else []
    if key in SURELY:
        return [(2.1, "said")]
    if key in DOES:
        return [(0.8, "said")]
    if after[1]:
        return [(1.7 if lexicon().get(key, 0) & ROLE else 0.3, "genitive")]
    return []
