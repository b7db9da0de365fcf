"""Names of documents: every form finds what it names, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.review.small_archive import add, cable, make_archive
from unsealed.archive import Archive, NewItem
from unsealed.errors import InputError
from unsealed.model import Reading, Unit
from unsealed.review.references import resolve

PAGE = Reading("text", "text", 1, (Unit("text", "page"),))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with make_archive(tmp_path / "a") as opened:
        add(opened, cable(1, "One."), cable(1, "Again."), cable(2, "Two."))
        growth = opened.grow()
        box = growth.add_item(NewItem(0, 0, 0, "in/desk.mbox", -1, -1, b"b" * 32, 9, "container", "mbox"))
        growth.commit()
        mails = add(opened, cable(3, "Three."), cable(4, "Four."), path="mail", parent=box)
        add(opened, PAGE, PAGE, path="page", parent=mails[1])
        yield opened


@pytest.mark.parametrize(
    ("reference", "items"),
    [
        ("03VEREN2", [3]),
        ("03VEREN0002", [3]),
        ("03VEREN1", [1, 2]),
        ("in/doc2.txt", [3]),
        ("doc2.txt", [3]),
        ("3", [3]),
        ("in/desk.mbox#2", [6]),
        ("desk.mbox#2#1", [7]),
        ("desk.mbox#2#2", [8]),
        ("03VEREN4#2", [8]),
    ],
)
def test_every_form(archive: Archive, reference: str, items: list[int]) -> None:
    assert [item.id for item in resolve(archive, reference)] == items


@pytest.mark.parametrize(
    "reference", ["03VEREN9", "nowhere.txt", "99", "desk.mbox#3", "desk.mbox#0", "03VEREN4#3", "desk.mbox#x", "#1", ""]
)
def test_what_fits_nothing(archive: Archive, reference: str) -> None:
    with pytest.raises(InputError, match="not in the archive"):
        resolve(archive, reference)


def test_a_container_as_a_whole(archive: Archive) -> None:
    with pytest.raises(InputError, match="whole container"):
        resolve(archive, "in/desk.mbox")
