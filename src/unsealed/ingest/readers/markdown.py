"""Markdown: text whose headings, lists, quotes and fences have labels of their own; the marks stay in the text."""

from __future__ import annotations

import re

from unsealed.ingest.decode import Decoded, source_of
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.outcome import Outcome

NAME, VERSION = "markdown", 1

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(?P<text>[^\n]*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+\S")
_QUOTE = re.compile(r" {0,3}>")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_RULE = re.compile(r" {0,3}(?:(?:[-*_][ \t]*){3,}|=+[ \t]*)$")


def read(data: bytes, context: bytes) -> Outcome:
    """A Markdown file block by block. `context` may hold a declared charset."""
    build = Builder(source_of(Decoded(data, context.decode("ascii", "replace"))))
    _Blocks(build).run()
    return build.outcome("markdown", NAME, VERSION)


class _Blocks:
    def __init__(self, build: Builder) -> None:
        assert build.source is not None
        self.build = build
        self.text = build.source.text
        self.label = "structure"
        self.begin = 0
        self.blank = True
        self.fence = ""
        self.title = False

    def run(self) -> None:
        position, end = 0, len(self.text)
        while position < end:
            stop = self.text.find("\n", position) + 1 or end
            self._line(position, stop)
            position = stop
        self._open("structure", end)

    def _line(self, start: int, stop: int) -> None:
        line = self.text[start:stop]
        fence = _FENCE.match(line)
        if self.fence:
            if fence is not None and fence.group(1).startswith(self.fence):
                self.fence, self.blank = "", True
            return
        if not line.strip():
            self.blank = True
            return
        label = self._kind(line, fence)
        continues = (
            not self.blank
            and label in ("paragraph", self.label)
            and self.label not in ("heading", "structure")
            and label != "list-item"
        )
        self.blank = False
        if not continues:
            self._open(label, start)
        if label == "heading" and not self.title:
            self.title = True
            found = _HEADING.match(line)
            self.build.field("title", found["text"].rstrip("# \n") if found else "", self.build.count)

    def _kind(self, line: str, fence: re.Match[str] | None) -> str:
        if fence is not None:
            self.fence = fence.group(1)
            return "code"
        for label, rule in (("heading", _HEADING), ("quote", _QUOTE), ("structure", _RULE), ("list-item", _ITEM)):
            if rule.match(line.rstrip("\n")):
                return label
        return "paragraph"

    def _open(self, label: str, start: int) -> None:
        self.build.unit(self.label, self.begin, start)
        self.label, self.begin = label, start
