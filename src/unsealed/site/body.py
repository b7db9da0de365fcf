"""The text of a document as HTML: what is shown is, character for character, what the proof opens.

Every unit becomes one element of class `u` whose text is exactly the unit's text; markers are elements of
class `gap`, previews of class `pv`, invisible characters of class `ctl` (see `static/page.js`, which reads the
page back and compares it with the proof). Layout is done by the stylesheet, never by changing text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from unsealed.model import LABELS_BY_CHARACTER, Block, Gap, PublicDocument, PublicUnit, Reason, Shown
from unsealed.site.escape import attribute, direction, escape
from unsealed.site.links import Linker
from unsealed.site.marks import marker, reason_of, spoken

HEAD = frozenset(
    {
        "id",
        "origin",
        "classification",
        "banner",
        "caption",
        "routing",
        "dtg",
        "from",
        "to",
        "info",
        "passing",
        "declassify",
        "tags-label",
        "tag",
        "subject-label",
        "subject",
        "refs-label",
        "ref",
        "classified-by",
        "header",
        "attachment",
    }
)
_NUMBERED = re.compile(r"(\s*)((\d{1,3})\.)(\s*)(\((?:[A-Z]{1,3}|SBU)(?:/{1,2}[A-Z ]{1,24})?\))?")
_MARKED = re.compile(r"(\s*)(\((?:U|SBU|C|S|TS)(?:/{1,2}[A-Z ]{1,24})?\))")
_ITEM = re.compile(r"[ \t]*(?:--|- |\* |• |[A-Za-z]\. |\([a-z0-9]{1,4}\) |>|\||$)")
_DRAWN = re.compile(r"[ \t]*\|[^\n]*\n[ \t]*\|")  # a table drawn with strokes
_SECTION = re.compile(r"\s*[A-Z][A-Z /]* \d+ +\d{3} OF \d{3}\s*\Z")  # where a telegram was split for sending
SHORT = 56  # characters: a line of a list or table in a PDF; two of them stand close together
MARGIN = 8  # characters: a longer portion mark would not fit in the margin
_BLOCKS = {
    "heading": ("h2", "hd"),
    "title": ("h2", "hd"),
    "quote": ("blockquote", ""),
    "list-item": ("p", "li"),
    "note": ("p", "no"),
    "source-note": ("p", "no"),
    "signature": ("p", "sg"),
    "closer": ("p", "sg"),
    "dateline": ("p", "dl"),
    "code": ("div", "co"),
    "text": ("div", "tx"),
    "unread": ("p", "no"),
}
_PROSE = frozenset({"paragraph", *_BLOCKS})


@dataclass
class Body:
    """The HTML of one document's text while it is being made."""

    document: PublicDocument
    reasons: dict[int, Reason]
    linker: Linker
    parts: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    container: str = ""
    page: int = 1
    short: bool = False  # the paragraph before was one short line

    def open(self, name: str, html: str) -> None:
        """Make sure that container `name` is the open one."""
        if self.container != name:
            self.close()
            self.parts.append(html)
            self.container = name

    def close(self) -> None:
        """Close the open container, if any."""
        if self.container:
            self.parts.append(_CLOSING[self.container])
            self.container = ""

    def runs(self, unit: PublicUnit) -> str:
        """What is shown of a unit, with markers, inline."""
        html = self.linker.html
        return "".join(
            html(run.text) if isinstance(run, Shown) else marker(run, unit.label, self.reasons) for run in unit.runs
        )

    def span(self, unit: PublicUnit, extra: str = "") -> str:
        """A unit as an inline element."""
        text = self.runs(unit)
        return f'<span class="u{extra}"{direction(text)}>{text}</span>'

    def hidden(self, gap: Gap) -> str:
        """Whole units that are withheld: a block of one height, with its reason in words."""
        code = escape(spoken(reason_of(gap.reason, self.reasons).code))
        words = f'<span class="gw" aria-hidden="true"> Withheld here: about {gap.atoms:,} words, {code}.</span>'
        return marker(gap, "", self.reasons, extra=" g") + words


