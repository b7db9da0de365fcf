"""What the publisher says in the log without a package: corrections, the mirrors, ways to support the publisher.

Takes words; gives an entry that waits for editors' signatures (`pending`), and puts it into the log. One of each kind
waits at a time. The words go through the leak check like everything that leaves the house.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import msgspec

from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, InputError, UsageError
from unsealed.release.journal import Journal
from unsealed.release.keyring import Keyring, read_policy
from unsealed.release.leaks import gather
from unsealed.release.pending import Pending, add_pending, add_pending_note, drop_pending, put_pending, read_pending
from unsealed.release.publishing import check_follows, show_logged
from unsealed.release.signing import check_current, signed_entry
from unsealed.release.standing import payloads, read_public
from unsealed.release.superseding import rows_of
from unsealed.seal import note
from unsealed.seal.entries import (
    MAX_ENTRY,
    CorrectionEntry,
    MirrorsEntry,
    Payload,
    SupportEntry,
    entry_text,
    kind_of,
    parse_text,
)
from unsealed.seal.note import Signer
from unsealed.seal.payloads import Mirror, Way

Statement = Literal["correction", "mirrors", "support"]
STATEMENTS: tuple[Statement, ...] = get_args(Statement)
_EDITORS = "the policy's editors"
_ROOM = 8 << 10  # bytes of an entry that signatures may need
_COLLECT = "Collect them: unsealed release sign {name} --as EDITOR, or --out FILE and --in SIGNED; then publish again."


class _Ways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file of ways to support: some words, and each way with its kind, address and words."""

    text: str = ""
    way: tuple[Way, ...] = ()


def draft_correction(archive: Archive, items: Sequence[int], text: str, date: str) -> Pending:
    """Words about documents that are public. Raises UsageError for others, HumanNeeded for withheld words in it."""
    public = read_public(archive)
    missing = sorted(set(items) - public.in_force.keys() - public.withdrawn.keys())
    if missing or not items:
        raise UsageError(
            f"Document {missing[0]} is not public." if missing else "A correction names no document.",
            remedy="Corrections are of documents that were released.",
        )
    if not text.strip():
        raise UsageError("A correction has no words.", remedy="Give them with --text.")
    rows = rows_of(public, items)
    listed = tuple((row.release, row.position, row.generation, row.slot) for row in rows)
    return _draft(archive, CorrectionEntry(**_common(archive, "correction"), date=date, documents=listed, text=text))


def draft_mirrors(archive: Archive, mirrors: Sequence[Mirror], date: str) -> Pending:
    """The mirrors from now on; none at all takes the list back."""
    return _draft(archive, MirrorsEntry(**_common(archive, "mirrors"), date=date, mirrors=tuple(mirrors)))


def draft_support(archive: Archive, untrusted_ways: bytes, date: str) -> Pending:
    """The ways to support the publisher from now on, from a TOML file. Raises InputError for another form."""
    try:
        found = msgspec.toml.decode(untrusted_ways, type=_Ways)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"The file of ways to support cannot be read: {error}.", remedy="See `--help`.") from error
    empty = next((way for way in found.way if not way.address.strip()), None)
    if empty is not None:
        raise InputError(f"A way to support ({empty.kind}) has no address.", remedy="Give one, or leave the way out.")
    payload = SupportEntry(**_common(archive, "support"), date=date, ways=found.way, text=found.text)
    return _draft(archive, payload)


def _common(archive: Archive, name: Statement) -> dict[str, Any]:
    policy = read_policy(archive)
    number = sum(kind_of(payload) == name for payload in payloads(archive)) + 1
    return {"archive": policy.archive_id.hex(), "policy": policy.sha256, "number": number}


def _draft(archive: Archive, payload: CorrectionEntry | MirrorsEntry | SupportEntry) -> Pending:
    text = entry_text(payload)
    if len(text.encode()) > MAX_ENTRY - _ROOM:
        raise UsageError("This is too long for one log entry.", remedy="Say it in fewer words, or in several entries.")
    _check_words(archive, payload)
    check_follows(Journal(archive, read_policy(archive).log), text)
    return put_pending(archive, _name(payload), text)


def _check_words(archive: Archive, payload: Payload) -> None:
    """Refuse words that are withheld: when they are drafted, and again later, since editors go on deciding."""
    assert isinstance(payload, CorrectionEntry | MirrorsEntry | SupportEntry), "nothing else waits under these names"
    hits = gather(archive).check.hits("the words of the entry", "\n".join(_words(payload)))
    if hits:
        raise HumanNeeded(
            f"This {kind_of(payload)} is refused: {len(hits)} withheld strings stand in it.",
            remedy="Say it in other words; what stands in the log can never be withdrawn.",
        )


def _name(payload: CorrectionEntry | MirrorsEntry | SupportEntry) -> Statement:
    return next(name for name in STATEMENTS if name == kind_of(payload))


def _words(payload: CorrectionEntry | MirrorsEntry | SupportEntry) -> list[str]:
    if isinstance(payload, CorrectionEntry):
        return [payload.text]
    if isinstance(payload, MirrorsEntry):
        return [word for mirror in payload.mirrors for word in (mirror.address, mirror.text)]
    return [payload.text, *(word for way in payload.ways for word in (way.kind, way.address, way.text))]


def statement_text(archive: Archive, name: Statement) -> str:
    """The exact text that editors sign.

    Raises UsageError where nothing waits, HumanNeeded after a change of keys, or where words in it are withheld now.
    """
    text = read_pending(archive, name).text
    _check_words(archive, parse_text(text))
    check_current(text, read_policy(archive), f"The {name}")
    return text


def sign_statement(archive: Archive, name: Statement, signer: Signer) -> Pending:
    """Add an editor's signature."""
    lines = note.sign(statement_text(archive, name), [signer])
    return add_pending(archive, name, lines, read_policy(archive).editors, _EDITORS)


def add_statement_note(archive: Archive, name: Statement, untrusted_note: bytes) -> Pending:
    """Add the signatures of a file that came back."""
    statement_text(archive, name)
    return add_pending_note(archive, name, untrusted_note, read_policy(archive).editors, _EDITORS)


def publish_statement(archive: Archive, keys: Keyring, name: Statement) -> int:
    """Put it into the log; gives the index of its entry. Completes what a killed run began.

    Raises HumanNeeded while signatures are missing or where words in it are withheld since, UsageError where nothing
    waits.
    """
    waiting = read_pending(archive, name)
    journal = Journal(archive, keys.log.verifier)
    journal.check_heads()
    index = journal.find(waiting.text)
    if index < 0:
        _check_words(archive, parse_text(waiting.text))
        check_follows(journal, waiting.text)
        remedy = _COLLECT.format(name=name)
        entry = signed_entry(
            waiting.text, waiting.signatures, read_policy(archive), journal.size, f"The {name}", remedy
        )
        index = journal.append(entry, keys.log)
    show_logged(archive, journal)
    drop_pending(archive, name)
    return index
