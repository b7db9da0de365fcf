"""Requests to protect somebody by what their words weigh: clauses scored by a sum of learned weights, in log-odds.

Takes a text, gives places. A list of wordings or a grammar finds the wordings that somebody thought of; people ask in
words of their own ("leave him off the crew list or they will smell it"). Each clause is scored by its words, by the
fields of meaning that these belong to, by pairs of neighbours, and by the clauses beside it. The weights lie in
`data/wordings.tsv`; `scripts/make_wordings.py` learns them from the labelled set. Only sentences near a word that
weighs enough are looked at.
"""

from __future__ import annotations

import itertools
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

from unsealed.review.patternset import WordSet
from unsealed.review.risk.discretion import kind_of
from unsealed.review.risk.suggestion import Found
from unsealed.review.risk.wording_words import BEGUN, MENDED, SHORT, WHOLE
from unsealed.review.words import fold

LEAST = 0.3  # below this nothing is said
HEAVY = 1.0  # what the triggers of a sentence weigh together for it to be looked at
# It begins with one character of a set, which is found at a fifth of the cost of three ways to begin.
_SENTENCE = re.compile(
    r"[.!?;\n\u3002\uff01\uff1f\uff1b]"
    r"(?:(?<=[.!?;])(?=[\s\"'\u201d\u00bb)\]])|(?<=\n)[ \t]*\n|(?<=[\u3002\uff01\uff1f\uff1b]))"
)
_PART = re.compile(
    r"(?:[.!?;:,](?=[\s\"'\u201d\u00bb)\]]|$)|\n[ \t]*\n|[()\[\]]| --? ?|--|[\u2014\u2013]"
    r"|\n(?=[ \t>]*(?:\d+\.|[-*\u2022]|[A-Z][A-Za-z-]+:|\d{4}))|[\u3002\u3001\uff01\uff1f\uff1b])+"
)
_SOFT = re.compile(r"[,:]?\s*| --? ?|--|[\u2014\u2013]")
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*(?:-\n[ \t]*[^\W\d_]+)?")
_HYPHEN = re.compile(r"-\s+")
_ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "ly", "s", "e")
_LIMIT = 200_000  # words that are remembered
_SMOOTH = 0.25  # how much of a neighbour's score in the same sentence counts
PLACES = ("", "<", "<.", ">", ">.")  # a word of the clause, of the one before, of that in another sentence, behind …


class Clause(NamedTuple):
    """A part of a sentence: from, to, number of its sentence, its words, whether it stands in brackets."""

    start: int
    end: int
    sentence: int
    words: tuple[str, ...]
    bracketed: bool


class Weights(NamedTuple):
    """Learned: what each feature weighs in each place (own clause, before, behind), the constant, triggers.

    Triggers: rare words with what they weigh alone; with `*` at the end also as beginnings of words.
    """

    of: dict[str, tuple[float, ...]]
    constant: float
    triggers: dict[str, float]


@cache
def weights() -> Weights:
    """The weights beside the code. A line: feature, its weights by place; `=` the constant; `!` a trigger."""
    lines = (files("unsealed.review.risk") / "data" / "wordings.tsv").read_text(encoding="utf-8").splitlines()
    of: dict[str, tuple[float, ...]] = {}
    constant, triggers = 0.0, dict[str, float]()
    for line in lines:
        feature, _, rest = line.partition("\t")
        if feature == "=":
            constant = float(rest)
        elif feature == "!":
            word, _, weight = rest.partition("\t")
            triggers[word] = float(weight)
        else:
            row = [float(value or 0) for value in rest.split("\t")]
            of[feature] = (*row, *[0.0] * (len(PLACES) - len(row)))
    return Weights(of, constant, triggers)


def clauses(text: str, start: int = 0, end: int | None = None) -> list[Clause]:
    """The clauses of a stretch of text that have words."""
    found: list[Clause] = []
    end = len(text) if end is None else end
    at, sentence = start, 0
    for match in _PART.finditer(text, start, end):
        _add(found, text, at, match.start(), sentence)
        if not _SOFT.fullmatch(match[0]):
            sentence += 1
        at = match.end()
    _add(found, text, at, end, sentence)
    return found


