"""Which archive a command is about: the one named, the one of this folder, or the one of the environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from unsealed.errors import ArchiveError

F = TypeVar("F", bound=Callable[..., Any])
ENVIRONMENT = "UNSEALED_ARCHIVE"


def archive_option(function: F) -> F:
    """`--archive DIR`, handed to the command as `archive: Path`."""
    option = click.option(
        "--archive", type=click.Path(path_type=Path), callback=_found,
        help=f"The archive's folder. Default: the one that this folder lies in, else the variable {ENVIRONMENT}.",
    )  # fmt: skip
    return option(function)


def _found(_context: click.Context, _option: click.Parameter, value: Path | None) -> Path:
    return find_archive(value)


def find_archive(named: Path | None) -> Path:
    """The archive to work on. Raises ArchiveError where none is named and none is near."""
    if named is not None:
        return named
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "unsealed.toml").is_file():
            return folder
    if os.environ.get(ENVIRONMENT):
        return Path(os.environ[ENVIRONMENT])
    raise ArchiveError(
        "There is no archive here: neither this folder nor one above it is one.",
        remedy=f"Go to its folder, or name it with --archive DIR or {ENVIRONMENT}; `unsealed init` makes one.",
    )
