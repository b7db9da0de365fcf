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
from unsealed.review.risk.discretion_words import KINDS
from unsealed.review.risk.suggestion import LISTED, Found
from unsealed.review.risk.wording_words import BEGUN, MENDED, SHORT, WHOLE
from unsealed.review.words import fold

LEAST = LISTED["protect-phrase"]  # below this nothing is said
BESIDE = LEAST / 2  # a clause beside one that is said, in its sentence, belongs to it from here on
SPARE = 0.5  # so much below it, by its single words alone, a clause is not looked at; pairs and neighbours may add this
# What parts clauses. The same twice: one that begins with a character of a set is found four times as fast.
_BEFORE = r"(?=[\s\"'\u201d\u00bb)\]]|$)"  # behind a stop or a comma
_ITEM = r"(?=[ \t>]*(?:\d+\.|[-*\u2022]|[A-Z][A-Za-z-]+:|\d{4}))"  # behind the end of a line
_ANY = r"()\[\]\u2014\u2013\u3002\u3001\uff01\uff1f\uff1b"
_PART = re.compile(
    rf"([ .!?;:,\n\-{_ANY}](?:(?<= )--? ?|(?<=[.!?;:,]){_BEFORE}|(?<=\n)(?:[ \t]*\n|{_ITEM})|(?<=-)-|(?<=[{_ANY}]))"
    rf"(?: --? ?|[.!?;:,]{_BEFORE}|\n[ \t]*\n|\n{_ITEM}|--|[{_ANY}])*)"
)
_SOFT = re.compile(r"[,:]?\s*| --? ?|--|[\u2014\u2013]")
WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*(?:-\n[ \t]*[^\W\d_]+)?")
_HYPHEN = re.compile(r"-\s+")
_ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "ies", "es", "ly", "s", "e")
_LONG = 12  # words of a clause that is long
_LIMIT = 200_000  # words that are remembered
_LONGEST = 40  # characters of a word, or between two clauses, that are remembered
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
for _word, _meant in BEGUN.items():
    _BEGUN.setdefault(_word[:3], []).append((_word, _meant))


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
    if not key.endswith(_ENDINGS):
        return key
    return next((key[: -len(one)] for one in _ENDINGS if key.endswith(one) and len(key) - len(one) >= 4), key)


