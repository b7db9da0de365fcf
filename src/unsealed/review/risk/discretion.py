"""Sentences that ask to hide somebody, by a grammar over kinds of words instead of a list of wordings.

Takes a text, gives places. Each word near a trigger becomes one letter that says what it does (a verb of hiding, of
telling, a name, a negation, a request …, in a dozen languages); the grammar is a few expressions over those letters.
What is asked for in ordinary words ("no word of where you heard this") is found by none of the lists of `phrases`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from unsealed.review.patternset import PatternSet
from unsealed.review.risk.discretion_words import HAN, KINDS, TRIGGERS
from unsealed.review.risk.suggestion import Found
from unsealed.review.words import fold

_SAYINGS = (
    r"(?:on|for|deep|as)\s+(?:deep\s+)?background(?:\s+only)?|chatham\s+house(?:\s+rules?)?|close[- ]\s?hold"
    r"|off[- ]the[- ]record|(?:in|under)\s+(?:the\s+)?(?:strictest\s+|strict\s+)?(?:trust|seal\s+of\s+\w+)"
    r"|not\s+for\s+attribution|eyes[- ]only|(?:strictly\s+)?need[- ]to[- ]know"
    r"|(?:refer\s+to|call|name)\s+(?:him|her|them|me|us)\s+(?:only|simply|merely)"
)
_TOKEN = re.compile(
    rf"(?<![^\W_])(?P<saying>{_SAYINGS})(?![^\W_])"
    r"|(?<![^\W_])(?P<from>(?:from|by)\s+(?:me|us)|between\s+(?:us|you\s+and\s+me))(?![^\W_])"
    r"|(?<![^\W_])(?P<nobody>no\s+one|no\s+body)(?![^\W_])"
    rf"|{'|'.join(HAN)}|[\u4e00-\u9fff]"
    r"|[^\W\d_]+(?:-\n[ \t]*[^\W\d_]+)?(?:['\u2019](?:t|nt)\b)?|[.!?;\u061f\u061b\u3002](?=\s|$)|\n[ \t]*\n|[(),:]",
    re.IGNORECASE,
)
# The same in small letters of ASCII where none of those sayings is: all of them hold one of the pairs below.
_PLAIN_TOKEN = re.compile(r"[a-z]+(?:-\n[ \t]*[a-z]+)?(?:['\u2019](?:t|nt)\b)?|[.!?;](?=\s|$)|\n[ \t]*\n|[(),:]")
_NOT_PLAIN = re.compile(  # signs of print are no letters
    "[^\\x00-\\x7f\\xa0\\xa7\u2010-\u2015\u2018-\u201e\u2022\u2026]"
)
# Words that stand beside one another in those sayings: each of them holds one of these pairs.
_PAIRS = frozenset(
    (first, second)
    for before, behind in (
        ("on for deep as", "background"),
        ("chatham", "house"),
        ("close", "hold"),
        ("the", "record"),
        ("in under the strict strictest", "trust seal"),
        ("for", "attribution"),
        ("eyes", "only"),
        ("to", "know"),
        ("him her them me us", "only simply merely"),
        ("from by", "me us"),
        ("between", "us you"),
        ("no", "one body"),
    )
    for first in before.split()
    for second in behind.split()
)
_SECOND = frozenset(second for _, second in _PAIRS)
_BEFORE, _BEHIND = 90, 130  # characters around a trigger that are read
_LIMIT = 200_000  # words that are remembered
_LONGEST = 64  # characters of one
_END = "/"
# Letters: N no, Q request, M must/to be, V can/will, H hide, K keep, S secret, R reveal, T tell (weaker), O source,
# B name (thing or act), P he, she, we, I; D danger, C if, X past or plain statement, A anybody, U yourself, F from me,
# Y a verb of telling with its no, Z a whole request in a word; w any other word, `,` a comma, colon or bracket, `/`
# the end of a sentence. Of other languages than English the small letter.
_G = "[^/]"  # anything but the end of a sentence


class _Rule(NamedTuple):
    """An expression over letters, all of them large; sets of letters of each of which one is needed; how sure."""

    pattern: re.Pattern[str]
    needed: tuple[frozenset[str], ...]
    sure: float


def _needed(pattern: str) -> tuple[frozenset[str], ...]:
    if "|" in pattern:
        return ()
    sets = re.findall(r"(?<!<!)\[([A-Z]+)\](?![{?*])", pattern)
    return tuple({frozenset(one.replace("O", "OB").replace("R", "RB")): None for one in sets})


_RULES = tuple(
    _Rule(re.compile(pattern.replace("O", "OB").replace("R", "RB").replace("G", _G).upper()), _needed(pattern), sure)
    for pattern, sure in (
        ("[Z]", 0.7),
        ("[QM]G{0,2}[H]G{0,2}[OP]{1,3}", 0.9),
        ("(?<![X])[H][wP]{0,3}[O][OwP]{0,1}", 0.75),
        ("(?:[Q]G{0,6}|[K]w{0,2})[H]w{0,3}", 0.6),
        ("[OP][wPMV]{0,2}[QM]G{0,2}[H]", 0.8),
        ("[O][wXM]{0,2}[H]", 0.7),
        ("[QM]G{0,4}[NA]G{0,4}[R]G{0,3}[OP]{1,3}", 0.85),
        ("[QM]G{0,4}[NA]G{0,4}[R]", 0.8),
        ("[OP]G{0,3}[N][MQwPV]{0,3}[R]", 0.6),
        ("[O]G{0,4}[QMV]G{0,2}[N]G{0,3}[RTKw]", 0.8),
        ("[O]G{0,4}[N]G{0,2}[QM]G{0,3}[RT]", 0.8),
        ("(?:^|[/,QwN])[N][wQM]{0,2}[RT][wPTAM]{0,4}[O]", 0.7),
        ("(?:^|[/,])[MQw]{0,3}[N][wQM]{0,1}[RT][wTAM]{0,3}P", 0.7),
        ("[QM]G{0,3}[N]G{0,2}[T]G{0,4}[OP]", 0.7),
        ("(?:(?:^|[/,QMP])[N][OR][wPO]?|[N]R[P])", 0.6),
        ("[N]V[wP]{0,3}[TRF][TF]?", 0.6),
        ("[N]MM[RTH]G{0,3}", 0.75),
        ("[A]G{0,4}(?:[QM]G{0,3}[RT]|[RT]G{0,4}[OP])", 0.7),
        ("[QM]G{0,4}[AN]G{0,3}[RTOF]", 0.6),
        ("[NA]G{0,5}[T]G{0,2}F", 0.75),
        ("[KQM]G{0,5}[S]", 0.8),
        ("[K]G{0,7}[UF]", 0.75),
        ("[OP][wMXQV]{0,4}[K]?[w]{0,2}[S]", 0.7),
        ("[S][wMXQP]{0,3}[O]", 0.6),
        ("[K][wP]{0,4}[O]G{0,3}[TF]", 0.75),
        ("[C]G{0,9}[ROTF]G{0,12}[D]G{0,2}", 0.75),
        ("[D]G{0,8}[C]G{0,8}[ROTF]G{0,3}", 0.75),
        ("[OP]w?[D]G{0,3}[C]G{0,6}", 0.5),
        ("[P]w?[D][VM][^/XN]{0,3}", 0.55),
        ("[P]G{0,3}[D]G{0,2}[D]", 0.55),
        ("[OR][^/X]{0,4}[VM]G{0,3}[D]G{0,3}", 0.55),
    )
)
# Looser ones, for words of other languages only.
_FOREIGN = tuple(
    re.compile(pattern.replace("G", _G).replace("o", "ob").replace("r", "rb"))
    for pattern in (
        "[nNyq]G{0,4}[rt]G{0,4}[oOpP]", "[nN]G{0,3}[r]", "[h]G{0,3}[oO]G?", "[oO]G{0,3}[hsS]", "[oOpPa]G{0,4}[y]",
        "[n]G{0,3}[oO]", "[oO]G{0,5}[n]G{0,3}[rt]", "[q]G{0,4}[hrs]G{0,3}", "[rh]G{0,3}[n]", "[kqmM]G{0,4}[s]",
        "[o]G{0,2}[r]n?", "[r]G{0,3}[o][n]", "[y]G{0,3}[oOpP]", "[s]G{0,2}[kqo]", "[q]G{0,4}[n]G{0,4}[rtop]",
        "w{0,3}z[wk]?", "[pdD]G{0,4}[cC]G{0,6}[dDtr]", "[dD]G{0,5}[c]G{0,5}", "[s]G{0,1}[po]",
    )
)  # fmt: skip
# Verbs that carry their own no: Turkish -mayin, -masin; Czech and Slovak ne-.
_NEGATED = re.compile(
    r".{2,}m[ae](?:yin|yiniz|sin|sinlar|sinler|yelim|yalim|meniz|maniz|mek|mak|mesi|masi|menizi|manizi)$"
    r"|ne(?:zverej|jmenu|uvad|uvez|prozra|rikej|zminu|zmink|citu|sdel|menuj|otkri|spomin)\w*$"
)
_CLITICS = ("\u0648\u0627\u0644", "\u0628\u0627\u0644", "\u0627\u0644", "\u0648", "\u0628", "\u0644", "\u0641")
_HYPHEN = re.compile(r"-\s+")
_NAMED_KINDS = {"saying": "Z", "from": "F", "nobody": "A"}


class _Kinds(dict[str, str]):
    """What a word does, worked out once."""

    def __missing__(self, word: str) -> str:
        if len(self) > _LIMIT:
            self.clear()
        kind = _kind(word)
        if len(word) <= _LONGEST:
            self[word] = kind
        return kind


def _kind(word: str) -> str:
    if not word[0].isalpha():
        return "," if word in "(),:" else _END
    key = fold(_HYPHEN.sub("", word)).replace("\u2019", "'")
    found = kind_of(key)
    if not found and "\u0600" <= key[:1] <= "\u06ff":
        found = next((kind for one in _CLITICS if key.startswith(one) and (kind := kind_of(key[len(one) :]))), "")
    if (not found or found.islower()) and _NEGATED.match(key):
        return "y"
    return found or "w"


def _by_beginnings() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for word in sorted((one[:-1] for one in KINDS if one.endswith("*")), key=len, reverse=True):
        found.setdefault(word[:3], []).append((word, KINDS[f"{word}*"]))
    return found


_BEGUN = _by_beginnings()


def kind_of(key: str) -> str:
    """The kind of a folded word by the word itself, else by its longest beginning that is listed."""
    whole = KINDS.get(key)
    if whole:
        return whole
    return next((kind for begun, kind in _BEGUN.get(key[:3], ()) if key.startswith(begun)), "")


class Discretion:
    """The grammar over texts."""

    def __init__(self) -> None:
        self._set = PatternSet(list(TRIGGERS))
        self._kinds = _Kinds()

    def find(self, text: str, lower: str) -> Iterator[Found]:
        """Every such sentence part of `text`; `lower` is the same text in small letters."""
        for start, end in self._windows(lower):
            words, token, where = self._words(text, lower, start, end)
            letters = "".join(words)
            if spans := list(_spans(letters)):
                places = [match.span() for match in token.finditer(where, start, end)]
                for first, stop, sure in spans:
                    yield _span(letters, places, first, stop, sure)

    def _windows(self, lower: str) -> list[tuple[int, int]]:
        windows: list[tuple[int, int]] = []
        for _, start, end in self._set.find(lower):
            begin, stop = max(0, start - _BEFORE), end + _BEHIND
            if windows and begin <= windows[-1][1]:
                windows[-1] = (windows[-1][0], max(stop, windows[-1][1]))
            else:
                windows.append((begin, stop))
        return windows

    def _words(self, text: str, lower: str, start: int, end: int) -> tuple[list[str], re.Pattern[str], str]:
        """The letters of a stretch, one a word, and by which expression the words are found in which text."""
        kinds = self._kinds
        plain = text.isascii() or not _NOT_PLAIN.search(lower, start, end)
        if plain and lower.find("-\n", start, end) < 0:
            words = _PLAIN_TOKEN.findall(lower, start, end)
            # A saying may go on behind an empty line: whole papers have one behind each line.
            if _SECOND.isdisjoint(words) or _PAIRS.isdisjoint(
                itertools.pairwise(word for word in words if word[0] != "\n")
            ):
                return [*map(kinds.__getitem__, words)], _PLAIN_TOKEN, lower
        found = _TOKEN.finditer(text, start, end)
        letters = [_NAMED_KINDS[match.lastgroup] if match.lastgroup else kinds[match[0]] for match in found]
        return letters, _TOKEN, text


def _spans(letters: str) -> Iterator[tuple[int, int, float]]:
    """What the rules find in letters: from, to, how sure."""
    large = letters.upper()
    there = frozenset(large)
    for pattern, needed, sure in _RULES:
        for some in needed:
            if some.isdisjoint(there):
                break
        else:
            for match in pattern.finditer(large):
                yield *match.span(), sure
    if any(map(str.islower, letters.replace("w", ""))):
        for rule in _FOREIGN:
            for match in rule.finditer(letters):
                yield *match.span(), 0.6


def _span(letters: str, places: Sequence[tuple[int, int]], first: int, end: int, sure: float) -> Found:
    """The words that a rule has found, with what asks before them."""
    last = end - 1
    while last > first and letters[last] in ",/":
        last -= 1
    while first < last and letters[first] in ",/wX":
        first += 1
    while first > 0 and letters[first - 1] in "QPMN":
        first -= 1
    return Found(places[first][0], places[last][1], "protect-phrase", "asks-discretion", sure)
