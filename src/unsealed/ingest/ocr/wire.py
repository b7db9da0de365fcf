"""What the OCR pass and its workers say to each other: bytes to pixels, pixels to words. Both sides check."""

from __future__ import annotations

import unicodedata

import msgspec

SIDE = 12_000  # pixels along one side of a drawn page
PIXELS = 40_000_000  # of a drawn page, one byte each
WORDS = 50_000  # of one page
LETTERS = 500  # of one word


class Open(msgspec.Struct, frozen=True, array_like=True, tag="open"):
    """Hold this document; the answer is `Opened`."""

    form: str
    data: bytes


class Draw(msgspec.Struct, frozen=True, array_like=True, tag="draw"):
    """Draw page `number` (from 1) of the open document in grey; the answer is `Drawn`."""

    number: int
    dpi: int


class Recognise(msgspec.Struct, frozen=True, array_like=True, tag="recognise"):
    """Read the words of a page; the answer is `Page`. `languages` empty: find out."""

    width: int
    height: int
    dpi: int
    pixels: bytes
    languages: tuple[str, ...]
    folder: str  # of the language data


class Opened(msgspec.Struct, frozen=True, array_like=True):
    """How many pages an open document has; 0 where it cannot be opened."""

    pages: int


class Drawn(msgspec.Struct, frozen=True, array_like=True):
    """A page as pixels, row by row, one byte each: 0 black to 255 white. No pixels: it cannot be drawn.

    `dpi`: pixels to the inch that it was drawn with, less than asked for on a very large page; 0 for not known.
    """

    width: int = 0
    height: int = 0
    dpi: int = 0
    pixels: bytes = b""


class Word(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A word: its text, its box in pixels, confidence 0 to 100, the numbers of its paragraph and line in the page."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    confidence: int
    paragraph: int
    line: int


class Page(msgspec.Struct, frozen=True, array_like=True):
    """The words of a page in reading order, boxes in the pixels that were given.

    `turn`: quarter turns clockwise that make the page upright. `skew`: degrees that its lines lean. `languages`: those
    that it was read with.
    """

    engine: str
    languages: str
    turn: int = 0
    skew: float = 0.0
    words: tuple[Word, ...] = ()


Request = Open | Draw | Recognise


def check_drawn(untrusted_drawn: Drawn) -> None:
    """Raises msgspec.ValidationError where a page's bytes are not its pixels, or too many."""
    width, height = untrusted_drawn.width, untrusted_drawn.height
    if not (0 <= width <= SIDE and 0 <= height <= SIDE and width * height <= PIXELS):
        raise msgspec.ValidationError("size")
    if len(untrusted_drawn.pixels) != width * height or not 0 <= untrusted_drawn.dpi <= 2400:
        raise msgspec.ValidationError("pixels")


def check_page(untrusted_page: Page, width: int, height: int) -> None:
    """Raises msgspec.ValidationError where words lie outside their page, are too many, too long or not NFC."""
    if len(untrusted_page.words) > WORDS or len(untrusted_page.engine) > 100 or len(untrusted_page.languages) > 200:
        raise msgspec.ValidationError("page")
    if not (0 <= untrusted_page.turn <= 3 and -90 <= untrusted_page.skew <= 90):
        raise msgspec.ValidationError("turn")
    for word in untrusted_page.words:
        inside = 0 <= word.left <= word.right <= width and 0 <= word.top <= word.bottom <= height
        if not inside or not 0 <= word.confidence <= 100 or not 0 < len(word.text) <= LETTERS:
            raise msgspec.ValidationError("word")
        if word.paragraph < 0 or word.line < 0:
            raise msgspec.ValidationError("place")
        if not unicodedata.is_normalized("NFC", word.text):  # the reading that it becomes part of would break a rule
            raise msgspec.ValidationError("NFC")
