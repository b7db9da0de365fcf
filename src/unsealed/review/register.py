"""The register of protected people: who must never be named, and every way in which they may be called.

Takes an open archive; entries stand in its journal of decisions, which only grows: who said what, when. The newest word
on an entry counts. It is secret: never in a package, a log or an error message.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable

import msgspec

from unsealed.archive import Archive
from unsealed.errors import InputError
from unsealed.review.audit import ARCHIVE_ITEM, utc_now
from unsealed.review.events import PersonSaid, decode, encode
from unsealed.review.file import check_editor, check_reason
from unsealed.review.risk.entry import Entry, name_parts
from unsealed.review.rules import ALLOWED, Rules

COLUMNS = ("id", "name", "spellings", "nicknames", "titles", "ids", "reason", "note")
_LISTS = ("spellings", "nicknames", "titles", "ids")
_MOST = 100_000  # rows of a file
_LONGEST = 300  # characters of a name


class Register:
    """The register of one archive. `now` gives the time that is written beside each word."""

    def __init__(self, archive: Archive, *, now: Callable[[], str] = utc_now) -> None:
        self.archive = archive
        self._now = now

    def history(self, entry: str = "") -> list[tuple[str, PersonSaid]]:
        """Every word on the register, or on one entry, with the editor who said it, oldest first."""
        found = []
        for stored in self.archive.decisions(ARCHIVE_ITEM):
            said = decode(stored.payload)
            if isinstance(said, PersonSaid) and entry in ("", said.entry.id):
                found.append((stored.editor, said))
        return found

    def entries(self) -> list[Entry]:
        """The entries that stand, in the order in which they were first added."""
        newest: dict[str, PersonSaid] = {}
        for _, said in self.history():
            newest[said.entry.id] = said
        return [said.entry for said in newest.values() if not said.removed]

    def protected(self) -> list[Entry]:
        """Whom the leak check looks for: every entry ever said, until enough editors said it away.

        One editor may take an entry out, or say it anew with another name; what it was before stays protected until a
        second one says the same.
        """
        rules = Rules(self.archive.settings.review)
        return [entry for entry, against in self._against().items() if not rules.enough(ALLOWED, against)]

    def _against(self) -> dict[Entry, set[str]]:
        """Every version of every entry, with the editors who said it away since it was said last."""
        found: dict[Entry, set[str]] = {}
        for editor, said in self.history():
            for entry, against in found.items():
                if entry.id == said.entry.id and (said.removed or entry != said.entry):
                    against.add(editor)
            if not said.removed and said.entry not in found:
                found[said.entry] = set()
            elif not said.removed:
                found[said.entry].clear()
        return found

    def entry(self, number: str) -> Entry:
        """The entry with this id. Raises InputError where there is none."""
        for one in self.entries():
            if one.id == number:
                return one
        raise InputError("There is no such entry.", remedy="`unsealed review register list` shows them.")

    def digest(self) -> str:
        """Changes when an entry changes: what was searched with another one must be searched again."""
        return hashlib.sha256(msgspec.json.encode(self.entries())).hexdigest()[:16]

    def add(self, entry: Entry, editor: str) -> Entry:
        """Add an entry, or say one anew; without an id it gets the next one. Saying the same again changes nothing.

        Raises InputError for a name without letters, an unknown reason or an unknown editor.
        """
        return self.add_all([entry], editor)[0]

    def add_all(self, entries: list[Entry], editor: str) -> list[Entry]:
        """Add many in one transaction: all or none."""
        check_editor(editor, self.archive.settings.review)
        standing = {one.id: one for one in self.entries()}
        taken = {said.entry.id for _, said in self.history()}
        waiting = [one for one, against in self._against().items() if editor not in against]
        same = {_without_id(one): one for one in standing.values()}
        found: list[Entry] = []
        new: list[Entry] = []
        for entry in entries:
            self._check(entry)
            if not entry.id:
                entry = same.get(_without_id(entry)) or msgspec.structs.replace(entry, id=_next_id(taken))
                taken.add(entry.id)
            if standing.get(entry.id) != entry or any(one.id == entry.id and one != entry for one in waiting):
                new.append(entry)
                standing[entry.id] = entry
                same[_without_id(entry)] = entry
            found.append(entry)
        if new:
            self.archive.add_decisions(
                [(ARCHIVE_ITEM, editor, encode(PersonSaid(self._now(), entry))) for entry in new]
            )
        return found

    def remove(self, number: str, editor: str) -> None:
        """Take an entry out; what was said of it stays in the journal, and in the leak check until a second editor
        takes it out, too (`protected`). Raises InputError where there is none.
        """
        check_editor(editor, self.archive.settings.review)
        waiting = [one for one in self.protected() if one.id == number]
        entry = waiting[-1] if waiting else self.entry(number)
        self.archive.add_decisions([(ARCHIVE_ITEM, editor, encode(PersonSaid(self._now(), entry, removed=True)))])

    def _check(self, entry: Entry) -> None:
        check_reason(entry.reason, self.archive.settings.review)
        for name in (entry.name, *entry.spellings, *entry.nicknames):
            if not name_parts(name) or len(name) > _LONGEST:
                raise InputError(
                    "A name in the register has no letters, or more than 300.", remedy="Write each name as it is read."
                )


def _without_id(entry: Entry) -> Entry:
    return msgspec.structs.replace(entry, id="")


def _next_id(taken: set[str]) -> str:
    number = len(taken) + 1
    while f"P{number}" in taken:
        number += 1
    return f"P{number}"


def parse_csv(untrusted: bytes) -> list[Entry]:
    """Entries from a CSV file in UTF-8 with a heading: `name`, and any of `COLUMNS`; `;` stands between several values.

    Raises InputError for a file of another form; the message names the line, never what stands in it.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(untrusted.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("The register file is no CSV in UTF-8.", remedy="Export it again, with commas.") from error
    if not rows or "name" not in rows[0] or set(rows[0]) - set(COLUMNS) or len(rows) > _MOST:
        raise InputError(
            "The register file has no rows, or other columns than it may have.",
            remedy=f"Its first line names its columns: name, and any of {', '.join(COLUMNS)}.",
        )
    return [_entry(row, line) for line, row in enumerate(rows, 2)]


def _entry(row: dict[str, str | None], line: int) -> Entry:
    if None in row.values() or not (row["name"] or "").strip():
        raise InputError(f"Line {line} of the register file has no name, or too few columns.", remedy="Correct it.")
    given = {name: (value or "").strip() for name, value in row.items()}
    lists = {name: tuple(one.strip() for one in given.get(name, "").split(";") if one.strip()) for name in _LISTS}
    reason = given.get("reason", "") or "person-at-risk"
    return Entry(given.get("id", ""), given["name"], **lists, reason=reason, note=given.get("note", ""))
