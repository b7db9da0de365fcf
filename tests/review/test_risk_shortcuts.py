"""Short cuts of the finders: each finds what the slow way finds."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from unsealed.review.risk import discretion, truecase
from unsealed.review.risk.discretion import Discretion
from unsealed.review.risk.finder import Finder
from unsealed.review.risk.lexicon import Flags
from unsealed.review.risk.patterns import PATTERNS, Pattern, Patterns, lower_same_length
from unsealed.review.risk.truecase import Truecaser, is_capitals
from unsealed.review.risk.vocabulary import listed

DISCRETION = Discretion()
SAYINGS = [
    *listed("""
on for deep as background only chatham house rules close hold off the record in under strictest strict trust seal of
not attribution eyes strictly need to know refer call name him her them me us simply merely from by between you and no
one body please don't protect sources. Never, (his) 12 NO OFF-THE-RECORD close-hold
"""),
    "caf\u00e9",
    "\u201cWe\u201d",
    "don\u2019t",
    "pro-\ntect",
    "\u00a7",
    "\n",
    "\n\n",
]


@given(st.lists(st.sampled_from(SAYINGS), max_size=12).map(" ".join))
@example("please tell no\n\none, on\n \nbackground, between\n\n\n\nus")
def test_kinds_of_words_are_the_same_both_ways(text: str) -> None:
    lower = lower_same_length(text)
    letters, token, where = DISCRETION._words(text, lower, 0, len(text))
    slow = list(discretion._TOKEN.finditer(text))
    kinds = [
        discretion._NAMED_KINDS[match.lastgroup] if match.lastgroup else DISCRETION._kinds[match[0]] for match in slow
    ]
    assert letters == kinds
    assert [match.span() for match in token.finditer(where)] == [match.span() for match in slow]


def test_every_saying_holds_a_pair() -> None:
    for saying in (
        *("on background", "as deep background", "Chatham House rules", "close hold", "close-hold", "off-the-record"),
        *("in trust", "under the strictest trust", "under seal of office", "in the strict seal of x", "eyes only"),
        *("not for attribution", "need-to-know", "refer to him only", "call them simply", "name us merely"),
        *("from me", "by us", "between us", "between you and me", "no one", "no body"),
    ):
        words = re.findall(r"[a-z]+", saying.lower())
        assert not discretion._PAIRS.isdisjoint(itertools.pairwise(words)), saying


@pytest.mark.parametrize(
    ("text", "found"), [("Rd via Roma 12.", 1), ("via Roma 12", 1), ("Bolivia Roma 12", 0), ("_via Roma 12", 0)]
)
def test_a_trigger_that_begins_a_word(text: str, found: int) -> None:
    rule = Pattern(re.compile(r"via Roma \d+"), "address", "street", 0.9, ("^via",))
    lower = lower_same_length(text)
    assert len(list(Patterns([rule]).find(text, lower, text))) == found


def test_one_trigger_inside_words_for_one_rule_and_not_for_another() -> None:
    rules = [
        Pattern(re.compile(r"ring \d+"), "phone", "inside", 0.9, ("ring",)),
        Pattern(re.compile(r"ring \d+"), "card", "begins", 0.9, ("^ring",)),
    ]
    named = [[one.rule for one in Patterns(rules).find(text, text, text)] for text in ("during 12", "ring 12")]
    assert named == [["inside"], ["inside", "begins"]]


@pytest.mark.parametrize(
    ("text", "kind", "found"),
    [
        ("On Tahrir Avenue Selma Brandt met 12 men.", "person", "Selma Brandt"),
        ("ON LIBERTY BOULEVARD SELMA BRANDT, 34, TOLD US", "person", "SELMA BRANDT"),
        ("We heard via Selma Brandt said 12 men came", "person", "Selma Brandt"),
        ("They live at Avenue Louise 149, Brussels", "address", "Avenue Louise 149, Brussels"),
        ("Boulevard Anspach 12", "address", "Boulevard Anspach 12"),
        ("via Selma told rue Foch 12", "address", "rue Foch 12"),
        ("her office (ph: 555 12345)", "phone", "555 12345"),
        *((f"National{sign}ID: A1234567 of", "passport", "A1234567") for sign in (" ", "-", "/", "\n", " \r\n", "-\n")),
    ],
)
def test_triggers_take_no_name_along_and_miss_no_number(text: str, kind: str, found: str) -> None:
    places = [(one.kind, text[one.start : one.end]) for one in Finder().find(text) if one.sure >= 0.5]
    assert (kind, found) in places


@pytest.mark.parametrize("rule", PATTERNS, ids=lambda rule: rule.rule)
def test_triggers_are_small_letters(rule: Pattern) -> None:
    assert all(lower_same_length(one) == one and one.lstrip("^") and "^" not in one[1:] for one in rule.triggers)


@given(st.text("ABC\u00c9\u00e9abc .\n\u0130\u01c51", max_size=80))
def test_lines_that_may_be_in_capitals_are_all_that_are(text: str) -> None:
    likely = set(truecase._likely_capitals(text))
    assert {at for at, line in enumerate(text.split("\n")) if is_capitals(line)} <= likely
    assert len(Truecaser(Flags())(text)) == len(text)
