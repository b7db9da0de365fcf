"""What stands before and behind a possible name, and what it says for and against: log-odds, with a rule's name.

Takes a text and a place, gives values. Pure.
"""

from __future__ import annotations

import re

from unsealed.review.risk.lexicon import ROLE, TITLE, lexicon
from unsealed.review.risk.vocabulary import DOES, DONE, NOT_AFTER, NOT_BEFORE, SURELY, WHERE

_BEFORE = re.compile(r"[^\W\d_]+$")
_AFTER = re.compile(
    r"(['\u2019][sS])?[ \t\n]*([,(]?)[ \t\n]*(?:(?:the|a|an|his|her|age|aged)[ \t\n]+)?([^\W\d_]+|\d{1,2})?"
)
_ARTICLE = re.compile(r"[ \t\n]*(?:a|an|the)[ \n]+[a-z]")


def around(text: str, title: str, start: int, end: int, *, single: bool) -> list[tuple[float, str]]:
    """What stands before and behind."""
    found: list[tuple[float, str]] = []
    if title:
        found.append((3.2, "title"))
    key, sign = _before(text, start)
    if said := (_LEADS if single else _TOLD).get(key):
        found.append(said)
    elif not key and sign in ("(", "<", ":") and not single:
        found.append((0.6, "set-apart"))
    behind = _behind(text, end, single)
    if behind:
        found.append(behind)
    return found


def around_alone(text: str, start: int, end: int, score: float, rule: str) -> tuple[float, str]:
    """Score and rule of a word alone with what `around` says of it; most capitalised words stand alone."""
    if said := _LEADS.get(_before(text, start)[0]):
        score += said[0]
        rule = said[1] if said[0] >= 1.4 else rule
    if said := _behind(text, end, single=True):
        score += said[0]
        rule = said[1] if said[0] >= 1.4 else rule
    return score, rule


def _before(text: str, start: int) -> tuple[str, str]:
    """The word before a place in small letters, nothing where a sign stands there; and the last character."""
    lead = text[max(0, start - 24) : start].split()
    if not lead:
        return "", ""
    key = lead[-1]
    if not key.isalpha():
        before = _BEFORE.search(key) if key[-1].isalnum() else None
        return (before[0].lower() if before else ""), key[-1]
    return key.lower(), key[-1]


def _behind(text: str, end: int, single: bool) -> tuple[float, str] | None:
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
