"""What an amendment brings beside its own documents: which files it replaces, and what stood at the ended places.

Takes and gives bytes and values. A pack holds many documents; where one of them ends, mirrors drop the pack as a
whole, and the amendment's package brings the pack that takes its place. The file `superseded` holds, for each
document of the entry's list, what shows without any of its text that this very sealed document stood at this place,
and what was hidden of it then: so that everybody can check that more was hidden, or less.

Spec: docs/formats/package.md, section "Amendments".
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from unsealed.crypto import sha256
from unsealed.errors import VerifyError
from unsealed.model import Manifest, PackageFile
from unsealed.seal.cut import Span, check_spans, cut_hash
from unsealed.seal.merkle import check_inclusion
from unsealed.seal.package import pack_files
from unsealed.seal.payloads import Cuts, Hex32, Listed, Number32

SUPERSEDED = "superseded"  # its name in the package
MAX_SUPERSEDED = 256 << 20  # bytes
MAX_ATOMS = 1 << 24  # of a document (seal.md)
_REPLACING = re.compile(r"replacing/([0-9a-f]{64})")
EMPTY = sha256(b"").hexdigest()


class Superseded(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document that left its place: where it stood, its public id and type then, its commitment, its old cut.

    `spans` are the publisher's old spans (first atom, count, reason); `path` leads from the old cut to the root of the
    cuts of its release.
    """

    release: Number32
    place: Number32
    generation: Number32
    slot: Number32
    id: str
    type: str
    c: Hex32
    spans: tuple[tuple[Number32, Number32, Number32], ...]
    path: tuple[Hex32, ...]

    @property
    def listed(self) -> Listed:
        """Its line in the entry."""
        return (self.release, self.place, self.generation, self.slot)


_DECODER = msgspec.json.Decoder(Superseded)


def _runs(spans: Iterable[tuple[int, int, int]]) -> list[tuple[int, int]]:
    """What spans cover, as runs (first, end) with something shown between them. Never atom by atom: a span of the
    publisher's may name sixteen million, in a document that nobody has.
    """
    found: list[tuple[int, int]] = []
    for first, count, _ in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], first + count))
        else:
            found.append((first, first + count))
    return found


def _covers(spans: Iterable[tuple[int, int, int]], others: Iterable[tuple[int, int, int]]) -> bool:
    """All that `others` cover, and more."""
    outer, inner = _runs(spans), _runs(others)
    starts = [first for first, _ in outer]
    around = (outer[max(bisect_right(starts, first) - 1, 0)] if outer else (0, 0) for first, _ in inner)
    return outer != inner and all(
        start <= first and end <= stop for (first, end), (start, stop) in zip(inner, around, strict=True)
    )


def encode_superseded(lines: Iterable[Superseded]) -> bytes:
    """The file: one line of JSON for each, in the order of the entry's list."""
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def decode_superseded(untrusted: bytes) -> tuple[Superseded, ...]:
    """Read the file. Raises VerifyError (rule `superseded-form`) for all but its one spelling."""
    if len(untrusted) > MAX_SUPERSEDED:
        raise VerifyError("The list of superseded documents is too long.", rule="superseded-form")
    lines = untrusted.split(b"\n")
    try:
        found = tuple(_DECODER.decode(line) for line in lines[:-1])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise VerifyError("The list of superseded documents is not of its form.", rule="superseded-form") from error
    if encode_superseded(found) != untrusted:
        raise VerifyError("The list of superseded documents is not in its one spelling.", rule="superseded-form")
    return found


def check_stood(line: Superseded, cuts: Cuts) -> None:
    """This sealed document stood at this place, cut like this.

    Raises VerifyError: `cut-index`, `cut-length`, `cut-root`, and those of `check_spans`.
    """
    spans = tuple(Span(*span) for span in line.spans)
    check_spans(spans, MAX_ATOMS)
    p = cut_hash(bytes.fromhex(line.c), spans)
    path = tuple(bytes.fromhex(node) for node in line.path)
    check_inclusion(p, line.place, cuts.count, path, bytes.fromhex(cuts.root), what="cut")


def check_more(line: Superseded, spans: Iterable[tuple[int, int, int]]) -> None:
    """A new cut hides all that the old one hid, and more. Raises VerifyError (rule `shows-more`)."""
    if not _covers(spans, line.spans):
        raise VerifyError(
            f"Place {line.place} of release {line.release} is redacted further, but does not hide all that was hidden "
            "before, and more.",
            rule="shows-more",
        )


def check_less(line: Superseded, spans: Iterable[tuple[int, int, int]]) -> None:
    """A new cut shows all that the old one showed, and more. Raises VerifyError (rule `hides-more`)."""
    if not _covers(line.spans, spans):
        raise VerifyError(
            f"Place {line.place} of release {line.release} is shown further, but does not show all that was shown "
            "before, and more.",
            rule="hides-more",
        )


# --- files that take the place of others ----------------------------------------------------------------


def replacing(manifest: Manifest) -> dict[str, PackageFile]:
    """The files of a package that take the place of files of earlier ones, by the SHA-256 of those (hex)."""
    matches = ((_REPLACING.fullmatch(file.path), file) for file in manifest.files)
    return {match[1]: file for match, file in matches if match}


def replacing_path(sha256_hex: str) -> str:
    """The name, in its package, of the file that takes the place of the one with this hash."""
    return f"replacing/{sha256_hex}"


class Pack(NamedTuple):
    """A pack as it is in force: its place in which package (by number), and the file."""

    holder: int
    file: PackageFile


def packs_in_force(manifests: Sequence[Manifest]) -> tuple[dict[int, tuple[Pack, ...]], frozenset[str]]:
    """For each package, by number, its packs as they are in force; and the hashes of all files that were replaced.

    `manifests` are those of every package, in order. A pack of which nothing is left is not among them.
    Raises VerifyError (rule `replacing`) where a package replaces a file that no earlier one has, or that was replaced
    before, or brings a pack back that was replaced.
    """
    newest: dict[str, Pack] = {}  # every file in force, by its hash
    following: dict[str, str] = {}  # the hash of the file that took the place of this one
    for manifest in manifests:
        replaced = replacing(manifest)
        for old, file in replaced.items():
            if old not in newest or old == EMPTY or (file.sha256 in newest and file.sha256 != EMPTY):
                raise VerifyError(f"Package {manifest.number} replaces a file that is not in force.", rule="replacing")
            del newest[old]
            following[old] = file.sha256
        for file in manifest.files:
            _check_new(manifest, file, replaced, following)
            following.pop(file.sha256, None)  # a picture that is shown again
            newest[file.sha256] = Pack(manifest.number, file)
    found = {}
    for manifest in manifests:
        packs = (_last(file.sha256, following) for file in pack_files(manifest))
        found[manifest.number] = tuple(newest[one] for one in packs if one != EMPTY)
    return found, frozenset(following)


def _check_new(
    manifest: Manifest, file: PackageFile, replaced: Mapping[str, PackageFile], following: Mapping[str, str]
) -> None:
    """What was replaced does not come back, or the packs would follow one another in a circle. A picture may: it is
    dropped with the last document that shows it, and there again with the next one.
    """
    again = file.sha256 in following and not file.path.startswith("media/")
    if again or file.sha256 in replaced:
        raise VerifyError(f"Package {manifest.number} brings a file back that was replaced.", rule="replacing")


def _last(sha256_hex: str, following: Mapping[str, str]) -> str:
    while sha256_hex in following:
        sha256_hex = following[sha256_hex]
    return sha256_hex