def _add(found: list[Clause], text: str, start: int, end: int, sentence: int) -> None:
    words = tuple(WORD.findall(text, start, end)) if end > start else ()
    if words:
        found.append(Clause(start, end, sentence, words, start > 0 and text[start - 1] in "(["))


_BEGUN: dict[str, list[tuple[str, frozenset[str]]]] = {}  # by the first three letters
for _word, _fields in BEGUN.items():
    _BEGUN.setdefault(_word[:3], []).append((_word, _fields))


_MENDED: dict[str, list[str]] = {}  # by the first letter
for _word in MENDED:
    _MENDED.setdefault(_word[0], []).append(_word)


def _folded(word: str) -> str:
    return fold(_HYPHEN.sub("", word)).replace("\u2019", "'")


def _mended(key: str) -> str:
    if key in SHORT:
        return SHORT[key]
    if len(key) >= 6:
        for word in _MENDED.get(key[0], ()):
            near = not key.startswith(word) and not word.startswith(key)
            if near and DamerauLevenshtein.distance(key, word, score_cutoff=1) == 1:
                return word
    return key


def _stem(key: str) -> str:
    return next((key[: -len(one)] for one in _ENDINGS if key.endswith(one) and len(key) - len(one) >= 4), key)


class Words(dict[str, tuple[str, ...]]):
    """The features of single words, worked out once: the stem, then its fields of meaning."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) > _LIMIT:
            self.clear()
        key = _mended(word.lower() if word.isascii() and word.isalpha() else _folded(word))
        fields = set(WHOLE.get(key, ()))
        for begun, some in _BEGUN.get(key[:3], ()):
            if key.startswith(begun):
                fields |= some
        if kind := kind_of(key):
            fields.add(f"k{kind}")
        found = self[word] = (_stem(key), *(f"#{field}" for field in sorted(fields)))
        return found


def features(clause: Clause, words: Words) -> tuple[set[str], set[str]]:
    """What a clause itself says: features of single words, and of pairs of neighbours and the form."""
    each = [words[word] for word in clause.words]
    single = {feature for some in each for feature in some}
    pairs = {f"{one[0]}_{other[0]}" for one, other in itertools.pairwise(each)}
    return single, pairs | form(clause)


def form(clause: Clause) -> set[str]:
    """How long a clause is, whether it stands in brackets."""
    count = len(clause.words)
    size = count if count < 4 else 4 if count < 7 else 5 if count < 12 else 6
    return {f"@n{size}", "@br"} if clause.bracketed else {f"@n{size}"}


def beside(single: set[str], *, same: bool) -> set[str]:
    """Which features of a clause say something about the one beside it: words only in the same sentence."""
    return {feature for feature in single if feature[0] == "#" or (same and len(feature) > 3)}


class _Said(NamedTuple):
    """A word: its stem, its weights by feature, whether it begins a pair that weighs something."""

    stem: str
    rows: dict[str, tuple[float, ...]]
    leads: bool


class _Rows(dict[str, _Said]):
    """The weights of single words, looked up once."""

    def __init__(self, of: dict[str, tuple[float, ...]]) -> None:
        super().__init__()
        self._of = of
        self._words = Words()
        self._leading = {feature.partition("_")[0] for feature in of if "_" in feature}

    def __missing__(self, word: str) -> _Said:
        if len(self) > _LIMIT:
            self.clear()
        some = self._words[word]
        rows = {one: self._of[one] for one in some if one in self._of}
        found = self[word] = _Said(some[0], rows, some[0] in self._leading)
        return found


class Wording:
    """The weights over texts."""

    def __init__(self) -> None:
        self._weights = weights()
        self._rows = _Rows(self._weights.of)
        triggers = self._weights.triggers
        self._set = WordSet(list(triggers))
        self._heavy = list(triggers.values())

    def find(self, text: str, lower: str) -> Iterator[Found]:
        """Every clause of `text` that likely asks to protect somebody; `lower` is the same text in small letters."""
        for start, end in self._stretches(text, lower):
            some = clauses(text, start, end)
            yield from _joined(some, self.scores(some))

    def scores(self, some: Sequence[Clause]) -> list[float]:
        """The score of each of some clauses that follow one another, in log-odds."""
        sums = [self._sums(clause) for clause in some]
        plain = [row[0] + self._weights.constant for row in sums]
        for at in range(1, len(some)):
            place = 0 if some[at - 1].sentence == some[at].sentence else 1
            plain[at] += sums[at - 1][1 + place]
            plain[at - 1] += sums[at][3 + place]
        return [score + self._from_beside(some, plain, at) for at, score in enumerate(plain)]

    def _sums(self, clause: Clause) -> list[float]:
        """What the words of a clause weigh for itself, for the clause behind (two ways) and for the one before.

        The same as the sum over `features` and `beside`, at a third of the cost.
        """
        of, known = self._weights.of, self._rows
        rows: dict[str, tuple[float, ...]] = {}
        last = ""
        for word in clause.words:
            stem, some, leads = known[word]
            if some:
                rows.update(some)
            if last and (weighs := of.get(pair := f"{last}_{stem}")):
                rows[pair] = weighs
            last = stem if leads else ""
        for feature in form(clause):
            if feature in of:
                rows[feature] = of[feature]
        return [sum(column) for column in zip(*rows.values(), strict=True)] if rows else [0.0] * len(PLACES)

    def _from_beside(self, some: Sequence[Clause], plain: Sequence[float], at: int) -> float:
        near = [
            plain[place]
            for place in (at - 1, at + 1)
            if 0 <= place < len(some) and some[place].sentence == some[at].sentence
        ]
        return _SMOOTH * sum(max(-3.0, min(3.0, score)) for score in near)

    def _stretches(self, text: str, lower: str) -> list[tuple[int, int]]:
        """The sentences that hold a trigger, each with the one before and behind, as stretches of the text."""
        hits = self._hits(lower)
        if not hits:
            return []
        ends = [0, *map(re.Match.end, _SENTENCE.finditer(text)), len(text)]
        heavy: dict[int, float] = {}
        for start, weight in hits.items():
            at = bisect_right(ends, start)
            heavy[at] = heavy.get(at, 0.0) + weight
        found: list[tuple[int, int]] = []
        for at in sorted(at for at, weight in heavy.items() if weight >= HEAVY):
            start, end = ends[max(0, at - 2)], ends[min(len(ends) - 1, at + 1)]
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], max(end, found[-1][1]))
            else:
                found.append((start, end))
        return found

    def _hits(self, lower: str) -> dict[int, float]:
        """Where triggers stand as words, or as beginnings of words, with what they weigh."""
        hits: dict[int, float] = {}
        heavy = self._heavy
        for number, start in self._set.find(lower):
            weight = heavy[number]
            if weight > hits.get(start, 0.0):
                hits[start] = weight
        return hits


def _joined(some: Sequence[Clause], scores: Sequence[float]) -> Iterator[Found]:
    """Clauses that are sure enough; those that follow one another in a sentence as one."""
    last: Found | None = None
    sentence = before = -1
    for at, (clause, score) in enumerate(zip(some, scores, strict=True)):
        sure = round(1 / (1 + math.exp(-max(-30.0, min(30.0, score)))), 2)
        if sure < LEAST:
            continue
        together = last is not None and clause.sentence == sentence and at == before + 1
        if last is not None and together and min(sure, last.sure) >= 0.5:
            last = last._replace(end=clause.end, sure=max(sure, last.sure))
        else:
            if last is not None:
                yield last
            last = Found(clause.start, clause.end, "protect-phrase", "wording", sure)
        sentence, before = clause.sentence, at
    if last is not None:
        yield last
