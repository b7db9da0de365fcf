"""site.manifest: one spelling, safe paths, and what differs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import VerifyError
from unsealed.seal import site_manifest
from unsealed.seal.site_manifest import Differences, SiteFile

HASH = "0123456789abcdef" * 4
GOOD = f"unsealed-site/1\n{HASH} 0 a.txt\n{HASH} 17 d/x/index.html\n{HASH} 3 o/01/{HASH}\n"


def broken(text: str | bytes) -> str:
    with pytest.raises(VerifyError) as caught:
        site_manifest.decode_manifest(text if isinstance(text, bytes) else text.encode())
    return caught.value.rule


def test_the_form() -> None:
    files = site_manifest.decode_manifest(GOOD.encode())
    assert files[1] == SiteFile("d/x/index.html", 17, HASH)
    assert site_manifest.encode_manifest(reversed(files)).decode() == GOOD
    assert site_manifest.decode_manifest(b"unsealed-site/1\n") == ()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("site/1", "site/2", "manifest-form"),
        (" 17 ", " 017 ", "manifest-form"),
        (" 17 ", "  17 ", "manifest-form"),
        (" 17 ", " -17 ", "manifest-form"),
        (" 17 ", " 17", "manifest-form"),
        (" 17 ", " ١٧ ", "manifest-form"),
        (f"{HASH} 17", f"{HASH.upper()} 17", "manifest-form"),
        (f"{HASH} 17", f"{HASH[:-1]} 17", "manifest-form"),
        ("a.txt\n", "a.txt\n\n", "manifest-form"),
        ("a.txt\n", "a.txt\r\n", "path"),
        ("a.txt", "z.txt", "manifest-order"),
        ("d/x/index.html", "a.txt", "manifest-order"),
        ("a.txt", "../etc/passwd", "path"),
        ("a.txt", "/etc/passwd", "path"),
        ("a.txt", "a/../b", "path"),
        ("a.txt", "a//b", "path"),
        ("a.txt", "./a", "path"),
        ("a.txt", "a\\b", "path"),
        ("a.txt", "a\x00b", "path"),
        ("a.txt", "a\x7fb", "path"),
        ("d/x/index.html", "heads/policy", "path"),
        ("a.txt", "a" * 1025, "path"),
    ],
)
def test_other_spellings_and_hostile_paths(old: str, new: str, rule: str) -> None:
    assert broken(GOOD.replace(old, new, 1)) == rule


def test_cut_off_not_text_and_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken(GOOD[:-1]) == "manifest-form"
    assert broken("") == "manifest-form"
    assert broken("unsealed-site/1") == "manifest-form"
    assert broken(b"\xff") == "manifest-form"
    monkeypatch.setattr(site_manifest, "MAX_MANIFEST", 10)
    assert broken(GOOD) == "manifest-size"


def test_a_path_with_a_lone_surrogate() -> None:
    with pytest.raises(VerifyError):
        site_manifest.check_path("a\udc80b")


def test_nothing_is_written_that_could_not_be_read() -> None:
    for path in ("../x", "heads/x"):
        with pytest.raises(VerifyError):
            site_manifest.encode_manifest([SiteFile(path, 1, HASH)])
    with pytest.raises(VerifyError) as caught:
        site_manifest.encode_manifest([SiteFile("a", 1, HASH), SiteFile("a", 2, HASH)])
    assert caught.value.rule == "manifest-order"


def test_compare() -> None:
    first = {"a": (1, "x"), "b": (2, "y"), "c": (3, "z")}
    assert not site_manifest.compare(first, dict(first))
    found = site_manifest.compare(first, {"a": (1, "x"), "b": (2, "changed"), "d": (4, "w")})
    assert found == Differences(("b",), ("c",), ("d",))
    assert found


parts = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\\x7f"), min_size=1, max_size=20)
paths = st.lists(parts.filter(lambda part: part not in (".", "..")), min_size=1, max_size=4).map("/".join)


@given(st.sets(paths.filter(lambda path: not path.startswith("heads/"))))
def test_what_is_written_is_read_back(names: set[str]) -> None:
    files = [SiteFile(name, len(name), HASH) for name in names]
    data = site_manifest.encode_manifest(files)
    assert sorted(files) == list(site_manifest.decode_manifest(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_have_one_form(data: bytes) -> None:
    try:
        files = site_manifest.decode_manifest(b"unsealed-site/1\n" + data)
    except VerifyError:
        return
    assert site_manifest.encode_manifest(files) == b"unsealed-site/1\n" + data


@pytest.mark.parametrize(
    ("identifier", "folder"),
    [
        ("09BERN12", "09BERN12"), ("s7", "s7"), ("a.b-c_d", "a.b-c_d"), ("x" * 80, "x" * 80),
        ("a/b", "a-b-s7"), ("../..", "document-s7"), (".hidden", "hidden-s7"), ("", "document-s7"),
        ("a b\n", "a-b-s7"), ("é", "document-s7"), ("x" * 81, "x" * 80 + "-s7"), ("a\n", "a-s7"),
    ],
)  # fmt: skip
def test_the_folder_of_a_document(identifier: str, folder: str) -> None:
    assert site_manifest.document_segment(identifier, 7) == folder
