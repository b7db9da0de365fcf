"""What the index holds of a reading, and how it is cut into words.

Nothing is stored but numbers: texts, titles and names come from the archive when they are shown. The index's own
tokenizer only splits; `query.index_text` has done the rest, so that the word rule stands in one place (docs/query.md,
"Words").
"""

from __future__ import annotations

import re
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import tantivy

from unsealed.archive import StoredReading
from unsealed.model import Reading
from unsealed.query import MAX_WORD_BYTES, bounds, id_keys, index_text, value_key

VERSION = "unsealed-index/2"
"""Changes with every change of the schema or the word rule; an index of another version is rebuilt. Version 1 may lack
readings that a retry brought."""
INDEXED_CHARACTERS = 16_000_000
"""Characters of one reading that are indexed; what lies beyond is kept in the archive but not found by its words."""

TEXT = {"origin": ("origin",), "from": ("from",), "to": ("to", "cc", "bcc"), "subject": ("subject", "title")}
"""Text fields of a query: the fields of a reading that each looks into."""
KEYS = {"class": "class", "tag": "tag", "type": "type", "lang": "lang", "id": "ids", "ref": "refs"}
"""Key fields of a query: the field of the index that holds each."""
FACETS = ("origin", "year", "class", "tag", "type")
"""The facets, in the order in which they are shown."""

_TEXT_OF = attrgetter("text")
_KEY_CHARACTERS = 200  # of one key or facet value; longer ones are noise from a misread line
_ROW_BITS = 31
_ROWS = (1 << _ROW_BITS) - 1
_UNDATED = (1 << 33) - 1


