"""The head of the message text, from the distribution to the references (declassified-cable.md section 4)."""

from __future__ import annotations

import re

from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.cable.draft import MONTHS, Draft, moment
from unsealed.ingest.readers.cable.grammar import BANNER, PRECEDENCES, class_level
from unsealed.ingest.readers.cable.refs import add_references
from unsealed.ingest.readers.cable.tags import add_tags
from unsealed.ingest.stations import station_named

_DISTRIBUTION = re.compile(r"[ \t]*(?:ACTION|ORIGIN|INFO)[ \t]+[A-Z][A-Z/]{0,8}-\d\d\b")
_CODES = re.compile(r"([A-Z][A-Z/]{0,8})-(\d\d)\b")
_TOTAL = re.compile(r"/(\d{3})[ ]?[WR]\b")
_DASH = re.compile(r"[ \t]*-{10,}[ \t]*(?P<first>\d{6}[ ]?Z?)?(?:[ \t]+(?P<second>\d{6}[ ]?Z?))?[ \t]*(?:/\d+)?[^\n]*")
_DRAFTED = re.compile(r"[ \t]*(?:DRAFTED BY|APPROVED BY|CLEARED BY|DRAFTED AND APPROVED)\b")
_MONTH = "|".join("[ ]?".join(month) for month in MONTHS)
DTG = re.compile(
    r"[ \t]*(?P<action>[ZOPR])(?:[ \t]+(?P<info>[ZOPR]))?[ \t]+(?P<digits>\d(?:[ ]?\d){5,6})[ ]?Z?[ ]?(?P<month>"
    + _MONTH
    + r")[A-Z]{0,6}[ ]?(?P<year>\d[ ]?\d)(?![ ]?\d)"
)
_FROM = re.compile(r"FM[ ]+\S")
_TO = re.compile(r"[ \t]*TO[ ]+[A-Z]")
_INFO = re.compile(r"[ \t]*INFO[ ]+[A-Z]")
_POST = re.compile(
    r"[ \t]*(?:R[A-Z]{3,7}/)?(?:AM(?:ERICAN )?EMB|AMCON|SECSTATE|USMISSION|USDEL|"
    r"USLO|USINT|USUN|USNATO|SECDEF|JCS|CINC|USIA|DIA\b|CIA\b|ALL )"
)
_CLASS = re.compile(r"[ \t]*(?:LIMITED OFFICIAL USE|L I M I T E D +O F F I C I A L +U S E)\b[^\n]*")
_CAPTION = re.compile(
    r"[ \t]*(?:EXDIS|NODIS|LIMDIS|STADIS|NOFORN|CHEROKEE|ROGER CHANNEL|EYES ONLY|NO ?FORN|LOU|ONLY)"
    r"(?:[ /,]+[A-Z]{3,})*[ \t]*(?=\n|\Z)"
)
_EO = re.compile(r"[ \t]*E\.?[ ]?O\.?[ :]*(?P<order>\d{5})[ ]?[:;.,]?[ ]*(?P<value>[^\n]*)")
_TAGS = re.compile(r"[ \t]*TAGS?\b[ ]*[:;]?")
_SUBJECT = re.compile(r"[ \t]*SUBJ(?:ECT)?\b[ ]*[:;.]?[ ]*:?[ ]*")
_REF = re.compile(r"[ \t]*REF(?:S|TELS?|ERENCES?|\(S\))?\b[ ]*[:;.]?[ ]*(?=\S)")
_PARAGRAPH = re.compile(r"[ \t]*(?:1[.)][ \t]*(?:\(|\S)|(?:BEGIN )?SUMMARY\b|(?:PART|SECTION) (?:I|ONE)\b)")
_ORDERS = frozenset({"11652", "11653", "12065", "12356"})
_CODE = re.compile(r"(?:[XA]?[A-Z0-9]DS)(?:-[1-4]|[ ]*\(?[1-4]\)?)?")
_US_DATE = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d\d(?:\d\d)?)\b")
_WORDED = re.compile(
    r"\b([A-Z]{3})[A-Z]*\.?[ ]+(\d{1,2}),?[ ]+(19\d\d|20\d\d)\b|\b(\d{1,2})[ ]+([A-Z]{3})[A-Z]*,?[ ]+(19\d\d|20\d\d)\b"
)
_NO_DATE = re.compile(r"N\.?/?[ ]?A\b\.?")

_RULES = (
    ("distribution", _DISTRIBUTION), ("drafted", _DRAFTED), ("dash", _DASH), ("dtg", DTG), ("from", _FROM),
    ("declassify", _EO), ("tags", _TAGS), ("subject", _SUBJECT), ("refs", _REF), ("to", _TO), ("info", _INFO),
    ("banner", BANNER), ("banner", _CLASS), ("caption", _CAPTION), ("body", _PARAGRAPH),
)  # fmt: skip
_GOES_ON = frozenset({"distribution", "drafted", "subject", "refs", "tags", "declassify", "to", "info", "text"})
_TAG_LINES = 8  # of one telegram that are believed
_ONCE = frozenset({"dtg", "from", "subject", "declassify", "dash"})


