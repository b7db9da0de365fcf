"""Each guard on the way out is broken in turn: the leak check, which knows none of them, refuses what would go out.

A guard is what keeps a withheld word in: the cut, the choice of fields, title and id, the drawing of pictures, the
making of pages. The test replaces one by what a careless change would make of it.
"""

from __future__ import annotations

import io
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pikepdf
import pytest
import zstandard

from tests.release.house import PASSPHRASE, VERIFIER, new_house, review, seal, stock
from tests.release.pictured import FILES, pictured_house, show_all
from unsealed.archive import Archive
from unsealed.model import Gap, PublicUnit, Shown
from unsealed.release import build, cut
from unsealed.release.keyring import Keyring, open_keyring, read_policy
from unsealed.release.leaks import LeaksFound
from unsealed.release.objects import Staging
from unsealed.release.pictures import image, make
from unsealed.release.plan import plan_release
from unsealed.release.publishing import publish, publish_site
from unsealed.release.records import find_release, read_release
from unsealed.release.signing import sign_release
from unsealed.release.sweep import StrayLeaks
from unsealed.site import SiteOptions, build_site, writer

NAME = "Karl Ottmar"
House = tuple[Archive, Keyring]
Break = Callable[[pytest.MonkeyPatch], None]


def furnished(path: Path) -> House:
    """An archive that is sealed and reviewed."""
    archive, keys = new_house(path)
    stock(archive)
    seal(archive, keys)
    review(
        archive,
        {"document": "*", "find": NAME},
        {"document": "K-1", "coarsen": "coordinate", "keep": 1, "reason": "place"},
    )
    return archive, keys


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = furnished(tmp_path / "a")
    with archive:
        yield archive, keys


def make_release(house: House) -> None:
    archive, keys = house
    plan_release(archive, 1, [1, 2, 3, 4, 5, 6], title="One", story="", date="2026-01-03")
    build.build_release(archive, keys, 1, verifier=VERIFIER)


# --- guards of the release -------------------------------------------------------------------------------


def nothing_is_hidden(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cut, "hidden_places", lambda atoms, marks, reasons: [])


def the_last_mark_is_lost(patch: pytest.MonkeyPatch) -> None:
    whole = cut.hidden_places
    patch.setattr(cut, "hidden_places", lambda atoms, marks, reasons: whole(atoms, tuple(marks)[:-1], reasons))


def only_the_first_word_of_a_mark_is_hidden(patch: pytest.MonkeyPatch) -> None:
    whole = cut.hidden_places

    def first(atoms: Any, marks: Any, reasons: Any) -> Any:
        return [place for mark in marks for place in whole(atoms, (mark,), reasons)[:1]]

    patch.setattr(cut, "hidden_places", first)


def every_field_is_shown(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cut, "_is_shown", lambda field, whole: True)
    patch.setattr(cut, "standing_facts", lambda fields, blocks: fields)


def fields_of_a_hidden_unit(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cut, "public_fields", lambda reading, whole: tuple((one.name, one.value) for one in reading.fields))
    patch.setattr(cut, "standing_facts", lambda fields, blocks: fields)


