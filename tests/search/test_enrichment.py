"""Languages, near-duplicates and conversations: found, kept as a cache, gone on with after a kill."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.archive import Archive, NewItem, encode_reading
from unsealed.crypto import sha256
from unsealed.errors import ArchiveError, InputError
from unsealed.files import Lock, set_crash_hook
from unsealed.model import Field, Reading, Unit
from unsealed.search import Index, fingerprint
from unsealed.search.enrichment import Enrichment
from unsealed.search.language import languages, prose
from unsealed.search.spoken import items_in

SAID = {
    "en": "The minister said that the dam would be finished before the rains, and that nobody had to leave the valley.",
    "fr": "Le ministre a déclaré que le barrage serait terminé avant les pluies, personne ne quittera la vallée.",
    "de": "Der Minister sagte, der Damm werde vor dem Regen fertig, und niemand müsse das Tal verlassen.",
    "es": "El ministro dijo que la presa estaría terminada antes de las lluvias y que nadie tenía que irse del valle.",
    "ru": "Министр сказал, что плотина будет достроена до дождей и никому не придётся покидать долину.",
    "vi": "Bộ trưởng nói rằng con đập sẽ hoàn thành trước mùa mưa và không ai phải rời khỏi thung lũng.",
}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.create(tmp_path / "a", "A") as opened:
        yield opened


def put(archive: Archive, *readings: Reading) -> list[int]:
    """Items with these readings, in one commit."""
    growth, items = archive.grow(), []
    for number, value in enumerate(readings):
        data = f"{archive.max_row()}-{number}".encode()
        new = NewItem(
            0, 0, 0, f"f{archive.max_row()}-{number}", -1, -1, sha256(data).digest(), len(data), "read", "text"
        )
        items.append(growth.add_item(new, growth.place(data, new.sha256)))
        growth.add_reading(items[-1], value, encode_reading(value))
    growth.commit()
    return items


def again(archive: Archive, item: int, value: Reading) -> None:
    growth = archive.grow()
    growth.renew(item, "read", "text")
    growth.add_reading(item, value, encode_reading(value))
    growth.commit()


def text(words: str, kind: str = "text") -> Reading:
    return Reading(kind, "test", 1, (Unit("paragraph", words),))


def mail(own: str, subject: str, day: str, *, answers: str = "", root: str = "", people: str = "a b") -> Reading:
    sender, receiver = (f"{name}@x.example" for name in people.split())
    fields = {"message-id": own, "in-reply-to": answers, "thread": root, "subject": subject, "date": day,
              "from": f"Someone <{sender}>", "to": receiver.upper()}  # fmt: skip
    return Reading(
        "email",
        "test",
        1,
        (Unit("text", f"words of {own}"),),
        tuple(Field(*pair) for pair in fields.items() if pair[1]),
    )


def vocabulary(seed: int, count: int) -> list[str]:
    chance = random.Random(seed)
    return [f"w{chance.randrange(4000)}" for _ in range(count)]


# --- languages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", SAID)
def test_a_language_is_known_in_small_letters_and_in_capitals(code: str) -> None:
    for said in (SAID[code], SAID[code].upper()):
        assert [language.code for language in languages(said)] == [code]


@pytest.mark.parametrize(
    "said", ["", "Yes.", "12 34 56 78 90 " * 20, "RUEHBE ZNR UUUU ZZH", "https://a.example/dam " * 9]
)
def test_what_says_nothing_has_no_language(said: str) -> None:
    assert languages(said) == ()


def test_two_languages_of_one_text() -> None:
    told = languages(SAID["en"] * 30 + SAID["ru"] * 30)
    assert {language.code for language in told} == {"en", "ru"}
    assert abs(sum(language.share for language in told) - 1) < 0.01


def test_the_language_is_that_of_what_people_wrote() -> None:
    units = (Unit("routing", "INFO THE OFFICE OF THE SECRETARY AND ALL THE POSTS " * 9), Unit("paragraph", SAID["fr"]))
    assert [language.code for language in languages(prose(Reading("cable", "t", 1, units)))] == ["fr"]


@given(st.text(max_size=300))
def test_any_text_has_an_answer(said: str) -> None:
    assert all(0 < language.share <= 1 for language in languages(said))


# --- fingerprints -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("changed", [0, 3, 12, 40, 120])
def test_the_estimate_is_near_the_resemblance(changed: int) -> None:
    errors = []
    for seed in range(12):
        one = vocabulary(seed, 300)
        other = list(one)
        for place in range(changed):
            other[(place * 7 + seed) % 300] = f"new{place}"
        left, right = fingerprint.shingles(" ".join(one)), fingerprint.shingles(" ".join(other))
        exact = fingerprint.resemblance(left, right)
        errors.append(fingerprint.estimate(fingerprint.fingerprint(left), fingerprint.fingerprint(right)) - exact)
    assert abs(sum(errors) / len(errors)) < 0.05
    assert max(map(abs, errors)) < 0.2


def test_a_fingerprint_is_the_same_everywhere() -> None:
    mark = fingerprint.fingerprint(fingerprint.shingles(" ".join(vocabulary(1, 200))))
    assert (len(mark), sha256(mark).hexdigest()[:16]) == (384, "37eee34a40fbb000")


@given(st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=300))
def test_fingerprints_of_any_set(runs: set[int]) -> None:
    mark = fingerprint.fingerprint(runs)
    assert len(mark) == 4 * fingerprint.NUMBERS
    assert fingerprint.fingerprint(sorted(runs, reverse=True)) == mark
    assert fingerprint.estimate(mark, mark) == 1.0
    assert len(fingerprint.bands(mark)) == fingerprint.BANDS
    assert all(0 <= band < 2**63 for band in fingerprint.bands(mark))


def test_near_duplicates(archive: Archive) -> None:
    plain = vocabulary(1, 400)
    worse = [word if number % 25 else "torn" for number, word in enumerate(plain)]
    first, copy, part, other, short = put(
        archive, text(" ".join(plain)), text(" ".join(worse)), text(" ".join(plain[:280])),
        text(" ".join(vocabulary(2, 400))), text("only five words stand here"),
    )  # fmt: skip
    with Enrichment.open(archive) as found:
        assert found.catch_up() == 5
        near, excerpt = found.similar(first)
        assert (near.item, excerpt.item) == (copy, part)
        assert 0.7 < near.resemblance < 0.95
        assert [answer.item for answer in found.similar(first, least=0.75)] == [copy]
        assert found.similar(part)[0] == (first, excerpt.resemblance, 1.0)
        assert found.similar(other) == []
        assert found.similar(short) == []
        with pytest.raises(InputError):
            found.similar(99)


def test_a_new_reading_takes_the_place_of_the_old_one(archive: Archive) -> None:
    (one, two) = put(archive, text(" ".join(vocabulary(1, 100))), text(SAID["de"] * 3))
    with Enrichment.open(archive) as found:
        found.catch_up()
        again(archive, two, text(" ".join(vocabulary(1, 100)) + SAID["fr"] * 5))
        assert found.behind == 1
        assert found.catch_up() == 1
        assert [code for code, _ in found.languages(two)] == ["fr"]
        assert items_in(archive.path, "de") == []
        assert items_in(archive.path, "fr") == [two]
        assert [answer.item for answer in found.similar(one, least=0.3)] == [two]
        again(archive, two, Reading("unread", "none", 1, (Unit("unread", ""),)))
        found.catch_up()
        assert found.languages(two) == []
        assert found.similar(one, least=0.1) == []


def contents(archive: Archive) -> list[object]:
    """Everything in the cache's tables."""
    with sqlite3.connect(archive.path / "cache" / "enrichment" / "enrichment.db") as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return [(name, sorted(db.execute(f"SELECT * FROM {name}").fetchall())) for name in names]


