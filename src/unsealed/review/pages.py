"""Which pages of a document may be shown as pictures, and which parts of them editors fill by hand.

Takes an open archive; gives what two editors agreed on. A picture shows more than its words: handwriting, stamps,
faces. So nobody's clearing of the words shows a page: two editors must have said so of this very page, as the reading
that is sealed has it. Words that are withheld are filled by themselves; a box is for what no unit says, and for words
whose place on the page is not known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import NamedTuple

from unsealed.archive import Archive
from unsealed.archive.records import StoredDecision
from unsealed.errors import InputError
from unsealed.model import Reading
from unsealed.review.audit import utc_now
from unsealed.review.events import BoxSaid, BoxVoteSaid, PageSaid, decode, encode
from unsealed.review.file import check_editor, check_reason
from unsealed.review.rules import CLEARED, Rules
from unsealed.review.state import Decided, Verdict

FULL = 1000  # thousandths: the whole width or height of a page
NOWHERE = (0, 0, 0, 0)  # of a box: the words of its unit do not stand in the picture
_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")

Edges = tuple[int, int, int, int]


class BoxState(NamedTuple):
    """A box and what it amounts to. `edges`: left, top, right, bottom in thousandths of the page."""

    number: int
    row: int
    page: int
    unit: int
    edges: Edges
    reason: str
    decided: Decided
    accepted_by: tuple[str, ...]
    rejected_by: tuple[str, ...]


class PageState(NamedTuple):
    """A page that somebody spoke of. `decided`: accepted, it may be shown; open, somebody still has to agree."""

    page: int
    decided: Decided
    shown_by: tuple[str, ...]
    hidden_by: tuple[str, ...]


class PagesState(NamedTuple):
    """Everything that was said of the pictures of one reading. `elsewhere`: pages shown for another reading only."""

    pages: tuple[PageState, ...] = ()
    boxes: tuple[BoxState, ...] = ()
    elsewhere: tuple[int, ...] = ()

    @property
    def shown(self) -> tuple[int, ...]:
        """The pages that may be shown."""
        return tuple(one.page for one in self.pages if one.decided == "accepted")

    @property
    def open(self) -> tuple[str, ...]:
        """What still waits for an editor, in words."""
        waiting = [f"page {one.page}" for one in self.pages if one.decided == "open"]
        return (*waiting, *[f"box b{one.number}" for one in self.boxes if one.decided == "open"])


NOTHING = PagesState()


class PageDesk:
    """Where editors speak of pages. `now` gives the time that is written beside each word."""

    def __init__(self, archive: Archive, *, now: Callable[[], str] = utc_now) -> None:
        self.archive = archive
        self._settings = archive.settings.review
        self._rules = Rules(self._settings)
        self._now = now

    def state(self, item: int, row: int | None = None) -> PagesState:
        """What was said of the pages of an item for its reading `row` (None: the current one)."""
        row = self.archive.current_row(item) if row is None else row
        return pages_state(self.archive.decisions(item), row, self._rules)

    def show(self, item: int, pages: Iterable[int], editor: str, verdict: Verdict = "accept") -> PagesState:
        """Say that pages of the current reading may be shown as pictures (or must not). Safe to repeat.

        Raises InputError for an unknown editor, and for a page that the document does not have.
        """
        self._check(editor)
        row = self.archive.current_row(item)
        wanted = sorted(set(pages))
        _check_pages(wanted, self.archive.reading(row).reading)
        said = {one.page: one for one in self.state(item, row).pages}
        new = [page for page in wanted if editor not in _side(said.get(page), verdict)]
        lines = [(item, editor, encode(PageSaid(self._now(), row, page, verdict))) for page in new]
        if lines:
            self.archive.add_decisions(lines)
        return self.state(item, row)

    def box(self, item: int, page: int, edges: Edges, editor: str, *, reason: str, unit: int = -1) -> int:
        """Place a box; who places it agrees. Gives its number, that of the old one where it stood.

        `edges`: thousandths of the page, or `NOWHERE` for a unit whose words are not in the picture. Raises InputError.
        """
        check_editor(editor, self._settings)
        self._rules.check_may(editor, "mark")
        check_reason(reason, self._settings)
        row = self.archive.current_row(item)
        reading = self.archive.reading(row).reading
        _check_pages([page], reading)
        _check_edges(edges, unit, reading)
        for one in self.state(item, row).boxes:
            if (one.page, one.unit, one.edges, one.reason) == (page, unit, edges, reason):
                if editor in self._rules.deciders:
                    self.decide(one.number, editor, "accept")
                return one.number
        said = BoxSaid(self._now(), row, page, unit, edges, reason)
        return self.archive.add_decisions([(item, editor, encode(said))])[0]

    def decide(self, number: int, editor: str, verdict: Verdict) -> PagesState:
        """Agree with a box, or not. Raises InputError for an unknown box or editor."""
        self._check(editor)
        found = next((one for one in self.archive.decisions() if one.id == number), None)
        if found is None or not isinstance(decode(found.payload), BoxSaid):
            raise InputError(f"There is no box b{number}.", remedy="`unsealed review pages DOCUMENT` lists them.")
        standing = next((one for one in self.state(found.item).boxes if one.number == number), None)
        side = (standing.accepted_by if verdict == "accept" else standing.rejected_by) if standing else ()
        if editor not in side:
            self.archive.add_decisions([(found.item, editor, encode(BoxVoteSaid(self._now(), number, verdict)))])
        return self.state(found.item)

    def _check(self, editor: str) -> None:
        check_editor(editor, self._settings)
        self._rules.check_may(editor, "decide")


def _side(state: PageState | None, verdict: Verdict) -> tuple[str, ...]:
    if state is None:
        return ()
    return state.shown_by if verdict == "accept" else state.hidden_by


def pages_of(reading: Reading) -> tuple[int, ...]:
    """The numbers of the pages of a reading; none where it has no pages."""
    return tuple(sorted({unit.page for unit in reading.units if unit.page > 0}))


def _check_pages(wanted: Sequence[int], reading: Reading) -> None:
    known = pages_of(reading)
    for page in wanted:
        if page not in known:
            what = f"it has pages 1 to {known[-1]}" if known else "it has no pages"
            raise InputError(f"The document has no page {page}: {what}.", remedy="`unsealed review pages` lists them.")


def _check_edges(edges: Edges, unit: int, reading: Reading) -> None:
    left, top, right, bottom = edges
    if not -1 <= unit < len(reading.units):
        raise InputError(f"There is no unit {unit}.", remedy="`unsealed review show` prints the units.")
    if edges == NOWHERE and unit >= 0:
        return
    if not (0 <= left < right <= FULL and 0 <= top < bottom <= FULL):
        raise InputError(
            "That is no box on a page.",
            remedy="Give left,top,right,bottom in thousandths of the page, from its top left: 0,0,1000,1000 is all.",
        )


def parse_edges(text: str) -> Edges:
    """`120,80,500,130` as edges. Raises InputError."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != len(NOWHERE) or not all(part.isascii() and part.isdecimal() for part in parts):
        raise InputError("A box is four numbers.", remedy="For example --box 120,80,500,130: left,top,right,bottom.")
    left, top, right, bottom = (min(int(part), FULL + 1) for part in parts)
    return left, top, right, bottom


