"""Read a document page back as `static/page.js` does: units and gaps from the markup alone."""

from __future__ import annotations

from html.parser import HTMLParser

from unsealed.model import Block, Gap, Shown

Read = tuple[tuple[object, ...], ...]
_VOID = {"br", "meta", "link", "img", "rect", "path"}


class Reader(HTMLParser):
    """Collects `.u` elements and block gaps in order, and all text that belongs to neither."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[object, ...]] = []
        self.stray = ""
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._stack: list[str] = []
        self._unit: list[object] | None = None
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        self.elements.append((tag, values))
        role = ""
        quiet = any(name in ("gap", "pv", "ctl", "gw", "script") for name in self._stack)
        if "gap" in classes and "data-n" in values and not quiet:
            gap = ("gap", int(values["data-n"] or 0), int(values["data-r"] or 0))
            role = "gap"
            if "g" in classes:
                self.found.append(gap)
            elif self._unit is not None:
                self._unit.append(gap)
        elif "ctl" in classes and not quiet:
            role = "ctl"
            self._text(chr(int(values["data-c"] or 0)))
        elif "pv" in classes or "gw" in classes:
            role = "pv"
        elif "u" in classes:
            role = "u"
            self._unit = []
        elif tag in ("script", "style"):
            role = "script"
        if tag not in _VOID:
            self._stack.append(role)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or not self._stack:
            return
        if self._stack.pop() == "u" and self._unit is not None:
            self.found.append(tuple(self._unit))
            self._unit = None

    def handle_data(self, data: str) -> None:
        if any(name in ("gap", "pv", "ctl", "gw", "script") for name in self._stack):
            return
        if self._unit is None:
            self.stray += data
        else:
            self._text(data)

    def _text(self, data: str) -> None:
        if self._unit is None:
            self.stray += data
        elif self._unit and isinstance(self._unit[-1], str):
            self._unit[-1] += data
        else:
            self._unit.append(data)


def reread(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def article(page: str) -> str:
    """The inside of the article of a document page."""
    start = page.index("<article")
    return page[page.index(">", start) + 1 : page.index("</article>")]


def expected(blocks: tuple[Block, ...]) -> list[tuple[object, ...]]:
    """What the page must say, from the blocks of the proof."""
    found: list[tuple[object, ...]] = []
    for block in blocks:
        if isinstance(block, Gap):
            found.append(("gap", block.atoms, block.reason))
            continue
        runs: list[object] = []
        for run in block.runs:
            if isinstance(run, Gap):
                runs.append(("gap", run.atoms, run.reason))
            elif isinstance(run, Shown) and run.text:
                if runs and isinstance(runs[-1], str):
                    runs[-1] += run.text
                else:
                    runs.append(run.text)
        found.append(tuple(runs))
    return found
