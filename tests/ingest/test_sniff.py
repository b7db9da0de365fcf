"""Types by content: every sample is known, names play no part, noise is text or unknown."""

from __future__ import annotations

import struct
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.ingest import samples
from unsealed.ingest.forms import FORMS
from unsealed.ingest.sniff import HEAD_BYTES, sniff

# Its first member is not packed and says so little that two of its bytes could be one character.
STORED = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 0, 0, 0, 0, 5043, 5043, 5, 0) + b"a.txt" + (
    b"A note about grain.\n\nIts second paragraph.\n" + b"a" * 5000
)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"", "empty"),
        (samples.CABLE, "cable-text"),
        (samples.CABLE.replace(b"\n", b"\r\n"), "cable-text"),
        (samples.dump_row() * 2, "cable-csv"),
        (samples.CABLE_PAGE, "cable-html"),
        (samples.EVENT_HEADER + samples.event_row(), "event-csv"),
        (samples.event_row(samples.EVENT_CELLS[2:]), "event-csv"),
        (samples.event_row(), "event-csv"),
        (samples.TABLE_HEADER + samples.TABLE_ROW, "table-csv"),
        (samples.VOLUME, "frus-tei"),
        (samples.MAIL, "eml"),
        (b"From a@example.org Tue Apr  5 17:05:00 2005\n" + samples.MAIL, "mbox"),
        (b"%PDF-1.4\n", "pdf"),
        (b"junk\n%PDF-1.4\n", "pdf"),
        (samples.CHAT, "chat"),
        (samples.PAGE, "article"),
        (b"<html><body><p>x</p></body></html>", "html"),
        (samples.MARKDOWN, "markdown"),
        (samples.TEXT, "text"),
        ("Ein Text.\n".encode("utf-16"), "text"),
        (b"PK\x03\x04rest", "zip"),
        (STORED, "zip"),
        (bytes(64), "unknown"),
    ],
)
def test_samples(data: bytes, form: str) -> None:
    assert sniff(data[:HEAD_BYTES], len(data)).id == form


@given(st.binary(min_size=1, max_size=300))
@example(b"\xfd7zXZ\x00")  # noise may begin like something packed
def test_noise_has_an_answer(data: bytes) -> None:
    form = sniff(data, len(data))
    assert form.packed or form.id in {*FORMS, "unknown"} - {"empty"}


@pytest.mark.parametrize("token", [b'"" ', b'"', b"<a '", b"\\", b",", b"From: a\n", b"[a](", b"SECRET "])
def test_repeated_tokens_cost_no_quadratic_time(token: bytes) -> None:
    data = (token * HEAD_BYTES)[:HEAD_BYTES]
    start = time.process_time()
    sniff(data, len(data))
    assert time.process_time() - start < 2


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
@pytest.mark.parametrize(
    ("folder", "forms"),
    [
        ("frus/tei", {"frus-tei"}),
        ("emails/clinton-foia", {"text"}),
        ("chats/ubuntu-irc", {"chat"}),
        ("chats/ubuntu-irc-pidgin-style", {"chat"}),
        ("events/ucdp-ged", {"table-csv"}),
        ("pdf/pdfjs", {"pdf"}),
        ("press/wikinews-fr", {"article", "html"}),
        ("press/state-milestones", {"article"}),
    ],
)
def test_real_folders(folder: str, forms: set[str]) -> None:
    for path in sorted((SHARED / folder).rglob("*")):
        if path.is_file():
            head = path.read_bytes()[:HEAD_BYTES]
            assert sniff(head, path.stat().st_size).id in forms, path.name
