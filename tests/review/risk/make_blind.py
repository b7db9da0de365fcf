"""Write the blind half of the labelled set: documents by hand (blind-source.txt) and documents put together from
sentences by hand (blind-sentences.txt, blind-words.json). Deterministic.

Markup of a label: `[[type|words]]`. Types: p person, P protected person, s protect phrase, rNN register, and the two
letters of `SHORT`. `!!` in an IBAN and `!` at the end of a card number stand for the right check digits.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
SHORT = {
    "p": "person",
    "P": "person",
    "s": "protect-phrase",
    "ph": "phone",
    "em": "email",
    "ad": "address",
    "pa": "passport",
    "ib": "iban",
    "ca": "card",
    "co": "coordinate",
    "pl": "plate",
    "us": "username",
    "mi": "minor",
    "he": "health",
    "ig": "ignore",
}
MARK = re.compile(r"\[\[(\w+)\|(.*?)\]\]", re.DOTALL)
SLOT = re.compile(r"\{(\w+)\}")
WIDTH = 69
LEAST = {
    "person": 800, "protect-phrase": 60, "registered": 150, "phone": 30, "email": 30, "address": 15, "passport": 12,
    "iban": 12, "card": 12, "coordinate": 12, "plate": 12, "username": 12, "minor": 20, "health": 20,
}  # fmt: skip


def luhn(digits: str) -> bool:
    """Whether the check digit of a card number is right."""
    numbers = [int(digit) for digit in reversed(re.sub(r"\D", "", digits))]
    return (sum(numbers[::2]) + sum(sum(divmod(2 * number, 10)) for number in numbers[1::2])) % 10 == 0


def iban_rest(iban: str) -> int:
    """An IBAN as a number modulo 97: 1 where it is right."""
    plain = re.sub(r"\s", "", iban)
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97


def checked(kind: str, words: str) -> str:
    """Words with their check digits."""
    if kind == "ib":
        return words.replace("!!", f"{98 - iban_rest(words.replace('!!', '00')):02}")
    if kind == "ca":
        return next(text for text in (words.replace("!", str(n)) for n in range(10)) if luhn(text))
    return words


def document(number: int, kind: str, capitals: bool, wrap: bool, marked: str) -> dict[str, object]:
    """One line of the set from marked text."""
    text, labels, last = "", [], 0
    for match in MARK.finditer(marked):
        text += cased(marked[last : match.start()], capitals)
        words = cased(checked(match[1], match[2]), capitals)
        label = {"start": len(text), "end": len(text) + len(words), "type": SHORT.get(match[1], "registered")}
        if match[1] == "P":
            label["protected"] = True
        if label["type"] == "registered":
            label["entry"] = match[1].upper()
        labels.append(label)
        text += words
        last = match.end()
    text += cased(marked[last:], capitals)
    if wrap:
        text = wrapped(text)
    return {"id": f"b{number:03}", "kind": kind, "capitals": capitals, "text": text, "labels": labels}


def cased(text: str, capitals: bool) -> str:
    """Capitals, letter by letter so that no letter becomes two."""
    if not capitals:
        return text
    return "".join(character.upper() if len(character.upper()) == 1 else character for character in text)


def wrapped(text: str) -> str:
    """Lines of at most 69 columns; a blank becomes a line's end, so that every place stays where it is."""
    done = list(text)
    column, blank = 0, -1
    for place, character in enumerate(text):
        column = 0 if character == "\n" else column + 1
        if character == "\n":
            blank = -1
        elif character == " ":
            blank = place
        if column > WIDTH and blank >= 0:
            done[blank] = "\n"
            column, blank = place - blank, -1
    return "".join(done)


