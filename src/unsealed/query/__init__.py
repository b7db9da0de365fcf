"""Read a search query: text to a tree, and the word rule that queries and indexes share.

Takes the text that a person typed. Gives a tree of frozen structs, or a `QueryError` with the exact
character. May touch nothing: no engine, no disk. Everything that searches (the newsroom's index, batches,
the static search of the public site) reads its queries here and splits its texts with `words`, so that no
two of them can disagree. May never import an engine or another room but errors.

The language is specified in docs/query.md.
"""

from unsealed.query.dates import bounds
from unsealed.query.parse import parse
from unsealed.query.tree import (
    DATE_FIELDS,
    FIELDS,
    KEY_FIELDS,
    TEXT_FIELDS,
    All,
    And,
    Field,
    Fuzzy,
    Leaf,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Serial,
    Word,
    serial_forms,
    show,
)
from unsealed.query.words import (
    MAX_WORD_BYTES,
    aligned,
    cable_pattern,
    fold,
    folded_places,
    folded_words,
    id_key,
    id_keys,
    index_text,
    more_words_than,
    original_end,
    places,
    value_key,
    within,
    words,
    words_pattern,
)

__all__ = [
    "DATE_FIELDS",
    "FIELDS",
    "KEY_FIELDS",
    "MAX_WORD_BYTES",
    "TEXT_FIELDS",
    "All",
    "And",
    "Field",
    "Fuzzy",
    "Leaf",
    "Node",
    "Not",
    "Or",
    "Phrase",
    "Prefix",
    "Range",
    "Serial",
    "Word",
    "aligned",
    "bounds",
    "cable_pattern",
    "fold",
    "folded_places",
    "folded_words",
    "id_key",
    "id_keys",
    "index_text",
    "more_words_than",
    "original_end",
    "parse",
    "places",
    "serial_forms",
    "show",
    "value_key",
    "within",
    "words",
    "words_pattern",
]
