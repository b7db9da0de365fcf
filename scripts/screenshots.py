"""Take the README's picture and sheets of pages to look at: wide and narrow, light and dark.

    python scripts/screenshots.py PUBLIC [--out DIR] [--readme FILE] [PATH …]

PUBLIC is a built site. Without paths: front, a list, facets, a release, the first document of each kind, the
seal, what is missing, about, verify.html, 404. Needs Chromium (system package) and playwright.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from playwright.sync_api import Browser, sync_playwright

from unsealed.site import make_server

CHROMIUM = os.environ.get("UNSEALED_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
WIDE, NARROW = (1600, 1000), (360, 780)
FIXED = [
    "index.html",
    "by/date/index.html",
    "by/origin/index.html",
    "by/tag/index.html",
    "r/index.html",
    "missing.html",
    "seal.html",
    "about.html",
    "verify.html",
    "404.html",
]


@contextmanager
def served(public: Path) -> Iterator[str]:
    """The site on loopback while the block runs."""
    with make_server(public) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def chosen(public: Path) -> list[str]:
    """The fixed pages, the newest release, and for each kind the document with the most markers."""
    best: dict[str, tuple[int, str]] = {}
    for path in sorted(public.glob("d/*/document.json")):
        document = msgspec.json.decode(path.read_bytes())
        weight = min(document["hidden_atoms"], 400) + min(len(document["blocks"]), 60)
        best[document["type"]] = max(best.get(document["type"], (-1, "")), (weight, f"d/{path.parent.name}/index.html"))
    releases = sorted(path.relative_to(public).as_posix() for path in public.glob("r/*/index.html"))
    return [*FIXED, *releases[-1:], *(path for _, path in best.values())]


def shoot(browser: Browser, address: str, path: str, out: Path, size: tuple[int, int], scheme: str) -> None:
    """One picture of a whole page (at most 3,000 pixels high, so that it can be looked at)."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(address + path)
    page.wait_for_timeout(120)
    height = min(page.evaluate("document.documentElement.scrollHeight"), 3000)
    name = path.removesuffix(".html").removesuffix("/index").replace("/", "-")
    target = out / f"{name}-{size[0]}-{scheme}.png"
    page.set_viewport_size({"width": size[0], "height": max(height, size[1])})
    page.screenshot(path=target)
    context.close()


def main() -> None:
    """Read the arguments, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("public", type=Path)
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--readme", type=Path, help="write one picture for the README here and nothing else")
    arguments = parser.parse_args()
    with served(arguments.public) as address, sync_playwright() as machine:
        browser = machine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if arguments.readme:
            readme(browser, address, arguments.public, arguments.paths, arguments.readme)
            return
        arguments.out.mkdir(parents=True, exist_ok=True)
        for path in arguments.paths or chosen(arguments.public):
            for size in (WIDE, NARROW):
                for scheme in ("light", "dark"):
                    shoot(browser, address, path, arguments.out, size, scheme)


def readme(browser: Browser, address: str, public: Path, paths: list[str], target: Path) -> None:
    """The picture of the README: one document page, wide and light."""
    cables = [path for path in chosen(public) if path.startswith("d/")]
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, color_scheme="light")
    page.goto(address + (paths or cables)[0])
    page.wait_for_timeout(200)
    page.screenshot(path=target)


if __name__ == "__main__":
    main()
