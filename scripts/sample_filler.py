"""The everyday cables around the story, made from templates and a seed.

Sentences come from `sample/story/topics.txt`; people, parties and papers from the post's own cast. The dates, serials
and references fit those of the hand-written cables: a post's serials rise through the year.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sample_cables import Cable
from sample_stations import COMPANIES, PAPERS, POSTS, Cast, casts

Taken = dict[tuple[str, int], dict[int, datetime]]  # post and year: serial and when it was sent

CLASSES = {"U": "UNCLASSIFIED", "C": "CONFIDENTIAL", "S": "SECRET"}
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_CHOICE = re.compile(r"\[([^][]*\|[^][]*)\]")


class Topic(NamedTuple):
    """The sentences of one kind of cable."""

    name: str
    tags: str
    classes: list[str]
    subjects: list[str]
    summaries: list[str]
    paragraphs: list[str]
    comments: list[str]


def read_topics(path: Path) -> list[Topic]:
    """The topics of the template file."""
    topics: list[Topic] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("@"):
            name, tags, classes = (part.strip() for part in line[1:].split("|"))
            topics.append(Topic(name, tags, classes.split(), [], [], [], []))
        elif line and not line.startswith("#"):
            topic = topics[-1]
            kinds = {"S": topic.subjects, "M": topic.summaries, "P": topic.paragraphs, "C": topic.comments}
            kinds[line[0]].append(line[3:])
    return topics


def _slots(station: str, cast: Cast, sent: datetime, pick: random.Random) -> dict[str, str]:
    post = POSTS[station]
    first, second = pick.sample(post.cities, 2)
    officials = pick.sample(cast.officials, 2)
    before = sent - timedelta(days=pick.randrange(3, 40))
    slots = {
        "city": first,
        "city2": second,
        "country": post.country,
        "Country": post.country[0].upper() + post.country[1:],
        "official1": officials[0],
        "official2": officials[1],
        "party1": cast.parties[0],
        "party2": cast.parties[1],
        "company": pick.choice(COMPANIES),
        "paper": cast.paper if pick.random() < 0.8 else pick.choice(PAPERS),
        "n": str(pick.randrange(4, 10)),
        "n2": str(pick.randrange(11, 40)),
        "n3": str(pick.randrange(2, 4)),
        "pct": str(pick.randrange(12, 48)),
        "pct2": str(pick.randrange(52, 99)),
        "month": MONTHS[before.month - 1],
        "day": str(before.day),
        "day2": str(pick.randrange(1, 28)),
        "year": str(sent.year - pick.randrange(1, 9)),
    }
    return slots | {
        "COUNTRY": slots["country"].upper(),
        "CITY": first.upper(),
        "CITY2": second.upper(),
        "City": first,
        "MONTH": slots["month"].upper(),
        "YEAR": slots["year"],
    }


def _say(template: str, slots: dict[str, str], pick: random.Random) -> str:
    chosen = _CHOICE.sub(lambda m: pick.choice(m[1].split("|")), template)
    filled = re.sub(r"\{(\w+)\}", lambda m: slots[m[1]], chosen)
    return re.sub(r"(?<=2)rd\b", "nd", filled)


def _body(
    topic: Topic, station: str, cast: Cast, sent: datetime, refs: list[str], pick: random.Random
) -> tuple[str, str]:
    """The class of a cable and its body."""
    slots = _slots(station, cast, sent, pick)
    letter = pick.choice(topic.classes)
    sensitive = letter == "U" and pick.random() < 0.6
    mark = "SBU" if sensitive else letter
    say = lambda text: _say(text, slots, pick)  # noqa: E731
    decl = f"DECL: {sent:%m/%d}/{sent.year + 10}" if letter != "U" else "N/A"
    lines = [
        *(["SENSITIVE"] if sensitive else []),
        "SIPDIS",
        "",
        f"E.O. 12958: {decl}",
        f"TAGS: {topic.tags}, {POSTS[station].tag}",
        f"SUBJECT: {say(pick.choice(topic.subjects))}",
        "",
    ]
    if refs:
        items = refs if len(refs) == 1 else [f"{chr(65 + i)}. {ref}" for i, ref in enumerate(refs)]
        lines += [("\n     ").join([f"REF: {items[0]}", *items[1:]]), ""]
    if letter != "U":
        lines += [f"Classified By: Political-Economic Counselor {cast.officer}; reasons 1.4 (b) and (d).", ""]
    lines += [f"1. ({mark}) SUMMARY: {say(pick.choice(topic.summaries))} END SUMMARY.", ""]
    chosen = pick.sample(topic.paragraphs, min(len(topic.paragraphs), pick.choice((3, 4, 4, 5, 6))))
    for number, paragraph in enumerate(chosen, start=2):
        lines += [f"{number}. ({mark}) {say(paragraph)}", ""]
    lines += [
        f"{len(chosen) + 2}. ({mark}) COMMENT: {say(pick.choice(topic.comments))} END COMMENT.",
        "",
        cast.officer.split()[-1].upper(),
    ]
    return CLASSES[letter], "\n".join(lines)


def _serial(taken: Taken, station: str, sent: datetime, pick: random.Random) -> int:
    """A free serial between those of the same post and year that were sent before and after."""
    known = taken[station, sent.year]
    low = max((serial for serial, when in known.items() if when < sent), default=0)
    high = min((serial for serial, when in known.items() if when > sent), default=0)
    if not high:
        high = low + max(3, int((365 - low / 4) / 4)) if low else 30 + sent.timetuple().tm_yday * 2
    choices = [serial for serial in range(low + 1, max(high, low + 2)) if serial not in known]
    serial = pick.choice(choices[len(choices) // 4 : max(1, 3 * len(choices) // 4)] or choices)
    known[serial] = sent
    return serial


def _forms(count: int) -> list[str]:
    # Most everyday cables are in the dump, every seventeenth in a file of its own.
    return [("html" if i % 34 == 8 else "txt") if i % 17 == 8 else "csv" for i in range(count)]


def filler(story: list[Cable], topics: list[Topic], count: int, seed: int) -> list[Cable]:
    """`count` everyday cables that fit between those of `story`."""
    pick, cast = random.Random(f"filler {seed}"), casts(seed)
    taken: Taken = defaultdict(dict)
    for cable in story:
        taken[cable.station, cable.created.year][cable.serial] = cable.created
    stations = [station for station in POSTS if station != "STENHAVEN"]
    start, days = datetime(1998, 2, 1, tzinfo=UTC), 365 * 11 + 300
    moments = sorted(
        start + timedelta(days=pick.randrange(days), minutes=pick.randrange(390, 1130)) for _ in range(count)
    )
    made: list[Cable] = []
    for number, (sent, form) in enumerate(zip(moments, _forms(count), strict=True)):
        station = pick.choice(stations)
        refs = _references(made + [c for c in story if c.created < sent], station, sent, pick)
        kind, body = _body(topics[number % len(topics)], station, cast[station], sent, refs, pick)
        info = tuple(name for name in pick.sample(stations, pick.choice((0, 1, 2))) if name != station)
        precedence = pick.choice(("ROUTINE", "ROUTINE", "PRIORITY"))
        serial = _serial(taken, station, sent, pick)
        made.append(Cable(station, serial, form, sent, kind, (precedence,), info, frozenset({"everyday"}), body))
    return made


def _references(earlier: list[Cable], station: str, sent: datetime, pick: random.Random) -> list[str]:
    """Earlier cables of the same post, mostly; now and then one that is not in the archive."""
    same = [cable for cable in earlier if cable.station == station and (sent - cable.created).days < 900]
    cited = pick.sample(same, min(len(same), pick.choice((0, 1, 1, 2))))
    refs = [f"{cable.created:%y} {cable.station} {cable.serial}" for cable in cited]
    if pick.random() < 0.25:
        refs.append(f"{sent - timedelta(days=200):%y} {pick.choice(list(POSTS))} {pick.randrange(2000, 2999)}")
    return refs
