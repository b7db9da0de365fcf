"""The table of reasons of one release: the lines of the settings, and a line for each role that stands beside a marker.

Takes an archive and the documents of a release; gives the table. A role ("a member of parliament") is words of the
publisher, so it stands where all such words stand: in the table that the editors sign. Its number is sealed in the
cut, so no mirror can put other words beside a marker (docs/decisions/0143-roles-are-reasons.md).
"""

from __future__ import annotations

from collections.abc import Iterable

from unsealed.archive import Archive
from unsealed.model import Reason
from unsealed.review.desk import Desk

FIRST_ROLE = 1 << 16  # the settings number theirs up to 65,535


def reasons_of(archive: Archive, items: Iterable[int]) -> tuple[Reason, ...]:
    """The table, by number. A role's number counts the roles of the archive in the order in which they were first
    asked for, so that it stays the same in every release; only roles that stand in these documents are in the table.
    """
    own = {reason.code: reason for reason in archive.settings.review.reasons}
    desk, wanted = Desk(archive), set(items)
    rows: dict[str, Reason] = {}
    for mark in desk.marks():
        if mark.says and mark.code not in rows and mark.reason in own:
            text = f"[{mark.says}] {own[mark.reason].text}"
            rows[mark.code] = Reason(FIRST_ROLE + len(rows), mark.code, text)
    used = {
        mark.code
        for state in (desk.states() if rows else ())
        if state.item in wanted
        for mark in state.accepted
    }  # fmt: skip
    return (*sorted(own.values(), key=lambda one: one.number), *(row for code, row in rows.items() if code in used))
