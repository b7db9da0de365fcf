"""One line of the register of protected people. Data, and how a name falls into words."""

from __future__ import annotations

import re

import msgspec

from unsealed.review.risk.sounds import plain

_TOKEN = re.compile(r"[^\W_]+(?:['\u2018\u2019`][^\W_]+)*")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person to protect: how the name is written, what else they are called, what numbers belong to them."""

    id: str
    name: str
    spellings: tuple[str, ...] = ()
    nicknames: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    reason: str = "person-at-risk"
    note: str = ""


def name_parts(name: str) -> list[str]:
    """The folded words of a name in the order given name, surname: a comma turns them."""
    if name.count(",") == 1:
        family, given = name.split(",")
        name = f"{given} {family}"
    return [plain(word) for word in _TOKEN.findall(name)]
