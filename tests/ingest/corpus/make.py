# ruff: noqa: E501 - tables of lines as telegrams have them
"""Writes `own/*.jsonl`: hard telegrams, each with one fault that the format's page names, and what is right for it.

Everything is invented but the names of cities. Run `python -m tests.ingest.corpus.make` after a change of the tables;
a test holds the files against them. `blind/*.jsonl` is not made here: it was written without sight of the rules.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Case = dict[str, Any]

# post, year, serial, day of the month, month, its number, day of the year
POSTS = [
    ("BERN", "05", "123", "05", "APR", 4, 95), ("TALLINN", "08", "1187", "17", "NOV", 11, 322),
    ("LIMA", "06", "2341", "29", "JUN", 6, 180), ("ACCRA", "07", "56", "11", "JAN", 1, 11),
    ("COLOMBO", "04", "905", "02", "MAR", 3, 62), ("ANKARA", "03", "7712", "30", "DEC", 12, 364),
    ("KUWAIT", "09", "410", "21", "APR", 4, 111), ("LUSAKA", "02", "88", "14", "FEB", 2, 45),
    ("HELSINKI", "09", "321", "08", "SEP", 9, 251), ("QUITO", "05", "2019", "25", "AUG", 8, 237),
]  # fmt: skip
SUBJECTS = [
    "THE HARBOR BILL STALLS AGAIN", "GRAIN QUOTAS: A SECOND ROUND", "CENSUS DELAYED BY TWO YEARS",
    "NEW RULES FOR THE LAKE FLEET", "OPPOSITION SPLITS OVER BUDGET", "MINISTER ON RAIL CORRIDOR",
]  # fmt: skip
SIGNERS = ["ORMONDE", "HALLAM", "PREWETT", "STAVELY", "KINROSS", "DUNMORE"]


class Telegram:
    """The parts of one telegram; a case changes one of them."""

    def __init__(self, number: int) -> None:
        post, year, serial, day, month, month_number, of_year = POSTS[number % len(POSTS)]
        self.number, self.post, self.year, self.serial = number, post, year, serial
        self.day_of_year = of_year
        self.dtg = f"O R {day}1705Z {month} {year}"
        self.sent = f"20{year}-{month_number:02d}-{day}T17:05Z"
        self.word, self.spaced = "CONFIDENTIAL", "C O N F I D E N T I A L"
        self.banner = f"{self.spaced} {post} {int(serial):06d} "
        self.caption = "SIPDIS \n\n"
        self.passing = ""
        self.eo = f"E.O. 12958: DECL: {month_number:02d}/{day}/20{int(year) + 10:02d} "
        self.declassify = f"20{int(year) + 10:02d}-{month_number:02d}-{day}"
        self.tags_line, self.tags = "TAGS: PREL, PGOV, EAGR, CH", ["PREL", "PGOV", "EAGR", "CH"]
        self.subject = SUBJECTS[number % len(SUBJECTS)]
        self.subject_line = f"SUBJECT: {self.subject} "
        self.refs_block, self.refs = f"REF: {post} 12 \n\n", [f"{year}{post}12"]
        self.classby = "Classified By: POL Counselor Rhea Tallis for reasons 1.4 (b) and (d). \n\n"
        self.body = (
            "1. (C) SUMMARY: The deputy minister told us on Monday that the \nbill would wait. END SUMMARY. \n\n"
            "2. (C) He named no date. The committee meets again in May. \n\n3. (SBU) COMMENT: We expect little. END COMMENT.\n"
        )
        self.signer = SIGNERS[number % len(SIGNERS)]
        self.tail = f"{self.signer}\n"
        self.end = f"BT\n#{int(serial):04d}\n\nNNNN\n"
        self.header: str | None = None
        self.source_id = f"{year}{post}{serial}"
        self.id = self.source_id
        self.text_part = self.page_refs = ""

    def head(self) -> str:
        """The header block, down to BT."""
        if self.header is not None:
            return self.header
        return (
            f"VZCZCXRO{self.number:04d}\nOO RUEHC RUEHRG\nDE RUEHSW #{int(self.serial):04d}/01 {self.day_of_year:03d}1705\n"
            f"ZNY CCCCC ZZH\n{self.dtg}\nFM AMEMBASSY {self.post}\nTO RUEHC/SECSTATE WASHDC IMMEDIATE 4321\n"
            "INFO RUEHZL/EUROPEAN POLITICAL COLLECTIVE\nRUEHGV/USMISSION GENEVA PRIORITY 0012\nBT\n"
        )

    def below(self) -> str:
        """Banner, labelled lines and body."""
        labelled = f"{self.eo}\n{self.tags_line}\n{self.subject_line}\n\n{self.refs_block}{self.classby}"
        return f"{self.banner}\n\n{self.caption}{self.passing}{labelled}{self.body}{self.tail}{self.end}"

    def expect(self) -> dict[str, Any]:
        """What is right for it."""
        return {
            "id": self.id, "subject": self.subject, "tags": self.tags, "refs": self.refs, "signer": self.signer,
            "declassify": self.declassify, "class": self.word, "date": self.sent,
        }  # fmt: skip

    def text(self) -> str:
        """As a text file."""
        return self.head() + self.below()

    def row(self) -> str:
        """As a row of the dump."""
        cells = [
            str(1000 + self.number), f"{int(self.sent[5:7])}/{int(self.sent[8:10])}/{self.sent[:4]} 17:05",
            self.source_id, f"Embassy {self.post.title()}", self.word, self.page_refs, self.head(), self.below(),
        ]  # fmt: skip
        return (
            ",".join('"' + c.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\\n") + '"' for c in cells)
            + "\n"
        )

    def html(self) -> str:
        """As a published page."""
        cells = "".join(
            f"<td><a href='/x'>{cell}</a></td>"
            for cell in (self.source_id, self.sent[:10] + " 17:17", self.word, f"Embassy {self.post.title()}")
        )
        heads = "".join(f"<th>{name}</th>" for name in ("Reference ID", "Created", "Classification", "Origin"))
        blocks = "".join(
            "<code><pre>" + block.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "&#x000A;") + "</pre></code>"
            for block in (self.head(), self.below())
        )
        return f"<html><body><table class='cable'><tr>{heads}</tr><tr>{cells}</tr></table>{blocks}</body></html>\n"


# The line or lines, and the tags that stand there.
TAGS: list[tuple[str, list[str]]] = [
    ("TAGS: ECONCS", ["ECON", "CS"]),
    ("TAGS: PRELPGOV, SZ", ["PREL", "PGOV", "SZ"]),
    ("TAGS: KFRDKIRFCVISCMGTKOCICASCPHUMSMIGGH", ["KFRD", "KIRF", "CVIS", "CMGT", "KOCI", "CASC", "PHUM", "SMIG", "GH"]),
    ("TAGS: PGOVPRELKDEM ECON SN", ["PGOV", "PREL", "KDEM", "ECON", "SN"]),
    ("TAGS PREL, PGOV, MASS", ["PREL", "PGOV", "MASS"]),
    ("TAG: PREL, PGOV, MASS", ["PREL", "PGOV", "MASS"]),
    ("TAGE S: PREL, PGOV", ["PREL", "PGOV"]),
    ("TGS: PREL, PGOV", ["PREL", "PGOV"]),
    ("TABS: PREL, PGOV", ["PREL", "PGOV"]),
    ("AGS: PREL, PGOV", ["PREL", "PGOV"]),
    ("TAGS: PREL PGOV MARR KPAO", ["PREL", "PGOV", "MARR", "KPAO"]),
    ("TAGS: PREL; PGOV; MARR", ["PREL", "PGOV", "MARR"]),
    ("TAGS: PREL,PGOV,MARR,", ["PREL", "PGOV", "MARR"]),
    ("TAGS: PREL, PGOV, PREL, TU, PGOV", ["PREL", "PGOV", "TU"]),
    ("TAGS: PREL, PGOV,\nMARR, MASS,\nTU", ["PREL", "PGOV", "MARR", "MASS", "TU"]),
    ("TAGS: PREL, PGOV\nMARR MASS TU", ["PREL", "PGOV", "MARR", "MASS", "TU"]),
    ("TAGS: PREL, PGOV\nMARR, MASS, TU", ["PREL", "PGOV", "MARR", "MASS", "TU"]),
    ("TAGS: prel, pgov, Econ", ["PREL", "PGOV", "ECON"]),
    ("TAGS: PREL, PGOV, SIPDIS", ["PREL", "PGOV"]),
    ("TAGS: PREL, PGOV, OVIP (HARLOW, EDNA), UK", ["PREL", "PGOV", "OVIP (HARLOW, EDNA)", "UK"]),
    ("TAGS: PREL, OVIP\n(HARLOW, EDNA), UK", ["PREL", "OVIP (HARLOW, EDNA)", "UK"]),
    ("TAGS: OVIP(HARLOW, EDNA), UK", ["OVIP(HARLOW, EDNA)", "UK"]),
    ("TAGS: PREL, HARLOW, EDNA, UK", ["PREL", "HARLOW, EDNA", "UK"]),
    ("TAGS: PREL, (HARLOW, EDNA), UK", ["PREL", "(HARLOW, EDNA)", "UK"]),
    ("TAGS: PHUM, HUMAN RIGHTS, SOCI, BO", ["PHUM", "HUMAN RIGHTS", "SOCI", "BO"]),
    ("TAGS: PTER, COUNTER TERRORISM, ASEC", ["PTER", "COUNTER TERRORISM", "ASEC"]),
    ("TAGS: UNSC, NATO, EUN, OSCE, PREL", ["UNSC", "NATO", "EUN", "OSCE", "PREL"]),
    ("TAGS: PREL, PGOV, XQZV", ["PREL", "PGOV", "XQZV"]),
    ("TAGS:PREL,PGOV", ["PREL", "PGOV"]),
    ("TAGS:   PREL  ,  PGOV  ", ["PREL", "PGOV"]),
    ("TAGS: PREL, PGOV.", ["PREL", "PGOV"]),
    ("TAGS: \nPREL, PGOV, KNNP", ["PREL", "PGOV", "KNNP"]),
    ("TAGS: PREL, PGOV, KNNP, \n     ENRG, TRGY", ["PREL", "PGOV", "KNNP", "ENRG", "TRGY"]),
    ("TAGS: PREL/PGOV/ECON", ["PREL", "PGOV", "ECON"]),
    ("TAGS:  AF ECON EFIN PGOV PREL KDEM", ["AF", "ECON", "EFIN", "PGOV", "PREL", "KDEM"]),
    ("TAGS: N/A", []),
    ("TAGS: PARM, CWC, OPCW, CDG", ["PARM", "CWC", "OPCW", "CDG"]),
    ("TAGS: PREL, PGOV\n, MARR", ["PREL", "PGOV", "MARR"]),
    ("TAGS: EFIN ECON, EINV ETRD, NU", ["EFIN", "ECON", "EINV", "ETRD", "NU"]),
    ("TAGS: SNARPREL", ["SNAR", "PREL"]),
]  # fmt: skip

# The lines up to the blank line, and the subject.
SUBJECT_LINES: list[tuple[str, str]] = [
    ("SUBJECT: THE FERRY CONTRACT GOES\nTO A SECOND TENDER ", "THE FERRY CONTRACT GOES TO A SECOND TENDER"),
    ("SUBJECT: THE FERRY CONTRACT GOES\n         TO A SECOND\n         TENDER ", "THE FERRY CONTRACT GOES TO A SECOND TENDER"),
    ("SUBJECT: (C) FERRY CONTRACT ", "FERRY CONTRACT"),
    ("SUBJECT: (C/NF) FERRY CONTRACT ", "FERRY CONTRACT"),
    ("SUBJECT: (SBU) FERRY CONTRACT (PART TWO) ", "FERRY CONTRACT (PART TWO)"),
    ("SUBJ: FERRY CONTRACT ", "FERRY CONTRACT"),
    ("SUBJECT FERRY CONTRACT ", "FERRY CONTRACT"),
    ("UBJECT: FERRY CONTRACT ", "FERRY CONTRACT"),
    ("SUBJECT:FERRY CONTRACT ", "FERRY CONTRACT"),
    ("SUBJECT:\nFERRY CONTRACT ", "FERRY CONTRACT"),
    ("SUBJECT: FERRY CONTRACT: WHO PAYS? ", "FERRY CONTRACT: WHO PAYS?"),
    ("SUBJECT: FERRY CONTRACT -- MINISTER'S \"LAST\" WORD ", "FERRY CONTRACT -- MINISTER'S \"LAST\" WORD"),
    ("SUBJECT: TO BE OR NOT: FERRY\nTO THE ISLANDS ", "TO BE OR NOT: FERRY TO THE ISLANDS"),
    ("SUBJECT: FERRY CONTRACT,\nSECRET BIDS AND\nPRICES ", "FERRY CONTRACT, SECRET BIDS AND PRICES"),
    ("SUBJECT: FERRY CONTRACT\nFM GUIDE FOR THE\nCREW ", "FERRY CONTRACT FM GUIDE FOR THE CREW"),
    ("SUBJECT: Ferry Contract in Mixed Case ", "Ferry Contract in Mixed Case"),
    ("subject: ferry contract ", "ferry contract"),
    ("SUBJECT: FERRY CONTRACT OF MAY 3, 2004 ", "FERRY CONTRACT OF MAY 3, 2004"),
    ("SUBJECT: 2004 FERRY CONTRACT ", "2004 FERRY CONTRACT"),
    ("SUBJECT: FERRY CONTRACT\n2004-2005 ", "FERRY CONTRACT 2004-2005"),
    ("SUBJECT: FERRY & RAIL CONTRACT ", "FERRY & RAIL CONTRACT"),
    ("FERRY CONTRACT WITHOUT A LABEL ", "FERRY CONTRACT WITHOUT A LABEL"),
    ("SUBJECT: FERRY CONTRACT\nSTATE OF PLAY ", "FERRY CONTRACT STATE OF PLAY"),
    ("SUBJECT: FERRY CONTRACT FOR THE\nDEPARTMENT FOR FISHERIES ", "FERRY CONTRACT FOR THE DEPARTMENT FOR FISHERIES"),
    ("SUBJECT: FERRY CONTRACT: SUMMARY\nOF A LONG ROAD ", "FERRY CONTRACT: SUMMARY OF A LONG ROAD"),
    ("SUBJECT:  : FERRY CONTRACT ", "FERRY CONTRACT"),
    ("SUBJECT: FERRY CONTRACT xxxxxxxxxxxx ", "FERRY CONTRACT xxxxxxxxxxxx"),
    ("SUBJECT: EMBAJADA Y EL TRÁNSITO MARÍTIMO ", "EMBAJADA Y EL TRÁNSITO MARÍTIMO"),
    ("SUBJECT: FERRY CONTRACT\nTAGS AND LABELS OF\nCONTAINERS ", "FERRY CONTRACT TAGS AND LABELS OF CONTAINERS"),
    ("SUBJECT: (U) FERRY CONTRACT\n(S) CODE ", "FERRY CONTRACT (S) CODE"),
    ("SUBJECT: FERRY CONTRACT\nINFO CAMPAIGN BEGINS ", "FERRY CONTRACT INFO CAMPAIGN BEGINS"),
    ("SUBJECT: FERRY CONTRACT\nREFORM OF THE PORT ", "FERRY CONTRACT REFORM OF THE PORT"),
    ("SUBJECT: FERRY CONTRACT\nCONFIDENTIAL TALKS ", "FERRY CONTRACT CONFIDENTIAL TALKS"),
    ("SUBJECT: FERRY CONTRACT\nROUTINE ", "FERRY CONTRACT ROUTINE"),
    ("SUBJECT.  FERRY CONTRACT ", "FERRY CONTRACT"),
]  # fmt: skip

# The block with its blank line, and the cables that it cites; {Y} year, {P} post, {Q} the year before.
REFS: list[tuple[str, list[str]]] = [
    ("REF: A. {P} 12 \n     B. STATE 45678 \n\n", ["{Y}{P}12", "{Y}STATE45678"]),
    ("REFS: A) {P} 12 B) STATE 45678 \n\n", ["{Y}{P}12", "{Y}STATE45678"]),
    ("REF: (A) {P} 12, (B) STATE 45678 \n\n", ["{Y}{P}12", "{Y}STATE45678"]),
    ("REF: [A] {P} 12 [B] STATE 45678 \n\n", ["{Y}{P}12", "{Y}STATE45678"]),
    ("REF: A: {P} 12\n     B: STATE 45678\n\n", ["{Y}{P}12", "{Y}STATE45678"]),
    ("REF: A. {P} 12; B. STATE 45678; C. ROME 9 \n\n", ["{Y}{P}12", "{Y}STATE45678", "{Y}ROME9"]),
    ("REFTEL: STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REFTELS: STATE 45678, ROME 99 \n\n", ["{Y}STATE45678", "{Y}ROME99"]),
    ("REF(S): STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REFERENCE: STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. {Q} STATE 45678 \n     B. {Q} ROME 777 \n\n", ["{Q}STATE45678", "{Q}ROME777"]),
    ("REF: A. STATE 45678 ({Q}) \n\n", ["{Q}STATE45678"]),
    ("REF: STATE 45678 (20{Q}) \n\n", ["{Q}STATE45678"]),
    ("REF: '{Q} STATE 45678 \n\n", ["{Q}STATE45678"]),
    ("REF: 20{Q} STATE 45678 \n\n", ["{Q}STATE45678"]),
    ("REF: {Q}STATE45678 \n\n", ["{Q}STATE45678"]),
    ("REF: {Q}-STATE-45678 \n\n", ["{Q}STATE45678"]),
    ("REF: STATE 45678 AND 45690 \n\n", ["{Y}STATE45678", "{Y}STATE45690"]),
    ("REF: A. {Q} STATE 45678, 45690, 45701 \n\n", ["{Q}STATE45678", "{Q}STATE45690", "{Q}STATE45701"]),
    ("REF: {P} 11, {P} 12, AND {P} 13 \n\n", ["{Y}{P}11", "{Y}{P}12", "{Y}{P}13"]),
    ("REF: A. STATE 45678 (NOTAL) \n     B. ROME 77 (NOTAL) \n\n", ["{Y}STATE45678", "{Y}ROME77"]),
    ("REF: STATE 45678 AND PREVIOUS \n\n", ["{Y}STATE45678"]),
    ("REF: STATE 45678 ET AL \n\n", ["{Y}STATE45678"]),
    ("REF: A. REF A STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. STATE 45678\n     B. ROME 77\n     B. LIMA 31\n\n", ["{Y}STATE45678", "{Y}ROME77", "{Y}LIMA31"]),
    ("REF: A. SECSTATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. RIO DE JANEIRO 45 \n     B. RIO 46 \n\n", ["{Y}RIODEJANEIRO45", "{Y}RIODEJANEIRO46"]),
    ("REF: A. SAN SALVADOR 451 B. PANAMA 77 \n\n", ["{Y}SANSALVADOR451", "{Y}PANAMA77"]),
    ("REF: A. ADDIS ABABA 451 \n     B. TEL AVIV 77 \n\n", ["{Y}ADDISABABA451", "{Y}TELAVIV77"]),
    ("REF: USUN NEW YORK 451 \n\n", ["{Y}USUNNEWYORK451"]),
    ("REF: A. TALLIS-HALE E-MAIL OF 03/02/05 \n     B. STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. TELCON TALLIS/HALE MAY 5 \n     B. STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. IIR 6 842 0123 05 \n     B. STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. 9 FAM 41.31 N3 \n     B. STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. HALE FAX OF MAY 3 B. STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: ECHO 311345Z MAY {Y} \n\n", []),
    ("REF: A. MEMO OF MARCH 14 \n     B. STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: STATE 0045678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. STATE 45678\n\n     B. ROME 77\n\n", ["{Y}STATE45678", "{Y}ROME77"]),
    ("REF: A. STATE 45678 \nB. ROME 77 \nC. {Q} LIMA 31 \n\n", ["{Y}STATE45678", "{Y}ROME77", "{Q}LIMA31"]),
    ("REF: STATE 45678, PARA 3 \n\n", ["{Y}STATE45678"]),
    ("REF: A. {P} 99999 \n\n", ["{Q}{P}99999"]),
    ("REF: A. STATE 45678 B. {P} {S} \n\n", ["{Y}STATE45678"]),
    ("REF: STATE\n45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. {Q}\nSTATE 45678 \n\n", ["{Q}STATE45678"]),
    ("REF: A. STATE 45678: DEMARCHE REQUEST; B. ROME 77: REPLY \n\n", ["{Y}STATE45678", "{Y}ROME77"]),
    ("REF: A) STATE 45678; B) STATE 45679\nC) ROME 77\n\n", ["{Y}STATE45678", "{Y}STATE45679", "{Y}ROME77"]),
    ("REF: A.STATE 45678 B.ROME 77 \n\n", ["{Y}STATE45678", "{Y}ROME77"]),
    ("REF: A. STATE 45678 & 45679 \n\n", ["{Y}STATE45678", "{Y}STATE45679"]),
    ("REF: (A) {Q} STATE 45678\n     (B) STATE 2 (C) {P} 3\n\n", ["{Q}STATE45678", "{Y}STATE2", "{Y}{P}3"]),
    ("REF: PREVIOUS MONTHLY REPORT \n\n", []),
    ("REF: A. UNVIE 45 B. USEU 77 \n\n", ["{Y}UNVIEVIENNA45", "{Y}USEUBRUSSELS77"]),
    ("REF: A. HCMC 45 \n\n", ["{Y}HOCHIMINHCITY45"]),
    ("REF: AMEMBASSY ROME 77 \n\n", ["{Y}ROME77"]),
    ("REF: {Q} STATE 45678 (REQUEST) AND {Q} ROME 77 (REPLY) \n\n", ["{Q}STATE45678", "{Q}ROME77"]),
    ("REF: SEPTEMBER 11 SPEECH AND STATE 45678 \n\n", ["{Y}STATE45678"]),
    ("REF: A. STATE 45678 SECTION 2 \n\n", ["{Y}STATE45678"]),
    ("REF: A. DOHA 31 B. DOHA 32 C. DOHA 33 D. DOHA 34 E. DOHA 35 \n\n", [f"{{Y}}DOHA{n}" for n in range(31, 36)]),
    ("REFTEL A: STATE 45678 \nREFTEL B: ROME 77 \n\n", ["{Y}STATE45678", "{Y}ROME77"]),
    ("REF: 0{R} STATE 45678 \n\n", ["0{R}STATE45678"]),
    ("", []),
    ("REFS: (A) STATE 45678 (B) ROME 77, 78, 79 \n\n", ["{Y}STATE45678", "{Y}ROME77", "{Y}ROME78", "{Y}ROME79"]),
    ("REF: STATE 45678 AND ROME 77 \n\n", ["{Y}STATE45678", "{Y}ROME77"]),
    ("REF: A. STATE 45678 (SECRET) \n     B. CARACAS 77 (CONFIDENTIAL) \n\n", ["{Y}STATE45678", "{Y}CARACAS77"]),
]  # fmt: skip

# The lines of the order; the day, empty where none stands there.  {Y2}: two digits ten years on; the telegrams are of 2002 to 2009.
ORDERS: list[tuple[str, str]] = [
    ("E.O. 12958: DECL: 04/05/2015", "2015-04-05"),
    ("E.O. 12958: DECL: 4/5/15", "2015-04-05"),
    ("E.O. 12958: DECL: 2015/04/05", "2015-04-05"),
    ("E.O. 12958: DECL: 04/05/25", "2025-04-05"),
    ("EO 12958 DECL: 04/05/2015", "2015-04-05"),
    ("E.O 12958: DECL: 04/05/2015", "2015-04-05"),
    ("E. O. 12958: DECL: 04/05/2015", "2015-04-05"),
    ("E.O. 12958 DECL 04/05/2015", "2015-04-05"),
    ("E.O. 12958:DECL:04/05/2015", "2015-04-05"),
    ("E.O.: 12958: DECL: 04/05/2015", "2015-04-05"),
    ("E.O. 12958: N/A", ""),
    ("E.O. 12958: NA", ""),
    ("E.O. 12356: DECL: OADR", ""),
    ("E.O. 12958: DECL: AFTER KOREAN UNIFICATION", ""),
    ("E.O. 12958: DECL: X1", ""),
    ("E.O. 12958: DECL: 1.6 X6", ""),
    ("E.O. 12958: DECL: UPON CONCLUSION OF THE TALKS", ""),
    ("E.O. 13526: DECL: 2019/11/02", "2019-11-02"),
    ("E.O. 12958: DECL: 11-02-2019", "2019-11-02"),
    ("E.O. 12958: DECL: NOVEMBER 2, 2019", "2019-11-02"),
    ("E.O. 12958: DECL: 02 NOV 2019", "2019-11-02"),
    ("E.O. 12958: DECL: 13/45/2019", ""),
    ("E.O. 12958: DECL: 11/02/2019 (X1)", "2019-11-02"),
    ("E.O. 12958: DECLASSIFY ON: 11/02/2019", "2019-11-02"),
    ("E.O. 12958: DECL:\n11/02/2019", "2019-11-02"),
    ("E.O. 12958: DECL: 11/02/2019 TAGS: PREL, PGOV, EAGR, CH", "2019-11-02"),
    ("E.O. 12958: DECL. 11/02/2019", "2019-11-02"),
    ("E.O. 12958, DECL: 11/02/2019", "2019-11-02"),
    ("E.O. 12958: DECL: 20191102", "2019-11-02"),
    ("E.O. 12958: DECL: 11/02/2 019", "2019-11-02"),
]  # fmt: skip

# What stands behind the last paragraph, and the name that signs.
SIGNATURES: list[tuple[str, str]] = [
    ("\nORMONDE\n", "ORMONDE"), ("O'HALLORAN\n", "O'HALLORAN"), ("DE LA CRUX\n", "DE LA CRUX"), ("ST. MAUR\n", "ST. MAUR"),
    ("SMYTHE-HALL\n", "SMYTHE-HALL"), ("\n\n\nORMONDE\n\n\n", "ORMONDE"), ("ORMONDE\n=======================CABLE ENDS============================\n", "ORMONDE"),
    ("ORMONDE\nNNNN\n", "ORMONDE"), ("ORMONDE\n##\n", "ORMONDE"), ("ORMONDE\n>\n", "ORMONDE"), ("ORMONDE\nUNCLASSIFIED\n", "ORMONDE"),
    ("ORMONDE\nC O N F I D E N T I A L\n", "ORMONDE"), ("ORMONDE \nBT\n", "ORMONDE"), ("  ORMONDE\n", "ORMONDE"),
    ("ORMONDE\n\nUNCLASSIFIED\n\n\n", "ORMONDE"), ("CONFIDENTIAL\n", ""), ("", ""), ("NNNN\n", ""), ("ORMONDE\n\n#\n", "ORMONDE"),
    ("MCNAIR\n", "MCNAIR"), ("RICE\n", "RICE"), ("BURNS\nSECRET\n", "BURNS"), ("\n ORMONDE \n\n", "ORMONDE"),
    ("-----------\nORMONDE\n", "ORMONDE"), ("ORMONDE\n-----------\n", "ORMONDE"), ("VAN DER VOSS\n", "VAN DER VOSS"),
    ("\nORMONDE\n\n----------------\nCABLE ENDS\n", "ORMONDE"),
]  # fmt: skip

# The id of the container, and the canonical id; {Y}{P} as above, {s} the serial.
IDS: list[tuple[str, str]] = [
    ("{Y}{P}000{s}", "{Y}{P}{s}"), ("{Y}{P}0{s}", "{Y}{P}{s}"), ("{Y}AMEMBASSY{P}{s}", "{Y}{P}{s}"), ("{Y}EFTO{P}{s}", "{Y}{P}{s}"),
    ("{Y}EMBASSY{P}{s}", "{Y}{P}{s}"), ("{Y}{P}{s}ZFR123", "{Y}{P}{s}"), ("{Y}{P}{s}ZDK", "{Y}{P}{s}"),
    ("{Y}SECTION01OF02{P}{s}", "{Y}{P}{s}"), ("{Y}CONFIDENTIAL{P}{s}", "{Y}{P}{s}"), ("{Y}2OF5", "{Y}{P}{s}"), ("{Y}{P}", "{Y}{P}{s}"),
    ("{Y}UNCLAS{P}{s}", "{Y}{P}{s}"), ("{Y}NOFORN{P}{s}", "{Y}{P}{s}"), ("{Y}SIPDIS{P}{s}", "{Y}{P}{s}"),
]  # fmt: skip
VARIANTS = [
    ("SECSTATE", "STATE"), ("SECTSTATE", "STATE"), ("STAT", "STATE"), ("RIO", "RIODEJANEIRO"), ("RIODEJAN", "RIODEJANEIRO"),
    ("USEU", "USEUBRUSSELS"), ("HCMC", "HOCHIMINHCITY"), ("UNVIE", "UNVIEVIENNA"), ("TELLAVIV", "TELAVIV"),
    ("REYKAVIK", "REYKJAVIK"), ("OUAGADOGOU", "OUAGADOUGOU"), ("ANTANANARIV", "ANTANANARIVO"), ("KATHMANDHU", "KATHMANDU"),
    ("BANGKOKK", "BANGKOK"), ("SARAJEWO", "SARAJEVO"),
]  # fmt: skip

# The line, and the moment; empty where there is none.
GROUPS: list[tuple[str, str]] = [
    ("R 091200Z MAR 06", "2006-03-09T12:00Z"), ("OO 091200Z MAR 06", "2006-03-09T12:00Z"), ("Z O 091200Z MAR 06", "2006-03-09T12:00Z"),
    ("P 091200 Z MAR 06", "2006-03-09T12:00Z"), ("O R 091200Z  MAR  06", "2006-03-09T12:00Z"), ("O R 091200Z MARCH 06", "2006-03-09T12:00Z"),
    ("R 091200Z MAR 06 ZDK", "2006-03-09T12:00Z"), ("R 311200Z APR 06", ""), ("R 001200Z MAR 06", ""), ("R 092500Z MAR 06", ""),
    ("P R 091200Z MAR 06 ZFF4", "2006-03-09T12:00Z"), ("R 290000Z FEB 04", "2004-02-29T00:00Z"), ("R 290000Z FEB 06", ""),
    ("O 091200Z MAR 2006", "2006-03-09T12:00Z"), ("R 091200Z MAR 66", "1966-03-09T12:00Z"), ("r 091200z mar 06", "2006-03-09T12:00Z"),
    ("R 091200ZMAR 06", "2006-03-09T12:00Z"), ("RR 091200Z MAR 06", "2006-03-09T12:00Z"),
]  # fmt: skip

# The banner ({P} {S6} post and serial of six digits), the highest class.
BANNERS: list[tuple[str, str]] = [
    ("CONFIDENTIAL {P} {S6}", "CONFIDENTIAL"), ("C O N F I D E N T I A L  {P}  {S6}", "CONFIDENTIAL"),
    ("S E C R E T {P} {S6}", "SECRET"), ("SECRET//NOFORN {P} {S6}", "SECRET"), ("S E C R E T NOFORN {P} {S6}", "SECRET"),
    ("UNCLAS {P} {S6}", "UNCLASSIFIED"), ("U N C L A S {P} {S6}", "UNCLASSIFIED"), ("UNCLASSIFIED {P} {S6}", "UNCLASSIFIED"),
    ("U N C L A S S I F I E D {P} {S6}", "UNCLASSIFIED"), ("T O P S E C R E T {P} {S6}", "TOP SECRET"),
    ("TOP SECRET {P} {S6}", "TOP SECRET"), ("LIMITED OFFICIAL USE {P} {S6}", "LIMITED OFFICIAL USE"),
    ("C O N F I D E N T I A L SECTION 01 OF 03 {P} {S6}", "CONFIDENTIAL"), ("UNCLAS SECTION 01 OF 02 {P} {S6}", "UNCLASSIFIED"),
    ("S E C R E T SECTION 1 OF 2 {P} {S6}", "SECRET"), ("CO N F I D E N T I A L {P} {S6}", "CONFIDENTIAL"),
    ("C O N F I D E N T I AL {P} {S6}", "CONFIDENTIAL"), ("UNCLAS SENSITIVE {P} {S6}", "UNCLASSIFIED"),
    ("C O N F I D E N T I A L // NOFORN {P} {S6}", "CONFIDENTIAL"), ("S E C R E T // NOFORN SECTION 01 OF 02 {P} {S6}", "SECRET"),
]  # fmt: skip


def _filled(telegram: Telegram, text: str) -> str:
    before = f"{(int(telegram.year) - 1) % 100:02d}"
    values = {
        "{Y}": telegram.year, "{P}": telegram.post, "{Q}": before, "{S}": telegram.serial, "{s}": telegram.serial,
        "{S6}": f"{int(telegram.serial):06d}", "{R}": before[1],
    }  # fmt: skip
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def _case(name: str, number: int, telegram: Telegram, container: str = "text", **expect: Any) -> Case:
    text = {"text": telegram.text, "row": telegram.row, "html": telegram.html}[container]()
    return {"id": f"{name}-{number:03d}", "container": container, "text": text, "expect": telegram.expect() | expect}


def _kind(number: int) -> str:
    return ("text", "row", "html")[number % 3]


def tags() -> Iterator[Case]:
    """Faults of the TAGS line."""
    for number, (line, found) in enumerate(TAGS):
        telegram = Telegram(number)
        telegram.tags_line, telegram.tags = line, found
        yield _case("tags", number, telegram, _kind(number))


def subjects() -> Iterator[Case]:
    """Faults of the SUBJECT line."""
    for number, (line, found) in enumerate(SUBJECT_LINES):
        telegram = Telegram(number)
        telegram.subject_line, telegram.subject = line, found
        yield _case("subject", number, telegram, _kind(number))


def references() -> Iterator[Case]:
    """Reference lists of all shapes; the first serials of a year, so that no year has to be guessed."""
    for number, (block, found) in enumerate(REFS):
        telegram = Telegram(number)
        telegram.refs_block = _filled(telegram, block)
        telegram.refs = [_filled(telegram, one) for one in found]
        yield _case("refs", number, telegram, _kind(number))


def orders() -> Iterator[Case]:
    """E.O. lines of every kind."""
    for number, (line, day) in enumerate(ORDERS):
        telegram = Telegram(number)
        telegram.eo, telegram.declassify = line, day
        if "TAGS:" in line:
            telegram.tags_line = ""
            telegram.eo = line
        yield _case("order", number, telegram, _kind(number))


def signatures() -> Iterator[Case]:
    """Signers of every kind."""
    for number, (tail, name) in enumerate(SIGNATURES):
        telegram = Telegram(number)
        telegram.tail, telegram.signer = tail, name
        telegram.end = telegram.end if number % 2 else ""
        yield _case("signer", number, telegram, _kind(number))


def ids() -> Iterator[Case]:
    """Damaged ids and spellings of posts."""
    for number, (raw, right) in enumerate(IDS):
        telegram = Telegram(number)
        telegram.source_id, telegram.id = _filled(telegram, raw), _filled(telegram, right)
        yield _case("id", number, telegram, ("row", "html")[number % 2])
    for number, (raw, right) in enumerate(VARIANTS, len(IDS)):
        telegram = Telegram(number)
        telegram.source_id = f"{telegram.year}{raw}{telegram.serial}"
        telegram.id = f"{telegram.year}{right}{telegram.serial}"
        telegram.post = right
        telegram.banner = f"{telegram.spaced} {right} {int(telegram.serial):06d} "
        telegram.refs_block, telegram.refs = "REF: ROME 12345 \n\n", [f"{telegram.year}ROME12345"]
        yield _case("id", number, telegram, ("row", "html")[number % 2])


def groups() -> Iterator[Case]:
    """Odd date-time groups, in text files: the container of a row states a time of its own."""
    for number, (line, when) in enumerate(GROUPS):
        telegram = Telegram(number)
        telegram.dtg, telegram.sent, telegram.refs_block, telegram.refs = line, when, "", []
        telegram.header = telegram.head()
        telegram.eo, telegram.declassify = "E.O. 12958: N/A", ""
        year = when[2:4] or line[-2:]
        right = f"{year}{telegram.post}{telegram.serial}"  # the year is believed even where the day is none
        yield _case("dtg", number, telegram, "text", id=right)


def banners() -> Iterator[Case]:
    """Class words of every spelling."""
    for number, (line, word) in enumerate(BANNERS):
        telegram = Telegram(number)
        telegram.banner, telegram.word = _filled(telegram, line) + " ", word
        yield _case("class", number, telegram, "text")


def _sections(number: int) -> Telegram:
    telegram = Telegram(number)
    serial, post = f"{int(telegram.serial):06d}", telegram.post
    telegram.banner = f"{telegram.spaced} SECTION 01 OF 02 {post} {serial} "
    repeated = (
        f"{telegram.spaced} SECTION 02 OF 02 {post} {serial} \n\nSIPDIS \n\n{telegram.eo}\n{telegram.tags_line}\n"
        f"{telegram.subject_line}\n\n"
    )
    breaks = [
        f"{post} 00{serial}  002 OF 002\n\n\n", repeated, f"PAGE 02 {post} {serial[1:]} 051705Z \n",
        f"{post} 00{serial}  002 OF 003\n\n\n{post} 00{serial}  003 OF 003\n\n", repeated + f"{post} 00{serial}  002 OF 002\n\n",
    ]  # fmt: skip
    telegram.body = (
        "1. (C) The deputy minister told us that the \nbill would \n" + breaks[number % 5] + "wait until May. \n\n"
        "2. (C) He named no date. \n\n"
    )
    return telegram


def layouts() -> Iterator[Case]:
    """Sections, reflowed lines, lost parts, odd order: the whole telegram is looked at."""
    for number in range(10):
        yield _case("section", number, _sections(number), _kind(number))
    for number in range(6):  # labels on one line, as some pages have them
        telegram = Telegram(number)
        joined = f"{telegram.banner}SIPDIS {telegram.eo}{telegram.tags_line}"
        telegram.banner, telegram.caption, telegram.eo, telegram.tags_line = joined, "", "", ""
        yield _case("reflow", number, telegram, _kind(number))
    for number, passing in enumerate(
        ("DEPT FOR EUR/AGS\n\n", "STATE PASS USTR FOR HALE\n\n", "PLEASE PASS TO AMCONSUL HALLE\n\n", "DEPT FOR WHA, INL/LP\nTREASURY FOR OIA\n\n",
         "C O R R E C T E D COPY (TEXT)\n\n", "NSC FOR TALLIS; USDA FOR FAS\n\n", "FROM AMBASSADOR FOR THE SECRETARY\n\n")
    ):  # fmt: skip
        telegram = Telegram(number)
        telegram.passing = passing
        yield _case("passing", number, telegram, _kind(number))
    for number, header in enumerate(
        ("{D}\nFM AMEMBASSY {P}\nTO SECSTATE WASHDC\n\n", "{D}\nFM AMEMBASSY {P}\nTORUEHC/SECSTATE WASHDC IMMEDIATE 1\nBT\n",
         "{D}\nFM AMMBASSY {P}\nTO RUEHC/SECSTATE WASHDC PIORITY 1\nINFO RUEHXX/AMEMBASSY ARIS 12\nBT\n",
         "PAGE 01 {P} {S} 051705Z\n{D}\nFM AMEMBASSY {P}\nTO SECSTATE WASHDC\nXMT AMEMBASSY ROME\nBT\n",
         "{D}\nFM USMISSION {P}\nINFO RUEHZL/EU INTEREST COLLECTIVE\nBT\n")
    ):  # fmt: skip
        telegram = Telegram(number)
        telegram.header = _filled(telegram, header).replace("{D}", telegram.dtg)
        yield _case("header", number, telegram, "row" if number % 2 else "text")
    yield from _class_by()


def _class_by() -> Iterator[Case]:
    lines = (
        "CLASSIFIED BY: DCM RHEA TALLIS, REASONS 1.4 (B) AND (D). \n\n", "(C) Classified By: Rhea Tallis, DCM. Reason: 1.4 (b,d). \n\n",
        "CLASSIFIED BY SECTION 1.5 (B) \n\n", "Classified By: A/DCM Rhea Tallis, Embassy,\nState.  REASON: 1.4 (B)\n\n", "Derived from: DSCG 05-1, B, D\n\n",
        "", "Classified by Ambassador R. Tallis\nReasons: 1.4(b) and (d)\n\n", "Classified By: Tallis, Rhea. (Reason 1.5 (b))\n\n",
    )  # fmt: skip
    for number, line in enumerate(lines):
        telegram = Telegram(number)
        telegram.classby = line
        yield _case("classby", number, telegram, _kind(number))
    bodies = (
        "1. CONFIDENTIAL - ENTIRE TEXT. CLASSIFIED BY DCM TALLIS, REASON 1.4 (B). \n\n2. (C) He named no date. \n",
        "1.(C) No blank after the number. \n\n2.(C) Nor here. \n", "SUMMARY\n-------\n\n1. (C) It begins with a heading. \n\n2. (C) He left. \n",
        "1. (C) Numbers jump. \n\n4. (C) Here. \n\n4. (C) And again. \n", "¶1. (C) With a pilcrow. \n\n¶2. (C) And another. \n",
        "The text begins without a number. \n\nIt goes on in a loose way. \n", "1. (C) A list of dates: \n\n1.5 (b) is no paragraph. \n3.5 million tons. \n\n2. (C) Done. \n",
        "(C) SUMMARY: no number here. END SUMMARY. \n\n1. (C) Then one. \n", "1. (SBU Lost a bracket. \n\n2. SBU) Lost the other. \n",
    )  # fmt: skip
    for number, body in enumerate(bodies):
        telegram = Telegram(number)
        telegram.body = body
        yield _case("body", number, telegram, _kind(number))


PARTS = {
    "tags": tags, "subjects": subjects, "references": references, "orders": orders, "signatures": signatures,
    "ids": ids, "groups": groups, "banners": banners, "layouts": layouts,
}  # fmt: skip


def lines(name: str) -> str:
    """The text of one file."""
    return "".join(json.dumps(case, ensure_ascii=False) + "\n" for case in PARTS[name]())


def main() -> None:
    """Write every file."""
    for name in PARTS:
        (HERE / "own" / f"{name}.jsonl").write_text(lines(name), encoding="utf-8")


if __name__ == "__main__":
    main()
