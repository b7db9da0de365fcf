"""The one module that knows Tesseract: pixels to words. Runs in a worker that is given nothing but pixels.

A page is read as it lies; where the words come out poor, it is asked which way it is turned and in which script, and
read once more. Without languages given, English comes first, then the one that the words look like.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import tesserocr
from PIL import Image, ImageOps, ImageStat

from unsealed.ingest.decode import composed
from unsealed.ingest.ocr.languages import BY_SCRIPT, FIRST, language_of
from unsealed.ingest.ocr.wire import LETTERS, WORDS, Page, Word

POOR = 70  # mean confidence of the words below which a page is looked at again
FEW = 3  # words below which nothing can be said of them
TRUST = 1.0  # how sure the engine must be of a turn
LEANS = 1.5  # degrees that lines lean, from which on a page is laid straight and read again
STEEP = 20  # degrees up to which a page that reads poorly is tried
THUMB = 500  # pixels of the small picture that is tried
CLEAR = 1.3  # times as much contrast between the rows as in the page as it lies
_TURNS = {0: None, 1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}


def version() -> str:
    """The engine's name and version, as they are kept with a page."""
    return "tesseract " + str(tesserocr.tesseract_version()).split()[1]


class _Try(NamedTuple):
    """One reading of a page: turned by `turn` quarters clockwise, then by `skew` degrees against the clock."""

    languages: tuple[str, ...]
    turn: int = 0
    skew: float = 0.0
    words: tuple[Word, ...] = ()
    lean: float = 0.0  # degrees that the lines still lean, as the engine says

    @property
    def merit(self) -> float:
        """How much was read, and how surely: one number to compare two readings of a page by."""
        return sum(len(word.text) * (word.confidence - 50) for word in self.words if word.confidence > 50)

    @property
    def is_poor(self) -> bool:
        """Whether the page should be looked at again."""
        return len(self.words) < FEW or sum(word.confidence for word in self.words) < POOR * len(self.words)


def read(pixels: bytes, width: int, height: int, dpi: int, languages: tuple[str, ...], folder: str) -> Page:
    """The words of a page. `languages` empty: found out."""
    sheet = _Sheet(Image.frombytes("L", (width, height), pixels), dpi, folder)
    chosen = tuple([name for name in languages if name in sheet.installed]) or _first(sheet.installed)
    best = sheet.read(_Try(chosen))
    if best.is_poor:
        best = sheet.better(best, _turned_otherwise(sheet, best, free=not languages))
    if abs(best.lean) >= LEANS:
        best = sheet.better(best, best._replace(skew=best.skew + best.lean))
    if not languages:
        looks = language_of([word.text for word in best.words])
        if looks in sheet.installed and looks not in best.languages:
            best = sheet.read(best._replace(languages=(looks,)))
    words = tuple(_back(best, (width, height)))
    return Page(version(), "+".join(best.languages), best.turn, best.skew, words)


class _Sheet:
    """A page that is read in several ways."""

    def __init__(self, picture: Image.Image, dpi: int, folder: str) -> None:
        self.picture = picture
        self.dpi = dpi
        self.folder = folder
        self.installed = available(folder)

    def read(self, way: _Try) -> _Try:
        """The words of the page in this way."""
        picture = _laid(self.picture, way.turn, way.skew)
        words, lean = _words(picture, self.dpi, way.languages, self.folder)
        return way._replace(words=tuple(words), lean=lean)

    def better(self, best: _Try, way: _Try) -> _Try:
        """The better one of a reading and a new try; a try in the same way is not made."""
        if (way.languages, way.turn, way.skew) == (best.languages, best.turn, best.skew):
            return best
        found = self.read(way)
        return found if found.merit > best.merit else best


def _turned_otherwise(sheet: _Sheet, best: _Try, *, free: bool) -> _Try:
    """Another way to lay a page that reads poorly: upright, in its own script, or straight. `free`: any language."""
    turn, script = _turn_and_script(sheet)
    others = tuple([name for name in BY_SCRIPT.get(script, ()) if name in sheet.installed]) if free else ()
    if turn or others:
        return best._replace(turn=turn, languages=others or best.languages)
    return best._replace(skew=_leaning(sheet.picture))


def _leaning(picture: Image.Image) -> float:
    """Degrees against the clock that make lines of text level: where the rows differ most in their ink."""
    small = picture.copy()
    small.thumbnail((THUMB, THUMB))
    small = ImageOps.invert(small)

    def contrast(angle: float) -> float:
        rows = small.rotate(angle, resample=Image.Resampling.BILINEAR).resize((1, small.height), Image.Resampling.BOX)
        return ImageStat.Stat(rows).var[0]

    coarse = max(range(-STEEP, STEEP + 1), key=contrast)
    fine = max((coarse + step / 4 for step in range(-3, 4)), key=contrast)
    return fine if contrast(fine) > CLEAR * contrast(0) else 0.0


