"""Building: what is written, what is left alone, what survives a crash, what hostile packages cannot do."""

from __future__ import annotations

import hashlib
import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.site.conftest import Built, build, story_press
from tests.site.press import Press
from tests.site.reread import reread
from unsealed.errors import ArchiveError, InputError
from unsealed.files import Lock, set_crash_hook
from unsealed.seal.site_manifest import decode_manifest
from unsealed.seal.verify import verify_document
from unsealed.site import SiteOptions, build_site


def snapshot(public: Path) -> dict[str, tuple[int, int, str]]:
    """Path -> inode, mtime, hash of everything below public/ but heads/."""
    found = {}
    for path in sorted(public.rglob("*")):
        name = path.relative_to(public).as_posix()
        if path.is_file() and not name.startswith("heads/"):
            state = path.stat()
            found[name] = (state.st_ino, state.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


def contents(public: Path) -> dict[str, str]:
    return {name: value[2] for name, value in snapshot(public).items()}


@pytest.fixture
def press(tmp_path: Path) -> Press:
    press = story_press(tmp_path / "house", more=24)
    press.release(list(range(10, 30)), "Weekly reports", pack=7)
    return press


def test_the_report_names_every_file_and_its_hash(built: Built) -> None:
    listed = {file.path: (file.length, file.sha256) for file in decode_manifest(built.report.manifest())}
    assert listed == {
        name: ((built.public / name).stat().st_size, value) for name, value in contents(built.public).items()
    }


def test_every_proof_on_the_site_verifies_and_shows_the_same_blocks(built: Built) -> None:
    for document in built.press.documents(list(range(10)), 2):
        proof = (built.public / "d" / document.id / "document.proof").read_bytes()
        verified = verify_document(proof, None)
        assert verified.blocks == document.blocks
        page = built.page(f"d/{document.id}/index.html")
        embedded = page.split('id="proof">')[1].split("</script>")[0]
        undone = re.sub(r"\\(u003c|[\s\S])", lambda found: "<" if found[1] == "u003c" else found[0], embedded)
        assert undone.encode() == proof


def test_json_is_the_line_of_the_pack(built: Built) -> None:
    raw = (built.public / "d" / "s6" / "document.json").read_bytes()
    assert json.loads(raw)["type"] == "pdf"
    assert raw.count(b"\n") == 1


def test_building_again_touches_nothing(press: Press) -> None:
    build(press)
    before = snapshot(press.public)
    again = build(press)
    assert snapshot(press.public) == before
    assert (again.pages_made, again.written, again.removed) == (0, 0, 0)


def test_a_release_touches_its_documents_what_they_cite_and_the_lists_only(press: Press) -> None:
    build(press)
    before = snapshot(press.public)
    press.release(list(range(10)), "The slope above Korvane")
    report = build(press)
    after = snapshot(press.public)
    assert report.pages_made == 10
    documents = {name for name in before if name.startswith("d/")}
    assert all(before[name] == after[name] for name in documents)
    assert not set(before) - set(after)
    untouched = ["style.css", "seal.html", "404.html", "verify.html", "robots.txt", "r/0001/index.html"]
    assert all(before[name] == after[name] for name in untouched)
    changed = {name for name in before if before[name][2] != after[name][2]}
    assert {"index.html", "by/date/index.html", "feed.atom", "sitemap.xml"} <= changed


def test_a_document_that_is_cited_by_a_new_one_gets_a_new_page_and_no_other_does(tmp_path: Path) -> None:
    press = story_press(tmp_path, more=4)
    press.release([0, 10, 11, 12], "First")
    build(press)
    before = snapshot(press.public)
    press.release([2], "A mail that cites the cable")
    report = build(press)
    after = snapshot(press.public)
    assert report.pages_made == 2
    assert {name for name in before if name.startswith("d/") and before[name] != after[name]} == {
        "d/03VARDESK284/index.html"
    }
    assert "Fwd: the instruments" in (press.public / "d/03VARDESK284/index.html").read_text()


def test_a_growing_log_leaves_an_old_document_alone(tmp_path: Path) -> None:
    """Each release is followed by an entry for its pages: newer checkpoints must not reach older proofs."""
    press = story_press(tmp_path, more=6)
    press.release([0, 10, 11], "First")
    press.publish_site(build(press).manifest())
    before = snapshot(press.public)
    press.release([2, 3, 12], "Second: a mail in it cites one document of the first")
    report = build(press)
    press.publish_site(report.manifest())
    after = snapshot(press.public)
    assert report.pages_made == 4
    touched = {name for name in before if name.startswith("d/") and before[name] != after[name]}
    assert touched == {"d/03VARDESK284/index.html"}
    assert build(press).written == 0
    for name in ("03VARDESK284", "s2", press.drafts[10].id):
        verify_document((press.public / "d" / name / "document.proof").read_bytes(), None)


def test_two_builds_from_nothing_are_equal_to_the_byte(press: Press, tmp_path: Path) -> None:
    build(press)
    other = tmp_path / "other"
    build_site(press.packages, other, tmp_path / "cache2", log=press.log_folder)
    assert contents(other) == contents(press.public)


def test_step_by_step_gives_the_pages_of_one_go(tmp_path: Path) -> None:
    """The proofs of an early release keep the checkpoint that they were made under; all else is equal."""
    first = story_press(tmp_path / "a", more=6)
    second = story_press(tmp_path / "b", more=6)
    for slots in ([10, 11, 12], [0, 1, 2, 3, 4], [5, 6]):
        first.release(slots, "Part")
        build(first)
        second.release(slots, "Part")
    build(second)

    def without_proofs(public: Path) -> dict[str, str]:
        found = {}
        for name in contents(public):
            text = (public / name).read_bytes()
            found[name] = hashlib.sha256(re.sub(rb'"seal":\{"entry".*', b"", text)).hexdigest()
        return found

    assert {k: v for k, v in without_proofs(first.public).items() if not k.startswith("d/")} == {
        k: v for k, v in without_proofs(second.public).items() if not k.startswith("d/")
    }
    assert (
        first.public.joinpath("d/s2/document.txt").read_bytes()
        == second.public.joinpath("d/s2/document.txt").read_bytes()
    )


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"", lambda _: b"\xc1", lambda kept: kept[:-9], lambda kept: kept.replace(b"e", b"\xff")],
    ids=["empty", "nonsense", "torn", "not UTF-8"],
)
def test_a_damaged_cache_is_made_again(press: Press, damage: Callable[[bytes], bytes]) -> None:
    build(press)
    before = contents(press.public)
    kept = [path for path in press.cache.iterdir() if path.is_file() and path.stat().st_size]
    assert len(kept) > 2
    for path in kept:
        path.write_bytes(damage(path.read_bytes()))
    build(press)
    assert contents(press.public) == before


