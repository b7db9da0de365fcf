"""OCR: the engine behind its sandbox, what is read when, what becomes of the reading, and the pass over an archive."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest
import zstandard
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.ingest.sheets import WORDS, encoded, photographed, scanned, typed
from unsealed.archive import Archive
from unsealed.cli import root
from unsealed.config import IngestSettings
from unsealed.errors import SetupError
from unsealed.ingest import pipeline
from unsealed.ingest.boxes import KINDS, LAYER, OCR, Layout, PageFacts, UnitBoxes, decode, encode
from unsealed.ingest.ocr import progress
from unsealed.ingest.ocr import run as ocr
from unsealed.ingest.ocr.cache import Cache
from unsealed.ingest.ocr.languages import data_folder, language_of
from unsealed.ingest.ocr.merge import PAGES, Result, layout_of, merged
from unsealed.ingest.ocr.plan import agreement, plan
from unsealed.ingest.ocr.progress import Progress
from unsealed.ingest.ocr.wire import Drawn, Page, Recognise, Word, check_drawn, check_page
from unsealed.ingest.ocr.worker import Reader
from unsealed.ingest.tree import check_reading
from unsealed.model import Field, Finding, Reading, Unit
from unsealed.sandbox import Failure, Limits, SandboxError, establish
from unsealed.search import Index

FOLDER = data_folder()
needs_engine = pytest.mark.skipif(
    find_spec("tesserocr") is None or not (Path(FOLDER) / "eng.traineddata").is_file(),
    reason="tesserocr or Debian's tesseract-ocr-eng is not here",
)


def _has_sandbox() -> bool:
    try:
        establish()
    except SetupError:
        return False
    return True


MAKE = ocr.sandboxed if _has_sandbox() else ocr.unsafe


def kind(name: str) -> int:
    return KINDS.index(name)


def read_page(picture: Image.Image, *, languages: tuple[str, ...] = ("eng",), dpi: int = 200) -> Page:
    """The words of a picture, through the worker's own handling of messages."""
    request = Recognise(picture.width, picture.height, dpi, picture.tobytes(), languages, FOLDER)
    answer = next(Reader().handle(bytearray(msgspec.msgpack.encode(request)), Limits()))
    page = msgspec.msgpack.decode(answer, type=Page)
    check_page(page, picture.width, picture.height)
    return page


def accuracy(page: Page, text: str = WORDS) -> float:
    wanted, found = Counter(text.split()), Counter(word.text for word in page.words)
    return (wanted & found).total() / wanted.total()


def middle_of(page: Page, text: str) -> tuple[float, float]:
    word = next(word for word in page.words if word.text == text)
    return (word.left + word.right) / 2, (word.top + word.bottom) / 2


# --- the engine


@needs_engine
def test_a_clean_page_is_read_to_99_percent_of_its_words() -> None:
    page = read_page(photographed(typed()))
    assert accuracy(page) >= 0.99
    assert page.turn == 0 and page.languages == "eng" and page.engine.startswith("tesseract ")
    assert sum(word.confidence for word in page.words) > 90 * len(page.words)


@needs_engine
@pytest.mark.parametrize("lean", [2.0, -5.0, 11.0])
def test_a_page_that_leans_is_laid_straight_and_its_boxes_lie_where_it_lay(lean: float) -> None:
    straight = photographed(typed())
    place = middle_of(read_page(straight), "harbour")
    page = read_page(photographed(typed(), lean=lean))
    assert accuracy(page) >= 0.97
    assert page.skew == pytest.approx(-lean, abs=0.5)
    x, y = place[0] - straight.width / 2, place[1] - straight.height / 2
    cos, sin = math.cos(math.radians(lean)), math.sin(math.radians(lean))
    expected = (x * cos + y * sin + straight.width / 2, y * cos - x * sin + straight.height / 2)
    assert middle_of(page, "harbour") == pytest.approx(expected, abs=12)


