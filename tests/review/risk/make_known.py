"""Make `known.jsonl` and `known-register.json`: the half of the labelled set that was written beside the rules. Fiction.

    python tests/review/risk/make_known.py

Names, sentences and register are made up here. Labels are written into the text as `<type|words>` and taken out again.
"""

# ruff: noqa: E501, SIM905 - lists of words, one line each
from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DOCUMENTS = 210
_LABEL = re.compile(r"<([a-z-]+)(?::(\w+))?\|([^<>]*)>")

GIVEN = """
Esteban Marisela Otoniel Yesenia Kwadwo Adwoa Babajide Nnenna Chukwudi Wairimu Kipkemboi Nyokabi Tsehay Desta Abdinasir Hibaq
Mouhamadou Ndeye Souleiman Rokhaya Thulani Zodwa Tafadzwa Rutendo Marwan Hanadi Qusay Ibtisam Ruhollah Mahvash Behnam Setareh
Cengiz Nurcan Tolga Berna Zaza Manana Artak Siranush Nazarbek Aizhan Jamshid Gulnoza Zalmay Shukria Harbhajan Sunita Subramaniam
Lakshmi Shahidul Nasima Dinesh Kumudu Thiha Khin Somboon Ratchanee Quoc Bich Bayu Ratna Rodrigo Maricel Guowei Xiaoyan Takeshi
Michiko Dong-hyun Soo-min Bogdan Radmila Wojciech Halina Oleksandr Svitlana Mindaugas Rasa Torbjorn Solveig Pekka Aino Baudouin
Mathilde Giancarlo Ornella Joaquim Leonor Klaus-Peter Gudrun Desmond Philippa Wendell Lurleen Sione Mele Losaline Tearii
""".split()
SURNAME = """
Quintanilla Huamani Sotomayor Ayllon Asamoah Ofori-Atta Adeyinka Okonjo Nwankwo Githongo Chepkwony Woldegiorgis Abdisalam Mbodj
Camara Ngubane Mahlangu Chikwanha Mutasa al-Tamimi al-Rifai Barghash Haddadin Khorasani Tabatabai Farahani Yilmazer Karabulut
Beridze Gogoladze Hakobyan Petrosyan Abdrakhmanov Seitova Yuldashev Rakhimova Popalzai Hotak Dhaliwal Venkataraman Krishnamurthy
Chowdhury Bhattacharya Weerasinghe Maung-Aye Tun-Lwin Suwannarat Phongsavan Truong Dinh Wirawan Kusumawati Dimaculangan Macaraeg
Ouyang Sima Hayashibara Kuroiwa Namkoong Seonwoo Mihajlovski Stankovic Brzezicki Wisniewska Kovalchuk Lysenko Kazlauskas
Jankauskiene Halvorsen Lindqvist Makinen Korhonen Vandenbroucke Delacroix Bonaventura Scarpetta Figueiredo Vasconcelos
Eichenhofer Brandstetter Featherstonehaugh Cholmondeley Thibodeaux Hollowhorn Fakatava Tupou Teriipaia Leiataua
""".split()
PLACES = """
Port Verrin|Karsand|Ilmenau Bridge|Tessaly Gorge|Omorate|Lake Benzu|Fort Calder|Nadezhda Quay|Upper Solwezi|Marjah Crossing|Dorvan|Kuttan
""".strip().split("|")
BODIES = (
    """
Ministry of Fisheries|National Assembly|Verrin Port Authority|Red Crescent|Bank of Dorvan|Northern Alliance for Reform|Interior Ministry
Karsand Cement Company|Electoral Commission|Supreme Court|State Oil Fund|Customs Service|Dorvan Daily Mirror|Union of Dockers
""".strip()
    .replace("\n", "|")
    .split("|")
)
ROLES = "opposition leader|deputy minister|harbour master|journalist|trade unionist|district judge|police colonel|bank clerk|doctor|interpreter".split(
    "|"
)
TITLES = "Minister|Dr.|Colonel|Mrs.|Ambassador|Professor|Judge|Sheikh|Captain|Senator|Mr.|Governor".split("|")
PROTECT = (
    """
(strictly protect)|(please protect)|(protect)|(please protect source)|(strictly protect throughout)|(protect source)|(please strictly protect)
(protect identity)|(please protect name)|(source protect)
""".strip()
    .replace("\n", "|")
    .split("|")
)
PROTECT_SENTENCE = """
Please <protect-phrase|protect his identity>.
He <protect-phrase|asked not to be named>.
She spoke <protect-phrase|on condition of anonymity>.
This was said <protect-phrase|in strict confidence>.
<protect-phrase|Please protect>.
The contact <protect-phrase|must not be identified>.
""".strip().split("\n")

