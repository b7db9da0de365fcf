"""Check what amendments say of themselves: what stood at the places they end, and that more is hidden, or less.

Takes the entry, the file `superseded` of its package and what was found of its documents; raises, or lets pass. So a
publisher cannot call something a further redaction that shows more, nor name a document that never stood there.

Spec: docs/formats/package.md, section "Amendments".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from unsealed.errors import VerifyError
from unsealed.mirror.documents import Found
from unsealed.model import Manifest, PackageFile
from unsealed.seal.amendments import Key, Place, Register
from unsealed.seal.payloads import Amendment, PackageEntry, RedactMoreEntry, ReleaseEntry, WithdrawEntry
from unsealed.seal.superseded import SUPERSEDED, Superseded, check_less, check_more, check_stood, replacing


class Before(NamedTuple):
    """What was published before: the releases by number, the commitments of each generation, what became of places."""

    releases: Mapping[int, ReleaseEntry]
    commitments: Mapping[int, Sequence[bytes]]
    register: Register


class Cut(NamedTuple):
    """What is hidden of which document: (first atom, count, reason)."""

    key: Key
    spans: tuple[tuple[int, int, int], ...]


def superseded_file(payload: PackageEntry, manifest: Manifest) -> PackageFile | None:
    """The file to read for an amendment, or None for another package.

    Raises VerifyError: `superseded-file` where an amendment has none, `replacing` where another package replaces
    files.
    """
    found = next((file for file in manifest.files if file.path == SUPERSEDED), None)
    if isinstance(payload, Amendment):
        if found is None:
            raise VerifyError("An amendment does not say what it supersedes.", rule="superseded-file")
        return found
    if found is not None or replacing(manifest):
        raise VerifyError("A package that amends nothing replaces files of another one.", rule="replacing")
    return None


def cuts_of(found: Mapping[int, Sequence[Found]], lines: Iterable[Superseded]) -> dict[Place, Cut]:
    """Every cut of the amending releases: of documents in force, and of those that a later amendment superseded."""
    cuts = {Place(number, one.place): Cut(Key(*one.key), one.spans) for number, ones in found.items() for one in ones}
    return cuts | {Place(line.release, line.place): Cut(Key(line.generation, line.slot), line.spans) for line in lines}


def check_amendment(payload: Amendment, lines: Sequence[Superseded], cuts: Mapping[Place, Cut], before: Before) -> None:
    """Everything that an amendment says of the documents that it supersedes. `cuts` are those of `cuts_of`.

    Raises VerifyError: `superseded-list` (other documents than its entry lists), `commitments`, `shows-more`,
    `hides-more`, `amendment-document`, and those of `check_stood`.
    """
    if tuple(line.listed for line in lines) != payload.documents:
        raise VerifyError("An amendment supersedes other documents than its entry lists.", rule="superseded-list")
    for place, line in enumerate(lines):
        sealed = before.commitments.get(line.generation, ())
        if line.slot >= len(sealed) or sealed[line.slot].hex() != line.c:
            raise VerifyError("A superseded document is not the one of its slot.", rule="commitments")
        check_stood(line, before.releases[line.release].cuts)
        if not isinstance(payload, WithdrawEntry):
            following = cuts.get(Place(payload.number, place))
            if following is None or following.key != (line.generation, line.slot):
                raise VerifyError("A document takes the place of another one.", rule="amendment-document")
            _check_direction(payload, line, following, before.register)


def _check_direction(payload: Amendment, line: Superseded, following: Cut, register: Register) -> None:
    if isinstance(payload, RedactMoreEntry):
        check_more(line, following.spans)
    elif register.standing(Place(line.release, line.place), following.key).steps[0] == payload:
        check_less(
            line, following.spans
        )  # otherwise it was withdrawn before: whatever is shown now is more than nothing