@needs_engine
@pytest.mark.parametrize("turn", [Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270])
def test_a_page_that_is_turned_is_read_and_its_boxes_turned_back(turn: Image.Transpose) -> None:
    straight = photographed(typed())
    x, y = middle_of(read_page(straight), "harbour")
    width, height = straight.size
    expected = {
        Image.Transpose.ROTATE_90: (y, width - x),
        Image.Transpose.ROTATE_180: (width - x, height - y),
        Image.Transpose.ROTATE_270: (height - y, x),
    }[turn]
    page = read_page(straight.transpose(turn))
    assert accuracy(page) >= 0.97
    assert middle_of(page, "harbour") == pytest.approx(expected, abs=12)


@needs_engine
def test_the_language_of_a_page_is_found_out() -> None:
    if not (Path(FOLDER) / "fra.traineddata").is_file():
        pytest.skip("Debian's tesseract-ocr-fra is not here")
    text = (
        "Le préfet a reçu hier les délégués de la région qui lui ont remis une lettre sur la sécurité des écoles. "
        "Dans cette lettre, ils demandent que les crédits promis par le ministère soient enfin versés avant l'été."
    )
    page = read_page(photographed(typed(text)), languages=())
    assert page.languages == "fra"
    assert accuracy(page, text) >= 0.95


@needs_engine
def test_a_picture_without_words_gives_none() -> None:
    assert read_page(Image.new("L", (300, 200), 200)).words == ()


def test_small_words_speak_for_their_language() -> None:
    assert language_of(WORDS.split()) == ""
    german = "der Mann und die Frau sind mit dem Zug nicht in das Dorf zu dem Haus"
    assert language_of(german.split()) == "deu"
    assert language_of(["der"]) == ""


def test_no_data_are_no_crash_but_words(tmp_path: Path) -> None:
    settings = IngestSettings(ocr_data=str(tmp_path))
    assert "language data" in ocr.missing(settings)
    assert "tesseract-ocr" in ocr.REMEDY
    (tmp_path / "deu.traineddata").write_bytes(b"")
    if find_spec("tesserocr") is not None:
        assert ocr.missing(settings) == ""
        assert ocr.missing(IngestSettings(ocr_data=str(tmp_path), ocr_languages=("deu", "xyz"))).endswith("for xyz")


# --- what both sides check


SIZES = st.integers(-5, 20_000)


@given(SIZES, SIZES, st.integers(0, 400), st.integers(-1, 3000))
def test_pixels_that_are_no_page_are_refused(width: int, height: int, count: int, dpi: int) -> None:
    drawn = Drawn(width, height, dpi, bytes(count))
    try:
        check_drawn(drawn)
    except msgspec.ValidationError:
        return
    assert width * height == count and 0 <= dpi <= 2400


@pytest.mark.parametrize(
    "word",
    [
        Word("x", -1, 0, 5, 5, 50, 0, 0), Word("x", 0, 0, 101, 5, 50, 0, 0), Word("x", 6, 0, 5, 5, 50, 0, 0),
        Word("", 0, 0, 5, 5, 50, 0, 0), Word("x" * 501, 0, 0, 5, 5, 50, 0, 0), Word("x", 0, 0, 5, 5, 101, 0, 0),
        Word("x", 0, 0, 5, 5, 50, -1, 0),
    ],
)  # fmt: skip
def test_words_that_no_page_holds_are_refused(word: Word) -> None:
    check_page(Page("e", "eng", words=(Word("x", 0, 0, 100, 100, 50, 0, 0),)), 100, 100)
    with pytest.raises(msgspec.ValidationError):
        check_page(Page("e", "eng", words=(word,)), 100, 100)


