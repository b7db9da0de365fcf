"""Whatever a public file is, and however deep a name lies in it, a text comes out in which it stands."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import random
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
import pytest
import zstandard
from hypothesis import assume, example, given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from unsealed.errors import ArchiveError
from unsealed.release.readable import readables, unescaped, without_counts, without_hashes
from unsealed.review.leaks import LeakCheck

NAME = "Selma Brandtova"


def found(data: bytes, path: str = "file") -> bool:
    check = LeakCheck()
    check.add_text(NAME)
    return any(check.hits(where, text) for where, text in readables(path, data))


def as_zip(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("inside.txt", data)
    return out.getvalue()


def as_pdf(write: Callable[[pikepdf.Pdf], None]) -> bytes:
    document, out = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    write(document)
    document.save(out, compress_streams=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def in_contents(document: pikepdf.Pdf) -> None:
    page = document.pages[0]
    page.Contents = document.make_stream(f"BT /F1 12 Tf 72 72 Td ({NAME}) Tj ET".encode())


def in_info(document: pikepdf.Pdf) -> None:
    document.docinfo["/Author"] = NAME


def in_metadata(document: pikepdf.Pdf) -> None:
    with document.open_metadata() as metadata:
        metadata["dc:description"] = NAME


def in_an_attachment(document: pikepdf.Pdf) -> None:
    document.attachments["notes.txt"] = NAME.encode()


def picture(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("L", (8, 8), 255).save(out, form, **options)
    return out.getvalue()


def png_text(compressed: bool) -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", NAME, zip=compressed)
    return picture("PNG", pnginfo=said)


def with_exif(form: str) -> bytes:
    exif = Image.Exif()
    exif[0x013B] = NAME
    return picture(form, exif=exif)


FILES = {
    "text": NAME.encode(),
    "text in capitals over lines": NAME.upper().replace(" ", "\n").encode(),
    "two bytes to a character": NAME.encode("utf-16"),
    "two bytes, the other way round, among others": b"\xff\x00\x81" + NAME.encode("utf-16-be") + b"\x00\x00\xfe",
    "Latin-1 among others": b"\xc3\x28\xff" + NAME.encode("latin-1") + b"\xfe\xff",
    "JSON": json.dumps({"a": [{"b": NAME.replace(" ", "\n")}]}).encode(),
    "JSON escapes": json.dumps({"a": "\u0405elma Brandtova, Brandtov\u00e1"}).encode(),
    "script": b'var x = "Selma\\u0020Brandtova";',
    "page": b"<!doctype html><p>met <b>Sel</b>ma Brand<i>tova</i> today",
    "attribute": b'<html><img alt="Selma Brandtova">',
    "comment": b"<html><!-- Selma Brandtova -->",
    "entities": b"<html>&#83;elma Brandt&#111;va",
    "feed": b'<?xml version="1.0"?><feed><title>Selma Brandtova</title></feed>',
    "zstandard": zstandard.compress(NAME.encode()),
    "two frames": zstandard.compress(b"nothing") + zstandard.compress(NAME.encode()),
    "gzip": gzip.compress(NAME.encode()),
    "zip": as_zip(NAME.encode()),
    "zip in gzip in zstandard": zstandard.compress(gzip.compress(as_zip(NAME.encode()))),
    "base64 in JSON": json.dumps({"a": base64.b64encode(f"so that {NAME} is in a longer".encode()).decode()}).encode(),
    "PDF, drawn": as_pdf(in_contents),
    "PDF, information": as_pdf(in_info),
    "PDF, metadata": as_pdf(in_metadata),
    "PDF, attachment": as_pdf(in_an_attachment),
    "PNG, text": png_text(False),
    "PNG, compressed text": png_text(True),
    "PNG, EXIF": with_exif("PNG"),
    "JPEG, EXIF": with_exif("JPEG"),
    "JPEG, comment": picture("JPEG", comment=NAME.encode()),
    "WebP, EXIF": with_exif("WEBP"),
    "behind a PNG": picture("PNG") + NAME.encode(),
    "behind a JPEG": picture("JPEG") + NAME.encode(),
    "behind a PDF": as_pdf(lambda document: None) + NAME.encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", FILES)
def test_a_name_is_found(kind: str) -> None:
    assert found(FILES[kind])


def test_a_name_is_found_in_the_name_of_a_file() -> None:
    assert found(b"", path="d/selma-brandtova/index.html")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_noise_of_pixels_holds_no_name(kind: str) -> None:
    chance = random.Random(4)
    out = io.BytesIO()
    Image.frombytes("RGB", (300, 300), chance.randbytes(270_000)).save(out, kind)
    check = LeakCheck()
    for word in ("Abel", "Omar", "Rosa", "Jens", "Lina", "Ivan", "Emil", "Nora"):
        check.add_text(word)
    assert not any(check.hits(where, text) for where, text in readables("x", out.getvalue()))


def test_hashes_are_no_numbers() -> None:
    check = LeakCheck()
    check.add_text("call 483920")
    chance = random.Random(2)
    text = " ".join(chance.randbytes(32).hex()[:58] + "483920" for _ in range(50))
    assert not any(check.hits(where, inner) for where, inner in readables("x", text.encode()))
    assert any(check.hits(where, inner) for where, inner in readables("x", b"room 483920"))


@pytest.mark.parametrize("data", [zstandard.compress(b"x" * 100)[:-3], gzip.compress(b"x" * 100)[:20], b"PK\x03\x04x"])
def test_what_cannot_be_unpacked_is_refused(data: bytes) -> None:
    with pytest.raises(ArchiveError):
        list(readables("x", data))


def test_too_many_packings_are_refused() -> None:
    data = b"x"
    for _ in range(6):
        data = zlib.compress(data) and gzip.compress(data)
    with pytest.raises(ArchiveError, match="packed more than"):
        list(readables("x", data))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=50))
@example("\x01")  # what the program puts in the place of a backslash for a while
@example("\\u0001 \\\x01 \n")
def test_escapes_of_json_are_undone(text: str) -> None:
    assume(without_counts(json.dumps(text)) == json.dumps(text))  # `[1,2]` would be counts
    assert unescaped(json.dumps(text)) == f'"{text}"'


@pytest.mark.parametrize(
    "data",
    [
        b"see home/docs/Karl_Ottmar/letters/2004/draft-about-things-7",
        b"<!doctype html><a title=Ottmar>x</a>",
        b"<!doctype html SYSTEM 'ottmar'><p>",
        b"<?xml version='1.0'?><?ottmar x?><a/>",
        b"<?xml version='1.0'?><a><![CDATA[by Ottmar, in short]]></a>",
        zstandard.compress(b"x") + b"\x50\x2a\x4d\x18\x06\0\0\0Ottmar",
    ],
)
def test_places_that_a_reader_passes_over(data: bytes) -> None:
    assert any("ottmar" in text.lower() for _, text in readables("file", data))


def test_hashes_are_still_no_text() -> None:
    noise = base64.b64encode(hashlib.sha512(b"x").digest()).decode()
    assert without_hashes(noise).strip() in ("", "==")


def test_counts_of_json_are_no_value() -> None:
    check = LeakCheck()
    check.add_value("13.232113")
    check.add_text("483920")
    said = b'{"spans":[[13,2,3],[21,1,3]],"n":48,"m":39,"o":20,"text":"nothing"}'
    assert not any(check.hits(where, text) for where, text in readables("x", said))
    for told in (b'{"text":"13.232113"}', b'{"n":483920}'):
        assert any(check.hits(where, text) for where, text in readables("x", told))
