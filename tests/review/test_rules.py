"""Who may decide what: roles, rules, two different people always; and the state of a document under any of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed.archive import Archive
from unsealed.config import LEAST_PEOPLE, ReviewSettings, RoleSettings, RuleSettings, parse_settings
from unsealed.errors import InputError, SetupError
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.review.finding import Span
from unsealed.review.rules import ALLOWED, CLEARED, Missing, Rules
from unsealed.review.state import MarkRecord, Verdict, Vote, document_state

ANA, JONAS, MIRA = EDITORS
PEOPLE = ("ana", "bo", "cy", "di")
TEAM = ReviewSettings(
    editors=PEOPLE,
    roles=(
        RoleSettings("marker", ("di",), ("mark",)),
        RoleSettings("legal", ("cy",)),
        RoleSettings("watcher", ("bo",), ("decide",)),
    ),
    rules=(RuleSettings("source", 2, ("legal",)), RuleSettings("safety", 3), RuleSettings(CLEARED, 2, ("legal",))),
)


@pytest.mark.parametrize(
    ("subject", "people", "missing"),
    [
        ("private", ["ana", "bo"], Missing(0, ())),
        ("private", ["ana"], Missing(1, ())),
        ("private", ["ana", "di"], Missing(1, ())),
        ("private", ["ana", "ana"], Missing(1, ())),
        ("source", ["ana", "bo"], Missing(1, ("legal",))),
        ("source", ["ana", "cy"], Missing(0, ())),
        ("safety", ["ana", "cy"], Missing(1, ())),
        (CLEARED, [], Missing(2, ("legal",))),
        (ALLOWED, ["ana", "bo"], Missing(0, ())),
    ],
)
def test_what_is_missing(subject: str, people: list[str], missing: Missing) -> None:
    assert Rules(TEAM).missing(subject, people) == missing
    assert Rules(TEAM).enough(subject, people) == (missing == (0, ()))


def test_who_may_do_what() -> None:
    rules = Rules(TEAM)
    for editor, act in (("di", "mark"), ("ana", "mark"), ("ana", "decide"), ("bo", "decide"), ("cy", "mark")):
        rules.check_may(editor, act)  # type: ignore[arg-type]
    for editor, act in (("di", "decide"), ("bo", "mark"), ("nobody", "mark")):
        with pytest.raises(InputError, match=f"may not {act}"):
            rules.check_may(editor, act)  # type: ignore[arg-type]
    assert rules.roles_of("cy") == ("legal",)
    assert rules.helps("source", ["ana", "bo"], "cy")
    assert not rules.helps("source", ["ana", "cy"], "bo")
    assert not rules.helps("source", ["ana"], "di")


SETTINGS = """
[review]
editors = ["ana", "bo", "cy"]
{0}
"""


@pytest.mark.parametrize(
    "lines",
    [
        '[[review.roles]]\nname = "legal"\npeople = ["zoe"]',
        '[[review.roles]]\nname = ""\npeople = ["ana"]',
        '[[review.roles]]\nname = "a"\npeople = []\n[[review.roles]]\nname = "a"\npeople = []',
        '[[review.rules]]\nsubject = "nothing"',
        '[[review.rules]]\nsubject = "source"\npeople = 1',
        '[[review.rules]]\nsubject = "source"\npeople = 4',
        '[[review.rules]]\nsubject = "source"\nroles = ["legal"]',
        '[[review.rules]]\nsubject = "*"\nroles = ["m"]\n[[review.roles]]\nname="m"\npeople=["ana"]\nmay=["mark"]',
        '[[review.roles]]\nname = "m"\npeople = ["ana"]\nmay = ["rule"]',
    ],
)
def test_settings_that_nobody_could_keep_are_refused(lines: str) -> None:
    with pytest.raises(SetupError):
        parse_settings(SETTINGS.format(lines))


def test_settings_that_can_be_kept() -> None:
    lines = '[[review.rules]]\nsubject = "*"\nroles = ["legal"]\npeople = 3\n'
    lines += '[[review.roles]]\nname = "legal"\npeople = ["bo"]'
    rules = Rules(parse_settings(SETTINGS.format(lines)).review)
    assert rules.missing("other", ["ana", "cy"]) == Missing(1, ("legal",))


SAID = st.tuples(st.integers(0, 3), st.sampled_from([*PEOPLE, "gone"]), st.sampled_from(["accept", "reject"]))
RULES = st.lists(
    st.builds(
        RuleSettings,
        st.sampled_from(["private", "*", CLEARED]),
        st.integers(2, 4),
        st.sampled_from([(), ("legal",), ("legal", "watcher")]),
    ),
    max_size=2,
)


@given(st.lists(SAID, max_size=24), RULES, st.lists(st.integers(0, 2), min_size=3, max_size=3))
def test_nothing_is_ever_decided_by_fewer_than_two_people(
    said: list[tuple[int, str, Verdict]], lines: list[RuleSettings], replaced: list[int]
) -> None:
    rules = Rules(ReviewSettings(editors=PEOPLE, roles=TEAM.roles, rules=tuple(lines)))
    marks = [
        MarkRecord(n, 7, 1, n, -1, -1, "private", supersedes=old if old < n else 0) for n, old in enumerate(replaced, 1)
    ]
    votes = [Vote(n, 7, on, editor, verdict, "") for n, (on, editor, verdict) in enumerate(said)]
    found = document_state(7, marks, votes, rules=rules)
    last = {(on, editor): verdict for on, editor, verdict in said if editor in rules.deciders}
    for one in found.marks:
        number = one.mark.number
        for_it = {editor for (on, editor), verdict in last.items() if on == number and verdict == "accept"}
        against = {editor for (on, editor), verdict in last.items() if on == number and verdict == "reject"}
        if one.decided == "accepted":
            assert len(for_it) >= LEAST_PEOPLE
            assert rules.enough("private", for_it)
        if one.decided == "rejected":
            assert len(against) >= LEAST_PEOPLE
            assert len(for_it) < LEAST_PEOPLE
        if one.decided == "superseded":
            [after] = [other for other in found.marks if other.mark.supersedes == number and other.decided != "open"][
                :1
            ]
            assert rules.enough("private", after.accepted_by)
    if found.standing == "ready":
        cleared = {editor for (on, editor), verdict in last.items() if on == 0 and verdict == "accept"}
        assert rules.enough(CLEARED, cleared)
        assert not found.open


def with_roles(path: Path, lines: str) -> Archive:
    make_archive(path).close()
    settings = path / "unsealed.toml"
    settings.write_text(settings.read_text() + lines)
    archive = Archive.open(path, write=True)
    add(archive, cable(1, "Karl Ott came."), cable(2, "Nobody came."))
    return archive


MARKER = f'\n[[review.roles]]\nname = "marker"\npeople = ["{MIRA}"]\nmay = ["mark"]\n'


def test_a_marker_marks_and_two_others_decide(tmp_path: Path) -> None:
    with with_roles(tmp_path / "a", MARKER) as archive:
        desk = Desk(archive)
        [number] = desk.mark(1, 1, [Span(4, 7, 15)], "private", MIRA)
        for call in (
            lambda: desk.decide(number, MIRA, "accept"),
            lambda: desk.clear(1, MIRA),
            lambda: desk.allow("x", "y", MIRA),
        ):
            with pytest.raises(InputError, match="may not decide"):
                call()
        desk.decide(number, ANA, "accept")
        assert desk.state(1).marks[0].decided == "open"
        assert desk.state(1).marks[0].marked_by == (MIRA,)
        desk.decide(number, JONAS, "accept")
        assert desk.state(1).marks[0].decided == "accepted"


def test_the_log_has_the_settings_under_which_things_were_said(tmp_path: Path) -> None:
    with with_roles(tmp_path / "a", "") as archive:
        desk = Desk(archive)
        desk.clear(1, ANA)
        desk.clear(2, ANA)
    settings = tmp_path / "a" / "unsealed.toml"
    settings.write_text(settings.read_text() + MARKER)
    with Archive.open(tmp_path / "a", write=True) as archive:
        Desk(archive).clear(1, JONAS)
        found = [one for one in audit.entries(archive) if one.what == "settings.review"]
        assert [one.number for one in found] == [2, 5]
        assert ["marker" in one.about["roles"] for one in found] == [False, True]


# --- a change is a new mark -------------------------------------------------------------------------------


def test_a_wider_mark_takes_the_place_of_the_old_once_two_agree(tmp_path: Path) -> None:
    with with_roles(tmp_path / "a", "") as archive:
        desk = Desk(archive)
        [old] = desk.mark(1, 1, [Span(4, 7, 11)], "private", ANA)
        desk.decide(old, JONAS, "accept")
        new = desk.replace(old, Span(4, 7, 15), ANA)
        assert [one.decided for one in desk.state(1).marks] == ["accepted", "open"]
        assert desk.replace(old, Span(4, 7, 15), ANA) == new
        desk.decide(new, MIRA, "accept")
        assert [one.decided for one in desk.state(1).marks] == ["superseded", "accepted"]
        assert [mark.number for mark in desk.state(1).accepted] == [new]
        with pytest.raises(InputError, match="superseded already"):
            desk.replace(old, Span(4, 0, 15), ANA)
        desk.decide(new, MIRA, "reject", why="too much")
        assert [one.decided for one in desk.state(1).marks] == ["accepted", "open"]
        assert [one.why for one in audit.entries(archive)][-1] == "too much"


def test_what_changes_nothing_is_no_change(tmp_path: Path) -> None:
    with with_roles(tmp_path / "a", "") as archive:
        desk = Desk(archive)
        [old] = desk.mark(1, 1, [Span(4, 7, 11)], "private", ANA)
        with pytest.raises(InputError, match="says already"):
            desk.replace(old, Span(4, 7, 11), JONAS)


@pytest.mark.parametrize("says", ["[x]", "a\nb", " a", "a  b", "x" * 81, "▮"])
def test_words_that_may_not_stand_beside_a_marker(tmp_path: Path, says: str) -> None:
    with with_roles(tmp_path / "a", "") as archive:
        desk = Desk(archive)
        [old] = desk.mark(1, 1, [Span(4, 7, 11)], "private", ANA)
        with pytest.raises(InputError, match="beside a marker"):
            desk.replace(old, Span(4, 7, 11), JONAS, says=says)
