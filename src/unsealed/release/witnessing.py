"""Before a head is signed: is the own log the newest? After it: let witnesses put their names under it.

Takes the own log and whom to ask (the witnesses of the policy, the mirrors of the settings); raises, or gives the head
with cosignatures. A log that was restored from an old backup looks whole from inside. Signing its next entry would
fork it for ever, so whoever saw more is asked first, and without enough answers nothing is signed.

Spec: docs/formats/mirror.md, "Before a head is signed"; c2sp.org/tlog-witness.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from unsealed.config import ReleaseSettings
from unsealed.errors import HistoryError, HumanNeeded, InputError, SetupError, SiteDiffers, VerifyError, spelled
from unsealed.files import write_durable
from unsealed.mirror.heads import CHECKPOINT
from unsealed.mirror.source import open_source, read_capped
from unsealed.mirror.witness_client import Reply, ask_cosignature, newest_head
from unsealed.seal.checkpoint import Checkpoint, add_lines, open_checkpoint
from unsealed.seal.merkle import check_consistency
from unsealed.seal.note import MAX_NOTE, VerifierKey, parse_vkey
from unsealed.seal.policy import Group, Policy, Witness, check_quorum

MIRRORS_ASKED = 2  # mirrors that must answer, where so many are named
_AT_ONCE = 16  # questions
_GROUP = "witnesses"
_CATCH_UP = "Nothing was signed. Bring this archive's log up to it: unsealed log catch-up"


class OwnLog(NamedTuple):
    """The log of this archive: its key, its newest head (empty bytes: none) and what proves that it goes on.

    `evidence` is the folder for heads that contradict it.
    """

    key: VerifierKey
    head: Checkpoint
    checkpoint: bytes
    consistency: Callable[[int], tuple[bytes, ...]]
    evidence: Path


class Seen(NamedTuple):
    """What one place answered: a head signed by the log (empty bytes: it has none), or None where it did not answer.

    `problem` says why not, in words.
    """

    who: str
    head: bytes | None
    problem: str = ""


def first_witnesses(settings: ReleaseSettings) -> tuple[list[Witness], list[Group], str]:
    """Witnesses, groups and quorum of policy 1, from the settings. Raises SetupError for a line that is none."""
    found = []
    for line in settings.witnesses:
        try:
            name, vkey, url = line.split()
            found.append(Witness(name, parse_vkey(vkey), url))
        except (ValueError, VerifyError) as error:
            raise SetupError(
                f"release.witnesses: {spelled(line)} is not `NAME VKEY URL`.",
                remedy="Copy the line that `unsealed witness init` printed, with the address behind it.",
            ) from error
    if not 0 <= settings.witnesses_needed <= len(found):
        raise SetupError(
            f"release.witnesses_needed is {settings.witnesses_needed}, and {len(found)} witnesses are named.",
            remedy="Correct it in unsealed.toml.",
        )
    if not settings.witnesses_needed:
        return found, [], "none"
    return found, [Group(_GROUP, settings.witnesses_needed, tuple(one.name for one in found))], _GROUP


# --- before -------------------------------------------------------------------------------------------


def check_newest(own: OwnLog, policy: Policy, mirrors: Sequence[str]) -> None:
    """The own log is the newest that witnesses and mirrors know, and no other history.

    Raises HistoryError (`rollback`: it is an old copy; `fork`: it is another one; both heads are kept), HumanNeeded
    where too few answered to be sure. Nobody configured: lets pass.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        copies = pool.map(lambda mirror: _ask_mirror(own.key, mirror), mirrors)
        replies = pool.map(lambda witness: _ask_witness(own, witness), policy.witnesses)
        seen = list(copies)
        told = [(witness, *answer) for witness, answer in zip(policy.witnesses, replies, strict=True)]
    for one in (*seen, *(heard for _, heard, _ in told)):
        if one.head:
            _compare(own, one)
    for _, heard, reply in told:
        if reply is not None and (reply.size > own.head.size or reply.fork):
            rule = "fork" if reply.fork else "rollback"
            raise HistoryError(f"{heard.who} {reply.problem}.", rule=rule, remedy=_CATCH_UP)
    _check_enough(policy, seen, [witness for witness, heard, _ in told if heard.head is not None], told)


def _ask_mirror(key: VerifierKey, mirror: str) -> Seen:
    who = f"The mirror {spelled(mirror)}"
    try:
        head = read_capped(open_source(mirror), CHECKPOINT, MAX_NOTE)
        open_checkpoint(head, key)
    except SiteDiffers as error:
        return Seen(who, b"" if error.rule == "missing" else None, error.message)
    except (VerifyError, InputError) as error:
        return Seen(who, None, error.message)
    return Seen(who, head)


