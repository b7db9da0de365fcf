"""What is known of single words: given name, surname, place, title, ordinary word. One dictionary, loaded once.

Takes a folded word, gives flags. The lists lie in `data/`; `scripts/make_gazetteers.py` makes them, `own.txt` is
written by hand. A word may be many things at once (Mark, Jordan, Bank); who asks weighs them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from unsealed.review.words import fold

GIVEN, SURNAME, PLACE, WORD, TITLE, ORG, CALENDAR, NATION, ROLE, STOP, CODE = (1 << bit for bit in range(11))
NAMES = GIVEN | SURNAME
_LISTS = {"given.txt": GIVEN, "surnames.txt": SURNAME, "places.txt": PLACE, "words.txt": WORD}
_SECTIONS = {
    "given": GIVEN, "surname": SURNAME, "place": PLACE, "word": WORD, "title": TITLE, "organisation": ORG,
    "calendar": CALENDAR, "nation": NATION, "role": ROLE, "stop": STOP, "code": CODE,
}  # fmt: skip
# Endings by which a surname of its language is known, and a word that no list holds is likely one.
NAME_ENDINGS = (
    "ovic", "evic", "ovich", "evich", "ovna", "evna", "enko", "chuk", "czuk", "czyk", "wicz", "ski", "sky", "skaya",
    "skiy", "ska", "ova", "eva", "kova", "ov", "ev", "yan", "ian", "shvili", "dze", "adze", "oglu", "zade", "zadeh",
    "pour", "nejad", "bekov", "bayev", "baev", "ullah", "uddin", "abadi", "sson", "sen", "berg", "stein", "mann",
    "quist",    "qvist", "strom", "lund", "nen", "escu", "eanu", "akis", "opoulos", "idis", "ides", "ez", "etti",
    "elli", "ucci",
    "ini", "wala", "singh", "iyev", "uly", "kyzy", "ashvili", "elis", "aitis", "unas", "kumar", "raju", "appa", "swamy",
    "оглу", "ович", "евич", "овна", "евна", "енко", "чук", "ский", "ская", "ова", "ева", "ов", "ев", "ян", "швили",
    "дзе",    "ин", "ина", "ых", "ук", "юк", "πουλος", "ιδης", "ακης", "ου",
)  # fmt: skip
# Endings of ordinary words that no list of words holds in every form.
WORD_ENDINGS = (
    "tion", "tions", "tional", "ment", "ments", "ness", "ings", "ism", "isms", "ized", "ised", "izing", "ising", "ally",
    "ities",    "ability", "less", "ships", "wise", "wards", "ology", "ological", "izations", "isation", "ization",
    "hood", "ful",
)  # fmt: skip
_TAILS_OF_NAMES = frozenset(ending[-2:] for ending in NAME_ENDINGS)
_TAILS_OF_WORDS = frozenset(ending[-2:] for ending in WORD_ENDINGS)


@cache
def lexicon() -> dict[str, int]:
    """Flags by folded word."""
    found: dict[str, int] = {}
    for name, flag in _LISTS.items():
        words = _text(name).split("\n")
        shared = {word: found[word] | flag for word in words if word in found}
        found |= dict.fromkeys(words, flag)
        found |= shared
    flag = 0
    for line in _text("own.txt").split("\n"):
        if line.startswith("["):
            flag = _SECTIONS[line.strip("[]")]
        elif not line.startswith("#"):
            for word in line.split():
                found[word] = found.get(word, 0) | flag
    found.pop("", None)
    return found


@cache
def phrases() -> frozenset[str]:
    """Places of several words."""
    return frozenset(line for line in _text("places.txt").split("\n") if " " in line)


def _text(name: str) -> str:
    return (files("unsealed.review.risk") / "data" / name).read_text(encoding="utf-8")


class Flags(dict[str, int]):
    """Flags by word as it is written, remembered: most words of an archive are the same few thousand."""

    LIMIT = 500_000  # words that are remembered
    LONGEST = 64  # characters of one: longer ones mostly come once, and would fill the memory

    def __missing__(self, word: str) -> int:
        plain = word.isascii()
        if plain and not word.islower() and (small := word.lower()) != word:
            flags = self[small]
        else:
            key = (word if plain else fold(word)).rstrip(".")
            flags = lexicon().get(key, 0) or _guess(key)
        if len(word) <= self.LONGEST:
            if len(self) > self.LIMIT:
                self.clear()
            self[word] = flags
        return flags


def _guess(key: str) -> int:
    """Flags of a word that no list holds: parts joined by a hyphen, plurals, endings."""
    known = lexicon()
    if "-" in key or "'" in key or "\u2019" in key:
        parts = [
            known.get(part, 0) for part in key.replace("\u2019", "-").replace("'", "-").split("-") if len(part) > 1
        ]
        return _joined(parts)
    tail = key[-2:]
    if tail in _TAILS_OF_WORDS and key.endswith(WORD_ENDINGS) and len(key) > 6:
        return WORD
    if (
        key.endswith(("s", "ed", "er", "ly"))
        and len(key) > 5
        and known.get(key[: -1 if key[-1] == "s" else -2], 0) & WORD
    ):
        return WORD
    return SURNAME if tail in _TAILS_OF_NAMES and len(key) > 5 and key.endswith(NAME_ENDINGS) else 0


def _joined(parts: list[int]) -> int:
    if not parts:
        return 0
    if all(part & WORD and not part & NAMES for part in parts):
        return WORD
    if any(part & (ORG | STOP | CALENDAR) for part in parts) and not any(part & NAMES for part in parts):
        return WORD
    return (
        (GIVEN if parts[0] & GIVEN else 0)
        | (SURNAME if parts[-1] & NAMES else 0)
        | (PLACE if any(part & PLACE for part in parts) else 0)
    )
