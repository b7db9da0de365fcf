"""Extract: take a container apart whose members must be decoded (archives, mail stores).

An extractor is a generator `extract(fd, ask) -> Iterator[Step]`: it reads the container from a descriptor that is open
for reading only and gives its members, one after the other (`steps`). It runs in a process of its own behind the
sandbox, writes no file, opens no path, and never raises for bad input that it can name: it ends with an `End` that says
why. What it raises all the same, or a limit that it runs into, is reported on the container; what was delivered stays.

How to add one: a module with such a generator, a line in `EXTRACTORS`, a form in `sniff` with `packed=True`, a line in
`docs/formats/containers.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol

from unsealed.ingest.extract.steps import DATA, Alive, Ask, Data, End, Fail, Kind, Member, Promise, Step, Steps

__all__ = [
    "DATA",
    "EXTRACTORS",
    "Alive",
    "Ask",
    "Data",
    "End",
    "Extractor",
    "Fail",
    "Kind",
    "Member",
    "Promise",
    "Step",
    "Steps",
    "extractor",
]


class Extractor(Protocol):
    """`fd`: a descriptor of the container, open for reading and seeking, not shared. `ask`: what is wanted of it.

    Rules: ordinals rise by one from 1, in every run the same, those of kind `rest` last; members that `ask.wants` not
    are counted and skipped, with an `Alive` every few seconds; memory is bounded whatever the sizes are; nothing but
    `Step`s is given, the last of them an `End`.
    """

    def __call__(self, fd: int, ask: Ask) -> Iterator[Step]: ...


# form -> module of this package and its generator; loaded when its first container comes.
EXTRACTORS: dict[str, tuple[str, str]] = {
    "zip": ("zips", "extract"),
    "gz": ("compressed", "extract"),
    "bz2": ("compressed", "extract"),
    "xz": ("compressed", "extract"),
    "zst": ("compressed", "extract"),
    "tar": ("packed", "extract"),
    "7z": ("packed", "extract"),
    "rar": ("packed", "extract"),
    "iso": ("packed", "extract"),
    "cab": ("packed", "extract"),
    "cpio": ("packed", "extract"),
    "ar": ("packed", "extract"),
    "pst": ("pst", "extract"),
    "lha": ("packed", "extract"),
}


def extractor(form: str) -> Extractor:
    """The extractor of a form. Raises KeyError for a form that is no packed container."""
    module, function = EXTRACTORS[form]
    found: Extractor = getattr(import_module(f"unsealed.ingest.extract.{module}"), function)
    return found
