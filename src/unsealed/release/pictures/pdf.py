"""A PDF file of page pictures with their shown words behind them, written here from nothing. Pure.

No library writes it: the file holds what stands in this module, and nothing that names a program, a day or a person.
The words are of a font without shapes (Type 3, every character an empty drawing), so that a reader can search and
copy them and sees the picture alone. The same pages give the same bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unsealed.release.pictures.image import BITS, Look
from unsealed.release.pictures.layout import Word

POINTS = 842.0  # of the longer side of a page whose size is not known in inches: that of A4
_CODES = 255  # letters of one font
_LONGEST = 200  # letters of a word; a longer one is written in pieces
_WIDTH = 500  # thousandths of the size: what every character of the font counts as wide


class PdfPage(NamedTuple):
    """A page: pixels as a PNG holds them (`image.packed`), its size in points, its shown words in reading order."""

    width: int
    height: int
    rows: bytes
    look: Look
    points: tuple[float, float]
    words: tuple[Word, ...]


def pdf(pages: Sequence[PdfPage]) -> bytes:
    """The file."""
    fonts = _Fonts()
    drawings = ["\n".join(_words(page, fonts)).encode() for page in pages]
    file = _File()
    catalogue, tree, nothing = file.reserve(), file.reserve(), file.stream(b"", b"500 0 d0")
    names = " ".join(f"/F{number} {_font(file, list(one), nothing)} 0 R" for number, one in enumerate(fonts.codes))
    kids = [_page(file, page, tree, names, drawing) for page, drawing in zip(pages, drawings, strict=True)]
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    file.put(tree, f"<< /Type /Pages /Count {len(kids)} /Kids [ {listed} ] >>".encode())
    file.put(catalogue, f"<< /Type /Catalog /Pages {tree} 0 R >>".encode())
    return file.bytes(catalogue)


class _Fonts:
    """Letters by font: every word has one font alone, since some readers take a change of font for another word."""

    def __init__(self) -> None:
        self.codes: list[dict[str, int]] = []  # of each font: letter to code

    def find(self, word: str) -> tuple[int, dict[str, int]]:
        """The first font that has the letters of a word (at most `_CODES` of them), or room for them."""
        letters = frozenset(word)
        fits = (number for number, codes in enumerate(self.codes) if len(letters | codes.keys()) <= _CODES)
        number = next(fits, len(self.codes))
        if number == len(self.codes):
            self.codes.append({})
        codes = self.codes[number]
        for letter in word:
            codes.setdefault(letter, len(codes) + 1)
        return number, codes


class _File:
    """Objects and where they begin."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def reserve(self) -> int:
        """The number of an object that is written later."""
        self._objects.append(b"")
        return len(self._objects)

    def put(self, number: int, body: bytes) -> None:
        """Write a reserved object."""
        self._objects[number - 1] = body

    def add(self, body: bytes) -> int:
        """Write an object; gives its number."""
        self._objects.append(body)
        return len(self._objects)

    def stream(self, entries: bytes, body: bytes) -> int:
        """Write a stream as it is; gives its number."""
        head = b"<< " + entries + b" /Length %d >>\nstream\n" % len(body)
        return self.add(head + body + b"\nendstream")

    def packed(self, body: bytes) -> int:
        """Write a stream, compressed."""
        return self.stream(b"/Filter /FlateDecode", zlib.compress(body, 9))

    def bytes(self, root: int) -> bytes:
        """The whole file."""
        pieces, places, at = [b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n"], [], 15
        for number, body in enumerate(self._objects, 1):
            places.append(at)
            pieces.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
            at += len(pieces[-1])
        count = len(self._objects) + 1
        table = b"".join([b"%010d 00000 n \n" % place for place in places])
        pieces.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table))
        pieces.append(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, root, at))
        return b"".join(pieces)


def _font(file: _File, letters: Sequence[str], nothing: int) -> int:
    """A font whose characters draw nothing, and the table that says which letters they are."""
    last = len(letters)
    names = " ".join(f"/g{code}" for code in range(1, last + 1))
    shapes = " ".join(f"/g{code} {nothing} 0 R" for code in range(1, last + 1))
    lines = [f"<{code:02x}> <{letter.encode('utf-16-be').hex()}>" for code, letter in enumerate(letters, 1)]
    runs = [lines[at : at + 100] for at in range(0, last, 100)]
    listed = "\n".join(f"{len(run)} beginbfchar\n" + "\n".join(run) + "\nendbfchar" for run in runs)
    table = file.packed(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapType 2 def /CMapName /u def 1 begincodespacerange <01> <ff> endcodespacerange\n"
        f"{listed}\nendcmap CMapName currentdict /CMap defineresource pop end end".encode()
    )
    return file.add(
        f"<< /Type /Font /Subtype /Type3 /FontBBox [ 0 0 1000 1000 ] /FontMatrix [ 0.001 0 0 0.001 0 0 ]"
        f" /CharProcs << {shapes} >> /Encoding << /Type /Encoding /Differences [ 1 {names} ] >> /FirstChar 1"
        f" /LastChar {last} /Widths [ {' '.join([str(_WIDTH)] * last)} ] /Resources << >>"
        f" /ToUnicode {table} 0 R >>".encode()
    )


def _page(file: _File, page: PdfPage, tree: int, fonts: str, words: bytes) -> int:
    bits = BITS[page.look]
    picture = file.stream(
        f"/Type /XObject /Subtype /Image /Width {page.width} /Height {page.height} /ColorSpace /DeviceGray"
        f" /BitsPerComponent {bits} /Filter /FlateDecode /DecodeParms << /Predictor 15 /Colors 1"
        f" /BitsPerComponent {bits} /Columns {page.width} >>".encode(),
        page.rows,
    )
    across, down = page.points
    content = file.packed(f"q {across:.2f} 0 0 {down:.2f} 0 0 cm /I Do Q BT 3 Tr\n".encode() + words + b"\nET")
    return file.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [ 0 0 {across:.2f} {down:.2f} ] /Contents {content} 0 R"
        f" /Resources << /Font << {fonts} >> /XObject << /I {picture} 0 R >> >> >>".encode()
    )


def _words(page: PdfPage, fonts: _Fonts) -> Iterator[str]:
    """Each word, stretched to the width of its place, and a space behind it."""
    across, down = page.points
    for text, (left, top, right, bottom) in page.words:
        size = max((bottom - top) * down, 0.5)
        wide = max((right - left) * across, 0.1) / len(text)
        for at in range(0, len(text), _LONGEST):
            piece = text[at : at + _LONGEST]
            font, codes = fonts.find(f"{piece} ")
            written = bytes([codes[letter] for letter in f"{piece} "]).hex()
            yield f"/F{font} {size:.2f} Tf {wide / (size * _WIDTH / 1000) * 100:.2f} Tz"
            yield f"1 0 0 1 {left * across + at * wide:.2f} {(1 - bottom) * down:.2f} Tm <{written}> Tj"