def test_without_its_cache_a_build_still_leaves_equal_files_alone(press: Press) -> None:
    build(press)
    before = snapshot(press.public)
    for path in press.cache.iterdir():
        path.unlink()
    build(press)
    assert snapshot(press.public) == before


def test_a_missing_or_shortened_page_is_made_again(press: Press) -> None:
    build(press)
    good = contents(press.public)
    (press.public / "index.html").unlink()
    (press.public / "d" / press.drafts[10].id / "index.html").write_bytes(b"short")
    build(press)
    assert contents(press.public) == good


def test_everything_repairs_a_page_that_was_changed_behind_its_back(press: Press) -> None:
    build(press)
    good = contents(press.public)
    page = press.public / "seal.html"
    page.write_bytes(page.read_bytes().replace(b"Not that", b"Yes that"))
    build_site(press.packages, press.public, press.cache, SiteOptions(everything=True), log=press.log_folder)
    assert contents(press.public) == good


class Killed(BaseException):
    """The process dies here."""


def _die_at(number: int) -> Callable[[str], None]:
    state = {"left": number}

    def hook(name: str) -> None:
        state["left"] -= 1
        if state["left"] < 0:
            raise Killed

    return hook


def _count_points(press: Press) -> int:
    points: list[str] = []
    set_crash_hook(points.append)
    try:
        build(press)
    finally:
        set_crash_hook(None)
    return len(points)


