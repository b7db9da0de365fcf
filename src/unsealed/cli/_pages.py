"""`unsealed review pages`, `box`, `decide-box`, `picture`: what is shown of a document as pictures of its pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import counted, visible
from unsealed.errors import InputError, UsageError
from unsealed.files import write_durable
from unsealed.release.pictures.proof_sheet import proof_sheet
from unsealed.review.pages import NOWHERE, BoxState, PageDesk, PagesState, pages_of, parse_edges, parse_pages
from unsealed.review.references import resolve

_EDITOR = click.option("--as", "editor", metavar="EDITOR", default="", help="Who says so: a name of the settings.")


@click.command()
@click.argument("document")
@click.option("--show", "shown", metavar="PAGES", default="", help="Say that these may be shown: 1,3-5 or all.")
@click.option("--hide", "hidden", metavar="PAGES", default="", help="Say that these must not, or take a word back.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_EDITOR
@archive_option
def pages(archive: Path, document: str, shown: str, hidden: str, as_json: bool, editor: str) -> None:
    """List the pages of DOCUMENT with their boxes, or say which may be shown as pictures.

    A picture shows more than words: handwriting, stamps, faces. Look at each first (`unsealed review picture`). Two
    editors must say of a page that it may be shown; without them a release has its words alone.
    """
    if (shown or hidden) and not editor:
        raise UsageError("Somebody must say so.", remedy="Add --as EDITOR.")
    with Archive.open(archive, write=bool(shown or hidden)) as opened:
        desk = PageDesk(opened)
        item = _one(opened, document)
        known = pages_of(opened.reading(opened.current_row(item)).reading)
        for wanted, verdict in ((shown, "accept"), (hidden, "reject")):
            if wanted:
                desk.show(item, parse_pages(wanted, known), editor, verdict)  # type: ignore[arg-type]
        state = desk.state(item)
    if as_json:
        click.echo(json.dumps(_as_json(item, known, state)))
        return
    said = {one.page: one for one in state.pages}
    for page in known:
        one = said.get(page)
        who = f" ({', '.join(one.shown_by)}{_against(one.hidden_by)})" if one else ""
        words = {"accepted": "shown", "rejected": "not shown", "open": "waits"}[one.decided] if one else "not shown"
        click.echo(visible(f"page {page}: {words}{who}"))
        for box in state.boxes:
            if box.page == page:
                click.echo(visible(f"    {_box(box)}"))
    for page in state.elsewhere:
        click.echo(f"page {page} was shown for another reading of this document: look at it again.")
    click.echo(f"{counted(len(known), 'page')}, {len(state.shown):,} shown.")


def _one(archive: Archive, reference: str) -> int:
    items = resolve(archive, reference)
    if len(items) != 1:
        raise InputError("Several documents carry this name.", remedy="Name one: by its number or its source path.")
    return items[0].id


def _against(names: tuple[str, ...]) -> str:
    return f"; against: {', '.join(names)}" if names else ""


def _box(one: BoxState) -> str:
    where = "nowhere in the picture" if one.edges == NOWHERE else ",".join(map(str, one.edges))
    unit = f" for unit {one.unit}" if one.unit >= 0 else ""
    who = f"({', '.join(one.accepted_by)}{_against(one.rejected_by)})"
    return f"b{one.number}  {where}{unit}  {one.reason}  {one.decided} {who}"


def _as_json(item: int, known: tuple[int, ...], state: PagesState) -> dict[str, Any]:
    return {
        "document": item,
        "pages": known,
        "said": [one._asdict() for one in state.pages],
        "boxes": [{**one._asdict(), "box": f"b{one.number}"} for one in state.boxes],
        "elsewhere": state.elsewhere,
    }


@click.command()
@click.argument("document")
@click.option("--page", type=click.IntRange(1), required=True, help="The page, counted from 1.")
@click.option("--box", "edges", metavar="X0,Y0,X1,Y1", help="In thousandths of the page, from its top left.")
@click.option("--nowhere", is_flag=True, help="The words of --unit do not stand in the picture.")
@click.option("--unit", type=click.IntRange(0), help="The unit whose withheld words the box covers.")
@click.option("--reason", required=True, metavar="CODE", help="Why: a code of the table in the settings.")
@_EDITOR
@archive_option
def box(archive: Path, document: str, page: int, edges: str, nowhere: bool, unit: int | None, **who: str) -> None:
    """Mark a part of a page of DOCUMENT to be filled. Whoever marks has agreed already.

    For what no unit says (handwriting, a stamp, a face), and with --unit for withheld words whose place on the page
    is not known. Words whose place is known are filled by themselves. 0,0,1000,1000 is the whole page.
    """
    if bool(edges) == nowhere or (nowhere and unit is None):
        raise UsageError("Say where.", remedy="Give --box X0,Y0,X1,Y1, or --nowhere with --unit.")
    with Archive.open(archive, write=True) as opened:
        place = NOWHERE if nowhere else parse_edges(edges)
        found = PageDesk(opened).box(
            _one(opened, document), page, place, who["editor"], reason=who["reason"], unit=-1 if unit is None else unit
        )
    click.echo(f"b{found}: marked. A second editor decides with `review decide-box`.")


@click.command("decide-box")
@click.argument("number", metavar="BOX")
@click.argument("verdict", type=click.Choice(["accept", "reject"]))
@_EDITOR
@archive_option
def decide_box(archive: Path, number: str, verdict: Any, editor: str) -> None:
    """Agree with a box (b12), or not."""
    if number[:1] != "b" or not number[1:].isdecimal() or not number.isascii():
        raise UsageError("A box is named b12.", remedy="`unsealed review pages DOCUMENT` lists them.")
    with Archive.open(archive, write=True) as opened:
        state = PageDesk(opened).decide(int(number[1:]), editor, verdict)
    for one in state.boxes:
        if f"b{one.number}" == number:
            click.echo(visible(_box(one)))


@click.command()
@click.argument("document")
@click.option("--page", type=click.IntRange(1), required=True, help="The page, counted from 1.")
@click.option("--to", "target", type=click.Path(path_type=Path), required=True, help="The PNG file to write.")
@archive_option
def picture(archive: Path, document: str, page: int, target: Path) -> None:
    """Draw one page of DOCUMENT as a release would show it now, every marked place filled.

    Open marks and boxes are filled too. The words that OCR reads in the finished picture are printed.
    """
    with Archive.open(archive) as opened:
        sheet = proof_sheet(opened, _one(opened, document), page)
    write_durable(target, sheet.png)
    click.echo(f"{target}: {sheet.width} x {sheet.height} pixels, {counted(sheet.filled, 'place')} filled.")
    if sheet.unknown:
        units = ", ".join(map(str, sheet.unknown))
        click.echo(f"Withheld words of units {units} are NOT filled: nobody knows where they stand. Mark boxes.")
    click.echo(visible(f"It shows: {sheet.words or '(no words)'}"))
