"""The leak check finds what is withheld, in every disguise that it promises to see through."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.review.leaks import Allowed, Hit, LeakCheck


def check(*texts: str) -> LeakCheck:
    found = LeakCheck()
    for text in texts:
        found.add_text(text)
    return found


@pytest.mark.parametrize(
    "public",
    [
        "met Selma Brandt today",
        "met SELMA BRANDT today",
        "met Selma\n   Brandt today",
        "met Sel-\nma Bran-\ndt today",
        "met Sélma Brandt today",
        "write to selmabrandt@example.org",
        "Brandt, S.",
        "the Bran\ndt case",
        "brandt",
        "selma_brandt.pdf",
    ],
)
def test_a_name_is_found(public: str) -> None:
    assert check("Selma Brandt").hits("here", public)


@pytest.mark.parametrize("public", ["Brandtner and Selmasa", "Sel ma", "nothing"])
def test_other_words_are_not_found(public: str) -> None:
    assert check("Selma Brandt").hits("here", public) == []


def test_short_words_count_only_as_a_whole() -> None:
    found = check("Li Wei of Ost")
    assert found.hits("x", "Li went to Ost") == []
    assert found.hits("x", "LI WEI OF OST") == [Hit("x", "li wei of ost", "string")]


def test_a_short_name_alone_is_looked_for() -> None:
    assert check("Ott").hits("x", "so ott said") == [Hit("x", "ott", "string")]


def test_what_stands_everywhere_is_counted_not_searched() -> None:
    found = check("he", "5", " ")
    assert found.untested == 2
    assert found.hits("x", "he has 5") == []


def test_withheld_units_are_searched_as_runs_of_eight_words() -> None:
    found = LeakCheck()
    found.add_runs("The meeting took place in a house by the river on a Monday")
    assert found.hits("x", "we know it took place in a House by the River, they say") == [
        Hit("x", "took place in a house by the river", "run")
    ]
    assert found.hits("x", "place in a house by the river") == []
    assert found.hits("x", "Monday") == []


def test_a_short_withheld_unit_counts_like_a_mark() -> None:
    found = LeakCheck()
    found.add_runs("Selma Brandt")
    assert found.hits("x", "brandt")


def test_many_strings_with_one_beginning() -> None:
    found = check("Karl Ott", "Karl Ott Senior", "Karl Meyer")
    strings = {hit.string for hit in found.hits("x", "karl ott senior")}
    assert strings == {"karl ott", "karl ott senior", "karl", "senior"}


def test_an_allowed_text_covers_what_it_contains() -> None:
    allowed = Allowed(["The Ministry of Defence"])
    assert allowed.covers(Hit("x", "ministry", "word"))
    assert allowed.covers(Hit("x", "ministry of defence", "string"))
    assert not allowed.covers(Hit("x", "mini", "word"))
    assert not allowed.covers(Hit("x", "defence ministry", "string"))


@pytest.mark.parametrize(
    ("withheld", "public"),
    [
        ("Mueller", "saw Müller"),
        ("Müller", "saw MUELLER"),
        ("Søren Bæk", "Soeren Baek"),
        ("ONeill", "O'Neill"),
        ("O'Neill", "ONeill"),
        ("Öz", "Oez came"),
        ("selma brandt", "brandt came"),
        ("s.brandt@press.example", "brandt came"),
        ("Brandt", "Brandt1"),
        ("Oswaldine", "OswaldineGertrud"),
        ("Brandt", "SelmaBrandt.jpg"),
        ("Oswaldine", "write to gertrudoswaldine@press.example"),
        ("Oswaldine", "Oswal - dine"),
        ("Oswaldine", "Oswal\u00ac\ndine"),
        ("Oswaldine", "Oswal=\ndine"),
        ("Oswaldine", "O s w a l d i n e"),
        ("Oswaldine", "Oswal\u034fdine"),
        ("Oswaldine", "Oswal\U000e0041dine"),
        ("+47 22 33 44 55", "call +47 22 33 44 55"),
        ("+47 22 33 44 55", "4722334455"),
        ("+47 22 33 44 55", "call 2233-4455"),
        ("22334455", "call 22 33 44 55"),
        ("王伟", "我们见了王伟先生"),
        ("王 伟", "王伟"),
        ("김철수", "김철수는 말했다"),
        ("สมชาย", "นายสมชายกล่าว"),
        ("أحمد الخطيب", "قال وأحمد الخطيب أمس"),
        ("أحمد الخطيب", "قال وأحمد أمس"),
        ("أحمد الخطيب", "سما بيطخلا"),
        ("الزهراني", "الزهرانى"),
        ("Li Wei", "WEI LI came"),
        ("Kim Jong Un", "Mr Jong Un Kim"),
        ("Ottmar", "Ottmars Haus"),
        ("Ottmar", "O\nt\nt\nm\na\nr"),
        ("Ottmar", "M R O T T M A R S A I D"),
        ("Ottmar", "O  t  t  m  a  r"),
        ("Ottmar", "O/t/t/m/a/r"),
        ("Ottmar", "O[ttmar] said"),
        ("Ottmar", "**O**ttmar"),
        ("Ottmar", "Ott|mar"),
        ("Karl Ottmar", "by Karl Ott mar"),
        ("Oswaldine", "Oswal dine"),
        ("Ottmar", "\u1d0f\u1d1b\u1d1b\u1d0d\u1d00\u0280"),
        ("Ottmar", "\u202eramttO\u202c"),
        ("Ottmar", "by Ott\x01mar"),
        ("Ottmar", "by Ott\x7f\x84\x9bmar and O\x00t\x02t\x1bm\x9ba\x08r"),
        ("Ottmar", "to\x01Ottmar\x02Weissenberg"),
        ("Ottmar", "by Ott%01mar"),
        ("Carter", "\u0421\u0430rt\u0435r"),
        ("Соколов", "Cokoлов"),
        ("O'Brien", "O\u02bbBrien and O\u2032Brien"),
        ("+49 170 1234567", "0170 | 123 | 4567"),
        ("+49 170 1234567", "0170—1234567"),
    ],
)
def test_disguises_are_seen_through(withheld: str, public: str) -> None:
    assert check(withheld).hits("here", public)


@pytest.mark.parametrize(
    "public",
    [
        "Subject: =?utf-8?Q?B=72andt?=",
        "Subject: =?utf-8?B?U2VsbWEg?= =?utf-8?B?QnJhbmR0?=",
        "Bran=64t",
        "Bran%64t",
        "Bran&#100;t and Bran&#x64;t",
        "U2VsbWEgQnJhbmR0",
        "data:text/plain;base64,U2VsbWEgQnJhbmR0IGNhbWU=",
        "xU2VsbWEgQnJhbmR0",
        '"Br\\u0061ndt"',
        "VTJWc2JXRWdRbkpoYm1SMA==",
    ],
)
def test_encoded_names_are_found(public: str) -> None:
    assert check("Selma Brandt").hits("here", public)


def test_base64_over_lines_is_found() -> None:
    data = base64.encodebytes(b"All the guests of that evening sat in the garden of Selma Brandt until late.").decode()
    assert check("Selma Brandt").hits("here", data)


def test_short_strings_are_compared_as_written() -> None:
    assert check("Du").hits("x", "the amount due") == []
    assert check("Du").hits("x", "Mr Du came")


def test_the_marks_of_common_texts_are_known() -> None:
    found = LeakCheck()
    found.add_text("he", mark=7)
    found.add_text("--", mark=8)
    assert found.common == {(7, "he")}


def test_an_allowed_text_covers_numbers_and_collapsed_words() -> None:
    found = check("Messe")
    assert all(Allowed(["Die Messe"]).covers(hit) for hit in found.hits("x", "eine Messe"))


def test_an_allowed_short_word_frees_no_name_that_is_written_otherwise() -> None:
    (hit,) = check("Baar").hits("x", "Mr Baar came")
    assert not Allowed(["bar"]).covers(hit) and Allowed(["Baar"]).covers(hit)


NAMES = st.lists(st.from_regex(r"[A-Z][a-z]{3,8}", fullmatch=True), min_size=1, max_size=3)


@given(
    NAMES,
    st.text(alphabet="abc \n-.,", max_size=20),
    st.text(alphabet="abc \n-.,", max_size=20),
    st.sampled_from([" ", "\n", "  "]),
)
def test_a_planted_name_is_always_found(name: list[str], before: str, after: str, between: str) -> None:
    found = check(" ".join(name))
    planted = f"{before} {between.join(name)} {after}"
    assert found.hits("x", planted)
    assert found.hits("x", planted.upper())


def test_a_day_is_no_coordinate() -> None:
    check = LeakCheck()
    check.add_value("20.111102")
    assert check.hits("a document", "sent on 2011-11-02") == []
    assert [hit.kind for hit in check.hits("a document", "at 20 111102")] == ["value"]
    for text in ("at 20111102", "at 2-0-1-1-1-1-0-2", "at 2011-1102", "see x2011-11-02, 20111102"):
        assert [hit.kind for hit in check.hits("a document", text)] == ["value"], text


@pytest.mark.parametrize(
    ("withheld", "public"),
    [
        ("Щербаковский", "Mr. Shcherbakovsky said"),
        ("Shcherbakovskiy", "сказал Щербаковский"),
        ("Vorontsovich", "ВОРОНЦОВИЧ"),
        ("Παπαστάθης", "Mr Papastathis"),
        ("Bekmurzayeva", "у Бекмурзаева"),
        ("Farrukh Yuldashkhanov", "Юлдашханов"),
    ],
)
def test_names_are_heard_in_other_scripts(withheld: str, public: str) -> None:
    assert check(withheld).hits("x", public)


def test_sounds_count_between_scripts_only() -> None:
    assert check("Vorontsovich").hits("x", "Varantsevich") == []
    assert check("Воронцович").hits("x", "Варанцевич") == []


def test_a_name_of_the_register_counts_whole() -> None:
    found = LeakCheck()
    found.add_name("Selma Brandt")
    assert found.hits("x", "by SELMA\nBRANDT") and not found.hits("x", "the Brandt case")


def test_equal_strings_have_one_digest_in_any_order() -> None:
    one, other = check("Selma Brandt", "Karl Ott"), check("Karl Ott", "Selma Brandt")
    assert one.digest() == other.digest() != check("Karl Ott").digest()
