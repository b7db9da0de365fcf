"""Places of a document where names stand by custom: header lines, "Classified By", participants, TAGS, signatures.

Takes a text, gives zones: what looks like a name in one of them is one more likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from unsealed.review.risk.late import Late
from unsealed.review.risk.patterns import Pattern, Patterns, lower_same_length
from unsealed.review.risk.vocabulary import UPPER, listed

_HEADERS = listed("from: to: cc: bcc: sender: reply-to: de: para: von: an: delivered-to: attendees: organizer:")
_LABELS = listed("""
name victim suspect witness driver detainee report officer patient complainant owner contact caller drafter author poc
interpreter source informant deceased wounded injured missing interviewe handler attn attention
""")
_LISTS = listed(
    "participant attendees present attendance attending delegation names detainees victims signatories distribution"
)
_FAREWELLS = listed("""
best kind warm with many yours sincerely regards thanks thank cheers respectfully cordially love all saludos abrazos
cordialement gruesse mfg salam greetings take hugs very
""")
_HELLOS = listed("dear hi hello hey salam hola estimad querid cher chère liebe greetings good")
_HELLOS = tuple(f"{before}{word}" for word in _HELLOS for before in ("\n", "> "))
_FAREWELLS = tuple(f"\n{word}" for word in _FAREWELLS)
_I = re.IGNORECASE | re.MULTILINE


class Zone(NamedTuple):
    """From–to, what is added to the score of a name in it, and the rule's name."""

    start: int
    end: int
    score: float
    rule: str


_HEADER = Late(
    r"^[>| \t]*(?:from|to|cc|bcc|sender|reply-to|de|para|von|an|à|delivered-to|attendees|organizer"
    r")[ \t]*:[ \t]*(?=[^\n]*(?:[@<;,]|[a-z]))([^\n]+(?:\n[ \t]+[^\n]+){0,8})",
    _I,
)
_CLASSIFIED = Late(
    r"\b(?:classified|drafted|approved|cleared|prepared|reported|submitted|written|compiled|transl"
    r"ated|reviewed|released|interviewed|signed|logged|entered)[ \t\n]+by\b[ \t]*:?([^;\n]{2,90}(?:\n"
    r"[^;\n]{2,60})?)",
    re.MULTILINE,
)
_LABEL = Late(
    r"^[ \t>*-]*(?:name|full name|victim|suspect|witness|driver|detainee|reporter|reporting office"
    r"r|officer|patient|complainant|owner|contact(?: person)?|caller|drafter|author|poc|interprete"
    r"r|source|informant|deceased|wounded|injured|missing|interviewer|interviewee|subject name|han"
    r"dler|attn|attention)s?(?:[ ]?\(?\d?\)?)[ \t]*[:=-][ \t]*([^\n]{2,80})",
    re.MULTILINE,
)
_PARTICIPANTS = Late(
    r"\b(?:participants?|attendees|present|in attendance|attending|members of (?:the )?delegation|"
    r"delegation|list of names|detainees|victims|names|signatories|distribution|names of [a-z ]{3,"
    r"20})\b[^:\n]{0,40}:[ \t]*\n?((?:[^\n]{2,100}\n?){1,14})",
    re.MULTILINE,
)
_TAGS = Late(r"^[ \t]*TAGS?[: ][^\n]*(?:\n(?![A-Z]+ ?:)[^\n]*)?", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"tags?[: ]")
_TAGGED = Late(r"\(([^\W\d_](?:[^\W\d_]|['’ .-]){1,30},[ \n]{0,2}[^\W\d_][^()\n]{1,40})\)")
_SIGNED = Late(
    r"(?:^|\n)[ \t]*(?:(?:best|kind|warm|with|many|yours|sincerely|regards|thanks|thank you|cheers"
    r"|respectfully|cordially|love|all the best|saludos|abrazos|cordialement|gruesse|mfg|salam|gre"
    r"etings|take care|hugs|very truly)[^\n]{0,30}[,.!]?)[ \t]*\n+([^\n]{2,50}(?:\n[^\n]{2,60})?)",
)
_DASHED = Late(r"(?:^|\n)(?:-- ?|—|__+)[ \t]*\n?([^\n]{2,50})")
_CLOSING = Late(r"(?:\n|^)[ \t]*([^\W\d_](?:[^\W\d_]|['’-]){2,24})[ \t]*(?=\n*(?:NNNN|BT|#\d{4})?[\s#]*$)")
_COMMA_NAME = Late(
    rf"(?<![^\W_])({UPPER}(?:[^\W\d_]|['’-]){{1,24}}(?:[ -]{UPPER}(?:[^\W\d_]|['’-]){{1,24}})?),[ ]?\n?[ ]?"
    rf"({UPPER}(?:[^\W\d_]|['’-]){{1,20}}(?:[ -](?:{UPPER}\.|{UPPER}(?:[^\W\d_]|['’-]){{1,20}}))?)(?![^\W_])"
)
_COMMA = Late(rf",(?<=[^\W\d_'’-],)[ ]?\n?[ ]?(?={UPPER})")
_BEFORE_COMMA, _BEHIND_COMMA = 52, 60  # characters that the longest such name has before its comma, and from it on
_QUOTED = Late(
    r"^[>| \t]*(?:on [^\n]{5,60},|le [^\n]{5,50},|am [^\n]{5,50} schrieb)[ \t\n>]*([^\n<:]{3,50})[ "
    r"\t\n]*(?:<[^>\n]*>)?[ \t\n>]*(?:wrote|a écrit|escribió|writes)?:",
    _I,
)
_GREETING = Late(
    r"^[>| \t]*(?:dear|hi|hello|hey|salam|hola|estimad[oa]|querid[oa]|cher|chère|liebe[r]?|greetin"
    r"gs|good (?:morning|afternoon|evening|day))[ ,]+([^\n,:!]{2,50})[,:!\n-]",
    _I,
)


