"""Data and text without a word about itself: charsets, XML, JSON, tables, databases, and what nobody reads."""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.ingest.test_readers_contract import check
from unsealed.ingest import charset, kinds
from unsealed.ingest.decode import Decoded
from unsealed.ingest.forms import FORMS
from unsealed.ingest.readers import READERS, Outcome, read
from unsealed.ingest.sniff import HEAD_BYTES, sniff
from unsealed.model import Reading

shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real documents is not there")
QUICK = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])

RUSSIAN = "Источник встретился с сотрудником посольства во вторник. Донесение об изменениях в контрактах."
JAPANESE = "情報源は火曜日に大使館員と会い、穀物契約の変更を報告した。"
CHINESE = "消息来源星期二会见了使馆官员，报告了粮食合同的变化。"
TAIWANESE = "消息來源星期二會見了使館官員，報告了糧食合同的變化。"
KOREAN = "소식통은 화요일에 대사관 직원을 만나 곡물 계약의 변화를 보고했다."
GREEK = "Η πηγή συναντήθηκε με τον υπάλληλο της πρεσβείας την Τρίτη."
HEBREW = "המקור נפגש עם עובד השגרירות ביום שלישי ודיווח על שינוי."
ARABIC = "التقى المصدر بموظف السفارة يوم الثلاثاء وأبلغ عن تغيير في عقود الحبوب."
CZECH = "Zdroj se v úterý setkal s pracovníkem velvyslanectví a ohlásil změnu smluv o obilí."
POLISH = "Źródło spotkało się we wtorek z pracownikiem ambasady i zgłosiło zmianę umów zbożowych."
FRENCH = "La source a rencontré mardi un employé de l’ambassade et a signalé un changement des contrats céréaliers."


def reading(data: bytes, form: str) -> tuple[Reading, Outcome]:
    assert sniff(data[:HEAD_BYTES], len(data)).id == form
    outcome = check(form, data, b"")
    assert outcome.state == "read", (outcome.code, outcome.message)
    assert outcome.reading is not None
    return outcome.reading, outcome


def said(found: Reading) -> list[tuple[str, str]]:
    return [(unit.label, unit.text) for unit in found.units]


# -- charsets


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *((RUSSIAN, name) for name in ("cp1251", "koi8_r", "cp866", "iso8859_5", "utf-16-le", "utf-16-be")),
        *((JAPANESE, name) for name in ("cp932", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be")),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
        (KOREAN, "cp949"),
        (GREEK, "cp1253"),
        (HEBREW, "cp1255"),
        (ARABIC, "cp1256"),
        *((text, name) for text in (CZECH, POLISH) for name in ("cp1250", "iso8859_2")),
        *((FRENCH, name) for name in ("cp1252", "mac_roman")),
    ],
)
@pytest.mark.parametrize("times", [1, 40])
def test_text_in_any_charset_is_read_as_written(text: str, name: str, times: int) -> None:
    data = f"{text}\n".encode(name) * times if "utf" in name else (f"{text}\n" * times).encode(name)
    assert sniff(data[:HEAD_BYTES], len(data)).id == "text"
    outcome = check("text", data, b"")
    assert outcome.reading is not None
    assert "".join(unit.text for unit in outcome.reading.units) == unicodedata.normalize("NFC", f"{text}\n" * times)
    assert any(one.code in ("D-GUESS", "D-CP1252") for one in outcome.reading.findings)


@pytest.mark.parametrize(
    "text",
    [
        "naïve café", "“Quoted” text — and more…", "£5 costs €7, 20°C", "Müller", "Ångström und Söhne",
        "el niño habló con la señora", "São Paulo, coração, não", "© 2010 Company® “x”", "§ 5 Abs. 3 § 7",
        "price: £100 £200 £300 £400", "•\titem one\n•\titem two\n•\titem", "Größe Straße äöü",
        "ÉCOLE NATIONALE SUPÉRIEURE À PARIS", "l’été où naît l’œuvre", "þetta er íslenska, það er gott að vera hér",
    ],
)  # fmt: skip
def test_western_text_stays_western(text: str) -> None:
    assert charset.guess(text.encode("cp1252")) == "cp1252"


