"""`unsealed init|ingest|status|show` as a person calls them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ingest.material import write_sources
from unsealed.cli import main
from unsealed.search import Index

ESCAPE = "\x1b[31mred\x1b[0m \u202eturned"


def run(*arguments: str) -> int:
    """The exit code of a command."""
    try:
        main(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive made by the commands."""
    base = tmp_path_factory.mktemp("cli")
    source = write_sources(base / "source")
    (source / "h.txt").write_text(f"A line with {ESCAPE} text.\n", encoding="utf-8")
    assert run("init", str(base / "archive"), "--name", "Papers of a ministry") == 0
    assert run("ingest", str(source), "--archive", str(base / "archive")) == 0
    return base / "archive"


def test_the_sentence_adds_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--archive", str(folder)) == 0
    out = capsys.readouterr().out
    assert "Papers of a ministry" in out
    assert "nothing lost: " in out
    numbers = out.partition("nothing lost: ")[2]
    expected, _, rest = numbers.partition(" expected = ")
    total = sum(int(part.split()[0].replace(",", "")) for part in rest.partition(".")[0].split(" + "))
    assert int(expected) == total


def test_status_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--archive", str(folder), "--json", "--quarantine") == 0
    answer = json.loads(capsys.readouterr().out)
    totals = answer["totals"]
    assert totals["expected"] == totals["read"] + totals["empty"] + totals["quarantined"]
    assert len(answer["quarantine"]) == totals["quarantined"]
    assert all(line["remedy"] for line in answer["quarantine"])
    assert [problem["code"] for problem in answer["sources"]] == ["S-LINK"]


def test_quarantine_says_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--archive", str(folder), "--quarantine") == 0
    out = capsys.readouterr().out
    assert "source/e.bin" in out
    assert out.count("What to do: ") >= 3


def test_show_makes_what_acts_visible(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "h.txt", "--archive", str(folder)) == 0
    out = capsys.readouterr().out
    assert "<U+001B>[31mred<U+001B>[0m <U+202E>turned" in out
    assert "\x1b" not in out


def test_show_by_every_kind_of_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for reference in ("04BERN101", "04bern000101", "large.csv#2"):
        assert run("show", reference, "--archive", str(folder)) == 0
        assert "04BERN101" in capsys.readouterr().out
    assert run("show", "04BERN101", "--json", "--archive", str(folder)) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["ordinal"] == 2
    assert answer["reading"][0] == "cable"
    assert run("show", "no such thing", "--archive", str(folder)) == 5
    assert "What to do" in capsys.readouterr().err


def test_raw_is_exact(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run("show", "e.bin", "--raw", "--archive", str(folder)) == 0
    assert capfdbinary.readouterr().out == bytes(range(256)) * 4


def test_a_container_says_what_it_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "large.csv", "--archive", str(folder)) == 0
    assert "It holds 17 items." in capsys.readouterr().out


def test_ingest_again_and_retry(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ingest", "--retry", "--archive", str(folder)) == 0
    assert "can be read now" in capsys.readouterr().out
    assert run("ingest", "--retry", str(folder), "--archive", str(folder)) == 5
    assert run("ingest", "--archive", str(folder)) == 5


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system has no batch scheduling")
def test_ingest_is_batch_work(folder: Path) -> None:
    program = (
        "import os, sys\n"
        "from unsealed.cli import main\n"
        "os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))\n"  # whatever the tests before have made of us
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    print('policy', os.sched_getscheduler(0) == os.SCHED_BATCH)\n"
    )
    policies = []
    for command in ("status", "ingest"):
        done = subprocess.run(
            [sys.executable, "-c", program, command, "--archive", str(folder)], check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        policies.append(done.stdout.splitlines()[-1])
    assert policies == ["policy False", "policy True"]


def test_the_archive_of_this_folder_and_of_the_environment(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder / "blobs")
    assert run("status") == 0
    monkeypatch.chdir(tmp_path)
    assert run("status") == 4
    assert "--archive" in capsys.readouterr().err
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(folder))
    assert run("status") == 0


def test_the_index_followed(folder: Path) -> None:
    with Index.open(folder) as index:
        assert index.behind == 0
        assert index.search("grain").total > 0


def test_init_twice_is_refused(folder: Path) -> None:
    assert run("init", str(folder), "--name", "Again") == 4
