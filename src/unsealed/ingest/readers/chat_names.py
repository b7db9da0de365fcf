"""The names of a chat log: each with all its units, and which of them are one person's (other.md 1.1)."""

from __future__ import annotations

import re

from unsealed.ingest.readers.build import Builder

_MARKS = "@+%&~ "
_CHANGES = (
    re.compile(r"(\S{1,64}) (?:\[[^\]\n]*\] |\([^)\n]*\) )?is now known as (\S{1,64})"),
    re.compile(r"(\S{1,64}) (?:has )?changed (?:his|her|their) (?:name|nick(?:name)?) to (\S{1,64})"),
    re.compile(r"You(?:'re| are) now known as (\S{1,64})"),
)
_JOINED = re.compile(r"\b(\S{1,64}) (?:\[[^\]\n]*\] |\([^)\n]*\) )?(?:has )?(?:joined|left|quit)\b")
_AWAY = re.compile(r"(?:[|_\[^-]+(?:away|afk|bnc|work|home|zzz|sleep|brb|lunch|out))?[|_`^-]*\]?\Z", re.IGNORECASE)


class Names:
    """Collects names and their units. A hidden name would come back under the next one: changes are followed."""

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.units: dict[str, list[int]] = {}
        self.links: dict[str, str] = {}  # a name to another one of the same person

    def add(self, unit: int, raw: str) -> None:
        """A line was said under this name."""
        nick = raw.strip().removeprefix("*").strip().strip("<>").removesuffix(":").strip(_MARKS)
        if nick:
            self._at(nick, unit)

    def system(self, unit: int, line: str) -> None:
        """A line of the program: it may tell that a name became another one, or who came and went."""
        for rule in _CHANGES:
            found = rule.search(line)
            if found is None:
                continue
            names = [name.rstrip(".,").lstrip(_MARKS) for name in found.groups()]
            for name in names:
                self._at(name, unit)
            if len(names) == 2:
                self._join(*names)
            return
        came = _JOINED.search(line)
        if came is not None and came[1].lstrip(_MARKS) in self.units:
            self._at(came[1].lstrip(_MARKS), unit)

    def fields(self) -> None:
        """A field `from` for each name, and a field `alias` for each person with several."""
        for name, units in self.units.items():
            self.build.field("from", name, *units)
        groups: dict[str, list[str]] = {}
        for name in self.units:
            shape = _shape(name)
            if shape != name and shape:
                self._join(name, shape)
        for name in self.units:
            groups.setdefault(self._root(name), []).append(name)
        for names in groups.values():
            if len(names) > 1:
                units = sorted({unit for name in names for unit in self.units[name]})
                self.build.field("alias", " = ".join(names), *units)

    def _at(self, name: str, unit: int) -> None:
        units = self.units.setdefault(name, [])
        if not units or units[-1] != unit:
            units.append(unit)

    def _root(self, name: str) -> str:
        while name in self.links:
            name = self.links[name]
        return name

    def _join(self, one: str, other: str) -> None:
        first, second = self._root(one), self._root(other)
        if first != second:
            self.links[second] = first


def _shape(name: str) -> str:
    """A name without what clients add to it: case, trailing marks, `|away`."""
    return _AWAY.sub("", name).lower()
