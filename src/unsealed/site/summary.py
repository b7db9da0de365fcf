"""What lists, previews and references need of a document: a summary, made once per release and cached.

A release never changes, so its summaries are a pure function of its package: the cache file carries the
manifest's hash in its name and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from unsealed.files import write_plain
from unsealed.model import Gap, PublicDocument, Shown
from unsealed.site import dates, escape, names
from unsealed.site.packages import Package, decode_document, lines

VERSION = 5  # of the cache files; raise it when Summary or its making changes
PREVIEW = 240  # characters
INCIPIT = 72  # characters of the first words that stand for a title
TYPE_WORDS = {
    "cable": "Cable",
    "frus": "Printed diplomatic paper",
    "event": "Event report",
    "email": "E-mail",
    "pdf": "PDF",
    "text": "Text",
    "markdown": "Text",
    "html": "Web page",
    "chat": "Chat log",
    "article": "Press article",
    "table": "Table",
    "unread": "Unread file",
    "office": "Office document",
    "slides": "Presentation",
    "book": "E-book",
    "data": "Data file",
    "image": "Picture",
    "media": "Sound or film",
    "calendar": "Calendar entry",
    "contact": "Contact",
}


class Summary(msgspec.Struct, frozen=True, array_like=True):
    """One released document on one line. `segment` is its folder below `d/`, `pack` the number of its pack."""

    id: str
    segment: str
    slot: int
    generation: int
    release: int
    pack: int
    digest: bytes  # SHA-256 of the document's line in its pack, first 16 bytes
    type: str
    title: str
    date: str
    origin: str
    classification: str
    tags: tuple[str, ...]
    people: tuple[str, ...]
    refs: tuple[str, ...]
    parent: str
    words: int
    hidden: int
    markers: int
    preview: str

    @property
    def year(self) -> int:
        """The year of the document, 0 where it is undated."""
        return dates.year_of(self.date)


_decoder = msgspec.msgpack.Decoder(list[Summary])

# People stand in these fields where the document is a letter of some kind; a cable's `from` is a post.
_PEOPLE_FIELDS = {
    "email": ("from", "to", "cc"),
    "chat": ("from", "to"),
    "article": ("author",),
    "frus": ("from", "to", "signer"),
    "cable": ("signer",),
}


def summarise(document: PublicDocument, line: bytes, pack: int) -> Summary:
    """The summary of one document; `line` is its line in the pack."""
    return Summary(
        id=document.id,
        segment=names.document_segment(document.id, document.slot),
        slot=document.slot,
        generation=document.generation,
        release=document.release,
        pack=pack,
        digest=hashlib.sha256(line).digest()[:16],
        type=document.type,
        title=title_of(document),
        date=_date(document),
        origin=escape.one_line(document.first("origin") or document.first("outlet"), 80),
        classification=escape.one_line(document.first("class"), 60),
        tags=_unique(document.all("tag")),
        people=_people(document),
        refs=tuple(ref for ref in dict.fromkeys(document.all("ref")) if ref != document.id),
        parent=document.parent,
        words=document.shown_words,
        hidden=document.hidden_atoms,
        markers=_markers(document),
        preview=_preview(document),
    )


def title_of(document: PublicDocument) -> str:
    """The title on one line. One that has none is called by its kind and first words, as catalogues do, else its id."""
    title = escape.one_line(document.title, 200)
    if title and title != document.id:
        return title
    kind = TYPE_WORDS.get(document.type, "Document")
    first = escape.one_line(_preview(document), INCIPIT)
    return f"{kind}: {first}" if first.strip(" […]") else f"{kind} {escape.one_line(document.id, 80)}"


def _date(document: PublicDocument) -> str:
    for name in ("date", "created", "day"):
        value = document.first(name)
        if dates.year_of(value):
            return value
    return ""


def _unique(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for value in values if (line := escape.one_line(value, 60))))


def _people(document: PublicDocument) -> tuple[str, ...]:
    fields = _PEOPLE_FIELDS.get(document.type, ())
    return _unique([_person(value) for name in fields for value in document.all(name)])


def _person(value: str) -> str:
    """The name of somebody in a mail header: `Ada Vell` of `Ada Vell <a@b>`, else the address as it stands."""
    name = value.partition("<")[0].strip().strip('"')
    return name or value


def _markers(document: PublicDocument) -> int:
    count = 0
    for block in document.blocks:
        count += 1 if isinstance(block, Gap) else sum(isinstance(run, Gap) for run in block.runs)
    return count


def _preview(document: PublicDocument) -> str:
    """The first words of the body, markers as "[…]"."""
    parts: list[str] = []
    length = 0
    wanted = _TALK if document.type == "chat" else _BODY
    for block in document.blocks:
        if isinstance(block, Gap) or block.label not in wanted:
            continue
        for run in block.runs:
            parts.append(run.text if isinstance(run, Shown) else " […] ")
            length += len(parts[-1])
        parts.append(" ")
        if length > PREVIEW:
            break
    return escape.one_line("".join(parts)[: PREVIEW * 4], PREVIEW)


_BODY = frozenset({"paragraph", "text", "message", "quote", "list-item", "cell", "note"})
_TALK = frozenset({"message"})


def summaries(package: Package, cache: Path) -> list[Summary]:
    """The summaries of one package in release order, from the cache file or from its packs."""
    packs = hashlib.sha256("".join(pack.file.sha256 for pack in package.packs).encode()).hexdigest()[:16]
    path = cache / f"summaries-{package.manifest.number:04d}-{package.sha256[:32]}-{packs}-{VERSION}.msgpack"
    if path.exists():
        try:
            return _decoder.decode(path.read_bytes())
        except (msgspec.MsgspecError, UnicodeDecodeError):
            path.unlink()  # a torn cache file is no news: make it again
    made = [
        summarise(decode_document(line, package), line, number)
        for number, pack in enumerate(package.packs)
        for line in lines(package, pack)
    ]
    write_plain(path, msgspec.msgpack.encode(made))
    return made
