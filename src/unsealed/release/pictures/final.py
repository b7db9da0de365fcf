"""The finished pictures of a built release, from its files on disk, with the words that OCR reads in them.

For the leak check over everything that goes out: what is read here are the very bytes that a reader will get. A page
that was read before, with the same pixels, is taken from the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from unsealed.archive import Archive
from unsealed.model import PublicDocument
from unsealed.release.objects import read_files, read_manifest
from unsealed.release.pictures.image import read_png
from unsealed.release.pictures.studio import Studio
from unsealed.review.leaks import Hit, LeakCheck
from unsealed.seal.package import decode_pack, media_path


class FinalPage(NamedTuple):
    """One finished picture. `place`: as a hit names it; `path`: of its file in the package; `text`: what OCR reads."""

    generation: int
    slot: int
    page: int
    place: str
    path: str
    text: str


def final_pages(archive: Archive, number: int) -> Iterator[FinalPage]:
    """Every picture of package `number`, document by document, streaming.

    Raises ArchiveError for a file that is not as its manifest says, VerifyError (`media-form`) for a picture that is
    not of its one form, HumanNeeded where OCR fails, SetupError where there is none.
    """
    manifest = read_manifest(archive, number)[0]
    if not any(file.path.startswith("media/") for file in manifest.files):
        return
    with Studio(archive) as studio:
        packs = (data for file, data in read_files(archive, number, manifest) if file.path.startswith("packs/"))
        for document in (one for data in packs for one in decode_pack(data)):
            yield from _pages(archive, number, document, studio)


def _pages(archive: Archive, number: int, document: PublicDocument, studio: Studio) -> Iterator[FinalPage]:
    if isinstance(document.pages, msgspec.UnsetType):
        return
    folder = archive.path / "packages" / f"{number:04}"
    paths = [media_path(page.sha256) for page in document.pages.pages]
    pictures = [read_png((folder / path).read_bytes()) for path in paths]
    for page, path, text in zip(document.pages.pages, paths, studio.words(pictures), strict=True):
        place = f"document {document.id}, picture of page {page.number}"
        yield FinalPage(document.generation, document.slot, page.number, place, path, text)


def picture_hits(archive: Archive, number: int, check: LeakCheck) -> list[Hit]:
    """Withheld strings that the finished pictures of a built release show. Raises as `final_pages`."""
    return [hit for page in final_pages(archive, number) for hit in check.hits(page.place, page.text)]
