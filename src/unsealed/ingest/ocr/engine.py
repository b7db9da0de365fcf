"""The one module that knows Tesseract: pixels to words. Runs in a worker that is given nothing but pixels.

A page is read as it lies; where the words come out poor, it is asked which way it is turned and in which script, and
read once more. Without languages given, English comes first, then the one that the words look like.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import tesserocr
from PIL import Image

from unsealed.ingest.decode import composed
from unsealed.ingest.ocr.languages import BY_SCRIPT, FIRST, language_of
from unsealed.ingest.ocr.wire import LETTERS, WORDS, Page, Word

POOR = 70  # mean confidence of the words below which a page is looked at again
FEW = 3  # words below which nothing can be said of them
TRUST = 1.0  # how sure the engine must be of a turn
SKEWED = 0.4  # degrees that lines lean, above which a page is drawn straight and read again
_BACK = {0: None, 1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}


def version() -> str:
    """The engine's name and version, as they are kept with a page."""
    return "tesseract " + str(tesserocr.tesseract_version()).split()[1]


def read(pixels: bytes, width: int, height: int, dpi: int, languages: tuple[str, ...], folder: str) -> Page:
    """The words of a page. `languages` empty: found out."""
    picture = Image.frombytes("L", (width, height), pixels)
    installed = available(folder)
    chosen = tuple([name for name in languages if name in installed]) or FIRST
    words, skew = _words(picture, dpi, chosen, folder)
    turn = 0
    if _is_poor(words):
        turn, script = _turn_and_script(picture, dpi, folder, installed)
        others = () if languages else tuple([name for name in BY_SCRIPT.get(script, ()) if name in installed])
        if turn or others:
            again, lean = _words(_turned(picture, turn), dpi, others or chosen, folder)
            if _merit(again) > _merit(words):
                words, skew, chosen = _turned_back(again, turn, picture.size), lean, others or chosen
            else:
                turn = 0
    if not languages:
        looks = language_of([word.text for word in words])
        if looks and looks not in chosen and looks in installed:
            again, lean = _words(_turned(picture, turn), dpi, (looks,), folder)
            words, skew, chosen = _turned_back(again, turn, picture.size), lean, (looks,)
    return Page(version(), "+".join(chosen), turn, skew, tuple(words))


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
    engine.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    if dpi:
        engine.SetSourceResolution(dpi)
    engine.Recognize()
    return list(_iterate(engine.GetIterator(), picture.size)), 0.0


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


def _is_poor(words: list[Word]) -> bool:
    return len(words) < FEW or sum(word.confidence for word in words) < POOR * len(words)


def _merit(words: list[Word]) -> float:
    """How much was read, and how surely: one number to compare two readings of a page by."""
    return sum(len(word.text) * (word.confidence - 50) for word in words if word.confidence > 50)


def _turn_and_script(picture: Image.Image, dpi: int, folder: str, installed: frozenset[str]) -> tuple[int, str]:
    """Quarter turns clockwise that make a page upright, and the script that it seems to be in."""
    if "osd" not in installed:
        return 0, ""
    engine = _engine("osd", folder, tesserocr.PSM.OSD_ONLY)
    engine.SetImageBytes(picture.tobytes(), picture.width, picture.height, 1, picture.width)
    if dpi:
        engine.SetSourceResolution(dpi)
    found = engine.DetectOrientationScript()
    if not found:
        return 0, ""
    turn = int(found["orient_deg"]) // 90 % 4 if float(found["orient_conf"]) >= TRUST else 0
    return turn, str(found["script_name"])


def _turned(picture: Image.Image, turn: int) -> Image.Image:
    back = _BACK[turn]
    return picture if back is None else picture.transpose(back)


def _turned_back(words: list[Word], turn: int, size: tuple[int, int]) -> list[Word]:
    """Boxes in a page that was turned clockwise, as boxes in the page as it lay."""
    width, height = size
    moved: list[Word] = []
    for word in words:
        box = (word.left, word.top, word.right, word.bottom)
        left, top, right, bottom = box
        match turn:
            case 1:
                box = (top, height - right, bottom, height - left)
            case 2:
                box = (width - right, height - bottom, width - left, height - top)
            case 3:
                box = (width - bottom, left, width - top, right)
        moved.append(Word(word.text, *box, word.confidence, word.paragraph, word.line))
    return moved
