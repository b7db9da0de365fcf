"""What a forger would try, for the demo and the tests: put other words into a genuine proof."""

from __future__ import annotations

from unsealed.seal import proof
from unsealed.seal.atoms import cut
from unsealed.seal.proof import Shown


def forge_text(genuine: bytes, text: str) -> bytes:
    """The genuine proof file with the words of `text` in the place of its own: well-formed, and not sealed."""
    found = proof.decode(genuine)
    words = [atom for atom in cut([("paragraph", text)]).data if atom[:1] == b"W"]
    nodes = []
    for node in found.body.nodes:
        if isinstance(node, Shown):
            atoms = tuple(words.pop(0) if atom[:1] == b"W" and words else atom for atom in node.atoms)
            node = node._replace(atoms=atoms)
        nodes.append(node)
    return proof.encode(found._replace(body=found.body._replace(nodes=tuple(nodes))))