class Head:
    """Reads the lines from `start` to `end` of the clean text into the draft; `run` gives the body's start."""

    def __init__(self, draft: Draft, start: int, end: int) -> None:
        assert draft.build.source is not None
        self.draft = draft
        self.build: Builder = draft.build
        self.text = draft.text = draft.build.source.text
        self.position = self.begin = start
        self.end = end
        self.kind = "structure"
        self.blank = False
        self.seen: set[str] = set()
        self.tags: list[tuple[int, int]] = []
        self.sections: set[int] = set()
        self.section_count = 0
        self.codes = 0
        self.total = -1

    def run(self) -> int:
        """Take lines until the body begins; gives where."""
        while self.position < self.end:
            stop = self.text.find("\n", self.position, self.end) + 1 or self.end
            if not self.text[self.position : stop].strip():
                self.blank = True
            else:
                if self._line(stop):
                    break
                self.blank = False
            self.position = stop
        self._close(self.position)
        self._distribution_sum()
        return self.position

    def _line(self, stop: int) -> bool:
        """One line that is not blank; True where the body begins."""
        kind = self._named(stop)
        if kind == "body" and not self._in_list():
            return True
        if not kind or kind == "body":
            if self._continues(stop):
                return False
            if self.seen & {"subject", "refs"} or (self.seen & {"tags", "banner"} and self.blank):
                return True
            kind = "text"
        self._open(kind)
        return False

    def _named(self, stop: int) -> str:
        at = self.position
        for name, rule in _RULES:
            if rule.match(self.text, at, stop) is None:
                continue
            if name in ("to", "info") and ("from" not in self.seen or "banner" in self.seen):
                continue  # prose; or INFO of a distribution
            if name == "info" and self.kind in ("refs", "subject"):
                continue
            if name in _ONCE and name in self.seen and name != "dtg":
                continue
            if name == "refs" and "subject" not in self.seen and "tags" not in self.seen:
                continue
            return name
        return ""

    def _in_list(self) -> bool:
        """Whether a line that looks like paragraph 1 is an item of the list of references."""
        return (
            self.kind == "refs"
            and not self.blank
            and self.text[self.begin : self.position].rstrip().endswith((",", ";"))
        )

    def _continues(self, stop: int) -> bool:
        """Whether a line without a name goes on with what stands before it."""
        if self.kind in ("to", "info"):
            if self.blank and not _POST.match(self.text, self.position, stop):
                return False
            self._open(self.kind)
            return True
        if self.kind == "refs" and self.blank:
            return re.match(r"[ \t]*(?:\(?[B-Z][.):]|\(?[2-9][.)])[ ]*\S", self.text[self.position : stop]) is not None
        return self.kind in _GOES_ON and not self.blank

    def _open(self, kind: str) -> None:
        self._close(self.position)
        self.kind, self.begin = kind, self.position
        self.seen.add(kind)

    def _close(self, end: int) -> None:
        if end > self.begin:
            getattr(self, "_emit_" + self.kind, self._emit_plain)(self.begin, end)
        self.begin = end

    def _emit_plain(self, start: int, end: int) -> None:
        labels = {"distribution": "routing", "dash": "routing", "drafted": "header", "text": "text"}
        self.build.unit(labels.get(self.kind, "structure"), start, end)

    def _emit_distribution(self, start: int, end: int) -> None:
        unit = self.build.unit("routing", start, end)
        words = self.text[start:end]
        self.codes += sum(int(copies) for _, copies in _CODES.findall(words))
        total = _TOTAL.search(words)
        if total is not None:
            self.total = int(total[1])
            self.total_unit = unit

    def _distribution_sum(self) -> None:
        if self.total >= 0 and self.total != self.codes:
            self.build.finding("D-COPIES", "note", self.total_unit)

    def _emit_dash(self, start: int, end: int) -> None:
        unit = self.build.unit("routing", start, end)
        found = _DASH.match(self.text, start, end)
        if found is not None and found["first"] and found["second"] and "Z" not in found["first"] + found["second"]:
            self.build.finding("D-DASH", "note", unit)

    def _emit_dtg(self, start: int, end: int) -> None:
        unit = self.build.unit("dtg", start, end)
        found = DTG.match(self.text, start, end)
        digits = found["digits"].replace(" ", "") if found else ""
        if found is None or len(digits) != 6:
            self.build.finding("D-DTG", "warn", unit)
            return
        year = 1900 + int(found["year"].replace(" ", ""))
        month = MONTHS[found["month"].replace(" ", "")]
        time = moment(year, month, int(digits[:2]), int(digits[2:4]), int(digits[4:]))
        if time is None or not 1972 <= year <= 1980:
            self.build.finding("D-DTG", "warn", unit)
        elif self.draft.dtg is None:
            self.draft.dtg, self.draft.dtg_unit = time, unit
            if year in (1972, 1980):
                self.build.finding("D-YEAR", "warn", unit)

    def _emit_from(self, start: int, end: int) -> None:
        unit = self.build.unit("from", start, end)
        name = _addressee(self.text[start:end], "FM")
        self.draft.from_name, self.draft.from_unit = name, unit
        self.build.field("from", name, unit)

    def _emit_to(self, start: int, end: int) -> None:
        self.build.field("to", _addressee(self.text[start:end], "TO"), self.build.unit("to", start, end))

    def _emit_info(self, start: int, end: int) -> None:
        self.build.field("cc", _addressee(self.text[start:end], "INFO"), self.build.unit("info", start, end))

    def _emit_banner(self, start: int, end: int) -> None:
        unit = self.build.unit("banner", start, end)
        found = BANNER.match(self.text, start, end)
        word = found["word"] if found else "LIMITED OFFICIAL USE"
        self.draft.classes.append((class_level(word), unit))
        if found is None or not found["serial"]:
            return
        if found["n"]:
            self.sections.add(int(found["n"]))
            self.section_count = max(self.section_count, int(found["m"]))
        station, serial = found["station"].replace(" ", ""), found["serial"].lstrip("0") or "0"
        self.draft.stations.append((station, serial, unit))

    def _emit_caption(self, start: int, end: int) -> None:
        unit = self.build.unit("caption", start, end)
        for word in re.split(r"[/,\s]+", self.text[start:end]):
            if len(word) > 2 and word not in self.draft.captions:
                self.draft.captions.append(word)
                self.build.field("caption", word, unit)

    def _emit_declassify(self, start: int, end: int) -> None:
        unit = self.build.unit("declassify", start, end)
        found = _EO.match(self.text, start, end)
        value = " ".join(self.text[found.start("value") : end].split()) if found else ""
        if found is not None and found["order"] not in _ORDERS:
            self.build.finding("D-EO", "warn", unit)
        if not value or _NO_DATE.match(value):
            return
        self.build.field("declassify", self._schedule(value, unit), unit)

    def _schedule(self, value: str, unit: int) -> str:
        """The day that the line states, else the schedule (`XGDS-3`), else what stands there."""
        day = schedule_date(value)
        if day:
            return day
        code = _CODE.match(value)
        if code is None:
            if not re.match(r"(?:DECL|EXEMPT|OADR|RDS)", value):
                self.build.finding("D-EO", "warn", unit)
            return value
        word = code.group().replace("(", "").replace(")", "")
        head, number = re.match(r"([A-Z0-9]+)[- ]*(\d?)", word).groups()  # type: ignore[union-attr]
        if head not in ("GDS", "XGDS", "ADS"):
            self.build.finding("D-EO", "warn", unit)
            head = "XGDS" if len(head) == 4 else "ADS" if head[0] == "A" and number == "" else "GDS"
        return head + (f"-{number}" if number else "")

    def _emit_tags(self, start: int, end: int) -> None:
        self.tags.append((start, end))
        kept = len(self.build.fields)
        add_tags(self.draft, start, end)
        mine = [field for field in self.build.fields[kept:] if field.value not in ("N/A", "NA", "NONE")]
        del self.build.fields[kept:]
        if mine and len(self.tags) <= _TAG_LINES:  # an earlier placeholder gives way to the true line
            self.build.fields[:] = [field for field in self.build.fields if field.name != "tag"] + mine

    def _emit_subject(self, start: int, end: int) -> None:
        label = _SUBJECT.match(self.text, start, end)
        position = label.end() if label else start
        self.build.unit("subject-label", start, position)
        unit = self.build.unit("subject", position, end)
        value = self.text[position:end].strip(" \t\n:")
        for name in ("subject", "title"):
            self.build.field(name, value, unit)

    def _emit_refs(self, start: int, end: int) -> None:
        add_references(self.draft, start, end)


