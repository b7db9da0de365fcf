"""The TAGS line (cable.md 5.3): one unit and one field for each tag."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from unsealed.ingest.readers.cable.draft import Draft
from unsealed.ingest.readers.cable.grammar import LEADING_LABEL

_TAG = re.compile(r"[^,;(\n]*(?:\n?[ \t]*\([^)\n]*\)?[^,;(\n]*)*(?:[,;]|\n|\Z)[ \t\n]*")
# Codes of two or four letters and commas alone, as in nearly every telegram: each is a tag as it stands.
_PLAIN = re.compile(r"(?:[A-Z]{2}(?:[A-Z]{2})?,[ \t\n]*)*[A-Z]{2}(?:[A-Z]{2})?[ \t]*\n[ \t\n]*")
_CODE = re.compile(r"([A-Z]+)[ ,\t\n]*")
_WORD = re.compile(r"\S+\s*")


def _load() -> tuple[frozenset[str], frozenset[str]]:
    text = files("unsealed.ingest").joinpath("data/tags.txt").read_text("ascii")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    cut = lines.index("organisations")
    return frozenset(" ".join(lines[:cut]).split()), frozenset(" ".join(lines[cut + 1 :]).split())


SUBJECTS, ORGANISATIONS = _load()
_NOISE = frozenset(("SIPDIS", "N/A", "NONE"))
_SEPARATED = re.compile(r"[./]")
_PERSON = re.compile(r"[^()]*\([^)]*\)[ ]*")


def is_known(tag: str) -> bool:
    """A country code, a programme (K and three letters), or a tag of the lists."""
    return (
        (len(tag) == 2 and tag.isalpha())
        or (len(tag) == 4 and tag[0] == "K" and tag.isalpha())
        or tag in SUBJECTS
        or tag in ORGANISATIONS
    )


def continues(line: str) -> bool:
    """Whether a line without a label goes on with the tags: every token is a known tag, or a word and a comma lead."""
    words = line.replace(",", " ").replace(";", " ").split()
    if not words or len(words) > 20:
        return False
    return all(is_known(word) for word in words) or (
        len(words) <= 8 and "," in line[:12] and all(word.isupper() and len(word) <= 12 for word in words)
    )


def add_tags(draft: Draft, start: int, end: int) -> None:
    """Units for the TAGS line from `start` to `end`, a `tag` field for each; doubles are dropped from the fields."""
    build = draft.build
    assert build.source is not None
    text = draft.text if len(draft.text) == len(build.source.text) else build.source.text
    label = LEADING_LABEL.match(text, start, end)
    position = label.end() if label else start
    build.unit("tags-label", start, position)
    seen: set[str] = set()
    if _PLAIN.fullmatch(text, position, end):
        for code in _CODE.finditer(text, position, end):
            tag = code[1]
            unit = build.unit("tag", code.start(), code.end())
            if tag not in seen:
                seen.add(tag)
                build.plain("tag", tag, unit)
        return
    for cut in _cuts(text, position, end):
        unit = build.unit("tag", position, cut)
        raw = " ".join(text[position:cut].split()).strip(" ,;.'\"").upper()
        for tag in _split(raw):
            if tag and tag not in seen and tag not in _NOISE:
                seen.add(tag)
                build.field("tag", tag, unit)
        position = cut


def _cuts(text: str, start: int, end: int) -> list[int]:
    pieces = [found.span() for found in _TAG.finditer(text, start, end) if found.end() > found.start()]
    cuts: list[int] = []
    for index, (a, b) in enumerate(pieces):
        words = text[a:b].split()
        person = _PERSON.match(text, a, b)
        if person is not None and person.end() < b and all(_is_tags(word) for word in text[person.end() : b].split()):
            cuts.append(person.end())
            cuts.extend(word.end() for word in _WORD.finditer(text, person.end(), b))
        elif len(words) > 1 and "(" not in text[a:b] and all(_is_tags(word) for word in words):
            cuts.extend(word.end() for word in _WORD.finditer(text, a, b))  # no commas at all
        elif _is_surname(text, pieces, index):
            continue  # SURNAME, NAME: one tag over the comma
        else:
            cuts.append(b)
    if not cuts or cuts[-1] < end:
        cuts.append(end)
    return cuts


def _is_tags(word: str) -> bool:
    """Whether a word is a known tag, or several that run together."""
    word = word.strip(",;.").upper()
    return is_known(word) or len(_split(word)) > 1


def _is_surname(text: str, pieces: list[tuple[int, int]], index: int) -> bool:
    if index + 1 >= len(pieces):
        return False
    first, second = (text[a:b].strip(" ,;\n\t") for a, b in pieces[index : index + 2])
    return (
        text[pieces[index][0] : pieces[index][1]].rstrip().endswith(",")
        and len(first) >= 3
        and len(first) != 4
        and first.isalpha()
        and not is_known(first)
        and len(second) >= 3
        and second.replace(" ", "").replace(".", "").isalpha()
        and not is_known(second)
        and len(second) != 4
    )


@lru_cache(maxsize=4096)
def _split(raw: str) -> tuple[str, ...]:
    """A run-together tag (`ECONCS`, `KFRDKIRFCVIS`) by four letters from the list, with a country code at the end."""
    parts = _SEPARATED.split(raw)
    if len(parts) > 1 and all(is_known(part) for part in parts):
        return tuple(parts)
    if len(raw) < 6 or is_known(raw) or not raw.isalpha():
        return (raw,)
    found: list[str] = []
    rest = raw
    while len(rest) >= 4 and len(rest[:4]) == 4 and is_known(rest[:4]):
        found.append(rest[:4])
        rest = rest[4:]
    if found and (not rest or len(rest) == 2):
        return (*found, rest) if rest else tuple(found)
    return (raw,)
