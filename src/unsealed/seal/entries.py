"""Log entries: what the publisher says, one kind each, in one byte form, signed by k of n.

Takes and gives bytes and values; touches nothing. An entry is a signed note: a line with version and kind, one
line of canonical JSON, and the signature lines of those who vouch for it. The log key alone can publish nothing.

Spec: docs/formats/log.md, section "Entries".
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from unsealed.errors import InputError, VerifyError, spelled
from unsealed.seal import note, statement
from unsealed.seal.amendments import Register, check_counted, check_listed
from unsealed.seal.note import Note, Signature, VerifierKey
from unsealed.seal.payloads import (
    KINDS,
    CloseEntry,
    CorrectionEntry,
    Cuts,
    FileHash,
    KeysEntry,
    MirrorsEntry,
    MovedEntry,
    OldLog,
    PackageEntry,
    Payload,
    RedactMoreEntry,
    ReleaseEntry,
    SealEntry,
    SiteEntry,
    SupportEntry,
    UnredactEntry,
    WithdrawEntry,
    kind_of,
)
from unsealed.seal.policy import Policies, Policy, check_threshold, parse_policy

__all__ = [
    "FORMAT",
    "MAX_ENTRY",
    "CloseEntry",
    "CorrectionEntry",
    "Cuts",
    "Entry",
    "FileHash",
    "History",
    "KeysEntry",
    "MirrorsEntry",
    "MovedEntry",
    "OldLog",
    "PackageEntry",
    "Payload",
    "Placed",
    "RedactMoreEntry",
    "ReleaseEntry",
    "SealEntry",
    "SiteEntry",
    "SupportEntry",
    "UnredactEntry",
    "WithdrawEntry",
    "assemble",
    "check_entry",
    "check_order",
    "entry_text",
    "kind_of",
    "next_policy",
    "parse_entry",
    "parse_text",
    "policies_of",
    "replay",
    "sign_entry",
]

FORMAT = "unsealed-entry/1"
MAX_ENTRY = 65535  # bytes: an entry bundle has 16 bits for the length (tlog-tiles)
_DECODER = msgspec.json.Decoder(Payload)


class Entry(NamedTuple):
    """An entry as it stands in the log. `raw` are its exact bytes, `note.text` what was signed."""

    payload: Payload
    note: Note
    raw: bytes


def entry_text(payload: Payload) -> str:
    """The text that editors sign: two lines. This is the small file that goes to a machine without a network."""
    return f"{FORMAT} {kind_of(payload)}\n{msgspec.json.encode(payload).decode()}\n"


def parse_text(untrusted_text: str) -> Payload:
    """Read the text of an entry.

    Raises VerifyError: rules `entry-form`, `entry-kind`, `entry-version`, `entry-reasons`, `amendment-order`,
    `amendment-count`.
    """
    first, _, rest = untrusted_text.partition("\n")
    version, _, kind = first.partition(" ")
    if version != FORMAT:
        raise VerifyError("A log entry is of an unknown version.", rule="entry-version", remedy="Update Unsealed.")
    if kind not in KINDS:
        raise VerifyError(
            f"A log entry is of a kind that is not known: {spelled(kind)}.",
            rule="entry-kind",
            remedy="Update Unsealed.",
        )
    try:
        payload: Payload = _DECODER.decode(rest.encode())
    except (msgspec.MsgspecError, RecursionError) as error:
        raise VerifyError("A log entry is not of the form that its kind has.", rule="entry-form") from error
    if entry_text(payload) != untrusted_text:
        raise VerifyError("A log entry is not written in its one canonical form.", rule="entry-form")
    _check_lists(payload)
    return payload


def _check_lists(payload: Payload) -> None:
    """What the form alone cannot say: the order of lists, and their lengths."""
    if isinstance(payload, ReleaseEntry):
        _check_reasons([reason.number for reason in payload.reasons])
    if isinstance(payload, RedactMoreEntry | UnredactEntry | WithdrawEntry | CorrectionEntry):
        check_listed(payload.documents)
    if isinstance(payload, RedactMoreEntry | UnredactEntry):
        check_counted(payload)


def _check_reasons(numbers: Sequence[int]) -> None:
    """A reason stands in 32 bits of a cut, and has one line in the table."""
    if any(not 1 <= number < 1 << 32 for number in numbers):
        raise VerifyError("The number of a reason is not from 1 to 4,294,967,295.", rule="entry-form")
    if any(first >= second for first, second in itertools.pairwise(numbers)):
        raise VerifyError("The reasons of a release are not in the order of their numbers.", rule="entry-reasons")


def _order(line: Signature) -> tuple[bytes, bytes]:
    return line.name.encode(), line.key_id


def assemble(text: str, signatures: Iterable[Signature]) -> bytes:
    """The entry from its text and the signatures that came back, each once, in order of names.

    Raises VerifyError: `entry-size` when it does not fit into a log (65,535 bytes), and those of `parse_text`.
    """
    parse_text(text)
    lines = sorted({(line.name, line.key_id): line for line in signatures}.values(), key=_order)
    data = Note(text, tuple(lines)).encode()
    if len(data) > MAX_ENTRY:
        raise VerifyError(f"A log entry is {len(data)} bytes long; {MAX_ENTRY} fit.", rule="entry-size")
    return data


def sign_entry(payload: Payload, signers: Iterable[note.Signer]) -> bytes:
    """Text, signatures and assembly in one step, where all keys are at hand."""
    text = entry_text(payload)
    return assemble(text, note.sign(text, signers))


def parse_entry(untrusted: bytes) -> Entry:
    """Read an entry; no signature is checked yet.

    Raises VerifyError: rules of `parse_note` and `parse_text`, `entry-size`, and `entry-order` (signature lines
    stand once each, in byte order of their names).
    """
    if len(untrusted) > MAX_ENTRY:
        raise VerifyError(f"A log entry is longer than {MAX_ENTRY} bytes.", rule="entry-size")
    read = note.parse_note(untrusted)
    identities = [_order(line) for line in read.signatures]
    if any(first >= second for first, second in itertools.pairwise(identities)):
        raise VerifyError("The signatures of a log entry are repeated or not in order.", rule="entry-order")
    return Entry(parse_text(read.text), read, untrusted)


# --- whose word ---------------------------------------------------------------------------------------


def next_policy(payload: KeysEntry) -> Policy:
    """The policy that a `keys` entry brings. Raises VerifyError (rule `policy-form`)."""
    policy = _policy_in(payload.next)
    if policy.number != payload.number:
        raise VerifyError("A keys entry and the policy in it have different numbers.", rule="entry-number")
    return policy


def old_policy(payload: MovedEntry) -> Policy:
    """The last policy of the log that a `moved` entry replaces.

    Raises VerifyError: `policy-form`; `moved` where the old log is not that of the policy, or is the new one.
    """
    policy = _policy_in(payload.before)
    named = (payload.log.origin, payload.log.key)
    if named != (policy.log.name, policy.log.vkey) or policy.archive_id.hex() == payload.archive:
        raise VerifyError("A log that moved names another old log than its old policy.", rule="moved")
    return policy


def _policy_in(text: str) -> Policy:
    try:
        return parse_policy(text.encode())
    except InputError as error:
        raise VerifyError(error.message, rule="policy-form") from error


def check_entry(entry: Entry, policies: Policies, index: int) -> tuple[VerifierKey, ...]:
    """Enough of the right people signed this entry under the policy in force at `index`. Returns who did.

    Raises VerifyError: `archive` (of another archive), `policy` (made under another policy), `key-unknown` (a line
    of a key that has no part here), `signature`, `threshold`; for a `keys` entry also those of `next_policy`, for a
    `moved` entry those of `old_policy`.
    """
    policy = policies.at(index)
    payload = entry.payload
    if payload.archive != policy.archive_id.hex():
        raise VerifyError("A log entry speaks of another archive.", rule="archive")
    if payload.policy != policy.sha256:
        raise VerifyError(
            f"A log entry was made under another policy than number {policy.number}, the one that you trust.",
            rule="policy",
            remedy="Check the whole site once with `unsealed verify --site`: it carries the signed change of keys.",
        )
    if isinstance(payload, KeysEntry):
        return _check_keys_entry(entry, policy, next_policy(payload))
    if isinstance(payload, MovedEntry):
        return _check_roots(entry, old_policy(payload), "root keys of the old log", policy, "root keys of this log")
    signed = _signed(entry, policy.editors)
    check_threshold(signed, policy.editors, policy.editors_needed, "editors")
    return signed


def _signed(entry: Entry, allowed: Sequence[VerifierKey]) -> tuple[VerifierKey, ...]:
    if note.unknown_lines(entry.note, allowed):
        raise VerifyError("A key that has no part here signed a log entry.", rule="key-unknown")
    return note.check_signatures(entry.note, allowed)


def _check_keys_entry(entry: Entry, old: Policy, new: Policy) -> tuple[VerifierKey, ...]:
    if new.number != old.number + 1 or new.log != old.log:
        raise VerifyError("A keys entry skips a number, or names another log.", rule="entry-number")
    return _check_roots(entry, old, "root keys of the policy in force", new, "root keys of the next policy")


def _check_roots(entry: Entry, old: Policy, old_words: str, new: Policy, new_words: str) -> tuple[VerifierKey, ...]:
    """Enough root keys of both policies signed, and nobody else."""
    signed = _signed(entry, tuple(dict.fromkeys((*old.roots, *new.roots))))
    check_threshold(signed, old.roots, old.roots_needed, old_words)
    check_threshold(signed, new.roots, new.roots_needed, new_words)
    return signed


# --- a whole log --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Placed:
    """An entry at its index, with those who signed it."""

    index: int
    entry: Entry
    signed_by: tuple[VerifierKey, ...]


class History(NamedTuple):
    """A whole log, checked entry by entry."""

    placed: tuple[Placed, ...]
    policies: Policies
    register: Register

    def of_kind(self, kind: type[Payload | PackageEntry]) -> tuple[Placed, ...]:
        """The entries of one kind, oldest first."""
        return tuple(placed for placed in self.placed if isinstance(placed.entry.payload, kind))

    @property
    def packages(self) -> tuple[Placed, ...]:
        """The entries that bring a package: the one at k is of package k."""
        return self.of_kind(PackageEntry)


def policies_of(entries: Sequence[Entry], trusted: Policy, texts: Mapping[str, bytes]) -> Policies:
    """Every policy of the log, found from the trusted one: forward in `keys` entries, backward by the hash of the
    predecessor that they name, whose bytes are looked up in `texts` (SHA-256 in hex to bytes).

    The signatures of the `keys` entries are checked by `replay`. Raises VerifyError (rule `policy`).
    """
    changes = [(index, entry.payload) for index, entry in enumerate(entries) if isinstance(entry.payload, KeysEntry)]
    known = {trusted.number: trusted}
    for _, payload in changes:
        if payload.number > trusted.number:
            known.setdefault(payload.number, next_policy(payload))
    for _, payload in reversed(changes):
        if payload.number <= trusted.number:
            known[payload.number - 1] = _predecessor(payload.policy, texts)
    numbers = range(min(known), max(known) + 1)
    starts = [0, *(index + 1 for index, _ in changes)]
    if set(numbers) != set(known) or len(starts) != len(known):
        raise VerifyError("The changes of keys in this log do not lead to the policy that you trust.", rule="policy")
    return Policies(tuple((start, known[number]) for start, number in zip(starts, numbers, strict=True)))


def _predecessor(sha256_hex: str, texts: Mapping[str, bytes]) -> Policy:
    if sha256_hex not in texts:
        raise VerifyError("An earlier policy of this log is missing.", rule="policy")
    try:
        policy = parse_policy(texts[sha256_hex])
    except InputError as error:
        raise VerifyError(error.message, rule="policy-form") from error
    if policy.sha256 != sha256_hex:
        raise VerifyError("The bytes of an earlier policy are not those that the log names.", rule="policy")
    return policy


def replay(untrusted_entries: Sequence[bytes], trusted: Policy, texts: Mapping[str, bytes] | None = None) -> History:
    """Check every entry of a log in order: form, signatures, and numbers that rise by one.

    The numbers keep the holder of the log key alone from logging an old signed entry again. The first package is
    a seal; no two seals are of one generation; nothing is sealed or released after `close`. Every `keys` entry holds
    the very bytes of the policy that is in force after it: together with its signers this chains every policy to the
    trusted one, in both directions. Raises VerifyError: the rules of `parse_entry`, `check_entry`, `policies_of`, of
    `amendments.Register`, and `entry-number`, `policy`, `generation`, `closed`, `moved`, `statement-form`,
    `statement-version`.
    """
    parsed = [parse_entry(untrusted) for untrusted in untrusted_entries]
    policies = policies_of(parsed, trusted, texts or {})
    order, placed = _Order(), []
    for index, entry in enumerate(parsed):
        signed = check_entry(entry, policies, index)
        order.take(index, entry.payload)
        if isinstance(entry.payload, KeysEntry):
            _check_brought(entry.payload, policies.at(index + 1))
        placed.append(Placed(index, entry, signed))
    return History(tuple(placed), policies, order.register)


def check_order(payloads: Iterable[Payload]) -> Register:
    """The numbers of a log, and what its amendments speak of, without looking at any signature. Raises like `replay`.

    A publisher asks it before it signs; a reader uses `replay`.
    """
    order = _Order()
    for index, payload in enumerate(payloads):
        order.take(index, payload)
    return order.register


class _Order:
    """The numbers that come next, and what may come at all."""

    def __init__(self) -> None:
        self.register = Register()
        self._packages = 0
        self._numbers: Counter[str] = Counter()
        self._generations: set[int] = set()
        self._closed = False

    def take(self, index: int, payload: Payload) -> None:
        """Follow one entry. Raises VerifyError, see `replay`."""
        if isinstance(payload, PackageEntry):
            self._package(index, payload)
        elif isinstance(payload, MovedEntry):
            if index or payload.number:
                raise VerifyError("A log moved that has begun already.", rule="moved")
        elif not isinstance(payload, KeysEntry):  # their numbers are those of the policies
            self._numbers[kind_of(payload)] += 1
            _check_number(payload.number, self._numbers[kind_of(payload)], index)
        if isinstance(payload, SiteEntry):
            _check_number(payload.release, self._packages - 1, index)
        self.register.take(payload)

    def _package(self, index: int, payload: PackageEntry) -> None:
        _check_number(payload.number, self._packages, index)
        if not self._packages and not isinstance(payload, SealEntry):
            raise VerifyError("The first package of the log is not a seal.", rule="entry-number")
        # Of releases only those that amend may come: they release no document for the first time.
        amends = isinstance(payload, RedactMoreEntry | UnredactEntry | WithdrawEntry)
        if self._closed and not amends:
            raise VerifyError("The archive was closed: nothing is sealed or released after that.", rule="closed")
        self._packages += 1
        self._closed = self._closed or isinstance(payload, CloseEntry)
        if isinstance(payload, SealEntry):
            _check_generation(payload, self._generations)


def _check_generation(payload: SealEntry, known: set[int]) -> None:
    generation = statement.decode(payload.statement.encode()).generation
    if generation in known:
        raise VerifyError(f"Two seals of this log are of generation {generation}.", rule="generation")
    known.add(generation)


def _check_brought(payload: KeysEntry, following: Policy) -> None:
    """Without this the log's key alone could log a change of keys from its own policy to its own, and name it alike."""
    if payload.next.encode() != following.raw:
        raise VerifyError(
            f"A keys entry brings another policy than number {following.number}, the one that follows it.",
            rule="policy",
        )


def _check_number(found: int, expected: int, index: int) -> None:
    if found != expected:
        raise VerifyError(
            f"Log entry {index} is numbered {found} where {expected} is next: repeated, or left out.",
            rule="entry-number",
        )