class Maker:
    """Documents put together from sentences."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        words = json.loads((HERE / "blind-words.json").read_text("utf-8"))
        self.people = [tuple(one.split("|")) for one in words["people"]]
        self.protect, self.values = words["protect"], words["values"]
        self.posts, self.subjects, self.letters = words["posts"], words["subjects"], words["letters"]
        self.variants = [(one["id"].lower(), text) for one in words["register"] for text in one["variants"]]
        self.draw.shuffle(self.variants)
        self.draw.shuffle(self.people)
        self.turn = Counter[str]()
        self.sentences: dict[str, list[str]] = {}
        for line in (HERE / "blind-sentences.txt").read_text("utf-8").splitlines():
            if line.startswith("# "):
                name = line[2:]
                self.sentences[name] = []
            elif line:
                self.sentences[name].append(line)
        self.last = ("", "")

    def next(self, what: str, choices: list) -> object:  # type: ignore[type-arg]
        """Each in turn."""
        self.turn[what] += 1
        return choices[(self.turn[what] - 1) % len(choices)]

    def person(self) -> tuple[str, str]:
        """Given and family names: of a person of the list, or of two mixed."""
        one = self.next("people", self.people)
        if self.turn["people"] > len(self.people):
            other = self.draw.choice(self.people)
            one = (other[0], one[1])  # type: ignore[index]
        self.last = one  # type: ignore[assignment]
        return self.last

    def fill(self, sentence: str) -> str:
        """A sentence with its slots filled and marked."""
        return SLOT.sub(lambda match: self.slot(match[1]), sentence)

    def slot(self, name: str) -> str:
        """The words of one slot, marked."""
        if name in ("n", "np", "x", "i"):
            given, family = self.person()
            text = {"x": f"{family}, {given}", "i": f"{given[0]}. {family}"}.get(name, f"{given} {family}")
            return f"[[{'P' if name == 'np' else 'p'}|{text}]]"
        if name in ("s", "sp"):
            return f"[[{'P' if name == 'sp' else 'p'}|{self.last[1]}]]"
        if name == "pp":
            return f"[[s|{self.next('protect', self.protect)}]]"
        if name == "r":
            entry, text = self.next("variants", self.variants)  # type: ignore[misc]
            return f"[[{entry}|{text}]]"
        value = self.draw.choice(self.values[name])
        value = re.sub("[#%]", lambda match: str(self.draw.randrange(10 if match[0] == "#" else 6)), value)
        if name == "em":
            value = self.last[0].split()[0].lower().encode("ascii", "ignore").decode() + value
        return f"[[{name}|{value}]]"

    def text(self, kind: str, plain: bool) -> str:
        """A document of a kind."""
        draw = self.draw
        count = draw.randint(3, 7)
        if plain:
            lines = draw.sample(self.sentences[f"{kind}-plain"], min(count, len(self.sentences[f"{kind}-plain"])))
        else:
            lines = [str(self.next(kind, self.sentences[kind])) for _ in range(count)]
            lines += draw.sample(self.sentences[f"{kind}-plain"], draw.randint(1, 3))
            draw.shuffle(lines)
        return getattr(self, kind)([self.fill(line) for line in lines], plain)

    def cable(self, lines: list[str], plain: bool) -> str:
        """A telegram."""
        draw = self.draw
        head = [
            f"From: {draw.choice(['Embassy', 'Consulate'])} {draw.choice(self.posts)}",
            f"Subject: {draw.choice(self.subjects)}",
        ]
        if draw.random() < 0.5:
            head.append(
                f"Ref: (A) State {draw.randint(1000, 250000)} (B) {draw.choice(self.posts)} {draw.randint(10, 3000)}"
            )
        if not plain and draw.random() < 0.4:
            head.append(self.fill("Classified By: Charge {n}, reasons 1.4 (b), (d)."))
        if draw.random() < 0.4:
            head.append(f"Tags: {', '.join(draw.sample(['PGOV', 'PREL', 'ECON', 'PHUM', 'SNAR', 'EAIR', 'MARR'], 3))}")
        body = [
            f"{number}. {draw.choice(['(C) ', '(U) ', '(SBU) ', ''])}{line}" for number, line in enumerate(lines, 1)
        ]
        return "\n".join([*head, "", *body, *([self.fill("{n}")] if not plain else [])])

    def mail(self, lines: list[str], plain: bool) -> str:
        """A letter by mail."""
        draw = self.draw
        if plain:
            head = ["From: Accounts", "To: All Staff"]
        else:
            head = [
                self.fill("From: {n} <{em}>"),
                self.fill(draw.choice(["To: {n} <{em}>", "To: {em}", 'To: "{x}" <{em}>'])),
            ]
        head.append(f"Subject: {draw.choice(self.letters)}")
        tail = (
            [] if plain else [draw.choice(["Best", "Yours", "Salaam", "Abrazos", "Mit Gruss", "x"]), self.fill("{n}")]
        )
        body = "\n\n".join(lines) if draw.random() < 0.6 else "\n".join(f"> {line}" for line in lines)
        return "\n".join([*head, "", body, "", *tail])

    def event(self, lines: list[str], plain: bool) -> str:
        """A short report."""
        draw = self.draw
        zulu = f"{draw.randint(1, 28):02}{draw.randint(0, 23):02}{draw.randint(0, 59):02}Z"
        head = draw.choice([f"SERIAL {draw.randint(100, 9999)}", zulu, "Daily log, Sector West", "INCIDENT REPORT"])
        return f"{head}\n" + " ".join(lines)


def made() -> list[dict[str, object]]:
    """Every document."""
    found = []
    for block in re.split(r"^=== ", (HERE / "blind-source.txt").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        kind, *options = head.split()
        found.append(document(len(found) + 1, kind, "caps" in options, "wrap" in options, body.rstrip("\n")))
    maker = Maker(20070311)
    for number in range(132):
        kind = ("cable", "mail", "event")[number % 3] if number % 10 else "cable"
        plain = number % 9 == 4
        capitals = (number % 2 == 0 and kind != "mail") or number % 4 == 1
        text = maker.text(kind, plain)
        found.append(document(len(found) + 1, kind, capitals, kind == "cable", text))
    return found


def check(documents: list[dict]) -> None:  # type: ignore[type-arg]
    """Spans, sizes and check digits are what the set promises."""
    count, capitals, people = Counter[str](), 0, set()
    for one in documents:
        text, ends = one["text"], Counter[str]()
        for label in sorted(one["labels"], key=lambda label: label["start"]):
            words, kind = text[label["start"] : label["end"]], label["type"]
            if not words or words != words.strip() or label["start"] < ends[kind]:
                raise SystemExit(f"{one['id']}: a label of type {kind} is wrong")
            ends[kind] = label["end"]
            if (kind == "card" and not luhn(words)) or (kind == "iban" and iban_rest(words) != 1):
                raise SystemExit(f"{one['id']}: wrong check digits")
            count[kind] += 1
            if kind == "person":
                capitals += one["capitals"]
                people.add(" ".join(words.casefold().split()))
    kinds = Counter(one["kind"] for one in documents)
    bare = sum(not one["labels"] for one in documents)
    print(dict(kinds), "documents;", bare, "without labels;", len(people), "names;", capitals, "in capitals")
    print(dict(count))
    missing = {kind: least for kind, least in LEAST.items() if count[kind] < least}
    if missing:
        print("too few:", missing)


def main() -> None:
    """Write both files beside this script."""
    documents = made()
    check(documents)
    lines = [json.dumps(one, ensure_ascii=False) for one in documents]
    (HERE / "blind.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    register = json.loads((HERE / "blind-words.json").read_text("utf-8"))["register"]
    for one in register:
        del one["variants"]
    (HERE / "blind-register.json").write_text(json.dumps(register, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
