"""The door for shells: one file per command group, no logic.

Takes arguments and environment, gives text, JSON and exit codes. May touch every room through its public
names. May never hold a rule: what a command decides is decided in a room below.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from unsealed.cli._terminal import visible
from unsealed.errors import SetupError, UnsealedError, VerifyError
from unsealed.log import start_logging

# command -> (module, attribute, extra that brings it, one line for the list)
COMMANDS: dict[str, tuple[str, str, str, str]] = {
    "init": ("unsealed.cli.ingest", "init", "ingest", "Make a new, empty archive."),
    "ingest": ("unsealed.cli.ingest", "ingest", "ingest", "Read files and folders into the archive."),
    "status": ("unsealed.cli.status", "status", "ingest", "What was read, what was not, and why."),
    "show": ("unsealed.cli.ingest", "show", "ingest", "Print one document."),
    "search": ("unsealed.cli.search", "search", "ingest", "Search the archive."),
    "index": ("unsealed.cli.search", "index", "ingest", "Rebuild the search index."),
    "enrich": ("unsealed.cli.enrich", "enrich", "ingest", "Find languages, near-duplicates and conversations."),
    "similar": ("unsealed.cli.enrich", "similar", "ingest", "List near-duplicates of a document."),
    "thread": ("unsealed.cli.enrich", "thread", "ingest", "List the conversation that a message belongs to."),
    "review": ("unsealed.cli.review", "review", "newsroom", "Mark and decide what must be withheld."),
    "audit": ("unsealed.cli.audit", "audit", "newsroom", "Who did what and why, and whether that log is whole."),
    "keys": ("unsealed.cli.keys", "keys", "newsroom", "Make, list, change and split keys, encrypted at rest."),
    "seal": ("unsealed.cli.release", "seal", "newsroom", "Seal the archive: release 0."),
    "release": ("unsealed.cli.release", "release", "newsroom", "Plan, build, sign and publish releases."),
    "partner": ("unsealed.cli.partner", "partner", "newsroom", "Bundles for partners before publication."),
    "log": ("unsealed.cli.log", "log", "newsroom", "The release log: its state, and catching up after a restore."),
    "site": ("unsealed.cli.site", "site", "newsroom", "Build and serve the public site."),
    "close": ("unsealed.cli.close", "close", "newsroom", "End releasing; list what was never released."),
    "shred": ("unsealed.cli.shred", "shred", "newsroom", "Give up the power to prove withheld words."),
    "sign": ("unsealed.cli.sign", "sign", "", "Sign on a machine without a network."),
    "verify": ("unsealed.cli.verify", "verify", "", "Check a proof, or a whole site, offline."),
    "mirror": ("unsealed.cli.mirror", "mirror", "", "Carry a checked copy of a site, and serve it on."),
    "witness": ("unsealed.cli.witness", "witness", "", "Vouch for the logs of others."),
    "trust": ("unsealed.cli.verify", "trust", "", "Choose whose keys you trust."),
    "demo": ("unsealed.cli.demo", "demo", "all", "Run the whole job on the sample archive."),
}


def _load(module: str) -> object:
    """Import a module with the collector off: classes are made by the thousand, and none of them is garbage."""
    gc.disable()
    try:
        return importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


class LazyGroup(click.Group):
    """A click group that imports a command's module only when that command is called.

    A reader who verifies one proof pays neither time nor dependencies for the newsroom's half.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which an archive passes through them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; a missing optional package becomes a SetupError that says what to install."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, attribute, extra, _ = entry
        try:
            command = getattr(_load(module), attribute)
        except ModuleNotFoundError as error:
            if not extra or (error.name or "").startswith("unsealed"):
                raise
            raise SetupError(
                f"`unsealed {cmd_name}` needs the package {error.name}, which is not installed.",
                remedy=f"Install it with: pip install 'unsealed[{extra}]'",
            ) from error
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing one of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[3]) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="unsealed")
def root() -> None:
    """Take an archive from a source's hands to the public, and let any reader prove it.

    Start with `unsealed demo`, or with `unsealed init DIR --name NAME` and `unsealed ingest SOURCE`.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; end with the exit code of docs/exit-codes.md and never with a traceback."""
    start_logging()  # before anything can log: the formatter is what keeps content out of a line
    # What the interpreter looks through for cycles at its end, nobody needs any more: a tenth of a second for nothing.
    atexit.register(gc.freeze)
    try:
        code = root.main(arguments, prog_name="unsealed", standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UnsealedError as error:
        click.echo(f"{_headline(error)}{visible(error.message)}", err=True)
        if error.remedy:
            click.echo(f"  What to do: {visible(error.remedy)}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # the last door: a traceback would show a user values, and values are content
        if os.environ.get("UNSEALED_DEBUG"):
            raise
        click.echo(f"unsealed: a fault of the program: {_place_of(error)}", err=True)
        click.echo("  What to do: report it with this line; UNSEALED_DEBUG=1 shows more, to you alone.", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _headline(error: UnsealedError) -> str:
    """What the message begins with: for a proof that does not hold the answer itself, before the reason."""
    if type(error) is VerifyError:
        return "Not sealed. "
    return "" if isinstance(error, VerifyError) else "unsealed: "


def _place_of(error: Exception) -> str:
    """Type of an unexpected error and the last line of our code that it passed; its message may hold content."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "unsealed" in frame.filename]
    last = frames[-1] if frames else None
    return type(error).__name__ + (f" in {Path(last.filename).name}, line {last.lineno}" if last else "")
