"""Mail as a tree: what is put into a message comes out again, each leaf byte for byte; broken trees lose nothing."""

from __future__ import annotations

import base64
import os
import tracemalloc
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from unsealed.ingest.readers import Outcome, Part, read
from unsealed.ingest.readers.mailhead import message_ids, moment, people
from unsealed.ingest.sniff import sniff
from unsealed.ingest.splitters import splitter

HEAD = b"From: Ada Quill <ada@example.org>\nTo: b@example.org\nSubject: Tea\nDate: Mon, 1 Jan 2007 10:00:00 +0100\n"


class Leaf(NamedTuple):
    data: bytes
    encoding: str


class Branch(NamedTuple):
    children: tuple[object, ...]
    message: bool  # a message of its own, or a multipart


def quoted(data: bytes) -> bytes:
    text = "".join(f"={byte:02X}" for byte in data)
    return b"=\n".join(text[start : start + 72].encode() for start in range(0, len(text), 72))


def entity(node: object, path: str) -> bytes:
    """A part with its headers. The boundary of a branch begins like those of its branches."""
    if isinstance(node, Leaf):
        coded = {"base64": base64.encodebytes, "quoted-printable": quoted, "binary": bytes}[node.encoding](node.data)
        head = f"Content-Type: application/octet-stream\nContent-Transfer-Encoding: {node.encoding}\n\n"
        return head.encode() + coded
    assert isinstance(node, Branch)
    mark = f"cut{path}".encode()
    inner = b"".join(
        b"--" + mark + b"\n" + entity(child, f"{path}{k}") + b"\n" for k, child in enumerate(node.children)
    )
    multipart = b'Content-Type: multipart/mixed; boundary="' + mark + b'"\n\n' + inner + b"--" + mark + b"--\n"
    return b"Content-Type: message/rfc822\n\n" + HEAD + multipart if node.message else multipart


def leaves(node: object) -> list[bytes]:
    if isinstance(node, Leaf):
        return [node.data]
    assert isinstance(node, Branch)
    return [data for child in node.children for data in leaves(child)]


def found(outcome: Outcome) -> list[bytes]:
    """The leaves of an outcome, those of inner messages in their place."""
    assert outcome.reading is not None
    out: list[bytes] = []
    for part in outcome.parts:
        out += found(read("eml", part.data)) if part.mime == "message/rfc822" else [part.data]
    return out


_LEAVES = st.builds(Leaf, st.binary(max_size=200), st.sampled_from(("base64", "quoted-printable"))) | st.builds(
    Leaf,
    st.binary(max_size=60).filter(lambda data: b"--cut" not in data and not data.endswith(b"\r")),
    st.just("binary"),
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.builds(Branch, st.lists(inner, min_size=1, max_size=4).map(tuple), st.booleans()),
    max_leaves=24,
)


@settings(max_examples=150)
@given(st.lists(_TREES, min_size=1, max_size=4).map(lambda trees: Branch(tuple(trees), message=False)))
def test_as_many_leaves_come_out_as_were_put_in_and_the_same_bytes(tree: Branch) -> None:
    outcome = read("eml", HEAD + entity(tree, ""))
    assert found(outcome) == leaves(tree)
    assert outcome.reading is not None
    assert [unit.label for unit in outcome.reading.units].count("attachment") == len(outcome.parts)


def test_messages_fifty_deep_are_all_there() -> None:
    data = HEAD + b"\ninnermost words\n"
    for _ in range(50):
        data = HEAD + b"Content-Type: message/rfc822\n\n" + data
    for _ in range(50):
        parts = read("eml", data).parts
        assert [part.mime for part in parts] == ["message/rfc822"]
        data = parts[0].data
    reading = read("eml", data).reading
    assert reading is not None and "innermost words\n" in [unit.text for unit in reading.units]


