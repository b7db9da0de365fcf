"""Where a passphrase comes from: the environment for scripts, a prompt for people, never the command line."""

from __future__ import annotations

import os

import click

from unsealed.errors import KeysError

VARIABLE = "UNSEALED_PASSPHRASE"
SHORT = 12  # characters below which a new passphrase is warned about: who has the file can try at leisure


def ask_passphrase(what: str, *, confirm: bool = False) -> str:
    """The passphrase for `what`; `confirm` for a new one: warns if it is short. Raises KeysError for an empty one."""
    found = os.environ.get(VARIABLE)
    if found is None:
        found = str(click.prompt(f"Passphrase for {what}", hide_input=True, confirmation_prompt=confirm, err=True))
    if not found:
        raise KeysError("The passphrase is empty.", remedy="Choose several words that nobody would guess.")
    if confirm and len(found) < SHORT:
        click.echo(f"Warning: this passphrase has fewer than {SHORT} characters. Several words are better.", err=True)
    return found
