"""What waits for whom: the documents that are not decided yet, the most dangerous first.

Takes an open archive and the items that are asked about; gives a list in order, with who can bring each document on.
Reads the desk and the catalogue, writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from unsealed.archive import UNREADABLE, Archive
from unsealed.review.desk import Desk
from unsealed.review.rules import CLEARED, Rules
from unsealed.review.state import DocumentState, Standing


class Waiting(NamedTuple):
    """A document that waits. `risk` sorts; `open` are marks that are not decided; so many more `people` are needed, one
    of each of `roles` among them; `who` can bring it on now (nobody: the settings name too few people).
    """

    item: int
    name: str
    standing: Standing
    risk: float
    open: tuple[int, ...]
    people: int
    roles: tuple[str, ...]
    who: tuple[str, ...]


def queue(
    archive: Archive, items: Iterable[int], risks: Mapping[int, float] | None = None, *, editor: str = ""
) -> list[Waiting]:
    """The documents among `items` that wait, most dangerous first (`risks` by item), then in source order.

    `editor`: only those that this person can bring on. Documents that could not be read are not in it.
    """
    desk = Desk(archive)
    states = {state.item: state for state in desk.states()}
    wanted = set(items)
    summaries = [one for one in archive.summaries() if one.item in wanted and one.state not in UNREADABLE]
    found = []
    for one in summaries:
        state = states.get(one.item) or desk.state(one.item)
        waiting = _waiting(desk.rules, state, one.name, (risks or {}).get(one.item, 0.0))
        if waiting is not None and (not editor or editor in waiting.who):
            found.append(waiting)
    return sorted(found, key=lambda waiting: (-waiting.risk, _LATER[waiting.standing]))


def _waiting(rules: Rules, state: DocumentState, name: str, risk: float) -> Waiting | None:
    """What a document lacks; None where it is decided. Open marks come before the clearing."""
    if state.standing in ("ready", "withheld"):
        return None
    questions = [(one.mark.reason, one.accepted_by, one.rejected_by) for one in state.marks if one.decided == "open"]
    questions = questions or [(CLEARED, state.cleared_by, ())]
    lacks = [rules.missing(subject, accepted) for subject, accepted, _ in questions]
    who = {
        editor
        for subject, accepted, rejected in questions
        for editor in rules.editors
        if rules.helps(subject, accepted, editor) and editor not in rejected
    }
    return Waiting(
        item=state.item, name=name, standing=state.standing, risk=risk,
        open=tuple(mark.number for mark in state.open), people=max(lack.people for lack in lacks),
        roles=tuple(dict.fromkeys(role for lack in lacks for role in lack.roles)), who=tuple(sorted(who)),
    )  # fmt: skip


# Among documents of one risk: what somebody marked first, what nobody looked at last.
_LATER: dict[Standing, int] = {"undecided": 0, "uncleared": 1, "untouched": 2, "ready": 3, "withheld": 3}