def test_the_cache_knows_a_page_by_its_pixels_and_forgets_what_is_damaged(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "ocr", "engine 1", ("eng",))
    drawn = Drawn(2, 2, 200, b"\0\1\2\3")
    page = Page("engine 1", "eng", words=(Word("ab", 0, 0, 1, 1, 90, 0, 0),))
    key = cache.key(drawn)
    assert cache.get(key, drawn) is None
    cache.put(key, page)
    assert cache.get(key, drawn) == page
    others = [Drawn(2, 2, 200, b"\0\1\2\4"), Drawn(4, 1, 200, b"\0\1\2\3"), Drawn(2, 2, 300, b"\0\1\2\3")]
    assert len({key, *map(cache.key, others)}) == 4
    assert Cache(tmp_path / "ocr", "engine 2", ("eng",)).key(drawn) != key
    assert Cache(tmp_path / "ocr", "engine 1", ("eng", "fra")).key(drawn) != key
    assert cache.get(key, Drawn(0, 0, 200, b"")) is None  # its words would lie outside such a page
    words = msgspec.msgpack.encode(page)
    for damaged in (b"broken", compress(words.replace(b"ab", b"\xff\xff")), compress(words[:-1] + b"\x91" * 100_000)):
        (tmp_path / "ocr" / key[:2] / key).write_bytes(damaged)
        assert cache.get(key, drawn) is None


