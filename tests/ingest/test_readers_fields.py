"""Every field names the units it can be read in: what is withheld must not come back as a field."""

from __future__ import annotations

import msgspec
import pytest

from unsealed.ingest.readers import build, html, read
from unsealed.ingest.readers.limits import LIMITS
from unsealed.model import Field


def test_a_field_of_a_text_that_is_cut_names_every_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "LIMITS", msgspec.structs.replace(LIMITS, unit_chars=40))
    monkeypatch.setattr(html, "LIMITS", msgspec.structs.replace(LIMITS, unit_chars=40))
    header = b"key,date,latitude,longitude,title\n"
    row = b'K-1,2006-01-02,33.1,44.2,"' + b"the hidden name and " * 6 + b'"\n'
    for outcome in (read("table-csv", row, header), read("text", b"From: " + b"a name of many " * 8 + b"\nTo: b\n")):
        assert outcome.reading is not None
        cut = [field for field in outcome.reading.fields if len(field.value) > 40]
        assert cut
        for field in cut:
            text = "".join(outcome.reading.units[number].text for number in field.units)
            assert field.value in " ".join(text.split())


def test_a_value_without_a_unit_is_no_field() -> None:
    made = build.Builder()
    made.field("title", "a name", -1)
    made.field("title", "a name", -1, made.free("title", "a name"))
    assert made.fields == [Field("title", "a name", (0,))]
