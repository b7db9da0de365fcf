"""The hostile items of `made/EXPECT.json`: archives, text, mail and markup behave as their `must` says.

Items of other families are held by the tests of their readers; here they only must not stop ingest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ingest.material import Inline, InlineUnpack, make_archive
from unsealed.archive import Archive, Item
from unsealed.ingest import pipeline
from unsealed.model import Reading

FAMILIES = ("archives", "text", "mail", "markup")
LIMITS = {"A-RATIO", "A-OVERLAP", "A-TOTAL", "A-MEMBERS", "A-SELF", "I-NESTING"}

pytestmark = [pytest.mark.shared, pytest.mark.slow]


class Made:
    """The archive of these items, with ways to ask it."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._items = list(archive.items())

    def file(self, name: str) -> Item:
        (found,) = [item for item in self._items if not item.container and item.path.endswith(name)]
        return found

    def inside(self, name: str) -> list[Item]:
        """Everything in a file, at any depth."""
        within = {self.file(name).id}
        found = []
        for item in self._items:
            if item.container in within:
                within.add(item.id)
                found.append(item)
        return found

    def readings(self, name: str) -> list[Reading]:
        items = [self.file(name), *self.inside(name)]
        rows = [self.archive.current_row(item.id) for item in items]
        return [self.archive.reading(row).reading for row in rows if row]

    def words(self, name: str) -> str:
        return "\n".join(unit.text for reading in self.readings(name) for unit in reading.units)

    def codes(self, name: str) -> set[str]:
        return {item.code for item in (self.file(name), *self.inside(name))} - {""}


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("expect") / "archive"
    before = {path for path in Path("/tmp").iterdir() if path.name.startswith("unsealed_escape")}
    with make_archive(folder) as archive:
        sources = [shared / "made" / family for family in FAMILIES]
        pipeline.run(archive, sources, make=Inline, unpack=InlineUnpack)
        after = {path for path in Path("/tmp").iterdir() if path.name.startswith("unsealed_escape")}
        assert before == after, "something was written to a stored path"
        yield Made(archive)


def _stopped(made: Made, name: str) -> None:
    assert made.codes(name) & LIMITS
    refused = [item for item in (made.file(name), *made.inside(name)) if item.state == "refused"]
    assert refused and all(item.remedy for item in refused)


def _bounded(made: Made, name: str) -> None:
    found = made.inside(name)
    assert len(found) == 20_000
    assert {item.state for item in found} == {"empty"}


def _names_only(made: Made, name: str) -> None:
    items = [made.file(name), *made.inside(name)]
    facts = [made.archive.member_facts(item.id) for item in items]
    odd = [fact for fact in facts if fact is not None and "A-SLIP" in fact.flags]
    assert odd or name.startswith("mail/")
    assert any(item.state == "read" for item in items)


def _all_names(made: Made, name: str) -> None:
    found = made.inside(name)
    assert len(found) == 20
    assert all(item.state == "read" for item in found)
    assert len({item.path for item in found}) == 19  # one name stands twice, and both are kept


def _neighbour(made: Made, name: str) -> None:
    states = [item.state for item in made.inside(name)]
    assert "read" in states
    assert made.codes(name) & {"A-DAMAGED", "A-CRC", "A-SIZE"}


def _damaged(made: Made, name: str) -> None:
    assert made.codes(name) & {"A-NO-DIRECTORY", "A-TRUNCATED"}


def _by_content(made: Made, name: str) -> None:
    assert made.file(name).form == "zip"
    assert [item.state for item in made.inside(name)] == ["read"]


def _password(made: Made, name: str) -> None:
    assert made.codes(name) == {"A-PASSWORD"}
    waiting = [line for line in made.archive.quarantine() if line.code == "A-PASSWORD"]
    assert any("--password-file" in line.remedy for line in waiting)


def _small(made: Made, name: str) -> None:
    """No expansion, nothing fetched: what is read is not larger than the file itself, by much."""
    assert len(made.words(name)) <= 4 * made.file(name).length + 1000
    assert "root:" not in made.words(name)


def _read(made: Made, name: str) -> None:
    assert made.file(name).state in ("read", "empty", "quarantined")


def _text(made: Made, name: str) -> None:
    assert made.file(name).state == "read"
    assert made.words(name).strip()


def _cyrillic(made: Made, name: str) -> None:
    letters = [letter for letter in made.words(name) if letter.isalpha()]
    assert sum("\u0400" <= letter <= "\u04ff" for letter in letters) * 2 > len(letters)


def _depth(made: Made, name: str) -> None:
    assert made.inside(name)
    assert made.file(name).state == "read"


def _both_subjects(made: Made, name: str) -> None:
    (reading,) = [one for one in made.readings(name) if one.type == "email"][:1]
    assert sum(unit.label == "subject" for unit in reading.units) >= 2


CHECKS: dict[str, Callable[[Made, str], None]] = {
    "archives/bomb_flat.zip": _stopped,
    "archives/bomb_nested.zip": _stopped,
    "archives/bomb_overlap.zip": _stopped,
    "archives/bomb.gz.gz": _stopped,
    "archives/many_entries.zip": _bounded,
    "archives/zip_slip.zip": _names_only,
    "archives/zip_symlink.zip": _names_only,
    "archives/tar_tricks.tar": _names_only,
    "archives/odd_names.zip": _all_names,
    "archives/broken_crc.zip": _neighbour,
    "archives/truncated.zip": _damaged,
    "archives/looks_like.pdf": _by_content,
    "archives/encrypted_flag.zip": _password,
    "markup/billion_laughs.xml": _small,
    "markup/xxe.xml": _small,
    "markup/xxe.svg": _small,
    "markup/active.html": _text,
    "markup/deep.html": _read,
    "markup/deep.json": _read,
    "markup/xxe.docx": _small,
    "markup/remote_template.docx": _read,
    "markup/formulas.csv": _read,
    "text/utf16.txt": _text,
    "text/cp1251.txt": _cyrillic,
    "text/nul_and_controls.txt": _text,
    "text/bidi.txt": _text,
    "text/one_line.txt": _text,
    "mail/nested_messages.eml": _depth,
    "mail/attachment_names.eml": _names_only,
    "mail/no_end_boundary.eml": _text,
    "mail/huge_header.eml": _text,
    "mail/two_subjects.eml": _both_subjects,
}


def test_every_item_is_held_to_its_word(shared: Path) -> None:
    expected = json.loads((shared / "made" / "EXPECT.json").read_text())
    assert {name for name in expected if name.split("/")[0] in FAMILIES} == set(CHECKS)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_item(made: Made, name: str) -> None:
    CHECKS[name](made, name)


def test_the_ledger_reconciles(made: Made) -> None:
    totals = made.archive.totals()
    assert totals.open == 0
    assert totals.expected == totals.read + totals.empty + totals.quarantined + totals.refused
    for line in made.archive.ledger():
        assert line.open == 0 and line.done
