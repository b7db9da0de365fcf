"""Proving, opening and excerpts: properties over any reading and anything hidden in it."""

from __future__ import annotations

import contextlib
import hashlib
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import ArchiveError, UsageError, VerifyError
from unsealed.model import LABELS, Gap, PublicUnit, Shown
from unsealed.seal import atoms, generation, opened, proof, prove, tree, verify

KEY, ARCHIVE, RAW = bytes(range(32)), bytes(32), hashlib.sha256(b"raw").digest()
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=25)
UNITS = st.lists(st.tuples(st.sampled_from(sorted(LABELS)), TEXT), min_size=1, max_size=7)


class Case(NamedTuple):
    """A reading and what to hide of it."""

    units: list[tuple[str, str]]
    cut: atoms.Atoms
    hidden: list[tuple[int, int, int]]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any units; of each, nothing, all, all but its beginning, or any of its atoms are hidden."""
    units = draw(UNITS)
    coins = iter(draw(st.lists(st.booleans(), min_size=200, max_size=200)))
    cut = atoms.cut(units, pad=lambda: next(coins, False))
    hidden = []
    for where in atoms.unit_ranges(cut):
        how = draw(st.sampled_from(("nothing", "whole", "text", "some")))
        reason = draw(st.integers(1, 3))
        if how == "whole":
            hidden.append((where.first, where.count, reason))
        elif how == "text" and where.count > 1:
            hidden.append((where.first + 1, where.count - 1, reason))
        elif how == "some" and where.count > 1:
            chosen = draw(st.sets(st.integers(where.first + 1, where.first + where.count - 1)))
            hidden += [(at, 1, draw(st.integers(1, 3))) for at in sorted(chosen)]
    return Case(units, cut, hidden)


def made(case: Case) -> prove.ProofBody:
    c = generation.commit(KEY, ARCHIVE, 1, 7, case.cut, RAW).c
    return prove.body(KEY, ARCHIVE, 1, 7, case.cut, RAW, case.hidden, expected_c=c)


def whole(body: proof.Body) -> proof.Proof:
    nothing = proof.Logged(b"", b"")
    return proof.Proof(proof.Body(*body), (bytes(32),), 3, (), nothing, nothing)


@given(cases())
def test_anything_hidden_proves_and_verifies(case: Case) -> None:
    body = made(case)
    assert verify.check_document(body) == body.c == generation.commit(KEY, ARCHIVE, 1, 7, case.cut, RAW).c
    file = proof.encode(whole(body))
    assert proof.decode(file) == whole(body)
    assert proof.encode(proof.decode(file)) == file
    flags = [0] * len(case.cut.data)
    for first, count, reason in case.hidden:
        flags[first : first + count] = [reason] * count
    assert opened.hidden_atoms(body) == sum(map(bool, flags))
    assert sum(span.count for span in opened.gaps(body)) == opened.hidden_atoms(body)


@given(cases())
def test_no_seed_stands_above_a_hidden_atom(case: Case) -> None:
    """From all seeds in the proof, no seed of a hidden leaf can be computed."""
    body = made(case)
    secret = tree.leaf_seeds(generation.document_seed(generation.slot_seed(KEY, 7)), len(case.cut.data))
    hidden = {at for first, count, _ in case.hidden for at in range(first, first + count)}
    known: set[bytes] = set()
    for node in body.nodes:
        if isinstance(node, proof.Shown):
            for level in tree.seed_levels(node.seed, node.size):
                known |= set(level)
    assert {at for at, seed in enumerate(secret) if seed in known} == set(range(len(secret))) - hidden
    assert generation.slot_seed(KEY, 7) not in known


@given(cases())
def test_blocks_show_what_is_shown(case: Case) -> None:
    body = made(case)
    blocks = opened.blocks(body)
    shown = "".join(
        run.text for block in blocks if isinstance(block, PublicUnit) for run in block.runs if isinstance(run, Shown)
    )
    hidden = {at for first, count, _ in case.hidden for at in range(first, first + count)}
    kept = [atom for at, atom in enumerate(case.cut.data) if at not in hidden]
    assert shown == b"".join(atom[1:] for atom in kept if atom[:1] == b"W").decode()
    assert [block.label for block in blocks if isinstance(block, PublicUnit)] == [
        atom[5:].decode() for atom in kept if atom[:1] == b"U"
    ]
    gaps = [block for block in blocks if isinstance(block, Gap)]
    gaps += [run for block in blocks if isinstance(block, PublicUnit) for run in block.runs if isinstance(run, Gap)]
    assert sum(gap.atoms for gap in gaps) == opened.hidden_atoms(body)
    if not case.hidden:
        assert [(block.label, "".join(run.text for run in block.runs)) for block in blocks] == case.units  # type: ignore[union-attr]


@given(cases(), st.data())
def test_excerpts(case: Case, data: st.DataObject) -> None:
    """Hiding more keeps `c` and the publisher's spans, and leaves no seed above what is hidden."""
    body = made(case)
    more = []
    for where in atoms.unit_ranges(case.cut):
        if data.draw(st.booleans()):
            more.append((where.first, where.count))
        elif where.count > 1:
            chosen = data.draw(st.sets(st.integers(where.first + 1, where.first + where.count - 1), max_size=3))
            beginning = {where.first} & {at for first, count, _ in case.hidden for at in range(first, first + count)}
            more += [] if beginning else [(at, 1) for at in sorted(chosen)]
    found = prove.excerpt(whole(body), more).body
    assert verify.check_document(found) == body.c
    assert found.spans == body.spans
    hidden = {at for first, count, _ in case.hidden for at in range(first, first + count)}
    hidden |= {at for first, count in more for at in range(first, first + count)}
    assert opened.hidden_atoms(found) == len(hidden)
    again = prove.body(KEY, ARCHIVE, 1, 7, case.cut, RAW, [(at, 1, 1) for at in hidden])
    assert found.nodes == again.nodes
    by_others = sum(span.count for span in opened.gaps(found) if span.reason == 0)
    assert by_others == len(hidden) - opened.hidden_atoms(body)
    opened.blocks(found)


