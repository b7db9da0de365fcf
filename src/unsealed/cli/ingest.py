"""`unsealed init|ingest|show`: from files to documents that can be looked at."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import click
import msgspec

from unsealed.archive import Archive, Follow, Item
from unsealed.cli import _watched
from unsealed.cli._archive import archive_option
from unsealed.cli._item import one_item, place_in
from unsealed.cli._ocr import Mode, chosen, is_unfinished, ocr_stage
from unsealed.cli._terminal import counted, visible
from unsealed.errors import InputError
from unsealed.ingest import ledger, pipeline
from unsealed.ingest.journal import Report
from unsealed.ingest.retrying import Choice
from unsealed.search import Entry, Index, draft_of


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="What the archive is called; readers will see it.")
@click.option("--database", default="", metavar="URL", help="Keep the catalogue in this empty PostgreSQL database.")
def init(folder: Path, name: str, database: str) -> None:
    """Make a new, empty archive in the folder DIR."""
    with Archive.create(folder, name, database=database):
        pass
    click.echo(f"The archive is in {folder}. Next: cd {folder} && unsealed ingest SOURCE")


@click.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1, type=click.Path(path_type=Path))
@archive_option
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Reading processes. Default: the settings.")
@click.option("--retry", is_flag=True, help="Try everything in quarantine once more.")
@click.option("--type", "types", multiple=True, metavar="CODE_OR_FORM", help="With --retry: only these.")
@click.option("--item", "items", multiple=True, type=int, metavar="ID", help="With --retry: only these.")
@click.option(
    "--password-file",
    type=click.File(encoding="utf-8"),
    help="With --retry: passwords to try, one a line. They are kept nowhere.",
)
@click.option("--no-index", is_flag=True, help="Leave the search index for later.")
@click.option(
    "--ocr",
    type=click.Choice(["off", "auto", "force"]),
    default=None,
    help="Pages that get OCR: auto, those whose text is missing or garbage; force, all. Default: the settings.",
)
@click.option(
    "--unsafe-no-sandbox",
    "unsafe",
    is_flag=True,
    help="Read without a sandbox: only files that you made yourself. The ledger, and so the seal, keeps a note of it.",
)
def ingest(
    sources: tuple[Path, ...], archive: Path, workers: int | None, retry: bool, types: tuple[str, ...],
    items: tuple[int, ...], password_file: TextIO | None, no_index: bool, ocr: Mode | None, unsafe: bool,
) -> None:  # fmt: skip
    """Read files and folders into the archive. Killed, the same command goes on where it stopped."""
    if retry and sources:
        raise InputError("--retry takes no source.", remedy="Run `unsealed ingest --retry` by itself.")
    choice = _choice(retry, types, items, password_file)
    _yield_to_others()
    with Archive.open(archive, write=True) as opened, _following(opened, no_index) as (follow, committed):
        report: Report | None
        tier = pipeline.note_sandbox(opened, unsafe=unsafe)
        with _watched.reading() as progress:
            if retry:
                report = pipeline.retry(
                    opened, workers=workers or 0, follow=follow, committed=committed, progress=progress, unsafe=unsafe,
                    choice=choice,
                )  # fmt: skip
            elif sources or ocr is None or is_unfinished(opened):
                report = pipeline.run(
                    opened, sources, workers=workers or 0, follow=follow, committed=committed, progress=progress,
                    unsafe=unsafe,
                )  # fmt: skip
            else:
                report = None  # nothing but OCR was asked for
        said = ocr_stage(opened, chosen(opened, ocr), workers=workers or 0, unsafe=unsafe)
        totals, outside = opened.totals(), ledger.outside(opened.ledger())
    if report is not None:
        click.echo(_retried(report) if retry else _done(report))
    for line in (*said, f"Sandbox round every reader: {tier}."):
        click.echo(line)
    click.echo(f"The archive holds {ledger.sentence(totals)}.")
    if outside:
        click.echo(f"{outside}.")
    if totals.quarantined or totals.refused or totals.unreachable:
        click.echo("What was not read, why, and what to do: unsealed status --quarantine")


def _yield_to_others() -> None:
    """Have the kernel take this run, and every thread and process that it starts, for batch work (sched(7)).

    A person at the same machine notices it less. And its own processes stop interrupting each other at every message,
    which empties the processor's caches (0247). Where a kernel has no such thing or does not allow it, nothing is lost.
    """
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            if os.sched_getscheduler(0) == os.SCHED_OTHER:  # else somebody has chosen
                os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


PASSWORDS = 1000  # of one file


def _choice(
    retry: bool, types: tuple[str, ...], items: tuple[int, ...], password_file: TextIO | None
) -> Choice:  # fmt: skip
    """What `--retry` is to try. Raises InputError for a choice without it."""
    if not retry and (types or items or password_file):
        raise InputError("--type, --item and --password-file belong to --retry.", remedy="Add --retry.")
    lines = password_file.read(1 << 20).splitlines()[:PASSWORDS] if password_file else []
    passwords = tuple(dict.fromkeys(line for line in lines if line))
    if password_file and not types and not items:
        types = ("A-PASSWORD", "R-PASSWORD")
    return Choice(types, items, passwords=passwords)


def _done(report: Report) -> str:
    documents = counted(report.documents - report.quarantined, "document")
    words = f"This run: {documents} from {counted(report.files, 'file')}"
    for count, what in (
        (report.duplicates, "already in the archive"), (report.quarantined, "not read"),
        (report.unreachable, "could not be opened"), (report.skipped, "left out by rule"),
    ):  # fmt: skip
        words += f", {count:,} {what}" if count else ""
    return f"{words}."


def _retried(report: Report) -> str:
    return f"Tried {report.files_total:,} again: {report.files:,} can be read now, {report.quarantined:,} cannot."


@contextlib.contextmanager
def _following(
    archive: Archive, no_index: bool
) -> Iterator[tuple[Follow | None, Callable[[list[Entry]], None] | None]]:
    """The search index, catching up beside ingest: an entry is made while its reading is at hand, and taken when the
    reading is durable.
    """
    if no_index:
        yield None, None
        return
    index = Index.open(archive)
    index.catch_up()

    def committed(fresh: list[Entry]) -> None:
        index.add_entries(fresh)

    yield draft_of, committed
    index.catch_up()
    index.finish()


@click.command()
@click.argument("reference", metavar="ID")
@archive_option
@click.option("--json", "as_json", is_flag=True, help="The whole reading, for scripts.")
@click.option("--raw", is_flag=True, help="The exact original bytes, to a file or a pipe.")
def show(reference: str, archive: Path, as_json: bool, raw: bool) -> None:
    """Print one document. ID: an item number, a document's own id, a source path, or PATH#NUMBER."""
    with Archive.open(archive) as opened:
        item = one_item(opened, reference)
        if raw:
            _print_raw(opened.original(item.id))
        elif as_json:
            click.echo(_as_json(opened, item))
        else:
            _print_document(opened, item)


