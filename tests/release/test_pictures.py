"""Pages as pictures: nothing withheld is in the published bytes, whoever looks for it, and nothing goes out unasked."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from click.testing import CliRunner

from tests.ingest.material import Inline, make_archive
from tests.ingest.test_ocr import Silent
from tests.release.house import ANA, JONAS, VERIFIER, review, seal
from tests.release.pictured import FILES, NAMES, pdf_file, pictured_house, show_all
from tests.release.test_build import documents
from unsealed.archive import Archive
from unsealed.cli import root
from unsealed.errors import HumanNeeded, InputError
from unsealed.ingest import pipeline
from unsealed.model import PublicDocument, PublicPages
from unsealed.release.build import build_release
from unsealed.release.keyring import Keyring
from unsealed.release.leaks import LeaksFound
from unsealed.release.pictures.final import final_pages, picture_hits
from unsealed.release.pictures.image import read_png
from unsealed.release.pictures.proof_sheet import proof_sheet
from unsealed.release.pictures.studio import Studio
from unsealed.release.plan import Plan, plan_release
from unsealed.review.desk import Desk
from unsealed.review.finding import Span, find_spans, pattern_of
from unsealed.review.leaks import LeakCheck
from unsealed.review.pages import PageDesk
from unsealed.review.state import WHOLE
from unsealed.site.build import build_site

WITHHELD = ("Ilyas Quillfeather", "Quillfeather", "Marrowgate", "Tessaline Ashgrove", "Tessaline", "Tessaline.pdf")
PAGED = ("Tessaline.pdf", "page.pdf", "photo.png", "scan.pdf")


TOOLS = ("strings", "exiftool", "pdftotext", "pdfinfo", "tesseract", "zstd")
LACKING = [tool for tool in TOOLS if shutil.which(tool) is None]
with_tools = pytest.mark.skipif(bool(LACKING), reason=f"not installed: {', '.join(LACKING)}")


class Out(NamedTuple):
    """A built release with its site."""

    archive: Archive
    items: dict[str, int]
    documents: dict[str, PublicDocument]
    files: tuple[Path, ...]


def planned(archive: Archive, *items: int) -> Plan:
    return plan_release(archive, 1, items, title="", story="", date="2026-01-03")


def withhold(archive: Archive, *words: str) -> None:
    review(archive, *({"document": "*", "find": word} for word in words))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Out]:
    folder = tmp_path_factory.mktemp("pictured")
    archive, keys, items = pictured_house(folder)
    seal(archive, keys)
    withhold(archive, *WITHHELD)
    show_all(archive, [items[name] for name in PAGED])
    assert planned(archive, *items.values()).obstacles == ()
    build_release(archive, keys, 1, verifier=VERIFIER)
    build_site(archive.path / "packages", folder / "public", folder / "cache")
    package = archive.path / "packages" / "0001"
    files = [path for place in (package, folder / "public") for path in place.rglob("*") if path.is_file()]
    yield Out(archive, items, documents(archive), tuple(files))
    archive.close()


def pages_of(document: PublicDocument) -> PublicPages:
    assert isinstance(document.pages, PublicPages)
    return document.pages


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace").lower()


def said_by(files: Sequence[Path]) -> str:
    """Everything that independent programs find in files, names included; packs and pictures opened."""
    found = [path.name.lower() for path in files]
    found += [run("strings", "-n", "4", *coding, *files) for coding in ((), ("-el",), ("-eb",))]
    media = [path for path in files if path.read_bytes()[:5] in (b"%PDF-", b"\x89PNG\r")]
    found.append(run("exiftool", "-a", "-u", "-G", *media))
    done: set[bytes] = set()
    for path in files:
        data = path.read_bytes()
        if data in done:
            continue
        done.add(data)
        if data.startswith(b"%PDF"):
            found += [run("pdftotext", "-layout", path, "-"), run("pdfinfo", path), run("pdftotext", "-raw", path, "-")]
        elif data.startswith(b"\x89PNG"):
            found.append(run("tesseract", path, "-", "--psm", "6"))
        elif data.startswith(b"\x28\xb5\x2f\xfd"):
            found.append(run("zstd", "-dcq", path))
    return "\n".join(found)


@with_tools
def test_no_withheld_word_stands_in_any_published_byte(out: Out) -> None:
    said = said_by(out.files)
    assert "heron" in said and "fontmatrix" in said
    assert [name for name in NAMES if name.lower() in said] == []


@with_tools
def test_the_tools_would_have_found_the_words(tmp_path: Path) -> None:
    for name, file in FILES.items():
        (tmp_path / name).write_bytes(file())
        assert "quillfeather" in said_by([tmp_path / name]) or name == "note.docx"  # its members are packed
    assert all(name.lower() in said_by([tmp_path / "page.pdf"]) for name in NAMES)


@with_tools
def test_the_pdf_says_the_shown_words_and_markers(out: Out) -> None:
    for document in out.documents.values():
        if isinstance(document.pages, msgspec.UnsetType):
            continue
        path = out.archive.path / "packages" / "0001" / "media" / document.pages.sha256
        text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True).stdout.decode()
        lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
        assert lines[:2] == [
            "The heron was seen at noon near the old mill by two people.",
            "▮▮▮ keeps the ledger in his house at ▮▮▮",
        ]
        information = subprocess.run(["pdfinfo", path], capture_output=True, check=True).stdout.decode()
        assert "Title" not in information and "Producer" not in information and "Date" not in information


def test_only_documents_with_pages_carry_the_key(out: Out) -> None:
    with_pages = [one for one in out.documents.values() if not isinstance(one.pages, msgspec.UnsetType)]
    assert len(with_pages) == len(PAGED) and len(out.documents) == len(out.items)
    for one in out.documents.values():
        assert (b'"pages":' in msgspec.json.encode(one)) == (one in with_pages)


def test_every_picture_is_named_by_the_manifest_and_of_its_one_form(out: Out) -> None:
    seen = list(final_pages(out.archive, 1))
    assert len(seen) == len(PAGED)
    for page in seen:
        read_png((out.archive.path / "packages" / "0001" / page.path).read_bytes())
        assert "heron" in page.text.lower() and not any(name.lower() in page.text.lower() for name in NAMES)
    check = LeakCheck()
    check.add_text("Old Mill", mark=1)
    assert {hit.place for hit in picture_hits(out.archive, 1, check)} == {page.place for page in seen}


def test_the_site_shows_them_and_says_that_the_seal_does_not_cover_them(out: Out) -> None:
    pages = [path.read_text() for path in out.files if path.parent.parent.name == "d" and path.name == "index.html"]
    shown = [page for page in pages if 'class="sheets"' in page]
    assert len(shown) == len(PAGED)
    for page in shown:
        assert 'loading="lazy"' in page and 'alt="Page 1 of 1.' in page
        assert "The seal covers the words, not the pictures" in page


# --- what keeps pages in


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Archive, Keyring, int]]:
    archive, keys, items = pictured_house(tmp_path, ["page.pdf"])
    seal(archive, keys)
    yield archive, keys, items["page.pdf"]
    archive.close()


def test_a_page_that_one_editor_shows_waits(small: tuple[Archive, Keyring, int]) -> None:
    archive, keys, item = small
    withhold(archive, *WITHHELD)
    desk = PageDesk(archive)
    desk.show(item, [1], ANA)
    [obstacle] = planned(archive, item).obstacles
    assert obstacle.kind == "pages" and "page 1" in obstacle.why
    with pytest.raises(HumanNeeded):
        build_release(archive, keys, 1, verifier=VERIFIER)
    desk.show(item, [1], JONAS, "reject")
    assert planned(archive, item).obstacles == ()
    build_release(archive, keys, 1, verifier=VERIFIER)
    assert isinstance(documents(archive).popitem()[1].pages, msgspec.UnsetType)


def test_a_box_of_an_editor_is_filled_once_two_agree(small: tuple[Archive, Keyring, int]) -> None:
    archive, keys, item = small
    withhold(archive, *WITHHELD)
    show_all(archive, [item])
    desk = PageDesk(archive)
    number = desk.box(item, 1, (0, 0, 1000, 300), ANA, reason="private")
    [obstacle] = planned(archive, item).obstacles
    assert f"box b{number}" in obstacle.why
    desk.decide(number, JONAS, "accept")
    assert planned(archive, item).obstacles == ()
    build_release(archive, keys, 1, verifier=VERIFIER)
    [page] = pages_of(documents(archive).popitem()[1]).pages
    canvas = read_png((archive.path / "packages" / "0001" / "media" / page.sha256).read_bytes())
    assert set(canvas.pixels[: canvas.width * int(canvas.height * 0.3)]) == {0}


def test_a_name_that_only_the_picture_says_is_found(tmp_path: Path) -> None:
    archive, keys, items = pictured_house(tmp_path, ["page.pdf"])
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "fax.pdf").write_bytes(pdf_file(("Quillfeather was here with some friends.",), scan=True))
    pipeline.run(archive, [tmp_path / "later"], workers=1)  # without OCR: its words are not known
    fax = next(one.item for one in archive.summaries() if archive.item(one.item).path.endswith("fax.pdf"))
    seal(archive, keys)
    withhold(archive, *WITHHELD)
    show_all(archive, [items["page.pdf"], fax])
    planned(archive, items["page.pdf"], fax)
    with pytest.raises(LeaksFound) as caught:
        build_release(archive, keys, 1, verifier=VERIFIER)
    assert {hit.string for hit in caught.value.hits if "picture of page 1" in hit.place} >= {"quillfeather"}
    assert not (archive.path / "packages" / "0001").exists()
    archive.close()


def test_a_proof_sheet_shows_editors_what_would_go_out(small: tuple[Archive, Keyring, int], tmp_path: Path) -> None:
    archive, _, item = small
    desk = Desk(archive)
    row = archive.current_row(item)
    [span] = find_spans(archive.reading(row).reading.units, pattern_of("Quillfeather keeps"))
    desk.mark(item, row, [span], "private", ANA)  # open still: filled all the same
    sheet = proof_sheet(archive, item, 1)
    assert sheet.filled == 1 and sheet.unknown == () and (sheet.width, sheet.height) == (875, 625)
    assert "Quillfeather" not in sheet.words and "Tessaline" in sheet.words
    desk.mark(item, row, [Span(WHOLE, WHOLE, WHOLE)], "private", ANA)
    assert proof_sheet(archive, item, 1).words == ""
    with pytest.raises(InputError):
        proof_sheet(archive, item, 2)
    target = tmp_path / "page.png"
    called = ["review", "picture", str(item), "--page", "1", "--to", str(target), "--archive", str(archive.path)]
    archive.close()
    done = CliRunner().invoke(root, called)
    assert done.exit_code == 0 and "875 x 625 pixels" in done.output
    assert set(read_png(target.read_bytes()).pixels) == {0, 255}


def test_the_same_decisions_give_the_same_bytes(small: tuple[Archive, Keyring, int]) -> None:
    archive, keys, item = small
    withhold(archive, *WITHHELD)
    show_all(archive, [item])
    kept = []
    for _ in range(2):
        planned(archive, item)
        build_release(archive, keys, 1, verifier=VERIFIER)
        files = sorted((archive.path / "packages" / "0001").rglob("*"))
        kept.append([(path.name, path.read_bytes()) for path in files if path.is_file()])
    assert kept[0] == kept[1]


@pytest.mark.parametrize("answer", [b"\x92\x01" + b"\x91" * 100_000, b"\x91\xa2\xff\xff", b"\xc1", b""])
def test_a_worker_that_answers_nonsense_leaves_the_page_to_a_person(tmp_path: Path, answer: bytes) -> None:
    class Liar(Silent):
        def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None: ...

        def receive(self) -> bytearray:
            return bytearray(answer)

    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("A letter.")
    with make_archive(tmp_path / "archive") as archive, Studio(archive, make=Liar) as studio:
        pipeline.run(archive, [tmp_path / "source"], make=Inline)
        with pytest.raises(HumanNeeded, match="cannot be drawn"):
            studio.draw(1, 1, 100)
