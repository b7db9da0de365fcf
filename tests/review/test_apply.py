"""`decisions.json`: every way to say what goes, the errors that name the entry, and applying it twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.review.small_archive import EDITORS, add, add_unread, cable, make_archive
from unsealed.errors import InputError
from unsealed.model import Field, Reading, Unit
from unsealed.review.apply import apply_decisions
from unsealed.review.desk import Desk

ANA, JONAS, MIRA = EDITORS
EVENT = Reading(
    "event",
    "event",
    1,
    (Unit("id", "K-1 "), Unit("coordinate", "38SMB4488 "), Unit("time", "17:05 ")),
    (Field("id", "K-1", (0,)),),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with make_archive(tmp_path / "a") as archive:
        add(
            archive,
            cable(1, "Karl Ott came.", "KARL\nOTT left."),
            cable(2, "Ott and a bottle.", subject="Karl Ott"),
            EVENT,
        )
        mail = add(archive, Reading("email", "eml", 1, (Unit("subject", "Hello\n"),)), path="in/mail")
        add(archive, Reading("text", "text", 1, (Unit("text", "From Ott"),)), path="list", parent=mail[0])
        yield Desk(archive)


def file(*decisions: dict[str, Any], **more: Any) -> bytes:
    entries = [{"reason": "private", "by": [ANA, JONAS], **entry} for entry in decisions]
    return json.dumps({"v": "unsealed-decisions/1", "editors": [ANA, JONAS], "decisions": entries, **more}).encode()


def hidden(desk: Desk, item: int) -> list[str]:
    units = desk.archive.reading(desk.archive.current_row(item)).reading.units
    found = []
    for mark in desk.state(item).accepted:
        text = units[mark.unit].text if mark.unit >= 0 else "ALL"
        found.append(text[mark.start : mark.end] if mark.start >= 0 else text)
    return found


def test_find_everywhere(desk: Desk) -> None:
    applied = apply_decisions(desk, file({"document": "*", "find": "ott"}))
    assert hidden(desk, 1) == ["Ott", "OTT"]
    assert hidden(desk, 2) == ["Ott", "Ott"]
    assert hidden(desk, 5) == ["Ott"]
    assert (applied.marks, applied.new, applied.documents, applied.nowhere) == (5, 5, 3, ())


@pytest.mark.parametrize("reference", ["03VEREN1", "03VEREN001", "in/doc0.txt", "1"])
def test_a_document_by_its_names(desk: Desk, reference: str) -> None:
    apply_decisions(desk, file({"document": reference, "find": "Karl Ott", "case": True}))
    assert hidden(desk, 1) == ["Karl Ott"]
    assert hidden(desk, 2) == []


def test_an_attachment_by_its_number(desk: Desk) -> None:
    apply_decisions(desk, file({"document": "in/mail0.txt#1", "whole": True}))
    assert desk.state(5).standing == "withheld"


def test_every_way(desk: Desk) -> None:
    decisions = [
        {"document": "03VEREN1", "span": "4:7-11"},
        {"document": "03VEREN2", "label": "tag", "reason": "source"},
        {"document": "03VEREN2", "unit": 1},
        {"document": "K-1", "coarsen": "coordinate", "keep": 1, "reason": "place"},
        {"document": "*", "coarsen": "time", "keep": 2, "note": "minutes"},
    ]
    assert apply_decisions(desk, file(*decisions)).nowhere == ()
    assert hidden(desk, 1) == ["Karl"]
    assert hidden(desk, 2) == ["PREL ", "2003-04-05\n"]
    assert hidden(desk, 3) == ["4", "8", ":05"]
    assert {mark.rule for mark in desk.state(3).accepted} == {"coarsen"}


def test_applying_twice_changes_nothing(desk: Desk) -> None:
    data = file({"document": "*", "find": "ott"}, cleared={"documents": "*", "by": [ANA, JONAS]},
                allowed=[{"text": "Karl", "reason": "a common name", "by": [ANA, JONAS]}])  # fmt: skip
    first = apply_decisions(desk, data)
    stored = desk.archive.decisions()
    second = apply_decisions(desk, data)
    assert desk.archive.decisions() == stored
    assert (first.new, second.new, second.marks) == (5, 0, 5)
    assert [state.standing for state in desk.states()] == ["ready"] * 5
    assert desk.allowed() == ["karl"]


def test_one_name_in_by_is_one_vote(desk: Desk) -> None:
    apply_decisions(desk, file({"document": "1", "find": "ott", "by": [ANA]}))
    assert desk.state(1).standing == "undecided"
    apply_decisions(desk, file({"document": "1", "find": "ott", "by": [MIRA]}))
    assert desk.state(1).standing == "uncleared"


def test_what_fits_nothing_is_reported(desk: Desk) -> None:
    applied = apply_decisions(desk, file({"document": "*", "find": "ott"}, {"document": "1", "find": "Xanadu"}))
    assert applied.nowhere == (2,)


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ({"document": "09NONE1", "find": "x"}, "entry 2"),
        ({"document": "*", "find": "x", "reason": "because"}, "entry 2"),
        ({"document": "*", "find": "x", "by": ["Nobody"]}, "entry 2"),
        ({"document": "*", "find": "x", "by": []}, "entry 2"),
        ({"document": "*"}, "entry 2"),
        ({"document": "*", "find": "x", "whole": True}, "entry 2"),
        ({"document": "*", "label": "nonsense"}, "entry 2"),
        ({"document": "*", "coarsen": "time"}, "entry 2"),
        ({"document": "1", "span": "4"}, "entry 2"),
        ({"document": "1", "span": "99:1-2"}, "entry 2"),
        ({"document": "1", "unit": 99}, "entry 2"),
        ({"document": "*", "find": " "}, "entry 2"),
        ({"document": "*", "fnid": "x"}, "another form"),
    ],
)
def test_mistakes_name_the_entry(desk: Desk, entry: dict[str, Any], names: str) -> None:
    with pytest.raises(InputError, match=names) as caught:
        apply_decisions(desk, file({"document": "1", "find": "came"}, entry))
    assert caught.value.remedy


def test_nothing_is_stored_when_the_file_is_wrong(desk: Desk) -> None:
    unknown_reason = file({"document": "1", "find": "x", "reason": "?"})
    unknown_document = file({"document": "1", "find": "came"}, {"document": "none", "find": "x"})
    for data in (b"[]", b"{", file().replace(b"decisions/1", b"decisions/9"), unknown_reason, unknown_document):
        with pytest.raises(InputError):
            apply_decisions(desk, data)
    assert desk.archive.decisions() == []


def test_unknown_names_in_cleared_are_refused(desk: Desk) -> None:
    with pytest.raises(InputError, match="document 2"):
        apply_decisions(desk, file(cleared={"documents": ["1", "zzz"], "by": [ANA]}))
    with pytest.raises(InputError, match="cleared"):
        apply_decisions(desk, file(cleared={"documents": "*", "by": ["X"]}))


def test_clearing_everything_leaves_out_what_nobody_could_read(desk: Desk) -> None:
    item = add_unread(desk.archive)
    applied = apply_decisions(desk, file(cleared={"documents": "*", "by": [ANA]}))
    assert applied.unread == 1
    assert desk.state(item).standing == "untouched"
    with pytest.raises(InputError, match="could not be read"):
        apply_decisions(desk, file(cleared={"documents": [str(item)], "by": [ANA]}))


@pytest.mark.parametrize("data", [b"\xff\xfe{}", b'{"v": "\xe9"}', b"[" * 100_000])
def test_a_file_that_is_no_text_is_refused_in_words(desk: Desk, data: bytes) -> None:
    with pytest.raises(InputError):
        apply_decisions(desk, data)


@pytest.mark.parametrize("reference", ["", " ", "#1", "/", "\u00a0"])
def test_an_empty_reference_names_nothing(desk: Desk, reference: str) -> None:
    with pytest.raises(InputError, match="entry 1"):
        apply_decisions(desk, file({"document": reference, "find": "came"}))


def test_an_unknown_label_lists_the_labels(desk: Desk) -> None:
    with pytest.raises(InputError) as caught:
        apply_decisions(desk, file({"document": "*", "label": "nonsense"}))
    assert "subject" in caught.value.remedy
