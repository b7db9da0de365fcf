"""One file of the Central Foreign Policy File as a reading: markers, attributes, gaps, head, body."""

from __future__ import annotations

import re
from functools import lru_cache, partial

from unsealed.ingest.decode import Decoded, source_of
from unsealed.ingest.readers.cable.body import read_body
from unsealed.ingest.readers.cable.draft import Draft
from unsealed.ingest.readers.cable.grammar import CLASSES, class_level
from unsealed.ingest.readers.cable.refs import add_references
from unsealed.ingest.readers.declassified.attributes import Attributes, attribute_date, read_attributes
from unsealed.ingest.readers.declassified.clean import PagedBuilder, gaps
from unsealed.ingest.readers.declassified.head import Head, known_station
from unsealed.ingest.readers.outcome import Outcome, rejected
from unsealed.ingest.stations import STATIONS

NAME, VERSION = "declassified", 1

_TEXT = re.compile(r"^[ \t]*Message Text[ \t]*$", re.MULTILINE)
_ATTRIBUTES = re.compile(r"^[ \t]*Message Attributes[ \t]*$", re.MULTILINE)
_NUMBER = re.compile(r"(19\d\d)([A-Z]{3,17})0*(\d{1,7})\b")
_HANDLING = re.compile(r"EXDIS|NODIS|LIMDIS|STADIS|NOFORN|ONLY|LOU")
_STAMPS = frozenset({"30 JUN 2005", "04 MAY 2006", "05 JUL 2006", "06 JUL 2006", "22 MAY 2009", "20 MAR 2014"})
_SIGNED = re.compile(r"[.?!\"][ \n]+([A-Z][A-Z'-]{2,24})\s*\Z")
_CUT = 6  # letters to which the Document Number cuts a station in places
_SEE = "Look at the file; a file of this form has one line `Message Text`, then one line `Message Attributes`."


def read(data: bytes, context: bytes) -> Outcome:
    """One telegram. Units tile the file; `context` is not used."""
    whole = source_of(Decoded(data))
    texts, attributes = list(_TEXT.finditer(whole.text)), list(_ATTRIBUTES.finditer(whole.text))
    if len(texts) != 1:
        return rejected("D-MARKER-TEXT", f"{len(texts)} lines `Message Text`, not 1", _SEE)
    if len(attributes) != 1 or attributes[0].start() < texts[0].end():
        return rejected("D-MARKER-ATTR", "not one line `Message Attributes` behind the text", _SEE)
    begin, end = texts[0].end(), attributes[0].start()
    taken = gaps(whole.text, begin, end)
    build = PagedBuilder(whole, taken)
    return _File(build, (texts[0].start(), begin), (end, attributes[0].end())).outcome()


