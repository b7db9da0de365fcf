"""Learn what words weigh in requests to protect somebody, from the labelled set: `data/wordings.tsv` of review/risk.

    python scripts/make_wordings.py [--cross]

A logistic regression by steps (AdaGrad), averaged over a few orders of the examples, in plain Python. Ordinary papers
(the folder of real documents beside this one) teach how rare such requests are, and nothing else: a word or a pair of
words that no labelled text holds gets no weight. `--cross` writes nothing: it learns without one of the seen sets and
measures on it. Sets that are blind are never read. docs/decisions/0225-wordings-that-are-weighed.md and 0226 say why.
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
from bench.bench_suggest import covered, read_half, score
from bench.ordinary import FOLDER, ordinary

from bench import bench_suggest
from unsealed.review.risk import wording

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "src/unsealed/review/risk/data/wordings.tsv"
LESSONS = ROOT / "tests/review/risk/lessons.txt"
SEEN = {"known": 0.3, "blind": 0.5, **dict.fromkeys(bench_suggest.SEEN, 1.0)}  # how much an example of a set counts
LESSON = 0.7
ROUNDS, STEP, DECAY, ORDERS = 14, 0.15, 0.03, 4
ORDINARY = 1.6  # megabytes of telegrams, and as many of mails
LEAST = 0.04  # weights below this are left out

Example = tuple[list[str], bool, float]


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


def placed(some: Sequence[wording.Clause], words: wording.Words) -> list[list[str]]:
    """The features of each clause with those of its neighbours, each with its place before it."""
    said = [wording.features(clause, words) for clause in some]
    found = []
    for at, (single, form) in enumerate(said):
        mine = single + form
        for step, sign in ((-1, "<"), (1, ">")):
            if 0 <= at + step < len(some):
                same = some[at + step].sentence == some[at].sentence
                place = sign if same else f"{sign}."
                mine = mine + [place + one for one in wording.beside(said[at + step][0], same=same)]
        found.append(mine)
    return found


def papers() -> Iterator[Example]:
    """The clauses of ordinary papers, as examples of what asks nothing."""
    words = wording.Words()
    texts = ordinary("taught", ORDINARY)
    if not texts:
        raise SystemExit(
            f"Ordinary papers are wanted in {FOLDER}: without them much looks like a request that is none."
        )
    for text in texts:
        for features in placed(wording.clauses(text), words):
            yield features, False, 1.0


def learn(labelled: Sequence[Example], plain: Sequence[Example]) -> Model:
    """The average over a few orders of the examples; features come from the labelled ones alone."""
    counts = Counter(feature for features, _, _ in labelled for feature in set(features))
    given = [*labelled, *plain]
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
    return wording.Weights(kept, round(model.constant, 2))


def measure(name: str, weights: wording.Weights) -> str:
    """Recall and precision of these weights alone on one set, by how sure."""
    documents = read_half(name)[0]
    with patch.object(wording, "weights", lambda: weights):
        finder = wording.Wording()
    found = [list(finder.find(one["text"])) for one in documents]
    lines = []
    for least in (wording.LEAST, 0.1, 0.2, 0.5):
        spans = [[(one.start, one.end, one.kind, "") for one in some if one.sure >= least] for some in found]
        one = score(documents, spans, "protect-phrase")
        lines.append(f"{least}: {one.recall:.3f} {one.precision:.3f}")
    return f"{name}  " + "   ".join(lines)


def main() -> None:
    """The command line."""
    sets = {name: list(examples(name, weight)) for name, weight in SEEN.items()}
    sets["lessons"] = list(lessons())
    plain = list(papers())
    if "--cross" in sys.argv:
        for left in bench_suggest.SEEN:
            model = learn([one for name, some in sets.items() if name != left for one in some], plain)
            print("without", measure(left, as_weights(model)), flush=True)
        return
    weights = as_weights(learn([one for some in sets.values() for one in some], plain))
    lines = [f"=\t{weights.constant}"]
    for feature, row in weights.of.items():
        lines.append("\t".join([feature, *(f"{value:g}" if value else "" for value in row)]).rstrip("\t"))
    DATA.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(len(weights.of), "features")


if __name__ == "__main__":
    main()
