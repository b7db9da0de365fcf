"""Several sources of one site: which of them tell the truth, which is newest, and whether they tell one history.

`look` asks a source for its head and no more than is new; `choose` decides, and touches nothing. A source whose word
does not hold is named and left out; two heads that the log signed and that contradict each other stop everything.

Spec: docs/formats/mirror.md, "Pull".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from unsealed.errors import HistoryError, SiteDiffers, VerifyError, spelled
from unsealed.mirror.heads import CHECKPOINT, CheckedLog, Heads, fetch_log, read_site
from unsealed.mirror.source import Source, read_capped
from unsealed.mirror.trace import State
from unsealed.seal.checkpoint import Checkpoint, open_checkpoint
from unsealed.seal.note import MAX_NOTE
from unsealed.seal.policy import Policy


@dataclass
class Asked:
    """A source and what it showed. `head` is set where the log signed it, whatever else is wrong."""

    address: str
    source: Source | None
    state: State = "good"
    why: str = ""
    head: bytes = b""
    checkpoint: Checkpoint | None = None
    log: CheckedLog | None = None
    files: int = 0
    bytes: int = 0

    def refuse(self, why: str) -> None:
        """Take nothing more from it."""
        self.state, self.why, self.source = "refused", why, None


def look(asked: Asked, trusted: Policy, known: Sequence[CheckedLog]) -> None:
    """Ask a source for its head, and for entries that none of the `known` logs has. Says in `asked` what came of it."""
    assert asked.source is not None
    try:
        head = read_capped(asked.source, CHECKPOINT, MAX_NOTE)
        asked.checkpoint = open_checkpoint(head, trusted.log).checkpoint
        asked.head = head
        asked.log = fetch_log(asked.source, trusted, head, known)
    except SiteDiffers as error:
        asked.refuse(error.message)
        asked.state = "silent" if error.rule in ("unreachable", "missing") and not asked.head else "refused"
    except VerifyError as error:
        asked.refuse(error.message)


def check_one_history(asked: Sequence[Asked], own: CheckedLog | None) -> None:
    """All heads that the log signed are states of one history. Raises HistoryError (rule `fork`) naming two places."""
    logs = [(one.address, one.log) for one in asked if one.log is not None]
    if own is not None:
        logs.append(("this mirror", own))
    if not logs:
        return
    name, longest = max(logs, key=lambda pair: pair[1].size)
    shown = [(one.address, one.checkpoint, one.head) for one in asked if one.checkpoint is not None]
    shown += [("this mirror", own.opened.checkpoint, own.checkpoint)] if own is not None else []
    for other, checkpoint, head in shown:
        if checkpoint.size <= longest.size and longest.root_at(checkpoint.size) != checkpoint.root:
            raise ForkFound(name, longest.checkpoint, other, head, checkpoint.size)


class ForkFound(HistoryError):
    """Two heads that the log's key signed and that contradict each other: `heads` are both."""

    def __init__(self, one: str, first: bytes, other: str, second: bytes, size: int) -> None:
        names = " and ".join(sorted((spelled(one), spelled(other))))
        super().__init__(
            f"The log shows two histories: {names} do not agree about the first {size} entries.",
            rule="fork",
            remedy="Nothing was changed. Both signed heads are kept as evidence: show them around.",
        )
        self.heads = (first, second)


def choose(asked: Sequence[Asked], trusted: Policy, own: CheckedLog | None) -> tuple[Asked, Heads] | None:
    """The newest state with pages, and who shows it; None where nobody has something newer than `own`.

    Sources behind it are marked so. May read the site manifest of a source. Raises ForkFound.
    """
    check_one_history(asked, own)
    least = own.size if own is not None else 0
    found: tuple[Asked, Heads] | None = None
    for one in sorted((one for one in asked if one.log is not None), key=_size, reverse=True):
        assert one.log is not None
        if found is not None or one.log.size < least:
            newest = found[1].log.size if found is not None else least
            if one.log.size < newest:
                one.state, one.why = "behind", f"{one.log.size} of {newest} entries"
            continue
        if one.log.size == least:
            continue
        found = _with_pages(one)
    return found


def _size(asked: Asked) -> int:
    return asked.log.size if asked.log is not None else 0


def _with_pages(one: Asked) -> tuple[Asked, Heads] | None:
    assert one.log is not None
    assert one.source is not None
    try:
        site, files = read_site(one.source, one.log.history)
    except SiteDiffers as error:
        if error.rule == "site-missing":
            one.state, one.why = "halfway", "its newest release has no pages yet"
        else:
            one.refuse(error.message)
        return None
    return one, Heads(one.log, site, files)
