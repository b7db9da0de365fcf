"""Every error a user can meet: one base class, few families, an exit code and a remedy on each.

An error names the thing, the place and the remedy. It never carries content of a document, a name of a
source, or a key. `docs/exit-codes.md` lists the codes; a test holds the two together.
"""

from __future__ import annotations

_LONGEST = 300  # characters of an outsider's word that a message repeats


def spelled(untrusted: str) -> str:
    """A name or word that an outsider chose, as it may stand inside a message: one line, no acting character.

    Everything that cannot be printed (new lines, tabs, escapes, characters that turn the direction), and the back
    slash itself, is written as in a string of Python; what is longer than 300 characters is cut in the middle.
    """
    if not untrusted.isprintable() or "\\" in untrusted:
        plain = (c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in untrusted)
        untrusted = "".join(plain)
    if len(untrusted) > _LONGEST:
        untrusted = f"{untrusted[: _LONGEST // 2]}…{untrusted[-_LONGEST // 2 :]}"
    return untrusted


class UnsealedError(Exception):
    """Base of all expected errors.

    `message` says what happened and where, `remedy` what to do about it (one sentence, may be empty).
    `exit_code` is what the command line ends with.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return self.message


class UsageError(UnsealedError):
    """The call itself is wrong: a flag, a query, a value."""

    exit_code = 2


class QueryError(UsageError):
    """A search query cannot be read. `position` is the 0-based character where it goes wrong."""

    def __init__(self, message: str, *, query: str, position: int, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.query = query
        self.position = position


class SetupError(UnsealedError):
    """This machine or installation lacks something: an extra, a tool, a setting."""

    exit_code = 3


class ArchiveError(UnsealedError):
    """The archive folder is missing, locked, damaged, or of a version that this program does not know."""

    exit_code = 4


class InputError(UnsealedError):
    """A file that was handed in cannot be used as what it was handed in for."""

    exit_code = 5


class HumanNeeded(UnsealedError):
    """A person has to decide first: an open ledger line, an undecided mark, a finding, a missing signature."""

    exit_code = 6


class KeysError(UnsealedError):
    """A key is missing, locked, of the wrong kind, or the passphrase is wrong."""

    exit_code = 7


class VerifyError(UnsealedError):
    """Not sealed: a proof, signature or log entry does not hold. `rule` is the short name of the one rule broken."""

    exit_code = 10

    def __init__(self, message: str, *, rule: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.rule = rule


class ForeignCut(VerifyError):
    """The words are sealed, but somebody other than the publisher chose what is hidden."""

    exit_code = 11


class SiteDiffers(VerifyError):
    """A file of a site or package is changed, missing or extra; the message names it."""

    exit_code = 12


class HistoryError(VerifyError):
    """The log contradicts what was seen before: rolled back, forked or truncated."""

    exit_code = 13


# Not an error, but an answer with an exit code of its own: consistent with itself, keys not checked.
EXIT_KEYS_NOT_CHECKED = 14
# Sealed, and cut as the publisher cut it, but later entries of the log took its place.
EXIT_NOT_IN_FORCE = 15
