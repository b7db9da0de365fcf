"""Finders of people at risk: single rules, the labelled set's two halves, and that nothing is decided."""

from __future__ import annotations

import itertools
import re
from functools import cache
from typing import Any

import pytest
from bench.bench_suggest import HALVES, SEEN, UNSEEN, ours, read_half, score
from bench.generate import rows
from bench.ordinary import ordinary
from hypothesis import given, settings
from hypothesis import strategies as st

from unsealed.errors import SetupError
from unsealed.model import Unit
from unsealed.review.risk import wording
from unsealed.review.risk.entry import Entry
from unsealed.review.risk.finder import Finder
from unsealed.review.risk.joined import JoinedText
from unsealed.review.risk.lexicon import Flags
from unsealed.review.risk.patterns import is_iban, luhn
from unsealed.review.risk.plug import Plug
from unsealed.review.risk.registered import Registered
from unsealed.review.risk.suggestion import Found
from unsealed.review.risk.truecase import Truecaser

FINDER = Finder()
WORDING = wording.Wording()
# Least recall and precision that each half must keep (docs/benchmarks.md has the measured figures). Requests to protect
# somebody are listed long before they are likely: what is too much of that, `test_ordinary_papers_...` says.
BOUNDS = {
    "person": (0.90, 0.70),
    "protect-phrase": (0.97, 0.35),
    "registered": (0.97, 0.90),
    "email": (0.97, 0.95),
    "iban": (0.97, 0.95),
}
# What the other sets must keep, a little below what was measured (recall, precision).
FLOORS = {
    "seen-a": {"person": (0.96, 0.78), "protect-phrase": (0.98, 0.48), "registered": (0.97, 0.85)},
    "seen-b": {"person": (0.94, 0.68), "protect-phrase": (0.97, 0.40), "registered": (0.97, 0.85)},
    **{f"seen-{letter}": {"protect-phrase": (0.97, 0.34)} for letter in "cdefghijklmnop"},
    "blind2": {"person": (0.92, 0.74), "protect-phrase": (0.97, 0.27), "registered": (0.90, 0.92)},
    "blind3": {"person": (0.95, 0.70), "protect-phrase": (0.97, 0.30), "registered": (0.97, 0.88)},
    "blind7a": {"protect-phrase": (0.95, 0.30)},
    "blind7b": {"protect-phrase": (0.94, 0.30)},
    "blind8a": {"protect-phrase": (0.97, 0.35)},
    "blind8b": {"protect-phrase": (0.96, 0.38)},
}


@cache
def measured(half: str) -> tuple[list[dict[str, Any]], list[Any]]:
    documents, entries = read_half(half)
    return documents, ours(documents, entries)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("kind", BOUNDS)
def test_recall_and_precision_of_both_halves(half: str, kind: str) -> None:
    documents, found = measured(half)
    one = score(documents, found, kind)
    least_recall, least_precision = BOUNDS[kind]
    assert one.labels >= 20
    assert one.recall >= least_recall, one
    assert one.precision >= least_precision, one


@pytest.mark.parametrize("name", [*SEEN, *UNSEEN])
def test_floors_of_the_sets_of_strangers(name: str) -> None:
    documents, found = measured(name)
    for kind, (least_recall, least_precision) in FLOORS[name].items():
        one = score(documents, found, kind)
        assert one.labels >= 100
        assert one.recall >= least_recall, (kind, round(one.recall, 3))
        assert one.precision >= least_precision, (kind, round(one.precision, 3))


def test_ordinary_papers_hold_few_requests() -> None:
    texts = [row.rstrip("\n").split('","')[7] for row in rows(60, 1)]
    size = sum(map(len, texts)) / 1e6
    sure = [one.sure for text in texts for one in FINDER.find(text) if one.kind == "protect-phrase"]
    assert len(sure) / size < 1200
    assert sum(one >= 0.2 for one in sure) / size < 100