CABLE = """
{F} told Poloff on {D} that the {B} had not paid its staff since {M}.
{T} {F} met the Ambassador in {L}. {S} said that talks with the {B} had failed.
According to {R} {F}, the {B} will move its office from {L} to {L2} next year.
{F} {P} described the meeting as a waste of time. {S} added that nobody at the {B} believed the figures.
The delegation was led by {T} {F}; {F2} and {F3} took notes.
{F}, a {R}, denied the charge. {S}'s lawyer, {F2}, called it absurd.
In {L}, {R} {F} was arrested on {D} together with {F2}.
{F} complained to Emboff that the {B} had frozen the account of {F2}.
Comment: {S} is close to {T} {F2} and cannot be trusted on fisheries. End comment.
The {B} announced a tender for the bridge at {L} worth 4.5 million dollars.
Rice prices in {L} rose by 12 percent in {M}, the {B} reported.
{F} {P}, who works at the {B}, handed us the list. {Q}
Asked about {L}, {S} replied that {T} {F2} would decide.
""".strip().split("\n")
MAIL = """
I spoke to {F} at the {B} this morning and {S} will send the papers.
Please do not tell {F}; his wife {F2} still works for the {B}.
{G} called from {L}: the meeting with {T} {S2} is off.
The invoice of the {B} for {M} is attached, number 2009-{N}.
Call me on <phone|{PHONE}> or write to <email|{EMAIL}>.
The money goes to <iban|{IBAN}>, not to the card <card|{CARD}>.
{F} was diagnosed with <health|diabetes> last year and needs help every day.
Her passport number is <passport|{PASS}>, issued in {L}.
She lives at <address|{N2} {STREET} Street, {L}>.
My user name there is <username|{USER}>.
{Q}
""".strip().split("\n")
EVENT = """
Patrol stopped a white van with licence plate <plate|{PLATE}> at {L}. Driver: {F}.
At {N4} hours a <minor|{AGE}-year-old girl>, {F}, was taken to the clinic of the {B}.
IED found at grid <coordinate|{GRID}>. No casualties. EOD called.
Witness {F} said that {F2} had been seen near {L}.
Detainee {F} gave the name of his brother, {F2}, and asked for {T} {F3}.
Position <coordinate|{LATLON}>, wind north, visibility 2 km.
Reported by {F}. Informed: {F2}, {F3}.
Convoy of the {B} left {L} for {L2} with 14 trucks. Nothing to report.
{F} {P} says the cache lies behind the school in {L}.
Victim: {F}, shot in the leg, evacuated to {L}.
""".strip().split("\n")
REGISTER = [
    {
        "id": "R1",
        "name": "Anneliese Vorbeck",
        "spellings": [],
        "nicknames": ["Nightingale"],
        "titles": ["Dr."],
        "ids": ["K4419027"],
    },
    {"id": "R2", "name": "Yevgeny Malashenko", "spellings": [], "nicknames": [], "titles": [], "ids": []},
    {"id": "R3", "name": "Abd al-Karim al-Hashidi", "spellings": [], "nicknames": [], "titles": ["Sheikh"], "ids": []},
    {
        "id": "R4",
        "name": "Marie-Claire Dubuisson",
        "spellings": [],
        "nicknames": [],
        "titles": [],
        "ids": ["+33 6 12 00 98 76"],
    },
    {"id": "R5", "name": "Σταύρος Καραγιάννης", "spellings": [], "nicknames": [], "titles": [], "ids": []},
    {"id": "R6", "name": "Þórdís Hallgrímsdóttir", "spellings": [], "nicknames": [], "titles": [], "ids": []},
]
MENTIONS = [
    *(("R1", one) for one in ("Anneliese Vorbeck", "VORBECK, Anneliese", "A. Vorbeck", "Vorbeck", "Annelise Vorbeck", "Annelie-\nse Vorbeck", "Vor-\nbeck", "Nightingale", "K4419027", "Анелизе Ворбек", "Anneliese\nVorbeck")),
    *(("R2", one) for one in ("Yevgeny Malashenko", "Evgenii Malashenko", "Евгений Малашенко", "Малашенко", "Y. Malashenko", "Malaschenko", "MALASHENKO", "Jewgenij Malaschenko", "يفغيني مالاشينكو")),
    *(("R3", one) for one in ("Abd al-Karim al-Hashidi", "Abdulkarim al-Hashidi", "Abdelkrim El Hachidi", "عبد الكريم الحاشدي", "al-Hashidi", "Abd-al-Karim al-Hashidi")),
    *(("R4", one) for one in ("Marie-Claire Dubuisson", "Marie Claire Dubuisson", "M.-C. Dubuisson", "Dubuisson", "DUBUISSON Marie-Claire", "+33 6 12 00 98 76", "Dubuison")),
    *(("R5", one) for one in ("Stavros Karagiannis", "Σταύρος Καραγιάννης", "Stavros Karayannis", "Karagiannis", "S. Karagiannis")),
    *(("R6", one) for one in ("Thordis Hallgrimsdottir", "Þórdís Hallgrímsdóttir", "Hallgrímsdóttir", "HALLGRIMSDOTTIR, Thordis")),
]  # fmt: skip


