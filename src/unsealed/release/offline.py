"""Sign on a machine without a network: a small file comes, plain words say what it is, a signature goes back.

Takes the exact text of a log entry and one key; gives a signed note. Pure, and at home in the base install: an
editor's or root keeper's machine needs no archive, no database and no network. The file that goes out is the very text
that is signed, so what the words are read from is what the signature binds.

Spec: docs/formats/log.md, section "Entries"; docs/formats/keys.md, section "Signing elsewhere".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unsealed.errors import InputError, KeysError, UsageError, VerifyError, spelled
from unsealed.seal import note, statement
from unsealed.seal.entries import entry_text, kind_of, next_policy, parse_text
from unsealed.seal.note import Note, Signature, Signer, VerifierKey
from unsealed.seal.payloads import (
    CloseEntry,
    FileHash,
    KeysEntry,
    MirrorsEntry,
    MovedEntry,
    PackageEntry,
    Payload,
    ReleaseEntry,
    SealEntry,
    SiteEntry,
    SupportEntry,
    UnredactEntry,
)
from unsealed.seal.policy import Policy, parse_policy

_WIDTH = 100  # characters of signed words on a line
_UNCUT = 30  # characters that `spelled` never cuts, however it has to write them
ROOT_KINDS = frozenset({"keys", "moved"})  # everything else is signed by editors
_WHAT = {
    "seal": "a seal: it binds every document of the archive",
    "release": "a release: documents become public",
    "redact-more": "a release that hides more of documents that are public already",
    "unredact": "a release that shows more of documents that are public already",
    "withdraw": "a withdrawal: documents are no longer published",
    "close": "the end: no seal and no release can come after it",
    "site": "the pages of the site, every file of them",
    "keys": "a change of keys: whose signatures count from now on",
    "correction": "a correction: words about documents that are public",
    "mirrors": "the list of mirrors",
    "support": "the ways to support the publisher",
    "moved": "a move: this log takes the place of another one",
}


def role_for(payload: Payload) -> str:
    """Whose signature an entry needs: `root` or `editor`."""
    return "root" if kind_of(payload) in ROOT_KINDS else "editor"


def read_request(untrusted: bytes) -> str:
    """The text of the small file. Raises InputError unless it is the exact text of one log entry."""
    try:
        text = untrusted.decode()
        parse_text(text)
    except (UnicodeDecodeError, VerifyError) as error:
        words = error.message if isinstance(error, VerifyError) else "It is not UTF-8."
        raise InputError(
            f"This is no text to sign. {words}", remedy="Ask for the file again; it is made with --out FILE."
        ) from error
    return text


def describe(text: str, known: Policy | None = None) -> tuple[str, ...]:
    """What is being signed, in lines for people. `known` is a policy that the signer has from elsewhere: the entry is
    held to it, and a change of keys is shown as what is added and removed.

    Raises UsageError where the entry is of another archive than `known`, or was made under another policy.
    """
    payload = parse_text(text)
    if known is not None:
        _check_known(payload, known)
    given = f" (number {known.number}, the one you gave)" if known else ""
    lines = [
        f"Kind       {kind_of(payload)}: {_WHAT[kind_of(payload)]}",
        f"Number     {payload.number}",
        f"Archive    {payload.archive}",
        f"Policy     {payload.policy}{given}",
        f"Signed by  {role_for(payload)} keys",
    ]
    return tuple(lines + _details(payload, known))


def _check_known(payload: Payload, known: Policy) -> None:
    if payload.archive != known.archive_id.hex() and not isinstance(payload, MovedEntry):
        raise UsageError("This entry is of another archive than the policy that you gave.", remedy="Do not sign it.")
    if payload.policy != known.sha256 and not isinstance(payload, MovedEntry):
        raise UsageError(
            f"This entry was made under another policy than number {known.number}, the one that you gave.",
            remedy="Ask why, on another way than the one it came on. Sign nothing until you know.",
        )


def _details(payload: Payload, known: Policy | None) -> list[str]:
    lines: list[str] = []
    if isinstance(payload, PackageEntry):
        lines += [f"Date       {payload.date}", _file("Manifest", payload.manifest)]
    if isinstance(payload, ReleaseEntry):
        lines += [f"Documents  {payload.cuts.count:,}", f"Cuts       {payload.cuts.root}"]
        lines += [f"Verifier   {payload.verifier}", f"Reasons    {len(payload.reasons)} in the table"]
        for reason in payload.reasons:
            lines += _words(f"  {reason.number} {spelled(reason.code)}: ", reason.text)
    if isinstance(payload, SealEntry):
        lines += _sealed(payload)
    elif isinstance(payload, CloseEntry):
        lines += [f"Unused     {payload.unused:,} slots", f"Unreleased {payload.unreleased:,} slots"]
        lines += [_file("List", payload.file)]
    elif isinstance(payload, SiteEntry):
        lines += [f"Shows      package {payload.release} and those before it", _file("Files", payload.manifest)]
    elif isinstance(payload, KeysEntry):
        lines += _policy_lines(next_policy(payload), known)
    elif isinstance(payload, MovedEntry):
        lines += _moved(payload)
    return lines + _amended(payload)


def _amended(payload: Payload) -> list[str]:
    """Further words of entries that speak of earlier documents, or of mirrors and ways of support."""
    lines = []
    documents = getattr(payload, "documents", None)
    if documents is not None:
        more = "shown more of" if isinstance(payload, UnredactEntry) else "spoken of"
        lines.append(f"{'Amends':<10} {len(documents):,} documents are {more}")
        lines += [f"  place {place} of release {release}" for release, place, _, _ in documents[:20]]
    if isinstance(payload, MirrorsEntry):
        for mirror in payload.mirrors:
            lines += _words("  ", mirror.address) + _words("    ", mirror.text)
    if isinstance(payload, SupportEntry):
        for way in payload.ways:
            lines += _words(f"  {way.kind}: ", way.address) + _words("    ", way.text)
    for name in ("reason", "text"):
        lines += _words(f"{name.capitalize():<10} ", getattr(payload, name, ""))
    return lines


def _words(before: str, untrusted: str) -> list[str]:
    """Words in full, on as many lines as they take: nobody signs what he was not shown."""
    whole = "".join(spelled(untrusted[at : at + _UNCUT]) for at in range(0, len(untrusted), _UNCUT))
    lines = [whole[at : at + _WIDTH] for at in range(0, len(whole), _WIDTH)]
    return [(" " * len(before) if number else before) + line for number, line in enumerate(lines)]


def _file(name: str, file: FileHash) -> str:
    return f"{name:<10} {file.sha256} ({file.length:,} bytes)"


def _sealed(payload: SealEntry) -> list[str]:
    stated = statement.decode(payload.statement.encode())
    return [
        f"Generation {stated.generation}, {stated.size:,} slots",
        f"Root       {stated.root}",
        f"Ledger     {stated.ledger}",
        f"Time       {stated.time}",
    ]


def _moved(payload: MovedEntry) -> list[str]:
    before = parse_policy(payload.before.encode())
    return [
        f"From       {spelled(payload.log.origin)}, {payload.log.size:,} entries",
        f"Its root   {payload.log.root}",
        f"Its policy number {before.number}, {before.sha256}",
    ]


def _policy_lines(new: Policy, known: Policy | None) -> list[str]:
    lines = [
        f"Next       policy {new.number}, {new.sha256}",
        f"Roots      {new.roots_needed} of {len(new.roots)} bring the policy after it",
        f"Editors    {new.editors_needed} of {len(new.editors)} sign everything else",
        f"Quorum     {spelled(new.quorum)}",
        *(
            f"Group      {spelled(one.name)}: {one.needed} of {', '.join(map(spelled, one.members))}"
            for one in new.groups
        ),
    ]
    return lines + [f"  {line}" for line in (policy_changes(known, new) if known else _keys_of(new))]


def _keys_of(policy: Policy) -> list[str]:
    return [f"{role} {spelled(key.vkey)}" for role, key in _roles(policy)]


def _roles(policy: Policy) -> list[tuple[str, VerifierKey]]:
    found = [
        ("log", policy.log),
        *(("root", key) for key in policy.roots),
        *(("editor", key) for key in policy.editors),
    ]
    return found + [("witness", one.key) for one in policy.witnesses]


def policy_changes(old: Policy, new: Policy) -> list[str]:
    """What a new policy changes, one line each; empty where nobody and no number changed."""
    before, after = dict.fromkeys(_roles(old)), dict.fromkeys(_roles(new))
    lines = [f"removed: {role} {spelled(key.vkey)}" for role, key in before if (role, key) not in after]
    lines += [f"added:   {role} {spelled(key.vkey)}" for role, key in after if (role, key) not in before]
    numbers = (
        ("editors needed", old.editors_needed, new.editors_needed),
        ("roots needed", old.roots_needed, new.roots_needed),
        ("quorum", spelled(old.quorum), spelled(new.quorum)),
        ("maximum age in days", old.max_age_days, new.max_age_days),
    )
    lines += [f"changed: {what}, {was} before, {now} now" for what, was, now in numbers if was != now]
    addresses = {one.key: one.url for one in old.witnesses} | {old.log: old.log_url}
    for key, url in ((new.log, new.log_url), *((one.key, one.url) for one in new.witnesses)):
        if addresses.get(key, url) != url:
            lines.append(f"changed: the address of {spelled(key.name)}, {spelled(url) or 'none'} now")
    if old.groups != new.groups:
        lines.append("changed: the groups of witnesses")
    return lines


# --- signatures ---------------------------------------------------------------------------------------


def sign_text(text: str, role: str, signer: Signer) -> bytes:
    """The signed note that goes back. Raises KeysError for a key of a role that cannot sign this entry."""
    payload = parse_text(text)
    if role != role_for(payload):
        raise KeysError(
            f"A {kind_of(payload)} entry is signed by {role_for(payload)} keys; this is the key of a role {role}.",
            remedy="Use the key file of the right role.",
        )
    return Note(entry_text(payload), note.sign(text, [signer])).encode()


def read_signed(untrusted_note: bytes, text: str, what: str) -> tuple[Signature, ...]:
    """The signature lines of a file that came back. Raises UsageError unless it is over this very text."""
    try:
        read = note.parse_note(untrusted_note)
    except VerifyError as error:
        raise UsageError(f"The signed file cannot be read: {error.message}", remedy="Ask for it again.") from error
    if read.text != text:
        raise UsageError(
            f"The signed file is over another text than {what}.", remedy="Write the text anew with --out, and send it."
        )
    return read.signatures


def merge_lines(
    text: str, kept: Sequence[Signature], lines: Iterable[Signature], allowed: Sequence[VerifierKey], who: str
) -> tuple[Signature, ...]:
    """The signatures so far with `lines` added, each key once, in order.

    `who` names the keys that may sign (`the policy's editors`). Raises UsageError for a line of another key, or one
    that does not hold over `text`.
    """
    read = Note(text, tuple(lines))
    if note.unknown_lines(read, allowed):
        raise UsageError(
            f"A signature is of a key that is not one of {who}.", remedy="`unsealed keys policy show` lists them."
        )
    try:
        note.check_signatures(read, allowed)
    except VerifyError as error:
        raise UsageError(f"A signature does not hold: {error.message}", remedy="Ask for it again.") from error
    found = {(one.name, one.key_id): one for one in (*kept, *read.signatures)}
    return tuple(found[key] for key in sorted(found))
