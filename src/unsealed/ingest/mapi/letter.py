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

from unsealed.ingest.mapi.bag import Attachment, Bag, Stored, codec, spelled
from unsealed.ingest.mapi.rtf import read_rich, unpacked

DEPTH = 16  # messages inside each other; deeper ones are named, not written

_BREAKS = re.compile(r"[\r\n\x00\x0b\x0c\x85\u2028\u2029]+[ \t]*")
_LINE = re.compile(r"[!-9;-~]{1,200}[ \t]*:")
_OURS = re.compile(r"(?:content-|mime-version)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[\w .,()&+=@#-]{1,120}", re.ASCII)
_TOKENS = re.compile(r"[^\W_]+")
_KINDS = {1: "To", 2: "Cc", 3: "Bcc"}
# Properties that a header or a body says already (0x1008 and 0x6619: made from the words of the body)
_SAID = frozenset({
    0x001A, 0x0037, 0x003D, 0x0E1D, 0x0070, 0x007D, 0x1000, 0x1008, 0x1013, 0x1035, 0x1039, 0x1042, 0x0064, 0x0C1E,
    0x0E04, 0x0E03, 0x0E02, 0x0042, 0x0065, 0x0C1A, 0x0C1F, 0x5D01, 0x5D02, 0x3FF8, 0x3FFA, 0x6619,
})  # fmt: skip


class Body(NamedTuple):
    """A body of a message: its media type, its charset (empty: the bytes state it), its bytes."""

    mime: str
    charset: str
    data: bytes


def written(item: Stored, depth: int = 0, attached: bool = True) -> bytes:
    """The message; `attached` false leaves the attachments out (somebody else takes them)."""
    bodies = stored_bodies(item)
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
            lines.append(f"{name}: {_flat(value)}")
    yield from lines
    yield from loose
    yield f"X-Message-Class: {_flat(bag.text(0x001A)) or 'unknown'}"
    if item.folder:
        yield f"X-Folder: {_flat(item.folder)}"
    yield from unsaid(bag, "\n".join(lines))
    for code in item.troubles:
        yield f"X-Trouble: {code}"


def _transport(text: str) -> tuple[list[str], list[str]]:
    """The headers as the message travelled with them, folded ones in one line; and lines that are none."""
    lines: list[str] = []
    loose: list[str] = []
    for raw in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if raw[:1] in (" ", "\t") and lines:
            lines[-1] += " " + _flat(raw.strip())
        elif _LINE.match(raw):
            lines.append(("X-Stored-" if _OURS.match(raw) else "") + _flat(raw))
        elif raw.strip():
            loose.append(f"X-Stored: {_flat(raw.strip())}")
    return lines, loose


def _stated(item: Stored) -> Iterator[tuple[str, str]]:
    bag = item.bag
    yield "From", person(bag.text(0x0042, 0x0C1A), bag.text(0x5D02, 0x5D01, 0x0065, 0x0C1F))
    sender = person(bag.text(0x0C1A), bag.text(0x5D01, 0x0C1F))
    if bag.text(0x0042) and sender != person(bag.text(0x0042), bag.text(0x5D02, 0x0065)):
        yield "Sender", sender
    for number, name in _KINDS.items():
        people = [_recipient(one) for one in item.recipients if (one.number(0x0C15) & 0xF or 1) == number]
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


def _recipient(bag: Bag) -> str:
    return person(bag.text(0x3001, 0x5FF6), bag.text(0x39FE, 0x3003))


def person(name: str, address: str) -> str:
    """`Name <address>`, or what there is of it."""
    name, address = _flat(name).strip().strip("'\""), _flat(address).strip()
    if not name or name == address:
        return address
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' if re.search(r'[,;<>@"()\\:]', name) else name
    return f"{quoted} <{address}>" if address else quoted


def subject(bag: Bag) -> str:
    """The subject; a mark of MAPI for the length of its prefix is no part of it."""
    text = bag.text(0x0037)
    return text[2:] if text.startswith("\x01") else text or bag.text(0x0E1D)


def rfc_date(moment: datetime) -> str:
    """A moment as a header states it."""
    return format_datetime(moment)


def unsaid(bag: Bag, said: str) -> Iterator[str]:
    """The properties of text that neither a header nor a body says."""
    body = bag.text(0x1000)
    for key, texts in bag.all_texts():
        for text in texts:
            flat = _flat(text).strip()
            if key not in _SAID and flat and text != body and flat not in said:
                yield f"X-Mapi-{_named(spelled(key))}: {flat}"


def _named(key: str) -> str:
    return re.sub(r"[^!-9;-~]+", "-", key.strip("~").replace(":", "-"))[:100]


def _flat(text: str) -> str:
    return _BREAKS.sub(" ", text)


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
        lines.append(f"Content-ID: <{_flat(attachment.content_id).strip('<>')}>")
    if attachment.note:
        lines.append(f"X-Trouble: {attachment.note}")
    if attachment.message is not None and depth < DEPTH:
        lines.append("Content-Type: message/rfc822")
        head, data = lines, written(attachment.message, depth + 1)
    else:
        mime = attachment.mime if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,100}", attachment.mime, re.ASCII) else ""
        if attachment.message is not None:
            lines.append("X-Trouble: M-DEPTH")
        head = [*lines, f"Content-Type: {mime or 'application/octet-stream'}", "Content-Transfer-Encoding: base64"]
        data = base64.encodebytes(attachment.data())
    return "".join(f"{line}\r\n" for line in head).encode("utf-8", "replace") + b"\r\n" + data


def _file_name(name: str) -> str:
    if not name:
        return ""
    if _PLAIN_NAME.fullmatch(name):
        return f'; filename="{name}"'
    return f"; filename*=utf-8''{quote(name.encode('utf-8', 'replace'), safe='')}"
