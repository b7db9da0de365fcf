"""The pictures of a document, from its decided form to files: what keeps them in, how they are made, what they show.

`obstacles` says why pages cannot be shown yet; `Darkroom` makes them, reads each finished picture by OCR, and keeps
what was read for the leak check.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Self

import msgspec

from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import HumanNeeded
from unsealed.model import PublicDocument, PublicPage, PublicPages, Reason
from unsealed.release.cut import Decided, hidden_places, sealed_atoms
from unsealed.release.pictures.image import Canvas, Look, packed, png, redacted
from unsealed.release.pictures.layout import Sheet, hidden_characters, layout_of, sheets
from unsealed.release.pictures.pdf import POINTS, PdfPage, pdf
from unsealed.release.pictures.studio import Studio
from unsealed.review.events import BoxSaid, PageSaid, decode
from unsealed.review.leaks import Hit, LeakCheck
from unsealed.review.pages import PageDesk
from unsealed.review.words import fold
from unsealed.seal.package import media_path

FORMS = ("pdf", "image")
_LEAST = 4  # letters of a withheld word that is looked for in a picture
_FUZZY = 6  # letters from which on one wrong one does not count: OCR errs
_SKEWED = 0.03  # share by which the sides of a drawn page may differ from those of its boxes
_WORD = re.compile(r"[^\W_]+")


class _Developed(NamedTuple):
    """One finished page: its place, its picture, and the PNG's rows."""

    sheet: Sheet
    canvas: Canvas
    rows: bytes


class _Read(NamedTuple):
    """What OCR read in one finished page. `hidden`: withheld words of the same document, folded."""

    place: str
    text: str
    hidden: frozenset[str]


def items_with_pages(archive: Archive) -> frozenset[int]:
    """The items of whose pages somebody spoke. One pass over the journal: asking each item would take as many."""
    spoken = (one.item for one in archive.decisions() if isinstance(decode(one.payload), PageSaid | BoxSaid))
    return frozenset(spoken)


def obstacles(archive: Archive, item: int, row: int, document: Decided | None, reasons: Sequence[Reason]) -> list[str]:
    """Why the pages of an item cannot be shown as somebody wanted, in words. `document`: None where it is not ready."""
    said = PageDesk(archive).state(item, row)
    found = [f"its pictures wait for a second editor: {', '.join(said.open)}"] if said.open else []
    if said.elsewhere:
        pages = ", ".join(map(str, said.elsewhere))
        found.append(f"pages {pages} were shown for another reading than the one that is sealed: look at them again")
    if said.shown and archive.item(item).form not in FORMS:
        return [*found, "it has no pages that can be drawn: only PDF files and pictures have"]
    if said.shown and document is not None:
        for sheet in shown_sheets(archive, document, reasons):
            if not (sheet.width and sheet.height):
                found.append(f"page {sheet.number} has no size that is known: it cannot be shown")
            elif sheet.unknown:
                units = ", ".join(map(str, sheet.unknown))
                found.append(
                    f"page {sheet.number}: nobody knows where the withheld words of units {units} stand in it; "
                    "mark boxes (`unsealed review box --unit`)"
                )
    return found


def shown_sheets(
    archive: Archive, document: Decided, reasons: Sequence[Reason], pages: Iterable[int] | None = None
) -> tuple[Sheet, ...]:
    """The sheets of the pages that may be shown (or of `pages`), with everything that is withheld on them."""
    stored = document.stored
    layout = layout_of(stored.reading)
    if layout is None:
        return ()
    said = PageDesk(archive).state(stored.item.id, stored.row)
    boxes = tuple(box for box in said.boxes if box.decided == "accepted")
    whole_lines = archive.settings.release.page_boxes == "lines"
    found = sheets(stored.reading, layout, hidden_masks(document, reasons), boxes, lines=whole_lines)
    wanted = frozenset(said.shown if pages is None else pages)
    return tuple(sheet for sheet in found if sheet.number in wanted)


def hidden_masks(document: Decided, reasons: Sequence[Reason]) -> list[bytes]:
    """For each unit a byte for each character: 1 where it is withheld."""
    atoms = sealed_atoms(document)
    return hidden_characters(atoms, [first for first, _, _ in hidden_places(atoms, document.marks, reasons)])


