"""The whole job with its catalogue on a real PostgreSQL: the commands of the demo, from `init` to a reader's proof."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.wholejob import run_demo
from unsealed.archive import Archive
from unsealed.ingest import pipeline
from unsealed.search import Index


@pytest.mark.slow
@pytest.mark.xdist_group("postgresql")
def test_the_whole_job(postgresql: Server, tmp_path: Path, root: Path) -> None:
    done = run_demo(tmp_path / "demo", "--database", postgresql.database())
    assert "Refused, as it must be." in done.stdout
    archive = tmp_path / "demo" / "archive"
    assert not (archive / "catalogue.db").exists()
    command = [sys.executable, "-m", "unsealed", "status", "--archive", str(archive), "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    with Archive.create(tmp_path / "file", "The Teshka Cables") as plain, Archive.open(archive) as served:
        pipeline.run(plain, [root / "sample" / "archive"])
        assert told["totals"] == plain.totals()._asdict()
        assert served.ledger_bytes() == plain.ledger_bytes()
        assert list(served.readings()) == list(plain.readings())
        with Index.open(plain) as one, Index.open(served) as two:
            one.catch_up()
            assert one.search("strictly protect").hits == two.search("strictly protect").hits