def compress(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


# --- which pages


def test_the_plan_of_each_mode() -> None:
    pages = [PageFacts(kind=kind(name)) for name in KINDS]
    names = dict(enumerate(KINDS, 1))
    auto = plan(pages, "auto")
    assert {names[number] for number in auto.sure} == {"scanned", "mixed", "broken-text", "picture"}
    assert [names[number] for number in auto.samples] == ["hidden-layer"]
    assert len(plan(pages, "force").sure) == len(KINDS)
    assert plan(pages, "off").pages == 0
    done = [page._replace(source=OCR) for page in pages]
    assert plan(done, "auto").pages == plan(done, "force").pages == 0


def test_of_many_hidden_layers_three_are_compared() -> None:
    found = plan([PageFacts(kind=kind("hidden-layer"))] * 9, "auto")
    assert (found.sure, found.samples, found.rest) == ([], [1, 5, 9], [2, 3, 4, 6, 7, 8])


def test_agreement_is_of_words_whatever_their_order() -> None:
    assert agreement("the grain barge", "barge the grain") == 1.0
    assert agreement("the grain barge", "tne gram harge") == 0.0
    assert agreement("", "") == 1.0


# --- the new reading


def layered(name: str) -> Reading:
    units = (
        Unit("paragraph", "layer words", (), 1), Unit("note", "a note", (), 1), Unit("unread", "", (), 2),
        Unit("header", "Title: x"),
    )  # fmt: skip
    boxes = [UnitBoxes(LAYER, bytes([0, 10, 0, 10, 0, 20, 0, 20]) * 11), UnitBoxes(), UnitBoxes(), UnitBoxes()]
    pages = [PageFacts(1000, 1000, kind(name), LAYER), PageFacts(1000, 1000, kind("scanned"))]
    findings = (Finding("P-SCANNED", "warn", 2),)
    return Reading(
        "pdf", "pdf", 2, units, (Field("title", "x", (3,)),), findings, "utf-8", encode(Layout(boxes, pages))
    )


FOUND = Page(
    "e",
    "eng",
    words=(
        Word("seen", 10, 50, 40, 60, 91, 0, 0),
        Word("words", 50, 50, 90, 60, 80, 0, 0),
        Word("below", 10, 70, 40, 80, 70, 0, 1),
        Word("apart", 10, 90, 40, 99, 60, 1, 2),
    ),
)


def shape(reading: Reading) -> list[tuple[str, str, int]]:
    check_reading(reading)
    return [(unit.label, unit.text, unit.page) for unit in reading.units]


def test_words_take_the_place_of_a_page_without_text() -> None:
    found = merged(layered("born-digital"), {2: Result(FOUND, 100, 100)})
    assert shape(found) == [
        ("paragraph", "layer words", 1), ("note", "a note", 1), ("paragraph", "seen words\nbelow", 2),
        ("paragraph", "apart", 2), ("header", "Title: x", 0),
    ]  # fmt: skip
    assert found.fields == (Field("title", "x", (4,)),)
    assert [(one.code, one.unit) for one in found.findings] == [("P-SCANNED", 2), ("O-READ", 2)]
    assert (found.reader, found.version, found.type) == ("pdf+ocr", 2, "pdf")
    layout = decode(found.boxes, [len(unit.text) for unit in found.units])
    assert layout.units[2].box(0) == (100, 500, 400, 600)
    assert layout.units[2].confidences[:5] == bytes([91, 91, 91, 91, 0])
    assert layout.pages[1].source == OCR and layout.pages[0].source == LAYER


def test_the_layer_that_came_with_a_scan_stays_beside_the_words() -> None:
    found = merged(layered("hidden-layer"), {1: Result(FOUND, 100, 100)})
    assert shape(found)[:4] == [
        ("paragraph", "seen words\nbelow", 1), ("paragraph", "apart", 1), ("text", "layer words", 1),
        ("note", "a note", 1),
    ]  # fmt: skip


def test_on_a_mixed_page_only_words_beside_the_layer_are_added() -> None:
    over = Page("e", "eng", words=(Word("layer", 1, 1, 2, 2, 90, 0, 0), *FOUND.words))
    found = merged(layered("mixed"), {1: Result(over, 100, 100)})
    assert [text for _, text, page in shape(found) if page == 1] == [
        "layer words", "seen words\nbelow", "apart", "a note",
    ]  # fmt: skip


def test_a_page_that_fails_or_says_nothing_stays_with_a_finding() -> None:
    found = merged(layered("scanned"), {1: Result(None), 2: Result(Page("e", "eng"), 100, 100)}, kept=[1])
    assert [unit.label for unit in found.units] == ["paragraph", "note", "unread", "header"]
    assert [one.code for one in found.findings] == ["P-SCANNED", "O-FAILED", "O-NOTHING", "O-LAYER-KEPT"]
    again = merged(found, {1: Result(FOUND, 100, 100)})
    assert again.reader == "pdf+ocr"


def test_pages_that_only_units_speak_of_are_not_believed_without_end() -> None:
    said = Reading("pdf", "pdf", 2, (Unit("paragraph", "words", (), (1 << 64) - 1),))
    assert len(layout_of(said).pages) == PAGES


WORD = st.builds(
    lambda text, x, y, w, h, sure, par, line: Word(text, x, y, x + w, y + h, sure, par, line),
    st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=5).filter(str.isascii),
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 100),
    st.integers(0, 3), st.integers(0, 9),
)  # fmt: skip


@given(st.lists(WORD, max_size=12), st.sampled_from(KINDS), st.integers(1, 2), st.integers(0, 3))
def test_any_words_make_a_reading_that_holds_together(words: list[Word], name: str, page: int, turn: int) -> None:
    before = layered(name)
    found = merged(before, {page: Result(Page("e", "eng", turn, words=tuple(words)), 100, 100)})
    check_reading(found)
    layout = decode(found.boxes, [len(unit.text) for unit in found.units])
    assert len(layout.pages) == 2
    kept = Counter(unit.text for unit in before.units if unit.text)
    assert not kept - Counter(unit.text for unit in found.units)
    assert all(found.units[unit].text == "Title: x" for unit in found.fields[0].units)


# --- the pass

NOISY = "Tha horbour offlce rcports thot twa borges of groin " * 3


@pytest.fixture
def material(tmp_path: Path) -> Path:
    folder = tmp_path / "material"
    folder.mkdir()
    picture = photographed(typed())
    (folder / "scan.pdf").write_bytes(scanned([picture, picture]))
    (folder / "layer.pdf").write_bytes(
        scanned([picture], hidden="Tha horbour offlce rcports thot twa borges of groin " * 3)
    )
    (folder / "typed.pdf").write_bytes(typed("An ordinary letter about a lighthouse. " * 3))
    (folder / "photo.png").write_bytes(encoded(picture, "PNG"))
    return folder


