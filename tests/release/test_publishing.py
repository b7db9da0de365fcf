"""From plan to public: what a reader can check, and that no kill leaves something half-published."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.release.crashing import every_death, public_bytes
from tests.release.house import VERIFIER, new_house, review, seal, stock, without_hashes
from unsealed.archive import Archive
from unsealed.errors import ArchiveError, HistoryError, HumanNeeded, UsageError
from unsealed.model import PublicDocument
from unsealed.release.build import build_release
from unsealed.release.journal import Journal
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.plan import plan_release
from unsealed.release.publishing import publish, publish_site
from unsealed.release.records import find_release, read_release
from unsealed.release.signing import sign_release
from unsealed.seal import tlog_proof
from unsealed.seal.checkpoint import open_checkpoint
from unsealed.seal.entries import ReleaseEntry, SealEntry, SiteEntry, parse_entry, replay
from unsealed.seal.log import Log
from unsealed.seal.package import LogEvidence, attach_log, decode_manifest, decode_pack
from unsealed.seal.policy import Policies
from unsealed.seal.site_manifest import SiteFile, encode_manifest
from unsealed.seal.verify import verify_document

House = tuple[Archive, Keyring]
HIDE = (
    {"document": "*", "find": "Karl Ottmar"},
    {"document": "K-1", "coarsen": "coordinate", "keep": 1, "reason": "place"},
)


def ready(path: Path) -> House:
    """An archive that is sealed and reviewed."""
    archive, keys = new_house(path)
    stock(archive)
    seal(archive, keys)
    review(archive, *HIDE)
    return archive, keys


def go(archive: Archive, keys: Keyring, number: int, items: list[int]) -> int:
    """Plan, build, sign and publish a release."""
    plan_release(archive, number, items, title=f"Part {number}", story="", date="2026-01-03")
    build_release(archive, keys, number, verifier=VERIFIER)
    return finish(archive, keys, number)


def finish(archive: Archive, keys: Keyring, number: int) -> int:
    """Sign what is not signed, and publish."""
    policy = read_policy(archive)
    for signer in keys.editors[:2]:
        if read_release(archive, number).state == "built":
            sign_release(archive, number, signer, policy)
    return publish(archive, keys, policy, read_release(archive, number).release)


def site_manifest(archive: Archive) -> bytes:
    """The manifest of the files that are there now."""
    files = [path for path in (archive.path / "public").rglob("*") if path.is_file()]
    found = [(path.relative_to(archive.path / "public").as_posix(), path.read_bytes()) for path in files]
    return encode_manifest(
        SiteFile(name, len(data), hashlib.sha256(data).hexdigest())
        for name, data in found
        if not name.startswith("heads/")
    )


def site(archive: Archive, keys: Keyring) -> int:
    """Publish the pages as they lie there."""
    return publish_site(archive, keys, site_manifest(archive))


def documents(archive: Archive, number: int) -> list[PublicDocument]:
    """The public documents of a package."""
    packs = (archive.path / "packages" / f"{number:04}" / "packs").iterdir()
    return [document for path in sorted(packs) for document in decode_pack(path.read_bytes())]


def evidence(archive: Archive, number: int) -> LogEvidence:
    """What proof files of a release end with."""
    journal = Journal(archive, read_policy(archive).log)
    entries = journal.entries()
    payloads = [parse_entry(entry).payload for entry in entries]
    sealed = next(n for n, payload in enumerate(payloads) if isinstance(payload, SealEntry))
    released = next(
        n for n, payload in enumerate(payloads) if isinstance(payload, ReleaseEntry) and payload.number == number
    )
    proofs = [tlog_proof.make(index, journal.inclusion(index), journal.checkpoint) for index in (sealed, released)]
    return LogEvidence(entries[sealed], proofs[0], entries[released], proofs[1])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = ready(tmp_path / "a")
    yield archive, keys
    archive.close()


def test_every_proof_of_two_releases_verifies_under_the_policy(house: House) -> None:
    archive, keys = house
    assert go(archive, keys, 1, [1, 2, 4]) == 1
    assert go(archive, keys, 2, [3, 5, 6]) == 2
    policies = Policies.of(read_policy(archive))
    for number, count in ((1, 3), (2, 3)):
        found = documents(archive, number)
        assert len(found) == count
        for document in found:
            verified = verify_document(attach_log(document.proof, evidence(archive, number)), policies)
            assert verified.cut == "publisher"
            assert verified.blocks == document.blocks
            assert verified.slot == document.slot


def test_no_withheld_word_is_in_any_byte(house: House) -> None:
    archive, keys = house
    go(archive, keys, 1, [1, 2, 3, 4, 5, 6])
    manifest = decode_manifest((archive.path / "packages/0001/manifest.json").read_bytes())
    assert manifest.withheld == {"place": 2, "private": 3}
    assert manifest.total == 6
    for document in documents(archive, 1):
        text = without_hashes(repr(document))
        for word in ("Ottmar", "OTTMAR", "Karl", "4488"):
            assert word not in text


def test_the_public_folder_is_what_a_mirror_needs(house: House) -> None:
    archive, keys = house
    go(archive, keys, 1, [1, 2])
    public, policy = archive.path / "public", read_policy(archive)
    head = open_checkpoint((public / "heads/log/checkpoint").read_bytes(), policy.log).checkpoint
    assert head.size == 2
    for number in ("0000", "0001"):
        for path in (archive.path / "packages" / number).rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                assert any(one.read_bytes() == data for one in (public / "o").rglob("*") if one.is_file())


def test_too_few_signatures_publish_nothing(house: House) -> None:
    archive, keys = house
    plan_release(archive, 1, [1], title="", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    policy = read_policy(archive)
    before = public_bytes(archive.path)
    sign_release(archive, 1, keys.editors[0], policy)
    sign_release(archive, 1, keys.editors[0], policy)
    with pytest.raises(HumanNeeded, match="1 of 2"):
        publish(archive, keys, policy, read_release(archive, 1).release)
    assert public_bytes(archive.path) == before


def test_releases_are_published_in_order(house: House) -> None:
    archive, keys = house
    with pytest.raises(UsageError, match="out of turn"):
        go(archive, keys, 2, [1])
    go(archive, keys, 1, [2])
    # Another release stands before it now: it is built again, and what was signed stays signed.
    with pytest.raises(HumanNeeded, match="planned anew"):
        finish(archive, keys, 2)
    build_release(archive, keys, 2, verifier=VERIFIER)
    assert finish(archive, keys, 2) == 2


def test_a_changed_package_is_not_published(house: House) -> None:
    archive, keys = house
    plan_release(archive, 1, [1], title="", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    manifest = archive.path / "packages/0001/manifest.json"
    manifest.write_bytes(manifest.read_bytes().replace(b'"date":"2026-01-03"', b'"date":"2026-01-04"'))
    with pytest.raises(ArchiveError, match="not the one that was signed"):
        finish(archive, keys, 1)


def test_a_changed_pack_is_not_published(house: House) -> None:
    archive, keys = house
    plan_release(archive, 1, [1], title="", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    [pack] = (archive.path / "packages/0001/packs").iterdir()
    data = pack.read_bytes()
    pack.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))  # its last byte is another one in each run
    with pytest.raises(ArchiveError, match="not the file that its manifest names"):
        finish(archive, keys, 1)
    assert Journal(archive, keys.log.verifier).size == 1


def test_publishing_twice_is_publishing_once(house: House) -> None:
    archive, keys = house
    go(archive, keys, 1, [1])
    before = public_bytes(archive.path)
    assert finish(archive, keys, 1) == 1
    assert public_bytes(archive.path) == before


def test_a_log_from_an_old_backup_signs_nothing(house: House, tmp_path: Path) -> None:
    archive, keys = house
    shutil.copytree(archive.path / "packages" / "log", tmp_path / "backup")
    go(archive, keys, 1, [1])
    shutil.rmtree(archive.path / "packages" / "log")
    shutil.copytree(tmp_path / "backup", archive.path / "packages" / "log")
    before = public_bytes(archive.path)
    with pytest.raises(HistoryError, match="old copy"):
        site(archive, keys)
    assert public_bytes(archive.path) == before


def test_a_log_that_went_another_way_signs_nothing(house: House, tmp_path: Path) -> None:
    archive, keys = house
    public = archive.path / "public" / "heads"
    shutil.copytree(archive.path / "packages" / "log", tmp_path / "before")
    shutil.copytree(public, tmp_path / "heads")
    shutil.copytree(public.parent / "o", tmp_path / "o")
    go(archive, keys, 1, [1])
    # The same log key has also signed another history, which is the public one now.
    shutil.copytree(public, tmp_path / "other")
    shutil.rmtree(archive.path / "packages" / "log")
    shutil.copytree(tmp_path / "before", archive.path / "packages" / "log")
    shutil.rmtree(public)
    shutil.copytree(tmp_path / "heads", public)
    shutil.rmtree(public.parent / "o")
    shutil.copytree(tmp_path / "o", public.parent / "o")
    site(archive, keys)
    shutil.rmtree(public)
    shutil.copytree(tmp_path / "other", public)
    with pytest.raises(HistoryError, match="not the public one"):
        site(archive, keys)


def test_a_foreign_head_is_refused(house: House) -> None:
    archive, keys = house
    head = archive.path / "public/heads/log/checkpoint"
    head.write_bytes(head.read_bytes().replace(b"test.example", b"evil.example"))
    with pytest.raises(HistoryError, match="not a head"):
        site(archive, keys)


def test_a_site_entry_counts_once_and_names_the_newest_package(house: House) -> None:
    archive, keys = house
    go(archive, keys, 1, [1])
    assert site(archive, keys) == 2
    assert site(archive, keys) == 2
    (archive.path / "public" / "index.html").write_text("A page.")
    assert site(archive, keys) == 3
    policy = read_policy(archive)
    history = replay(Journal(archive, policy.log).entries(), policy)
    sites = [placed.entry.payload for placed in history.of_kind(SiteEntry)]
    assert [(site.number, site.release) for site in sites if isinstance(site, SiteEntry)] == [(1, 1), (2, 1)]
    assert (archive.path / "public/heads/site.manifest").read_bytes() == site_manifest(archive)


# --- kills --------------------------------------------------------------------------------------------


def _release(path: Path, keys: Keyring) -> None:
    """Plan, build, sign, publish, log the site: what a person types again after a kill."""
    with Archive.open(path, write=True) as archive:
        stored = find_release(archive, 1)
        if stored is None or stored.state == "planned":
            plan_release(archive, 1, [1, 2, 3], title="One", story="", date="2026-01-03")
            build_release(archive, keys, 1, verifier=VERIFIER)
        finish(archive, keys, 1)
        site(archive, keys)


def _check_visible(path: Path, keys: Keyring) -> None:
    """Whatever is visible is whole: the public head's log replays, and what its entries bind is there."""
    public = path / "public"
    with Archive.open(path) as archive:
        policy = read_policy(archive)
    head = open_checkpoint((public / "heads/log/checkpoint").read_bytes(), policy.log).checkpoint

    log = Log(head.size, lambda name: (public / "heads/log" / name).read_bytes())
    assert log.root() == head.root
    for placed in replay(log.entries(), policy).packages:
        payload = placed.entry.payload
        assert isinstance(payload, SealEntry | ReleaseEntry)
        digest = payload.manifest.sha256
        manifest = decode_manifest((public / "o" / digest[:2] / digest).read_bytes())
        for file in manifest.files:
            assert (public / "o" / file.sha256[:2] / file.sha256).stat().st_size == file.length


@pytest.mark.slow
def test_killed_anywhere_nothing_is_half_published_and_the_next_run_completes(tmp_path: Path) -> None:
    work, template = tmp_path / "a", tmp_path / "template"
    archive, keys = ready(work)
    archive.close()
    shutil.copytree(work, template)
    _release(work, keys)
    undisturbed = public_bytes(work)
    deaths = 0
    for _ in every_death(template, work, lambda: _release(work, keys)):
        _check_visible(work, keys)
        _release(work, keys)
        assert public_bytes(work) == undisturbed
        deaths += 1
    assert deaths > 60