@given(cases(), st.data())
def test_changes_are_noticed(case: Case, data: st.DataObject) -> None:
    """Any changed, moved or dropped node leads elsewhere or is refused."""
    body = made(case)
    at = data.draw(st.integers(0, len(body.nodes) - 1))
    node = body.nodes[at]
    other: proof.Node
    if isinstance(node, proof.Shown):
        how = data.draw(st.integers(0, 2 if node.size > 1 else 1))  # an empty node cannot be read at all
        place = data.draw(st.integers(0, node.size - 1))
        if how == 0:
            other = proof.Shown(hashlib.sha256(node.seed).digest(), node.atoms)
        elif how == 1:
            other = node._replace(atoms=(*node.atoms[:place], b"Wx" + node.atoms[place], *node.atoms[place + 1 :]))
        else:
            other = node._replace(atoms=node.atoms[:place] + node.atoms[place + 1 :])
    else:
        other = proof.Hidden(node.size, hashlib.sha256(node.hash).digest())
    changed = body._replace(nodes=(*body.nodes[:at], other, *body.nodes[at + 1 :]))
    with contextlib.suppress(VerifyError):
        assert verify.check_document(changed) != body.c


def test_blocks_of_a_span_over_the_end_of_a_unit() -> None:
    cut = atoms.cut([("subject", "one two"), ("name", "Jane"), ("text", "three")])
    body = prove.body(KEY, ARCHIVE, 1, 0, cut, RAW, [(3, 3, 2)])
    assert opened.blocks(body) == (
        PublicUnit("subject", (Shown("one "), Gap(1, 2))),
        Gap(2, 2),
        PublicUnit("text", (Shown("three"),)),
    )
    assert opened.shown_words(body) == 2


def test_shown_words() -> None:
    cut = atoms.cut([("subject", "-- one two, "), ("time", "12:30"), ("text", "* * *"), ("cell", "1999")])
    body = prove.body(KEY, ARCHIVE, 1, 0, cut, RAW, [])
    assert opened.shown_words(body) == 4
    assert opened.hidden_atoms(body) == 0


def test_the_original_is_opened_only_where_nothing_is_hidden() -> None:
    cut = atoms.cut([("text", "one two")])
    body = prove.body(KEY, ARCHIVE, 1, 7, cut, RAW, [], open_raw=True)
    assert body.opening is not None
    assert body.opening.digest == RAW
    verify.check_document(body)
    for raw, hidden in ((RAW, [(2, 1, 1)]), (None, [])):
        with pytest.raises(UsageError):
            prove.body(KEY, ARCHIVE, 1, 7, cut, raw, hidden, open_raw=True)
    assert prove.excerpt(whole(body), [(2, 1)]).body.opening is None
    assert prove.excerpt(whole(body), []).body.opening == body.opening


@pytest.mark.parametrize("hidden", [[(1, 1, 1)], [(1, 2, 1)], [(0, 1, 1)], [(3, 2, 1)], [(2, 99, 1)], [(2, 0, 1)]])
def test_places_that_cannot_be_hidden(hidden: list[tuple[int, int, int]]) -> None:
    cut = atoms.cut([("text", "one two"), ("cell", "x")])
    with pytest.raises(UsageError):
        prove.body(KEY, ARCHIVE, 1, 7, cut, RAW, hidden)
    honest = whole(prove.body(KEY, ARCHIVE, 1, 7, cut, RAW, []))
    with pytest.raises(UsageError):
        prove.excerpt(honest, [(first, count) for first, count, _ in hidden])


def test_another_reading_than_the_sealed_one() -> None:
    sealed = generation.commit(KEY, ARCHIVE, 1, 7, atoms.cut([("text", "one two")]), RAW)
    with pytest.raises(ArchiveError):
        prove.body(KEY, ARCHIVE, 1, 7, atoms.cut([("text", "one too")]), RAW, [], expected_c=sealed.c)


def test_the_prover_looks_at_its_own_work() -> None:
    """A seed above a hidden atom would be refused even if the cover were wrong."""
    body = prove.body(KEY, ARCHIVE, 1, 7, atoms.cut([("text", "one two")]), RAW, [])
    spoiled = body._replace(spans=prove.spans([(2, 1, 1)], body.n))
    with pytest.raises(UsageError, match="seed"):
        prove._check_hidden(spoiled)
    with pytest.raises(VerifyError) as caught:
        opened.blocks(spoiled)
    assert caught.value.rule == "shown-over-hidden"
