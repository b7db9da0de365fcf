"""Take the README's picture, or sheets of pages to look at: wide and narrow, light and dark.

    python scripts/screenshots.py [--public DIR] [--readme FILE]      the picture of the README
    python scripts/screenshots.py [--public DIR] --out DIR [PATH …]   sheets to look at

`--public` is a built site, the demo's by default. Sheets without paths: front, a list, facets, a release, the
document of each kind with most to see, the seal, what is missing, about, verify.html (empty, and with a
proof), 404. Needs Chromium (a system package) and playwright.
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
VERIFIED = "verify.html?proof"  # with a proof file dropped on it
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
    VERIFIED,
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


def shoot(
    browser: Browser, address: str, path: str, out: Path, size: tuple[int, int], scheme: str, proof: Path
) -> None:
    """One picture of a whole page (at most 3,000 pixels high, so that it can be looked at)."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.goto(address + path)
    if path == VERIFIED:
        page.set_input_files("#proof", proof)
    page.wait_for_timeout(200)
    height = min(page.evaluate("document.documentElement.scrollHeight"), 3000)
    name = path.replace("?", "-").removesuffix(".html").removesuffix("/index").replace("/", "-")
    target = out / f"{name}-{size[0]}-{scheme}.png"
    page.set_viewport_size({"width": size[0], "height": max(height, size[1])})
    page.screenshot(path=target)
    context.close()


def main() -> None:
    """Read the arguments, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--public", type=Path, default=Path(".demo/archive/public"))
    parser.add_argument("paths", nargs="*")
    parser.add_argument("--out", type=Path, help="folder for sheets of pages")
    parser.add_argument("--readme", type=Path, default=Path("docs/images/document.png"), help="the README's picture")
    arguments = parser.parse_args()
    with served(arguments.public) as address, sync_playwright() as machine:
        browser = machine.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        if not arguments.out:
            readme(browser, address, arguments.public, arguments.paths, arguments.readme)
            return
        arguments.out.mkdir(parents=True, exist_ok=True)
        proof = arguments.public / next(p for p in chosen(arguments.public) if p.startswith("d/"))
        for path in arguments.paths or chosen(arguments.public):
            for size in (WIDE, NARROW):
                for scheme in ("light", "dark"):
                    shoot(browser, address, path, arguments.out, size, scheme, proof.with_name("document.proof"))


def _is_cable(page: Path) -> bool:
    return bool(msgspec.json.decode(page.with_name("document.json").read_bytes())["type"] == "cable")


def readme(browser: Browser, address: str, public: Path, paths: list[str], target: Path) -> None:
    """The picture of the README: one document page, wide and light."""
    cables = [path for path in chosen(public) if path.startswith("d/") and _is_cable(public / path)]
    page = browser.new_page(viewport={"width": 1400, "height": 1500}, color_scheme="light")
    page.goto(address + (paths or cables)[0])
    page.wait_for_timeout(200)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)


if __name__ == "__main__":
    main()
