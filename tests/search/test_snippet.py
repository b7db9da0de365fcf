"""Highlights and snippets on texts where characters change their length when folded, and at the edges."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.model import Field, Reading, Unit
from unsealed.query import parse, words
from unsealed.search.highlight import Highlighter, Page
from unsealed.search.results import Run
from unsealed.search.snippet import WIDTH, snippet


def page(*texts: str, fields: tuple[Field, ...] = (), label: str = "paragraph") -> Page:
    return Page(Reading("text", "test", 1, tuple(Unit(label, text) for text in texts), fields))


def marked(query: str, *texts: str, fields: tuple[Field, ...] = ()) -> str:
    runs = snippet(page(*texts, fields=fields), Highlighter(parse(query)))
    return "".join(f"[{run.text}]" if run.match else run.text for run in runs)


@pytest.mark.parametrize(
    ("query", "text", "shown"),
    [
        ("strasse", "½ ß Die Straße, ﬁne", "½ ß Die [Straße], ﬁne"),
        ('"strasse fine"', "½ ß Die Straße, ﬁne.", "½ ß Die [Straße, ﬁne]."),
        ("ete", "L'e\u0301te\u0301.", "L'[e\u0301te\u0301]."),
        ("mosk*", "О Mоskva Moskva", "О Mоskva [Moskva]"),
        ("москва", "«МОСКВА»", "«[МОСКВА]»"),
        ("京", "東京 Tokyo", "東[京] Tokyo"),
        ("東京", "在東京都", "在[東京]都"),
        ("tokyo", "東tokyo京", "東[tokyo]京"),
        ("احمد", "السيد أَحْمَد.", "السيد [أَحْمَد]."),
        ("state", "STATES state_x Estate STATE", "STATES [state]_x Estate [STATE]"),
        ('"a b"~1', "a x b. a x y b", "[a] x [b]. [a] x y b"),
        ("belmar~1", "Blmar Belmar Belmarian", "[Blmar] [Belmar] Belmarian"),
        ("STATE284", "STATE 000284, 03STATE0284, 03 STATE 284", "[STATE 000284], [03STATE0284], 03 [STATE 284]"),
        ("STATE284", "STATE 2840, STATES 284, STATE284", "STATE 2840, STATES 284, [STATE284]"),
        ("1 2", "½", "[½]"),
        ("03STATE284", "STATE 284, 03 STATE 0284", "STATE 284, [03 STATE 0284]"),
        ("a -b", "a b", "[a] b"),
        ("a OR a*", "ab a", "[ab] [a]"),
        ("*", "All  \n of\tit", "All of it"),
        ("date:2003", "All of it", "All of it"),
        ("gone", "", ""),
    ],
)  # fmt: skip
def test_marks(query: str, text: str, shown: str) -> None:
    assert marked(query, text) == shown


def test_marks_inside_fields_only_where_the_field_stands() -> None:
    texts = ("Ÿ½ Visa", "PREL", "SECRET//NOFORN", "The visa PREL SECRET.")
    fields = (Field("subject", "Ÿ½ Visa", (0,)), Field("tag", "PREL", (1,)), Field("class", "SECRET//NOFORN", (2,)))
    assert marked("subject:visa", *texts, fields=fields) == "Ÿ½ [Visa] PREL SECRET//NOFORN The visa PREL SECRET."
    assert marked("tag:pr*", *texts, fields=fields) == "Ÿ½ Visa [PREL] SECRET//NOFORN The visa PREL SECRET."
    assert marked("class:secret", *texts, fields=fields) == "Ÿ½ Visa PREL [SECRET//NOFORN] The visa PREL SECRET."
    assert marked("class:noforn", *texts, fields=fields) == "Ÿ½ Visa PREL SECRET//NOFORN The visa PREL SECRET."


def test_chooses_the_stretch_with_most_of_the_query() -> None:
    text = "lamp " + "x " * 400 + "lamp and candle " + "y " * 400 + "candle"
    shown = marked("lamp candle", text)
    assert "[lamp] and [candle]" in shown
    assert shown.startswith("… x")
    assert shown.endswith("y …")
    assert len(shown) < WIDTH + 120


def test_without_a_match_it_begins_where_the_running_text_begins() -> None:
    units = (Unit("routing", "VZCZC 1"), Unit("paragraph", "1. (U) Summary."))
    runs = snippet(Page(Reading("cable", "test", 1, units)), Highlighter(parse("*")))
    assert runs == (Run("… 1. (U) Summary.", False),)


PIECES = st.sampled_from(["lamp", "Lämp", "ﬁlm", "½", " ", "\n", ", ", "京", "x" * 300, "Straße", "\u0301"])


@given(
    st.lists(PIECES, max_size=60).map("".join),
    st.sampled_from(["lamp", "lam*", "film", '"lamp strasse"', "京 lamp~1", "1 2", "*"]),
)
def test_a_snippet_is_text_of_the_reading_in_one_line(text: str, query: str) -> None:
    runs = snippet(page(text), Highlighter(parse(query)))
    shown = "".join(run.text for run in runs)
    assert "\n" not in shown
    assert "  " not in shown
    assert shown.strip(" …") in " ".join(text.split())
    assert all(run.text for run in runs)
    assert all(first.match != second.match for first, second in pairwise(runs))


@given(st.lists(PIECES, max_size=30).map("".join), st.lists(PIECES, max_size=30).map("".join))
def test_units_stand_where_the_page_says(first: str, second: str) -> None:
    both = page(first, second)
    for number, text in enumerate((first, second)):
        start, end = both.unit(number)
        assert both.folded[start:end].split() == page(text).folded.split() == [*page(text).folded.split()]
        assert words(both.folded[start:end]) == words(text)