class Words(dict[str, tuple[str, ...]]):
    """The features of single words, worked out once: the stem, then its fields of meaning."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        if len(self) > _LIMIT:
            self.clear()
        key = _mended(word.lower() if word.isascii() and word.isalpha() else _folded(word))
        # Most words begin like none that is listed.
        found = (_stem(key), *(_fields(key) if key in _SAYING or key[:3] in _HEADS else ()))
        if len(word) <= _LONGEST:
            self[word] = found
        return found


_SAYING = WHOLE.keys() | KINDS.keys()
_HEADS = _BEGUN.keys() | {word[:3] for word in KINDS if word.endswith("*")}


def _fields(key: str) -> list[str]:
    fields = set(WHOLE.get(key, ())).union(*(some for head, some in _BEGUN.get(key[:3], ()) if key.startswith(head)))
    kind = kind_of(key)
    return [f"#{field}" for field in sorted(fields | {f"k{kind}"} if kind else fields)]


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


class _Packed(dict[str, int]):
    """What strings between blanks weigh, looked up once: a sum for each place in one whole number.

    From its lowest bits: how many words a string holds, what these weigh in the places behind the first, in the own
    clause. Weights are whole hundredths. A look-up costs more than all arithmetic: so there is one, and one addition.
    """

    def __init__(self, of: dict[str, tuple[float, ...]], words: Words) -> None:
        super().__init__()
        self._words = words
        self._single = {feature: _sums(row) for feature, row in of.items() if "_" not in feature}

    def __missing__(self, string: str) -> int:
        found = self._word(string) if string.isalpha() else sum(map(self._word, WORD.findall(string)))
        if len(string) <= _LONGEST:
            if len(self) > _LIMIT:
                self.clear()
            self[string] = found
        return found

    def _word(self, word: str) -> int:
        return sum([self._single.get(feature, 0) for feature in self._words[word]], 1)


_BITS = 40  # of a sum: a clause of five gigabytes would fill it, where each word weighed as much as any does
_OWN = len(PLACES)  # the sum of the own clause is the last one
_MASK = (1 << _BITS) - 1
_HALF = 1 << (_BITS - 1)
_NOTHING = sum(_HALF << (_BITS * place) for place in range(1, _OWN))  # sums may be negative: half a field is nought


def _sums(row: Sequence[float]) -> int:
    return sum(round(100 * value) << (_BITS * (place or _OWN)) for place, value in enumerate(row))


class Scored(NamedTuple):
    """A clause: from, to, its number, that of its sentence, its score in hundredths of log-odds."""

    start: int
    end: int
    number: int
    sentence: int
    score: int


class Wording:
    """The weights over texts."""

    def __init__(self) -> None:
        self._of = weights().of
        self._constant = round(100 * weights().constant)
        self._words = Words()
        self._packed = _Packed(self._of, self._words)
        self._behind = _pairs(self._of)
        counts = range(_LONG + 1)
        self._form = [[self._all(form(count, bracketed=inside)) for count in counts] for inside in (False, True)]
        self._least = 100 * math.log(BESIDE / (1 - BESIDE))

    def find(self, text: str) -> Iterator[Found]:
        """Every clause of `text` that may ask to protect somebody."""
        yield from (found for found in _joined(self.scores(text, self._least)) if found.sure >= LEAST)

    def scores(self, text: str, least: float = -math.inf) -> list[Scored]:
        """The clauses that weigh at least `least`, in hundredths of log-odds, in order.

        Where the words alone weigh `SPARE` less, no neighbour is looked at; where they do with these, no pair.
        """
        pieces = _PART.split(text)
        places, sentences, totals = self._sums(pieces, broken="-\n" in text)
        spare, found = least - 100 * SPARE, []
        enough = math.ceil(max(spare, -_HALF) - self._constant) << (_BITS * _OWN)  # the own sum is the uppermost
        for at in [at for at, total in enumerate(totals) if total >= enough]:
            place, sentence, total = places[at], sentences[at], totals[at]
            bracketed = place > 0 and pieces[place - 1][-1] in "(["
            score = self._constant + (total >> (_BITS * _OWN)) + self._form[bracketed][min(total & _MASK, _LONG)]
            if at:
                same = sentences[at - 1] == sentence
                score += (totals[at - 1] >> (_BITS if same else 2 * _BITS) & _MASK) - _HALF
            if at + 1 < len(totals):
                same = sentences[at + 1] == sentence
                score += (totals[at + 1] >> (3 * _BITS if same else 4 * _BITS) & _MASK) - _HALF
            if score >= spare:
                score += self._pairs(WORD.findall(pieces[place]))
                if score >= least:
                    found.append((place, at, sentence, score))
        if not found:
            return []
        ends = [0, *itertools.accumulate(map(len, pieces))]
        return [Scored(ends[place], ends[place + 1], *rest) for place, *rest in found]

    def _sums(self, pieces: Sequence[str], *, broken: bool) -> tuple[list[int], list[int], list[int]]:
        """Of the pieces that hold a word: their places, the numbers of their sentences, what their words weigh.

        `broken`: a word may go on in the next line.
        """
        places: list[int] = []
        sentences: list[int] = []
        totals: list[int] = []
        sentence, packed = 0, self._packed.__getitem__
        for at, (piece, soft) in enumerate(
            zip(pieces[::2], [*map(_soft.__getitem__, pieces[1::2]), True], strict=True)
        ):
            words = WORD.findall(piece) if broken and "-\n" in piece else piece.split()
            total = sum(map(packed, words), _NOTHING)
            if total & _MASK:
                places.append(2 * at)
                sentences.append(sentence)
                totals.append(total)
            if not soft:
                sentence += 1
        return places, sentences, totals

    def _all(self, some: Sequence[str]) -> int:
        return sum(round(100 * self._of[one][0]) for one in some if one in self._of)

    def _pairs(self, words: Sequence[str]) -> int:
        """What words weigh together with the one before each."""
        score, of, behind, looked_up = 0, self._behind, _NONE, self._words
        for word in words:
            stem = looked_up[word][0]
            if stem in behind:
                score += behind[stem]
            behind = of.get(stem, _NONE)
        return score


_NONE: dict[str, int] = {}


def _pairs(of: dict[str, tuple[float, ...]]) -> dict[str, dict[str, int]]:
    """What pairs weigh, in hundredths: by the stem of the first word, then of the second."""
    pairs: dict[str, dict[str, int]] = {}
    for feature, row in of.items():
        first, pair, second = feature.partition("_")
        if pair:
            pairs.setdefault(first, {})[second] = round(100 * row[0])
    return pairs


def _chance(score: int) -> float:
    return round(1 / (1 + math.exp(-max(-30.0, min(30.0, score / 100)))), 2)


def _joined(likely: Sequence[Scored]) -> Iterator[Found]:
    """Places for clauses; those that follow one another in a sentence are one."""
    last: Found | None = None
    before: Scored | None = None
    for clause in likely:
        sure = _chance(clause.score)
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
