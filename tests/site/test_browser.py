"""The pages in a real browser: nothing to find for axe, no request elsewhere, no overflow, the badge, print."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tests.site.conftest import Built
from unsealed.seal.verify import verify_document
from unsealed.site import make_server
from unsealed.site.vendor import verifier_script

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = os.environ.get("UNSEALED_CHROMIUM", "/usr/bin/chromium")
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
PAGES = [
    "index.html",
    "by/date/index.html",
    "by/date/page-2.html",
    "by/origin/index.html",
    "by/tag/senv/index.html",
    "log/index.html",
    "r/index.html",
    "r/0000/index.html",
    "r/0002/index.html",
    "missing.html",
    "seal.html",
    "about.html",
    "404.html",
    "verify.html",
    *(
        f"d/{name}/index.html"
        for name in ("03VARDESK284", "s2", "s3", "TSK20080514-7", "s5", "s6", "s7", "s8", "05LISSENDRA7")
    ),
]
WIDTHS = (320, 360, 1024, 1600)
# One page for each template and each layout of a document.
KINDS = (
    "index.html",
    "by/date/page-2.html",
    "by/origin/index.html",
    "log/index.html",
    "r/index.html",
    "r/0002/index.html",
    "missing.html",
    "seal.html",
    "about.html",
    "404.html",
    "verify.html",
    *(f"d/{name}/index.html" for name in ("03VARDESK284", "s2", "TSK20080514-7", "s5", "s6", "05LISSENDRA7")),
)
NARROW_KINDS = ("index.html", "r/0002/index.html", "verify.html", "d/03VARDESK284/index.html")
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "rules": {"color-contrast-enhanced": {"enabled": True}},
}
OVERFLOW = """() => [...document.querySelectorAll('body *')]
  .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !e.closest('.skip, .plain, thead, .co') && getComputedStyle(e).display !== 'none')
  .map((e) => e.tagName + '.' + e.className).slice(0, 5)"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no chromium on this machine"),
]


@pytest.fixture(scope="module")
def address(built: Built) -> Iterator[str]:
    with make_server(built.public) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as machine:
        opened = machine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@dataclass(frozen=True)
class Visit:
    """What happened on a visit to every page: what was too wide, what was asked for, what the console said."""

    wide: dict[str, object]
    asked: list[str]
    errors: list[str]


