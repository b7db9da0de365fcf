"""One picture from its bytes to a reading: metadata as `header` units, a unit `unread` for each frame."""

from __future__ import annotations

import msgspec
from PIL import Image, ImageChops, ImageStat

from unsealed.ingest import pictures
from unsealed.ingest.boxes import KINDS, UNKNOWN, Layout, PageFacts, encode
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.image.metadata import Metadata, thumbnail
from unsealed.ingest.readers.image.trailing import end_of_picture
from unsealed.ingest.readers.outcome import Outcome, Part, rejected

NAME, VERSION = "image", 1
_SIDE = 65_535 // 10
_CLEAR, _SHARE, _VARIES = 16, 0.01, 12  # of 255: a pixel below is glass; of the pixels; standard deviation below glass
_DIFFERS = 40  # mean difference in greys between a picture and the preview that it carries: they show other things


def read(data: bytes, context: bytes) -> Outcome:
    """A picture of one frame or several."""
    try:
        picture = pictures.open_picture(data)
    except pictures.TooLarge:
        return rejected(
            "V-PIXELS", f"more than {pictures.PIXELS} pixels", "Make a smaller copy in a safe place and take that in."
        )
    except pictures.Unreadable:
        return rejected("V-BROKEN", "the picture cannot be opened", "Convert it, or accept it unread.")
    build = Builder()
    Metadata(build).all(picture, data)
    words = build.count
    pages = _pages(picture, build)
    _hidden(data, picture.format or "", build)
    outcome = build.outcome("image", NAME, VERSION)
    assert outcome.reading is not None
    layout = Layout([UNKNOWN] * len(outcome.reading.units), pages)
    reading = msgspec.structs.replace(outcome.reading, boxes=encode(layout))
    message = f"{len(pages)} of {len(pages)} pages wait for OCR"
    remedy = "Run `unsealed ingest --ocr auto`."
    return Outcome(reading, outcome.parts, "O-WAITING", message, remedy, "read" if words else "no-text")


def _pages(picture: Image.Image, build: Builder) -> list[PageFacts]:
    """One page for each frame; damage is a finding."""
    pages: list[PageFacts] = []
    damaged = False
    for width, height in pictures.frames(picture):
        unit = build.free("unread", "", (), len(pages) + 1)
        pages.append(_facts(width, height))
        if not damaged and not pictures.is_whole(picture):
            damaged = True
            build.finding("V-TRUNCATED", "warn", unit)
    if len(pages) < pictures.count(picture):
        build.finding("V-FRAMES", "warn")
    return pages


def _facts(width: int, height: int) -> PageFacts:
    """The size of a frame in tenths of a pixel, halved until it fits."""
    while max(width, height) > _SIDE:
        width, height = (width + 1) // 2, (height + 1) // 2
    return PageFacts(10 * width, 10 * height, KINDS.index("picture"))


def _hidden(data: bytes, form: str, build: Builder) -> None:
    """Bytes behind the end of the picture, and a preview that shows something else: items of their own."""
    end = end_of_picture(data, form)
    behind = data[end:] if 0 < end < len(data) else b""
    if behind.strip(b"\0\r\n\t "):
        build.finding("V-TRAILING", "warn")
        build.parts.append(Part("trailing data", behind, "application/octet-stream", (end, len(data))))
    if _hides_under_glass(data):
        build.finding("V-TRANSPARENT", "warn")
    small = thumbnail(data)
    if small and _shows_another(data, small):
        build.finding("V-PREVIEW", "warn")
        build.parts.append(Part("preview", small, "image/jpeg", None))


def _hides_under_glass(data: bytes) -> bool:
    """Whether pixels that are wholly transparent hold a picture: programs that drop transparency show it again."""
    try:
        picture = pictures.open_picture(data)
        if picture.mode not in ("RGBA", "LA", "PA"):
            return False
        coloured = picture.convert("RGBA")
    except Exception:  # a foreign library on hostile bytes, behind the sandbox: damage is told elsewhere
        return False
    glass = coloured.getchannel("A").point([255 * (value < _CLEAR) for value in range(256)])
    if ImageStat.Stat(glass).mean[0] < 255 * _SHARE:
        return False
    return max(ImageStat.Stat(coloured.convert("RGB").convert("L"), glass).stddev) > _VARIES


def _shows_another(data: bytes, small: bytes) -> bool:
    """Whether a preview differs from its picture: a crop or a black bar may have been made in one of them only."""
    try:
        preview = pictures.grey(small, 0)
        whole = pictures.grey(data, 0).resize(preview.size)
    except (pictures.Unreadable, pictures.TooLarge):
        return True
    return ImageStat.Stat(ImageChops.difference(whole, preview)).mean[0] > _DIFFERS
