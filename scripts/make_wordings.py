"""Learn what words weigh in requests to protect somebody, from the labelled set: `data/wordings.tsv` of review/risk.

    python scripts/make_wordings.py [--cross]

A logistic regression by steps (AdaGrad), averaged over a few orders of the examples, in plain Python. `--cross` writes
nothing: it learns without one of the two seen sets and measures on it. Sets that are blind are never read.
docs/decisions/0225-wordings-that-are-weighed.md says why.
"""

from __future__ import annotations

import math
import random
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
from bench.bench_suggest import covered, read_half, score
from bench.generate import rows

from unsealed.review.risk import wording
from unsealed.review.risk.patterns import lower_same_length
from unsealed.review.risk.wording_words import BEGUN, WHOLE

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "src/unsealed/review/risk/data/wordings.tsv"
LESSONS = ROOT / "tests/review/risk/lessons.txt"
SEEN = {"known": 0.3, "blind": 0.5, "seen-a": 1.0, "seen-b": 1.0}  # how much an example of a set counts
LESSON = 0.7
ROUNDS, STEP, DECAY, ORDERS = 14, 0.15, 0.03, 4
SHIFT = 0.9  # added to the constant: from a score of -1 on more than half is right where the sets were crossed
LEAST = 0.04  # weights below this are left out
TRIGGER = 0.3  # a word that weighs as much by itself helps to make its sentence be looked at
OFTEN = 60  # but not one that stands more often than this in a megabyte of cables

Example = tuple[frozenset[str], bool, float]


class Model(NamedTuple):
    """Weights by feature with its place before it, and the constant."""

    of: dict[str, float]
    constant: float


def examples(name: str, weight: float) -> Iterator[Example]:
    """The clauses of a labelled set; what is labelled `ignore` is left out."""
    words = wording.Words()
    for document in read_half(name)[0]:
        text, labels = document["text"], document["labels"]
        mine, either = ([(one["start"], one["end"]) for one in labels if one["type"] == kind] for kind in KINDS)
        some = wording.clauses(text)
        for clause, features in zip(some, placed(some, words), strict=True):
            if covered(text, clause, either) < 0.5:
                yield features, covered(text, clause, mine) >= 0.5, weight


KINDS = ("protect-phrase", "ignore")


def lessons() -> Iterator[Example]:
    """The clauses of the sentences that were written to learn from."""
    words = wording.Words()
    for line in LESSONS.read_text(encoding="utf-8").splitlines():
        if line[:2] in ("+ ", "- "):
            for features in placed(wording.clauses(line[2:]), words):
                yield features, line[0] == "+", LESSON


def placed(some: Sequence[wording.Clause], words: wording.Words) -> list[frozenset[str]]:
    """The features of each clause with those of its neighbours, each with its place before it."""
    said = [wording.features(clause, words) for clause in some]
    found = []
    for at, (single, form) in enumerate(said):
        mine = single | form
        for step, sign in ((-1, "<"), (1, ">")):
            if 0 <= at + step < len(some):
                same = some[at + step].sentence == some[at].sentence
                place = sign if same else f"{sign}."
                mine = mine | {place + one for one in wording.beside(said[at + step][0], same=same)}
        found.append(frozenset(mine))
    return found


def learn(given: Sequence[Example]) -> Model:
    """The average over a few orders of the examples."""
    counts = Counter(feature for features, _, _ in given for feature in features)
    numbers = {one: number for number, one in enumerate(sorted(one for one, count in counts.items() if count > 1))}
    coded = [([numbers[one] for one in sorted(some) if one in numbers], right, weight) for some, right, weight in given]
    models = [_learned(coded, len(numbers), seed) for seed in range(1, ORDERS + 1)]
    means = [sum(values) / ORDERS for values in zip(*(model for model, _ in models), strict=True)]
    return Model({one: means[number] for one, number in numbers.items()}, sum(c for _, c in models) / ORDERS)


