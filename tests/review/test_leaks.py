"""The leak check finds what is withheld, in every disguise that it promises to see through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.review.leaks import Allowed, Hit, LeakCheck


def check(*texts: str) -> LeakCheck:
    found = LeakCheck()
    for text in texts:
        found.add_text(text)
    return found


@pytest.mark.parametrize(
    "public",
    [
        "met Selma Brandt today",
        "met SELMA BRANDT today",
        "met Selma\n   Brandt today",
        "met Sel-\nma Bran-\ndt today",
        "met Sélma Brandt today",
        "write to selmabrandt@example.org",
        "Brandt, S.",
        "the Bran\ndt case",
        "brandt",
        "selma_brandt.pdf",
    ],
)
def test_a_name_is_found(public: str) -> None:
    assert check("Selma Brandt").hits("here", public)


@pytest.mark.parametrize("public", ["Brandtner and Selmas", "Sel ma", "nothing"])
def test_other_words_are_not_found(public: str) -> None:
    assert check("Selma Brandt").hits("here", public) == []


def test_short_words_count_only_as_a_whole() -> None:
    found = check("Li Wei of Ost")
    assert found.hits("x", "Li went to Ost") == []
    assert found.hits("x", "LI WEI OF OST") == [Hit("x", "li wei of ost", "string")]


def test_a_short_name_alone_is_looked_for() -> None:
    assert check("Ott").hits("x", "so ott said") == [Hit("x", "ott", "string")]


def test_what_stands_everywhere_is_counted_not_searched() -> None:
    found = check("he", "5", " ")
    assert found.untested == 2
    assert found.hits("x", "he has 5") == []


def test_withheld_units_are_searched_as_runs_of_eight_words() -> None:
    found = LeakCheck()
    found.add_runs("The meeting took place in a house by the river on a Monday")
    assert found.hits("x", "we know it took place in a House by the River, they say") == [
        Hit("x", "took place in a house by the river", "run")
    ]
    assert found.hits("x", "place in a house by the river") == []
    assert found.hits("x", "Monday") == []


def test_a_short_withheld_unit_counts_like_a_mark() -> None:
    found = LeakCheck()
    found.add_runs("Selma Brandt")
    assert found.hits("x", "brandt")


def test_many_strings_with_one_beginning() -> None:
    found = check("Karl Ott", "Karl Ott Senior", "Karl Meyer")
    strings = {hit.string for hit in found.hits("x", "karl ott senior")}
    assert strings == {"karl ott", "karl ott senior", "karl", "senior"}


def test_an_allowed_text_covers_what_it_contains() -> None:
    allowed = Allowed(["The Ministry of Defence"])
    assert allowed.covers(Hit("x", "ministry", "word"))
    assert allowed.covers(Hit("x", "ministry of defence", "string"))
    assert not allowed.covers(Hit("x", "mini", "word"))
    assert not allowed.covers(Hit("x", "defence ministry", "string"))


NAMES = st.lists(st.from_regex(r"[A-Z][a-z]{3,8}", fullmatch=True), min_size=1, max_size=3)


@given(
    NAMES,
    st.text(alphabet="abc \n-.,", max_size=20),
    st.text(alphabet="abc \n-.,", max_size=20),
    st.sampled_from([" ", "\n", "  "]),
)
def test_a_planted_name_is_always_found(name: list[str], before: str, after: str, between: str) -> None:
    found = check(" ".join(name))
    planted = f"{before} {between.join(name)} {after}"
    assert found.hits("x", planted)
    assert found.hits("x", planted.upper())
