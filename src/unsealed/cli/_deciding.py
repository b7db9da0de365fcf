"""`unsealed review widen | replace | queue | next | compare`: change what is marked, see what waits, compare."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._consult import beside_documents
from unsealed.cli._terminal import counted, visible
from unsealed.crypto import sha256
from unsealed.errors import InputError, UsageError
from unsealed.files import read_capped
from unsealed.release.records import read_release
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.review.file import check_editor
from unsealed.review.finding import Span
from unsealed.review.passages import widened
from unsealed.review.queue import Waiting, queue
from unsealed.review.risk.store import Suggestions
from unsealed.review.state import WHOLE

_EDITOR = click.option("--as", "editor", required=True, metavar="EDITOR", help="Who says so: a name of the settings.")
_TEXT_LIMIT = 64 << 20  # bytes of one public text
_TEXTS = (".txt", ".md", ".text", ".csv", ".json", ".html", ".htm", ".xml")
_PAGE = 50  # documents of a page of the queue


def _number(mark: str) -> int:
    if mark[:1] != "m" or not mark[1:].isdecimal():
        raise UsageError("A mark is named like m12.", remedy="`unsealed review list` shows the marks.")
    return int(mark[1:])


@click.command()
@click.argument("mark")
@click.option("--before", default=0, type=click.IntRange(0), help="So many more words in front of it.")
@click.option("--after", default=0, type=click.IntRange(0), help="So many more words behind it.")
@click.option("--to", type=click.Choice(["unit", "document"]), help="The whole unit, or the whole document.")
@click.option("--reason", default="", metavar="CODE", help="Another reason: a code of the table in the settings.")
@click.option("--note", default="", help="A remark for the other editors; never published.")
@_EDITOR
@archive_option
def widen(
    archive: Path, mark: str, before: int, after: int, to: str | None, reason: str, note: str, editor: str
) -> None:
    """Withhold more than MARK (m12) does: a new mark, which takes its place once enough editors agree.

    Until then the old one stands; it stays in the log for ever. Whoever widens has agreed already.
    """
    if (to is None) == (before + after == 0):
        raise UsageError("Say how much wider.", remedy="Use --before and --after, or --to unit, or --to document.")
    with Archive.open(archive, write=True) as opened:
        desk = Desk(opened)
        old = desk.find_mark(_number(mark))
        units = opened.reading(old.row).reading.units
        span = Span(WHOLE, WHOLE, WHOLE) if to == "document" else Span(old.unit, WHOLE, WHOLE)
        if to is None:
            if old.start == WHOLE:
                raise UsageError(f"{mark} withholds a whole unit already.", remedy="Use --to document.")
            span = Span(old.unit, *widened(units[old.unit].text, old.start, old.end, before, after))
        found = desk.replace(old.number, span, editor, reason=reason, note=note, says=old.says)
    click.echo(f"m{found}: takes the place of {mark} once enough editors accept it.")


@click.command()
@click.argument("mark")
@click.option("--with", "says", default="", metavar="WORDS", help='Who or what it is: "a member of parliament".')
@click.option("--reason", default="", metavar="CODE", help="Another reason: a code of the table in the settings.")
@click.option("--note", default="", help="A remark for the other editors; never published.")
@_EDITOR
@archive_option
def replace(archive: Path, mark: str, says: str, reason: str, note: str, editor: str) -> None:
    """Put the publisher's words beside what MARK (m12) withholds, or give another reason for it.

    Readers see a marker and beside it [a member of parliament], set apart as the publisher's words: they are signed
    with the release and never taken for words of the document. A new mark, which takes the old one's place once
    enough editors agree.
    """
    with Archive.open(archive, write=True) as opened:
        desk = Desk(opened)
        old = desk.find_mark(_number(mark))
        span = Span(old.unit, old.start, old.end)
        found = desk.replace(old.number, span, editor, reason=reason, note=note, says=says, rule=old.rule)
    click.echo(f"m{found}: takes the place of {mark} once enough editors accept it.")


# --- the queue ------------------------------------------------------------------------------------------


@click.command("queue")
@click.option("--release", "number", type=click.IntRange(1), help="Only the documents of this planned release.")
@click.option("--as", "editor", default="", metavar="EDITOR", help="Who asks.")
@click.option("--mine", is_flag=True, help="With --as: only what this editor can bring on.")
@click.option("--page", default=1, show_default=True, type=click.IntRange(1), help=f"{_PAGE} documents each.")
@click.option("--json", "as_json", is_flag=True, help="For scripts: everything that waits.")
@archive_option
def queue_(archive: Path, number: int | None, editor: str, mine: bool, page: int, as_json: bool) -> None:
    """List what waits for an editor, the most dangerous document first, and for whom it waits.

    How dangerous a document is, `review suggest` says: run it before.
    """
    if mine and not editor:
        raise UsageError("--mine needs --as.", remedy="Name yourself: --as EDITOR.")
    with Archive.open(archive) as opened:
        found = _waiting(opened, number, editor if mine else "")
        beside = beside_documents(opened)
    if as_json:
        click.echo(json.dumps([one._asdict() for one in found]))
        return
    begin = (page - 1) * _PAGE
    for one in found[begin : begin + _PAGE]:
        click.echo(visible(_line(one) + beside.get(one.item, "")))
    left = len(found) - begin - _PAGE
    click.echo(f"{counted(len(found), 'document')} wait." + (f" {left:,} more: --page {page + 1}" if left > 0 else ""))


@click.command("next")
@click.option("--release", "number", type=click.IntRange(1), help="Only the documents of this planned release.")
@_EDITOR
@archive_option
def next_(archive: Path, number: int | None, editor: str) -> None:
    """Name the document that this editor should take next; `review show` prints it."""
    with Archive.open(archive) as opened:
        found = _waiting(opened, number, editor)
    if not found:
        click.echo("Nothing waits for you.")
        return
    click.echo(visible(_line(found[0])))
    click.echo(f"Read it: unsealed review show {found[0].item}")


def _waiting(opened: Archive, number: int | None, editor: str) -> list[Waiting]:
    if editor:
        check_editor(editor, opened.settings.review)
    items: Sequence[int] = (
        read_release(opened, number).release.items if number else [one.item for one in opened.summaries()]
    )
    with Suggestions.open(opened) as suggestions:
        risks = dict(suggestions.by_risk())
    return queue(opened, items, risks, editor=editor)


def _line(one: Waiting) -> str:
    marks = f", {counted(len(one.open), 'open mark')}" if one.open else ""
    roles = f" ({', '.join(one.roles)} among them)" if one.roles else ""
    who = ", ".join(one.who) or "nobody: the settings name too few"
    people = "1 person" if one.people == 1 else f"{one.people} people"
    return f"{one.item}  {one.name or '-'}  risk {one.risk:.2f}  {one.standing}{marks}; needs {people}{roles}: {who}"


# --- public texts to compare with -----------------------------------------------------------------------


@click.group()
def compare() -> None:
    """Public texts of others: what a release withholds must not be readable beside them."""


@compare.command("add")
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@_EDITOR
@archive_option
def add_texts(archive: Path, sources: tuple[Path, ...], editor: str) -> None:
    """Keep the texts of files, or of every text file in folders, to compare with. The same name is replaced."""
    with Archive.open(archive, write=True) as opened:
        kept = keep_texts(opened, sources, editor)
    click.echo(f"{counted(kept, 'text')} kept. Plan releases again: unsealed release plan")


def keep_texts(opened: Archive, sources: Sequence[Path], editor: str) -> int:
    """Keep the texts of files and folders to compare releases with; gives how many. A text that is kept is left."""
    check_editor(editor, opened.settings.review)
    known = {(name, digest) for _, name, digest in opened.comparison_digests()}
    files = [(name, _text(path)) for source in sources for name, path in _files(source)]
    for name, text in files:
        if (name, sha256(text.encode()).digest()) not in known:
            number = opened.add_comparison(name, text)
            about: dict[str, str | int] = {"text": number, "name": name[:500]}
            audit.record(opened, editor, "compare.add", "a public text", about=about, bearing=True)
    return len(files)


def _files(source: Path) -> Iterator[tuple[str, Path]]:
    if not source.is_dir():
        yield source.name, source
        return
    for path in sorted(source.rglob("*")):
        if path.is_file() and path.suffix.lower() in _TEXTS:
            yield str(path.relative_to(source.parent)), path


def _text(path: Path) -> str:
    try:
        return read_capped(path, _TEXT_LIMIT).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text.", remedy="Save it as plain text in UTF-8.") from error


@compare.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def list_texts(archive: Path, as_json: bool) -> None:
    """List the texts that releases are compared with."""
    with Archive.open(archive) as opened:
        found = opened.comparison_digests()
    if as_json:
        click.echo(json.dumps([{"text": one[0], "name": one[1], "sha256": one[2].hex()} for one in found]))
        return
    for number, name, _ in found:
        click.echo(visible(f"{number:>4}  {name}"))
    click.echo(f"{counted(len(found), 'text')}.")


@compare.command("remove")
@click.argument("number", type=click.IntRange(1))
@click.option("--why", required=True, help="Why it is not to be compared with any more, in words.")
@_EDITOR
@archive_option
def remove_text(archive: Path, number: int, why: str, editor: str) -> None:
    """Forget a text that releases are compared with. Who did it, and why, stays in the audit log."""
    with Archive.open(archive, write=True) as opened:
        check_editor(editor, opened.settings.review)
        opened.drop_comparison(number)
        audit.record(opened, editor, "compare.remove", why, about={"text": number}, bearing=True)
    click.echo("Removed.")


COMMANDS = (widen, replace, queue_, next_, compare)
