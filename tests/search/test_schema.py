"""What goes into the index: the engine cuts exactly our words, dates become numbers that sort."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from unsealed.query import MAX_WORD_BYTES, bounds, index_text, words
from unsealed.search.schema import _minutes, analyzer, beginnings

ANALYZER = analyzer()


def indexed(text: str) -> list[str]:
    return [word for word in words(text) if len(word.encode()) <= MAX_WORD_BYTES]


@given(st.text(max_size=80))
@example("x" * 255 + " " + "y" * 256 + " " + "é" * 127 + " " + "é" * 128 + " " + "я" * 128)
@example("Ⓐ ⑴ ½ ﷺ İ ẞ ǅ 𝔘𝔫𝔦 한국어 が ﾊﾞ हिन्दी ไทย \u200d \U0001f600 a\u0301")
@settings(max_examples=1000, deadline=None)
def test_the_engine_finds_exactly_our_words(text: str) -> None:
    assert ANALYZER.analyze(index_text(text)) == indexed(text)


@pytest.mark.shared
@pytest.mark.parametrize("pattern", ["frus/tei/*1964-68v10*", "press/wikinews-fr/*", "formats/kreuzberg/*"])
def test_the_engine_finds_exactly_our_words_in_real_texts(shared: Path, pattern: str) -> None:
    files = sorted(shared.glob(pattern))[:20]
    assert files
    for file in files:
        text = file.read_bytes()[:300_000].decode("utf-8", "replace")
        assert ANALYZER.analyze(index_text(text)) == indexed(text)


def test_beginnings() -> None:
    assert beginnings("secret noforn x") == ["secret", "secret noforn", "secret noforn x"]
    assert beginnings("secret") == ["secret"]
    assert beginnings("") == []


DATES = st.dates().map(lambda day: day.isoformat()) | st.datetimes().map(lambda t: t.isoformat(timespec="minutes"))


@given(DATES, DATES)
def test_minutes_sort_as_dates_do_and_fit(one: str, other: str) -> None:
    first, second = (bounds(date) for date in (one, other))
    assert first is not None
    assert second is not None
    assert (first[0] < second[0]) == (_minutes(first[0]) < _minutes(second[0]))
    assert 0 < _minutes(first[0]) < 1 << 33
    assert _minutes(999912312359) < (1 << 33) - 1
