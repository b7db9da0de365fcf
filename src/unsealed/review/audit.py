"""The audit log: everything that a person did, each record chained to the one before it. Written here, checked here.

Takes an open archive; gives numbered records, or the first place where the chain does not hold. The log is the
archive's journal of decisions itself (docs/formats/audit.md): marks, votes and allowances stand in it because they are
written nowhere else, and `record` adds whatever else somebody did. Nothing here can change or remove a record.
"""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from unsealed.archive import Archive
from unsealed.archive.chain import START, link
from unsealed.archive.records import StoredDecision
from unsealed.crypto import sha256
from unsealed.errors import HistoryError, UsageError
from unsealed.review.events import (
    ActSaid,
    AllowSaid,
    ConsultSaid,
    MarkSaid,
    ReplySaid,
    Said,
    VoteSaid,
    decode,
    encode,
)

ARCHIVE_ITEM = 0  # the item number under which words about the archive as a whole are kept

_SETTINGS = "audit.settings"  # of the archive's small texts
_WHAT = re.compile(r"[a-z][a-z0-9]*(?:[.-][a-z0-9]+)+")
_WHY_LENGTH = 2000  # characters
_ABOUT_LENGTH = 500  # characters of one value
_HEAD = re.compile(r"(\d{1,12}):([0-9a-f]{64})")


