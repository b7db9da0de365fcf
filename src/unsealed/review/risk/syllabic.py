"""Words in scripts whose signs are syllables, in Latin letters: Ethiopic, the scripts of India, Burmese, Japanese kana.

Takes a text, gives words with their places and their sound. Every sign says its sound in its name in Unicode
("TAMIL LETTER KA", "ETHIOPIC SYLLABLE YO"), so that no table is needed. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

SYLLABIC_SIGN = re.compile(r"[\u0900-\u0d7f\u1000-\u109f\u1200-\u139f\u3041-\u30ff]")
SYLLABIC = re.compile(
    r"[\u0900-\u0d7f\u1000-\u109f\u1200-\u139f\u3041-\u30ff][\u0900-\u0d7f\u1000-\u109f\u1200-\u139f\u3041-\u30ff\u200c\u200d]+"
)
_PREFIXES = {"\u12e8": "", "\u1208": "", "\u1260": "", "\u12a8": ""}  # of, for, in, from in Amharic


class Spoken(NamedTuple):
    """A word of such a script: from, to, its sound in Latin letters."""

    start: int
    end: int
    sound: str


def spoken_words(text: str) -> Iterator[Spoken]:
    """Every word of a text that is written in such a script; in Amharic also without a preposition."""
    for match in SYLLABIC.finditer(text):
        yield Spoken(*match.span(), sound(match[0]))
        if match[0][0] in _PREFIXES and len(match[0]) > 3:
            yield Spoken(match.start() + 1, match.end(), sound(match[0][1:]))


def sound(word: str) -> str:
    """A word in Latin letters, vowels as far as they are written."""
    found = ""
    for sign in unicodedata.normalize("NFC", word):
        kind, said = _sign(sign)
        if kind in ("vowel", "end") and found.endswith("a"):
            found = found[:-1]
        found += said
    return found


@cache
def _sign(sign: str) -> tuple[str, str]:
    """What a sign does (`vowel` in place of the A before it, `end` takes that A away) and says."""
    name = unicodedata.name(sign, "")
    last = name.rpartition(" ")[2].lower()
    if name.startswith("ETHIOPIC SYLLABLE"):
        silent = last.endswith("e") and not last.endswith("ee") and len(last) > 1
        return "", (last[:-1] if silent else last).replace("aa", "a").replace("ee", "e")
    if name.startswith(("KATAKANA LETTER", "HIRAGANA LETTER")):
        return "", last
    if "VOWEL SIGN" in name:
        return "vowel", _vowel(last)
    if name.endswith(("VIRAMA", "ASAT")):
        return "end", ""
    if "MEDIAL" in name:
        return "vowel", last
    if " LETTER " in name:
        return "", "zha" if last == "llla" else last.replace("ca", "cha") if last in ("ca", "cca") else _vowel(last)
    return "", "n" if name.endswith(("ANUSVARA", "CANDRABINDU", "BINDI")) else ""


def _vowel(name: str) -> str:
    return {"aa": "a", "ii": "i", "uu": "u", "ee": "e", "oo": "o"}.get(name, name)
