"""What the archive's journal of decisions holds for the review room: small records, written once, never changed.

Each record is one thing that one editor said at one time. Nothing is stored but what was said: what it amounts
to is computed by `state` whenever it is asked, so that no stored conclusion can be out of date.
"""

from __future__ import annotations

import msgspec

from unsealed.crypto import sha256
from unsealed.errors import ArchiveError
from unsealed.review.risk.entry import Entry
from unsealed.review.state import Verdict


class MarkSaid(msgspec.Struct, frozen=True, tag="mark"):
    """`Withhold this`: units and offsets of reading `row`. The record's own number names the mark (`m12`)."""

    at: str
    row: int
    unit: int
    start: int
    end: int
    reason: str
    rule: str = ""
    note: str = ""
    supersedes: int = 0
    says: str = ""


class VoteSaid(msgspec.Struct, frozen=True, tag="vote"):
    """`I agree` or `I do not`: with a mark, or (mark 0) that nothing more of the document need be withheld."""

    at: str
    mark: int
    verdict: Verdict
    row: int = 0  # of a document: the reading that the editor had before them
    why: str = ""  # in words, where the editor gave any


class AllowSaid(msgspec.Struct, frozen=True, tag="allow"):
    """`These words may stand in shown text, although they are withheld elsewhere`, with the reason in words."""

    at: str
    text: str
    reason: str


class ActSaid(msgspec.Struct, frozen=True, tag="act"):
    """Something that a person did beside marking and voting (`audit.record`): what, why, and a few names and numbers.

    `bearing`: it changes what may go out, so that releases which are built already are looked at again.
    """

    at: str
    what: str
    why: str
    about: dict[str, str] = {}
    bearing: bool = False


class PageSaid(msgspec.Struct, frozen=True, tag="page"):
    """`The picture of this page may be shown`, as reading `row` has it, or the same taken back."""

    at: str
    row: int
    page: int
    verdict: Verdict

    @property
    def what(self) -> str:
        """For the audit log."""
        return "page.show" if self.verdict == "accept" else "page.hide"

    @property
    def why(self) -> str:
        """For the audit log."""
        return "its picture may be shown" if self.verdict == "accept" else "its picture must not be shown"

    @property
    def about(self) -> dict[str, str]:
        """For the audit log."""
        return {"row": str(self.row), "page": str(self.page)}


class BoxSaid(msgspec.Struct, frozen=True, tag="box"):
    """`Fill this part of a page`. The record's own number names the box (`b12`).

    Edges in thousandths of the page's width and height, from its top left. `unit`: the unit whose words it covers,
    -1: something that no unit says. All edges 0: the words of the unit do not stand in the picture.
    """

    at: str
    row: int
    page: int
    unit: int
    edges: tuple[int, int, int, int]  # left, top, right, bottom
    reason: str

    @property
    def what(self) -> str:
        """For the audit log."""
        return "box.mark"

    @property
    def why(self) -> str:
        """For the audit log."""
        return self.reason

    @property
    def about(self) -> dict[str, str]:
        """For the audit log."""
        edges = ",".join(map(str, self.edges))
        return {"row": str(self.row), "page": str(self.page), "unit": str(self.unit), "box": edges}


class BoxVoteSaid(msgspec.Struct, frozen=True, tag="box-vote"):
    """`I agree` or `I do not` with a box."""

    at: str
    box: int
    verdict: Verdict

    @property
    def what(self) -> str:
        """For the audit log."""
        return f"box.{self.verdict}"

    @property
    def why(self) -> str:
        """For the audit log."""
        return "agreed" if self.verdict == "accept" else "not agreed"

    @property
    def about(self) -> dict[str, str]:
        """For the audit log."""
        return {"box": f"b{self.box}"}


class PersonSaid(msgspec.Struct, frozen=True, tag="person"):
    """`Protect this person wherever they are named`, or take them out of the register."""

    at: str
    entry: Entry
    removed: bool = False

    @property
    def what(self) -> str:
        """For the audit log."""
        return "register.remove" if self.removed else "register.add"

    @property
    def why(self) -> str:
        """For the audit log."""
        return self.entry.reason

    @property
    def about(self) -> dict[str, str]:
        """For the audit log: never the name."""
        return {"entry": self.entry.id}


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """A passage that somebody outside was asked about: of reading `row`; `start` -1: the whole unit; `mark` 0: none."""

    item: int
    row: int
    unit: int
    start: int
    end: int
    mark: int = 0


class ConsultSaid(msgspec.Struct, frozen=True, tag="consult"):
    """`We ask this person about these passages`. `number` names it (`c3`), `sha256` is of the letter that was written.

    `why_shown`: why withheld words stood in it, empty: they did not. `recipient`: of age, empty: it was not encrypted.
    """

    at: str
    number: int
    to: str
    question: str
    passages: tuple[Asked, ...]
    context: int
    sha256: str
    why_shown: str = ""
    recipient: str = ""

    @property
    def what(self) -> str:
        """For the audit log."""
        return "consult.sent"

    @property
    def why(self) -> str:
        """For the audit log: never the question, which may say what a document says."""
        return f"withheld words are in it: {self.why_shown}" if self.why_shown else "asked, without withheld words"

    @property
    def about(self) -> dict[str, str]:
        """For the audit log."""
        items = ",".join(map(str, sorted({one.item for one in self.passages})))
        return {"consult": f"c{self.number}", "to": self.to, "documents": items, "sha256": self.sha256}


class ReplySaid(msgspec.Struct, frozen=True, tag="reply"):
    """What came back to a consultation, in its own words."""

    at: str
    consult: int
    text: str

    @property
    def what(self) -> str:
        """For the audit log."""
        return "consult.reply"

    @property
    def why(self) -> str:
        """For the audit log: never the words of the reply; `review consult show` prints them."""
        return "a reply came"

    @property
    def about(self) -> dict[str, str]:
        """For the audit log."""
        return {"consult": f"c{self.consult}", "sha256": sha256(self.text.encode()).hexdigest()}


Said = (
    MarkSaid | VoteSaid | AllowSaid | ActSaid | PageSaid | BoxSaid | BoxVoteSaid | PersonSaid | ConsultSaid | ReplySaid
)
_DECODER: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


def encode(said: Said) -> bytes:
    """The bytes that the archive keeps."""
    return msgspec.msgpack.encode(said)


def decode(stored: bytes) -> Said:
    """A record from the archive's bytes. Raises ArchiveError for a kind that this program does not know."""
    try:
        return _DECODER.decode(stored)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ArchiveError(
            "The journal of decisions holds a record of an unknown kind.",
            remedy="It was written by a later version of Unsealed: update this one.",
        ) from error
