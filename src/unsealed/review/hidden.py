"""What stands in a document and does not show: redactions of somebody else that took nothing out.

Takes a reading; gives, for its editor, each place where words stand that a reader of the original would not have
seen. The readers notice (docs/formats/readers.md, findings); this file says which of their findings mean *hidden*,
and adds what only the whole reading tells: sentences in the metadata of a PDF that no page of it says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.model import Reading, Unit

# What each finding means, in words for an editor. Of one unit the first that is listed counts.
KINDS: dict[str, str] = {
    "P-UNSEEN": "text that its page does not show: covered, in the colour of the paper, cut off, switched off, tiny",
    "P-REDACT": "a mark for redaction that was never applied",
    "P-REVISION": "text of an earlier revision of the file",
    "P-AROUND": "bytes before or behind the file: an item of its own",
    "P-NOT-DRAWN": "a page that could not be drawn: nobody looked for hidden text on it",
    "O-DELETED": "text that a tracked change took out",
    "O-HIDDEN": "hidden text, a hidden row, sheet, slide or element",
    "O-COVERED": "text in the colour of what lies behind it, or under a black highlight",
    "O-UNUSED": "text that no cell or page uses any more",
    "V-PREVIEW": "a preview that shows something else than the picture",
    "V-TRANSPARENT": "transparent pixels that hold a picture",
    "V-TRAILING": "bytes behind the end of a picture: an item of its own",
}
METADATA = "metadata"
ATTACHED = "attached"
_OTHER = {
    METADATA: "a sentence in the metadata that no page says",
    ATTACHED: "a file inside the document: an item of its own",
}
_SENTENCE = 5  # words of a value of the metadata from which on it says something
_FORMAL = re.compile(r"(?:Title|Author|Creator|Producer|ModDate|CreationDate|(?:\w+:)?(?:title|creator|CreatorTool)):")
_WORD = re.compile(r"[^\W_]+")


class Hidden(NamedTuple):
    """A place with hidden words. `kind`: a code of `KINDS`, or `metadata`, `attached`; `unit` -1: the file as a whole.

    `page` is counted from 1, 0 where there are none. `words` counts those of the unit, some of which may show.
    """

    item: int
    kind: str
    what: str
    page: int
    unit: int
    words: int


def hidden_findings(archive: Archive, item: int) -> tuple[Hidden, ...]:
    """Every place of a document with hidden words, in the order of its units; of its current reading."""
    row = archive.current_row(item)
    return hidden_of(item, archive.reading(row).reading) if row else ()


def hidden_of(item: int, reading: Reading) -> tuple[Hidden, ...]:
    """The same of a reading that is at hand."""
    found: dict[int, list[str]] = {}
    for finding in reading.findings:
        if finding.code in KINDS:
            found.setdefault(finding.unit, []).append(finding.code)
    if reading.reader.startswith("pdf"):
        for number, kind in _beside(reading):
            found.setdefault(number, []).append(kind)
    order = [*KINDS, *_OTHER]
    return tuple(_hidden(item, reading, unit, min(kinds, key=order.index)) for unit, kinds in sorted(found.items()))


def _hidden(item: int, reading: Reading, number: int, kind: str) -> Hidden:
    unit = reading.units[number] if 0 <= number < len(reading.units) else Unit("text", "")
    what = KINDS.get(kind) or _OTHER[kind]
    return Hidden(item, kind, what, unit.page, number, len(_WORD.findall(unit.text)))


def _beside(reading: Reading) -> Iterator[tuple[int, str]]:
    """Files inside a PDF, and values of its metadata that say more than its pages."""
    said = _squeezed("".join([unit.text for unit in reading.units if unit.page]))
    for number, unit in enumerate(reading.units):
        if unit.page == 0 and unit.label == "attachment":
            yield number, ATTACHED
        elif unit.page == 0 and unit.label == "header" and not _FORMAL.match(unit.text):
            value = unit.text.partition(": ")[2]
            if sum(map(_says, value.split())) >= _SENTENCE and _squeezed(value) not in said:
                yield number, METADATA


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _says(part: str) -> bool:
    return any(character.isalpha() for character in part)
