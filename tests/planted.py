"""Sources with names planted in every place where documents of all kinds keep one. Fiction; seeded."""

from __future__ import annotations

import base64
import csv
import io
import random
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from bench.vocabulary import FREQUENT
from PIL import PngImagePlugin
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas

from tests.ingest.packages import CORE, HEAD, LINKS, WORD, docx, odt, packed
from tests.ingest.sheets import photographed, scanned, typed

_BEGIN = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "fl",
    "g",
    "gr",
    "h",
    "k",
    "kl",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "r",
    "s",
    "st",
    "t",
    "tr",
    "v",
    "z",
)
_VOWEL = ("a", "e", "i", "o", "u")
_CLOSE = ("l", "m", "n", "r", "s", "t", "k", "d")


_LETTERS = 10  # of a word, at least: nearly a million letters of hashes and salts hold one of 7 in a run of thirty


class Names:
    """Names that stand nowhere else: two made-up words each, in order."""

    def __init__(self, seed: int = 11) -> None:
        self._chance = random.Random(seed)
        self._used: set[str] = set()
        self.given_out: list[str] = []
        self.of_files: set[str] = set()  # names of files: they stand in the same few words of a mail each time

    def calm(self) -> str:
        """A few sentences without a name, other ones each time: the same passage with another name would be told."""
        return " ".join(" ".join(self._chance.choices(FREQUENT, k=12)).capitalize() + "." for _ in range(3))

    def few(self) -> str:
        """Three ordinary words."""
        return " ".join(self._chance.choices(FREQUENT, k=3))

    def _word(self) -> str:
        chance = self._chance
        while True:
            word = "".join(chance.choice(_BEGIN) + chance.choice(_VOWEL) for _ in range(4)) + chance.choice(_CLOSE)
            if len(word) >= _LETTERS and word not in self._used:
                self._used.add(word)
                return word.capitalize()

    def next(self) -> str:
        """A new name, `Given Surname`."""
        name = f"{self._word()} {self._word()}"
        self.given_out.append(name)
        return name

    def of_file(self) -> str:
        """A new name for a file."""
        self.of_files.add(self.next())
        return self.given_out[-1]

    def some(self, count: int) -> list[str]:
        """That many."""
        return [self.next() for _ in range(count)]


def write(folder: Path, names: Names) -> None:
    """All sources, below `folder`."""
    for path, data in _files(names):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _files(names: Names) -> Iterator[tuple[str, bytes]]:
    yield "cables/dump.csv", _dump(names, 14)
    for number in range(5):
        yield f"cables/text/0{number}OSTMARK{number + 20}.txt", _cable_text(names, number).encode()
    yield "mail/desk.mbox", b"".join(_boxed(_mail(names, number)) for number in range(10))
    for number in range(5):
        yield f"mail/letter{number}.eml", _with_files(names, number).as_bytes()
    for number in range(5):
        yield f"pdf/report{number}.pdf", _pdf(names)
    yield "scans/page.png", _picture(names)
    yield "scans/pages.pdf", scanned([photographed(typed(_lines(names, 6))), photographed(typed(_lines(names, 6)))])
    for number in range(3):
        yield f"office/note{number}.docx", _word_file(names)
    yield "office/plan.odt", odt("".join(f"<text:p>{line}</text:p>" for line in _said(names, 12)))
    yield "tables/people.csv", _table(names)
    yield "chat/2006-03-01-desk.txt", _chat(names).encode()
    yield "web/page.html", _page(names).encode()
    yield "notes/plain.txt", "\n\n".join(_said(names, 16)).encode()
    yield "notes/list.md", ("# People met\n\n" + "\n".join(f"- {line}" for line in _said(names, 16))).encode()
    yield (
        "packed/box.zip",
        packed({f"about {name}.txt": f"{names.calm()}\n\nSeen with {names.next()}." for name in names.some(8)}),
    )


def _said(names: Names, count: int) -> list[str]:
    """Sentences with a name each, written in different ways."""
    found = []
    for number in range(count):
        before, name, after = names.few(), names.next(), names.few()
        found.append(f"{before} {name}'s {after}." if number % 3 else f"{before} {name} {after}.".upper())
    return found


def _lines(names: Names, count: int) -> str:
    return " ".join(f"{names.calm()} {line}" for line in _said(names, count))


def _body(names: Names, count: int) -> str:
    return "\n\n".join(
        f"{number}. (C) {names.calm()}\n{line}" for number, line in enumerate(_said(names, count), 1)
    )  # fmt: skip


def _cable_text(names: Names, number: int) -> str:
    surname = names.next().split()[1].upper()
    head = [
        "C O N F I D E N T I A L OSTMARK 0000" + str(20 + number),
        "",
        "SIPDIS",
        "",
        "E.O. 12958: DECL: 03/04/2016",
        "TAGS: PGOV, PREL, OM",
        f"SUBJECT: {names.next().upper()} AND THE HARBOUR",
        "",
        f"Classified By: {names.few()} {names.next()}. {names.calm()}",
        "",
    ]
    return "\n".join([*head, _body(names, 7), "", surname]) + "\n"


