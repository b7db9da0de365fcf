"""Compiled modules: the same modules as machine code, used where they were made of exactly the source that stands here.

`make compiled` leaves them beside the installed packages, with a copy of every source that they were made of. Where one
of those differs by a byte, none is used: what runs is what can be read, always. UNSEALED_PURE=1 leaves them alone
(docs/decisions/0246-hot-modules-are-compiled.md).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from types import ModuleType

FOLDER = "unsealed_compiled"
"""The folder that `make compiled` writes, in a folder of installed packages."""
MODULES = "MODULES"
"""In it: a line for each compiled module, `unsealed.query.words unsealed/query/words.cpython-311-….so`."""
SOURCES = "SOURCES"
"""In it: every source of theirs, one behind the other, in the order of those lines."""
PURE = "UNSEALED_PURE"
"""The environment variable that leaves the compiled modules alone."""

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is not loaded yet


class Finder:
    """Finds compiled modules before Python's own finders look for their sources. Made by `install`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._places: dict[str, str] | None = None

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The compiled module of this name, or None: then its source is taken."""
        if not name.startswith("unsealed"):
            return None
        if self._places is None:
            self._places = {}  # what is imported meanwhile is not looked for here
            self._places = usable(self._folder)
        place = self._places.get(name)
        return None if place is None else ModuleSpec(name, ExtensionFileLoader(name, place), origin=place)


def usable(folder: str) -> dict[str, str]:
    """Module name to the file of its machine code. Empty where a source is not what it was, or another Python runs."""
    try:
        with open(os.path.join(folder, MODULES), encoding="utf-8") as lines:
            places = dict(line.split() for line in lines)
        with open(os.path.join(folder, SOURCES), "rb") as file:
            sources = file.read()
        if sources != b"".join(map(_source, places)):
            return {}
    except (OSError, ValueError):
        return {}
    if not all(place.endswith(EXTENSION_SUFFIXES[0]) for place in places.values()):
        return {}
    return {name: os.path.join(folder, place) for name, place in places.items()}


def _source(name: str) -> bytes:
    if name.endswith("__mypyc"):
        return b""
    with open(os.path.join(_HERE, *name.split(".")) + ".py", "rb") as file:
        return file.read()


def is_refused() -> bool:
    """Whether somebody asked for the sources alone (UNSEALED_PURE)."""
    return os.environ.get(PURE, "0") not in ("", "0")


def install() -> None:
    """Have compiled modules found from now on, where there are any and nobody refused them."""
    if is_refused():
        return
    for place in sys.path:
        if place.endswith("-packages"):
            folder = os.path.join(place, FOLDER)
            if os.path.exists(os.path.join(folder, MODULES)):  # noqa: PTH110
                sys.meta_path.insert(0, Finder(folder))
                return
