"""Languages of OCR: where their data lie, which one a page seems to be in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

FIRST = ("eng",)
BY_SCRIPT: dict[str, tuple[str, ...]] = {
    "Cyrillic": ("rus", "ukr", "bul", "srp", "bel"),
    "Arabic": ("ara", "fas", "urd"),
    "Han": ("chi_sim", "chi_tra"),
    "Japanese": ("jpn",),
    "Hangul": ("kor",),
    "Hebrew": ("heb",),
    "Greek": ("ell",),
    "Devanagari": ("hin",),
    "Thai": ("tha",),
}
# Small words that are frequent in one of these languages and rare in the others.
_WRITTEN = {
    "eng": "the of and to that is was for with this from are by his have not which",
    "fra": "le les des et est dans pour une que qui du au sur pas avec sont aux ce par",
    "deu": "der die und das den von mit ist des sich dem nicht ein eine auf für im zu als",
    "spa": "el los las del que y es por con una para se como más su al pero lo",
    "ita": "il di che della per del gli sono con una nel dei alla le è anche più non",
    "por": "o os da do que não uma para com dos em se na no mais ao as pelo",
    "nld": "de het een van en dat niet zijn voor met op aan ook door bij te wordt naar",
}
_SMALL = {name: frozenset(words.split()) for name, words in _WRITTEN.items()}
LEAST = 4  # small words of a language before it counts
LEAD = 1.5  # times as many as English has
_PLACES = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata",
           "/usr/local/share/tessdata", "/opt/homebrew/share/tessdata")  # fmt: skip


def data_folder(chosen: str = "") -> str:
    """The folder that holds language data: the one given, TESSDATA_PREFIX, or the system's; empty for none."""
    places = [chosen] if chosen else [os.environ.get("TESSDATA_PREFIX", ""), *_PLACES]
    for place in places:
        if place and any(Path(place).glob("*.traineddata")):
            return place
    return ""


def language_of(words: Sequence[str]) -> str:
    """The language that the small words of a page speak for; empty where they do not, or speak for English."""
    plain = [word.lower().strip(".,;:!?()\"'«»") for word in words]
    counts = {name: sum(word in small for word in plain) for name, small in _SMALL.items()}
    best = max(counts, key=lambda name: counts[name])
    if best == "eng" or counts[best] < LEAST or counts[best] < LEAD * counts["eng"]:
        return ""
    return best
