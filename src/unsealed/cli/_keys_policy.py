"""`unsealed keys policy`: draft, look at, sign and publish the next policy."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._signing import Signing, note_signed, signing_options
from unsealed.cli._terminal import visible
from unsealed.errors import UsageError, VerifyError
from unsealed.files import read_capped
from unsealed.release.acts import note_act, note_published
from unsealed.release.keyring import open_keyring, read_policy
from unsealed.release.offline import policy_changes
from unsealed.release.policy_change import (
    Change,
    Edit,
    add_change_note,
    draft_change,
    draft_text,
    find_change,
    overtaken,
    publish_change,
    read_change,
    sign_change,
)
from unsealed.seal.note import parse_vkey
from unsealed.seal.policy import MAX_POLICY, Group, Policy, Witness

_PATH = click.Path(path_type=Path)
_NUMBER = click.IntRange(1, 64)


@click.group()
def policy() -> None:
    """Change whose signatures count: draft the next policy, let root keys sign it, publish it."""


@policy.command()
@click.argument("archive", type=_PATH)
@click.option("--add", multiple=True, metavar="NAME", help="An editor's or root key that the archive knows.")
@click.option("--remove", multiple=True, metavar="NAME", help="A key that shall no longer count.")
@click.option("--editors-needed", type=_NUMBER, help="How many editors sign.")
@click.option("--roots-needed", type=_NUMBER, help="How many root keys bring the next policy.")
@click.option("--witness", multiple=True, nargs=3, metavar="NAME VKEY URL", help="A witness to add.")
@click.option("--group", multiple=True, metavar="'NAME COUNT MEMBER…'", help="Groups of witnesses, replacing all.")
@click.option("--quorum", help="Who must have cosigned a head: a witness, a group, or none.")
@click.option("--max-age-days", type=click.IntRange(0, 999_999), help="0: no age is a warning.")
@click.option("--file", type=_PATH, help="Take a whole policy file instead.")
def draft(
    archive: Path, add: tuple[str, ...], remove: tuple[str, ...], editors_needed: int | None, roots_needed: int | None,
    witness: tuple[tuple[str, str, str], ...], group: tuple[str, ...], quorum: str | None, max_age_days: int | None,
    file: Path | None,
) -> None:  # fmt: skip
    """Draft the next policy: the one in force with these changes. An earlier draft, and its signatures, fall away."""
    with Archive.open(archive, write=True) as opened:
        if file is not None:
            made = draft_text(opened, read_capped(file, MAX_POLICY))
        else:
            groups = tuple(_group(words) for words in group) if group else None
            edit = Edit(add, remove, editors_needed, roots_needed, _witnesses(witness), groups, quorum, max_age_days)
            made = draft_change(opened, edit)
        about: dict[str, str | int] = {"number": made.new.number, "policy": made.new.sha256}
        note_act(opened, "keys.draft", "the next policy was drafted", about=about)
    _print_change(made)
    click.echo("Next: let root keys sign it, with `unsealed keys policy sign`.")


def _witnesses(given: Iterable[tuple[str, str, str]]) -> tuple[Witness, ...]:
    try:
        return tuple(Witness(name, parse_vkey(vkey), url) for name, vkey, url in given)
    except VerifyError as error:
        raise UsageError(error.message, remedy="Write --witness NAME VKEY URL.") from error


def _group(words: str) -> Group:
    name, count, *members = [*words.split(), "", ""][: max(len(words.split()), 2)]
    numbers = {"any": 1, "all": len(members)}
    if count not in numbers and not count.isdecimal():
        raise UsageError("A group has a name, a count and members.", remedy="Write --group 'papers 2 w1 w2 w3'.")
    return Group(name, numbers.get(count) or int(count), tuple(members))


@policy.command()
@click.argument("archive", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
@click.option("--text", is_flag=True, help="Print the policy file that is in force, byte for byte.")
def show(archive: Path, as_json: bool, text: bool) -> None:
    """Show the policy in force, the next one where one is drafted, and who has signed it."""
    with Archive.open(archive) as opened:
        current, change = read_policy(opened), find_change(opened)
    if text:
        click.echo(current.raw, nl=False)
        return
    if as_json:
        click.echo(json.dumps(_as_json(current, change)))
        return
    _print_policy(current)
    if change is not None:
        _print_change(change)


def _as_json(current: Policy, change: Change | None) -> dict[str, object]:
    answer: dict[str, object] = {
        "number": current.number, "sha256": current.sha256,
        "editors": [key.name for key in current.editors], "editors_needed": current.editors_needed,
        "roots": [key.name for key in current.roots], "roots_needed": current.roots_needed,
        "witnesses": [one.name for one in current.witnesses], "quorum": current.quorum, "next": None,
    }  # fmt: skip
    if change is not None:
        answer["next"] = {
            "number": change.new.number, "sha256": change.new.sha256,
            "changes": policy_changes(change.old, change.new), "signed_by": [key.name for key in change.signed_by],
        }  # fmt: skip
    return answer


def _print_policy(policy: Policy) -> None:
    click.echo(f"In force: policy {policy.number}, {policy.sha256}")
    for role, needed, keys in (
        ("roots", policy.roots_needed, policy.roots),
        ("editors", policy.editors_needed, policy.editors),
    ):
        click.echo(visible(f"  {role:8} {needed} of {len(keys)}: {', '.join(key.name for key in keys)}"))
    click.echo(visible(f"  witnesses {len(policy.witnesses)}; quorum {policy.quorum}"))


def _print_change(change: Change) -> None:
    click.echo(f"Next: policy {change.new.number}, {change.new.sha256}")
    for line in policy_changes(change.old, change.new):
        click.echo(visible(f"  {line}"))
    old, new = change.counts()
    click.echo(
        f"Signed by {old} of {change.old.roots_needed} root keys of the policy in force, "
        f"and by {new} of {change.new.roots_needed} of the next one."
    )


@policy.command()
@click.argument("archive", type=_PATH)
@signing_options
def sign(archive: Path, how: Signing) -> None:
    """Add a root key's signature to the drafted policy."""
    with Archive.open(archive, write=True) as opened:
        if how.write_out(lambda: read_change(opened).pending.text):
            return
        if (data := how.came_back()) is not None:
            made = add_change_note(opened, data)
        else:
            made = sign_change(opened, how.signer(opened, "root"))
        note_signed(opened, "keys", [one.name for one in made.signed_by], f"policy {made.new.number}", how.name)
    _print_change(made)


@policy.command()
@click.argument("archive", type=_PATH)
def publish(archive: Path) -> None:
    """Put the signed policy into the log. From the next entry on it is in force. Completes what a stopped run began."""
    with Archive.open(archive, write=True) as opened:
        keys = open_keyring(opened, ask_passphrase("the keys of this archive"))
        index, new = publish_change(opened, keys)
        note_published(opened, keys.log.verifier, index)
        again = overtaken(opened)
    click.echo(f"Policy {new.number} is in force: log entry {index}. Readers who trusted an earlier one are led to it.")
    for number in again:
        click.echo(f"Release {number} was built under an earlier policy: unsealed release build {number}")
    click.echo(f"Build and publish the pages again: unsealed site build {archive}, unsealed site publish {archive}")
