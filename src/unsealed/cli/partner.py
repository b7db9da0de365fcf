"""`unsealed partner`: give partners what they need before publication, each with a key of their own, and end it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from unsealed import age
from unsealed.archive import Archive
from unsealed.cli._archive import archive_option
from unsealed.cli._terminal import counted, visible
from unsealed.errors import InputError, UsageError
from unsealed.files import hash_file, read_capped, rename_durable, write_durable
from unsealed.query import parse
from unsealed.release import partners
from unsealed.release.bundle import Unpacked, unpack
from unsealed.release.giving import Left, Made, Wanted, check_items, give, whole_list
from unsealed.release.partners import Given, Partner, Register
from unsealed.release.plan import find_items, read_list
from unsealed.release.records import read_release
from unsealed.review.audit import account
from unsealed.search import Index

_LIST_LIMIT = 64 << 20  # bytes of a list of documents
_KEY_LIMIT = 1 << 16  # bytes of a key or recipient file
_EDITOR = click.option("--as", "editor", required=True, metavar="EDITOR", help="Who says so: a name of the settings.")
_WHY = click.option("--why", required=True, help="Why, in words, for the audit log.")
_FILE = click.Path(path_type=Path, dir_okay=False)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


@click.group()
def partner() -> None:
    """Give partners what they need before publication: one bundle, one partner, one key, a last day.

    What a partner has fetched cannot be recalled. A key that is lost opens what was made for it, and nothing else.
    """


# --- who ------------------------------------------------------------------------------------------------


@partner.command()
@click.argument("name")
@click.option("--recipient", help="The line that begins with age1, as the partner read it out to you.")
@click.option("--recipient-file", type=_FILE, help="A file that holds this line.")
@click.option("--why", default="a partner", show_default=True, help="Why, in words, for the audit log.")
@_EDITOR
@archive_option
def add(archive: Path, name: str, recipient: str | None, recipient_file: Path | None, why: str, editor: str) -> None:
    """Name a partner and the recipient of their key. A second editor names the same, then bundles can be made.

    Compare the recipient with the partner by another way than the one it came by: whoever has its key reads bundles.
    """
    if (recipient is None) == (recipient_file is None):
        raise UsageError("Say how the partner's files are encrypted.", remedy="Use --recipient or --recipient-file.")
    given = age.read_recipient(read_capped(recipient_file, _KEY_LIMIT)) if recipient_file else recipient or ""
    with Archive.open(archive, write=True) as opened:
        added = partners.add_partner(opened, name, given, editor, why=why)
    waits = "" if added.active else " Waits for another editor who names the same recipient."
    click.echo(visible(f"{added.name}: {added.recipient}.{waits}"))


@partner.command()
@click.argument("name")
@_WHY
@_EDITOR
@archive_option
def remove(archive: Path, name: str, why: str, editor: str) -> None:
    """End with a partner: no more bundles, and those that still lie here are deleted.

    Prints what their key opens: that is what a lost key exposes.
    """
    with Archive.open(archive, write=True) as opened:
        theirs = partners.remove_partner(opened, name, editor, why=why)
        states = {one.number: one for one in Register(opened).given.values()}
    click.echo(visible(f"Removed. The key of {name} opens {counted(len(theirs), 'bundle')}, and nothing else:"))
    for one in theirs:
        click.echo(visible(_line(states[one.number])))


@partner.command("list")
@click.option("--document", help="Only the bundles that hold this document: who has its words already.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def list_partners(archive: Path, document: str | None, as_json: bool) -> None:
    """List the partners, every bundle, and what became of it."""
    with Archive.open(archive) as opened:
        register = Register(opened)
        named, given = register.partners(), list(register.given.values())
        if document:
            given = partners.holding(opened, find_items(opened, [document]))
            named = [one for one in named if one.name in {bundle.partner for bundle in given}]
    if as_json:
        found = {"partners": [one._asdict() for one in named], "bundles": [one._asdict() for one in given]}
        click.echo(json.dumps(found))
        return
    for who in named:
        waits = "" if who.active else "  waits for another editor"
        click.echo(visible(f"{who.name}  {who.recipient}  named by {', '.join(who.by)}{waits}"))
    for one in given:
        click.echo(visible(_line(one)))
    click.echo(f"{counted(len(named), 'partner')}, {counted(len(given), 'bundle')}.")


def _line(one: Given) -> str:
    whole = ", whole" if one.whole else ""
    ended = f", file {one.ended}" if one.ended else ""
    head = f"bundle {one.number}  {one.partner}  {one.date} to {one.expires}  {counted(one.documents, 'document')}"
    return "\n".join([head + whole + ended, *(f"    {line}" for line in one.notes)])


# --- what -----------------------------------------------------------------------------------------------


def _choosing(command: Any) -> Any:
    """The arguments by which documents are named."""
    for option in (
        click.argument("documents", nargs=-1),
        click.option("--list", "list_file", type=_FILE, help="A file of references, one a line."),
        click.option("--query", help="Every document that a search finds."),
        click.option("--release", "number", type=click.IntRange(1), help="The documents of this planned release."),
    ):
        command = option(command)
    return command


def _items(opened: Archive, documents: Sequence[str], how: dict[str, Any]) -> list[int]:
    references = list(documents)
    if how["list_file"]:
        references += read_list(read_capped(how["list_file"], _LIST_LIMIT))
    items = find_items(opened, references)
    if how["query"] is not None:
        with Index.open(opened) as index:
            index.catch_up()
            items += [hit.item for hit in index.stream(parse(how["query"]))]
    if how["number"] is not None:
        items += read_release(opened, how["number"]).release.items
    return sorted(set(check_items(items)))


@partner.command()
@click.argument("name")
@_choosing
@_WHY
@_EDITOR
@archive_option
def full(archive: Path, name: str, documents: tuple[str, ...], why: str, editor: str, **how: Any) -> None:
    """Agree that a partner gets these documents whole, with what is withheld in them.

    It counts for exactly this list, as the documents are read today, and for the partner's key of today. Once enough
    editors have said so, `unsealed partner bundle --full` makes it.
    """
    with Archive.open(archive, write=True) as opened:
        chosen = whole_list(opened, _items(opened, documents, how))
        enough = partners.agree_whole(opened, name, chosen, editor, why=why)
    waits = "" if enough else " Waits for another editor."
    click.echo(f"{counted(len(chosen), 'document')}, whole: agreed.{waits}")


@partner.command()
@click.argument("name")
@_choosing
@click.option("--out", required=True, type=_FILE, help="The file to write, for example reporters.age.")
@click.option("--expires", required=True, metavar="DAY", help="The last day of its use: 2026-12-24.")
@click.option("--full", "whole", is_flag=True, help="With withheld words; editors have agreed: unsealed partner full.")
@click.option("--decided", is_flag=True, help="Only documents that editors have decided on.")
@click.option("--leave-out", is_flag=True, help="Leave out documents that show words withheld elsewhere.")
@click.option("--why", default="work before publication", show_default=True, help="Why, for the audit log.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@_EDITOR
@archive_option
def bundle(
    archive: Path, name: str, documents: tuple[str, ...], out: Path, expires: str, why: str, as_json: bool,
    editor: str, whole: bool, decided: bool, leave_out: bool, **how: Any,
) -> None:  # fmt: skip
    """Make one bundle for one partner: the text of documents, in one file that only their key opens.

    What anybody has marked is withheld, decided or not, and the bundle is refused where such words stand in it
    elsewhere. It holds no original, no proof, and nothing of the seal.
    """
    with Archive.open(archive, write=True) as opened, _progress() as bar:
        task = bar.add_task("documents", total=None)
        wanted = Wanted(
            _items(opened, documents, how), partners.parse_day(expires), why, whole=whole, decided=decided,
            leave_out=leave_out,
        )  # fmt: skip
        who = Register(opened).active(name)
        made = give(
            opened, who, wanted, out, editor, today=_today(),
            tell=lambda done, total: bar.update(task, completed=done, total=total),
        )  # fmt: skip
    if as_json:
        click.echo(json.dumps(_as_json(made, out)))
        return
    _print_made(who, made, out)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _as_json(made: Made, out: Path) -> dict[str, Any]:
    return {
        "bundle": made.number, "id": made.manifest.head.id, "file": str(out), "sha256": made.sha256,
        "documents": [one.item for one in made.manifest.documents], "left": made.left._asdict(),
    }  # fmt: skip


def _print_made(who: Partner, made: Made, out: Path) -> None:
    head = made.manifest.head
    count = counted(len(made.manifest.documents), "document")
    click.echo(visible(f"Bundle {made.number} for {who.name}: {count} in {out}, until {head.expires}."))
    for line in _left(made.left):
        click.echo(line)
    click.echo(f"SHA-256: {made.sha256}")
    click.echo(
        "Only their key opens it. Tell them this SHA-256 by another way: a file says nothing of who made it.\n"
        "What they have fetched cannot be recalled; `unsealed partner expire` deletes what lies here."
    )


def _left(left: Left) -> list[str]:
    words = {
        "withheld": "withheld as a whole",
        "unread": "not read",
        "undecided": "not decided on",
        "leaking": "with words that are withheld elsewhere",
    }
    return [f"Left out: {counted(n, 'document')} {words[kind]}." for kind, n in left._asdict().items() if n]


# --- the end --------------------------------------------------------------------------------------------


@partner.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def expire(archive: Path, as_json: bool) -> None:
    """Delete the bundles that lie here and whose last day is over. Run it each night from a timer.

    Only the file that was written is deleted: one that was moved is `gone`, another one of its name is left.
    """
    with Archive.open(archive, write=True) as opened:
        ended = partners.expire(opened, account(), _today())
    if as_json:
        click.echo(json.dumps([one._asdict() for one in ended]))
        return
    for one in ended:
        click.echo(visible(f"bundle {one.number}  {one.partner}  file {one.file}"))
    click.echo(f"{counted(len(ended), 'bundle')} ended. Copies that partners have fetched cannot be recalled.")


@partner.command()
@click.argument("number", type=click.IntRange(1))
@click.argument("happened", type=click.Choice(partners.HAPPENED))
@_WHY
@_EDITOR
@archive_option
def note(archive: Path, number: int, happened: str, why: str, editor: str) -> None:
    """Write down what is known of bundle NUMBER: handed over, opened by the partner, deleted, or its key lost."""
    with Archive.open(archive, write=True) as opened:
        partners.note(opened, number, happened, editor, why=why)
    click.echo("Noted.")


# --- for the partner ------------------------------------------------------------------------------------


@partner.command()
@click.argument("file", type=_FILE)
def key(file: Path) -> None:
    """For partners: make a key, and print the recipient that you give to the newsroom. As `age-keygen` does.

    Keep the file on one machine with an encrypted disk. Whoever has it reads every bundle that was made for it.
    """
    if file.exists():
        raise UsageError(f"{file} exists already.", remedy="Choose another name: a key is never written over.")
    made = age.new_identity()
    write_durable(file, f"# recipient: {made.recipient}\n{made.secret}\n".encode(), mode=0o600)
    click.echo(made.recipient)


@partner.command("open")
@click.argument("file", type=_FILE)
@click.option("--key", "key_file", required=True, type=_FILE, help="Your key file.")
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="A new folder for its files.")
def open_bundle(file: Path, key_file: Path, folder: Path) -> None:
    """For partners: open a bundle into a new folder. Without Unsealed: `age -d -i KEY FILE > bundle.zip`."""
    if folder.exists():
        raise UsageError(f"{folder} exists already.", remedy="Choose another name.")
    keys = age.read_identities(read_capped(key_file, _KEY_LIMIT))
    try:
        click.echo(f"SHA-256: {hash_file(file)[0].hex()}")
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).", remedy="Check the name.") from error
    folder.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".tmp-", dir=folder.absolute().parent) as work:
        opened = _open(file, keys, Path(work))
        rename_durable(Path(work) / "bundle", folder.absolute())
    head = opened.manifest.head
    click.echo(visible(f"Bundle {head.bundle} of {head.publisher} for {head.partner}, made on {head.date}."))
    click.echo(f"{counted(len(opened.manifest.documents), 'document')} in {folder}. Begin with READ-ME-FIRST.txt.")
    if head.expires < _today():
        click.echo(f"Its last day was {head.expires}: delete it, and every copy.", err=True)


def _open(file: Path, keys: Sequence[age.Identity], work: Path) -> Unpacked:
    """Decrypt and unpack below `work`; the unpacked files lie in `bundle`."""
    with open(file, "rb") as source, open(work / "zip", "x+b") as packed:
        age.decrypt(source, packed, keys)
        packed.seek(0)
        return unpack(packed, work / "bundle")
