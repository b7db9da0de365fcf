"""An OCR worker: draws pages of a document, or reads the words of pixels. Two of them make a page's text.

Run as `python -m unsealed.ingest.ocr.worker`. One that draws has the document; one that reads has pixels only.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator

import msgspec

from unsealed.ingest.ocr import engine
from unsealed.ingest.ocr.draw import NONE, Sheets
from unsealed.ingest.ocr.wire import Draw, Drawn, Open, Opened, Recognise, Request
from unsealed.sandbox import Limits, serve

_requests = msgspec.msgpack.Decoder(Request)
_encoder = msgspec.msgpack.Encoder()


class Reader:
    """Holds the document whose pages are drawn."""

    def __init__(self) -> None:
        self._sheets: Sheets | None = None

    def handle(self, request: bytearray, limits: Limits) -> Iterator[bytes]:
        """Answer one message."""
        message = _requests.decode(request)
        match message:
            case Open():
                yield _encoder.encode(Opened(self._open(message)))
            case Draw():
                yield _encoder.encode(self._draw(message))
            case Recognise():
                yield _encoder.encode(
                    engine.read(
                        message.pixels, message.width, message.height, message.dpi, message.languages, message.folder
                    )
                )

    def _open(self, message: Open) -> int:
        try:
            self._sheets = Sheets(message.form, message.data)
        except Exception:  # a foreign library on hostile bytes, behind the sandbox: any failure is one
            return 0
        return self._sheets.count

    def _draw(self, message: Draw) -> Drawn:
        if self._sheets is None:
            return NONE
        try:
            return self._sheets.draw(message.number, message.dpi)
        except Exception:  # a foreign library on hostile bytes, behind the sandbox: any failure is one
            return NONE


def main() -> None:
    """Serve until the pass closes the pipe."""
    gc.collect()
    gc.freeze()
    serve(Reader().handle)


if __name__ == "__main__":
    main()