class Author:
    """Draws names and values; fills the frames."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.mentions = list(MENTIONS)

    def name(self) -> tuple[str, str]:
        """A given name and a surname."""
        return self.random.choice(GIVEN), self.random.choice(SURNAME)

    def sentence(self, frame: str) -> str:
        """A frame with everything filled in."""
        pick = self.random
        given, surname = self.name()
        other, third = " ".join(self.name()), " ".join(self.name())
        values = {
            "F": f"<person|{given} {surname}>", "S": f"<person|{surname}>", "G": f"<person|{given}>", "F2": f"<person|{other}>",
            "F3": f"<person|{third}>", "S2": f"<person|{third.split()[1]}>", "T": pick.choice(TITLES), "R": pick.choice(ROLES),
            "B": pick.choice(BODIES), "L": pick.choice(PLACES), "L2": pick.choice(PLACES), "D": f"{pick.choice(MONTHS)} {pick.randrange(1, 28)}",
            "M": pick.choice(MONTHS), "P": f"<protect-phrase|{pick.choice(PROTECT)}>", "Q": pick.choice(PROTECT_SENTENCE),
            "N": str(pick.randrange(1000, 9999)), "N2": str(pick.randrange(2, 190)), "N4": f"{pick.randrange(0, 23):02d}{pick.randrange(0, 59):02d}",
            "PHONE": f"+{pick.randrange(20, 99)} {pick.randrange(100, 999)} {pick.randrange(100, 999)} {pick.randrange(1000, 9999)}",
            "EMAIL": f"{given.lower().replace('-', '.')}.{surname.lower().replace('al-', '')}@verrin.example", "IBAN": iban(pick), "CARD": card(pick),
            "PASS": f"{pick.choice('ABCEKLM')}{pick.randrange(1000000, 9999999)}", "STREET": pick.choice(("Harbour", "Linden", "Quarry", "Acacia")),
            "USER": f"{given.lower().replace('-', '')}_{pick.randrange(10, 99)}", "PLATE": f"{pick.choice('ABCDK')}{pick.choice('LMNP')} {pick.randrange(1000, 9999)}",
            "AGE": str(pick.randrange(6, 17)), "GRID": f"38SMB {pick.randrange(1000, 9999)} {pick.randrange(1000, 9999)}",
            "LATLON": f"{pick.randrange(10, 60)}°{pick.randrange(10, 59)}'N {pick.randrange(10, 99)}°{pick.randrange(10, 59)}'E",
        }  # fmt: skip
        return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], frame)

    def registered(self) -> str:
        """A sentence that names somebody of the register, each variant in turn."""
        entry, words = self.mentions.pop(0)
        self.mentions.append((entry, words))
        frame = self.random.choice(
            (
                "We heard from <X> that the ship was late.",
                "The list was signed by <X> in Karsand.",
                "On Monday <X> left for the coast.",
            )
        )
        return frame.replace("<X>", f"<registered:{entry}|{words}>")


MONTHS = "January February March April May June July August September October November December".split()


def iban(pick: random.Random) -> str:
    """A German account number with valid check digits."""
    account = f"{pick.randrange(10**17, 10**18)}"
    check = 98 - int(account + "131400") % 97
    plain = f"DE{check:02d}{account}"
    return " ".join(plain[at : at + 4] for at in range(0, len(plain), 4))


def card(pick: random.Random) -> str:
    """A card number with a valid check digit."""
    digits = f"4{pick.randrange(10**13, 10**14)}"
    total = sum(int(d) if at % 2 else sum(divmod(2 * int(d), 10)) for at, d in enumerate(digits))
    plain = digits + str(-total % 10)
    return " ".join(plain[at : at + 4] for at in range(0, 16, 4))


def cable(author: Author, number: int) -> str:
    """A telegram."""
    pick = author.random
    given, surname = author.name()
    tag_given, tag_surname = author.name()
    subject = pick.choice(
        ("FISHERIES TALKS STALL", "ELECTIONS: A QUIET WEEK", "PORT STRIKE ENDS", "NEW TARIFFS ON CEMENT")
    )
    head = f"""CONFIDENTIAL VERRIN {number:06d}
