"""The search page of a mirror: a form and a list, in the style of the site, without a script.

Takes what was found; gives HTML as bytes. Everything that stood in a document or was typed is text and nothing else.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple
from urllib.parse import urlencode

from unsealed.errors import QueryError
from unsealed.mirror.find import PAGE, Found, Hit

STYLE = """\
.ask{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 .6rem;max-width:44rem}
.ask input{flex:1 1 16rem;min-width:0;font:1.0625rem/1.4 var(--serif);color:var(--ink);background:var(--sheet)}
.ask input,.ask button{border:1px solid var(--ink);padding:.45rem .8rem}
.ask button{font:600 .9375rem/1.4 var(--sans);color:var(--paper);background:var(--ink)}
.ask label{flex:1 0 100%;font:600 .8125rem/1.4 var(--sans);color:var(--soft)}
.found{list-style:none;padding:0;margin:1.2rem 0;max-width:44rem}
.found li{border-top:1px solid var(--rule);padding:.7rem 0 .8rem}
.found .t{font-size:1.125rem}
.found p{margin:.15rem 0 0}
.found .s{font-size:1rem;line-height:1.45}
.found b{background:var(--mark);font-weight:600}
.help{max-width:44rem}
.help code{white-space:nowrap}
.where{margin-top:.4rem}
"""
_ACTING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
_EXAMPLES = (
    ("harbour visa", "both words"),
    ('"visa fraud"', "one after the other"),
    ("harbour OR port", "one of them"),
    ("harbour -visa", "the first without the second"),
    ("embass*", "words that begin so"),
    ("subject:grain date:2003..2005", "in a field, between two dates"),
)


class Page(NamedTuple):
    """What a page shows: the archive's name, what was typed, what was found (None: nothing was asked)."""

    name: str
    typed: str
    found: Found | None


def text(untrusted: str) -> str:
    """Text as HTML, for elements and quoted attributes: characters that act are written as their code."""
    return html.escape(_ACTING.sub(lambda match: f"[U+{ord(match[0]):04X}]", untrusted.replace("\n", " ")))


def result_page(page: Page) -> bytes:
    """The form, and what was found."""
    if page.found is None:
        return _whole(page, "Search", _help())
    found = page.found
    return _whole(page, f"{page.typed} – Search", _summary(found) + _list(found) + _pager(page.typed, found))


def error_page(name: str, typed: str, error: QueryError) -> bytes:
    """The form, and what is wrong with the question."""
    at = f" (character {error.position + 1})" if error.position else ""
    words = f"<p><strong>{text(error.message)}</strong>{at} {text(error.remedy)}</p>"
    return _whole(Page(name, typed, None), "Search", words + _help())


def _summary(found: Found) -> str:
    count = f"{found.total:,} document{'' if found.total == 1 else 's'}"
    return f'<p class="q">{count} for <code>{text(found.query)}</code>, {found.seconds:.2f} seconds.</p>'


def _list(found: Found) -> str:
    if not found.hits:
        return "<p>Nothing that was released has these words. Hidden words cannot be found by anybody.</p>"
    first = (found.page - 1) * PAGE + 1
    return f'<ol class="found" start="{first}">' + "".join(_hit(hit) for hit in found.hits) + "</ol>"


def _hit(hit: Hit) -> str:
    facts = [hit.date[:10] or "undated", hit.origin, hit.classification or hit.type, f"release {hit.release}"]
    if hit.hidden:
        facts.append("parts withheld")
    snippet = "".join(f"<b>{text(piece)}</b>" if match else text(piece) for piece, match in hit.snippet)
    return (
        f'<li><a class="t" href="/d/{text(hit.folder)}/index.html" dir="auto">{text(hit.title or "Untitled")}</a>'
        f'<p class="q">{" · ".join(text(fact) for fact in facts if fact)}</p><p class="s" dir="auto">{snippet}</p></li>'
    )


def _pager(typed: str, found: Found) -> str:
    last = -(-found.total // PAGE)
    links = []
    for number, words in ((found.page - 1, "Earlier results"), (found.page + 1, "Further results")):
        if 1 <= number <= last:
            link = html.escape("?" + urlencode({"q": typed, "page": number}))
            links.append(f'<li><a href="{link}">{words}</a></li>')
    return f'<nav class="pager" aria-label="Pages"><ul>{"".join(links)}</ul></nav>' if links else ""


def _help() -> str:
    rows = "".join(f"<tr><td><code>{text(query)}</code></td><td>{words}</td></tr>" for query, words in _EXAMPLES)
    return (
        '<table class="plain help"><thead><tr><th scope="col">You write</th><th scope="col">It finds</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _whole(page: Page, title: str, body: str) -> bytes:
    name = text(page.name)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{text(title)} · {name}</title>
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="/-/search.css">
</head>
<body class="list">
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="name" href="/index.html">{name}</a>
<nav aria-label="Ways in"><ul><li><a href="/by/date/index.html">Documents</a></li>
<li><a href="/r/index.html">Releases</a></li><li><a href="/seal.html">How to check</a></li></ul></nav></header>
<main id="main">
<h1>Search</h1>
<form class="ask" action="/-/search" method="get" role="search">
<label for="q">Words, names, numbers of documents</label>
<input id="q" name="q" type="search" value="{text(page.typed)}" autocomplete="off" maxlength="2000">
<button type="submit">Search</button>
</form>
{body}
</main>
<footer class="foot">
<p class="where">This page is made by the mirror that you are reading, not by the publisher: it could leave something
out. The documents themselves can be checked; see <a href="/seal.html">how to check</a>. This mirror keeps no record of
what you search for.</p>
</footer>
</body>
</html>
""".encode()
