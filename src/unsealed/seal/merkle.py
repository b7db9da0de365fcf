"""RFC 6962 trees (section 2.1): root, inclusion, consistency, and a range that grows without keeping leaves.

Used three times by the seal: the log itself, the commitments of a generation, the cuts of a release. The tree
*inside* a document has the same shape but other leaves; it stands in `tree.py`.

Every hash is 32 bytes. A path is a tuple of hashes from the leaf up, as RFC 6962 and RFC 9162 order it.
Spec: docs/formats/seal.md, section "RFC 6962 trees".
"""

from __future__ import annotations

from collections.abc import Sequence

from unsealed.crypto import sha256
from unsealed.errors import VerifyError

EMPTY_ROOT = sha256(b"").digest()
_MAX_SIZE = 1 << 63
_NODE_TAG = sha256(b"\x01")  # a copy of a hash that has begun is faster than a new one (see `tree`)


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data): the leaf hash of an entry's exact bytes."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (size ≥ 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def level_up(level: Sequence[bytes]) -> list[bytes]:
    """One level of the tree above `level`; an odd last node rises unchanged (equal to the RFC's split)."""
    begin, nodes, above = _NODE_TAG.copy, iter(level), []
    for left, right in zip(nodes, nodes, strict=False):
        hashed = begin()
        hashed.update(left)
        hashed.update(right)
        above.append(hashed.digest())
    if len(level) & 1:
        above.append(level[-1])
    return above


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over `leaf_hashes`; SHA-256 of nothing for an empty list."""
    if not leaf_hashes:
        return EMPTY_ROOT
    level: Sequence[bytes] = leaf_hashes
    while len(level) > 1:
        level = level_up(level)
    return level[0]


def levels(leaf_hashes: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Every level from the leaves up to the root, so that many paths cost one pass; empty for no leaves."""
    if not leaf_hashes:
        return []
    found: list[Sequence[bytes]] = [leaf_hashes]
    while len(found[-1]) > 1:
        found.append(level_up(found[-1]))
    return found


