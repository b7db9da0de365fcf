"""What a proof shows: the grammar of its atoms, and the blocks that a page or a terminal prints.

Takes the body of a proof, gives values. A body that did not pass `check_grammar` has no defined blocks.
Spec: docs/formats/seal.md, sections "Grammar" and "What is displayed".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from unsealed.errors import VerifyError
from unsealed.model import FORMAT_EMPTY, LABELS, LABELS_BY_CHARACTER, Block, Gap, PublicUnit
from unsealed.model import Shown as ShownRun
from unsealed.seal.atoms import FORMATS
from unsealed.seal.cut import EXCERPT_REASON, Span
from unsealed.seal.proof import Body, Hidden, Node, Shown

_HEADER, _UNIT, _WORD = b"HUW"


def format_of(body: Body) -> str:
    """The format id of the reading, from its shown header. Rules: `header`, `format`, `empty`."""
    first = body.nodes[0] if body.nodes else None
    if not isinstance(first, Shown) or first.atoms[0][0] != _HEADER:
        raise VerifyError("A document does not begin with a shown header.", rule="header")
    found = first.atoms[0][1:].decode()
    if found not in FORMATS:
        raise VerifyError("The format of this document is not known.", rule="format", remedy="Update Unsealed.")
    if found == FORMAT_EMPTY and body.n != 1:
        raise VerifyError("An unused slot holds text.", rule="empty")
    return found


def check_grammar(body: Body) -> None:
    """The nodes tile the document, and shown atoms stand where atoms of their kind may stand.

    Rules: those of `format_of`, then `tiling`, `unit-overlap`, `label`, `unit-length`, `header`, `outside-unit`.
    """
    format_of(body)
    if sum([node.size for node in body.nodes]) != body.n:
        raise VerifyError("The parts of this proof are not as long as the document.", rule="tiling")
    start, unit_end = 0, 1
    for node in body.nodes:
        for at, atom in enumerate(node.atoms if isinstance(node, Shown) else (), start):
            kind = atom[0]
            if kind == _WORD and at < unit_end:
                continue  # nearly every atom
            if kind == _UNIT:
                unit_end = _unit_end(atom, at, unit_end, body.n)
            elif kind == _HEADER and at:
                raise VerifyError("A second header stands inside a document.", rule="header")
            elif at >= unit_end:
                raise VerifyError("A word is shown outside of any unit that is shown.", rule="outside-unit")
        start += node.size


def _unit_end(atom: bytes, at: int, unit_end: int, n: int) -> int:
    """The place after the unit that begins at `at`. Rules: `unit-overlap`, `label`, `unit-length`."""
    if at < unit_end:
        raise VerifyError("A unit begins inside another one.", rule="unit-overlap")
    if atom[5:].decode() not in LABELS:
        raise VerifyError("A unit has a label that the format does not know.", rule="label")
    end = at + int.from_bytes(atom[1:5], "big")
    if end > n:
        raise VerifyError("A unit is longer than the document.", rule="unit-length")
    return end


def hidden_runs(nodes: Sequence[Node]) -> list[tuple[int, int]]:
    """The maximal runs of hidden atoms, (first, end)."""
    runs: list[tuple[int, int]] = []
    at = 0
    for node in nodes:
        end = at + node.size
        if isinstance(node, Hidden):
            if runs and runs[-1][1] == at:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((at, end))
        at = end
    return runs


def gaps(body: Body) -> list[Span]:
    """Every hidden atom once, in spans: the publisher's with their reasons, others with reason 0 (an excerpt's).

    Raises VerifyError `shown-over-hidden` where an atom of the publisher's cut is shown.
    """
    found: list[Span] = []
    waiting = list(reversed(body.spans))
    for first, end in hidden_runs(body.nodes):
        at = first
        while waiting and at <= waiting[-1].first and waiting[-1].end <= end:
            span = waiting.pop()
            if at < span.first:
                found.append(Span(at, span.first - at, EXCERPT_REASON))
            found.append(span)
            at = span.end
        if at < end:
            found.append(Span(at, end - at, EXCERPT_REASON))
    if waiting:
        raise VerifyError("A place that the publisher hid is shown.", rule="shown-over-hidden")
    return found


def _pieces(body: Body) -> Iterator[tuple[int, list[bytes] | Span]]:
    """Maximal runs of shown atoms, and gaps, in order, each with its place."""
    waiting = list(reversed(gaps(body)))
    run: list[bytes] = []
    at = 0
    for node in body.nodes:
        at += node.size
        if isinstance(node, Shown):
            run += node.atoms
            continue
        if run:
            yield at - node.size - len(run), run
            run = []
        while waiting and waiting[-1].first < at:
            yield waiting[-1].first, waiting.pop()
    yield at - len(run), run


class _Layout:
    """Blocks so far, and the unit that is being filled."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self._label, self._end = "", 0
        self._runs: list[ShownRun | Gap] = []
        self._text: list[bytes] = []

    def show(self, at: int, atoms: Sequence[bytes]) -> None:
        """Shown atoms from place `at` on."""
        begins = [number for number, atom in enumerate(atoms) if atom[0] != _WORD and atom != b"N"]
        self._text += [atom[1:] for atom in atoms[: begins[0] if begins else len(atoms)]]
        for begin, end in pairwise([*begins, len(atoms)]):
            if atoms[begin][0] == _UNIT:
                self.close()
                self._label = atoms[begin][5:].decode()
                self._end = at + begin + int.from_bytes(atoms[begin][1:5], "big")
                self._text = [atom[1:] for atom in atoms[begin + 1 : end]]

    def hide(self, gap: Span) -> None:
        """A gap: what of it lies in the open unit goes there, the rest stands between units."""
        inside = max(0, min(gap.end, self._end) - gap.first)
        if inside:
            self._flush()
            self._runs.append(Gap(inside, gap.reason))
        if gap.count > inside:
            self.close()
            self.found.append(Gap(gap.count - inside, gap.reason))

    def close(self) -> None:
        """The open unit, if there is one, is complete."""
        if self._label:
            self._flush()
            self.found.append(PublicUnit(self._label, tuple(self._runs)))
        self._label, self._runs = "", []

    def _flush(self) -> None:
        text = b"".join(self._text).decode()
        if text:
            self._runs.append(ShownRun(text))
        self._text = []


def blocks(body: Body) -> tuple[Block, ...]:
    """What is displayed: units with their shown text and gaps, and gaps that hide whole units.

    A span that hides the end of a unit and whole units after it gives two gaps, one in each place: where the
    unit ends is public. Raises VerifyError `shown-over-hidden` like `gaps`.
    """
    layout = _Layout()
    for at, piece in _pieces(body):
        if isinstance(piece, Span):
            layout.hide(piece)
        else:
            layout.show(at, piece)
    layout.close()
    return tuple(layout.found)


def hidden_atoms(body: Body) -> int:
    """How many atoms are hidden, all reasons together."""
    return sum([node.size for node in body.nodes if isinstance(node, Hidden)])


def shown_words(body: Body) -> int:
    """How many words are shown: `W` atoms that begin with a letter or digit; a time, number or coordinate is one."""
    count, single = 0, False
    for node in body.nodes:
        for atom in node.atoms if isinstance(node, Shown) else ():
            if atom[0] == _WORD:
                first = atom[1:2]  # of ASCII for nearly every word: not decoded then
                if not single and (first.isalnum() or (first > b"\x7f" and atom[1:].decode()[0].isalnum())):
                    count += 1
            elif atom[0] == _UNIT:
                single = atom[5:].decode() in LABELS_BY_CHARACTER
                count += single
    return count
