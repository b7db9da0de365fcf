"""What a PDF holds beside the text of its pages: everything here is text that a reader of the page does not see.

Metadata, notes, form values, bookmarks, links, scripts, attached files, earlier revisions. Losing one of them is a
silent loss; so is leaving one where an editor does not look.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Self

import pikepdf
import pypdfium2 as pdfium

from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.pdf.attached import Attached
from unsealed.ingest.readers.pdf.catalog import alternatives, bookmarks, metadata, scripts
from unsealed.ingest.readers.pdf.forms import Forms
from unsealed.ingest.readers.pdf.notes import Notes
from unsealed.ingest.readers.pdf.revisions import earlier_text
from unsealed.ingest.readers.pdf.values import TooLarge, bytes_of, get, items

CONTENT = 32 << 20  # bytes that the content of one page may grow to
_PLAIN = (pikepdf.Name.Link, pikepdf.Name.Popup)


class NeedsPassword(Exception):
    """The file is encrypted, and the empty password does not open it."""


class Broken(Exception):
    """Neither library can open the file."""


class Opened:
    """A file that pdfium has open (`document`) and, where it can, qpdf too (`file`). A context manager."""

    def __init__(
        self, data: bytes, document: pdfium.PdfDocument, file: pikepdf.Pdf | None, findings: list[str]
    ) -> None:
        self.data = data
        self.document = document
        self.file = file
        self.findings = findings
        self.attached = Attached()
        self.forms = Forms()
        self.notes = Notes(self.attached, self.forms)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.document.close()
        if self.file is not None:
            self.file.close()


def opened(data: bytes, passwords: Sequence[str] = ()) -> Opened:
    """Open a file, repaired by qpdf where pdfium cannot. Raises NeedsPassword, Broken.

    The empty password is tried first, then `passwords` in order.
    """
    password, file = _unlocked(data, ["", *passwords])
    findings = [] if file is not None else ["P-BESIDE"]
    try:
        document = pdfium.PdfDocument(data, password=password or None)
        len(document)
    except pdfium.PdfiumError as error:
        if "password" in str(error).lower():
            raise NeedsPassword from error
        return Opened(data, _repaired(file), file, [*findings, "P-REPAIRED"])
    if file is not None and len(document) == 0:
        with contextlib.suppress(Broken):
            return Opened(data, _repaired(file), file, [*findings, "P-REPAIRED"])
    if file is not None and any("damaged" in str(warning) for warning in file.get_warnings()):
        findings.append("P-REPAIRED")
    return Opened(data, document, file, findings)


def has_layers(opened: Opened) -> bool:
    """Whether the file has layers that can be switched off; so too where its catalogue cannot be read."""
    return opened.file is None or get(opened.file.Root, "/OCProperties") is not None


def _unlocked(data: bytes, passwords: Sequence[str]) -> tuple[str, pikepdf.Pdf | None]:
    """The first password that opens the file, and the file. Raises NeedsPassword where none does."""
    for password in passwords:
        try:
            return password, _qpdf(data, password)
        except pikepdf.PasswordError:
            continue
    raise NeedsPassword


def _qpdf(data: bytes, password: str) -> pikepdf.Pdf | None:
    try:
        return pikepdf.Pdf.open(io.BytesIO(data), password=password, suppress_warnings=True)
    except pikepdf.PasswordError:
        raise
    except Exception:
        return None


def _repaired(file: pikepdf.Pdf | None) -> pdfium.PdfDocument:
    """What qpdf made of a file that pdfium cannot open. The original is kept; this copy lives only here."""
    if file is None:
        raise Broken
    mended = io.BytesIO()
    try:
        file.save(mended, static_id=True)
        return pdfium.PdfDocument(mended.getvalue())
    except Exception as error:
        raise Broken from error


@contextlib.contextmanager
def _noted(build: Builder, code: str) -> Iterator[None]:
    """A part of the file that fails costs a finding, not the file."""
    try:
        yield
    except Exception:
        build.finding(code, "warn")


def page(opened: Opened, build: Builder, number: int) -> None:
    """The notes, links and attached files of page `number` (from 1)."""
    file = opened.file
    if file is None:
        return
    with _noted(build, "P-NOTES"):
        if number <= len(file.pages):
            opened.notes.page(file.pages[number - 1].obj, build, number)


def has_appearances(opened: Opened, number: int) -> bool:
    """Whether annotations of page `number` are drawn with more than a line: their text is not in the page's layer."""
    with contextlib.suppress(Exception):  # a foreign library on hostile bytes: no appearance that could be read
        page = opened.file.pages[number - 1].obj if opened.file is not None else None
        return any(
            get(one, "/AP") is not None and get(one, "/Subtype") not in _PLAIN for one in items(get(page, "/Annots"))
        )
    return False


def swells(opened: Opened, number: int) -> bool:
    """Whether the content of page `number` grows above the limit: pdfium draws nothing of it then."""
    with contextlib.suppress(Exception):  # a foreign library on hostile bytes: a content that cannot be decoded is none
        content = get(opened.file.pages[number - 1].obj, "/Contents") if opened.file is not None else None
        try:
            for stream in items(content) or [content]:
                if isinstance(stream, pikepdf.Stream):
                    bytes_of(stream, CONTENT)
        except TooLarge:
            return True
    return False


def foot(opened: Opened, build: Builder) -> None:
    """Form values, bookmarks, scripts, attached files, metadata, the text of earlier revisions.

    They come last: the first words of a document are those of its first page.
    """
    _each(opened, build, (alternatives, opened.forms.all, bookmarks, scripts, opened.attached.all, metadata))
    with _noted(build, "P-REVISION"):
        earlier_text(opened.data, build)


def _each(opened: Opened, build: Builder, steps: tuple[Callable[[pikepdf.Pdf, Builder], None], ...]) -> None:
    if opened.file is None:
        return
    for step in steps:
        with _noted(build, "P-BESIDE"):
            step(opened.file, build)
