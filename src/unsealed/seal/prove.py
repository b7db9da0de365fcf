"""Make proofs: from a slot of a generation and what to hide, to the body of a proof; and excerpts of finished ones.

Takes keys and values, gives values. The prover takes a slot, never an item; it never cuts text again and never
gives away a seed that stands above a hidden atom.
Spec: docs/formats/seal.md, sections "Nodes" and "Excerpts".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from unsealed.errors import ArchiveError, UsageError, VerifyError
from unsealed.seal import merkle, opened, tree
from unsealed.seal.atoms import Atoms
from unsealed.seal.cut import spans
from unsealed.seal.generation import blinds, commitment, document_seed, raw_commitment
from unsealed.seal.proof import Body, Hidden, Node, Opening, Proof, Shown
from unsealed.seal.puncture import (
    Levels,
    Remains,
    Secret,
    find_remains,
    hash_levels,
    runs,
    seed_levels,
    slot_node,
)


class ProofBody(Body):
    """A body fresh from the prover; `c` is what it commits to."""

    __slots__ = ()

    @property
    def c(self) -> bytes:
        """The document commitment that this body leads to."""
        return body_commitment(self, body_root(self.nodes, self.n))


def body(
    key: Secret,
    archive: bytes,
    generation: int,
    slot: int,
    atoms: Atoms,
    raw_digest: bytes | None,
    hidden: Iterable[tuple[int, int, int]],
    *,
    open_raw: bool = False,
    expected_c: bytes | None = None,
) -> ProofBody:
    """The body of the proof of `slot` with the places `hidden` (first atom, count, reason) withheld.

    `atoms` are the sealed atoms (`atoms.restore`), `raw_digest` the SHA-256 that was sealed. `open_raw` opens the
    raw hash: only when the very same bytes are published and nothing of any reading of the item is hidden.
    `expected_c` is the published commitment. Raises ArchiveError when the values do not lead to it, UsageError
    for places that cannot be hidden (`cut.spans`; a unit's beginning without its whole unit; the header), and for words
    that are to be shown although they were shredded. `key` may be punctured.
    """
    n, cut = len(atoms.data), spans(hidden, len(atoms.data))
    if open_raw and (cut or raw_digest is None):
        raise UsageError("The hash of the original is opened only where nothing is hidden.")
    places = [(span.first, span.end) for span in cut]
    remains, opening = find_remains(key, slot), None
    if remains is not None:
        blind, raw, nodes = remains.blind, remains.raw, _left(remains, atoms, places)
    else:
        seed = slot_node(key, 32, slot)
        blind, raw_blind = blinds(seed)
        raw = raw_commitment(raw_blind, raw_digest)
        opening = Opening(raw_blind, raw_digest) if open_raw and raw_digest is not None else None
        nodes = _hide(Shown(document_seed(seed), atoms.data), places)
    made = ProofBody(archive, generation, slot, n, blind, raw, opening, nodes, cut)
    _check_hidden(made)
    if expected_c is not None and made.c != expected_c:
        raise ArchiveError(
            "A reading, its atom borders or its key are not those that were sealed in this slot.",
            remedy="Restore the catalogue and keys from a backup; publish nothing until they fit.",
        )
    return made


def _left(remains: Remains, atoms: Atoms, hidden: Sequence[tuple[int, int]]) -> tuple[Node, ...]:
    """The nodes of a document of which something was shredded: byte for byte those that it had before."""
    if remains.n != len(atoms.data):
        raise ArchiveError("A reading has another number of atoms than was sealed.", remedy="Restore the catalogue.")
    seeds = seed_levels(remains)
    return _tile(atoms.data, seeds, hash_levels(remains, seeds, atoms.data), hidden)


def _check_hidden(made: Body) -> None:
    """A prover's last look at its own work: no seed above a hidden atom, and a grammar that a verifier accepts."""
    at = 0
    for node in made.nodes:
        end = at + node.size
        if isinstance(node, Shown) and any(span.first < end and span.end > at for span in made.spans):
            raise UsageError("A seed would stand above a hidden atom.")
        at = end
    try:
        opened.check_grammar(made)
    except VerifyError as error:
        raise UsageError(f"These places cannot be hidden: {error.message}") from error


def _hide(whole: Shown, hidden: Sequence[tuple[int, int]]) -> tuple[Node, ...]:
    """The nodes of a shown subtree after the places `hidden` (first, end; in order) are taken out of it."""
    if not hidden:
        return (whole,)
    seeds = tree.seed_levels(whole.seed, whole.size)
    return _tile(whole.atoms, seeds, merkle.levels(tree.leaf_hashes(seeds[0], whole.atoms)), hidden)


def _tile(data: Sequence[bytes], seeds: Levels, hashes: Levels, hidden: Sequence[tuple[int, int]]) -> tuple[Node, ...]:
    """The fewest nodes that show `data` but for the places `hidden`. Raises UsageError for a word that was shredded."""
    nodes: list[Node] = []
    for first, end, is_hidden in runs(hidden, len(data)):
        for place in tree.cover(first, end, len(data)):
            value = (hashes if is_hidden else seeds)[place.level][place.node]
            if value is None:
                raise UsageError("Words that are to be shown were shredded: nobody can prove them any more.")
            atoms = data[place.first : place.first + place.size]
            nodes.append(Hidden(place.size, value) if is_hidden else Shown(value, tuple(atoms)))
    return tuple(nodes)


class _Folder:
    """Rebuild the root from nodes that must be the fewest that tile the document (spec, "Rebuilding the root")."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._waiting = iter(nodes)
        self._node = next(self._waiting)
        self._shown = iter(tree.roots([node for node in nodes if isinstance(node, Shown)]))

    def fold(self, size: int) -> tuple[bytes, type[Node] | None]:
        """Root of the next subtree of `size` atoms, and its kind where it is one node."""
        node = self._node
        if node.size == size:
            self._node = next(self._waiting, node)
            return (next(self._shown), Shown) if isinstance(node, Shown) else (node.hash, Hidden)
        if node.size > size:
            raise VerifyError("A part of this proof is no subtree of the document.", rule="node-shape")
        half = 1 << ((size - 1).bit_length() - 1)
        left, left_kind = self.fold(half)
        right, right_kind = self.fold(size - half)
        if left_kind is right_kind and left_kind is not None:
            raise VerifyError("Two parts of one kind could be one.", rule="node-unmerged")
        return merkle.node_hash(left, right), None


def body_root(nodes: Sequence[Node], n: int) -> bytes:
    """The root that these nodes lead to; their sizes add up to `n`. Rules: `node-shape`, `node-unmerged`."""
    return _Folder(nodes).fold(n)[0]


def body_commitment(made: Body, root: bytes) -> bytes:
    """`c` of a body whose nodes lead to `root`."""
    return commitment(made.archive, made.generation, made.slot, made.blind, made.n, root, made.raw)


def excerpt(proof: Proof, hidden: Iterable[tuple[int, int]]) -> Proof:
    """The same proof with more places hidden, (first atom, count): anybody who holds a proof can do this.

    The publisher's spans stay, so that a verifier tells both apart. Raises UsageError like `body`.
    """
    made = proof.body
    more = spans([(first, count, 1) for first, count in hidden], made.n)
    if not more:
        return proof
    nodes = _Excerpt(made.nodes, [(span.first, span.end) for span in more]).nodes(made.n)
    changed = made._replace(nodes=tuple(nodes), opening=None)
    _check_hidden(changed)
    return proof._replace(body=changed)


class _Excerpt:
    """Take places out of nodes that are partly hidden already, and merge what is hidden now."""

    def __init__(self, nodes: Sequence[Node], hidden: list[tuple[int, int]]) -> None:
        self._waiting = list(reversed(nodes))
        self._hidden = hidden
        self._at = 0

    def nodes(self, size: int) -> list[Node]:
        """The nodes of the next subtree of `size` atoms."""
        if self._waiting[-1].size == size:
            return self._one(self._waiting.pop())
        half = 1 << ((size - 1).bit_length() - 1)
        left, right = self.nodes(half), self.nodes(size - half)
        first, last = left[0], right[-1]
        if len(left) == len(right) == 1 and isinstance(first, Hidden) and isinstance(last, Hidden):
            return [Hidden(size, merkle.node_hash(first.hash, last.hash))]
        return left + right

    def _one(self, node: Node) -> list[Node]:
        start, self._at = self._at, self._at + node.size
        if isinstance(node, Hidden):
            return [node]
        clipped = [(max(first, start) - start, min(end, self._at) - start) for first, end in self._hidden]
        return list(_hide(node, [(first, end) for first, end in clipped if first < end]))
