"""`unsealed seal` and `unsealed release`: seal the archive, then plan, build, sign and publish releases of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._amend import COMMANDS, in_words
from unsealed.cli._archive import archive_option
from unsealed.cli._deciding import keep_texts
from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._signing import note_signed
from unsealed.cli._terminal import visible
from unsealed.errors import KeysError, UsageError
from unsealed.files import read_capped, write_durable
from unsealed.query import parse
from unsealed.release.acts import note_act, note_published
from unsealed.release.amend import build_package
from unsealed.release.calendar import parse_time
from unsealed.release.keyring import Keyring, open_keyring, read_policy
from unsealed.release.keys import read_key_file
from unsealed.release.leaks import LeaksFound
from unsealed.release.pending import Pending
from unsealed.release.plan import Plan, find_items, plan_release, read_list
from unsealed.release.publishing import publish as publish_release
from unsealed.release.records import Release, read_release
from unsealed.release.sealing import MAX_HIDDEN, Sealing, seal_archive
from unsealed.release.signing import add_signed_note, sign_release, text_to_sign
from unsealed.release.statements import (
    STATEMENTS,
    Statement,
    add_statement_note,
    publish_statement,
    sign_statement,
    statement_text,
)
from unsealed.review.audit import utc_now
from unsealed.review.desk import Desk
from unsealed.seal.note import Signer
from unsealed.seal.policy import Policy
from unsealed.search import Index
from unsealed.site import verify_page

_LIST_LIMIT = 64 << 20  # bytes of a list of documents
_NOTE_LIMIT = 1 << 20  # bytes of a signed note
_HIGHEST = 999_999  # number of a release
_NUMBER = click.IntRange(1, _HIGHEST)
_SHOWN = 50  # lines of a long list in a terminal


class Signed(click.ParamType[int | Statement]):
    """The number of a release, or the name of an entry that waits for signatures."""

    name = "number"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> int | Statement:
        """A number from 0, or one of the names."""
        for name in STATEMENTS:
            if value == name:
                return name
        number: int = click.IntRange(0, _HIGHEST)(value, param, ctx)
        return number


def _keys(opened: Archive) -> Keyring:
    return open_keyring(opened, ask_passphrase("the keys of this archive"))


@click.command()
@click.option("--accept-open", default="", metavar="REASON", help="Seal although lines of the ledger are open.")
@click.option(
    "--hidden-count", type=click.IntRange(0, MAX_HIDDEN), metavar="K",
    help="Keep the number of documents to yourself: 2^K slots, most of them unused.",
)  # fmt: skip
@archive_option
def seal(archive: Path, accept_open: str, hidden_count: int | None) -> None:
    """Seal the archive: release 0. Publishes one small statement that binds every document, and nothing else.

    A run that was stopped is taken up where it stood, with the same keys and slots.
    """
    with Archive.open(archive, write=True) as opened:
        _print_open(opened)
        how = Sealing(now=utc_now, workers=opened.settings.seal.workers)
        keys = _keys(opened)
        report = seal_archive(opened, keys, how, accept_open=accept_open, hidden_count=hidden_count)
        note_published(opened, keys.log.verifier, report.entry)
    click.echo(f"{report.size:,} documents sealed in generation {report.generation}; package {report.package:04}.")
    if hidden_count is not None:
        click.echo(f"They lie in {report.slots:,} slots. How many of these are used is in no public file.")
    click.echo(f"Root: {report.root.hex()}")
    click.echo(
        f"Log entry {report.entry}. The seal proves that they were there and are unchanged, never that they are true."
    )


def _print_open(opened: Archive) -> None:
    """Print the lines of the ledger that do not reconcile."""
    for line in opened.ledger():
        if line.open or not line.done:
            click.echo(f"Open: item {line.item}, {line.open} of {line.expected} parts are missing.", err=True)
    missing = sum(not problem.skipped for problem in opened.problems())
    if missing:
        click.echo(f"Open: {missing} sources could not be read.", err=True)


@click.group()
def release() -> None:
    """Plan, build, sign and publish releases."""


@release.command()
@click.argument("documents", nargs=-1)
@click.option("--number", type=_NUMBER, required=True, help="The number of the release.")
@click.option("--list", "list_file", type=click.Path(path_type=Path), help="A file with one document a line.")
@click.option("--query", help="Every document that a search finds.")
@click.option("--title", default="", help="The title of the release.")
@click.option("--story", default="", help="A few sentences for the public pages.")
@click.option("--date", default=None, help="The publisher's day, as 2026-11-22. Default: today (UTC).")
@click.option("--embargo", metavar="TIME", help="Not before this time, as 2026-12-01T06:00Z. The editors sign it too.")
@click.option(
    "--compare-with", "texts", multiple=True, type=click.Path(path_type=Path, exists=True),
    help="Public texts of others, a file or folder, that must not show what is withheld; needs --as. May be repeated.",
)  # fmt: skip
@click.option("--as", "editor", default="", metavar="EDITOR", help="With --compare-with: who adds these texts.")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def plan(
    archive: Path, documents: tuple[str, ...], number: int, list_file: Path | None, query: str | None,
    title: str, story: str, date: str | None, embargo: str | None, texts: tuple[Path, ...], editor: str, as_json: bool,
) -> None:  # fmt: skip
    """Choose the documents of a release and show what still keeps them in. May be repeated until it is published."""
    named = list(documents) + (read_list(read_capped(list_file, _LIST_LIMIT)) if list_file else [])
    day = date or datetime.now(UTC).strftime("%Y-%m-%d")
    until = parse_time(embargo) if embargo else ""
    with Archive.open(archive, write=True) as opened:
        items = find_items(opened, named)
        if query is not None:
            items += _search(opened, query)
        if texts:
            keep_texts(opened, texts, editor)
        made = plan_release(opened, number, items, title=title, story=story, date=day, embargo=until)
        about: dict[str, str | int] = {
            "release": number,
            "kind": "release",
            "documents": len(made.release.items),
            "embargo": until,
        }
        note_act(opened, "release.plan", "planned", who=editor if texts else "", about=about)
    _print_plan(made, as_json)


def _search(opened: Archive, query: str) -> list[int]:
    with Index.open(opened) as index:
        index.catch_up()
        return [hit.item for hit in index.stream(parse(query))]


def _print_plan(made: Plan, as_json: bool) -> None:
    if as_json:
        found = {
            "number": made.release.number, "documents": list(made.release.items),
            "obstacles": [one._asdict() for one in made.obstacles],
        }  # fmt: skip
        click.echo(json.dumps(found))
        return
    click.echo(f"Release {made.release.number}: {len(made.release.items)} documents, {len(made.obstacles)} obstacles.")
    for one in made.obstacles[:_SHOWN]:
        click.echo(f"  document {one.item}: {one.why}")
    if len(made.obstacles) > _SHOWN:
        click.echo(f"  and {len(made.obstacles) - _SHOWN} more (--json lists all)")


@release.command()
@click.argument("number", type=_NUMBER)
@archive_option
def build(archive: Path, number: int) -> None:
    """Write the package of a planned release and check it for leaks."""
    verifier = hashlib.sha256(verify_page()).hexdigest()
    with Archive.open(archive, write=True) as opened:
        try:
            built = build_package(opened, _keys(opened), number, verifier=verifier)
        except LeaksFound as found:
            for hit in found.hits[:_SHOWN]:
                click.echo(visible(f"  {hit.kind}: {hit.string}  in {hit.place}"))
            raise
        about: dict[str, str | int] = {"release": number, "documents": built.documents}
        note_act(opened, "release.build", "built, and the leak check passed", about=about)
    click.echo(
        f"Release {number}: {built.documents} documents in {built.packs} packs; leak check passed, "
        f"{built.hits_allowed} hits allowed by two editors."
    )
    if built.common:
        marks = " ".join(f"m{mark}" for mark in built.common[:_SHOWN])
        more = f" and {len(built.common) - _SHOWN} more" if len(built.common) > _SHOWN else ""
        click.echo(f"The words of these marks stand everywhere and were not looked for: {marks}{more}")
    click.echo(f"Next: unsealed release sign {number} --as EDITOR")


@release.command()
@click.argument("text")
@click.option("--reason", required=True, help="Why these words may be shown, in words.")
@click.option("--as", "editor", required=True, metavar="EDITOR", help="Who says so: a name of the settings.")
@archive_option
def allow(archive: Path, text: str, reason: str, editor: str) -> None:
    """Allow words that the leak check found: they are withheld elsewhere, but give nobody away. Needs two editors."""
    with Archive.open(archive, write=True) as opened:
        desk = Desk(opened)
        desk.allow(text, reason, editor)
        enough = " ".join(text.casefold().split()) in desk.allowed()
    click.echo("Allowed." if enough else "Noted. A second editor must allow it too.")


@release.command()
@click.argument("number", metavar="NUMBER|correction|mirrors|support", type=Signed())
@click.option("--as", "editor", metavar="EDITOR", help="Sign with this editor's key: a name of `keys list`.")
@click.option("--key", type=click.Path(path_type=Path), help="Sign with an editor's own key file.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the text to sign, for another machine.")
@click.option("--in", "signed", type=click.Path(path_type=Path), help="Take in a signed text that came back.")
@archive_option
def sign(
    archive: Path, number: int | Statement, editor: str | None, key: Path | None, out: Path | None, signed: Path | None
) -> None:
    """Add an editor's signature to a built release, or to a correction, mirrors or support that wait."""
    if sum(value is not None for value in (editor, key, out, signed)) != 1:
        raise UsageError("Say one thing to do.", remedy="Use one of --as, --key, --out, --in.")
    with Archive.open(archive, write=True) as opened:
        policy = read_policy(opened)
        if out is not None:
            text = text_to_sign(opened, number) if isinstance(number, int) else statement_text(opened, number)
            write_durable(out, text.encode())
            click.echo(f"{out}: sign this text, and bring it back with --in.")
            return
        names = _add(opened, number, policy, signed, lambda: _signer(opened, editor, key))
        note_signed(opened, "release", names, number, editor)
    click.echo(f"{_name(number)}: {len(names)} of {policy.editors_needed} signatures.")


