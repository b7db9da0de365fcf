"""The text of a page is, character for character, the text of the proof."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.site.conftest import Built
from tests.site.press import REASONS
from tests.site.reread import article, expected, reread
from unsealed.model import LABELS, Block, Gap, PublicDocument, PublicUnit, Shown
from unsealed.site import marks
from unsealed.site.body import body_html
from unsealed.site.links import Linker, Reference

TEXT = st.one_of(
    st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=60),
    st.lists(
        st.sampled_from(["1. (C) ", "-- item\n", "word ", "\n", "\n\n", "<b>", "&amp;", "VARDESK 284 ",
                         "\x1b[1m", "\f", "(SBU) "]),
        min_size=1, max_size=12,
    ).map("".join),
)  # fmt: skip
GAP = st.builds(Gap, st.integers(1, 40), st.sampled_from([1, 2, 3, 5, 77]))
RUN = st.one_of(st.builds(Shown, TEXT), GAP)
UNIT = st.builds(PublicUnit, st.sampled_from(sorted(LABELS)), st.lists(RUN, max_size=4).map(tuple))
BLOCKS = st.lists(st.one_of(UNIT, UNIT, GAP), max_size=14).map(tuple)
TYPES = [
    "cable",
    "frus",
    "event",
    "email",
    "pdf",
    "text",
    "markdown",
    "html",
    "chat",
    "article",
    "table",
    "unread",
    "new",
]
REFERENCES = [Reference("03VARDESK284", None), Reference("TSK20080514-7", None)]


def document(kind: str, blocks: tuple[Block, ...]) -> PublicDocument:
    return PublicDocument("unsealed-public/1", "x", 0, 1, 1, kind, "T", (), blocks, 0, 0, "{}")


@given(st.sampled_from(TYPES), BLOCKS)
@settings(max_examples=300, deadline=None)
def test_every_layout_shows_exactly_the_blocks(kind: str, blocks: tuple[Block, ...]) -> None:
    html = body_html(document(kind, blocks), marks.reason_table(REASONS), Linker(REFERENCES, "../../"))
    reader = reread(html)
    assert reader.found == expected(blocks)
    assert not reader.stray.strip()
    assert not {tag for tag, _ in reader.elements} & {"script", "img", "iframe", "b", "style", "form"}


@given(st.sampled_from(TYPES), BLOCKS)
@settings(max_examples=100, deadline=None)
def test_anchors_are_unique(kind: str, blocks: tuple[Block, ...]) -> None:
    html = body_html(document(kind, blocks), marks.reason_table(REASONS), Linker(REFERENCES, "../../"))
    anchors = [values["id"] for _, values in reread(html).elements if "id" in values]
    assert len(anchors) == len(set(anchors))


def test_built_pages_show_exactly_what_their_documents_say(built: Built) -> None:
    press = built.press
    for document in press.documents(list(range(10)), 2):
        reader = reread(article(built.page(f"d/{document.id}/index.html")))
        assert reader.found == expected(document.blocks), document.id
        assert not reader.stray.strip()


def test_numbers_and_marks_stand_in_the_margin_with_an_anchor(built: Built) -> None:
    page = built.page("d/03VARDESK284/index.html")
    assert '<p class="u pa" id="p3"><a class="n" href="#p3">3.</a> <span class="m">(SBU)</span> Minister' in page
    assert '<a class="n" href="#p4">' not in page  # withheld as a whole: nothing of it, not even its number


def test_a_paragraph_without_a_number_gets_its_ordinal_as_anchor(built: Built) -> None:
    page = built.page("d/s2/index.html")
    assert '<p class="u pa" id="p1"><a class="n o" href="#p1" data-o="1" aria-label="Paragraph 1"></a>All,' in page


def _html(kind: str, *blocks: Block) -> str:
    return body_html(document(kind, blocks), marks.reason_table(REASONS), Linker(REFERENCES, "../../"))


def _unit(label: str, text: str) -> PublicUnit:
    return PublicUnit(label, (Shown(text),))


def test_the_cells_of_a_dump_are_one_quiet_block_before_the_telegram() -> None:
    cells = [_unit("id", "20106"), _unit("time", "8/5/2008 19:25"), Gap(1, 1), _unit("classification", "SECRET")]
    html = _html("cable", *cells, _unit("routing", "VZCZCXVO\n"), _unit("paragraph", "1. (S) It moves.\n"))
    dump, telegram = html.split('<div class="tg">')
    assert dump.startswith('<div class="dump">')
    assert [text in dump for text in ("20106", "8/5/2008", 'class="gap g"', "SECRET")] == [True] * 4
    assert "VZCZCXVO" in telegram


def test_a_telegram_without_a_dump_has_no_such_block() -> None:
    assert "dump" not in _html("cable", _unit("routing", "VZCZC\n"), _unit("id", "20106"), _unit("dtg", "P 04\n"))


def test_a_drawn_table_keeps_its_rows() -> None:
    html = _html("markdown", _unit("paragraph", "| day | reading and a long remark |\n| 1 | 7 |\n| 2 | 9 |\n"))
    assert 'class="u pa tb"' in html
    assert html.count("<br>") == 2


def test_the_name_of_a_sheet_is_a_row_and_a_note_never_part_of_a_value() -> None:
    units = [("heading", "Plan"), ("cell-label", "path"), ("code", "/plan"), ("note", "Look."), ("cell", "1")]
    html = _html("table", *[_unit(label, text) for label, text in units])
    assert html.count("<tr") == html.count("</tr>") == 4
    assert html.count('scope="rowgroup"') == 1 and "Plan" in html.partition("</tr>")[0]
    assert "Look." not in html.partition("path")[2].partition("</tr>")[0]


def test_short_lines_of_a_pdf_stand_close_together() -> None:
    html = _html("pdf", _unit("paragraph", "BH-1 55\n"), _unit("paragraph", "BH-2 62\n"), _unit("paragraph", "x " * 90))
    assert [part.split('"')[0] for part in html.split('<p class="')[1:]] == ["u pa", "u pa sl", "u pa"]


def test_a_mark_that_is_too_long_for_the_margin_stays_in_the_text() -> None:
    html = _html("cable", _unit("paragraph", "1. (C//NOFORN) Short.\n"), _unit("paragraph", "2. (S/NF) Shorter.\n"))
    assert '<span class="m in">(C//NOFORN)</span>' in html
    assert '<span class="m">(S/NF)</span>' in html


def test_where_a_telegram_was_split_is_no_heading() -> None:
    html = _html("cable", _unit("heading", "VARDESK 00000093  002 OF 002\n"), _unit("heading", "THE SLOPE\n"))
    assert html.count("<h2") == 1


def test_a_gap_in_a_title_is_named(built: Built) -> None:
    named = '<span class="tw" role="img" aria-label="withheld">▮</span>'
    assert marks.title_html("▮ IS <OUT>", 1) == f"{named} IS &lt;OUT&gt;"
    assert marks.title_html("▮ IS OUT", 0) == "▮ IS OUT"  # a sign of the document's own


def test_a_marker_has_one_width_says_how_much_and_leads_to_its_reason(built: Built) -> None:
    page = built.page("d/03VARDESK284/index.html")
    label = 'aria-label="withheld, about 2 words: person at risk"'
    assert label in page  # "Ivo Tarran (" is two words, "strictly" stays
    assert 'href="#why-1"' in page
    assert 'id="why-1"' in page
    assert "style=" not in page


def test_a_coarsened_value_shows_its_prefix_and_dots(built: Built) -> None:
    page = built.page("d/TSK20080514-7/index.html")
    assert "38SMB448<a" in page
    assert "</a>29<a" in page
    assert 'aria-label="withheld, 2 characters: place">…' in page


@pytest.mark.parametrize("lost", ["Tarran", "Petra", "Anselm", "schoolteacher", "4488129907", "teo"])
def test_what_is_withheld_is_in_no_file_of_the_site(built: Built, lost: str) -> None:
    hits = [path.name for path in built.public.rglob("*") if path.is_file() and lost.encode() in path.read_bytes()]
    assert hits == []


def test_lines_that_were_ended_on_purpose_stay(built: Built) -> None:
    page = built.page("d/03VARDESK284/index.html")
    assert "\n<br>-- that filling stop at 96 metres;\n<br>-- that the villages" in page
    assert "is moving by eleven\ncentimetres" in page  # a wrapped line flows


def test_pages_of_a_pdf_are_counted(built: Built) -> None:
    page = built.page("d/s6/index.html")
    assert 'aria-label="Text of the document" data-page="1"' in page
    assert 'class="pg" data-page="2"' in page
    assert 'class="pg" data-page="3"' in page


def test_a_chat_has_a_line_for_each_message(built: Built) -> None:
    page = built.page("d/s5/index.html")
    assert page.count('<p class="line') == 6
