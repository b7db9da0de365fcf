"""The form of `decisions.json` (`unsealed-decisions/1`): a whole review in one file that people can read and write.

Takes bytes, gives checked entries. Pure. Every mistake is an InputError that names the entry by its number, from 1.
The format is described in `docs/formats/decisions.md`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from unsealed.config import ReviewSettings
from unsealed.errors import InputError, UsageError
from unsealed.model import FORMAT_DECISIONS, LABELS, Unit
from unsealed.review.finding import Span, coarsen_spans, find_spans, label_spans, pattern_of
from unsealed.review.state import WHOLE

_SPAN = re.compile(r"(\d{1,9}):(\d{1,9})-(\d{1,9})")
LABEL_REMEDY = f"Use one of: {', '.join(sorted(LABELS))}."
_SAYS = 80  # characters
_WAYS = ("find", "span", "unit", "label", "whole", "coarsen")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One decision as it is written: what to withhold in which document, why, and by whom it was decided."""

    document: str
    reason: str
    by: tuple[str, ...]
    find: str = ""
    span: str = ""  # UNIT:FROM-TO
    unit: int = -1
    label: str = ""
    whole: bool = False
    coarsen: str = ""
    keep: int = -1
    case: bool = False
    note: str = ""
    says: str = ""  # the publisher's words beside the marker


class Cleared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`Nothing, or nothing more, to withhold`: in these documents, or in all ("*")."""

    documents: tuple[str, ...] | Literal["*"]
    by: tuple[str, ...]


class AllowedText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that may stand in shown text although they are withheld elsewhere (the leak check asks)."""

    text: str
    reason: str
    by: tuple[str, ...]


class DecisionsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `decisions.json`."""

    v: str
    editors: tuple[str, ...]
    decisions: tuple[Entry, ...]
    cleared: Cleared | None = None
    allowed: tuple[AllowedText, ...] = ()
    note: str = ""


class Rule(NamedTuple):
    """An entry, ready to be used on readings."""

    number: int
    entry: Entry
    pattern: re.Pattern[str]

    def spans(self, units: Sequence[Unit]) -> list[Span]:
        """What this rule withholds in a reading's units. Raises InputError naming the entry where a span is outside."""
        entry = self.entry
        if entry.find:
            return find_spans(units, self.pattern)
        if entry.label:
            return label_spans(units, entry.label)
        if entry.coarsen:
            return coarsen_spans(units, entry.coarsen, entry.keep)
        if entry.whole:
            return [Span(WHOLE, WHOLE, WHOLE)]
        span = parse_span(entry.span) if entry.span else Span(entry.unit, WHOLE, WHOLE)
        try:
            return [check_span(span, units)]
        except UsageError as error:
            raise InputError(f"Decisions, entry {self.number}: {error.message}", remedy=error.remedy) from error

    @property
    def rule(self) -> str:
        """`coarsen` where only the tail of a value goes, else empty."""
        return "coarsen" if self.entry.coarsen else ""


def parse_decisions(untrusted: bytes, settings: ReviewSettings) -> tuple[DecisionsFile, tuple[Rule, ...]]:
    """Read and check `decisions.json` against the archive's editors and reasons.

    Raises InputError for another form or version, an unknown editor or reason, an entry that says nothing or two
    things, a pattern without words, a span that is none.
    """
    try:
        read = msgspec.json.decode(untrusted, type=DecisionsFile)
    except UnicodeDecodeError as error:
        raise InputError("The decisions file is not UTF-8 text.", remedy="Save it as UTF-8.") from error
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(
            f"The decisions file has another form: {error}.", remedy="docs/formats/decisions.md shows the form."
        ) from error
    if read.v != FORMAT_DECISIONS:
        raise InputError(
            f"The decisions file is not of the version {FORMAT_DECISIONS}.", remedy="Update Unsealed, or the file."
        )
    for number, entry in enumerate(read.decisions, 1):
        _check_entry(number, entry, settings)
    for place, by in [("`cleared`", read.cleared.by)] if read.cleared else []:
        _check_editors(place, by, settings)
    for number, allowed in enumerate(read.allowed, 1):
        _check_editors(f"`allowed` entry {number}", allowed.by, settings)
    return read, tuple(_rule(number, entry) for number, entry in enumerate(read.decisions, 1))


