"""Text of documents as HTML: every character escaped, every invisible one made visible.

Documents are hostile. Whatever they hold leaves this module as text and as nothing else. Control, escape and
bidirectional override characters become a visible name in an element that keeps the code point
(`data-c`), so that the page's badge can still rebuild the exact text and compare it with the seal.
"""

from __future__ import annotations

import re

# Characters that HTML treats as markup, or that a reader cannot see but a machine obeys. Kept as they are:
# tab and line feed, soft hyphen, the joiners and the two marks of direction that ordinary Arabic, Hebrew,
# Persian and emoji text needs.
_SPECIAL = re.compile(
    "[&<>\"'\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_MARKUP = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
_NAMES = {
    0x1B: "ESC",
    0x7F: "DEL",
    0x0C: "FF",
    0x0D: "CR",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0x2060: "WJ",
    0xFEFF: "BOM",
}
# Bytes that make the slow path necessary; used on ASCII text, where `bytes.translate` is the fastest look.
_ODD_ASCII = bytes(code for code in range(128) if _SPECIAL.match(chr(code)))


def name_of(character: str) -> str:
    """What a reader sees instead of an invisible character: `ESC`, `RLO`, or `U+0085`."""
    code = ord(character)
    return _NAMES.get(code, f"U+{code:04X}")


def _replace(match: re.Match[str]) -> str:
    character = match.group()
    markup = _MARKUP.get(character)
    if markup is not None:
        return markup
    return f'<span class="ctl" data-c="{ord(character)}">{name_of(character)}</span>'


def _replace_in_attribute(match: re.Match[str]) -> str:
    character = match.group()
    return _MARKUP.get(character) or f"[{name_of(character)}]"


def escape(text: str) -> str:
    """HTML of `text` for the inside of an element. Tab and LF stay; other controls become visible."""
    if text.isascii():
        raw = text.encode("ascii")
        if len(raw.translate(None, _ODD_ASCII)) == len(raw):
            return text
    return _SPECIAL.sub(_replace, text)


def attribute(text: str) -> str:
    """HTML of `text` for a double-quoted attribute or a `title` element: no element can stand there."""
    return _SPECIAL.sub(_replace_in_attribute, text)


def visible(text: str) -> str:
    """Plain text for downloads: invisible characters as `[ESC]`, so that no terminal obeys them."""
    if text.isascii() and text.replace("\n", " ").replace("\t", " ").isprintable():
        return text
    return _INVISIBLE.sub(lambda match: f"[{name_of(match.group())}]", text)


def one_line(text: str, limit: int) -> str:
    """The text on one line with single spaces, cut at a word with "…" at about `limit` characters."""
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    line = " ".join(visible(text).split())
    if len(line) <= limit:
        return line
    head = line[:limit].rsplit(" ", 1)[0]
    return (head or line[:limit]).rstrip(" ,;:.") + "…"


def direction(text: str) -> str:
    """` dir="auto"` where the text may run from right to left, else nothing. ASCII never does."""
    return "" if text.isascii() else ' dir="auto"'


def for_script(json_text: str) -> str:
    r"""JSON for the inside of a script element, which no text in it can end.

    Every `<` becomes the escape `\u003c`. A proof file never holds that escape itself (its one byte form escapes
    control characters, quotes and back slashes only), so `page.js` can undo it and has the exact text again.
    """
    return json_text.replace("<", "\\u003c")
