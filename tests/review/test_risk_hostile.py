"""Texts that somebody wrote to keep the finders busy: none takes them more than linear time."""

from __future__ import annotations

import gc
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.review.risk import finder, registered, wording
from unsealed.review.risk.entry import Entry
from unsealed.review.risk.finder import Finder
from unsealed.review.risk.lexicon import Flags
from unsealed.review.risk.registered import Registered
from unsealed.review.risk.suggestion import Found
from unsealed.review.risk.truecase import Truecaser

FINDER = Finder()
REGISTER = Registered(
    [Entry(id="E1", name="Selma Brandt"), Entry(id="E2", name="Abd al-Karim Haddad"), Entry(id="E3", name="王小明")]
)
SECONDS = 8.0  # of CPU time; none takes two, and the slow way more than these for most
HOSTILE = {
    "lines of tags without a line": ("x " + "tag " * 300_000, FINDER),
    "requests beside names": ("John Smith (strictly protect) " * 8_000, FINDER),
    "a million brackets": ("(" * 1_000_000, FINDER),
    "a million commas": (", " * 500_000, FINDER),
    "marks on nothing": ("\u0301" * 200_000, FINDER),
    "one word": ("A" * 1_000_000, FINDER),
    "one word of capitals and apostrophes": ("o'A" * 60_000, REGISTER),
    "one word without blanks in Thai": ("สม" * 40_000, REGISTER),
    "one line in Chinese": ("王小明" * 20_000, REGISTER),
    "a name again and again": ("Selma Brandt " * 12_000, REGISTER),
    "the same without a blank": ("SelmaBrandt" * 12_000, REGISTER),
    "initials and surname": ("S. Brandt, " * 12_000, REGISTER),
    "broken over lines": ("Sel-\nma Brandt " * 12_000, REGISTER),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_take_linear_time(name: str) -> None:
    text, by = HOSTILE[name]
    since = time.process_time()
    by.find(text)
    assert time.process_time() - since < SECONDS


def test_what_comes_once_is_not_remembered() -> None:
    cased, text = Truecaser(Flags()), "ROW,OF,A,TABLE,WITHOUT,ANY,BLANK,NUMBER,SELMA;" * 30
    assert cased(text).lower() == text.lower()
    assert sum(map(len, cased._cased)) < 100
    wording.clauses(f"one{')' * 5000} two")
    assert max(map(len, wording._soft), default=0) < 100


def test_long_words_are_not_remembered() -> None:
    long = "brandtselma" * 100
    words = (long, long.upper(), long.title(), f"{long}\u00e9", "\u0431\u0440\u0430\u043d\u0442" * 100, "x1" * 500)
    for word in words:
        FINDER.find(f"Do not tell {word} that the source {word}, said Mr. {word} Smith-{word} of {word}.")
        REGISTER.find(f"Selma {word} {word}")
    gc.unfreeze()  # a command that another test ran has frozen what was there, and that is not listed
    caches = [one for one in gc.get_objects() if isinstance(one, dict) and type(one).__module__.startswith("unsealed")]
    assert len(caches) > 8
    for cache in caches:
        assert max((len(key) for key in cache if isinstance(key, str)), default=0) <= 100, type(cache)
    assert not any(len(word) > 100 for word in (*REGISTER._far, *REGISTER._near))


def test_one_word_in_ever_other_capitals_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flags, "LIMIT", 100)
    flags = Flags()
    for number in range(1000):
        word = "".join(c.upper() if number >> at & 1 else c for at, c in enumerate("brandtselma"))
        assert flags[word] == flags["brandtselma"]
    assert len(flags) <= 103


_PLACES = st.tuples(st.integers(0, 60), st.integers(1, 9), st.sampled_from(["E1", "E2"]), st.sampled_from([0.4, 0.9]))


@given(st.lists(_PLACES, max_size=40))
def test_the_best_of_places_that_overlap(places: list[tuple[int, int, str, float]]) -> None:
    found = [Found(start, start + size, "registered", "", sure, entry) for start, size, entry, sure in places]
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start - one.end, -one.sure)):
        if not any(one.entry == other.entry and one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    assert registered._best(found) == sorted(kept)


@given(st.lists(_PLACES, min_size=1, max_size=40), st.integers(0, 160), st.integers(1, 40))
def test_the_name_nearest_to_a_request(places: list[tuple[int, int, str, float]], start: int, size: int) -> None:
    names = [Found(3 * at, 3 * at + size, "person", rule, sure) for at, size, rule, sure in places]
    end = start + size
    before = [one for one in names if start - 60 <= one.end <= start]
    behind = [one for one in names if end <= one.start <= end + 60]
    wanted = max(before, key=lambda one: (one.end, one.sure), default=None) or min(
        behind, key=lambda one: one.start, default=None
    )
    phrase = Found(start, end, "protect-phrase", "", 0.9)
    assert finder._Beside(names).nearest("a" * 300, phrase) == wanted
