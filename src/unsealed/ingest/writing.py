"""From batches and their answers to the catalogue: the one writer, in the order in which things were handed out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unsealed.archive import REST, Archive, Growth, MemberFacts, NewItem, SourceProblem
from unsealed.crypto import sha256
from unsealed.ingest import sources, tree
from unsealed.ingest.journal import Report
from unsealed.ingest.steps import Batch, Container, Entry, Root
from unsealed.ingest.wire import Answer, Node, Task

_NOTHING = sha256(b"").digest()
LOOK_AGAIN = "Look for a whole copy of the container."


class Writer:
    """Enters what a run found. `report` counts it; `tries`: how often containers that are opened again were tried."""

    def __init__(self, archive: Archive, report: Report, tries: Mapping[int, int] | None = None) -> None:
        self._archive = archive
        self.report = report
        self._tries = tries or {}
        self._ordinals: tuple[int, dict[int, int]] = (0, {})  # of one container: ordinal to item, not yet committed

    def enter(self, growth: Growth, batch: Batch, answers: Iterator[Answer]) -> None:
        """Take a batch with the answers to its tasks."""
        tasks = iter(batch.tasks)
        for entry in batch.entries:
            match entry.kind:
                case "file" | "again":
                    self._file(growth, entry, tasks, answers)
                case "open":
                    self._open(growth, entry)
                case "piece":
                    self._piece(growth, entry, tasks, answers)
                case "close":
                    self._close(growth, entry)
                case "member":
                    self._member(growth, entry, tasks, answers)
                case "unpacked":
                    self._unpacked(growth, entry)
                case _:
                    self._trouble(growth, entry)

    def _file(self, growth: Growth, entry: Entry, tasks: Iterator[Task], answers: Iterator[Answer]) -> None:
        assert entry.listed is not None
        self.report.files += 1
        self.report.bytes += entry.length
        data, answer = _answered(entry, tasks, answers)
        known = growth.known_file(entry.digest)
        if known:
            growth.add_path(known, entry.listed.path)
            self.report.duplicates += 1
            return
        place = entry.place or growth.place(entry.data, entry.digest)
        tree.enter(growth, Root(entry.listed.path, data, entry.digest, entry.length, place), answer, self.report)

    def _open(self, growth: Growth, entry: Entry) -> None:
        assert entry.listed is not None
        assert entry.container is not None
        self.report.files += 1
        entry.container.item = growth.add_container(
            entry.listed.path, entry.digest, entry.length, entry.container.form, entry.place
        )

    def _piece(self, growth: Growth, entry: Entry, tasks: Iterator[Task], answers: Iterator[Answer]) -> None:
        container = _container(entry)
        growth.expect(container.item, 1)
        if container.top:
            growth.stores.count(container.item, 1, 0)
        else:
            self.report.bytes += entry.end - container.counted
            container.counted = entry.end
        if not entry.asked:
            form = "" if entry.code == "W-CUT" else container.form
            data, answer = b"", tree.quarantined(entry.code, entry.message, entry.remedy, form, entry.context)
        else:
            data, answer = next(tasks).data, next(answers)
        root = Root(
            "", data, entry.digest, entry.length, None, container.item, entry.ordinal, entry.start, entry.end,
            top=container.top, depth=container.depth + 1,
        )  # fmt: skip
        tree.enter(growth, root, answer, self.report)

    def _close(self, growth: Growth, entry: Entry) -> None:
        container = _container(entry)
        if container.top:
            self._count_unpacked(container)
        else:
            self.report.bytes += container.length - container.counted
        growth.close_container(container.item)
        if entry.second >= 0:
            if not container.top:
                growth.stores.open(container.item, container.item, 0, container.digest, container.length)
            growth.stores.end(container.item, -1, entry.second, "")

    def _member(self, growth: Growth, entry: Entry, tasks: Iterator[Task], answers: Iterator[Answer]) -> None:
        container, member = _container(entry), entry.member
        assert member is not None
        if entry.instead:
            self._instead(growth, entry, _answered(entry, tasks, answers))
            return
        growth.expect(container.item, 1)
        growth.stores.count(container.item, 1, entry.out)
        self.report.members += 1
        self.report.member_bytes += entry.length if entry.start < 0 else 0
        parent = self._item_at(container.item, member.attached) if member.attached else 0
        if entry.listed_only:
            new = NewItem(
                container.item, entry.ordinal, parent, member.name, 0, 0, _NOTHING, 0, "listed", member.kind, b""
            )  # fmt: skip
            item = growth.add_item(new)
        else:
            item = self._with_bytes(growth, entry, container, parent, _answered(entry, tasks, answers))
        facts = MemberFacts(
            member.raw, member.kind, member.target, member.time, member.mode, member.size, member.flags
        )  # fmt: skip
        growth.stores.describe(item, facts)
        self._remember(container.item, entry.ordinal, item)

    def _with_bytes(
        self, growth: Growth, entry: Entry, container: Container, parent: int, answered: tuple[bytes, Answer]
    ) -> int:
        data, answer = answered
        assert entry.member is not None
        place = None
        if entry.start < 0:
            place = entry.place or growth.place(entry.data, entry.digest)
        root = Root(
            entry.member.name, data, entry.digest, entry.length, place, container.item, entry.ordinal, entry.start,
            entry.end, parent=parent, top=container.top, depth=container.depth + 1,
        )  # fmt: skip
        own = answer[0].code
        item = tree.enter(growth, root, answer, self.report)
        if entry.code and entry.code != own:
            # Damaged, but there: what came was read, and says so. A reader that refused it has the last word.
            if not answer[0].code:
                growth.add_reason(item, entry.code, entry.message, entry.remedy)
            self.report.damaged += 1
        return item

    def _instead(self, growth: Growth, entry: Entry, answered: tuple[bytes, Answer]) -> None:
        """Another try at a member: what came lies in the item that stood for it until now."""
        assert entry.member is not None
        data, answer = answered
        container, item = _container(entry), entry.instead
        if entry.start >= 0:
            node = answer[0]
            tries = growth.renew(item, tree.state_of(node), "") + 1
            growth.add_reason(item, node.code, node.message, node.remedy, tries)
            return
        growth.renew(item, "container", "")
        growth.expect(item, 1)
        place = entry.place or growth.place(entry.data, entry.digest)
        root = Root(
            entry.member.name, data, entry.digest, entry.length, place, item, 1, top=container.top,
            depth=container.depth + 2,
        )  # fmt: skip
        tree.enter(growth, root, answer, self.report)
        growth.close_container(item)

    def _item_at(self, container: int, ordinal: int) -> int:
        at, known = self._ordinals
        return (known.get(ordinal, 0) if at == container else 0) or self._archive.member_at(container, ordinal)

    def _remember(self, container: int, ordinal: int, item: int) -> None:
        if self._ordinals[0] != container:
            self._ordinals = (container, {})
        self._ordinals[1][ordinal] = item

    def committed(self) -> None:
        """Everything so far is in the catalogue: it can be asked for it."""
        self._ordinals = (0, {})

    def _unpacked(self, growth: Growth, entry: Entry) -> None:
        container, end = _container(entry), entry.end_of
        assert end is not None
        self._count_unpacked(container)
        if entry.settle:
            self._settle(growth, container, Node(-1, "quarantined", container.form, code=end.code, message=end.message,
                                                 remedy=end.remedy))  # fmt: skip
            return
        self._missing(growth, entry, end.expected - (entry.ordinal - end.rests))
        growth.close_container(container.item)
        growth.stores.end(container.item, end.expected, end.second, " ".join(end.warnings))
        if end.code:
            growth.add_reason(container.item, end.code, end.message, end.remedy, self._tried(container.item))

    def _settle(self, growth: Growth, container: Container, node: Node) -> None:
        """A container of which nothing came is an unread item, with its reason."""
        item = container.item
        growth.renew(item, tree.state_of(node), container.form)
        growth.add_reading(item, tree.UNREAD, tree.UNREAD_BYTES)
        growth.add_reason(item, node.code, node.message, node.remedy, self._tried(item))
        self.report.documents += 1
        self.report.quarantined += 1

    def _tried(self, item: int) -> int:
        """This try's number."""
        return self._tries.get(item, 0) + 1

    def _missing(self, growth: Growth, entry: Entry, missing: int) -> None:
        """What the directory promises, or the damage hides, and did not come: one line of the ledger says how much."""
        container, end = _container(entry), entry.end_of
        assert end is not None
        known = self._archive.member_at(container.item, REST)
        if end.code == "A-SAME" or not (missing > 0 or (end.code and end.expected < 0)):
            if known:  # an earlier try left it open
                growth.renew(known, "listed", "")
            return
        code, remedy = end.code or "A-MISSING", end.remedy or LOOK_AGAIN
        message = f"{missing} more members that its directory lists" if missing > 0 else "what lies behind the damage"
        answer = tree.quarantined(code, f"{message}: not taken out", remedy)
        if known:
            tries = growth.renew(known, tree.state_of(answer[0]), "") + 1
            growth.add_reason(known, code, answer[0].message, remedy, tries)
            return
        growth.expect(container.item, 1)
        root = Root(
            "", b"", _NOTHING, 0, None, container.item, REST, 0, 0, top=container.top, depth=container.depth + 1
        )  # fmt: skip
        item = tree.enter(growth, root, answer, self.report)
        growth.stores.describe(item, MemberFacts(b"", "missing"))

    def _count_unpacked(self, container: Container) -> None:
        self.report.unpacked += 1
        self.report.unpacked_bytes += container.length

    def _trouble(self, growth: Growth, entry: Entry) -> None:
        assert entry.listed is not None
        message, remedy, skipped = sources.TROUBLE[entry.code]
        growth.add_problem(SourceProblem(entry.listed.path, entry.code, message, remedy, skipped))
        self.report.skipped += skipped
        self.report.unreachable += not skipped


def _container(entry: Entry) -> Container:
    assert entry.container is not None
    return entry.container


def _answered(entry: Entry, tasks: Iterator[Task], answers: Iterator[Answer]) -> tuple[bytes, Answer]:
    """The bytes and the answer of an entry that a worker was asked about, or the answer that needs none."""
    if entry.asked:
        return next(tasks).data, next(answers)
    if entry.packed:
        return b"", [Node(-1, "packed", entry.packed)]
    if entry.kind == "again":
        return b"", []
    return b"", tree.quarantined(entry.code, entry.message, entry.remedy)
