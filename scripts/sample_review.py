# ruff: noqa: E501 - the texts stand here as they will be read

"""The review of the two fictional editors, the two releases, and what tests may expect of the sample archive.

Who is protected, in which spellings, stands here once: decisions, expectations and the test that looks for names in
released text all come from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sample_cables import Cable, header, wrapped
from sample_events import EVENTS, key_of

BOTH = ["a.lindqvist", "m.okafor"]
GRID_CELL = 22  # the unit of a report that holds the grid reference: one unit a cell, counted from nought

# Reason and every spelling in which a person or place occurs anywhere in the archive, longest first.
PROTECTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "the laboratory's chief": (
        "source",
        (
            "t.brevcak@teshka-authority.example",
            "Teodor Brevčák",
            "Teodor Brevcak",
            "Todor Brevtchak",
            "BREVCAK, TEODOR",
            "T. Brevčák",
            "brevcak_t",
            "Brevčák",
            "Brevcak",
            "Brevchak",
            "Brevtchak",
            "Бревчаку",
            "Бревчак",
            "Teodor",
            "Todor",
        ),
    ),
    "the accountant": (
        "source",
        (
            "signe.ravndahl@brannock-sund.example",
            "s.ravndal@private-post.example",
            "Signe Ravndahl",
            "S. Ravndahl",
            "Ravndahl",
            "Ravndal",
            "Signe",
        ),
    ),
    "the prosecutor": (
        "person-at-risk",
        ("COSTINAR, MIRELA", "Mirela Costinar", "Mirella Kostinar", "Costinar", "Kostinar", "Mirela", "Mirella"),
    ),
    "the witness": ("person-at-risk", ("Hovan Istrati", "H. Istrati", "Istrati", "Istrate", "Hovan")),
    "the sister": (
        "private",
        ("j.fehrin@post-vardesk.example", "Jolanta Fehrin", "J. Fehrin", "jfehrin", "Fehrin", "Jolanta"),
    ),
    "the village": ("place", ("kremnivka_mill", "Kremnivka")),
}

# Words that would give a protected person away although they are no name.
TELLING = (
    ("*", "chief of the materials laboratory", "source"),
    ("*", "charcoal burner", "person-at-risk"),
    ("*", "burns charcoal", "person-at-risk"),
    ("*", "kiln", "person-at-risk"),
    ("*", "kilns", "person-at-risk"),
    ("05VARDESK93", "a daughter at school and a mother in the valley, downstream", "private"),
    ("05VARDESK602", "VK 4417", "private"),
    (
        "08VARDESK377",
        (
            "He went by the night bus as far as the salt works and then on foot by the path of the beet pickers; the old woman was "
            "carried on a door by two nephews; a friend of the school met them with a bread van at the second shrine, and the girl slept "
            "through all of it."
        ),
        "safety",
    ),
)

# Words of withheld names that are ordinary words elsewhere: the leak check stops at them, the editors let them pass.
ALLOWED = (("mill", "An ordinary word; it is part of a withheld name in a chat, and no village is told by it."),)

FIRST_RELEASE = (
    "98VARDESK214",
    "03VARDESK305",
    "03STENHAVEN10442",
    "03VARDESK988",
    "04VARDESK662",
    "05VARDESK93",
    "05VARDESK267",
    "05STENHAVEN18816",
    "05VARDESK602",
    "05VARDESK618",
    "06VARDESK112",
    "08VARDESK233",
)
SECOND_CABLES = (
    "99VARDESK877",
    "04VARDESK141",
    "05LISSENDRA31",
    "06VARDESK34",
    "06PORTSABEL119",
    "06STENHAVEN20519",
    "07VARDESK401",
    "07LISSENDRA44",
    "08VARDESK241",
    "08LISSENDRA27",
    "08VARDESK377",
    "09VARDESK58",
    "09VARDESK190",
    "09STENHAVEN31207",
    "09PORTSABEL210",
)
SECOND_FILES = (
    "mail/desk.mbox#6",
    "mail/desk.mbox#7",
    "mail/desk.mbox#8",
    "mail/invoice-0417.eml",
    "mail/invoice-0417.eml#1",
    "pdf/geotechnical-summary.pdf",
    "chats/flood-desk-2008-05-14.log",
    "press/2009-10-04-stenhaven-ledger.html",
    "letters/1911-04-22-teshka-waters.txt",
    "notes/field-notebook.md",
)


def landslide_key() -> str:
    """The key of the report of the landslide, which release 2 holds."""
    return next(key_of(event) for event in EVENTS if event.category == "Landslide")


def van_key() -> str:
    """The key of a report that tells what the editors withhold elsewhere; it stays in the house as a whole."""
    return next(key_of(event) for event in EVENTS if "Bread van" in event.summary)


def decisions() -> dict[str, object]:
    """`decisions.json`."""
    entries: list[dict[str, object]] = []
    for reason, spellings in PROTECTED.values():
        entries += [{"document": "*", "find": spelling, "reason": reason, "by": BOTH} for spelling in spellings]
    entries += [
        {"document": document, "find": text, "reason": reason, "by": BOTH} for document, text, reason in TELLING
    ]
    entries += [
        {
            "document": "05LISSENDRA31",
            "label": "signature",
            "reason": "private",
            "by": BOTH,
            "note": "A vice consul on a first post; nothing is gained by the name.",
        },
        {
            "document": landslide_key(),
            "coarsen": "coordinate",
            "keep": 4,
            "reason": "place",
            "by": BOTH,
            "note": "One decimal of a degree, about ten kilometres.",
        },
        *(
            {
                "document": landslide_key(),
                "span": f"{GRID_CELL}:{start}-{start + 3}",
                "reason": "place",
                "by": BOTH,
                "note": "The same of the grid reference: one digit of each half stays.",
            }
            for start in (6, 10)
        ),
        {
            "document": van_key(),
            "whole": True,
            "reason": "safety",
            "by": BOTH,
            "note": "Read beside 08VARDESK377 it gives away the road that was taken.",
        },
    ]
    return {
        "v": "unsealed-decisions/1",
        "editors": BOTH,
        "decisions": entries,
        "cleared": {"documents": "*", "by": BOTH},
        "allowed": [{"text": word, "reason": reason, "by": BOTH} for word, reason in ALLOWED],
    }


def releases() -> list[dict[str, object]]:
    """`releases.json`."""
    return [
        {
            "number": 1,
            "title": "The number seventeen",
            "date": "2011-03-01",
            "documents": list(FIRST_RELEASE),
            "story": "A dam is sold, a borehole is taken out of a report, and a geologist goes to read one number and does not come back. "
            "Twelve cables show what the diplomats of Arvenmark knew, when they knew it, and what they were told to do with it.",
        },
        {
            "number": 2,
            "title": "The hill comes down",
            "date": "2011-04-12",
            "documents": [*SECOND_CABLES, landslide_key(), *SECOND_FILES],
            "story": "On 14 May 2008 the left bank of the Teshka slid into the reservoir. The second release follows the witness, the schoolmaster "
            "and the notebook, and puts the printed report beside the letters of 1911 that forbade the dam. "
            "Letters, mails, a chat of that night and a page of figures speak next to the cables.",
        },
    ]


def _text(cable: Cable) -> str:
    return " ".join(f"{header(cable)} {wrapped(cable)}".split())


def _has(text: str) -> Callable[[Cable], bool]:
    pattern = re.compile(rf"\b{text}\b", re.IGNORECASE)
    return lambda cable: pattern.search(_text(cable)) is not None


def queries(cables: list[Cable]) -> list[dict[str, object]]:
    """Queries with the cables that must be found; documents of other kinds may be found beside them."""

    def both(*tests: Callable[[Cable], bool]) -> Callable[[Cable], bool]:
        return lambda cable: all(test(cable) for test in tests)

    asked: list[tuple[str, Callable[[Cable], bool]]] = [
        ("thermos", _has("thermos")),
        ("Plakaya", _has("plakaya")),
        ('"excellent reporting"', _has("excellent reporting")),
        ('"polished clay"', _has("polished clay")),
        ("gravel Corvid", both(_has("gravel"), _has("corvid"))),
        ("schoolmaster AND glass", both(_has("schoolmaster"), _has("glass"))),
        ("siren OR hymn", lambda cable: _has("siren")(cable) or _has("hymn")(cable)),
        ("Plakaya NOT Ostrander", lambda cable: _has("plakaya")(cable) and not _has("ostrander")(cable)),
        ("geolog*", _has(r"geolog\w*")),
        ("Karsavi date:2005-10", lambda cable: _has("karsavi")(cable) and f"{cable.created:%Y-%m}" == "2005-10"),
        (
            "date:2006..2007 type:cable Teshka",
            lambda cable: _has("teshka")(cable) and cable.created.year in {2006, 2007},
        ),
        ("ref:04VARDESK662", lambda cable: "04VARDESK662" in cable.references),
        ("tag:CASC", lambda cable: re.search(r"^TAGS:.*\bCASC\b", cable.body, re.MULTILINE) is not None),
    ]
    return [{"query": query, "cables": sorted({cable.id for cable in cables if test(cable)})} for query, test in asked]


def expectations(by_form: dict[str, list[Cable]], story: list[Cable]) -> dict[str, object]:
    """`EXPECT.json`."""
    cables = [cable for form in by_form.values() for cable in form]
    held = {cable.id for cable in cables}
    cited = sorted({ref for cable in cables for ref in cable.references} - held)
    return {
        "v": "unsealed-sample/1",
        "containers": {
            "cables/dump.csv": {
                "rows": len(by_form["csv"]) + 1,
                "cables": len(by_form["csv"]),
                "rejected": 1,
                "undecodable": ["07MIRANOS212"],
                "repeated": ["04KARNOVAR77"],
            },
            "cables/html": {"files": len(by_form["html"])},
            "cables/text": {"files": len(by_form["txt"])},
            "events/omtv-2007-2008.csv": {"rows": len(EVENTS) + 1, "reports": len(EVENTS), "rejected": 1},
            "mail/desk.mbox": {"messages": 10, "attachments": 1},
            "mail/invoice-0417.eml": {"messages": 1, "attachments": 1},
            "mail/gravel.eml": {"messages": 1, "attachments": 1},
            "mail/karsavi-to-director.eml": {"messages": 1, "attachments": 1},
            "mail/drawer.eml": {"messages": 2, "attachments": 0},
            "mail/names.eml": {"messages": 1, "attachments": 0},
        },
        "cables": {form: [cable.id for cable in found] for form, found in by_form.items()},
        "story": [cable.id for cable in story],
        "references": {cable.id: cable.references for cable in cables if cable.references},
        "missing": cited,
        "protected": {who: {"reason": reason, "spellings": list(names)} for who, (reason, names) in PROTECTED.items()},
        "queries": queries(cables),
        "quarantine": [
            {"path": "cables/dump.csv", "code": "C-ROW-WIDTH", "why": "one row has seven columns"},
            {"path": "events/omtv-2007-2008.csv", "code": "E-WIDTH", "why": "one row has fourteen cells"},
            {"path": "pdf/interim-report.pdf", "why": "cut short: neither cross-reference table nor trailer"},
            {"path": "misc/seismo-0514.bin", "why": "a type that nobody knows"},
        ],
        "quarantine_or_warning": [
            {
                "path": "mail/broken.eml",
                "why": "no closing boundary, base64 cut inside a group, a charset that does not exist, NUL and bare bytes",
            },
        ],
        "no_text": [{"path": "pdf/gate-register-scan.pdf", "why": "one bilevel picture, no text layer: needs OCR"}],
        "duplicates": [["letters/1911-04-22-teshka-waters.txt", "misc/copy of treaty letter.txt"]],
        "encodings": {"notes/cuttings.txt": "cp1252", "notes/translator.txt": "utf-16"},
        "forged": {
            "file": "forged/05VARDESK611.txt",
            "id": "05VARDESK611",
            "quoted_in": "press/2009-10-19-orsenian-banner.html",
        },
        "quotations": {
            "press/2009-10-04-stenhaven-ledger.html": {
                "kind": "correct",
                "cites": ["04VARDESK662", "05VARDESK618", "08VARDESK233"],
            },
            "press/2009-10-11-malurian-observer.html": {
                "kind": "altered",
                "cites": ["05VARDESK618", "06VARDESK112", "08VARDESK233"],
            },
            "press/2009-10-19-orsenian-banner.html": {"kind": "invented", "cites": ["05VARDESK611", "05VARDESK618"]},
        },
    }
