"""A reader that has been broken into, in the true sandbox, in the true pipeline: it costs its own item."""

from __future__ import annotations

import socket
from pathlib import Path

import msgspec
import pytest

from tests.ingest.material import cable_row, make_archive
from tests.sandbox.places import HERE, jail
from unsealed.ingest import pipeline
from unsealed.sandbox import Limits, Worker, establish, jailed_module


def broken_into(limits: Limits) -> Worker:
    """The reading worker of the tests that obeys what stands in a document, behind every wall."""
    made = jail()
    places = (*made.places, ("/t/tests/ingest", str(HERE.parent / "ingest")))
    small = msgspec.structs.replace(limits, answer=4 << 20, memory=1 << 30)
    return Worker(
        jailed_module("tests.ingest.hostile_worker"), small, jail=msgspec.structs.replace(made, places=places),
        drop=establish().drop,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with make_archive(tmp_path / "archive"):
        pass
    settings = tmp_path / "archive" / "unsealed.toml"
    settings.write_text(settings.read_text() + "item_seconds = 3.0\n")
    return tmp_path / "archive"


def test_everything_is_denied_and_the_rest_goes_on(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "source" / "0 secret.txt"
    secret.parent.mkdir()
    secret.write_text("the name of a source")
    with socket.socket() as door, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as post:
        for each in (door, post):
            each.bind(("127.0.0.1", 0))
            each.settimeout(0.2)
        door.listen()
        attempts = [
            f"tcp {door.getsockname()[1]}", f"udp {post.getsockname()[1]}", f"read {folder / 'catalogue.db'}",
            f"read {secret}", f"read {Path.home()}", "read /etc/shadow", f"write {folder / 'x'}",
            f"write {tmp_path / 'x'}", "kill 1", "kill-all", "ptrace 1", "exec", "abstract x", "memfd",
        ]  # fmt: skip
        for number, attempt in enumerate(attempts, 1):
            (secret.parent / f"{number:02} try.txt").write_text(f"ORDER try {attempt};")
        with make_archive(folder) as archive:
            report = pipeline.run(archive, [secret.parent], make=broken_into)
            assert (report.documents, report.quarantined) == (len(attempts) + 1, 0)
            texts = [archive.current(item.id).reading.units[0].text for item in archive.items()]
        assert texts[0] == "the name of a source"
        assert all(text.startswith("denied") for text in texts[1:]), texts
        with pytest.raises(TimeoutError):
            door.accept()
        with pytest.raises(TimeoutError):
            post.recv(1)
    assert not (tmp_path / "x").exists()


def test_bombs_cost_their_own_items(folder: Path, tmp_path: Path) -> None:
    rows = [cable_row(number, 1_000) for number in range(14)]  # more than 64 KiB: it is cut
    orders = {2: b"die", 4: b"sleep", 6: b"endless", 8: b"memory", 10: b"label"}
    for number, order in orders.items():
        rows[number] = rows[number].replace(b"Embassy Bern", b"ORDER " + order)
    (tmp_path / "cables.csv").write_bytes(b"".join(rows))
    with make_archive(folder) as archive:
        pipeline.run(archive, [tmp_path / "cables.csv"], make=broken_into)
        lines = {line.ordinal - 1: line.code for line in archive.quarantine()}
        assert lines.keys() == orders.keys()
        assert (lines[2], lines[4], lines[10]) == ("W-DIED", "W-TIME", "W-ANSWER")
        assert lines[6] in ("W-LARGE", "W-DIED", "W-TIME")  # whichever limit a machine comes to first
        assert lines[8] in ("W-DIED", "W-TIME")
        assert archive.totals().open == 0
        assert archive.totals().read == 14 - len(orders)