def test_multiparts_forty_deep_go_on_as_messages_of_their_own() -> None:
    tree: object = Leaf(b"at the bottom", "base64")
    for _ in range(40):
        tree = Branch((tree, Leaf(b"beside", "binary")), message=False)
    outcome = read("eml", HEAD + entity(tree, ""))
    assert outcome.reading is not None
    assert "M-DEPTH" in [finding.code for finding in outcome.reading.findings]
    assert sorted(found(outcome)) == sorted(leaves(tree))


def test_more_parts_than_the_limit_go_on_in_an_item_of_their_own() -> None:
    tree = Branch(tuple(Leaf(b"%d" % number, "binary") for number in range(6_000)), message=False)
    outcome = read("eml", HEAD + entity(tree, ""))
    assert found(outcome) == leaves(tree)
    assert outcome.reading is not None and "M-PARTS" in [finding.code for finding in outcome.reading.findings]


def multipart(body: bytes, boundary: str = '; boundary="q"') -> Outcome:
    return read("eml", HEAD + f"Content-Type: multipart/mixed{boundary}\n\n".encode() + body)


PART = b"--q\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nbytes\n"


@pytest.mark.parametrize(
    ("body", "boundary", "count", "code"),
    [
        (PART + PART, '; boundary="q"', 2, "M-OPEN-END"),
        (PART + b"--q--\n" + PART + b"--q--\n", '; boundary="q"', 2, ""),
        (PART + b"--q--\n", "", 1, "M-BOUNDARY"),
        (PART + b"--q--\n", '; boundary="another"', 1, "M-BOUNDARY"),
        (PART.replace(b"--q\n", b"--q  \t\n") + b"--q--\n", '; boundary="q"', 1, ""),
        (PART.replace(b"\n", b"\r\n") + b"--q--", '; boundary="q"', 1, ""),
        (PART.replace(b"\n", b"\r") + b"--q--", '; boundary="q"', 1, ""),
        (b"--qq\n" + PART + b"--qq--\n--q--\n", '; boundary="q"', 1, ""),
        (PART + b"--q--\n", '; boundary="=?us-ascii?Q?q?="', 1, "M-BOUNDARY"),
        (b"\0\n" + PART.replace(b"bytes", b"bytes\0") + b"--q--\0\n", '; boundary="q"', 1, ""),
        (PART + b"--q\n--q\n--q--\n", '; boundary="q"', 1, ""),
    ],
)
def test_boundaries_of_every_brokenness(body: bytes, boundary: str, count: int, code: str) -> None:
    outcome = multipart(body, boundary)
    assert outcome.reading is not None
    assert [part.name for part in outcome.parts].count("a.pdf") == count
    assert all(part.data.startswith(b"bytes") for part in outcome.parts if part.name)
    assert not code or code in [finding.code for finding in outcome.reading.findings]


def test_the_same_boundary_inside_and_outside_loses_no_part() -> None:
    inner = b'Content-Type: multipart/alternative; boundary="q"\n\n' + PART + PART + b"--q--\n"
    outcome = multipart(b"--q\n" + inner + b"--q\n" + inner + b"--q--\n")
    assert [part.name for part in outcome.parts] == ["a.pdf"] * 4


def test_a_digest_holds_messages() -> None:
    body = b"--q\n\n" + HEAD + b"\nfirst\n--q\n\n" + HEAD + b"\nsecond\n--q--\n"
    outcome = read("eml", HEAD + b'Content-Type: multipart/digest; boundary="q"\n\n' + body)
    assert [part.mime for part in outcome.parts] == ["message/rfc822"] * 2


