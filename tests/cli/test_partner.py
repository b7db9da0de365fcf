"""The pages on partners and on asking people outside, followed word for word; and the doors' own refusals."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import which
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from tests.conftest import ROOT
from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed import age
from unsealed.archive import Archive
from unsealed.cli import root
from unsealed.errors import InputError, UnsealedError, UsageError
from unsealed.review.desk import Desk
from unsealed.review.finding import Span

ANA, JONAS, MIRA = EDITORS
BLOCK = re.compile(r"```sh (run|refused (\d+))\n(.*?)```", re.DOTALL)
Call = Callable[..., Result]
pytestmark = pytest.mark.skipif(which("age") is None, reason="needs age (scripts/system-packages.sh test)")


@pytest.fixture
def newsroom(tmp_path: Path) -> Path:
    """A folder with an archive in it: the name in the first cable is withheld, and stands in the third one, too."""
    with make_archive(tmp_path / "archive") as archive:
        add(
            archive,
            cable(1, "Karl Ottmar came by night.", "He was tired."),
            cable(2, "Nobody came."),
            cable(3, "Ottmar came again."),
        )
        [mark] = Desk(archive).mark(1, archive.current_row(1), [Span(4, 7, 18)], "private", ANA)
        Desk(archive).decide(mark, JONAS, "accept")
    return tmp_path


def follow(page: str, folder: Path) -> None:
    blocks = BLOCK.findall((ROOT / "docs" / "how-to" / page).read_text(encoding="utf-8"))
    assert blocks, "a page without a command"
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8",
        "UNSEALED_ARCHIVE": str(folder / "archive"),
    }  # fmt: skip
    for kind, code, script in blocks:
        done = subprocess.run(
            ["bash", "-c", f"set -eu\n{script}"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == int(code or 0), f"{kind}: {script}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"
        assert "Traceback" not in done.stderr
        if code:
            assert "What to do" in done.stderr


@pytest.mark.slow
def test_the_page_on_partners_is_followed(newsroom: Path) -> None:
    follow("partners.md", newsroom)
    text = (newsroom / "from-the-newsroom" / "text" / "0001.txt").read_text()
    assert "[withheld: A private individual" in text
    assert "Ottmar" not in text
    assert not list(newsroom.glob("herald-*.age"))  # removed with their partner
    with ZipFile(newsroom / "bundle.zip") as packed:  # what `age` alone made of it
        assert packed.testzip() is None
        assert packed.read("text/0001.txt").decode() == text


@pytest.mark.slow
def test_the_page_on_asking_is_followed(newsroom: Path) -> None:
    follow("consult.md", newsroom)
    page = (newsroom / "to-the-ministry.html").read_text()
    assert "He was tired." in page
    assert "[withheld]</span>" in page
    assert "Ottmar" not in page
    assert ">>Karl Ottmar<<" in (newsroom / "to-him.txt").read_text()


@pytest.fixture
def call(newsroom: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.setenv("UNSEALED_ARCHIVE", str(newsroom / "archive"))
    monkeypatch.chdir(newsroom)

    def run(*arguments: str) -> Result:
        done = CliRunner().invoke(root, list(arguments))
        if isinstance(done.exception, UnsealedError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return run


def test_lists_queries_and_json(call: Call, newsroom: Path) -> None:
    key = age.new_identity()
    call("partner", "add", "Herald", "--recipient", key.recipient, "--as", ANA)
    call("partner", "add", "Herald", "--recipient", key.recipient, "--as", JONAS)
    (newsroom / "list").write_text("# ours\n03VEREN1\n")
    made = call(
        "partner", "bundle", "Herald", "--list", "list", "--query", "Nobody", "--out", "a.age",
        "--expires", "2099-01-01", "--as", MIRA, "--json",
    )  # fmt: skip
    found = json.loads(made.stdout)
    assert (found["bundle"], found["documents"]) == (1, [1, 2])
    assert age.read_identities(key.secret.encode())
    listed = json.loads(call("partner", "list", "--json").stdout)
    assert [one["name"] for one in listed["partners"]] == ["Herald"]
    assert listed["bundles"][0]["sha256"] == found["sha256"]
    assert json.loads(call("partner", "expire", "--json").stdout) == []
    with pytest.raises(UsageError, match="exists already"):
        call("partner", "bundle", "Herald", "1", "--out", "a.age", "--expires", "2099-01-01", "--as", MIRA)
    with pytest.raises(InputError, match="No document is named"):
        call("partner", "bundle", "Herald", "--out", "b.age", "--expires", "2099-01-01", "--as", MIRA)
    with pytest.raises(UsageError, match="written as"):
        call("partner", "bundle", "Herald", "1", "--out", "b.age", "--expires", "soon", "--as", MIRA)


def test_keys_and_folders_are_never_written_over(call: Call, newsroom: Path) -> None:
    call("partner", "key", "mine")
    assert (newsroom / "mine").stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="exists already"):
        call("partner", "key", "mine")
    with pytest.raises(UsageError, match="exists already"):
        call("partner", "open", "a.age", "--key", "mine", "--to", "archive")
    with pytest.raises(InputError, match="cannot be read"):
        call("partner", "open", "a.age", "--key", "mine", "--to", "new")
    (newsroom / "a.age").write_bytes(b"no age file")
    with pytest.raises(InputError, match="no age file"):
        call("partner", "open", "a.age", "--key", "mine", "--to", "new")
    (newsroom / "a.age").write_bytes(age.encrypt_bytes(b"no bundle", (newsroom / "mine").read_text().split()[2]))
    with pytest.raises(InputError, match="no bundle"):
        call("partner", "open", "a.age", "--key", "mine", "--to", "new")
    assert sorted(path.name for path in newsroom.iterdir()) == ["a.age", "archive", "mine"]


def test_a_recipient_is_given_once(call: Call) -> None:
    for how in ((), ("--recipient", "age1", "--recipient-file", "x")):
        with pytest.raises(UsageError, match="Say how"):
            call("partner", "add", "Herald", *how, "--as", ANA)


def test_the_log_names_no_words_of_documents(call: Call, newsroom: Path) -> None:
    with Archive.open(newsroom / "archive") as opened:
        before = opened.last_decision()
    assert before is not None
    key = age.new_identity()
    for editor in (ANA, JONAS):
        call("partner", "add", "Herald", "--recipient", key.recipient, "--as", editor)
    call("partner", "bundle", "Herald", "1", "2", "--out", "a.age", "--expires", "2099-01-01", "--as", MIRA)
    log = call("audit", "list", "--json").stdout
    assert "tired" not in log
    assert "Nobody" not in log


def test_replies_stand_beside_the_passages(call: Call, newsroom: Path) -> None:
    call(
        "review",
        "consult",
        "send",
        "--to",
        "him",
        "--mark",
        "m1",
        "--question",
        "May we?",
        "--out",
        "a.txt",
        "--as",
        ANA,
    )
    (newsroom / "asked").write_text("And here?")
    call("review", "consult", "send", "--to", "her", "--passage", "03VEREN1:5", "--passage", "03VEREN2:4",
         "--question-file", "asked", "--out", "b.txt", "--as", ANA)  # fmt: skip
    assert "no reply, which blocks nothing" in call("review", "show", "03VEREN1").output
    (newsroom / "reply").write_text("Not\nyet. " + "x" * 400)
    assert "1 reply" in call("review", "consult", "reply", "c1", "--file", "reply", "--as", MIRA).output
    assert "2 replies" in call("review", "consult", "reply", "1", "--text", "Now.", "--as", MIRA).output
    shown = call("review", "show", "03VEREN1").output
    assert "“Not yet. xxx" in shown
    assert "x …”" in shown
    assert shown.index("[4]") < shown.index("c1  him") < shown.index("[5]") < shown.index("c2  her")
    assert "c1 replied, c2 asked" in call("review", "queue").output
    listed = call("review", "consult", "list").output
    assert "1 passage, asked" in listed
    assert "2 consultations" in listed
    assert [one["consult"] for one in json.loads(call("review", "consult", "list", "--waiting", "--json").output)] == [
        "c2"
    ]
    found = json.loads(call("review", "consult", "show", "c1", "--json").output)
    assert found["passages"][0]["mark"] == "m1"
    assert [one["text"] for one in found["replies"]] == ["Not\nyet. " + "x" * 400, "Now."]
    assert "May we?" in call("review", "consult", "show", "c1").output


def test_words_are_given_once(call: Call, newsroom: Path) -> None:
    for how in ((), ("--question", "a", "--question-file", "b")):
        with pytest.raises(UsageError, match="Words are needed"):
            call("review", "consult", "send", "--to", "him", "--mark", "m1", *how, "--out", "a.txt", "--as", ANA)
    (newsroom / "latin").write_bytes(b"\xe9t\xe9")
    with pytest.raises(InputError, match="not UTF-8"):
        call(
            "review",
            "consult",
            "send",
            "--to",
            "him",
            "--mark",
            "m1",
            "--question-file",
            "latin",
            "--out",
            "a.txt",
            "--as",
            ANA,
        )
    assert CliRunner().invoke(root, ["review", "consult", "show", "m1"]).exit_code == 2
