"""A letter to somebody outside, as plain text or as one page: to be read by people who have no program of ours.

Takes what may be shown, gives text. Pure. A page holds everything that it needs and asks for nothing from anywhere. No
number, name or path of a document is in a letter, and no length of what is withheld.
"""

from __future__ import annotations

from html import escape
from textwrap import fill
from typing import NamedTuple

from unsealed.review.shown import visible_text

WIDTH = 76  # characters of a line of a plain letter
_WITHHELD = "[withheld]"
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.05rem/1.6 Georgia,'Times New Roman',serif;max-width:40rem;margin:0 auto;padding:1.5rem 1rem 4rem;"
    "color:#1d1d1f;background:#fff;overflow-wrap:anywhere}"
    "h1{font-size:1.4rem;line-height:1.25;margin:0 0 .3rem}h2{font-size:1rem;margin:2.2rem 0 .4rem}"
    ".day,footer{color:#5c5c61;font-size:.95rem}.question{white-space:pre-wrap}"
    "blockquote{margin:0;padding:.1rem 0 .1rem 1rem;border-left:.25rem solid #c9c9ce}"
    "blockquote p{white-space:pre-wrap;margin:.6rem 0}.near{color:#5c5c61}"
    "mark{background:#ffe9a8;color:inherit;padding:0 .15em}"
    ".gap{background:#e7e7ea;color:#3a3a3d;font:.85em/1.4 system-ui,sans-serif;padding:.05em .4em;border-radius:.2em}"
    "footer{margin-top:3rem;border-top:1px solid #c9c9ce;padding-top:1rem}"
    "@media(prefers-color-scheme:dark){body{color:#ececef;background:#161618}.day,footer,.near{color:#a9a9b0}"
    "blockquote{border-color:#4a4a50}mark{background:#5b4a12}.gap{background:#37373c;color:#dcdce0}"
    "footer{border-color:#4a4a50}}"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


class Piece(NamedTuple):
    """A run of a paragraph. `asked`: what the question is about; `withheld`: a place where words are left out."""

    text: str
    asked: bool = False
    withheld: bool = False


class Paragraph(NamedTuple):
    """A unit. `asked`: the one in question, else one near it; `before`, `after`: more of it stands there."""

    pieces: tuple[Piece, ...]
    asked: bool
    before: bool = False
    after: bool = False


class Passage(NamedTuple):
    """The paragraphs of one passage, in order."""

    paragraphs: tuple[Paragraph, ...]


class Letter(NamedTuple):
    """Everything that a letter says. `number` names the consultation; `shown`: it holds words that are withheld."""

    publisher: str
    to: str
    number: int
    day: str
    question: str
    passages: tuple[Passage, ...]
    shown: bool


def _legend(letter: Letter) -> list[str]:
    asked = [piece for one in letter.passages for near in one.paragraphs for piece in near.pieces]
    lines = []
    if any(piece.withheld for piece in asked):
        lines.append(f"{_WITHHELD} stands where we have left out words, or may do so, to protect somebody.")
    if any(piece.asked for piece in asked):
        lines.append("The words that we ask about are marked.")
    if letter.shown:
        lines.append("Some words of this letter are withheld from the public. Please keep it to yourself.")
    lines.append("Nothing waits for your reply, and you need not reply. What you say, editors read before they decide.")
    lines.append(f"Please give this number when you reply: c{letter.number}.")
    return lines


# --- plain text -----------------------------------------------------------------------------------------


def text_letter(letter: Letter) -> str:
    """The letter as plain text, lines of 76 characters at the most but for long words."""
    parts = [
        f"{letter.publisher}\n{letter.day}\nTo: {letter.to}",
        *(_fill(part) for part in letter.question.strip().split("\n")),
    ]
    for number, passage in enumerate(letter.passages, 1):
        parts.append(f"PASSAGE {number} of {len(letter.passages)}")
        parts += [_fill(_text_of(one), "    " if one.asked else "  | ") for one in passage.paragraphs]
    parts += ["-" * WIDTH, *map(_fill, _legend(letter))]
    return visible_text("\n\n".join(part for part in parts if part) + "\n")


def _fill(text: str, indent: str = "") -> str:
    return fill(
        text.strip(),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _text_of(one: Paragraph) -> str:
    words = "".join(_plain(piece) for piece in one.pieces).strip()
    return ("… " if one.before else "") + words + (" …" if one.after else "")


def _plain(piece: Piece) -> str:
    text = _WITHHELD if piece.withheld else piece.text.strip()
    if not text:
        return piece.text
    words = f">>{text}<<" if piece.asked else text
    return words if piece.withheld else _head(piece.text) + words + _tail(piece.text)


def _head(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _tail(text: str) -> str:
    return text[len(text.rstrip()) :]


# --- a page ---------------------------------------------------------------------------------------------


def html_letter(letter: Letter) -> str:
    """The letter as one page of HTML without script, without an address, without anything that is fetched."""
    title = _html(f"{letter.publisher}: a question")
    day = f"{letter.day}, to {_html(letter.to)}"
    parts = [
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width,initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        f"<title>{title}</title>\n<style>{_STYLE}</style>",
        f'<h1 dir="auto">{_html(letter.publisher)}</h1>\n<p class="day" dir="auto">{day}</p>',
        f'<p class="question" dir="auto">{_html(letter.question.strip())}</p>',
    ]
    for number, passage in enumerate(letter.passages, 1):
        parts.append(f"<h2>Passage {number} of {len(letter.passages)}</h2>\n<blockquote>")
        parts += [_html_paragraph(one) for one in passage.paragraphs]
        parts.append("</blockquote>")
    parts.append("<footer>" + "".join(f"<p>{_html(line)}</p>" for line in _legend(letter)) + "</footer>\n</html>")
    return "\n".join(parts) + "\n"


def _html_paragraph(one: Paragraph) -> str:
    words = "".join(map(_html_piece, one.pieces)).strip()
    words = ("… " if one.before else "") + words + (" …" if one.after else "")
    return f'<p dir="auto"{"" if one.asked else " class=near"}>{words}</p>'


def _html_piece(piece: Piece) -> str:
    words = '<span class="gap">[withheld]</span>' if piece.withheld else _html(piece.text)
    return f"<mark>{words}</mark>" if piece.asked else words


def _html(text: str) -> str:
    return escape(visible_text(text))
