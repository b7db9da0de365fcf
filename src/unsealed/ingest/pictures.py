"""The one module that knows Pillow: opens a picture of a known format, within limits, and gives its frames.

Runs in a worker only. A picture may claim any size: nothing is decoded before its size was looked at.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator

import pillow_heif
from PIL import AvifImagePlugin, Image, ImageFile, ImageOps

FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP", "HEIF", "AVIF", "JPEG2000", "PPM", "PSD", "ICO")
PIXELS = 100_000_000  # of one frame; a grey frame takes as many bytes
FRAMES = 500  # frames of one file
TOTAL = 400_000_000  # pixels of all frames that are looked at

Image.init()
pillow_heif.register_heif_opener()
pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a worker is one process of many
Image.MAX_IMAGE_PIXELS = None  # our own limit is asked first, and refuses by name
ImageFile.LOAD_TRUNCATED_IMAGES = False


class TooLarge(ValueError):
    """A picture of more pixels than the limit."""


class Unreadable(ValueError):
    """No picture that Pillow can open."""


def open_picture(untrusted_data: bytes) -> Image.Image:
    """Open without decoding. Raises TooLarge, Unreadable."""
    try:
        with warnings.catch_warnings(action="ignore"):
            picture = Image.open(io.BytesIO(untrusted_data), formats=FORMATS)
    except Exception as error:
        raise Unreadable from error
    if picture.width * picture.height > PIXELS:
        raise TooLarge
    return picture


def count(picture: Image.Image) -> int:
    """How many frames the file says it has, 1 where it cannot say."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return int(getattr(picture, "n_frames", 1))
    except Exception:  # a foreign library on hostile bytes, behind the sandbox: any failure is one
        return 1


def frames(picture: Image.Image) -> Iterator[tuple[int, int]]:
    """Width and height of each frame, as far as the limits go. After each step that frame is the current one."""
    total = 0
    for number in range(min(count(picture), FRAMES)):
        try:
            with warnings.catch_warnings(action="ignore"):
                picture.seek(number)
        except Exception:
            return
        total += picture.width * picture.height
        if total > TOTAL or picture.width * picture.height > PIXELS:
            return
        yield picture.width, picture.height


def is_whole(picture: Image.Image) -> bool:
    """Decode the current frame; False where bytes are missing or damaged (what there is can be drawn still)."""
    try:
        with warnings.catch_warnings(action="ignore"):
            picture.load()
    except Exception:
        return False
    return True


def grey(untrusted_data: bytes, number: int) -> Image.Image:
    """Frame `number` (from 0) in grey on white, turned as its camera says. Raises TooLarge, Unreadable."""
    picture = open_picture(untrusted_data)
    ImageFile.LOAD_TRUNCATED_IMAGES = True  # a page that is cut off is read as far as it goes
    try:
        for index, _ in enumerate(frames(picture)):
            if index == number:
                return _flat(ImageOps.exif_transpose(picture))
    except Exception as error:
        raise Unreadable from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    raise Unreadable


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture.convert("RGBA"))
    if picture.mode.startswith("I"):
        picture = picture.point(lambda value: value / 257).convert("L") if picture.mode != "I" else picture.convert("L")
    return picture.convert("L")
