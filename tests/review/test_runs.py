"""Runs of capitalised words are found from their first capital on: the same ones as by the whole expression."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from unsealed.review.risk.runs import SHORT, WHOLE, runs

_PIECES = (
    "A", "Ab", "ABC", "ab", "xyz", "al-", "d'", "l\u2019", "de ", "de la ", "y ", "e ", "della ", "-", " ", "  ", "\n",
    ".", ". ", "'", "\u2019", "s", "'s ", "'S", "O'", "Mc", "\u02bc", "\u00c9", "\u00e9", "_", "1", ", ", "U. S.",
    "John\n", "ould ", "\t", "\u00a0", "(", "\u0416", "Smith",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
@example("the de la Cruz d'A. Foo")
@example("aliʼBek d'A'S xyz'Abc")
def test_the_same_runs_as_the_whole_expression(text: str) -> None:
    found = list(runs(text))
    assert [run[:2] for run in found] == [match.span() for match in WHOLE.finditer(text)]
    for start, end, words, tail in found:
        assert text[start:end] == words
        assert text[max(0, start - SHORT) : start] == tail