@pytest.fixture
def archive(tmp_path: Path, material: Path) -> Path:
    folder = tmp_path / "archive"
    with Archive.create(folder, "Quay"):
        pass
    with Archive.open(folder, write=True) as opened:
        pipeline.run(opened, [material], workers=1)
    return folder


def found_by(archive: Archive, query: str) -> list[str]:
    with Index.open(archive) as index:
        index.catch_up()
        return sorted(archive.source_path(hit.item).rsplit("/", 1)[-1] for hit in index.search(query).hits)


class Silent:
    """A worker that fails every time, without a process."""

    def __init__(self, limits: Limits, folder: str) -> None:
        self.asked = 0

    def start(self) -> None: ...

    def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None:
        self.asked += 1
        raise SandboxError(Failure.DIED)

    def receive(self) -> bytearray:
        raise SandboxError(Failure.DIED)

    def finish(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...

    def reject(self) -> SandboxError:
        return SandboxError(Failure.WRONG)


@needs_engine
def test_what_waits_is_read_and_found_and_the_first_reading_stays(archive: Path) -> None:
    with Archive.open(archive, write=True) as opened:
        assert found_by(opened, "courier") == []
        waiting = opened.items_because(ocr.WAITING)
        assert len(waiting) == 3
        before = {item: opened.current_row(item) for item in waiting}
        seen: list[int] = []
        done = ocr.run(opened, "auto", workers=1, make=MAKE, progress=lambda report: seen.append(report.pages))
        assert (done.items, done.pages, done.failed) == (3, 4, 0)
        assert done.cached == 2  # three pages of PDF files are drawn alike
        assert seen[-1] == 4 and seen == sorted(seen)
        assert opened.items_because(ocr.WAITING) == []
        for item, row in before.items():
            assert opened.current_row(item) > row
            assert opened.reading(row).reading.reader in ("pdf", "image")
            assert opened.item(item).state == "read" and opened.item(item).code == ""
        layers = [opened.current(item).reading for item in waiting if "layer" in opened.source_path(item)]
        assert [unit.text.split()[1] for unit in layers[0].units if unit.label == "text"][:1] == ["horbour"]
        assert "barges" in " ".join(unit.text for unit in layers[0].units if unit.label == "paragraph")
        assert opened.totals().open == 0
        assert found_by(opened, "courier") == ["layer.pdf", "photo.png", "scan.pdf"]
        assert found_by(opened, "horbour") == ["layer.pdf"]
        assert ocr.run(opened, "auto", make=MAKE) == Progress()


@needs_engine
def test_force_reads_every_page_once_from_the_cache_where_it_can(archive: Path) -> None:
    with Archive.open(archive, write=True) as opened:
        ocr.run(opened, "auto", workers=1, make=MAKE)
        done = ocr.run(opened, "force", workers=1, make=MAKE)
        assert (done.items, done.pages) == (1, 1)  # the typed letter
        assert ocr.run(opened, "force", make=MAKE).items == 0
        assert ocr.run(opened, "off", make=MAKE) == Progress()


@needs_engine
def test_a_killed_pass_goes_on_with_the_pages_it_knows(archive: Path) -> None:
    class Killed(Exception): ...

    def stop(report: Progress) -> None:
        if report.items:
            raise Killed

    with Archive.open(archive, write=True) as opened, pytest.raises(Killed):
        ocr.run(opened, "auto", workers=1, make=MAKE, progress=stop)
    with Archive.open(archive, write=True) as opened:
        done = ocr.run(opened, "auto", workers=1, make=MAKE)
        assert done.failed == 0 and done.cached >= 1
        assert opened.items_because(ocr.WAITING) == []


def test_pages_that_fail_stay_with_a_reason_and_are_tried_again_when_forced(archive: Path) -> None:
    with Archive.open(archive, write=True) as opened:
        done = ocr.run(opened, "auto", workers=1, make=Silent)
        assert (done.items, done.failed) == (3, 4)
        failed = opened.items_because("O-FAILED")
        assert len(failed) == 3
        assert opened.totals().open == 0
        assert all("O-FAILED" in [one.code for one in opened.current(item).reading.findings] for item in failed)
        assert ocr.run(opened, "auto", make=Silent).items == 0
        assert ocr.run(opened, "force", make=Silent).items_total >= 3


@needs_engine
def test_a_lost_cache_is_made_again(archive: Path) -> None:
    with Archive.open(archive, write=True) as opened:
        ocr.run(opened, "auto", workers=1, make=MAKE)
        shutil.rmtree(opened.path / "cache" / "ocr")
        assert ocr.run(opened, "force", workers=1, make=MAKE).pages == 1
        assert (opened.path / "cache" / "ocr" / "CACHE").is_file()


# --- the command


def command(*arguments: str) -> str:
    answer = CliRunner().invoke(root, ["ingest", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_off_says_how_many_documents_wait(archive: Path) -> None:
    said = command("--archive", str(archive), "--ocr", "off", "--no-index")
    assert "3 documents have pages that wait for OCR" in said
    with Archive.open(archive) as opened:
        assert len(opened.items_because(ocr.WAITING)) == 3


def test_without_language_data_ocr_is_off_and_the_remedy_is_said(archive: Path, tmp_path: Path) -> None:
    settings = archive / "unsealed.toml"
    settings.write_text(settings.read_text("utf-8") + f'\n[ingest]\nocr_data = "{tmp_path}"\n', "utf-8")
    said = command("--archive", str(archive), "--ocr", "auto", "--no-index")
    assert "3 documents have pages that wait for OCR" in said and "tesseract-ocr-eng" in said


@needs_engine
@pytest.mark.skipif(MAKE is ocr.unsafe, reason="the sandbox is not here")
def test_the_command_reads_what_waits_and_says_so(archive: Path) -> None:
    assert "OCR: 4 pages of 3 documents, 2 of them known" in command("--archive", str(archive), "--ocr", "auto")
    assert "OCR" not in command("--archive", str(archive), "--ocr", "auto", "--no-index")


@needs_engine
def test_how_far_a_pass_is_can_be_seen_from_outside(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    seen: list[Progress] = []

    def look(report: Progress) -> None:
        with Archive.open(archive) as other:
            found = progress.latest(other)
            assert found is not None and not found.done
            seen.append(found)

    with Archive.open(archive, write=True) as opened:
        report = ocr.run(opened, "auto", make=MAKE, progress=look)
        last = progress.latest(opened)
        assert last is not None and last.done
        assert (last.pages, last.items) == (report.pages, report.items) and last.rate > 0
        assert last.seconds_left is None and "pages/s" in progress.sentence(last)
    assert any(one.seconds_left is not None for one in seen), "the time left was known before the end"
    assert [one.pages for one in seen] == sorted(one.pages for one in seen)


@pytest.mark.parametrize(("pages", "left", "words"), [(10, 45.0, "1 min"), (100, 0.0, "less than a minute")])
def test_documents_that_were_not_begun_count_as_those_that_were(pages: int, left: float, words: str) -> None:
    """Ten pages of twenty in two of ten documents, five seconds: ninety pages are to come, at two a second."""
    total = 20 if pages == 10 else 100
    done = Progress(
        items=1, items_total=10 if pages == 10 else 2, pages=pages, pages_total=total, begun=2, seconds=pages / 2
    )  # fmt: skip
    assert done.rate == 2.0
    assert done.seconds_left == left
    assert f"about {words}" in progress.sentence(done)
