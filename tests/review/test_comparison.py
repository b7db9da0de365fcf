"""The same passage in another text: every kind that shows what is withheld is found, and nothing that looks alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.model import Unit
from unsealed.review.comparison import COMMON, Comparison, Showing, batches
from unsealed.review.passages import HIDDEN, private_stream, shown_stream
from unsealed.review.state import WHOLE, MarkRecord

TEXT = (
    "The minister said that he had met Karl Ottmar in the garden of the old residence on Tuesday evening, "
    "and that 312 men had crossed the river by night without being seen by the guards."
)


def mark(find: str, text: str = TEXT, unit: int = 0, number: int = 1) -> MarkRecord:
    start = text.index(find)
    return MarkRecord(number, 7, 1, unit, start, start + len(find), "private")


def whole(unit: int = 0) -> MarkRecord:
    return MarkRecord(1, 7, 1, unit, WHOLE, WHOLE, "private")


def compare(*marks: MarkRecord, text: str = TEXT, other: str) -> list[Showing]:
    comparison = Comparison()
    comparison.add(7, private_stream([Unit("paragraph", text)], marks))
    return comparison.showings(shown_stream(enumerate(other.split("\n\n"))))


OTT, MEN = mark("Karl Ottmar"), mark("312")
QUOTED = "> " + TEXT.replace(" in the garden", "\n> in the garden").replace(" by night", "\n> by night")


@pytest.mark.parametrize(
    ("other", "exact"),
    [
        (TEXT, True),
        ("Something before it. " + TEXT + " Something behind it.", True),
        (TEXT.upper(), True),
        (QUOTED, True),
        (TEXT.replace("garden", "gardens").replace("Tuesday", "Wednesday"), True),
        (TEXT[: TEXT.index("evening")], True),
        (TEXT[TEXT.index("he had") :], True),
        (TEXT.replace("Karl Ottmar", "K. Ottmar"), True),
        (TEXT.replace("Karl Ottmar", "Karl Otmar"), True),
        (TEXT.replace("Karl Ottmar", "Ottmarov"), False),
        (TEXT.replace("Karl Ottmar", "Otmmar Krl"), False),
        (TEXT.replace("Karl Ottmar", "the head of the guards"), False),
        (TEXT.replace("Karl Ottmar", "Karl Ott-\nmar"), True),
    ],
)
def test_another_copy_that_shows_the_name(other: str, exact: bool) -> None:
    [found] = compare(OTT, other=other)
    assert (found.secret.item, found.secret.marks, found.exact) == (7, (1,), exact)


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("Karl Ottmar", HIDDEN),
        TEXT.replace("Karl Ottmar", f"{HIDDEN} and {HIDDEN}"),
        "The minister met somebody else in the town hall on Friday.",
        "He said that he had met Anna Berg in the garden.",
        "Karl Ottmar was seen by nobody at all, as the guards of the harbour said later.",
        "",
    ],
)
def test_what_shows_nothing_is_no_leak(other: str) -> None:
    assert compare(OTT, other=other) == []


PARTS = [
    "he had met Karl Ottmar in the garden",
    "said the minister",
    "of the old residence",
    "on Tuesday evening",
    "and 312 men had crossed the river by night",
    "without being seen by the guards",
]


@given(st.permutations(PARTS))
def test_clauses_in_another_order(parts: list[str]) -> None:
    """The same sentence, its parts moved: no run of words leads from one end of the window to the other."""
    [found] = compare(OTT, other=f"It was told. {', '.join(parts)}. Nobody asked further.")
    assert (found.secret.marks, found.exact) == ((1,), True)


@pytest.mark.parametrize(
    "other",
    [
        # the same clauses without him
        ", ".join(PARTS[1:]) + ", he had met somebody in the garden.",
        # he stands there, and less than most of the words around
        "Karl Ottmar spent Tuesday evening by the river, and the minister said nothing.",
        # all of it, and he far from it
        ", ".join([PARTS[1], "he had met somebody in the garden", *PARTS[2:]]) + " of it" * 40 + " Karl Ottmar",
    ],
)
def test_the_same_words_that_show_nothing_of_him(other: str) -> None:
    assert compare(OTT, other=other) == []


def test_what_the_context_says_itself_is_no_secret() -> None:
    text = "The guards said that the minister met the guards of the old residence in the garden on Tuesday evening."
    hidden = MarkRecord(1, 7, 1, 0, text.rindex("guards"), text.rindex("guards") + 6, "private")
    other = "On Tuesday evening in the garden of the old residence the minister met people, the guards said."
    assert compare(hidden, text=text, other=other) == []


def test_numbers_and_common_words_that_no_list_of_names_can_hold() -> None:
    assert [one.exact for one in compare(MEN, other=TEXT)] == [True]
    assert compare(MEN, other=TEXT.replace("312", HIDDEN)) == []
    he = MarkRecord(3, 7, 1, 0, TEXT.index(" he had") + 1, TEXT.index(" he had") + 3, "private")
    assert [one.exact for one in compare(he, other=TEXT)] == [True]


def test_a_whole_unit_that_stands_elsewhere() -> None:
    assert [one.exact for one in compare(whole(), other="Before. " + TEXT)][:1] == [True]
    assert compare(whole(), other="Nothing of it stands here, in the garden of the old residence.") == []


MAIL = "Subject: {1}. From: {0} MIME-Version: 1.0 Content-Type: text/plain; charset=utf-8"


def test_people_of_one_office_share_the_host_of_their_addresses() -> None:
    text = MAIL.format("Ana <ana.reyes@post-office.example>", "A walk on Monday")
    hidden = mark("Ana <ana.reyes@post-office.example>", text)
    assert compare(hidden, text=text, other=MAIL.format("Jonas <jonas.weil@post-office.example>", "The bill")) == []
    assert [one.exact for one in compare(hidden, text=text, other=text)] == [True]
    assert compare(hidden, text=text, other=MAIL.format("A <ana.reyes@home.example>", "A walk on Monday")) != []


def test_the_place_in_the_other_text_is_named() -> None:
    [found] = compare(OTT, other=f"First line.\n\nSecond line.\n\n{TEXT}")
    assert found.unit == 2
    assert found.words == "karl ottmar"


def test_the_document_itself_shows_nothing_of_what_it_hides() -> None:
    stream = private_stream([Unit("paragraph", TEXT)], [OTT, MEN])
    comparison = Comparison()
    comparison.add(7, stream)
    assert comparison.showings(stream) == []


def test_another_unit_of_the_same_document() -> None:
    stream = private_stream([Unit("paragraph", TEXT), Unit("text", TEXT)], [OTT])
    comparison = Comparison()
    comparison.add(7, stream)
    [found] = comparison.showings(stream)
    assert (found.unit, found.secret.unit) == (1, 0)


def test_documents_that_withhold_the_same_are_one_window() -> None:
    comparison = Comparison()
    for item in range(COMMON * 2):
        comparison.add(item, private_stream([Unit("paragraph", TEXT)], [OTT]))
    assert len(comparison) == 1
    assert len(comparison.showings(shown_stream([(0, TEXT)]))) == COMMON * 2


def test_forms_are_no_copies() -> None:
    form = "Report of the unit. Type of event: patrol. Place of the event: {} Number of the men in it: {} All is well."
    comparison = Comparison()
    for item in range(COMMON * 2):
        text = form.format(f"place{item}x", item)
        comparison.add(item, private_stream([Unit("text", text)], [mark(f"place{item}x", text)]))
    assert comparison.showings(shown_stream([(0, form.format("elsewhere", 99))])) == []


def test_batches_are_bounded_and_lose_nothing() -> None:
    texts = [TEXT.replace("garden", f"garden{number}").replace("residence", f"house{number}") for number in range(20)]
    streams = [private_stream([Unit("paragraph", text)], [mark("Karl Ottmar", text)]) for text in texts]
    found = list(batches(enumerate(streams), 6))
    assert [len(one) for one in found] == [6, 6, 6, 2]
    hits = {one.secret.item for part in found for text in texts for one in part.showings(shown_stream([(0, text)]))}
    assert hits == set(range(20))


WORDS = st.lists(st.sampled_from([f"word{n}" for n in range(400)]), min_size=30, max_size=60, unique=True)
OTHERS = st.lists(st.sampled_from([f"other{n}" for n in range(40)]), max_size=60)


@given(WORDS, st.integers(8, 20), st.integers(1, 3), st.data())
def test_a_copy_is_found_wherever_it_stands(words: list[str], at: int, size: int, data: st.DataObject) -> None:
    text = " ".join(words)
    hidden = " ".join(words[at : at + size])
    before, behind = data.draw(OTHERS), data.draw(OTHERS)
    copy = " ".join([*before, ".", *words, ".", *behind])
    [found] = {one.exact for one in compare(mark(hidden, text), text=text, other=copy)}
    assert found
    assert compare(mark(hidden, text), text=text, other=copy.replace(text, text.replace(hidden, HIDDEN))) == []
