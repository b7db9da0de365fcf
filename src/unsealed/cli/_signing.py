"""The four ways to sign, the same for releases, pages, changes of keys and moves: here, by a key file, out, in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from unsealed.archive import Archive
from unsealed.cli._passphrase import ask_passphrase
from unsealed.errors import KeysError, UsageError
from unsealed.files import read_capped, write_durable
from unsealed.release.acts import note_act
from unsealed.release.keys import KeyStore, read_key_file
from unsealed.seal.note import MAX_NOTE, Signer

F = TypeVar("F", bound=Callable[..., Any])


class Signing(NamedTuple):
    """Which of the four ways was asked for; exactly one is set."""

    name: str | None
    key: Path | None
    out: Path | None
    signed: Path | None

    def write_out(self, text: Callable[[], str]) -> bool:
        """Write the text to sign where that was asked for."""
        if self.out is None:
            return False
        write_durable(self.out, text().encode())
        click.echo(f"{self.out}: take it to the other machine, run `unsealed sign` there, bring the answer with --in.")
        return True

    def came_back(self) -> bytes | None:
        """The bytes of the signed file, where one is to be taken in."""
        return None if self.signed is None else read_capped(self.signed, MAX_NOTE)

    def signer(self, archive: Archive, role: str) -> Signer:
        """The key to sign with. Raises KeysError for one that is not there, or of another role."""
        if self.key is not None:
            found, signer = read_key_file(self.key, ask_passphrase(f"the key file {self.key}"))
            if found != role:
                raise KeysError(f"{self.key} is the key of a role {found}.", remedy=f"Use a key of the role {role}.")
            return signer
        opened = KeyStore(archive.path).unlock(ask_passphrase("the keys of this archive"))
        for signer in opened.signers(role):
            if signer.name == self.name:
                return signer
        raise KeysError(
            f"No {role} key of this name is kept here.", remedy="`unsealed keys list` shows the names; or use --key."
        )


def note_signed(archive: Archive, room: str, names: Iterable[str], number: object, name: str | None) -> None:
    """Write down that a signature was added here: `name` where its key is kept here and was named, who has signed."""
    about = {"signed": ", ".join(names), "of": str(number)}
    note_act(archive, f"{room}.sign", "a signature was added", who=name or "", about=about)


def signing_options(function: F) -> F:
    """`--as`, `--key`, `--out`, `--in`, handed to the command as `how: Signing`."""

    @wraps(function)
    def wrapped(
        *args: Any, name: str | None, key: Path | None, out: Path | None, signed: Path | None, **rest: Any
    ) -> Any:
        if sum(value is not None for value in (name, key, out, signed)) != 1:
            raise UsageError("Say one thing to do.", remedy="Use one of --as, --key, --out, --in.")
        return function(*args, how=Signing(name, key, out, signed), **rest)

    path = click.Path(path_type=Path)
    for option in (
        click.option("--in", "signed", type=path, help="Take in a signed text that came back."),
        click.option("--out", type=path, help="Write the text to sign, for another machine."),
        click.option("--key", type=path, help="Sign with a key file of its own."),
        click.option("--as", "name", metavar="NAME", help="Sign with the key of this name that is kept here."),
    ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]
