"""Invented documents of every kind for the tests of the site. All people, places and events are made up."""

from __future__ import annotations

from tests.site.press import Draft

_CABLE_ONE = Draft(
    id="03VARDESK284",
    type="cable",
    units=(
        ("routing", "VZCZCXRO2840\nPP RUEHPS\nDE RUEHVS #0284/01 0631705\nZNY CCCCC ZZH\n"),
        ("dtg", "P 041705Z MAR 03\n"),
        ("from", "FM AMEMBASSY VARDESK\n"),
        ("to", "TO RUEHST/SECDEPT STENHAVEN PRIORITY 1120\n"),
        ("info", "INFO RUEHPS/AMEMBASSY PORTSABEL 0402\n\n"),
        ("banner", "C O N F I D E N T I A L SECTION 01 OF 02 VARDESK 000284\n\n"),
        ("caption", "SIPDIS\n\n"),
        ("declassify", "E.O. 12958: DECL: 03/04/2013\n"),
        ("tags-label", "TAGS: "),
        ("tag", "ENRG, "),
        ("tag", "SENV, "),
        ("tag", "PHUM\n"),
        ("subject-label", "SUBJECT: "),
        ("subject", "KORVANE DAM: THE SLOPE THAT NOBODY WILL SIGN FOR\n\n"),
        ("refs-label", "REF: "),
        ("ref", "A. 98 VARDESK 214\n"),
        ("ref", "     B. 02 PORTSABEL 1190 (NOTAL)\n\n"),
        ("classified-by", "Classified By: Political Counselor Miriam Aske for reasons 1.5 (b) and (d).\n\n"),
        (
            "paragraph",
            (
                "1. (C) SUMMARY: The state geologist Ivo Tarran (strictly protect) told Econoff on\n"
                "March 3 that the left bank above Korvane is moving by eleven\n"
                "centimetres a month. His report was returned to him unread. He\n"
                "asked us whether anybody abroad would keep a copy. END SUMMARY.\n\n"
            ),
        ),
        ("heading", "THE SLOPE\n---------\n\n"),
        (
            "paragraph",
            (
                "2. (C) Tarran laid out four survey sheets on the floor of his kitchen.\n"
                "The pegs of 1988 stand in a line no longer. He has three demands:\n"
                "-- that filling stop at 96 metres;\n"
                "-- that the villages of Plakaya and Doss be warned; and\n"
                "-- that somebody other than the contractor read the instruments.\n"
                "None of the three has been answered. See VARDESK 214 for the plan of 1998.\n\n"
            ),
        ),
        (
            "paragraph",
            (
                "3. (SBU) Minister Ostrander's office says that the reports of Tarran are\n"
                '"literature". The contractor did not return our calls.\n\n'
            ),
        ),
        ("structure", "CONFIDENTIAL\nPAGE 02        VARDESK  00284  041705Z\n\n"),
        (
            "paragraph",
            (
                "4. (C) A second source, an engineer of the contractor, confirmed the figures and named the man who\n"
                "had ordered the instruments to be taken down.\n\n"
            ),
        ),
        ("paragraph", "5. (U) The weekly market at Doss was held as usual; emboff counted 340 people.\n\n"),
        (
            "paragraph",
            (
                "6. (C) COMMENT: The slope is either an engineering problem that is being\n"
                "hidden, or a political problem that is being engineered. In either\n"
                "case it moves. END COMMENT.\n\n"
            ),
        ),
        ("signature", "ELLINGSEN\n"),
    ),
    fields=(
        ("id", "03VARDESK284"),
        ("from", "AMEMBASSY VARDESK"),
        ("to", "SECDEPT STENHAVEN"),
        ("cc", "AMEMBASSY PORTSABEL"),
        ("class", "CONFIDENTIAL"),
        ("caption", "SIPDIS"),
        ("origin", "Embassy Vardesk"),
        ("date", "2003-03-04T17:05Z"),
        ("tag", "ENRG"),
        ("tag", "SENV"),
        ("tag", "PHUM"),
        ("subject", "KORVANE DAM: THE SLOPE THAT NOBODY WILL SIGN FOR"),
        ("ref", "98VARDESK214"),
        ("ref", "02PORTSABEL1190"),
        ("declassify", "2013-03-04"),
        ("signer", "ELLINGSEN"),
    ),
    hide=((18, "Ivo Tarran", 1), (20, "Tarran", 1), (21, "Tarran", 1), (23, None, 2)),
)

