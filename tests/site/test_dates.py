from __future__ import annotations

import pytest

from unsealed.site import dates


@pytest.mark.parametrize(
    ("value", "words", "short", "precision"),
    [
        ("2003", "2003", "2003", "to the year"),
        ("2003-04", "April 2003", "2003-04", "to the month"),
        ("2003-04-05", "5 April 2003", "2003-04-05", "to the day"),
        ("2003-04-05T17", "5 April 2003, 17h", "2003-04-05", "to the hour"),
        ("2003-04-05T17:05", "5 April 2003, 17:05", "2003-04-05", "to the minute"),
        ("2003-04-05T17:05Z", "5 April 2003, 17:05 UTC", "2003-04-05", "to the minute"),
        ("2003-04-05T17:05+03:00", "5 April 2003, 17:05 UTC+03:00", "2003-04-05", "to the minute"),
        ("", "", "undated", ""),
        ("yesterday", "", "undated", ""),
        ("2003-99", "2003", "2003-99", "to the month"),
    ],
)
def test_a_date_says_what_is_known_and_no_more(value: str, words: str, short: str, precision: str) -> None:
    assert dates.words(value) == words
    assert dates.short(value) == short
    assert dates.precision(value) == precision


def test_feeds_get_the_day_and_no_invented_time() -> None:
    assert dates.instant("2010-11-28") == "2010-11-28T00:00:00Z"
    assert dates.instant("</x>") == "1970-01-01T00:00:00Z"
