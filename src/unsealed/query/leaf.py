"""The leaves of a query: what one word, phrase or field value means. Rules: docs/query.md, "Terms" and "Fields"."""

from __future__ import annotations

import re

from unsealed.errors import QueryError
from unsealed.query.dates import read_range
from unsealed.query.lex import Token
from unsealed.query.tree import DATE_FIELDS, KEY_FIELDS, All, Field, Fuzzy, Leaf, Node, Phrase, Prefix, Serial, Word
from unsealed.query.words import MAX_WORD_BYTES, fold, id_key, value_key, words

MAX_NEAR_WORDS = 6
"""Most words of a near search: its cost grows with their square."""
MAX_SLOP = 1000
"""Widest near search, in words."""

_TAIL = re.compile(r"(?P<head>[^*~]*)(?P<tail>[*~].*)?", re.DOTALL)
_GLUED = re.compile(r"([0-9]{2})?([a-z]{3,17})([0-9]{1,7})")
_APART = re.compile(r"(?:([0-9]{2})[\s-]+)?([A-Z]{3,17})[\s-]+([0-9]{1,7})")
_STAR = "A star stands at the end of one word: embass*"
_TILDE = "A tilde stands at the end of one word, with 1 or 2: belmar~1"


def read_leaf(token: Token, query: str) -> Node:
    """What a word or phrase outside of any field means."""
    if token.kind == "word" and token.text == "*":
        return All()
    if not token.tail and (apart := _APART.fullmatch(token.text.strip())):
        return _serial(apart)
    leaf = _leaf(token, query)
    # The folded word, not the typed one: what is shown must mean the same when it is read again.
    glued = _GLUED.fullmatch(leaf.text) if isinstance(leaf, Word) else None
    return _serial(glued) if glued else leaf


def read_value(token: Token, field: str, query: str) -> Node:
    """What a word or phrase as the value of `field` means."""
    if field in DATE_FIELDS:
        if token.tail:
            raise _error("A date takes no sign behind it.", query, token.tail_start, "Write date:2003..2005-06.")
        return read_range(field, token.text.strip(), query, token.start + (token.kind == "phrase"))
    if token.text == "*" and token.kind == "word":
        raise _error(f"A star alone does not work in {field}.", query, token.start, _STAR)
    return Field(field, _key(token, field, query) if field in KEY_FIELDS else _leaf(token, query))


def _error(message: str, query: str, position: int, remedy: str) -> QueryError:
    return QueryError(message, query=query, position=position, remedy=remedy)


def _serial(match: re.Match[str]) -> Serial:
    return Serial(match[1] or "", match[2].lower(), str(int(match[3])))


def _split(token: Token) -> tuple[str, str, int]:
    """Text, sign behind it (`*`, `~…` or nothing) and the place of the sign."""
    if token.kind == "phrase":
        return token.text, token.tail, token.tail_start
    match = _TAIL.fullmatch(token.text)
    assert match is not None
    return match["head"], match["tail"] or "", token.start + len(match["head"])


def _leaf(token: Token, query: str) -> Leaf:
    text, tail, place = _split(token)
    found = words(text)
    _check_words(found, token, query)
    if token.kind == "phrase" and tail:
        return _near(found, tail, place, query)
    if tail:
        return _open_word(found, tail, place, query)
    return Word(found[0]) if len(found) == 1 else Phrase(tuple(found))


def _check_words(found: list[str], token: Token, query: str) -> None:
    if not found:
        raise _error(
            "There is no word here, only signs.", query, token.start, "Leave it out; signs are not searched for."
        )
    if any(len(word.encode()) > MAX_WORD_BYTES for word in found):
        raise _error(
            f"This word is longer than {MAX_WORD_BYTES} bytes; no such word is in the index.",
            query,
            token.start,
            "Search for a shorter word near it.",
        )


def _near(found: list[str], tail: str, place: int, query: str) -> Leaf:
    if tail[0] == "*":
        raise _error("A star cannot follow a phrase.", query, place, _STAR)
    if not re.fullmatch("~[0-9]{1,4}", tail) or int(tail[1:]) > MAX_SLOP:
        raise _error(
            "After the tilde of a phrase stands a number of words.",
            query,
            place,
            f'Write "near words"~5; {MAX_SLOP} is the most.',
        )
    slop = int(tail[1:])
    distinct = tuple(dict.fromkeys(found)) if slop else tuple(found)
    if slop and len(distinct) > MAX_NEAR_WORDS:
        raise _error(
            f"A near search takes at most {MAX_NEAR_WORDS} different words.",
            query,
            place,
            'Join two of them with AND: "a b c"~5 AND "d e f"~5.',
        )
    return Word(distinct[0]) if len(distinct) == 1 else Phrase(distinct, slop)


def _open_word(found: list[str], tail: str, place: int, query: str) -> Leaf:
    remedy = _STAR if tail[0] == "*" else _TILDE
    if tail != "*" and not re.fullmatch("~[12]?", tail):
        raise _error("This sign has no meaning here.", query, place, remedy)
    if len(found) > 1:
        raise _error(f"The sign stands after {len(found)} words ({' '.join(found[:4])}).", query, place, remedy)
    return Prefix(found[0]) if tail == "*" else Fuzzy(found[0], int(tail[1:] or 1))


def _key(token: Token, field: str, query: str) -> Leaf:
    text, tail, place = _split(token)
    if token.kind == "phrase" and tail:
        raise _error("No sign can follow a quoted value here.", query, place, f'Write {field}:"value" or {field}:val*')
    normal = id_key if field in ("id", "ref") else value_key
    # The zeros of an unfinished number are not leading zeros yet.
    key = fold(text) if tail == "*" and normal is id_key else normal(text)
    _check_words(words(key), token, query)
    if not tail:
        _check_words([key], token, query)
        return Word(key)
    return _open_word([key] if " " not in key else key.split(), tail, place, query)
