"""Asking somebody outside: a letter holds the passages in question and nothing else, a reply is kept in its words."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.release.crashing import every_death
from tests.review.small_archive import EDITORS, add, cable, make_archive
from unsealed import age
from unsealed.archive import Archive
from unsealed.errors import HistoryError, HumanNeeded, InputError, UsageError
from unsealed.model import Reading, Unit
from unsealed.review import audit, consult
from unsealed.review.consult import Question
from unsealed.review.desk import Desk, Wish, Wishes
from unsealed.review.events import Asked
from unsealed.review.finding import Span, find_spans, pattern_of
from unsealed.review.register import Register
from unsealed.review.risk.entry import Entry
from unsealed.review.shown import carried_over, runs, visible_text
from unsealed.review.state import WHOLE, MarkRecord, MarkState

ANA, JONAS, MIRA = EDITORS
FIRST = "The minister met Karl Ottmar and Lena Brandt in the garden."
SECOND = "A patrol went by the bridge at night."
LAST = "Nothing else was said about the harvest."
KARL, LENA = "m1", "m4"


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """Units of the first cable: id, date, tag, subject, and the paragraphs 4, 5 and 6. Karl is decided, Lena waits."""
    with make_archive(tmp_path / "a") as opened:
        add(opened, cable(1, FIRST, SECOND, LAST, subject="A talk"), cable(2, "Another text."))
        desk = Desk(opened)
        for name in ("Karl Ottmar", "Lena Brandt"):
            [mark] = desk.mark(1, 1, find_spans(opened.reading(1).reading.units, pattern_of(name)), "private", ANA)
            if name.startswith("Karl"):
                desk.decide(mark, JONAS, "accept")
        yield opened


def ask(archive: Archive, *passages: str, marks: tuple[str, ...] = (), **how: object) -> str:
    """The plain letter about these passages."""
    out = archive.path.parent / f"letter{len(consult.consultations(archive))}.txt"
    found = consult.find_passages(archive, passages, marks)
    consult.send(archive, Question("a lawyer", "May this stand?", found, **how), out, MIRA)  # type: ignore[arg-type]
    return " ".join(out.read_text().split())


# --- what is in a letter --------------------------------------------------------------------------------


def test_a_unit_without_what_anybody_withholds(archive: Archive) -> None:
    letter = ask(archive, "03VEREN1:4")
    assert "1. (C) The minister met [withheld] and [withheld] in the garden." in letter
    for other in ("patrol", "harvest", "A talk", "03VEREN1", "PREL", "Ottmar", "Brandt"):
        assert other not in letter
    assert "Please give this number when you reply: c1." in letter


def test_words_alone_and_with_context(archive: Archive) -> None:
    assert "… >>patrol went<< …" in ask(archive, "1:5:9-20")
    alone = ask(archive, "1:5:11-13")  # a part of a word: the whole word
    assert "… >>patrol<< …" in alone
    assert "bridge" not in alone
    near = ask(archive, "1:5:9-15", context=1)
    assert "2. (C) A >>patrol<< went by the bridge at night." in near
    assert "| 1. (C) The minister met [withheld]" in near
    assert "harvest" in near
    assert "A talk" not in near


def test_a_mark_shows_its_unit_with_its_place_pointed_at(archive: Archive) -> None:
    letter = ask(archive, marks=(KARL,))
    assert "met >>[withheld]<< and [withheld] in the garden" in letter
    assert "patrol" not in letter


def test_the_person_concerned_sees_their_own_words_and_nobody_elses(archive: Archive) -> None:
    letter = ask(archive, marks=(LENA,), why_shown="it is her")
    assert "met [withheld] and >>Lena Brandt<< in the garden" in letter
    assert "Some words of this letter are withheld from the public." in letter
    assert "Ottmar" not in letter
    words = FIRST.index("Lena") + len("1. (C) ")
    letter = ask(archive, f"1:4:{words}-{words + 11}", why_shown="it is her")
    assert "… >>Lena Brandt<< …" in letter
    assert "Ottmar" not in ask(archive, "1:4", why_shown="it is her")
    assert "Lena" not in ask(archive, "1:5", why_shown="it is her", context=1)


def test_of_a_document_that_is_withheld_whole_only_what_is_named_is_shown(archive: Archive) -> None:
    Desk(archive).say_marks([Wishes(1, 1, (Wish(Span(WHOLE, WHOLE, WHOLE), "safety"),), (ANA,))])
    assert "patrol" not in ask(archive, "1:5")
    shown = ask(archive, "1:5:9-15", why_shown="it is his patrol")
    assert ">>patrol<<" in shown
    assert "bridge" not in shown
    assert "patrol" not in ask(archive, "1:5:9-15", why_shown="it is his patrol", context=1)
    whole = ask(archive, "1:5", why_shown="he wrote it", context=1)
    assert "bridge" in whole
    assert "harvest" not in whole
    with pytest.raises(UsageError, match="withholds a whole document"):
        ask(archive, marks=("m5",))


@settings(max_examples=40)
@given(st.data())
def test_no_withheld_word_and_no_other_unit_is_in_any_letter(data: st.DataObject) -> None:
    """Every character of the text is another one, so that any that should not be in the letter can be told."""
    letters = iter(chr(code) for code in range(0x4E00, 0x9000))
    units = [
        Unit("paragraph", "".join(next(letters) for _ in range(data.draw(st.integers(1, 12)))) + "\n") for _ in range(4)
    ]
    unit = data.draw(st.integers(0, 3))
    size = len(units[unit].text) - 1
    spans = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 11), st.integers(1, 12)), max_size=4))
    marks = [
        Span(n, start, min(end, len(units[n].text) - 1))
        for n, start, end in spans
        if start < min(end, len(units[n].text) - 1)
    ]
    start = data.draw(st.integers(0, size - 1))
    named = data.draw(st.booleans())
    context = data.draw(st.integers(0, 2))
    asked = Asked(1, 1, unit, start, size, 0) if named else Asked(1, 1, unit, WHOLE, WHOLE, 0)
    letter = _letter_of(units, marks, asked, context)
    hidden = {character for span in marks for character in units[span.unit].text[span.start : span.end]}
    for number, one in enumerate(units):
        for place, character in enumerate(one.text.strip()):
            inside = abs(number - unit) <= context and (number != unit or context or not named or place >= start)
            assert (character in letter) == (inside and character not in hidden), (number, place)


def _letter_of(units: list[Unit], marks: list[Span], asked: Asked, context: int) -> str:
    with TemporaryDirectory() as work, make_archive(Path(work) / "a") as archive:
        add(archive, Reading("text", "text", 1, tuple(units)))
        if marks:
            Desk(archive).mark(1, 1, marks, "private", ANA)
        out = Path(work) / "letter.html"
        consult.send(archive, Question("x", "y", (asked,), context), out, ANA)
        return out.read_text()


class _Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_a_page_runs_and_fetches_nothing(tmp_path: Path) -> None:
    hostile = '<script>alert(1)</script> <img src="http://x/"> "><b onclick=x> \u202eevil\x1b[2J'
    with make_archive(tmp_path / "a", name="<i>House</i>") as archive:
        add(archive, cable(1, hostile))
        out = tmp_path / "letter.html"
        found = consult.find_passages(archive, ["1:4", "1:4:7-20"], ())
        consult.send(archive, Question(f"him {hostile[:20]}", hostile, found), out, ANA)
    page = _Page(out.read_text())
    assert set(page.tags) <= {"html", "meta", "title", "style", "h1", "h2", "p", "blockquote", "mark", "footer"}
    assert not {name for name, _ in page.attributes} & {"src", "href", "onclick", "style"}
    assert "\u202e" not in out.read_text()
    assert "\x1b" not in out.read_text()
    assert out.stat().st_mode & 0o777 == 0o600


def test_encrypted_to_the_one_who_is_asked(archive: Archive, tmp_path: Path) -> None:
    key = age.new_identity()
    found = consult.find_passages(archive, ["1:5"], ())
    out = tmp_path / "letter.html.age"
    sent = consult.send(archive, Question("her", "May it?", found, recipient=key.recipient), out, MIRA)
    plain = BytesIO()
    age.decrypt(BytesIO(out.read_bytes()), plain, [key])
    assert b"<!doctype html>" in plain.getvalue()
    assert sent.said.recipient == key.recipient
    for name, recipient in (("a.html", key.recipient), ("a.html.age", "")):
        with pytest.raises(UsageError, match="does not say what it is"):
            consult.send(archive, Question("her", "May it?", found, recipient=recipient), tmp_path / name, MIRA)
    with pytest.raises(InputError, match="no age recipient"):
        consult.send(archive, Question("her", "May it?", found, recipient="age1x"), tmp_path / "b.age", MIRA)


def test_words_that_are_withheld_elsewhere_hold_a_letter_up(archive: Archive) -> None:
    add(archive, cable(3, "Ottmar came back.", "It rained."), path="late")
    with pytest.raises(HumanNeeded, match=r"Passage 2 shows words that are withheld elsewhere \(m1\)"):
        ask(archive, "1:5", "03VEREN3:4")
    with pytest.raises(HumanNeeded):
        ask(archive, "03VEREN3:5", context=1)
    assert consult.consultations(archive) == []
    assert list(archive.path.parent.glob("letter*")) == []
    assert "It rained." in ask(archive, "03VEREN3:5")
    assert ">>Ottmar<<" in ask(archive, "03VEREN3:4:7-13", why_shown="it is him")
    Desk(archive).mark(3, 3, [Span(4, 7, 13)], "private", MIRA)
    assert "[withheld] came back" in ask(archive, "03VEREN3:4")


def test_people_of_the_register_hold_a_letter_up(archive: Archive) -> None:
    Register(archive).add(Entry(id="", name="Ada Holm", reason="source"), ANA)
    add(archive, cable(3, "Ada  HOLM came back."), path="late")
    with pytest.raises(HumanNeeded, match="register of protected people"):
        ask(archive, "03VEREN3:4")
    for editor in (ANA, JONAS):
        Desk(archive).allow("Ada Holm", "another one", editor)
    assert "HOLM" in ask(archive, "03VEREN3:4")


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("passage", ["1", "1:x", "1:4:9", "1:99", "1:4:5-5000", "1:4:9-3", ":4"])
def test_what_is_no_passage(archive: Archive, passage: str) -> None:
    with pytest.raises((UsageError, InputError)):
        consult.find_passages(archive, [passage], ())


def test_passages_of_nothing_or_too_many(archive: Archive) -> None:
    for references in ([], ["1:4"] * 201):
        with pytest.raises(UsageError, match="1 to 200 passages"):
            consult.find_passages(archive, references, ())
    with pytest.raises(InputError):
        consult.find_passages(archive, ["nowhere:4"], ())
    with pytest.raises(InputError, match="no mark m2"):
        consult.find_passages(archive, [], ["m2"])
    with pytest.raises(UsageError, match="by its number"):
        consult.find_passages(archive, [], ["12"])


@pytest.mark.parametrize(("to", "words"), [("", "x"), ("a\nb", "x"), ("x" * 201, "x"), ("a", " "), ("a", "x" * 20_001)])
def test_who_and_what_are_needed(archive: Archive, tmp_path: Path, to: str, words: str) -> None:
    found = consult.find_passages(archive, ["1:5"], ())
    with pytest.raises(UsageError):
        consult.send(archive, Question(to, words, found), tmp_path / "x.txt", MIRA)
    with pytest.raises(InputError, match="may not decide"):
        consult.send(archive, Question("a", "b", found), tmp_path / "x.txt", "Somebody")
    (tmp_path / "x.txt").touch()
    with pytest.raises(UsageError, match="exists already"):
        consult.send(archive, Question("a", "b", found), tmp_path / "x.txt", MIRA)
    assert consult.consultations(archive) == []


def test_a_mark_on_another_reading_is_not_guessed(archive: Archive) -> None:
    stored = archive.reading(1)
    other = Reading("cable", "cable", 2, tuple(Unit("paragraph", f"New {n}.") for n in range(7)))
    [mark, _] = Desk(archive).state(1).marks
    with pytest.raises(HumanNeeded, match="another reading"):
        carried_over(archive, [mark.mark], stored._replace(row=9, reading=other))
    assert carried_over(archive, [mark.mark], stored._replace(row=9)) == (mark.mark,)


# --- what is kept ---------------------------------------------------------------------------------------


def test_what_came_back_is_kept_in_its_own_words(archive: Archive) -> None:
    ask(archive, "1:4", "2:4", marks=(LENA,))
    ask(archive, "2:4")
    consult.reply(archive, 1, "She has left the country.\nPlease wait.", JONAS)
    consult.reply(archive, 1, "Now it may stand.", MIRA)
    first, second = consult.consultations(archive)
    assert [(editor, text) for editor, _, text in first.replies] == [
        (JONAS, "She has left the country.\nPlease wait."),
        (MIRA, "Now it may stand."),
    ]
    assert (second.name, second.replies) == ("c2", ())
    assert {item: [one.name for one in found] for item, found in consult.about_items([first, second]).items()} == {
        1: ["c1"],
        2: ["c1", "c2"],
    }


def test_killed_anywhere_no_letter_is_there_before_the_log_has_it(archive: Archive, tmp_path: Path) -> None:
    archive.close()
    work, letter = tmp_path / "work", tmp_path / "out" / "letter.txt"
    seen = set()

    def step() -> None:
        with Archive.open(work, write=True) as opened:
            found = consult.find_passages(opened, ["1:5"], ())
            consult.send(opened, Question("a lawyer", "May it?", found), letter, MIRA)

    for _ in every_death(tmp_path / "a", work, step):
        with Archive.open(work) as opened:
            known = len(consult.consultations(opened))
            audit.verify(opened)
        assert known or not letter.exists()
        seen.add((known, letter.exists()))
        letter.unlink(missing_ok=True)
    assert {(1, False), (1, True)} <= seen


def test_a_reply_needs_words_and_a_question(archive: Archive) -> None:
    with pytest.raises(InputError, match="no consultation c1"):
        consult.reply(archive, 1, "yes", MIRA)
    ask(archive, "1:4")
    for words in (" ", "x" * 1_000_001):
        with pytest.raises(UsageError, match="has words"):
            consult.reply(archive, 1, words, MIRA)
    with pytest.raises(InputError, match="may not mark"):
        consult.reply(archive, 1, "yes", "Somebody")


def test_asking_decides_nothing_and_blocks_nothing(archive: Archive) -> None:
    before = [Desk(archive).state(item) for item in (1, 2)]
    ask(archive, "1:4", "2:4")
    consult.reply(archive, 1, "no", MIRA)
    assert [Desk(archive).state(item) for item in (1, 2)] == before
    assert [audit.bears(one.payload) for one in archive.journal()][-2:] == [False, False]


def test_the_log_says_that_it_happened_but_not_what_was_said(archive: Archive) -> None:
    ask(archive, marks=(LENA,), why_shown="it is her")
    consult.reply(archive, 1, "I am in Verenburg.", MIRA)
    sent, replied = list(audit.entries(archive))[-2:]
    assert (sent.what, sent.who, sent.about["to"], sent.about["consult"]) == ("consult.sent", MIRA, "a lawyer", "c1")
    assert sent.why == "withheld words are in it: it is her"
    assert replied.about["consult"] == "c1"
    for entry in (sent, replied):
        assert "stand?" not in str(audit.as_json(entry))
        assert "Verenburg" not in str(audit.as_json(entry))


def test_a_reply_that_is_changed_breaks_the_chain(archive: Archive) -> None:
    ask(archive, "1:4")
    consult.reply(archive, 1, "Do not publish.", MIRA)
    last = archive.last_decision()
    assert last is not None
    audit.verify(archive)
    with sqlite3.connect(archive.path / "catalogue.db") as database:
        changed = last.payload.replace(b"Do not publish.", b"Do publish it!!")
        assert changed != last.payload
        database.execute("update decisions set payload = ? where id = ?", (changed, last.id))
    with pytest.raises(HistoryError, match=f"Record {last.id}"):
        audit.verify(archive)


# --- the text itself ------------------------------------------------------------------------------------


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4))
def test_runs_are_the_text_cut_in_pieces(text: str, places: list[tuple[int, int]]) -> None:
    with_marks = [(min(a, b), max(a, b)) for a, b in places if min(a, b) < min(max(a, b), len(text))]
    states = [_state(number, start, min(end, len(text))) for number, (start, end) in enumerate(with_marks, 1)]
    found = runs(0, Unit("text", text), states)
    assert "".join(run.text for run in found) == text
    assert [run.start for run in found] == [sum(len(one.text) for one in found[:n]) for n in range(len(found))]
    for start, end in with_marks:
        for run in found:
            assert run.mark or run.start + len(run.text) <= start or run.start >= min(end, len(text))


def _state(number: int, start: int, end: int) -> MarkState:
    return MarkState(MarkRecord(number, 1, 1, 0, start, end, "private"), "open", (), ())


@given(st.text())
def test_visible_text_shows_everything_and_acts_on_nothing(text: str) -> None:
    shown = visible_text(text)
    assert visible_text(shown) == shown
    assert not {unicodedata.category(one) for one in shown if one not in "\n\t"} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    if text.isascii() and text.isprintable():
        assert shown == text
