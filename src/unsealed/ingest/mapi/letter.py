"""A stored message as a message of RFC 5322: deterministic, and nothing that it says in words is left out.

What the sender's headers state stands as stored; headers that describe the form of the message that travelled are kept
as `X-Stored-…`, since the form here is ours. Properties of text that no header says follow as `X-Mapi-…`. Texts are
UTF-8.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import quote

from unsealed.ingest.mapi.bag import Attachment, Stored, codec
from unsealed.ingest.mapi.entries import entry
from unsealed.ingest.mapi.rtf import read_rich, unpacked
from unsealed.ingest.mapi.says import flat, person, recipient, subject, unsaid

DEPTH = 16  # messages inside each other; deeper ones are named, not written

_LINE = re.compile(r"[!-9;-~]{1,200}[ \t]*:")
_OURS = re.compile(r"(?:content-|mime-version)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[\w .,()&+=@#-]{1,120}", re.ASCII)
_TOKENS = re.compile(r"[^\W_]+")
_MIME = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,100}", re.ASCII)
_KINDS = {1: "To", 2: "Cc", 3: "Bcc"}


class Body(NamedTuple):
    """A body of a message: its media type, its charset (empty: the bytes state it), its bytes."""

    mime: str
    charset: str
    data: bytes


class Made(NamedTuple):
    """What a stored thing became: a form of `sniff` (`eml`, `calendar`, `contact`), its media type, its bytes."""

    form: str
    mime: str
    data: bytes


def render(item: Stored, depth: int = 0, attached: bool = True) -> Made:
    """A message as a message, an appointment, task or note as a calendar, a contact as a card.

    Where such an entry carries attachments it is a part of a message that carries them too. `attached` false: they
    are left out, somebody else takes them.
    """
    made = entry(item)
    if made is None:
        return Made("eml", "message/rfc822", written(item, depth, attached))
    mime, data = made
    if item.attachments and attached:
        return Made("eml", "message/rfc822", written(item, depth, attached, [Body(mime, "utf-8", data)]))
    return Made("contact" if mime == "text/vcard" else "calendar", mime, data)


def written(item: Stored, depth: int = 0, attached: bool = True, bodies: list[Body] | None = None) -> bytes:
    """The message; `attached` false leaves the attachments out. `bodies`: instead of the stored ones."""
    bodies = stored_bodies(item) if bodies is None else bodies
    parts = [_body(body) for body in bodies]
    if attached:
        parts += [_attachment(attachment, depth) for attachment in item.attachments]
    lines = list(heads(item))
    return _message(lines, parts, "alternative" if len(parts) == len(bodies) else "mixed")


def _message(lines: list[str], parts: list[bytes], kind: str) -> bytes:
    top = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    if len(parts) == 1 and not parts[0].startswith((b"Content-Type: message/", b"Content-Disposition: ")):
        return top + b"MIME-Version: 1.0\r\n" + parts[0]
    if not parts:
        return top + b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    digest = hashlib.sha256(top)
    for part in parts:
        digest.update(part)
    mark = f"=_{digest.hexdigest()[:40]}".encode()
    pieces = [top, b"MIME-Version: 1.0\r\nContent-Type: multipart/", kind.encode(), b'; boundary="', mark, b'"\r\n\r\n']
    for part in parts:
        pieces += [b"--", mark, b"\r\n", part, b"\r\n"]
    return b"".join([*pieces, b"--", mark, b"--\r\n"])


def heads(item: Stored) -> Iterator[str]:
    """The header lines, without line ends."""
    bag = item.bag
    lines, loose = _transport(bag.text(0x007D))
    there = {line.partition(":")[0].strip().lower() for line in lines}
    for name, value in _stated(item):
        if value and name.lower() not in there:
            lines.append(f"{name}: {flat(value)}")
    yield from lines
    yield from loose
    yield f"X-Message-Class: {flat(bag.text(0x001A)) or 'unknown'}"
    if item.folder:
        yield f"X-Folder: {flat(item.folder)}"
    yield from unsaid(bag, "\n".join(lines))
    for code in item.troubles:
        yield f"X-Trouble: {code}"


def _transport(text: str) -> tuple[list[str], list[str]]:
    """The headers as the message travelled with them, folded ones in one line; and lines that are none."""
    lines: list[str] = []
    loose: list[str] = []
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if raw[:1] in (" ", "\t") and lines:
            lines[-1] += " " + flat(raw.strip())
        elif _LINE.match(raw):
            lines.append(("X-Stored-" if _OURS.match(raw) else "") + flat(raw))
        elif raw.strip():
            loose.append(f"X-Stored: {flat(raw.strip())}")
    return lines, loose


def _stated(item: Stored) -> Iterator[tuple[str, str]]:
    bag = item.bag
    yield "From", person(bag.text(0x0042, 0x0C1A), bag.text(0x5D02, 0x5D01, 0x0065, 0x0C1F))
    sender = person(bag.text(0x0C1A), bag.text(0x5D01, 0x0C1F))
    if bag.text(0x0042) and sender != person(bag.text(0x0042), bag.text(0x5D02, 0x0065)):
        yield "Sender", sender
    for number, name in _KINDS.items():
        people = [recipient(one) for one in item.recipients if (one.number(0x0C15) & 0xF or 1) == number]
        shown = {1: bag.text(0x0E04), 2: bag.text(0x0E03), 3: bag.text(0x0E02)}[number]
        yield name, ", ".join(people) or shown.replace(";", ",")
    yield "Reply-To", bag.text(0x0050).replace(";", ",")
    yield "Subject", subject(bag)
    sent = bag.time(0x0039, 0x0E06, 0x3007)
    yield "Date", rfc_date(sent) if sent else ""
    yield "Message-ID", bag.text(0x1035)
    yield "In-Reply-To", bag.text(0x1042)
    yield "References", bag.text(0x1039)
    yield "Thread-Topic", bag.text(0x0070)
    received = bag.time(0x0E06)
    yield "X-Received-At", rfc_date(received) if received else ""


def rfc_date(moment: datetime) -> str:
    """A moment as a header states it."""
    return format_datetime(moment)


def stored_bodies(item: Stored) -> list[Body]:
    """The bodies that say different things: plain text, page, rich text (as its words or its page)."""
    bag = item.bag
    bodies: list[Body] = []
    plain = bag.text(0x1000)
    if plain:
        bodies.append(Body("text/plain", "utf-8", plain.encode("utf-8", "replace")))
    page = bag.properties.get(0x1013)
    if page is not None and page.values and page.values[0]:
        if page.kind == 0x1F:
            bodies.append(Body("text/html", "utf-8", bag.text(0x1013).encode("utf-8", "replace")))
        else:
            bodies.append(Body("text/html", codec(bag.number(0x3FDE) or bag.codepage), page.values[0].rstrip(b"\0")))
    packed = bag.raw(0x1009)
    if packed:
        bodies += _rich(packed, plain, any(body.mime == "text/html" for body in bodies))
    return bodies


def _rich(packed: bytes, plain: str, has_page: bool) -> list[Body]:
    raw = unpacked(packed)
    if not raw:
        return [Body("application/octet-stream", "", packed)]
    rich = read_rich(raw)
    if rich.page:
        return [] if has_page else [Body("text/html", "utf-8", rich.page.encode("utf-8", "replace"))]
    bodies: list[Body] = []
    if not has_page and _TOKENS.findall(rich.text) != _TOKENS.findall(plain):
        bodies.append(Body("text/plain", "utf-8", rich.text.encode("utf-8", "replace")))
    if not has_page and (b"\\pict" in raw or b"\\objdata" in raw):
        bodies.append(Body("application/rtf", "", raw))
    return bodies


def _body(body: Body) -> bytes:
    head = f"Content-Type: {body.mime}" + (f"; charset={body.charset}" if body.charset else "") + "\r\n"
    if body.mime.startswith("text/") and b"\0" not in body.data:
        return head.encode() + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + body.data
    if not body.charset:
        head = "Content-Disposition: attachment; filename=body\r\n" + head
    return head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(body.data)


def _attachment(attachment: Attachment, depth: int) -> bytes:
    lines = [f"Content-Disposition: {'inline' if attachment.hidden else 'attachment'}{_file_name(attachment.name)}"]
    if attachment.content_id:
        lines.append(f"Content-ID: <{flat(attachment.content_id).strip('<>')}>")
    if attachment.apart:
        mime, data, note = "application/octet-stream", b"", "M-APART"
    elif attachment.message is not None and depth < DEPTH:
        _, mime, data = render(attachment.message, depth + 1)
        note = attachment.note
    else:
        mime, (data, note) = attachment.mime, attachment.data()
        note = "M-DEPTH" if attachment.message is not None else note
    if note:
        lines.append(f"X-Trouble: {note}")
    lines.append(f"Content-Type: {mime if _MIME.fullmatch(mime) else 'application/octet-stream'}")
    if mime == "message/rfc822":
        lines.append("Content-Transfer-Encoding: 8bit")
    else:
        lines.append("Content-Transfer-Encoding: base64")
        data = base64.encodebytes(data)
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace") + b"\r\n" + data


def _file_name(name: str) -> str:
    if not name:
        return ""
    if _PLAIN_NAME.fullmatch(name):
        return f'; filename="{name}"'
    return f"; filename*=utf-8''{quote(name.encode('utf-8', 'replace'), safe='')}"
