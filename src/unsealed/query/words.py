"""The word rule: how a text becomes words, once for queries, indexes, highlights and the static search.

docs/query.md ("Words") is the specification. In short: a character is folded on its own (compatibility
decomposition, lower case, marks off, a few letters written out), everything that is no letter or digit
separates, and in scripts that do not part their words each character is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, pairwise

MAX_WORD_BYTES = 255
"""The longest word that is indexed, in bytes of its folded UTF-8 form."""

# Letters that decomposition leaves alone but readers expect to find under plain ones.
_WRITTEN_OUT = str.maketrans(
    {"ß": "ss", "ς": "σ", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
# The voicing marks of kana tell words apart; every other mark is dropped.
_KEPT_MARKS = frozenset("\u3099\u309a")
# Scripts written without spaces: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# After folding only ASCII separates, so "not an ASCII separator" is "letter or digit".
_SEPARATORS = "\x00-/:-@\\[-`{-\x7f"
_WORD = re.compile(f"[{_UNSPACED}]|[^{_SEPARATORS}{_UNSPACED}]+")
_JOINED = f"^{_SEPARATORS}{_UNSPACED}"  # inside brackets: what goes on with a word
_ASCII_WORD = re.compile("[a-z0-9]+")
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")
_CABLE_ID = re.compile(r"([0-9]{2})?([a-z]{3,17})0*([0-9]{1,7})")


def _is_word_character(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"


@lru_cache(maxsize=1 << 17)
def fold_character(character: str) -> str:
    """The folded form of one character: a mark gives nothing, a separator beyond ASCII gives one space."""
    if character.isascii():
        return character.lower()
    if unicodedata.category(character)[0] == "M":
        return ""
    if not _is_word_character(character):
        return " "
    plain = [c for c in unicodedata.normalize("NFKD", character).lower() if _stays(c)]
    joined = unicodedata.normalize("NFC", "".join(plain)).translate(_WRITTEN_OUT)
    return "".join(c if c.isascii() or _is_word_character(c) else " " for c in joined)


def _stays(character: str) -> bool:
    return character in _KEPT_MARKS or unicodedata.category(character)[0] != "M"


def fold(text: str) -> str:
    """Lower case without accents; separators beyond ASCII become spaces, marks vanish.

    Folding works character by character, so `fold(a + b) == fold(a) + fold(b)`, and twice is once.
    """
    if text.isascii():
        return text.lower()
    # One replacement for each distinct character runs at the speed of C; texts hold few of them.
    for character in set(text):
        if not character.isascii() and (folded := fold_character(character)) != character:
            text = text.replace(character, folded)
    return _lower_ascii(text)


_UPPER_ASCII = re.compile("[A-Z]+")


def _lower_ascii(text: str) -> str:
    # str.lower() would look at every character beyond ASCII again, and they are folded already.
    return _UPPER_ASCII.sub(lambda match: match[0].lower(), text) if not text.islower() else text


def words(text: str) -> list[str]:
    """The folded words of `text`, in order. Words beyond MAX_WORD_BYTES are in it; no index has them."""
    return folded_words(fold(text))


def folded_words(folded: str) -> list[str]:
    """The words of a text that is folded already."""
    return (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)


def folded_places(folded: str) -> Iterator[tuple[str, int, int]]:
    """Every word of a text that is folded already, with its half-open range in it."""
    for match in (_ASCII_WORD if folded.isascii() else _WORD).finditer(folded):
        yield match[0], match.start(), match.end()


def index_text(text: str) -> str:
    """`text` so that an indexer that splits at blanks finds exactly `words(text)`.

    One table lowers and separates, byte by byte: bytes of characters beyond ASCII stay as they are.
    """
    if text.isascii():
        return text.encode().translate(_INDEXED).decode("ascii")
    folded = fold(text)
    if not folded.isascii():
        folded = _UNSPACED_CHARACTER.sub(r" \g<0> ", folded)
    return folded.encode().translate(_INDEXED).decode()


_INDEXED = bytes(byte if byte > 127 else ord(chr(byte).lower()) if chr(byte).isalnum() else 32 for byte in range(256))


def aligned(text: str) -> tuple[str, list[int] | None]:
    """`fold(text)` and, where lengths differ, for each folded character (and the end) its place in `text`."""
    folded = fold(text)
    if text.isascii() or all(len(fold_character(c)) == 1 for c in set(text)):
        return folded, None
    origins: list[int] = []
    for index, character in enumerate(text):
        origins.extend([index] * len(fold_character(character)))
    origins.append(len(text))
    return folded, origins


def more_words_than(count: int, folded: str, start: int, end: int) -> bool:
    """True where more than `count` words stand between `start` and `end` of a folded text. Reads no further."""
    matches = (_ASCII_WORD if folded.isascii() else _WORD).finditer(folded, start, end)
    return next(islice(matches, count, None), None) is not None


def places(text: str) -> list[tuple[str, int, int]]:
    """Every word of `text` with its half-open range of code points in `text`."""
    folded, origins = aligned(text)
    if origins is None:
        return list(folded_places(folded))
    return [(word, origins[start], original_end(origins, end)) for word, start, end in folded_places(folded)]


def original_end(origins: list[int], end: int) -> int:
    """Where a span that ends at `end` in the folded text ends in the original: behind the marks that were dropped."""
    return max(origins[end], origins[end - 1] + 1) if end else 0


def id_key(identifier: str) -> str:
    """The one form under which an identifier is indexed and sought.

    Cable numbers lose spaces and leading zeros (`03 STATE 000284` is `03state284`, formats/cable.md section 3); any
    other identifier is folded and its white space squeezed.
    """
    keys = id_keys(identifier)
    return keys[0] if keys else ""


def id_keys(identifier: str) -> list[str]:
    """All forms under which an identifier is found: `id_key` first; a cable number also without its year."""
    if identifier.isalnum() and identifier.isascii():  # most are: `09BERN12`
        parts = [identifier.lower()]
    else:
        parts = fold(identifier.replace('"', " ")).split()
    match = _CABLE_ID.fullmatch("".join(parts))
    if match is None:
        key = " ".join(parts)
        return [key] if key else []
    year, station, number = match.groups()
    return [year + station + number, station + number] if year else [station + number]


def value_key(value: str) -> str:
    """The form of a classification, tag, type or language: its words, one space between them."""
    return " ".join(words(value))


def within(left: str, right: str, limit: int) -> bool:
    """True when `left` becomes `right` by at most `limit` changes of one character.

    A change inserts, drops or replaces a character or swaps two neighbours (no part is changed twice).
    """
    if abs(len(left) - len(right)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i] + [0] * len(right)
        for j, b in enumerate(right, 1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                row[j] = min(row[j], older[j - 2] + 1)
        if min(row) > limit:
            return False
    return row[-1] <= limit


def words_pattern(sought: Sequence[str], *, open_end: bool = False) -> str:
    """A regular expression that finds `sought`, one word after the other, in a folded text.

    `open_end`: the last word may go on. The expression begins with the first word itself, and looks back only
    behind it: so the regular expression engine runs to candidates at the speed of a plain search.
    """
    first, last = sought[0], sought[-1]
    parts = [re.escape(first)]
    if not _UNSPACED_CHARACTER.match(first):
        parts.append(f"(?<![{_JOINED}]{re.escape(first)})")
    for before, after in pairwise(sought):
        unspaced = _UNSPACED_CHARACTER.match(before) or _UNSPACED_CHARACTER.match(after)
        parts.append(f"[{_SEPARATORS}]{'*' if unspaced else '+'}{re.escape(after)}")
    if not _UNSPACED_CHARACTER.match(last):
        parts.append(f"[{_JOINED}]*" if open_end else f"(?![{_JOINED}])")
    return "".join(parts)


def cable_pattern(year: str, station: str, number: str) -> str:
    """A regular expression that finds a cable number in a folded text, written in one word or apart, with any zeros."""
    digits = f"0{{0,{7 - len(number)}}}{number}"
    glued = f"{year or '(?:[0-9]{2})?'}{station}{digits}"
    apart = f"[{_SEPARATORS}]+".join([*([year] if year else []), station, digits])
    return f"(?<![{_JOINED}])(?:{glued}|{apart})(?![{_JOINED}])"