def test_what_is_declared_comes_before_a_guess() -> None:
    assert Decoded(RUSSIAN.encode("koi8_r"), "cp1251").encoding == "cp1251"


@QUICK
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_have_a_charset_soon(data: bytes) -> None:
    b"".decode(charset.guess(data))
    decoded = Decoded(data)
    assert decoded.byte(len(decoded.text)) <= len(data)


def test_a_guess_over_much_text_is_quick() -> None:
    data = (RUSSIAN * 3000).encode("cp1251")
    start = time.process_time()
    assert charset.guess(data) == "cp1251"
    assert time.process_time() - start < 1


def test_text_with_control_characters_is_text() -> None:
    data = b"before\x00after\x1b[31mred\x07\x08\x0c\xff\xfe\xc3( end of the line and of the file\n"
    assert sniff(data, len(data)).id == "text"


# -- XML


def test_xml_as_data() -> None:
    data = (
        b'<?xml version="1.0"?><!-- made by Ada --><list><person id="7" name="Tomas"/><place>Port Amery</place>'
        b"<p>He <b>never</b> came.</p><![CDATA[raw & ready]]></list>"
    )
    found, _ = reading(data, "xml")
    assert said(found) == [
        ("note", "made by Ada"),
        ("code", 'id="7" name="Tomas"'),
        ("cell", "Port Amery"),
        ("paragraph", "He never came."),
        ("cell", "raw & ready"),
    ]
    start, end = found.units[2].source[0]
    assert data[start:end] == b"Port Amery"


@pytest.mark.parametrize("name", ["billion_laughs.xml", "xxe.xml", "xxe.svg"])
@pytest.mark.shared
@shared
def test_entities_are_told_and_not_expanded(name: str) -> None:
    data = (SHARED / "made/markup" / name).read_bytes()
    found, _ = reading(data, "xml")
    assert sum(len(unit.text) for unit in found.units) < 2 * len(data)
    assert "X-ENTITY" in [one.code for one in found.findings]
    assert not any("root:" in unit.text for unit in found.units)


def test_entities_in_attributes_stay_small() -> None:
    declared = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 10}">' for n in range(12))
    data = f'<!DOCTYPE a [{declared}]><a b="&e11;">word</a>'.encode()
    start = time.process_time()
    outcome = check("xml", data, b"")
    assert time.process_time() - start < 5 and outcome.reading is not None
    assert sum(len(unit.text) for unit in outcome.reading.units) < 20 * len(data)


def test_broken_xml_keeps_its_text() -> None:
    found, _ = reading(b'<?xml version="1.0"?><list><name>Tomas</name><name>Veidt</list>', "xml")
    assert "Veidt" in "\n".join(text for _, text in said(found))
    assert "X-XML" in [one.code for one in found.findings]


def test_xml_in_another_charset() -> None:
    found, _ = reading('<?xml version="1.0" encoding="koi8-r"?><a>привет</a>'.encode("koi8_r"), "xml")
    assert said(found) == [("cell", "привет")]


@pytest.mark.parametrize(("open_", "close"), [("<a>", "</a>"), ("<a>", "")])
def test_deep_xml(open_: str, close: str) -> None:
    assert check("xml", (open_ * 100_000 + "word" + close * 100_000).encode(), b"").state == "read"


# -- JSON


def test_json_as_labels_and_cells() -> None:
    data = b'{"name": "Tom\\u00e1s \\"T\\" Veidt", "age": 41, "gone": null, "sons": ["Udo", ""]}'
    found, _ = reading(data, "json")
    assert said(found) == [
        ("cell-label", "name"),
        ("cell", 'Tomás "T" Veidt'),
        ("cell-label", "age"),
        ("cell", "41"),
        ("cell-label", "gone"),
        ("cell", "null"),
        ("cell-label", "sons"),
        ("cell", "Udo"),
    ]
    start, end = found.units[7].source[0]
    assert data[start:end] == b"Udo"


