"""Words of ASCII texts are split without the expression, and are the same ones."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from unsealed.review.risk.tokens import TOKEN, letters, split

_TEXTS = st.lists(
    st.sampled_from(
        ["a", "Bc", "'", "`", "s", "'s", "'S", "_", " ", "\n", "-", "7", "''", "x'y", "\x1c", "\u2019", "é"]
    ),
    max_size=12,
).map("".join)


@given(_TEXTS | st.text(alphabet=st.characters(max_codepoint=127), max_size=40))
def test_the_same_words_and_places(text: str) -> None:
    parts = split(text)
    assert parts.words == TOKEN.findall(text)
    assert [match.span() for match in parts.by.finditer(parts.where)] == [
        match.span() for match in TOKEN.finditer(text)
    ]
    if text.isascii():
        assert letters(text) == "".join(re.findall("[^\\W_]", text)).lower()
