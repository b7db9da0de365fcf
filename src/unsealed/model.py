"""The nouns of Unsealed: one data model for all rooms, and nothing but data.

Two families live here and never mix:

* private: `Unit`, `Field`, `Finding`, `Reading`, `Mark`, `Decision` -- what is in the archive;
* public: `Gap`, `PublicUnit`, `PublicDocument`, `Manifest` -- what leaves the house.

Every stored or published form carries a version mark (`v`); unknown versions are refused with a remedy.
Offsets are code points of a unit's NFC text, half-open. Byte ranges are half-open too.
"""

from __future__ import annotations

from typing import Literal

import msgspec

MALFORMED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes of the wrong form: a string that is no UTF-8 and too many brackets are not its own."""

FORMAT_DOCUMENT = "unsealed-document/1"
FORMAT_EMPTY = "unsealed-empty/1"
FORMAT_PUBLIC = "unsealed-public/1"
FORMAT_RELEASE = "unsealed-release/1"
FORMAT_DECISIONS = "unsealed-decisions/1"

# The closed list of unit labels of `unsealed-document/1`. A label says what kind of text a unit is; it is
# public even where the text is not, so a name or a file name is never a label.
# Labels whose text is cut into single characters, so that the tail can be hidden (coarsening):
LABELS_BY_CHARACTER: frozenset[str] = frozenset({"coordinate", "time", "number"})
LABELS: frozenset[str] = LABELS_BY_CHARACTER | frozenset(
    {
        "unread",  # the one unit of an item that could not be read
        "id",  # an identifier of the document, as written
        "origin",  # the place or office it came from
        "classification",
        "banner",  # class, caveat, station and serial at the head of a telegram body
        "caption",  # SIPDIS, NOFORN ...
        "routing",  # transmission, route, DE and ZN lines
        "dtg",  # date-time group line
        "from",
        "to",
        "info",
        "passing",  # DEPT FOR ..., PLEASE PASS TO ...
        "declassify",  # the E.O. line
        "tags-label",
        "tag",
        "subject-label",
        "subject",
        "refs-label",
        "ref",
        "classified-by",
        "heading",
        "paragraph",  # with its number and portion mark
        "list-item",
        "quote",
        "note",  # a footnote or an editor's note
        "source-note",
        "signature",
        "closer",
        "dateline",
        "title",
        "header",  # a header line of a mail or a message that has no label of its own
        "name",  # of the one who speaks in a chat
        "message",  # what is said in a chat
        "system",  # a join, part or topic line
        "cell-label",  # a column name or the "Key:" of a key-value line
        "cell",  # a cell of a table
        "attachment",  # the name of an attachment as the mail states it
        "link",
        "code",
        "structure",  # page lines, section marks, rules, end marks, white space between units
        "text",  # loose text that no rule claims
    }
)

DocumentType = Literal[
    "cable", "frus", "event", "email", "pdf", "text", "markdown", "html", "chat", "article", "table", "unread",
    "office", "slides", "book", "data", "image", "media", "calendar", "contact",
]  # fmt: skip


class Unit(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True):
    """One run of text of a reading: the smallest thing that has a label.

    `text` is the decoded source text of the spans, NFC, with LF line ends; white space after it up to the
    next unit belongs to it. `source` are byte ranges in the item's original bytes (several where a page
    break cuts a paragraph). `page` is 1-based, 0 where there are no pages.
    """

    label: str
    text: str
    source: tuple[tuple[int, int], ...] = ()
    page: int = 0


class Field(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True):
    """One parsed value: `name` from the list below, a normalised `value`, the `units` it was derived from.

    A field is shown in public only if every one of its units is shown whole. No units: a value that is neutral.
    Names: id (canonical), alias (names of one person in a chat), date, created, origin, class, caption, tag, subject,
    title, from, to, cc, bcc, ref (canonical id that the document cites), declassify, signer, mark-default, lang,
    thread, message-id, in-reply-to, attachment, lat, lon, mgrs, place, kind (of an event), category, killed, wounded,
    outlet, author, url, day, quote (what an article quotes), address (of a contact: mail or telephone). Of a message
    there is one thread for each reference, in order.

    A date value is ISO 8601 of the precision that is known: `2003`, `2003-04`, `2003-04-05`, `2003-04-05T17`,
    `2003-04-05T17:05`, with `Z` or `+03:00` only where the zone is known. Precision is the length of the string.
    """

    name: str
    value: str
    units: tuple[int, ...] = ()


class Finding(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True):
    """Something a reader noticed. `severity` is note, warn or reject; `code` as in the format's page (`C-SERIAL`)."""

    code: str
    severity: Literal["note", "warn", "reject"]
    unit: int = -1


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False, forbid_unknown_fields=True):
    """What one item says: its units in order of their first source byte, and what was parsed from them.

    Bytes with more values than these are refused: a worker's are stored as they came, and a later version of the model
    would read what nobody checked. `boxes` holds page geometry (PDF), empty elsewhere: see `ingest.readers.pdf`.
    `encoding` is the charset that the bytes were decoded with.
    """

    type: str
    reader: str
    version: int
    units: tuple[Unit, ...]
    fields: tuple[Field, ...] = ()
    findings: tuple[Finding, ...] = ()
    encoding: str = "utf-8"
    boxes: bytes = b""

    def first(self, name: str) -> str:
        """The first value of field `name`, or an empty string."""
        for field in self.fields:
            if field.name == name:
                return field.value
        return ""

    def all(self, name: str) -> list[str]:
        """Every value of field `name`, in order."""
        return [field.value for field in self.fields if field.name == name]


