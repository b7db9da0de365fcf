"""Chat logs of several programs: who said what and when, names followed over changes, days stated or inferred."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.ingest.chat_samples import (
    IRSSI,
    MIRC,
    PAGE,
    PIDGIN,
    SIGNAL,
    TELEGRAM,
    WEECHAT,
    WHATSAPP,
    WHATSAPP_PHONE,
    XCHAT,
    XML,
)
from unsealed.ingest.readers import read
from unsealed.ingest.sniff import sniff
from unsealed.model import Reading

LINES = {
    "pidgin": PIDGIN, "irssi": IRSSI, "weechat": WEECHAT, "mirc": MIRC, "xchat": XCHAT, "whatsapp": WHATSAPP,
    "whatsapp-phone": WHATSAPP_PHONE,
}  # fmt: skip


def reading(data: bytes) -> Reading:
    outcome = read(sniff(data, len(data)).id, data)
    assert outcome.reading is not None and outcome.reading.type == "chat", outcome
    return outcome.reading


def said(found: Reading) -> list[tuple[str, str]]:
    """Names with the words behind them."""
    pairs, name = [], ""
    for unit in found.units:
        if unit.label == "name":
            name = unit.text.strip(" \t\n<>*:@")
        elif unit.label == "message":
            pairs.append((name, unit.text.strip("\n")))
    return pairs


def codes(found: Reading) -> list[str]:
    return [finding.code for finding in found.findings]


@pytest.mark.parametrize(
    ("data", "form"),
    [
        *((data, "chat") for data in LINES.values()),
        (PAGE, "chat-html"),
        (XML, "chat-xml"),
        (TELEGRAM, "chat-json"),
        (SIGNAL, "chat-json"),
    ],
)
def test_told_by_content(data: bytes, form: str) -> None:
    assert sniff(data, len(data)).id == form


def test_pidgin() -> None:
    found = reading(PIDGIN)
    assert said(found) == [("mira", "are you there?"), ("tove", "yes: here\nand a second line"), ("mira", "back")]
    assert found.first("title").startswith("Conversation with mira")
    assert found.all("day") == ["2011-03-01", "2011-03-02"]
    assert codes(found) == ["T-DAY-INFERRED"]
    assert [unit.text for unit in found.units if unit.label == "system"] == ["mira has signed off.\n"]


@pytest.mark.parametrize("name", ["irssi", "weechat", "mirc", "xchat"])
def test_rooms(name: str) -> None:
    found = reading(LINES[name])
    words = said(found)
    assert words[0] == ("tove", "hello mira")
    assert words[-1][1] == "good night"
    assert found.all("day") == ["2011-02-03", "2011-02-04"]
    assert ("T-DAY-INFERRED" in codes(found)) == (name == "mirc")
    systems = [unit.text for unit in found.units if unit.label == "system"]
    assert any("has joined" in text for text in systems)
    if name != "xchat":
        assert found.all("alias") == ["mira = " + words[-1][0]]
        change = next(number for number, unit in enumerate(found.units) if "is now known as" in unit.text)
        assert all(
            change in field.units for field in found.fields if field.name == "alias" or field.value == words[-1][0]
        )


def test_waving_is_said_by_the_one_who_waves() -> None:
    for name in ("irssi", "mirc", "xchat"):
        assert ("mira", "waves") in said(reading(LINES[name])), name


@pytest.mark.parametrize(
    ("name", "days"), [("whatsapp", ["2011-02-03", "2011-02-13"]), ("whatsapp-phone", ["2011-02-13", "2011-02-14"])]
)
def test_exports_of_phones(name: str, days: list[str]) -> None:
    found = reading(LINES[name])
    assert {who for who, _ in said(found)} == {"Tove Ask", "Mira Holt"}
    assert found.all("day") == days
    assert said(found)[0][1].startswith("hello Mira")


def test_days_that_could_be_two_are_none() -> None:
    found = reading(WHATSAPP.replace(b"13/02/2011", b"05/02/2011"))
    assert found.all("day") == [] and codes(found) == ["T-DAY-AMBIGUOUS"]


def test_a_clock_that_falls_back_a_little_is_told() -> None:
    assert codes(reading(PIDGIN.replace(b"(12:01:00 AM)", b"(9:01:00 PM)"))) == ["T-BACK"]


def test_page() -> None:
    found = reading(PAGE)
    assert [(who, words.strip()) for who, words in said(found)] == [("mira", "hello & good evening"), ("tove", "hello")]
    assert found.first("day") == "2011-02-03"


def test_adium_export() -> None:
    found = reading(XML)
    assert [words for _, words in said(found)] == ["hello & good evening", "good night"]
    assert set(found.all("from")) == {"mira", "Mira Holt", "tove"}
    assert found.all("day") == ["2011-02-03", "2011-02-04"]


def test_telegram_export() -> None:
    found = reading(TELEGRAM)
    assert [unit.text for unit in found.units if unit.label == "message"] == [
        'caf\u00e9 "Nord"?', "see ", "https://example.org/x", " \U0001f600",
    ]  # fmt: skip
    assert found.first("title") == "Harbour watch"
    assert found.all("from") == ["Tove", "Mira Holt"]
    assert found.all("day") == ["2011-02-03", "2011-02-04"]
    assert {"user8", "user9", "create_group"} <= {unit.text for unit in found.units if unit.label == "cell"}


def test_signal_export() -> None:
    found = reading(SIGNAL)
    assert said(found) == [("Mira", "hello"), ("Tove", "good night")]
    assert found.all("day") == ["2011-02-03", "2011-02-04"]


@pytest.mark.parametrize("data", [b'{"a": [1, 2}', b'{"a": "b', b"[" * 1000, b'{"a": tru}', b"]"])
def test_no_json_is_rejected(data: bytes) -> None:
    outcome = read("chat-json", data)
    assert outcome.reading is None and outcome.code == "T-JSON"


@pytest.mark.parametrize("data", [b'"text"', b'"a" "b"', b"7", b'"\\ud800"', b'{"text": {"text": ["x"]}}'])
def test_odd_json_is_read(data: bytes) -> None:
    outcome = read("chat-json", data)
    assert outcome.reading is not None and outcome.reading.units


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["from", "date", "text", "name", "x"]), inner, max_size=4)
        ),
    ).map(lambda value: [value])
)
@example(["\b"])
def test_every_text_of_an_export_is_a_unit(value: object) -> None:
    outcome = read("chat-json", json.dumps(value).encode())
    assert outcome.reading is not None
    units = [unit.text for unit in outcome.reading.units]

    def texts(inner: object) -> list[str]:
        if isinstance(inner, dict):
            return [text for one in inner.values() for text in texts(one)]
        if isinstance(inner, list):
            return [text for one in inner for text in texts(one)]
        return [said] if isinstance(inner, str) and (said := shown(inner)).strip() else []

    def shown(text: str) -> str:
        return unicodedata.normalize("NFC", text.replace("\r", "\n").replace("\b", " ").replace("\f", " "))

    for text in texts(value):
        units.remove(text)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(LINES)), st.lists(st.integers(0, 8), max_size=12))
def test_lines_in_any_order_tile(name: str, order: list[int]) -> None:
    lines = LINES[name].splitlines(keepends=True)
    data = b"".join(lines[number % len(lines)] for number in order)
    outcome = read("chat", data)
    if data and outcome.reading is not None:
        spans = [span for unit in outcome.reading.units for span in unit.source]
        assert spans[0][0] == 0 and spans[-1][1] == len(data)
        assert b"".join(data[a:b] for a, b in spans) == data
