"""What was broken once: things that were lost without a word, and outsiders' values that stopped or slowed a run."""

from __future__ import annotations

import base64
import time
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path

import msgspec
import pikepdf
import pytest

from tests.ingest import packages
from unsealed.ingest.boxes import LAYER, PageFacts, UnitBoxes, pack_box
from unsealed.ingest.extract import zips
from unsealed.ingest.extract.steps import Ask, Data, Member
from unsealed.ingest.ocr import merge
from unsealed.ingest.ocr.merge import Result
from unsealed.ingest.ocr.wire import Page, Word, check_page
from unsealed.ingest.readers import read
from unsealed.ingest.readers.encoded import from_base64
from unsealed.ingest.readers.pdf.around import around
from unsealed.model import Unit


def test_several_base64_texts_behind_each_other_are_all_there() -> None:
    texts = [b"a", b"bb", b"ccc", b"dddd"]
    assert from_base64(b"\n".join(map(base64.b64encode, texts))) == (b"".join(texts), True)


def test_padding_that_ends_nothing_costs_no_time() -> None:
    begin = time.monotonic()
    from_base64(b"AAAA=\n" * 400_000)
    assert time.monotonic() - begin < 5


def test_words_of_ocr_that_are_not_composed_cost_their_page_not_the_pass() -> None:
    word = Word(unicodedata.normalize("NFD", "café"), 0, 0, 5, 5, 90, 0, 0)
    with pytest.raises(msgspec.ValidationError, match="NFC"):
        check_page(Page("e", "eng", words=(word,)), 10, 10)


def layer(count: int, box: tuple[int, int, int, int]) -> list[merge._Piece]:
    boxes = UnitBoxes(LAYER, pack_box(*box) * count, b"")
    return [merge._Piece(Unit("paragraph", "x" * count), boxes, 0)]


def test_letters_as_large_as_their_page_cost_no_time() -> None:
    facts = PageFacts(width=6000, height=8000)
    words = [Word("w", 0, 0, 600, 800, 90, 0, 0)] * 20_000
    begin = time.monotonic()
    assert merge._outside(words, layer(100_000, (0, 0, 6000, 8000)), Result(None, 600, 800), facts) == []
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(
    ("box", "outside"),
    [
        ((0, 0, 100, 100), True), ((0, 0, 6000, 3000), True),
        ((0, 0, 6000, 5000), False), ((7000, 9000, 7001, 9001), True),
    ],
)  # fmt: skip
def test_a_word_stands_outside_the_layer_where_less_than_half_of_it_is_covered(
    box: tuple[int, int, int, int], outside: bool
) -> None:
    word = Word("w", 10, 10, 590, 790, 90, 0, 0)
    found = merge._outside([word], layer(1, box), Result(None, 600, 800), PageFacts(width=6000, height=8000))
    assert bool(found) is outside


def word(name: str) -> bytes:
    return f"The word is {name} in this text.\n".encode()


