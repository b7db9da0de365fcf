"""The ledger in words: one sentence that adds up, and the lines that a person wants to see."""

from __future__ import annotations

from typing import NamedTuple

from unsealed.archive import ContainerLine, Totals
from unsealed.ingest.journal import Report


class Row(NamedTuple):
    """One row of `unsealed status`: what holds the items, what became of them, a second count (-1: none)."""

    what: str
    form: str
    expected: int
    read: int
    empty: int
    quarantined: int
    refused: int
    listed: int
    opened: int
    open: int
    second: int


def sentence(totals: Totals) -> str:
    """What was read and what was not, in one sentence whose numbers add up."""
    documents = totals.read + totals.empty
    parts = [f"{_count(documents, 'document')} from {_count(totals.files, 'file')}"]
    if totals.quarantined:
        parts.append(f"{totals.quarantined:,} in quarantine")
    if totals.refused:
        parts.append(f"{totals.refused:,} refused at a limit")
    if totals.duplicates:
        parts.append(f"{_count(totals.duplicates, 'exact duplicate')} kept once")
    if totals.skipped:
        parts.append(f"{_count(totals.skipped, 'source')} left out by a rule (see --quarantine)")
    terms = [f"{totals.read:,} read"]
    if totals.empty:
        terms.append(f"{totals.empty:,} without text")
    if totals.quarantined:
        terms.append(f"{totals.quarantined:,} quarantined")
    if totals.refused:
        terms.append(f"{totals.refused:,} refused")
    balance = f"{totals.expected:,} expected = {' + '.join(terms)}"
    parts.append(f"nothing lost: {balance}" if not totals.open else f"{totals.open:,} open: {_open(totals)}")
    return "; ".join(parts)


def outside(lines: list[ContainerLine]) -> str:
    """What volumes hold beside their documents, in one sentence; empty where there is nothing."""
    found = [line.outside for line in lines if line.outside]
    if not found:
        return ""
    size, where = f"{sum(found):,} bytes", _count(len(found), "volume")
    return f"Front matter and text between documents is not read: {size} of {where}, kept in the originals"


def _open(totals: Totals) -> str:
    got = totals.read + totals.empty + totals.quarantined + totals.refused
    if totals.unreachable:
        return f"{_count(totals.unreachable, 'source')} could not be opened (see --quarantine)"
    if totals.expected != got:
        return f"{totals.expected:,} expected, {got:,} accounted for"
    return "the last run of ingest did not end; run `unsealed ingest` to go on"


def promises(lines: list[ContainerLine]) -> list[str]:
    """Where a container's own directory, or a second count, says something else than what came out; one line each."""
    said: list[str] = []
    for line in lines:
        counts = [f"its directory says {line.promised:,}"] * (line.promised >= 0)
        counts += [f"a second count says {line.second:,}"] * (line.second >= 0)
        differ = {line.promised, line.second} - {-1, line.expected}
        if differ and line.code != "A-SAME":
            found = f"{_count(line.expected, 'line')} in the ledger"
            said.append(f"{line.path or f'in item {line.item}'} (item {line.item}): {found}; {'; '.join(counts)}")
    return said


def rates(report: Report) -> list[str]:
    """What a run did in a second, stage by stage; empty where it took no time."""
    said: list[str] = []
    for what, documents, size, seconds in (
        ("files", report.documents - report.unpacking_documents, report.bytes, report.reading_seconds),
        ("members of containers", report.unpacking_documents, report.member_bytes, report.unpacking_seconds),
    ):  # fmt: skip
        if documents and seconds >= 0.001:
            rate = f"{documents / seconds:,.0f} documents/s, {size / seconds / 1e6:,.1f} MB/s"
            said.append(f"{what}: {_count(documents, 'document')} in {seconds:,.1f} s ({rate})")
    return said


def rows(lines: list[ContainerLine], limit: int = 40) -> list[Row]:
    """The ledger as rows: the files handed in, each container (the first `limit`), attachments in one row."""
    containers = [line for line in lines if not line.document and line.item]
    mails = [line for line in lines if line.document]
    shown = [_row(line.path or f"in item {line.item}", line.form, [line]) for line in containers[:limit]]
    if len(containers) > limit:
        rest = containers[limit:]
        shown.append(_row(f"{len(rest):,} more containers", "", rest))
    first = [_row("files handed in", "", [line]) for line in lines if not line.item]
    last = [_row(f"attachments of {_count(len(mails), 'document')}", "", mails)] if mails else []
    return [*first, *shown, *last]


def _row(what: str, form: str, lines: list[ContainerLine]) -> Row:
    def add(name: str) -> int:
        return sum(getattr(line, name) for line in lines)

    second = lines[0].second if len(lines) == 1 else -1
    return Row(what, form, *[*map(add, Row._fields[2:-1]), second])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
