"""What an editor means by a few words: spans in the units of a reading."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import UsageError
from unsealed.model import Unit
from unsealed.review.finding import Span, coarsen_spans, find_spans, label_spans, pattern_of


def units(*texts: str) -> list[Unit]:
    return [Unit("paragraph", text) for text in texts]


def found(find: str, *texts: str, case: bool = False) -> list[str]:
    spans = find_spans(units(*texts), pattern_of(find, case=case))
    return [texts[span.unit][span.start : span.end] for span in spans]


def test_white_space_and_case_do_not_matter() -> None:
    text = "Saw KARL\n   OTT, then Karl Ott and karl\tott."
    assert found("Karl  Ott", text) == ["KARL\n   OTT", "Karl Ott", "karl\tott"]


def test_case_matters_when_asked() -> None:
    assert found("Karl Ott", "KARL OTT met Karl Ott", case=True) == ["Karl Ott"]


def test_a_word_is_not_found_inside_another() -> None:
    assert found("Ott", "The bottle of Otto, Ott's and Ott-Meyer's; file_Ott.pdf") == ["Ott", "Ott", "Ott"]


def test_punctuation_at_the_edge_is_taken_as_it_is() -> None:
    assert found("(strictly protect)", "Ott (strictly protect) said") == ["(strictly protect)"]


@pytest.mark.parametrize(("find", "text"), [("王芳", "我见过王芳了"), ("أحمد", "وأحمد قال")])
def test_scripts_without_edges_are_searched_inside(find: str, text: str) -> None:
    assert found(find, text) == [find]


def test_every_unit_is_searched_and_none_across() -> None:
    assert [span.unit for span in find_spans(units("Ott", "x", "OTT\n"), pattern_of("ott"))] == [0, 2]
    assert found("Karl Ott", "Karl", "Ott") == []


def test_a_decomposed_pattern_finds_composed_text() -> None:
    assert found("Mu\u0308ller", "Herr Müller kam") == ["Müller"]


@pytest.mark.parametrize("empty", ["", "  \n"])
def test_nothing_to_find_is_refused(empty: str) -> None:
    with pytest.raises(UsageError):
        pattern_of(empty)


@given(
    st.lists(st.text(alphabet="abAB é.-\n\t", max_size=12), max_size=4),
    st.text(alphabet="abAB é.-", min_size=1, max_size=4),
)
def test_what_is_found_is_the_pattern(texts: list[str], find: str) -> None:
    if not find.split():
        return
    for got in found(find, *texts):
        assert re.sub(r"\s+", " ", got).casefold() == " ".join(find.split()).casefold()


def test_labels_are_whole_units() -> None:
    reading = [Unit("subject", "a"), Unit("tag", "b"), Unit("tag", "c")]
    assert label_spans(reading, "tag") == [Span(1, -1, -1), Span(2, -1, -1)]


@pytest.mark.parametrize(
    ("text", "keep", "stays"),
    [
        ("33.31257\n", 4, "33.3\n"),
        ("38SMB4488", 1, "38SMB48"),
        ("38S MB 44321 88765", 2, "38S MB 44 88"),
        ("38SMB443", 1, "38SMB44"),
        ("17:05", 2, "17"),
        ("5", 2, "5"),
        (" 123 ", 0, "  "),
    ],
)
def test_coarsening_keeps_the_prefix(text: str, keep: int, stays: str) -> None:
    spans = coarsen_spans([Unit("coordinate", text)], "coordinate", keep)
    for span in reversed(spans):
        text = text[: span.start] + text[span.end :]
    assert text == stays


def test_coarsening_by_a_negative_number_is_refused() -> None:
    with pytest.raises(UsageError):
        coarsen_spans([], "time", -1)