class Mark(msgspec.Struct, frozen=True):
    """A wish to withhold: part of a unit, a whole unit, or a whole document.

    `document` is the item id. `unit` is -1 for the whole document; `start` = `end` = -1 for the whole unit.
    """

    document: int
    unit: int
    start: int
    end: int
    reason: str
    editor: str


class Reason(msgspec.Struct, frozen=True):
    """One line of the reasons table of the settings: a small number that is sealed in the cut, a short code, words."""

    number: int
    code: str
    text: str


# --- public -------------------------------------------------------------------------------------------


class Gap(msgspec.Struct, frozen=True, tag="gap"):
    """Withheld atoms at one place. `atoms` is exact and public; `reason` is a number of the reasons table."""

    atoms: int
    reason: int


class Shown(msgspec.Struct, frozen=True, tag="text"):
    """Words that are shown."""

    text: str


class PublicUnit(msgspec.Struct, frozen=True, tag="unit"):
    """A unit of a public document: its label and what is shown of it, in order."""

    label: str
    runs: tuple[Shown | Gap, ...]


Block = PublicUnit | Gap  # a Gap at this level hides whole units (or joins the end of one with whole ones)


class PublicPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The picture of one page, drawn anew: `number` of the page from 1, a PNG file `media/<sha256>` of the package."""

    number: int
    sha256: str
    length: int  # bytes
    width: int  # pixels
    height: int


class PublicPages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The pages of a document that are shown as pictures, by rising number; outside the seal (package.md, "Pages").

    `count`: how many pages the original has. `sha256` and `length` are of a PDF of these pictures, in `media/` too.
    """

    count: int
    pages: tuple[PublicPage, ...]
    sha256: str
    length: int


class PublicDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A released document: everything that packs, pages, feeds and search may know of it.

    Made by one function only, `release.cut.public_document`. `blocks` is what `seal.opened_blocks(proof)`
    gives: the text shown is the text proved. `fields` holds only values whose units are shown whole.
    `title` is made from shown text. `proof` is the exact text of the proof file. `parent` and `related`
    are ids of released documents only.
    """

    v: str
    id: str
    slot: int
    generation: int
    release: int
    type: str
    title: str
    fields: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    shown_words: int
    hidden_atoms: int
    proof: str
    parent: str = ""
    pages: PublicPages | msgspec.UnsetType = msgspec.UNSET  # only where pages are shown as pictures

    def first(self, name: str) -> str:
        """The first value of field `name`, or an empty string."""
        for key, value in self.fields:
            if key == name:
                return value
        return ""

    def all(self, name: str) -> list[str]:
        """Every value of field `name`, in order."""
        return [value for key, value in self.fields if key == name]


class PackageFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a release package: path below the package, length in bytes, SHA-256 in hex."""

    path: str
    length: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`manifest.json` of a release package. Written canonically: keys in this order, no white space, one LF at the end.

    `date` is the publisher's day (ISO), never an exact time. `archive` is the archive id in hex. `withheld`
    counts markers by reason code. `total` is the number of sealed documents, -1 where it is not public.
    """

    v: str
    number: int
    archive: str
    name: str
    title: str
    story: str
    date: str
    documents: int
    total: int
    withheld: dict[str, int]
    reasons: tuple[Reason, ...]
    licence: str
    files: tuple[PackageFile, ...]
