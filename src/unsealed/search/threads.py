"""Conversations: which messages answer which, across mailboxes, by their ids, else by what they say of each other.

Works on a connection of the enrichment's cache and holds three tables there. `mails` has one line a message;
`known_ids` says to which thread an id belongs, held or only cited; `guesses` links a message to the one that it
seems to answer. Threads by ids are joined as messages come, in any order, and bear the number of their first item.
Guesses are made anew, for every subject that was touched, when a pass ends: they depend on the messages alone.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import msgspec

from unsealed.archive import StoredReading
from unsealed.query import words

TABLES = """
CREATE TABLE mails (item INTEGER PRIMARY KEY, thread INTEGER NOT NULL, own TEXT NOT NULL, answers TEXT NOT NULL,
  subject TEXT NOT NULL, marked INTEGER NOT NULL, people TEXT NOT NULL, sender TEXT NOT NULL, day INTEGER NOT NULL,
  stamp TEXT NOT NULL);
CREATE INDEX mails_thread ON mails (thread);
CREATE INDEX mails_own ON mails (own) WHERE own != '';
CREATE INDEX mails_subject ON mails (subject) WHERE subject != '';
CREATE TABLE known_ids (id TEXT PRIMARY KEY, thread INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX known_ids_thread ON known_ids (thread);
CREATE TABLE guesses (item INTEGER PRIMARY KEY, answers INTEGER NOT NULL);
CREATE INDEX guesses_answers ON guesses (answers);
CREATE TABLE touched (subject TEXT PRIMARY KEY) WITHOUT ROWID;
"""
DAYS = 90  # between a message and an answer that names it by its subject alone
MOST = 5000  # messages of one conversation that are shown; more is a list or a fault
_ALIKE = 400  # messages of one subject among which answers are guessed; more share a form, not a conversation
_ANSWER = re.compile(
    r"\s*(?:(?:re|fw|fwd|aw|wg|antw|tr|rv|sv|vs|vb|odp|rif|res|enc|ответ|отв|رد|回复|答复|转发|回覆|轉寄)"
    r"(?:\s?[\[(^]\d{1,3}[\])]?)?\s*[:：]|\[[^\]\s]{1,40}\](?=\s*\S))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>\"'(),;:\[\]]{1,64}@[^\s<>\"'(),;:\[\]]{1,255}")
_FIELDS = frozenset({"message-id", "in-reply-to", "thread"})


class Message(NamedTuple):
    """A message of a conversation. `answers`: the item that it answers, 0 where that is not held. `how`: `id` where it
    says so, `subject` where its subject, its people and its date make it likely, empty for the first one.
    """

    item: int
    date: str
    sender: str
    answers: int
    how: str


class Mail(NamedTuple):
    """What a reading says of itself as a message."""

    own: str
    cited: tuple[str, ...]
    subject: str
    marked: bool
    people: tuple[str, ...]
    sender: str
    stamp: str


def mail_of(stored: StoredReading) -> Mail | None:
    """The message in a reading; None where it is none."""
    reading = stored.reading
    if reading.type != "email" and not any(field.name in _FIELDS for field in reading.fields):
        return None
    base, marked = _base(reading.first("subject"))
    cited = [reading.first("in-reply-to"), *reversed(reading.all("thread"))]
    people = [_person(value) for name in ("from", "to", "cc", "bcc") for value in reading.all(name)]
    return Mail(
        _id(reading.first("message-id")),
        tuple(dict.fromkeys(_id(value) for value in cited if _id(value))),
        base,
        marked,
        tuple(sorted({person for person in people if person})),
        _person(reading.first("from")),
        reading.first("date"),
    )


def _id(value: str) -> str:
    return value.strip().strip("<>").strip()[:1000]


def _person(value: str) -> str:
    """A person by the address, else by the words of the name."""
    address = _ADDRESS.search(value)
    return address[0].casefold() if address else " ".join(words(value[:200]))


def _base(subject: str) -> tuple[str, bool]:
    """A subject without its marks of an answer and of a list, and whether there was one of an answer."""
    rest, marked = subject[:1000], False
    while (found := _ANSWER.match(rest)) is not None:
        marked = marked or not found[0].lstrip().startswith("[")
        rest = rest[found.end() :]
    return " ".join(words(rest)), marked


def _day(stamp: str) -> int:
    try:
        return date.fromisoformat(stamp[:10]).toordinal() if len(stamp) >= 10 else 0
    except ValueError:
        return 0


def add(db: sqlite3.Connection, item: int, mail: Mail) -> None:
    """Take a message in and join the threads that its ids belong to. A message that is known is replaced."""
    forget(db, item)
    ids = [value for value in dict.fromkeys((mail.own, *mail.cited)) if value]
    thread = _join(db, ids, item)
    answers = mail.cited[0] if mail.cited else ""
    db.execute(
        "INSERT INTO mails VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (item, thread, mail.own, answers, mail.subject, mail.marked, msgspec.json.encode(mail.people).decode(),
         mail.sender, _day(mail.stamp), mail.stamp),
    )  # fmt: skip
    if mail.subject:
        db.execute("INSERT OR IGNORE INTO touched VALUES (?)", (mail.subject,))


def _join(db: sqlite3.Connection, ids: list[str], item: int) -> int:
    """The thread of messages with these ids from now on: the lowest number of those that they had, or the item's."""
    query = "SELECT DISTINCT thread FROM known_ids WHERE id IN (SELECT value FROM json_each(?))"
    found = db.execute(query, (json.dumps(ids),))
    threads: list[int] = sorted({item, *(row[0] for row in found)})
    for other in threads[1:]:
        db.execute("UPDATE known_ids SET thread = ? WHERE thread = ?", (threads[0], other))
        db.execute("UPDATE mails SET thread = ? WHERE thread = ?", (threads[0], other))
    db.executemany("INSERT OR IGNORE INTO known_ids VALUES (?, ?)", [(value, threads[0]) for value in ids])
    return threads[0]


def forget(db: sqlite3.Connection, item: int) -> None:
    """Drop what an earlier reading of an item said. Its ids stay in the thread: others may cite them."""
    row = db.execute("DELETE FROM mails WHERE item = ? RETURNING subject", (item,)).fetchone()
    if row is not None and row[0]:
        db.execute("INSERT OR IGNORE INTO touched VALUES (?)", (row[0],))


def guess(db: sqlite3.Connection) -> None:
    """Link answers that name no id to what they seem to answer, for each subject that was touched meanwhile."""
    for (subject,) in db.execute("SELECT subject FROM touched ORDER BY subject").fetchall():
        query = (
            "SELECT item, answers, marked, people, sender, day FROM mails WHERE subject = ? ORDER BY day, item LIMIT ?"
        )
        alike = db.execute(query, (subject, _ALIKE + 1)).fetchall()
        db.executemany("DELETE FROM guesses WHERE item = ?", [(row[0],) for row in alike])
        if len(alike) <= _ALIKE and len(subject) >= 3:
            db.executemany("INSERT INTO guesses VALUES (?, ?)", list(_guesses(alike)))
    db.execute("DELETE FROM touched")


def _guesses(alike: list[tuple[int, str, int, str, str, int]]) -> Iterator[tuple[int, int]]:
    """Each answer without an id, with the latest message before it among the same people."""
    before: list[tuple[int, frozenset[str], str, int]] = []
    for item, answers, marked, people, sender, day in alike:
        mine = frozenset(msgspec.json.decode(people, type=list[str]))
        if marked and not answers and day:
            for other, theirs, other_sender, other_day in reversed(before):
                if not other_day or day - other_day > DAYS:
                    break
                if (sender in theirs and other_sender in mine) or len(mine & theirs) >= 3:
                    yield item, other
                    break
        before.append((item, mine, sender, day))


def conversation(db: sqlite3.Connection, item: int) -> list[Message]:
    """The messages of the conversation that an item belongs to, oldest first, undated last; empty where it is none."""
    first = db.execute("SELECT thread FROM mails WHERE item = ?", (item,)).fetchone()
    waiting, seen = ([first[0]] if first else []), set[int]()
    found: dict[int, tuple[str, str, str]] = {}
    while waiting and len(found) < MOST:
        thread = waiting.pop()
        if thread in seen:
            continue
        seen.add(thread)
        query = "SELECT item, stamp, sender, answers FROM mails WHERE thread = ? ORDER BY item LIMIT ?"
        for number, stamp, sender, answers in db.execute(query, (thread, MOST)).fetchall():
            found[number] = (stamp, sender, answers)
            waiting += _guessed_threads(db, number)
    ordered = sorted(found.items(), key=lambda entry: (not entry[1][0], entry[1][0][:10], entry[1][0], entry[0]))
    return [
        Message(number, stamp, sender, *_answered(db, number, answers)) for number, (stamp, sender, answers) in ordered
    ]


def _guessed_threads(db: sqlite3.Connection, item: int) -> list[int]:
    query = """SELECT thread FROM mails WHERE item IN
      (SELECT answers FROM guesses WHERE item = ?1 UNION SELECT item FROM guesses WHERE answers = ?1)"""
    return [row[0] for row in db.execute(query, (item,))]


def _answered(db: sqlite3.Connection, item: int, answers: str) -> tuple[int, str]:
    if answers:
        row = db.execute("SELECT min(item) FROM mails WHERE own = ? AND item != ?", (answers, item)).fetchone()
        return (row[0] or 0), "id"
    row = db.execute("SELECT answers FROM guesses WHERE item = ?", (item,)).fetchone()
    return (row[0], "subject") if row else (0, "")
