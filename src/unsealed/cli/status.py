"""`unsealed status`: the ledger, what could not be read, how fast it went, how much a rule claims."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._item import place_in
from unsealed.cli._terminal import visible
from unsealed.ingest import coverage, ledger
from unsealed.ingest.journal import latest_report
from unsealed.ingest.ocr import progress


@click.command()
@archive_option
@click.option("--quarantine", is_flag=True, help="List what could not be read, why, and what to do.")
@click.option("--coverage", "covering", is_flag=True, help="Bytes of telegrams and reports that no rule claims.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def status(archive: Path, quarantine: bool, covering: bool, as_json: bool) -> None:
    """What was read, what was not, and why; whether the ledger adds up."""
    with Archive.open(archive) as opened:
        if covering:
            _print_coverage(opened, as_json)
        elif as_json:
            click.echo(msgspec.json.encode(_status(opened, quarantine)).decode())
        elif quarantine:
            _print_quarantine(opened)
        else:
            _print_ledger(opened)


def _status(archive: Archive, quarantine: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "name": archive.settings.archive.name,
        "totals": archive.totals()._asdict(),
        "sandboxes": archive.sandboxes(),
        "last_run": msgspec.to_builtins(latest_report(archive)),
        "ocr": _ocr(archive),
        "containers": [line._asdict() | {"open": line.open} for line in archive.ledger()],
    }
    if quarantine:
        answer["quarantine"] = [line._asdict() for line in archive.quarantine()]
        answer["without_text"] = [line._asdict() for line in archive.quarantine(empty=True)]
        answer["damaged"] = [line._asdict() for line in archive.damaged()]
        answer["sources"] = [problem._asdict() for problem in archive.problems()]
    return answer


def _ocr(archive: Archive) -> dict[str, Any] | None:
    """The last pass of OCR with its rate in pages a second and the seconds that are left."""
    passed = progress.latest(archive)
    if passed is None:
        return None
    return msgspec.structs.asdict(passed) | {"rate": passed.rate, "seconds_left": passed.seconds_left}


def _print_ledger(archive: Archive) -> None:
    table = Table(title=Text(visible(archive.settings.archive.name)), title_justify="left", box=None, pad_edge=False)
    table.add_column("what", overflow="fold")
    table.add_column("form")
    for name in ("expected", "2nd count", "read", "no text", "quarantine", "refused", "listed", "containers", "open"):
        table.add_column(name, justify="right")
    for row in ledger.rows(archive.ledger()):
        numbers = [f"{number:,}" if number else "-" for number in row[2:-1]]
        numbers.insert(1, f"{row.second:,}" if row.second >= 0 else "-")
        table.add_row(Text(visible(row.what)), Text(visible(row.form)), *numbers)
    # Where nobody looks at it, a table as wide as it needs to be, not the 80 columns of an unknown terminal.
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(table)
    totals = archive.totals()
    click.echo(f"\n{ledger.sentence(totals)}.")
    if outside := ledger.outside(archive.ledger()):
        click.echo(f"{outside}.")
    for line in ledger.promises(archive.ledger()):
        click.echo(f"Counts differ: {visible(line)}.")
    if report := latest_report(archive):
        for line in ledger.rates(report):
            click.echo(f"Last run, {line}.")
    if (passed := progress.latest(archive)) is not None:
        click.echo(f"Last pass of OCR, {progress.sentence(passed)}.")
    if totals.quarantined or totals.refused or totals.unreachable:
        click.echo("What was not read, why, and what to do: unsealed status --quarantine")
    _print_sandboxes(archive.sandboxes())


def _print_sandboxes(names: tuple[str, ...]) -> None:
    """What stood round the readers; a person who chose none sees it again each time."""
    if names:
        click.echo(f"Sandbox round the readers: {', '.join(name for name in names if name != 'none') or 'none'}.")
    if "none" in names and len(names) > 1:
        click.echo("Some runs had no sandbox (--unsafe-no-sandbox): the ledger, and so the seal, says so.")


def _print_quarantine(archive: Archive) -> None:
    unread = archive.quarantine()
    for line in unread:
        place = visible(line.path) + place_in(line.ordinal)
        form = f", {visible(line.form)}" if line.form else ""
        click.echo(f"item {line.item}  {place}  ({line.length:,} bytes{form})")
        tries = f" (tried {line.tries} times)" if line.tries > 1 else ""
        click.echo(f"    {line.code}: {visible(line.message)}{tries}\n    What to do: {visible(line.remedy)}")
    for problem in archive.problems():
        word = "left out" if problem.skipped else "not opened"
        click.echo(
            f"{word}  {visible(problem.path)}\n    {problem.code}: {problem.message}\n    What to do: {problem.remedy}"
        )
    again = 0
    for line in archive.damaged():
        if line.code == "A-SAME":  # nothing is amiss with it, and one line for each would bury the others
            again += 1
            continue
        click.echo(f"item {line.item}  {visible(line.path)}  read or opened, but: {line.code}: {visible(line.message)}")
    if again:
        same = "container holds the same bytes as another" if again == 1 else "containers hold the same bytes as others"
        click.echo(f"{again:,} {same} (A-SAME): what lies in them stands in the archive once.")
    without = len(archive.quarantine(empty=True))
    click.echo(
        f"{len(unread):,} not read (in quarantine, or refused at a limit), "
        f"{without:,} read without text (`--json` lists them, too)."
    )
    if unread:
        click.echo("Try again after an upgrade, all or some: unsealed ingest --retry [--type CODE_OR_FORM] [--item ID]")


def _print_coverage(archive: Archive, as_json: bool) -> None:
    found = list(coverage.coverage(archive))
    added = coverage.sums(found)
    partial = [one for one in found if one.missing > 0]
    if as_json:
        plain = [one._asdict() | {"share": one.share} for one in added]
        items = [one._asdict() | {"missing": one.missing} for one in partial]
        click.echo(msgspec.json.encode({"types": plain, "unclaimed": items}).decode())
        return
    for one in partial:
        ranges = ", ".join(f"{start:,}-{end:,}" for start, end in one.unclaimed)
        click.echo(f"item {one.item}  ({one.type})  {one.missing:,} of {one.length:,} bytes: {ranges}")
    for kind in added:
        text = kind.length - kind.marks
        click.echo(
            f"{kind.type}: {kind.share:.2%} of {text:,} bytes of text are claimed by a rule "
            f"({kind.items:,} items, {kind.partial:,} with a rest)."
        )
    if not added:
        click.echo("The archive holds no telegrams and no event reports.")