def schema() -> tantivy.Schema:
    """The fields of the index."""
    builder = tantivy.SchemaBuilder()
    for name in ("body", *TEXT):
        builder.add_text_field(name, tokenizer_name="words", index_option="position")
    for name in KEYS.values():
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        if name != "year":
            builder.add_text_field(f"facet_{name}", tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_integer_field("facet_year", fast=True)
    for name in ("row", "item"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    for name in ("low", "high"):
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in ("oldest", "newest"):
        builder.add_unsigned_field(name, fast=True)
    return builder.build()


def analyzer() -> tantivy.TextAnalyzer:
    """The engine's half of the word rule: split at blanks. Texts come in lower case, and nothing else separates."""
    plain = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return plain.filter(tantivy.Filter.remove_long(MAX_WORD_BYTES + 1)).build()


def register(index: tantivy.Index) -> tantivy.Index:
    """Give an opened index its tokenizer: the engine forgets it at every close."""
    index.register_tokenizer("words", analyzer())
    return index


def reading_text(reading: Reading) -> str:
    """The text of a reading as it is searched and quoted: its units, a line end after each."""
    return "\n".join(map(_TEXT_OF, reading.units))


def title(stored: StoredReading) -> str:
    """What a list calls this document: its title or subject, else the name under which it came."""
    reading = stored.reading
    return reading.first("title") or reading.first("subject") or stored.item.path.rpartition("/")[2]


class Entry(NamedTuple):
    """What the index takes of one reading. `cut`: the reading is longer than what is indexed of it."""

    row: int
    item: int
    document: tantivy.Document
    cut: bool


class Draft:
    """The index entry of a reading that has no row yet. Made by `draft_of`."""

    def __init__(self, document: tantivy.Document, identifiers: list[str], keys: dict[str, None], minutes: int) -> None:
        self._document = document
        self._identifiers = identifiers
        self._keys = keys
        self._minutes = minutes
        self.cut = False

    def at(self, row: int, item: int, name: str) -> Entry:
        """The entry of this reading in its row, of an item with this id and name. To be called once."""
        entry = self._document
        entry.add_unsigned("row", row)
        entry.add_unsigned("item", item)
        keys = [str(item)]
        if name and name not in self._identifiers:
            keys += id_keys(name)
        for key in dict.fromkeys(keys):
            if key not in self._keys:
                entry.add_text("ids", key[:_KEY_CHARACTERS])
        # One number holds date and row, since the engine sorts by one field only. Undated ones come last both ways.
        entry.add_unsigned("oldest", (self._minutes or _UNDATED) << _ROW_BITS | row)
        entry.add_unsigned("newest", self._minutes << _ROW_BITS | (_ROWS - row))
        return Entry(row, item, entry, self.cut)


def entry_of(stored: StoredReading) -> Entry:
    """The index entry of one reading that has its row."""
    row, item, reading = stored
    return draft_of(reading).at(row, item.id, item.name)


def draft_of(reading: Reading) -> Draft:
    """All of an entry that the reading alone says.

    Built by one call a value: `Document.from_dict` costs a third more of the whole, `add_json` a quarter
    (bench/bench_search.py measures it).
    """
    fields: dict[str, list[str]] = {}
    for field in reading.fields:
        name = field.name
        if name in fields:
            fields[name].append(field.value)
        else:
            fields[name] = [field.value]
    entry = tantivy.Document()
    text = reading_text(reading)
    entry.add_text("body", index_text(text[:INDEXED_CHARACTERS]))
    for name, sources in TEXT.items():
        values = [value for source in sources if source in fields for value in fields[source]]
        # A telegram's subject is its title, too: indexed once.
        for value in values if len(values) < 2 else dict.fromkeys(values):
            entry.add_text(name, _value_text(value))
    identifiers = fields.get("id", [])
    keys = _add_keys(entry, identifiers, fields)
    _add_values(entry, reading.type, fields)
    minutes = _add_date(entry, fields["date"][0] if "date" in fields else "")
    draft = Draft(entry, identifiers, keys, minutes)
    draft.cut = len(text) >= INDEXED_CHARACTERS
    return draft


def _add_keys(entry: tantivy.Document, identifiers: list[str], fields: dict[str, list[str]]) -> dict[str, None]:
    """Add the keys of a reading; gives those of its own identifiers."""
    add = entry.add_text
    for value in fields.get("lang", ()):
        _add_key(entry, "lang", _value_key(value))
    keys: dict[str, None] = dict.fromkeys([key for identifier in identifiers for key in id_keys(identifier)])
    for key in keys:
        add("ids", key[:_KEY_CHARACTERS])
    for identifier in fields.get("ref", ()):
        for key in id_keys(identifier):
            add("refs", key[:_KEY_CHARACTERS])
    return keys


@lru_cache(maxsize=4096)
def _value_key(value: str) -> str:
    """Tags, classes and types are few and come again and again."""
    return value_key(value)[:_KEY_CHARACTERS]


@lru_cache(maxsize=4096)
def _short_text(value: str) -> str:
    """Offices come again and again, too."""
    return index_text(value)


def _value_text(value: str) -> str:
    return _short_text(value) if len(value) <= _KEY_CHARACTERS else index_text(value)


def _add_key(entry: tantivy.Document, name: str, key: str) -> None:
    if key:
        entry.add_text(name, key)


@lru_cache(maxsize=4096)
def _class_keys(value: str) -> tuple[str, ...]:
    return tuple(key[:_KEY_CHARACTERS] for key in beginnings(value_key(value)))


def beginnings(key: str) -> list[str]:
    """`secret noforn` -> `secret`, `secret noforn`: class:SECRET finds it with any caveat, but not TOP SECRET."""
    return [key[: space.start()] for space in re.finditer(" |$", key)] if key else []


def _add_values(entry: tantivy.Document, kind: str, fields: dict[str, list[str]]) -> None:
    """The values that are both sought and counted: a key of each, and the facet that shows it as it is written."""
    add = entry.add_text
    _add_key(entry, "type", _value_key(kind))
    add("facet_type", kind)
    for value in fields.get("class", ()):
        for key in _class_keys(value):
            add("class", key)
    for value in dict.fromkeys(fields.get("tag", ())):
        if key := _value_key(value):
            add("tag", key)
        if value:
            add("facet_tag", value[:_KEY_CHARACTERS])
    for name in ("origin", "class"):
        value = fields[name][0].strip() if name in fields else ""
        if value:
            add(f"facet_{name}", value[:_KEY_CHARACTERS])


def _add_date(entry: tantivy.Document, date: str) -> int:
    """Add the interval of a date; gives the number by which its beginning is sorted, 0 for an undated one."""
    interval = bounds(date)
    if interval is None:
        return 0
    low, high = interval
    entry.add_integer("low", low)
    entry.add_integer("high", high)
    entry.add_integer("facet_year", low // 100_000_000)
    return _minutes(low)


def _minutes(stamp: int) -> int:
    """A `YYYYMMDDhhmm` number as minutes in years of twelve months of 31 days, from 1: less than 2 to the 33rd."""
    rest, minute = divmod(stamp, 100)
    rest, hour = divmod(rest, 100)
    rest, day = divmod(rest, 100)
    year, month = divmod(rest, 100)
    return (((year * 12 + month - 1) * 31 + day - 1) * 24 + hour) * 60 + minute + 1
