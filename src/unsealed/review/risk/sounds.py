"""One key for the ways in which a name is written in other letters: Cyrillic, Greek, Arabic, Hebrew, and back.

Takes a folded word, gives Latin letters, and keys of its consonants that names in other scripts and in other usual
transliterations share. Pure. Keys bring candidates; who uses them looks at the candidates again.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from unsealed.review.words import fold


def _table(letters: str, latin: str) -> dict[str, str]:
    """From each letter to its Latin ones; `_` is nothing."""
    return dict(zip(letters, latin.split(), strict=True))


_CYRILLIC = _table(
    "абвгдежзиклмнопрстуфхцчшщъыьэюяіїєґўјљњћђџқғңһәөүұ",
    "a b v g d e zh z i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i i ye g u j l n c dj dz k gh n h a o u u",
)
_GREEK = _table("αβγδεζηθικλμνξοπρσςτυφχψω", "a v g d e z i th i k l m n x o p r s s t y f ch ps o")
_GREEK_PAIRS = {
    "ου": "ou", "αι": "e", "ει": "i", "οι": "i", "ευ": "ev", "αυ": "av", "μπ": "b", "ντ": "d", "γκ": "g",
    "γγ": "ng", "τζ": "tz",
}  # fmt: skip
_ARABIC = _table(
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءپچژگکیےۀھہںٹڈڑ",
    "a b t th j h kh d dh r z s sh s d t z a gh f q k l m n h w y a _ _ p ch zh g k y y _ h h n t d r",
)
_HEBREW = _table("אבגדהוזחטיכךלמםנןסעפףצץקרשת", "a b g d h v z ch t y k k l m m n n s a p f ts ts k r sh t")
_GEORGIAN = _table(
    "აბგდევზთიკლმნოპჟრსტუფქღყშჩცძწჭხჯჰ", "a b g d e v z t i k l m n o p zh r s t u p k gh q sh ch ts dz ts ch kh j h"
)
_ARMENIAN = _table(
    "աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ",
    "a b g d e z e y t zh i l kh ts k h dz gh ch m y n sh o ch p j r s v t r ts u p k o f",
)
_LETTERS = {**_CYRILLIC, **_GREEK, **_ARABIC, **_HEBREW, **_GEORGIAN, **_ARMENIAN}
_PREFIXES = ("وال", "بال", "فال", "كال", "لل", "ال", "و", "ب", "ل", "ف", "ك")
_CASES = (
    "ого",
    "ому",
    "ами",
    "ями",
    "ыми",
    "ыми",
    "ым",
    "ых",
    "ом",
    "ем",
    "ой",
    "ою",
    "ою",
    "ей",
    "ам",
    "ах",
    "у",
    "а",
    "е",
    "ы",
    "и",
    "ю",
    "я",
    "ові",
    "ович",
    "ем",
    "і",
)
_CLUSTERS = re.compile(
    r"shch|schtsch|chtch|shtch|shtsh|stsch|tsch|tch|sch|dzh|dsch|dj|zh|kh|gh|ph|th|dh|ck|cz|sz|ts|tz|sh|ch|qu|x|c(?=[eiy])"
)
_SOUND = {
    "shch": "S", "chtch": "S", "shtch": "S", "shtsh": "S", "stsch": "S", "schtsch": "S", "tsch": "C", "tch": "C",
    "sch": "S", "dzh": "J", "dsch": "J", "dj": "J",
    "zh": "J", "kh": "h", "gh": "g",
    "ph": "f", "th": "t", "dh": "d", "ck": "k", "cz": "C", "sz": "S", "ts": "c", "tz": "c", "sh": "S",
    "ch": "C", "qu": "k", "x": "ks", "c": "s",
}  # fmt: skip
_SINGLE = str.maketrans({"q": "k", "c": "k", "w": "v"})
_COARSE = str.maketrans({"d": "t", "p": "b", "v": "f", "g": "k", "J": "k", "j": "k", "c": "s", "C": "S", "z": "s"})
_VOWELS = str.maketrans("", "", "aeiouy_")
_HEADS = [(f"\n{vowel}", "\nA") for vowel in "aeiou"]  # at the beginning of a line
_DOUBLE = re.compile(r"(.)\1+")
_PAIRS = [letter * 2 for letter in (*string.ascii_lowercase, *string.digits, *"ACJS")]
_BARE_HEAD = re.compile(r"^A(?=...)", re.MULTILINE)
_SOFT_C = re.compile(r"c(?=[eiy])")
READ_TWICE = re.compile(r"[jx]|[kc]h|rz|c[eiy]")
_SILENT_H = re.compile(r"h(?![aeiouy])")


class Keys(NamedTuple):
    """`fine`: consonants as Latin, Cyrillic and Greek spell them; `coarse`: as far as Arabic and Hebrew tell them."""

    fine: tuple[str, ...]
    coarse: str


# What a letter with a mark says in its own language, where it is more than the letter without it.
_MARKED = str.maketrans(
    {
        "š": "sh",
        "č": "ch",
        "ć": "ch",
        "ž": "zh",
        "đ": "dj",
        "ş": "sh",
        "ç": "ch",
        "ğ": "g",
        "ș": "sh",
        "ț": "ts",
        "ę": "en",
        "ą": "on",
    }
)
_APOSTROPHES = re.compile("['\u2018\u2019\u02bb\u02bc`\u00b4]")
_JAMO = (
    ["g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "_", "j", "jj", "ch", "k", "t", "p", "h"],
    [
        "a",
        "ae",
        "ya",
        "yae",
        "eo",
        "e",
        "yeo",
        "ye",
        "o",
        "wa",
        "wae",
        "oe",
        "yo",
        "u",
        "wo",
        "we",
        "wi",
        "yu",
        "eu",
        "ui",
        "i",
    ],
    [
        "k",
        "k",
        "k",
        "n",
        "n",
        "n",
        "t",
        "l",
        "l",
        "l",
        "l",
        "l",
        "l",
        "l",
        "l",
        "m",
        "p",
        "p",
        "t",
        "t",
        "ng",
        "t",
        "t",
        "k",
        "t",
        "p",
        "h",
    ],
)


def plain(word: str) -> str:
    """A word folded, without apostrophes inside it."""
    return fold(_APOSTROPHES.sub("", word))


def spoken(word: str) -> list[str]:
    """A word folded; and, where its marked letters say more than plain ones, folded as they are spoken."""
    folded = plain(word)
    if word.isascii():
        return [folded]
    return list(dict.fromkeys((folded, plain(word.lower().translate(_MARKED)))))


def _syllables(word: str) -> str:
    """Korean, which folding takes apart into its letters, in Latin ones."""
    for start, letters in zip((0x1100, 0x1161, 0x11A8), _JAMO, strict=True):
        word = word.translate({start + at: latin for at, latin in enumerate(letters)})
    return word


def romanise(word: str) -> str:
    """A folded word in Latin letters; those it has stay, vowels that are not written stay away."""
    if word.isascii():
        return word
    if "\u1100" <= word[0] <= "\u11ff":
        return _syllables(word).replace("_", "")
    for pair, latin in _GREEK_PAIRS.items():
        word = word.replace(pair, latin)
    if "\u0590" <= word[0] <= "\u08ff":
        word = _APART.sub("\\1'", word)
    return "".join(_LETTERS.get(c, c) for c in word).replace("_", "")


# Before an H of Hebrew or Arabic: K and H that are two letters are no KH.
_APART = re.compile("([כךקסצדגתטكکسدتز])(?=[ההحه])")
_PERSIAN = str.maketrans("ضذثق", "ززسغ")
_BARE_H = re.compile("(?<![sckztpgd])h(?=[aeiouyrl])")


def variants(word: str) -> list[str]:
    """A folded word, and as neighbours of its language read its letters; without the article of Arabic."""
    found = [word]
    if "\u0600" <= word[:1] <= "\u06ff":
        if word.startswith("ال") and len(word) > 4:
            found.append(word[2:])
        found += [other for one in found[:] if (other := one.translate(_PERSIAN)) != one]
    elif "\u0400" <= word[:1] <= "\u052f" and "г" in word:
        found.append(word.replace("г", "х"))
    return found


def neighbours(word: str) -> list[str]:
    """Further fine keys of a word of the register: G and H of Ukrainian, ZH in Polish and German letters."""
    latin = romanise(word)
    others = {latin.replace("zh", "z"), latin.replace("zh", "sh"), _BARE_H.sub("g", latin), latin.lstrip("iy")}
    if "gia" in latin:
        others |= {latin.replace("gia", "ya"), latin.replace("gia", "ya").replace("ch", "h")}
    return [key for one in others if one != latin and one and (key := _fine(one))]


class _Fine(dict[str, str]):
    """The sounds of single words, worked out once."""

    _LIMIT = 200_000  # words that are remembered
    _LONGEST = 64  # characters of one

    def __missing__(self, latin: str) -> str:
        heard = _heard(latin, _once)
        if len(self) > self._LIMIT:
            self.clear()
        if len(latin) <= self._LONGEST:
            self[latin] = heard
        return heard


_fine = _Fine().__getitem__


def _heard(lines: str, once: Callable[[str], str]) -> str:
    """The sounds of each line; `once` takes the second of two equal letters away."""
    sounds = _CLUSTERS.sub(lambda match: _SOUND[match[0]], _SILENT_H.sub(_kept_h, once(lines))).translate(_SINGLE)
    sounds = f"\n{sounds}"
    for begun, head in _HEADS:
        sounds = sounds.replace(begun, head)
    return once(sounds[1:].translate(_VOWELS))


def _once(lines: str) -> str:
    return _DOUBLE.sub(r"\1", lines)


def _once_ascii(lines: str) -> str:
    """As `_once`, of letters and digits of ASCII, and many times as fast on a long text."""
    return _singly(lines, _PAIRS)


def _kept_h(match: re.Match[str]) -> str:
    """An `h` that belongs to a pair of letters stays; one that only lengthens a vowel goes."""
    before = match.string[match.start() - 1 : match.start()]
    return "h" if before in "sckgptdz" and before else ""


def keys(word: str) -> Keys:
    """The keys of a folded word. `j` is read in both ways, as in `jeans` and as in `Jugoslavia`."""
    latin = romanise(word)
    fine = [_fine(latin), *_other_readings(latin)]
    coarse = _fine(latin.replace("w", "").replace("kh", "h").replace("ou", "u")).replace("h", "").translate(_COARSE)
    coarse = _BARE_HEAD.sub("", _DOUBLE.sub(r"\1", coarse))
    return Keys(tuple(dict.fromkeys(key for key in fine if key)), coarse)


def keys_of_many(words: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Each word with its first fine key and its coarse one, as of `keys`: words of ASCII letters and digits, folded.

    All are taken through each step together. Further fine keys, where READ_TWICE finds something, gives `other_keys`.
    """
    lines = "\n".join(words)
    changed = lines.replace("w", "").replace("kh", "h").replace("ou", "u")
    fine, _, said = _heard(f"{lines}{_BETWEEN}{changed}", _once_ascii).partition(_BETWEEN)
    coarse = _BARE_HEAD.sub("", _once_ascii(said.replace("h", "").translate(_COARSE)))
    return zip(words, fine.split("\n"), coarse.split("\n"), strict=True) if words else iter(())


