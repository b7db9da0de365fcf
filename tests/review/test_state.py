"""Two different editors, or nothing is decided."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unsealed.config import ReviewSettings
from unsealed.review.rules import Rules
from unsealed.review.state import MarkRecord, Verdict, Vote, document_state

ITEM = 7
RULES = Rules(ReviewSettings(editors=("a", "b", "c", "d")))


def mark(number: int, unit: int = 0) -> MarkRecord:
    return MarkRecord(number, ITEM, 1, unit, -1, -1, "private")


def votes(*said: tuple[int, str, Verdict]) -> list[Vote]:
    return [Vote(n, ITEM, on, editor, verdict, "2020-01-01T00:00:00Z") for n, (on, editor, verdict) in enumerate(said)]


def state(marks: list[MarkRecord], *said: tuple[int, str, Verdict]) -> str:
    return document_state(ITEM, marks, votes(*said), rules=RULES).standing


def test_one_editor_decides_nothing() -> None:
    assert state([mark(1)], (1, "a", "accept")) == "undecided"
    assert state([mark(1)], (1, "a", "accept"), (1, "a", "accept")) == "undecided"


def test_two_editors_decide_but_a_document_needs_clearing_too() -> None:
    said: list[tuple[int, str, Verdict]] = [(1, "a", "accept"), (1, "b", "accept")]
    assert state([mark(1)], *said) == "uncleared"
    assert state([mark(1)], *said, (0, "a", "accept")) == "uncleared"
    assert state([mark(1)], *said, (0, "a", "accept"), (0, "b", "accept")) == "ready"


def test_clearing_does_not_hide_an_open_mark() -> None:
    assert state([mark(1)], (0, "a", "accept"), (0, "b", "accept"), (1, "a", "accept")) == "undecided"


def test_an_editor_may_change_his_mind_and_the_newest_word_counts() -> None:
    assert state([mark(1)], (1, "a", "accept"), (1, "b", "accept"), (1, "b", "reject")) == "undecided"
    assert state([], (0, "a", "accept"), (0, "b", "accept"), (0, "b", "reject")) == "uncleared"


def test_where_two_stand_on_each_side_the_words_stay_withheld() -> None:
    said: list[tuple[int, str, Verdict]] = [(1, "a", "accept"), (1, "b", "reject"), (1, "c", "reject")]
    assert document_state(ITEM, [mark(1)], votes(*said), rules=RULES).marks[0].decided == "rejected"
    said.append((1, "d", "accept"))
    assert document_state(ITEM, [mark(1)], votes(*said), rules=RULES).marks[0].decided == "accepted"


def test_a_withheld_document() -> None:
    assert state([mark(1, unit=-1)], (1, "a", "accept"), (1, "b", "accept")) == "withheld"


def test_nobody_looked() -> None:
    assert state([]) == "untouched"


SAID = st.tuples(st.integers(0, 2), st.sampled_from("abc"), st.sampled_from(["accept", "reject"]))


@given(st.lists(SAID, max_size=12))
def test_ready_needs_two_editors_who_stand_for_it(said: list[tuple[int, str, Verdict]]) -> None:
    found = document_state(ITEM, [mark(1), mark(2)], votes(*said), rules=RULES)
    last = {(on, editor): verdict for on, editor, verdict in said}
    for decided in found.marks:
        standing = sum(last.get((decided.mark.number, editor)) == "accept" for editor in "abc")
        assert (decided.decided == "accepted") == (standing >= 2)
    if found.standing == "ready":
        assert not found.open
        assert sum(last.get((0, editor)) == "accept" for editor in "abc") >= 2


def test_a_clearing_counts_for_the_reading_that_was_read() -> None:
    both = [Vote(n, ITEM, 0, editor, "accept", "", 3) for n, editor in enumerate("ab")]
    assert document_state(ITEM, [], both, rules=RULES, row=3).standing == "ready"
    found = document_state(ITEM, [], both, rules=RULES, row=4)
    assert (found.standing, found.elsewhere) == ("uncleared", ("a", "b"))


def test_a_clearing_taken_back_on_another_reading_does_not_stand() -> None:
    said = [Vote(1, ITEM, 0, "a", "accept", "", 3), Vote(2, ITEM, 0, "b", "accept", "", 3)]
    said.append(Vote(3, ITEM, 0, "b", "reject", "", 4))
    assert document_state(ITEM, [], said, rules=RULES, row=3).standing == "uncleared"


def test_votes_of_former_editors_do_not_count() -> None:
    both = votes((1, "a", "accept"), (1, "b", "accept"), (0, "a", "accept"), (0, "b", "accept"))
    found = document_state(ITEM, [mark(1)], both, rules=Rules(ReviewSettings(editors=("b", "c"))))
    assert (found.standing, found.former) == ("undecided", ("a",))