@pytest.mark.parametrize(
    ("mime", "data", "form"),
    [
        ("text/calendar", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR\n", "calendar"),
        ("text/x-vcard", b"BEGIN:VCARD\nFN:x\nEND:VCARD\n", "contact"),
        ("text/rtf", b"{\\rtf1 words}", "rtf"),
        ("application/ms-tnef", b"\x78\x9f\x3e\x22\x01\x00", "tnef"),
    ],
)
def test_what_is_not_text_inside_a_mail_is_an_item(mime: str, data: bytes, form: str) -> None:
    outcome = read(
        "eml", HEAD + f"Content-Type: {mime}\nContent-Transfer-Encoding: base64\n\n".encode() + base64.encodebytes(data)
    )
    assert [part.data for part in outcome.parts] == [data]
    assert sniff(data, len(data)).id == form


def test_files_that_stand_uuencoded_in_a_text_are_parts() -> None:
    outcome = read(
        "eml", HEAD + b"\nbefore\nbegin 644 cat.txt\n#0V%T\n`\nend\nbetween\nbegin 644 b\n#0V%T\n \nend\nafter\n"
    )
    assert [(part.name, part.data) for part in outcome.parts] == [("cat.txt", b"Cat"), ("b", b"Cat")]
    assert outcome.reading is not None
    assert [unit.text for unit in outcome.reading.units if unit.label == "paragraph"] == [
        "before\n",
        "between\n",
        "after\n",
    ]
    half = read("eml", HEAD + b"\nbegin 644 cat.txt\n#0V%T\nno end\n")
    assert not half.parts and half.reading is not None and "#0V%T" in half.reading.units[-1].text


# --- headers -------------------------------------------------------------------------------------------


def fields(headers: str, name: str, body: str = "\nwords\n") -> list[str]:
    reading = read("eml", headers.encode() + body.encode()).reading
    assert reading is not None
    return reading.all(name)


def test_both_subjects_are_shown() -> None:
    assert fields("From: a@example.org\nSubject: one\nSubject: two\n", "subject") == ["one", "two"]


def test_headers_behind_a_blank_line_or_round_a_stray_one_are_read() -> None:
    assert fields("\n\nFrom: a@example.org\nSubject: one\n", "subject") == ["one"]
    assert fields("From: a@example.org\nquite Delivered-To: x\nSubject: one\nDate: x\n", "subject") == ["one"]


def test_a_header_of_many_megabytes_is_bounded() -> None:
    reading = read("eml", b"From: a@example.org\nX-Long: " + b"word " * 500_000 + b"\nSubject: seen\n\nbody\n").reading
    assert reading is not None
    assert max(len(unit.text) for unit in reading.units) <= 1_000_000
    assert "seen" in "".join(unit.text for unit in reading.units)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Ada Quill <ada@example.org>", ["Ada Quill <ada@example.org>"]),
        ('"Quill, Ada" <ada@example.org>, bob@example.org', ["Quill, Ada <ada@example.org>", "bob@example.org"]),
        ("=?utf-8?Q?Quill=2C_Ada?= <ada@example.org>", ["Quill, Ada <ada@example.org>"]),
        ("ada@example.org (Ada Quill)", ["Ada Quill <ada@example.org>"]),
        ("Team: ada@example.org, bob@example.org;", ["ada@example.org", "bob@example.org"]),
        ("undisclosed-recipients:;", ["undisclosed-recipients:;"]),
        ("ada@example.org; bob@example.org", ["ada@example.org", "bob@example.org"]),
        ("<ada@example.org", ["<ada@example.org>"]),
        ("", []),
    ],
)
def test_people(header: str, expected: list[str]) -> None:
    assert [one.strip() for one in people(header)] == [
        one.strip("<>") if one.startswith("<") else one for one in expected
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 1 Jan 2007 10:00:00 +0100", "2007-01-01T10:00+01:00"),
        ("Mon, 1 Jan 2007 10:00:00 -0000", "2007-01-01T10:00"),
        ("Mon, 1 Jan 2007 10:00:00", "2007-01-01T10:00"),
        ("Mon, 1 Jan 2007 10:00:00 GMT", "2007-01-01T10:00Z"),
        ("Mon, 1 Jan 2007 10:00:00 EST", "2007-01-01T10:00-05:00"),
        ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", ""),
        ("Mon, (a comment) 1 Jan 2007 10:00:00 +0100 (CET)", "2007-01-01T10:00+01:00"),
        ("2007-01-01T10:00:00+0100", "2007-01-01T10:00+01:00"),
        ("2007-13-01 10:00", ""),
        ("Mon, 99 Jan 2007 10:00:00 +0100", ""),
        ("yesterday", ""),
    ],
)
def test_moments_keep_their_zone(value: str, expected: str) -> None:
    assert moment(value) == expected


