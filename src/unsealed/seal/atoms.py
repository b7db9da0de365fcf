"""Cut the units of a reading into atoms, the smallest things that can be shown or hidden alone.

Takes units (label, NFC text) and gives `Atoms`; keeps the borders so that a sealed reading is never cut again.
Offsets are code points of a unit's text, half-open; places are atom numbers, the header being 0.
Spec: docs/formats/seal.md, sections "Atoms" and "Cutting".
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise

from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, UsageError
from unsealed.model import FORMAT_DOCUMENT, FORMAT_EMPTY, LABELS, LABELS_BY_CHARACTER
from unsealed.seal import _tables

MAX_ATOM = 65_536  # bytes of text in one atom
MAX_ATOMS = 1 << 24  # atoms of one reading
FORMATS = (FORMAT_DOCUMENT, FORMAT_EMPTY)

_BORDERS_VERSION = b"\x01"
_NULL = b"N"
# A byte pattern for ASCII text, five times as fast as the tables and of the same meaning.
# Without alternatives, which would cost a tenth: leading separators are a word of no letters, and nothing is last.
_ASCII_WORDS = re.compile(rb"[0-9A-Za-z]*[^0-9A-Za-z]*")


@dataclass(frozen=True, slots=True)
class Atoms:
    """The atoms of one reading, header first. Each is its kind byte followed by its content (spec, "Atoms")."""

    data: tuple[bytes, ...]

    @property
    def kinds(self) -> bytes:
        """One kind byte an atom: `H`, `U`, `W` or `N`."""
        return b"".join([atom[:1] for atom in self.data])

    @property
    def texts(self) -> tuple[bytes, ...]:
        """The content of each atom without its kind."""
        return tuple([atom[1:] for atom in self.data])

    @property
    def count(self) -> int:
        """n, the number of atoms."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class UnitRange:
    """Where a unit stands: place of its `U` atom, and number of atoms with it."""

    first: int
    count: int


def _character_class(table: str) -> str:
    """The ranges of a frozen table as the inside of a regular expression's character class."""
    pieces = []
    for word in table.split():
        first, _, last = word.partition("-")
        pieces.append(f"\\U{int(first, 16):08x}-\\U{int(last or first, 16):08x}")
    return "".join(pieces)


def not_word() -> str:
    """A regular expression for one code point that is in no word: neither letter, digit nor mark."""
    return f"[^{_character_class(_tables.WORD)}]"


@cache
def _any_words() -> re.Pattern[str]:
    """The cutting rule for text of every script; compiled once, when the first text needs it."""
    word, mark, spaceless = map(_character_class, (_tables.WORD, _tables.MARK, _tables.SPACELESS))
    return re.compile(f"(?:[{spaceless}][{mark}]*|(?:(?![{spaceless}])[{word}])+)[^{word}]*|[^{word}]+")


def _split_long(word: bytes) -> Iterable[bytes]:
    """`word` in pieces of at most MAX_ATOM bytes, each as long as whole code points allow."""
    while len(word) > MAX_ATOM:
        cut = MAX_ATOM
        while word[cut] & 0xC0 == 0x80:
            cut -= 1
        yield word[:cut]
        word = word[cut:]
    yield word


def _words(label: str, text: str) -> list[bytes]:
    """The `W` atoms of one unit."""
    if label in LABELS_BY_CHARACTER:
        return [b"W" + character.encode() for character in text]
    if text.isascii() and "\0" not in text and len(text) <= MAX_ATOM:
        # Join and split add the kind byte to all of them at once.
        found = (b"W" + b"\0W".join(_ASCII_WORDS.findall(text.encode()))).split(b"\0")
        found.pop()
        return found
    found = [word.encode() for word in _any_words().findall(text)]
    if len(text) * 4 > MAX_ATOM and max(map(len, found)) > MAX_ATOM:
        found = [piece for word in found for piece in _split_long(word)]
    return [b"W" + word for word in found]


def unit_atom(label: str, count: int) -> bytes:
    """The `U` atom of a unit of `count` atoms, itself included."""
    return b"U" + count.to_bytes(4, "big") + label.encode()


def cut(units: Iterable[tuple[str, str]], *, pad: Callable[[], bool] | None = None) -> Atoms:
    """Cut the units (label, NFC text) of one reading into atoms, `unsealed-document/1`.

    `pad` is asked after each word of a unit that is not cut by character; where it says yes, an `N` follows. It
    must draw from the operating system's random source. Raises UsageError for a label that is not of the
    closed list, for text that is not valid Unicode, and for more than 2^24 atoms.
    """
    atoms = [b"H" + FORMAT_DOCUMENT.encode()]
    try:
        for label, text in units:
            if label not in LABELS:
                raise UsageError("A unit has a label that the format does not know.")
            words = _words(label, text)
            if pad is not None and label not in LABELS_BY_CHARACTER:
                words = [atom for word in words for atom in ((word, _NULL) if pad() else (word,))]
            atoms.append(unit_atom(label, len(words) + 1))
            atoms += words
    except UnicodeEncodeError:
        raise UsageError("A unit holds half a surrogate pair: its reader must decode it first.") from None
    if len(atoms) > MAX_ATOMS:
        raise UsageError("An item has more than 2^24 words and marks.", remedy="Split it before ingest.")
    return Atoms(tuple(atoms))


