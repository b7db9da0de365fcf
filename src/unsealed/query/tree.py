"""The tree of a query, and its canonical text. Specified in docs/query.md; the static search has the same tree."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

TEXT_FIELDS = ("origin", "from", "to", "subject")
"""Fields whose values are texts: words, phrases, prefixes and near words are sought inside them."""
KEY_FIELDS = ("class", "tag", "type", "lang", "id", "ref")
"""Fields whose values are taken whole, as one key."""
DATE_FIELDS = ("date",)
FIELDS = ("origin", "class", "tag", "date", "from", "to", "type", "ref", "id", "subject", "lang")
"""Every field that a query may name, in the order in which errors list them."""


class Word(msgspec.Struct, frozen=True, tag="word"):
    """One folded word (in a key field: one whole key)."""

    text: str


class Phrase(msgspec.Struct, frozen=True, tag="phrase"):
    """Two or more words. `slop` 0: one after the other. More: near each other, in any order.

    Near means: of every two of the words, somewhere at most `slop` other words stand between them.
    """

    words: tuple[str, ...]
    slop: int = 0


class Prefix(msgspec.Struct, frozen=True, tag="prefix"):
    """Every word that begins with `text`."""

    text: str


class Fuzzy(msgspec.Struct, frozen=True, tag="fuzzy"):
    """Every word that `text` becomes by at most `distance` (1 or 2) changes of a character (`query.within`)."""

    text: str
    distance: int = 1


class Serial(msgspec.Struct, frozen=True, tag="serial"):
    """A cable number: the cable itself, what cites it, and texts that write it with any leading zeros.

    `year` is two digits or empty, `station` lower case, `number` without leading zeros.
    """

    year: str
    station: str
    number: str


def serial_forms(node: Serial) -> list[str]:
    """The number of a cable as texts write it: from no leading zeros up to seven digits in all."""
    return [node.number.zfill(width) for width in range(len(node.number), 8)]


class All(msgspec.Struct, frozen=True, tag="all"):
    """Every document."""


class Range(msgspec.Struct, frozen=True, tag="range"):
    """A field of dates between `low` and `high`, both included, each `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or empty (open).

    Both empty: any date at all. A document matches if, as far as its date is known, it may lie in the range.
    """

    field: str
    low: str
    high: str


class Field(msgspec.Struct, frozen=True, tag="field"):
    """A leaf that is sought in one field instead of the whole text."""

    name: str
    node: Word | Phrase | Prefix | Fuzzy


class And(msgspec.Struct, frozen=True, tag="and"):
    """All of two or more."""

    nodes: tuple[Node, ...]


class Or(msgspec.Struct, frozen=True, tag="or"):
    """At least one of two or more."""

    nodes: tuple[Node, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """Everything but."""

    node: Node


Leaf = Word | Phrase | Prefix | Fuzzy
Node = Word | Phrase | Prefix | Fuzzy | Serial | All | Range | Field | And | Or | Not

_PLAIN_KEY = re.compile(r"[a-z0-9]+")


def show(node: Node) -> str:
    """The canonical text of a tree, every operator written out. `parse(show(parse(text)))` is `parse(text)`."""
    return _SHOW[type(node)](node)


def _leaf(node: Leaf) -> str:
    if isinstance(node, Phrase):
        return f'"{" ".join(node.words)}"' + (f"~{node.slop}" if node.slop else "")
    if isinstance(node, Prefix):
        return f"{node.text}*"
    if isinstance(node, Fuzzy):
        return f"{node.text}~{node.distance}"
    return node.text


def _field(node: Field) -> str:
    inner = node.node
    if isinstance(inner, Word) and node.name in KEY_FIELDS and not _PLAIN_KEY.fullmatch(inner.text):
        return f'{node.name}:"{inner.text}"'
    return f"{node.name}:{_leaf(inner)}"


def _range(node: Range) -> str:
    if not node.low and not node.high:
        return f"{node.field}:*"
    return f"{node.field}:{node.low}" if node.low == node.high else f"{node.field}:{node.low}..{node.high}"


def _inner(node: Node) -> str:
    return f"({show(node)})" if isinstance(node, And | Or) else show(node)


_SHOW: dict[type, Callable[..., str]] = {
    Word: _leaf,
    Phrase: _leaf,
    Prefix: _leaf,
    Fuzzy: _leaf,
    Serial: lambda node: f"{node.year}{node.station}{node.number}",
    All: lambda node: "*",
    Range: _range,
    Field: _field,
    And: lambda node: " AND ".join(map(_inner, node.nodes)),
    Or: lambda node: " OR ".join(map(_inner, node.nodes)),
    Not: lambda node: f"NOT {_inner(node.node)}",
}
