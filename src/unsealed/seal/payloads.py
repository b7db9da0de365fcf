"""What an entry of the log can say: one struct for each kind, in the order of its keys.

Pure values. `entries` reads, signs and checks them; `amendments` says what they do to earlier releases.

Spec: docs/formats/log.md, section "Entries".
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from unsealed.model import Reason

Hex32 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]
Number32 = Annotated[int, msgspec.Meta(ge=0, le=(1 << 32) - 1)]
Day = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[a-z][a-z0-9-]{0,39}\Z")]

# Release, place in it, generation, slot. A place names one cut for ever, so an old proof file can be looked up; an
# id is not among them: what stands in the log can never be withdrawn.
Listed = tuple[Number32, Number32, Number32, Number32]


class FileHash(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file by its SHA-256 (hex) and its length in bytes, which is also the cap for reading it."""

    sha256: Hex32
    length: Count


class Cuts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The RFC 6962 root whose leaf hashes are the cuts `p` of a release, in its order, and their number."""

    root: Hex32
    count: Count


class BasePayload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """What all entries say: the archive (hex id), the policy in force (hex hash), a number that rises by one."""

    archive: Hex32
    policy: Hex32
    number: Count


class PackageEntry(BasePayload, frozen=True, tag="package"):
    """Base of the kinds that bring a package. `number` counts packages, from 0; `date` is the publisher's day."""

    date: Day
    manifest: FileHash


class SealEntry(PackageEntry, frozen=True, tag="seal"):
    """A seal statement (its exact text) and the package that holds it."""

    statement: str


class ReleaseEntry(PackageEntry, frozen=True, tag="release"):
    """A release: the root of its cuts, the hash of `verify.html`, the reasons table."""

    cuts: Cuts
    verifier: Hex32
    reasons: tuple[Reason, ...]


class RedactMoreEntry(ReleaseEntry, frozen=True, tag="redact-more"):
    """A release of documents that were released before, each with more hidden than it had.

    Document i of this release takes the place of line i of `documents`. `text` says why, for people.
    """

    documents: tuple[Listed, ...]
    text: str


class UnredactEntry(ReleaseEntry, frozen=True, tag="unredact"):
    """A release of documents that were released (or withdrawn) before, each with less hidden than it had."""

    documents: tuple[Listed, ...]
    text: str


class WithdrawEntry(PackageEntry, frozen=True, tag="withdraw"):
    """Documents that are no longer published. `reason` is a code, `by-order` among them; `text` is for people."""

    documents: tuple[Listed, ...]
    reason: Code
    text: str


class CloseEntry(PackageEntry, frozen=True, tag="close"):
    """The end of releasing: no seal and no release comes after it.

    `file` (in its package, under the name `close`) opens every unused slot and lists the slots that were never
    released; `unused` and `unreleased` count them.
    """

    file: FileHash
    unused: Count
    unreleased: Count
    text: str


class SiteEntry(BasePayload, frozen=True, tag="site"):
    """The pages: hash and length of `site.manifest`; `release` is the newest package that they show."""

    release: Count
    manifest: FileHash


class KeysEntry(BasePayload, frozen=True, tag="keys"):
    """The next policy, as its exact text, signed by root keys of the policy in force and of the next one.

    `policy` names the one in force, `number` is the number of the next.
    """

    next: str


class CorrectionEntry(BasePayload, frozen=True, tag="correction"):
    """The publisher's words about documents of earlier releases; nothing of their text changes."""

    date: Day
    documents: tuple[Listed, ...]
    text: str


class Mirror(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mirror: its address, and words about it."""

    address: str
    text: str


class MirrorsEntry(BasePayload, frozen=True, tag="mirrors"):
    """The mirrors that the publisher knows of. The newest entry replaces the ones before."""

    date: Day
    mirrors: tuple[Mirror, ...]


class Way(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A way to support the publisher: what it is, its address of any kind, words about it."""

    kind: Code
    address: str
    text: str


class SupportEntry(BasePayload, frozen=True, tag="support"):
    """Ways to support the publisher. The newest entry replaces the ones before."""

    date: Day
    ways: tuple[Way, ...]
    text: str


class OldLog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last good checkpoint of a log: its origin, its key (as in policies), its size and root."""

    origin: str
    key: str
    size: Count
    root: Hex32


class MovedEntry(BasePayload, frozen=True, tag="moved"):
    """The first entry of a log that takes the place of another one, whose key was stolen or which was forked.

    `before` is the exact text of the old log's last policy; enough root keys of it, and of the policy of this log,
    signed. `number` is 0; `archive` and `policy` are those of this log.
    """

    date: Day
    log: OldLog
    before: str
    text: str


Amendment = RedactMoreEntry | UnredactEntry | WithdrawEntry
Payload = (
    SealEntry
    | ReleaseEntry
    | RedactMoreEntry
    | UnredactEntry
    | WithdrawEntry
    | CloseEntry
    | SiteEntry
    | KeysEntry
    | CorrectionEntry
    | MirrorsEntry
    | SupportEntry
    | MovedEntry
)
KINDS = frozenset(
    {"seal", "release", "redact-more", "unredact", "withdraw", "close"}
    | {"site", "keys", "correction", "mirrors", "support", "moved"}
)


def kind_of(payload: Payload) -> str:
    """The word for its kind: `seal`, `release`, `withdraw` …"""
    return str(payload.__struct_config__.tag)
