"""What an amendment says of what it supersedes; which packs are in force."""

from __future__ import annotations

import hashlib
import tracemalloc
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mirror.amending import Amender, amender
from unsealed.errors import VerifyError
from unsealed.model import Manifest, PackageFile
from unsealed.seal import superseded
from unsealed.seal.entries import ReleaseEntry, parse_entry
from unsealed.seal.payloads import Cuts, RedactMoreEntry
from unsealed.seal.superseded import EMPTY, Superseded, replacing_path

LINE = amender().superseded(1, 0)


def cuts_of(made: Amender, number: int) -> Cuts:
    payloads = [parse_entry(entry).payload for entry in made.entries]
    return next(one.cuts for one in payloads if isinstance(one, ReleaseEntry) and one.number == number)


def rule(call: Any, *values: Any) -> str:
    with pytest.raises(VerifyError) as caught:
        call(*values)
    return caught.value.rule


def test_round_trip_and_forms() -> None:
    lines = (amender().superseded(1, 0), amender().superseded(2, 0))
    data = superseded.encode_superseded(lines)
    assert superseded.decode_superseded(data) == lines
    for bad in (data[:-1], data + b"\n", b"[]\n", b"\xff\n", data.replace(b'"place":0', b'"place":00'), b"[" * 9999):
        assert rule(superseded.decode_superseded, bad) == "superseded-form"


def test_what_stood() -> None:
    made = amender()
    line, cuts = made.superseded(1, 1), cuts_of(made, 1)
    superseded.check_stood(line, cuts)
    for changed, broken in (
        ({"place": 0}, "cut-root"), ({"place": 2}, "cut-index"), ({"path": ()}, "cut-length"),
        ({"c": "00" * 32}, "cut-root"), ({"spans": ()}, "cut-root"), ({"spans": ((0, 1, 1),)}, "span-range"),
        ({"spans": ((1, (1 << 32) - 1, 1),)}, "span-range"),
    ):  # fmt: skip
        assert rule(superseded.check_stood, msgspec.structs.replace(line, **changed), cuts) == broken


def test_more_and_less() -> None:
    line = amender().superseded(1, 0)  # 12 and 13 were hidden
    superseded.check_more(line, [(12, 3, 1)])
    superseded.check_more(line, [(3, 1, 2), (12, 2, 9)])
    superseded.check_less(line, [(13, 1, 1)])
    superseded.check_less(line, [])
    for spans in ([(12, 2, 1)], [(12, 1, 1)], [(13, 5, 1)], []):
        assert rule(superseded.check_more, line, spans) == "shows-more"
    for spans in ([(12, 2, 1)], [(12, 3, 1)], [(14, 1, 1)]):
        assert rule(superseded.check_less, line, spans) == "hides-more"


def test_a_span_of_millions_is_never_counted_out() -> None:
    line = msgspec.structs.replace(amender().superseded(1, 0), spans=((1, superseded.MAX_ATOMS - 2, 1),))
    tracemalloc.start()
    try:
        superseded.check_more(line, [(1, superseded.MAX_ATOMS - 1, 1)])
        superseded.check_less(line, [(7, superseded.MAX_ATOMS - 9, 1)])
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


spans = st.lists(st.tuples(st.integers(1, 40), st.integers(1, 9), st.integers(1, 2)), max_size=6)


@given(spans, spans)
def test_runs_and_atoms_say_the_same(old: list[tuple[int, int, int]], new: list[tuple[int, int, int]]) -> None:
    def atoms(told: list[tuple[int, int, int]]) -> set[int]:
        return {at for first, count, _ in told for at in range(first, first + count)}

    line = msgspec.structs.replace(LINE, spans=tuple(old))
    more, less = atoms(old) < atoms(new), atoms(new) < atoms(old)
    for check, right in ((superseded.check_more, more), (superseded.check_less, less)):
        try:
            check(line, new)
            assert right
        except VerifyError:
            assert not right


def test_a_list_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(superseded, "MAX_SUPERSEDED", 10)
    with pytest.raises(VerifyError) as caught:
        superseded.decode_superseded(b"x" * 11)
    assert caught.value.rule == "superseded-form"


# --- packs in force -----------------------------------------------------------------------------------

A, B, C, D = (hashlib.sha256(name.encode()).hexdigest() for name in "ABCD")


def manifest(number: int, *files: tuple[str, str]) -> Manifest:
    listed = tuple(PackageFile(path, 0 if sha256 == EMPTY else 9, sha256) for path, sha256 in files)
    return Manifest("v", number, "", "", "", "", "", 0, 0, {}, (), "", listed)


def pack(sha256: str) -> tuple[str, str]:
    return f"packs/{sha256}.zst", sha256


def again(old: str, new: str) -> tuple[str, str]:
    return superseded.replacing_path(old), new


def test_a_pack_replaced_twice_and_one_of_which_nothing_is_left() -> None:
    manifests = [
        manifest(0, ("policy", "x")), manifest(1, pack(A), pack(B)), manifest(2, pack(C), again(A, D)),
        manifest(3, again(D, "ff" * 32), again(B, EMPTY)), manifest(4, again(C, EMPTY)),
    ]  # fmt: skip
    packs, dropped = superseded.packs_in_force(manifests)
    assert [(one.holder, one.file.sha256) for one in packs[1]] == [(3, "ff" * 32)]
    assert packs[2] == packs[3] == packs[0] == ()
    assert dropped == {A, B, C, D}


@pytest.mark.parametrize(
    "files",
    [
        [[pack(A)], [again(B, C)]],  # never there
        [[pack(A)], [again(A, C)], [again(A, D)]],  # replaced before
        [[again(A, B)], [pack(A)]],  # comes later
        [[pack(A), pack(B)], [again(A, B)]],  # by a pack that is there already
    ],
)
def test_what_cannot_be_replaced(files: list[list[tuple[str, str]]]) -> None:
    manifests = [manifest(number, *one) for number, one in enumerate(files, 1)]
    assert rule(superseded.packs_in_force, manifests) == "replacing"


def test_a_list_of_the_publisher() -> None:
    made = amender()
    made.amend(RedactMoreEntry, {(1, 0): ((12, 3, 1),)})
    lines = superseded.decode_superseded(superseded.encode_superseded([made.superseded(1, 0)]))
    assert [line.listed for line in lines] == [(1, 0, 1, 0)]
    assert isinstance(lines[0], Superseded)


def test_what_was_replaced_does_not_come_back() -> None:
    first, second = manifest(0, pack(A)), manifest(1, (replacing_path(A), B))
    for last in (manifest(2, pack(A)), manifest(2, (replacing_path(B), A)), manifest(2, (replacing_path(EMPTY), C))):
        assert rule(superseded.packs_in_force, [first, second, last]) == "replacing"
    picture = f"media/{D}", D
    shown = [manifest(0, picture), manifest(1, (replacing_path(D), EMPTY)), manifest(2, picture)]
    assert superseded.packs_in_force(shown)[1] == set()
