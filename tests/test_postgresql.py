"""The whole job with its catalogue on a real PostgreSQL: the commands of the demo, from `init` to a reader's proof."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.wholejob import run_demo
from unsealed.archive import Archive
from unsealed.search import Index


def unsealed(archive: Path, *arguments: str) -> str:
    """One command about an archive; its output."""
    command = [sys.executable, "-m", "unsealed", *arguments]
    environment = {**os.environ, "UNSEALED_ARCHIVE": str(archive)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_the_whole_job(postgresql: Server, tmp_path: Path, root: Path) -> None:
    done = run_demo(tmp_path / "demo", "--database", postgresql.database())
    assert "Refused, as it must be." in done.stdout
    archive = tmp_path / "demo" / "archive"
    assert not (archive / "catalogue.db").exists()
    told = json.loads(unsealed(archive, "status", "--json"))
    unsealed(archive, "init", str(tmp_path / "file"), "--name", "The Teshka Cables")
    unsealed(tmp_path / "file", "ingest", str(root / "sample" / "archive"))
    with Archive.open(tmp_path / "file") as plain, Archive.open(archive) as served:
        assert told["totals"] == plain.totals()._asdict()
        assert served.ledger_bytes() == plain.ledger_bytes()
        assert list(served.readings()) == list(plain.readings())
        with Index.open(plain) as one, Index.open(served) as two:
            one.catch_up()
            assert one.search("strictly protect").hits == two.search("strictly protect").hits
