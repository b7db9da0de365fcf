"""The blocks of a FRUS document, as expat tells them: text, labels, pages, and where everything stood.

White space is layout in these volumes: it collapses to one space, and page breaks stand inside words.
"""

from __future__ import annotations

from xml.parsers import expat

from unsealed.ingest.readers.limits import LIMITS

ROOT = b"<d>"
_BLOCKS = {
    "p": "paragraph",
    "dateline": "dateline",
    "item": "list-item",
    "label": "list-item",
    "cell": "cell",
    "closer": "closer",
    "salute": "text",
    "head": "heading",
    "l": "text",
    "figDesc": "note",
    "ab": "paragraph",
    "byline": "text",
    "quote": "quote",
    "opener": "text",
    "list": "text",
    "div": "text",
    "row": "text",
    "table": "text",
    "frus:attachment": "text",
    "lg": "text",
    "figure": "text",
    "postscript": "text",
    "floatingText": "text",
    "body": "text",
    "trailer": "text",
    "argument": "text",
}
_SILENT = frozenset({"script", "param", "sic", "graphic", "teiHeader"})


class TooDeep(Exception):
    """The document nests elements deeper than the limit."""


class Block:
    """A unit in the making. `marks` are the byte spans of its text, `sort` of blocks is the order of first text."""

    __slots__ = ("label", "page", "pieces", "spans")

    def __init__(self, label: str) -> None:
        self.label = label
        self.pieces: list[str] = []
        self.spans: list[list[int]] = []
        self.page = 0


class Walk:
    """The expat handlers: text to blocks. A stack of frames lets a note interrupt the paragraph it stands in."""

    def __init__(self, shift: int) -> None:
        self.shift = shift
        self.parser = expat.ParserCreate("utf-8")
        self.parser.buffer_text = False
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.CommentHandler = self.other
        self.parser.ProcessingInstructionHandler = self.other
        self.blocks: list[Block] = []  # in order of their first text
        self.open: list[tuple[str, dict[str, str], str]] = []  # element, attributes, block label around it
        self.frames: list[Block] = [Block("text")]
        self.silent = 0
        self.page = 0
        self.running: list[int] | None = None  # the span whose end the next event tells
        self.whole = False  # a volume without documents: its root element is the item
        self.identity: dict[str, str] = {}  # attributes of the document's own div
        self.found: list[tuple[str, str, Block, int]] = []  # (what, value or attribute, block, pieces before)
        self.dates: list[tuple[str, Block]] = []

    def _settle(self) -> int:
        here = self.parser.CurrentByteIndex - self.shift
        if self.running is not None:
            self.running[1] = here
            self.running = None
        return here

    def other(self, *ignored: str) -> None:
        """Comments and processing instructions are markup."""
        self._settle()

    def text(self, data: str) -> None:
        """A run of characters."""
        here = self._settle()
        if self.silent:
            return
        block = self.frames[-1]
        if not block.spans:
            if not data.strip():
                return
            self.blocks.append(block)
            block.page = self.page
            block.spans.append([here, here])
        elif block.spans[-1][1] < 0:
            block.spans.append([here, here])
        block.pieces.append(data)
        self.running = block.spans[-1]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins: a block, a note, a page break, or inline markup."""
        self._settle()
        if len(self.open) >= LIMITS.xml_depth:
            raise TooDeep
        name = _local(name)
        if self._is_silent(name):
            self.silent += 1
        elif name == "note":
            self._interrupt("source-note" if attributes.get("type") == "source" else "note")
        elif name in _BLOCKS:
            self._block(name, attributes)
        elif name == "pb":
            number = attributes.get("n", "")
            self.page = int(number) if number.isascii() and number.isdigit() and len(number) < 7 else 0
        elif name == "lb":
            self.frames[-1].pieces.append(" ")
        self._facts(name, attributes)
        self.open.append((name, attributes, self.frames[-1].label))

    def end(self, name: str) -> None:
        """An element ends."""
        self._settle()
        name, attributes, _ = self.open.pop()
        if self._is_silent(name):
            self.silent -= 1
        elif name == "note":
            self.frames.pop()
        elif name in _BLOCKS and name != "label":
            self.frames[-1] = Block(self.open[-1][2] if self.open else "text")
        is_route = name == "placeName" or attributes.get("type") in ("from", "to")
        if is_route and self.found and self.found[-1][0] == "open":
            _, kind, block, before = self.found.pop()
            self.found.append((kind, "".join(block.pieces[before:]), block, -1))

    def _is_silent(self, name: str) -> bool:
        """What is no text of the document; of a volume that is one item the header is text too."""
        return name in _SILENT and not (self.whole and name == "teiHeader")

    def _interrupt(self, label: str) -> None:
        outer = self.frames[-1]
        if outer.spans:
            outer.spans.append([-1, -1])  # what follows the note is a span of its own
        self.frames.append(Block(label))

    def _block(self, name: str, attributes: dict[str, str]) -> None:
        before = self.frames[-1]
        if (
            before.label == "list-item"
            and before.spans
            and self.open
            and name in ("item", "p")
            and self._only_label(before)
        ):
            before.pieces.append(" ")
            return  # the number of a paragraph is its label: both are one unit
        label = _BLOCKS[name]
        in_note = len(self.frames) > 1
        if in_note:
            label = self.frames[-1].label
        elif name == "head":
            label = "title" if self._is_title() else "heading"
        elif name == "item" and self._list_type() == "subject":
            label = "subject"
        elif name == "p" and any(element == "quote" for element, _, _ in self.open):
            label = "quote"
        self.frames[-1] = Block(label)

    def _only_label(self, block: Block) -> bool:
        return len("".join(block.pieces).strip()) <= 8 and any(
            element in ("list", "item") for element, _, _ in self.open[-3:]
        )

    def _is_title(self) -> bool:
        return (
            len(self.open) == 2
            and self.open[-1][0] == "div"
            and not any(block.label == "title" for block in self.blocks)
        )

    def _list_type(self) -> str:
        return next(
            (attributes.get("type", "") for element, attributes, _ in reversed(self.open) if element == "list"), ""
        )

    def _facts(self, name: str, attributes: dict[str, str]) -> None:
        block = self.frames[-1]
        if name == "TEI":
            self.whole = True
        elif name == "div" and not self.identity:
            self.identity = dict(attributes)
        elif attributes.get("type") in ("from", "to") and name != "list" and block.label == "title":
            self.found.append(("open", attributes["type"], block, len(block.pieces)))
        elif name == "date" and block.label in ("dateline", "text"):
            self.dates.append(
                (attributes.get("when") or attributes.get("from") or attributes.get("notBefore") or "", block)
            )
        elif name == "placeName" and block.label in ("dateline", "text"):
            self.found.append(("open", "place", block, len(block.pieces)))
        elif name == "ref" and attributes.get("target"):
            self.found.append(("ref", attributes["target"], block, -1))


def _local(name: str) -> str:
    """The name of an element without the prefix that a volume gave to TEI."""
    return name if name.startswith("frus:") else name.rpartition(":")[2]
