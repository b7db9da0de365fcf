"""Where the people of the register stand in a text, in whatever spelling: one look-up a word, then a look around it.

Takes entries, gives `Found` places. Every word of a text is looked up once in what is near to the register's words
(its letters, one wrong letter, its sound, other scripts, endings); whole names also as one string without blanks,
which finds them in file names, addresses and across whatever stands between their letters. Pure.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from rapidfuzz.distance import Levenshtein

from unsealed.review.patternset import PatternSet
from unsealed.review.risk.eastern import EASTERN, alike, other_spellings, readings
from unsealed.review.risk.entry import Entry, name_parts
from unsealed.review.risk.entry_names import first_letters, names_of, written_together
from unsealed.review.risk.lexicon import GIVEN, STOP, TITLE, WORD, Flags
from unsealed.review.risk.near import Index, Near, Part
from unsealed.review.risk.sounds import plain, romanise, spoken
from unsealed.review.risk.suggestion import Found
from unsealed.review.risk.syllabic import SYLLABIC_SIGN, Spoken, spoken_words
from unsealed.review.risk.tokens import (
    SERVANTS,
    TOKEN,
    UNSPACED,
    Broken,
    Split,
    Spots,
    Token,
    Tokens,
    are_apart,
    between,
    broken_words,
    letters,
    may_be_loose,
    may_have_company,
    may_stand_inside,
    small,
    split,
)
from unsealed.review.risk.vocabulary import PARTICLES
from unsealed.review.words import fold, squeeze

_LEAST_JOINED = 7  # letters of a whole name that is looked for without blanks
_LEAST_APART = 9  # letters of a single word of a name that may be written as two words
_LEAST_ID = 5  # letters and digits of a number of a person
_NAMED = 0.75  # from how sure on a document names a person
_GAP = 2  # words that may stand between two parts of a name
_AHEAD = 5  # words that are looked at behind a word of a name
_INITIALS = 3  # of a name, beside one of its words


def _folded(words: Sequence[str]) -> list[str]:
    return [word if word.isascii() and word.isalnum() else plain(word) for word in words]


class Registered:
    """The register, ready to be looked for. Made once for all texts."""

    def __init__(self, entries: Sequence[Entry], flags: Flags | None = None) -> None:
        self._entries = list(entries)
        self._numbers = {entry.id: number for number, entry in enumerate(self._entries)}
        self._titles = [
            frozenset(plain(word) for title in one.titles for word in TOKEN.findall(title)) for one in entries
        ]
        self._flags = Flags() if flags is None else flags
        self._words: dict[str, list[Part]] = {}
        self._initials: dict[tuple[int, int], frozenset[str]] = {}
        self._parts: dict[tuple[int, int], list[str]] = {}
        self._read: dict[str, int] = {}
        self._apart: dict[str, int] = {}  # long words of names, which may be written as two
        strings: dict[str, int] = {}
        for number, entry in enumerate(self._entries):
            for index, name in enumerate(names_of(entry)):
                self._add_name(number, index, name, strings, called=name in entry.nicknames)
            for one in entry.ids:
                if len(squeeze(fold(one))) >= _LEAST_ID:
                    strings.setdefault(squeeze(fold(one)), number)
        self._apart = {word: entry for word, entry in self._apart.items() if word not in strings}
        self._strings = [*strings.items(), *self._apart.items()]
        self._set = PatternSet([*(string for string, _ in self._strings), *SERVANTS])
        self._index = Index(self._words)
        # Of the words that were looked up, as `small` gives them: what they are near to, and those near to nothing.
        self._near: dict[str, tuple[Near, ...]] = {}
        self._far: set[str] = set()

    def _add_name(self, entry: int, index: int, name: str, strings: dict[str, int], *, called: bool) -> None:
        parts = name_parts(name)
        turned = ["".join(parts), "".join([*parts[-1:], *parts[:-1]])]
        for string in turned if len(parts) > 1 or UNSPACED.search(name) else ():
            if len(string) >= _LEAST_JOINED or (string and UNSPACED.search(string) and len(string) > 1):
                strings.setdefault(string, entry)
        kept = [part for part in parts if part not in PARTICLES and not self._flags[part] & STOP] or parts
        self._apart |= {part: entry for part in kept if len(part) >= _LEAST_APART and len(parts) > 1}
        self._parts[entry, index] = kept
        if not called:
            for string in other_spellings(name):
                strings.setdefault(string, entry)
        if len(parts) > 1 and all(part.isascii() for part in parts):
            self._read |= dict.fromkeys(map(alike, turned), entry)
        for place, part in enumerate(kept):
            last = place == len(kept) - 1
            family = last or (place > 0 and not called and len(part) > 4) or not self._flags[part] & GIVEN
            self._words.setdefault(part, []).append(Part(entry, index, place, family, len(kept)))
        for place, run in written_together(parts, kept):
            self._words.setdefault(run, []).append(Part(entry, index, place, place > 0, len(kept)))
        if len(kept) > 1 and not called:
            self._words.setdefault("".join(kept), []).append(Part(entry, index, 0, True, 1))
        self._say(name, kept)
        self._initials[entry, index] = frozenset(romanise(part)[:1] for part in kept)

    def _say(self, name: str, kept: Sequence[str]) -> None:
        """Words whose marked letters say more than plain ones are known as they are spoken, too."""
        for word in TOKEN.findall(name):
            folded, *others = spoken(word)
            for other in others:
                if folded in kept and other not in self._words:
                    self._words[other] = self._words[folded]

    def find(self, text: str) -> list[Found]:
        """Every mention in a text, in order, without overlaps of one entry."""
        if not self._entries:
            return []
        parts = split(text)
        words = parts.words
        found, broken = self._joined(text, parts)
        if parts.signs:
            found += self._signs(text) if EASTERN.search(parts.signs) else ()
            found += self._syllabic(text) if SYLLABIC_SIGN.search(parts.signs) else ()
        near = self._learn({*words, *(small(one.word) for one in broken)} if broken else set(words))
        if near:
            broken = [one for one in broken if small(one.word) in near]
            whole = {self._numbers[one.entry] for one in found}
            found += self._by_words(text, Tokens(text, parts, self._near, broken), near, whole)
        return _best([*found, *self._by_initials(text, found)])

    def _signs(self, text: str) -> Iterator[Found]:
        """Names of the register in Latin letters that a text has in Chinese or Korean signs."""
        if self._read:
            for start, end, key in readings(text):
                if key in self._read:
                    entry = self._entries[self._read[key]]
                    yield Found(start, end, "registered", "other-letters", 0.85, entry.id)

    def _syllabic(self, text: str) -> Iterator[Found]:
        """Names of the register in scripts whose signs are syllables: two words of one name, or a long surname."""
        last: list[tuple[Spoken, Near]] = []
        for word in spoken_words(text):
            nears = list(self._index.near(word.sound, 0))
            for near in nears:
                part = near.part
                for other, one in last:
                    beside = one.part[:2] == part[:2] and one.part.place != part.place and word.start - other.end < 3
                    if beside and other.end <= word.start:
                        yield Found(other.start, word.end, "registered", "other-letters", 0.85, self._id(part))
                if part.family and len(word.sound) > 5:
                    yield Found(word.start, word.end, "registered", "other-letters", 0.65, self._id(part))
            last = [(word, near) for near in nears] + [one for one in last if word.start - one[0].end < 3 and not nears]

    def _by_initials(self, text: str, found: Sequence[Found]) -> Iterator[Found]:
        """Initials alone (`N. S.`) in a document that names the person."""
        for entry in {one.entry for one in found if one.sure >= _NAMED}:
            for initials in first_letters(self._entries[self._numbers[entry]]):
                if not all(f"{one}." in text for one in initials):  # a tenth of what the expression costs
                    continue
                spaced = r"\.[ \n]?-?".join(map(re.escape, initials))
                for match in re.finditer(rf"(?<![^\W_])(?<![^\W_]\.)(?<![^\W_]\. ){spaced}\.(?!\s?[^\W\d_]\.)", text):
                    yield Found(*match.span(), "registered", "initial", 0.55, entry)

    # --- words ---------------------------------------------------------------------------------------

    def _learn(self, words: set[str]) -> set[str]:
        """Those of the words of a text that are near to a part; what they are near to is looked up, and remembered."""
        if len(self._far) + len(self._near) > Flags.LIMIT:
            self._far.clear()
            self._near.clear()
        near = words - self._far
        new = near.difference(self._near)
        if new:
            hopeful = self._index.hopeful(new, self._flags)
            found = {word: parts for word in hopeful if (parts := tuple(self._index.near(word, self._flags[word])))}
            self._near |= found
            new.difference_update(found)
            self._far |= {word for word in new if len(word) <= Flags.LONGEST}
            near -= new
        return near

    def _by_words(self, text: str, tokens: Tokens, words: set[str], whole: set[int]) -> Iterator[Found]:
        alone: list[tuple[Token, Near]] = []
        for token in tokens.those_near(words):
            company = may_have_company(text, tokens, token)
            for near in token.near:
                if near.part.of == 1:
                    found = self._single(token, near)
                else:
                    found = self._full(text, tokens, token, near) if company else None
                if found is not None:
                    whole.add(near.part.entry)
                    yield found
                else:
                    alone.append((token, near))
        for token, near in alone:
            found = self._alone(text, tokens, token, near, near.part.entry in whole)
            if found is not None:
                yield found

    def _loose(self, token: Token, part: Part, places: set[int]) -> bool:
        """Whether a word beside a word of a name is another of its words, written badly or cut short."""
        if not may_be_loose(token.text) or len(self._parts[part.entry, part.name]) < 2:
            return False
        word = romanise(fold(token.text))
        for place, other in enumerate(self._parts[part.entry, part.name]):
            latin = romanise(other)
            cut = len(word) >= 4 and (latin.startswith(word) or latin.endswith(word))
            if place not in places and (cut or Levenshtein.normalized_similarity(word, latin) >= 0.6):
                return True
        return False

    def _badly_before(self, text: str, tokens: Tokens, token: Token, first: Near) -> Token | None:
        """The word before, where it is another one of the name, written badly or cut short."""
        if first.sure < 0.7 or token.text.islower():
            return None
        before = tokens.before(token)
        if before is None or before.near or between(text, before, token) not in (" ", "\n", ", "):
            return None
        return before if self._loose(before, first.part, {first.part.place}) else None

    def _full(self, text: str, tokens: Tokens, token: Token, first: Near) -> Found | None:
        """A name of which two or more words stand together, in any order."""
        part = first.part
        places, sure, last = {part.place}, first.sure, token
        begin, step, apart = token, tokens.after(token), 0
        for _ in range(_AHEAD):
            apart += 1
            if step is None or apart > _GAP or are_apart(text, last, step):
                break
            if step.near and any(near.part == part for near in step.near):
                break
            other = _same_name(step, part, places) if step.near else None
            if other is not None:
                places.add(other.part.place)
                sure, last, apart = min(sure, other.sure), step, 0
            elif apart == 1 and self._loose(step, part, places):
                places, last, apart = {*places, -1 - len(places)}, step, 0
            elif not may_stand_inside(step.text):
                break
            step = tokens.after(step)
        if len(places) == 1 and (before := self._badly_before(text, tokens, token, first)):
            begin, places = before, {*places, -1}
        if len(places) < 2:
            return None
        sure *= 0.99 if len(places) * 2 > part.of else 0.8
        return Found(begin.start, last.end, "registered", "name", round(sure, 2), self._id(part))

    def _single(self, token: Token, near: Near) -> Found | None:
        """A nickname, or the only word of a name."""
        if self._flags[token.text] & STOP or (
            token.text.islower() and token.text.isascii() and self._flags[token.text] & WORD
        ):
            return None
        sure = near.sure * (0.9 if not self._flags[token.text] & (WORD | GIVEN) else 0.6)
        return Found(token.start, token.end, "registered", "name", round(sure, 2), self._id(near.part))

    def _alone(self, text: str, tokens: Tokens, token: Token, near: Near, named: bool) -> Found | None:
        """A surname with an initial, or alone."""
        part = near.part
        if part.of == 1:
            return None
        if part.family or (near.sure >= 0.8 and not token.text.islower()):
            with_initial = self._initial(text, tokens, token, part)
            if with_initial is not None:
                return Found(*with_initial, "registered", "initial", round(near.sure * 0.95, 2), self._id(part))
        if not part.family:
            return self._given(text, tokens, token, near, named)
        flags = self._flags[token.text]
        if token.text.islower() and token.text.isascii() and not self._may_be_small(token.text, flags, near):
            return None
        sure = near.sure * (0.8 if part.place == part.of - 1 else 0.62)
        if flags & WORD or len(token.text) < 4:
            sure *= 0.6 if not (named or self._titled(text, tokens, token, part)) else 0.8
        elif flags & GIVEN:
            sure *= 0.75 if not named else 0.9
        if self._of_another(text, tokens, token, part):
            sure *= 0.55
        elif named:
            sure = min(0.95, sure * 1.2)
        return Found(token.start, token.end, "registered", "surname", round(sure, 2), self._id(part))

    def _may_be_small(self, word: str, flags: int, near: Near) -> bool:
        """Whether a word in small letters may be a surname: as it is registered, or a long one with a wrong letter."""
        long = len(word) > 5 and abs(len(word) - len(self._parts[near.part.entry, near.part.name][near.part.place])) < 2
        return not flags & WORD and near.sure >= (0.8 if long else 0.9)

    def _given(self, text: str, tokens: Tokens, token: Token, near: Near, named: bool) -> Found | None:
        """A given name alone, in a document that gives the whole name; another surname behind it is a namesake's."""
        if near.part.place or near.sure < 0.8 or token.text.islower() or self._flags[token.text] & STOP:
            return None
        after = tokens.after(token)
        if after is not None and after.text[:1].isupper() and between(text, token, after) in (" ", "\n"):
            return None
        if named:
            return Found(token.start, token.end, "registered", "given-name", 0.55, self._id(near.part))
        # Without the whole name only what few people are called, as it is registered.
        rare = near.sure >= 0.9 and not self._flags[token.text] & (WORD | GIVEN) and len(token.text) > 4
        sure = 0.5 if rare or self._titled(text, tokens, token, near.part) else 0.35
        return Found(token.start, token.end, "registered", "given-name", sure, self._id(near.part))

    def _titled(self, text: str, tokens: Tokens, token: Token, part: Part) -> bool:
        """Whether a title stands right before: of the entry, or any."""
        before = tokens.before(token)
        if before is None or between(text, before, token) not in (" ", ". ", ".", "\n", ".\n"):
            return False
        return plain(before.text) in self._titles[part.entry] or bool(self._flags[before.text] & TITLE)

    def _initial(self, text: str, tokens: Tokens, token: Token, part: Part) -> tuple[int, int] | None:
        """From–to, where single letters that the words of a name begin with stand right before or behind a word."""
        before = tokens.before(token)
        if before is not None and len(before.text) == 1:
            found = self._letters(text, tokens.before, token, part)
            if found is not token:
                return found.start, token.end
        after = tokens.after(token)
        if after is None or len(after.text) != 1 or "." in between(text, token, after):
            return None
        found = self._letters(text, tokens.after, token, part)
        return (token.start, found.end) if found is not token else None

    def _letters(self, text: str, beside: Callable[[Token], Token | None], token: Token, part: Part) -> Token:
        """The last of up to three initials that follow each other on one side of a word; the word itself if none do."""
        wanted, found = self._initials[part.entry, part.name], token
        for _ in range(_INITIALS):
            other = beside(found)
            if other is None or len(other.text) != 1 or romanise(fold(other.text))[:1] not in wanted:
                break
            inner = text[min(found.end, other.end) : max(found.start, other.start)]
            if not re.fullmatch(r"[.,\s-]{0,4}", inner) or "\n\n" in inner:
                break
            found = other
        return found

    def _of_another(self, text: str, tokens: Tokens, token: Token, part: Part) -> bool:
        """Whether another given name stands right before: a namesake."""
        before = tokens.before(token)
        if before is None or not before.text[0].isupper() or between(text, before, token) not in (" ", "\n", "-"):
            return False
        flags = self._flags[before.text]
        if flags & (TITLE | STOP) or not flags & GIVEN or any(near.part.entry == part.entry for near in before.near):
            return False
        return before.text.lower() not in PARTICLES and plain(before.text) not in self._titles[part.entry]

    def _id(self, part: Part) -> str:
        return self._entries[part.entry].id

    # --- whole names without blanks ------------------------------------------------------------------

    def _joined(self, text: str, parts: Split) -> tuple[list[Found], list[Broken]]:
        """Whole names and numbers; and words that are broken, with long words of names that are written as two."""
        hits = self._set.find(letters(parts.words))
        named = [hit for hit in hits if hit[0] < len(self._strings)]
        servants = len(named) < len(hits) or bool(parts.signs)
        broken = list(broken_words(text, parts.where, servants=servants))
        found: list[Found] = []
        spots = Spots(text, _folded(parts.words)) if named else None
        for number, start, end in named:
            place = spots.place(start, end) if spots else None
            if place is None:
                continue
            string, entry = self._strings[number]
            written = text[place[0] : place[1]]
            if string not in self._apart:
                found.append(Found(*place, "registered", "joined", 0.97, self._entries[entry].id))
            elif not written.isalnum():
                broken.append(Broken(*place, "".join(filter(str.isalnum, written))))
        return found, broken


def _same_name(token: Token, part: Part, places: set[int]) -> Near | None:
    """The nearest other part of the same name that a word is."""
    fitting = [near for near in token.near if near.part[:2] == part[:2] and near.part.place not in places]
    return max(fitting, key=lambda near: near.sure, default=None)


def _best(found: list[Found]) -> list[Found]:
    """Of places of one entry that overlap the longest, the surer one where they are as long."""
    kept: list[Found] = []
    taken: dict[str, list[tuple[int, int]]] = {}  # by entry: what is kept, in order, without overlaps
    for one in sorted(found, key=lambda one: (one.start - one.end, -one.sure)):
        mine = taken.setdefault(one.entry, [])
        at = bisect_left(mine, (one.end,))  # so many begin before the end of this one
        if not at or mine[at - 1][1] <= one.start:
            mine.insert(at, (one.start, one.end))
            kept.append(one)
    return sorted(kept)