def _add(
    opened: Archive, number: int | Statement, policy: Policy, signed: Path | None, signer: Callable[[], Signer]
) -> list[str]:
    """Add the signature; gives the names of all who have signed now."""
    came = None if signed is None else read_capped(signed, _NOTE_LIMIT)
    made: Release | Pending
    if isinstance(number, int):
        made = (
            sign_release(opened, number, signer(), policy)
            if came is None
            else add_signed_note(opened, number, came, policy)
        )
    else:
        made = sign_statement(opened, number, signer()) if came is None else add_statement_note(opened, number, came)
    return [one.name for one in made.signatures]


def _name(number: int | Statement) -> str:
    return f"Release {number}" if isinstance(number, int) else in_words(number)


def _signer(opened: Archive, editor: str | None, key: Path | None) -> Signer:
    if key is not None:
        return read_key_file(key, ask_passphrase(f"the key file {key}"))[1]
    for signer in _keys(opened).editors:
        if signer.name == editor:
            return signer
    raise KeysError("There is no editor's key of this name.", remedy="`unsealed keys list` shows the names.")


@release.command()
@click.argument("number", metavar="NUMBER|correction|mirrors|support", type=Signed())
@archive_option
def publish(archive: Path, number: int | Statement) -> None:
    """Publish a signed release (or a correction, mirrors, support): the log first, the public heads last.

    Completes what a stopped run began. Refused before the end of an embargo, by the clock of this machine.
    """
    with Archive.open(archive, write=True) as opened:
        keys, policy = _keys(opened), read_policy(opened)
        if isinstance(number, int):
            index = publish_release(opened, keys, policy, read_release(opened, number).release)
        else:
            index = publish_statement(opened, keys, number)
        note_published(opened, keys.log.verifier, index)
    click.echo(f"{_name(number)} is published: log entry {index}. Make its pages with: unsealed site build")


@release.command("list")
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@archive_option
def list_releases(archive: Path, as_json: bool) -> None:
    """List releases with their state."""
    with Archive.open(archive) as opened:
        found = [(number, read_release(opened, number)) for number in opened.releases()]
    if as_json:
        lines = [
            {
                "number": number, "state": stored.state, "kind": stored.release.kind, "title": stored.release.title,
                "date": stored.release.date, "documents": len(stored.release.items),
                "signatures": [one.name for one in stored.release.signatures],
            }
            for number, stored in found
        ]  # fmt: skip
        click.echo(json.dumps(lines))
        return
    for number, (state, one) in found:
        click.echo(visible(f"{number:>4}  {state:<9}  {one.date}  {len(one.items):>6,} documents  {one.title}"))


for _command in COMMANDS:
    release.add_command(_command)
