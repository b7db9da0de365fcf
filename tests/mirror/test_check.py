"""The site check: an honest site passes, and every lie about it is found and named."""

from __future__ import annotations

import copy
import hashlib
import os
import random
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.mirror.publisher import VERIFIER, Keys, Publisher, publisher, signer
from unsealed.errors import HistoryError, InputError, SiteDiffers, VerifyError
from unsealed.mirror import check_documents
from unsealed.mirror.check import SiteReport, verify_site
from unsealed.mirror.source import FolderSource
from unsealed.mirror.trust import TrustStore
from unsealed.model import PublicDocument, PublicPage, PublicPages, Shown
from unsealed.seal import merkle, package
from unsealed.seal.checkpoint import Checkpoint, add_lines, cosign, sign_checkpoint
from unsealed.seal.entries import FileHash

MADE: Publisher = publisher()
STRANGE = PublicPages(1, (PublicPage(1, "ab" * 32, 9, 8, 8),), "cd" * 32, 9)  # pictures that no manifest names


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return MADE.write(tmp_path / "public")


def run(folder: Path, made: Publisher = MADE, store: TrustStore | None = None) -> SiteReport:
    return verify_site(FolderSource(folder), made.policy, store=store, workers=1)


def refused(folder: Path, made: Publisher = MADE) -> VerifyError:
    with pytest.raises(VerifyError) as caught:
        run(folder, made)
    assert caught.value.message
    return caught.value


def test_an_honest_site_passes(site: Path) -> None:
    seen: list[tuple[int, int]] = []
    report = verify_site(FolderSource(site), MADE.policy, workers=2, progress=lambda *done: seen.append(done))
    assert (report.documents, report.files, report.hidden, report.entries) == (3, len(MADE.files), 5, 5)
    assert report.signed_by == ("editor-ana", "editor-ben")
    assert (report.keys_checked, report.listed, report.same_verifier) == (True, True, True)
    assert report.name == "The Gazette Papers"
    assert [one.number for one in report.releases] == [0, 1, 2]
    assert (
        seen[-1][0] == seen[-1][1] == len(MADE.files) - len([path for path in MADE.files if path.startswith("heads/")])
    )


def test_without_a_policy_it_is_only_consistent(site: Path) -> None:
    report = verify_site(FolderSource(site), None)
    assert not report.keys_checked
    assert report.documents == 3


def test_worker_processes_say_the_same(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_documents, "ALONE", 0)
    assert verify_site(FolderSource(site), MADE.policy, workers=2).documents == 3
    pack = next(path for path, data in MADE.files.items() if data[:4] == b"\x28\xb5\x2f\xfd")
    (site / pack).write_bytes(MADE.files[pack][:-1])
    with pytest.raises(SiteDiffers) as caught:
        verify_site(FolderSource(site), MADE.policy, workers=2)
    assert caught.value.message.startswith(pack)


# --- every byte ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(MADE.files))
def test_a_changed_byte_anywhere_is_found_and_named(site: Path, path: str) -> None:
    data = MADE.files[path]
    chance = random.Random(path)  # the same bytes in each run
    places = {0, len(data) - 1, *(chance.randrange(len(data)) for _ in range(6))}
    for place in places:
        changed = bytearray(data)
        changed[place] ^= 1 << chance.randrange(8)
        (site / path).write_bytes(changed)
        assert named(refused(site).message, path), (path, place)


def named(message: str, path: str) -> bool:
    """The file is named; a bundle whose entries no longer fit may be named by its folder of entries."""
    return path in message or (path.startswith("heads/log/tile/entries") and "heads/log/tile/entries" in message)


@pytest.mark.parametrize("path", sorted(MADE.files))
def test_a_byte_more_or_less_or_no_file_is_found_and_named(site: Path, path: str) -> None:
    for changed in (MADE.files[path] + b"\n", MADE.files[path][:-1], b""):
        (site / path).write_bytes(changed)
        assert named(refused(site).message, path)
    (site / path).unlink()
    assert named(refused(site).message, path)


