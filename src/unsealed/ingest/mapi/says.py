"""How stored values are said in words: people, subjects, and the properties that nothing else says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from unsealed.ingest.mapi.bag import Bag, spelled

_BREAKS = re.compile(r"[\r\n\x00\x0b\x0c\x85\u2028\u2029]+[ \t]*")
# Properties that a header or a body says already (0x1008 and 0x6619: made from the words of the body)
_SAID = frozenset({
    0x001A, 0x0037, 0x003D, 0x0E1D, 0x0070, 0x007D, 0x1000, 0x1008, 0x1013, 0x1035, 0x1039, 0x1042, 0x0064, 0x0C1E,
    0x0E04, 0x0E03, 0x0E02, 0x0042, 0x0065, 0x0C1A, 0x0C1F, 0x5D01, 0x5D02, 0x3FF8, 0x3FFA, 0x6619,
})  # fmt: skip


def recipient(bag: Bag) -> str:
    """A person from a row of recipients."""
    return person(bag.text(0x3001, 0x5FF6), bag.text(0x39FE, 0x3003))


def person(name: str, address: str) -> str:
    """`Name <address>`, or what there is of it."""
    name, address = flat(name).strip().strip("'\""), flat(address).strip()
    if not name or name == address:
        return address
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' if re.search(r'[,;<>@"()\\:]', name) else name
    return f"{quoted} <{address}>" if address else quoted


def subject(bag: Bag) -> str:
    """The subject; a mark of MAPI for the length of its prefix is no part of it."""
    text = bag.text(0x0037)
    return text[2:] if text.startswith("\x01") else text or bag.text(0x0E1D)


def unsaid(bag: Bag, said: str) -> Iterator[str]:
    """The properties of text that neither a header nor a body says."""
    body = bag.text(0x1000)
    for key, texts in bag.all_texts():
        for text in texts:
            value = flat(text).strip()
            if key not in _SAID and value and text != body and value not in said:
                yield f"X-Mapi-{_named(spelled(key))}: {value}"


def _named(key: str) -> str:
    return re.sub(r"[^!-9;-~]+", "-", key.strip("~").replace(":", "-"))[:100]


def flat(text: str) -> str:
    """A text in one line."""
    return _BREAKS.sub(" ", text)
