"""Expressions that are compiled when they are first used: every command imports the rules, few apply them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cached_property


class Late:
    """A regular expression, compiled at its first use. Takes what `re.compile` takes; raises re.error only then."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern, self._flags)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        """As of `re.Pattern`."""
        return self._compiled.finditer(text, start, end)

    def match(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As of `re.Pattern`."""
        return self._compiled.match(text, start, end)

    def search(self, text: str, start: int = 0, end: int = sys.maxsize) -> re.Match[str] | None:
        """As of `re.Pattern`."""
        return self._compiled.search(text, start, end)