def utc_now() -> str:
    """The time of this moment, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def account() -> str:
    """Who, where no name was asked for: `shell:` and the account that this program runs under, as the system has it.

    Not what the environment says: variables are set by whoever types the command.
    """
    number = os.getuid()
    try:
        return f"shell:{pwd.getpwuid(number).pw_name}"
    except KeyError:  # an account without a name, as in a container
        return f"shell:{number}"


class Head(NamedTuple):
    """Where the chain stood once: how many records it had, and the hash of the last one (zeros: of none)."""

    length: int
    link: bytes

    def __str__(self) -> str:
        return f"{self.length}:{self.link.hex()}"


class Entry(NamedTuple):
    """One record for people. `item`: the document that it is about, 0: none; `about`: names and numbers."""

    number: int
    who: str
    at: str
    what: str
    why: str
    item: int
    about: dict[str, str]
    link: bytes


# --- writing --------------------------------------------------------------------------------------------


def record(
    archive: Archive,
    who: str,
    what: str,
    why: str,
    *,
    item: int = ARCHIVE_ITEM,
    about: Mapping[str, str | int] | None = None,
    bearing: bool = False,
    now: Callable[[], str] = utc_now,
) -> int:
    """Write down that `who` did `what` (a code such as `partner.download`) and `why`; durable; gives its number.

    `about` are names and numbers by which the thing is found again (a release, a partner, a digest), never content of
    documents. `bearing`: it changes what may go out, so that built releases are checked again before they are signed.
    Raises UsageError for an empty or unprintable who or why, a `what` that is no code, or too many words.
    """
    said = ActSaid(now(), what, why, {key: str(value) for key, value in (about or {}).items()}, bearing)
    _check_act(who, said)
    return archive.add_decisions([(item, who, encode(said))])[0]


def _check_act(who: str, said: ActSaid) -> None:
    if not _WHAT.fullmatch(said.what):
        raise UsageError("What was done is written as a code.", remedy="For example `partner.download`.")
    if not who.strip() or not who.isprintable():
        raise UsageError("The audit log needs to know who did it.", remedy="Name the person.")
    if not said.why.strip() or len(said.why) > _WHY_LENGTH:
        raise UsageError(
            "The audit log needs to know why.", remedy=f"Give a reason of at most {_WHY_LENGTH} characters."
        )
    if any(len(value) > _ABOUT_LENGTH for value in said.about.values()):
        raise UsageError("A value for the audit log is too long.", remedy=f"At most {_ABOUT_LENGTH} characters each.")


def settings_record(archive: Archive, now: Callable[[], str]) -> list[tuple[int, str, bytes]]:
    """The record of who may do what, where the log does not have the settings of today yet; else nothing."""
    if archive.get_meta(_SETTINGS) == _settings_digest(archive):
        return []
    review = archive.settings.review
    about = {
        "editors": ", ".join(review.editors),
        "needed": str(review.editors_needed),
        "roles": msgspec.json.encode(review.roles).decode(),
        "rules": msgspec.json.encode(review.rules).decode(),
        "reasons": ", ".join(f"{reason.number} {reason.code}" for reason in review.reasons),
    }
    said = ActSaid(now(), "settings.review", "these stand in unsealed.toml since the record before", about)
    return [(ARCHIVE_ITEM, "unsealed.toml", encode(said))]


def note_settings(archive: Archive) -> None:
    """Remember which settings the log has, so that they are not written down again."""
    archive.put_meta(_SETTINGS, _settings_digest(archive))


def _settings_digest(archive: Archive) -> str:
    return sha256(msgspec.json.encode(archive.settings.review)).hexdigest()


def bears(payload: bytes) -> bool:
    """Whether a record changes what may go out: every mark, vote and allowance does, of acts only some.

    To ask somebody outside, and what they reply, changes nothing by itself: editors decide.
    """
    said = decode(payload)
    if isinstance(said, ConsultSaid | ReplySaid):
        return False
    return not isinstance(said, ActSaid) or said.bearing


# --- reading --------------------------------------------------------------------------------------------


def head(archive: Archive) -> Head:
    """Where the chain stands now. Nothing is checked."""
    last = archive.last_decision()
    return Head(last.id, last.link) if last else Head(0, START)


def entries(archive: Archive, after: int = 0) -> Iterator[Entry]:
    """Every record behind number `after`, in order, streaming."""
    reasons: dict[int, str] = {}
    for one in archive.journal(after):
        yield _entry(one, decode(one.payload), reasons)


def _entry(one: StoredDecision, said: Said, reasons: dict[int, str]) -> Entry:
    what, why, about = _words(one.id, said, reasons)
    return Entry(one.id, one.editor, said.at, what, why, one.item, about, one.link)


def _words(number: int, said: Said, reasons: dict[int, str]) -> tuple[str, str, dict[str, str]]:
    """What, why and about. `reasons` keeps the reason of each mark, which is why somebody agrees with it."""
    if isinstance(said, MarkSaid):
        reasons[number] = said.reason
        about = {"mark": f"m{number}", "row": str(said.row), "unit": str(said.unit)}
        about |= {"start": str(said.start), "end": str(said.end)}
        about |= {"supersedes": f"m{said.supersedes}"} if said.supersedes else {}
        about |= {"says": said.says} if said.says else {}
        return "mark", said.reason + (f": {said.note}" if said.note else ""), about
    if isinstance(said, VoteSaid):
        if said.mark:
            return said.verdict, said.why or reasons.get(said.mark, ""), {"mark": f"m{said.mark}"}
        why = "nothing more is to be withheld" if said.verdict == "accept" else "taken back"
        return "clear" if said.verdict == "accept" else "unclear", said.why or why, {"row": str(said.row)}
    if isinstance(said, AllowSaid):
        return "allow", said.reason, {"text": said.text}
    return said.what, said.why, dict(said.about)


# --- checking -------------------------------------------------------------------------------------------


def parse_head(text: str) -> Head:
    """A head as `unsealed audit head` prints it. Raises UsageError."""
    match = _HEAD.fullmatch(text.strip())
    if not match:
        raise UsageError("That is no head of an audit log.", remedy="`unsealed audit head` prints one: COUNT:HASH.")
    return Head(int(match[1]), bytes.fromhex(match[2]))


def verify(
    archive: Archive, remembered: Sequence[tuple[str, Head]] = (), *, tell: Callable[[int], None] = lambda done: None
) -> Head:
    """Check every record of the chain, and that it still holds the heads that were `remembered` (name, head).

    Gives the head. Raises HistoryError naming the first record that is changed, missing, inserted or out of order,
    and the heads that are not on the chain. One pass; memory does not grow with the log.
    """
    wanted: dict[int, list[tuple[str, bytes]]] = {}
    for name, one in remembered:
        wanted.setdefault(one.length, []).append((name, one.link))
    now = Head(0, START)
    _compare(now, wanted)
    for stored in archive.journal():
        now = Head(stored.id, _follow(now, stored))
        _compare(now, wanted)
        tell(now.length)
    for count in sorted(wanted):
        raise _broken(
            f"{wanted[count][0][0]} remembers {count:,} records, but the audit log ends with number {now.length:,}: "
            f"its tail, from number {now.length + 1:,} on, was cut off."
        )
    return now


def _follow(before: Head, stored: StoredDecision) -> bytes:
    """The link of the record behind `before`. Raises HistoryError where this is not it."""
    number = before.length + 1
    if stored.id != number:
        raise _broken(f"Record {number:,} of the audit log is missing; number {stored.id:,} follows.")
    if link(before.link, stored.id, stored.item, stored.editor, stored.payload) != stored.link:
        raise _broken(
            f"Record {number:,} of the audit log is not the one that was written there: it was changed, inserted or "
            "moved, or one before it was."
        )
    return stored.link


def _compare(now: Head, wanted: dict[int, list[tuple[str, bytes]]]) -> None:
    for name, expected in wanted.pop(now.length, ()):
        if expected != now.link:
            raise _broken(
                f"{name} remembers another audit log: its first {now.length:,} records were written anew since.",
            )


def _broken(message: str) -> HistoryError:
    return HistoryError(
        message,
        rule="audit-chain",
        remedy="Somebody changed the database beside this program. Restore it from a backup, and compare the two.",
    )


def as_json(entry: Entry) -> dict[str, Any]:
    """A record as `unsealed audit export` writes it (docs/formats/audit.md)."""
    return {
        "number": entry.number, "who": entry.who, "at": entry.at, "what": entry.what, "why": entry.why,
        "document": entry.item, "about": entry.about, "link": entry.link.hex(),
    }  # fmt: skip