SIPDIS
E.O. 12958: DECL: 04/05/2013
TAGS: PREL, PGOV, EFIN, VR (<person|{tag_surname}, {tag_given}>)
SUBJECT: {subject}
REF: A. 03 KARSAND 212

Classified By: Political Counselor <person|{given} {surname}>; reasons 1.4 (b) and (d).
"""
    parts = [head]
    for paragraph in range(1, pick.randrange(3, 6)):
        sentences = [author.sentence(pick.choice(CABLE)) for _ in range(pick.randrange(1, 4))]
        sentences += [author.registered()] if pick.random() < 0.35 else []
        parts.append(f"{paragraph}. (C) {' '.join(sentences)}\n")
    return "\n".join(parts) + f"\n<person|{author.name()[1].upper()}>\n"


def mail(author: Author, _number: int) -> str:
    """A mail."""
    (given, surname), (to_given, to_surname) = author.name(), author.name()
    body = [author.sentence(author.random.choice(MAIL)) for _ in range(author.random.randrange(2, 6))]
    body += [author.registered()] if author.random.random() < 0.4 else []
    return f"""From: <person|{given} {surname}> <LT><email|{given.lower()}@dorvan.example><GT>
To: "<person|{to_surname}, {to_given}>" <LT><email|{to_given.lower()}@karsand.example><GT>
Date: Tue, 4 Mar 2008 10:12:31 +0200
Subject: Fisheries and the rest

Dear <person|{to_given}>,

{chr(10).join(body)}

Best regards,
<person|{given}>
"""


def event(author: Author, number: int) -> str:
    """A report of an incident."""
    lines = [author.sentence(author.random.choice(EVENT)) for _ in range(author.random.randrange(2, 6))]
    lines += [author.registered()] if author.random.random() < 0.3 else []
    return (
        f"INCIDENT {number:04d} / {author.random.choice(PLACES)}\nTime: {author.random.randrange(10, 23)}15Z\n\n"
        + "\n".join(lines)
        + "\n"
    )


def labelled(marked: str, *, capitals: bool) -> tuple[str, list[dict[str, Any]]]:
    """The text without its markup, and the labels."""
    text, labels, at = "", [], 0
    for match in _LABEL.finditer(marked):
        text += marked[at : match.start()]
        words = match[3]
        one: dict[str, Any] = {"start": len(text), "end": len(text) + len(words), "type": match[1]}
        labels.append(one | ({"entry": match[2]} if match[2] else {}))
        text += words
        at = match.end()
    text += marked[at:]
    upper = "".join(c.upper() if len(c.upper()) == 1 else c for c in text)
    return (upper if capitals else text), labels


def main() -> None:
    """Write both files."""
    author = Author(4)
    lines = []
    for number in range(DOCUMENTS):
        kind, write = (("cable", cable), ("mail", mail), ("event", event))[number % 3]
        capitals = (number // 3) % 2 == 0
        marked = write(author, number + 1).replace("<LT>", "\x01").replace("<GT>", "\x02")
        text, labels = labelled(marked, capitals=capitals)
        text = text.replace("\x01", "<").replace("\x02", ">")
        lines.append(
            json.dumps(
                {"id": f"k{number:03d}", "kind": kind, "capitals": capitals, "text": text, "labels": labels},
                ensure_ascii=False,
            )
        )
    (HERE / "known.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (HERE / "known-register.json").write_text(
        json.dumps(REGISTER, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
