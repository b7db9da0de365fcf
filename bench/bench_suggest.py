"""How well and how fast people at risk are found: recall and precision on the labelled set, and megabytes a second.

    python bench/bench_suggest.py [--peer-python PYTHON] [--speed-only] [--misses TYPE]

`--peer-python` names a Python in which Presidio and a small spaCy model are installed: it is measured on the same texts
in the same run, in a process of its own. How a label counts as found stands in tests/review/risk/README.md.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script: only this folder is on the path

from bench.generate import rows
from bench.ordinary import FOLDER, ordinary
from bench.vocabulary import split_words
from unsealed.review.risk.entry import Entry
from unsealed.review.risk.finder import Finder
from unsealed.review.risk.lexicon import Flags
from unsealed.review.risk.registered import Registered
from unsealed.review.risk.suggestion import LISTED

SET = Path(__file__).resolve().parents[1] / "tests/review/risk"
HALVES = ("known", "blind")
SEEN = tuple(f"seen-{letter}" for letter in "abcdefghijklmnop")  # written by strangers, then read to learn from
UNSEEN = ("blind2", "blind3", "blind7a", "blind7b", "blind8a", "blind8b")  # measured in totals only: nobody reads them
TYPES = (
    "person", "protect-phrase", "registered", "phone", "email", "address", "passport", "iban", "card", "coordinate",
    "plate", "username", "minor", "health",
)  # fmt: skip
SPEED_DOCUMENTS = 1_200
REAL = FOLDER / "frus/jsonl"
ORDINARY = 0.6  # megabytes of telegrams, and as many of mails

Span = tuple[int, int, str, str]  # from, to, type, entry


class Score(NamedTuple):
    """Of one type: labels, found, found whole; suggestions that count, right ones."""

    labels: int
    found: int
    whole: int
    suggested: int
    right: int

    @property
    def recall(self) -> float:
        """Found / labels."""
        return self.found / self.labels if self.labels else 1.0

    @property
    def precision(self) -> float:
        """Right / suggestions."""
        return self.right / self.suggested if self.suggested else 1.0


def read_half(name: str) -> tuple[list[dict[str, Any]], list[Entry]]:
    """The documents and the register of one half; nothing where it is not there."""
    marked = SET / f"{name}.txt"
    if marked.exists():
        return list(marked_texts(marked.read_text(encoding="utf-8"))), []
    path = SET / f"{name}.jsonl"
    if not path.exists():
        return [], []
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    register = json.loads((SET / f"{name}-register.json").read_text(encoding="utf-8"))
    fields = ("id", "name", "spellings", "nicknames", "titles", "ids")
    entries = [
        Entry(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in one.items() if key in fields}
        )
        for one in register
    ]
    return documents, entries


def marked_texts(text: str) -> Iterator[dict[str, Any]]:
    """The documents of a set in which protect phrases alone are marked: `=== KIND capitals|ordinary` begins one.

    What stands in ⟦…⟧ is a protect phrase, in ⟨…⟩ something about which honest people would disagree.
    """
    parts = re.split(r"^=== (cable|mail|event) (capitals|ordinary)\n", text, flags=re.MULTILINE)
    for number, (kind, case, body) in enumerate(zip(parts[1::3], parts[2::3], parts[3::3], strict=True), 1):
        plain, labels = "", list[dict[str, Any]]()
        for piece in re.split("([⟦⟧⟨⟩])", body):
            if piece in ("⟦", "⟨"):
                labels.append({"start": len(plain), "type": "protect-phrase" if piece == "⟦" else "ignore"})
            elif piece in ("⟧", "⟩"):
                labels[-1]["end"] = len(plain)
            else:
                plain += piece
        yield {"id": f"{number}", "kind": kind, "capitals": case == "capitals", "text": plain, "labels": labels}


def ours(documents: Sequence[dict[str, Any]], entries: Sequence[Entry]) -> list[list[Span]]:
    """What our rules suggest in each document, the surest half."""
    finder, known = Finder(), Registered(entries)
    found = []
    for document in documents:
        text = document["text"]
        both = [*finder.find(text), *known.find(text)]
        found.append([(one.start, one.end, one.kind, one.entry) for one in both if one.sure >= LISTED[one.kind]])
    return found


def score(
    documents: Sequence[dict[str, Any]],
    found: Sequence[Sequence[Span]],
    kind: str,
    keep: Callable[[dict[str, Any]], bool] = lambda document: True,
) -> Score:
    """Recall and precision of one type."""
    counts = Counter[str]()
    for document, spans in zip(documents, found, strict=True):
        if keep(document):
            counts.update(_count(document, spans, kind))
    return Score(*(counts[name] for name in ("labels", "found", "whole", "suggested", "right")))


def _count(document: dict[str, Any], spans: Sequence[Span], kind: str) -> Counter[str]:
    text, labels = document["text"], document["labels"]
    counts = Counter[str]()
    mine = [span for span in spans if span[2] == kind]
    # A name in the register is a person's name as well: whoever suggests it as either has suggested it.
    covering = spans if kind != "registered" else mine
    for label in (one for one in labels if one["type"] == kind):
        fitting = [s for s in covering if s[2] == kind or (kind == "person" and s[2] == "registered")]
        if kind == "registered":
            fitting = [s for s in mine if s[3] == label.get("entry")]
        share = covered(text, (label["start"], label["end"]), fitting)
        counts.update({"labels": 1, "found": share >= 0.5, "whole": share >= 1})
    right = [one for one in labels if one["type"] == kind or (kind == "person" and one["type"] == "registered")]
    either = [one for one in labels if one["type"] == "ignore"]
    for span in mine:
        good = [(one["start"], one["end"]) for one in right if kind != "registered" or one.get("entry") == span[3]]
        if covered(text, span, good) >= 0.5:
            counts.update({"suggested": 1, "right": 1})
        elif covered(text, span, [(one["start"], one["end"]) for one in either]) < 0.5:
            counts.update({"suggested": 1})
    return counts


def covered(text: str, span: Sequence[Any], by: Sequence[Sequence[Any]]) -> float:
    """The share of a span's letters and digits that lie inside of other spans."""
    places = [at for at in range(span[0], span[1]) if text[at].isalnum()]
    if not places:
        return 0.0
    return sum(any(one[0] <= at < one[1] for one in by) for at in places) / len(places)