def schedule_date(value: str) -> str:
    """A day in an E.O. line: `12/31/85`, `DECEMBER 31, 1979`, `31 DEC 1979`; empty for none."""
    found = _US_DATE.search(value)
    if found is not None:
        year = int(found[3]) + (
            1900 if len(found[3]) == 2 and int(found[3]) >= 70 else 2000 if len(found[3]) == 2 else 0
        )
        month, day = int(found[1]), int(found[2])
    else:
        found = _WORDED.search(value)
        if found is None:
            return ""
        month = MONTHS.get(found[1] or found[5], 0)
        day, year = int(found[2] or found[4]), int(found[3] or found[6])
    when = moment(year, month, day, 0, 0) if month else None
    return when.isoformat()[:10] if when is not None else ""


def _addressee(line: str, label: str) -> str:
    name = " ".join(line.split()).removeprefix(label).strip()
    name = re.sub(r"\AR[A-Z]{3,7}[ ]?/", "", name)
    name = re.sub(r" \d{3,4}\Z", "", name)
    for word in PRECEDENCES:
        name = name.removesuffix(word)
    return re.sub(r" \d{3,4}\Z", "", name)


def known_station(name: str) -> str:
    """The station of a name, as the lists know it, else the letters of it."""
    letters = re.sub(r"[^A-Z]", "", name.upper())
    return station_named(letters) or letters
