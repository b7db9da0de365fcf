"""Attacks of a publisher with enough editors: documents that come back in silence, packages in a circle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.mirror.amending import Amender, amender
from tests.mirror.publisher import DAY
from tests.mirror.test_amended import refused
from unsealed.errors import VerifyError
from unsealed.model import FORMAT_RELEASE, Manifest, PackageFile
from unsealed.seal.entries import CorrectionEntry, check_order, parse_entry
from unsealed.seal.package import decode_pack, encode_pack
from unsealed.seal.superseded import EMPTY, packs_in_force, replacing_path


def correct(made: Amender, release: int, place: int) -> None:
    """Words about a document, at a place."""
    documents = (made.listed(release, place),)
    made.log(CorrectionEntry(**made.common(1), date=DAY, documents=documents, text="A date was wrong."))  # type: ignore[arg-type]


def test_a_correction_does_not_bring_a_withdrawn_document_back(tmp_path: Path) -> None:
    """Withdrawn, released again without a word, and then spoken of at its new place as if that had been said."""
    made = amender()
    made.withdraw((2, 0))
    made.release({3: ()})
    correct(made, 4, 0)
    assert refused(made, tmp_path) == "document-again"


def test_corrections_of_places_that_are_and_that_were_in_force() -> None:
    made = amender()
    correct(made, 1, 0)
    payloads: list[Any] = [parse_entry(entry).payload for entry in made.entries]
    check_order(payloads)
    correction = payloads[-1]
    made = amender()
    made.withdraw((1, 0))
    payloads = [parse_entry(entry).payload for entry in made.entries]
    check_order([*payloads, correction])


def file(letter: str, path: str = "") -> PackageFile:
    """A file with a hash of one letter."""
    digest = letter * 64 if len(letter) == 1 else letter
    return PackageFile(path or f"packs/{digest}.zst", 1, digest)


def manifest(number: int, *files: PackageFile) -> Manifest:
    """A package of these files."""
    return Manifest(FORMAT_RELEASE, number, "00" * 32, "", "", "", DAY, 1, -1, {}, (), "CC0", files)


A, B = "a" * 64, "b" * 64
CIRCLES = [
    # a pack that takes the place of the one that took its place
    [manifest(0, file("a")), manifest(1, file("b", replacing_path(A))), manifest(2, file("a", replacing_path(B)))],
    # nothing that takes the place of nothing
    [
        manifest(0, file("a")),
        manifest(1, file(EMPTY, replacing_path(A))),
        manifest(2, file(EMPTY, replacing_path(EMPTY))),
    ],
    # a pack that takes the place of everything of which nothing is left
    [
        manifest(0, file("a")),
        manifest(1, file(EMPTY, replacing_path(A))),
        manifest(2, file("c", replacing_path(EMPTY))),
    ],
    # a pack that comes back after it was replaced
    [manifest(0, file("a")), manifest(1, file("b", replacing_path(A))), manifest(2, file("a"))],
]


@pytest.mark.parametrize("manifests", CIRCLES, ids=["circle", "nothing", "out-of-nothing", "again"])
def test_packages_that_replace_in_a_circle(manifests: list[Manifest]) -> None:
    with pytest.raises(VerifyError) as caught:
        packs_in_force(manifests)
    assert caught.value.rule == "replacing"


def test_a_picture_that_is_shown_again() -> None:
    """Withdrawn with its document, then shown again with it: no circle, and no longer a dropped file."""
    picture = f"media/{B}"
    packages = [
        manifest(0, file("a"), file("b", picture)),
        manifest(1, file(EMPTY, replacing_path(A)), file(EMPTY, replacing_path(B))),
        manifest(2, file("c"), file("b", picture)),
    ]
    packs, dropped = packs_in_force(packages)
    assert dropped == {A}
    assert [len(packs[number]) for number in range(3)] == [0, 0, 1]
    with pytest.raises(VerifyError) as caught:
        packs_in_force([*packages, manifest(3, file(EMPTY, replacing_path(B)), file("b", picture))])
    assert caught.value.rule == "replacing"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"title": "Not what it was"}, "document-title"),
        ({"fields": (("from", "Karl Ottmar"),)}, "document-facts"),
        ({"fields": (("subject", "GRAIN PRICES FELL"),), "title": "GRAIN PRICES FELL"}, "document-facts"),
    ],
)
def test_a_neighbour_that_is_renamed_in_the_pack_that_takes_the_place(
    tmp_path: Path, changed: dict[str, Any], rule: str
) -> None:
    """Enough editors withdraw one document and say something else beside another one of its pack. Who never held the
    old pack has only the words that the proof opens to compare with.
    """

    def renamed(files: dict[str, bytes]) -> dict[str, bytes]:
        path = next(path for path, data in files.items() if path.startswith("replacing/") and data)
        left = [msgspec.structs.replace(one, **changed) for one in decode_pack(files[path])]
        return files | {path: encode_pack(left)}

    made = amender()
    made.withdraw((1, 0), files=renamed)
    assert refused(made, tmp_path) == rule
