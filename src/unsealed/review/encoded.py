"""What a text says once it is decoded: headers of mails, addresses, entities, quoted-printable, base64.

Takes a public text, gives the texts that are hidden in it by an encoding that a reader's program undoes. Pure. Only
the leak check uses it: nothing decoded here is ever shown. A wrong guess costs a search, never a wrong text.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import urllib.parse
from collections.abc import Iterator

DEPTH = 2  # encodings inside encodings
_LONGEST = 1 << 20  # characters of one base64 run that is decoded

_HEADER = re.compile(r"=\?[\w.:-]{1,40}(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_HEADERS = re.compile(r"\?=\s+=\?")
_QUOTED = re.compile(r"(?:=[0-9A-Fa-f]{2})+")
_SOFT = re.compile(r"=[ \t]*\r?\n")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&(?:#[0-9xX]|[A-Za-z])")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_FOLDED_BASE64 = re.compile(r"(?<=[A-Za-z0-9+/_-]{56})\r?\n(?=[A-Za-z0-9+/_-]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")


def decoded(untrusted_text: str) -> list[str]:
    """The texts inside `untrusted_text`, each once, without the text itself; mostly none."""
    found: dict[str, None] = {}
    level = [untrusted_text]
    for _ in range(DEPTH):
        level = [inner for text in level for inner in _once(text) if inner != untrusted_text and inner not in found]
        found |= dict.fromkeys(level)
    return list(found)


def _once(text: str) -> Iterator[str]:
    if "=?" in text:
        joined = _BETWEEN_HEADERS.sub("?==?", text)
        if _HEADER.search(joined):
            yield _HEADER.sub(_header_word, joined)
    if "=" in text and _QUOTED.search(text):
        yield _QUOTED.sub(_quoted, _SOFT.sub("", text))
    if "%" in text and _PERCENT.search(text):
        yield urllib.parse.unquote(text, errors="replace")
    if "&" in text and _ENTITY.search(text):
        yield html.unescape(text)
    if "\\" in text and _ESCAPE.search(text):
        yield _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)
    inside = "\n".join(_base64_texts(text))
    if inside:
        yield inside


def _header_word(match: re.Match[str]) -> str:
    if match[1] in "qQ":
        return _QUOTED.sub(_quoted, match[2].replace("_", " "))
    return next(_run_texts(match[2]), "")


def _quoted(match: re.Match[str]) -> str:
    return _text(bytes.fromhex(match[0].replace("=", "")))


def _text(data: bytes) -> str:
    """Bytes as UTF-8 where they are, else each as the character of its number (Latin-1)."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _base64_texts(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(_FOLDED_BASE64.sub("", text)):
        run = match[0]
        # A plain word, written as words are, is no base64: a run of eight such characters by chance is rare.
        if not (run.isdecimal() or run[1:].islower() or run.isupper() or len(run) > _LONGEST):
            yield from _run_texts(run)


def _run_texts(run: str) -> Iterator[str]:
    """The texts of a run of base64; it may begin behind up to three characters that do not belong to it."""
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    for skip in range(4):
        body = plain[skip:]
        body = body[: len(body) - (len(body) % 4 == 1)]
        try:
            text = base64.b64decode(body + "=" * (-len(body) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if text.isprintable() or any(c.isspace() for c in text):
            yield text
