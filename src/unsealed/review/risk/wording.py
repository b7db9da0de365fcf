"""Requests to protect somebody by what their words weigh: clauses scored by a sum of learned weights, in log-odds.

Takes a text, gives places. A list of wordings or a grammar finds the wordings that somebody thought of; people ask in
words of their own ("leave him off the crew list or they will smell it"). Each clause is scored by its words, by the
fields of meaning that these belong to, by pairs of neighbours, and by the clauses beside it. The weights lie in
`data/wordings.tsv`; `scripts/make_wordings.py` learns them from the labelled set and from ordinary papers, so that the
chance that comes out is about that in an archive, where such requests are rare.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein

from unsealed.review.risk.discretion import kind_of
from unsealed.review.risk.suggestion import LISTED, Found
from unsealed.review.risk.wording_words import BEGUN, MENDED, SHORT, WHOLE
from unsealed.review.words import fold

LEAST = LISTED["protect-phrase"]  # below this nothing is said
BESIDE = LEAST / 2  # a clause beside one that is said, in its sentence, belongs to it from here on
SPARE = 0.5  # so much below it, by its single words alone, a clause is not looked at; pairs and neighbours may add this
_PART = re.compile(
    r"(?:[.!?;:,](?=[\s\"'\u201d\u00bb)\]]|$)|\n[ \t]*\n|[()\[\]]| --? ?|--|[\u2014\u2013]"
    r"|\n(?=[ \t>]*(?:\d+\.|[-*\u2022]|[A-Z][A-Za-z-]+:|\d{4}))|[\u3002\u3001\uff01\uff1f\uff1b])+"
)
_SOFT = re.compile(r"[,:]?\s*| --? ?|--|[\u2014\u2013]")
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*(?:-\n[ \t]*[^\W\d_]+)?")
_HYPHEN = re.compile(r"-\s+")
_ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "ly", "s", "e")
_LONG = 12  # words of a clause that is long
_LIMIT = 200_000  # words that are remembered
_LONGEST = 40  # characters between two clauses that are remembered
PLACES = ("", "<", "<.", ">", ">.")  # a word of the clause, of the one before, of that in another sentence, behind …


class Clause(NamedTuple):
    """A part of a sentence: from, to, its number, that of its sentence, its words, whether it stands in brackets."""

    start: int
    end: int
    number: int
    sentence: int
    words: list[str]
    bracketed: bool


class Weights(NamedTuple):
    """Learned: what each feature weighs in each place (own clause, before, behind), and the constant."""

    of: dict[str, tuple[float, ...]]
    constant: float


@cache
def weights() -> Weights:
    """The weights beside the code. A line: feature, its weights by place; `=` the constant."""
    lines = (files("unsealed.review.risk") / "data" / "wordings.tsv").read_text(encoding="utf-8").splitlines()
    of: dict[str, tuple[float, ...]] = {}
    constant = 0.0
    for line in lines:
        feature, _, rest = line.partition("\t")
        if feature == "=":
            constant = float(rest)
        else:
            row = [float(value or 0) for value in rest.split("\t")]
            of[feature] = (*row, *[0.0] * (len(PLACES) - len(row)))
    return Weights(of, constant)


class _Soft(dict[str, bool]):
    """Whether what stands between two clauses leaves them in one sentence; few such strings are different."""

    def __missing__(self, between: str) -> bool:
        found = _SOFT.fullmatch(between) is not None
        if len(between) <= _LONGEST:
            if len(self) > _LIMIT:
                self.clear()
            self[between] = found
        return found


_soft = _Soft()


def clauses(text: str) -> list[Clause]:
    """The clauses of a text that have words."""
    found: list[Clause] = []
    at = sentence = 0
    soft, words_of = _soft, WORD.findall
    for end, behind in [*map(re.Match.span, _PART.finditer(text)), (len(text), len(text))]:
        if end > at and (words := words_of(text, at, end)):
            found.append(Clause(at, end, len(found), sentence, words, at > 0 and text[at - 1] in "(["))
        if not soft[text[end:behind]]:
            sentence += 1
        at = behind
    return found


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


def features(clause: Clause, words: Words) -> tuple[list[str], list[str]]:
    """What a clause itself says: features of single words, and of pairs of neighbours and the form.

    What stands twice counts twice: so the weights of a word can be added up once and for all.
    """
    each = [words[word] for word in clause.words]
    single = [feature for some in each for feature in some]
    return single, [
        *(f"{one[0]}_{other[0]}" for one, other in itertools.pairwise(each)),
        *form(len(each), bracketed=clause.bracketed),
    ]


def form(count: int, *, bracketed: bool) -> tuple[str, ...]:
    """How long a clause is, in words, and whether it stands in brackets."""
    size = count if count < 4 else 4 if count < 7 else 5 if count < _LONG else 6
    return (f"@n{size}", "@br") if bracketed else (f"@n{size}",)


def beside(single: Sequence[str], *, same: bool) -> list[str]:
    """Which features of a clause say something about the one beside it: words only in the same sentence."""
    return [feature for feature in single if feature[0] == "#" or (same and len(feature) > 3)]


class _Said(NamedTuple):
    """A word: its stem, what it weighs in each place, whether it begins a pair that weighs something."""

    stem: str
    weights: tuple[float, ...]
    leads: bool


class _Words(dict[str, _Said]):
    """What single words weigh, looked up once."""

    def __init__(self, of: dict[str, tuple[float, ...]]) -> None:
        super().__init__()
        self._of = of
        self._words = Words()
        self._leading = {feature.partition("_")[0] for feature in of if "_" in feature}

    def __missing__(self, word: str) -> _Said:
        if len(self) > _LIMIT:
            self.clear()
        some = self._words[word]
        rows = [self._of[one] for one in some if one in self._of]
        sums = tuple(map(sum, zip(*rows, strict=True))) if rows else (0.0,) * len(PLACES)
        found = self[word] = _Said(some[0], sums, some[0] in self._leading)
        return found


class _Weigh(dict[str, float]):
    """What single words weigh in one place."""

    def __init__(self, said: _Words, place: int) -> None:
        super().__init__()
        self._said, self._place = said, place

    def __missing__(self, word: str) -> float:
        if len(self) > _LIMIT:
            self.clear()
        found = self[word] = self._said[word].weights[self._place]
        return found


class Wording:
    """The weights over texts."""

    def __init__(self) -> None:
        self._constant = weights().constant
        self._of = weights().of
        self._said = _Words(self._of)
        counts = range(_LONG + 1)
        self._form = [[self._all(form(count, bracketed=inside)) for count in counts] for inside in (False, True)]
        self._weigh = [_Weigh(self._said, place).__getitem__ for place in range(len(PLACES))]
        self._least = math.log(BESIDE / (1 - BESIDE))

    def find(self, text: str) -> Iterator[Found]:
        """Every clause of `text` that may ask to protect somebody."""
        some = clauses(text)
        least, scores = self._least, self.scores(some, self._least - SPARE)
        likely = [(some[at], _chance(score)) for at, score in enumerate(scores) if score >= least]
        yield from (found for found in _joined(likely) if found.sure >= LEAST)

    def scores(self, some: Sequence[Clause], least: float = -math.inf) -> list[float]:
        """The score of each of some clauses that follow one another, in log-odds.

        Where the words alone weigh less than `least` that is all: no neighbour and no pair is looked at.
        """
        own, constant = self._weigh[0], self._constant
        plain = [constant + sum(map(own, clause.words)) for clause in some]
        return [score if score < least else self._score(some, at, score, least) for at, score in enumerate(plain)]

    def _all(self, some: Sequence[str]) -> float:
        return sum(self._of[one][0] for one in some if one in self._of)

    def _score(self, some: Sequence[Clause], at: int, score: float, least: float) -> float:
        """The score of a clause, in log-odds: what its words weigh, with its pairs, its form, its neighbours."""
        clause = some[at]
        score += self._form[clause.bracketed][min(len(clause.words), _LONG)]
        if at:
            before = some[at - 1]
            score += sum(map(self._weigh[1 if before.sentence == clause.sentence else 2], before.words))
        if at + 1 < len(some):
            behind = some[at + 1]
            score += sum(map(self._weigh[3 if behind.sentence == clause.sentence else 4], behind.words))
        return score if score < least else score + self._pairs(clause.words)

    def _pairs(self, words: Sequence[str]) -> float:
        """What words weigh together with the one before each."""
        score, of, last = 0.0, self._of, ""
        for word in words:
            said = self._said[word]
            if last and (pair := of.get(f"{last}_{said.stem}")):
                score += pair[0]
            last = said.stem if said.leads else ""
        return score


def _chance(score: float) -> float:
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, score)))), 2)


def _joined(likely: Sequence[tuple[Clause, float]]) -> Iterator[Found]:
    """Places for clauses; those that follow one another in a sentence are one."""
    last: Found | None = None
    before: Clause | None = None
    for clause, sure in likely:
        follows = before is not None and clause.sentence == before.sentence and clause.number == before.number + 1
        if last is not None and follows:
            last = last._replace(end=clause.end, sure=max(sure, last.sure))
        else:
            if last is not None:
                yield last
            last = Found(clause.start, clause.end, "protect-phrase", "wording", sure)
        before = clause
    if last is not None:
        yield last