@pytest.mark.shared
def test_real_papers_hold_few_requests() -> None:
    texts = ordinary("kept", 0.1)
    size = sum(map(len, texts)) / 1e6
    sure = [one.sure for text in texts for one in FINDER.find(text) if one.kind == "protect-phrase"]
    assert len(sure) / size < 2000
    assert sum(one >= 0.2 for one in sure) / size < 400


def test_the_set_is_as_large_as_promised() -> None:
    both = [document for half in HALVES for document in measured(half)[0]]
    people = [document["capitals"] for document in both for label in document["labels"] if label["type"] == "person"]
    assert len(people) >= 1500
    assert 0.4 <= sum(people) / len(people) <= 0.6
    assert {document["kind"] for document in both} == {"cable", "mail", "event"}


def words(text: str, kind: str) -> list[str]:
    return [text[one.start : one.end] for one in FINDER.find(text) if one.kind == kind and one.sure >= 0.5]


def test_a_name_beside_a_protect_phrase_is_the_name_of_a_source() -> None:
    text = "1. (C) Ildiko Farkasdi (strictly protect) met Dr. Tamas Orban-Weil in the harbour."
    rules = {text[one.start : one.end]: one.rule for one in FINDER.find(text) if one.kind == "person"}
    assert rules == {"Ildiko Farkasdi": "protected-name", "Tamas Orban-Weil": "title"}


def test_capitals_change_no_place() -> None:
    text = "Colonel Otoniel Quintanilla said that the Ministry of Fisheries had no boats."
    assert words(text, "person") == ["Otoniel Quintanilla"]
    assert words(text.upper(), "person") == ["OTONIEL QUINTANILLA"]


def test_a_surname_alone_is_known_from_the_full_name() -> None:
    text = "Minister Otoniel Quintanilla spoke first. Nobody believed Quintanilla afterwards."
    assert words(text, "person") == ["Otoniel Quintanilla", "Quintanilla"]


@pytest.mark.parametrize(
    ("text", "kind", "wanted"),
    [
        ("pay to DE75 5121 0800 1245 1261 99 today", "iban", ["DE75 5121 0800 1245 1261 99"]),
        ("pay to DE76 5121 0800 1245 1261 99 today", "iban", []),
        ("card 4111 1111 1111 1111 expired", "card", ["4111 1111 1111 1111"]),
        ("card 4111 1111 1111 1112 expired", "card", []),
        ("write to b.kowal@verrin.example now", "email", ["b.kowal@verrin.example"]),
        ("grid 38SMB 4488 1234 taken", "coordinate", ["38SMB 4488 1234"]),
        ("at 33°18'N 44°23'E the ship", "coordinate", ["33°18'N 44°23'E"]),
        ("passport no. K4419027 was used", "passport", ["K4419027"]),
        ("a 14-year-old girl was hurt", "minor", ["14-year-old girl"]),
        ("lives at 12 Harbour Street, Karsand.", "address", ["12 Harbour Street, Karsand"]),
        ("call +43 660 123 45 67 at once", "phone", ["+43 660 123 45 67"]),
        ("ratio 3:15, paid 1,250,000 in 2009", "phone", []),
    ],
)
def test_numbers_and_addresses(text: str, kind: str, wanted: list[str]) -> None:
    assert words(text, kind) == wanted


@pytest.mark.parametrize(
    "words_asked", ["please\nprotect source", "(STRICTLY PROTECT)", "Please do not use her name", "(protect)"]
)
def test_protect_phrases(words_asked: str) -> None:
    assert words(f"The clerk {words_asked} was there.", "protect-phrase")


@pytest.mark.parametrize(
    "plain", ["The army must protect civilians.", "Data protection law passed.", "They protect the border."]
)
def test_protection_of_something_else_is_no_phrase(plain: str) -> None:
    assert words(plain, "protect-phrase") == []


