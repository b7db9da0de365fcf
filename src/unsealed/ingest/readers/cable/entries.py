"""What an entry of the header block says: its unit and its fields (cable.md sections 4 and 5.1 to 5.6).

Takes an entry, which is a kind of line with the lines that go on with it; puts a unit and fields into the draft.
"""

from __future__ import annotations

import re
from functools import lru_cache

from unsealed.ingest.readers.cable.draft import MONTHS, Draft, century, moment
from unsealed.ingest.readers.cable.grammar import (
    ADDRESS,
    BANNER,
    CLASS_WORDS,
    DE,
    DTG,
    LEADING_LABEL,
    PRECEDENCES,
    class_level,
)
from unsealed.ingest.readers.cable.refs import add_references
from unsealed.ingest.readers.cable.tags import add_tags
from unsealed.ingest.stations import station_named

_CAPTION_BORDER = re.compile(r"[/,\s]+")
_DECLASSIFY = re.compile(
    r"[ \t]*E\.?[ ]?O\.{0,2}[ :]*\d{5}[:;, ]*(?:DECL?(?:ASSIFY)?\.?(?:[ ]+ON)?[ ]*[:.]?)?[ ]*"
    r"(?P<value>[^\n]*(?:\n[ \t]*(?!TAGS)[A-Z0-9(][^\n:]*)?)",
    re.IGNORECASE,
)
# Slashes as the rule says; hyphens, stops, blanks round them and lost blanks as faults; months in words
_PLAIN_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_US_DATE = re.compile(r"(?<!\d)(\d{1,2})[ ]?[/.-][ ]?(\d{1,2})[ ]?[/.-][ ]?(\d[ ]?\d[ ]?\d[ ]?\d|\d\d)(?!\d)")
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})(?!\d)|(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_WORDED_DATE = re.compile(
    r"\b(?P<month>[A-Z]{3})[A-Z]*\.?[ ]+(?P<day>\d{1,2}),?[ ]+(?P<year>(?:19|20)\d\d)\b"
    r"|\b(?P<day2>\d{1,2})[ ]+(?P<month2>[A-Z]{3})[A-Z]*\.?,?[ ]+(?P<year2>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_CLASS_WORD = re.compile("(" + CLASS_WORDS + r")(?:[ ]+SECTION[ ]+\d\d?[ ]+OF[ ]+\d\d?)?[ ]+([A-Z][A-Z ]{2,24})\Z")
_SUBJECT_MARK = re.compile(r"\((?:U|SBU|C|S|TS)(?:/+[A-Z]+)*\)[ ]*")

_LABELS = {
    "routing": "routing",
    "route": "routing",
    "rule": "structure",
    "reason": "classified-by",
    "classby": "classified-by",
    "exempt": "to",
    "passing": "passing",
    "text": "text",
    "structure": "structure",
    "paragraph": "text",
    "start": "text",
}


def _plain(draft: Draft, kind: str, start: int, end: int) -> None:
    unit = draft.build.unit(_LABELS[kind], start, end)
    if kind == "routing":
        de = DE.match(draft.text, start, end)
        if de is not None:
            draft.de_day, draft.de_serial = int(de["day"]), de["ssn"].lstrip("0")
    elif kind == "exempt":
        draft.build.finding("C-EXEMPT", "note", unit)


def _dtg(draft: Draft, kind: str, start: int, end: int) -> None:
    unit = draft.build.unit("dtg", start, end)
    found = DTG.match(draft.text, start, end)
    month = MONTHS.get(found["month"].upper(), 0) if found else 0
    if found is not None:
        draft.dtg_digits = draft.dtg_digits or found["year"]
    time = (
        moment(century(int(found["year"])), month, int(found["day"]), int(found["hour"]), int(found["minute"]))
        if found
        else None
    )
    if time is None:
        draft.build.finding("C-DTG", "warn", unit)
    elif draft.dtg is None:
        draft.dtg, draft.dtg_unit = time, unit


def address(draft: Draft, kind: str, start: int, end: int) -> None:
    """A line of the lists from, to, info: its unit, and the name without indicator, precedence and number."""
    unit = draft.build.unit(kind, start, end)
    name = _addressee(draft.text[start:end].strip())
    if kind == "from" and not draft.from_name:
        draft.from_name, draft.from_unit = name, unit
    draft.build.plain("cc" if kind == "info" else kind, name, unit)


def _addressee(line: str) -> str:
    """The name in an address line, without label, routing indicator, precedence and message number."""
    name, _, number = line.rpartition(" ")
    if len(number) == 4 and number.isdigit() and name[-1:].isalpha() and "/" in name:
        return _named(name)  # without the number, which never comes twice, most lines have been seen before
    return _named(line)


@lru_cache(maxsize=4096)
def _named(line: str) -> str:
    for label in ("FM ", "TO ", "INFO ", "XMT ", "XMT/"):
        if line.startswith(label):
            line = line[len(label) :].lstrip()
            break
    indicator, slash, name = line.partition("/")
    if slash and ADDRESS.fullmatch(indicator.strip()):
        line = name.lstrip()
    name, _, number = line.rpartition(" ")
    if name and len(number) == 4 and number.isdigit():
        line = name.rstrip()
    precedence = next((word for word in PRECEDENCES if line.endswith(word)), "")
    return " ".join(line.removesuffix(precedence).split())


def _banner(draft: Draft, kind: str, start: int, end: int) -> None:
    build, text = draft.build, draft.text
    unit = build.unit("banner", start, end)
    found = BANNER.match(text, start, end)
    if found is None:
        station = without_serial(text[start:end].strip())
        if station:
            draft.classes.append((class_level(_CLASS_WORD.match(text[start:end].strip())[1]), unit))  # type: ignore[index]
            draft.stations.append((station, draft.de_serial, unit))
        return
    draft.classes.append((class_level(found["word"]), unit))
    if found["caveat"]:
        _captions(draft, found["caveat"], unit)
    if found["serial"]:
        station, serial = found["station"].replace(" ", ""), found["serial"].lstrip("0") or "0"
        draft.stations.append((station, serial, unit))
        if not draft.station:  # a text file: the banner is the only place that says which cable this is
            draft.station, draft.serial = station_named(station) or station, serial


def without_serial(line: str) -> str:
    """The station of a banner that has lost its serial, or an empty string: the DE line may tell the serial."""
    found = _CLASS_WORD.match(line)
    return station_named(found[2]) if found is not None else ""


def _caption(draft: Draft, kind: str, start: int, end: int) -> None:
    _captions(draft, draft.text[start:end], draft.build.unit("caption", start, end))


def _captions(draft: Draft, words: str, unit: int) -> None:
    for word in _CAPTION_BORDER.split(words):
        if word.isalpha() and word.isupper() and len(word) > 2 and word not in draft.captions:
            draft.captions.append(word)
            draft.build.plain("caption", word, unit)


def _declassify(draft: Draft, kind: str, start: int, end: int) -> None:
    unit = draft.build.unit("declassify", start, end)
    found = _DECLASSIFY.match(draft.text, start, end)
    value = " ".join(found["value"].split()) if found else ""
    if not value or value.upper().startswith(("N/A", "NA")):
        return
    draft.build.field("declassify", _declassify_date(draft, value) or value, unit)


def _declassify_date(draft: Draft, value: str) -> str:
    plain = _PLAIN_DATE.fullmatch(value)
    found = _ISO_DATE.search(value) if plain is None else None
    worded = _WORDED_DATE.search(value) if plain is None and found is None else None
    if found is not None:
        year, month, day = (int(part) for part in found.groups() if part)
    elif worded is not None:
        month = MONTHS.get((worded["month"] or worded["month2"]).upper(), 0)
        day, year = int(worded["day"] or worded["day2"]), int(worded["year"] or worded["year2"])
    else:
        found = plain or _US_DATE.search(value)
        if found is None:
            return ""
        month, day = int(found.group(1)), int(found.group(2))
        digits = found.group(3).replace(" ", "")
        year = int(digits)
        if len(digits) == 2:  # the century that puts it within 0 to 50 years after the telegram (5.2)
            sent = draft.dtg or draft.created
            base = sent.year if sent is not None else 2000
            year = next(
                (full for full in (1900 + year, 2000 + year, 2100 + year) if 0 <= full - base <= 50), 2000 + year
            )
    date = moment(year, month, day, 0, 0) if month else None
    return date.isoformat()[:10] if date is not None else ""


def _tags(draft: Draft, kind: str, start: int, end: int) -> None:
    add_tags(draft, start, end)


def _subject(draft: Draft, kind: str, start: int, end: int) -> None:
    text = draft.text
    label = LEADING_LABEL.match(text, start, end)
    position = label.end() if label and label.end() <= end else start
    draft.build.unit("subject-label", start, position)
    unit = draft.build.unit("subject", position, end)
    if unit >= 0:
        assert draft.build.source is not None
        value = draft.build.source.text[position:end].strip(" \t\n:")
        if value.startswith("("):
            value = _SUBJECT_MARK.sub("", value, count=1)
        value = " ".join(value.split())
        draft.build.plain("subject", value, unit)
        draft.build.plain("title", value, unit)


def _references(draft: Draft, kind: str, start: int, end: int) -> None:
    add_references(draft, start, end)


_EMIT = {
    "dtg": _dtg,
    "from": address,
    "to": address,
    "info": address,
    "banner": _banner,
    "caption": _caption,
    "declassify": _declassify,
    "tags": _tags,
    "subject": _subject,
    "refs": _references,
}


def emit(draft: Draft, kind: str, start: int, end: int) -> None:
    """Put the unit of an entry and its fields into the draft; a kind without rules of its own becomes a plain unit."""
    _EMIT.get(kind, _plain)(draft, kind, start, end)
