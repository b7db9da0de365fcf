r"""From the text of a query to its tree. Grammar and rewritings: docs/query.md.

query := and ( "OR" and )*
and   := not ( "AND"? not )*
not   := ( "NOT" | "-" )* item
item  := "(" query ")" | field ":" ( "(" query ")" | value ) | value
value := word | word"*" | word"~"[12] | "\"" words "\"" ( "~" number )? | "*"
"""

from __future__ import annotations

import re

from unsealed.errors import QueryError
from unsealed.query.leaf import read_leaf, read_value
from unsealed.query.lex import Token, tokens
from unsealed.query.tree import And, Node, Not, Or, Serial, Word

MAX_CHARACTERS = 10_000
"""Longest query text, in characters."""
MAX_DEPTH = 50
"""Deepest nesting of parentheses."""

_STATION = re.compile("[A-Z]{3,17}")
_NUMBER = re.compile("[0-9]{1,7}")
_YEAR = re.compile("[0-9]{2}")


def parse(text: str) -> Node:
    """Read `text`; raises QueryError with the character where it goes wrong, and nothing else, ever."""
    if len(text) > MAX_CHARACTERS:
        raise QueryError(
            f"The query has {len(text)} characters; {MAX_CHARACTERS} is the most.",
            query=text,
            position=MAX_CHARACTERS,
            remedy="Search for a long list of names as a batch, or in parts.",
        )
    return _Parser(text).read()


class _Parser:
    """One pass over the tokens, one method for each rule of the grammar. `field` is the field we are inside of."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0

    def read(self) -> Node:
        if self._now.kind == "end":
            raise self._error("There is nothing to search for.", "Write a word, or * for every document.")
        node = self._or("")
        if self._now.kind == ")":
            raise self._error("This parenthesis was never opened.", "Leave it out, or add ( before it.")
        assert self._now.kind == "end"
        return node

    @property
    def _now(self) -> Token:
        return self.tokens[self.at]

    def _error(self, message: str, remedy: str, token: Token | None = None) -> QueryError:
        return QueryError(message, query=self.text, position=(token or self._now).start, remedy=remedy)

    def _or(self, field: str) -> Node:
        nodes = [self._and(field)]
        while self._now.kind == "OR":
            self.at += 1
            nodes.append(self._and(field))
        return nodes[0] if len(nodes) == 1 else Or(tuple(_flat(nodes, Or)))

    def _and(self, field: str) -> Node:
        nodes = [self._not(field)]
        while self._now.kind not in ("OR", ")", "end"):
            if self._now.kind == "AND":
                self.at += 1
            nodes.append(self._not(field))
        return nodes[0] if len(nodes) == 1 else And(tuple(_flat(nodes, And)))

    def _not(self, field: str) -> Node:
        first, negative = self.at, False
        while self._now.kind in ("NOT", "-"):
            negative = not negative
            self.at += 1
        if self._now.kind in ("AND", "OR", ")", "end"):
            raise self._missing(self.tokens[self.at - 1] if self.at > 0 else None, self.at > first)
        node = self._item(field)
        if isinstance(node, Not):
            return node.node if negative else node
        return Not(node) if negative else node

    def _missing(self, before: Token | None, negated: bool) -> QueryError:
        """The error for an operator or parenthesis where something to search for should stand."""
        now = self._now
        if negated and before is not None:
            return self._error(
                f"{'NOT' if before.kind == 'NOT' else 'The minus'} has nothing after it.",
                "Write what must not occur, or put quotation marks round it to search for the word.",
                before,
            )
        if now.kind == ")":
            return self._error("These parentheses hold nothing.", "Write something between them or leave them out.")
        if now.kind == "end" and before is not None and before.kind == "(":
            return self._error("This parenthesis is never closed.", "Add ) at its end.", before)
        if now.kind == "end" and before is not None:
            return self._error(f"{before.kind} has nothing after it.", "Write a second part, or leave it out.", before)
        return self._error(
            f"{now.kind} has nothing before it.",
            f'Write a first part, or put quotation marks round it to search for the word: "{now.kind.lower()}"',
        )

    def _item(self, field: str) -> Node:
        token = self._now
        if token.kind == "(":
            return self._group(field)
        if token.kind == "field":
            return self._field(field)
        cable = None if field else self._cable()
        if cable is not None:
            return cable
        self.at += 1
        return read_value(token, field, self.text) if field else read_leaf(token, self.text)

    def _group(self, field: str) -> Node:
        opening = self._now
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self._error(f"More than {MAX_DEPTH} parentheses stand inside each other.", "Make the query flatter.")
        self.at += 1
        node = self._or(field)
        if self._now.kind != ")":
            raise self._error("This parenthesis is never closed.", "Add ) at its end.", opening)
        self.at += 1
        self.depth -= 1
        return node

    def _field(self, outer: str) -> Node:
        token = self._now
        if outer:
            raise self._error(
                f"A field cannot stand inside another field ({outer}).",
                f"Close the parentheses of {outer}: first, or put quotation marks round the value.",
            )
        self.at += 1
        if self._now.kind not in ("word", "phrase", "("):
            raise self._error(
                f"The field {token.text} has no value.", f"Write it right after the colon: {token.text}:…", token
            )
        return self._item(token.text)

    def _cable(self) -> Node | None:
        """`STATE 284` or `03 STATE 284`, words apart and the station in capitals: the cable, or the words anywhere."""
        year = ""
        ahead = self.tokens[self.at : self.at + 3]
        if len(ahead) == 3 and ahead[0].kind == "word" and _YEAR.fullmatch(ahead[0].text):
            year, ahead = ahead[0].text, ahead[1:]
        if len(ahead) < 2 or any(token.kind != "word" for token in ahead[:2]):
            return None
        station, number = ahead[0].text, ahead[1].text
        if not _STATION.fullmatch(station) or not _NUMBER.fullmatch(number):
            return None
        self.at += 3 if year else 2
        serial = Serial(year, station.lower(), str(int(number)))
        parts = [Word(year)] if year else []
        return Or((serial, And((*parts, Word(serial.station), Word(serial.number)))))


def _flat(nodes: list[Node], kind: type[And | Or]) -> list[Node]:
    flat: list[Node] = []
    for node in nodes:
        flat.extend(node.nodes if isinstance(node, kind) else (node,))
    return flat
