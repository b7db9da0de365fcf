"""What a text says once it is decoded, also where it is long and little of it is encoded."""

from __future__ import annotations

import base64
import html
import quopri
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.review.encoded import REACH, decoded
from unsealed.review.leaks import LeakCheck

NAME = "Åse Brandström"
PADDING = "Grain and flour were counted in the harbour again. " * 200  # several times REACH


def header(text: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


def entities(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


ENCODINGS: tuple[Callable[[str], str], ...] = (
    html.escape,
    entities,
    urllib.parse.quote,
    lambda text: quopri.encodestring(text.encode()).decode(),
    header,
    escaped,
    lambda text: base64.b64encode(f"dear {text}, we".encode()).decode(),
)


@given(st.lists(st.sampled_from(ENCODINGS), min_size=1, max_size=2), st.integers(0, len(PADDING)), st.booleans())
def test_an_encoded_name_is_found_wherever_it_stands(ways: list[Callable[[str], str]], at: int, more: bool) -> None:
    said = NAME
    for way in ways:
        said = way(said)
    check = LeakCheck()
    check.add_text(NAME)
    text = f"{PADDING[:at]} {said} {PADDING[at:]}" + (" 100 %25 &amp; =3D \\u0041" if more else "")
    assert check.hits("x", text)


def test_a_phrase_is_found_of_which_one_letter_is_encoded() -> None:
    phrase = "the man in the red coat who opens the gate at night and counts our ships for them " * 30
    check = LeakCheck()
    check.add_text(phrase)  # longer than what is read round an encoded place by default
    assert len(phrase) > REACH
    assert check.hits("x", PADDING + phrase.replace("gate", "g&#97;te", 1) + PADDING)


def test_only_the_neighbourhood_of_a_long_text_is_given() -> None:
    text = f"{PADDING} 5 %25 {PADDING}"
    (found,) = decoded(text)
    assert "5 % " in found and len(found) < 2 * REACH + 100


def test_no_word_is_cut_in_two() -> None:
    # Half a word may be a name: `Brandt` of `Brandtner`.
    check = LeakCheck()
    check.add_text("Brandt")
    for filler in range(40):
        assert check.hits("x", "Brandtner " * 300 + "." * filler + " %25 " + "Brandtner " * 300) == []


def test_places_are_set_apart() -> None:
    check = LeakCheck()
    check.add_name("Karl Ott")
    assert check.hits("x", f"{'a ' * 2000}%25 Karl {'a ' * REACH}{'a ' * REACH}Ott %25") == []


@pytest.mark.parametrize("payload", ["S2FybA·", "S2FybA", "====", "é", "_"])
def test_a_broken_header_word_is_no_error(payload: str) -> None:
    decoded(f"Subject: =?utf-8?B?{payload}?= and =?utf-8?Q?{payload}?=")
