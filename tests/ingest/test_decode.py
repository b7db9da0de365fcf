"""Decoding: the order of guesses, the findings, and the way back from characters to bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.ingest.decode import Decoded, source_of, unescaped


def codes(decoded: Decoded) -> list[str]:
    return [finding.code for finding in decoded.findings]


@pytest.mark.parametrize(
    ("data", "declared", "text", "encoding", "found"),
    [
        (b"\xef\xbb\xbfa", "", "a", "utf-8", []),
        ("aé".encode("utf-16"), "", "aé", "utf-16-le", []),
        (b"\xfe\xff\x00a", "", "a", "utf-16-be", []),
        ("é".encode(), "latin-1", "é", "utf-8", []),
        ("привет".encode("koi8-r"), "koi8-r", "привет", "koi8-r", []),
        ("日本".encode("iso2022_jp"), "iso-2022-jp", "日本", "iso2022_jp", []),
        (b"caf\xe9 \x93x\x94", "", "café “x”", "cp1252", ["D-CP1252"]),
        (b"caf\xe9", "x-nonsense", "café", "cp1252", ["D-CHARSET", "D-CP1252"]),
        (b"a\x81b", "", "a\ufffdb", "cp1252", ["D-CP1252", "D-BAD-BYTE"]),
        ("éàü".encode() + b"\xff", "", "éàü\ufffd", "utf-8", ["D-BAD-BYTE"]),
        (b"abc", "rot13", "abc", "utf-8", ["D-CHARSET"]),
    ],
)
def test_order_of_guesses(data: bytes, declared: str, text: str, encoding: str, found: list[str]) -> None:
    decoded = Decoded(data, declared)
    assert (source_of(decoded).text, decoded.encoding, codes(decoded)) == (text, encoding, found)


@given(st.text(alphabet='aé中\U0001f600\r\n\\"', max_size=60), st.sampled_from(("utf-8", "utf-8-sig", "utf-16")))
def test_every_character_knows_its_byte(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    source = source_of(Decoded(data))
    plain = encoding.removesuffix("-sig") if encoding != "utf-16" else "utf-16-le"
    for number, letter in enumerate(source.text):
        piece = data[source.byte(number) : source.byte(number + 1)].decode(plain)
        assert piece.replace("\r\n", "\n").replace("\r", "\n") in (letter, letter + "\n") or piece == letter + "\r"


@given(st.text(alphabet='aé\r\n\\"', max_size=40))
def test_a_cell_is_unescaped_and_still_knows_its_bytes(text: str) -> None:
    cell = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n")
    data = b"x," + cell.encode()
    source = unescaped(Decoded(data), 2, 2 + len(cell))
    assert source.text == text.replace("\r\n", "\n").replace("\r", "\n")
    for number, letter in enumerate(source.text):
        assert letter == "\n" or letter in data[source.byte(number) : source.byte(number + 1)].decode()
    assert source.byte(len(source.text)) == len(data)


def test_bad_bytes_keep_their_places() -> None:
    data = "éàü".encode() + b"\xff\xfe" + b"abc"
    source = source_of(Decoded(data))
    assert source.text == "éàü\ufffd\ufffdabc"
    assert data[source.byte(5) :] == b"abc"