def the_title_is_the_raw_subject(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(cut, "title_of", lambda fields, blocks, public_id: f"Talks with {NAME}")


def the_parent_is_a_file_name(patch: pytest.MonkeyPatch) -> None:
    place = build.Place
    patch.setattr(
        build, "Place", lambda number, public_id, parent, *rest: place(number, public_id, "Ottmar.eml", *rest)
    )


def the_id_is_a_file_name(patch: pytest.MonkeyPatch) -> None:
    whole = build.public_ids
    patch.setattr(
        build,
        "public_ids",
        lambda *given: [f"karl-ottmar-{number}" if number == 1 else one for number, one in enumerate(whole(*given))],
    )


def blocks_come_from_the_reading(patch: pytest.MonkeyPatch) -> None:
    blocks = cut.opened.blocks

    def leaky(proved: Any) -> Any:
        return tuple(
            PublicUnit(block.label, tuple(Shown(f"{NAME} ") if isinstance(run, Gap) else run for run in block.runs))
            if isinstance(block, PublicUnit)
            else block
            for block in blocks(proved)
        )

    patch.setattr(cut.opened, "blocks", leaky)


def the_whole_value_in_another_field(patch: pytest.MonkeyPatch) -> None:
    whole = cut.public_fields
    patch.setattr(cut, "public_fields", lambda reading, shown: (*whole(reading, shown), ("place", "38SMB4488")))


def the_story_names_him(patch: pytest.MonkeyPatch) -> None:
    whole = build.manifest_of
    patch.setattr(
        build, "manifest_of", lambda *given: msgspec.structs.replace(whole(*given), story=f"What {NAME} told us.")
    )


def a_private_file_is_staged(patch: pytest.MonkeyPatch) -> None:
    written = build.write_embargo

    def leaky(work: Any, staging: Staging) -> None:
        written(work, staging)
        staging.write("media/notes", f'{{"reading":"met {NAME}"}}'.encode())

    patch.setattr(build, "write_embargo", leaky)


def a_file_is_named_after_him(patch: pytest.MonkeyPatch) -> None:
    written = build.write_embargo

    def leaky(work: Any, staging: Staging) -> None:
        written(work, staging)
        staging.write("media/karl-ottmar.txt", b"nothing")

    patch.setattr(build, "write_embargo", leaky)


def a_packed_file_holds_him(patch: pytest.MonkeyPatch) -> None:
    written = build.write_embargo

    def leaky(work: Any, staging: Staging) -> None:
        written(work, staging)
        staging.write("search/terms", zstandard.compress(b"karl\nottmar\n"))

    patch.setattr(build, "write_embargo", leaky)


def the_pack_carries_more(patch: pytest.MonkeyPatch) -> None:
    whole = build.encode_pack
    patch.setattr(build, "encode_pack", lambda documents: whole(documents) + zstandard.compress(NAME.encode()))


RELEASE: tuple[Break, ...] = (
    nothing_is_hidden, the_last_mark_is_lost, only_the_first_word_of_a_mark_is_hidden, every_field_is_shown,
    fields_of_a_hidden_unit,
    the_title_is_the_raw_subject, the_parent_is_a_file_name, the_id_is_a_file_name, blocks_come_from_the_reading,
    the_whole_value_in_another_field, the_story_names_him, a_private_file_is_staged, a_file_is_named_after_him,
    a_packed_file_holds_him, the_pack_carries_more,
)  # fmt: skip


def test_with_every_guard_it_is_built(house: House) -> None:
    make_release(house)
    assert read_release(house[0], 1).state == "built"


@pytest.mark.parametrize("broken", RELEASE, ids=lambda broken: broken.__name__)
def test_a_release_with_a_broken_guard_is_refused(broken: Break, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises((LeaksFound, StrayLeaks)):
        make_release(house)
    found = find_release(house[0], 1)
    assert found is not None and found.state == "planned"
    assert not (house[0].path / "packages" / "0001").exists()


# --- guards of the pictures ------------------------------------------------------------------------------


SPY = "Quillfeather"
PICTURED = ("Ilyas Quillfeather", "Quillfeather", "Marrowgate", "Tessaline Ashgrove", "Tessaline")


def nothing_is_filled(patch: pytest.MonkeyPatch) -> None:
    whole = make.redacted
    patch.setattr(make, "redacted", lambda page, black, look: whole(page, (), look))


def the_fill_is_grey(patch: pytest.MonkeyPatch) -> None:
    """As a marker pen on paper: dark, and the words can be read under it."""

    def drawn(page: Any, black: Any, look: Any) -> Any:
        bare, filled = whole(page, (), look), whole(page, black, look)
        pixels = bytes(max(dark, light // 2) for dark, light in zip(filled.pixels, bare.pixels, strict=True))
        return image.Canvas(page.width, page.height, pixels)

    whole = make.redacted
    patch.setattr(make, "redacted", drawn)


def the_text_layer_has_every_word(patch: pytest.MonkeyPatch) -> None:
    whole = make._pdf_page

    def drawn(done: Any, look: Any, form: str) -> Any:
        page = whole(done, look, form)
        first = page.words[0]
        return page._replace(words=(first._replace(text=SPY), *page.words))

    patch.setattr(make, "_pdf_page", drawn)


def the_picture_keeps_its_author(patch: pytest.MonkeyPatch) -> None:
    whole = make.png

    def written(*given: Any) -> bytes:
        data = whole(*given)
        return data[:33] + image._chunk(b"zTXt", b"Author\0\0" + zlib.compress(SPY.encode())) + data[33:]

    patch.setattr(make, "png", written)


def the_pdf_names_its_author(patch: pytest.MonkeyPatch) -> None:
    whole = make.pdf

    def written(pages: Any) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(whole(pages))) as document:
            document.docinfo["/Author"] = SPY
            document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        return out.getvalue()

    patch.setattr(make, "pdf", written)


def the_original_is_attached(patch: pytest.MonkeyPatch) -> None:
    whole = make.pdf

    def written(pages: Any) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(whole(pages))) as document:
            document.attachments["original.pdf"] = FILES["page.pdf"]()
            document.save(out)
        return out.getvalue()

    patch.setattr(make, "pdf", written)


PICTURES: tuple[Break, ...] = (
    nothing_is_filled, the_fill_is_grey, the_text_layer_has_every_word, the_picture_keeps_its_author,
    the_pdf_names_its_author, the_original_is_attached,
)  # fmt: skip


@pytest.fixture(scope="module")
def sealed_pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    folder = tmp_path_factory.mktemp("pictures")
    archive, keys, items = pictured_house(folder, ["page.pdf"])
    seal(archive, keys)
    review(archive, *({"document": "*", "find": word} for word in PICTURED))
    show_all(archive, items.values())
    archive.close()
    return archive.path, items["page.pdf"]


@pytest.mark.parametrize("broken", [None, *PICTURES], ids=lambda broken: broken.__name__ if broken else "whole")
def test_a_picture_with_a_broken_guard_is_refused(
    broken: Break | None, sealed_pictures: tuple[Path, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, item = sealed_pictures
    shutil.copytree(path, tmp_path / "a")
    with Archive.open(tmp_path / "a", write=True) as archive:
        keys = open_keyring(archive, PASSPHRASE)
        plan_release(archive, 1, [item], title="", story="", date="2026-01-03")
        if broken is None:
            assert build.build_release(archive, keys, 1, verifier=VERIFIER).documents == 1
            return
        broken(monkeypatch)
        with pytest.raises((LeaksFound, StrayLeaks)):
            build.build_release(archive, keys, 1, verifier=VERIFIER)


# --- guards of the pages ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house with its first release published, and no pages yet."""
    folder = tmp_path_factory.mktemp("published")
    archive, keys = furnished(folder / "a")
    make_release((archive, keys))
    policy = read_policy(archive)
    for signer in keys.editors[:2]:
        sign_release(archive, 1, signer, policy)
    publish(archive, keys, policy, read_release(archive, 1).release)
    archive.close()
    return folder / "a"


@pytest.fixture
def published(published_once: Path, tmp_path: Path) -> Iterator[House]:
    shutil.copytree(published_once, tmp_path / "a")
    with Archive.open(tmp_path / "a", write=True) as archive:
        yield archive, open_keyring(archive, PASSPHRASE)


def make_site(archive: Archive) -> bytes:
    public = archive.path / "public"
    report = build_site(
        archive.path / "packages", public, archive.path / "cache/site", SiteOptions(), log=public / "heads/log"
    )
    return report.manifest()


PAGES = (
    "index.html", "about.html", "feed.atom", "feed.json", "sitemap.xml", "style.css", "page.js", "verify.html",
    "d/*/index.html", "d/*/document.json", "d/*/document.txt", "by/*/index.html", "r/*",
)  # fmt: skip


def test_with_every_guard_the_site_is_published(published: House) -> None:
    assert publish_site(published[0], published[1], make_site(published[0])) == 2
    assert publish_site(published[0], published[1], make_site(published[0])) == 2  # from the cache of clean files


@pytest.mark.parametrize("where", PAGES)
def test_a_page_that_says_more_than_the_documents_is_refused(
    where: str, published: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, touched = writer.Writer.put, []

    def leaky(self: Any, unit: str, key: bytes, files: Any) -> None:
        changed = []
        for path, data in files:
            if Path(path).match(where):
                touched.append(path)
                data += f"<!-- {NAME} -->".encode()
            changed.append((path, data))
        whole(self, unit, key, changed)

    monkeypatch.setattr(writer.Writer, "put", leaky)
    manifest = make_site(published[0])
    assert touched
    with pytest.raises(StrayLeaks) as refused:
        publish_site(published[0], published[1], manifest)
    assert "ottmar" not in str(refused.value).lower()
    assert not (published[0].path / "public/heads/site.manifest").exists()


def test_a_page_in_a_folder_of_his_name_is_refused(published: House, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = writer.Writer.put
    monkeypatch.setattr(
        writer.Writer,
        "put",
        lambda self, unit, key, files: whole(
            self, unit, key, [(path.replace("by/people/", "by/people/karl-ottmar/"), data) for path, data in files]
        ),
    )
    with pytest.raises(StrayLeaks):
        publish_site(published[0], published[1], make_site(published[0]))


def test_the_words_of_a_document_that_is_public_are_no_leak_of_the_site(published: House) -> None:
    """Somebody is withheld after he was published: that is for an amendment, and keeps no page from being signed."""
    publish_site(published[0], published[1], make_site(published[0]))
    review(published[0], {"document": "*", "find": "harbour"}, cleared=[])
    assert publish_site(published[0], published[1], make_site(published[0])) == 2
