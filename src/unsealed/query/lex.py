"""The tokens of a query, each with its place. Nothing is judged here but quotation marks and field names."""

from __future__ import annotations

import re
from typing import NamedTuple

from unsealed.errors import QueryError
from unsealed.query.tree import FIELDS


class Token(NamedTuple):
    """`kind` is word, phrase, field, one of ( ) - AND OR NOT, or end. `start` is its first character in the query.

    A phrase has the text between its quotation marks, a `tail` (what stands directly behind it, such as ~5) and
    the place of the tail, `tail_start`.
    """

    kind: str
    text: str
    start: int
    tail: str = ""
    tail_start: int = 0


# Word processors turn quotation marks; all of these open and close alike.
_QUOTES = '"“”„‟'
_SPACE = re.compile(r"\s+")
_BARE = re.compile(rf"[^\s(){_QUOTES}]+")
_FIELD = re.compile(r"([A-Za-z][A-Za-z_-]*):")
_PHRASE = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]([~*][^\s(){_QUOTES}]*)?")
_OPERATORS = ("AND", "OR", "NOT")


def tokens(text: str) -> list[Token]:
    """Cut `text`; the last token is always `end`. Raises QueryError for an open quotation mark or an unknown field."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space:
            at = space.end()
            continue
        token, at = _next(text, at, after_field=bool(found) and found[-1].kind == "field")
        found.append(token)
    return [*found, Token("end", "", len(text))]


def _next(text: str, at: int, *, after_field: bool) -> tuple[Token, int]:
    character = text[at]
    if character in "()":
        return Token(character, character, at), at + 1
    if character in _QUOTES:
        return _phrase(text, at)
    if character == "-" and at + 1 < len(text) and not text[at + 1].isspace() and not after_field:
        return Token("-", "-", at), at + 1
    field = None if after_field else _FIELD.match(text, at)
    if field:
        return _field(field, text), field.end()
    bare = _BARE.match(text, at)
    assert bare is not None
    kind = bare[0] if bare[0] in _OPERATORS and not after_field else "word"
    return Token(kind, bare[0], at), bare.end()


def _phrase(text: str, at: int) -> tuple[Token, int]:
    match = _PHRASE.match(text, at)
    if match is None:
        raise QueryError(
            "This quotation mark is never closed.", query=text, position=at, remedy='Add " at the end of the phrase.'
        )
    return Token("phrase", match[1], at, match[2] or "", match.end(1) + 1), match.end()


def _field(match: re.Match[str], text: str) -> Token:
    name = match[1].lower()
    if name not in FIELDS:
        raise QueryError(
            f"There is no field {match[1]}.",
            query=text,
            position=match.start(),
            remedy=f"The fields are {', '.join(FIELDS)}. To search for the text itself, put quotation marks round it.",
        )
    return Token("field", name, match.start())
