"""Words as the leak check compares them: one spelling for all the ways in which a word may be written.

Takes text, gives tuples of folded words. Pure. Folding removes case, accents, ligatures and invisible
characters; hyphens and line ends inside a word are handled by giving a text's words in more than one way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import chain

_WORD = re.compile(r"[^\W_]+")
# Hyphens, and what stands for one at the end of a line (also quoted-printable's `=`), and apostrophes inside a name.
_JOINED = re.compile(
    r"(?<=[^\W_])(?:[-\u2010-\u2013\u00ac]\s*|=[ \t]*\r?\n\s*|['\u2018\u2019\u201b\u02b9\u02bb\u02bc\u2032`\u00b4])"
    r"(?=[^\W_])"
)
# Each begins with few characters, not with whatever may stand before them: so they are found quickly.
_LINE_END = re.compile(r"\n\s*(?=[^\W_])")
_DASH = re.compile(r"[-\u2010-\u2013\u00ac]\s+(?=[^\W_])")
# Letters with something between each two of them, also one below the other; and words with signs inside, but no space.
_LETTERSPACED = re.compile(r"(?<![^\W_])[^\W_](?:[\W_]{1,3}[^\W_](?![^\W_])){3,}")
_SIGN = r"[][(){}<>*_|~^/\\+.\"\u00b7\u2022\u201c\u201d\u00ab\u00bb]"
# Without its first word, of which only the last letter is looked at.
_BROKEN = re.compile(rf"{_SIGN}(?<=[^\W_].){_SIGN}{{0,3}}[^\W_]+(?:{_SIGN}{{1,4}}[^\W_]+)*", re.DOTALL)
_CAMEL = re.compile(r"[a-z][A-Z]")
_LETTERS = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Default_Ignorable_Code_Point of Unicode 15: they print nothing and may stand inside a word.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# Letters that do not fall apart into a letter and an accent, with the spelling that plain keyboards give them.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t"}
    | dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))  # small capitals
    | {chr(0x1F1E6 + number): chr(ord("a") + number) for number in range(26)}  # of flags
    | {"ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه"}  # written for each other
)
# Letters that look alike, folded.
_LOOKS = ("асеорхукмтнвіјѕԁһԛԝαορνικτυχмɡ", "aceopxykmthbijsdhqwaopviktuxmg")
_AS_LATIN = str.maketrans(*_LOOKS)
_AS_CYRILLIC = str.maketrans("aceopxykmthbijs", "асеорхукмтнвіјѕ")
# Control characters that are no white space: one inside a word hides the word from nobody who reads it.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_OVERRIDE = re.compile("\u202e([^\u202c\u2069\r\n]*)")
# Two letters that stand for one with an accent: all are compared as the one (Mueller, Müller; Aagaard, Ågård).
_UMLAUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_DIGRAPHS = (("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a"), ("ss", "s"))

Words = tuple[str, ...]

_SHORT = 3  # words
_LONGEST = 60  # letters of a word that is broken
_FAR = 300  # characters that are looked at in front of such a place
MIN_LETTERS = 4  # release.md: "each of its words of four letters or more that is capitalised"


def fold(text: str) -> str:
    """Lower case, no accents, no invisible characters: `Ångström` and `ANGSTROM` become one."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    return _BEYOND_ASCII.sub(_plain, _INVISIBLE.sub("", unicodedata.normalize("NFKD", decomposed)))


def _plain(match: re.Match[str]) -> str:
    kept = [c for c in match[0] if unicodedata.category(c) not in ("Mn", "Me")]
    return "".join([str(unicodedata.decimal(c, c)) for c in kept]).translate(_PLAIN)


def collapse(folded: str) -> str:
    """A folded text as the leak check compares it: two letters that stand for one with an accent become that one."""
    for pair, letter in _DIGRAPHS:
        folded = folded.replace(pair, letter)
    return folded


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return folded_words(fold(text))


def folded_words(folded: str) -> list[str]:
    """The words of a text that is folded already."""
    return _WORD.findall(folded)


def unhyphenated_words(folded: str) -> list[str] | None:
    """The words of a folded text with hyphens, also at line ends, taken out; None where that changes nothing."""
    joined, changes = _JOINED.subn("", folded)
    return _WORD.findall(joined) if changes else None


def words_across_lines(folded: str) -> list[str]:
    """Each pair of words that a line end or a dash between spaces separates, written as one."""
    found = []
    for match in chain(_LINE_END.finditer(folded), _DASH.finditer(folded)):
        before = folded[max(0, match.start() - _FAR) : match.start()]
        if match[0][0] == "\n" or before[-1:].isspace():
            word = _WORD.match(before.rstrip()[: -_LONGEST - 1 : -1])
            after = _WORD.match(folded, match.end())
            if word and after:
                found.append(word[0][::-1] + after[0])
    return found


