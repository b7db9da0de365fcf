"""Is this text made of words? A measure without a dictionary, for text layers that may be garbage."""

from __future__ import annotations

import re
from itertools import pairwise

LEAST = 20  # words: below, nothing can be said
SAMPLE = 400  # words that are looked at, evenly over the text
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_NUMBER = re.compile(r"[^\w\s]*[\d.,:/%()$€£+*'’-]+[^\w\s]*")
_BAD = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff]")  # not written by people
_VOWELS = frozenset("aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿāēīōūœěıąęůűő")
_EDGES = "\"'“”‘’«»„()[]{}<>.,;:!?…*•-–—_/\\|"
_RUN = 5  # consonants in a row that no word holds (German has "Angstschweiß": 8, but rarely)


def share_of_non_words(text: str) -> float:
    """The share of the words that are none, 0.0 to 1.0; 0.0 for a text too short to tell."""
    words = text.split()
    words = words[:: len(words) // SAMPLE + 1]
    if len(words) < LEAST:
        return _share_of_bad_characters(text)
    bad = sum(not is_word_like(word) for word in words)
    return max(bad / len(words), _share_of_bad_characters(text))


def is_word_like(word: str) -> bool:
    """Whether a run of characters without white space can be a word, a number or an abbreviation."""
    core = word.strip(_EDGES)
    if not core:
        return len(word) <= 3  # a dash, a bullet, dots
    if _NUMBER.fullmatch(core) or len(core) == 1:
        return True
    if _BAD.search(core):
        return False
    pieces = _LATIN.findall(core)
    if not pieces:
        return sum(character.isalnum() for character in core) * 2 > len(core)
    if sum(map(len, pieces)) * 2 < len(core) and core.isascii():
        return False  # mostly signs and digits, with a letter here and there
    return all(map(_can_be_said, pieces))


def _can_be_said(letters: str) -> bool:
    if len(letters) <= 3 or (letters.isupper() and len(letters) <= 6):
        return True
    lower = letters.lower()
    if not _VOWELS.intersection(lower) or _swaps_case(letters):
        return False
    run = 0
    for letter in lower:
        run = 0 if letter in _VOWELS else run + 1
        if run > _RUN:
            return False
    return True


def _swaps_case(letters: str) -> bool:
    """`tHe` and `wORd`: a small letter before a capital, more than once, or a capital after a small first one."""
    swaps = sum(one.islower() and two.isupper() for one, two in pairwise(letters))
    return swaps > 2 or (swaps > 0 and letters[0].islower() and len(letters) <= 4)


def _share_of_bad_characters(text: str) -> float:
    solid = "".join(text[: SAMPLE * 20].split())
    return len(_BAD.findall(solid)) / len(solid) if solid else 0.0