@pytest.fixture(scope="module")
def visit(browser: playwright.Browser, address: str) -> Visit:
    page = browser.new_page()
    seen = Visit({}, [], [])
    page.on("request", lambda request: seen.asked.append(request.url))
    page.on(
        "console", lambda message: seen.errors.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    for path in PAGES:
        page.goto(address + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                seen.wide[f"{path} at {width}"] = page.evaluate(OVERFLOW)
    page.close()
    return seen


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run make web")
@pytest.mark.parametrize(("width", "scheme", "paths"), [(1600, "light", KINDS), (360, "dark", NARROW_KINDS)])
def test_axe_finds_nothing(
    browser: playwright.Browser, address: str, width: int, scheme: str, paths: tuple[str, ...]
) -> None:
    """Once for each kind of page; what differs by width and theme again on a telephone in the dark."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    source = AXE.read_text(encoding="utf-8")
    found = []
    page = context.new_page()
    for path in paths:
        page.goto(address + path)
        page.evaluate(source + "; 0")
        result = page.evaluate("(rules) => axe.run(document, rules)", RULES)
        found += [
            (path, v["id"], v["nodes"][0]["html"][:120], v["nodes"][0]["failureSummary"][:300])
            for v in result["violations"]
        ]
    context.close()
    assert found == []


def test_nothing_is_wider_than_the_window(visit: Visit) -> None:
    assert visit.wide == {}


@pytest.mark.parametrize("mark", ["NO CLASSIFICATION MARKING", "CONFIDENTIAL//NOFORN", "ADMINISTRATIVELYCONTROLLED"])
def test_a_long_mark_stays_in_its_column(browser: playwright.Browser, address: str, mark: str) -> None:
    page = browser.new_page()
    page.goto(address + "by/date/page-2.html")
    changed = "(mark) => [...document.querySelectorAll('.mk')].map((one) => one.textContent = mark).length"
    assert page.evaluate(changed, mark) > 10
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        over = "[...document.querySelectorAll('.docs td')].filter((td) => td.scrollWidth > td.clientWidth + 1).length"
        assert page.evaluate(over) == 0, f"at {width}"
    page.close()


def test_no_page_asks_another_host_or_meets_an_error(visit: Visit, address: str) -> None:
    assert len(visit.asked) > len(PAGES)
    assert [url for url in visit.asked if not url.startswith((address, "data:"))] == []
    assert visit.errors == []


def test_everything_is_there_without_script(browser: playwright.Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "d/03VARDESK284/index.html")
    assert page.locator("#badge .state").inner_text() == "Not checked (no script)"
    assert "SUMMARY: The state geologist" in page.locator("#p1").inner_text()
    assert (
        page.locator("#p1 .gap").first.bounding_box()["width"]
        == page.locator("#text .hid .gap").bounding_box()["width"]
    )
    page.locator("#p1 .gap").first.focus()
    assert page.locator("#p1 .gap .pv").first.is_visible()
    assert "A person who could be harmed if named." in page.locator("#p1 .gap .pv").first.inner_text()
    context.close()


def test_the_pages_work_from_a_disk(browser: playwright.Browser, built: Built) -> None:
    page = browser.new_page()
    page.goto((built.public / "index.html").as_uri())
    page.get_by_role("link", name="The slope above Korvane").first.click()
    page.get_by_role("link", name="KORVANE DAM").click()
    assert page.locator("h1").inner_text().startswith("KORVANE DAM")
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).display") == "grid"
    assert page.locator("#badge .state").inner_text() != "Not checked (no script)"
    page.close()


def test_keyboard_first_stop_is_the_skip_link_and_focus_is_seen(browser: playwright.Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "d/03VARDESK284/index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#p1 .gap").first.focus()
    page.keyboard.press("Escape")
    assert not page.locator("#p1 .gap .pv").first.is_visible()
    page.close()


# --- the badge


def _answer(built: Built, name: str) -> dict[str, object]:
    verified = verify_document((built.public / "d" / name / "document.proof").read_bytes(), None)
    blocks = msgspec.json.decode(msgspec.json.encode(verified.blocks))
    return {"state": "keys-not-checked", "messages": [], "blocks": blocks, "facts": {}}


def _badge(
    browser: playwright.Browser, address: str, name: str, answer: dict[str, object] | None, change: str = ""
) -> str:
    """The badge's words with a verifier that gives `answer`, after `change` was done to the page's markup."""
    page = browser.new_page()
    if answer is not None:
        page.route("**/verifier.js", lambda route: route.abort())
        page.add_init_script(f"window.unsealedVerifier = {{ verifyProof: () => ({json.dumps(answer)}) }};")
    if change:
        old, new = change.split("=>")

        def serve(route: playwright.Route) -> None:
            body = route.fetch().text()
            assert old in body
            route.fulfill(body=body.replace(old, new, 1), content_type="text/html; charset=utf-8")

        page.route("**/d/*/index.html", serve)
    page.goto(f"{address}d/{name}/index.html")
    page.wait_for_selector("#badge.good, #badge.bad, #badge.none")
    words = str(page.locator("#badge .state").inner_text())
    page.close()
    return words


GOOD = "Checked in this browser: the text is the sealed text."


@pytest.mark.parametrize("name", ["03VARDESK284", "s2", "s3", "TSK20080514-7", "s5", "s6", "s7", "s8", "05LISSENDRA7"])
def test_the_badge_finds_the_sealed_text_in_every_layout(
    browser: playwright.Browser, address: str, built: Built, name: str
) -> None:
    """With the page verifier itself where it is built, else with the answer of the other verifier."""
    answer = None if verifier_script() else _answer(built, name)
    assert _badge(browser, address, name, answer) == GOOD


@pytest.mark.parametrize(
    "change",
    [
        "is moving by eleven=>is moving by twelve",
        'href="#p5">5.=>href="#p5">4.',
        'data-n="2"=>data-n="3"',
        'data-r="1"=>data-r="2"',
        '<p class="u pa" id="p5"=><p>Nobody sealed this.</p><p class="u pa" id="p5"',
        "ELLINGSEN\n</p>=></p>",
    ],
)
def test_the_badge_sees_a_changed_page(browser: playwright.Browser, address: str, built: Built, change: str) -> None:
    words = _badge(browser, address, "03VARDESK284", _answer(built, "03VARDESK284"), change)
    assert words == "Does not match: the words on this page are not the words of its proof."


def test_the_badge_says_what_the_verifier_refused(browser: playwright.Browser, address: str) -> None:
    answer: dict[str, object] = {"state": "not-sealed", "messages": ["a word is not the sealed word"], "blocks": []}
    assert _badge(browser, address, "s2", answer) == "Does not match: a word is not the sealed word."


def test_hostile_pages_run_nothing(browser: playwright.Browser, attacked: Built) -> None:
    with make_server(attacked.public) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        page = browser.new_page()
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        documents = [f"d/{path.name}/index.html" for path in sorted((attacked.public / "d").iterdir())]
        for path in ("index.html", "by/date/index.html", "by/tag/index.html", "r/0001/index.html", *documents):
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/{path}")
            assert page.locator("img").count() == 0
        assert dialogs == []
        page.close()
        server.shutdown()
        thread.join()


def test_print_gives_the_document_without_navigation(browser: playwright.Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address + "d/03VARDESK284/index.html")
    page.emulate_media(media="print")
    for hidden in (".top nav", ".crumbs", ".foot", ".turn"):
        assert not page.locator(hidden).first.is_visible()
    for shown in ("#text", "#citation", ".prove p", ".card", ".legend"):
        assert page.locator(shown).first.is_visible()
    page.close()


# --- the offline page


def test_verify_html_is_one_file_that_shows_a_proof(browser: playwright.Browser, built: Built, tmp_path: Path) -> None:
    copy = tmp_path / "verify.html"
    copy.write_bytes((built.public / "verify.html").read_bytes())
    if b'id="proof"' not in copy.read_bytes():
        pytest.skip("verify.html is not built: run make web")
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(copy.as_uri())
    page.set_input_files("#proof", built.public / "d/03VARDESK284/document.proof")
    page.wait_for_selector("#state:visible")
    words = page.locator("#state").inner_text()
    if verifier_script() is None:
        assert words == "Not sealed"
    else:
        assert words == "Consistent with itself; keys not checked"
        assert "that the left bank above Korvane is moving" in page.locator("#text").inner_text()
        forged = tmp_path / "forged.proof"
        forged.write_bytes((built.public / "d/03VARDESK284/document.proof").read_bytes().replace(b"eleven", b"twelve"))
        page.set_input_files("#proof", forged)
        page.wait_for_selector("#state.bad")
        assert page.locator("#state").inner_text() == "Not sealed"
        assert not page.locator("#shown").is_visible()
    assert errors == []
    context.close()
