"""What stands beside a name is told by a few characters where these suffice: a word counts whole, and only whole."""

from __future__ import annotations

import pytest

from unsealed.review.risk.surroundings import around, around_alone
from unsealed.review.risk.vocabulary import DOES, DONE, NOT_AFTER, NOT_BEFORE, SURELY, WHERE

_NAME = "Qorv"
_BEHIND = sorted(DOES | SURELY | NOT_AFTER)
_BEFORE = sorted(DONE | NOT_BEFORE | WHERE)


def _scores(text: str) -> tuple[float, float]:
    """What is added to the score of the name in a text: as a word alone, and as several."""
    start = text.index(_NAME)
    end = start + len(_NAME)
    tail = text[max(0, start - 5) : start]
    alone = around_alone(text, start, end, tail, 0.0, "name-shape")[0]
    return alone, around(text, "", start, end, 0.0, "name-shape", single=False)[0]


@pytest.mark.parametrize("between", [" ", "\n", "  ", " the ", "\nthe ", " the\n", " a ", " his "])
@pytest.mark.parametrize("end", ["", " it", ".", ",", "\n"])
def test_a_word_behind_a_name_counts_whole(between: str, end: str) -> None:
    assert [word for word in _BEHIND if 0.0 in _scores(f"{_NAME}{between}{word}{end}")] == []
    assert [word for word in _BEHIND if _scores(f"{_NAME}{between}{word}qx{end}") != (0.0, 0.0)] == []


@pytest.mark.parametrize("between", [" ", "\n", "   "])
@pytest.mark.parametrize("begin", ["", "it ", "it, ", "(", "it\n"])
def test_a_word_before_a_name_counts_whole(begin: str, between: str) -> None:
    assert [word for word in _BEFORE if not _scores(f"{begin}{word}{between}{_NAME}")[0]] == []
    assert [word for word in DONE | NOT_BEFORE if not _scores(f"{begin}{word}{between}{_NAME}")[1]] == []
    assert [word for word in _BEFORE if _scores(f"{begin}qx{word}{between}{_NAME}") != (0.0, 0.0)] == []
