"""Messages of Outlook: `.msg`, winmail.dat. Every attachment is a part or a line that says why it is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.ingest.outlook_files import Mail, Values, compound, msg, tnef
from unsealed.ingest.mapi.rtf import read_rich, unpacked
from unsealed.ingest.readers import Outcome, read
from unsealed.ingest.sniff import sniff
from unsealed.model import Reading

HEAD: Values = {
    0x001A: "IPM.Note",
    0x0037: "Tea at the mill",
    0x0C1A: "Ada Quill",
    0x0C1F: "ada@example.org",
    0x1000: "Come at four.\r\nBring cake.\r\n",
    0x1035: "<1@example.org>",
}
BOB: Values = {0x0C15: 1, 0x3001: "Zörg, Bob", 0x39FE: "bob@example.org"}
FILE: Values = {0x3705: 1, 0x3707: "plan.pdf", 0x370E: "application/pdf", 0x3701: b"%PDF-1.4 bytes" * 400}
INNER = Mail({0x001A: "IPM.Note", 0x0037: "Older", 0x1000: "Old words."}, (), ((FILE, None),))
DEEP = Mail({0x001A: "IPM.Note", 0x0037: "Middle"}, (), (({0x3705: 5, 0x3001: "Older"}, INNER),))
MAIL = Mail(HEAD, (BOB, {0x0C15: 2, 0x3001: "Cy", 0x3003: "cy@example.org"}), ((FILE, None), ({0x3705: 5}, DEEP)))


def reading_of(outcome: Outcome) -> Reading:
    assert outcome.reading is not None, (outcome.code, outcome.message)
    return outcome.reading


def codes(outcome: Outcome) -> list[str]:
    return [finding.code for finding in reading_of(outcome).findings]


WRITERS = {"msg": lambda mail: compound(msg(mail)), "tnef": tnef}


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_a_message_is_read_and_everything_in_it_is_a_part(form: str) -> None:
    data = WRITERS[form](MAIL)
    assert sniff(data[:65_536], len(data)).id == form
    outcome = read(form, data)
    reading = reading_of(outcome)
    assert reading.type == "email" and reading.all("subject") == ["Tea at the mill"]
    assert reading.all("from") == ["Ada Quill <ada@example.org>"]
    assert reading.all("to") == ["Zörg, Bob <bob@example.org>"] and reading.all("cc") == ["Cy <cy@example.org>"]
    assert reading.all("message-id") == ["1@example.org"]
    assert "Come at four.\nBring cake.\n" in "".join(unit.text for unit in reading.units)
    assert [(part.name, part.mime) for part in outcome.parts] == [
        ("plan.pdf", "application/pdf"),
        ("Middle", "message/rfc822"),
    ]
    assert outcome.parts[0].data == b"%PDF-1.4 bytes" * 400
    middle = read("eml", outcome.parts[1].data)
    assert [part.mime for part in middle.parts] == ["message/rfc822"]
    older = read("eml", middle.parts[0].data)
    assert reading_of(older).all("subject") == ["Older"]
    assert [part.data for part in older.parts] == [FILE[0x3701]]


@pytest.mark.parametrize("form", sorted(WRITERS))
def test_the_same_bytes_give_the_same_message(form: str) -> None:
    data = WRITERS[form](MAIL)
    assert read(form, data) == read(form, data)


def test_an_attachment_without_bytes_has_a_line() -> None:
    mail = Mail(
        HEAD, (), (({0x3705: 4, 0x370D: "\\\\server\\share\\plan.doc"}, None), ({0x3705: 1, 0x3707: "gone"}, None))
    )
    outcome = read("msg", compound(msg(mail)))
    assert [part.name for part in outcome.parts] == ["\\\\server\\share\\plan.doc", "gone"]
    assert {"M-REFERENCE", "M-ATTACHMENT-EMPTY"} <= set(codes(outcome))


def test_fewer_attachments_than_stated_has_a_line() -> None:
    tree = msg(Mail(HEAD, (BOB,), ((FILE, None),)))
    del tree["__attach_version1.0_#00000000"], tree["__recip_version1.0_#00000000"]
    assert {"M-COUNT", "M-RECIPIENTS"} <= set(codes(read("msg", compound(tree))))


def test_an_object_that_is_no_message_keeps_its_streams() -> None:
    tree = msg(Mail(HEAD, (), (({0x3705: 6, 0x3707: "sheet"}, None),)))
    inside = tree["__attach_version1.0_#00000000"]
    assert isinstance(inside, dict)
    inside["__substg1.0_3701000D"] = {"CONTENTS": b"the words in it", "\x01Ole": b"x"}
    outcome = read("msg", compound(tree))
    assert b"the words in it" in outcome.parts[0].data and "M-OLE-OBJECT" in codes(outcome)


def test_properties_of_text_that_no_header_says_are_shown() -> None:
    reading = reading_of(read("msg", compound(msg(Mail(HEAD | {0x0E28: "the account of Ada"})))))
    assert "X-Mapi-0e28: the account of Ada\n" in [unit.text for unit in reading.units]


def test_headers_as_they_travelled_stand_as_stored() -> None:
    transport = (
        "Received: by mill; Mon, 1 Jan 2007 10:00:00 +0100\r\nFrom: Other <o@example.org>\r\nContent-Type: text/x\r\n"
    )
    reading = reading_of(read("msg", compound(msg(Mail(HEAD | {0x007D: transport + "Bcc: hidden@example.org\r\n"})))))
    assert reading.all("from") == ["Other <o@example.org>"] and reading.all("bcc") == ["hidden@example.org"]
    assert reading.all("subject") == ["Tea at the mill"]
    assert "X-Stored-Content-Type: text/x\n" in [unit.text for unit in reading.units]


@pytest.mark.parametrize(
    ("values", "type_", "title"),
    [
        ({0x001A: "IPM.Contact", 0x3001: "Ada Quill", 0x3A08: "+44 1", 0x3A16: "The Mill"}, "contact", "Ada Quill"),
        (
            {0x001A: "IPM.Appointment", 0x0037: "Tea; with, cake", 0x1000: "at four\r\nsharp"},
            "calendar",
            "Tea; with, cake",
        ),
        ({0x001A: "IPM.Task", 0x0037: "Bake"}, "calendar", "Bake"),
        ({0x001A: "IPM.StickyNote", 0x0037: "Flour", 0x1000: "Flour\r\nand eggs"}, "calendar", "Flour"),
    ],
)
def test_what_is_no_message_is_of_its_own_type(values: Values, type_: str, title: str) -> None:
    outcome = read("msg", compound(msg(Mail(values, (), ((FILE, None),)))))
    reading = reading_of(outcome)
    assert reading.type == type_ and reading.first("title") == title
    assert [part.name for part in outcome.parts] == ["plan.pdf"]


# --- rich text -----------------------------------------------------------------------------------------


def test_packed_rich_text_comes_back() -> None:
    packed = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    text = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked(bytes.fromhex(packed)) == text  # the example of the format's own page
    assert text.startswith(unpacked(bytes.fromhex(packed)[:40])) and unpacked(b"") == b""
    plain = b"{\\rtf1 words}"
    raw = len(plain).to_bytes(4, "little")
    assert unpacked((len(plain) + 12).to_bytes(4, "little") + raw + b"MELA\0\0\0\0" + plain) == plain


@pytest.mark.parametrize(
    ("rich", "page", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 Caf\'e9 \u8364?\par two}", "", "Café €\r\ntwo"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset204 A;}}\f0 \'cf\'f0}", "", "Пр"),
        (rb"{\rtf1{\*\generator x;}{\info{\title hidden}}seen}", "", "seen"),
        (
            (
                rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 Tea "
                rb"{\*\htmltag84 <b>}now{\*\htmltag92 </b>}}"
            ),
            "<p>Tea <b>now</b>",
            "",
        ),
        (rb"{\rtf1\u-10179?\u-8694?}", "", "\U0001f60a"),
    ],
)
def test_rich_text_gives_its_page_or_its_words(rich: bytes, page: str, text: str) -> None:
    assert read_rich(rich) == (page, text)


@given(st.binary(max_size=300))
def test_no_rich_text_raises(data: bytes) -> None:
    read_rich(b"{\\rtf1" + data)
    unpacked(b"\xff\0\0\0\xff\0\0\0LZFu\0\0\0\0" + data)


# --- broken files --------------------------------------------------------------------------------------


@given(st.data())
def test_a_damaged_file_is_read_or_rejected_and_says_so(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(sorted(WRITERS)))
    whole = bytearray(WRITERS[form](MAIL))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    del whole[data.draw(st.integers(100, len(whole))) :]
    outcome = read(form, bytes(whole))
    assert outcome.reading is not None or (outcome.code and outcome.remedy)
    assert read(form, bytes(whole)) == outcome


def test_a_compound_file_that_is_no_message_is_refused() -> None:
    outcome = read("msg", compound({"WordDocument": b"x" * 5000}))
    assert (outcome.state, outcome.code) == ("rejected", "M-MSG-BROKEN")


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
@pytest.mark.parametrize(
    ("name", "form", "parts"),
    [
        ("formats/tika/testMSG.msg", "msg", 0),
        ("formats/tika/testMSG_forwarded.msg", "msg", 0),
        ("formats/kreuzberg/simple_msg_alt.msg", "msg", 0),
        ("formats/kreuzberg/msg_with_png_attachment.msg", "msg", 1),
        ("formats/tika/testWINMAIL.dat", "tnef", 5),
    ],
)
def test_real_files(name: str, form: str, parts: int) -> None:
    outcome = read(form, (SHARED / name).read_bytes())
    reading = reading_of(outcome)
    assert len(outcome.parts) == parts and all(part.data for part in outcome.parts)
    assert reading.type == "email" and len("".join(unit.text for unit in reading.units)) > 100