_RULES = (
    Pattern(_HEADER, "zone", "header", 2.2, _HEADERS, 4, 1000, 1),
    Pattern(_CLASSIFIED, "zone", "classified-by", 2.0, ("ed by", "en by", "ed\nby", "en\nby"), 14, 170, 1, small=True),
    Pattern(_LABEL, "zone", "labelled", 2.0, _LABELS, 12, 130, 1, small=True),
    Pattern(_PARTICIPANTS, "zone", "participants", 1.4, _LISTS, 16, 1500, 1, small=True),
    Pattern(_SIGNED, "zone", "signature", 2.2, _FAREWELLS, 4, 180, 1, small=True),
    Pattern(_DASHED, "zone", "signature", 1.6, ("\n--", "\n\u2014", "\n__"), 2, 80, 1),
    Pattern(_QUOTED, "zone", "header", 2.4, ("wrote:", "crit:", "escribi", "writes:", "schrieb"), 180, 10, 1),
    Pattern(_GREETING, "zone", "greeting", 2.6, _HELLOS, 6, 80, 1),
)
_ENGINE = Patterns(_RULES)


def zones(text: str) -> list[Zone]:
    """The zones of a text, in order of their begin; they may overlap."""
    return sorted(_zones(text))


def _zones(text: str) -> Iterator[Zone]:
    lower = lower_same_length(text)
    for found in _ENGINE.find(text, lower, text):
        yield Zone(found.start, found.end, found.sure, found.rule)
    closing = _CLOSING.search(text, max(0, len(text) - 80))
    if closing:
        yield Zone(*closing.span(1), 3.0, "signature")
    for match in _tags(text, lower):
        for tagged in _TAGGED.finditer(text, *match.span()):
            yield Zone(*tagged.span(1), 4.0, "tags-person")


def _tags(text: str, lower: str) -> Iterator[re.Match[str]]:
    """The lines of tags: their word is looked for first, then the begin of its line."""
    last = 0
    for word in _TAG.finditer(lower):
        start = word.start()
        while start > last and lower[start - 1] in " \t":
            start -= 1
        match = _TAGS.match(text, start) if start >= last and lower[start - 1 : start] in ("", "\n") else None
        if match:
            last = match.end()
            yield match


def comma_names(text: str) -> Iterator[tuple[int, int, str, str]]:
    """`SURNAME, Given` wherever it may stand: from–to, what is before and what is behind the comma.

    Commas are looked for first: to try the expression at every letter takes ten times as long.
    """
    last = 0
    for comma in _COMMA.finditer(text):
        at = comma.start()
        if at >= last and not _is_small(text[max(last, at - _BEFORE_COMMA) : at]):
            match = _COMMA_NAME.search(text, max(last, at - _BEFORE_COMMA), at + _BEHIND_COMMA)
            if match and match.end(1) == at:
                last = match.end()
                yield match.start(), last, match[1], match[2]


def _is_small(before: str) -> bool:
    """Whether the word that ends here has no capital: a name before a comma has one in its last word."""
    words = before.rsplit(None, 1)
    return not words or (words[-1].isascii() and words[-1].islower())
