"""The list of the end of an archive: what a verifier must accept, and refuse, each for one rule."""

from __future__ import annotations

from typing import Any, NamedTuple

from unsealed.seal import closing, generation, note
from unsealed.seal.atoms import cut
from unsealed.seal.closing import Closed
from vector_world import ARCHIVE, KEY, digest

_SIZE = 4  # slots of generation 1: two documents, two unused
_SEEDS = {slot: generation.slot_seed(KEY, slot) for slot in range(_SIZE)}
_OTHER = generation.slot_seed(digest("key of generation 2"), 0)


def _commitments() -> dict[int, list[bytes]]:
    first = [
        generation.commit(KEY, ARCHIVE, 1, slot, cut([("text", f"Slot {slot}.")]), digest(f"raw {slot}")).c
        for slot in (0, 1)
    ]
    first += [closing.empty_commitment(_SEEDS[slot], ARCHIVE, 1, slot) for slot in (2, 3)]
    return {1: first, 2: [closing.empty_commitment(_OTHER, ARCHIVE, 2, 0)]}


class _Case(NamedTuple):
    """What stands in the file, what was signed of it, and what is there."""

    file: bytes
    unused: int
    unreleased: int
    commitments: dict[int, list[bytes]]
    released: list[tuple[int, int]]


def _closed(**other: Any) -> list[Closed]:
    first = {"generation": 1, "size": _SIZE, "unused": {2: _SEEDS[2], 3: _SEEDS[3]}, "unreleased": [1]} | other
    return [Closed(**first), Closed(2, 1, {0: _OTHER}, [])]


def _case(closed: list[Closed], **other: Any) -> _Case:
    counts = sum(len(one.unused) for one in closed), sum(len(one.unreleased) for one in closed)
    return _Case(closing.encode_close(closed), *counts, _commitments(), [(1, 0)])._replace(**other)


def _made(name: str, case: _Case, rule: str = "") -> dict[str, Any]:
    return {
        "name": name,
        "file": case.file.hex(),
        "unused": case.unused,
        "unreleased": case.unreleased,
        "commitments": {str(number): [c.hex() for c in found] for number, found in case.commitments.items()},
        "released": [list(one) for one in case.released],
        "rule": rule,
    }


def _bent(name: str, old: str, new: str, rule: str = "close-form") -> dict[str, Any]:
    good = _case(_closed())
    data = good.file.replace(old.encode(), new.encode("latin-1"), 1)
    assert data != good.file, name
    return _made(name, good._replace(file=data), rule)


def _forms() -> list[dict[str, Any]]:
    """Files that are not in their one form."""
    good = _case(_closed())
    one = note.encode_base64(_SEEDS[2])
    other = one[:42] + chr(ord(one[42]) + 1) + "="  # the same bytes: unused bits that are not zero
    third = f"unused 3 {note.encode_base64(_SEEDS[3])}\n"
    parts = good.file.decode().partition("generation 2")
    swapped = f"{closing.FORMAT}\n{parts[1]}{parts[2]}{parts[0].removeprefix(closing.FORMAT + chr(10))}".encode()
    return [
        _bent("another version", "close/1", "close/2", "close-version"),
        _bent("a version without a line", f"{closing.FORMAT}\n", f"{closing.FORMAT} \n", "close-version"),
        _made("an empty file", good._replace(file=b""), "close-version"),
        _made("a file that speaks of no generation", good._replace(file=f"{closing.FORMAT}\n".encode()), "close-form"),
        _made("the last line without its end", good._replace(file=good.file[:-1]), "close-form"),
        _made("more behind the last line", good._replace(file=good.file + b"\n"), "close-form"),
        _made("generations not in order", good._replace(file=swapped), "close-form"),
        _bent("one generation twice", "generation 2 1", "generation 1 1"),
        _bent("a letter that is not ASCII", "unreleased 1", "unreleas\xe9d 1"),
        _bent("a word that is not known", "unreleased 1", "forgotten 1"),
        _bent("a leading zero", "unreleased 1", "unreleased 01"),
        _bent("a generation without a size", "generation 1 4", "generation 1"),
        _bent("generation 0", "generation 1 4", "generation 0 4"),
        _bent("slots not in order", third, "", "close-form")
        | {"file": good.file.replace(b"unreleased 1\n", third.encode() + b"unreleased 1\n", 1).hex()},
        _bent("a slot before any generation", "generation 1 4\n", "unreleased 0\ngeneration 1 4\n"),
        _bent("an unused slot before any generation", "generation 1 4\n", f"unused 0 {one}\ngeneration 1 4\n"),
        _bent("one slot twice", "unreleased 1\n", "unreleased 1\nunreleased 1\n"),
        _bent("a seed in another spelling", one, other, "base64"),
        _bent("a seed that is cut off", one, one[4:]),
    ]


def closing_vectors() -> dict[str, Any]:
    """Every vector: a file, the counts that were signed, the commitments of each generation, what was released."""
    good, all_out = _case(_closed()), _closed(unreleased=[])
    other = closing.empty_commitment(_SEEDS[2], digest("another archive"), 1, 2)
    listed = [
        _made("every slot accounted for", good),
        _made("nothing was left", _case(all_out, released=[(1, 1), (1, 0)])),
        _made("one generation, nothing unused", _only([Closed(1, 2, {}, [0])], 2)),
        _made("one generation, nothing released", _only([Closed(1, 2, {}, [0, 1])], 2, released=[])),
        *_forms(),
        _made("another count of unused slots", good._replace(unused=2), "close-count"),
        _made("another count of unreleased slots", good._replace(unreleased=2), "close-count"),
        _made("a generation left out", _case(_closed()[:1]), "close-generations"),
        _made("a generation that was not sealed", _case([*_closed(), Closed(3, 1, {}, [0])]), "close-generations"),
        _made("a generation of another number", _case([_closed()[0], Closed(3, 1, {}, [0])]), "close-generations"),
        _made("a generation of another size", _case(_closed(size=3)), "close-generations"),
        _made("a slot left out", _case(all_out), "close-slots"),
        _made("a slot that was released, too", _case(_closed(unreleased=[0, 1])), "close-slots"),
        _made("a slot twice, another one never", _case(_closed(unreleased=[0])), "close-slots"),
        _made("a slot that is not there", _case(_closed(unreleased=[4])), "close-slots"),
        _made(
            "a document called unused", _case(_closed(unused=_SEEDS | {}, unreleased=[]), released=[]), "close-unused"
        ),
        _made("the seed of another slot", _case(_closed(unused={2: _SEEDS[3], 3: _SEEDS[2]})), "close-unused"),
        _made("an empty slot of another archive", _with(good, 2, other), "close-unused"),
    ]
    return {"archive": ARCHIVE.hex(), "vectors": listed}


def _only(closed: list[Closed], size: int, **other: Any) -> _Case:
    return _case(closed, commitments={1: _commitments()[1][:size]}, **({"released": [(1, 1)]} | other))


def _with(case: _Case, slot: int, c: bytes) -> _Case:
    found = [*case.commitments[1]]
    found[slot] = c
    return case._replace(commitments={**case.commitments, 1: found})
