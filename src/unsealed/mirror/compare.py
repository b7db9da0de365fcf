"""Two readers compare: do the heads that they were shown belong to one history?

Takes heads (files that somebody sent, sites, what this machine saw before) and the policy that the reader trusts; gives
what each of them is, or raises with both signed heads kept: a log that signed two histories has proved it itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from unsealed.errors import InputError, VerifyError
from unsealed.files import read_capped
from unsealed.mirror.heads import CheckedLog
from unsealed.mirror.source import open_source
from unsealed.mirror.sources import Asked, ForkFound, check_one_history, look
from unsealed.mirror.trust import TrustStore
from unsealed.seal.checkpoint import Checkpoint, open_checkpoint
from unsealed.seal.note import MAX_NOTE
from unsealed.seal.policy import Policy


class Compared(NamedTuple):
    """One head: where it came from, its size, and whether it was compared with a log that is as long (else only with
    heads of its own size).
    """

    place: str
    size: int
    whole: bool


def compare_heads(places: Sequence[str], policy: Policy, store: TrustStore) -> list[Compared]:
    """Compare heads of one log. A place is a file with a checkpoint, or a site (folder or address).

    Raises HistoryError (rule `fork`; both heads are kept in the trust folder), VerifyError for a head that the log did
    not sign, InputError for a place that cannot be read.
    """
    asked: list[Asked] = []
    for place in places:
        one = _read(place, policy, [other.log for other in asked if other.log is not None])
        asked.append(one)
    seen = store.last_seen_head(policy)
    if seen:
        asked.append(_head("what this machine saw before", seen, policy))
    try:
        check_one_history(asked, None)
        _check_equal(asked)
    except ForkFound as fork:
        store.keep_evidence(policy, fork.heads)
        raise
    longest = max((one.log.size for one in asked if one.log is not None), default=0)
    return [Compared(one.address, _size(one), _size(one) <= longest) for one in asked]


def _size(one: Asked) -> int:
    return one.checkpoint.size if one.checkpoint is not None else 0


def _read(place: str, policy: Policy, known: Sequence[CheckedLog]) -> Asked:
    if "://" not in place and Path(place).is_file():
        return _head(place, read_capped(Path(place), MAX_NOTE), policy)
    one = Asked(place, open_source(place))
    look(one, policy, known)
    if one.checkpoint is None:
        raise InputError(f"{place} shows no head of this log: {one.why}", remedy="Name a checkpoint file, or a site.")
    return one


def _head(place: str, head: bytes, policy: Policy) -> Asked:
    checkpoint: Checkpoint = open_checkpoint(head, policy.log).checkpoint
    return Asked(place, None, head=head, checkpoint=checkpoint)


def _check_equal(asked: Sequence[Asked]) -> None:
    """Heads of one size have one root, also where nobody brought the entries."""
    first: dict[int, Asked] = {}
    for one in asked:
        if one.checkpoint is None:
            raise VerifyError("A head cannot be read.", rule="checkpoint-form")
        other = first.setdefault(one.checkpoint.size, one)
        assert other.checkpoint is not None
        if other.checkpoint.root != one.checkpoint.root:
            raise ForkFound(other.address, other.head, one.address, one.head, one.checkpoint.size)
