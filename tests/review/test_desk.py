"""Marks and votes survive, count once, and need two different people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.review.small_archive import EDITORS, add, add_unread, cable, make_archive
from unsealed.archive import Archive, encode_reading
from unsealed.errors import InputError
from unsealed.review.desk import Desk
from unsealed.review.finding import Span

ANA, JONAS, MIRA = EDITORS


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with make_archive(tmp_path / "a") as archive:
        add(archive, cable(1, "Karl Ott came."), cable(2, "Nobody came."))
        yield Desk(archive, now=lambda: "2026-01-02T03:04:05Z")


def test_marking_is_one_vote_and_a_second_editor_decides(desk: Desk) -> None:
    [number] = desk.mark(1, 1, [Span(4, 7, 15)], "private", ANA)
    assert desk.state(1).standing == "undecided"
    assert desk.decide(number, JONAS, "accept").standing == "uncleared"
    desk.clear(1, ANA)
    assert desk.clear(1, JONAS).standing == "ready"
    assert [mark.number for mark in desk.state(1).accepted] == [number]


def test_the_same_editor_twice_is_one_editor(desk: Desk) -> None:
    [number] = desk.mark(1, 1, [Span(4, 7, 15)], "private", ANA)
    assert desk.decide(number, ANA, "accept").standing == "undecided"
    desk.clear(2, ANA)
    assert desk.clear(2, ANA).standing == "uncleared"


def test_saying_it_again_stores_nothing(desk: Desk) -> None:
    for _ in range(3):
        [number] = desk.mark(1, 1, [Span(4, 7, 15)], "private", ANA)
        desk.decide(number, JONAS, "accept")
        desk.clear(1, MIRA)
    assert [one.editor for one in desk.archive.decisions()] == [ANA, "unsealed.toml", JONAS, MIRA]


def test_another_reason_is_another_mark(desk: Desk) -> None:
    first = desk.mark(1, 1, [Span(4, 7, 15)], "private", ANA)
    assert desk.mark(1, 1, [Span(4, 7, 15)], "source", ANA) != first


def test_everything_is_there_after_opening_again(desk: Desk, tmp_path: Path) -> None:
    desk.mark(1, 1, [Span(4, 7, 15), Span(3, -1, -1)], "private", ANA)
    before = desk.state(1)
    desk.archive.close()
    with Archive.open(tmp_path / "a", write=True) as again:
        assert Desk(again).state(1) == before
        assert [state.item for state in Desk(again).states()] == [1]


@pytest.mark.parametrize(("reason", "editor"), [("nothing", ANA), ("private", "Nobody")])
def test_unknown_reasons_and_editors_are_refused(desk: Desk, reason: str, editor: str) -> None:
    with pytest.raises(InputError):
        desk.mark(1, 1, [Span(4, 7, 15)], reason, editor)
    assert desk.archive.decisions() == []


def test_an_unknown_mark_is_refused(desk: Desk) -> None:
    desk.clear(1, ANA)
    for number in (1, 99):
        with pytest.raises(InputError, match="no mark"):
            desk.decide(number, JONAS, "accept")


def test_allowances_need_two_editors(desk: Desk) -> None:
    desk.allow("Foreign  Ministry", "an ordinary word", ANA)
    desk.allow("Foreign  Ministry", "an ordinary word", ANA)
    assert desk.allowed() == []
    desk.allow("foreign ministry", "an ordinary word", JONAS)
    assert desk.allowed() == ["foreign ministry"]
    assert list(desk.states()) == []


def test_a_new_reading_is_not_cleared(desk: Desk) -> None:
    for editor in (ANA, JONAS):
        desk.clear(1, editor)
    assert desk.state(1).standing == "ready"
    reading = cable(1, "Karl Ott came, and told us who had sent him.")
    growth = desk.archive.grow()
    growth.add_reading(1, reading, encode_reading(reading))
    growth.commit()
    assert desk.state(1).standing == "uncleared"
    assert desk.state(1, row=1).standing == "ready"


def test_what_nobody_could_read_nobody_can_clear(desk: Desk) -> None:
    item = add_unread(desk.archive)
    with pytest.raises(InputError, match="could not be read"):
        desk.clear(item, ANA)
    assert desk.archive.decisions() == []


def test_a_former_editor_allows_nothing(desk: Desk, tmp_path: Path) -> None:
    for editor in (ANA, JONAS):
        desk.allow("ministry", "an ordinary word", editor)
    desk.archive.close()
    settings = tmp_path / "a" / "unsealed.toml"
    settings.write_text(settings.read_text().replace(f'"{JONAS}", ', ""))
    with Archive.open(tmp_path / "a", write=True) as again:
        assert Desk(again).allowed() == []
