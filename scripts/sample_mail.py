# ruff: noqa: E501 - the texts stand here as they will be read

"""Mails of the sample archive: an mbox of an embassy desk, and single messages with parts inside.

Messages are put together by hand and not by `email`, so that every encoding stands exactly where it is wanted:
RFC 2047 names, quoted-printable, base64, a nested message, a line that begins with "From ", a message cut short.
"""

from __future__ import annotations

import base64
import quopri
from typing import NamedTuple


class Part(NamedTuple):
    """A body or an attachment. `encoding` is 7bit, 8bit, quoted-printable or base64."""

    type: str
    content: bytes
    encoding: str = "7bit"
    name: str = ""

    def render(self) -> str:
        """Its headers and its encoded content."""
        lines = [
            f"Content-Type: {self.type}" + (f'; name="{self.name}"' if self.name else ""),
            f"Content-Transfer-Encoding: {self.encoding}",
        ]
        if self.name:
            lines.append(f'Content-Disposition: attachment; filename="{self.name}"')
        return "\n".join(lines) + "\n\n" + self._encoded()

    def _encoded(self) -> str:
        if self.encoding == "base64":
            return base64.encodebytes(self.content).decode()
        if self.encoding == "quoted-printable":
            return quopri.encodestring(self.content).decode()
        return self.content.decode("latin-1" if self.encoding == "8bit" else "utf-8")


def b64(text: str, charset: str = "utf-8") -> str:
    """An RFC 2047 word in base64."""
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


def q(text: str, charset: str = "utf-8") -> str:
    """An RFC 2047 word in the Q encoding."""
    encoded = "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else "_" if byte == 32 else f"={byte:02X}"
        for byte in text.encode(charset)
    )
    return f"=?{charset}?Q?{encoded}?="


def message(headers: list[tuple[str, str]], *parts: Part, boundary: str = "") -> str:
    """One message: a single body, or several parts under `boundary`."""
    head = "".join(f"{name}: {value}\n" for name, value in headers) + "MIME-Version: 1.0\n"
    if not boundary:
        return head + parts[0].render()
    inner = "".join(f"--{boundary}\n{part.render().rstrip(chr(10))}\n" for part in parts)
    return f'{head}Content-Type: multipart/mixed; boundary="{boundary}"\n\nThis is a message in parts.\n{inner}--{boundary}--\n'


def plain(text: str) -> Part:
    """A plain body; quoted-printable as soon as a character needs it."""
    content = text.strip("\n").encode() + b"\n"
    if content.isascii():
        return Part("text/plain; charset=us-ascii", content)
    return Part("text/plain; charset=utf-8", content, "quoted-printable")


def _headers(
    sender: str, to: str, subject: str, date: str, number: str, *more: tuple[str, str]
) -> list[tuple[str, str]]:
    return [("From", sender), ("To", to), ("Subject", subject), ("Date", date), ("Message-ID", f"<{number}>"), *more]


STROEM = "Nadia Stroem <nadia.stroem@vardesk.extaffairs.example>"
HARROWER = "Paul Harrower <paul.harrower@vardesk.extaffairs.example>"
ELLINGSEN = "Ruth Ellingsen <ruth.ellingsen@vardesk.extaffairs.example>"
FEHRIN = "Jolanta Fehrin <j.fehrin@post-vardesk.example>"
TARRANT = "Viggo Tarrant <viggo.tarrant@brannock-sund.example>"
RAVNDAHL = "Signe Ravndahl <signe.ravndahl@brannock-sund.example>"
ACHTERBERG = "D. Achterberg <doors@corvid-maritime.example>"
BREVCAK = f"{q('Teodor Brevčák')} <t.brevcak@teshka-authority.example>"
KARSAVI = "Ilona Karsavi <ilona.karsavi@hydro.example>"

CARBON = """\
Vardesk, 9 October 2005

To the Director of the Teshka Basin Authority

Dear Mr. Director,

this is the fourth letter in which I ask you what has become of the core of
borehole BH-17, receipt no. 211 of your laboratory, 8 July 2004. I remain of
the view that you have not answered the first three because the post is slow.

The gauge, which is mine, today reads 97. On the first of September it read
below 24. You are an engineer and can put a ruler to it as well as I can.

I shall be on the left bank next weekend and would be glad to be told there,
by anybody you care to send, that I am mistaken.

Yours faithfully,
Ilona Karsavi
"""

