"""Turn blind2-source.txt into blind2.jsonl and check both against the sizes asked for.

The source is written by hand.  A document begins with a line `=== kind [caps] [wN]`; `caps` sets
it in unaccented capitals, `wN` breaks its lines at N columns.  In the text, braces mark a span:

    {Name}  {!Name}       a person, a person whom a protect phrase protects
    {07|text} {07*|text}  somebody in the register, `*`: another script or transliteration
    {x|text} ...          every other type, by the letters in TYPES; spans may be nested
    ¬                     a word hyphenated at the end of a line

A `?` in an IBAN or a card number is the check digit, to be filled in here.
"""

import json
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "blind2-source.txt"
REGISTER = HERE / "blind2-register.json"
OUT = HERE / "blind2.jsonl"

TYPES = {
    "x": "protect-phrase",
    "t": "phone",
    "e": "email",
    "a": "address",
    "pp": "passport",
    "i": "iban",
    "c": "card",
    "g": "coordinate",
    "k": "plate",
    "u": "username",
    "m": "minor",
    "h": "health",
    "o": "ignore",
}


def iban_remainder(number):
    moved = number[4:] + number[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97


def luhn_sum(number):
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10


def fill(kind, text):
    """The number with its check digits."""
    if "?" not in text:
        return text
    bare = text.replace(" ", "")
    if kind == "iban":
        check = 98 - iban_remainder(bare.replace("??", "00"))
        return text.replace("??", f"{check:02}")
    check = (10 - luhn_sum(bare.replace("?", "0"))) % 10
    return text.replace("?", str(check))


def capitals(text):
    plain = (letter for letter in unicodedata.normalize("NFD", text.upper()) if unicodedata.category(letter) != "Mn")
    swaps = str.maketrans({"Ø": "O", "Þ": "TH", "Ð": "D", "Ł": "L", "Æ": "AE", "Đ": "D", "ʻ": "'"})
    return "".join(plain).translate(swaps)


class Parser:
    def __init__(self, source, caps):
        self.source = source
        self.caps = caps
        self.at = 0
        self.out = ""
        self.labels = []
        self.variants = 0

    def add(self, text):
        text = text.replace("¬", "-\n")
        self.out += capitals(text) if self.caps else unicodedata.normalize("NFC", text)

    def run(self, inside=False):
        while self.at < len(self.source):
            letter = self.source[self.at]
            if letter == "{":
                self.at += 1
                self.span()
            elif letter == "}":
                if not inside:
                    raise ValueError(f"stray brace: {self.source[self.at - 40 : self.at]!r}")
                self.at += 1
                return
            else:
                end = re.compile(r"[{}]|\Z").search(self.source, self.at).start()
                self.add(self.source[self.at : end])
                self.at = end
        if inside:
            raise ValueError("brace left open")

    def span(self):
        found = re.compile(r"([a-z]{1,2}|[0-9]{2}\*?)\|").match(self.source, self.at)
        label = {"start": len(self.out), "end": 0, "type": "person"}
        self.labels.append(label)
        if found:
            self.at = found.end()
            key = found.group(1)
            if key in TYPES:
                label["type"] = TYPES[key]
            else:
                label["type"] = "registered"
                label["entry"] = "R" + key[:2]
                self.variants += key.endswith("*")
        elif self.source[self.at] == "!":
            self.at += 1
            label["protected"] = True
        if label["type"] in ("iban", "card"):
            end = self.source.index("}", self.at)
            number = fill(label["type"], self.source[self.at : end])
            self.source = self.source[: self.at] + number + self.source[end:]
        self.run(inside=True)
        label["end"] = len(self.out)


def wrap(text, width):
    """Break lines by turning blanks into line ends: no position moves."""
    return "\n".join(
        # a hyphenated line is broken at whatever width leaves its hyphen near the margin
        max((broken(line, width - less) for less in range(15)), key=last_line)
        if line.endswith("-")
        else broken(line, width)
        for line in text.split("\n")
    )


def last_line(text):
    return len(text) - text.rfind("\n")


def broken(line, width):
    letters = list(line)
    start = 0
    while len(letters) - start > width:
        blank = next((i for i in range(start + width, start, -1) if letters[i] == " "), None)
        if blank is None:
            blank = next((i for i in range(start + width, len(letters)) if letters[i] == " "), 0)
        if not blank:
            break
        letters[blank] = "\n"
        start = blank + 1
    return "".join(letters)


def documents():
    parts = re.split(r"^=== (.+)\n", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for number, (head, body) in enumerate(zip(parts[1::2], parts[2::2], strict=True), start=1):
        kind, *flags = head.split()
        parser = Parser(body.strip("\n"), "caps" in flags)
        parser.run()
        text = parser.out
        for flag in flags:
            if re.fullmatch(r"w\d+", flag):
                text = wrap(text, int(flag[1:]))
        yield (
            {
                "id": f"s{number:03}",
                "kind": kind,
                "capitals": "caps" in flags,
                "text": text + "\n",
                "labels": sorted(parser.labels, key=lambda x: (x["start"], -x["end"], x["type"])),
            },
            parser.variants,
        )


def complain(document, entries):
    text, last = document["text"], {}
    if not 300 <= len(text) <= 4000:
        yield f"length {len(text)}"
    for label in document["labels"]:
        words = text[label["start"] : label["end"]]
        if not words or re.match(r"[\s.,;:]|.*[\s,;:]\Z", words, re.DOTALL):
            yield f"edges of {words!r}"
        if label["start"] < last.get(label["type"], 0):
            yield f"overlap at {words!r}"
        last[label["type"]] = label["end"]
        bare = re.sub(r"\s", "", words)
        if label["type"] == "registered" and label["entry"] not in entries:
            yield f"no entry {label['entry']}"
        if label["type"] == "iban" and iban_remainder(bare) != 1:
            yield f"check digits of {words}"
        if label["type"] == "card" and luhn_sum(bare.replace("-", "")):
            yield f"check digit of {words}"


def main():
    entries = {entry["id"] for entry in json.loads(REGISTER.read_text(encoding="utf-8"))}
    kinds, counts, wordings, used = Counter(), Counter(), Counter(), set()
    faults, lines = 0, []
    for document, variants in documents():
        lines.append(json.dumps(document, ensure_ascii=False))
        kinds[document["kind"]] += 1
        kinds["capitals"] += document["capitals"]
        kinds["without label"] += not document["labels"]
        counts["registered elsewise written"] += variants
        for label in document["labels"]:
            words = document["text"][label["start"] : label["end"]]
            counts[label["type"]] += 1
            counts["person, capitals"] += label["type"] == "person" and document["capitals"]
            counts["person, protected"] += label.get("protected", False)
            used.add(label.get("entry"))
            if label["type"] == "protect-phrase":
                wordings[" ".join(re.findall(r"[^\W_]+", words.casefold()))] += 1
                counts["protect-phrase, capitals"] += words.isupper()
                counts["protect-phrase, broken"] += "\n" in words
            if label["type"] == "registered":
                counts["registered, broken"] += "\n" in words
        for fault in complain(document, entries):
            faults += 1
            print(document["id"], fault)
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, number in [*kinds.items(), *sorted(counts.items())]:
        print(f"{number:5} {name}")
    print(f"{len(wordings):5} wordings of protect phrases")
    print(f"{len(used & entries):5} of {len(entries)} in the register mentioned")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