def empty() -> Atoms:
    """The reading of an unused slot: the header `unsealed-empty/1` alone."""
    return Atoms((b"H" + FORMAT_EMPTY.encode(),))


def _varints(lengths: Sequence[int]) -> bytes:
    """Unsigned LEB128 of each length."""
    out = bytearray()
    for length in lengths:
        while length >= 0x80:
            out.append(length & 0x7F | 0x80)
            length >>= 7
        out.append(length)
    return bytes(out)


def _lengths(packed: bytes) -> list[int]:
    """Undo `_varints`. ArchiveError when the last one is cut off."""
    if packed.isascii():
        return list(packed)
    found, value, shift = [], 0, 0
    for byte in packed:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            found.append(value)
            value = shift = 0
    if shift:
        raise _unfit()
    return found


def borders(atoms: Atoms) -> bytes:
    """Where one atom ends and the next begins: a version byte, then the length of each as LEB128."""
    try:
        packed = bytes(map(len, atoms.data))
    except ValueError:  # an atom of 256 bytes or more
        packed = b"\xff"
    if packed.isascii():  # each length is its own LEB128
        return _BORDERS_VERSION + packed
    return _BORDERS_VERSION + _varints([*map(len, atoms.data)])


def atoms_hash(atoms: Atoms, packed: bytes | None = None) -> bytes:
    """SHA-256("us1T" || u32(n) || borders || all atoms), for the private slot table; it is never published.

    `packed` saves the work of `borders` where they are at hand.
    """
    count = len(atoms.data).to_bytes(4, "big")
    return sha256(b"us1T" + count + (packed or borders(atoms)) + b"".join(atoms.data)).digest()


def _unfit() -> ArchiveError:
    return ArchiveError(
        "The stored atom borders do not fit the reading.", remedy="The catalogue is damaged: restore it from a backup."
    )


def _restore_unit(label: str, text: bytes, lengths: list[int], at: int) -> tuple[list[bytes], int]:
    """The atoms of one unit whose lengths begin at `at` (its `U`), and where the next unit's begin."""
    start, end = at + 1, at + 1
    total = len(text)
    while end < len(lengths) and (total > 0 or lengths[end] == 1):
        total -= lengths[end] - 1
        end += 1
    if total != 0 or at >= len(lengths):
        raise _unfit()
    stops = list(accumulate([length - 1 for length in lengths[start:end]], initial=0))
    words = [b"W" + text[a:b] if b > a else _NULL for a, b in pairwise(stops)]
    head = unit_atom(label, end - at)
    if len(head) != lengths[at]:
        raise _unfit()
    return [head, *words], end


def restore(units: Iterable[tuple[str, str]], packed: bytes) -> Atoms:
    """The same atoms again from the same units and what `borders` gave, without cutting.

    Raises ArchiveError when the two do not belong together.
    """
    lengths = _lengths(packed[1:])
    header = b"H" + FORMAT_DOCUMENT.encode()
    if packed[:1] != _BORDERS_VERSION or lengths[:1] != [len(header)]:
        raise _unfit()
    atoms, at = [header], 1
    for label, text in units:
        found, at = _restore_unit(label, text.encode(), lengths, at)
        atoms += found
    if at != len(lengths):
        raise _unfit()
    return Atoms(tuple(atoms))


def unit_ranges(atoms: Atoms) -> list[UnitRange]:
    """Place and number of atoms of each unit, in order."""
    found, at = [], 1
    while at < len(atoms.data):
        count = int.from_bytes(atoms.data[at][1:5], "big")
        found.append(UnitRange(at, count))
        at += count
    return found


class Spans:
    """Widens spans of the units of one reading to whole atoms; what it learns of a unit it learns once."""

    def __init__(self, atoms: Atoms) -> None:
        self.units = unit_ranges(atoms)
        self._atoms = atoms
        self._ends: dict[int, list[int]] = {}

    def atoms_of(self, unit: int, start: int, end: int) -> tuple[int, int]:
        """Code points `start` to `end` of unit number `unit` as (first atom, count); see `span_to_atoms`."""
        where = self.units[unit]
        if not 0 <= start <= end:
            raise UsageError("A span ends before it begins.")
        end = max(end, start + 1)
        if unit not in self._ends:
            lengths = map(len, map(bytes.decode, self._atoms.data[where.first + 1 : where.first + where.count]))
            self._ends[unit] = list(accumulate([length - 1 for length in lengths]))
        ends = self._ends[unit]
        if not ends or end > ends[-1]:
            raise UsageError("A span lies outside its unit.")
        first, last = bisect_right(ends, start), bisect_left(ends, end)
        while last + 1 < len(ends) and ends[last + 1] == ends[last]:  # null atoms
            last += 1
        return where.first + 1 + first, last - first + 1


def span_to_atoms(atoms: Atoms, unit: int, start: int, end: int) -> tuple[int, int]:
    """Widen code points `start` to `end` of unit number `unit` to whole atoms: (first atom, count).

    An empty span gives the atom around it. Null atoms right after a touched word belong to the span, so that
    padding next to a name is hidden with it. Raises UsageError for a span outside the unit.
    """
    return Spans(atoms).atoms_of(unit, start, end)