def table(documents: Sequence[dict[str, Any]], found: Sequence[Sequence[Span]]) -> list[str]:
    """Lines: type, labels, recall, recall of the whole, precision; types that are not suggested at all are left out."""
    lines = []
    kinds = {label["type"] for document in documents for label in document["labels"]} - {"ignore"}
    for kind in TYPES:
        one = score(documents, found, kind)
        if one.suggested and (one.labels or len(kinds) > 1):
            lines.append(_line(kind, one))
        if kind == "person" and one.labels:
            for word, wanted in (("capitals", True), ("ordinary", False)):
                part = score(documents, found, kind, lambda document, wanted=wanted: document["capitals"] is wanted)
                lines.append(_line(f"  in {word}", part))
    return lines


def _line(name: str, one: Score) -> str:
    whole = one.whole / max(1, one.labels)
    return f"{name:15} {one.labels:6} {one.recall:7.3f} {whole:7.3f} {one.precision:9.3f}"


def cables() -> dict[str, list[str]]:
    """Generated cables, and where they are there the telegrams of *Foreign Relations of the United States*."""
    texts: dict[str, list[str]] = {"generated": [], "telegrams": []}
    for row in rows(SPEED_DOCUMENTS, 1):
        columns = row.rstrip("\n").split('","')
        texts["generated"].append((columns[6] + "\n\n" + columns[7]).replace("\\\n", "\n").rstrip('"'))
    for path in sorted(REAL.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            one = json.loads(line)
            if one["doc_type"] == "telegram":
                texts["telegrams"].append("\n\n".join([one["head"], *one["paragraphs"]]))
    return {name: some for name, some in texts.items() if some}


def speed() -> list[str]:
    """Megabytes a second of CPU time over cables, as they are and in capitals; a register of 1,000 people, cold."""
    entries = [Entry(f"P{n}", f"Given{n % 37} {name}") for n, name in enumerate(_thousand())]
    lines = []
    for name, texts in cables().items():
        size = sum(len(text.encode()) for text in texts) / 1e6
        for word, some in (("ordinary", texts), ("in capitals", [text.upper() for text in texts])):
            flags = Flags()
            finder, known = Finder(flags), Registered(entries, flags)
            start = time.process_time()
            for text in some:
                finder.find(text)
            rules = time.process_time() - start
            for text in some:
                known.find(text)
            whole = time.process_time() - start
            figures = f"rules {size / rules:.2f}, with a register {size / whole:.2f}"
            lines.append(f"{name:10} {word:12} {size:.1f} MB: {figures}")
    return lines


def alarms() -> list[str]:
    """Requests to protect somebody that are seen in a megabyte of ordinary papers, nearly none of which holds any."""
    texts = ordinary("kept", ORDINARY)
    size = sum(map(len, texts)) / 1e6
    finder = Finder()
    found = [one.sure for text in texts for one in finder.find(text) if one.kind == "protect-phrase"]
    steps = (LISTED["protect-phrase"], 0.1, 0.2, 0.5)
    return [f"from {least:.0%} sure on: {sum(sure >= least for sure in found) / size:.0f}" for least in steps if size]


def _thousand() -> list[str]:
    heads, tails = (
        split_words("Ba Ke Lo Mi Nu Ra Se To Vi Za"),
        split_words("bek dov gran hild jens kow lund mats nov pek"),
    )
    middle = split_words("la ne ri so tu ya mo da fe ku")
    return [head + mid + tail for head in heads for mid in middle for tail in tails]


_PEER = r"""
import json, sys, time
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpEngineProvider
models = [{"lang_code": "en", "model_name": sys.argv[1]}]
engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
registry = RecognizerRegistry()
registry.load_predefined_recognizers(nlp_engine=engine)
registry.remove_recognizer("UrlRecognizer")  # goes to the network
analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry, supported_languages=["en"])
kinds = {"PERSON": "person", "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email", "IBAN_CODE": "iban",
         "CREDIT_CARD": "card", "US_PASSPORT": "passport"}
texts = json.load(sys.stdin)
start = time.process_time()
out = [[(r.start, r.end, kinds[r.entity_type], "") for r in analyzer.analyze(text, language="en", score_threshold=0.3)
        if r.entity_type in kinds] for text in texts]
half = time.process_time()
bare = [[(e.start_char, e.end_char, "person", "") for e in doc.ents if e.label_ in ("PERSON", "PER")]
        for doc in engine.nlp["en"].pipe(texts)]
seconds = [half - start, time.process_time() - half]
print("ANSWER" + json.dumps({"presidio": out, "model": bare, "seconds": seconds}))
"""


def peer(python: str, model: str, documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What Presidio, and the model alone, suggest in each document; both in a process of their own."""
    texts = json.dumps([document["text"] for document in documents])
    command = [python, "-c", _PEER, model]
    done = subprocess.run(command, input=texts, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    answer: dict[str, Any] = json.loads(done.stdout.partition("ANSWER")[2])
    return answer


def misses(documents: Sequence[dict[str, Any]], found: Sequence[Sequence[Span]], kind: str) -> None:
    """What was missed and what was wrong, for those who work at the rules on the known half."""
    also = ("registered",) if kind == "person" else ()
    for document, spans in zip(documents, found, strict=True):
        text, name = document["text"], document["id"]
        mine = [span for span in spans if span[2] in (kind, *also)]
        right = [(one["start"], one["end"]) for one in document["labels"] if one["type"] in (kind, "ignore", *also)]
        for label in (one for one in document["labels"] if one["type"] == kind):
            place = label["start"], label["end"]
            fitting = [span for span in mine if kind != "registered" or span[3] == label.get("entry")]
            if covered(text, place, fitting) < 0.5:
                print(f"- {name} {_around(text, *place)} {label.get('entry', '')}")
        for span in mine:
            if covered(text, span, right) < 0.5:
                print(f"+ {name} {_around(text, span[0], span[1])} {span[3]}")


def _around(text: str, start: int, end: int) -> str:
    return f"{text[max(0, start - 30) : start]!r}[{text[start:end]!r}]{text[end : end + 20]!r}"


def show(half: str, asked: argparse.Namespace) -> None:
    """Everything about one half."""
    documents, entries = read_half(half)
    if not documents:
        print(f"{half}: not there")
        return
    found = ours(documents, entries)
    if asked.misses and half in UNSEEN:
        raise SystemExit(f"{half} stays unread: it has totals only")
    if asked.misses:
        misses(documents, found, asked.misses)
        return
    size = sum(len(document["text"].encode()) for document in documents) / 1e6
    print(f"\n{half} half: {len(documents)} documents, {size:.2f} MB")
    print(f"{'type':15} {'labels':>6} {'recall':>7} {'whole':>7} {'precision':>9}")
    print("\n".join(table(documents, found)))
    if asked.peer_python:
        answer = peer(asked.peer_python, asked.peer_model, documents)
        for name, seconds in zip(("presidio", "model"), answer["seconds"], strict=True):
            print(f"\n{name} ({asked.peer_model}), same documents, {size / seconds:.3f} MB/s")
            print("\n".join(table(documents, [[tuple(span) for span in one] for one in answer[name]])))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--half", choices=(*HALVES, *SEEN, *UNSEEN), action="append")
    parser.add_argument("--peer-python")
    parser.add_argument("--peer-model", default="en_core_web_sm")
    parser.add_argument("--speed-only", action="store_true")
    parser.add_argument("--misses", metavar="TYPE", choices=TYPES)
    asked = parser.parse_args()
    for half in () if asked.speed_only else asked.half or HALVES:
        show(half, asked)
    if not asked.misses and not asked.speed_only:
        print("\nprotect phrases in a megabyte of ordinary papers (public telegrams and mails)\n" + "\n".join(alarms()))
    if not asked.misses:
        print("\nspeed, MB/s of one core\n" + "\n".join(speed()))


if __name__ == "__main__":
    main()
