"""The fictional foreign service: its posts, the countries they sit in, and who there is to talk to.

None of these places exists. The cast of a post is drawn from the seed once, so that the same people come back in
all of its cables.
"""

from __future__ import annotations

import random
from typing import NamedTuple


class Post(NamedTuple):
    """A post of the service. `label` is the origin as the dump writes it, `address` as header lines do."""

    station: str
    label: str
    address: str
    indicator: str
    country: str
    tag: str
    cities: tuple[str, ...]


def _embassy(station: str, name: str, code: str, country: str, tag: str, *cities: str) -> Post:
    return Post(station, f"Embassy {name}", f"AMEMBASSY {station}", f"RUEH{code}", country, tag, cities)


def _consulate(station: str, code: str, country: str, tag: str, *cities: str) -> Post:
    return Post(station, f"Consulate {station.title()}", f"AMCONSUL {station}", f"RUEH{code}", country, tag, cities)


POSTS = {
    post.station: post
    for post in (
        _embassy("VARDESK", "Vardesk", "VS", "Orsenia", "OR", "Vardesk", "Lissendra", "Tarn Mokra"),
        _consulate("LISSENDRA", "LI", "Orsenia", "OR", "Lissendra", "Upper Dolany", "Salt Works"),
        _embassy("PORTSABEL", "Port Sabel", "PS", "Maluria", "MV", "Port Sabel", "Estermouth", "Nine Wells"),
        Post(
            "STENHAVEN",
            "Department of External Affairs",
            "SECDEPT STENHAVEN",
            "RUEHST",
            "Arvenmark",
            "AV",
            ("Stenhaven", "Harrowby Sound", "Kalvika"),
        ),
        _consulate("QUELLBAY", "QB", "Quellbay", "QB", "Saint Aldo", "Fort Quell", "Lantern Cay"),
        _embassy("TELLMARK", "Tellmark", "TM", "the Tellmark Cantons", "TE", "Tellmark", "Obersand", "Vierlinden"),
        _embassy("MIRANOS", "Miranos", "MR", "Alvera", "AL", "Miranos", "Costa Brena", "Pontegrave"),
        _embassy("THURABAD", "Thurabad", "TH", "Qarestan", "QR", "Thurabad", "Deh Marun", "Shahr-e Talkh"),
        _embassy("KARNOVAR", "Karnovar", "KV", "Zelmira", "ZM", "Karnovar", "Bystrogorsk", "Polvena"),
        _embassy("ASKERIA", "Askeria", "AS", "Askeria", "AK", "Askeria", "Hammat Zor", "Wadi Sirhal"),
        _embassy("JORVANDA", "Jorvanda", "JV", "the Jorva Republic", "JR", "Jorvanda", "Kisanga Falls", "Mbelo"),
        _embassy("NESSELHOLM", "Nesselholm", "NH", "Nessland", "NE", "Nesselholm", "Fiskersund", "Gammelvik"),
    )
}

FIRST = (
    "Aldo",
    "Birgit",
    "Cosmin",
    "Dagny",
    "Emrik",
    "Fenna",
    "Gustav",
    "Halina",
    "Ioan",
    "Jarmila",
    "Kasimir",
    "Lene",
    "Matteus",
    "Nerea",
    "Olek",
    "Petra",
    "Quirin",
    "Ragna",
    "Stellan",
    "Tamsin",
    "Ulrika",
    "Vasil",
    "Wanda",
    "Xavier",
    "Yelka",
    "Zdenko",
    "Amadou",
    "Bashira",
    "Farid",
    "Nadir",
    "Samira",
    "Tariq",
)
LAST = (
    "Abendroth",
    "Brandeis",
    "Calloway",
    "Drummer",
    "Eskander",
    "Falkenau",
    "Grimaldo",
    "Hovmand",
    "Ibsley",
    "Jorgan",
    "Kesselring",
    "Lindemar",
    "Moravet",
    "Nystad",
    "Oberlin",
    "Pavlenka",
    "Quistgaard",
    "Rosenau",
    "Silvan",
    "Tarkan",
    "Umbriel",
    "Valcourt",
    "Westerby",
    "Yarrow",
    "Zeman",
    "Ndiallo",
    "Okonjor",
    "Rahmati",
    "Sabri",
    "Teshome",
)
COMPANIES = (
    "Consorzio Alvera",
    "Thurabad Heavy Works",
    "Nordlys Freight",
    "Pelikan Holding",
    "Three Rivers Trading",
    "Hammat Zor Cement",
    "Ostkap Telefon",
    "Meridian Grain",
)
PAPERS = ("Morning Post of the Coast", "Free Word", "New Ledger", "Lantern", "Evening Bell", "Northern Mirror")
PARTIES = ("People's Union", "Agrarian League", "Party of Order", "Renewal", "Liberal Bloc", "Workers' List")
OFFICERS = (
    "Ingmar Solvang",
    "Clara Whitcombe",
    "Tore Hagelund",
    "Beatrix Amsel",
    "Marius Oldenholm",
    "Sunniva Brack",
    "Edvard Lund-Perrin",
    "Rosalind Teague",
)


class Cast(NamedTuple):
    """The people and parties of one post's cables."""

    officials: tuple[str, ...]
    parties: tuple[str, str]
    paper: str
    officer: str


def casts(seed: int) -> dict[str, Cast]:
    """One cast for each post."""
    source = random.Random(f"casts {seed}")
    found = {}
    for station in POSTS:
        names = tuple(
            f"{first} {last}" for first, last in zip(source.sample(FIRST, 6), source.sample(LAST, 6), strict=True)
        )
        first, second = source.sample(PARTIES, 2)
        found[station] = Cast(names, (first, second), source.choice(PAPERS), source.choice(OFFICERS))
    return found