def _dump(names: Names, count: int) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out, quoting=csv.QUOTE_ALL, escapechar="\\", doublequote=False, lineterminator="\n")
    for number in range(count):
        surname = names.next().split()[1].upper()
        text = (
            f"C O N F I D E N T I A L OSTMARK {number + 100:06}\n\nSIPDIS\n\nE.O. 12958: DECL: 01/02/2015\n"
            f"TAGS: PGOV, PINR, OM\nSUBJECT: A TALK WITH {names.next().upper()}\n\n"
            f"Classified By: {names.few()} {names.next()}. {names.calm()}\n\n{_body(names, 8)}\n\n{surname}\n"
        )
        head = (
            f"VZCZCXO{number}\nPP RUEHC\nDE RUEHOM #{number + 100:04}/01 0021200\nFM AMEMBASSY OSTMARK\nTO RUEHC/STATE"
        )
        key = f"05OSTMARK{number + 100}"
        day = f"1/{number + 2}/2005 12:00"
        rows.writerow((str(number + 1), day, key, "Embassy Ostmark", "CONFIDENTIAL", "", head, text))
    return out.getvalue().encode()


def _mail(names: Names, number: int) -> EmailMessage:
    mail = EmailMessage()
    sender, to, also = names.some(3)
    mail["From"] = f"{sender} <{sender.split()[1].lower()}@desk.example>"
    mail["To"] = f"{to} <{to.replace(' ', '.').lower()}@ministry.example>"
    mail["Cc"] = f'"{also}" <c{number}@desk.example>'
    mail["Subject"] = f"About {names.next()}"
    mail["Date"] = f"Mon, {number + 1:02} Mar 2004 10:00:00 +0000"
    mail["Message-ID"] = f"<m{number}@desk.example>"
    quoted = "\n".join(f"> {line}" for line in _said(names, 2))
    mail.set_content(f"Dear all,\n\n{names.calm()}\n\n" + "\n".join(_said(names, 3)) + f"\n\n{quoted}\n")
    return mail


def _with_files(names: Names, number: int) -> EmailMessage:
    mail = _mail(names, 50 + number)
    mail.add_alternative(_page(names, 4), subtype="html")
    mail.add_attachment(
        "\n".join(_said(names, 4)).encode(), maintype="text", subtype="plain", filename=f"{names.of_file()}.txt"
    )
    mail.add_attachment(_word_file(names, 4), maintype="application", subtype="octet-stream", filename="note.docx")
    return mail


def _boxed(mail: EmailMessage) -> bytes:
    return b"From - Mon Mar  1 10:00:00 2004\n" + mail.as_bytes() + b"\n\n"


def _pdf(names: Names) -> bytes:
    out = io.BytesIO()
    sheet = canvas.Canvas(out, pagesize=A4, invariant=True)
    sheet.setAuthor(names.next())
    sheet.setTitle(f"Report on {names.next()}")
    for _ in range(2):
        sheet.setFont("Times-Roman", 12)
        for row, line in enumerate([names.calm()[:80], *_said(names, 5)]):
            sheet.drawString(60, 760 - 24 * row, line)
        sheet.bookmarkPage(f"p{names.given_out[-1]}")
        sheet.addOutlineEntry(f"Talk with {names.next()}", f"p{names.given_out[-2]}")
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def _picture(names: Names) -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", names.next())
    out = io.BytesIO()
    photographed(typed(_lines(names, 6), size=12)).save(out, "PNG", pnginfo=said)
    return out.getvalue()


def _word_file(names: Names, count: int = 8) -> bytes:
    lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in _said(names, count))
    gone = f'<w:p><w:del w:author="{names.next()}"><w:r><w:delText>{names.next()}</w:delText></w:r></w:del></w:p>'
    core = CORE.replace("Ada Lindqvist", names.next()).replace("Bruno Castellan", names.next())
    body = f"{HEAD}<w:document {WORD} {LINKS}><w:body>{lines}{gone}</w:body></w:document>"
    return docx(body, **{"docProps/core.xml": core})


def _table(names: Names) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(("number", "name", "remark"))
    for number, line in enumerate(_said(names, 20), 1):
        rows.writerow((number, names.next(), line))
    return out.getvalue().encode()


def _chat(names: Names) -> str:
    speakers = [names.next().split()[0].lower() for _ in range(4)]
    lines = [
        f"[2006-03-01 10:{minute:02}:00] <{speakers[minute % 4]}> {line}"
        for minute, line in enumerate(_said(names, 20))
    ]
    return "\n".join(lines) + "\n"


def _page(names: Names, count: int = 12) -> str:
    lines = "".join(f"<p>{line}</p>" for line in _said(names, count))
    picture = base64.b64encode(f"{names.calm()} {names.next()} {names.calm()}".encode()).decode()
    return (
        f"<html><head><title>{names.few()} {names.next()} {names.few()}</title>"
        f"<meta name='author' content='{names.next()}'></head>"
        f"<body>{lines}"
        f"<!-- {names.next()} --><a href='data:text/plain;base64,{picture}'>note</a></body></html>"
    )
