"""`unsealed search` and `unsealed index`: ask an archive from a shell. Output is specified in docs/query.md."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import visible
from unsealed.errors import ArchiveError, QueryError
from unsealed.query import parse
from unsealed.search import Facet, Hit, Index, Results, Run, Sort

_FACET_VALUES = 8  # values of a facet in a terminal; --json has more
_AROUND = 60  # characters of a long query that are shown on each side of an error
_SHOW_PROGRESS = 2000  # readings to index from which on a bar is worth its lines


# No -h here: a query may begin with a minus, as in -harbour.
@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("query", nargs=-1, required=True, type=click.UNPROCESSED)
@archive_option
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Hits to show.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Hits to pass over; as deep as you like.")
@click.option(
    "--sort",
    type=click.Choice(get_args(Sort)),
    default="relevance",
    show_default=True,
    help="date: oldest first; -date: newest first; undated last.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object; with --all one line for each hit.")
@click.option("--all", "everything", is_flag=True, help="Every hit, one line each, in source order.")
def search(
    query: tuple[str, ...], archive: Path, limit: int, offset: int, sort: Sort, as_json: bool, everything: bool
) -> None:
    """Search the archive. AND is the default between words.

    Words, "phrases", "near words"~5, prefix*, fuzzy~1, AND OR NOT, parentheses, and the fields origin: class: tag:
    date:2003..2005-06 from: to: type: ref: id: subject: lang:. Put the query in single quotes so that the shell
    leaves it alone:

        unsealed search '"visa fraud" origin:belmar date:2003..2005'
    """
    text = " ".join(query)
    with _pointed_at(text):
        tree = parse(text)
    with Archive.open(archive) as opened, Index.open(opened) as index:
        _bring_up(index)
        if everything:
            _print_all(index.stream(tree), as_json=as_json)
            return
        results = index.search(tree, limit=limit, offset=offset, sort=sort)
    if as_json:
        click.echo(_json(results))
    else:
        _print(results)


@click.group()
def index() -> None:
    """The search index: a cache that can always be made again from the archive."""


@index.command()
@archive_option
def rebuild(archive: Path) -> None:
    """Throw the index away and build it again from the readings."""
    with Archive.open(archive) as opened, Index.open(opened) as found, _progress() as advance:
        done = found.rebuild(advance)
    click.echo(f"{done.added:,} readings indexed.")
    _say_cut(done.cut)


@contextmanager
def _pointed_at(query: str) -> Iterator[None]:
    """On a QueryError, show the query with a caret under the character where it goes wrong."""
    try:
        yield
    except QueryError as error:
        for line in _caret(query, error.position):
            click.echo(line, err=True)
        raise


def _caret(query: str, position: int) -> tuple[str, str]:
    start = max(0, position - _AROUND)
    before, after = (" ".join(visible(part).split("\n")).replace("\t", " ")
                     for part in (query[start:position], query[position : position + _AROUND]))  # fmt: skip
    return f"  {before}{after}", f"  {' ' * sum(map(_cells, before))}^"


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _bring_up(index: Index) -> None:
    """Catch up before searching; while another process writes, search what is there and say so."""
    if index.notice:
        click.echo(index.notice, err=True)
    behind = index.behind
    try:
        if behind >= _SHOW_PROGRESS:
            with _progress() as advance:
                done = index.catch_up(advance)
        else:
            done = index.catch_up()
    except (ArchiveError, PermissionError):
        click.echo(f"The index is being written by another process; {behind:,} readings are not in it yet.", err=True)
        return
    _say_cut(done.cut)


def _say_cut(cut: int) -> None:
    if cut:
        click.echo(f"{cut:,} readings are so long that only their beginning is searched.", err=True)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr where a person is looking, silence elsewhere."""
    console = Console(stderr=True)
    columns = (TextColumn("Indexing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("")
        yield lambda row, last: bar.update(task, completed=row, total=last)


def _json(value: object) -> str:
    # ASCII only: a terminal that shows JSON meets no control or bidi character either.
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=True)


def _print_all(hits: Iterable[Hit], *, as_json: bool) -> None:
    for hit in hits:
        click.echo(_json(hit) if as_json else "\t".join(_plain(part) for part in (_id(hit), *_card(hit), hit.title)))


def _plain(text: str) -> str:
    return visible(" ".join(text.split()))


def _id(hit: Hit) -> str:
    return hit.name or f"#{hit.item}"


def _card(hit: Hit) -> tuple[str, str, str]:
    return hit.date or "undated", hit.origin, hit.classification


def _print(results: Results) -> None:
    console = Console(highlight=False, soft_wrap=False)
    count = f"{results.total:,} document{'' if results.total == 1 else 's'}"
    shown = f", {results.offset + 1:,} to {results.offset + len(results.hits):,}" if results.hits else ""
    console.print(Text(f"{visible(results.query)}", style="italic"))
    console.print(Text(f"{count}{shown}"))
    for number, hit in enumerate(results.hits, results.offset + 1):
        console.print()
        console.print(_hit_table(console, number, hit))
    if results.facets and results.total:
        console.print()
        console.print(_facet_table(results.facets))


def _hit_table(console: Console, number: int, hit: Hit) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", min_width=4)
    card = "  ".join(part for part in map(_plain, _card(hit)) if part)
    table.add_row(Text(str(number), style="dim"), Text.assemble((_plain(_id(hit)), "bold"), "  ", card))
    table.add_row("", Text(_plain(hit.title), style="bold"))
    table.add_row("", _snippet(hit.snippet, marks=not console.color_system))
    return table


def _snippet(runs: tuple[Run, ...], *, marks: bool) -> Text:
    """A snippet in one line; where the output has no styles, matches stand between « and »."""
    text = Text()
    for run in runs:
        shown = visible(run.text)
        if run.match:
            text.append(f"«{shown}»" if marks else shown, style="bold reverse")
        else:
            text.append(shown)
    return text


def _facet_table(facets: Iterable[Facet]) -> Table:
    table = Table.grid(padding=(0, 2))
    for facet in facets:
        shown = facet.values[:_FACET_VALUES]
        hidden = len(facet.values) - len(shown) + facet.more
        values = [f"{_plain(value) or 'none'}\u00a0{count:,}" for value, count in shown]
        if any(value for value, _ in shown):
            table.add_row(
                Text(facet.name, style="bold"), Text(" · ".join([*values, *([f"{hidden:,} more"] if hidden else [])]))
            )
    return table