def test_a_message_without_a_date_has_that_of_its_first_station() -> None:
    headers = "From: a@example.org\nReceived: by x; Tue, 2 Jan 2007 11:00:00 +0000\nReceived: by y; Mon, 1 Jan 2007\n"
    assert fields(headers, "date") == ["2007-01-02T11:00Z"]


def test_a_message_names_those_of_its_thread() -> None:
    base = "From: Ada <ada@example.org>\nTo: bob@example.org\n"
    whole = base + "Message-ID: <c@x>\nIn-Reply-To: <b@x>\nReferences: <a@x> <b@x>\n"
    assert fields(whole, "thread") == ["a@x", "b@x"] and fields(whole, "in-reply-to") == ["b@x"]
    assert fields(base + "Message-ID: a@x\nSubject: Tea\n", "message-id") == ["a@x"]
    long = "References: " + " ".join(f"<{number}@x>" for number in range(5_000)) + "\n"
    assert fields(base + long, "thread")[::100] == ["0@x", "4999@x"]


@given(st.text(max_size=200))
def test_no_header_value_raises(text: str) -> None:
    people(text)
    message_ids(text)
    moment(text)


# --- sealed envelopes ----------------------------------------------------------------------------------


def der(tag: int, *inner: bytes) -> bytes:
    data = b"".join(inner)
    length = bytes([len(data)]) if len(data) < 128 else b"\x82" + len(data).to_bytes(2, "big")
    return bytes([tag]) + length + data


def envelope(kind: int, *inner: bytes) -> bytes:
    return der(0x30, der(0x06, bytes.fromhex("2a864886f70d0107") + bytes([kind])), der(0xA0, der(0x30, *inner)))


def signed(data: bytes) -> bytes:
    held = der(0x30, der(0x06, bytes.fromhex("2a864886f70d010701")), der(0xA0, der(0x04, data)))
    return envelope(2, der(0x02, b"\x01"), der(0x31), held)


def test_a_signed_envelope_gives_its_message_and_an_encrypted_one_is_counted() -> None:
    inner = HEAD + b"\nsigned words\n"
    data = signed(inner)
    assert sniff(data, len(data)).id == "smime"
    outcome = read("smime", data)
    assert [part.data for part in outcome.parts] == [inner] and outcome.state == "read"
    armoured = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(data) + b"-----END PKCS7-----\n"
    assert sniff(armoured, len(armoured)).id == "smime" and read("smime", armoured).parts[0].data == inner
    sealed = envelope(3, der(0x02, b"\x00"), der(0x31), der(0x30))
    outcome = read("smime", sealed)
    assert (outcome.state, outcome.code) == ("no-text", "M-ENCRYPTED")


def test_a_pgp_message_is_counted_and_its_mail_says_so() -> None:
    message = b"-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n"
    assert sniff(message, len(message)).id == "pgp"
    assert read("pgp", message).code == "M-ENCRYPTED"
    body = b'Content-Type: multipart/encrypted; boundary="q"\n\n--q\nContent-Type: application/pgp-encrypted\n\n1\n'
    mail = read("eml", HEAD + body + b"--q\nContent-Type: application/octet-stream\n\n" + message + b"--q--\n")
    assert mail.reading is not None and mail.state == "read" and len(mail.parts) == 2
    assert "M-ENCRYPTED" in [finding.code for finding in mail.reading.findings]


