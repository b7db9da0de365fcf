"""`unsealed keys`: make, list, hand over and change keys; their secret halves are encrypted at rest."""

from __future__ import annotations

import json
from pathlib import Path

import click

from unsealed.archive import Archive
from unsealed.cli._keys_move import move
from unsealed.cli._keys_policy import policy
from unsealed.cli._keys_shares import join, split
from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._terminal import visible
from unsealed.errors import ArchiveError, UsageError
from unsealed.files import read_capped, write_durable
from unsealed.release import keys as store
from unsealed.release.acts import note_act
from unsealed.seal.note import MAX_NOTE

_ROLES = click.Choice(store.ROLES)
_PATH = click.Path(path_type=Path)


def _archive(path: Path) -> Path:
    if not (path / "unsealed.toml").is_file():
        raise ArchiveError(f"{path} is not an archive.", remedy="Make one: unsealed init DIR --name NAME")
    return path


@click.group()
def keys() -> None:
    """Make, list, hand over and change keys.

    Secret halves are encrypted with a passphrase, asked for or read from UNSEALED_PASSPHRASE. Best is that every editor
    and root key is made on a machine of its keeper's own (`keys new … --out`), and only its public half comes here.
    """


for _command in (policy, split, join, move):
    keys.add_command(_command)


@keys.command()
@click.argument("archive", type=_PATH)
@click.argument("role", type=_ROLES)
@click.argument("name")
@click.option("--out", type=_PATH, help="Write a key file of its own instead of keeping the key in ARCHIVE.")
def new(archive: Path, role: str, name: str, out: Path | None) -> None:
    """Make a key for ROLE (editor, log, root, witness) under NAME, and print its public half.

    In an archive the key is kept in its `keys` folder. With --out the key goes to a file of its own with a
    passphrase of its own: an editor's key belongs on the editor's machine (ARCHIVE is not looked at then; write `.`).
    """
    if out is not None:
        signer = store.new_signer(role, name)
        store.write_key_file(out, role, signer, ask_passphrase(f"the key file {out}", confirm=True))
        click.echo(signer.verifier.vkey)
        return
    with Archive.open(_archive(archive), write=True) as opened:
        keystore = store.KeyStore(archive)
        kept = keystore.create(ask_passphrase("the keys of this archive", confirm=not keystore.exists()))
        made = kept.new(role, name)
        note_act(opened, "keys.new", "a key was made", about={"role": role, "key": made.vkey})
    click.echo(made.vkey)


@keys.command("list")
@click.argument("archive", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_keys(archive: Path, as_json: bool) -> None:
    """List the keys of an archive: role, name, public half. Needs no passphrase."""
    found = store.KeyStore(_archive(archive)).list()
    if as_json:
        lines = [{"role": i.role, "name": i.key.name, "vkey": i.key.vkey, "kept": i.kept} for i in found]
        click.echo(json.dumps(lines))
        return
    if not found:
        click.echo("No keys yet. Make one: unsealed keys new ARCHIVE log NAME")
    for info in found:
        click.echo(f"{info.role:8} {'here' if info.kept else 'public half only':16} {visible(info.key.vkey)}")


@keys.command("export-public")
@click.argument("keyfile", type=_PATH)
@click.option("--out", type=_PATH, required=True, help="Where the public file goes.")
def export_public(keyfile: Path, out: Path) -> None:
    """Write the public half of a key file, signed by the key itself: the file that an archive takes in."""
    role, signer = store.read_key_file(keyfile, ask_passphrase(f"the key file {keyfile}"))
    if out.exists():
        raise UsageError(f"{out} exists already.", remedy="Choose another name.")
    write_durable(out, store.public_file(role, signer))
    click.echo(f"{out}: {role} {visible(signer.verifier.vkey)}")


@keys.command("import-public")
@click.argument("archive", type=_PATH)
@click.argument("file", type=_PATH)
def import_public(archive: Path, file: Path) -> None:
    """Take in the public half of a key that is kept elsewhere. Compare the printed line with its keeper's screen."""
    role, key = store.read_public_file(read_capped(file, MAX_NOTE))
    with Archive.open(_archive(archive), write=True) as opened:
        info = store.KeyStore(archive).add_public(role, key)
        note_act(opened, "keys.import", "a public half was taken in", about={"role": role, "key": info.key.vkey})
    click.echo(f"{info.role} {visible(info.key.vkey)}")
    click.echo("It counts once a policy names it: unsealed keys policy draft ARCHIVE --add NAME")