def _laid(picture: Image.Image, turn: int, skew: float) -> Image.Image:
    turned = _TURNS[turn]
    if turned is not None:
        picture = picture.transpose(turned)
    return picture.rotate(skew, resample=Image.Resampling.BICUBIC, fillcolor=255) if skew else picture


def _back(found: _Try, size: tuple[int, int]) -> Iterator[Word]:
    """The words with their boxes in the page as it lay."""
    width, height = size if found.turn % 2 == 0 else size[::-1]
    cos, sin = math.cos(math.radians(found.skew)), math.sin(math.radians(found.skew))
    for word in found.words:
        left, top, right, bottom = word.left, word.top, word.right, word.bottom
        if found.skew:
            middle = width / 2, height / 2
            corners = [(x - middle[0], y - middle[1]) for x in (left, right) for y in (top, bottom)]
            across = [x * cos - y * sin + middle[0] for x, y in corners]
            down = [x * sin + y * cos + middle[1] for x, y in corners]
            left, right = round(max(min(across), 0)), round(min(max(across), width))
            top, bottom = round(max(min(down), 0)), round(min(max(down), height))
        box = _unturned((left, top, max(right, left), max(bottom, top)), found.turn, size)
        yield Word(word.text, *box, word.confidence, word.paragraph, word.line)


def _unturned(box: tuple[int, int, int, int], turn: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    width, height = size
    match turn:
        case 1:
            box = top, height - right, bottom, height - left
        case 2:
            box = width - right, height - bottom, width - left, height - top
        case 3:
            box = width - bottom, left, width - top, right
    return tuple([max(0, min(edge, size[place % 2])) for place, edge in enumerate(box)])  # type: ignore[return-value]


def _first(installed: frozenset[str]) -> tuple[str, ...]:
    """What a page is read in first: English, or whatever there is."""
    return FIRST if installed.issuperset(FIRST) else tuple(sorted(installed - {"osd"})[:1])


@cache
def available(folder: str) -> frozenset[str]:
    """The languages whose data lie in a folder."""
    return frozenset(path.stem for path in Path(folder).glob("*.traineddata"))


@lru_cache(maxsize=4)
def _engine(languages: str, folder: str, mode: int) -> Any:
    os.environ["OMP_THREAD_LIMIT"] = "1"
    return tesserocr.PyTessBaseAPI(path=folder, lang=languages, psm=mode)


def _words(picture: Image.Image, dpi: int, languages: tuple[str, ...], folder: str) -> tuple[list[Word], float]:
    engine = _engine("+".join(languages), folder, tesserocr.PSM.AUTO)
    _give(engine, picture, dpi)
    engine.Recognize()
    words = list(_iterate(engine.GetIterator(), picture.size))
    lean = float(engine.GetIterator().Orientation()[3]) if words else 0.0
    return words, math.degrees(lean) if abs(lean) < math.pi / 4 else 0.0


def _give(engine: Any, picture: Image.Image, dpi: int) -> None:
    engine.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    if dpi:
        engine.SetSourceResolution(dpi)


def _iterate(iterator: Any, size: tuple[int, int]) -> Iterator[Word]:
    """The words in reading order. Paragraphs and lines are counted from 0."""
    if iterator is None:
        return
    level = tesserocr.RIL
    paragraph = line = -1
    for count, item in enumerate(tesserocr.iterate_level(iterator, level.WORD)):
        if count >= WORDS:
            return
        paragraph += item.IsAtBeginningOf(level.PARA) or paragraph < 0
        line += item.IsAtBeginningOf(level.TEXTLINE) or line < 0
        try:
            text = composed(" ".join(item.GetUTF8Text(level.WORD).split()))[:LETTERS]
        except RuntimeError:  # what it gives for a word without letters
            continue
        box = item.BoundingBox(level.WORD)
        if text and box:
            left, right = sorted(max(0, min(edge, size[0])) for edge in (box[0], box[2]))
            top, bottom = sorted(max(0, min(edge, size[1])) for edge in (box[1], box[3]))
            sure = max(0, min(100, round(item.Confidence(level.WORD))))
            yield Word(text, left, top, right, bottom, sure, paragraph, line)


def _turn_and_script(sheet: _Sheet) -> tuple[int, str]:
    """Quarter turns clockwise that make a page upright, and the script that it seems to be in."""
    if "osd" not in sheet.installed:
        return 0, ""
    engine = _engine("osd", sheet.folder, tesserocr.PSM.OSD_ONLY)
    _give(engine, sheet.picture, sheet.dpi)
    found = engine.DetectOrientationScript()
    if not found:
        return 0, ""
    # It says how far the page is turned: turning it on by the rest of the circle makes it upright.
    turn = -int(found["orient_deg"]) // 90 % 4 if float(found["orient_conf"]) >= TRUST else 0
    return turn, str(found["script_name"])
