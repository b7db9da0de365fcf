"""The sample archive as a stranger would read it: plain parsing, none of the project's readers."""

from __future__ import annotations

import csv
import email
import email.policy
import html
import io
import json
import re
import unicodedata
from email.message import EmailMessage
from pathlib import Path

import pypdfium2

SAMPLE = Path(__file__).resolve().parents[2] / "sample"
ARCHIVE = SAMPLE / "archive"
EXPECT = json.loads((SAMPLE / "EXPECT.json").read_text(encoding="utf-8"))
RELEASES = json.loads((SAMPLE / "releases.json").read_text(encoding="utf-8"))


def table(path: Path, escape: str | None) -> list[list[str]]:
    """The rows of a CSV file; undecodable bytes become U+FFFD."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    return list(csv.reader(io.StringIO(text, newline=""), escapechar=escape, doublequote=True))


def dump() -> list[list[str]]:
    """The rows of the cable dump."""
    return table(ARCHIVE / "cables" / "dump.csv", "\\")


def page_text(path: Path) -> str:
    """The text of an HTML page, tags dropped, pilcrows too."""
    without = re.sub(r"<(script|style|head).*?</\1>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", "", without)).replace("¶", "")


def cables() -> dict[str, str]:
    """Header and body of every cable by canonical id; of a repeated id the last one."""
    found = {row[2]: f"{row[6]}\n\n{row[7]}" for row in dump() if len(row) == 8}
    found |= {path.stem: page_text(path) for path in (ARCHIVE / "cables" / "html").glob("*.html")}
    return found | {path.stem: path.read_text(encoding="utf-8") for path in (ARCHIVE / "cables" / "text").glob("*.txt")}


def mail_text(message: EmailMessage) -> str:
    """Headers, decoded and as written, and every text part of a message."""
    lines = [f"{name}: {value}" for name, value in message.items()]
    lines += [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join(lines)


def parse_mail(raw: bytes) -> EmailMessage:
    """One message."""
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]


def mbox() -> list[bytes]:
    """The messages of the desk's mbox without their envelope lines."""
    raw = (ARCHIVE / "mail" / "desk.mbox").read_bytes()
    return [part.split(b"\n", 1)[1] for part in re.split(rb"(?m)^(?=From \w+ \w{3} \w{3} )", raw) if part]


def pdf_text(data: bytes) -> str:
    """The text layer of a PDF."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


def released_text(reference: str) -> str:
    """What a document of `releases.json` says."""
    held = cables()
    if reference in held:
        return held[reference]
    for row in table(ARCHIVE / "events" / "omtv-2007-2008.csv", None):
        if row[0] == reference:
            return "\n".join(row)
    path, _, number = reference.partition("#")
    if path.endswith(".mbox"):
        return mail_text(parse_mail(mbox()[int(number) - 1]))
    raw = (ARCHIVE / path).read_bytes()
    if path.endswith(".eml"):
        message = parse_mail(raw)
        if not number:
            return mail_text(message)
        raw = list(message.iter_attachments())[int(number) - 1].get_content()
        path = "attachment.pdf"
    if path.endswith(".pdf"):
        return pdf_text(raw)
    return page_text(ARCHIVE / path) if path.endswith(".html") else raw.decode("utf-8")


def plain(text: str) -> str:
    """Lower case without accents, white space collapsed: any spelling of a name is a substring of it."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
