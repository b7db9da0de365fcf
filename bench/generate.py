"""A seeded, streaming generator of cable-shaped archives of any size, as one cable CSV dump.

    python bench/generate.py --documents 10000 --seed 1 --out cables.csv

The same arguments give the same bytes, memory does not grow with the number of documents, and any document can
be named without generating the ones before it (`Plan.reference`), so that references point at cables that are
really in the archive. Mean length 1,040 words with a log-normal spread, header block included.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script: only this folder is on the path

from bench.vocabulary import TAIL_BITS, proper_names, split_words, zipf_tables

MEAN_WORDS = 1_040
SIGMA = 0.75  # of the logarithm of the number of words
HEADER_WORDS = 95  # words of header, banner, TAGS and signature lines, taken off the text's share; measured
SHORTEST, LONGEST = 40, 20_000  # words of running text
STATIONS = 290
BLOCK = 2_048  # cables in which each station gets its fixed share
FIRST, LAST = datetime(2003, 1, 1, tzinfo=UTC), datetime(2010, 2, 28, tzinfo=UTC)
TAIL_MASK = (1 << TAIL_BITS) - 1
LF = "\\\n"  # the dump writes a line end inside a field as backslash, LF
CHUNKS, LINE = 6, 10  # a line is six chunks: pair pair rare pair pair topic, ten words

Class = tuple[str, str, str, str]  # label, banner, portion mark, ZN letters
Reference = tuple[int, str, int]  # year, station, serial

MONTHS = split_words("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
CLASSES = (
    ("UNCLASSIFIED", "UNCLAS", "U", "UUUUU"),
    ("CONFIDENTIAL", "C O N F I D E N T I A L", "C", "CCCCC"),
    ("SECRET", "S E C R E T", "S", "SSSSS"),
    ("UNCLASSIFIED//FOR OFFICIAL USE ONLY", "UNCLAS", "SBU", "UUUUU"),
)
CLASS_WEIGHTS = (30, 40, 6, 24)
SUBJECT_TAGS = split_words("PREL PGOV ECON PHUM ETRD EFIN ENRG PTER MARR MOPS PINR EAID SNAR SMIG SOCI EINV ELAB SENV")
PROGRAM_TAGS = split_words("KDEM KCOR KCRM KPAO KJUS KNNP KIPR KTFN KWMN KPKO")
POSTS = ("Ambassador", "DCM", "Charge d'Affaires a.i.", "Political Counselor", "Economic Counselor", "Consul General")


class Plan(NamedTuple):
    """What is settled before the first cable: the number of documents, the seed and the stations' shares."""

    documents: int
    seed: int
    stations: tuple[str, ...]
    slots: tuple[tuple[int, int], ...]  # of a block: station, which of its cables in the block
    shares: tuple[int, ...]  # cables of each station in one block

    @classmethod
    def make(cls, documents: int, seed: int) -> Plan:
        """The plan for `documents` cables; a station's share falls with its rank, as in real archives."""
        stations = tuple(name.upper() for name in proper_names(STATIONS, 290))
        weights = [1 / (rank + 6) ** 0.8 for rank in range(STATIONS)]
        shares = [1 + int((BLOCK - STATIONS) * weight / sum(weights)) for weight in weights]
        shares[0] += BLOCK - sum(shares)
        slots = tuple((station, turn) for station, share in enumerate(shares) for turn in range(share))
        return cls(documents, seed, stations, slots, tuple(shares))

    def moment(self, index: int) -> datetime:
        """When cable `index` was sent: even steps over seven years."""
        start, end = int(FIRST.timestamp()), int(LAST.timestamp())
        return datetime.fromtimestamp(start + (end - start) * index // self.documents, UTC)

    def first_of(self, year: int) -> int:
        """The index of the first cable of `year`."""
        start, end = int(FIRST.timestamp()), int(LAST.timestamp())
        wanted = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
        return max(0, -(-(wanted - start) * self.documents // (end - start)))

    def reference(self, index: int) -> tuple[int, int, int]:
        """Year, station number and serial of cable `index`: different for every index, without any state."""
        block, place = divmod(index, BLOCK)
        mixed = (block * 0x9E3779B1 + self.seed * 0x85EBCA6B) & 0xFFFFFFFF
        station, turn = self.slots[(place * (mixed | 1) + (mixed >> 11)) % BLOCK]
        year = self.moment(index).year
        serial = (block - self.first_of(year) // BLOCK) * self.shares[station] + turn + 1
        return year, station, serial


class Text:
    """A source of running text: sentences of Zipf words with a topic of their own in each document."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(f"text {seed}")
        self.pairs, self.tail = zipf_tables(seed)
        self.names = [name.capitalize() for name in proper_names(9_000, seed + 1)]
        self.topic: list[str] = []

    def chunks(self, count: int) -> list[str]:
        """`count` chunks of text, of six of which four are pairs of words, one is a rare word, one of the topic."""
        roll, pairs, tail, topic = self.random.randbytes, self.pairs, self.tail, self.topic
        drawn = [pairs[slot] for slot in memoryview(roll(2 * count)).cast("H")]
        rare = memoryview(roll(4 * ((count + 3) // CHUNKS))).cast("I")
        drawn[2::CHUNKS] = [tail[slot & TAIL_MASK] for slot in rare]
        if topic:
            drawn[5::CHUNKS] = [topic[place % len(topic)] for place in roll(count // CHUNKS)]
        return drawn

    def new_topic(self) -> None:
        """Words that come back through one document: rare and less rare ones, and four names."""
        slots = memoryview(self.random.randbytes(4 * 12)).cast("I")
        common = [word for word in " ".join(self.random.choices(self.pairs, k=24)).split() if len(word) > 5]
        self.topic = [self.tail[slot & TAIL_MASK] for slot in slots] + common + self.random.choices(self.names, k=4)

    def caption(self) -> str:
        """About seven words in capitals."""
        return " ".join(self.chunks(4)).replace(",", "").upper()

    def paragraph(self, count: int) -> str:
        """About `count` words as sentences, broken into lines as a telegram is."""
        size = max(3, count * CHUNKS // LINE)
        drawn = self.chunks(size)
        # Sentences of 4 to 19 chunks, 7 to 32 words; one random byte each is enough.
        at = 0
        for byte in self.random.randbytes(size // 4 + 1):
            drawn[at] = drawn[at][0].upper() + drawn[at][1:]
            at = min(size, at + 4 + (byte >> 4))
            drawn[at - 1] = drawn[at - 1].rstrip(",") + "."
            if at == size:
                break
        return LF.join([" ".join(drawn[i : i + CHUNKS]) for i in range(0, size, CHUNKS)])


def header_block(plan: Plan, index: int, zn_class: str, text: Text) -> str:
    """Transmission lines, date-time group and addressees of cable `index`."""
    year, station, serial = plan.reference(index)
    sent = plan.moment(index)
    pick = text.random
    name = plan.stations[station]
    day = sent.timetuple().tm_yday
    lines = [
        f"VZCZCXR{name[0]}O{pick.randrange(10_000):04d}",
        f"{pick.choice(('OO', 'PP', 'RR'))} RUEH{name[:3]}",
        f"DE RUEH{name[:2]} #{serial:04d}/01 {day:03d}{sent:%H%M}",
        f"ZN{'R' if zn_class == 'UUUUU' else 'Y'} {zn_class} ZZH",
        f"{pick.choice('OPR')} {sent:%d%H%M}Z {MONTHS[sent.month - 1]} {year % 100:02d}",
        f"FM AMEMBASSY {name}",
        f"TO RUEHC/SECSTATE WASHDC IMMEDIATE {pick.randrange(1, 9_999):04d}",
    ]
    others = pick.sample(plan.stations, pick.choice((0, 1, 2, 2, 3, 5)))
    lines += [
        f"{'INFO ' if k == 0 else ''}RUEH{other[:3]}/AMEMBASSY {other} {pick.randrange(1, 9_999):04d}"
        for k, other in enumerate(others)
    ]
    return LF.join(lines)


def references(plan: Plan, index: int, pick: random.Random) -> list[Reference]:
    """Nought to five earlier cables of the archive, as year, station, serial."""
    count = min(index, pick.choice((0, 0, 1, 1, 2, 3, 5)))
    chosen = {index - 1 - int(min(index - 1, pick.expovariate(1 / 900))) for _ in range(count)}
    found = (plan.reference(earlier) for earlier in sorted(chosen))
    return [(year, plan.stations[station], serial) for year, station, serial in found]


def body_head(plan: Plan, index: int, kind: Class, refs: list[Reference], text: Text) -> str:
    """Banner to "Classified By": everything before the first paragraph."""
    year, station, serial = plan.reference(index)
    sent, pick = plan.moment(index), text.random
    classified = kind[2] in "CS"
    decl = f"DECL: {sent:%m/%d}/{year + 10}" if classified and (sent.month, sent.day) != (2, 29) else "N/A"
    tags = pick.sample(SUBJECT_TAGS, pick.choice((1, 2, 3, 4))) + pick.sample(PROGRAM_TAGS, pick.choice((0, 0, 1)))
    subject = text.caption()
    lines = [
        f"{kind[1]} {plan.stations[station]} {serial:06d}",
        "",
        "SIPDIS",
        "",
        f"E.O. 12958: {decl}",
        f"TAGS: {', '.join(tags)}, {plan.stations[station][:2]}",
        f"SUBJECT: {subject}",
        "",
    ]
    if refs:
        items = [f"{chr(65 + k)}. {ref[0] % 100:02d} {ref[1]} {ref[2]}" for k, ref in enumerate(refs)]
        lines += ["REF: " + (LF + "     ").join(items), ""]
    if classified:
        name = f"{pick.choice(text.names)} {pick.choice(text.names)}"
        lines += [f"Classified By: {pick.choice(POSTS)} {name}; reasons 1.4 (b) and (d).", ""]
    return LF.join(lines)


def body_text(words: int, mark: str, text: Text) -> str:
    """Numbered paragraphs with portion marks: a summary, headings now and then, a comment, the signature."""
    pick = text.random
    parts: list[str] = []
    number, left = 1, words
    while left > 0:
        count = min(left, pick.randrange(45, 190))
        left -= count
        opening = "SUMMARY: " if number == 1 else "COMMENT: " if left <= 0 and number > 2 else ""
        closing = " END SUMMARY." if number == 1 else " END COMMENT." if opening else ""
        if number > 1 and pick.random() < 0.12:
            parts.append(text.caption() + LF + "-" * 24)
        parts.append(f"{number}. ({mark}) {opening}{text.paragraph(count)}{closing}")
        number += 1
    return (LF + LF).join(parts) + LF + LF + pick.choice(text.names).upper()


def cable_row(plan: Plan, index: int, text: Text) -> str:
    """One row of the dump: eight columns, each quoted, line ends inside fields escaped."""
    pick = text.random
    year, station, serial = plan.reference(index)
    sent = plan.moment(index)
    text.new_topic()
    kind = pick.choices(CLASSES, CLASS_WEIGHTS)[0]
    refs = references(plan, index, pick)
    # E[log-normal] = exp(mu + sigma^2 / 2): draws with mean one, times the mean wanted.
    length = int((MEAN_WORDS - HEADER_WORDS) * pick.lognormvariate(-SIGMA * SIGMA / 2, SIGMA))
    body = body_head(plan, index, kind, refs, text) + LF + body_text(max(SHORTEST, min(LONGEST, length)), kind[2], text)
    name = plan.stations[station]
    columns = (
        str(index + 1),
        f"{sent.month}/{sent.day}/{sent.year} {sent.hour}:{sent.minute:02d}",
        f"{year % 100:02d}{name}{serial}",
        f"Embassy {name.capitalize()}",
        kind[0],
        "|".join(f"{ref[0] % 100:02d}{ref[1]}{ref[2]}" for ref in refs),
        header_block(plan, index, kind[3], text),
        body,
    )
    return '"' + '","'.join(columns) + '"\n'


def rows(documents: int, seed: int) -> Iterator[str]:
    """The rows of an archive of `documents` cables in order of time. No column holds a quote or a stray backslash."""
    plan, text = Plan.make(documents, seed), Text(seed)
    for index in range(documents):
        yield cable_row(plan, index, text)


def write(documents: int, seed: int, out: BinaryIO) -> int:
    """Write the dump to `out`; the number of bytes written."""
    return sum(out.write(row.encode()) for row in rows(documents, seed))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    began = time.perf_counter()
    with options.out.open("wb", buffering=1 << 20) as out:
        length = write(options.documents, options.seed, out)
    took = time.perf_counter() - began
    rate = options.documents / took
    print(f"{options.documents} cables, {length} bytes, {took:.1f} s, {rate:.0f} a second", file=sys.stderr)


if __name__ == "__main__":
    main()
