"""From suggestions to marks: an editor chooses, the desk writes. Nothing is decided by the program.

Takes a desk and suggestions, gives marks. Who marks agrees, a second editor still decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from unsealed.review.desk import Desk, Wish, Wishes
from unsealed.review.finding import Span
from unsealed.review.risk.suggestion import NAME, Suggestion, reason_for


def accept(desk: Desk, suggestions: Iterable[Suggestion], editor: str, *, reason: str = "") -> list[tuple[int, bool]]:
    """Mark what these suggestions point at, as `editor`. Gives (number, whether it is new) of each mark.

    `reason`: a code for all of them; without one each gets the one that its kind suggests. Suggestions in file names
    have no place in a document and give no mark. Raises InputError for an unknown editor or reason.
    """
    wanted = sorted((one for one in suggestions if one.unit != NAME), key=lambda one: (one.item, one.row, one.unit))
    reasons = desk.archive.settings.review.reasons
    asked = [
        Wishes(
            item, row, tuple(_wish(one, reason or reason_for(one.kind, one.rule, reasons)) for one in group), (editor,)
        )
        for (item, row), group in groupby(wanted, key=lambda one: (one.item, one.row))
    ]
    return desk.say_marks(asked) if asked else []


def _wish(one: Suggestion, reason: str) -> Wish:
    where = f" {one.entry}" if one.entry else ""
    return Wish(Span(one.unit, one.start, one.end), reason, note=f"suggested: {one.kind}{where}, {one.rule}")
