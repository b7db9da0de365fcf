"""All rules over the text of one document: candidates are gathered, then judged by what the whole document says.

Takes a text, gives `Found` places. A surname that stands alone is a name because the document gave it in
full elsewhere; a name beside "(strictly protect)" is the name of a source.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter, itemgetter

from unsealed.review.risk.lexicon import GIVEN, NAMES, NATION, PLACE, SURNAME, WORD, Flags
from unsealed.review.risk.patterns import Patterns, lower_same_length
from unsealed.review.risk.people import Candidate, People, Sures, as_word
from unsealed.review.risk.phrases import Phrases
from unsealed.review.risk.scripts import find_other_scripts
from unsealed.review.risk.structure import Zone, comma_names, zones
from unsealed.review.risk.suggestion import PROTECTED, Found
from unsealed.review.risk.truecase import Truecaser, is_capitals
from unsealed.review.words import fold

SURE = 0.75  # from here on a name lends its words to the rest of the document
SURELY_WHOLE = 0.5  # from here on the longer of two names that overlap counts
LEAST = 0.3  # below this nothing is said at all
_TRUSTED = 0.2  # from here on a protect phrase makes the name beside it that of a source
_NEAR = 60  # characters between a protect phrase and the name that it protects
_FIRM = frozenset({"email", "iban", "card", "coordinate", "passport", "phone", "plate", "address"})
_SENTENCE = re.compile(r"[.;!?]\s")
# A line, an entry of a list, or a label: here names stand surname first.
_LINE = re.compile(r"(?:^|\n)[>| \t]*(?:[-*\u2022] ?|\(?\d{1,2}[.)] ?|\([A-Z]{1,3}\) ?)?$|[:;] ?\n?$|\A$")
# Initials alone where a letter ends: `Yours,\nT. W.`
_INITIALS = re.compile(r"(?:,|\n)[ \t]*\n+[ \t>-]*([A-Z]\.(?:[ -]?[A-Z]\.?){0,2})[ \t]*\s*\Z")
_place_of, _end_of = itemgetter(0), itemgetter(1)
_score_of = attrgetter("score")
_new = tuple.__new__  # makes a record of values in half of the time
_ALONE = 1.2  # of a word of a known name that stands alone: added to the score


class Finder:
    """The rules, with the words that they have looked up. Cheap to keep, costs 0.1 s to make."""

    def __init__(self, flags: Flags | None = None) -> None:
        flags = Flags() if flags is None else flags  # an empty one is one, too
        self._flags = flags
        self._truecase = Truecaser(flags)
        self._people = People(flags)
        self._sures = Sures()
        self._patterns = Patterns()
        self._phrases = Phrases()

    def find(self, text: str, areas: Sequence[Zone] = ()) -> list[Found]:
        """What is found in the text of one document, in order. `areas`: places of which it is known what they hold."""
        lower = lower_same_length(text)
        cased = self._truecase(text)
        candidates, known = self._candidates(cased, areas)
        names = self._names(text, candidates, known)
        names += find_other_scripts(text)
        if initials := _INITIALS.search(text, max(0, len(text) - 40)):
            names.append(Found(*initials.span(1), "person", "signature", 0.7))
        phrases = [*self._phrases.find(text, lower), *self._phrases.ages(text, names)]
        return _settled([*self._patterns.find(text, lower, cased), *phrases, *_protected(text, names, phrases)])

    def _candidates(self, cased: str, told: Sequence[Zone]) -> tuple[list[Candidate], dict[str, float]]:
        """Candidates with what their place adds, and the words of the sure ones. Weak words only where these help."""
        areas = _Areas([*zones(cased), *told])
        found, weak = self._people.candidates(cased)
        turned = areas.heeded(self._turned(cased, areas.zones))
        found = areas.heeded(found)
        found += areas.within(weak)
        known = self._known([*found, *turned])
        if known:
            cover = areas.cover
            found += [one for one in weak if one[2][0][2] in known and not cover(one[0], one[1])]
        return [*sorted(found, key=_place_of), *turned], known

    def _turned(self, cased: str, areas: Sequence[Zone]) -> list[Candidate]:
        """Names whose surname comes first, with a comma."""
        found: list[Candidate] = []
        for start, end, surname, given in comma_names(cased) if "," in cased else ():
            if not (given[0].isupper() and surname[0].isupper()):
                continue
            first, last = self._flags[given.split()[0]], self._flags[surname]
            listed = _is_listed(start, end, areas)
            lined = not listed and bool(_LINE.search(cased, max(0, start - 12), start))
            if listed or self._may_be_turned(first, last, lined=lined):
                score = _turned_score(first, last) + (1.5 if listed else 0.7 if lined else 0.0)
                words = (as_word(surname, last, fold(surname)), as_word(given, first, fold(given)))
                found.append((start, end, words, score, "surname-first"))
        return found

    def _may_be_turned(self, first: int, last: int, *, lined: bool) -> bool:
        """Whether a given name stands behind the comma, and before it what may be a surname.

        `lined`: it stands where a line or an entry of a list begins, where neither has to be on a list.
        """
        if lined and not first & (WORD | PLACE | NATION) and not last & (WORD | PLACE | NATION):
            return True
        if not first & GIVEN or (first & WORD and not last & SURNAME):
            return False
        return bool(last & NAMES) or not last & (PLACE | NATION | WORD)

    def _known(self, candidates: list[Candidate]) -> dict[str, float]:
        """The words of the names that are sure, folded: a surname with full weight, a given name with less."""
        known: dict[str, float] = {}
        sures = self._sures
        for _, _, words, score, _ in candidates:
            if score > 1 and sures[score] >= SURE:
                for _, _, key, lends in words:
                    if lends and score > known.get(key, 0.0):
                        known[key] = score
        return known

    def _names(self, text: str, candidates: list[Candidate], known: dict[str, float]) -> list[Found]:
        """The candidates that are likely enough, with what the words of the sure ones add."""
        sures, names = self._sures, []
        for start, end, words, score, rule in candidates:
            if score < 3.0 and known and (len(words) > 1 or words[0][2] in known):
                backed = [word for word in words if word[2] in known]
                if backed and len(backed) * 2 >= len(words):
                    plain = all(word[1] & WORD for word in backed)
                    if not (plain and text[start:end].islower()):
                        rule = "named-before" if score < 1.1 else rule
                        score += _ALONE + (1.6 if not plain else 0.4)
            sure = sures[score]
            if sure >= LEAST:
                names.append(_new(Found, (start, end, "person", rule, sure, "")))
        return names


def _turned_score(first: int, last: int) -> float:
    score = 0.6 + (1.0 if last & SURNAME else 0.4)
    score -= (1.5 if first & (WORD | PLACE) else 0) + (1.0 if last & (WORD | PLACE) else 0)
    return score - (1.2 if last & GIVEN else 0)  # a list of given names: "Peter, Paul"


def _is_listed(start: int, end: int, areas: Sequence[Zone]) -> bool:
    """Whether a whole zone of persons is this name: `(KABONGO, JEAN)` in a TAGS line."""
    return any(zone.rule == "tags-person" and zone.start == start and zone.end == end for zone in areas)


class _Areas:
    """The zones of a document, and what they add to what stands in them."""

    _MOST = 12  # zones that are looked at before a place

    def __init__(self, zones: Sequence[Zone]) -> None:
        self.zones = sorted(zones)
        self._starts = [zone.start for zone in self.zones]
        ends = [zone.end for zone in self.zones]
        # By the number of zones that begin before a place: where the last of them ends.
        self._reach = [max(ends[max(0, at - self._MOST) : at], default=-1) for at in range(len(ends) + 1)]

    def cover(self, start: int, end: int) -> bool:
        """Whether a place lies in a zone."""
        return self._reach[bisect_right(self._starts, start)] >= end

    def heeded(self, candidates: list[Candidate]) -> list[Candidate]:
        """Candidates, which stand in order, with what their places add."""
        found = candidates
        for index, at in self._covered(candidates):
            found = list(candidates) if found is candidates else found
            found[index] = self._heed(candidates[index], at)
        return found

    def within(self, candidates: list[Candidate]) -> list[Candidate]:
        """Those of the candidates, which stand in order, that lie in a zone, with what their places add."""
        return [self._heed(candidates[index], at) for index, at in self._covered(candidates)]

    def _covered(self, candidates: list[Candidate]) -> Iterator[tuple[int, int]]:
        """Which candidates lie in a zone, and the number of zones that begin before each.

        Most candidates lie in none: between the begins of two zones only those are looked at that are in reach.
        """
        last = 0
        for at, start in enumerate(self._starts, 1):
            reach = self._reach[at]
            stop = min(reach, self._starts[at]) if at < len(self._starts) else reach
            last = bisect_left(candidates, start, last, key=_place_of)
            while last < len(candidates) and candidates[last][0] < stop:
                if candidates[last][1] <= reach:
                    yield last, at
                last += 1

    def _heed(self, one: Candidate, at: int) -> Candidate:
        start, end, words, score, _ = one
        inside = [zone for zone in self.zones[max(0, at - self._MOST) : at] if zone.end >= end]
        best = max(inside, key=_score_of)
        return start, end, words, score + best.score, best.rule


def _protected(text: str, names: list[Found], phrases: list[Found]) -> list[Found]:
    """Names beside a protect phrase are sources: the nearest one before it, else behind it."""
    trusted = [one for one in phrases if one.kind == "protect-phrase" and one.sure >= _TRUSTED]
    if not trusted or not names:
        return names
    beside = _Beside(names)
    wanted = {near for phrase in trusted if (near := beside.nearest(text, phrase)) is not None}
    starts = {name[0] for name in wanted}
    return [
        name._replace(rule=PROTECTED, sure=max(name.sure, 0.9)) if name[0] in starts and name in wanted else name
        for name in names
    ]


class _Beside:
    """The names of a text, ready to be asked which is the nearest: phrases and names may both be many."""

    def __init__(self, names: list[Found]) -> None:
        self._by_end = sorted(names, key=_end_of)
        self._ends = [name[1] for name in self._by_end]
        self._by_start = sorted(names, key=_place_of)
        self._starts = [name[0] for name in self._by_start]

    def nearest(self, text: str, phrase: Found) -> Found | None:
        start, end = phrase[0], phrase[1]
        before = self._by_end[bisect_left(self._ends, start - _NEAR) : bisect_right(self._ends, start)]
        if before:
            best = max(before, key=lambda name: (name.end, name.sure))
            if not _SENTENCE.search(text, best.end, phrase.start):
                return best
        at = bisect_left(self._starts, end)
        return self._by_start[at] if at < len(self._starts) and self._starts[at] <= end + _NEAR else None


def _settled(found: list[Found]) -> list[Found]:
    """Without what lies in something of the same kind, and without names inside numbers and addresses."""
    firm = sorted((one.start, one.end) for one in found if one.kind in _FIRM)
    passed, firmly = 0, 0  # of the firm ones those that begin before what is looked at, and where the last of them end
    kept: list[Found] = []
    reach = 0  # where the last of what is kept ends
    # In order, of two that begin together the longer one first.
    for one in sorted(sorted(found, key=_end_of, reverse=True), key=_place_of):
        start, end, kind = one[0], one[1], one[2]
        if passed < len(firm) and firm[passed][0] <= start:
            passed = bisect_right(firm, (start, 1 << 60), passed)
            firmly = max(stop for _, stop in firm[max(0, passed - 4) : passed])
        if end <= firmly and kind in ("person", "username"):
            continue
        same = None
        if start < reach:
            near = range(len(kept) - 1, max(-1, len(kept) - 9), -1)
            same = next((at for at in near if _overlap(kept[at], one)), None)
        if same is None:
            kept.append(one)
        else:
            one = kept[same] = _better(kept[same], one)
            end = one[1]
        if end > reach:
            reach = end
    return kept


def _overlap(one: Found, other: Found) -> bool:
    return one.kind == other.kind and one.end > other.start and other.end > one.start


def _better(one: Found, other: Found) -> Found:
    """Of two of a kind that overlap the longer one; a longer name only where it is likely one at all."""
    if one.kind == "person" and min(one.sure, other.sure) < SURELY_WHOLE:
        return other if other.sure > one.sure else one
    longer = one if one.end - one.start >= other.end - other.start else other
    return longer._replace(sure=max(one.sure, other.sure))


__all__ = ["Finder", "is_capitals"]