_CABLE_TWO = Draft(
    id="98VARDESK214",
    type="cable",
    units=(
        ("banner", "UNCLAS VARDESK 000214\n\n"),
        ("subject-label", "SUBJECT: "),
        ("subject", "A DAM ON THE TESHKA: THE THIRD ATTEMPT IN A CENTURY\n\n"),
        ("refs-label", "REF: "),
        ("ref", "97 VARDESK 1190\n\n"),
        ("paragraph", "1. SUMMARY: The plan has been taken out of the drawer again. END SUMMARY.\n\n"),
        ("paragraph", '2. The brochure gives the number of people to be moved as "insignificant".\n\n'),
        ("paragraph", "¶3. The last census counted 6,214 people in the valley.\n\n"),
        ("signature", "ASKE\n"),
    ),
    fields=(
        ("id", "98VARDESK214"),
        ("class", "UNCLASSIFIED"),
        ("origin", "Embassy Vardesk"),
        ("date", "1998-06-03T09:40Z"),
        ("tag", "ENRG"),
        ("subject", "A DAM ON THE TESHKA: THE THIRD ATTEMPT IN A CENTURY"),
        ("ref", "97VARDESK1190"),
    ),
)

_MAIL = Draft(
    id="",
    type="email",
    units=(
        ("from", "From: Lena Ordwin <l.ordwin@waterworks.example>\n"),
        ("to", "To: Board <board@waterworks.example>\n"),
        ("header", "Date: Mon, 12 May 2008 08:14:00 +0300\n"),
        ("subject-label", "Subject: "),
        ("subject", "Fwd: the instruments\n"),
        ("attachment", "Attachment: readings.csv\n"),
        ("structure", "\n"),
        ("paragraph", "All,\n\n"),
        (
            "paragraph",
            (
                "The readings stopped on Friday: somebody took the instruments away. I was told by Petra Vane that\n"
                "they are in the boot of a car.\n\n"
            ),
        ),
        ("quote", "> Please do not put this in writing.\n> P.\n\n"),
        ("signature", "Lena\n"),
    ),
    fields=(
        ("from", "Lena Ordwin <l.ordwin@waterworks.example>"),
        ("to", "Board <board@waterworks.example>"),
        ("date", "2008-05-12T08:14+03:00"),
        ("subject", "Fwd: the instruments"),
        ("attachment", "readings.csv"),
        ("ref", "03VARDESK284"),
    ),
    hide=((8, "Petra Vane", 3),),
)

_ATTACHMENT = Draft(
    id="",
    type="table",
    units=(
        ("cell-label", "Day"),
        ("cell", "2008-05-08"),
        ("cell-label", "Movement (mm)"),
        ("number", "118.4"),
        ("structure", "\n"),
        ("cell-label", "Remark"),
        ("cell", "instrument 4 silent"),
    ),
    fields=(("date", "2008-05"), ("title", "Readings of the left bank")),
    parent="s2",
)

