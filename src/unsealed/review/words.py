"""Words as the leak check compares them: one spelling for all the ways in which a word may be written.

Takes text, gives tuples of folded words. Pure. Folding removes case, accents, ligatures and invisible
characters; hyphens and line ends inside a word are handled by giving a text's words in more than one way.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W_]+")
_JOINED = re.compile(r"(?<=[^\W_])[-\u2010\u2011\u2012\u2013]\s*(?=[^\W_])")
_BROKEN = re.compile(r"([^\W_]+)[ \t]*\n\s*(?=([^\W_]+))")
# Characters that print nothing and may stand inside a word: soft hyphen, zero-width ones, marks of direction.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
# Letters that do not fall apart into a letter and an accent, with the spelling that plain keyboards give them.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t"}
)
_UMLAUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})

Words = tuple[str, ...]

MIN_LETTERS = 4  # release.md: "each of its words of four letters or more that is capitalised"


def fold(text: str) -> str:
    """Lower case, no accents, no invisible characters: `Ångström` and `ANGSTROM` become one."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text).casefold())
    return _BEYOND_ASCII.sub(_plain, decomposed)


def _plain(match: re.Match[str]) -> str:
    return "".join([c for c in match[0] if not unicodedata.combining(c)]).translate(_PLAIN)


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
    """Each pair of words that a line end separates, written as one (a word broken without a hyphen)."""
    return [match.group(1) + match.group(2) for match in _BROKEN.finditer(folded)] if "\n" in folded else []


def spellings(text: str) -> set[Words]:
    """Every way in which the leak check looks for `text`: folded, unhyphenated, umlauts spelt out, joined."""
    found: set[Words] = set()
    for variant in (text, unicodedata.normalize("NFC", text).lower().translate(_UMLAUT)):
        plain = words(variant)
        found.add(tuple(plain))
        found.add(tuple(unhyphenated_words(fold(variant)) or plain))
        if len(plain) > 1:
            found.add(("".join(plain),))  # as in the name of an account or a file
    found.discard(())
    return found


def is_distinct(text: str) -> bool:
    """Whether a text can be looked for at all: it has a capitalised word, or a run of four letters or digits.

    `he`, `the 5` and the tail of a coordinate cannot: they stand everywhere and give nothing away.
    """
    return any(word[0].isupper() or len(word) >= MIN_LETTERS for word in _WORD.findall(text))


def capitalised(text: str) -> list[str]:
    """The words of a text that have four letters or more and begin with a capital, as they are written."""
    return [
        word
        for word in _WORD.findall(unicodedata.normalize("NFC", text))
        if word[0].isupper() and sum(character.isalpha() for character in word) >= MIN_LETTERS
    ]