@given(st.binary(max_size=200))
def test_no_envelope_raises(data: bytes) -> None:
    read("smime", b"\x30\x80" + data)
    read("smime", signed(b"x")[: len(data)] + data)


# --- stores in files -----------------------------------------------------------------------------------


def test_a_message_of_apple_mail_keeps_its_notes() -> None:
    mail = HEAD + b"\nwords\n"
    plist = b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "x">\n<plist><dict>'
    plist += b"<key>flags</key><integer>7</integer></dict></plist>\n"
    data = b"%d\n" % len(mail) + mail + plist
    assert sniff(data, len(data)).id == "emlx"
    reading = read("emlx", data).reading
    assert reading is not None
    assert reading.first("subject") == "Tea" and reading.units[-1].text == "flags: 7\n"
    unit = next(unit for unit in reading.units if unit.label == "subject")
    assert data[unit.source[0][0] : unit.source[0][1]] == b"Subject: Tea\n"
    wrong = read("emlx", b"3\n" + mail + plist).reading
    assert wrong is not None and "M-EMLX-COUNT" in [finding.code for finding in wrong.findings]
    assert wrong.units[-1].text == "flags: 7\n"


def cut(data: bytes, step: int) -> list[bytes]:
    cutter, pieces = splitter("mbox"), []
    for start in range(0, len(data), step):
        pieces += cutter.feed(data[start : start + step], start + step >= len(data))
    assert [piece.start for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]
    return [data[piece.start : piece.end] for piece in pieces]


@pytest.mark.parametrize("step", [1, 7, 50, 1 << 20])
def test_a_content_length_that_ends_at_a_separator_decides(step: int) -> None:
    line = b"From a@example.org Mon Jan  1 10:00:00 2007\n"
    body = b"words\n\nFrom here on Mon Jan  1 10:00:00 2007\nwords\n\n"
    message = line + b"From: a@example.org\nContent-Length: %d\n\n" % len(body) + body
    assert cut(message * 3, step) == [message] * 3
    assert len(cut(message.replace(b"Content-L", b"X-L") * 3, step)) == 6
    lying = message.replace(b"%d" % len(body), b"%d" % (len(body) + len(message)), 1)
    whole = cut(lying + message * 2, step)
    assert [piece for piece in whole if piece.startswith(line + b"From:")][1:] == [message] * 2


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
@pytest.mark.parametrize(
    ("name", "form", "parts"),
    [
        ("mail/cpython-email/msg_39.txt.eml", "eml", 6),
        ("mail/cpython-email/msg_02.txt.eml", "eml", 5),
        ("mail/ruby-mail-eml/raw_email_incorrect_header.eml", "eml", 0),
        ("formats/tika/quoted.mbox", "mbox", 0),
        ("formats/tika/testEMLX.emlx", "emlx", 0),
        ("formats/tika/testPKCS7_enveloped_ind.p7m", "smime", 0),
        ("formats/tika/test.xml.p7m", "smime", 1),
        ("formats/tika/testPKCS7_compressed_ind.p7z", "smime", 1),
        ("formats/tika/testPGPEncrypted.gpg", "pgp", 0),
        ("made/mail/no_end_boundary.eml", "eml", 0),
        ("made/mail/huge_header.eml", "eml", 0),
    ],
)
def test_real_files(name: str, form: str, parts: int) -> None:
    data = (SHARED / name).read_bytes()
    assert sniff(data[:65_536], len(data)).id == form
    outcome = read(form, data)
    assert outcome.reading is not None and len(outcome.parts) == parts


def test_the_cost_of_a_message_is_bounded_by_its_size() -> None:
    """Bytes taken while a message with a large attachment is read: a few times its size, not more."""
    data = (
        HEAD
        + b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(os.urandom(6_000_000))
    )
    tracemalloc.start()
    parts: tuple[Part, ...] = read("eml", data).parts
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(parts[0].data) == 6_000_000 and peak < 5 * len(data)
