"""The pages of a document that its release shows as pictures: what the template needs of them.

Takes a public document and its manifest; gives addresses and words. A picture that the manifest does not name is no
part of what the editors signed, and is refused.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from unsealed.errors import InputError
from unsealed.model import Manifest, PublicDocument
from unsealed.site.pages import object_path


class PagePicture(NamedTuple):
    """One picture: where it lies below the root, its size in pixels, the number of its page."""

    number: int
    path: str
    width: int
    height: int


class Pictures(NamedTuple):
    """All pictures of a document. `total`: pages of the original; `words`: which of them are here."""

    pages: tuple[PagePicture, ...]
    total: int
    words: str
    pdf: str
    size: str


def pictures_of(document: PublicDocument, manifest: Manifest) -> Pictures | None:
    """What a page says of a document's pictures; None where it has none. Raises InputError."""
    if isinstance(document.pages, msgspec.UnsetType):
        return None
    named = {file.path: file for file in manifest.files}
    shown = document.pages
    for digest, length in [(page.sha256, page.length) for page in shown.pages] + [(shown.sha256, shown.length)]:
        file = named.get(f"media/{digest}")
        if file is None or (file.sha256, file.length) != (digest, length):
            raise InputError(
                f"Release {manifest.number}: slot {document.slot} names a picture that its manifest does not.",
                remedy="Copy the package again from where it was built, or build the release again.",
            )
    pages = tuple(PagePicture(page.number, object_path(page.sha256), page.width, page.height) for page in shown.pages)
    return Pictures(pages, shown.count, _words(len(pages), shown.count), object_path(shown.sha256), _size(shown.length))


def _words(here: int, count: int) -> str:
    if here == count:
        return "its only page" if count == 1 else f"all {count:,} pages"
    return f"{here:,} of its {count:,} pages"


def _size(length: int) -> str:
    return f"{length / 1_000_000:,.1f} MB" if length >= 1_000_000 else f"{max(length // 1000, 1):,} kB"