def test_scripts_without_capitals_and_cyrillic() -> None:
    assert words("قال السيد محمود الخطيب إن السفينة وصلت", "person")
    assert words("Вчера Светлана Коваленко уехала.", "person") == ["Светлана Коваленко"]


@given(st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_places_lie_inside_of_any_text(text: str) -> None:
    for one in FINDER.find(text):
        assert 0 <= one.start < one.end <= len(text)
        assert 0 < one.sure <= 1


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=200))
@settings(max_examples=150, deadline=None)
def test_true_case_keeps_every_place(text: str) -> None:
    assert len(Truecaser(Flags())(text)) == len(text)


REGISTER = Registered(
    [
        Entry("P1", "Anneliese Vorbeck", nicknames=("Nightingale",), ids=("K4419027",)),
        Entry("P2", "Евгений Малашенко"),
        Entry("P3", "Abd al-Karim al-Hashidi"),
        Entry("P4", "李小龙"),
        Entry("P5", "Shanthini Kathirgamanathan"),
        Entry("P6", "Yohannes Gebrekristos", titles=("Ato",)),
        Entry("P7", "Weiqing Zhao"),
        Entry("P8", "Seung-hyun Ryu"),
    ]
)


_VARIANTS = {
    "P1": """ANNELIESE VORBECK|VORBECK, Anneliese|Vorbeck, A.|A. Vorbeck|Annelise Vorbeck|Vor-\nbeck|Anneliese\nVorbeck
|Vorbeck's|interview_anneliese_vorbeck.pdf|AnnelieseVorbeck2.doc|Nightingale|K 441-9027|Анелизе Ворбек""",
    "P2": "Yevgeny Malashenko|Jewgeni Malaschenko|Малашенку",
    "P3": "Abdulkarim Al-Hachidi|عبد الكريم الحاشدي",
    "P4": "因为李小龙说",
    "P5": "சாந்தினி கதிர்காமநாதன்|Kathirgama-nathan|Kathir gamanathan|Shanthini K.|Kathirgamanadan",
    "P6": "ዮሃንስ ገብረክርስቶስ|Gebre-Kristos|Ato Gebrekristos",
    "P7": "CHAO WEI-CH'ING|Chao Wei Ching",
    "P8": "YU SUNG-HYUN|Ryoo Seung Hyun|Lt. Ryu",
}


@pytest.mark.parametrize(
    ("text", "entry"), [(text.strip(), entry) for entry, some in _VARIANTS.items() for text in some.split("|")]
)
def test_a_registered_person_is_found_in_every_variant(text: str, entry: str) -> None:
    found = REGISTER.find(f"We saw {text} there.")
    assert [one.entry for one in found if one.sure >= 0.5] == [entry]


@pytest.mark.parametrize(
    "text", ["Anneliese Kerner", "Otto Vorbeck", "the nightingale sang", "Johanneliese vorbeckons", "K4419028"]
)
def test_namesakes_and_like_words_are_not_sure(text: str) -> None:
    assert [one for one in REGISTER.find(f"We saw {text} there.") if one.sure >= 0.5] == []


