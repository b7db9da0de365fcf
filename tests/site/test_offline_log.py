"""The offline page with the log of a mirror: what came after a proof, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mirror.amending import amender
from tests.site.test_browser import ARGUMENTS, CHROMIUM
from unsealed.seal.payloads import RedactMoreEntry
from unsealed.site.vendor import verifier_script, verify_page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no chromium on this machine"),
    pytest.mark.skipif(verifier_script() is None, reason="the page verifier is not built: run make web"),
]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Any]:
    (tmp_path / "verify.html").write_bytes(verify_page())
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = browser.new_page()
        opened.goto((tmp_path / "verify.html").as_uri())
        yield opened
        browser.close()


def test_what_came_after(page: Any, tmp_path: Path) -> None:
    made = amender()
    made.site()
    (tmp_path / "old.proof").write_bytes(made.files["d/s0/document.proof"])
    (tmp_path / "policy").write_bytes(made.policy.raw)
    page.set_input_files("#proof", str(tmp_path / "old.proof"))
    page.set_input_files("#policy", str(tmp_path / "policy"))
    page.get_by_text("Sealed, and cut as the publisher cut it", exact=True).wait_for()
    assert "what came after" in page.inner_text("#unshown").lower()

    page.set_input_files("#log", str(made.write(tmp_path / "before") / "heads/log"))
    page.get_by_text("In force: nothing took its place").wait_for()

    made.amend(RedactMoreEntry, {(1, 0): ((12, 3, 1),)})
    made.withdraw((3, 0))
    page.set_input_files("#log", str(made.write(tmp_path / "after") / "heads/log"))
    page.get_by_text("Sealed, but no longer in force", exact=True).wait_for()
    assert "Withdrawn on 2010-11-28 (by order): A court." in page.inner_text("#messages")

    (tmp_path / "after/heads/log/checkpoint").write_bytes(made.heads[4])
    page.set_input_files("#log", str(tmp_path / "after/heads/log"))
    page.get_by_text("The proof holds; the log of this mirror does not").wait_for()
