"""What a finder says: a place in a text, what stands there, which rule found it, how sure it is.

Pure data. `sure` is between 0 and 1 and is a judgement of the rule, not a measured probability (of weighed wordings it
is about that in ordinary papers): it sorts, and a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from unsealed.model import Reason

# kind -> (code of the suggested reason, how much harm a name of this kind can do: the queue sorts by it)
KINDS: dict[str, tuple[str, float]] = {
    "registered": ("person-at-risk", 10.0),
    "protect-phrase": ("source", 6.0),
    "minor": ("private", 4.0),
    "health": ("private", 3.0),
    "passport": ("private", 3.0),
    "person": ("person-at-risk", 1.0),
    "phone": ("private", 2.0),
    "email": ("private", 1.5),
    "address": ("private", 2.0),
    "iban": ("private", 2.0),
    "card": ("private", 2.0),
    "coordinate": ("place", 1.0),
    "plate": ("private", 2.0),
    "username": ("private", 1.5),
}
# From how sure on a kind is listed when nobody says otherwise. A request to protect a source that is missed may cost a
# life, one that is none costs a glance: these are listed long before they are likely.
LISTED: dict[str, float] = {**dict.fromkeys(KINDS, 0.5), "protect-phrase": 0.04}
PROTECTED = "protected-name"  # the rule of a name beside a protect phrase
PROTECTED_RISK = 8.0
NAME = -2  # of `unit`: the name of the file or attachment itself


class Found(NamedTuple):
    """A place in one text: code points, half-open. `entry` is the register's id where `kind` is `registered`."""

    start: int
    end: int
    kind: str
    rule: str
    sure: float
    entry: str = ""


class Suggestion(msgspec.Struct, frozen=True, array_like=True):
    """A place in reading `row` of an item. `unit` is a unit's number, or `NAME`: the span is in the file name."""

    item: int
    row: int
    unit: int
    start: int
    end: int
    kind: str
    rule: str
    sure: float
    entry: str = ""

    @property
    def risk(self) -> float:
        """How much harm, how sure: what lists are sorted by."""
        weight = PROTECTED_RISK if self.rule == PROTECTED else KINDS[self.kind][1]
        return weight * self.sure


def reason_for(kind: str, rule: str, reasons: Sequence[Reason]) -> str:
    """The code of the reason that is suggested: of the settings' table, its last line where it lacks ours."""
    wanted = "source" if rule == PROTECTED else KINDS[kind][0]
    codes = [reason.code for reason in reasons]
    return wanted if wanted in codes else codes[-1]
