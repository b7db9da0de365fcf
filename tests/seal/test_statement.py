"""Seal statements: one byte form."""

from __future__ import annotations

import pytest

from unsealed.errors import VerifyError
from unsealed.seal import statement

A, B, C = "a" * 64, "b" * 64, "c" * 64
GOOD = (
    f'{{"v":"unsealed-seal/1","archive":"{A}","generation":1,"size":214,"root":"{B}",'
    f'"formats":["unsealed-document/1"],"ledger":"{C}","time":"2026-11-22T12:00:00Z"}}\n'
)


def test_make_and_read() -> None:
    made = statement.make(
        b"\xaa" * 32, 1, 214, b"\xbb" * 32, ("unsealed-document/1",), b"\xcc" * 32, "2026-11-22T12:00:00Z"
    )
    assert statement.encode(made).decode() == GOOD
    assert statement.decode(GOOD.encode()) == made


def test_formats_are_sorted() -> None:
    made = statement.make(
        bytes(32), 1, 1, bytes(32), ("unsealed-empty/1", "unsealed-document/1"), bytes(32), "2026-11-22T12:00:00Z"
    )
    assert made.formats == ("unsealed-document/1", "unsealed-empty/1")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"size":214', '"size":0'),
        ('"size":214', '"size":4294967296'),
        ('"size":214', '"size": 214'),
        ('"size":214', '"size":214.0'),
        ('"generation":1', '"generation":0'),
        ('["unsealed-document/1"]', "[]"),
        ('["unsealed-document/1"]', '["unsealed-other/1"]'),
        ('["unsealed-document/1"]', '["unsealed-document/1","unsealed-document/1"]'),
        ("12:00:00Z", "24:00:00Z"),
        ("12:00:00Z", "12:00:00"),
        ("2026-11-22", "2026-11-32"),
        ("a" * 64, "A" * 64),
        ("a" * 64, "a" * 63),
        ("a" * 64, "a" * 64 + "\\n"),
        ("\n", ""),
        ('"time"', '"when"'),
    ],
)
def test_other_spellings(old: str, new: str) -> None:
    assert old in GOOD
    with pytest.raises(VerifyError) as caught:
        statement.decode(GOOD.replace(old, new).encode())
    assert caught.value.rule == "statement-form"


def test_versions_and_bytes() -> None:
    for wrong, rule in ((GOOD.replace("seal/1", "seal/2").encode(), "statement-version"), (b"", "statement-version")):
        with pytest.raises(VerifyError) as caught:
            statement.decode(wrong)
        assert caught.value.rule == rule
    with pytest.raises(VerifyError) as caught:
        statement.decode(GOOD.encode().replace(b"document", b"docum\xffnt"))
    assert caught.value.rule == "statement-form"
