"""Partners: who they are, what they were given, and until when. Read from the audit log, written to it.

Takes an open archive and the words of editors; gives values. The log is the only list: whoever changes it quietly
breaks its chain. A partner counts once enough editors named the same recipient, so that nobody can make themselves one.
What a bundle holds, `release.giving` decides.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from unsealed import age
from unsealed.archive import Archive
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, InputError, UsageError
from unsealed.files import hash_file, remove_durable
from unsealed.review import audit
from unsealed.review.desk import Desk
from unsealed.review.rules import ALLOWED, Rules

FOLDER = "partners"  # of the archive: what each bundle held, and where it was written
_NAME_LENGTH = 80  # characters
HAPPENED = ("handed-over", "opened", "deleted", "key-lost")  # what editors may note about a bundle


class Partner(NamedTuple):
    """Somebody outside who may be given bundles. `active` once enough editors named this recipient."""

    name: str
    recipient: str
    by: tuple[str, ...]
    active: bool


class Given(NamedTuple):
    """A bundle as the audit log has it. `ended`: what became of the file here in the end, empty: nothing yet."""

    number: int
    partner: str
    recipient: str
    date: str
    expires: str
    documents: int
    whole: bool
    sha256: str
    ended: str = ""
    notes: tuple[str, ...] = ()


class Ended(NamedTuple):
    """A bundle that was ended. `file`: deleted, gone (was not there any more) or changed (left where it is)."""

    number: int
    partner: str
    file: str


class Register:
    """All partners and bundles, as the audit log has them."""

    def __init__(self, archive: Archive) -> None:
        self._rules = Rules(archive.settings.review)
        self._named: dict[str, dict[str, list[str]]] = {}  # name -> recipient -> editors
        self._owners: dict[str, str] = {}  # recipient -> the name that it was given with, for ever
        self.given: dict[int, Given] = {}
        self._agreed: dict[tuple[str, str], set[str]] = {}  # partner, list -> editors
        for entry in audit.entries(archive):
            if entry.what.startswith("partner."):
                self._follow(entry)

    def _follow(self, entry: audit.Entry) -> None:
        about = entry.about
        name, number = about.get("partner", ""), int(about.get("bundle", "0"))
        match entry.what:
            case "partner.add":
                self._owners[about["recipient"]] = name
                self._named.setdefault(name, {}).setdefault(about["recipient"], []).append(entry.who)
            case "partner.remove":
                self._named.pop(name, None)
            case "partner.full":
                self._agreed.setdefault((name, about["list"]), set()).add(entry.who)
            case "partner.bundle":
                self.given[number] = _given(number, entry)
            case "partner.expired":
                self.given[number] = self.given[number]._replace(ended=about["file"])
            case "partner.note":
                line = f"{entry.at[:10]} {about['happened']}: {entry.why} ({entry.who})"
                self.given[number] = self.given[number]._replace(notes=(*self.given[number].notes, line))

    def partners(self) -> list[Partner]:
        """Everybody who was named and not removed, in order of the names."""
        return [
            Partner(name, recipient, tuple(by), self._rules.enough(ALLOWED, by))
            for name, recipients in sorted(self._named.items())
            for recipient, by in recipients.items()
        ]

    def active(self, name: str) -> Partner:
        """The partner of this name. Raises InputError where there is none, or too few editors named them."""
        found = [one for one in self.partners() if one.name == name]
        for one in found:
            if one.active:
                return one
        if found:
            raise InputError(
                "This partner still waits for another editor.",
                remedy="A second editor names them with the same recipient: unsealed partner add",
            )
        raise InputError("There is no partner of this name.", remedy="`unsealed partner list` shows them.")

    def owner(self, recipient: str) -> str:
        """The name that a recipient was ever given with, or nothing."""
        return self._owners.get(recipient, "")

    def agreed(self, partner: Partner, listed: str) -> bool:
        """Whether enough editors agreed that a partner gets exactly these documents whole."""
        return self._rules.enough(ALLOWED, self._agreed.get((partner.name, listed), ()))

    def bundle(self, number: int) -> Given:
        """A bundle by its number. Raises InputError where there is none."""
        if number not in self.given:
            raise InputError(f"There is no bundle {number}.", remedy="`unsealed partner list` shows them.")
        return self.given[number]


def _given(number: int, entry: audit.Entry) -> Given:
    about = entry.about
    return Given(
        number, about["partner"], about["recipient"], about["date"], about["expires"], int(about["documents"]),
        about["whole"] == "yes", about["sha256"],
    )  # fmt: skip


# --- naming ---------------------------------------------------------------------------------------------


def add_partner(archive: Archive, name: str, untrusted_recipient: str, editor: str, *, why: str) -> Partner:
    """Say that `name` may be given bundles, which only the key of this recipient opens. Safe to repeat.

    Raises InputError for another recipient than one of age, one that another partner has or had, a partner who has
    another one already, a name that cannot be printed on a bundle, or an editor who may not decide.
    """
    check_decider(archive, editor)
    recipient, register = age.check_recipient(untrusted_recipient), Register(archive)
    if not name.strip() or name != " ".join(name.split()) or not name.isprintable() or len(name) > _NAME_LENGTH:
        raise UsageError("A partner's name is plain words.", remedy=f"Use at most {_NAME_LENGTH} characters.")
    if register.owner(recipient) not in ("", name):
        raise InputError(
            "This recipient was given for another partner.",
            remedy="Each partner has a key of its own: let them make one with `age-keygen`.",
        )
    named = [one for one in register.partners() if one.name == name]
    if any(one.active and one.recipient != recipient for one in named):
        raise InputError(
            "This partner has another recipient.", remedy="Remove the partner first: unsealed partner remove"
        )
    if not any(one.recipient == recipient and editor in one.by for one in named):
        audit.record(archive, editor, "partner.add", why, about={"partner": name, "recipient": recipient})
    return next(one for one in Register(archive).partners() if (one.name, one.recipient) == (name, recipient))


def remove_partner(archive: Archive, name: str, editor: str, *, why: str) -> list[Given]:
    """No bundle is made for this partner any more; those that still lie here are deleted. Gives all they ever got.

    That is what their key opens, for ever: it is what a lost key exposes. Raises InputError for an unknown partner.
    """
    check_decider(archive, editor)
    register = Register(archive)
    if name not in {one.name for one in register.partners()}:
        raise InputError("There is no partner of this name.", remedy="`unsealed partner list` shows them.")
    audit.record(archive, editor, "partner.remove", why, about={"partner": name})
    theirs = [one for one in register.given.values() if one.partner == name]
    _end(archive, theirs, editor, "the partner was removed")
    return theirs


def note(archive: Archive, number: int, happened: str, editor: str, *, why: str) -> None:
    """Write down what is known of a bundle: that it was handed over, opened, deleted, or that its key is lost."""
    check_decider(archive, editor)
    if happened not in HAPPENED:
        raise UsageError("That is nothing that happens to a bundle.", remedy=f"Use one of: {', '.join(HAPPENED)}.")
    given = Register(archive).bundle(number)
    about: dict[str, str | int] = {"partner": given.partner, "bundle": number, "happened": happened}
    audit.record(archive, editor, "partner.note", why, about=about)


def agree_whole(archive: Archive, name: str, chosen: Iterable[tuple[int, int]], editor: str, *, why: str) -> bool:
    """Say that a partner gets these (item, row) whole, with what is withheld. Gives whether enough editors have.

    It counts for these readings and this recipient alone: with another document or another key it is asked again.
    """
    check_decider(archive, editor)
    register, pairs = Register(archive), list(chosen)
    partner = register.active(name)
    listed = list_digest(partner, pairs)
    about: dict[str, str | int] = {"partner": name, "list": listed, "documents": len(pairs)}
    audit.record(archive, editor, "partner.full", why, about=about)
    return Register(archive).agreed(partner, listed)


def list_digest(partner: Partner, chosen: Iterable[tuple[int, int]]) -> str:
    """What names a list of documents for one partner, in hex."""
    rows = "".join(f"{item}:{row}\n" for item, row in sorted(chosen))
    return sha256(f"{partner.recipient}\n{rows}".encode()).hexdigest()


def check_decider(archive: Archive, editor: str) -> None:
    """Raises InputError unless this editor may decide."""
    Desk(archive).rules.check_may(editor, "decide")


# --- the end --------------------------------------------------------------------------------------------


def expire(archive: Archive, who: str, today: str) -> list[Ended]:
    """Delete every bundle that lies here and whose last day is over. What was fetched before, nobody can recall.

    Killed in between, the next run ends the rest.
    """
    over = [one for one in Register(archive).given.values() if not one.ended and one.expires < today]
    return _end(archive, over, who, "its last day is over")


def _end(archive: Archive, bundles: Iterable[Given], who: str, why: str) -> list[Ended]:
    found = []
    for one in bundles:
        if one.ended:
            continue
        file = _delete(_written_to(archive, one.number), one.sha256)
        about: dict[str, str | int] = {"partner": one.partner, "bundle": one.number, "file": file}
        audit.record(archive, who, "partner.expired", why, about=about)
        found.append(Ended(one.number, one.partner, file))
    return found


def holding(archive: Archive, items: Collection[int]) -> list[Given]:
    """The bundles that hold any of these documents: who has the words that an editor is about to mark.

    Raises ArchiveError where the archive does not know any more what a bundle held.
    """
    found = []
    for number, given in sorted(Register(archive).given.items()):
        kept = _kept(archive, number)
        if kept is None:
            raise ArchiveError(
                f"What bundle {number} held is not known any more.", remedy=f"Restore {FOLDER}/ from a backup."
            )
        if any(one["item"] in items for one in kept["manifest"]["documents"]):
            found.append(given)
    return found


def _kept(archive: Archive, number: int) -> dict[str, Any] | None:
    """What the archive keeps of a bundle, None where it was lost."""
    try:
        kept: dict[str, Any] = json.loads((archive.path / FOLDER / f"{number:04}.json").read_bytes())
    except FileNotFoundError:
        return None
    return kept


def _written_to(archive: Archive, number: int) -> Path | None:
    kept = _kept(archive, number)
    return Path(kept["file"]) if kept else None


def _delete(path: Path | None, digest: str) -> str:
    """Delete the file where it is the bundle still: another file of that name is not ours to delete."""
    if path is None or not path.is_file() or path.is_symlink():
        return "gone"
    if hash_file(path)[0].hex() != digest:
        return "changed"
    remove_durable(path)
    return "deleted"


def parse_day(text: str) -> str:
    """A day as ISO. Raises UsageError."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError("A day is written as 2026-11-22.", remedy="Use year, month and day.") from error