def _ask_witness(own: OwnLog, witness: Witness) -> tuple[Seen, Reply | None]:
    """Show a witness the own head: its answer says whether it knows a larger one. Without a head, ask for its own."""
    who = f"The witness {spelled(witness.key.name)}"
    if not witness.url:
        return Seen(who, None, "has no address"), None
    if not own.checkpoint:
        head = newest_head(witness, own.key)
        return Seen(who, head, "" if head is not None else "cannot be reached"), None
    reply = ask_cosignature(witness, own.checkpoint, own.head.size, own.consistency)
    if reply.line is not None:
        return Seen(who, own.checkpoint), reply
    if reply.size > own.head.size or reply.fork:
        return Seen(who, newest_head(witness, own.key) or None, reply.problem), reply
    return Seen(who, None, reply.problem), reply


def _compare(own: OwnLog, seen: Seen) -> None:
    """A head that somebody else holds is a part of the own log."""
    assert seen.head is not None
    other = open_checkpoint(seen.head, own.key).checkpoint
    try:
        if other.size > own.head.size:
            raise _contradiction(own, seen, "rollback", f"shows {other.size} entries, this archive's own log has")
        if other.size:
            check_consistency(other.size, own.head.size, own.consistency(other.size), other.root, own.head.root)
    except HistoryError:
        raise
    except VerifyError as error:
        raise _contradiction(own, seen, "fork", f"shows another history in {other.size} entries; own log:") from error


def _contradiction(own: OwnLog, seen: Seen, rule: str, how: str) -> HistoryError:
    for head in (own.checkpoint, seen.head):
        if head:
            write_durable(own.evidence / f"{hashlib.sha256(head).hexdigest()[:16]}.checkpoint", head)
    remedy = f"Nothing was signed. Both signed heads are kept in {own.evidence}: read docs/how-to/drills."
    if rule == "rollback":
        remedy = _CATCH_UP
    return HistoryError(f"{seen.who} {how} {own.head.size}.", rule=rule, remedy=remedy)


def _check_enough(
    policy: Policy, mirrors: Sequence[Seen], answered: Sequence[Witness], told: Sequence[tuple[Witness, Seen, object]]
) -> None:
    silent = [one for one in (*mirrors, *(heard for _, heard, _ in told)) if one.head is None]
    needed = min(MIRRORS_ASKED, len(mirrors))
    heard = sum(one.head is not None for one in mirrors)
    enough = heard >= needed
    try:
        check_quorum(policy, [witness.key for witness in answered])
    except VerifyError:
        enough = False
    if not enough:
        words = "; ".join(f"{one.who}: {one.problem.rstrip('.')}" for one in silent)
        raise HumanNeeded(
            f"Too few answered to be sure that this log is the newest. {words}.",
            remedy="Nothing was signed. Try again when they can be reached; see docs/how-to/witness.md.",
        )


# --- after --------------------------------------------------------------------------------------------


def cosign_head(own: OwnLog, policy: Policy) -> bytes:
    """The newest head with the cosignatures of every witness that answers; those that stand there stay.

    Raises nothing where some are missing: `check_cosigned` says whether they are enough.
    """
    known = [witness.key for witness in policy.witnesses]
    there = {line.witness for line in open_checkpoint(own.checkpoint, own.key, known).cosignatures}
    asked = [witness for witness in policy.witnesses if witness.key not in there and witness.url]
    if not asked:
        return own.checkpoint
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        replies = pool.map(
            lambda witness: ask_cosignature(witness, own.checkpoint, own.head.size, own.consistency), asked
        )
        lines = [reply.line for reply in replies if reply.line is not None]
    return add_lines(own.checkpoint, lines) if lines else own.checkpoint


def check_cosigned(own: OwnLog, policy: Policy) -> None:
    """The quorum of the policy stands below the head. Raises HumanNeeded: the entry is logged, but not public yet."""
    known = [witness.key for witness in policy.witnesses]
    found = [line.witness for line in open_checkpoint(own.checkpoint, own.key, known).cosignatures]
    try:
        check_quorum(policy, found)
    except VerifyError as error:
        names = ", ".join(spelled(key.name) for key in found) or "none"
        raise HumanNeeded(
            f"The new head of {own.head.size} entries is signed and kept, but too few witnesses cosigned it ({names}).",
            remedy="Nothing of it is public yet. Run the same command again when the witnesses can be reached.",
        ) from error