class _File:
    def __init__(self, build: PagedBuilder, text: tuple[int, int], attributes: tuple[int, int]) -> None:
        self.build = build
        self.draft = Draft(build)
        self.text_mark = (build.clean(text[0]), build.clean(text[1]))
        self.attribute_mark = (build.clean(attributes[0]), build.clean(attributes[1]))
        self.attributes = Attributes()

    def outcome(self) -> Outcome:
        assert self.build.source is not None
        source = self.build.source.text
        self._known_before(source)
        before = source[: self.text_mark[0]]
        if re.search(r"^[A-Z][A-Za-z ]+: ", before, re.MULTILINE):
            self.build.finding("D-BEFORE", "warn")
        self.build.unit("text" if before.strip() else "structure", 0, self.text_mark[0])
        self.build.unit("structure", *self.text_mark)
        self._message()
        self.build.unit("structure", *self.attribute_mark)
        cited = any(field.name == "ref" for field in self.build.fields)
        references = None if cited else partial(add_references, self.draft)
        self.attributes = read_attributes(self.build, self.attribute_mark[1], len(source), references)
        self.build.finish()
        self._facts()
        return self.build.outcome("cable", NAME, VERSION)

    def _known_before(self, source: str) -> None:
        """Year, station and serial of the Document Number: references inherit from them."""
        found = re.search(r"^Document Number:[ ]*" + _NUMBER.pattern, source[self.attribute_mark[1] :], re.MULTILINE)
        if found is not None:
            self.draft.year = found[1][2:]
            self.draft.station, self.draft.serial = _full_station(found[2], self._page_stations()), found[3]

    def _page_stations(self) -> tuple[str, ...]:
        return tuple(known_station(gap.match["station"]) for gap in self.build.taken if gap.kind == "page")

    def _message(self) -> None:
        assert self.build.source is not None
        source, (start, end) = self.build.source.text, (self.text_mark[1], self.attribute_mark[0])
        if not source[start:end].strip():
            self.build.unit("structure", start, end)
            return
        self.head = Head(self.draft, start, end)
        read_body(self.draft, self.head.run(), end)
        if not any(field.name == "signer" for field in self.build.fields):
            signed = _SIGNED.search(source, max(start, end - 200), end)  # the name on the last line of the text
            if signed is not None and self.head.seen & {"from", "dtg"}:
                self.build.field("signer", signed[1], self.build.count - 1)
        missing = set(range(1, self.head.section_count + 1)) - self.head.sections - _sections(source[start:end])
        if missing:
            self.build.finding("D-SECTION-GAP", "warn")

    def _facts(self) -> None:
        self._state()
        self._id()
        self._class()
        self._route()
        self._date()
        self._fallbacks()
        for number, gap in enumerate(self.build.taken):
            if gap.kind == "stamp" and gap.match["date"].upper() not in _STAMPS:
                self.build.finding("D-STAMP", "note", self.build.gap_units.get(number, -1))

    def _state(self) -> None:
        locator = self.attributes.first("Locator")
        if not locator.value:
            self.build.finding("D-NO-LOCATOR", "warn")
        elif not ("TEXT" in locator.value.upper() and re.search(r"ON-?LINE", locator.value.upper())):
            self.build.finding("D-NOT-ONLINE", "note", locator.unit)

    def _id(self) -> None:
        draft, number = self.draft, self.attributes.first("Document Number")
        found = _NUMBER.match(number.value)
        if found is not None:
            station = _full_station(found[2], self._page_stations())
            self.build.field("id", found[1][2:] + station + found[3], number.unit)
            if draft.stations and draft.stations[0][1] != found[3]:
                self.build.finding("C-SERIAL", "warn", draft.stations[0][2])
            return
        if draft.stations and draft.two_digit_year:
            station, serial, unit = draft.stations[0]
            self.build.field("id", draft.two_digit_year + known_station(station) + serial, unit, draft.dtg_unit)
            return
        self.build.finding("C-ID", "warn", number.unit)

    def _class(self) -> None:
        classes = list(self.draft.classes)
        for number, gap in enumerate(self.build.taken):
            if gap.kind == "class":
                classes.append((class_level(gap.match["word"]), self.build.gap_units.get(number, -1)))
        classes = [(rank, unit) for rank, unit in classes if rank >= 0]
        stated = self.attributes.first("Original Classification")
        if classes:
            rank, unit = max(classes, key=lambda seen: seen[0])
            self.build.field("class", CLASSES[rank], unit)
            if len({rank for rank, _ in classes}) > 1 or (stated.value and class_level(stated.value) != rank):
                self.build.finding("C-CLASS-MIXED", "warn", unit)
        elif class_level(stated.value) >= 0:
            self.build.field("class", CLASSES[class_level(stated.value)], stated.unit)
        elif stated.value:
            self.build.finding("D-CLASS", "warn", stated.unit)

    def _route(self) -> None:
        draft, stated = self.draft, self.attributes.first("From")
        if draft.from_name:
            self.build.field("origin", draft.from_name.title(), draft.from_unit)
        else:
            self.build.finding("D-FM", "warn")
            self.build.field("from", stated.value, stated.unit)
            self.build.field("origin", stated.value.title(), stated.unit)
        if not any(field.name == "to" for field in self.build.fields):
            to = self.attributes.first("To")
            self.build.field("to", to.value, to.unit)

    def _date(self) -> None:
        """One date: the date-time group, the draft date, the sent date, in this order."""
        draft = self.draft
        stated = self.attributes.first("Draft Date", "Sent Date")
        day = attribute_date(stated.value)
        if stated.value and not day:
            self.build.finding("D-DATE", "note", stated.unit)
        if draft.dtg is not None:
            self.build.field("date", draft.dtg.isoformat()[:16] + "Z", draft.dtg_unit)
            if day and abs((draft.dtg.date() - draft.dtg.fromisoformat(day).date()).days) > 2:
                self.build.finding("C-DATE-DISAGREE", "warn", draft.dtg_unit)
        else:
            self.build.field("date", day, stated.unit)
        self.build.field("created", day, stated.unit)

    def _fallbacks(self) -> None:
        """What the text does not say is taken from the attributes: the field then names the attribute's unit."""
        have = {field.name for field in self.build.fields}
        subject, tags, handling = (
            self.attributes.first(key) for key in ("Subject", "TAGS", "Original Handling Restrictions")
        )
        if "subject" not in have and subject.value:
            self.build.field("subject", subject.value, subject.unit)
            self.build.field("title", subject.value, subject.unit)
        if "tag" not in have:
            for tag in re.split(r",[ ]*(?![^(]*\))", tags.value):
                self.build.field("tag", tag.strip(" ."), tags.unit)
        for word in dict.fromkeys(_HANDLING.findall(handling.value.upper())):
            if word not in self.draft.captions:
                self.build.field("caption", word, handling.unit)
        drafter = self.attributes.first("Drafter")
        self.build.field("author", drafter.value, drafter.unit)


def _sections(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"\bSECTION[ ]+(\d\d?)[ ]+OF[ ]+\d", text)}


@lru_cache(maxsize=1024)
def _full_station(cut: str, seen: tuple[str, ...]) -> str:
    """The station of a Document Number, which cuts long names: as page lines say, else the one it can be."""
    known = known_station(cut)
    if known in STATIONS or len(cut) < _CUT:
        return known
    for name in seen:
        if name.startswith(cut):
            return name
    longer = [name for name in STATIONS if name.startswith(cut)]
    return longer[0] if len(longer) == 1 else known
