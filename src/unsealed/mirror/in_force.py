"""Is the cut of a proof file still in force? Ask the log of a site or mirror: a file alone cannot know.

Takes a proof that was verified, a source and the reader's policy; gives what became of its cut. Only the log is read.
"""

from __future__ import annotations

from typing import NamedTuple

from unsealed.errors import HistoryError
from unsealed.mirror.heads import check_log
from unsealed.mirror.moved import check_moved
from unsealed.mirror.source import Source
from unsealed.mirror.trust import TrustStore
from unsealed.seal.amendments import Key, Place, Standing
from unsealed.seal.merkle import leaf_hash
from unsealed.seal.policy import Policy
from unsealed.seal.verify import Verified


class InLog(NamedTuple):
    """What the log says of a cut, and how many entries it has."""

    standing: Standing
    size: int


def standing_of(
    verified: Verified, source: Source, trusted: Policy, store: TrustStore | None = None, *, accept_move: bool = False
) -> InLog:
    """What became of the cut that a proof shows.

    `store` remembers the head and refuses one that contradicts what it saw. Raises HistoryError where the proof's
    entries are not those of this log (an older log: rule `rollback`; another one: `fork`), VerifyError where the log
    contradicts itself (see `amendments.Register.standing`) or does not hold.
    """
    log = check_log(source, trusted)
    for logged in (verified.sealed, verified.released):
        if logged.index >= len(log.leaves):
            raise HistoryError(
                f"This log has {len(log.leaves)} entries: it is older than the proof.",
                rule="rollback",
                remedy="Ask another mirror for its log.",
            )
        if log.leaves[logged.index] != leaf_hash(logged.entry.raw):
            raise HistoryError("The proof is of another history than this log.", rule="fork", remedy="Keep both.")
    if store is not None:
        store.check_history(trusted, log.checkpoint, log.leaves)
    check_moved(log.history, log.checkpoint, store, accept=accept_move)
    body, place = verified.proof.body, Place(verified.release_number, verified.proof.place)
    standing = log.history.register.standing(place, Key(body.generation, body.slot))
    if store is not None:
        store.remember(log.history.policies, log.checkpoint)
    return InLog(standing, len(log.leaves))
