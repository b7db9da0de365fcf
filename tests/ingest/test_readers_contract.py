"""One contract for all readers: never raise, always the same answer, units that hold together."""

from __future__ import annotations

import unicodedata

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingest.samples import CABLE, CHAT, ITEMS, MARKDOWN, TEXT, dump_row
from unsealed.ingest.forms import FORMS
from unsealed.ingest.readers import READERS, Outcome, read
from unsealed.model import LABELS, Reading

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TILING = {"text": TEXT, "markdown": MARKDOWN, "chat": CHAT, "cable-text": CABLE}


def check(form: str, data: bytes, context: bytes) -> Outcome:
    outcome = read(form, data, context)
    assert outcome == read(form, data, context)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(outcome), type=Outcome) == outcome
    if outcome.state == "asks":  # a tool must run first
        assert outcome.asks and outcome.reading is None
        return outcome
    if outcome.reading is None:
        assert outcome.state == "rejected" and outcome.code and outcome.message and outcome.remedy
        return outcome
    check_reading(outcome.reading, len(data))
    return outcome


def check_reading(reading: Reading, size: int) -> None:
    assert reading.units
    before = 0
    for unit in reading.units:
        assert unit.label in LABELS
        assert unicodedata.is_normalized("NFC", unit.text)
        unit.text.encode()  # no lone surrogates
        assert "\r" not in unit.text
        for start, end in unit.source:
            assert 0 <= start <= end <= size
        if unit.source:
            assert unit.source[0][0] >= before
            before = unit.source[0][0]
    for field in reading.fields:
        assert field.value and all(0 <= unit < len(reading.units) for unit in field.units)
    for finding in reading.findings:
        assert finding.severity in ("note", "warn") and -1 <= finding.unit < len(reading.units)


@pytest.mark.parametrize("number", range(len(ITEMS)))
def test_samples_are_read(number: int) -> None:
    outcome = check(*ITEMS[number])
    assert outcome.state == "read", (outcome.code, outcome.message)
    assert outcome.reading is not None and len(outcome.reading.units) > 3


@QUICK
@given(number=st.integers(0, len(ITEMS) - 1), data=st.data())
def test_damaged_samples_never_raise(number: int, data: st.DataObject) -> None:
    form, item, context = ITEMS[number]
    broken = bytearray(item)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, max(0, len(broken) - 1)))
        action = data.draw(st.sampled_from(("flip", "cut", "insert", "double")))
        if action == "flip" and broken:
            broken[place] = data.draw(st.integers(0, 255))
        elif action == "cut":
            del broken[place : place + data.draw(st.integers(1, 200))]
        elif action == "insert":
            broken[place:place] = data.draw(
                st.binary(max_size=12) | st.sampled_from((b'"', b"\n", b"<", b"&#0;", b"\\", b"=?", b"\xff\xfe"))
            )
        else:
            broken[place:place] = broken[: data.draw(st.integers(0, 300))]
    check(form, bytes(broken), context)


@QUICK
@given(
    form=st.sampled_from([*sorted(READERS), "unknown", "empty"]),
    data=st.binary(max_size=400),
    context=st.sampled_from((b"", b"-", b"\xff,a")),
)
def test_noise_never_raises(form: str, data: bytes, context: bytes) -> None:
    check(form, data, context)


@QUICK
@given(form=st.sampled_from(sorted(TILING)), data=st.data())
def test_text_forms_lose_and_double_nothing(form: str, data: st.DataObject) -> None:
    lines = TILING[form].decode().splitlines(keepends=True)
    extra = [
        "\r\n",
        "\r",
        " \t",
        "e\u0301t\u00e9\n",
        "\u4e2d\u6587\n",
        "x",
        "1. (C) ",
        "REF: A. BERN 1\n",
        "(1:00:00 AM) \u00e9: \U0001f600\n",
        "\n\n",
    ]
    text = "".join(data.draw(st.lists(st.sampled_from([*lines, *extra]), min_size=1, max_size=40)))
    raw = text.encode()
    outcome = check(form, raw, b"")
    assert outcome.reading is not None
    spans = sorted((span, unit) for number, unit in enumerate(outcome.reading.units) for span in unit.source)
    position = 0
    for (start, end), _ in spans:
        assert start == position
        position = end
    assert position == len(raw)
    for unit in outcome.reading.units:
        piece = b"".join(raw[start:end] for start, end in unit.source).decode()
        assert unit.text == unicodedata.normalize("NFC", piece.replace("\r\n", "\n").replace("\r", "\n"))


@QUICK
@given(body=st.text(alphabet=st.sampled_from('a"\\\n \u00e9,\r1.(C)\t'), max_size=120))
def test_a_dump_row_gives_its_cells_back(body: str) -> None:
    row = dump_row(body=body.encode())
    outcome = check("cable-csv", row, b"")
    assert outcome.reading is not None
    texts = [unit.text for unit in outcome.reading.units if unit.source[0][0] > row.rindex(b'BT\\\n"')]
    assert "".join(texts) == body.replace("\r\n", "\n").replace("\r", "\n")


def test_every_form_that_is_sniffed_has_a_reader() -> None:
    assert set(FORMS) - {"empty"} == set(READERS)
