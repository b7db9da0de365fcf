"""`unsealed keys`: make and list keys, encrypted at rest."""

from __future__ import annotations

import json
from pathlib import Path

import click

from unsealed.cli._passphrase import ask_passphrase
from unsealed.cli._terminal import visible
from unsealed.errors import ArchiveError
from unsealed.release import keys as store

_ROLES = click.Choice(store.ROLES)


def _archive(path: Path) -> Path:
    if not (path / "unsealed.toml").is_file():
        raise ArchiveError(f"{path} is not an archive.", remedy="Make one: unsealed init DIR --name NAME")
    return path


@click.group()
def keys() -> None:
    """Make and list keys. Secret parts are encrypted with a passphrase, asked for or read from UNSEALED_PASSPHRASE."""


@keys.command()
@click.argument("archive", type=click.Path(path_type=Path))
@click.argument("role", type=_ROLES)
@click.argument("name")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write an editor's own key file instead of keeping it here."
)
def new(archive: Path, role: str, name: str, out: Path | None) -> None:
    """Make a key for ROLE (editor, log, root, witness) under NAME, and print its public half.

    In an archive the key is kept in its `keys` folder. With --out the key goes to a file of its own with a
    passphrase of its own: an editor's key belongs on the editor's machine.
    """
    if out is not None:
        signer = store.new_signer(role, name)
        store.write_key_file(out, role, signer, ask_passphrase(f"the key file {out}", confirm=True))
        click.echo(signer.verifier.vkey)
        return
    keystore = store.KeyStore(_archive(archive))
    opened = keystore.create(ask_passphrase("the keys of this archive", confirm=not keystore.exists()))
    click.echo(opened.new(role, name).vkey)


@keys.command("list")
@click.argument("archive", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="For scripts.")
def list_keys(archive: Path, as_json: bool) -> None:
    """List the keys of an archive: role, name, public half. Needs no passphrase."""
    found = store.KeyStore(_archive(archive)).list()
    if as_json:
        click.echo(json.dumps([{"role": info.role, "name": info.key.name, "vkey": info.key.vkey} for info in found]))
        return
    if not found:
        click.echo("No keys yet. Make one: unsealed keys new ARCHIVE log NAME")
    for info in found:
        click.echo(f"{info.role:8} {visible(info.key.vkey)}")
