"""Progress bars where somebody looks at them, and nothing of them where nobody does.

What draws them takes 0.06 seconds of processor to load, which a script would pay for nothing (decision 0220).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unsealed.ingest.journal import Report
    from unsealed.ingest.ocr.progress import Progress

_FORCED = ("FORCE_COLOR", "TTY_COMPATIBLE")  # Rich heeds them, too


def reading() -> AbstractContextManager[Callable[[Report], None] | None]:
    """The bar of reading; None where nobody looks at it."""
    return _bar("reading")


def pages() -> AbstractContextManager[Callable[[Progress], None] | None]:
    """The bar of OCR; None where nobody looks at it."""
    return _bar("pages")


def _bar(name: str) -> AbstractContextManager[Any]:
    if not (sys.stderr.isatty() or any(os.environ.get(name) for name in _FORCED)):
        return nullcontext()
    made: AbstractContextManager[Any] = getattr(import_module("unsealed.cli._bars"), name)()
    return made