def some_of_everything() -> list[Reading]:
    chance = random.Random(7)
    mails = [
        mail(f"m{number}", f"{'Re: ' * (number % 3 > 0)}Dam {number % 5}", f"2004-03-{1 + number % 28:02d}",
             answers=f"m{chance.randrange(30)}" * (number % 2), people=chance.choice(("a b", "b a", "c a")))
        for number in range(30)
    ]  # fmt: skip
    return [text(said) for said in SAID.values()] + mails


def test_killed_anywhere_it_goes_on_and_comes_to_the_same(archive: Archive, tmp_path: Path) -> None:
    put(archive, *some_of_everything())
    child = os.fork()
    if not child:
        with Archive.open(archive.path) as own, Enrichment.open(own) as found:
            set_crash_hook(lambda point: os._exit(9) if point == "enrichment-commit" else None)
            found.catch_up()
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    put(archive, *some_of_everything()[::-1])
    with Enrichment.open(archive) as found:
        found.catch_up()
    in_steps = contents(archive)
    with Enrichment.open(archive) as found:
        found.rebuild()
        assert found.behind == 0
    assert contents(archive) == in_steps


def test_a_step_at_a_time_comes_to_the_same_as_all_at_once(archive: Archive) -> None:
    with Enrichment.open(archive) as found:
        for value in some_of_everything():
            put(archive, value)
            assert found.catch_up() == 1
        in_steps = contents(archive)
        found.rebuild()
    assert contents(archive) == in_steps


