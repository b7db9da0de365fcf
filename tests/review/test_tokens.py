"""Words of ASCII texts are split without the expression, and are the same ones."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from unsealed.review.risk.tokens import TOKEN, Tokens, letters, split

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


@given(_TEXTS, st.sets(st.sampled_from(["a", "Bc", "s", "7", "é", "x'y"])), st.randoms())
def test_tokens_stand_where_the_expression_finds_them(text: str, some: set[str], chance: Random) -> None:
    whole = [(match.start(), match.end(), match[0]) for match in TOKEN.finditer(text)]
    tokens = Tokens(split(text), {})
    assert tokens.places_of(some) == [at for at, (_, _, word) in enumerate(whole) if word in some]
    order = list(range(len(whole)))
    chance.shuffle(order)
    for at in order:
        assert tokens[at][:3] == whole[at]
