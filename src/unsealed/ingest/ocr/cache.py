"""The words of pages that were read before, by the hash of their pixels. A cache: it may be deleted at any time.

The hash is made here, on the trusted side, of pixels that were handed over: a worker cannot speak for another page.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import zstandard

from unsealed.crypto import sha256
from unsealed.files import make_dirs, write_plain
from unsealed.ingest.ocr.wire import Drawn, Page, check_page
from unsealed.model import MALFORMED

VERSION = 1
_WORDS = b"This folder is a cache. It may be deleted at any time and is made again from the archive.\n"
LARGEST = 64 << 20  # bytes of one page's words

_decoder = msgspec.msgpack.Decoder(Page)


class Cache:
    """Pages below `folder`, one file each."""

    def __init__(self, folder: Path, engine: str, languages: tuple[str, ...]) -> None:
        self._folder = folder
        self._how = f"{VERSION}|{engine}|{'+'.join(languages)}".encode()
        make_dirs(folder)
        if not (folder / "CACHE").exists():
            write_plain(folder / "CACHE", _WORDS)

    def key(self, drawn: Drawn) -> str:
        """What tells a page, and the way it is read, from all others."""
        head = f"|{drawn.width}|{drawn.height}|{drawn.dpi}|".encode()
        return sha256(self._how + head + drawn.pixels).hexdigest()

    def get(self, key: str, drawn: Drawn) -> Page | None:
        """The words of a page; None where they are not known, or their file is damaged."""
        try:
            packed = (self._folder / key[:2] / key).read_bytes()
            page = _decoder.decode(zstandard.ZstdDecompressor().decompress(packed, max_output_size=LARGEST))
            check_page(page, drawn.width, drawn.height)
        except (OSError, zstandard.ZstdError, MemoryError, *MALFORMED):
            return None
        return page

    def put(self, key: str, page: Page) -> None:
        """Keep the words of a page."""
        place = self._folder / key[:2]
        make_dirs(place)
        write_plain(place / key, zstandard.ZstdCompressor(level=3).compress(msgspec.msgpack.encode(page)))