def test_json_lines_and_broken_json() -> None:
    found, _ = reading(b'{"a": "one", "b": 1}\n' * 9 + b'{"a": oops "three"\n', "json")
    assert [text for label, text in said(found) if label == "cell"] == [*["one", "1"] * 9, "three"]
    assert ("text", "oops") in said(found) and "J-BROKEN" in [one.code for one in found.findings]


@pytest.mark.parametrize("data", [b"[" * 500_000, b'{"a":' * 200_000, b'["' + b"x" * 2_000_000])
def test_deep_and_open_json(data: bytes) -> None:
    start = time.process_time()
    assert read("json", data).state == "read" and time.process_time() - start < 10


@QUICK
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=12))  # fmt: skip # noqa: E501
def test_every_string_of_a_json_text_is_a_unit(value: object) -> None:
    outcome = check("json", json.dumps(value).encode(), b"")
    assert outcome.reading is not None
    texts = {unit.text for unit in outcome.reading.units}

    def strings(one: object) -> list[str]:
        if isinstance(one, dict):
            return [*one, *(text for inner in one.values() for text in strings(inner))]
        if isinstance(one, list):
            return [text for inner in one for text in strings(inner)]
        return [one] if isinstance(one, str) else []

    for text in strings(value):
        wanted = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
        assert not wanted or any("\ud800" <= character <= "\udfff" for character in text) or wanted in texts


# -- tables in plain text


@pytest.mark.parametrize("mark", ["\t", ";", "|"])
def test_tables_with_any_delimiter(mark: str) -> None:
    rows = [["name", "place", "sum"], ["Tomas", "Port Amery", "7"], ["Udo", '"a\nb"', "8"], ["=1+1", "x", "9"]]
    data = "".join(mark.join(row) + "\n" for row in rows).encode()
    found, _ = reading(data, "delimited")
    assert [unit.label for unit in found.units] == ["cell-label", "cell", "cell", "cell"]
    assert [unit.text for unit in found.units] == [mark.join(row) + "\n" for row in rows]
    assert b"".join(data[a:b] for unit in found.units for a, b in unit.source) == data


def test_a_table_in_cyrillic() -> None:
    data = "имя;город;сумма\nТомас;Киев;5\nУдо;Львов;7\nАда;Одесса;9\n".encode("cp1251")
    found, _ = reading(data, "delimited")
    assert found.units[1].text == "Томас;Киев;5\n" and found.encoding == "cp1251"


@QUICK
@given(st.text(alphabet=st.sampled_from('a"\t;\n\r1 é'), max_size=200))
def test_rows_lose_and_double_nothing(text: str) -> None:
    raw = text.encode()
    outcome = check("delimited", raw, b"")
    if raw:
        assert outcome.reading is not None
        assert b"".join(raw[a:b] for unit in outcome.reading.units for a, b in unit.source) == raw


def test_prose_is_no_table() -> None:
    data = b"First, there was one, and then two.\nNobody, he said, came.\nThat was all.\n"
    assert sniff(data, len(data)).id == "text"


# -- databases


def database(path: Path, *statements: str, rows: list[tuple[object, ...]] | None = None) -> bytes:
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA secure_delete=OFF")
        for statement in statements:
            made.execute(statement)
        if rows:
            made.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
    made.close()
    return path.read_bytes()


def test_tables_of_a_database_are_parts(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(1, "Tomás", b"\x89PNG\r\n\x1a\n" + bytes(80)), (2, None, b"\x01\x02")]
    data = database(tmp_path / "d", "CREATE TABLE people (id, 'na\"me', face)", rows=rows)
    found, outcome = reading(data, "sqlite")
    assert found.type == "data" and ("code", "CREATE TABLE people (id, 'na\"me', face)") in said(found)
    assert [part.name for part in outcome.parts] == ["people/1/3", "people"]
    lines = [json.loads(line) for line in outcome.parts[1].data.splitlines()]
    assert lines == [["id", 'na"me', "face"], [1, "Tomás", "people/1/3"], [2, None, "0102"]]
    assert sniff(outcome.parts[1].data, len(outcome.parts[1].data)).id == "json"