_EVENT = Draft(
    id="TSK20080514-7",
    type="event",
    units=(
        ("cell-label", "Report key: "),
        ("cell", "TSK20080514-7"),
        ("structure", "\n"),
        ("cell-label", "Time: "),
        ("time", "2008-05-14 03:52"),
        ("structure", "\n"),
        ("cell-label", "Place: "),
        ("cell", "Doss, upper village"),
        ("structure", "\n"),
        ("cell-label", "Coordinates: "),
        ("coordinate", "38SMB4488129907"),
        ("structure", "\n"),
        ("cell-label", "Killed: "),
        ("number", "31"),
        ("structure", "\n"),
        ("cell-label", "Reported by: "),
        ("cell", "the schoolteacher"),
        ("structure", "\n"),
        ("cell-label", "Summary: "),
        ("cell", "WAVE AFTER SLIDE INTO RESERVOIR. BRIDGE GONE. NO WARNING WAS GIVEN. REF VARDESK 284."),
    ),
    fields=(
        ("id", "TSK20080514-7"),
        ("date", "2008-05-14T03:52"),
        ("origin", "Flood desk"),
        ("kind", "Flood"),
        ("category", "Slide"),
        ("place", "Doss"),
        ("killed", "31"),
        ("title", "Wave after slide into the reservoir"),
        ("ref", "03VARDESK284"),
    ),
    hide=((10, "81", 5), (10, "907", 5), (16, None, 3)),
)

_CHAT = Draft(
    id="",
    type="chat",
    units=(
        ("system", "--- Log opened Wed May 14 2008\n"),
        ("time", "03:58 "),
        ("name", "<mara> "),
        ("message", "water over the footbridge. it is not rain\n"),
        ("time", "03:59 "),
        ("name", "<desk> "),
        ("message", "say again\n"),
        ("time", "04:01 "),
        ("name", "<mara> "),
        ("message", "THE SLOPE IS IN THE LAKE\n"),
        ("time", "04:02 "),
        ("name", "<teo> "),
        ("message", "my brother Anselm is at the lower school, somebody go there\n"),
        ("system", "-!- mara has quit\n"),
    ),
    fields=(
        ("date", "2008-05-14"),
        ("title", "Flood desk, the night of the slide"),
        ("from", "mara"),
        ("from", "desk"),
    ),
    hide=((11, None, 3), (12, "Anselm", 3)),
)

_PDF = Draft(
    id="",
    type="pdf",
    units=(
        ("title", "Commission of inquiry: interim report\n"),
        ("paragraph", "The commission heard forty-one witnesses in nine days.\n"),
        ("structure", "\f"),
        ("heading", "Findings\n"),
        ("paragraph", "The slope had been known to move since 1964.\n"),
        ("list-item", "(a) The warnings of 2003 were filed.\n"),
        ("list-item", "(b) The instruments were removed.\n"),
        ("structure", "\f"),
        ("paragraph", "The commission names no one.\n"),
        ("note", "1 See cable 03VARDESK284.\n"),
    ),
    fields=(("date", "2009-02"), ("title", "Commission of inquiry: interim report"), ("ref", "03VARDESK284")),
)

_ARTICLE = Draft(
    id="",
    type="article",
    units=(
        ("title", "They were told, cable shows\n"),
        ("dateline", "STENHAVEN, 4 October\n"),
        ("paragraph", "A cable of 2003 warned that the slope above the dam was moving.\n\n"),
        ("quote", "“The slope is either an engineering problem that is being hidden, or a political one.”\n\n"),
        ("paragraph", "The ministry did not answer questions.\n"),
    ),
    fields=(
        ("date", "2009-10-04"),
        ("outlet", "Stenhaven Ledger"),
        ("author", "Cleo Marrin"),
        ("title", "They were told, cable shows"),
        ("ref", "03VARDESK284"),
    ),
)

_LETTER = Draft(
    id="",
    type="text",
    units=(
        ("dateline", "Lissendra, the 22nd of April\n\n"),
        ("paragraph", "Sir,\n\n"),
        (
            "paragraph",
            (
                "I have the honour to refer to the waters of the Teshka, which the High Contracting Parties have\n"
                "agreed to leave in the bed that nature gave them.\n\n"
            ),
        ),
        ("closer", "I have the honour to be, Sir,\nyour obedient servant,\n"),
        ("signature", "A. Mellin\n"),
    ),
    fields=(("title", "The treaty letter on the waters of the Teshka"),),
)