_NOWHERE = re.compile(r"(?!)")


def _rule(number: int, entry: Entry) -> Rule:
    return Rule(number, entry, pattern_of(entry.find, case=entry.case) if entry.find else _NOWHERE)


def _check_entry(number: int, entry: Entry, settings: ReviewSettings) -> None:
    place = f"entry {number}"
    _check_editors(place, entry.by, settings)
    check_reason(entry.reason, settings, place)
    _way(entry, place)
    if (entry.label or entry.coarsen or "text") not in LABELS:
        raise InputError(f"Decisions, {place}: there is no such label.", remedy=LABEL_REMEDY)
    check_says(entry.says)
    if entry.coarsen and entry.keep < 0:
        raise InputError(f"Decisions, {place}: `coarsen` needs `keep`.", remedy="Say how many characters stay.")
    if entry.span and not _SPAN.fullmatch(entry.span):
        raise InputError(f"Decisions, {place}: `span` is not UNIT:FROM-TO.", remedy='For example "4:10-25".')
    if entry.find and not entry.find.split():
        raise InputError(f"Decisions, {place}: `find` holds no words.", remedy="Give at least one visible character.")


def _way(entry: Entry, place: str = "entry") -> str:
    given = [entry.find != "", entry.span != "", entry.unit >= 0, entry.label != "", entry.whole, entry.coarsen != ""]
    if sum(given) != 1:
        raise InputError(
            f"Decisions, {place}: it must say exactly one of {', '.join(_WAYS)}.",
            remedy="Make an entry of its own for each.",
        )
    return _WAYS[given.index(True)]


def _check_editors(place: str, by: Sequence[str], settings: ReviewSettings) -> None:
    if not by:
        raise InputError(f"Decisions, {place}: `by` names nobody.", remedy="Name the editors who decided it.")
    for editor in by:
        check_editor(editor, settings, f"Decisions, {place}: ")


def check_editor(editor: str, settings: ReviewSettings, where: str = "") -> None:
    """Raises InputError unless `editor` is one of the settings."""
    if editor not in settings.editors:
        raise InputError(
            f"{where}an editor is not one of the settings." if where else "An editor is not one of the settings.",
            remedy="Write the name as in `review.editors` of unsealed.toml, or add it there.",
        )


def check_reason(code: str, settings: ReviewSettings, where: str = "") -> None:
    """Raises InputError unless `code` is the code of a reason of the settings."""
    if code not in {reason.code for reason in settings.reasons}:
        codes = ", ".join(reason.code for reason in settings.reasons)
        place = f"Decisions, {where}: there" if where else "There"
        raise InputError(f"{place} is no such reason.", remedy=f"Use one of: {codes}.")


def check_says(says: str) -> None:
    """Raises InputError for words that may not stand beside a marker: too long, in brackets, not plain."""
    plain = says.isprintable() and " ".join(says.split()) == says and not set("[]▮") & set(says)
    if not plain or len(says) > _SAYS:
        raise InputError(
            "These words cannot stand beside a marker.",
            remedy=f"Use at most {_SAYS} plain characters without brackets, such as: a member of parliament.",
        )


def parse_span(text: str) -> Span:
    """`UNIT:FROM-TO` as a span. Raises UsageError where it is none."""
    match = _SPAN.fullmatch(text)
    if not match or int(match[2]) >= int(match[3]):
        raise UsageError("A span is written UNIT:FROM-TO, with FROM smaller than TO.", remedy="For example 4:10-25.")
    return Span(int(match[1]), int(match[2]), int(match[3]))


def check_span(span: Span, units: Sequence[Unit]) -> Span:
    """The span itself. Raises UsageError where it lies outside the units of the reading."""
    if span.unit >= len(units) or span.end > len(units[span.unit].text):
        raise UsageError(
            "The span lies outside the document.", remedy="`unsealed review show` prints the unit numbers."
        )
    return span
