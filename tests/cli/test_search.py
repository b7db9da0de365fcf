"""`unsealed search` and `unsealed index`: what a person and a script get to see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.search.corpus import add, make_archive
from unsealed.archive import Archive
from unsealed.cli import main
from unsealed.files import Lock
from unsealed.model import Field, Reading, Unit


def cable(number: int, text: str, date: str = "2003-04-05") -> Reading:
    units = (
        Unit("id", f"03VEREN{number}"),
        Unit("tag", "PREL"),
        Unit("subject", "VISA \x1b[31mTALKS"),
        Unit("paragraph", text),
    )
    fields = (
        Field("id", f"03VEREN{number}", (0,)), Field("date", date), Field("origin", "Embassy Veren"),
        Field("class", "SECRET"), Field("tag", "PREL", (1,)), Field("subject", "VISA \x1b[31mTALKS", (2,)),
    )  # fmt: skip
    return Reading("cable", "cable", 1, units, fields)


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "archive"
    texts = ["The \u202e harbour is closed.", "Visa fraud in the harbour of Über.", "Nothing."]
    with make_archive(path, [cable(number, text) for number, text in enumerate(texts, 1)]):
        pass
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(path))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str, int]:
    code = 0
    try:
        main(arguments)
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return out, err, code


def test_prints_query_total_hits_and_facets(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, err, code = run(capsys, "search", "harbour", "-nothing")
    assert (err, code) == ("", 0)
    lines = out.splitlines()
    assert lines[:2] == ["harbour AND NOT nothing", "2 documents, 1 to 2"]
    assert "03VEREN1  2003-04-05  Embassy Veren  SECRET" in out
    assert "«harbour»" in out
    assert [line.split("\u00a0")[0].split(maxsplit=1) for line in lines[-5:]] == [
        ["origin", "Embassy Veren"], ["year", "2003"], ["class", "SECRET"], ["tag", "PREL"], ["type", "cable"],
    ]  # fmt: skip


def test_nothing_acts_on_the_terminal(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["closed"], ["closed", "--json"], ["closed", "--all"], ["clos\x1bed OR closed"]):
        out, err, code = run(capsys, "search", *arguments)
        assert code == 0
        assert not set(out + err) & {"\x1b", "\u202e"}
    assert "<U+202E>" in run(capsys, "search", "closed")[0]


def test_no_hits(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "search", "absent")[0] == "absent\n0 documents\n"


def test_json(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _, _ = run(capsys, "search", "uber", "--json", "--limit", "1")
    answer = json.loads(out)
    assert (answer["query"], answer["total"], answer["sort"], answer["offset"]) == ("uber", 1, "relevance", 0)
    (hit,) = answer["hits"]
    assert ["Über", True] in hit["snippet"]
    assert (hit["item"], hit["date"], hit["classification"]) == (2, "2003-04-05", "SECRET")
    assert {"name": "tag", "values": [["PREL", 1]], "more": 0} in answer["facets"]


def test_all_gives_every_hit_a_line(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _, _ = run(capsys, "search", "*", "--all")
    assert [line.split("\t")[:3] for line in out.splitlines()] == [
        [f"03VEREN{n}", "2003-04-05", "Embassy Veren"] for n in (1, 2, 3)
    ]
    out, _, _ = run(capsys, "search", "*", "--all", "--json")
    assert [json.loads(line)["item"] for line in out.splitlines()] == [1, 2, 3]


def test_limit_offset_and_sort(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _, _ = run(capsys, "search", "*", "--limit", "1", "--offset", "1", "--sort", "-date")
    assert "3 documents, 2 to 2" in out
    assert "03VEREN2" in out


@pytest.mark.parametrize(
    ("query", "line", "caret"),
    [
        ("harbour AND (visa", "  harbour AND (visa", "              ^"),
        ("北京 (", "  北京 (", "       ^"),
        ("a\x1b (", "  a<U+001B> (", "            ^"),
        ("x " * 100 + "(", "  " + "x " * 30 + "(", " " * 62 + "^"),
    ],
)
def test_an_error_points_at_the_character(
    archive: Path, capsys: pytest.CaptureFixture[str], query: str, line: str, caret: str
) -> None:
    out, err, code = run(capsys, "search", query)
    assert (out, code) == ("", 2)
    lines = err.splitlines()
    assert lines[:2] == [line, caret]
    assert "never closed" in lines[2]
    assert "What to do" in lines[3]


def test_an_index_that_is_being_written_is_searched_as_it_is(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "search", "*")
    with Archive.open(archive, write=True) as opened:
        add(opened, [cable(9, "Late harbour.")])
    with Lock(archive / "index" / ".lock"):
        out, err, _ = run(capsys, "search", "harbour")
    assert "2 documents" in out
    assert "1 readings are not in it yet" in err
    assert "3 documents" in run(capsys, "search", "harbour")[0]


def test_a_rebuilt_index_says_so_once(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "search", "*")[1] == ""
    (archive / "index" / "version").write_text("unsealed-index/0")
    assert "built again" in run(capsys, "search", "*")[1]
    assert run(capsys, "search", "*")[1] == ""


def test_index_rebuild(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "index", "rebuild") == ("3 readings indexed.\n", "", 0)
    assert run(capsys, "index", "rebuild", "--archive", str(archive))[2] == 0


def test_help_and_no_query(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "AND is the default" in run(capsys, "search", "--help")[0]
    assert run(capsys, "search")[2] == 2
    assert run(capsys, "search", "-harbour")[0].startswith("NOT harbour\n")
