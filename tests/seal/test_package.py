"""Release packages: manifests and packs in one spelling, caps on what is unpacked, the log part of proofs."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import zstandard

from tests.mirror.publisher import DAY, REASONS, publisher
from unsealed.errors import VerifyError
from unsealed.model import Manifest, PackageFile, PublicDocument, PublicPage, PublicPages
from unsealed.seal import package
from unsealed.seal.site_manifest import Differences

MADE = publisher()
DOCUMENT: PublicDocument = MADE.proofs[1][0][0]
HASH = "ab" * 32


def manifest(**changed: Any) -> Manifest:
    values: dict[str, Any] = {
        "v": "unsealed-release/1", "number": 1, "archive": HASH, "name": "Papers", "title": "One", "story": "é",
        "date": DAY, "documents": 3, "total": -1, "withheld": {"place": 1, "private": 2}, "reasons": REASONS,
        "licence": "CC0",
        "files": (
            PackageFile(f"packs/{'f' * 64}.zst", 5, "f" * 64), PackageFile(f"packs/{HASH}.zst", 5, HASH),
            PackageFile("editions/all.jsonl", 9, HASH), PackageFile("search/x", 1, HASH),
        ),
    }  # fmt: skip
    return Manifest(**(values | changed))


def refused(data: bytes) -> str:
    with pytest.raises(VerifyError) as caught:
        package.decode_manifest(data)
    return caught.value.rule


def test_the_manifest_has_one_form() -> None:
    data = package.encode_manifest(manifest())
    assert data.endswith(b'"licence":"CC0","files":' + data.split(b'"files":')[1])
    assert package.decode_manifest(data) == manifest()
    assert [file.sha256[0] for file in package.pack_files(manifest())] == ["f", "a"]


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"v": "unsealed-release/2"}, "manifest-version"),
        ({"number": -1}, "manifest-form"),
        ({"documents": -1}, "manifest-form"),
        ({"total": -2}, "manifest-form"),
        ({"withheld": {"place": -1}}, "manifest-form"),
        ({"archive": "AB" * 32}, "manifest-form"),
        ({"date": "yesterday"}, "manifest-form"),
        ({"withheld": {"private": 2, "place": 1}}, "manifest-order"),
        ({"reasons": REASONS[::-1]}, "manifest-order"),
        ({"reasons": (REASONS[0], REASONS[0])}, "manifest-order"),
        ({"files": (PackageFile("b", 1, HASH), PackageFile("a", 1, HASH))}, "manifest-order"),
        ({"files": (PackageFile("a", 1, HASH), PackageFile("a", 1, HASH))}, "manifest-order"),
        ({"files": (PackageFile("a", 1, HASH), PackageFile(f"packs/{HASH}.zst", 1, HASH))}, "manifest-order"),
        ({"files": (PackageFile(f"packs/{HASH}.zst", 1, HASH),) * 2}, "manifest-order"),
        ({"files": (PackageFile("a", -1, HASH),)}, "manifest-form"),
        ({"files": (PackageFile("a", 1, HASH[:-1]),)}, "manifest-form"),
        ({"files": (PackageFile("packs/other.zst", 1, HASH),)}, "manifest-form"),
        ({"files": (PackageFile(f"packs/{'0' * 64}.zst", 1, HASH),)}, "manifest-form"),
        ({"files": (PackageFile("../a", 1, HASH),)}, "path"),
        ({"files": (PackageFile("/a", 1, HASH),)}, "path"),
    ],
)
def test_manifests_that_say_something_impossible(changed: dict[str, Any], rule: str) -> None:
    with pytest.raises(VerifyError) as caught:
        package.encode_manifest(manifest(**changed))
    assert caught.value.rule == rule
    assert refused(msgspec.json.encode(manifest(**changed)) + b"\n") == rule


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\n", b""), (b"\n", b"\n\n"), (b'"number":1', b'"number": 1'), (b'"number":1', b'"number":1,"number":1'),
        (b'"number":1', b'"number":1,"x":1'), (b'"number":1', b'"number":"1"'),
        (b"\xc3\xa9", b"\\u00e9"), (b"\xc3\xa9", b"\xff"),
        (b'"length":5', b'"length":5,"mode":7'), (b'{"v"', b"[" * 50000 + b'{"v"'),
    ],
)  # fmt: skip
def test_other_spellings(old: bytes, new: bytes) -> None:
    assert refused(package.encode_manifest(manifest()).replace(old, new, 1)) == "manifest-form"


def test_a_manifest_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_MANIFEST", 100)
    assert refused(package.encode_manifest(manifest())) == "manifest-size"


def test_compare_files() -> None:
    line = package.file_of("a", b"text")
    one = manifest(files=(line,))
    assert not package.compare_files(one, {"a": (4, line.sha256)})
    assert package.compare_files(one, {"b": (4, line.sha256)}) == Differences((), ("a",), ("b",))


# --- packs --------------------------------------------------------------------------------------------


def pack_rule(data: bytes) -> str:
    with pytest.raises(VerifyError) as caught:
        list(package.decode_pack(data))
    return caught.value.rule


def test_packs() -> None:
    documents = [document for document, _ in MADE.proofs[1]]
    data = package.encode_pack(documents)
    assert list(package.decode_pack(data)) == documents
    assert package.pack_path(data) == f"packs/{package.sha256(data).hexdigest()}.zst"
    assert package.encode_pack(documents) == data


def test_packs_that_are_too_small_or_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    for count in (0, 257):
        with pytest.raises(VerifyError):
            package.encode_pack([DOCUMENT] * count)
    monkeypatch.setattr(package, "MAX_PACK", 1000)
    with pytest.raises(VerifyError) as caught:
        package.encode_pack([DOCUMENT])
    assert caught.value.rule == "pack-size"


LINE = msgspec.json.encode(DOCUMENT) + b"\n"


@pytest.mark.parametrize(
    ("plain", "rule"),
    [
        (LINE[:-1], "pack-form"),
        (b"\n", "pack-form"),
        (LINE + b"\n", "pack-form"),
        (LINE * 257, "pack-form"),
        (LINE.replace(b'"slot":0', b'"slot": 0'), "pack-form"),
        (LINE.replace(b'"slot":0', b'"slot":0,"more":1'), "pack-form"),
        (LINE.replace(b"unsealed-public/1", b"unsealed-public/2"), "pack-version"),
        (b"[" * 50000 + b"\n", "pack-form"),
        (b"\xff" + LINE, "pack-form"),
    ],
)
def test_packs_of_another_form(plain: bytes, rule: str) -> None:
    assert pack_rule(zstandard.compress(plain)) == rule


def test_frames_that_lie_or_do_not_end() -> None:
    good = zstandard.compress(LINE)
    for bad in (b"", b"plain text", good[:-1], good + b"x", good + good):
        assert pack_rule(bad) == "pack-form"
    unknown = zstandard.ZstdCompressor(write_content_size=False).compress(LINE)
    assert pack_rule(unknown) == "pack-size"
    bomb = zstandard.ZstdCompressor().compressobj(size=package.MAX_PACK + 1)
    assert pack_rule(bomb.compress(b"")[:0] + frame_head(package.MAX_PACK + 1)) == "pack-size"
    assert pack_rule(frame_head(10) + good[len(frame_head(len(LINE))) :]) in ("pack-form", "pack-size")


def frame_head(size: int) -> bytes:
    """The head of a zstandard frame that states `size` (RFC 8878, 3.1.1): eight bytes, single segment."""
    return b"\x28\xb5\x2f\xfd\xe0" + size.to_bytes(8, "little")


# --- the log part of a proof --------------------------------------------------------------------------


def test_a_proof_in_a_pack_becomes_a_proof_file_and_back() -> None:
    evidence = MADE.evidence(1)
    whole = package.attach_log(DOCUMENT.proof, evidence)
    body, tail = package.split_log(whole)
    assert whole == MADE.files["d/s0/document.proof"]
    assert body == package.pack_body(DOCUMENT.proof)
    assert package.parse_evidence(tail) == evidence


def test_log_parts_that_are_none() -> None:
    evidence = MADE.evidence(1)
    whole = package.attach_log(DOCUMENT.proof, evidence)
    with pytest.raises(VerifyError) as caught:
        package.attach_log(whole.decode(), evidence)
    assert caught.value.rule == "pack-proof"
    with pytest.raises(VerifyError) as caught:
        package.split_log(b"{}")
    assert caught.value.rule == "evidence-form"
    tail = evidence.text().encode()
    for changed in (
        tail[:-1],
        b" " + tail,
        tail.replace(b'"entry"', b'"entries"', 1),
        b"\xff" + tail,
        b'"a":' + b"[" * 50000,
    ):
        with pytest.raises(VerifyError) as caught:
            package.parse_evidence(changed)
        assert caught.value.rule == "evidence-form"


def test_commitments_are_numbered_without_a_gap() -> None:
    files = [PackageFile(f"commitments/{number:06}", 1, HASH) for number in (0, 1, 2)]
    assert package.commitment_paths(manifest(files=tuple(files))) == tuple(file.path for file in files)
    assert package.commitment_paths(manifest()) == ()
    with pytest.raises(VerifyError) as caught:
        package.commitment_paths(manifest(files=(files[0], files[2])))
    assert caught.value.rule == "commitments"


# --- pages as pictures


def paged(**changed: Any) -> PublicDocument:
    page = {"number": 2, "sha256": HASH, "length": 9, "width": 8, "height": 6} | changed.pop("page", {})
    values = {"count": 3, "pages": (PublicPage(**page),), "sha256": "cd" * 32, "length": 7} | changed
    return msgspec.structs.replace(DOCUMENT, pages=PublicPages(**values))


def test_only_a_document_with_pages_carries_the_key() -> None:
    assert b'"pages"' not in msgspec.json.encode(DOCUMENT) and package.media_files(DOCUMENT) == ()
    data = package.encode_pack([DOCUMENT, paged()])
    plain, shown = package.decode_pack(data)
    assert (plain, shown) == (DOCUMENT, paged())
    assert [(file.path, file.length) for file in package.media_files(shown)] == [
        (f"media/{HASH}", 9),
        (f"media/{'cd' * 32}", 7),
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"pages": ()},
        {"count": 1},
        {"page": {"number": 0}},
        {"page": {"width": 0}},
        {"page": {"height": -1}},
        {"page": {"length": 0}},
        {"page": {"sha256": "AB" * 32}},
        {"sha256": "../x"},
        {"length": 0},
        {"pages": (PublicPage(2, HASH, 9, 8, 6), PublicPage(1, HASH, 9, 8, 6))},
        {"pages": (PublicPage(2, HASH, 9, 8, 6), PublicPage(2, HASH, 9, 8, 6))},
    ],
)
def test_pages_that_are_none(changed: dict[str, Any]) -> None:
    assert pack_rule(package.encode_pack([paged(**changed)])) == "pack-form"


def test_media_are_named_by_their_hash() -> None:
    good = PackageFile(package.media_path(HASH), 9, HASH)
    assert package.decode_manifest(package.encode_manifest(manifest(files=(good,)))).files == (good,)
    with pytest.raises(VerifyError) as caught:
        package.encode_manifest(manifest(files=(PackageFile("media/a", 9, HASH),)))
    assert caught.value.rule == "manifest-form"


def test_an_embargo_has_one_form() -> None:
    assert package.decode_embargo(package.encode_embargo("2026-12-01T06:00:00Z")) == "2026-12-01T06:00:00Z"
    for wrong in (
        b"",
        b"2026-12-01T06:00:00Z",
        b"2026-12-01T06:00:00Z\n\n",
        b"2026-13-01T06:00:00Z\n",
        b"2026-12-01\n",
    ):
        with pytest.raises(VerifyError) as caught:
            package.decode_embargo(wrong)
        assert caught.value.rule == "embargo-form"
