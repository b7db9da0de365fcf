"""Mail stores of Outlook: as many members as there are messages, twice counted; broken ones are lines, not losses."""

from __future__ import annotations

import os
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.ingest.outlook_files import Mail, Values
from tests.ingest.pst_files import Pst
from unsealed.ingest.extract import EXTRACTORS, extractor
from unsealed.ingest.extract import pst as module
from unsealed.ingest.extract.steps import Alive, Ask, Data, End, Fail, Member
from unsealed.ingest.mapi import ndb
from unsealed.ingest.readers import read
from unsealed.ingest.sniff import sniff


class Given(NamedTuple):
    """What an extractor gave: members with their bytes, failures by ordinal, the end."""

    members: list[tuple[Member, bytes]]
    failed: dict[int, str]
    end: End


def extracted(data: bytes, resume: int = 0, only: tuple[int, ...] = ()) -> Given:
    descriptor = os.memfd_create("store")
    try:
        os.write(descriptor, data)
        members: list[tuple[Member, bytearray]] = []
        failed: dict[int, str] = {}
        end = End(code="none")
        for step in extractor("pst")(descriptor, Ask("pst", len(data), resume, only)):
            if isinstance(step, Member):
                members.append((step, bytearray()))
            elif isinstance(step, Data):
                members[-1][1].extend(step.chunk)
            elif isinstance(step, Fail):
                failed[members[-1][0].ordinal] = step.code
            elif isinstance(step, End):
                assert end.code == "none", "one end"
                end = step
            else:
                assert isinstance(step, Alive)
        return Given([(member, bytes(body)) for member, body in members], failed, end)
    finally:
        os.close(descriptor)


def note(subject: str, **more: object) -> Values:
    return {0x001A: "IPM.Note", 0x0037: subject, 0x0C1A: "Ada", 0x0C1F: "ada@example.org", 0x1000: f"about {subject}"}


FILE: Values = {0x3705: 1, 0x3707: "plan.pdf", 0x370E: "application/pdf", 0x3701: b"%PDF" + os.urandom(20_000)}
BOB: Values = {0x0C15: 1, 0x3001: "Bob", 0x39FE: "bob@example.org"}
OLDER = Mail(note("older"), (BOB,), ((FILE, None),))


def store(crypt: int = 1) -> Pst:
    pst = Pst(crypt)
    inbox = pst.folder("Inbox")
    deep = pst.folder("Deeper", inbox)
    pst.message(Mail(note("first"), (BOB,), ((FILE, None), ({0x3705: 5, 0x3001: "older"}, OLDER))), inbox)
    pst.message(Mail({0x001A: "IPM.Contact", 0x3001: "Ada Quill"}), deep)
    pst.message(Mail(note("second") | {0x1000: "many words. " * 5_000}), deep)
    return pst


@pytest.mark.parametrize("crypt", [0, 1])
def test_every_message_is_a_member_and_two_readers_count_alike(crypt: int) -> None:
    data = store(crypt).write()
    form = sniff(data[:65_536], len(data))
    assert (form.id, form.packed) == ("pst", True) and "pst" in EXTRACTORS
    given_ = extracted(data)
    assert [member.name for member, _ in given_.members] == [
        "Inbox/first", "Inbox/Deeper/untitled", "Inbox/Deeper/second",
    ]  # fmt: skip
    assert [member.ordinal for member, _ in given_.members] == [1, 2, 3] and not given_.failed
    assert (given_.end.expected, given_.end.second, given_.end.code) == (3, 3, "")


def test_a_message_comes_out_with_recipients_attachments_and_inner_messages() -> None:
    member, body = extracted(store().write()).members[0]
    outcome = read(member.form, body)
    assert outcome.reading is not None
    assert outcome.reading.all("to") == ["Bob <bob@example.org>"] and outcome.reading.all("subject") == ["first"]
    assert [(part.name, part.mime) for part in outcome.parts] == [
        ("plan.pdf", "application/pdf"),
        ("older", "message/rfc822"),
    ]
    assert outcome.parts[0].data == FILE[0x3701]
    inner = read("eml", outcome.parts[1].data)
    assert inner.reading is not None and inner.reading.all("subject") == ["older"]
    assert [part.data for part in inner.parts] == [FILE[0x3701]]


def test_long_values_lie_in_nodes_of_their_own_and_come_back() -> None:
    member, body = extracted(store().write()).members[2]
    reading = read(member.form, body).reading
    assert reading is not None and "".join(unit.text for unit in reading.units).count("many words.") == 5_000


def test_a_contact_is_a_card() -> None:
    member, body = extracted(store().write()).members[1]
    reading = read(member.form, body).reading
    assert member.form == "contact" and reading is not None and reading.first("title") == "Ada Quill"


def test_messages_that_no_folder_holds_and_hidden_ones_are_members_too() -> None:
    pst = store()
    pst.message(Mail(note("lost")), 0x999902, listed=False)
    pst.message(Mail(note("rule")), next(iter(pst.listed)), hidden=True)
    given_ = extracted(pst.write())
    names = [member.name for member, _ in given_.members]
    assert "(no folder)/lost" in names and "(hidden)/rule" in [name.lstrip("/") for name in names] and len(names) == 5
    assert given_.end.expected == 4, "the hidden one is in no list of its folder: the difference is to be seen"


