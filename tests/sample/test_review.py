"""No protected name stands in what the two releases show: every spelling in the archive is known and withheld."""

from __future__ import annotations

import re

import pytest

from tests.sample.material import (
    ARCHIVE,
    EXPECT,
    RELEASES,
    SAMPLE,
    cables,
    mail_text,
    mbox,
    parse_mail,
    plain,
    released_text,
)
from unsealed.config import ReviewSettings
from unsealed.model import Unit
from unsealed.review.file import DecisionsFile, Rule, parse_decisions
from unsealed.review.leaks import Allowed, LeakCheck

SETTINGS = ReviewSettings(editors=("a.lindqvist", "m.okafor"))
RELEASED = [reference for release in RELEASES for reference in release["documents"]]
# Any word that begins like a protected name, however it goes on: what the list of spellings has to cover.
STEMS = re.compile(r"\b(brev[ctč]|бревч|ravnd|[ck]ostina|istrat|fehri|kremni|teodor|todor|mirel|jolant|hovan|signe\b)")


@pytest.fixture(scope="module")
def decided() -> tuple[DecisionsFile, tuple[Rule, ...]]:
    return parse_decisions((SAMPLE / "decisions.json").read_bytes(), SETTINGS)


def shown(reference: str, rules: tuple[Rule, ...]) -> str:
    """The text with everything withheld that is withheld by words, a private signature and coordinates too."""
    text = released_text(reference)
    hidden = bytearray(len(text))
    for rule in rules:
        entry = rule.entry
        if entry.find and entry.document in {"*", reference}:
            for span in rule.spans([Unit("text", text)]):
                hidden[span.start : span.end] = b"x" * (span.end - span.start)
        if entry.label == "signature" and entry.document == reference:
            end = len(text.rstrip())
            start = text.rstrip().rindex("\n")
            hidden[start:end] = b"x" * (end - start)
    return "".join("█" if flag else character for character, flag in zip(text, hidden, strict=True))


def test_two_editors_decided_each(decided: tuple[DecisionsFile, tuple[Rule, ...]]) -> None:
    read, rules = decided
    assert read.editors == SETTINGS.editors
    assert {rule.entry.by for rule in rules} == {SETTINGS.editors}
    assert {rule.entry.reason for rule in rules} == {"source", "person-at-risk", "private", "place", "safety"}


@pytest.mark.parametrize("reference", RELEASED)
def test_no_protected_name_is_shown(reference: str, decided: tuple[DecisionsFile, tuple[Rule, ...]]) -> None:
    text = plain(shown(reference, decided[1]))
    assert STEMS.search(text) is None
    for who in EXPECT["protected"].values():
        assert not [name for name in who["spellings"] if re.search(rf"\b{re.escape(plain(name))}\b", text)]


@pytest.mark.parametrize("reference", RELEASED)
def test_no_word_of_a_protected_text_is_shown(reference: str, decided: tuple[DecisionsFile, tuple[Rule, ...]]) -> None:
    check = LeakCheck()
    for rule in decided[1]:
        check.add_text(rule.entry.find)
    allowed = Allowed(one.text for one in decided[0].allowed)
    hits = check.hits(reference, shown(reference, decided[1]))
    assert [hit for hit in hits if not allowed.covers(hit)] == []


def test_only_ordinary_words_are_allowed(decided: tuple[DecisionsFile, tuple[Rule, ...]]) -> None:
    assert {one.text: one.by for one in decided[0].allowed} == {"mill": SETTINGS.editors}


def test_the_place_is_coarsened_in_all_its_forms(decided: tuple[DecisionsFile, tuple[Rule, ...]]) -> None:
    reference = next(reference for reference in RELEASED if len(reference) == 36)
    cells = released_text(reference).replace("\nA: ", " A: ").replace("\nL: ", " L: ").replace("\nU: ", " U: ")
    units = [
        Unit("coordinate" if 22 <= number <= 24 else "cell", cell)
        for number, cell in enumerate(cells.replace("\nR: ", " R: ").split("\n"))
    ]
    kept = [unit.text for unit in units]
    for rule in decided[1]:
        if rule.entry.document == reference:
            for span in rule.spans(units):
                text = kept[span.unit]
                kept[span.unit] = text[: span.start] + "." * (span.end - span.start) + text[span.end :]
    assert kept[22:25] == ["36TXN2...8...", "43.2...", "34.4..."]


def test_every_spelling_in_the_archive_is_listed() -> None:
    spellings = {plain(name) for who in EXPECT["protected"].values() for name in who["spellings"]}
    mails = [path.read_bytes() for path in (ARCHIVE / "mail").glob("*.eml") if path.name != "broken.eml"]
    texts = [
        *cables().values(),
        *(mail_text(parse_mail(raw)) for raw in [*mbox(), *mails]),
        *(path.read_text(encoding="utf-8") for path in (ARCHIVE / "chats").iterdir()),
    ]
    words = {word for text in texts for word in re.findall(r"[\w.@-]+", plain(text)) if STEMS.match(word)}
    assert len(words) >= 15
    assert {word.strip(".") for word in words} <= spellings


def test_each_find_hides_something_somewhere(decided: tuple[DecisionsFile, tuple[Rule, ...]]) -> None:
    mails = [path.read_bytes() for path in (ARCHIVE / "mail").glob("*.eml")]
    texts = [
        *cables().values(),
        *(raw.decode("utf-8", "replace") for raw in [*mbox(), *mails]),
        *(mail_text(parse_mail(raw)) for raw in mbox()),
        *(released_text(reference) for reference in RELEASED),
        *(path.read_text(encoding="utf-8") for path in (ARCHIVE / "chats").iterdir()),
        (ARCHIVE / "notes" / "translator.txt").read_text(encoding="utf-16"),
    ]
    units = [Unit("text", text) for text in texts]
    idle = [rule.entry.find for rule in decided[1] if rule.entry.find and not rule.spans(units)]
    # Kilns stand in an event report that is not released; the decision is for the day when it is.
    assert idle == ["kilns"]