def path_in_levels(found: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """The inclusion path of leaf `index`, read from what `levels` returned. IndexError when out of range."""
    if not found or not 0 <= index < len(found[0]):
        raise IndexError("index outside the tree")
    path = []
    for level in found[:-1]:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        index >>= 1
    return tuple(path)


def inclusion_path(leaf_hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of leaf `index` in the tree over `leaf_hashes` (RFC 6962, 2.1.1). IndexError when out of range."""
    return path_in_levels(levels(leaf_hashes), index)


# What it means for a reader that a path leads to another root, by what the path is of.
_ANOTHER_ROOT = {
    "commitment": "These are not the words that were sealed: a word was changed, added or removed, or the document was "
    "never in this archive.",
    "cut": "The hidden places or their reasons are not those of the release.",
    "inclusion": "A log entry does not stand in the log where its proof says.",
}


def root_from_path(
    leaf: bytes, index: int, size: int, untrusted_path: Sequence[bytes], *, what: str = "inclusion"
) -> bytes:
    """The root that `leaf` at `index` of a tree of `size` would have with this path (RFC 9162, 2.1.3.2).

    Raises VerifyError `inclusion-index` for a place outside the tree, `inclusion-length` for a path of another
    length than that place has; `what` replaces the first word of these names.
    """
    if not 0 <= index < size <= _MAX_SIZE:
        raise VerifyError(f"place {index} is outside a tree of {size}", rule=f"{what}-index")
    node, last, found = index, size - 1, leaf
    used = 0
    while last:
        if node & 1 or node < last:
            if used == len(untrusted_path):
                raise VerifyError("an inclusion path is too short", rule=f"{what}-length")
            sibling = untrusted_path[used]
            used += 1
            found = node_hash(sibling, found) if node & 1 else node_hash(found, sibling)
        node >>= 1
        last >>= 1
    if used != len(untrusted_path):
        raise VerifyError("an inclusion path is too long", rule=f"{what}-length")
    return found


def check_inclusion(
    leaf: bytes,
    index: int,
    size: int,
    untrusted_path: Sequence[bytes],
    tree_root: bytes,
    *,
    what: str = "inclusion",
) -> None:
    """Refuse unless `leaf` stands at `index` of the tree of `size` with root `tree_root`.

    Raises VerifyError with rule `inclusion-index`, `inclusion-length` or `inclusion-root`; `what` replaces the
    first word of these names where a file carries several paths.
    """
    if root_from_path(leaf, index, size, untrusted_path, what=what) != tree_root:
        raise VerifyError(_ANOTHER_ROOT.get(what, _ANOTHER_ROOT["inclusion"]), rule=f"{what}-root")


def consistency_path(leaf_hashes: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """The proof that the first `old_size` leaves are a prefix of this tree (RFC 6962, 2.1.2).

    Empty when `old_size` is 0 or the whole size. ValueError when it is larger or negative.
    """
    size = len(leaf_hashes)
    if not 0 <= old_size <= size:
        raise ValueError("old size outside the tree")
    if old_size in (0, size):
        return ()
    path: list[bytes] = []
    begin, end, whole = 0, size, True
    while old_size != end:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            path.append(root(leaf_hashes[middle:end]))
            end = middle
        else:
            path.append(root(leaf_hashes[begin:middle]))
            begin, whole = middle, False
    if not whole:
        path.append(root(leaf_hashes[begin:end]))
    path.reverse()
    return tuple(path)


def check_consistency(
    old_size: int, new_size: int, untrusted_path: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Refuse unless the tree of `old_size` with `old_root` is a prefix of the tree of `new_size` (RFC 9162, 2.1.4.2).

    An old size of 0 is consistent with anything: its path must be empty and its root that of an empty tree.
    Raises VerifyError with rule `consistency-size`, `consistency-length` or `consistency-root`.
    """
    if not 0 <= old_size <= new_size <= _MAX_SIZE:
        raise VerifyError(f"a log of {new_size} cannot follow one of {old_size}", rule="consistency-size")
    if old_size in (0, new_size):
        if untrusted_path:
            raise VerifyError("a consistency proof is too long", rule="consistency-length")
        if old_root != (new_root if old_size else EMPTY_ROOT):
            raise VerifyError("two logs of one size have other roots", rule="consistency-root")
        return
    if (old_size & (old_size - 1)) == 0:
        untrusted_path = (old_root, *untrusted_path)
    found_old, found_new = _consistency_roots(old_size, new_size, untrusted_path)
    if found_old != old_root or found_new != new_root:
        raise VerifyError("a consistency proof leads to other roots", rule="consistency-root")


def _consistency_roots(old_size: int, new_size: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Both roots that a consistency path leads to; VerifyError `consistency-length` when its length is wrong."""
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node >>= 1
        last >>= 1
    if not path:
        raise VerifyError("a consistency proof is too short", rule="consistency-length")
    found_old = found_new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise VerifyError("a consistency proof is too long", rule="consistency-length")
        if node & 1 or node == last:
            found_old, found_new = node_hash(sibling, found_old), node_hash(sibling, found_new)
            while not node & 1 and node:
                node >>= 1
                last >>= 1
        else:
            found_new = node_hash(found_new, sibling)
        node >>= 1
        last >>= 1
    if last:
        raise VerifyError("a consistency proof is too short", rule="consistency-length")
    return found_old, found_new


class Range:
    """A tree that grows leaf by leaf and keeps only the roots of its full left subtrees (at most 63 hashes)."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right."""
        carry, size = leaf, self.size
        while size & 1:
            carry = node_hash(self._peaks.pop(), carry)
            size >>= 1
        self._peaks.append(carry)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            found = node_hash(peak, found)
        return found
