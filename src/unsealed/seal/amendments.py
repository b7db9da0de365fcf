"""Which cut of a document is in force: what later entries of the log did to the documents of earlier releases.

Takes payloads in log order; gives what became of each place of each release. Decidable from the log alone: an
entry lists release, place, generation and slot of every document that it speaks of, and a place names one cut for ever.

Spec: docs/formats/log.md, section "Amendments".
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

from unsealed.errors import VerifyError
from unsealed.seal.payloads import (
    Amendment,
    CorrectionEntry,
    Listed,
    Payload,
    RedactMoreEntry,
    ReleaseEntry,
    UnredactEntry,
    WithdrawEntry,
)


class Place(NamedTuple):
    """Where a cut stands: the number of its release, and its place among the cuts of that release."""

    release: int
    place: int


class Key(NamedTuple):
    """A sealed document: its generation and slot."""

    generation: int
    slot: int


class Standing(NamedTuple):
    """What became of one cut: every amendment after it, oldest first, and the corrections of its document.

    `now` is the place that is in force, or None where the document is withdrawn.
    """

    steps: tuple[Amendment, ...]
    corrections: tuple[CorrectionEntry, ...]
    now: Place | None

    @property
    def in_force(self) -> bool:
        """Whether nothing took the place of the cut that was asked for."""
        return not self.steps


def check_listed(documents: Sequence[Listed]) -> None:
    """At least one, by release and place, none twice. Raises VerifyError (rule `amendment-order`)."""
    if not documents or any(first[:2] >= second[:2] for first, second in itertools.pairwise(documents)):
        raise VerifyError("The documents of a log entry are none, or not in order.", rule="amendment-order")


def check_counted(payload: RedactMoreEntry | UnredactEntry) -> None:
    """It has a cut for each document that it lists. Raises VerifyError (rule `amendment-count`)."""
    if payload.cuts.count != len(payload.documents):
        raise VerifyError("A log entry has not one cut for each document that it lists.", rule="amendment-count")


class Register:
    """Every release with its number of cuts, and what took the place of each. Feed it in log order."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._steps: dict[Place, list[Amendment]] = {}  # a withdrawal and what came after it stand at one place
        self._next: dict[Place, Place] = {}
        self._key: dict[Place, Key] = {}  # of places that an entry listed
        self._current: dict[Key, Place] = {}  # the last place of a document that an entry listed
        self._corrections: dict[Key, list[CorrectionEntry]] = {}

    def take(self, payload: Payload) -> None:
        """Follow one entry.

        Raises VerifyError: `amendment-unknown` (a release or place that is not there before it), `amendment-twice`
        (another entry took its place before), `amendment-document` (the place is of another document),
        `document-again` (a correction of a document at a place to which nothing in the log leads).
        """
        if isinstance(payload, RedactMoreEntry | UnredactEntry | WithdrawEntry):
            self._amend(payload)
        elif isinstance(payload, CorrectionEntry):
            for listed in payload.documents:
                place, key = self._known(listed)
                self._check_led(place, key)
                self._remember(place, key)
                self._corrections.setdefault(key, []).append(payload)
        if isinstance(payload, ReleaseEntry):
            self._counts[payload.number] = payload.cuts.count

    def _amend(self, payload: Amendment) -> None:
        for position, listed in enumerate(payload.documents):
            place, key = self._known(listed)
            if self._current.get(key, place) != place or not self._may(payload, place):
                raise VerifyError(
                    f"A log entry amends place {place.place} of release {place.release}, which is not in force.",
                    rule="amendment-twice",
                )
            self._remember(place, key)
            self._steps.setdefault(place, []).append(payload)
            if not isinstance(payload, WithdrawEntry):
                self._next[place] = Place(payload.number, position)
                self._remember(self._next[place], key)

    def _may(self, payload: Amendment, place: Place) -> bool:
        """In force, or withdrawn and now shown again: that is said in the log, never done silently."""
        withdrawn = place in self._steps and place not in self._next
        return place not in self._steps or (withdrawn and isinstance(payload, UnredactEntry))

    def _remember(self, place: Place, key: Key) -> None:
        self._key[place] = key
        if place not in self._next:
            self._current[key] = place

    def _known(self, listed: Listed) -> tuple[Place, Key]:
        place, key = Place(*listed[:2]), Key(*listed[2:])
        if place.place >= self._counts.get(place.release, 0):
            raise VerifyError(
                f"A log entry speaks of place {place.place} of release {place.release}, which is not there before it.",
                rule="amendment-unknown",
            )
        if self._key.get(place, key) != key:
            raise VerifyError(
                f"The log calls place {place.place} of release {place.release} by two slots.", rule="amendment-document"
            )
        return place, key

    def _check_led(self, place: Place, key: Key) -> None:
        """The log leads to this place, where it speaks of the document at all. A correction is no such word: otherwise
        one of them would bring back in silence what was withdrawn.
        """
        if key in self._current and place not in self._key:
            raise VerifyError(
                "This document was amended before, and released again without a word in the log.",
                rule="document-again",
            )

    # --- questions

    def standing(self, place: Place, key: Key) -> Standing:
        """What became of a cut: of place `place.place` in release `place.release`, which is of document `key`.

        Raises VerifyError: `amendment-document` where the log lists this place for another document,
        `document-again` where the document was amended at another place, and nothing in the log leads to this one.
        """
        if self._key.get(place, key) != key:
            raise VerifyError("The log lists the place of this document for another one.", rule="amendment-document")
        self._check_led(place, key)
        steps: list[Amendment] = []
        now: Place | None = place
        while now is not None and now in self._steps:
            steps += self._steps[now]
            now = self._next.get(now)
        return Standing(tuple(steps), tuple(self._corrections.get(key, ())), now)

    def ended(self, release: int) -> dict[int, Key]:
        """The places of a release that are no longer in force, with their documents."""
        return {place.place: self._key[place] for place in self._steps if place.release == release}

    def listed(self, place: Place) -> Key | None:
        """The document that an entry lists at a place, or None where none does."""
        return self._key.get(place)

    @property
    def amended(self) -> dict[Key, Place | None]:
        """Every document that was amended, with its place in force, or None where it is withdrawn."""
        return {self._key[place]: self.standing(place, self._key[place]).now for place in self._steps}
