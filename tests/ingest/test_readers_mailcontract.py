"""The contract of all readers, kept by those of mail: the same answer, units in order, a reason for broken bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.test_readers_calendar import CALENDAR, CARD
from tests.ingest.test_readers_contract import check
from tests.ingest.test_readers_mailtree import HEAD, signed
from tests.ingest.test_readers_msg import MAIL, WRITERS

SAMPLES: list[tuple[str, bytes]] = [
    ("calendar", CALENDAR),
    ("calendar", CALENDAR * 2),
    ("contact", CARD),
    ("contact", CARD * 2),
    (
        "emlx",
        b"%d\n" % (len(HEAD) + 7)
        + HEAD
        + b"\nwords\n<?xml version='1.0'?>\n<!DOCTYPE plist>\n<key>a</key><string>b</string>",
    ),
    ("smime", signed(HEAD + b"\nwords\n")),
    ("msg", WRITERS["msg"](MAIL)),
    ("tnef", WRITERS["tnef"](MAIL)),
]


@pytest.mark.parametrize("number", range(len(SAMPLES)))
def test_samples_are_read(number: int) -> None:
    outcome = check(*SAMPLES[number], b"")
    assert outcome.state == "read", (outcome.code, outcome.message)


@settings(max_examples=80)
@given(number=st.integers(0, len(SAMPLES) - 1), data=st.data())
def test_damaged_samples_never_raise(number: int, data: st.DataObject) -> None:
    form, item = SAMPLES[number]
    broken = bytearray(item)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, max(0, len(broken) - 1)))
        if data.draw(st.booleans()):
            broken[place : place + 1] = data.draw(
                st.binary(max_size=6) | st.sampled_from((b"\n", b"=", b'"', b"BEGIN:VCARD\n"))
            )
        else:
            del broken[place : place + data.draw(st.integers(1, 200))]
    if broken:
        check(form, bytes(broken), b"")
