"""A log that takes the place of another one: is the head that it begins from what this reader knows of the old log?

Takes the history of the new log, what the reader's machine remembers, and the old log where somebody still has it;
gives what was compared, or raises with both signed heads kept. Root keys of the old log signed the move, and k of
them may lie together: a move that names an old head makes everything after it as if it had never been published.

Spec: docs/formats/log.md, section "A log that moved".
"""

from __future__ import annotations

from typing import NamedTuple

from unsealed.errors import HistoryError
from unsealed.mirror.heads import CheckedLog, check_log
from unsealed.mirror.source import Source
from unsealed.mirror.trust import TrustStore
from unsealed.seal.entries import History, MovedEntry, OldLog, old_policy
from unsealed.seal.policy import Policy

_GO_ON = "Ask the publisher what stood there. To go on nevertheless, add --accept-move."


class Moved(NamedTuple):
    """What is known of the log that this one takes the place of.

    `size`: entries of its last good head, as the move names it. `seen`: entries that this reader saw of it before, or
    was shown now; 0: none. `compared`: that head is a state of what is known. `left_out`: entries that are known, and
    that the move leaves out (only where the reader accepts that). `same_keys`: its last policy is one that the reader
    trusted, or that the old log led to.
    """

    origin: str
    size: int
    seen: int
    compared: bool
    left_out: int
    same_keys: bool


def check_moved(
    history: History, head: bytes, store: TrustStore | None, old: Source | None = None, *, accept: bool = False
) -> Moved | None:
    """Compare the old head that a `moved` entry names with what is known; None where the log did not move.

    `head` are the bytes of the new log's head, kept as evidence; `old` a site or mirror of the old log. Raises
    HistoryError: `rollback` where the move leaves out entries that are known and `accept` is not set, or where `old`
    is shorter than the move says; `fork` where the old log says something else. VerifyError where `old` does not hold.
    """
    payload = history.placed[0].entry.payload
    if not isinstance(payload, MovedEntry):
        return None
    before = old_policy(payload)
    memory = _Memory(store, before)
    log = check_log(old, memory.policy) if old is not None else None
    if log is not None and store is not None:
        store.check_history(before, log.checkpoint, log.leaves)
    seen = max(memory.size, log.size if log is not None else 0)
    compared = _compare(payload.log, memory, log, head)
    left_out = max(0, seen - payload.log.size)
    if left_out and not accept:
        raise memory.contradiction(
            log.checkpoint if log is not None else b"", head, "rollback",
            f"This log takes the place of one of {payload.log.size} entries; {seen} entries of that one are known, "
            f"and it leaves out {left_out} of them", _GO_ON,
        )  # fmt: skip
    return Moved(payload.log.origin, payload.log.size, seen, compared, left_out, _same_keys(before, memory, log, head))


def _same_keys(before: Policy, memory: _Memory, log: CheckedLog | None, head: bytes) -> bool:
    """Whether the old policy of the move is one that is known. Its roots signed: whoever holds the old log's key alone
    could name roots of his own. Raises HistoryError (rule `fork`) where a policy of this number is another one.
    """
    known = {one.number: one.sha256 for one in (*memory.policies, *(log.history.policies.all if log else ()))}
    if known.get(before.number, before.sha256) != before.sha256:
        message = f"This log names another policy {before.number} of the log that it takes the place of"
        raise memory.contradiction(b"", head, "fork", message, "Do not trust the new log, and show this around.")
    return before.number in known


class _Memory:
    """What the reader's machine knows of the old log."""

    def __init__(self, store: TrustStore | None, before: Policy) -> None:
        self._store, self._before = store, before
        seen = store.last_seen(before) if store is not None else None
        chain = store.policies(before.archive_id) if store is not None else None
        self.size, self.root = (seen.size, seen.root) if seen is not None else (0, b"")
        self.policies = chain.all if chain is not None else ()
        # Who trusts nobody of the old log asks whether it is one log at all, under the policy that the move names.
        self.policy = (store.policy(before.archive_id) if store is not None else None) or before

    def contradiction(self, old_head: bytes, head: bytes, rule: str, message: str, remedy: str) -> HistoryError:
        """The error, with the signed heads kept where there is a place for them."""
        kept = ""
        if self._store is not None:
            heads = [one for one in (self._store.last_seen_head(self._before), old_head, head) if one]
            kept = f" The signed heads are kept in {self._store.keep_evidence(self._before, heads)}."
        return HistoryError(f"{message}.", rule=rule, remedy=f"{remedy}{kept}")


def _compare(named: OldLog, memory: _Memory, log: CheckedLog | None, head: bytes) -> bool:
    """Whether the named head was compared with a root. Raises HistoryError where it is another one."""
    root = bytes.fromhex(named.root)
    same = [memory.root == root] if memory.size == named.size else []
    if log is not None:
        if log.size < named.size:
            raise HistoryError(
                f"The old log has {log.size} entries there, and the move names {named.size}.", rule="rollback",
                remedy="Ask another mirror for the old log.",
            )  # fmt: skip
        same.append(log.root_at(named.size) == root)
    if not all(same):
        message = f"This log takes the place of one whose first {named.size} entries are not those that are known"
        old_head = log.checkpoint if log is not None else b""
        raise memory.contradiction(old_head, head, "fork", message, "Do not trust the new log, and show this around.")
    return bool(same)
