"""What is tried again: which lines of the quarantine, and how each kind of them is.

An item that has its bytes is read again. A member whose bytes could not be had (a password, a limit, a crash) is taken
out of its container again and then lies in the item that stood for it, which may be sealed and never changes. A
container that ended too early goes on behind the last member that came out.
"""

from __future__ import annotations

from typing import NamedTuple

from unsealed.archive import Archive, QuarantineLine, Store
from unsealed.errors import InputError

# How often each class of failure is tried without being asked, the first time included: at the end of a run, when
# everything else is done. Any other code once: a damaged file, a limit, a password need a person.
TRIES = {
    "W-TIME": 3, "W-CLOCK": 3, "W-MISSING": 3, "A-DISK": 3,  # the machine was busy, full, or lacked a program
    "W-DIED": 2,  # a crash; the kernel may have ended the process for what others used
}  # fmt: skip
FINAL = frozenset({"A-SAME", "A-SELF"})  # containers with nothing more to give


class Choice(NamedTuple):
    """Which lines: those of an item, or of a code, form or media type; all where nothing is named.

    `bounded`: only lines whose class of failure has tries left (`TRIES`). `passwords`: for what is encrypted.
    """

    types: tuple[str, ...] = ()
    items: tuple[int, ...] = ()
    bounded: bool = False
    passwords: tuple[str, ...] = ()

    def takes(self, line: QuarantineLine) -> bool:
        """Whether this line is to be tried."""
        if self.bounded and line.tries >= TRIES.get(line.code, 1):
            return False
        if self.items and line.item not in self.items:
            return False
        return not self.types or line.code in self.types or line.form in self.types


class Retries(NamedTuple):
    """Sorted by how it is tried again. `members`: of each container, ordinal to the item that stands for it.

    `tries`: of each item, how often it was tried.
    """

    whole: list[int]
    members: list[tuple[Store, dict[int, int]]]
    reopened: list[int]
    tries: dict[int, int]

    @property
    def total(self) -> int:
        """Items that are tried."""
        return len(self.whole) + len(self.reopened) + sum(len(wanted) for _, wanted in self.members)


def chosen(archive: Archive, choice: Choice) -> Retries:
    """The lines of the list that are to be tried. Raises InputError for an item that is not on it."""
    lines = [line for line in archive.quarantine() if choice.takes(line)]
    ended = [line for line in archive.damaged() if line.code not in FINAL and choice.takes(line)]
    found = {line.item for line in (*lines, *ended)}
    for number in choice.items:
        if number not in found and not choice.types:
            raise InputError(
                f"Item {number} is not on the list of what could not be read.",
                remedy="`unsealed status --quarantine` shows the list.",
            )
    whole: list[int] = []
    members: dict[int, tuple[Store, dict[int, int]]] = {}
    reopened = {line.item: None for line in ended if archive.store(line.item) is not None}
    for line in lines:
        item = archive.item(line.item)
        store = archive.store(item.container) if item.byte_start >= 0 else None
        facts = archive.member_facts(item.id) if store is not None else None
        if store is None or facts is None:
            whole.append(item.id)
        elif facts.kind == "missing":
            reopened[store.item] = None
        else:
            members.setdefault(store.item, (store, {}))[1][item.ordinal] = item.id
    return Retries(whole, list(members.values()), list(reopened), {line.item: line.tries for line in (*lines, *ended)})