def zipped(*members: tuple[str, bytes | str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def parts_of(form: str, data: bytes) -> dict[str, bytes]:
    return {part.name: part.data for part in read(form, data, b"").parts}


def attached(file: pikepdf.Pdf, name: str) -> pikepdf.Dictionary:
    stream = file.make_stream(word(name))
    return pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F=f"{name}.txt", EF=pikepdf.Dictionary(F=stream))


def a_pdf(file: pikepdf.Pdf | None = None) -> bytes:
    file = file or pikepdf.new()
    file.add_blank_page()
    buffer = BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def test_what_stands_around_a_pdf_is_an_item() -> None:
    inside = zipped(("a.txt", word("INSIDE")))
    found = parts_of("pdf", word("BEFORE") + a_pdf() + inside)
    assert found == {"leading data": word("BEFORE"), "trailing data": inside}
    found = parts_of("pdf", a_pdf() + word("BEHIND") + b"%%EOF\n")  # a second end hides nothing
    assert found == {"trailing data": word("BEHIND") + b"%%EOF\n"}


def test_a_pdf_with_an_update_or_a_pdf_in_it_has_nothing_around_it() -> None:
    file = pikepdf.new()
    file.attachments["a.pdf"] = a_pdf() + b"\n\0\n"
    buffer = BytesIO()
    file.add_blank_page()
    file.save(buffer, compress_streams=False)
    update = b"9 0 obj\n<< >>\nendobj\nxref\n0 0\ntrailer\n<< /Prev 9 >>\nstartxref\n9\n%%EOF\r\n \0"
    assert around(buffer.getvalue() + b"\n" + update) == []


def test_files_that_no_list_of_a_pdf_names_are_items() -> None:
    file = pikepdf.new()
    file.Root.Film = pikepdf.Dictionary(Assets=pikepdf.Dictionary(Names=["a", attached(file, "FILM")]))
    file.Root.Lost = file.make_indirect(pikepdf.Array([attached(file, "LOST")]))
    assert set(parts_of("pdf", a_pdf(file)).values()) == {word("FILM"), word("LOST")}


def test_what_belongs_to_no_member_of_a_package_is_an_item() -> None:
    whole = packages.docx()
    hidden = zipped(("hidden.txt", word("HIDDEN")))
    local = hidden[: hidden.index(b"PK\1\2")]  # a member without a line in a directory
    before, behind = local + whole, whole + word("BEHIND")
    known = set(parts_of("docx", whole).values())
    assert set(parts_of("docx", before).values()) - known == {local}
    assert set(parts_of("docx", behind).values()) - known == {word("BEHIND")}
    assert "bytes" not in "".join(parts_of("docx", whole))


def rests_of(folder: Path, data: bytes) -> list[bytes]:
    """What the extractor gives out of a zip beside its members."""
    path = folder / "a.zip"
    path.write_bytes(data)
    found: list[bytes] = []
    with open(path, "rb") as handle:
        for step in zips.extract(handle.fileno(), Ask("zip", len(data))):
            if isinstance(step, Member):
                found.append(b"")
                inside = step.kind == "rest"
            elif isinstance(step, Data):
                found[-1] += step.chunk if inside else b""
    return [rest for rest in found if rest]


def test_comments_of_a_zip_are_items(tmp_path: Path) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.comment = word("ONE")
        archive.writestr(info, word("A"))
        archive.comment = word("WHOLE")
    assert rests_of(tmp_path, buffer.getvalue()) == [word("ONE"), word("WHOLE")]


def test_marks_of_a_large_directory_hide_nothing(tmp_path: Path) -> None:
    whole = zipped(("a.txt", word("A")))
    at = whole.index(b"PK\1\2")
    hidden = b"PK\6\6" + word("HIDDEN")
    moved = whole[:at] + hidden + whole[at:-6] + (at + len(hidden)).to_bytes(4, "little") + whole[-2:]
    assert rests_of(tmp_path, moved) == [hidden]


def test_a_large_directory_has_no_rests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(3):
            archive.writestr(zipfile.ZipInfo(str(number)), b"")
    assert b"PK\6\6" in buffer.getvalue()
    assert rests_of(tmp_path, buffer.getvalue()) == []


def test_what_a_page_carries_or_does_not_show_is_told() -> None:
    coded = base64.b64encode(word("CODED")).decode()
    page = f"""<html><body><p>Seen, not "data:text/plain,this"? </p><img src="data:image/png;base64,{coded}">
    <a href='data:text/plain;charset=utf-8,The%20word%20is%20PERCENT'>x</a>
    <p style="background:url(data:;base64,{coded})">
    <template><p>In a template</p></template><svg><text>In a &amp; drawing</text></svg>
    <iframe srcdoc="&lt;p&gt;In a frame&lt;/p&gt;"></iframe></body></html>""".encode()
    outcome = read("html", page, b"")
    assert [part.data for part in outcome.parts][-3:] == [word("CODED"), b"The word is PERCENT", word("CODED")]
    assert outcome.reading is not None
    said = {unit.text for unit in outcome.reading.units if unit.label == "note"}
    assert {"In a template", "In a & drawing", "In a frame"} <= said


def test_a_page_of_beginnings_costs_no_time() -> None:
    begin = time.monotonic()
    for piece in (b"<template>", b"<svg>", b'="data:', b"<svg ", b' srcdoc="', b"=data:text/plain;a;b", b'<a "'):
        read("html", b"<html><body>" + piece * (200_000 // len(piece)), b"")
    assert time.monotonic() - begin < 10


def test_the_text_behind_a_comment_and_in_a_marked_section_is_there() -> None:
    found = read("html", b"<p>one<!-- note --> two</p><p><![CDATA[three]]> four</p>", b"").reading
    assert found is not None
    assert [(unit.label, unit.text) for unit in found.units] == [
        ("paragraph", "one two"), ("note", "note"), ("paragraph", "three four"),
    ]  # fmt: skip
