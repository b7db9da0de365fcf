from __future__ import annotations

import json
import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from tests.site.reread import reread
from unsealed.site import escape

TEXT = st.text(alphabet=st.characters(codec="utf-8"))
NASTY = st.one_of(
    TEXT,
    st.lists(
        st.sampled_from([*"<>&\"'\x00\x1b\u202e\u2066\x85\x0c\n\t", "</script>", "<!--", "]]>", "\\u003c", "\\"])
    ).map("".join),
)


@given(NASTY)
def test_escaped_text_is_read_back_exactly_and_holds_no_element_of_its_own(text: str) -> None:
    reader = reread(f'<p class="u">{escape.escape(text)}</p>')
    assert reader.found == [((text,) if text else ())]
    assert all(tag == "p" or values.get("class") == "ctl" for tag, values in reader.elements)


@given(NASTY)
def test_no_control_or_bidi_character_reaches_a_page_or_a_download(text: str) -> None:
    forbidden = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
    for made in (escape.escape(text), escape.attribute(text), escape.visible(text), escape.one_line(text, 50)):
        assert not forbidden.search(made)


@given(NASTY)
def test_an_attribute_stays_one_attribute(text: str) -> None:
    found: list[tuple[str, list[tuple[str, str | None]]]] = []

    class Probe(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, attrs))

    Probe().feed(f'<p title="{escape.attribute(text)}">')
    assert len(found) == 1
    assert [name for name, _ in found[0][1]] == ["title"]


@given(NASTY)
def test_json_in_a_script_cannot_end_it_and_is_undone_exactly(text: str) -> None:
    plain = json.dumps({"a": text}, ensure_ascii=False)
    embedded = escape.for_script(plain)
    assert "<" not in embedded
    undone = re.sub(r"\\(u003c|[\s\S])", lambda found: "<" if found[1] == "u003c" else found[0], embedded)
    assert undone == plain


def test_names_of_invisible_characters() -> None:
    assert [escape.name_of(character) for character in "\x1b\u202e\x85"] == ["ESC", "RLO", "U+0085"]


def test_one_line_cuts_at_a_word() -> None:
    assert escape.one_line("one  two\nthree four", 10) == "one two…"
    assert escape.one_line("unbreakable" * 3, 8) == "unbreaka…"


def test_direction_only_where_the_text_may_turn() -> None:
    assert escape.direction("plain") == ""
    assert escape.direction("سلام") == ' dir="auto"'
