"""A withheld day is found in other ways of writing it."""

from __future__ import annotations

import pytest

from unsealed.review.days import other_ways
from unsealed.review.leaks import LeakCheck


@pytest.mark.parametrize(
    "withheld", ["12 March 1961", "March 12, 1961", "1961-03-12", "12.3.1961", "12th of March 1961"]
)
@pytest.mark.parametrize("public", ["1961-03-12", "12.03.1961", "12/3/61", "12 MAR 61", "Mar. 12, 1961", "3/12/1961"])
def test_a_day_is_found_in_every_way(withheld: str, public: str) -> None:
    found = LeakCheck()
    found.add_text(withheld)
    assert found.hits("x", f"born {public} there")
    assert not found.hits("x", "born 1961-03-13 there, on page 12 of 3 in 1962")


@pytest.mark.parametrize("text", ["March 1961", "99 March 1961", "12 Karl 1961", "12 March 1961 in Ostmark", "1234567"])
def test_what_is_no_day_has_no_other_ways(text: str) -> None:
    assert other_ways(text) == []
