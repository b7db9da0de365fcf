"""Plain text: nothing lost, nothing twice, the way back to the bytes holds."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from unsealed.ingest.decode import Decoded, source_of
from unsealed.ingest.readers import read


def joined(data: bytes, form: str = "text") -> str:
    outcome = read(form, data)
    assert outcome.reading is not None
    return "".join(unit.text for unit in outcome.reading.units)


@given(st.text(alphabet=st.sampled_from("aé \n\r\t\fFrom:ToSubject.,Z\u0301"), min_size=1, max_size=200))
def test_every_character_stands_in_exactly_one_unit(text: str) -> None:
    data = text.encode()
    source = source_of(Decoded(data))
    outcome = read("text", data)
    assert outcome.reading is not None
    position = 0
    for unit in outcome.reading.units:
        ((start, end),) = unit.source
        assert start == position
        position = end
        piece = data[start:end].decode().replace("\r\n", "\n").replace("\r", "\n")
        assert unit.text == unicodedata.normalize("NFC", piece)
    assert position == len(data)
    assert "".join(source.text) == text.replace("\r\n", "\n").replace("\r", "\n")


def test_headers_of_a_printed_mail_are_units_and_fields() -> None:
    outcome = read(
        "text", b"RELEASE IN PART\n\nFrom: A B <a@example.org>\nTo: C\nSubject: Fw: news\n\nBody one.\n\nBody two.\n"
    )
    assert outcome.reading is not None
    assert [unit.label for unit in outcome.reading.units] == [
        "paragraph",
        "from",
        "to",
        "subject",
        "paragraph",
        "paragraph",
    ]
    assert outcome.reading.first("subject") == "Fw: news"


def test_white_space_only_is_structure() -> None:
    assert joined(b" \n\n \t") == " \n\n \t"
