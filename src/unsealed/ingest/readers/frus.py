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
from unsealed.ingest.readers.frus_walk import ROOT, Block, TooDeep, Walk
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.outcome import Outcome, rejected

NAME, VERSION = "frus-tei", 2

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


def read(data: bytes, context: bytes) -> Outcome:
    """One document; `context` is the id of its volume."""
    walk = Walk(len(ROOT))
    parser = walk.parser
    try:
        parser.Parse(ROOT, False)
        parser.Parse(data, False)
        parser.Parse(b"</d>", True)
    except expat.ExpatError as error:
        return rejected(
            "F-XML",
            f"not well-formed XML at line {error.lineno} of the document",
            "Repair the volume or leave this document out.",
        )
    except TooDeep:
        return rejected(
            "F-DEPTH", f"elements nested deeper than {LIMITS.xml_depth}", "Look at the file: no volume nests so deep."
        )
    return _Document(walk, context.decode("ascii", "replace").strip("-")).outcome()


class _Document:
    """The blocks of a walk as a reading: units, then what can be told from them."""

    def __init__(self, walk: Walk, volume: str) -> None:
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

    def _unit(self, block: Block) -> None:
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

    def _at(self, block: Block) -> int:
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


def _date(value: str) -> str:
    """`when` as it stands, to the minute at most: seconds of a telegram are padding."""
    found = re.match(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)(?:T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?", value)
    if found is None:
        return ""
    return found.group(1) + (f"T{found.group(2)}{found.group(3) or ''}" if found.group(2) else "")
