"""What the catalogue of a PDF says of the whole file: metadata, bookmarks, scripts that run at opening."""

from __future__ import annotations

import pikepdf

from unsealed.ingest.readers import xmp
from unsealed.ingest.readers.build import Builder
from unsealed.ingest.readers.limits import LIMITS
from unsealed.ingest.readers.pdf.values import bytes_of, clean, date_of, entries, get, items, key_of, text_of

BOOKMARKS = 20_000
ELEMENTS = 50_000  # of the structure that are looked at
NAMES = 20_000  # nodes of a name tree
_FIELDS = {"/Title": "title", "/Author": "author", "/Subject": "subject"}
_PLACEHOLDERS = frozenset({"untitled", "anonymous", "unspecified", "unknown", "none"})  # what programs fill in
_FORMAL = frozenset({"/Trapped"})


def metadata(file: pikepdf.Pdf, build: Builder) -> None:
    """Each entry of the information dictionary and of the metadata packet as one unit `header`."""
    seen: set[str] = set()
    for key, value in entries(file.trailer.get("/Info")):
        date = date_of(value) if key in ("/CreationDate", "/ModDate") else ""
        text = date or text_of(value)
        if not text or key in _FORMAL:
            continue
        seen.add(text)
        unit = build.free("header", f"{clean(key[1:])}: {text}")
        name = "created" if key == "/CreationDate" and date else _FIELDS.get(key, "")
        if name and text.casefold() not in _PLACEHOLDERS:
            build.field(name, text, unit)
    packet = get(file.Root, "/Metadata")
    if isinstance(packet, pikepdf.Stream):
        for name, value in xmp.values(bytes_of(packet, LIMITS.text_bytes)):
            text = clean(value)
            if text and text not in seen:
                seen.add(text)
                build.free("header", f"{clean(name)}: {text}")


def bookmarks(file: pikepdf.Pdf, build: Builder) -> None:
    """The title of each bookmark as one unit `list-item`."""
    waiting = [get(get(file.Root, "/Outlines"), "/First")]
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < BOOKMARKS:
        node = waiting.pop()
        key = key_of(node)
        if not isinstance(node, pikepdf.Dictionary) or (key in seen and key != (0, 0)):
            continue
        seen.add(key)
        title = text_of(node.get("/Title"))
        if title:
            build.free("list-item", title)
        action(node.get("/A"), build, 0)
        waiting += [node.get("/Next"), node.get("/First")]


def alternatives(file: pikepdf.Pdf, build: Builder) -> None:
    """What pictures are said to show, for those who cannot see them: a unit `note` each."""
    waiting = [get(get(file.Root, "/StructTreeRoot"), "/K")]
    seen: set[tuple[int, int]] = set()
    said: set[str] = set()
    steps = 0
    while waiting and steps < ELEMENTS:
        steps += 1
        node = waiting.pop()
        key = key_of(node)
        if key != (0, 0) and key in seen:
            continue
        seen.add(key)
        if isinstance(node, pikepdf.Array):
            waiting += reversed(items(node))
            continue
        text = text_of(get(node, "/Alt")) or text_of(get(node, "/E"))
        if text and text not in said:
            said.add(text)
            build.free("note", text)
        if get(node, "/K") is not None:
            waiting.append(get(node, "/K"))


def scripts(file: pikepdf.Pdf, build: Builder) -> None:
    """Scripts and programs that the file wants to run: kept as text, never run."""
    action(get(file.Root, "/OpenAction"), build, 0)
    for _, one in entries(get(file.Root, "/AA")):
        action(one, build, 0)
    for name, one in names(get(get(file.Root, "/Names"), "/JavaScript")):
        if name:
            build.free("code", name)
        action(one, build, 0)


def action(value: object, build: Builder, page: int, depth: int = 0) -> None:
    """What an action holds as text: an address, a script, a file to start; and the actions after it."""
    kind = str(get(value, "/S") or "")
    label, key, code = {
        "/URI": ("link", "/URI", ""), "/JavaScript": ("code", "/JS", "P-SCRIPT"), "/Launch": ("code", "/F", "P-LAUNCH"),
        "/GoToR": ("link", "/F", ""), "/SubmitForm": ("link", "/F", "P-SUBMIT"), "/ImportData": ("link", "/F", ""),
    }.get(kind, ("", "", ""))  # fmt: skip
    target = get(value, key) if key else None
    text = text_of(target) or text_of(get(target, "/UF")) or text_of(get(target, "/F"))
    if kind == "/Launch":
        text = "\n".join([text, *[text_of(entry) for _, entry in entries(get(value, "/Win"))]]).strip()
    unit = build.free(label, text, (), page) if text else -1
    if code:
        build.finding(code, "note", unit)
    following = get(value, "/Next")
    for one in items(following) or [following]:
        if one is not None and depth < LIMITS.mail_depth:
            action(one, build, page, depth + 1)


def names(tree: object) -> list[tuple[str, object]]:
    """The leaves of a name tree, in order."""
    found: list[tuple[str, object]] = []
    waiting = [tree]
    seen: set[tuple[int, int]] = set()
    steps = 0
    while waiting and steps < NAMES:
        steps += 1
        node = waiting.pop()
        key = key_of(node)
        if key != (0, 0) and key in seen:
            continue
        seen.add(key)
        leaves = items(get(node, "/Names"))
        found += [(text_of(name), value) for name, value in zip(leaves[::2], leaves[1::2], strict=False)]
        waiting += reversed(items(get(node, "/Kids")))
    return found
