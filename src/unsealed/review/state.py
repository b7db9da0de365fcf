"""What the marks and votes on a document amount to. Pure: records in, a state out.

The rules, which `docs/decisions/0070-two-editors.md` gives reasons for:

* marking is voting: who makes a mark has accepted it;
* of each editor only the newest vote on a thing counts, and only while the settings name that editor;
* a clearing counts for the one reading that was read: another reading of the same bytes nobody has seen yet;
* who is enough, `rules` say. A mark is *accepted* once enough accept it, *rejected* once enough reject it and fewer
  than `editors_needed` accept it; until then it is *open*. Where enough stand on both sides it stays withheld;
* a mark that an accepted one supersedes no longer counts (docs/decisions/0142-a-change-is-a-new-mark.md);
* a document is *ready* when no mark on it is open and enough different editors have said that there is nothing,
  or nothing more, to withhold; it is *withheld* when a mark on the whole document is accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import msgspec

from unsealed.review.rules import CLEARED, Rules

Verdict = Literal["accept", "reject"]
Decided = Literal["accepted", "rejected", "open", "superseded"]
Standing = Literal["ready", "withheld", "undecided", "uncleared", "untouched"]

_Newest = dict[int, dict[str, Verdict]]  # what each editor said last, by mark: a document may have thousands

WHOLE = -1  # of `unit`: the whole document; of `start` and `end`: the whole unit


class MarkRecord(msgspec.Struct, frozen=True):
    """A mark as it is stored: `number` names it (`m12`), `row` is the reading whose units and offsets it counts."""

    number: int
    item: int
    row: int
    unit: int
    start: int
    end: int
    reason: str
    rule: str = ""  # "coarsen" where the mark hides the tail of a value
    note: str = ""
    supersedes: int = 0  # the mark that this one replaces once it is accepted
    says: str = ""  # the publisher's words that stand beside the marker: "a member of parliament"

    @property
    def code(self) -> str:
        """The code of its line in a release's table of reasons: a mark that says something has a line of its own."""
        return row_code(self.reason, self.says)


def row_code(reason: str, says: str) -> str:
    """The code of a line of reasons: `source`, or with words beside the marker `source:a-member-of-parliament`."""
    return f"{reason}:{'-'.join(says.split())}" if says else reason


class Vote(msgspec.Struct, frozen=True):
    """What one editor said, when: about a mark, or (mark 0) that nothing more of the document need be withheld."""

    number: int
    item: int
    mark: int
    editor: str
    verdict: Verdict
    at: str  # UTC, ISO 8601
    row: int = 0  # of mark 0: the reading that was cleared


class MarkState(NamedTuple):
    """A mark with what it amounts to, and the editors who stand for and against it."""

    mark: MarkRecord
    decided: Decided
    accepted_by: tuple[str, ...]
    rejected_by: tuple[str, ...]
    marked_by: tuple[str, ...] = ()  # who asked for it, but may not decide


class DocumentState(NamedTuple):
    """A document with what its marks and votes amount to."""

    item: int
    standing: Standing
    marks: tuple[MarkState, ...]
    cleared_by: tuple[str, ...]
    former: tuple[str, ...] = ()  # whose votes stand here but no longer count: they are no editors any more
    elsewhere: tuple[str, ...] = ()  # who cleared another reading of this document

    @property
    def accepted(self) -> tuple[MarkRecord, ...]:
        """The marks that are decided to be withheld."""
        return tuple(state.mark for state in self.marks if state.decided == "accepted")

    @property
    def open(self) -> tuple[MarkRecord, ...]:
        """The marks that two editors have not agreed on yet."""
        return tuple(state.mark for state in self.marks if state.decided == "open")


def document_state(
    item: int,
    marks: Sequence[MarkRecord],
    votes: Iterable[Vote],
    *,
    rules: Rules,
    row: int | None = None,
) -> DocumentState:
    """The state of one document. `marks` and `votes` are all of that item, votes in the order they were given.

    Only votes of people who may decide by `rules` count, and only clearings of reading `row` (None: of any).
    """
    newest: _Newest = {}
    former: set[str] = set()
    elsewhere: set[str] = set()
    marked_by: dict[int, set[str]] = {}
    for vote in votes:
        if vote.editor not in rules.editors:
            former.add(vote.editor)
        elif vote.editor not in rules.deciders:
            marked_by.setdefault(vote.mark, set()).add(vote.editor)
        elif vote.mark == 0 and row is not None and vote.row != row:
            newest.get(0, {}).pop(vote.editor, None)
            elsewhere.add(vote.editor)
        else:
            newest.setdefault(vote.mark, {})[vote.editor] = vote.verdict
    states = _superseded([_mark_state(mark, newest, marked_by, rules) for mark in marks])
    cleared_by = _editors(newest, 0, "accept")
    touched = bool(any(newest.values()) or former or elsewhere)
    standing = _standing(states, touched, rules.enough(CLEARED, cleared_by))
    elsewhere -= set(cleared_by)
    return DocumentState(item, standing, states, cleared_by, tuple(sorted(former)), tuple(sorted(elsewhere)))


def _editors(newest: _Newest, mark: int, verdict: Verdict) -> tuple[str, ...]:
    return tuple(sorted(editor for editor, said in newest.get(mark, {}).items() if said == verdict))


def _mark_state(mark: MarkRecord, newest: _Newest, marked_by: dict[int, set[str]], rules: Rules) -> MarkState:
    accepted_by = _editors(newest, mark.number, "accept")
    rejected_by = _editors(newest, mark.number, "reject")
    decided: Decided = "open"
    if rules.enough(mark.reason, accepted_by):
        decided = "accepted"
    elif rules.enough(mark.reason, rejected_by) and len(accepted_by) < rules.least:
        decided = "rejected"
    return MarkState(mark, decided, accepted_by, rejected_by, tuple(sorted(marked_by.get(mark.number, ()))))


def _superseded(states: Sequence[MarkState]) -> tuple[MarkState, ...]:
    """A mark that an accepted one replaces no longer counts, whatever was said of it; it does where that one falls."""
    replaced = {state.mark.supersedes for state in states if state.decided == "accepted"}
    return tuple(state._replace(decided="superseded") if state.mark.number in replaced else state for state in states)


def _standing(states: Sequence[MarkState], touched: bool, cleared: bool) -> Standing:
    if any(state.decided == "accepted" and state.mark.unit == WHOLE for state in states):
        return "withheld"
    if any(state.decided == "open" for state in states):
        return "undecided"
    if cleared:
        return "ready"
    return "uncleared" if touched or states else "untouched"