def test_a_large_attachment_is_a_member_of_its_own_behind_the_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 10_000)
    given_ = extracted(store().write())
    apart = [(member.ordinal, member.attached, member.name, body) for member, body in given_.members[3:]]
    name = "Inbox/first/plan.pdf"  # of the message, and of the message inside it
    assert apart == [(4, 1, name, FILE[0x3701]), (5, 1, name, FILE[0x3701])]
    first = read("eml", given_.members[0][1])
    assert first.parts[0].data == b"" and first.parts[0].name == "plan.pdf"
    assert (given_.end.expected, given_.end.second) == (5, 5)
    assert extracted(store().write(), only=(4,)).members[0][0].ordinal == 4


def test_a_message_that_holds_itself_comes_to_an_end() -> None:
    pst = Pst()
    inner = Mail(note("again"), (), (({0x3705: 5}, Mail(note("x"))),) * 3)
    nid = pst.message(inner, pst.folder("Circle"))
    sub = pst.nodes[nid][1]
    place, size = pst.blocks[sub]
    rows = bytearray(pst.body[place : place + size])
    for start in range(8, size, 24):  # each attachment now holds what the message holds: itself, three times
        if rows[start] & 0x1F == 5:
            below = int.from_bytes(rows[start + 16 : start + 24], "little")
            at, length = pst.blocks[below]
            held = bytearray(pst.body[at : at + length])
            held[24:32] = sub.to_bytes(8, "little")
            pst.body[at : at + length] = held
    given_ = extracted(pst.write())
    assert len(given_.members) == 1 and len(given_.members[0][1]) < 64 << 20
    assert b"X-Trouble: M-PARTS" in given_.members[0][1]


def test_a_killed_run_goes_on_behind_its_last_member_and_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE", 10_000)
    data = store().write()
    whole = extracted(data)
    assert whole.members == extracted(data).members
    for last in range(6):
        assert extracted(data, resume=last).members == whole.members[last:]
    assert extracted(data, only=(2,)).members == whole.members[1:2]
    assert extracted(data, resume=2).end == whole.end


def test_one_broken_message_stops_no_other() -> None:
    pst = store()
    data_block = pst.nodes[next(nid for nid in sorted(pst.nodes) if nid & 0x1F == 4)][0]
    whole = bytearray(pst.write())
    place, size = pst.blocks[data_block]
    whole[place : place + size] = bytes(size)
    given_ = extracted(bytes(whole))
    assert [member.ordinal for member, _ in given_.members] == [1, 2, 3]
    assert given_.failed == {1: "M-PST-HEAP"} and given_.end.expected == 3


def test_a_store_of_many_pages_and_blocks_is_walked_whole() -> None:
    pst = Pst()
    folder = pst.folder("All")
    for number in range(300):
        pst.message(Mail(note(f"number {number}")), folder)
    pst.message(Mail(note("big"), (), (({0x3705: 1, 0x3707: "b", 0x3701: b"x" * 9_000_000}, None),)), folder)
    given_ = extracted(pst.write())
    assert len(given_.members) == 301 == given_.end.expected == given_.end.second
    outcome = read("eml", given_.members[-1][1])
    assert outcome.parts[0].data == b"x" * 9_000_000


def test_cycled_blocks_are_decoded() -> None:
    data = bytes(range(256)) * 3
    bid = 0x12345674
    out = bytearray()
    key = (bid ^ bid >> 16) & 0xFFFF
    for value in data:  # the same machine run on its own output gives the input back
        out += ndb._decoded(bytes([value]), 2, key)
        key = (key + 1) & 0xFFFF
    assert ndb._decoded(data, 2, bid) == bytes(out) != data
    assert ndb._decoded(ndb._decoded(data, 2, bid), 2, bid) == data


@pytest.mark.parametrize("data", [b"!BDN", b"!BDN" + bytes(600), b"!BDN\0\0\0\0SM\x17\0" + b"\xff" * 600])
def test_what_is_no_store_ends_with_a_code(data: bytes) -> None:
    given_ = extracted(data)
    assert not given_.members and given_.end.code


WHOLE = store().write()


@settings(max_examples=60)
@given(st.data())
def test_damage_never_raises_and_never_loses_a_message_without_a_line(data: st.DataObject) -> None:
    broken = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.integers(564, len(broken) - 1))
        broken[place] = data.draw(st.integers(0, 255))
    given_ = extracted(bytes(broken))
    assert given_.end.code or len(given_.members) >= 3 or given_.end.expected != len(given_.members)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
def test_a_real_store() -> None:
    given_ = extracted((SHARED / "mail/pst/dist-list.pst").read_bytes())
    assert (len(given_.members), given_.end.expected, given_.end.second) == (7, 7, 7) and not given_.failed
    forms = [member.form for member, _ in given_.members]
    assert forms.count("contact") == 2
    people = read("contact", next(body for member, body in given_.members if member.form == "contact")).reading
    assert people is not None and len(people.all("to")) == 3
    event = read("eml", given_.members[-1][1])
    assert [part.mime.partition(";")[0] for part in event.parts] == ["text/calendar"] * 3