_CLOSING = {"head": "</div>", "dump": "</div>", "kv": "</tbody></table>", "chat": "</div>"}
_MAIL_HEAD = HEAD | {"dateline"}
_CELLS = HEAD | {"time"}


def body_html(document: PublicDocument, reasons: dict[int, Reason], linker: Linker) -> str:
    """The whole text of a document as HTML, in the layout of its type."""
    body = Body(document, reasons, linker)
    _LAYOUTS.get(document.type, _prose)(body)
    body.close()
    return "".join(body.parts)


# --- prose: cables, letters, mails, articles, PDF ----------------------------------------------------------


def _prose(body: Body) -> None:
    numbered = any(_number_of(block) for block in body.document.blocks)
    pages = has_pages(body.document)
    heads = _MAIL_HEAD if body.document.type == "email" else HEAD
    head_class = "tg" if body.document.type == "cable" else "ml"
    ordinal = 0
    dumped = _dumped(body)
    for index, block in enumerate(body.document.blocks[dumped:], dumped):
        if isinstance(block, Gap):
            body.close()
            body.parts.append(f'<p class="hid">{body.hidden(block)}</p>')
        elif block.label in heads or (block.label not in _PROSE and block.label != "structure"):
            body.open("head", f'<div class="{head_class}">')
            body.parts.append(body.span(block, f" {block.label}{_cell(block)}"))
        elif block.label == "structure":
            _structure(body, block, pages)
        elif block.label == "paragraph":
            body.close()
            ordinal += 1
            _paragraph(body, block, index, 0 if numbered else ordinal)
        else:
            _other(body, block)


def _dumped(body: Body) -> int:
    """The cells of a dump that stand before the telegram itself, as one quiet block. Gives how many blocks they are."""
    blocks = body.document.blocks
    if body.document.type != "cable":
        return 0
    end = 0
    while end < len(blocks) and _is_cell(blocks[end]):
        end += 1
    while end and isinstance(blocks[end - 1], Gap):
        end -= 1
    if end < 3:
        return 0
    body.open("dump", '<div class="dump">')
    for block in blocks[:end]:
        if isinstance(block, Gap):
            body.parts.append(marker(block, "", body.reasons, extra=" g"))
        else:
            body.parts.append(body.span(block, f" {block.label}"))
    body.close()
    return end


def _is_cell(block: Block) -> bool:
    return isinstance(block, Gap) or (block.label in _CELLS and bool(_cell(block)))


def has_pages(document: PublicDocument) -> bool:
    """Whether the document says where its pages end (a form feed in its structure)."""
    return document.type == "pdf" and any(
        isinstance(block, PublicUnit) and block.label == "structure" and "\f" in _shown(block)
        for block in document.blocks
    )


def _cell(unit: PublicUnit) -> str:
    """A value that nothing separates from the next one, as a cell of a row, stands on a line of its own."""
    last = unit.runs[-1] if unit.runs else None
    return " nl" if isinstance(last, Shown) and not last.text[-1:].isspace() else ""


def _structure(body: Body, unit: PublicUnit, pages: bool) -> None:
    text = _shown(unit)
    if pages and "\f" in text:
        body.close()
        body.page += text.count("\f")
        body.parts.append(f'<div class="pg" data-page="{body.page}">{body.span(unit, " st")}</div>')
    elif body.container == "head" or not text.strip():
        body.parts.append(body.span(unit, " w"))
    else:
        body.parts.append(f'<div class="u st">{body.runs(unit)}</div>')


def _other(body: Body, unit: PublicUnit) -> None:
    body.close()
    tag, extra = _BLOCKS[unit.label]
    if unit.label == "heading" and body.document.type == "cable" and _SECTION.match(_shown(unit)):
        tag, extra = "div", "st"
    html = _flowing(body, unit) if tag in ("p", "blockquote") else body.runs(unit)
    body.parts.append(f'<{tag} class="u {extra}"{direction(html)}>{html}</{tag}>')


def _number_of(block: Block) -> str:
    if isinstance(block, Gap) or block.label != "paragraph" or not block.runs or isinstance(block.runs[0], Gap):
        return ""
    match = _NUMBERED.match(block.runs[0].text)
    return match[3] if match else ""


