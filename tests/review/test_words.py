"""One spelling for all the ways in which a word may be written."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.review.words import (
    capitalised,
    collapse,
    fold,
    is_distinct,
    spellings,
    telling,
    unhyphenated_words,
    words,
    words_across_lines,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ångström", "ANGSTROM"),
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("Ka\u00adrl", "karl"),
        ("ﬁne", "FINE"),
        ("Ø", "o"),
    ],
)
def test_spellings_of_one_word_fold_together(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text(max_size=30))
def test_folding_ignores_form_and_case(text: str) -> None:
    assert words(text) == words(unicodedata.normalize("NFD", text))


def test_hyphens_are_taken_out_also_at_line_ends() -> None:
    assert unhyphenated_words(fold("Ander-\n  son met al\u2011Rashid")) == ["anderson", "met", "alrashid"]
    assert unhyphenated_words("no hyphen here") is None


def test_a_word_broken_over_lines() -> None:
    assert words_across_lines(fold("the Ander\nson case\nends")) == ["anderson", "caseends"]


def test_a_name_is_looked_for_in_every_spelling() -> None:
    assert {("karl", "muller"), ("karl", "mueller"), ("karlmuller",)} <= spellings("Karl Müller")
    assert {("al", "rashid"), ("alrashid",)} <= spellings("al-Rashid")
    assert spellings(" -- ") == set()


@pytest.mark.parametrize(
    ("text", "distinct"),
    [
        ("he", False),
        ("a 5", False),
        ("312", False),
        ("Ott", True),
        ("3312", True),
        ("nick", True),
        ("22 33", True),
        ("王", True),
        ("the 5", True),
    ],
)
def test_what_can_be_looked_for(text: str, distinct: bool) -> None:
    assert is_distinct(text) is distinct


def test_capitalised_words_of_four_letters() -> None:
    assert capitalised("Foreign minister Karl OTT of Łódź, B52s, MFA1") == ["Foreign", "Karl", "Łódź"]


def test_marks_of_two_or_three_words_are_names() -> None:
    assert telling("selma brandt") == ["selma", "brandt"]
    assert telling("s.brandt@press.example") == ["brandt"]
    assert telling("burnt down in the night of that day") == []


@pytest.mark.parametrize("inside", ["\ufe0f", "\u034f", "\u180e", "\u115f", "\U000e0041", "\u00ad", "\u200b", "\u0301"])
def test_what_prints_nothing_does_not_part_a_word(inside: str) -> None:
    assert words(f"Bran{inside}dt") == ["brandt"]


def test_two_letters_for_one_are_compared_as_one() -> None:
    assert collapse(fold("Mueller")) == collapse(fold("Müller"))
    assert collapse(fold("Aagaard")) == collapse(fold("Ågård"))