LEDGER = """\
date,voucher,payee,account,crowns,text
2003-10-03,0311,Corvid Maritime Advisory,4417 local facilitation,21126000.00,as agreed at signature
2004-12-11,0412,Saint Aldo Aggregates,5110 gravel,198400.00,800 t river gravel
2004-12-14,0413,Saint Aldo Aggregates,5110 gravel,198400.00,800 t river gravel
2004-12-17,0415,Saint Aldo Aggregates,5110 gravel,243200.00,800 t river gravel (express)
2005-01-20,0417,Corvid Maritime Advisory,4417 local facilitation,61000.00,translation of a number
"""

BH17_LOG = """\
depth_from_m,depth_to_m,material,remark
0.0,1.2,topsoil,roots
1.2,58.9,limestone,"broken, water lost at 31 m"
58.9,61.0,limestone,crushed
61.0,62.1,clay,"liver brown, polished on upper face, striae 074/12"
62.1,70.0,marl,sound
"""


def desk_messages() -> list[tuple[str, str]]:
    """The ten messages of the desk's mbox, each with its envelope line."""
    thread = "karsavi-1@post-vardesk.example"
    reply = "karsavi-2@vardesk.extaffairs.example"
    return [
        (
            "stroem Wed Jul  7 08:12:40 2004",
            message(
                _headers(
                    STROEM, HARROWER, "Gorge", "Wed, 7 Jul 2004 08:12:40 +0200", "desk-1@vardesk.extaffairs.example"
                ),
                plain(
                    "Paul,\n\nback at midnight, mud to the elbows. I will write it up today. If you read only one line: she has a piece of "
                    "clay\nand it shines.\n\nN."
                ),
            ),
        ),
        (
            "karsavi Tue Aug  3 19:02:11 2004",
            message(
                _headers(
                    KARSAVI,
                    STROEM,
                    "Fwd: circular",
                    "Tue, 3 Aug 2004 19:02:11 +0200",
                    "desk-2@hydro.example",
                    ("Cc", BREVCAK),
                ),
                plain(
                    "For your collection. He signed it. In this country one does not sign a number unless one has tried very hard\n"
                    "not to.\n\n---- Forwarded ----\nTeshka Basin Authority, materials laboratory\nFrom: T. Brevčák\nSample 211, polished "
                    "face: friction angle 11°, three runs, no doubt.\n"
                ),
            ),
        ),
        (
            "ravndahl Tue May  3 12:40:05 2005",
            message(
                _headers(
                    RAVNDAHL,
                    "consular@vardesk.extaffairs.example",
                    "Passport, and a question about gravel",
                    "Tue, 3 May 2005 12:40:05 +0200",
                    "desk-3@brannock-sund.example",
                ),
                plain(
                    "Good day,\n\nmy passport ran out in March. I should also like to speak to somebody senior about the photograph.\n"
                    "I think that you will understand when you see it. It is of a column of figures.\n\nSigne Ravndahl"
                ),
            ),
        ),
        (
            "stroem Sat May 21 09:30:00 2005",
            message(
                _headers(
                    STROEM, HARROWER, "Thanked", "Sat, 21 May 2005 09:30:00 +0200", "desk-4@vardesk.extaffairs.example"
                ),
                plain(
                    "We have been thanked again.\n\n>From now on I shall measure the gravity of our reports by the warmth of the\nreply. "
                    "Two more like this one and we shall get medals.\n\nFrom here it looks as if somebody wants the date more than the\nfact.\n"
                ),
            ),
        ),
        (
            "archive Fri Jul  1 00:05:00 2005",
            message(
                _headers(
                    "Registry <registry@vardesk.extaffairs.example>",
                    STROEM,
                    b64("Ablage – Rückfrage zu 3 Vorgängen"),
                    "Fri, 1 Jul 2005 00:05:00 +0200",
                    "desk-5@vardesk.extaffairs.example",
                ),
                plain(
                    "Three items on your list have no file number: 04 VARDESK 1218, 05 VARDESK 71, 05 STENHAVEN 17702.\n"
                    "They cannot be found. Please confirm that they never existed."
                ),
            ),
        ),
        (
            "fehrin Mon Oct 17 06:51:30 2005",
            message(
                _headers(FEHRIN, STROEM, "My sister", "Mon, 17 Oct 2005 06:51:30 +0200", thread),
                plain(
                    "Dear Miss Stroem,\n\nyour number is in my larder, in my sister’s hand, so I suppose that I may use it. Ilona went up on "
                    "Saturday to read\none number. She said that she would be back for the soup. She has never in her life been late for soup.\n\n"
                    "The police tell me to be patient. I have been patient for two days and I am not good at it – c’est de famille, as our\n"
                    "mother used to say.\n\nJolanta Fehrin"
                ),
            ),
        ),
        (
            "stroem Mon Oct 17 07:20:02 2005",
            message(
                _headers(
                    STROEM,
                    FEHRIN,
                    "Re: My sister",
                    "Mon, 17 Oct 2005 07:20:02 +0200",
                    reply,
                    ("In-Reply-To", f"<{thread}>"),
                    ("References", f"<{thread}>"),
                ),
                plain(
                    "Dear Mrs. Fehrin,\n\nyou may use it at any hour. I am calling the Ambassador now. Did she leave anything with you,\n"
                    "a letter, a copy of one?\n\nN. Stroem"
                ),
            ),
        ),
        (
            "fehrin Mon Oct 17 08:03:44 2005",
            message(
                _headers(
                    FEHRIN,
                    STROEM,
                    "Re: My sister",
                    "Mon, 17 Oct 2005 08:03:44 +0200",
                    "karsavi-3@post-vardesk.example",
                    ("In-Reply-To", f"<{reply}>"),
                    ("References", f"<{thread}> <{reply}>"),
                ),
                plain(
                    "The carbon of the letter to the Director. I have typed it off for you. I have left in the jokes.\n\nJ. F."
                ),
                Part("text/plain; charset=us-ascii", CARBON.encode(), "base64", "carbon.txt"),
                boundary="=_soup",
            ),
        ),
        (
            "ellingsen Sat Apr 22 07:45:00 2006",
            message(
                _headers(
                    ELLINGSEN,
                    f"{STROEM}, {HARROWER}",
                    "Rotation",
                    "Sat, 22 Apr 2006 07:45:00 +0200",
                    "desk-9@vardesk.extaffairs.example",
                ),
                plain(
                    "My dears,\n\nI am to be routine from the first of July. You will read that I asked for it. I did not ask for it.\n\n"
                    "There are copies of everything in the place where the good paper is kept. I have retained none.\n\nR. E."
                ),
            ),
        ),
        (
            "courier Fri Jun 29 05:00:00 2007",
            message(
                _headers(
                    "Vardesk Courier <digest@courier.example>",
                    STROEM,
                    "Today: THE GATES ARE CLOSED",
                    "Fri, 29 Jun 2007 05:00:00 +0200",
                    "digest-20070629@courier.example",
                ),
                Part(
                    "text/html; charset=utf-8",
                    (
                        b"<html><body><h1>The gates are closed</h1><p>Minister Ostrander pressed the button at eleven. &ldquo;It is the best "
                        b"memorial,&rdquo; he said.</p><p>Weather: <b>rain from the west</b>.</p></body></html>\n"
                    ),
                    "quoted-printable",
                ),
            ),
        ),
    ]


