"""Who may mark, who may decide, and whose agreement is enough for what. Pure: settings in, answers out.

The rules, which `docs/decisions/0141-roles-and-rules.md` gives reasons for:

* everybody in `review.editors` may mark and decide, unless roles of `review.roles` name them: then they may do what
  these roles may, together;
* a decision needs `review.editors_needed` different people who may decide; every line of `review.rules` that fits it
  may ask for more people, and for people of certain roles among them. Lines that fit are added up;
* the same is asked for a decision in either direction: to withhold, and to show what somebody wanted withheld.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple

from unsealed.config import ReviewSettings
from unsealed.errors import InputError

CLEARED = "cleared"  # subject of a rule: nothing, or nothing more, of a document need be withheld
ALLOWED = "allowed"  # subject of a rule: words may stand although they are withheld elsewhere
EVERYTHING = "*"

Act = Literal["mark", "decide"]
_SAID = {"mark": "mark", "decide": "decide"}


class Missing(NamedTuple):
    """What a decision still lacks: so many more people, and one of each of these roles among them."""

    people: int
    roles: tuple[str, ...]


class Rules:
    """The rules of one archive's settings."""

    def __init__(self, settings: ReviewSettings) -> None:
        self.editors = frozenset(settings.editors)
        self.least = settings.editors_needed
        self._roles = {role.name: frozenset(role.people) for role in settings.roles}
        self._rules = settings.rules
        bound = frozenset(name for role in settings.roles for name in role.people)
        self._may: dict[Act, frozenset[str]] = {
            act: self.editors - bound | {name for role in settings.roles if act in role.may for name in role.people}
            for act in ("mark", "decide")
        }

    @property
    def deciders(self) -> frozenset[str]:
        """Whose word counts."""
        return self._may["decide"]

    def check_may(self, editor: str, act: Act) -> None:
        """Raises InputError where `editor` may not do this."""
        if editor not in self._may[act]:
            raise InputError(
                f"This editor may not {_SAID[act]}.", remedy="review.roles of unsealed.toml says who may do what."
            )

    def roles_of(self, editor: str) -> tuple[str, ...]:
        """The roles that name an editor, in order."""
        return tuple(name for name, people in self._roles.items() if editor in people)

    def missing(self, subject: str, people: Collection[str]) -> Missing:
        """What these people's agreement on `subject` (a reason's code, `CLEARED`, `ALLOWED`) still lacks."""
        counted = self.deciders.intersection(people)
        fitting = [rule for rule in self._rules if rule.subject in (subject, EVERYTHING)]
        needed = max([self.least, *(rule.people for rule in fitting)])
        wanted = dict.fromkeys(role for rule in fitting for role in rule.roles)
        lacking = tuple(role for role in wanted if not counted & self._roles[role])
        return Missing(max(needed - len(counted), 1 if lacking else 0), lacking)

    def enough(self, subject: str, people: Collection[str]) -> bool:
        """Whether these people's agreement decides `subject`."""
        return self.missing(subject, people) == (0, ())

    def helps(self, subject: str, people: Collection[str], editor: str) -> bool:
        """Whether the word of `editor`, who is none of `people`, brings a decision on `subject` nearer."""
        if editor in people or editor not in self.deciders:
            return False
        before, after = self.missing(subject, people), self.missing(subject, {*people, editor})
        return after != before