@pytest.mark.parametrize(
    "extra",
    [
        "extra.html", "d/s0/more.txt", "o/00/" + "0" * 64, "heads/extra", "heads/log/tile/0/000.p/6",
        "heads/log/tile/0/000", "heads/log/tile/1/000.p/1", "heads/log/tile/entries/000.p/9", ".hidden",
        "heads/log/.tmp-1", "heads/policy.old",
    ],
)  # fmt: skip
def test_an_extra_file_is_found_and_named(site: Path, extra: str) -> None:
    target = site / extra
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"x")
    error = refused(site)
    assert extra in error.message
    assert (type(error), error.rule, error.exit_code) == (SiteDiffers, "extra", 12)


def test_a_file_whose_name_is_no_text(site: Path) -> None:
    (Path(os.fsdecode(os.fsencode(site) + b"/\xff.html"))).write_bytes(b"x")
    assert "\\udcff.html: is extra" in refused(site).message


def test_links_and_pipes_are_no_files(site: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(MADE.files["index.html"])
    (site / "index.html").unlink()
    (site / "index.html").symlink_to(tmp_path / "elsewhere")
    assert "index.html" in refused(site).message
    (site / "index.html").unlink()
    os.mkfifo(site / "index.html")
    assert "index.html" in refused(site).message


def test_a_folder_that_is_a_link(site: Path, tmp_path: Path) -> None:
    (site / "d").rename(tmp_path / "d")
    (site / "d").symlink_to(tmp_path / "d")
    assert "d/" in refused(site).message or "d: is extra" in refused(site).message


def test_many_differences_are_counted(site: Path) -> None:
    for number in range(14):
        (site / f"extra{number:02}").write_bytes(b"x")
    message = refused(site).message
    assert message.count("also:") == 9
    assert "and 4 more" in message


# --- lies of the one who holds the keys of the log, or some of them -----------------------------------


def lying(change: Callable[[Publisher], None]) -> Publisher:
    """A publisher who seals and releases honestly, then does one thing wrong."""
    made = Publisher()
    made.seal()
    change(made)
    return made


def honest_release(made: Publisher) -> None:
    made.release({0: ((12, 2, 1),), 1: ((16, 3, 2),)})


def check_lie(made: Publisher, folder: Path, rule: str) -> VerifyError:
    error = refused(made.write(folder), made)
    assert error.rule == rule
    return error


def test_a_site_signed_by_one_editor(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.keys.editors = made.keys.editors[:1]
    made.site()
    check_lie(made, tmp_path, "threshold")


def test_a_site_signed_by_the_log_alone(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.keys.editors = [made.keys.log]
    made.site()
    error = check_lie(made, tmp_path, "key-unknown")
    assert type(error) is VerifyError


def test_a_release_without_a_site(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.site()
    made.release({3: ()})
    check_lie(made, tmp_path, "site-missing")


def test_a_log_without_any_site(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.files["heads/policy"] = made.policy.raw
    check_lie(made, tmp_path, "site-missing")


def with_document(change: Callable[[PublicDocument], PublicDocument]) -> Publisher:
    """A publisher whose first document says something else than its proof, all signatures in order."""

    class Liar(Publisher):
        def document(self, body, proof):  # type: ignore[no-untyped-def]
            return change(super().document(body, proof))

    made = Liar()
    made.seal()
    made.release({0: ((12, 2, 1),)})
    made.site()
    return made


def change_text(document: PublicDocument) -> PublicDocument:
    first, *rest = document.blocks
    changed = msgspec.structs.replace(first, runs=(Shown("VISIT OF THE KING\n"),))
    return msgspec.structs.replace(document, blocks=(changed, *rest))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (change_text, "document-text"),
        (lambda document: msgspec.structs.replace(document, slot=1), "document-place"),
        (lambda document: msgspec.structs.replace(document, release=2), "document-place"),
        (lambda document: msgspec.structs.replace(document, generation=2), "generation"),
        (lambda document: msgspec.structs.replace(document, shown_words=1), "document-count"),
        (lambda document: msgspec.structs.replace(document, hidden_atoms=1), "document-count"),
        (lambda document: msgspec.structs.replace(document, pages=STRANGE), "document-media"),
    ],
)
def test_a_document_that_is_not_what_its_proof_opens(
    tmp_path: Path, change: Callable[[PublicDocument], PublicDocument], rule: str
) -> None:
    assert "document 1" in check_lie(with_document(change), tmp_path, rule).message


def test_a_verifier_that_is_newer_than_the_release_is_told(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.site()
    made.files["verify.html"] = VERIFIER + b"<p>newer</p>"
    made.sign_site()
    assert not run(made.write(tmp_path), made).same_verifier


def test_no_verify_html(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.site()
    del made.files["verify.html"]
    made.sign_site()
    assert "verify.html" in check_lie(made, tmp_path, "missing").message


def test_a_proof_file_that_is_not_of_this_release(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.site()
    made.files["d/s0/document.proof"] = made.files["d/s1/document.proof"]
    made.sign_site()
    error = check_lie(made, tmp_path, "extra")
    assert "second proof" in error.message
    assert "d/s1/document.proof" in error.message or "d/s0/document.proof" in error.message


def test_a_missing_and_a_foreign_proof_file(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.site()
    del made.files["d/s0/document.proof"]
    made.sign_site()
    assert "d/s0/document.proof: is missing" in check_lie(made, tmp_path / "a", "missing").message
    made.files["d/s0/document.proof"] = MADE.files["d/s3/document.proof"]
    made.sign_site()
    assert "d/s0/document.proof" in refused(made.write(tmp_path / "b"), made).message


def test_a_proof_file_with_changed_words_under_a_good_signature(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.site()
    made.files["d/s0/document.proof"] = made.files["d/s0/document.proof"].replace(b"MINISTER", b"PRESIDEN")
    made.sign_site()
    assert "d/s0/document.proof" in check_lie(made, tmp_path, "changed").message


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b'"index 1', b'"index 0', "evidence-form"),
        (b"\\nindex 1", b"\\nindex 0", "inclusion-root"),
        (b'"v":"unsealed-proof/1"', b'"v":"unsealed-proof/9"', "version"),
        (b',"seal":{"entry"', b',"seel":{"entry"', "evidence-form"),
    ],
)
def test_a_proof_file_with_other_evidence(tmp_path: Path, old: bytes, new: bytes, rule: str) -> None:
    made = lying(honest_release)
    made.site()
    data = made.files["d/s0/document.proof"]
    made.files["d/s0/document.proof"] = data.replace(old, new) if old in data else data[:-2] + b" }\n"
    made.sign_site()
    assert "d/s0/document.proof" in check_lie(made, tmp_path, rule).message


def test_evidence_from_a_forked_log(tmp_path: Path) -> None:
    """The log signs two heads of one size; a proof file carries the other one."""
    made = lying(honest_release)
    fork = copy.deepcopy(made)
    made.site()
    fork.release({3: ()})
    fork_head = fork.heads[3]
    evidence = made.evidence(1)
    other = fork.evidence(1, size=3)
    assert fork_head != made.heads[3]
    document = made.proofs[1][0][0]
    made.files["d/s0/document.proof"] = package.attach_log(document.proof, other)
    made.sign_site()
    assert evidence.release_entry == other.release_entry
    assert "d/s0/document.proof" in check_lie(made, tmp_path, "fork").message


def test_evidence_that_names_other_kinds_of_entries(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.site()
    made.site()
    evidence = made.evidence(1, size=3)
    swapped = evidence._replace(seal_entry=evidence.release_entry, seal_proof=evidence.release_proof)
    made.files["d/s0/document.proof"] = package.attach_log(made.proofs[1][0][0].proof, swapped)
    made.sign_site()
    check_lie(made, tmp_path, "entry-kind")


def test_a_document_released_twice(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.release({0: ()})
    made.site()
    assert "d/s0" in refused(made.write(tmp_path), made).message


def test_an_object_under_another_name(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.files["o/aa/" + "a" * 64] = b"something"
    made.site()
    check_lie(made, tmp_path, "object-name")


def edited_manifest(change: Callable[[package.Manifest], package.Manifest]) -> Publisher:
    """A publisher whose signed release names a manifest that says something else."""

    class Liar(Publisher):
        def manifest(self, files: dict[str, bytes], documents: int, total: int) -> FileHash:
            file = super().manifest(files, documents, total)
            old = package.decode_manifest(self.files[f"o/{file.sha256[:2]}/{file.sha256}"])
            return self.put(package.encode_manifest(change(old) if documents else old))

    made = Liar()
    made.seal()
    honest_release(made)
    made.site()
    return made


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"number": 7}, "manifest-entry"),
        ({"archive": "00" * 32}, "manifest-entry"),
        ({"date": "2011-01-01"}, "manifest-entry"),
        ({"reasons": ()}, "manifest-entry"),
        ({"documents": 1}, "release-documents"),
        ({"files": ()}, "extra"),
        ({"files": (package.file_of("editions/x", b"not there"),)}, "missing"),
    ],
)
def test_a_manifest_that_does_not_fit_its_entry(tmp_path: Path, changed: dict[str, object], rule: str) -> None:
    made = edited_manifest(lambda manifest: msgspec.structs.replace(manifest, **changed))
    check_lie(made, tmp_path, rule)


def test_a_release_in_another_order(tmp_path: Path) -> None:
    class Liar(Publisher):
        def manifest(self, files: dict[str, bytes], documents: int, total: int) -> FileHash:
            return super().manifest(dict(reversed(files.items())) if documents else files, documents, total)

    made = Liar()
    made.seal()
    made.release({0: (), 1: ()}, packs=2)
    made.site()
    check_lie(made, tmp_path, "release-documents")


def seal_with(change: Callable[[dict[str, bytes]], dict[str, bytes]], documents: int = 0) -> Publisher:
    class Liar(Publisher):
        def manifest(self, files: dict[str, bytes], count: int, total: int) -> FileHash:
            return super().manifest(change(files) if not count else files, count or documents, total)

    made = Liar()
    made.seal()
    made.site()
    return made


@pytest.mark.parametrize(
    ("change", "documents", "rule"),
    [
        (lambda files: files | {"statement": b"{}\n"}, 0, "statement-file"),
        (lambda files: {path: data for path, data in files.items() if path != "statement"}, 0, "statement-file"),
        (lambda files: files | {"commitments/000000": bytes(128)}, 0, "commitments"),
        (lambda files: files | {"commitments/000000": bytes(96)}, 0, "tiles"),
        (lambda files: files, 3, "manifest-entry"),
    ],
)
def test_a_seal_that_does_not_hold_what_it_states(
    tmp_path: Path, change: Callable[[dict[str, bytes]], dict[str, bytes]], documents: int, rule: str
) -> None:
    check_lie(seal_with(change, documents), tmp_path, rule)


def test_a_statement_of_another_archive(tmp_path: Path) -> None:
    stranger = Publisher(Keys(log=signer("elsewhere.example/log")))

    class Liar(Publisher):
        sealing = False

        @property
        def archive_id(self) -> bytes:
            return stranger.policy.archive_id if self.sealing else super().archive_id

        def log(self, payload, signers=None):  # type: ignore[no-untyped-def]
            return super().log(msgspec.structs.replace(payload, archive=self.policy.archive_id.hex()), signers)

        def manifest(self, files: dict[str, bytes], documents: int, total: int) -> FileHash:
            self.sealing = False
            return super().manifest(files, documents, total)

    made = Liar()
    made.sealing = True
    made.seal()
    made.site()
    assert check_lie(made, tmp_path, "archive").message


def test_an_old_entry_logged_again(tmp_path: Path) -> None:
    """The holder of the log key alone brings back old pages under their good signatures."""
    made = lying(honest_release)
    made.site()
    old_site, old_manifest = made.entries[-1], made.files["heads/site.manifest"]
    made.files["index.html"] = b"corrected\n"
    made.sign_site()
    made.log_bytes(old_site)
    made.files |= {"heads/site.manifest": old_manifest, "index.html": MADE.files["index.html"]}
    check_lie(made, tmp_path, "entry-number")


def test_a_checkpoint_with_an_unknown_line_or_an_extension(tmp_path: Path) -> None:
    made = copy.deepcopy(MADE)
    head = made.files["heads/log/checkpoint"]
    text = head.decode().split("\n\n")[0] + "\n"
    made.files["heads/log/checkpoint"] = add_lines(head, [cosign(text, signer("stranger.example/w", 4), 5)])
    assert "checkpoint" in check_lie(made, tmp_path / "a", "checkpoint-line").message
    root = merkle.root([merkle.leaf_hash(entry) for entry in made.entries])
    extended = Checkpoint(made.keys.log.name, len(made.entries), root, ("more",))
    made.files["heads/log/checkpoint"] = sign_checkpoint(extended, made.keys.log)
    check_lie(made, tmp_path / "b", "checkpoint-line")


def test_a_checkpoint_of_no_size_or_endless(tmp_path: Path) -> None:
    made = copy.deepcopy(MADE)
    for size in (0, 1 << 40):
        made.files["heads/log/checkpoint"] = sign_checkpoint(
            Checkpoint(made.keys.log.name, size, bytes(32)), made.keys.log
        )
        check_lie(made, tmp_path, "checkpoint-form")


def test_a_root_that_neither_entries_nor_tiles_make(tmp_path: Path) -> None:
    made = copy.deepcopy(MADE)
    made.files["heads/log/checkpoint"] = sign_checkpoint(Checkpoint(made.keys.log.name, 5, bytes(32)), made.keys.log)
    assert "neither" in check_lie(made, tmp_path, "changed").message


def test_another_publisher_altogether(site: Path) -> None:
    stranger = Publisher(Keys(log=signer("elsewhere.example/log")))
    with pytest.raises(VerifyError) as caught:
        verify_site(FolderSource(site), stranger.policy)
    assert caught.value.rule == "origin"
    impostor = Keys()
    impostor.log = type(impostor.log)(impostor.log.name, signer("impostor").key)
    with pytest.raises(VerifyError) as caught:
        verify_site(FolderSource(site), impostor.policy())
    assert (caught.value.rule, caught.value.exit_code) == ("log-key", 10)


def test_a_policy_with_a_quorum_that_is_not_met(site: Path) -> None:
    keys = Keys(witnesses=[signer("somebody.example/else", 4)])
    with pytest.raises(VerifyError) as caught:
        verify_site(FolderSource(site), keys.policy(quorum="w0"))
    assert caught.value.rule in {"quorum", "policy"}


def test_a_site_without_a_readable_policy(site: Path) -> None:
    (site / "heads/policy").write_bytes(b"nonsense\n")
    with pytest.raises(SiteDiffers) as caught:
        verify_site(FolderSource(site), None)
    assert caught.value.message.startswith("heads/policy")


# --- a change of keys, and what was seen before -------------------------------------------------------


def rotated() -> Publisher:
    made = publisher()
    new = Keys(editors=[signer(f"new-{at}") for at in range(2)], roots=[signer("new-root")])
    made.rotate(new)
    made.release({2: ()})
    made.site()
    return made


def test_a_change_of_keys_is_followed_from_either_end(tmp_path: Path) -> None:
    made = rotated()
    folder = made.write(tmp_path / "public")
    for trusted in (MADE.policy, made.policy, None):
        report = verify_site(FolderSource(folder), trusted)
        assert [policy.number for policy in report.policies.all] == [1, 2]
        assert report.documents == 4


def test_a_change_of_keys_without_the_old_policy(tmp_path: Path) -> None:
    made = rotated()
    digest = hashlib.sha256(MADE.policy.raw).hexdigest()
    made.files.pop(f"o/{digest[:2]}/{digest}")
    folder = made.write(tmp_path / "public")
    error = refused(folder, made)
    assert digest in error.message


def test_rollback_and_fork_are_refused_and_kept_as_evidence(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust")
    store.add(MADE.policy.raw)
    older = Publisher()
    older.seal()
    older.release({0: ((12, 2, 1),), 1: ((16, 3, 2),)}, packs=2)
    older.site()
    assert older.entries == MADE.entries[:3]
    forked = copy.deepcopy(older)
    forked.release({2: ()})
    forked.site()
    forked.site()
    run(older.write(tmp_path / "older"), store=store)
    run(MADE.write(tmp_path / "newer"), store=store)
    run(tmp_path / "newer", store=store)
    for folder, made, rule in ((tmp_path / "older", older, "rollback"), (tmp_path / "forked", forked, "fork")):
        with pytest.raises(HistoryError) as caught:
            run(made.write(folder), store=store)
        assert (caught.value.rule, caught.value.exit_code) == (rule, 13)
    evidence = tmp_path / "trust" / MADE.archive_id.hex() / "evidence"
    kept = {path.read_bytes() for path in evidence.iterdir()}
    assert kept == {made.files["heads/log/checkpoint"] for made in (MADE, older, forked)}


def test_proof_files_whose_seal_is_of_another_generation(tmp_path: Path) -> None:
    """Two generations; the proof file of a document of the first carries the seal of the second."""
    made = lying(honest_release)
    made.seal_again()
    made.release({2: ()})
    made.site()
    index = made.proofs[3][0][1]
    assert run(made.write(tmp_path / "honest"), made).documents == 3
    document = made.proofs[3][0][0]
    made.files["d/s2/document.proof"] = package.attach_log(document.proof, made.evidence(index, seal_index=2))
    made.sign_site()
    check_lie(made, tmp_path / "lie", "generation")


def test_a_large_site_tells_how_far_it_is(tmp_path: Path) -> None:
    made = lying(honest_release)
    made.files |= {f"lists/{number:03}.html": b"page %d" % number for number in range(300)}
    made.site()
    seen: list[int] = []
    verify_site(FolderSource(made.write(tmp_path)), made.policy, progress=lambda done, total: seen.append(done))
    assert 256 in seen


def test_an_embargo_that_is_none(tmp_path: Path) -> None:
    for number, data in enumerate((b"2026-12-01T06:00:00Z", b"soon\n", b"2" * 65)):
        made = Publisher()
        made.seal()
        made.release({0: ()}, embargo=data)
        made.site()
        assert refused(made.write(tmp_path / str(number)), made).rule == "embargo-form"


def test_nothing_is_remembered_of_a_site_that_fails(site: Path, tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "trust")
    store.add(MADE.policy.raw)
    (site / "index.html").write_bytes(b"changed")
    with pytest.raises(SiteDiffers):
        run(site, store=store)
    assert store.last_seen(MADE.policy) is None


def test_what_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        FolderSource(tmp_path / "nothing")


def test_a_long_log(tmp_path: Path) -> None:
    """More entries than one tile holds: full tiles, a level above, the partial ones gone."""
    made = Publisher()
    made.seal()
    for _ in range(257):
        made.sign_site()
    folder = made.write(tmp_path)
    assert run(folder, made).entries == 258
    for path in ("heads/log/tile/0/000", "heads/log/tile/1/000.p/1", "heads/log/tile/entries/000"):
        changed = bytearray(made.files[path])
        changed[40 % len(changed)] ^= 1
        (folder / path).write_bytes(changed)
        assert named(refused(folder, made).message, path)
        (folder / path).write_bytes(made.files[path])
