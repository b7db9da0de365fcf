"""What stands before and behind a possible name, and what it says for and against: log-odds, with a rule's name.

Takes a text and a place, gives values. Pure.
"""

from __future__ import annotations

import re

from unsealed.review.risk.lexicon import ROLE, TITLE, lexicon
from unsealed.review.risk.runs import SHORT
from unsealed.review.risk.vocabulary import DOES, DONE, NOT_AFTER, NOT_BEFORE, SURELY, WHERE

_BEFORE = re.compile(r"[^\W\d_]+$")
_AFTER = re.compile(
    r"(['\u2019][sS])?[ \t\n]*([,(]?)[ \t\n]*(?:(?:the|a|an|his|her|age|aged)[ \t\n]+)?([^\W\d_]+|\d{1,2})?"
)
_FURTHER = frozenset(("the", "a", "an", "his", "her", "age", "aged"))  # the word behind these counts
_ARTICLE = re.compile(r"[ \t\n]*(?:a|an|the)[ \n]+[a-z]")
_WINDOW = 24  # characters before a place, and behind it, in which most words end
_LIMIT = 100_000  # of these that are remembered
_QUIET = ("given-name", "name-shape")  # rules that give way to what stands beside a name
_GENITIVE = frozenset("'\u2019")
_ENDS = frozenset('.;:)?!/-"')  # whatever stands behind one of these says nothing
_Said = tuple[float, str]  # what is added to a score, and the rule's name
_Scored = tuple[float, str]
_UNSURE, _FURTHER_ON = (0.0, "unsure"), (0.0, "further on")


def around(text: str, title: str, start: int, end: int, score: float, rule: str, *, single: bool) -> _Scored:
    """Score and rule of a name with what stands before and behind it. `single`: it is one word.

    `title`: the word before it, where that is a title.
    """
    if title:
        score, rule = score + 3.2, "title"
    tail = text[start - SHORT if start > SHORT else 0 : start]
    if said := (BEFORE_SINGLE if single else _BEFORE_SEVERAL)[tail]:
        if said is _UNSURE:
            said = _looked_before(text, start, _LEADS if single else _TOLD, None if single else _LABELLED)
        if said:
            score += said[0]
            rule = said[1] if said[0] >= 1.4 and rule in _QUIET else rule
    if said := BEHIND[text[end : end + SHORT]]:
        if said is _FURTHER_ON:
            said = BEHIND[text[end + 4 : end + 4 + SHORT]]
        if said is _UNSURE or said is _FURTHER_ON:
            said = _looked_behind(text, end, single)
        if said:
            score += said[0]
            rule = said[1] if said[0] >= 1.4 and rule in _QUIET else rule
    return score, rule


def around_alone(text: str, start: int, end: int, tail: str, score: float, rule: str) -> _Scored:
    """Score and rule of a word alone with what `around` says of it; most capitalised words stand alone.

    `tail`: the few characters before it.
    """
    if said := BEFORE_SINGLE[tail]:
        if said is _UNSURE:
            said = _looked_before(text, start, _LEADS, None)
        if said:
            score += said[0]
            rule = said[1] if said[0] >= 1.4 else rule
    if said := BEHIND[text[end : end + SHORT]]:
        if said is _FURTHER_ON:
            said = BEHIND[text[end + 4 : end + 4 + SHORT]]
        if said is _UNSURE or said is _FURTHER_ON:
            said = _looked_behind(text, end, single=True)
        if said:
            score += said[0]
            rule = said[1] if said[0] >= 1.4 else rule
    return score, rule


def _looked_before(text: str, start: int, told: dict[str, _Said], label: _Said | None) -> _Said | None:
    lead = text[start - _WINDOW if start > _WINDOW else 0 : start].rsplit(None, 1)
    return _told_by(lead[-1], told, label) if lead else None


def _told_by(token: str, told: dict[str, _Said], label: _Said | None) -> _Said | None:
    """What is said by what ends with a word, or with a sign."""
    before = _BEFORE.search(token) if token[-1].isalnum() else None
    if before:
        return told.get(before[0].lower())
    return label if token[-1] in "(<:" else None


class _Before(dict[str, _Said | None]):
    """What the last few characters before a name say; `_UNSURE` where more must be looked at.

    A few characters are the same ones again and again, and hardly ever the end of a word that says something.
    """

    def __init__(self, told: dict[str, _Said], label: _Said | None) -> None:
        super().__init__()
        self._told, self._label = told, label
        self._ends = {word[-length:] for word in told for length in range(1, SHORT + 1)}

    def __missing__(self, tail: str) -> _Said | None:
        if len(self) > _LIMIT:
            self.clear()
        found = self[tail] = self._look(tail)
        return found

    def _look(self, tail: str) -> _Said | None:
        lead = tail.rsplit(None, 1)
        if not lead:
            return _UNSURE
        letters = _BEFORE.search(lead[-1])
        whole = letters is None or len(lead) > 1 or letters.start() > 0 or tail[0].isspace()
        if whole or (letters and letters[0].isascii() and letters[0].lower() not in self._ends):
            return _told_by(lead[-1], self._told, self._label)
        return _UNSURE


class _Behind(dict[str, _Said | None]):
    """What the next few characters behind a name say; `_UNSURE` where more must be looked at.

    `_FURTHER_ON` where that is what stands behind "the".
    """

    def __init__(self) -> None:
        super().__init__()
        self._begins = {word[:length] for word in {*_FOLLOWS, *_FURTHER} for length in range(SHORT + 1)}

    def __missing__(self, head: str) -> _Said | None:
        if len(self) > _LIMIT:
            self.clear()
        found = self[head] = self._look(head)
        return found

    def _look(self, head: str) -> _Said | None:
        if head in (" the ", "\nthe "):
            return _FURTHER_ON
        if head and head[0] in _ENDS:
            return None
        after = _AFTER.match(head)
        if after is None or after[1] or after[2] or head[:1] in _GENITIVE:
            return _UNSURE
        key = (after[3] or "").lower()
        if after.end() < len(head):
            return _UNSURE if key in _FURTHER and head[after.end()].isspace() else _FOLLOWS.get(key)
        return None if key and key.isascii() and key not in self._begins else _UNSURE


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
_LABELLED = (0.6, "")
BEFORE_SINGLE, _BEFORE_SEVERAL = _Before(_LEADS, None), _Before(_TOLD, _LABELLED)
BEHIND = _Behind()
