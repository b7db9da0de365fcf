"""The query language: what it reads, how it is shown, where it points when it cannot read."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unsealed.errors import QueryError
from unsealed.query import (
    FIELDS,
    MAX_WORD_BYTES,
    All,
    And,
    Field,
    Fuzzy,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Serial,
    Word,
    bounds,
    fold,
    id_key,
    id_keys,
    index_text,
    parse,
    places,
    show,
    within,
    words,
)
from unsealed.query.words import fold_character

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("a b", And((A, B))),
        ("a AND b", And((A, B))),
        ("a and b", And((A, Word("and"), B))),
        ("a OR b c", Or((A, And((B, C))))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a (b c)", And((A, B, C))),
        ("a -b", And((A, Not(B)))),
        ("NOT a", Not(A)),
        ("NOT NOT a", A),
        ("-(a OR b)", Not(Or((A, B)))),
        ("-(-a)", A),
        ("*", All()),
        ("Café", Word("cafe")),
        ("al-Qaida", Phrase(("al", "qaida"))),
        ('"A  b, c"', Phrase(("a", "b", "c"))),
        ("“a b”", Phrase(("a", "b"))),
        ('"a"', A),
        ('"a b"~5', Phrase(("a", "b"), 5)),
        ('"a b"~0', Phrase(("a", "b"))),
        ('"a b a"~5', Phrase(("a", "b"), 5)),
        ("embass*", Prefix("embass")),
        ("belmar~", Fuzzy("belmar", 1)),
        ("belmar~2", Fuzzy("belmar", 2)),
        ("北京", Phrase(("北", "京"))),
        ("10:30", Phrase(("10", "30"))),
        ("who?", Word("who")),
        ('origin:"Embassy Belmar"', Field("origin", Phrase(("embassy", "belmar")))),
        ("Origin: belmar", Field("origin", Word("belmar"))),
        ("from:ana@example.org", Field("from", Phrase(("ana", "example", "org")))),
        ("class:SECRET//NOFORN", Field("class", Word("secret noforn"))),
        ("tag:(PREL OR -KN*)", Or((Field("tag", Word("prel")), Not(Field("tag", Prefix("kn")))))),
        ("ref:06BELMAR00112", Field("ref", Word("06belmar112"))),
        ('id:"volume/d5"', Field("id", Word("volume/d5"))),
        ("date:2003", Range("date", "2003", "2003")),
        ("date:2003..2005-06", Range("date", "2003", "2005-06")),
        ("date:2004..2004-02", Range("date", "2004", "2004-02")),
        ("date:..2005", Range("date", "", "2005")),
        ("date:>=2004-05", Range("date", "2004-05", "")),
        ("date:>2004-12-31", Range("date", "2005-01-01", "")),
        ("date:<2004-03-01", Range("date", "", "2004-02-29")),
        ("date:<=2004", Range("date", "", "2004")),
        ("date:<2004", Range("date", "", "2003")),
        ("date:>2004-12", Range("date", "2005-01", "")),
        ("date:<2004-01", Range("date", "", "2003-12")),
        ("date:*", Range("date", "", "")),
    ],
)
def test_reads(text: str, tree: Node) -> None:
    assert parse(text) == tree


STATE = Serial("", "state", "284")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("STATE284", STATE),
        ("state000284", STATE),
        ("STATE-284", STATE),
        ('"STATE 000284"', STATE),
        ("06BELMAR00112", Serial("06", "belmar", "112")),
        ("STATE 284", Or((STATE, And((Word("state"), Word("284")))))),
        ("03 STATE 0284", Or((Serial("03", "state", "284"), And((Word("03"), Word("state"), Word("284")))))),
        ("state 284", And((Word("state"), Word("284")))),
        ("state 000284", And((Word("state"), Word("000284")))),
        ("UN 5", And((Word("un"), Word("5")))),
        ("subject:STATE284", Field("subject", Word("state284"))),
        ("ABC0000000", Serial("", "abc", "0")),
    ],
)
def test_cable_numbers(text: str, tree: Node) -> None:
    assert parse(text) == tree


def test_a_number_with_leading_zeros_is_the_same_query() -> None:
    assert parse("STATE 000284") == parse("STATE 284")


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0), ("  ", 2), ("()", 1), ("( )", 2), ("(", 0), ("a (b", 2), ("a)", 1), ("a b) c", 3), ('a "b', 2),
        ("NOT", 0), ("a NOT", 2), ("a AND", 2), ("AND a", 0), ("OR", 0), ("a OR OR b", 5), ("a AND OR b", 6),
        ("a -", 2), ("a & b", 2), ('""', 0), ('"..."', 0), ("vi*et", 2), ("a ?*", 2), ("x~3", 1), ("x~1~2", 1),
        ("al-q*", 4), ('"a b"*', 5), ('"a b"~', 5), ('"a b"~x', 5), ('"a b"~1001', 5), ('"a b c d e f g"~5', 15),
        ("nosuch:x", 0), ("a http://x", 2), ("origin:", 0), ("origin: )", 0), ("origin:*", 7), ("origin:(a tag:b)", 10),
        ("date:May", 5), ("date:2003-13", 5), ("date:2003-02-29", 5), ("date:0000", 5), ("date:2003..x", 11),
        ("date:..", 5), ("date:2005..2003", 5), ("date:>x", 6), ("date:<0001", 5), ('date:"2003"~2', 11),
        ("class:*", 6), ('class:"a b"~2', 11), ("class:a//b*", 10), ("id:(", 3), ("tag:--", 4), ("(" * 60, 50),
    ],
)  # fmt: skip
def test_points_at_the_character_and_says_what_to_do(text: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.query == text
    assert caught.value.remedy
    assert caught.value.exit_code == 2


def test_an_unknown_field_names_the_known_ones() -> None:
    with pytest.raises(QueryError) as caught:
        parse("sender:ana")
    assert all(field in caught.value.remedy for field in FIELDS)


def test_limits() -> None:
    assert parse("x" * MAX_WORD_BYTES) == Word("x" * MAX_WORD_BYTES)
    for text in ("x" * (MAX_WORD_BYTES + 1), "id:" + "x" * 300, "a " * 5001):
        with pytest.raises(QueryError):
            parse(text)


PIECES = st.sampled_from(
    [*"()\"*~-:., ", "AND", "OR", "NOT", " ", " ", '"', "origin:", "date:", "class:", "id:", "2003", "..", "-05", "~1",
     "~2", "STATE", "284", "000", "a", "belmar", "Ünï", "北京", ">=", "“", "x/y", "ß", "½", "\u0301", "İ", "ガ", "\x00"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join)))
@example("AAÀ0")
@example("½*")
@example("id:½*")
@example('id:"a*b"')
@example("class:é//ß")
@settings(max_examples=1500, deadline=None)
def test_never_anything_but_a_query_error_and_shown_queries_mean_the_same(text: str) -> None:
    try:
        tree = parse(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
        assert error.remedy
        return
    assert parse(show(tree)) == tree
    assert msgspec.json.decode(msgspec.json.encode(tree), type=Node) == tree


# --- the word rule ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("U.S.-Soviet", ["u", "s", "soviet"]),
        ("snake_case x2", ["snake", "case", "x2"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("Łódź, Ærø", ["lodz", "aero"]),
        ("ﬁne ２００３ m²", ["fine", "2003", "m2"]),
        ("«Москва», Ёлка", ["москва", "елка"]),
        ("ΣΊΣΥΦΟΣ Σίσυφος", ["σισυφοσ", "σισυφοσ"]),
        ("أَحْمَد أحمد", ["احمد", "احمد"]),
        ("e\u0301té été", ["ete", "ete"]),
        ("東京 Tokyo東", ["東", "京", "tokyo", "東"]),
        ("がか", ["が", "か"]),
        ("한국어", ["한국어"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("İstanbul ISTANBUL", ["istanbul", "istanbul"]),
        ("don’t", ["don", "t"]),
        ("", []),
    ],
)
def test_words(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_folding_every_character_once_is_enough_and_leaves_only_letters_and_digits() -> None:
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if character.isascii() or unicodedata.category(character)[0] not in "LNM":
            continue
        folded = fold_character(character)
        assert "".join(map(fold_character, folded)) == folded, hex(number)
        assert all(c.isascii() or unicodedata.category(c)[0] in "LN" for c in folded), hex(number)


@given(st.text(max_size=40), st.text(max_size=40))
def test_folding_works_character_by_character(left: str, right: str) -> None:
    assert fold(left + right) == fold(left) + fold(right)
    assert fold(fold(left)) == fold(left)


@given(st.text(max_size=60))
def test_places_are_the_words_and_their_own_text(text: str) -> None:
    found = places(text)
    assert [word for word, _, _ in found] == words(text) == words(index_text(text))
    for word, start, end in found:
        assert word in fold(text[start:end])


def test_id_keys() -> None:
    assert id_keys("03 STATE 000284") == ["03state284", "state284"]
    assert id_keys("STATE0284") == ["state284"]
    assert id_keys("frus1958-60v12/d5") == ["frus1958-60v12/d5"]
    assert id_keys('  "Ä  b" ') == ["a b"]
    assert id_keys(" ") == []


@given(st.text(max_size=30))
def test_id_key_is_its_own_key(text: str) -> None:
    assert id_key(id_key(text)) == id_key(text)


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [("belmar", "belmar", 0), ("belmar", "belamr", 1), ("belmar", "blmar", 1), ("belmar", "bellmar", 1),
     ("belmar", "delmar", 1), ("belmar", "bemlra", 2), ("ab", "ba", 1), ("abc", "ca", 3), ("", "ab", 2)],
)  # fmt: skip
def test_within(left: str, right: str, distance: int) -> None:
    for limit in range(4):
        assert within(left, right, limit) == within(right, left, limit) == (distance <= limit)


@pytest.mark.parametrize(
    ("date", "interval"),
    [
        ("2003", (200301010000, 200312312359)),
        ("2003-02", (200302010000, 200302312359)),
        ("2003-04-05", (200304050000, 200304052359)),
        ("2003-04-05T17", (200304051700, 200304051759)),
        ("2003-04-05T17:05Z", (200304051705, 200304051705)),
        ("2003-04-05T17:05+03:00", (200304051705, 200304051705)),
        ("", None),
        ("spring 2003", None),
    ],
)
def test_bounds(date: str, interval: tuple[int, int] | None) -> None:
    assert bounds(date) == interval


def documented() -> list[tuple[str, str]]:
    page = (Path(__file__).parent.parent / "docs" / "query.md").read_text(encoding="utf-8")
    block = page.partition("```query\n")[2].partition("```")[0]
    return [(typed.rstrip(), shown) for typed, _, shown in (line.partition("=> ") for line in block.splitlines())]


@pytest.mark.parametrize(("typed", "shown"), documented())
def test_the_examples_of_the_docs(typed: str, shown: str) -> None:
    assert show(parse(typed)) == shown


def test_the_docs_list_the_fields() -> None:
    page = (Path(__file__).parent.parent / "docs" / "query.md").read_text(encoding="utf-8")
    assert len(documented()) > 20
    assert [field for field in FIELDS if f"`{field}:`" not in page] == []