_ARABIC = Draft(
    id="05LISSENDRA7",
    type="cable",
    units=(
        ("banner", "UNCLAS LISSENDRA 000007\n\n"),
        ("subject-label", "SUBJECT: "),
        ("subject", "رسالة من أهل الوادي\n\n"),
        ("paragraph", "1. (U) The text of the petition follows.\n\n"),
        ("paragraph", "2. (U) نحن أهل الوادي نطلب أن تقرأ الأجهزة قبل أن يملأ السد، فالجبل يتحرك كل ليلة.\n\n"),
    ),
    fields=(
        ("id", "05LISSENDRA7"),
        ("class", "UNCLASSIFIED"),
        ("origin", "Consulate Lissendra"),
        ("date", "2005"),
        ("subject", "رسالة من أهل الوادي"),
    ),
)

STORY_DRAFTS = [_CABLE_ONE, _CABLE_TWO, _MAIL, _ATTACHMENT, _EVENT, _CHAT, _PDF, _ARTICLE, _LETTER, _ARABIC]

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--"
_HOSTILE_TEXT = (
    f"1. (C) {EVIL} \x1b[31mred\x1b[0m \u202eevil\u202c \x00\x07\x0c\x85 javascript:alert(3) {{{{ 7*7 }}}}\n\n"
)


def hostile(number: int) -> Draft:
    """A document that attacks in every field."""
    ids = ("../../../etc/passwd", "javascript:alert(1)", EVIL, "..", "a/b\\c", "x" * 300, "con\x00trol", "%2e%2e%2f")
    names = [
        "id",
        "date",
        "created",
        "origin",
        "class",
        "caption",
        "tag",
        "subject",
        "from",
        "to",
        "cc",
        "ref",
        "declassify",
        "signer",
        "lang",
        "place",
        "author",
        "url",
    ]
    fields = tuple((name, f"{EVIL}{number}") for name in names)
    return Draft(
        id=ids[number % len(ids)],
        type=("cable", "email", "event", "chat", "pdf", "table", "article", EVIL)[number % 8],
        units=tuple(
            (label, _HOSTILE_TEXT)
            for label in ("subject", "paragraph", "cell-label", "cell", "name", "message", "structure", "code")
        ),
        fields=(*fields, ("ref", "javascript:alert(4)"), ("title", EVIL)),
        title=EVIL,
        hide=((1, "red", 3),),
    )


def plain(number: int) -> Draft:
    """One of many small cables, for lists and pages of a hundred."""
    year = 1998 + number % 12
    station = ("VARDESK", "PORTSABEL", "LISSENDRA", "STENHAVEN")[number % 4]
    return Draft(
        id=f"{year % 100:02d}{station}{1000 + number}",
        type="cable",
        units=(
            ("banner", f"UNCLAS {station} {1000 + number:06d}\n\n"),
            ("subject-label", "SUBJECT: "),
            ("subject", f"WEEKLY REPORT NUMBER {number}\n\n"),
            ("paragraph", f"1. (U) Nothing of note happened in week {number}.\n\n"),
            ("paragraph", "2. (U) The ferry ran. The price of bread stayed as it was.\n\n"),
        ),
        fields=(
            ("id", f"{year % 100:02d}{station}{1000 + number}"),
            ("class", ("UNCLASSIFIED", "CONFIDENTIAL", "SECRET")[number % 3]),
            ("origin", f"Embassy {station.title()}"),
            *((("date", f"{year}-{number % 12 + 1:02d}-{number % 28 + 1:02d}"),) if number % 17 else ()),
            ("tag", ("ECON", "PREL", "SENV", "PHUM", "ENRG")[number % 5]),
            ("subject", f"WEEKLY REPORT NUMBER {number}"),
            ("ref", f"{year % 100:02d}{station}{1000 + number - 48}"),
        ),
    )
