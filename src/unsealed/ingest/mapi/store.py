"""A PST or OST as its owner sees it: folders, and in them messages with recipients and attachments ([MS-PST] 2.4).

Messages are found by the list of all nodes, not by way of the folders: so those that no folder holds any more are
found too, and the order, by node id, is the same in every run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from unsealed.ingest.mapi.bag import OBJECT, Attachment, Bag, Stored, property_names
from unsealed.ingest.mapi.ltp import Heap, properties, row_count, table
from unsealed.ingest.mapi.ndb import Broken, Node, Store
from unsealed.ingest.mapi.ole import describe
from unsealed.ingest.mapi.says import flat

DEPTH = 16  # messages inside each other
PARTS = 5_000  # attachments of one message, those of inner messages too: nodes may point at each other in circles

_FOLDER, _MESSAGE, _HIDDEN, _ATTACHMENT = 0x02, 0x04, 0x08, 0x05  # kinds of nodes, the last five bits of an id
_CONTENTS, _HIDDEN_CONTENTS = 0x0E, 0x0F
_NAMES, _RECIPIENTS, _ATTACHMENTS = 0x61, 0x692, 0x671
_DATA = 0x3701


class Folder(NamedTuple):
    """A folder: its name, the folder it lies in, how many messages it says it holds, and how many hidden ones."""

    name: str
    parent: int
    messages: int
    hidden: int


class Mailbox:
    """One file. Raises `Broken` where it cannot be opened at all."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self.store = Store(file, length)
        self.names = self._property_names()
        self._parts = 0  # attachments of the message that is being read
        self.folders: dict[int, Folder] = {}
        self.total = self.hidden = self.orphans = 0  # message nodes of the file
        parents: list[int] = []
        for node in self.store.nodes():
            kind = node.nid & 0x1F
            if kind == _FOLDER:
                self.folders[node.nid] = self._folder(node)
            elif kind in (_MESSAGE, _HIDDEN):
                self.total += 1
                self.hidden += kind == _HIDDEN
                parents.append(node.parent)
        self.orphans = sum(parent not in self.folders for parent in parents)
        self.broken = self.store.broken

    def _property_names(self) -> dict[int, str]:
        node = self.store.node(_NAMES)
        if node is None:
            return {}
        try:
            bag, _ = properties(Heap(self.store, node), {})
        except Broken:
            return {}
        return property_names(bag.raw(2), bag.raw(3), bag.raw(4))

    def _folder(self, node: Node) -> Folder:
        try:
            bag, _ = properties(Heap(self.store, node), {})
        except Broken:
            return Folder("", node.parent, 0, 0)
        shown = self._rows(node, _CONTENTS, bag.number(0x3602))
        hidden = self._rows(node, _HIDDEN_CONTENTS, bag.number(0x3617))
        return Folder(flat(bag.text(0x3001)), node.parent, shown, hidden)

    def _rows(self, folder: Node, kind: int, stated: int) -> int:
        """How many messages a folder lists; what its properties state where the list cannot be read."""
        try:
            node = self.store.node(folder.nid & ~0x1F | kind)
            return row_count(Heap(self.store, node)) if node is not None else max(0, stated)
        except Broken:
            return max(0, stated)

    def expected(self) -> int:
        """How many messages the folders say they hold, and those that lie in none."""
        return sum(folder.messages + folder.hidden for folder in self.folders.values()) + self.orphans

    def path(self, nid: int) -> str:
        """The names of a folder and those it lies in, with `/` between; `(no folder)` where there is none."""
        names: list[str] = []
        seen: set[int] = set()
        while nid in self.folders and nid not in seen and len(names) < 64:
            seen.add(nid)
            folder = self.folders[nid]
            if folder.name:
                names.append(folder.name)
            nid = folder.parent
        return "/".join(reversed(names)) if seen else "(no folder)"

    def messages(self) -> Iterator[Node]:
        """The nodes of all messages, hidden ones too, by rising id."""
        for node in self.store.nodes():
            if node.nid & 0x1F in (_MESSAGE, _HIDDEN):
                yield node

    def is_hidden(self, node: Node) -> bool:
        """Whether a message is one that programs keep beside the others: a view, a rule, a setting."""
        return node.nid & 0x1F == _HIDDEN

    def weight(self, node: Node) -> int:
        """Bytes of everything that a message carries beside its own properties, without reading any of it.

        Raises `Broken` where it cannot be told.
        """
        return self._weight(node.sub, DEPTH, [PARTS])

    def _weight(self, sub: int, depth: int, left: list[int]) -> int:
        total = 0
        for inner in self.store.inner(sub).values():
            left[0] -= 1
            if left[0] < 0 or depth < 0:
                raise Broken("M-PARTS")
            total += self.store.size(inner.data)
            total += self._weight(inner.sub, depth - 1, left) if inner.sub else 0
        return total

    def message(self, node: Node) -> Stored:
        """One message. Raises `Broken` where its own properties cannot be read."""
        folder = self.path(node.parent) + ("/(hidden)" if self.is_hidden(node) else "")
        self._parts = 0
        return self._stored(node, folder, 0)

    def _stored(self, node: Node, folder: str, depth: int) -> Stored:
        heap = Heap(self.store, node)
        bag, troubles = properties(heap, self.names)
        recipients, more = self._recipients(heap)
        attachments, most = self._attachments(heap, depth)
        codes = dict.fromkeys([*troubles, *more, *most])
        for one in recipients:
            one.codepage = bag.codepage
        return Stored(bag, tuple(recipients), tuple(attachments), folder, tuple(codes))

    def _recipients(self, heap: Heap) -> tuple[list[Bag], list[str]]:
        node = heap.inner.get(_RECIPIENTS)
        found: list[Bag] = []
        if node is None:
            return found, []
        try:
            found.extend(bag for _, bag in table(self.store, Heap(self.store, node), self.names))
        except Broken:
            return found, ["M-RECIPIENTS"]
        return found, []

    def _attachments(self, heap: Heap, depth: int) -> tuple[list[Attachment], list[str]]:
        """What the table of attachments names, and what lies beside it without being named there."""
        listed, codes = self._listed(heap)
        there = [nid for nid in sorted(heap.inner) if nid & 0x1F == _ATTACHMENT]
        if set(there) - set(listed):
            codes.append("M-UNLISTED")
        attachments: list[Attachment] = []
        for nid in dict.fromkeys([*listed, *there]):
            self._parts += 1
            if self._parts > PARTS:
                return attachments, [*codes, "M-PARTS"]
            node = heap.inner.get(nid)
            try:
                if node is None:
                    raise Broken("M-ATTACHMENT")
                attachments.append(self._attachment(node, depth))
            except Broken as error:
                attachments.append(Attachment("", "", lambda: iter(()), note=error.code))
        return attachments, codes

    def _listed(self, heap: Heap) -> tuple[list[int], list[str]]:
        node = heap.inner.get(_ATTACHMENTS)
        listed: list[int] = []
        if node is None:
            return listed, []
        try:
            listed.extend(row for row, _ in table(self.store, Heap(self.store, node), self.names))
        except Broken:
            return listed, ["M-ATTACHMENTS"]
        return listed, []

    def _attachment(self, node: Node, depth: int) -> Attachment:
        heap = Heap(self.store, node)
        bag, _ = properties(heap, self.names, frozenset({_DATA}))
        found = bag.properties.get(_DATA)
        if found is None:
            return describe(bag, b"", None)
        hnid = int.from_bytes(found.values[0], "little")
        if found.kind != OBJECT:
            return self._file(bag, heap, hnid)
        inner = heap.inner.get(int.from_bytes(heap.item(hnid)[:4], "little"))
        if inner is None:
            raise Broken("M-ATTACHMENT")
        if bag.number(0x3705) == 5 and depth < DEPTH:
            return describe(bag, b"", self._stored(inner, "", depth + 1))
        return self._of_node(bag, inner)

    def _file(self, bag: Bag, heap: Heap, hnid: int) -> Attachment:
        if hnid & 0x1F == 0:
            return describe(bag, heap.item(hnid), None)
        inner = heap.inner.get(hnid)
        if inner is None:
            raise Broken("M-ATTACHMENT")
        return self._of_node(bag, inner)

    def _of_node(self, bag: Bag, inner: Node) -> Attachment:
        size = self.store.size(inner.data)
        plain = describe(bag, b"\0" if size else b"", None)
        return plain._replace(blocks=lambda: self.store.blocks(inner.data), size=size)
