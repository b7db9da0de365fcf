"""The policy file: whose log, whose editors, whose witnesses a reader trusts, and how many of them must agree.

Takes and gives bytes and values; touches nothing. The reader chooses a policy; nothing that comes with a proof
or from a site is ever trusted as one. The lines `log`, `witness`, `group` and `quorum` are those of
c2sp.org/tlog-policy; the others are ours. Every mistake is refused with the number of its line.

Spec: docs/formats/policy.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from unsealed.crypto import sha256
from unsealed.errors import InputError, UsageError, VerifyError, spelled
from unsealed.seal.checkpoint import Opened, open_checkpoint
from unsealed.seal.generation import archive_id
from unsealed.seal.note import KIND_COSIGNATURE, KIND_ED25519, VerifierKey, parse_vkey

MAX_POLICY = 24 << 10  # bytes; it has to fit into one log entry (65,535 bytes) with JSON escapes
MAX_LINES = 64  # lines of one kind; tlog-policy asks for at least 32
_FORMAT = "unsealed-policy/1"
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")
_BLANK = re.compile(r"[ \t]+")
_CONTROLS = frozenset(chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))) - {"\t"}  # C0, DEL, C1


class Witness(NamedTuple):
    """A witness under its name in this file. `url` may be empty."""

    name: str
    key: VerifierKey
    url: str


class Group(NamedTuple):
    """`needed` of `members` (names of witnesses and groups defined before) make this group agree."""

    name: str
    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Policy:
    """One policy. `number` rises by one with each `keys` entry; `raw` are the exact bytes of the file.

    `roots_needed` of `roots` may replace the policy; `editors_needed` of `editors` must sign every other entry;
    `quorum` is a name of a witness or group, or `none`. `max_age_days` is 0 where no age is a warning.
    """

    number: int
    log: VerifierKey
    log_url: str
    roots: tuple[VerifierKey, ...]
    roots_needed: int
    editors: tuple[VerifierKey, ...]
    editors_needed: int
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str
    max_age_days: int
    raw: bytes = field(repr=False)

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """Every key that the file names, whatever its part."""
        return (self.log, *self.roots, *self.editors, *(witness.key for witness in self.witnesses))

    @property
    def sha256(self) -> str:
        """SHA-256 of the file in hex: how entries name the policy under which they were made."""
        return sha256(self.raw).hexdigest()

    @property
    def archive_id(self) -> bytes:
        """SHA-256("us1I" || log origin || 0x0A || log public key): 32 bytes (docs/formats/seal.md)."""
        return archive_id(self.log.name, self.log.public)


# --- reading ------------------------------------------------------------------------------------------


class _Draft:
    """What the lines read so far have said. Each method takes one kind of line and raises ValueError with words."""

    def __init__(self) -> None:
        self.number = 0
        self.log: tuple[VerifierKey, str] | None = None
        self.keys: dict[str, list[VerifierKey]] = {"root": [], "editor": []}
        self.needed: dict[str, int] = {}
        self.witnesses: dict[str, Witness] = {}
        self.groups: dict[str, Group] = {}
        self.members: set[str] = set()
        self.quorum = ""
        self.max_age_days: int | None = None

    def _key(self, written: str, kind: int) -> VerifierKey:
        try:
            key = parse_vkey(written)
        except VerifyError as error:
            raise ValueError(error.message) from error
        if key.kind != kind:
            raise ValueError("this key is of the wrong kind (0x01 for logs, roots and editors, 0x04 for witnesses)")
        taken = [*self.keys["root"], *self.keys["editor"], *(witness.key for witness in self.witnesses.values())]
        if self.log:
            taken.append(self.log[0])
        if any(key.public == other.public or key.name == other.name for other in taken):
            raise ValueError("this key, or its name, stands on another line already: one key, one name, one part")
        return key

    def first(self, words: list[str]) -> None:
        if len(words) != 2 or words[0] != _FORMAT or not _NUMBER.fullmatch(words[1]):
            raise ValueError(f"the first line must be `{_FORMAT} NUMBER`, with a number from 1")
        self.number = int(words[1])

    def add_log(self, words: list[str]) -> None:
        if len(words) not in (2, 3):
            raise ValueError("write `log VKEY [URL]`")
        if self.log:
            raise ValueError("a second log: a policy of Unsealed names one")
        self.log = (self._key(words[1], KIND_ED25519), words[2] if len(words) == 3 else "")

    def add_key(self, words: list[str]) -> None:
        if len(words) != 2:
            raise ValueError(f"write `{words[0]} VKEY`")
        self.keys[words[0]].append(self._key(words[1], KIND_ED25519))

    def add_threshold(self, words: list[str]) -> None:
        if len(words) != 2 or not _NUMBER.fullmatch(words[1]):
            raise ValueError(f"write `{words[0]} K`, a number from 1")
        if words[0] in self.needed:
            raise ValueError(f"`{words[0]}` stands twice")
        self.needed[words[0]] = int(words[1])

    def _new_name(self, name: str) -> None:
        if name == "none" or name in self.witnesses or name in self.groups:
            raise ValueError(f"the name {spelled(name)} is taken")

    def add_witness(self, words: list[str]) -> None:
        if len(words) not in (3, 4):
            raise ValueError("write `witness NAME VKEY [URL]`")
        self._new_name(words[1])
        key = self._key(words[2], KIND_COSIGNATURE)
        self.witnesses[words[1]] = Witness(words[1], key, words[3] if len(words) == 4 else "")

    def add_group(self, words: list[str]) -> None:
        if len(words) < 4:
            raise ValueError("write `group NAME all|any|K MEMBER…`")
        name, count, members = words[1], words[2], tuple(words[3:])
        self._new_name(name)
        for member in members:
            if member not in self.witnesses and member not in self.groups:
                raise ValueError(f"{spelled(member)} is not defined on a line above")
            if member in self.members:
                raise ValueError(f"{spelled(member)} is a member already: each name may count in one way only")
            self.members.add(member)
        needed = {"any": 1, "all": len(members)}.get(count) or (int(count) if _NUMBER.fullmatch(count) else 0)
        if not 1 <= needed <= len(members):
            raise ValueError(f"{spelled(count)} is not all, any, or a number from 1 to {len(members)}")
        self.groups[name] = Group(name, needed, members)

    def add_quorum(self, words: list[str]) -> None:
        if len(words) != 2 or self.quorum:
            raise ValueError("write `quorum NAME` once")
        if words[1] != "none" and words[1] not in self.witnesses and words[1] not in self.groups:
            raise ValueError(f"{spelled(words[1])} is not defined on a line above")
        self.quorum = words[1]

    def add_age(self, words: list[str]) -> None:
        if len(words) != 2 or self.max_age_days is not None or not _NUMBER.fullmatch(words[1]):
            raise ValueError("write `max-age-days DAYS` once")
        self.max_age_days = int(words[1])

    def finish(self, raw: bytes) -> Policy:
        if not self.log or not self.quorum:
            raise ValueError("the lines `log` and `quorum` are needed")
        for kind, plural in (("root", "roots"), ("editor", "editors")):
            if not 1 <= self.needed.get(plural, 0) <= len(self.keys[kind]):
                raise ValueError(f"`{plural} K` is needed, with K from 1 to the number of `{kind}` lines")
        log, url = self.log
        return Policy(
            self.number, log, url,
            tuple(self.keys["root"]), self.needed["roots"], tuple(self.keys["editor"]), self.needed["editors"],
            tuple(self.witnesses.values()), tuple(self.groups.values()), self.quorum, self.max_age_days or 0, raw,
        )  # fmt: skip


_LINES: dict[str, Callable[[_Draft, list[str]], None]] = {
    "log": _Draft.add_log,
    "root": _Draft.add_key,
    "roots": _Draft.add_threshold,
    "editor": _Draft.add_key,
    "editors": _Draft.add_threshold,
    "witness": _Draft.add_witness,
    "group": _Draft.add_group,
    "quorum": _Draft.add_quorum,
    "max-age-days": _Draft.add_age,
}


def _refuse(words: str) -> InputError:
    return InputError(
        f"The policy cannot be used: {words.removesuffix('.')}.", remedy="Ask its publisher for the exact file."
    )


def _lines(untrusted: bytes) -> list[tuple[int, list[str]]]:
    """Number (from 1) and words of every line that is neither empty nor a comment."""
    if len(untrusted) > MAX_POLICY:
        raise _refuse(f"it is longer than {MAX_POLICY} bytes")
    try:
        text = untrusted.decode()
    except UnicodeDecodeError:
        raise _refuse("it is not UTF-8") from None
    if not text.endswith("\n"):
        raise _refuse("its last line is cut off")
    found = []
    for number, line in enumerate(text[:-1].split("\n"), 1):
        if not _CONTROLS.isdisjoint(line):
            raise _refuse(f"line {number} has a control character")
        stripped = line.strip(" \t")
        if stripped and not stripped.startswith("#"):
            found.append((number, _BLANK.split(stripped)))
    return found


def parse_policy(untrusted: bytes) -> Policy:
    """Read a policy file. Raises InputError that names the line and the mistake."""
    lines = _lines(untrusted)
    draft = _Draft()
    counts: dict[str, int] = {}
    for position, (number, words) in enumerate(lines):
        try:
            if position == 0:
                draft.first(words)
                continue
            if words[0] not in _LINES:
                raise ValueError(f"the word {spelled(words[0])} is not known; update Unsealed if the policy is newer")
            counts[words[0]] = counts.get(words[0], 0) + 1
            if counts[words[0]] > MAX_LINES:
                raise ValueError(f"more than {MAX_LINES} lines of this kind")
            _LINES[words[0]](draft, words)
        except ValueError as error:
            raise _refuse(f"line {number}: {error}") from error
    try:
        return draft.finish(untrusted)
    except ValueError as error:
        raise _refuse(str(error)) from error


# --- writing ------------------------------------------------------------------------------------------


def write_policy(
    number: int,
    log: VerifierKey,
    roots: Sequence[VerifierKey],
    roots_needed: int,
    editors: Sequence[VerifierKey],
    editors_needed: int,
    *,
    witnesses: Sequence[Witness] = (),
    groups: Sequence[Group] = (),
    quorum: str = "none",
    max_age_days: int = 0,
    log_url: str = "",
) -> bytes:
    """The bytes of a policy file. They are read back before they are returned; raises UsageError for a bad one."""
    lines = [
        f"{_FORMAT} {number}",
        "",
        "# The log: who keeps the order of what was published.",
        f"log {log.vkey} {log_url}".rstrip(),
        "",
    ]
    lines += [f"# {roots_needed} of these may replace this policy.", *(f"root {key.vkey}" for key in roots)]
    lines += [f"roots {roots_needed}", "", f"# {editors_needed} of these sign everything that is published."]
    lines += [*(f"editor {key.vkey}" for key in editors), f"editors {editors_needed}", ""]
    lines += [f"witness {w.name} {w.key.vkey} {w.url}".rstrip() for w in witnesses]
    lines += [f"group {group.name} {group.needed} {' '.join(group.members)}" for group in groups]
    lines += [f"quorum {quorum}"] + ([f"max-age-days {max_age_days}"] if max_age_days else [])
    data = "".join(line + "\n" for line in lines).encode()
    try:
        parse_policy(data)
    except InputError as error:
        raise UsageError(error.message, remedy="Correct keys, names or thresholds.") from error
    return data


# --- counting -----------------------------------------------------------------------------------------


def check_threshold(signed: Iterable[VerifierKey], allowed: Collection[VerifierKey], needed: int, who: str) -> None:
    """At least `needed` different keys under different names of `allowed` are among `signed`.

    `who` is the plural of their part (`editors`). Raises VerifyError (rule `threshold`) with both numbers.
    """
    counted = [key for key in signed if key in allowed]
    found = min(len({key.public for key in counted}), len({key.name for key in counted}))
    if found < needed:
        raise VerifyError(f"Signed by {found} of the {needed} {who} that are needed.", rule="threshold")


def _agrees(name: str, witnessed: set[str], groups: dict[str, Group]) -> bool:
    group = groups.get(name)
    if group is None:
        return name in witnessed
    return sum(_agrees(member, witnessed, groups) for member in group.members) >= group.needed


def check_quorum(policy: Policy, keys: Iterable[VerifierKey]) -> None:
    """The witnesses whose keys are given satisfy the quorum line. Raises VerifyError (rule `quorum`)."""
    if policy.quorum == "none":
        return
    present = set(keys)
    witnessed = {witness.name for witness in policy.witnesses if witness.key in present}
    if not _agrees(policy.quorum, witnessed, {group.name: group for group in policy.groups}):
        raise VerifyError("Not enough of the witnesses that you trust have cosigned this log head.", rule="quorum")


def days_too_old(policy: Policy, times: Iterable[int], now: float) -> int:
    """The age in days of the newest cosignature where it is above `max-age-days`, else 0.

    `times` and `now` are POSIX seconds. No error: what was public stays valid, but a reader should know that this
    copy may be frozen. Without a cosignature nobody vouches for any time, and there is no age.
    """
    newest = max(times, default=None)
    if newest is None or not policy.max_age_days:
        return 0
    days = int((now - newest) // 86400)
    return days if days > policy.max_age_days else 0


def check_checkpoint(untrusted: bytes, policies: Policies) -> Opened:
    """A checkpoint signed by the trusted log and cosigned by the quorum of the policy in force at its last entry.

    Raises VerifyError: the rules of `open_checkpoint`, and `quorum`.
    """
    witnesses = [witness.key for policy in policies.all for witness in policy.witnesses]
    opened = open_checkpoint(untrusted, policies.newest.log, witnesses)
    check_quorum(policies.at(opened.checkpoint.size - 1), (line.witness for line in opened.cosignatures))
    return opened


# --- policies over time -------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Policies:
    """The policies of one log over time: `(first index at which it is in force, policy)`, rising.

    A reader who knows only the file that he chose has one link, from index 0. More links come from `keys`
    entries that were checked (`entries.replay`).
    """

    links: tuple[tuple[int, Policy], ...]

    def __post_init__(self) -> None:
        """No two keys of all policies share name and id: a line would have two possible signers.

        Raises VerifyError (rule `key-collision`). An id has 32 bits, so such keys can be made.
        """
        known: dict[tuple[str, bytes], VerifierKey] = {}
        for key in (key for policy in self.all for key in policy.keys):
            if known.setdefault((key.name, key.key_id), key) != key:
                raise VerifyError("Two keys of this log's policies have the same name and id.", rule="key-collision")

    @classmethod
    def of(cls, policy: Policy) -> Policies:
        """One policy, in force everywhere."""
        return cls(((0, policy),))

    @property
    def newest(self) -> Policy:
        """The policy of the last link."""
        return self.links[-1][1]

    @property
    def all(self) -> tuple[Policy, ...]:
        """Every policy, oldest first."""
        return tuple(policy for _, policy in self.links)

    @property
    def archive_id(self) -> bytes:
        """The archive that all of them speak of (32 bytes)."""
        return self.newest.archive_id

    def at(self, index: int) -> Policy:
        """The policy in force for the entry at `index` (0-based)."""
        found = self.links[0][1]
        for first, policy in self.links:
            if first <= index:
                found = policy
        return found
