"""Whatever the files hold: nothing is lost, nothing is changed, and a second run finds nothing new."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ingest.material import MAIL, Inline, cable_row, make_archive
from unsealed.crypto import sha256
from unsealed.ingest import pipeline

SEPARATOR = b"From a@b Tue Mar  9 17:05:00 2004\n"
MARKS = (b"\n\n", b'"', b"<html>", b"\x00\xff", "Grüße – e\u0301\n".encode(), b"%PDF-1.4\n", b"a,b\n1,2\n")
PIECES = (cable_row(1), cable_row(2, 300), MAIL, SEPARATOR, b"[12:15] <nick> hello\n", *MARKS)
CONTENT = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from(PIECES), max_size=6).map(b"".join),
    st.sampled_from(PIECES).map(lambda piece: piece * 400),
)


@given(files=st.lists(CONTENT, max_size=6))
@settings(max_examples=15, deadline=None)
def test_nothing_is_lost_and_nothing_is_changed(files: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as name:
        source = Path(name, "source")
        source.mkdir()
        for number, data in enumerate(files):
            (source / f"{number:02d}").write_bytes(data)
        with make_archive(Path(name, "archive")) as archive:
            pipeline.run(archive, [source], make=Inline)
            totals = archive.totals()
            assert totals.open == 0
            assert totals.files + totals.duplicates == len(files)
            assert totals.expected == totals.read + totals.empty + totals.quarantined
            for item in archive.items():
                assert sha256(archive.original(item.id)).digest() == item.sha256
            for stored in archive.readings():
                assert stored.reading.units, "every sealed thing has a unit"
            by_path = {
                path: item.id
                for item in archive.items()
                for path in archive.source_paths(item.id)
                if not item.container
            }
            for number, data in enumerate(files):
                assert archive.original(by_path[f"source/{number:02d}"]) == data
            before = archive.ledger_bytes()
            pipeline.run(archive, [source], make=Inline)
            assert archive.ledger_bytes() == before