def test_killed_anywhere_the_next_build_completes(tmp_path: Path) -> None:
    reference = story_press(tmp_path / "reference", more=2)
    reference.release([10, 11], "First")
    build(reference)
    reference.release([0, 1, 4], "Second")
    total = _count_points(reference)
    good = contents(reference.public)
    assert total > 60
    for number in range(0, total, max(1, total // 25)):
        press = story_press(tmp_path / f"run{number}", more=2)
        press.release([10, 11], "First")
        build(press)
        press.release([0, 1, 4], "Second")
        set_crash_hook(_die_at(number))
        try:
            build(press)
        except Killed:
            pass
        finally:
            set_crash_hook(None)
        build(press)
        assert contents(press.public) == good, f"killed at point {number}"


def test_what_a_killed_build_of_another_version_left_is_cleared(press: Press) -> None:
    build(press)
    good = contents(press.public)
    stray = press.public / "by" / "mood" / "index.html"
    stray.parent.mkdir()
    stray.write_bytes(b"left over")
    (press.cache / "building").write_bytes(b"")
    assert build(press).removed == 1
    assert contents(press.public) == good
    assert not stray.parent.exists()


def test_an_object_that_no_published_package_names_goes(press: Press) -> None:
    """A publishing that was stopped may have left the pack of an abandoned package: it must never be signed."""
    build(press)
    foreign = press.public / "o" / "ab" / ("ab" * 32)
    foreign.parent.mkdir(parents=True)
    foreign.write_bytes(b"a pack with a name in it")
    report = build(press)
    assert not foreign.exists()
    assert f"o/ab/{'ab' * 32}" not in {line.path for line in report.files}
    assert {line.path for line in report.files if line.path.startswith("o/")}


def test_a_package_that_the_log_does_not_name_is_not_shown(press: Press) -> None:
    build(press)
    before = contents(press.public)
    checkpoint = (press.log_folder / "checkpoint").read_bytes()
    press.release([0], "Built, not published")
    (press.log_folder / "checkpoint").write_bytes(checkpoint)
    build(press)
    assert contents(press.public) == before
    preview = press.folder / "preview"
    build_site(press.packages, preview, press.folder / "preview-cache")
    assert (preview / "d" / "03VARDESK284" / "index.html").exists()


def test_a_document_released_again_keeps_its_history(tmp_path: Path) -> None:
    press = story_press(tmp_path, more=2)
    press.release([0, 1], "First")
    press.release([0], "Again")
    assert build(press).documents == 2
    page = (press.public / "d/03VARDESK284/index.html").read_text()
    assert "Released again in" in page
    assert page.index("release 1, First") < page.index("release 2, Again")
    assert "2 of 12 released" in (press.public / "index.html").read_text()


@pytest.mark.parametrize("damage", ["pack", "manifest", "missing", "number", "version"])
def test_a_damaged_package_is_refused_by_name(press: Press, damage: str) -> None:
    folder = press.packages / "0001"
    pack = next((folder / "packs").iterdir())
    manifest = folder / "manifest.json"
    if damage == "pack":
        pack.write_bytes(pack.read_bytes()[:-1] + b"\0")
    elif damage == "missing":
        pack.unlink()
    elif damage == "manifest":
        manifest.write_bytes(b"{}")
    elif damage == "number":
        folder.rename(press.packages / "0009")
    else:
        manifest.write_bytes(manifest.read_bytes().replace(b"unsealed-release/1", b"unsealed-release/9"))
    with pytest.raises(InputError) as caught:
        build_site(press.packages, press.public, press.cache)
    assert "packages/000" in caught.value.message
    assert caught.value.remedy


def test_two_builds_at_once_are_refused(press: Press) -> None:
    build(press)
    with Lock(press.cache / "lock"), pytest.raises(ArchiveError):
        build(press)


def test_an_archive_without_releases_says_what_comes(tmp_path: Path) -> None:
    press = story_press(tmp_path, more=1)
    build(press)
    front = (press.public / "index.html").read_text()
    assert "0 of 11 released" in front
    assert "The first documents will stand here." in front


def test_hidden_totals_are_printed_nowhere(tmp_path: Path) -> None:
    press = Press(tmp_path, story_press(tmp_path / "x", more=1).drafts, total=-1)
    press.seal()
    press.release([0, 1], "First")
    build(press)
    front = (press.public / "index.html").read_text()
    assert "2 documents released" in front
    assert "not public" in front
    assert "Sealed documents" not in (press.public / "seal.html").read_text()


# --- hostile packages


def _pages(built: Built) -> list[Path]:
    return sorted(built.public.rglob("*.html"))


def test_no_field_of_a_document_becomes_markup(attacked: Built) -> None:
    allowed = {"style.css", "page.js", "verifier.js"}
    for path in _pages(attacked):
        if path.name == "verify.html":
            continue
        for tag, values in reread(path.read_text(encoding="utf-8")).elements:
            assert tag not in ("img", "iframe", "object", "embed", "form", "base"), path.name
            assert not [name for name in values if name.startswith("on")], path.name
            if tag == "script" and values.get("type") != "application/json":
                assert (values["src"] or "").lstrip("./") in allowed
            for name in ("href", "src"):
                target = values.get(name) or ""
                assert not re.match(r"\s*(javascript|data|https?|//)", target, re.IGNORECASE), path.name


def test_no_id_leads_out_of_its_folder(attacked: Built) -> None:
    documents = [path for path in (attacked.public / "d").iterdir() if path.is_dir()]
    assert len(documents) == 8
    assert all(re.match(r"[A-Za-z0-9-]+-s\d\Z", path.name) for path in documents)
    inside = attacked.public.resolve()
    assert all(path.resolve().is_relative_to(inside) for path in attacked.public.rglob("*"))
    assert {path.name for path in attacked.press.folder.iterdir()} == {"packages", "public", "cache"}


def test_hostile_text_is_still_shown_word_for_word(attacked: Built) -> None:
    for document in attacked.press.documents(list(range(8)), 1):
        folder = next(path for path in (attacked.public / "d").iterdir() if path.name.endswith(f"-s{document.slot}"))
        assert (folder / "document.proof").read_bytes()
        text = (folder / "document.txt").read_text()
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[ESC]" in text


def test_feeds_of_hostile_packages_stay_well_formed(attacked: Built) -> None:
    for path in attacked.public.rglob("*.atom"):
        ET.fromstring(path.read_bytes())
    for path in attacked.public.rglob("feed.json"):
        assert json.loads(path.read_bytes())["items"]


def test_two_ids_that_want_one_page_are_refused(tmp_path: Path) -> None:
    drafts = story_press(tmp_path / "x", more=2).drafts
    twin = type(drafts[10])(drafts[10].id.lower(), drafts[11].type, drafts[11].units)
    press = Press(tmp_path / "y", [drafts[10], twin])
    press.seal()
    press.release([0, 1], "Twins")
    with pytest.raises(InputError, match="same page"):
        build(press)


def test_no_file_but_those_of_the_site_is_made(built: Built) -> None:
    assert sorted(os.listdir(built.public)) == sorted(
        {"404.html", "about.html", "by", "d", "feed.atom", "feed.json", "heads", "icon.svg", "index.html", "log",
         "missing.html",
         "o", "page.js", "r", "robots.txt", "seal.html", "sitemap.xml", "style.css", "verify.html",
         *(["verifier.js"] if (built.public / "verifier.js").exists() else [])}
    )  # fmt: skip