@pytest.mark.parametrize(
    "asked",
    [
        "Leave her off the visitors' list or they will notice.",
        "Kindly see that this does not reach his ministry, where he would be sacked.",
        "PSE PRTCT.",
        "He begged us to forget that he ever came.",
    ],
)
def test_requests_that_no_list_holds(asked: str) -> None:
    assert words(f"The harbour was calm. {asked} Prices rose.", "protect-phrase")


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_clauses_lie_behind_one_another_and_hold_every_word(text: str) -> None:
    some = wording.clauses(text)
    assert all(one.end <= other.start for one, other in itertools.pairwise(some))
    assert [word for one in some for word in one.words] == wording.WORD.findall(text) or "-\n" in text


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "please",
                    "never,",
                    "tell",
                    "(nobody)",
                    "his",
                    "name.",
                    "He;",
                    "would",
                    "be",
                    "shot:",
                    "--",
                    "market",
                ),
                *(
                    "either/or",
                    "12.5",
                    "O'Neil",
                    "pro-\ntect",
                    "\u201cdo",
                    "not\u201d",
                    "source.\n\n",
                    "x\n- him",
                    "[a",
                ),
            ]
        ),
        max_size=30,
    )
)
def test_scores_are_the_sums_of_what_features_weigh(some_words: list[str]) -> None:
    text = " ".join(some_words)
    some = wording.clauses(text)
    learned, looked_up = wording.weights(), wording.Words()
    wanted = [learned.constant] * len(some)
    said = [wording.features(clause, looked_up) for clause in some]
    for at, (single, form) in enumerate(said):
        wanted[at] += sum(learned.of[one][0] for one in [*single, *form] if one in learned.of)
        for step, place in ((-1, 1), (1, 3)):
            if 0 <= at + step < len(some):
                same = some[at].sentence == some[at + step].sentence
                near = wording.beside(said[at + step][0], same=same)
                wanted[at] += sum(learned.of[one][place if same else place + 1] for one in near if one in learned.of)
    assert [(one.start, one.end) for one in WORDING.scores(text)] == [one[:2] for one in some]
    assert [one.score for one in WORDING.scores(text)] == pytest.approx([100 * score for score in wanted])
    assert [one.sentence for one in WORDING.scores(text)] == [one.sentence for one in some]


@given(st.text('ab 12.,;:()[]-\n\t\u2014\u3002"', max_size=60))
def test_parts_of_a_text_begin_with_one_of_a_few_characters(text: str) -> None:
    slow = re.compile(
        r"(?:[.!?;:,](?=[\s\"'\u201d\u00bb)\]]|$)|\n[ \t]*\n|[()\[\]]| --? ?|--|[\u2014\u2013]"
        r"|\n(?=[ \t>]*(?:\d+\.|[-*\u2022]|[A-Z][A-Za-z-]+:|\d{4}))|[\u3002\u3001\uff01\uff1f\uff1b])+"
    )
    assert [one.span() for one in wording._PART.finditer(text)] == [one.span() for one in slow.finditer(text)]


def test_places_of_a_reading_are_places_of_its_units() -> None:
    units = (
        Unit("subject", "TALKS\n\n"),
        Unit("cell", "Otoniel"),
        Unit("paragraph", "Dr. Otoniel Quintanilla left.\n\n"),
    )
    joined = JoinedText(units)
    placed = [
        (number, units[number].text[one.start : one.end]) for number, one in joined.places(FINDER.find(joined.text))
    ]
    assert (2, "Otoniel Quintanilla") in placed
    spread = Found(0, len(joined.text), "person", "test", 0.9)
    assert [number for number, _ in joined.places([spread])] == [0, 1, 2]


@given(st.integers(10**14, 10**15 - 1))
def test_one_wrong_digit_breaks_a_check_digit(number: int) -> None:
    digits = str(number)
    last = next(str(d) for d in range(10) if luhn(digits + str(d)))
    assert not luhn(digits + str((int(last) + 1) % 10))
    assert not luhn(str((int(digits[0]) + 1) % 10) + digits[1:] + last)


def test_account_numbers() -> None:
    assert is_iban("DE75512108001245126199")
    assert not is_iban("DE75512108001245126190")


def test_a_finder_of_another_package_is_checked() -> None:
    good = Plug("model", lambda text: [(0, 4, "person", 0.9)])
    assert list(good.find("Anna left")) == [Found(0, 4, "person", "model", 0.9)]
    for answer in ((0, 40, "person", 0.9), (3, 3, "person", 0.9), (0, 4, "registered", 0.9), (0, 4, "dog", 0.9)):
        with pytest.raises(SetupError):
            list(Plug("model", lambda text, answer=answer: [answer]).find("Anna left"))