def words_of_pieces(folded: str, stream: Sequence[str], longest: int) -> Iterator[str]:
    """Whatever words of four to `longest` letters letters that stand apart make, and parts that signs set apart.

    `stream` are the words of `folded`.
    """
    if b"\1\1\1\1" in bytes(len(word) == 1 for word in stream):
        for match in _LETTERSPACED.finditer(folded):
            yield from _joined(squeeze(match[0]), longest)
    for match in _BROKEN.finditer(folded):
        before = _WORD.match(folded[max(0, match.start() - _LONGEST) : match.start()][::-1])
        if before:
            yield from _joined([before[0][::-1], *_WORD.findall(match[0])], longest)


def _joined(parts: Sequence[str], longest: int) -> Iterator[str]:
    for begin in range(len(parts) - 1):
        word = parts[begin]
        for part in parts[begin + 1 :]:
            word += part
            if len(word) > longest:
                break
            if len(word) >= MIN_LETTERS and not word.isdigit():
                yield word


def look_alikes(folded: str) -> tuple[str, ...]:
    """A word of letters that look like those of another script, as it looks: in Latin letters, in Cyrillic ones."""
    latin = folded.translate(_AS_LATIN)
    found = (latin,) if latin.isascii() else ()
    return (*found, folded.translate(_AS_CYRILLIC)) if any(map(str.isascii, folded)) else found


def as_displayed(text: str) -> str:
    """A text without its control characters, and with each override of direction carried out: what stands behind one
    is shown from right to left.
    """
    return _OVERRIDE.sub(lambda match: match[1][::-1], _CONTROL.sub("", text))


def humps(text: str) -> list[str]:
    """The folded parts of words that are written together with capitals inside: `SelmaBrandt` is two."""
    found: dict[str, None] = {}
    end = 0
    for match in _CAMEL.finditer(text):
        if match.start() >= end:
            before = _LETTERS.match(text[max(0, match.start() - _FAR) : match.start() + 1][::-1])
            after = _LETTERS.match(text, match.start() + 1)
            if before and after:
                end = after.end()
                found[before[0][::-1] + after[0]] = None
    return [fold(part) for word in found for part in _HUMP.split(word)]


def squeeze(folded: str) -> str:
    """Only the letters and digits of a folded text."""
    return "".join(_WORD.findall(folded))


def spellings(text: str) -> set[Words]:
    """Every way in which the leak check looks for `text`: folded, unhyphenated, joined. Not yet collapsed."""
    found: set[Words] = set()
    for folded in {fold(text), fold(unicodedata.normalize("NFC", text).lower().translate(_UMLAUT))}:
        plain = folded_words(folded)
        found |= {tuple(plain), tuple(unhyphenated_words(folded) or plain)}
        if len(plain) > 1:
            found |= {("".join(plain),), ("".join(reversed(plain)),)}  # as in the name of an account or a file
        if 1 < len(plain) <= _SHORT and all(word[0].isupper() for word in _words_as_written(text)):
            found |= {(*plain[1:], plain[0]), (plain[-1], *plain[:-1])}  # the family's name first, or last
    found.discard(())
    return found


def has_unspaced(text: str) -> bool:
    """Whether a text has letters of a script without case: its words may be joined to their neighbours."""
    return not text.isascii() and any(unicodedata.category(c) == "Lo" for c in text)


def is_distinct(text: str) -> bool:
    """Whether a text can be looked for at all: a capital, four letters or digits, or a letter of a script without case.

    `he`, `312` and the tail of a coordinate cannot: they stand everywhere and give nothing away.
    """
    found = _WORD.findall(text)
    return any(word[0].isupper() for word in found) or sum(map(len, found)) >= MIN_LETTERS or has_unspaced(text)


def capitalised(text: str) -> list[str]:
    """The words of a text that have four letters or more and begin with a capital, as they are written."""
    return [word for word in _words_as_written(text) if word[0].isupper() and _letters(word) >= MIN_LETTERS]


def telling(text: str) -> list[str]:
    """The words of a mark that are looked for by themselves: capitalised ones, and of a short mark every long one.

    A mark of two or three words is a name more often than a phrase, also where it is written without capitals
    (`selma brandt`, `brandt_s`). Of an address only what stands before the `@` counts.
    """
    name = text.partition("@")[0]
    found = _words_as_written(name)
    short = "@" in text or 1 < len(found) <= _SHORT
    long = [word for word in found if _letters(word) >= MIN_LETTERS] if short else []
    return list(dict.fromkeys([*capitalised(text), *long]))


def _words_as_written(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFC", text))


def _letters(word: str) -> int:
    return sum(character.isalpha() for character in word)