def test_views_and_functions_are_told_and_not_run(tmp_path: Path) -> None:
    endless = "CREATE VIEW v AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c"
    data = database(tmp_path / "d", "CREATE TABLE people (a, b, c)", endless, rows=[(1, 2, 3)])
    start = time.process_time()
    found, outcome = reading(data, "sqlite")
    assert time.process_time() - start < 2
    assert ("code", endless) in said(found) and [part.name for part in outcome.parts] == ["people"]


def test_deleted_rows_that_still_stand_there_are_told(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [(n, f"Tomas Veidt number {n} " + "x" * 300, "") for n in range(200)]
    path = tmp_path / "d"
    database(path, "CREATE TABLE people (a, b, c)", rows=rows)
    data = database(path, "DELETE FROM people")
    found, _ = reading(data, "sqlite")
    assert any("Tomas Veidt number 7" in text for label, text in said(found) if label == "note")
    assert "S-DELETED" in [one.code for one in found.findings]


def test_a_database_in_wal_mode_and_a_broken_one(tmp_path: Path) -> None:
    data = database(tmp_path / "d", "CREATE TABLE people (a, b, c)", rows=[(1, 2, 3)])
    assert len(read("sqlite", data[:18] + b"\x02\x02" + data[20:]).parts) == 1
    assert read("sqlite", data[:60] + bytes(4000)).code == "S-BROKEN"


@QUICK
@given(st.data())
def test_damaged_databases_never_raise(tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("db") / "d"
    broken = bytearray(
        database(path, "CREATE TABLE people (a, b, c)", rows=[(n, "x" * 40, b"y" * 90) for n in range(90)])
    )
    for _ in range(draw.draw(st.integers(1, 20))):
        broken[draw.draw(st.integers(16, len(broken) - 1))] = draw.draw(st.integers(0, 255))
    check("sqlite", bytes(broken), b"")


# -- pages


def test_what_stands_beside_a_page() -> None:
    data = (
        b'<html><head><meta name="keywords" content="Ada Lindqvist"></head><body><p>Shown <!-- Tomas --> words</p>'
        b'<p style="display: none">unseen</p><span style="color:#000;background:#000">black</span>'
        b'<img src="http://example.org/p.png" alt="The quay"><a href="#top">x</a></body></html>'
    )
    found, _ = reading(data, "html")
    text = said(found)
    for one in (
        ("note", "Ada Lindqvist"),
        ("note", "Tomas"),
        ("link", "http://example.org/p.png"),
        ("note", "The quay"),
    ):
        assert one in text
    assert ("paragraph", "Shown words") in text and not any(text == "#top" for _, text in said(found))
    flagged = {one.code: found.units[one.unit].text for one in found.findings}
    assert flagged["O-HIDDEN"] == "unseen" and "black" in flagged["O-COVERED"]


# -- what nobody reads


@pytest.mark.parametrize(
    ("data", "mime", "remedy"),
    [
        (b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(40), "application/x-msaccess", "mdbtools"),
        (b"ITSF\x03\x00\x00\x00" + bytes(40), "application/vnd.ms-htmlhelp", "7z"),
        (bytes(60) + b"BOOKMOBI" + bytes(8), "application/x-mobipocket-ebook", "Calibre"),
        (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(60), "application/x-dosexec", "unread"),
        (bytes(64), "application/octet-stream", "hex"),
    ],
)
def test_unread_types_are_named_with_what_would_read_them(data: bytes, mime: str, remedy: str) -> None:
    form = sniff(data, len(data))
    assert (form.id, form.mime) == ("unknown", mime)
    outcome = read(form.mime, data)
    assert outcome.code == "R-UNKNOWN" and mime in outcome.message and remedy in outcome.remedy


def test_every_media_type_that_signs_give_has_a_name() -> None:
    for mime in {sign[2] for sign in kinds._SIGNS}:
        message, remedy = kinds.told(mime)
        assert message.startswith("not read: ") and mime in message and remedy


def test_every_form_of_shapes_is_known() -> None:
    assert {"docx", "xlsx", "pptx", "odf", "epub", "doc", "xls", "ppt", "ole", "sqlite", "rtf"} <= set(FORMS) & set(
        READERS
    )