def _paragraph(body: Body, unit: PublicUnit, index: int, ordinal: int) -> None:
    """One paragraph with its anchor. `ordinal` is its place where the document numbers no paragraph, else 0."""
    number = _number_of(unit)
    anchor = f"p{int(number)}" if number else f"p{ordinal}" if ordinal else f"u{index}"
    if anchor in body.anchors:
        anchor = f"u{index}"
    body.anchors.add(anchor)
    html = _flowing(body, unit, anchor)
    own = "" if number else _own(anchor, ordinal)
    look = _look(body, unit)
    body.parts.append(f'<p class="u pa{look}" id="{anchor}"{direction(html)}>{own}{html}</p>')


def _look(body: Body, unit: PublicUnit) -> str:
    """Drawn tables keep their lines and widths; short lines of a PDF that follow each other stand close together."""
    if body.document.type != "pdf":
        return " tb" if _DRAWN.match(_shown(unit)) else ""
    before, body.short = body.short, len(_shown(unit)) < SHORT
    return " sl" if before and body.short else ""


def _own(anchor: str, ordinal: int) -> str:
    """The link in the margin of a paragraph that has no number of its own."""
    if ordinal:
        return f'<a class="n o" href="#{anchor}" data-o="{ordinal}" aria-label="Paragraph {ordinal}"></a>'
    return f'<a class="n o" href="#{anchor}" aria-label="This paragraph"></a>'


def _flowing(body: Body, unit: PublicUnit, anchor: str = "") -> str:
    """Text whose source lines were wrapped at a fixed width: it flows, but lines that were ended on purpose stay."""
    longest = max((len(line) for line in _shown(unit).split("\n")), default=0)
    parts: list[str] = []
    last = len(unit.runs) - 1
    for position, run in enumerate(unit.runs):
        if isinstance(run, Gap):
            parts.append(marker(run, unit.label, body.reasons))
            continue
        text = run.text
        if position == 0 and anchor:
            lead, text = _lead(text, anchor)
            parts.append(lead)
        parts.append(_lines(text, longest, body.linker.html, final=position == last, joined=position > 0))
    return "".join(parts)


def _lead(text: str, anchor: str) -> tuple[str, str]:
    """Number and portion mark at the head of a paragraph, as elements for the margin; and the rest of the text."""
    match = _NUMBERED.match(text)
    if match:
        white, label, _, space, mark = match.groups()
        marked = f'<span class="m{"" if len(mark) <= MARGIN else " in"}">{escape(mark)}</span>' if mark else ""
        return f'{white}<a class="n" href="#{anchor}">{label}</a>{space}{marked}', text[match.end() :]
    match = _MARKED.match(text)
    if match:
        return f'{match[1]}<span class="m">{escape(match[2])}</span>', text[match.end() :]
    return "", text


def _lines(text: str, longest: int, html: Callable[[str], str], *, final: bool, joined: bool) -> str:
    """One run with `<br>` where a line was ended on purpose. `joined`: its first line begins with a marker, so its
    length is not known.
    """
    core = text.rstrip() if final else text
    if "\n" not in core:
        return html(text)
    lines = core.split("\n")
    segments: list[str] = []
    start = 0
    for index in range(1, len(lines)):
        short = len(lines[index - 1]) < longest * 0.62 and not (joined and index == 1)
        if short or _ITEM.match(lines[index]):
            segments.append("\n".join(lines[start:index]) + "\n")
            start = index
    segments.append("\n".join(lines[start:]) + text[len(core) :])
    return "<br>".join(html(segment) for segment in segments)


def _shown(unit: PublicUnit) -> str:
    return "".join(run.text for run in unit.runs if isinstance(run, Shown))


# --- rows: events and tables -------------------------------------------------------------------------------