def desk_mbox() -> bytes:
    """The mbox."""
    return "".join(f"From {envelope}\n{text.rstrip(chr(10))}\n\n" for envelope, text in desk_messages()).encode()


def single_mails(invoice: bytes) -> dict[str, bytes]:
    """The single messages by file name. `invoice` is the PDF that one of them carries."""
    nested = message(
        _headers(
            ELLINGSEN,
            STROEM,
            "The good paper",
            "Fri, 30 Jun 2006 22:10:00 +0200",
            "good-paper@vardesk.extaffairs.example",
        ),
        plain("Third drawer. The number is the one you think.\n\nR."),
    )
    invoice_mail = message(
        _headers(
            TARRANT,
            ACHTERBERG,
            "Invoice 0417",
            "Thu, 20 Jan 2005 16:05:12 +0200",
            "inv-0417@brannock-sund.example",
            ("Cc", RAVNDAHL),
        ),
        plain(
            'Desmond,\n\nattached with thanks. Group asks whether "translation of a number" could be put differently.\n'
            "I said that it was rather well put.\n\nS. Ravndahl will book it.\n\nV."
        ),
        Part("application/pdf", invoice, "base64", "invoice-0417.pdf"),
        boundary="=_invoice",
    )
    ledger_mail = message(
        _headers(
            RAVNDAHL,
            "Signe Ravndahl <s.ravndal@private-post.example>",
            "gravel",
            "Fri, 29 Apr 2005 18:59:00 +0200",
            "gravel-1@brannock-sund.example",
        ),
        plain("so that it is somewhere else too"),
        Part("text/csv; charset=utf-8", LEDGER.encode(), "quoted-printable", "ledger-extract.csv"),
        boundary="=_gravel",
    )
    director_mail = message(
        _headers(
            KARSAVI,
            "Director <director@teshka-authority.example>",
            q("Bohrloch 17: Kern – dritte Anfrage"),
            "Mon, 19 Sep 2005 07:30:00 +0200",
            "director-3@hydro.example",
        ),
        Part(
            "text/plain; charset=iso-8859-1",
            "Sehr geehrter Herr Direktor,\n\nich frage zum dritten Mal höflich nach dem Kern aus BH-17. Das "
            "Protokoll füge ich bei,\nfalls auch dieses verlegt wurde.\n\nMit freundlichen Grüßen\nIlona Karsavi\n".encode(
                "latin-1"
            ),
            "8bit",
        ),
        Part("text/csv; charset=us-ascii", BH17_LOG.encode(), "7bit", "bh17-log.csv"),
        boundary="=_kern",
    )
    forward = message(
        _headers(
            HARROWER,
            "Inspector General <ig@extaffairs.example>",
            "Fwd: The good paper",
            "Tue, 3 Feb 2009 19:00:00 +0100",
            "ig-1@vardesk.extaffairs.example",
        ),
        plain(
            "I have found the drawer. I attach her message as she sent it, since you will want to see that it says nothing."
        ),
        Part("message/rfc822", nested.encode()),
        boundary="=_drawer",
    )
    names = message(
        _headers(
            f"{b64('Žofie Müller-Łącka')} <translator@vardesk.extaffairs.example>",
            f"{q('Bálint Šorényi')} <b.sorenyi@courier.example>",
            f"{b64('Plakaya, Plakaja, ')}\n {b64('Плакая')}",
            "Thu, 14 May 2009 10:00:00 +0200",
            "names-1@vardesk.extaffairs.example",
        ),
        Part(
            "text/plain; charset=utf-8",
            "All three spellings are right. The hill answers to none of them.\n\nŽ. M.-Ł.\n".encode(),
            "base64",
        ),
    )
    # An export that stopped: no closing boundary, base64 cut inside a group, a charset that does not exist.
    whole = ledger_mail.replace("utf-8", "x-teshka-8").replace("=_gravel", "=_cut").replace("gravel-1@", "gravel-2@")
    broken = whole.encode()[: len(whole) - 520] + b'\n\xff\xfe\x00Content-Type: image/tiff; name="\n\nQUJD=A'
    # The messages of one export program end their lines with CRLF, those of the other do not.
    crlf = {
        "karsavi-to-director.eml": _latin(director_mail).replace(b"\n", b"\r\n"),
        "invoice-0417.eml": invoice_mail.encode().replace(b"\n", b"\r\n"),
    }
    return crlf | {
        "gravel.eml": ledger_mail.encode(),
        "drawer.eml": forward.encode(),
        "names.eml": names.encode(),
        "broken.eml": broken,
    }


def _latin(text: str) -> bytes:
    # The one body in 8bit was decoded as latin-1 byte for byte; everything around it is ASCII.
    return text.encode("latin-1")
