"""What a public document may say beside its text: a title by one rule, and facts whose words stand in the text.

Takes the values and the blocks that a proof opens; gives a title, or says what does not stand there. Dates, ids,
references and ranks are made of the text by the rules of readers, which a stranger does not have: they stay the
editors' word. Everything that is taken from the text letter by letter has to stand in it, so that nobody can rename a
document, or put a name beside it, while its proof holds.

Spec: docs/formats/package.md, section "Title and facts".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from unsealed.errors import VerifyError
from unsealed.model import Block, Gap, PublicDocument, PublicUnit, Shown
from unsealed.seal.atoms import not_word

GAP_IN_TITLE = "▮"
TITLE_LENGTH = 160  # characters
# Facts that stand in the text as they are, and those whose words do, in whatever order and with whatever between.
IN_ONE_PIECE = frozenset(
    {"attachment", "author", "caption", "in-reply-to", "message-id", "outlet", "quote", "signer", "subject", "tag"}
    | {"title"}
)
BY_WORDS = frozenset({"from", "to", "cc", "bcc"})
_TITLES = ("title", "subject")  # fields and labels that make a title, in this order
_ASCII_OTHER = bytes(set(range(128)) - set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))

Facts = Iterable[tuple[str, str]]


def title_of(facts: Facts, blocks: Iterable[Block], public_id: str) -> str:
    """A title made from shown text: a shown value, or what is shown of the subject, or the public id."""
    facts = tuple(facts)
    values = [value for wanted in _TITLES for name, value in facts if name == wanted and value.strip()]
    if values:
        return _shorten(values[0])
    for block in blocks:
        if isinstance(block, PublicUnit) and block.label in _TITLES and _shows_words(block):
            return _shorten(" ".join(GAP_IN_TITLE if isinstance(run, Gap) else run.text for run in block.runs))
    return public_id


def _shows_words(unit: PublicUnit) -> bool:
    return any(isinstance(run, Shown) and run.text.strip() for run in unit.runs)


def _shorten(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= TITLE_LENGTH else plain[: TITLE_LENGTH - 1].rstrip() + "…"


def standing_facts(facts: Sequence[tuple[str, str]], blocks: Sequence[Block]) -> tuple[tuple[str, str], ...]:
    """The facts without those whose letters would have to stand in the shown text, and do not."""
    if not any(name in IN_ONE_PIECE or name in BY_WORDS for name, _ in facts):
        return tuple(facts)
    shown = _shown_letters(blocks)
    return tuple((name, value) for name, value in facts if _stands(name, value, shown))


def check_facts(document: PublicDocument) -> None:
    """The title is the one that its facts and text make, and facts that quote the text stand in it.

    Raises VerifyError: `document-title`, `document-facts`.
    """
    if standing_facts(document.fields, document.blocks) != document.fields:
        raise VerifyError("A fact beside its text does not stand in the text.", rule="document-facts")
    if document.title != title_of(document.fields, document.blocks, document.id):
        raise VerifyError("Its title is not the one that its text makes.", rule="document-title")


def _stands(name: str, value: str, shown: str) -> bool:
    if name in IN_ONE_PIECE:
        return letters(value) in shown
    return name not in BY_WORDS or all(word in shown for word in _other().split(value))


def _shown_letters(blocks: Iterable[Block]) -> str:
    """The letters of each shown run on a line of its own: nothing stands over a gap, or over the end of a unit."""
    return "\n".join(letters(run) for run in _runs(blocks))


def _runs(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, PublicUnit):
            yield from (run.text for run in block.runs if isinstance(run, Shown))


def letters(text: str) -> str:
    """Letters, digits and marks alone (WORD of seal-tables.txt), as they are written."""
    if text.isascii():  # the same, ten times as fast
        return text.encode().translate(None, _ASCII_OTHER).decode()
    return _other().sub("", text)


@cache
def _other() -> re.Pattern[str]:
    return re.compile(f"{not_word()}+")