class Darkroom:
    """Makes the pictures of one release. `write` gets path and bytes of each file, each path once.

    A context manager: it starts sandboxed workers where a document has pages to show.
    """

    def __init__(self, archive: Archive, reasons: Sequence[Reason], write: Callable[[str, bytes], None]) -> None:
        self._archive = archive
        self._reasons = reasons
        self._write = write
        self._written: set[str] = set()
        self._wanted = items_with_pages(archive)
        self._studio = Studio(archive)
        self._read: list[_Read] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._studio.__exit__()

    def pictured(self, document: Decided, public: PublicDocument) -> PublicDocument:
        """The public document with its pages, where it has any to show. Raises HumanNeeded, SetupError."""
        item = document.stored.item
        if item.id not in self._wanted:
            return public
        wanted = shown_sheets(self._archive, document, self._reasons)
        if not wanted:
            return public
        look = look_of(self._archive, item.form)
        done = [develop(self._archive, self._studio, item.id, sheet, look) for sheet in wanted]
        self._keep(document, public, done)
        pages = tuple(self._page(one, look) for one in done)
        file = pdf([_pdf_page(one, look, item.form) for one in done])
        layout = layout_of(document.stored.reading)
        count = len(layout.pages) if layout else 0
        return msgspec.structs.replace(public, pages=PublicPages(count, pages, self._put(file), len(file)))

    def _page(self, done: _Developed, look: Look) -> PublicPage:
        data = png(done.canvas, look, done.rows)
        return PublicPage(done.sheet.number, self._put(data), len(data), done.canvas.width, done.canvas.height)

    def _put(self, data: bytes) -> str:
        digest = sha256(data).hexdigest()
        if digest not in self._written:
            self._written.add(digest)
            self._write(media_path(digest), data)
        return digest

    def _keep(self, document: Decided, public: PublicDocument, done: Sequence[_Developed]) -> None:
        """Read the finished pictures, and keep the words for the leak check."""
        hidden = withheld_names(document, self._reasons)
        read = self._studio.words([one.canvas for one in done])
        for one, text in zip(done, read, strict=True):
            self._read.append(_Read(f"document {public.id}, picture of page {one.sheet.number}", text, hidden))

    def hits(self, check: LeakCheck) -> list[Hit]:
        """Withheld strings that the finished pictures show: of all documents exactly, of the same one nearly."""
        found: list[Hit] = []
        for one in self._read:
            known = check.hits(one.place, one.text)
            found += known
            told = {hit.string for hit in known}
            found += [Hit(one.place, word, "picture") for word in _nearly(one.text, one.hidden) if word not in told]
        return found


def look_of(archive: Archive, form: str) -> Look:
    """In which shades the pages of a document are shown."""
    chosen: Look = archive.settings.release.page_look
    return "picture" if form == "image" and chosen == "grey" else chosen


def develop(archive: Archive, studio: Studio, item: int, sheet: Sheet, look: Look) -> _Developed:
    """Draw one page and fill what is withheld. Raises HumanNeeded where the drawing does not fit the boxes."""
    dpi = min(max(archive.settings.release.page_dpi, 50), 400)
    canvas = studio.draw(item, sheet.number, dpi)
    across, down = canvas.width * sheet.height, canvas.height * sheet.width
    if sheet.unknown or not across or abs(across - down) > _SKEWED * max(across, down):
        raise HumanNeeded(
            f"Page {sheet.number} of document {item} is drawn in another form than it was read in.",
            remedy=f"Take its picture back: unsealed review pages {item} --hide {sheet.number} --as EDITOR",
        )
    final = redacted(canvas, sheet.black, look)
    return _Developed(sheet, final, packed(final, look))


def _pdf_page(done: _Developed, look: Look, form: str) -> PdfPage:
    across, down = done.sheet.width / 10, done.sheet.height / 10
    if form == "image":
        scale = POINTS / max(done.canvas.width, done.canvas.height)
        across, down = done.canvas.width * scale, done.canvas.height * scale
    return PdfPage(done.canvas.width, done.canvas.height, done.rows, look, (across, down), done.sheet.words)


def withheld_names(document: Decided, reasons: Sequence[Reason]) -> frozenset[str]:
    """Folded withheld words of a document that name: capitalised or with digits, and nowhere shown in it."""
    gone: set[str] = set()
    shown: set[str] = set()
    for unit, mask in zip(document.stored.reading.units, hidden_masks(document, reasons), strict=True):
        for match in _WORD.finditer(unit.text):
            word = match[0]
            if not mask[match.start()]:
                shown.add(fold(word))
            elif len(word) >= _LEAST and (word[0].isupper() or any(map(str.isdigit, word))):
                gone.add(fold(word))
    return frozenset(gone - shown)


def _nearly(text: str, hidden: frozenset[str]) -> list[str]:
    """The hidden words that a picture shows, one letter of a longer one misread or not."""
    read = {fold(word) for word in _WORD.findall(text)}
    return sorted(word for word in hidden if any(_alike(word, other) for other in read))


def _alike(word: str, other: str) -> bool:
    if word == other or len(word) < _FUZZY or abs(len(word) - len(other)) > 1:
        return word == other
    short, long = sorted((word, other), key=len)
    at = next((n for n, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]
