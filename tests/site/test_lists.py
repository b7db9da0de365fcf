from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.site.conftest import Built
from tests.site.reread import reread
from unsealed.model import Gap, PublicDocument, PublicUnit, Shown
from unsealed.site import lists
from unsealed.site.summary import title_of


@given(st.integers(1, 400), st.integers(1, 400))
def test_the_pager_leads_everywhere_and_hides_no_single_page(pages: int, current: int) -> None:
    current = min(current, pages)
    links = lists.pager(pages, current)
    numbers = [link.number for link in links if not link.gap]
    assert numbers == sorted(set(numbers))
    assert {1, current, pages} <= set(numbers)
    for before, link, after in zip(links, links[1:], links[2:], strict=False):
        if link.gap:
            assert after.number - before.number > 2
    assert len(links) <= 11


def test_lists_have_a_hundred_a_page_and_the_undated_at_the_end(built: Built) -> None:
    first, second = built.page("by/date/index.html"), built.page("by/date/page-2.html")
    assert first.count("<tr><td") == 100
    assert first.count("<tr><td") + second.count("<tr><td") == 130
    assert 'id="undated"' not in first
    assert second.index("2009-") < second.index('id="undated"') < second.index(">undated</td>")


def test_every_link_of_the_site_leads_to_a_file(built: Built) -> None:
    for path in built.public.rglob("*.html"):
        if path.name in ("404.html", "verify.html"):
            continue
        elements = reread(path.read_text(encoding="utf-8")).elements
        anchors = {values.get("id") for _, values in elements}
        for _, values in elements:
            target = values.get("href") or values.get("src") or ""
            name, _, anchor = target.partition("#")
            if name:
                assert (path.parent / name).is_file(), f"{path.relative_to(built.public)} -> {name}"
            elif anchor:
                assert anchor in anchors, f"{path.relative_to(built.public)} -> #{anchor}"


def test_each_year_has_its_count_above_its_name(built: Built) -> None:
    page = built.page("by/date/index.html")
    chart = page.split('<ul class="chart">')[1].split("</ul>")[0]
    years = {values["href"] for _, values in reread(chart).elements if values.get("href")}
    assert all((built.public / "by/date" / path).is_file() for path in years)
    counts = [int(part.split("<")[0]) for part in chart.split('<span class="n">')[1:]]
    assert sum(counts) == 130


def test_an_untitled_document_is_called_by_its_first_words() -> None:
    blocks = (PublicUnit("paragraph", (Shown("To the river, sir;\nwhere should it go?"),)),)
    letter = PublicDocument("unsealed-public/1", "s7", 7, 1, 1, "text", "s7", (), blocks, 7, 0, "{}")
    assert title_of(letter) == "Text: To the river, sir; where should it go?"
    hidden = msgspec.structs.replace(letter, blocks=(PublicUnit("paragraph", (Gap(4, 1),)),))
    assert title_of(hidden) == "Text s7"


def test_counts_stand_beside_every_facet(built: Built) -> None:
    page = built.page("by/origin/index.html")
    assert '<a href="embassy-vardesk/index.html">Embassy Vardesk</a> <span class="n">' in page
    assert page.count('<span class="n">') == 7


def test_references_lead_both_ways_and_say_what_is_missing(built: Built) -> None:
    page = built.page("d/03VARDESK284/index.html")
    assert 'class="ref" href="../../d/98VARDESK214/index.html">98 VARDESK 214' in page
    assert 'class="ref gone" href="#ref-02PORTSABEL1190">02 PORTSABEL 1190' in page
    assert "cited here, but not released" in page
    assert "Fwd: the instruments" in page  # cited by
    missing = built.page("missing.html")
    assert missing.index("97VARDESK1190") > 0
    assert 'href="d/03VARDESK284/index.html"' in missing


def test_parents_and_attachments_know_each_other(built: Built) -> None:
    assert "Part of <a" in built.page("d/s3/index.html")
    assert "Holds <a" in built.page("d/s2/index.html")


def test_right_to_left_text_says_so(built: Built) -> None:
    page = built.page("d/05LISSENDRA7/index.html")
    assert '<h1 dir="auto">' in page
    assert 'id="p2" dir="auto"' in page


@pytest.mark.parametrize("path", ["index.html", "r/0002/index.html", "d/s8/index.html", "by/date/index.html"])
def test_a_page_is_light(built: Built, path: str) -> None:
    """Text and proof apart, a document page is at most 30 kB with style and script."""
    page = built.page(path)
    proof = page.split('id="proof">')[1].split("</script>")[0] if 'id="proof"' in page else ""
    extra = sum((built.public / name).stat().st_size for name in ("style.css", "page.js"))
    assert len(page.encode()) - len(proof.encode()) + extra < 60_000
    assert (built.public / "style.css").stat().st_size <= 15_000