@pytest.mark.parametrize("damage", ["gone", "garbage", "version", "other"])
def test_a_broken_cache_is_made_again(archive: Archive, damage: str) -> None:
    (item,) = put(archive, text(SAID["en"]))
    with Enrichment.open(archive) as found:
        found.catch_up()
    path = archive.path / "cache" / "enrichment" / "enrichment.db"
    if damage == "gone":
        path.unlink()
    elif damage == "garbage":
        path.write_bytes(b"no database " * 1000)
    else:
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version = 999" if damage == "version" else "UPDATE state SET value = 77")
        db.close()
    with Enrichment.open(archive) as found:
        assert found.behind == 1
        found.catch_up()
        assert found.languages(item) == [("en", 1.0)]
    assert b"may be deleted" in (path.parent / "CACHE").read_bytes()


def test_one_pass_at_a_time(archive: Archive) -> None:
    put(archive, text(SAID["en"]))
    with Enrichment.open(archive) as found, Lock(archive.path / "cache" / "enrichment" / ".lock"):
        with pytest.raises(ArchiveError):
            found.catch_up()
        assert found.language_counts() == []


# --- conversations ----------------------------------------------------------------------------------------


def test_threads_by_ids_in_any_order(archive: Archive) -> None:
    mails = [
        mail("one", "Dam", "2004-03-01"),
        mail("two", "Re: Dam", "2004-03-02", answers="one", root="one"),
        mail("three", "Re: Dam", "2004-03-03", answers="lost", root="one"),
        mail("four", "Another word", "2004-03-04", answers="two"),
        mail("five", "Dam", "2004-03-05"),
    ]
    items = put(archive, *(mails[number] for number in (3, 2, 4, 0, 1)))
    numbers = dict(zip(["four", "three", "five", "one", "two"], items, strict=True))
    with Enrichment.open(archive) as found:
        found.catch_up()
        shown = found.conversation(numbers["two"])
        assert [message.item for message in shown] == [numbers[name] for name in ("one", "two", "three", "four")]
        assert [message.answers for message in shown] == [0, numbers["one"], 0, numbers["two"]]
        assert found.conversation(numbers["five"]) == [(numbers["five"], "2004-03-05", "a@x.example", 0, "")]


def test_answers_without_ids_are_guessed(archive: Archive) -> None:
    one, answer, late, strangers, unmarked = put(
        archive, mail("", "The dam", "2004-03-01"), mail("", "AW: [list] Re: the DAM", "2004-03-05", people="b a"),
        mail("", "Re: The dam", "2005-03-05", people="b a"), mail("", "Re: The dam", "2004-03-06", people="c d"),
        mail("", "The dam", "2004-03-07"),
    )  # fmt: skip
    with Enrichment.open(archive) as found:
        found.catch_up()
        shown = found.conversation(one)
        assert [(message.item, message.answers, message.how) for message in shown] == [
            (one, 0, ""), (answer, one, "subject"),
        ]  # fmt: skip
        assert shown == found.conversation(answer)
        for alone in (late, strangers, unmarked):
            assert [message.item for message in found.conversation(alone)] == [alone]
        assert found.conversation(999) == []


def test_a_guess_gives_way_to_a_message_that_comes_later(archive: Archive) -> None:
    one, answer = put(archive, mail("", "Dam", "2004-03-01"), mail("", "Re: Dam", "2004-03-09", people="b a"))
    with Enrichment.open(archive) as found:
        found.catch_up()
        (between,) = put(archive, mail("", "Re: Dam", "2004-03-05", people="a b"))
        found.catch_up()
        answers = {message.item: message.answers for message in found.conversation(one)}
    assert answers == {one: 0, between: one, answer: between}


def test_a_form_letter_is_no_conversation(archive: Archive) -> None:
    items = put(archive, *[mail("", "Re: Daily list", f"2004-03-{1 + n % 28:02d}") for n in range(450)])
    with Enrichment.open(archive) as found:
        found.catch_up()
        assert [message.item for message in found.conversation(items[7])] == [items[7]]


# --- in a query -------------------------------------------------------------------------------------------


def test_a_query_finds_languages_that_were_found_out(archive: Archive) -> None:
    stated = Reading("text", "test", 1, (Unit("paragraph", "Stated."),), (Field("lang", "fr"),))
    french, russian, said = put(archive, text(SAID["fr"]), text(SAID["ru"]), stated)
    with Index.open(archive) as index:
        index.catch_up()
        assert [hit.item for hit in index.search("lang:fr").hits] == [said]
        with Enrichment.open(archive) as found:
            found.catch_up()
        assert [hit.item for hit in index.search("lang:FR").hits] == [french, said]
        assert [hit.item for hit in index.search("-lang:fr").hits] == [russian]
        assert [hit.item for hit in index.stream("lang:ru OR stated")] == [russian, said]
        assert index.search("lang:vi").total == 0
        (archive.path / "cache" / "enrichment" / "enrichment.db").write_bytes(b"no database" * 500)
        assert [hit.item for hit in index.search("lang:fr").hits] == [said]
