"""From a worker's answer to items and readings of the archive: checks them, gives them their ids, counts them.

Everything in an answer is an outsider's word until it passed here.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from itertools import chain
from operator import attrgetter
from typing import get_args

import msgspec

from unsealed.archive import Growth, NewItem, Prepared, State, decode_reading, encode_reading
from unsealed.crypto import sha256
from unsealed.ingest.journal import Report
from unsealed.ingest.steps import Root
from unsealed.ingest.wire import Answer, Node
from unsealed.model import LABELS, MALFORMED, DocumentType, Reading, Unit

UNREAD = Reading("unread", "unread", 1, (Unit("unread", ""),))
UNREAD_BYTES = encode_reading(UNREAD)
_TYPES = frozenset(get_args(DocumentType))
_LABEL, _TEXT, _UNITS = attrgetter("label"), attrgetter("text"), attrgetter("units")
VERSIONS = 1 << 31  # of a reader: the catalogue has no room for larger ones, and a commit would fail
# Codes of limits of ours: an item that is stopped by one is `refused`, not broken.
REFUSED = frozenset(
    ("I-LARGE", "I-NESTING", "R-TOO-LARGE", "W-LARGE", "A-RATIO", "A-MEMBERS", "A-TOTAL", "A-DISK", "A-TIME",
     "A-OVERLAP", "A-SELF", "A-MEMORY")
)  # fmt: skip
REPORT = "The file may have broken into the reader. Keep it away from other machines, and report it."


def enter(growth: Growth, root: Root, answer: Answer, report: Report) -> int:
    """Take a whole answer into the archive; gives the id of its first item. Ids follow the order of the nodes."""
    if len(answer) == 1 and answer[0].state not in ("container", "packed"):
        reading = _prepared(growth, answer[0])
        item = _enter_root(growth, root, answer[0])
        _enter_reading(growth, item, answer[0], reading, report)
        return item
    readings = [_prepared(growth, node) for node in answer]
    children = Counter(node.within for node in answer if node.within >= 0)
    ids: list[int] = []
    bytes_of: list[bytes] = []
    depths: list[int] = []
    for index, node in enumerate(answer):
        if index == 0:
            data = root.data
            ids.append(_enter_root(growth, root, node))
        else:
            data = node.data if node.data is not None else bytes_of[node.within][node.start : node.end]
            ids.append(_enter_inner(growth, node, ids[node.within], data))
        bytes_of.append(data if index in children else b"")
        depths.append(depths[node.within] + 1 if index else root.depth)
        if node.state == "packed":
            _wait(growth, root, ids, depths[index], data, alone=node.data is not None)
        _enter_reading(growth, ids[index], node, readings[index], report)
        if index in children or node.state == "container":
            growth.expect(ids[index], children[index])
            growth.close_container(ids[index])
            if node.second >= 0:
                digest = root.digest if not index else sha256(data).digest()
                growth.stores.open(ids[index], root.top or root.container or ids[0], depths[index], digest, len(data))
                growth.stores.end(ids[index], -1, node.second, "")
    return ids[0]


def _enter_root(growth: Growth, root: Root, node: Node) -> int:
    if root.item:
        return root.item
    state = state_of(node)
    new = NewItem(
        root.container, root.ordinal, root.parent, root.path, root.start, root.end, root.digest, root.length, state,
        node.form, node.context,
    )  # fmt: skip
    return growth.add_item(new, root.place)


def _enter_inner(growth: Growth, node: Node, within: int, data: bytes) -> int:
    digest = sha256(data).digest()
    place = growth.place(data, digest) if node.data is not None else None
    parent = within if node.attached else 0
    new = NewItem(
        within, node.ordinal, parent, node.path, node.start, node.end, digest, len(data), state_of(node), node.form,
        node.context,
    )  # fmt: skip
    return growth.add_item(new, place)


def _enter_reading(growth: Growth, item: int, node: Node, reading: Prepared | None, report: Report) -> None:
    if node.state in ("container", "packed"):
        return
    report.documents += 1
    if reading is None:
        report.quarantined += 1
        growth.add_reading(item, UNREAD, UNREAD_BYTES)
    else:
        growth.add_prepared(item, reading)
    if node.code:
        growth.add_reason(item, node.code, node.message, node.remedy)


def _wait(growth: Growth, root: Root, ids: list[int], depth: int, data: bytes, *, alone: bool) -> None:
    """The item that entered last waits to be taken apart: the line of its ledger stays open until then.

    An extractor is handed a file: what was a range of its container until now gets bytes of its own. `alone`: it has.
    """
    item, first = ids[-1], len(ids) == 1
    digest, length = (root.digest, root.length) if first else (sha256(data).digest(), len(data))
    if root.place is None if first else not alone:
        growth.place(data, digest)
    growth.expect(item, 0)
    growth.stores.open(item, root.top or root.container or ids[0], depth, digest, length)


def state_of(node: Node) -> State:
    """What an item is, by the node of a checked answer."""
    assert node.state != "pending", "the pool resolves what is pending"
    if node.state == "packed":
        return "container"
    return "refused" if node.state == "quarantined" and node.code in REFUSED else node.state


def quarantined(code: str, message: str, remedy: str, form: str = "", context: bytes = b"") -> Answer:
    """The answer for an item that no worker was asked about."""
    return [Node(-1, "quarantined", form, context=context, code=code, message=message, remedy=remedy)]


def _prepared(growth: Growth, node: Node) -> Prepared | None:
    """What enters of the reading of a node, or None. A reading that breaks the model's rules puts the node into
    quarantine.
    """
    if node.state == "quarantined" and not node.code:
        node.code, node.message, node.remedy = "W-ANSWER", "the reader gave no reason", REPORT
    if node.checked is not None:
        checked: Prepared = node.checked
        return checked
    try:
        reading = checked_reading(node)
    except MALFORMED:
        node.state, node.reading = "quarantined", b""
        node.code, node.message = "W-ANSWER", "the reader gave an answer of the wrong form"
        node.remedy = REPORT
        return None
    return None if reading is None else growth.prepare(reading, node.reading)


def checked_reading(untrusted_node: Node) -> Reading | None:
    """The reading that a worker sent with a node, None where it has none. Raises one of `model.MALFORMED`."""
    if untrusted_node.state not in ("read", "empty"):
        return None
    untrusted_reading = decode_reading(untrusted_node.reading)
    check_reading(untrusted_reading)
    return untrusted_reading


def check_reading(untrusted_reading: Reading) -> None:
    """Raises msgspec.ValidationError where a reading breaks a rule of the model: type, labels, NFC, places of units."""
    if untrusted_reading.type not in _TYPES or not untrusted_reading.units:
        raise msgspec.ValidationError("type")
    if not 0 <= untrusted_reading.version < VERSIONS:
        raise msgspec.ValidationError("version")
    units = untrusted_reading.units
    if not LABELS.issuperset(map(_LABEL, units)):
        raise msgspec.ValidationError("label")
    if not all(map(str.isascii, map(_TEXT, units))):
        for unit in units:
            if not unicodedata.is_normalized("NFC", unit.text):
                raise msgspec.ValidationError("NFC")
    named = list(chain.from_iterable(map(_UNITS, untrusted_reading.fields)))
    if named and not 0 <= min(named) <= max(named) < len(units):
        raise msgspec.ValidationError("unit")


def enter_again(growth: Growth, root: Root, answer: Answer, report: Report) -> int:
    """Take a new try at an item that is in the archive. Still unread: only its reason and tries change."""
    reading = _prepared(growth, answer[0])
    tries = growth.renew(root.item, state_of(answer[0]), answer[0].form) + 1
    if reading is None and answer[0].state not in ("container", "packed"):
        report.quarantined += 1
        growth.add_reason(root.item, answer[0].code, answer[0].message, answer[0].remedy, tries)
        return root.item
    return enter(growth, root, answer, report)
