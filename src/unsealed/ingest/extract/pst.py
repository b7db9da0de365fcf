"""Mail stores of Outlook (PST, OST): every message, appointment, task, note and contact is a member.

The bytes of a member are made here, from the stored properties, in the same way every time (`mapi.letter`): the store
holds no message in one piece. An attachment that is too large to travel with its message is a member of its own,
behind all messages, attached to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from unsealed.ingest.extract.steps import DATA, NAME, Alive, Ask, Data, End, Fail, Member, Step
from unsealed.ingest.mapi import pff
from unsealed.ingest.mapi.bag import Attachment, Stored, Unreadable
from unsealed.ingest.mapi.letter import Made, render
from unsealed.ingest.mapi.ndb import Broken, Node
from unsealed.ingest.mapi.says import flat, subject
from unsealed.ingest.mapi.store import Mailbox

LARGE = 16 << 20  # bytes of an attachment that travels apart from its message
TOGETHER = 40 << 20  # bytes of all attachments that travel with one message
ALIVE = 500  # messages that are passed over between two signs of life

_REMEDY = "Open the store in Outlook, or mend a copy with scanpst, and ingest that."


def extract(fd: int, ask: Ask) -> Iterator[Step]:
    """The members of a store."""
    with os.fdopen(fd, "rb", buffering=0, closefd=False) as file:
        try:
            mailbox = Mailbox(file, ask.length)
        except Broken as error:
            yield End(code=error.code, message="the store cannot be opened", remedy=_REMEDY)
            return
        walk = _Walk(mailbox, ask)
        yield from walk.messages()
        yield from walk.apart()
        yield Alive()
        yield walk.end(file)


class _Walk:
    def __init__(self, mailbox: Mailbox, ask: Ask) -> None:
        self.mailbox = mailbox
        self.ask = ask
        self.ordinal = 0
        self.large = 0
        self.small: set[int] = set()  # messages of this run that have no large attachment

    def messages(self) -> Iterator[Step]:
        for node in self.mailbox.messages():
            self.ordinal += 1
            if self.ask.wants(self.ordinal):
                yield from self._message(node)
            elif self.ordinal % ALIVE == 0:
                yield Alive()

    def _message(self, node: Node) -> Iterator[Step]:
        try:
            stored, large = parted(self.mailbox.message(node))
            made = render(stored)
        except (Unreadable, RecursionError) as error:
            code = error.code if isinstance(error, Unreadable) else "M-DEPTH"
            name = f"{self.mailbox.path(node.parent)}/{node.nid:x}"
            yield Member(self.ordinal, _raw(name), name)
            yield Fail(code, "this message of the store cannot be read", _REMEDY)
            return
        if not large:
            self.small.add(self.ordinal)
        yield self._member(stored, made)
        for start in range(0, len(made.data), DATA):
            yield Data(made.data[start : start + DATA])

    def _member(self, stored: Stored, made: Made) -> Member:
        moment = stored.bag.time(0x0039, 0x0E06, 0x3007)
        when = moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment is not None else ""
        name = f"{stored.folder}/{flat(subject(stored.bag)) or 'untitled'}"
        flags = stored.troubles[:16]
        return Member(
            self.ordinal, _raw(name), name[:2000], size=len(made.data), time=when, flags=flags, form=made.form
        )

    def apart(self) -> Iterator[Step]:
        """The attachments that were too large, in the order of their messages."""
        for owner, node in enumerate(self.mailbox.messages(), 1):
            if owner % ALIVE == 0:
                yield Alive()
            if not node.sub or owner in self.small:
                continue
            try:
                if self._is_light(node):
                    continue
                stored, large = parted(self.mailbox.message(node))
            except (Unreadable, RecursionError):
                continue
            for attachment in large:
                self.ordinal += 1
                self.large += 1
                yield from self._large(attachment, stored, owner)

    def _is_light(self, node: Node) -> bool:
        """Whether a message carries so little that nothing of it can be large; a broken one may carry much."""
        try:
            return self.mailbox.weight(node) <= LARGE
        except Unreadable:
            return False

    def _large(self, attachment: Attachment, stored: Stored, owner: int) -> Iterator[Step]:
        if not self.ask.wants(self.ordinal):
            return
        name = f"{stored.folder}/{flat(subject(stored.bag)) or 'untitled'}/{flat(attachment.name) or 'unnamed'}"
        yield Member(self.ordinal, _raw(name), name[:2000], size=attachment.size, attached=owner)
        try:
            for block in attachment.blocks():
                yield Data(block)
        except Unreadable as error:
            yield Fail(error.code, "the attachment breaks off", _REMEDY)

    def end(self, file: BinaryIO) -> End:
        """The counts: what the folders say, what libpff finds. Both with the hidden messages and the large files."""
        mailbox = self.mailbox
        second = pff.count(file)
        if second >= 0:
            second += mailbox.hidden + self.large
        warnings = ("M-PST-INDEX",) if mailbox.broken else ()
        code = "M-PST-INDEX" if mailbox.broken else ""
        message = "pages of its index cannot be read: messages are missing" if mailbox.broken else ""
        return End(mailbox.expected() + self.large, second, warnings, code, message, _REMEDY if code else "")


def parted(stored: Stored) -> tuple[Stored, list[Attachment]]:
    """The message with those attachments marked that are too large to travel with it, and these, inner ones too."""
    large: list[Attachment] = []
    return _parted(stored, [0], large), large


def _parted(stored: Stored, total: list[int], large: list[Attachment]) -> Stored:
    attachments: list[Attachment] = []
    for attachment in stored.attachments:
        if attachment.message is not None:
            attachment = attachment._replace(message=_parted(attachment.message, total, large))
        elif attachment.size > LARGE or total[0] + attachment.size > TOGETHER:
            large.append(attachment)
            attachment = attachment._replace(apart=True)
        else:
            total[0] += max(0, attachment.size)
        attachments.append(attachment)
    return stored._replace(attachments=tuple(attachments))


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "backslashreplace")[:NAME]
