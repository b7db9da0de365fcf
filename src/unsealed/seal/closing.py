"""The end of releasing: every unused slot opened, and every slot that was never released named.

Takes and gives bytes and values. An unused slot is opened by its slot seed: everything that its commitment is made
from follows from it, and no seed of another slot does. Together with what was released, each slot of each generation is
accounted for exactly once.

Spec: docs/formats/seal.md, section "Closing".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from unsealed.errors import VerifyError
from unsealed.seal import note, tree
from unsealed.seal.atoms import empty
from unsealed.seal.generation import blinds, commitment, document_seed, raw_commitment

FILE = "close"  # its name in the package
FORMAT = "unsealed-close/1"
_GENERATION = re.compile(r"generation ([1-9][0-9]{0,9}) ([1-9][0-9]{0,9})")
_UNUSED = re.compile(r"unused (0|[1-9][0-9]{0,9}) ([A-Za-z0-9+/]{43}=)")
_UNRELEASED = re.compile(r"unreleased (0|[1-9][0-9]{0,9})")


class Closed(NamedTuple):
    """One generation at the end: the seeds of its unused slots, and the slots that were never released."""

    generation: int
    size: int
    unused: Mapping[int, bytes]
    unreleased: Collection[int]


def encode_close(closed: Sequence[Closed]) -> bytes:
    """The file: generations by number, in each the slots by number, one line a slot."""
    lines = [FORMAT]
    for one in sorted(closed, key=lambda one: one.generation):
        lines.append(f"generation {one.generation} {one.size}")
        unreleased = set(one.unreleased)
        for slot in sorted(unreleased | set(one.unused)):
            seed = one.unused.get(slot)
            lines.append(f"unreleased {slot}" if seed is None else f"unused {slot} {note.encode_base64(seed)}")
    return "".join(f"{line}\n" for line in lines).encode()


def decode_close(untrusted: bytes) -> tuple[Closed, ...]:
    """Read the file. Raises VerifyError: `close-version`, `close-form` (another form, or another order)."""
    if not untrusted.startswith(f"{FORMAT}\n".encode()):
        raise VerifyError("This is no list of what was never released, of a known version.", rule="close-version")
    try:
        lines = untrusted.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise _form() from None
    closed = tuple(_read(lines[1:-1]))
    rising = all(first.generation < second.generation for first, second in pairwise(closed))
    if not rising or encode_close(closed) != untrusted:
        raise _form()
    return closed


def _form() -> VerifyError:
    return VerifyError("The list of what was never released is not in its one form.", rule="close-form")


def _read(lines: Iterable[str]) -> Iterator[Closed]:
    current: Closed | None = None
    unused: dict[int, bytes] = {}
    unreleased: set[int] = set()
    for line in lines:
        if match := _GENERATION.fullmatch(line):
            if current is not None:
                yield current
            unused, unreleased = {}, set()
            current = Closed(int(match[1]), int(match[2]), unused, unreleased)
        elif match := _UNUSED.fullmatch(line):
            unused[int(match[1])] = note.decode_base64(match[2])
        elif match := _UNRELEASED.fullmatch(line):
            unreleased.add(int(match[1]))
        else:
            raise _form()
    if current is None:
        raise _form()
    yield current


def empty_commitment(seed: bytes, archive: bytes, generation: int, slot: int) -> bytes:
    """The commitment of a slot with this slot seed that holds nothing."""
    blind, raw_blind = blinds(seed)
    data = empty().data
    root = tree.root(document_seed(seed), data)
    return commitment(archive, generation, slot, blind, len(data), root, raw_commitment(raw_blind, None))


def check_counts(closed: Sequence[Closed], unused: int, unreleased: int) -> None:
    """The list has the counts that its entry states. Raises VerifyError (rule `close-count`)."""
    counts = (sum(len(one.unused) for one in closed), sum(len(one.unreleased) for one in closed))
    if counts != (unused, unreleased):
        raise VerifyError("The list of the end has other counts than were signed.", rule="close-count")


def check_close(
    closed: Sequence[Closed],
    archive: bytes,
    commitments: Mapping[int, Sequence[bytes]],
    released: Collection[tuple[int, int]],
) -> None:
    """Every sealed generation is there; every slot in it is released, unused or unreleased, and unused ones are empty.

    `commitments` are those of each sealed generation in slot order, `released` (generation, slot) of every document
    that a release showed. Raises VerifyError: `close-generations`, `close-slots`, `close-unused`.
    """
    if {one.generation: one.size for one in closed} != {number: len(found) for number, found in commitments.items()}:
        message = "The list of the end does not speak of exactly the sealed generations."
        raise VerifyError(message, rule="close-generations")
    for one in closed:
        shown = {slot for generation, slot in released if generation == one.generation}
        parts = (shown, set(one.unused), set(one.unreleased))
        if sum(map(len, parts)) != one.size or set().union(*parts) != set(range(one.size)):
            raise VerifyError(
                f"A slot of generation {one.generation} is not exactly one of released, unused and never released.",
                rule="close-slots",
            )
        for slot, seed in one.unused.items():
            if empty_commitment(seed, archive, one.generation, slot) != commitments[one.generation][slot]:
                raise VerifyError(
                    f"Slot {slot} of generation {one.generation} is called unused, and holds something.",
                    rule="close-unused",
                )