def parse_pages(text: str, known: Sequence[int]) -> list[int]:
    """`1,3-5` or `all` as page numbers. Raises InputError."""
    if text.strip().lower() == "all":
        return list(known)
    found: list[int] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first or last - first > max(known, default=0):
            raise InputError("Pages are written as 1,3-5 or `all`.", remedy="`unsealed review pages` lists them.")
        found += range(first, last + 1)
    return found


def pages_state(stored: Sequence[StoredDecision], row: int, rules: Rules) -> PagesState:
    """What the words of one item, in their order, amount to for its reading `row`. Pure."""
    pages: dict[int, dict[str, Verdict]] = {}
    boxes: dict[int, BoxSaid] = {}
    votes: dict[int, dict[str, Verdict]] = {}
    elsewhere: set[int] = set()
    for one in stored:
        said = decode(one.payload)
        if isinstance(said, PageSaid) and one.editor in rules.deciders:
            if said.row == row:
                pages.setdefault(said.page, {})[one.editor] = said.verdict
            elif said.verdict == "accept":
                elsewhere.add(said.page)
        elif isinstance(said, BoxSaid) and said.row == row:
            boxes[one.id] = said
            votes[one.id] = {one.editor: "accept"}
        elif isinstance(said, BoxVoteSaid) and said.box in boxes:
            votes[said.box][one.editor] = said.verdict
    if not (pages or boxes or elsewhere):
        return NOTHING
    return PagesState(
        tuple(_page(page, said, rules) for page, said in sorted(pages.items())),
        tuple(_box(number, one, votes[number], rules) for number, one in sorted(boxes.items())),
        tuple(sorted(elsewhere - pages.keys())),
    )


def _page(page: int, said: dict[str, Verdict], rules: Rules) -> PageState:
    """To show a page is to say that nothing more of it need be withheld: the rules for clearings hold."""
    shown, hidden = _sides(said, rules.deciders)
    decided: Decided = "open"
    if rules.enough(CLEARED, shown):
        decided = "accepted"
    elif hidden:  # one who says no is enough: nothing is lost by a page that is not shown
        decided = "rejected"
    return PageState(page, decided, shown, hidden)


def _box(number: int, said: BoxSaid, votes: dict[str, Verdict], rules: Rules) -> BoxState:
    accepted, rejected = _sides(votes, rules.deciders)
    decided: Decided = "open"
    if rules.enough(said.reason, accepted):
        decided = "accepted"
    elif rules.enough(said.reason, rejected):
        decided = "rejected"
    return BoxState(number, said.row, said.page, said.unit, said.edges, said.reason, decided, accepted, rejected)


def _sides(said: dict[str, Verdict], editors: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    counted = {editor: verdict for editor, verdict in said.items() if editor in editors}
    accepted = sorted(editor for editor, verdict in counted.items() if verdict == "accept")
    return tuple(accepted), tuple(sorted(counted.keys() - set(accepted)))
