"""Places of a document where names stand by custom: header lines, "Classified By", participants, TAGS, signatures.

Takes a text, gives zones: what looks like a name in one of them is one more likely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_I = re.IGNORECASE | re.MULTILINE


class Zone(NamedTuple):
    """From–to, what is added to the score of a name in it, and the rule's name."""

    start: int
    end: int
    score: float
    rule: str


_HEADER = re.compile(
    r"^[>| \t]*(?:from|to|cc|bcc|sender|reply-to|de|para|von|an|à|delivered-to|attendees|organizer"
    r")[ \t]*:[ \t]*(?=[^\n]*(?:[@<;,]|[a-z]))([^\n]+(?:\n[ \t]+[^\n]+){0,8})",
    _I,
)
_CLASSIFIED = re.compile(
    r"\b(?:classified|drafted|approved|cleared|prepared|reported|submitted|written|compiled|transl"
    r"ated|reviewed|released|interviewed|signed|logged|entered)[ \t\n]+by\b[ \t]*:?([^;\n]{2,90}(?:\n"
    r"[^;\n]{2,60})?)",
    _I,
)
_LABEL = re.compile(
    r"^[ \t>*-]*(?:name|full name|victim|suspect|witness|driver|detainee|reporter|reporting office"
    r"r|officer|patient|complainant|owner|contact(?: person)?|caller|drafter|author|poc|interprete"
    r"r|source|informant|deceased|wounded|injured|missing|interviewer|interviewee|subject name|han"
    r"dler|attn|attention)s?(?:[ ]?\(?\d?\)?)[ \t]*[:=-][ \t]*([^\n]{2,80})",
    _I,
)
_PARTICIPANTS = re.compile(
    r"\b(?:participants?|attendees|present|in attendance|attending|members of (?:the )?delegation|"
    r"delegation|list of names|detainees|victims|names|signatories|distribution|names of [a-z ]{3,"
    r"20})\b[^:\n]{0,40}:[ \t]*\n?((?:[^\n]{2,100}\n?){1,14})",
    _I,
)
_TAGS = re.compile(r"^[ \t]*TAGS?[: ][^\n]*(?:\n(?![A-Z]+ ?:)[^\n]*)?", re.MULTILINE | re.IGNORECASE)
_TAGGED = re.compile(r"\(([^\W\d_](?:[^\W\d_]|['’ .-]){1,30},[ \n]{0,2}[^\W\d_][^()\n]{1,40})\)")
_SIGNED = re.compile(
    r"(?:^|\n)[ \t]*(?:(?:best|kind|warm|with|many|yours|sincerely|regards|thanks|thank you|cheers"
    r"|respectfully|cordially|love|all the best|saludos|abrazos|cordialement|gruesse|mfg|salam|gre"
    r"etings|take care|hugs|very truly)[^\n]{0,30}[,.!]?)[ \t]*\n+([^\n]{2,50}(?:\n[^\n]{2,60})?)",
    re.IGNORECASE,
)
_DASHED = re.compile(r"(?:^|\n)(?:-- ?|—|__+)[ \t]*\n?([^\n]{2,50})")
_CLOSING = re.compile(r"(?:\n|^)[ \t]*([^\W\d_](?:[^\W\d_]|['’-]){2,24})[ \t]*(?=\n*(?:NNNN|BT|#\d{4})?[\s#]*$)")
_COMMA_NAME = re.compile(
    r"(?<![^\W_])([^\W\d_](?:[^\W\d_]|['’-]){1,24}(?:[ -][^\W\d_](?:[^\W\d_]|['’-]){1,24})?),[ ]?\n?[ ]?([^\W\d_"
    r"](?:[^\W\d_]|['’-]){1,20}(?:[ -](?:[^\W\d_]\.|[^\W\d_](?:[^\W\d_]|['’-]){1,20}))?)(?![^\W_])"
)
_QUOTED = re.compile(
    r"^[>| \t]*(?:on [^\n]{5,60},|le [^\n]{5,50},|am [^\n]{5,50} schrieb)[ \t\n>]*([^\n<:]{3,50})[ "
    r"\t\n]*(?:<[^>\n]*>)?[ \t\n>]*(?:wrote|a écrit|escribió|writes)?:",
    _I,
)
_GREETING = re.compile(
    r"^[>| \t]*(?:dear|hi|hello|hey|salam|hola|estimad[oa]|querid[oa]|cher|chère|liebe[r]?|greetin"
    r"gs|good (?:morning|afternoon|evening|day))[ ,]+([^\n,:!]{2,50})[,:!\n-]",
    _I,
)


def zones(text: str) -> list[Zone]:
    """The zones of a text, in order of their begin; they may overlap."""
    return sorted(_zones(text))


def _zones(text: str) -> Iterator[Zone]:
    for match in _HEADER.finditer(text):
        yield Zone(*match.span(1), 2.2, "header")
    for pattern, score, rule in (
        (_CLASSIFIED, 2.0, "classified-by"),
        (_LABEL, 2.0, "labelled"),
        (_PARTICIPANTS, 1.4, "participants"),
        (_SIGNED, 2.2, "signature"),
        (_DASHED, 1.6, "signature"),
        (_QUOTED, 2.4, "header"),
        (_GREETING, 2.6, "greeting"),
    ):
        for match in pattern.finditer(text):
            yield Zone(*match.span(1), score, rule)
    closing = _CLOSING.search(text, max(0, len(text) - 80))
    if closing:
        yield Zone(*closing.span(1), 3.0, "signature")
    for match in _TAGS.finditer(text):
        for tagged in _TAGGED.finditer(text, *match.span()):
            yield Zone(*tagged.span(1), 4.0, "tags-person")


def comma_names(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, str, str]]:
    """`SURNAME, Given` wherever it may stand: from–to, what is before and what is behind the comma."""
    for match in _COMMA_NAME.finditer(text, start, len(text) if end is None else end):
        yield match.start(), match.end(), match[1], match[2]
