"""Mail: no name stands in code beside its unit, no text beside an encoded body is lost, both sides are kept."""

from __future__ import annotations

import base64
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.ingest.readers import Outcome, inline, read
from unsealed.ingest.readers.encoded import decode_words, without_names
from unsealed.model import Reading

NAME = "Zörgulon list.pdf"
B64 = base64.b64encode(NAME.encode()).decode()
QP = quopri.encodestring(NAME.encode(), header=True).decode().replace("\n", "")
PERCENT = "Z%C3%B6rgulon%20list.pdf"
SPELLINGS = {
    "quoted base64": f'filename="=?utf-8?B?{B64}?="',
    "bare base64": f"filename==?utf-8?B?{B64}?=",
    "quoted QP": f'filename="=?utf-8?Q?{QP}?="',
    "bare QP": f"filename==?UTF-8*en?q?{QP}?=",
    "two words": f'filename="=?utf-8?B?{base64.b64encode("Zör".encode()).decode()}?=\n =?utf-8?Q?gulon_list.pdf?="',
    "without its end": f'filename="=?utf-8?B?{B64}"',
    "extended": f"filename*=utf-8''{PERCENT}",
    "extended in pieces": "filename*0*=utf-8''Z%C3%B6rg;\n filename*1=\"ulon l\";\n filename*2*=ist%2Epdf",
    "pieces out of order": "filename*1=\"gulon list.pdf\"; filename*0*=utf-8''Z%C3%B6r",
    "with a fallback of the same name": f"filename=\"{NAME}\"; filename*=utf-8''{PERCENT}",
    "the header as one word": f"=?utf-8?Q?attachment;_filename=3D=22{QP}=22?=",
}
CODED = ("=?", "?=", "%C3", "%5A", "utf-8''", B64, B64[:12], "C3=B6")


def message(disposition: str, kind: str = "application/pdf", more: str = "", boundary: str = "q") -> bytes:
    return (
        f'From: a@example.org\nContent-Type: multipart/mixed; boundary="{boundary}"\n\n'
        f"--{boundary}\nContent-Type: text/plain\n\nbody\n--{boundary}\nContent-Type: {kind}\n"
        f"Content-Disposition: {disposition}\n{more}\nattached\n--{boundary}--\n"
    ).encode()


def reading_of(outcome: Outcome) -> Reading:
    assert outcome.reading is not None
    return outcome.reading


def texts(reading: Reading, label: str) -> list[str]:
    return [unit.text for unit in reading.units if unit.label == label]


@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
def test_a_name_in_code_stands_decoded_in_one_unit_and_nowhere_else(spelling: str) -> None:
    value = SPELLINGS[spelling]
    outcome = read("eml", message(value if value.startswith("=?") else f"attachment; {value}"))
    reading = reading_of(outcome)
    assert texts(reading, "attachment") == [NAME]
    assert [part.name for part in outcome.parts] == [NAME] == reading.all("attachment")
    rest = "".join(unit.text for unit in reading.units if unit.label != "attachment")
    assert not [code for code in (*CODED, "Zörg", "gulon", "rgulon") if code in rest]


def test_every_different_name_is_a_unit() -> None:
    reading = reading_of(
        read("eml", message('attachment; filename="b.pdf"', f"application/pdf; name*=utf-8''{PERCENT}"))
    )
    assert texts(reading, "attachment") == ["b.pdf", NAME]


@pytest.mark.parametrize("header", ["Content-Type: text/plain; name", "Content-Disposition: inline; filename"])
def test_the_name_of_a_message_that_is_one_part(header: str) -> None:
    data = f"From: a@example.org\nTo: b@example.org\n{header}*=utf-8''{PERCENT}\n\nwords\n".encode()
    reading = reading_of(read("eml", data))
    assert texts(reading, "attachment") == [NAME] and texts(reading, "paragraph") == ["words\n"]
    assert "%C3" not in "".join(unit.text for unit in reading.units)


def test_headers_of_parts_are_decoded_units() -> None:
    more = f"Content-Description: =?utf-8?B?{B64}?=\nContent-Location: {PERCENT}\n"
    more += f"Content-ID: <{PERCENT}@x>\nX-It: =?utf-8?Q?{QP}?=\n"
    reading = reading_of(read("eml", message("attachment", more=more)))
    assert [text.count(NAME) for text in texts(reading, "header")[1:]] == [1, 1, 1, 1]
    assert not [code for code in CODED if code in "".join(unit.text for unit in reading.units)]


def test_a_boundary_says_nothing() -> None:
    for boundary in ("Zorgulon.pdf", "=?utf-8?B?Wm9y?="):
        reading = reading_of(read("eml", message('attachment; filename="a.pdf"', boundary=boundary)))
        assert boundary not in "".join(unit.text for unit in reading.units)
        assert texts(reading, "paragraph") == ["body"] and texts(reading, "attachment") == ["a.pdf"]


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30), st.sampled_from("BQ"))
def test_words_come_back(text: str, form: str) -> None:
    coded = (
        base64.b64encode(text.encode()).decode() if form == "B" else "".join(f"={byte:02X}" for byte in text.encode())
    )
    assert decode_words(f"a =?utf-8?{form}?{coded}?= b") == f"a {text} b"
    found, names = without_names(f'Content-Disposition: attachment; filename="=?utf-8?{form}?{coded}?="; size=3')
    assert found.endswith("; size=3") and [name.text for name in names] == (
        [" ".join(text.split())] if text.split() else []
    )


