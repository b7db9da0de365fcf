"""Documents of FRUS volumes: one `div type="document"` of TEI XML (other.md section 6).

Read with expat alone: it gives the byte offset of every piece of text, loads no external entity, knows no DTD
(the document is wrapped in a root element, so a DOCTYPE cannot follow), and its stack does not grow with the input.
White space is layout in these volumes: it collapses to one space, and page breaks stand inside words.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from unsealed.ingest.decode import composed
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.dates import readable
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, rejected

NAME, VERSION = "frus-tei", 2

_ROOT = b"<d>"
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
_CLASS = re.compile(
    r"(?:^|[.;:”)]\s|\s)(Top Secret|Secret|Confidential|Limited [Oo]fficial [Uu]se|Official Use Only|Unclassified"
    r"|Restricted|No classification marking)"
    r"(?: Security Information| and Personal| [Ww]ith [A-Z][a-z]+ [Aa]ttachments?)?((?:[;,:] ?[^.;]{1,120})*)\."
)
# In brackets; or, where a document is withheld in full, as a sentence that counts what is missing.
_AMOUNT = (
    r"(?:less than )?"
    r"(?:\d[\d½¼¾/ -]{0,8}|[Oo]ne|[Tt]wo|[Tt]hree|[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en)"
)
_WITHHELD = re.compile(
    r"\[[^\[\]]{0,120}not\s+declassified[^\[\]]{0,40}\]"
    r"|(?:\b|—)" + _AMOUNT + r" ?(?:names?|words?|lines?|paragraphs?|pages?)\b[^.;\[\]]{0,160}?not\s+declassified"
    r"|\b[Nn]ames?\b[^.;\[\]]{0,80}? (?:is|are|was|were)\s+not\s+declassified|\btext not\s+declassified"
)
_NUMBER = re.compile(r"\s*\[?(\d+[a-z]?)\.?\]?\.?\s*")
_KIND = re.compile(
    r"(Telegram|Memorandum of (?:a )?(?:Telephone )?Conversation|Memorandum|Letter|Airgram|Despatch|Message"
    r"|Minutes|Paper|Report"
    r"|National Intelligence Estimate|Special National Intelligence Estimate|Editorial Note|Intelligence|Note"
    r"|Summary|Transcript)\b"
)
_ROUTE = re.compile(
    r"(?:.*?\b[Ff]rom (?:the )?|The (?=[A-Z]))(?P<from>.+?) to (?:the )?(?P<to>.+)"
)  # heads without tags (up to 1951)
_AT_DATE = re.compile(
    r",(?: [^,]{2,40},)? (?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r" \d{1,2},(?: \d{4})?.*\Z"
)
_CLASS_LINE = re.compile(
    r"(Top Secret|Secret|Confidential|Limited Official Use|Official Use Only|Unclassified|Restricted)\b.{0,30}",
    re.IGNORECASE,
)
_TARGET = re.compile(r"#(d\d+)|(frus[\w.-]+)#(d\d+)")
# An id of these forms is a number given by the publisher: it says nothing of the document, so its field is neutral.
_VOLUME_ID = re.compile(r"frus[\w.-]{1,40}", re.ASCII)
_DOCUMENT_ID = re.compile(r"d\d{1,5}[a-z]?")
# Names of what stands before and behind the documents, as publishers give them: neutral too.
_MATTER_ID = re.compile(
    r"about|abbreviations|acknowledg[a-z]{1,10}|actionsstatement|appendix(?:-\d{1,2})?|covertactions|errata|foreword"
    r"|index|intro(?:duction)?|note|persons|preface|press-?release|shorttitles|sources|subseriesvols|summary|terms|toc"
    r"|volsum(?:mary)?"
)


class _TooDeep(Exception):
    """The document nests elements deeper than the limit."""


class _Block:
    """A unit in the making. `marks` are the byte spans of its text, `sort` of blocks is the order of first text."""

    __slots__ = ("label", "page", "pieces", "spans")

    def __init__(self, label: str) -> None:
        self.label = label
        self.pieces: list[str] = []
        self.spans: list[list[int]] = []
        self.page = 0


def read(data: bytes, context: bytes) -> Outcome:
    """One document; `context` is the id of its volume."""
    walk = _Walk(len(_ROOT))
    parser = walk.parser
    try:
        parser.Parse(_ROOT, False)
        parser.Parse(data, False)
        parser.Parse(b"</d>", True)
    except expat.ExpatError as error:
        return rejected(
            "F-XML",
            f"not well-formed XML at line {error.lineno} of the document",
            "Repair the volume or leave this document out.",
        )
    except _TooDeep:
        return rejected(
            "F-DEPTH", f"elements nested deeper than {LIMITS.xml_depth}", "Look at the file: no volume nests so deep."
        )
    return _Document(walk, context.decode("ascii", "replace").strip("-")).outcome()


class _Walk:
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
        self.blocks: list[_Block] = []  # in order of their first text
        self.open: list[tuple[str, dict[str, str], str]] = []  # element, attributes, block label around it
        self.frames: list[_Block] = [_Block("text")]
        self.silent = 0
        self.page = 0
        self.running: list[int] | None = None  # the span whose end the next event tells
        self.whole = False  # a volume without documents: its root element is the item
        self.identity: dict[str, str] = {}  # attributes of the document's own div
        self.found: list[tuple[str, str, _Block, int]] = []  # (what, value or attribute, block, pieces before)
        self.dates: list[tuple[str, _Block]] = []

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
            raise _TooDeep
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
            self.frames[-1] = _Block(self.open[-1][2] if self.open else "text")
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
        self.frames.append(_Block(label))

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
        self.frames[-1] = _Block(label)

    def _only_label(self, block: _Block) -> bool:
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


class _Document:
    """The blocks of a walk as a reading: units, then what can be told from them."""

    def __init__(self, walk: _Walk, volume: str) -> None:
        self.walk = walk
        self.volume = volume
        self.build = Builder()
        self.unit_of: dict[int, int] = {}

    def outcome(self) -> Outcome:
        for block in self.walk.blocks:
            self._unit(block)
        self._identity()
        self._title()
        self._class()
        self._found()
        self._withheld()
        return self.build.outcome("frus", NAME, VERSION)

    def _unit(self, block: _Block) -> None:
        text = composed(" ".join("".join(block.pieces).split()))
        spans = tuple([(start, end) for start, end in block.spans if start >= 0])
        if not text or not spans:
            return
        if (
            (block.label == "note" and text.startswith("Source:"))
            or (block.label in ("note", "paragraph") and text.startswith("[Source:"))
        ) and not any("note" in unit.label for unit in self.build.units):
            block.label = "source-note"  # some volumes do not say which note is the source note
        self.unit_of[id(block)] = self.build.free(block.label, text, spans, block.page)

    def _identity(self) -> None:
        identity = self.walk.identity
        number = identity.get("xml:id", "")
        known = _VOLUME_ID.fullmatch(self.volume) is not None
        if known and (_DOCUMENT_ID.fullmatch(number) or _MATTER_ID.fullmatch(number)):
            self.build.field("id", f"{self.volume}/{number}")
        elif known and self.walk.whole:
            self.build.field("id", self.volume)
        else:
            self.build.finding("F-ID", "warn")
        self._dated()
        if identity.get("subtype") == "editorial-note":
            titles = [unit for unit, made in enumerate(self.build.units) if made.label == "title"]
            self.build.field("category", "editorial note", titles[0] if titles else -1)

    def _dated(self) -> None:
        """The date of the dateline; where only an attribute states one, what of it can be read in the text."""
        stated = self.walk.identity.get("frus:doc-dateTime-min", "")
        for date, block in self.walk.dates:
            if _date(date) and self._at(block) >= 0:
                self.build.field("date", _date(date), self._at(block))
                return
            stated = date or stated
        value = _date(stated)
        if not value:
            return
        heads = [unit for unit, made in enumerate(self.build.units) if made.label in ("title", "dateline")]
        for precise, form in readable(value):
            found = [unit for unit, made in enumerate(self.build.units) if form.search(made.text)]
            if found:
                self.build.field("date", precise, *sorted({*heads, *found}))
                return
        self.build.finding("F-DATE", "note")

    def _at(self, block: _Block) -> int:
        return self.unit_of.get(id(block), -1)

    def _title(self) -> None:
        unit = next((number for number, unit in enumerate(self.build.units) if unit.label == "title"), -1)
        if unit < 0:
            return
        text = self.build.units[unit].text
        found = _NUMBER.match(text)
        title = text[found.end() :] if found else text
        self.build.field("title", title, unit)
        self._route(title, unit)
        if _MATTER_ID.fullmatch(self.walk.identity.get("xml:id", "")):
            self.build.field("category", "front matter", unit)
            return
        kind = _KIND.search(title)
        if kind is not None:
            self.build.field("category", kind.group(1).lower(), unit)

    def _route(self, title: str, unit: int) -> None:
        """Sender and addressee from the words of a head: what it does not tag."""
        tagged = {what for what, _, _, _ in self.walk.found if what in ("from", "to")}
        found = _ROUTE.fullmatch(_AT_DATE.sub("", title)) if tagged != {"from", "to"} else None
        if found is None:
            return
        if "from" not in tagged:
            self.build.field("from", found["from"].strip(" ,"), unit)
            self.build.field("origin", found["from"].strip(" ,"), unit)
        if "to" not in tagged:
            self.build.field("to", found["to"].strip(" ,"), unit)

    def _class(self) -> None:
        """The classification: from the source note, in older volumes from a line of its own at the head of the text."""
        for number, unit in enumerate(self.build.units):
            found = _CLASS.search(unit.text) if unit.label == "source-note" else None
            if found is not None:
                self.build.field("class", found.group(1).upper(), number)
                for word in found.group(2).split(";"):
                    self.build.field("caption", word.strip(" ,:"), number)
                return
        for number, unit in enumerate(self.build.units[:10]):
            found = _CLASS_LINE.fullmatch(unit.text) if unit.label not in ("title", "note", "source-note") else None
            if found is not None:
                self.build.field("class", found.group(1).upper(), number)
                return

    def _found(self) -> None:
        seen: set[tuple[str, str]] = set()
        for what, value, block, _ in self.walk.found:
            unit = self._at(block)
            if what == "place":
                value = value.strip(" ,.[]") if "not declassified" not in value else value
            elif what == "ref":
                value = self._target(value)
            value = " ".join(value.split())
            if value and (what, value) not in seen:
                seen.add((what, value))
                self.build.field(what, value, unit)
                if what == "from":
                    self.build.field("origin", value, unit)
        for number, unit_ in enumerate(self.build.units):
            if unit_.label == "subject":
                self.build.field("subject", unit_.text, number)

    def _target(self, target: str) -> str:
        found = _TARGET.fullmatch(target)
        if found is None:
            return ""
        return f"{found.group(2) or self.volume}/{found.group(1) or found.group(3)}"

    def _withheld(self) -> None:
        """The state's own cuts: prior redactions, never ours."""
        for number, unit in enumerate(self.build.units):
            if "not declassified" in unit.text:
                for _ in _WITHHELD.finditer(unit.text):
                    self.build.finding("F-WITHHELD", "note", number)


def _local(name: str) -> str:
    """The name of an element without the prefix that a volume gave to TEI."""
    return name if name.startswith("frus:") else name.rpartition(":")[2]


def _date(value: str) -> str:
    """`when` as it stands, to the minute at most: seconds of a telegram are padding."""
    found = re.match(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?", value)
    if found is None:
        return ""
    return found.group(1) + (f"T{found.group(2)}{found.group(3) or ''}" if found.group(2) else "")
