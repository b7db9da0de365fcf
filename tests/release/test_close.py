"""Closing: what was never used or released is said, a reader checks it, and nothing can be released behind it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.crashing import every_death, public_bytes
from tests.release.house import ANA, JONAS, PASSPHRASE, STILL, VERIFIER, new_house, review, stock
from tests.release.test_publishing import finish
from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, SiteDiffers, UsageError
from unsealed.mirror.check import verify_site
from unsealed.mirror.source import open_source
from unsealed.release import close
from unsealed.release.build import build_release
from unsealed.release.close import CloseReport, close_archive
from unsealed.release.keyring import Keyring, open_keyring, read_policy
from unsealed.release.plan import plan_release
from unsealed.release.publishing import publish_site
from unsealed.release.records import read_release
from unsealed.release.sealing import seal_archive
from unsealed.release.shred import shred_documents
from unsealed.seal.closing import decode_close
from unsealed.seal.package import decode_manifest
from unsealed.site import build_site

House = tuple[Archive, Keyring]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = published(tmp_path / "a")
    yield archive, keys
    archive.close()


def published(path: Path) -> House:
    """Six documents in sixteen slots, two of them released."""
    archive, keys = new_house(path)
    stock(archive)
    seal_archive(archive, keys, STILL, hidden_count=4)
    review(archive, {"document": "*", "find": "Karl Ottmar"})
    plan_release(archive, 1, [1, 2], title="One", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    finish(archive, keys, 1)
    return archive, keys


def end(archive: Archive, keys: Keyring) -> CloseReport:
    return close_archive(archive, keys, text="We are done.", date="2026-05-01")


def pages(archive: Archive, keys: Keyring) -> None:
    """Build and publish the site."""
    public = archive.path / "public"
    report = build_site(archive.path / "packages", public, archive.path / "cache", log=public / "heads" / "log")
    publish_site(archive, keys, report.manifest())


def test_the_end_says_what_was_never_released(house: House) -> None:
    archive, keys = house
    assert end(archive, keys) == CloseReport(2, 2, 10, 4)
    package = archive.path / "packages/0002"
    [closed] = decode_close((package / "close").read_bytes())
    assert (len(closed.unused), len(closed.unreleased), closed.size) == (10, 4, 16)
    assert decode_manifest((package / "manifest.json").read_bytes()).total == 6
    pages(archive, keys)
    report = verify_site(open_source(str(archive.path / "public")), read_policy(archive), workers=1)
    assert report.documents == 2
    front = (archive.path / "public/index.html").read_text()
    assert "2 of 6 released" in front


def test_before_the_end_no_page_tells_how_many_there_are(house: House) -> None:
    archive, keys = house
    pages(archive, keys)
    verify_site(open_source(str(archive.path / "public")), read_policy(archive), workers=1)
    for path in (archive.path / "public").rglob("*"):
        if path.suffix in (".html", ".json", ".atom"):
            text = path.read_text()
            assert "of 6" not in text
            assert "of 16" not in text
            assert "16 documents" not in text
            assert "6 documents" not in text


def test_a_lie_in_the_list_is_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, keys = house
    honest = close.encode_close

    def hide_one(closed: tuple[close.Closed, ...]) -> bytes:
        [one] = closed
        kept = sorted(one.unreleased)[1:]
        return honest([one._replace(unreleased=set(kept))])

    monkeypatch.setattr(close, "encode_close", hide_one)
    end(archive, keys)
    pages(archive, keys)
    with pytest.raises(SiteDiffers) as caught:
        verify_site(open_source(str(archive.path / "public")), read_policy(archive), workers=1)
    assert caught.value.rule == "close-count"


def test_an_unused_slot_that_holds_something_is_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, keys = house
    honest = close._closed

    def call_one_unused(archive: Archive, keys: Keyring) -> Iterator[close.Closed]:
        for one in honest(archive, keys):
            first, *rest = sorted(one.unreleased)
            yield one._replace(unused={**one.unused, first: bytes(32)}, unreleased=set(rest))

    monkeypatch.setattr(close, "_closed", call_one_unused)
    end(archive, keys)
    pages(archive, keys)
    with pytest.raises(SiteDiffers, match="is called unused, and holds something"):
        verify_site(open_source(str(archive.path / "public")), read_policy(archive), workers=1)


def test_nothing_is_released_behind_it(house: House) -> None:
    archive, keys = house
    end(archive, keys)
    with pytest.raises(UsageError, match="closed already"):
        end(archive, keys)
    plan_release(archive, 3, [4], title="Late", story="", date="2026-06-01")
    build_release(archive, keys, 3, verifier=VERIFIER)
    with pytest.raises(UsageError, match="cannot follow"):
        finish(archive, keys, 3)


def test_built_releases_go_first(house: House) -> None:
    archive, keys = house
    plan_release(archive, 2, [4], title="Two", story="", date="2026-01-04")
    build_release(archive, keys, 2, verifier=VERIFIER)
    with pytest.raises(HumanNeeded, match="Release 2 waits"):
        end(archive, keys)
    plan_release(archive, 2, [4], title="Two", story="", date="2026-01-04")
    assert end(archive, keys).unreleased == 4


def test_missing_signatures_are_collected_and_the_same_package_goes_on(house: House) -> None:
    archive, keys = house
    with pytest.raises(HumanNeeded, match="1 of 2 signatures"):
        end(archive, keys._replace(editors=keys.editors[:1]))
    manifest = (archive.path / "packages/0002/manifest.json").read_bytes()
    assert end(archive, keys._replace(editors=keys.editors[1:2])).entry == 2
    assert (archive.path / "packages/0002/manifest.json").read_bytes() == manifest
    assert len(read_release(archive, 2).release.signatures) == 2


def test_it_closes_after_a_shredding(house: House) -> None:
    archive, keys = house
    shred_documents(archive, keys.store, PASSPHRASE, [4], by=(ANA, JONAS), time="2026-03-04T05:06:07Z")
    assert end(archive, open_keyring(archive, PASSPHRASE)).unused == 10


def test_a_public_count_closes_with_no_unused_slot(tmp_path: Path) -> None:
    archive, keys = new_house(tmp_path / "b")
    stock(archive)
    seal_archive(archive, keys, STILL)
    assert end(archive, keys) == CloseReport(1, 1, 0, 6)
    archive.close()


@pytest.mark.slow
def test_killed_anywhere_the_next_run_completes(tmp_path: Path) -> None:
    work, template = tmp_path / "a", tmp_path / "template"
    archive, keys = published(work)
    archive.close()
    shutil.copytree(work, template)

    def run() -> None:
        with Archive.open(work, write=True) as archive:
            if len(archive.releases()) < 3 or read_release(archive, 2).state != "published":
                end(archive, keys)

    run()
    undisturbed = public_bytes(work)
    deaths = 0
    for _ in every_death(template, work, run, stride=3):
        run()
        assert public_bytes(work) == undisturbed
        deaths += 1
    assert deaths > 10
