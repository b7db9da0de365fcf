"""How the names of an entry of the register may be written: names, words written together, initials. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from unsealed.review.risk.eastern import EASTERN, spellings
from unsealed.review.risk.entry import Entry
from unsealed.review.risk.tokens import TOKEN
from unsealed.review.risk.vocabulary import PARTICLES

_OTHER_LETTERS = {
    "US",
    "UN",
    "UK",
    "EU",
    "PM",
    "AM",
    "DC",
    "NY",
    "PO",
    "PS",
    "NB",
    "EO",
    "IE",
    "EG",
}  # no initials of a person


def written_together(parts: list[str], kept: list[str]) -> Iterator[tuple[int, str]]:
    """Words of a name that may be written as one, with the place of the first: Abd al-Rahman is also Abdulrahman."""
    places = {word: place for place, word in reversed(list(enumerate(kept)))}
    for at in range(len(parts) - 1):
        for end in (at + 2, at + 3):
            run = parts[at:end]
            if end <= len(parts) and end - at < len(parts) and run[-1] in places:
                yield places.get(run[0], places[run[-1]]), "".join(run)


def names_of(entry: Entry) -> list[str]:
    """Every name of an entry, each once: as registered, in other spellings, read from Eastern signs, nicknames."""
    written = (entry.name, *entry.spellings)
    eastern = [other for name in written if EASTERN.search(name) for other in spellings(name)]
    return [name for name in dict.fromkeys((*written, *eastern, *entry.nicknames)) if name.strip()]


def first_letters(entry: Entry) -> set[str]:
    """The initials of an entry's names: of all words, and of the first and the last."""
    found: set[str] = set()
    for name in (entry.name, *entry.spellings):
        first = [word[0].upper() for word in TOKEN.findall(name) if word.lower() not in PARTICLES]
        if len(first) > 1:
            found |= {"".join(first), first[0] + first[-1], first[-1] + first[0]}
    return found - _OTHER_LETTERS