# Classes of letters between which no step from a word to its keys tells; vowels and H are left out, as is what stands
# for a vowel at the beginning of a key.
_CLASSES = {"k": "ckgqszxjCJS", "t": "td", "b": "bpfvw", "0": string.digits, "": "aeiouyhA_"}
_CLASSED = str.maketrans({letter: sign for sign, some in _CLASSES.items() for letter in some})
_AS_BYTES = bytes(ord(_CLASSED.get(code) or chr(code)) for code in range(128)) + bytes(range(128, 256))
_LEFT_OUT = _CLASSES[""].encode()
_CLASS_PAIRS = [sign * 2 for sign in "ktblmnr0"]
_T_BEFORE_K = re.compile(r"t[tk]*k")
_BETWEEN = "\n\0\n"  # two lists of words
_RESPELT = re.compile(r"[jxw]|ck?h|rz")


def rough(key: str) -> str:
    """What is left of a key, fine or coarse, where only a few classes of consonants are told apart."""
    return _once_rough(key.translate(_CLASSED))


def _once_rough(lines: str) -> str:
    """Each class once in a row. T before K goes: together they are often one sound (TS, TCH, DZ)."""
    lines = _singly(lines, _CLASS_PAIRS)
    return _singly(_T_BEFORE_K.sub("k", lines), ("kk",)) if "tk" in lines else lines


