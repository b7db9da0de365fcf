"""Words of ASCII texts are split without the expression, and are the same ones."""

from __future__ import annotations

import re
from random import Random

from hypothesis import example, given
from hypothesis import strategies as st

from unsealed.review.risk.near import Near, Part
from unsealed.review.risk.sounds import plain
from unsealed.review.risk.tokens import TOKEN, Tokens, broken_words, letters, small, split

_TEXTS = st.lists(
    st.sampled_from(
        ["a", "Bc", "'", "`", "s", "'s", "'S", "_", " ", "\n", "-", "7", "''", "x'y", "\x1c", "\u2019", "é"]
    ),
    max_size=12,
).map("".join)
_WORDS = ["a", "bc", "s", "7", "é", "x'y", "abc", "bcas", "a7aa", "aa", "asbca", "as7", "bc7s", "ss"]


@given(_TEXTS | st.text(alphabet=st.characters(max_codepoint=127), max_size=40) | st.text(max_size=20))
@example("Half \ud800 of a pair, \ud83dO")
@example("".join(map(chr, range(0x2000, 0x2070))).join(["\u00c9mile", "O\u2019Neil"]))
def test_the_same_words_and_places(text: str) -> None:
    parts = split(text)
    assert parts.words == [small(word) for word in TOKEN.findall(text)]
    assert [match.span() for match in re.finditer(r"\S+", parts.where)] == [
        match.span() for match in TOKEN.finditer(text)
    ]
    assert len(parts.where) == len(text)
    assert {sign for sign in text if sign.isalnum() and not sign.isascii()} <= set(parts.signs)
    assert letters(parts.words) == "".join(map(plain, TOKEN.findall(text)))


@given(_TEXTS | st.lists(_TEXTS, min_size=20).map((" " * 70).join), st.sets(st.sampled_from(_WORDS)), st.randoms())
def test_tokens_stand_where_the_expression_finds_them(text: str, some: set[str], chance: Random) -> None:
    whole = [(match.start(), match.end(), match[0]) for match in TOKEN.finditer(text)]
    near = {word: (Near(Part(0, 0, 0, True, 1), 1.0),) for word in some}
    tokens = Tokens(text, split(text), near)
    mine = some.intersection(split(text).words)
    found = tokens.those_near(mine)
    assert [token[:3] for token in found] == [one for one in whole if small(one[2]) in some]
    assert all(token.near == near[small(token.text)] for token in found)
    for token in chance.sample(found, len(found)):
        at = whole.index(token[:3])
        before, after = tokens.before(token), tokens.after(token)
        assert (before and before[:3]) == (whole[at - 1] if at else None)
        assert (after and after[:3]) == (whole[at + 1] if at + 1 < len(whole) else None)


def test_a_broken_word_is_one_token() -> None:
    text = "the Bran-\ndt here, O'Bran-\ndt'x there"
    parts = split(text)
    broken = list(broken_words(text, parts.where))
    assert [one.word for one in broken] == ["Brandt", "Brandt"]
    near = {"brandt": (Near(Part(0, 0, 0, True, 1), 1.0),)}
    tokens = Tokens(text, parts, near, broken)
    (token,) = tokens.those_near({"brandt"})
    before, after = tokens.before(token), tokens.after(token)
    assert before is not None and after is not None
    assert (before.text, token.text, after.text) == ("the", "Brandt", "here")
    assert tokens.before(before) is None


@given(_TEXTS, st.sampled_from(["", "=", "\u2010"]))
def test_words_broken_at_a_hyphen_are_found_as_those_at_any_sign(text: str, sign: str) -> None:
    def written(one: str) -> list[tuple[int, int, str]]:
        return list(broken_words(one, split(one).where))

    text = text.replace("\u2019", "-\n").replace("é", "- \n")
    marked = f"{text} {sign}"
    assert written(marked) == written(text)
