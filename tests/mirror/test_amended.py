"""A site after amendments: exactly what the log says, and every lie about them is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.mirror.amending import Amender, amender, changed
from unsealed.errors import VerifyError
from unsealed.mirror.check import verify_site
from unsealed.mirror.source import open_source
from unsealed.seal import package
from unsealed.seal.payloads import RedactMoreEntry, UnredactEntry
from unsealed.seal.superseded import Superseded

MORE, LESS = ((12, 3, 1),), ((12, 1, 1),)


def check(made: Amender, folder: Path) -> Any:
    made.site()
    return verify_site(open_source(str(made.write(folder / "public"))), made.policy)


def refused(made: Amender, folder: Path) -> str:
    with pytest.raises(VerifyError) as caught:
        check(made, folder)
    assert caught.value.message
    return caught.value.rule


def test_every_amendment_leaves_a_whole_site(tmp_path: Path) -> None:
    made = amender()
    made.amend(RedactMoreEntry, {(1, 0): MORE})
    assert check(made, tmp_path / "a").documents == 3
    made.withdraw((2, 0), (3, 0))
    assert check(made, tmp_path / "b").documents == 1
    made.amend(UnredactEntry, {(1, 1): ((16, 2, 2),), (3, 0): LESS})
    report = check(made, tmp_path / "c")
    assert report.documents == 2
    assert report.hidden == 3
    assert len(report.releases) == 6


def test_the_old_pack_is_gone_and_the_others_stay_provable(tmp_path: Path) -> None:
    made = amender()
    before = {path for path in made.files if path.startswith("o/")}
    made.amend(RedactMoreEntry, {(1, 0): MORE})
    assert len(before - made.files.keys()) == 1
    old = made.at(1, 1).proof
    check(made, tmp_path)
    assert made.files["d/s1/document.proof"].decode().startswith(package.pack_body(old).decode())


def test_a_pack_that_should_be_gone(tmp_path: Path) -> None:
    made = amender()
    old = dict(made.files)
    made.withdraw((2, 0))
    made.files |= {path: data for path, data in old.items() if path.startswith("o/")}
    assert refused(made, tmp_path) == "superseded"


@pytest.mark.parametrize(
    ("cut", "kind", "rule"),
    [
        (((12, 1, 1),), RedactMoreEntry, "shows-more"),  # shows a word that was hidden
        (((12, 2, 1),), RedactMoreEntry, "shows-more"),  # nothing more is hidden
        (((12, 2, 2),), RedactMoreEntry, "shows-more"),  # another reason is no further redaction
        (((12, 1, 1), (14, 2, 1)), RedactMoreEntry, "shows-more"),  # more and less
        ((), RedactMoreEntry, "shows-more"),
        (((12, 3, 1),), UnredactEntry, "hides-more"),
        (((12, 2, 1),), UnredactEntry, "hides-more"),
        (((14, 1, 1),), UnredactEntry, "hides-more"),
    ],
)
def test_an_amendment_in_the_wrong_direction(
    cut: Any, kind: type[RedactMoreEntry | UnredactEntry], rule: str, tmp_path: Path
) -> None:
    made = amender()
    made.amend(kind, {(1, 0): cut})
    assert refused(made, tmp_path) == rule


def test_lies_about_what_stood_there(tmp_path: Path) -> None:
    def line(**values: Any) -> Any:
        return lambda lines: [msgspec.structs.replace(lines[0], **values)]

    lies: list[tuple[Any, str]] = [
        (line(spans=()), "cut-root"),  # as if nothing had been hidden before
        (line(spans=((12, 2, 1), (11, 1, 1))), "span-order"),
        (line(path=()), "cut-length"),
        (line(c="00" * 32), "commitments"),
        (line(slot=99), "superseded-list"),
        (line(place=1), "superseded-list"),
        (lambda lines: [], "superseded-list"),
        (lambda lines: [*lines, *lines], "superseded-list"),
    ]
    for number, (lie, rule) in enumerate(lies):
        made = amender()
        made.amend(RedactMoreEntry, {(1, 0): MORE}, lines=lie)
        assert refused(made, tmp_path / str(number)) == rule, number


def test_lies_about_which_document(tmp_path: Path) -> None:
    """A withdrawal that names another slot than the one that goes, or hides that one goes."""
    lies: list[tuple[Any, str]] = [
        (lambda entry: changed(entry, documents=((1, 0, 1, 2),)), "superseded-list"),
        (lambda entry: changed(entry, documents=((1, 1, 1, 1),)), "release-documents"),
        (lambda entry: changed(entry, documents=((1, 0, 1, 0), (1, 1, 1, 1))), "release-documents"),
    ]
    for number, (lie, rule) in enumerate(lies):
        made = amender()
        made.withdraw((1, 0), entry=lie)
        assert refused(made, tmp_path / str(number)) == rule, number


def test_another_document_in_its_place(tmp_path: Path) -> None:
    made = amender()
    real = made.body

    def other(slot: int, hidden: Any = ()) -> Any:
        return real(2, ((9, 1, 1),))

    made.body = other  # type: ignore[method-assign]
    made.amend(RedactMoreEntry, {(1, 0): MORE})
    made.body = real  # type: ignore[method-assign]
    assert refused(made, tmp_path) in {"amendment-document", "document-again"}


def test_a_withdrawn_document_that_comes_back_in_silence(tmp_path: Path) -> None:
    made = amender()
    made.withdraw((2, 0))
    made.release({3: ()})
    assert refused(made, tmp_path) == "document-again"


def test_a_document_that_leaves_without_an_entry(tmp_path: Path) -> None:
    made = amender()
    made.withdraw((1, 0), entry=lambda entry: changed(entry, documents=((2, 0, 1, 3),)))
    assert refused(made, tmp_path) == "release-documents"


def test_packages_that_say_nothing_of_what_they_supersede(tmp_path: Path) -> None:
    made = amender()
    made.withdraw((1, 0), files=lambda files: {path: data for path, data in files.items() if path != "superseded"})
    assert refused(made, tmp_path) == "superseded-file"


def test_a_release_that_replaces_packs(tmp_path: Path) -> None:
    """Only an entry that names the documents may do that."""
    made = amender()
    honest = made.manifest
    made.manifest = lambda files, documents, total: honest(  # type: ignore[method-assign]
        {**files, **made.without([(2, 0)])}, documents, total
    )
    made.release({2: ()})
    made.ended = [(2, 0)]
    made._drop_pages([(2, 0)])
    assert refused(made, tmp_path) == "replacing"


def test_files_replaced_that_are_not_in_force(tmp_path: Path) -> None:
    made = amender()
    made.withdraw((2, 0), files=lambda files: {"replacing/" + "00" * 32: b"", **files})
    assert refused(made, tmp_path) == "replacing"


@pytest.mark.parametrize("broken", [b"", b"{}\n", b"x"])
def test_a_list_of_another_form(broken: bytes, tmp_path: Path) -> None:
    made = amender()
    made.withdraw((2, 0), files=lambda files: files | {"superseded": broken})
    assert refused(made, tmp_path) == ("superseded-list" if not broken else "superseded-form")


def test_lines_of_the_list_have_one_spelling() -> None:
    made = amender()
    line = made.superseded(1, 0)
    assert isinstance(line, Superseded)
    assert line.listed == (1, 0, 1, 0)
    assert line.spans == ((12, 2, 1),)