def _singly(lines: str, pairs: Iterable[str]) -> str:
    for pair in pairs:
        while pair in lines:
            lines = lines.replace(pair, pair[0])
    return lines


def rough_of_many(words: Iterable[str]) -> list[str]:
    """For each of some folded words of ASCII letters and digits what `rough` makes of its first fine key.

    Of its coarse key, too, but for words with a W; and of its other keys but for what `respelt` gives. A sieve: many
    times as fast as the keys themselves.
    """
    lines = _singly("\n".join(words), ("kk",))
    signs = lines.replace("kh", "h").encode().translate(_AS_BYTES, _LEFT_OUT)
    return _once_rough(signs.decode()).split("\n")


def respelt(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Words that may also be read otherwise, each with each other spelling whose rough key may be another."""
    for word in filter(_RESPELT.search, words):
        if "w" in word:  # a coarse key has none
            yield word, word.replace("w", "")
        if "j" in word:
            yield word, word.replace("j", "y")
        if "x" in word:
            yield word, word.replace("x", "kh")
        if "ch" in word or "ckh" in word:
            yield word, word.replace("kh", "h").replace("ch", "h")
        if "rz" in word:
            yield word, word.replace("rz", "zh")


def other_keys(word: str) -> list[str]:
    """The fine keys of a folded word of ASCII letters beside the first, as of `keys`."""
    return [key for key in _other_readings(word) if key]


def _other_readings(latin: str) -> list[str]:
    """The fine keys of a word whose letters may be said in more than one way."""
    fine = []
    if "j" in latin:
        fine.append(_fine(latin.replace("j", "y")))
    if "kh" in latin or "ch" in latin:
        fine.append(_fine(latin.replace("kh", "h").replace("ch", "h")))
    if "x" in latin:
        fine.append(_fine(latin.replace("x", "kh")))
    if _SOFT_C.search(latin):
        fine.append(_fine(_SOFT_C.sub("ts", latin)))
    if "j" in latin:
        fine.append(_fine(latin.replace("j", "zh")))
    if "rz" in latin:
        fine.append(_fine(latin.replace("rz", "zh")))
    return fine


# Georgian and Armenian.
_OTHER_CASES = ("მა", "ის", "ით", "ად", "ს", "მ", "სთან", "ը", "ի", "ին", "ից", "ով", "ն")


def stems(word: str) -> list[str]:
    """A folded word, and what is left of it without what grammar puts before or behind a name."""
    found = [word]
    if "\u0600" <= word[0] <= "\u06ff":
        found += [
            word[len(prefix) :] for prefix in _PREFIXES if word.startswith(prefix) and len(word) - len(prefix) > 2
        ]
    elif "\u0400" <= word[0] <= "\u052f":
        found += [word[: -len(end)] for end in _CASES if word.endswith(end) and len(word) - len(end) > 3]
    elif "\u10d0" <= word[0] <= "\u10ff" or "\u0561" <= word[0] <= "\u0587":
        found += [word[: -len(end)] for end in _OTHER_CASES if word.endswith(end) and len(word) - len(end) > 3]
    elif "\u0590" <= word[0] <= "\u05ff" and word[0] in "ולבהמש" and len(word) > 3:
        found.append(word[1:])
    return found
