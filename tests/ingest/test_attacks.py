"""What was broken once: things that were lost without a word, and outsiders' values that stopped or slowed a run."""

from __future__ import annotations

import base64
import time
import unicodedata

import msgspec
import pytest

from unsealed.ingest.boxes import LAYER, PageFacts, UnitBoxes, pack_box
from unsealed.ingest.ocr import merge
from unsealed.ingest.ocr.merge import Result
from unsealed.ingest.ocr.wire import Page, Word, check_page
from unsealed.ingest.readers.encoded import from_base64
from unsealed.model import Unit


def test_several_base64_texts_behind_each_other_are_all_there() -> None:
    texts = [b"a", b"bb", b"ccc", b"dddd"]
    assert from_base64(b"\n".join(map(base64.b64encode, texts))) == (b"".join(texts), True)


def test_padding_that_ends_nothing_costs_no_time() -> None:
    begin = time.monotonic()
    from_base64(b"AAAA=\n" * 400_000)
    assert time.monotonic() - begin < 5


def test_words_of_ocr_that_are_not_composed_cost_their_page_not_the_pass() -> None:
    word = Word(unicodedata.normalize("NFD", "café"), 0, 0, 5, 5, 90, 0, 0)
    with pytest.raises(msgspec.ValidationError, match="NFC"):
        check_page(Page("e", "eng", words=(word,)), 10, 10)


def layer(count: int, box: tuple[int, int, int, int]) -> list[merge._Piece]:
    boxes = UnitBoxes(LAYER, pack_box(*box) * count, b"")
    return [merge._Piece(Unit("paragraph", "x" * count), boxes, 0)]


def test_letters_as_large_as_their_page_cost_no_time() -> None:
    facts = PageFacts(width=6000, height=8000)
    words = [Word("w", 0, 0, 600, 800, 90, 0, 0)] * 20_000
    begin = time.monotonic()
    assert merge._outside(words, layer(100_000, (0, 0, 6000, 8000)), Result(None, 600, 800), facts) == []
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    ("box", "outside"),
    [
        ((0, 0, 100, 100), True), ((0, 0, 6000, 3000), True),
        ((0, 0, 6000, 5000), False), ((7000, 9000, 7001, 9001), True),
    ],
)  # fmt: skip
def test_a_word_stands_outside_the_layer_where_less_than_half_of_it_is_covered(
    box: tuple[int, int, int, int], outside: bool
) -> None:
    word = Word("w", 10, 10, 590, 790, 90, 0, 0)
    found = merge._outside([word], layer(1, box), Result(None, 600, 800), PageFacts(width=6000, height=8000))
    assert bool(found) is outside
