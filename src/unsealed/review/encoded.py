"""What a text says once it is decoded: headers of mails, addresses, entities, quoted-printable, base64.

Takes a public text, gives the texts that are hidden in it by an encoding that a reader's program undoes. Pure. Only
the leak check uses it: nothing decoded here is ever shown. A wrong guess costs a search, never a wrong text.
"""

from __future__ import annotations

import base64
import html
import re
import urllib.parse
from collections.abc import Iterator
from functools import lru_cache

DEPTH = 2  # encodings inside encodings
REACH = 1000  # characters round an encoded place that are read with it, unless the caller wants more
_REMEMBERED = 1 << 14  # runs of base64
_LONG_WORD = 200  # characters: a script without spaces is cut anywhere
_APART = "\n zqzqzq \n"  # between two places: no name is looked for across it
_LONGEST = 1 << 20  # characters of one base64 run that is decoded

_HEADER = re.compile(r"=\?[\w.:-]{1,40}(?:\*[\w-]{0,20})?\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_HEADERS = re.compile(r"\?=\s+=\?")
_QUOTED = re.compile(r"(?:=[0-9A-Fa-f]{2})+")
_SOFT = re.compile(r"=[ \t]*\r?\n")
_PRINTABLE = re.compile(f"{_QUOTED.pattern}|{_SOFT.pattern}")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(r"&(?:#[0-9xX]|[A-Za-z])")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_FOLDED_BASE64 = re.compile(r"(?<=[A-Za-z0-9+/_-]{56})\r?\n(?=[A-Za-z0-9+/_-]{2})")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")


def decoded(untrusted_text: str, reach: int = REACH) -> list[str]:
    """The texts inside `untrusted_text`, each once, without the text itself; mostly none.

    Of a long text only what stands within `reach` characters of an encoded place is given, decoded: the rest is the
    text itself. `reach` must be more than the longest string that is looked for.
    """
    found: dict[str, None] = {}
    level = [untrusted_text]
    for _ in range(DEPTH):
        level = [
            inner for text in level for inner in _once(text, reach) if inner != untrusted_text and inner not in found
        ]
        found |= dict.fromkeys(level)
    return list(found)


def _once(text: str, reach: int) -> Iterator[str]:
    if "=?" in text:
        joined = _BETWEEN_HEADERS.sub("?==?", text)
        yield from (_HEADER.sub(_header_word, near) for near in _near(_HEADER, joined, reach))
    if "=" in text:
        yield from (_QUOTED.sub(_quoted, _SOFT.sub("", near)) for near in _near(_PRINTABLE, text, reach))
    if "%" in text:
        yield from (urllib.parse.unquote(near, errors="replace") for near in _near(_PERCENT, text, reach))
    if "&" in text:
        yield from map(html.unescape, _near(_ENTITY, text, reach))
    if "\\" in text:
        yield from (
            _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), near) for near in _near(_ESCAPE, text, reach)
        )
    inside = "\n".join(_base64_texts(text))
    if inside:
        yield inside


def _near(pattern: re.Pattern[str], text: str, reach: int) -> Iterator[str]:
    """The words within `reach` characters of what the pattern finds, as one text; without a find, nothing."""
    parts: list[tuple[int, int]] = []
    for match in pattern.finditer(text):
        begin, end = match.start() - reach, match.end() + reach
        if parts and begin <= parts[-1][1]:
            parts[-1] = (parts[-1][0], end)
        else:
            parts.append((begin, end))
    if parts:
        yield _APART.join(text[_word_end(text, begin, -1) : _word_end(text, end, 1)] for begin, end in parts)


def _word_end(text: str, at: int, step: int) -> int:
    """The first place at or beyond `at`, in the direction of `step`, that cuts no word: half a word may be a name."""
    at = min(max(at, 0), len(text))
    last = max(at - _LONG_WORD, 0) if step < 0 else min(at + _LONG_WORD, len(text))
    while at != last and not text[at - 1 if step < 0 else at].isspace():
        at += step
    return at


def _header_word(match: re.Match[str]) -> str:
    if match[1] in "qQ":
        return _QUOTED.sub(_quoted, match[2].replace("_", " "))
    return next(iter(_run_texts(match[2])), "")


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


@lru_cache(_REMEMBERED)  # the same paths and addresses stand on every page
def _run_texts(run: str) -> tuple[str, ...]:
    """The texts of a run of base64; it may begin behind up to three characters that do not belong to it."""
    found = []
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    for skip in range(4):
        body = plain[skip:]
        body = body[: len(body) - (len(body) % 4 == 1)]
        try:
            text = base64.b64decode(body + "=" * (-len(body) % 4)).decode()
        except ValueError:  # no base64, or no text
            continue
        if text.isprintable() or any(c.isspace() for c in text):
            found.append(text)
    return tuple(found)
