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
_ITEM = re.compile(r"[ \t]*(?:--|- |\* |• |[A-Za-z]\. |\([a-z0-9]{1,4}\) |>|$)")
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


_CLOSING = {"head": "</div>", "kv": "</tbody></table>", "chat": "</div>"}


def body_html(document: PublicDocument, reasons: dict[int, Reason], linker: Linker) -> str:
    """The whole text of a document as HTML, in the layout of its type."""
    body = Body(document, reasons, linker)
    _LAYOUTS.get(document.type, _prose)(body)
    body.close()
    return "".join(body.parts)


# --- prose: cables, letters, mails, articles, PDF ----------------------------------------------------------


def _prose(body: Body) -> None:
    numbered = any(_number_of(block) for block in body.document.blocks)
    pages = body.document.type == "pdf"
    head_class = "tg" if body.document.type == "cable" else "ml"
    ordinal = 0
    for index, block in enumerate(body.document.blocks):
        if isinstance(block, Gap):
            body.close()
            body.parts.append(f'<p class="hid">{body.hidden(block)}</p>')
        elif block.label in HEAD:
            body.open("head", f'<div class="{head_class}">')
            body.parts.append(body.span(block, f" {block.label}"))
        elif block.label == "structure":
            _structure(body, block, pages)
        elif block.label == "paragraph":
            body.close()
            ordinal += 1
            _paragraph(body, block, index, 0 if numbered else ordinal)
        else:
            _other(body, block)


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
    known = _BLOCKS.get(unit.label)
    if known is None:
        body.open("head", '<div class="ml">')
        body.parts.append(body.span(unit))
        return
    body.close()
    tag, extra = known
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
    own = "" if number else f'<a class="n o" href="#{anchor}" aria-label="{_anchor_words(ordinal)}"></a>'
    body.parts.append(f'<p class="u pa" id="{anchor}"{direction(html)}{_ordinal(ordinal)}>{own}{html}</p>')


def _anchor_words(ordinal: int) -> str:
    return f"Paragraph {ordinal}" if ordinal else "This paragraph"


def _ordinal(ordinal: int) -> str:
    return f' data-o="{ordinal}"' if ordinal else ""


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
        marked = f'<span class="m">{escape(mark)}</span>' if mark else ""
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


def _rows(body: Body) -> None:
    fresh = True  # the next value begins a row
    for block in body.document.blocks:
        body.open("kv", '<table class="kv"><tbody>')
        if isinstance(block, Gap):
            body.parts.append(f"{_WIDE_CELL if fresh else ''}{body.hidden(block)}")
            fresh = False
        elif block.label == "cell-label":
            body.parts.append(f'{_row_end(fresh)}<tr><th scope="row">{body.span(block)}</th><td>')
            fresh = False
        else:
            if fresh:
                body.parts.append(_WIDE_CELL)
                fresh = False
            body.parts.append(body.span(block, _row_class(block)))
    if not fresh:
        body.parts.append("</td></tr>")


_WIDE_CELL = '<tr><td colspan="2">'


def _row_end(fresh: bool) -> str:
    return "" if fresh else "</td></tr>"


def _row_class(unit: PublicUnit) -> str:
    if unit.label in LABELS_BY_CHARACTER:
        return " ch"
    return " w" if unit.label == "structure" else ""


# --- talk: chat logs ---------------------------------------------------------------------------------------


def _chat(body: Body) -> None:
    before = ""  # label of the block before; a line begins with a time, a name after a message, or a system line
    for block in body.document.blocks:
        body.open("chat", '<div class="chat">')
        label = "gap" if isinstance(block, Gap) else block.label
        if _begins_line(label, before):
            body.parts.append("</p>" if before else "")
            body.parts.append(f'<p class="line{" sys" if label == "system" else ""}">')
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
    if label in ("time", "system"):
        return True
    return (before in ("", "message", "system") and label != "message") or not before


_LAYOUTS: dict[str, Callable[[Body], None]] = {"event": _rows, "table": _rows, "chat": _chat}
