"""Redact more, unredact, withdraw, correct: each through the whole job, with a site that verifies after it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from tests.release.crashing import every_death
from tests.release.house import ANA, JONAS, PASSPHRASE, VERIFIER, new_house, review, seal, stock
from tests.review.small_archive import add, cable
from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, InputError, UsageError
from unsealed.mirror.check import SiteReport, verify_site
from unsealed.mirror.source import open_source
from unsealed.release.amend import build_package, plan_amended
from unsealed.release.calendar import read_calendar
from unsealed.release.keyring import Keyring, open_keyring, read_policy
from unsealed.release.leaks import LeaksFound
from unsealed.release.pending import find_pending
from unsealed.release.plan import plan_release
from unsealed.release.publishing import publish, publish_site
from unsealed.release.records import put_release, read_release
from unsealed.release.signing import sign_release
from unsealed.release.standing import payloads, read_public
from unsealed.release.statements import (
    Statement,
    draft_correction,
    draft_mirrors,
    draft_support,
    publish_statement,
    sign_statement,
)
from unsealed.review.desk import Desk
from unsealed.seal.payloads import Mirror, kind_of
from unsealed.site.build import build_site

House = tuple[Archive, Keyring]
DAY = "2026-02-01"
NAME = {"document": "*", "find": "Karl Ottmar"}
WAYS = b"""
text = "Thank you."
[[way]]
kind = "bank"
address = "XX12 3456 7890"
text = "Any sum helps."
[[way]]
kind = "web"
address = "https://support.example/"
text = ""
"""


def ready(path: Path) -> House:
    """Three cables, an event, a mail: sealed, decided, released in one pack."""
    archive, keys = new_house(path)
    stock(archive)
    seal(archive, keys)
    review(archive, NAME)
    plan_release(archive, 1, [1, 2, 3, 4], title="First", story="", date="2026-01-03")
    finish(archive, keys, 1)
    return archive, keys


def finish(archive: Archive, keys: Keyring, number: int) -> int:
    """Build, sign and publish what is planned."""
    build_package(archive, keys, number, verifier=VERIFIER)
    policy = read_policy(archive)
    for signer in keys.editors[:2]:
        sign_release(archive, number, signer, policy)
    return publish(archive, keys, policy, read_release(archive, number).release)


def pages(archive: Archive, keys: Keyring) -> SiteReport:
    """Make the pages, publish them, check the whole site as a stranger."""
    public = archive.path / "public"
    built = build_site(archive.path / "packages", public, archive.path / "cache" / "site", log=public / "heads" / "log")
    publish_site(archive, keys, built.manifest())
    return verify_site(open_source(str(public)), read_policy(archive), workers=1)


def say(archive: Archive, keys: Keyring, name: Any) -> int:
    """Sign and publish a statement that waits."""
    for signer in keys.editors[:2]:
        sign_statement(archive, name, signer)
    return publish_statement(archive, keys, name)


def page(archive: Archive, path: str) -> str:
    """A page of the site."""
    return (archive.path / "public" / path).read_text(encoding="utf-8")


def folder_of(archive: Archive, item: int) -> str:
    """The folder of the page of an item."""
    public = read_public(archive)
    row = public.in_force.get(item) or public.withdrawn[item]
    return f"d/{row.public_id}"


def everything(archive: Archive) -> bytes:
    """All bytes of the site, packs unpacked."""
    found = b""
    for path in sorted((archive.path / "public").rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if data[:4] == b"\x28\xb5\x2f\xfd":
                data = zstandard.ZstdDecompressor().decompress(data)
            found += data
    return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = ready(tmp_path / "a")
    yield archive, keys
    archive.close()


def test_redact_more(house: House) -> None:
    archive, keys = house
    pages(archive, keys)
    assert b"garden" in everything(archive)
    others = page(archive, f"{folder_of(archive, 2)}/document.json")
    review(archive, {"document": "1", "find": "garden"})
    made = plan_amended(archive, "redact-more", [1], why="The place gives her away.", date=DAY)
    assert made.obstacles == ()
    finish(archive, keys, 2)
    report = pages(archive, keys)
    assert report.documents == 4
    assert b"garden" not in everything(archive)
    assert page(archive, f"{folder_of(archive, 2)}/document.json") == others
    shown = page(archive, f"{folder_of(archive, 1)}/index.html")
    assert "More of it is withheld since release 2" in shown
    assert "The place gives her away." in shown
    assert "The place gives her away." in page(archive, "log/index.html")
    assert "The place gives her away." in page(archive, "feed.atom")
    assert [day.kind for day in read_calendar(archive).days] == ["seal", "release", "redact-more"]


def test_withdraw_and_show_again(house: House) -> None:
    archive, keys = house
    pages(archive, keys)
    folder = folder_of(archive, 3)
    made = plan_amended(archive, "withdraw", [3], why="A court said so.", date=DAY, code="by-order")
    assert made.obstacles == ()
    finish(archive, keys, 2)
    report = pages(archive, keys)
    assert report.documents == 3
    assert b"harbour" not in everything(archive)
    notice = page(archive, f"{folder}/index.html")
    assert "This document is withdrawn" in notice
    assert "by order of a court or an authority" in notice
    assert "A court said so." in notice
    assert not (archive.path / "public" / folder / "document.proof").exists()
    assert read_public(archive).withdrawn.keys() == {3}
    with pytest.raises(UsageError, match="never changes"):
        finish(archive, keys, 1)
    assert plan_release(archive, 3, [3], title="", story="", date=DAY).obstacles[0].kind == "released"
    for kind in ("withdraw", "redact-more"):
        again = plan_amended(archive, kind, [3], why="Again.", date=DAY, code="other")
        assert again.obstacles[0].kind == "withdrawn"
    assert plan_amended(archive, "unredact", [3], why="The order was lifted.", date=DAY).obstacles == ()
    finish(archive, keys, 3)
    assert pages(archive, keys).documents == 4
    shown = page(archive, f"{folder}/index.html")
    assert "harbour" in shown
    assert "Withdrawn by order" in shown
    assert "The order was lifted." in shown


def test_unredact(house: House) -> None:
    archive, keys = house
    pages(archive, keys)
    assert b"Ottmar" not in everything(archive)
    desk = Desk(archive)
    for item in (1, 3):
        for mark in desk.state(item).marks:
            for editor in (ANA, JONAS):
                desk.decide(mark.mark.number, editor, "reject")
    assert plan_amended(archive, "unredact", [1, 3], why="He asked for it.", date=DAY).obstacles == ()
    finish(archive, keys, 2)
    assert pages(archive, keys).hidden == 0
    assert "More of it is shown since release 2" in page(archive, f"{folder_of(archive, 1)}/index.html")
    assert b"Ottmar" in everything(archive)


def test_new_decisions_of_two_editors(house: House) -> None:
    archive, keys = house
    mark = Desk(archive).state(1).marks[0].mark.number
    Desk(archive).decide(mark, ANA, "reject")
    plan = plan_amended(archive, "unredact", [1], why="One editor says so.", date=DAY)
    assert plan.obstacles[0].kind in ("undecided", "hides-more")
    with pytest.raises(HumanNeeded):
        build_package(archive, keys, 2, verifier=VERIFIER)


def test_the_wrong_direction_is_refused(house: House) -> None:
    archive, keys = house
    for kind, rule in (("redact-more", "shows-more"), ("unredact", "hides-more")):
        plan = plan_amended(archive, kind, [1], why="Nothing was decided.", date=DAY)
        assert [one.kind for one in plan.obstacles] == [rule]
        with pytest.raises(HumanNeeded):
            build_package(archive, keys, 2, verifier=VERIFIER)
    review(archive, {"document": "1", "find": "tired"})
    assert plan_amended(archive, "unredact", [1], why="x", date=DAY).obstacles[0].kind == "hides-more"
    plan = plan_amended(archive, "redact-more", [5], why="It is not public.", date=DAY)
    assert plan.obstacles[0].kind == "not-public"


def test_words_withheld_now_that_others_still_show(house: House) -> None:
    """A further redaction of one document is worth nothing while another one shows the same words."""
    archive, keys = house
    review(archive, {"document": "3", "find": "harbour with two men"})
    desk = Desk(archive)
    assert desk.state(3).standing == "ready"
    plan_amended(archive, "redact-more", [3], why="Karl Ottmar could be harmed.", date=DAY)
    with pytest.raises(LeaksFound):
        build_package(archive, keys, 2, verifier=VERIFIER)  # the words for the readers name him


def test_calls_that_are_refused(house: House) -> None:
    archive, _ = house
    for values, match in (
        ({"why": " "}, "says why"), ({"date": "soon"}, "is a day"), ({"number": 1}, "is taken"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=match):
            plan_amended(archive, "redact-more", [1], **({"why": "x", "date": DAY} | values))
    with pytest.raises(UsageError, match="reason code"):
        plan_amended(archive, "withdraw", [1], why="x", date=DAY, code="By Order")


# --- statements ---------------------------------------------------------------------------------------


def test_a_correction_a_list_of_mirrors_ways_to_support(house: House) -> None:
    archive, keys = house
    pages(archive, keys)
    draft_correction(archive, [1], "The minister met him on Tuesday, not in the garden.", DAY)
    say(archive, keys, "correction")
    draft_support(archive, WAYS, DAY)
    say(archive, keys, "support")
    draft_mirrors(archive, [Mirror("https://m.example/", "In another country.")], DAY)
    say(archive, keys, "mirrors")
    assert pages(archive, keys).documents == 4
    assert "on Tuesday" in page(archive, f"{folder_of(archive, 1)}/index.html")
    support = page(archive, "support.html")
    assert "XX12 3456 7890" in support
    assert 'href="https://support.example/"' in support
    assert 'href="../support.html"' in page(archive, "log/index.html")
    assert "https://m.example/" in page(archive, "about.html")
    assert find_pending(archive, "correction") is None
    before = (archive.path / "public/heads/site.manifest").read_bytes()
    pages(archive, keys)
    assert (archive.path / "public/heads/site.manifest").read_bytes() == before


def test_a_statement_needs_two_editors_and_no_withheld_words(house: House) -> None:
    archive, keys = house
    with pytest.raises(HumanNeeded, match="withheld"):
        draft_correction(archive, [1], "It was Karl Ottmar.", DAY)
    with pytest.raises(UsageError, match="not public"):
        draft_correction(archive, [5], "It was Monday.", DAY)
    with pytest.raises(UsageError, match="no document"):
        draft_correction(archive, [], "It was Monday.", DAY)
    with pytest.raises(InputError):
        draft_support(archive, b"[[way]]\nkind = 'bank'\n", DAY)
    draft_correction(archive, [1], "It was Monday.", DAY)
    sign_statement(archive, "correction", keys.editors[0])
    with pytest.raises(HumanNeeded, match="1 of 2"):
        publish_statement(archive, keys, "correction")
    sign_statement(archive, "correction", keys.editors[1])
    assert publish_statement(archive, keys, "correction") == 2
    with pytest.raises(UsageError):
        publish_statement(archive, keys, "correction")


def test_too_few_signatures_and_another_text(house: House) -> None:
    archive, keys = house
    plan_amended(archive, "withdraw", [3], why="x", date=DAY, code="other")
    build_package(archive, keys, 2, verifier=VERIFIER)
    policy = read_policy(archive)
    sign_release(archive, 2, keys.editors[0], policy)
    with pytest.raises(HumanNeeded, match="1 of 2"):
        publish(archive, keys, policy, read_release(archive, 2).release)
    stored = read_release(archive, 2).release
    other = msgspec.structs.replace(stored, entry=stored.entry.replace("[1,2,1,", "[1,9,1,"))
    put_release(archive, "built", other)
    with pytest.raises((HumanNeeded, UsageError)):
        publish(archive, keys, policy, other)


# --- embargo ------------------------------------------------------------------------------------------


def at(text: str) -> Any:
    return lambda: datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_nothing_is_published_before_its_time(house: House) -> None:
    archive, keys = house
    review(archive)
    plan_release(archive, 2, [5, 6], title="Later", story="", date=DAY, embargo="2026-12-01T06:00:00Z")
    build_package(archive, keys, 2, verifier=VERIFIER)
    policy = read_policy(archive)
    for signer in keys.editors[:2]:
        sign_release(archive, 2, signer, policy)
    release = read_release(archive, 2).release
    with pytest.raises(HumanNeeded, match="under embargo until 2026-12-01T06:00:00Z"):
        publish(archive, keys, policy, release, clock=at("2026-12-01T05:59:59"))
    assert len(read_public(archive).packages) == 2
    # One person who plans it anew with another time has a package that nobody signed.
    plan_release(archive, 2, [5, 6], title="Later", story="", date=DAY)
    build_package(archive, keys, 2, verifier=VERIFIER)
    assert read_release(archive, 2).release.entry != release.entry
    assert read_release(archive, 2).release.signatures == ()
    plan_release(archive, 2, [5, 6], title="Later", story="", date=DAY, embargo="2026-12-01T06:00:00Z")
    build_package(archive, keys, 2, verifier=VERIFIER)
    for signer in keys.editors[:2]:
        sign_release(archive, 2, signer, policy)
    publish(archive, keys, policy, read_release(archive, 2).release, clock=at("2026-12-01T06:00:00"))
    assert pages(archive, keys).documents == 6


# --- killed at every write ----------------------------------------------------------------------------


def test_a_withdrawal_killed_anywhere_is_whole_or_absent(tmp_path: Path) -> None:
    """Between build and publication at every crash point: the same call completes it, with the same bytes."""
    archive, _ = ready(tmp_path / "template")
    plan_amended(archive, "withdraw", [3], why="A court.", date=DAY, code="by-order")
    archive.close()
    work = tmp_path / "work"

    def step() -> None:
        opened = Archive.open(work, write=True)
        finish(opened, open_keyring(opened, PASSPHRASE), 2)
        opened.close()

    outcomes = set()
    for _ in every_death(tmp_path / "template", work, step, stride=45):
        with Archive.open(work, write=True) as again:
            logged = read_public(again)
            assert logged.withdrawn.keys() in (set(), {3})  # never half of it
            outcomes.add(len(logged.withdrawn))
            stored = read_release(again, 2)
            if stored.state != "published":
                complete(again, open_keyring(again, PASSPHRASE), stored.state)
            assert read_public(again).withdrawn.keys() == {3}
    assert outcomes == {0, 1}


@pytest.mark.parametrize("name", ["correction", "mirrors", "support"])
def test_a_statement_killed_anywhere_is_one_entry(tmp_path: Path, name: Statement) -> None:
    """Draft, signatures and publication at every crash point: the same calls complete it, and the log has it once."""
    archive, _ = ready(tmp_path / "template")
    archive.close()
    work = tmp_path / "work"

    def step() -> None:
        with Archive.open(work, write=True) as opened:
            draft(opened, name)
            say(opened, open_keyring(opened, PASSPHRASE), name)

    sizes = set()
    for _ in every_death(tmp_path / "template", work, step, stride=1 if os.environ.get("UNSEALED_SOAK") else 8):
        with Archive.open(work, write=True) as again:
            keys = open_keyring(again, PASSPHRASE)
            stated = [kind_of(payload) for payload in payloads(again)]
            sizes.add(len(stated))
            if name not in stated and find_pending(again, name) is None:
                draft(again, name)
            if find_pending(again, name) is not None:
                say(again, keys, name)
            assert [kind_of(payload) for payload in payloads(again)] == ["seal", "release", name]
            assert find_pending(again, name) is None
            log, own = again.path / "public/heads/log/checkpoint", again.path / "packages/log/checkpoint"
            assert log.read_bytes() == own.read_bytes()
    assert sizes == {2, 3}  # killed before the entry, and behind it


def draft(archive: Archive, name: Statement) -> None:
    """One statement of each kind."""
    if name == "correction":
        draft_correction(archive, [2], "The day was a Tuesday.", DAY)
    elif name == "mirrors":
        draft_mirrors(archive, [Mirror("https://m.example/", "In another country.")], DAY)
    else:
        draft_support(archive, WAYS, DAY)


def complete(archive: Archive, keys: Keyring, state: str) -> None:
    """What an editor does after a kill: the same commands again."""
    if state == "planned":
        finish(archive, keys, 2)
        return
    policy = read_policy(archive)
    for signer in keys.editors[:2]:
        if signer.name not in {line.name for line in read_release(archive, 2).release.signatures}:
            sign_release(archive, 2, signer, policy)
    publish(archive, keys, policy, read_release(archive, 2).release)


def test_a_statement_is_looked_at_again_when_editors_withheld_its_words_since(house: House) -> None:
    archive, keys = house
    draft_correction(archive, [1], "The harbour was seen from the tower of Marlowe.", DAY)
    for signer in keys.editors[:2]:
        sign_statement(archive, "correction", signer)
    add(archive, cable(9, "Ask Hedwig Marlowe about it."))
    review(archive, {"document": "*", "find": "Hedwig Marlowe"})
    with pytest.raises(HumanNeeded, match="withheld strings"):
        publish_statement(archive, keys, "correction")
    with pytest.raises(HumanNeeded, match="withheld strings"):
        sign_statement(archive, "correction", keys.editors[2])


def test_the_code_of_a_withdrawal_is_searched(house: House) -> None:
    archive, keys = house
    plan_amended(archive, "withdraw", [2], why="By order.", date=DAY, code="for-karl-ottmar")
    with pytest.raises(LeaksFound):
        build_package(archive, keys, 2, verifier=VERIFIER)