@given(st.text("=?ub8BQ%'*;\"name filt\n0", max_size=80))
def test_no_header_raises(text: str) -> None:
    decode_words(text)
    without_names(text)


# --- bodies --------------------------------------------------------------------------------------------


def alternative(plain: str, page: str) -> Reading:
    data = (
        "From: a@example.org\nContent-Type: multipart/alternative; boundary=q\n\n--q\n"
        f"Content-Type: text/plain\n\n{plain}\n--q\nContent-Type: text/html\n\n{page}\n--q--\n"
    )
    return reading_of(read("eml", data.encode()))


@pytest.mark.parametrize(
    ("plain", "page"),
    [
        ("Ada did not kill Bob, Bob did", "<p>Ada did kill Bob, Bob did not</p>"),
        ("We do not agree", "<p>We do agree</p>"),
        ("It costs -5", "<p>It costs 5</p>"),
        ("Yes. No.", "<p>No. Yes.</p>"),
    ],
)
def test_both_are_kept_where_they_differ(plain: str, page: str) -> None:
    reading = alternative(plain, page)
    assert [text.strip() for text in texts(reading, "paragraph")] == [plain, page[3:-4]]
    assert "M-ALTERNATIVE" in [finding.code for finding in reading.findings]


def test_the_same_in_another_dress_is_kept_once() -> None:
    reading = alternative(
        "The *plan* is\nhere <http://x.example/a> now.", "<p>The <b>plan</b> is <a href='#'>here</a> now.</p>"
    )
    assert len(texts(reading, "paragraph")) == 1


def encoded(encoding: str, body: str) -> Reading:
    return reading_of(read("eml", f"From: a@example.org\nContent-Transfer-Encoding: {encoding}\n\n{body}".encode()))


LONG = base64.encodebytes(b"A long text with many words in it. " * 6).decode()


@pytest.mark.parametrize("footer", ["LIST FOOTER PLAIN TEXT\n", "Regards\n", "______\nTo leave the list, write.\n"])
@pytest.mark.parametrize("body", ["SGVsbG8gd29ybGQh\n", LONG])
def test_a_footer_behind_base64_is_kept(body: str, footer: str) -> None:
    reading = encoded("base64", f"{body}\n{footer}")
    assert texts(reading, "paragraph") == [base64.b64decode(body).decode()]
    assert texts(reading, "text") == [footer]
    assert "M-BESIDE" in [finding.code for finding in reading.findings]


def test_damaged_base64_goes_on_and_keeps_the_damage() -> None:
    lines = LONG.splitlines()
    reading = encoded("base64", "\n".join([lines[0], "? damaged ?", *lines[1:]]) + "\n")
    assert texts(reading, "paragraph") == [base64.b64decode(LONG).decode()] and texts(reading, "text") == [
        "? damaged ?\n"
    ]


def test_text_around_a_uuencoded_file_is_kept() -> None:
    reading = encoded("x-uuencode", "BEFORE\nbegin 644 Zorgulon.txt\n#0V%T\n`\nend\nAFTER\n")
    assert [(unit.label, unit.text) for unit in reading.units[2:]] == [
        ("attachment", "Zorgulon.txt"),
        ("text", "BEFORE\n"),
        ("paragraph", "Cat"),
        ("text", "AFTER\n"),
    ]


PAGE = (
    b"From: a@example.org\nSubject: x\nContent-Type: multipart/alternative; boundary=q\n\n"
    b"--q\nContent-Type: text/plain\n\nThe same words.\n"
    b"--q\nContent-Type: text/html\nContent-Transfer-Encoding: %s\n\n%s\n--q--\n"
)


@pytest.mark.parametrize("coding", ["7bit", "base64", "quoted-printable"])
def test_files_in_the_addresses_of_a_page_are_parts(coding: str) -> None:
    """Also where the page's words stand in the plain text: the picture stands nowhere else."""
    picture = b"\x89PNG\r\n\x1a\n-zorgulon-"
    page = b'<p>The same <b>words</b>.</p><img src="data:image/png;base64,%s"><i style="a:url(data:,note%%20two)"></i>'
    page %= base64.b64encode(picture)
    body = {"7bit": page, "base64": base64.encodebytes(page), "quoted-printable": quopri.encodestring(page)}[coding]
    found = read("eml", PAGE % (coding.encode(), body))
    assert [(part.name, part.mime, part.data) for part in found.parts] == [
        ("data-1", "image/png", picture),
        ("data-2", "text/plain", b"note two"),
    ]
    reading = reading_of(found)
    assert texts(reading, "attachment") == ["data-1", "data-2"]
    assert [field.value for field in reading.fields if field.name == "attachment"] == ["data-1", "data-2"]
    assert len(texts(reading, "paragraph")) == 1, "the words themselves are kept once"


def test_no_more_files_of_a_page_than_the_limit_and_it_is_said() -> None:
    body = b"<img src='data:,x'>" * (inline.FILES + 1)
    found = read("eml", PAGE % (b"7bit", body))
    assert len(found.parts) == inline.FILES
    assert "H-BESIDE" in {finding.code for finding in reading_of(found).findings}
