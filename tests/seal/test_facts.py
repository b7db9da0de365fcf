"""Titles and facts: what may stand beside a text, and what may not."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mirror.publisher import Publisher
from unsealed.errors import VerifyError
from unsealed.model import Block, Gap, PublicDocument, PublicUnit, Shown
from unsealed.seal.facts import (
    BY_WORDS,
    IN_ONE_PIECE,
    TITLE_LENGTH,
    check_facts,
    letters,
    standing_facts,
    title_of,
)


def unit(label: str, *runs: str | None) -> PublicUnit:
    """A unit of words, and of gaps where there are none."""
    return PublicUnit(label, tuple(Gap(2, 1) if run is None else Shown(run) for run in runs))


BLOCKS: tuple[Block, ...] = (
    unit("from", "From: BRANDT, Ilse <ilse@example.org>\n"),
    unit("subject", "GRAIN  PRICES:\n\trising"),
    Gap(9, 1),
    unit("paragraph", "The harbour ", None, "master met Ödön."),
)


@pytest.mark.parametrize(
    ("name", "value", "stands"),
    [
        ("subject", "GRAIN PRICES: rising", True),
        ("subject", "grain prices", False),  # letters as they are written
        ("title", "PRICES rising GRAIN", False),
        ("caption", "harbour master", False),  # not over a gap
        ("tag", "rising The", False),  # not over the end of a unit
        ("author", "Ödön", True),
        ("author", "Odon", False),
        ("from", "Ilse Brandt <ilse@example.org>", False),
        ("from", "Ilse BRANDT <ilse@example.org>", True),
        ("to", "Ilse Nobody", False),
        ("quote", "...", True),
        ("date", "2009-01-01", True),  # made by a rule that a stranger does not have
        ("ref", "03NOWHERE1", True),
    ],
)
def test_what_stands_in_the_text(name: str, value: str, stands: bool) -> None:
    assert bool(standing_facts([(name, value)], BLOCKS)) == stands


def test_order_and_repetition_stay() -> None:
    facts = (("date", "x"), ("tag", "GRAIN"), ("tag", "ROPE"), ("tag", "GRAIN"))
    assert standing_facts(facts, BLOCKS) == (("date", "x"), ("tag", "GRAIN"), ("tag", "GRAIN"))
    assert standing_facts((), BLOCKS) == ()
    assert IN_ONE_PIECE.isdisjoint(BY_WORDS)


@given(st.text(alphabet=st.characters(max_codepoint=127)))
def test_plain_letters_are_the_same_both_ways(text: str) -> None:
    """The short way of ASCII is the table's: beside a letter that is none, the long way is taken."""
    assert letters(text) == letters(text + "ö")[:-1]


def test_titles() -> None:
    assert title_of([("subject", "b"), ("title", " a  b ")], BLOCKS, "s1") == "a b"
    assert title_of([("title", " ")], BLOCKS, "s1") == "GRAIN PRICES: rising"
    assert title_of([], [unit("subject", "Talks with ", None)], "s1") == "Talks with ▮"
    assert title_of([], [unit("subject", None), unit("title", "\n"), Gap(1, 1)], "s1") == "s1"
    assert len(title_of([("title", "x" * 500)], (), "s1")) == TITLE_LENGTH


def document() -> PublicDocument:
    made = Publisher()
    made.facts = (("subject", "VISIT OF THE MINISTER"),)
    made.seal()
    made.release({0: ()})
    return made.proofs[1][0][0]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({}, ""),
        ({"title": "Not what it was"}, "document-title"),
        ({"fields": ()}, ""),  # a fact may be left out: the subject of the text makes the same title
        ({"fields": (("subject", "A QUIET WEEK"),), "title": "A QUIET WEEK"}, "document-facts"),
        ({"fields": (("from", "Ilse Nobody"),)}, "document-facts"),
    ],
)
def test_a_document_that_says_more_than_its_text(changed: dict[str, object], rule: str) -> None:
    found = msgspec.structs.replace(document(), **changed)
    if not rule:
        check_facts(found)
        return
    with pytest.raises(VerifyError) as caught:
        check_facts(found)
    assert caught.value.rule == rule
