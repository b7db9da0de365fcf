"""The readers on real documents: nothing raises, every part is counted, FRUS agrees with an independent reading."""

from __future__ import annotations

import email
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SHARED
from unsealed.ingest.readers import Outcome, read
from unsealed.ingest.sniff import HEAD_BYTES, sniff
from unsealed.ingest.splitters import splitter
from unsealed.model import Reading

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there"),
]


def items(path: Path) -> Iterator[tuple[str, bytes, Outcome]]:
    data = path.read_bytes()
    form = sniff(data[:HEAD_BYTES], len(data))
    if not form.container:
        yield form.id, data, read(form.id, data, b"")
        return
    cutter = splitter(form.id)
    for piece in cutter.feed(data, True):
        assert not piece.code, piece
        item = data[piece.start : piece.end]
        yield form.id, item, read(form.id, item, cutter.context)


def outcomes(folder: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in sorted((SHARED / folder).rglob("*")):
        if path.is_file():
            for _, item, outcome in items(path):
                found[f"{outcome.reading.type if outcome.reading else outcome.code} {outcome.state}"] += 1
                if outcome.reading is not None:
                    spans = [span for unit in outcome.reading.units for span in unit.source]
                    assert all(0 <= start <= end <= len(item) for start, end in spans)
    return found


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("chats", {"chat read": 30}),
        ("events", {"event read": 1848}),
        ("emails/clinton-foia", {"text read": 1498}),
        ("pdf/pdfjs", {"pdf read": 23, "pdf no-text": 2}),
    ],
)
def test_folders(folder: str, expected: dict[str, int]) -> None:
    found = outcomes(folder)
    assert sum(found.values()) == sum(expected.values())
    if folder != "pdf/pdfjs":
        assert dict(found) == expected


@pytest.mark.parametrize("folder", ["mail", "made", "hostile", "press", "redaction", "metadata"])
def test_awkward_files_never_raise(folder: str) -> None:
    assert sum(outcomes(folder).values()) > 0


def test_every_attachment_of_every_mail_is_a_part() -> None:
    compared = 0
    for path in sorted((SHARED / "mail").rglob("*.eml")):
        message = email.message_from_bytes(path.read_bytes())
        named = sum(
            part.get_content_disposition() == "attachment"
            and not part.is_multipart()
            and not _inside_message(message, part)
            for part in message.walk()
        )
        for form, _, outcome in items(path):
            if form in ("eml", "mbox"):
                assert outcome.reading is not None and outcome.reading.type == "email"
                assert len(outcome.parts) >= named, path.name
                compared += 1
    assert compared > 60


def _inside_message(message: Any, part: Any) -> bool:
    return any(
        part is inner
        for outer in message.walk()
        if outer.get_content_type() == "message/rfc822"
        for inner in outer.walk()
    )


def _agrees(found: Reading, row: dict[str, Any], same: Counter[str]) -> None:
    date = row["date"] or ""
    same["date"] += found.first("date") == (date[:16] + date[19:] if len(date) > 16 else date)
    same["title"] += found.first("title") == row["head"]
    same["from"] += found.all("from") == row["from"]
    same["to"] += found.all("to") == row["to"]
    same["place"] += found.first("place") == (row["place"] or "")
    same["handling"] += sorted(found.all("caption")) == sorted(row["handling"])
    same["withheld"] += sum(f.code == "F-WITHHELD" for f in found.findings) == len(row["withheld_marks"])
    same["class"] += found.first("class") == (row["classification"] or "").upper()
    ours = "".join(unit.text for unit in found.units if unit.label not in ("title", "note", "source-note"))
    same["text"] += "".join(ours.split()) == "".join("".join(row["paragraphs"]).split())
    same["all paragraphs"] += all(paragraph in ours for paragraph in row["paragraphs"])


@pytest.mark.slow
def test_frus_agrees_with_an_independent_reading() -> None:
    same: Counter[str] = Counter()
    for path in sorted((SHARED / "frus" / "tei").iterdir()):
        lines = (SHARED / "frus" / "jsonl" / f"{path.stem}.jsonl").read_text("utf-8").splitlines()
        rows = {row["id"]: row for row in map(json.loads, lines)}
        for _, _, outcome in items(path):
            assert outcome.reading is not None
            if outcome.reading.first("category") == "front matter":
                same["beside"] += 1
                continue
            _agrees(outcome.reading, rows[outcome.reading.first("id")], same)
            same["documents"] += 1
    assert same["documents"] == 3740
    assert same["beside"] == 89
    floors = {
        "date": 1.0, "title": 1.0, "from": 0.998, "to": 0.997, "class": 0.993, "place": 0.999, "handling": 0.995,
        "withheld": 0.999, "text": 0.96, "all paragraphs": 0.9,
    }  # fmt: skip
    assert {name: same[name] / 3740 for name in floors if same[name] / 3740 < floors[name]} == {}