def _learned(coded: list[tuple[list[int], bool, float]], size: int, seed: int) -> tuple[list[float], float]:
    of, spread, constant, wide = [0.0] * size, [0.01] * size, -2.0, 0.01
    order = list(coded)
    shuffled = random.Random(seed)
    for _ in range(ROUNDS):
        shuffled.shuffle(order)
        for features, right, weight in order:
            total = constant + sum([of[one] for one in features])
            slope = (1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) - right) * weight
            if abs(slope) < 0.002:
                continue
            wide += slope * slope
            constant -= STEP * slope / math.sqrt(wide)
            for one in features:
                mine = slope + DECAY * of[one]
                spread[one] += mine * mine
                of[one] -= STEP * mine / math.sqrt(spread[one])
    return of, constant


def as_weights(model: Model) -> wording.Weights:
    """The model as the finder wants it."""
    rows: dict[str, list[float]] = {}
    for feature, value in model.of.items():
        place = next((at for at in (4, 2, 3, 1) if feature.startswith(wording.PLACES[at])), 0)
        rows.setdefault(feature[len(wording.PLACES[place]) :], [0.0] * 5)[place] = round(value, 2)
    kept = {one: tuple(row) for one, row in sorted(rows.items()) if max(map(abs, row)) >= LEAST}
    return wording.Weights(kept, round(model.constant + SHIFT, 2), triggers(kept))


def triggers(of: dict[str, tuple[float, ...]]) -> dict[str, float]:
    """Rare words that weigh something by themselves: those of the requests, and those of the fields of meaning."""
    words = wording.Words()
    often = _often()
    begun = {f"{word}*" for word in BEGUN if len(word) > 3}
    all_words = {word.lower() for text in _texts() for word in wording.WORD.findall(text)} | set(WHOLE) | begun
    found: dict[str, float] = {}
    for word in sorted(all_words):
        weight = round(sum(of[one][0] for one in words[word.rstrip("*")] if one in of), 2)
        if weight >= TRIGGER and often(word) < OFTEN:
            found[word] = weight
    return found


def _often() -> Callable[[str], float]:
    """How often a word stands in a megabyte of ordinary text: in generated cables."""
    counts = Counter[str]()
    for row in rows(150, 1):
        counts.update(wording.WORD.findall(row.lower()))
    ordered = sorted(counts)

    def often(word: str) -> float:
        if not word.endswith("*"):
            return counts[word]
        at, total = bisect_left(ordered, word[:-1]), 0
        while at < len(ordered) and ordered[at].startswith(word[:-1]):
            total += counts[ordered[at]]
            at += 1
        return total

    return often


def _texts() -> Iterator[str]:
    """What asks to protect somebody, without its place."""
    for name in SEEN:
        for document in read_half(name)[0]:
            text = document["text"]
            yield from (text[one["start"] : one["end"]] for one in document["labels"] if one["type"] == KINDS[0])
    yield from (line[2:] for line in LESSONS.read_text(encoding="utf-8").splitlines() if line[:2] == "+ ")


def measure(name: str, weights: wording.Weights) -> str:
    """Recall and precision of these weights alone on one set, by how sure."""
    documents = read_half(name)[0]
    with patch.object(wording, "weights", lambda: weights):
        finder = wording.Wording()
    found = [list(finder.find(one["text"], lower_same_length(one["text"]))) for one in documents]
    lines = []
    for least in (0.35, 0.5, 0.65):
        spans = [[(one.start, one.end, one.kind, "") for one in some if one.sure >= least] for some in found]
        one = score(documents, spans, "protect-phrase")
        lines.append(f"{least}: {one.recall:.3f} {one.precision:.3f}")
    return f"{name}  " + "   ".join(lines)


def main() -> None:
    """The command line."""
    sets = {name: list(examples(name, weight)) for name, weight in SEEN.items()}
    sets["lessons"] = list(lessons())
    if "--cross" in sys.argv:
        for left in ("seen-a", "seen-b"):
            model = learn([one for name, some in sets.items() if name != left for one in some])
            print("without", measure(left, as_weights(model)))
        return
    weights = as_weights(learn([one for some in sets.values() for one in some]))
    lines = [f"=\t{weights.constant}", *(f"!\t{word}\t{value:g}" for word, value in weights.triggers.items())]
    for feature, row in weights.of.items():
        lines.append("\t".join([feature, *(f"{value:g}" if value else "" for value in row)]).rstrip("\t"))
    DATA.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(weights.of), "features,", len(weights.triggers), "triggers")


if __name__ == "__main__":
    main()
