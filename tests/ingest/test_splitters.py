"""Splitters: the same pieces whatever the chunks, restartable at every piece, nothing lost between pieces."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.ingest.samples import EVENT_HEADER, MAIL, TABLE_HEADER, TABLE_ROW, VOLUME, dump_row, event_row
from unsealed.ingest.readers import read
from unsealed.ingest.splitters import splitter
from unsealed.ingest.wire import Piece

QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
MESSAGE = b"From a@example.org Tue Apr  5 17:05:00 2005\n" + MAIL + b"From here on there is no date\n\n"
FRAGMENTS: dict[str, list[bytes]] = {
    "cable-csv": [
        b"\r",
        dump_row(5).rstrip(b"\n") + b"\r",
        dump_row(1),
        dump_row(22),
        b'"3","2005-04-05 17:05","05',
        b'"',
        b"\n",
        b'4,2005-04-05 17:05,05BERN4,"lost, quote\n',
        b"\\\n",
        b'""',
    ],
    "event-csv": [EVENT_HEADER, event_row(), b'"', b"\n", b"a,b\n"],
    "table-csv": [TABLE_HEADER, TABLE_ROW, b'"', b"\n", b"1,2,3\n", b"\xff,\\\n"],
    "mbox": [
        MESSAGE,
        b"\n",
        b"From x Tue Apr  5 17:05:00 2005\n",
        b"\r\n\r\nFrom y@z 5 Apr 2005 17:05:00\n",
        b"text\n",
    ],
    "frus-tei": [
        VOLUME,
        b'<div type="document" xml:id="d1">',
        b"<div>",
        b"</div>",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"<?",
        b"?>",
        b'<t:div type="document">x</t:div>',
        b"<div n='",
        b"]]>",
        b"text",
        b"</TEI>",
    ],
}


def pieces(
    form: str, data: bytes, cuts: list[int] | None = None, offset: int = 0, context: bytes = b""
) -> tuple[list[Piece], bytes]:
    cutter = splitter(form, offset, context)
    found: list[Piece] = []
    borders = sorted({offset, *(cut for cut in cuts or [] if offset < cut < len(data)), len(data)})
    for start, end in pairwise(borders):
        found += cutter.feed(data[start:end], False)
    return found + cutter.feed(b"", True), cutter.context


@QUICK
@given(form=st.sampled_from(sorted(FRAGMENTS)), data=st.data())
def test_chunks_do_not_matter_and_any_piece_is_a_place_to_start(form: str, data: st.DataObject) -> None:
    raw = b"".join(data.draw(st.lists(st.sampled_from(FRAGMENTS[form]), min_size=1, max_size=12)))
    whole, context = pieces(form, raw)
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=20))
    assert pieces(form, raw, cuts)[0] == whole
    position = 0
    for piece in whole:
        assert position <= piece.start <= piece.end <= len(raw)
        position = piece.end
    if whole:
        number = data.draw(st.integers(0, len(whole) - 1))
        assert pieces(form, raw, cuts, whole[number].end, context)[0] == whole[number + 1 :]


@QUICK
@given(form=st.sampled_from(("cable-csv", "event-csv", "table-csv", "mbox")), data=st.data())
def test_nothing_but_blank_lines_and_the_header_stands_between_pieces(form: str, data: st.DataObject) -> None:
    raw = b"".join(data.draw(st.lists(st.sampled_from(FRAGMENTS[form]), min_size=1, max_size=12)))
    found, context = pieces(form, raw)
    position, between = 0, b""
    for piece in found:
        between += raw[position : piece.start]
        position = piece.end
    between += raw[position:]
    assert (
        between.replace(context, b"", 1).strip(b"\r\n") == b""
        if context not in (b"", b"-")
        else between.strip(b"\r\n") == b""
    )


def test_a_lost_quote_costs_one_piece_with_its_code() -> None:
    bad = b'"9","2005-04-05 17:05","05BERN9","Embassy, x\n'
    raw = dump_row(1) + bad + dump_row(2) + dump_row(3)
    found, _ = pieces("cable-csv", raw)
    assert [piece.code for piece in found] == ["", "C-ROW-RESYNC", "", ""]
    assert raw[found[1].start : found[1].end] == bad


def test_a_line_that_begins_with_from_is_no_separator_without_a_date() -> None:
    found, _ = pieces("mbox", MESSAGE + MESSAGE)
    assert [(piece.start, piece.end) for piece in found] == [(0, len(MESSAGE)), (len(MESSAGE), 2 * len(MESSAGE))]


def test_a_volume_gives_its_documents_and_its_id() -> None:
    found, context = pieces("frus-tei", VOLUME)
    assert context == b"frusX"
    assert [VOLUME[piece.start : piece.end][-6:] for piece in found] == [b"</div>", b"</div>"]
    cut, _ = pieces("frus-tei", VOLUME[: found[1].end - 20])
    assert [piece.code for piece in cut] == ["", "F-XML"]
    unclosed, _ = pieces("frus-tei", VOLUME[: found[1].end + 3])
    assert [piece.code for piece in unclosed] == ["", "", "F-XML"]


def volume(*bodies: bytes) -> bytes:
    return b'<TEI xml:id="frusX"><teiHeader/><text><body>\n' + b"\n".join(bodies) + b"\n</body></text></TEI>\n"


def document(number: int, prefix: bytes = b"") -> bytes:
    return b'<%sdiv type="document" xml:id="d%d"><p>Text %d.</p></%sdiv>' % (prefix, number, number, prefix)


@pytest.mark.parametrize("mark", [b"<!-- oops ", b"<?oops ", b"<![CDATA[ oops "])
@pytest.mark.parametrize("later", [b"", b"<!-- closed -->", b"<?closed ?>"])
def test_an_unclosed_mark_swallows_no_document(mark: bytes, later: bytes) -> None:
    data = volume(document(1), mark + document(2), document(3), later, document(4))
    found, _ = pieces("frus-tei", data)
    assert [data[piece.start : piece.end] for piece in found if not piece.code] == [document(n) for n in range(1, 5)]
    assert [(data[piece.start : piece.end], piece.code) for piece in found if piece.code] == [
        (mark.partition(b" ")[0].removesuffix(b"oops").strip(), "F-XML")
    ]


def test_an_unclosed_mark_inside_a_document_costs_that_document() -> None:
    broken = document(2).replace(b"</p>", b"<!-- </p>")
    data = volume(document(1), broken, document(3), b"<!-- closed -->", document(4))
    found, context = pieces("frus-tei", data)
    assert [read("frus-tei", data[a:b], context).code for a, b, _, _ in map(values, found)] == ["", "F-XML", "", ""]


def values(piece: Piece) -> tuple[int, int, str, str]:
    return piece.start, piece.end, piece.code, piece.message


def test_an_unclosed_mark_at_the_end_is_a_piece() -> None:
    data = volume(document(1), b"<!-- the rest, with text")
    found, _ = pieces("frus-tei", data)
    assert [piece.code for piece in found] == ["", "F-XML"] and found[1].end == len(data)


def test_a_lost_quote_in_a_tag_swallows_no_document() -> None:
    data = volume(document(1), b'<div type="x\'y" n="\'>', document(2), document(3))
    assert [data[p.start : p.end] for p in pieces("frus-tei", data)[0]] == [document(n) for n in (1, 2, 3)]


def test_documents_with_a_prefix() -> None:
    data = volume(document(1, b"t:"), document(2, b"tei:"), document(3))
    found, context = pieces("frus-tei", data)
    assert len(found) == 3
    readings = [read("frus-tei", data[p.start : p.end], context).reading for p in found]
    assert [r and (r.first("id"), [u.label for u in r.units]) for r in readings] == [
        (f"frusX/d{number}", ["paragraph"]) for number in (1, 2, 3)
    ]


def test_a_volume_without_documents_is_one_item() -> None:
    data = b'<?xml version="1.0"?>\n' + volume(b'<div type="chapter"><p>All of it.</p></div>')
    found, context = pieces("frus-tei", data)
    assert [(p.start, p.end, p.code) for p in found] == [(data.index(b"<TEI"), len(data), "")]
    outcome = read("frus-tei", data[found[0].start :], context)
    assert outcome.reading is not None and outcome.reading.first("id") == "frusX"
    assert [unit.text for unit in outcome.reading.units] == ["All of it."]


def test_rows_that_end_with_cr_alone() -> None:
    rows = [dump_row(number).rstrip(b"\n") + b"\r" for number in range(1, 9)]
    found, _ = pieces("cable-csv", b"".join(rows))
    assert [(p.end - p.start, p.code) for p in found] == [(len(row), "") for row in rows]
    for row in rows:
        outcome = read("cable-csv", row)
        assert outcome.reading is not None
        assert outcome.reading == read("cable-csv", row[:-1] + b"\n").reading


def test_lists_beside_the_documents_are_items() -> None:
    volume = (
        b'<TEI xml:id="frus1950v01"><front><div type="section" xml:id="persons"><head>Persons</head><div>x</div></div>'
        b'<div type="section" xml:id="ch1"/></front><body><div type="document" xml:id="d1"><p>A</p></div></body><back>'
        b'<div type="section" xml:id="appendix-1"><p>y</p><div type="document" xml:id="d2"><p>B</p></div>'
        b'</div><div type="section" xml:id="index"><head>Index</head></div></back></TEI>'
    )
    for size in (7, len(volume)):
        found, context = pieces("frus-tei", volume, list(range(0, len(volume), size)))
        ids = [read("frus-tei", volume[p.start : p.end], context).reading.first("id") for p in found]  # type: ignore[union-attr]
        assert ids == [f"frus1950v01/{name}" for name in ("persons", "d1", "d2", "index")]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
def test_the_thirteen_volumes_hold_3740_documents() -> None:
    total = beside = 0
    for path in sorted((SHARED / "frus" / "tei").iterdir()):
        data = path.read_bytes()
        found, context = pieces("frus-tei", data, list(range(0, len(data), 1 << 20)))
        assert context.decode() == path.stem and not any(piece.code for piece in found)
        opened = [re.match(rb"<div[^>]*>", data[piece.start : piece.end]) for piece in found]
        total += sum(tag is not None and b'"document"' in tag.group() for tag in opened)
        beside += sum(tag is not None and b'"document"' not in tag.group() for tag in opened)
    assert (total, beside) == (3740, 89)
