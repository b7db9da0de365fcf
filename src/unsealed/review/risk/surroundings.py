"""What stands before and behind a possible name, and what it says for and against: log-odds, with a rule's name.

Takes a text and a place, gives values. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from unsealed.review.risk.lexicon import ROLE, TITLE, lexicon
from unsealed.review.risk.vocabulary import DOES, DONE, NOT_AFTER, NOT_BEFORE, SURELY, WHERE

_BEFORE = re.compile(r"[^\W\d_]+$")
_AFTER = re.compile(
    r"(['\u2019][sS])?[ \t\n]*([,(]?)[ \t\n]*(?:(?:the|a|an|his|her|age|aged)[ \t\n]+)?([^\W\d_]+|\d{1,2})?"
)
_FURTHER = frozenset(("the", "a", "an", "his", "her", "age", "aged"))  # the word behind these counts
_ARTICLE = re.compile(r"[ \t\n]*(?:a|an|the)[ \n]+[a-z]")
_WINDOW = 24  # characters before a place, and behind it, in which most words end
_LIMIT = 200_000  # words that are remembered
_QUIET = ("", "given-name", "name-shape")  # rules that give way to what stands beside a name
_ENDS = frozenset('.;:)?!/-"')  # whatever stands behind one of these says nothing


def around(text: str, title: str, words: Sequence[Any], score: float, rule: str) -> tuple[float, str]:
    """Score and rule of the words of a name with what stands before and behind it. Of a word: from, to, ….

    `title`: the word before it, where that is a title.
    """
    start, end, single = words[0][0], words[-1][1], len(words) == 1
    if title:
        score, rule = score + 3.2, "title"
    lead = text[start - _WINDOW if start > _WINDOW else 0 : start].rsplit(None, 1)
    key, sign = _LAST[lead[-1]] if lead else ("", "")
    if said := (_LEADS if single else _TOLD).get(key):
        score += said[0]
        rule = said[1] if said[0] >= 1.4 and rule in _QUIET else rule
    elif not key and sign in ("(", "<", ":") and not single:
        score += 0.6
    if said := _behind(text, end, single):
        score += said[0]
        rule = said[1] if said[0] >= 1.4 and rule in _QUIET else rule
    return score, rule


def around_alone(text: str, start: int, end: int, score: float, rule: str) -> tuple[float, str]:
    """Score and rule of a word alone with what `around` says of it; most capitalised words stand alone."""
    lead = text[start - _WINDOW if start > _WINDOW else 0 : start].rsplit(None, 1)
    if lead and (said := _LEADS.get(_LAST[lead[-1]][0])):
        score += said[0]
        rule = said[1] if said[0] >= 1.4 else rule
    if said := _behind(text, end, single=True):
        score += said[0]
        rule = said[1] if said[0] >= 1.4 else rule
    return score, rule


class _Last(dict[str, tuple[str, str]]):
    """What ends with a word: that word in small letters, nothing where a sign ends it; and the last character."""

    def __missing__(self, token: str) -> tuple[str, str]:
        if len(self) > _LIMIT:
            self.clear()
        key = token
        if not token.isalpha():
            before = _BEFORE.search(token) if token[-1].isalnum() else None
            key = before[0] if before else ""
        found = self[token] = key.lower(), token[-1]
        return found


class _Next(dict[str, tuple[float, str] | None]):
    """What a blank or line end and the characters behind it say, up to the next blank.

    KeyError where more must be looked at.
    """

    def __missing__(self, lead: str) -> tuple[float, str] | None:
        after = _AFTER.match(lead)
        if after is None or after[2] or not after[3] or after[3] in _FURTHER:
            raise KeyError(lead)
        if len(self) > _LIMIT:
            self.clear()
        found = self[lead] = _FOLLOWS.get(after[3].lower())
        return found


def _behind(text: str, end: int, single: bool) -> tuple[float, str] | None:
    sign = text[end : end + 1]
    if sign == " " or sign == "\n":
        stop = text.find(" ", end + 1, end + _WINDOW)
        if stop > 0:
            try:
                return _NEXT[text[end:stop]]
            except KeyError:
                pass
    elif sign in _ENDS:
        return None
    return _looked_behind(text, end, single)


def _looked_behind(text: str, end: int, single: bool) -> tuple[float, str] | None:
    after = _AFTER.match(text, end)
    if after is None:
        return None
    genitive, sign, word = after.groups()
    key = word.lower() if word else ""
    if not sign:
        found = _FOLLOWS.get(key)
    elif sign == ",":
        return _behind_comma(after, key, single)
    else:
        found = _SAYS.get(key)
        if "protect" in text[after.end() - len(key) : after.end() + 24].lower():
            return 3.5, "protected"
    if found is None and genitive:
        return 1.7 if lexicon().get(key, 0) & ROLE else 0.3, "genitive"
    return found


def _behind_comma(after: re.Match[str], key: str, single: bool) -> tuple[float, str] | None:
    if key.isdigit():
        return 1.6, "age"
    if lexicon().get(key, 0) & (ROLE | TITLE):
        return 1.6, "apposition"
    if not single and _ARTICLE.match(after.string, after.end(2)):
        return 0.9, "apposition"
    return (1.2, "apposition") if key == "who" else None


_SAYS = {word: (2.6 if word in SURELY else 1.4, "said") for word in DOES | SURELY}
_FOLLOWS = {**_SAYS, **dict.fromkeys(NOT_AFTER, (-3.5, "not-a-person"))}
_TOLD = {
    **dict.fromkeys(DONE, (1.4, "told")),
    **dict.fromkeys(NOT_BEFORE, (-3.0, "not-a-person")),
    **dict.fromkeys(("the", "a", "an"), (-1.6, "not-a-person")),
}
_LEADS = {
    **dict.fromkeys(WHERE, (-1.3, "where")),
    **_TOLD,
    **dict.fromkeys(DONE & {"by", "with", "for"}, (0.5, "told")),
}
_LAST = _Last()
_NEXT = _Next()
