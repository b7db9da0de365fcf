"""The leak check: does a withheld string stand in what is about to go out?

Takes withheld texts once, then any number of public texts; gives hits. Pure: what is withheld comes from
the desk, what goes out from the release. One pass over each public text finds all strings: words are looked up
in a tree of words, so the cost does not grow with the number of names.

A withheld string (release.md, "Publishing") is the text of a mark: whole, and those of its words that may be names
(`words.telling`), in the spellings of `words.spellings`, also inside longer words, in scripts without spaces, with
their digits set apart, and encoded (`encoded.decoded`). Whole units and documents that are withheld are searched as
runs of eight words; units shorter than that like any mark. docs/decisions/0075-what-the-leak-check-sees-through.md
has the reasons. Words of five letters or more are also looked for in other scripts, by their sound (0160).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from unsealed.crypto import sha256
from unsealed.review.days import other_ways
from unsealed.review.encoded import REACH, decoded
from unsealed.review.risk.sounds import keys as sounds_of
from unsealed.review.words import (
    MIN_LETTERS,
    Words,
    as_displayed,
    capitalised,
    collapse,
    fold,
    folded_words,
    has_unspaced,
    humps,
    is_distinct,
    look_alikes,
    spellings,
    squeeze,
    telling,
    unhyphenated_words,
    words,
    words_across_lines,
    words_of_pieces,
)

VERSION = 3  # of what is seen through: what an earlier version found clean is searched again
RUN = 8  # words: release.md, "runs of eight words"
JOINED = 7  # letters: from here on a name is also looked for at the beginning and end of longer words
NUMBER = 6  # digits: from here on a number is looked for however its digits are set apart
VALUE = 8  # letters and digits: from here on a value that was made less exact is looked for in every document
_VALUE_WORDS = 6  # words over which such a value may be spread
_NATIONAL = 8  # digits of a telephone number that stay when the prefix of its country is left out
_NUMBER = re.compile(r"\d(?:[\s().,/|_+*\u2010-\u2015-]{0,4}\d){5,}")
_DIGITS = re.compile(r"\d+")
_HEARD = 5  # letters: from here on a word of one script is looked for by its sound in words of another
_LEAST_SOUND = 4  # letters of such a sound: vowels stand only at its beginning
_DAY = re.compile(r"(?<![\w-])(\d{4})-([01]\d)-([0-3]\d)(?![\w-])")
_REMEMBERED = 500_000  # words whose sound is kept
_PARTED = 8  # letters: from here on a name is also found where spaces part it
_LONGEST = 40  # letters of a name that is looked for in pieces
_SHORT_KEY = 3  # letters: so short a key is compared with the words as they are written, not collapsed
_GENITIVE = ("s", "es")
_END = ""  # the key under which a node of the tree keeps the number of the string that ends there


# The words of a stream as they are written, not collapsed: asked for only where something was found.
Written = Callable[[], list[str]]


class Hit(NamedTuple):
    """A withheld string in a public text. `place` is what the caller named it; `string` are its folded words."""

    place: str
    string: str
    kind: str  # "string", "word", "run", "value" or "person"


class _Found(NamedTuple):
    words: Words
    kind: str


class LeakCheck:
    """All withheld strings of an archive, and the search for them.

    Fill it with `add_text` and `add_runs`, then call `hits` for each public text. `common` holds the texts that
    cannot be looked for because they stand everywhere (see `words.is_distinct`): (number of the mark, its words).
    """

    def __init__(self) -> None:
        self._tree: dict[str, object] = {}
        self._strings: list[_Found] = []
        self._numbers: dict[tuple[Words, str], int] = {}
        self._single: dict[str, int] = {}
        self._beginnings: set[str] = set()  # of longer names, for those that spaces part
        self._exact: dict[int, set[Words]] = {}
        self._runs: set[int] = set()
        self._unspaced: dict[str, dict[str, int]] = {}  # first letter: squeezed text: number
        self._heads: re.Pattern[str] | None = None
        self._digits: dict[str, int] = {}
        self._seen: set[str] = set()
        self._inside: dict[str, tuple[int, ...]] = {}
        self._values: set[int] = set()
        self._heard: tuple[dict[str, int], dict[str, int]] = ({}, {})  # by sound: words in Latin letters, in others
        self._sounds: dict[str, frozenset[str]] = {}
        self._reach = REACH
        self._all = 0  # sum of the hashes of everything that was added
        self.common: set[tuple[int, str]] = set()

    @property
    def untested(self) -> int:
        """How many texts cannot be looked for."""
        return len(self.common)

    def add_text(self, text: str, *, mark: int = 0) -> None:
        """Withhold the text of a mark: whole, and each of its words that `words.telling` names."""
        self._count("text", text)
        self._add_whole(text, mark)
        for day in other_ways(text):
            self._add(day, "string", text)
        for word in telling(text):
            self._add(word, "word")
            self._hear(word, "word")

    def add_name(self, name: str) -> None:
        """Withhold a name of the register, whole only: its single words may be those of others."""
        self._count("name", name)
        if is_distinct(name):
            self._add(name, "string")
            self._add_unspaced(name)
            self._add_number(name)

    def add_runs(self, text: str, *, mark: int = 0) -> None:
        """Withhold a whole unit: every run of eight words; a shorter one whole, and its capitalised words."""
        self._count("runs", text)
        found = collapsed_words(text)
        if len(found) < RUN:
            self._add_whole(text, mark)
            for word in capitalised(text):
                self._add(word, "word")
            return
        # Hashes of runs, not the runs: a withheld document has as many runs as words.
        self._runs.update(hash(tuple(found[begin : begin + RUN])) for begin in range(len(found) - RUN + 1))

    def add_value(self, value: str) -> None:
        """Withhold a coordinate, time or number of which only a part is shown: whole, in any spacing."""
        self._count("value", value)
        key = squeeze(fold(value))
        if len(key) >= VALUE and any(map(str.isdigit, key)):
            # Hashes, not values: an archive of reports has as many coordinates as documents.
            self._values.add(hash(key))

    def digest(self) -> bytes:
        """What stands for all that is withheld, in whatever order it was added (32 bytes): equal for equal strings."""
        return sha256(self._all.to_bytes(64, "big")).digest()

    def _count(self, kind: str, text: str) -> None:
        self._reach = max(self._reach, 2 * len(text) if kind != "runs" else 0)  # twice: it may be spread by signs
        self._all += int.from_bytes(sha256(f"{VERSION}\n{kind}\n{text}".encode()).digest(), "big")

    def _add_whole(self, text: str, mark: int) -> None:
        found = words(text)
        if is_distinct(text):
            self._add(text, "string")
            self._add_unspaced(text)
            self._add_number(text)
        elif found:
            self.common.add((mark, " ".join(found)))

    def _add(self, text: str, kind: str, named: str = "") -> None:
        for spelling in spellings(text):
            key = tuple(collapse(word) for word in spelling)
            if (key, kind) in self._numbers:
                self._exact.get(self._numbers[key, kind], set()).add(spelling)
                continue
            number = self._numbers[key, kind] = self._new(named or text, kind)
            if sum(map(len, key)) <= _SHORT_KEY:
                self._exact[number] = {spelling}
            elif len(key) == 1:
                self._single.setdefault(key[0], number)
                if _PARTED <= len(key[0]) <= _LONGEST:
                    self._beginnings.update(key[0][:end] for end in range(1, len(key[0])))
            node = self._tree
            for word in key:
                node = node.setdefault(word, {})  # type: ignore[assignment]
            node.setdefault(_END, number)

    def _hear(self, text: str, kind: str) -> None:
        """Its words are found in other scripts, too: each scribe writes a foreign name as it sounds."""
        for word in words(text):
            if len(word) >= _HEARD and not word.isdigit():
                heard = self._heard[not word.isascii()]
                for sound in self._sound(word):
                    if sound not in heard:
                        heard[sound] = self._new(word, kind)

    def _sound(self, word: str) -> frozenset[str]:
        found = self._sounds.get(word)
        if found is None:
            if len(self._sounds) > _REMEMBERED:
                self._sounds.clear()
            long = [sound for sound in sounds_of(word).fine if len(sound) >= _LEAST_SOUND]
            found = self._sounds[word] = frozenset(long)
        return found

    def _looking_alike(self, here: list[str]) -> Iterator[tuple[str, str]]:
        for word in here:
            if len(word) >= MIN_LETTERS and not word.isascii():
                for other in map(collapse, look_alikes(word)):
                    if other in self._single:
                        yield self._named(self._single[other])

    def _heard_hits(self, here: list[str]) -> Iterator[tuple[str, str]]:
        latin, other = self._heard
        for word in here:
            if len(word) >= _HEARD:
                heard = other if word.isascii() else latin
                for sound in self._sound(word) if heard and not word.isdigit() else ():
                    if sound in heard:
                        yield self._named(heard[sound])

    def _new(self, text: str, kind: str) -> int:
        self._seen.clear()
        self._inside.clear()
        self._strings.append(_Found(tuple(words(text)), kind))
        return len(self._strings) - 1

    def _add_unspaced(self, text: str) -> None:
        """Scripts without case join words, or particles to words: such a text is looked for inside of others."""
        parts = unicodedata.normalize("NFC", text).split()
        wanted = [text] + [part for part in parts if len(parts) > 1 and len(part) >= _least(part)]
        for part in filter(has_unspaced, wanted):
            key = squeeze(fold(part))
            # Programs that take text out of a PDF may give letters that run from right to left the other way round.
            turned = len(key) >= MIN_LETTERS and unicodedata.bidirectional(key[0]) in ("R", "AL")
            for one in (key, key[::-1]) if turned else (key,) if key else ():
                self._unspaced.setdefault(one[0], {}).setdefault(one, self._new(part, "string"))
                self._heads = None

    def _add_number(self, text: str) -> None:
        """Numbers of telephones and accounts, whole and without the prefix of a country."""
        for match in _NUMBER.finditer(fold(text)):
            digits = squeeze(match[0])
            for key in {digits, digits[-_NATIONAL:] if len(digits) > _NATIONAL + 1 else digits}:
                self._digits.setdefault(key, self._new(key, "string"))

    def hits(self, place: str, text: str) -> list[Hit]:
        """Every withheld string in `text`, also where it is encoded, each once, in order."""
        found: dict[Hit, None] = {}
        for version in (text, *decoded(text, self._reach)):
            shown = as_displayed(version)  # both: a control character may set words apart, or stand inside of one
            for string, kind in chain(self._hits(version), self._hits(shown) if shown != version else ()):
                found[Hit(place, string, kind)] = None
        return list(found)

    def _hits(self, text: str) -> Iterator[tuple[str, str]]:
        plain = fold(text)
        folded = collapse(plain)
        days = frozenset("".join(day) for day in _DAY.findall(folded)) if self._values else frozenset()
        stream = folded_words(folded)
        yield from self._stream_hits(stream, lambda: folded_words(plain))
        joined_stream = unhyphenated_words(folded)
        if joined_stream is not None:
            yield from self._stream_hits(joined_stream, lambda: unhyphenated_words(plain) or [], days)
        if self._single:
            parts = chain(words_across_lines(folded), map(collapse, humps(text)))
            for joined in chain(parts, words_of_pieces(folded, stream, _LONGEST)):
                if joined in self._single:
                    yield self._named(self._single[joined])
        yield from self._inside_lines(plain)
        if self._heard[1] or not plain.isascii():
            here = sorted(set(folded_words(plain)))
            yield from self._looking_alike(here)
            yield from self._heard_hits(here)

    def _stream_hits(
        self, stream: list[str], written: Written, days: frozenset[str] = frozenset()
    ) -> Iterator[tuple[str, str]]:
        yield from self._search(stream, written)
        yield from self._inside_words(stream)
        if self._values:
            yield from self._value_hits(stream, days)

    def _value_hits(self, stream: list[str], days: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Values that were made less exact. `days`: days as they are written, where hyphens are taken out."""
        for begin in [begin for begin, word in enumerate(stream) if word[0] <= "9"]:  # digits come before all letters
            joined = ""
            for end, part in enumerate(stream[begin : begin + _VALUE_WORDS], begin + 1):
                joined += part
                if len(joined) >= VALUE and hash(joined) in self._values:
                    parts = stream[begin:end]
                    if not (_is_day(parts) or (len(parts) == 1 and joined in days)):
                        yield joined, "value"

    def _named(self, number: int) -> tuple[str, str]:
        string = self._strings[number]
        return " ".join(string.words), string.kind

    def _inside_words(self, stream: list[str]) -> Iterator[tuple[str, str]]:
        """Names with digits behind them, or at the beginning or end of a longer word."""
        here = set(stream)
        for word in here - self._seen:
            found = self._parts(word)
            if found:
                self._inside[word] = found
        self._seen |= here
        for word in sorted(here & self._inside.keys()):
            for number in self._inside[word]:
                yield self._named(number)

    def _parts(self, word: str) -> tuple[int, ...]:
        parts = [part for part in _DIGITS.split(word) if part != word and len(part) >= MIN_LETTERS]
        parts += [word[: -len(end)] for end in _GENITIVE if word.endswith(end) and len(word) >= MIN_LETTERS + len(end)]
        for length in range(JOINED, len(word)):
            parts += (word[:length], word[-length:])
        return tuple(dict.fromkeys(self._single[part] for part in parts if part in self._single))

    def _inside_lines(self, folded: str) -> Iterator[tuple[str, str]]:
        """Numbers whose digits are set apart, and texts of scripts that do not set words apart."""
        if self._digits:
            lengths = sorted({len(key) for key in self._digits})
            for match in _NUMBER.finditer(folded):
                digits = squeeze(match[0])
                for length in lengths:
                    for begin in range(len(digits) - length + 1):
                        number = self._digits.get(digits[begin : begin + length])
                        if number is not None:
                            yield self._named(number)
        if self._unspaced and not folded.isascii():
            yield from self._unspaced_hits(squeeze(folded))

    def _unspaced_hits(self, squeezed: str) -> Iterator[tuple[str, str]]:
        if self._heads is None:
            self._heads = re.compile("[" + re.escape("".join(self._unspaced)) + "]")
        for match in self._heads.finditer(squeezed):
            for key, number in self._unspaced[match[0]].items():
                if squeezed.startswith(key, match.start()):
                    yield self._named(number)

    def _search(self, stream: list[str], written: Written) -> Iterator[tuple[str, str]]:
        tree, beginnings = self._tree, self._beginnings
        here = set(stream)
        wanted = here & tree.keys() | here & beginnings
        for begin in [begin for begin, word in enumerate(stream) if word in wanted] if wanted else ():
            node = tree.get(stream[begin])
            if node is not None:
                yield from self._walk(node, stream, begin + 1, written)
            if stream[begin] in beginnings:
                yield from self._pieces(stream, begin)
        if self._runs:
            for begin in range(len(stream) - RUN + 1):
                run = tuple(stream[begin : begin + RUN])
                if hash(run) in self._runs:
                    yield " ".join(written()[begin : begin + RUN]), "run"

    def _pieces(self, stream: list[str], begin: int) -> Iterator[tuple[str, str]]:
        """Longer names that spaces part: `Ott mar` behind `Karl`."""
        joined = stream[begin]
        for part in stream[begin + 1 : begin + _LONGEST]:
            joined += part
            if len(joined) >= _PARTED and joined in self._single:
                yield self._named(self._single[joined])
            if joined not in self._beginnings:
                return

    def _walk(self, node: object, stream: list[str], at: int, written: Written) -> Iterator[tuple[str, str]]:
        while isinstance(node, dict):
            number = node.get(_END)
            if number is not None and (number not in self._exact or self._stands(number, written)):
                yield self._named(number)
            node = node.get(stream[at]) if at < len(stream) else None
            at += 1

    def _stands(self, number: int, written: Written) -> bool:
        """Whether a short string stands in the text as it is written: `due` is no `Du`."""
        text = f" {' '.join(written())} "
        return any(f" {' '.join(spelling)} " in text for spelling in self._exact[number])


def _is_day(parts: list[str]) -> bool:
    """Whether these words are a day as it is written, `2011-11-02`: its eight digits are no coordinate."""
    return [len(part) for part in parts] == [4, 2, 2] and parts[1] <= "12" and parts[2] <= "31"


def collapsed_words(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return folded_words(collapse(fold(text)))


def _least(part: str) -> int:
    """From how many letters on a part of a name in a script without case is looked for by itself."""
    return 2 if unicodedata.east_asian_width(part[0]) == "W" else 3


class Allowed:
    """Strings that two editors allowed to stand in shown text: `covers` a hit whose words they contain in order."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._as_written = [f" {' '.join(words(text))} " for text in texts]
        self._texts = [collapse(text) for text in self._as_written]

    def covers(self, hit: Hit) -> bool:
        """Whether an allowed text contains the hit's words as a run; a short word as written: `bar` is not Baar."""
        wanted = collapse(hit.string)
        if len(wanted) <= _SHORT_KEY:
            return any(f" {hit.string} " in text for text in self._as_written)
        return any(f" {wanted} " in text for text in self._texts)