_NAMES = {
    "id": "Report key",
    "time": "Time",
    "title": "Title",
    "paragraph": "Summary",
    "origin": "Reporting unit",
    "classification": "Classification",
}
# The order of the counts and places in a row of an event report (formats/event-report.md, section 2).
_COUNTS = tuple(
    f"{side}, {what}" for side in ("Friendly", "Host nation", "Civilian", "Enemy") for what in ("wounded", "killed")
)
_RUNS = {"number": (*_COUNTS, "Enemy, detained"), "coordinate": ("MGRS", "Latitude", "Longitude")}
_FIELD_NAMES = {"kind": "Type of event", "category": "Category", "place": "Region"}
_BESIDE = frozenset({"name", "note"})  # a comment on a cell, who wrote it: never part of the value before
_OWN_ROW = '<tr class="own"><td class="nm"{name}></td><td>'


def _rows(body: Body) -> None:
    names = _row_names(body.document)
    state = ""  # what the open row began with: a label of the document, a value alone, or nothing is open
    body.open("kv", '<table class="kv"><tbody>')
    for index, block in enumerate(body.document.blocks):
        end = "</td></tr>" if state else ""
        if isinstance(block, Gap):
            body.parts.append(("" if state == "label" else end + _OWN_ROW.format(name="")) + body.hidden(block))
            state = state or "value"
        elif block.label == "cell-label":
            body.parts.append(f'{end}<tr><th scope="row">{body.span(block)}</th><td>')
            state = "label"
        elif block.label == "structure" and state:
            body.parts.append(body.span(block, " w"))
        elif block.label == "heading" and body.document.type == "table":  # the name of a sheet
            body.parts.append(f'{end}<tr class="own"><th scope="rowgroup" colspan="2">{body.span(block)}</th></tr>')
            state = ""
        else:
            if state != "label" or block.label in _BESIDE:
                body.parts.append(end + _OWN_ROW.format(name=_named(names.get(index, ""))))
                state = "value"
            body.parts.append(body.span(block, " ch" if block.label in LABELS_BY_CHARACTER else ""))
    if state:
        body.parts.append("</td></tr>")


def _named(name: str) -> str:
    return f' data-name="{attribute(name)}"' if name else ""


def _row_names(document: PublicDocument) -> dict[int, str]:
    """What the columns of a row without labels mean, where label and order leave no doubt: block -> name.

    These are the page's words, not the document's: they reach the page as generated content, outside its text.
    """
    blocks = document.blocks
    labels = ["" if isinstance(block, Gap) else block.label for block in blocks]
    if document.type != "event" or "cell-label" in labels:
        return {}
    names = {index: _NAMES[label] for index, label in enumerate(labels) if label in _NAMES}
    values = {document.first(name).casefold(): title for name, title in _FIELD_NAMES.items() if document.first(name)}
    for index, block in enumerate(blocks):
        if isinstance(block, PublicUnit) and block.label == "cell":
            title = values.pop(_shown(block).strip().casefold(), "")
            names.update({index: title} if title else {})
    for label, titles in _RUNS.items():
        for start in range(len(labels)):
            run = labels[start : start + len(titles) + 1]
            begins = start == 0 or labels[start - 1] != label
            if begins and run.count(label) == len(titles) and run[: len(titles)] == [label] * len(titles):
                names.update({start + place: title for place, title in enumerate(titles)})
    return names


# --- talk: chat logs ---------------------------------------------------------------------------------------


def _chat(body: Body) -> None:
    before = ""  # label of the block before; a line begins with a time, a name after a message, or a system line
    for block in body.document.blocks:
        body.open("chat", '<div class="chat">')
        label = "gap" if isinstance(block, Gap) else block.label
        if _begins_line(label, before):
            body.parts.append("</p>" if before else "")
            body.parts.append(f'<p class="line{" sys" if label == "text" else ""}">')
        if isinstance(block, Gap):
            body.parts.append(marker(block, "", body.reasons, extra=" g"))
        else:
            body.parts.append(body.span(block, f" c-{attribute(label)}"))
        before = label if label != "structure" or not before else before
    if before:
        body.parts.append("</p>")


def _begins_line(label: str, before: str) -> bool:
    if label == "structure":
        return not before
    if label in ("time", "text"):
        return True
    if label == "system":
        return before != "time"
    return (before in ("", "message", "system", "text") and label != "message") or not before


_LAYOUTS: dict[str, Callable[[Body], None]] = {"event": _rows, "table": _rows, "chat": _chat}
