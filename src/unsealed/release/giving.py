"""What a partner gets: text as far as nobody withholds it, in one age file that only their key opens.

Takes an archive, a partner and items; writes one bundle. Partners work before publication, so documents that nobody has
decided on are among them; what an editor withholds is not, unless enough editors agree on exactly this list.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from unsealed import age
from unsealed.archive import UNREADABLE, Archive, StoredReading
from unsealed.errors import HumanNeeded, InputError, UsageError
from unsealed.files import crash_point, fsync_file, hash_file, make_dirs, rename_durable, write_durable
from unsealed.model import Unit
from unsealed.release.bundle import Bundle, BundleManifest, Document, Head, Part, Withheld, Words
from unsealed.release.cut import canonical_id, public_fields
from unsealed.release.leaks import gather, text_hits
from unsealed.release.partners import FOLDER, Partner, Register, check_decider, list_digest, parse_day
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.review.leaks import Allowed
from unsealed.review.shown import carried_over, hiding, runs, shown_whole
from unsealed.review.state import WHOLE, MarkState

_GAP = " withheldhere "  # stands where words are withheld, so that those on both sides are not read as one name
_NAMED = 20  # documents that a message names


class Wanted(NamedTuple):
    """What is asked for. `whole`: with withheld words; `decided`: only documents that are ready to be released;
    `leave_out`: without documents that show what others withhold, instead of refusing.
    """

    items: Sequence[int]
    expires: str
    why: str = "work before publication"
    whole: bool = False
    decided: bool = False
    leave_out: bool = False


class Left(NamedTuple):
    """How many documents were asked for and not given. `leaking`: they show words that are withheld elsewhere."""

    withheld: int = 0
    unread: int = 0
    undecided: int = 0
    leaking: int = 0


class Made(NamedTuple):
    """A bundle that was written. `manifest` is what stands inside; `sha256` is of the age file, in hex."""

    number: int
    manifest: BundleManifest
    sha256: str
    left: Left


class _Chosen(NamedTuple):
    item: int
    row: int
    marks: tuple[MarkState, ...]


def whole_list(archive: Archive, items: Iterable[int]) -> list[tuple[int, int]]:
    """The (item, row) that editors agree on who agree to give these items whole."""
    return sorted({(item, archive.current_row(item)) for item in items if archive.item(item).state not in UNREADABLE})


def give(
    archive: Archive, partner: Partner, wanted: Wanted, out: Path, editor: str, *, today: str,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Made:  # fmt: skip
    """Write one bundle for one partner to `out`, and write that down.

    The commit point is the record in the audit log: no bundle has its name before the log has it. Killed before, there
    is nothing but an encrypted `.tmp-` file; killed after it, the log has a bundle that nobody got.

    Raises HumanNeeded where words stand in it that are withheld elsewhere, or editors have not agreed to give it
    whole; UsageError for a day that is over, a file that is there, or no document at all.
    """
    check_decider(archive, editor)
    _check(wanted, out, today)
    chosen, left = _choose(archive, wanted)
    if wanted.whole:
        _check_agreed(archive, partner, chosen)
    else:
        chosen, left = _without_leaks(archive, chosen, left, leave_out=wanted.leave_out)
    if not chosen:
        raise UsageError("No document is left to give.", remedy="`unsealed review list` shows what is withheld.")
    number = max(Register(archive).given, default=0) + 1
    identity = secrets.token_hex(16)
    head = Head(
        archive.settings.archive.name, partner.name, number, identity, today, wanted.expires, whole=wanted.whole
    )
    codes = {reason.code: reason.text for reason in archive.settings.review.reasons}
    bundle = Bundle(head, _documents(archive, chosen, tell, whole=wanted.whole), codes)
    return _write(archive, partner, bundle, out, editor, wanted.why, left)


def _check(wanted: Wanted, out: Path, today: str) -> None:
    if parse_day(wanted.expires) <= today:
        raise UsageError("The last day of a bundle lies ahead.", remedy="Give a later day with --expires.")
    if out.exists():
        raise UsageError(f"{out} exists already.", remedy="Choose another name.")


def _write(
    archive: Archive, partner: Partner, bundle: Bundle, out: Path, editor: str, why: str, left: Left
) -> Made:  # fmt: skip
    make_dirs(out.parent)
    temporary = out.with_name(f".tmp-{secrets.token_hex(8)}")
    try:
        crash_point("write")
        with open(temporary, "xb") as handle:
            age.encrypt(bundle.chunks(), partner.recipient, handle)
            fsync_file(handle)
        manifest = bundle.manifest
        assert manifest is not None
        digest = hash_file(temporary)[0].hex()
        _keep(archive, partner, manifest, out, digest)
        head = manifest.head
        about: dict[str, str | int] = {
            "partner": partner.name, "bundle": head.bundle, "recipient": partner.recipient, "id": head.id,
            "date": head.date, "expires": head.expires, "documents": len(manifest.documents),
            "whole": "yes" if head.whole else "no", "sha256": digest,
        }  # fmt: skip
        audit.record(archive, editor, "partner.bundle", why, about=about)
        rename_durable(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    return Made(head.bundle, manifest, digest, left)


def _keep(archive: Archive, partner: Partner, manifest: BundleManifest, out: Path, digest: str) -> None:
    """What the newsroom itself remembers of a bundle. Before the record: a record without it could not be ended."""
    folder = archive.path / FOLDER
    make_dirs(folder, mode=0o700)
    kept = {"recipient": partner.recipient, "file": str(out.resolve()), "sha256": digest, "manifest": manifest}
    write_durable(folder / f"{manifest.head.bundle:04}.json", msgspec.json.encode(kept) + b"\n", mode=0o600)


# --- choosing -------------------------------------------------------------------------------------------


def _choose(archive: Archive, wanted: Wanted) -> tuple[list[_Chosen], Left]:
    desk, items, left = Desk(archive), set(wanted.items), Left()
    states = {state.item: state for state in desk.states() if state.item in items}
    found = []
    for one in archive.summaries():
        if one.item not in items:
            continue
        items.discard(one.item)
        state = states.get(one.item)
        marks = hiding(state.marks) if state else ()
        if one.state in UNREADABLE:
            left = left._replace(unread=left.unread + 1)
        elif wanted.whole:
            found.append(_Chosen(one.item, one.row, ()))
        elif any(mark.mark.unit == WHOLE for mark in marks):
            left = left._replace(withheld=left.withheld + 1)
        elif wanted.decided and (state is None or state.standing != "ready"):
            left = left._replace(undecided=left.undecided + 1)
        else:
            found.append(_Chosen(one.item, one.row, marks))
    return found, left._replace(unread=left.unread + len(items))


def _check_agreed(archive: Archive, partner: Partner, chosen: Sequence[_Chosen]) -> None:
    listed = list_digest(partner, [(one.item, one.row) for one in chosen])
    if not Register(archive).agreed(partner, listed):
        raise HumanNeeded(
            "Too few editors have agreed to give this partner exactly these documents whole.",
            remedy="Each of them says so, for the same documents: unsealed partner full",
        )


def _without_leaks(
    archive: Archive, chosen: list[_Chosen], left: Left, *, leave_out: bool
) -> tuple[list[_Chosen], Left]:
    """The documents that show nothing that is withheld anywhere. Raises HumanNeeded where some do."""
    withheld, allowed = gather(archive), Allowed(Desk(archive).allowed())
    leaking = set()
    for one, stored in _readings(archive, chosen):
        hits = text_hits(withheld, one.item, _shown(stored, one.marks))
        if any(not allowed.covers(hit) for hit in hits):
            leaking.add(one.item)
    if leaking and not leave_out:
        named = ", ".join(map(str, sorted(leaking)[:_NAMED])) + (" ..." if len(leaking) > _NAMED else "")
        raise HumanNeeded(
            f"Words that are withheld elsewhere stand in {len(leaking)} of these documents ({named}).",
            remedy="Mark them there too, let two editors allow them, or leave these documents out: --leave-out",
        )
    kept = [one for one in chosen if one.item not in leaking]
    return kept, left._replace(leaking=len(leaking))


def _shown(stored: StoredReading, marks: Sequence[MarkState]) -> str:
    """What is shown of a reading, one unit behind the other, a word of its own for each gap."""
    return "\n".join(
        "".join(_GAP if run.mark else run.text for run in runs(number, unit, marks))
        for number, unit in enumerate(stored.reading.units)
    )


# --- what stands in it ----------------------------------------------------------------------------------


def _readings(archive: Archive, chosen: Sequence[_Chosen]) -> Iterator[tuple[_Chosen, StoredReading]]:
    """The readings of the chosen, streaming, in row order; marks of an earlier reading are carried over or refused."""
    by_row = {one.row: one for one in chosen}
    for stored in archive.readings(rows=list(by_row)):
        one = by_row[stored.row]
        carried_over(archive, [state.mark for state in one.marks], stored)
        yield one, stored


def _documents(
    archive: Archive, chosen: Sequence[_Chosen], tell: Callable[[int, int], None], *, whole: bool
) -> Iterator[Document]:
    for number, (one, stored) in enumerate(_readings(archive, chosen), 1):
        yield document_of(number, stored, () if whole else one.marks)
        tell(number, len(chosen))


def document_of(number: int, stored: StoredReading, marks: Sequence[MarkState]) -> Document:
    """A reading as a partner gets it: without what `marks` withhold, and without a value that stands on it."""
    reading = stored.reading
    whole = shown_whole(reading.units, marks)
    units = tuple(_unit(place, unit, marks) for place, unit in enumerate(reading.units))
    fields = public_fields(reading, whole)
    return Document(number, stored.item.id, canonical_id(reading, whole), reading.type, fields, units)


def _unit(place: int, unit: Unit, marks: Sequence[MarkState]) -> tuple[str, tuple[Part, ...]]:
    parts = tuple(_part(run.text, run.mark) for run in runs(place, unit, marks))
    # What kind of text it is, a unit that is withheld whole does not tell in a release either.
    label = "" if parts and all(isinstance(part, Withheld) for part in parts) else unit.label
    return label, parts


def _part(text: str, mark: MarkState | None) -> Part:
    return Words(text) if mark is None else Withheld(mark.mark.reason, mark.decided == "accepted")


def check_items(items: Sequence[int]) -> Sequence[int]:
    """The items. Raises InputError where there are none."""
    if not items:
        raise InputError("No document is named.", remedy="Give references, --list, --query or --release.")
    return items