def _print_raw(data: bytes) -> None:
    if sys.stdout.isatty():
        raise InputError(
            "Original bytes can harm a terminal.", remedy="Send them to a file: unsealed show ID --raw > FILE"
        )
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _as_json(archive: Archive, item: Item) -> str:
    row = archive.current_row(item.id)
    reading = archive.reading(row).reading if row else None
    source = {"paths": archive.source_paths(item.id), "sha256": item.sha256.hex()}
    plain = msgspec.to_builtins(reading) if reading else None
    body = {name: value for name, value in msgspec.structs.asdict(item).items() if name != "sha256"}
    return msgspec.json.encode(body | source | {"row": row, "reading": plain}).decode()


def _print_document(archive: Archive, item: Item) -> None:
    for name, value in _card(archive, item):
        click.echo(f"{name:>14}  {visible(value)}")
    row = archive.current_row(item.id)
    if not row:
        click.echo(f"\nIt holds {len(archive.children(item.id)):,} items.")
        return
    reading = archive.reading(row).reading
    click.echo()
    click.echo(visible("".join(unit.text for unit in reading.units)).rstrip("\n"))
    if reading.findings:
        click.echo()
    for finding in reading.findings:
        place = f" at unit {finding.unit}" if finding.unit >= 0 else ""
        click.echo(f"{finding.severity:>14}  {visible(finding.code)}{place}")


def _card(archive: Archive, item: Item) -> Iterator[tuple[str, str]]:
    yield "item", f"{item.id} ({item.state}, {item.length:,} bytes)"
    for path in archive.source_paths(item.id):
        yield "source", path + (place_in(item.ordinal) if item.container else "")
    if item.path and item.container:
        yield "name", item.path
    if item.byte_start >= 0:
        yield "bytes", f"{item.byte_start:,} to {item.byte_end:,} of item {item.container}"
    if item.parent:
        yield "attached to", f"item {item.parent}"
    if item.reader and item.state not in ("quarantined", "refused"):
        yield "read by", f"{item.reader} {item.version}"
    if item.code:
        yield "reason", f"{item.code}: {item.message}"
    if item.remedy:
        yield "what to do", item.remedy
    row = archive.current_row(item.id)
    if row:
        for field in archive.reading(row).reading.fields:
            yield field.name, field.value


__all__ = ["ingest", "init", "show"]
