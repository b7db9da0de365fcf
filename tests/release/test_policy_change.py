"""Changing whose signatures count: both thresholds of root keys, and what is refused before and after."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.release.crashing import every_death, public_bytes
from tests.release.house import PASSPHRASE, VERIFIER, new_house, review, seal, stock
from tests.release.test_publishing import finish, site
from unsealed.archive import Archive
from unsealed.errors import HumanNeeded, KeysError, UsageError, VerifyError
from unsealed.mirror.trust import TrustStore
from unsealed.release import policy_change
from unsealed.release.build import build_release
from unsealed.release.journal import Journal, first_policy
from unsealed.release.keyring import Keyring, open_keyring, read_policy
from unsealed.release.pending import find_pending, put_pending
from unsealed.release.plan import plan_release
from unsealed.release.policy_change import Edit
from unsealed.release.publishing import publish
from unsealed.release.records import read_release
from unsealed.release.signing import sign_release
from unsealed.seal import note
from unsealed.seal.entries import KeysEntry, assemble, parse_entry, replay, sign_entry
from unsealed.seal.note import KIND_COSIGNATURE, Signer, generate
from unsealed.seal.policy import Group, Policies, Policy, Witness

House = tuple[Archive, Keyring]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    archive, keys = sealed(tmp_path / "a")
    yield archive, keys
    archive.close()


def sealed(path: Path) -> House:
    """A sealed and reviewed archive with three root keys, two of them needed."""
    archive, keys = new_house(path)
    for name in ("root.b", "root.c"):
        keys.store.new("root", name)
    stock(archive)
    seal(archive, keys)
    review(archive, {"document": "*", "find": "Karl Ottmar"})
    return archive, keys


def root(keys: Keyring, name: str) -> Signer:
    """A root key by name."""
    return next(one for one in keys.store.signers("root") if one.name == name)


def change(archive: Archive, keys: Keyring, edit: Edit, *, signers: tuple[str, ...] = ("root.a", "root.b")) -> Policy:
    """Draft, sign with these root keys, publish."""
    policy_change.draft_change(archive, edit)
    for name in signers:
        policy_change.sign_change(archive, root(keys, name))
    return policy_change.publish_change(archive, keys)[1]


def release(archive: Archive, keys: Keyring, number: int, items: list[int]) -> int:
    """Plan, build, sign, publish."""
    plan_release(archive, number, items, title="T", story="", date="2026-01-03")
    build_release(archive, keys, number, verifier=VERIFIER)
    return finish(archive, keys, number)


def test_the_new_editors_sign_what_comes_after(house: House) -> None:
    archive, keys = house
    release(archive, keys, 1, [1])
    keys.store.new("editor", "noor")
    new = change(archive, keys, Edit(add=["noor"], remove=["ana"]))
    assert [key.name for key in new.editors] == ["jonas", "mira", "noor"]
    assert read_policy(archive).raw == new.raw == (archive.path / "public/heads/policy").read_bytes()
    keys = open_keyring(archive, PASSPHRASE)
    plan_release(archive, 2, [2], title="T", story="", date="2026-01-03")
    build_release(archive, keys, 2, verifier=VERIFIER)
    with pytest.raises(UsageError, match="not one of the policy's editors"):
        sign_release(archive, 2, keys.editors[0], read_policy(archive))
    for signer in keys.editors[1:3]:
        sign_release(archive, 2, signer, read_policy(archive))
    publish(archive, keys, read_policy(archive), read_release(archive, 2).release)
    assert site(archive, keys) == 4
    first = first_policy(archive)
    entries = Journal(archive, first.log).entries()
    # Whoever trusted policy 1 is led to policy 2 by the log; whoever trusts policy 2, back to 1 by its bytes.
    assert replay(entries, first).policies.newest.raw == new.raw
    backward = replay(entries, new, {first.sha256: first.raw})
    assert [policy.number for policy in backward.policies.all] == [1, 2]
    assert [key.name for key in backward.placed[3].signed_by] == ["jonas", "mira"]


def test_both_thresholds_are_needed(house: House) -> None:
    archive, keys = house
    before = public_bytes(archive.path)
    policy_change.draft_change(archive, Edit(remove=["ana"]))
    with pytest.raises(HumanNeeded, match="0 of the 2 root keys of the policy in force"):
        policy_change.publish_change(archive, keys)
    policy_change.sign_change(archive, root(keys, "root.a"))
    made = policy_change.sign_change(archive, root(keys, "root.a"))
    assert made.counts() == (1, 1)
    with pytest.raises(HumanNeeded, match="1 of the 2"):
        policy_change.publish_change(archive, keys)
    after = public_bytes(archive.path)
    del after["packages/pending/policy"]
    assert after == before


def test_new_roots_have_to_agree_too(house: House) -> None:
    archive, keys = house
    for name in ("root.x", "root.y"):
        keys.store.new("root", name)
    edit = Edit(add=["root.x", "root.y"], remove=["root.a", "root.b"])
    policy_change.draft_change(archive, edit)
    for name in ("root.a", "root.b"):
        policy_change.sign_change(archive, root(keys, name))
    with pytest.raises(HumanNeeded, match="0 of the 2 root keys of the next policy"):
        policy_change.publish_change(archive, keys)
    for name in ("root.c", "root.x"):
        policy_change.sign_change(archive, root(keys, name))
    assert policy_change.publish_change(archive, keys)[0] == 1


def test_what_was_signed_under_the_old_policy_no_longer_counts(house: House) -> None:
    archive, keys = house
    plan_release(archive, 1, [1], title="T", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    old = read_policy(archive)
    sign_release(archive, 1, keys.editors[0], old)
    change(archive, keys, Edit(remove=["mira"]))
    assert policy_change.overtaken(archive) == (1,)
    policy = read_policy(archive)
    with pytest.raises(HumanNeeded, match="another policy than number 2"):
        sign_release(archive, 1, keys.editors[1], policy)
    with pytest.raises(HumanNeeded, match="another policy than number 2"):
        publish(archive, keys, policy, read_release(archive, 1).release)
    build_release(archive, keys, 1, verifier=VERIFIER)
    assert policy_change.overtaken(archive) == ()
    assert read_release(archive, 1).release.signatures == ()
    assert finish(archive, keys, 1) == 2


def test_an_entry_under_the_old_policy_is_refused_by_readers(house: House) -> None:
    archive, keys = house
    old = read_policy(archive)
    change(archive, keys, Edit(remove=["mira"]))
    journal = Journal(archive, keys.log.verifier)
    entry = journal.entries()[1]
    payload = parse_entry(entry).payload
    assert isinstance(payload, KeysEntry)
    # The thief of the old keys logs another change from policy 1, with everything that he has.
    thief = [root(keys, "root.a"), root(keys, "root.b")]
    again = sign_entry(msgspec.structs.replace(payload, number=2), thief)
    journal.append(again, keys.log)
    with pytest.raises(VerifyError) as caught:
        replay(journal.entries(), old)
    assert caught.value.rule == "policy"


def test_a_trusting_reader_follows(house: House, tmp_path: Path) -> None:
    archive, keys = house
    store = TrustStore(tmp_path / "trust")
    first = store.add(first_policy(archive).raw)
    change(archive, keys, Edit(remove=["mira"]))
    history = replay(Journal(archive, first.log).entries(), first)
    store.remember(history.policies, (archive.path / "public/heads/log/checkpoint").read_bytes())
    followed = store.policies(first.archive_id)
    assert followed is not None
    assert followed.newest.number == 2
    assert store.policy(first.archive_id) == first or store.policy(first.archive_id).raw == first.raw  # type: ignore[union-attr]


def test_two_changes_one_after_the_other(house: House) -> None:
    archive, keys = house
    change(archive, keys, Edit(remove=["mira"]))
    new = change(archive, keys, Edit(editors_needed=1, max_age_days=30))
    assert (new.number, new.editors_needed, new.max_age_days, len(new.editors)) == (3, 1, 30, 2)
    assert [one.number for one in Journal(archive, new.log).policies().all] == [1, 2, 3]


def test_witnesses_groups_and_quorum(house: House) -> None:
    archive, _ = house
    witnesses = [Witness(f"w{n}", generate(f"paper{n}", KIND_COSIGNATURE).verifier, "") for n in (1, 2)]
    edit = Edit(witnesses=witnesses, groups=(Group("papers", 1, ("w1", "w2")),), quorum="papers")
    made = policy_change.draft_change(archive, edit)
    assert (made.new.quorum, [one.name for one in made.new.witnesses]) == ("papers", ["w1", "w2"])


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (Edit(), "the same as the one in force"),
        (Edit(editors_needed=9), "editors K"),
        (Edit(quorum="nobody"), "not defined"),
        (Edit(remove=["ana", "jonas"]), "editors K"),
    ],
)
def test_policies_that_cannot_be(house: House, edit: Edit, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        policy_change.draft_change(house[0], edit)


@pytest.mark.parametrize("edit", [Edit(add=["nobody"]), Edit(remove=["nobody"]), Edit(add=["test.example/log"])])
def test_unknown_names(house: House, edit: Edit) -> None:
    with pytest.raises(KeysError, match="name"):
        policy_change.draft_change(house[0], edit)


def test_a_whole_file_is_held_to_the_same_rules(house: House) -> None:
    archive, _ = house
    old = read_policy(archive)
    with pytest.raises(UsageError, match="number 2, not 1"):
        policy_change.draft_text(archive, old.raw)
    with pytest.raises(UsageError, match="cannot be used"):
        policy_change.draft_text(archive, b"nonsense\n")
    other = generate("other.example/log").verifier
    with pytest.raises(UsageError, match="another log"):
        policy_change.draft_text(
            archive, old.raw.replace(b"policy/1 1", b"policy/1 2").replace(old.log.vkey.encode(), other.vkey.encode())
        )
    with pytest.raises(UsageError, match="say the same"):
        policy_change.draft_text(archive, b"# words\n" + old.raw.replace(b"policy/1 1", b"policy/1 2"))
    made = policy_change.draft_text(archive, old.raw.replace(b"policy/1 1", b"policy/1 2") + b"max-age-days 9\n")
    assert made.new.max_age_days == 9


def test_a_new_draft_drops_the_signatures_of_the_old(house: House) -> None:
    archive, keys = house
    policy_change.draft_change(archive, Edit(remove=["mira"]))
    policy_change.sign_change(archive, root(keys, "root.a"))
    assert policy_change.draft_change(archive, Edit(remove=["mira"])).counts() == (1, 1)
    assert policy_change.draft_change(archive, Edit(remove=["ana"])).counts() == (0, 0)


def test_an_overtaken_draft_is_said_to_be_one(house: House) -> None:
    archive, keys = house
    policy_change.draft_change(archive, Edit(remove=["ana"]))
    text = find_pending(archive, "policy").text  # type: ignore[union-attr]
    change(archive, keys, Edit(remove=["mira"]))
    with pytest.raises(UsageError, match="No change"):
        policy_change.read_change(archive)
    put_pending(archive, "policy", text)
    with pytest.raises(HumanNeeded, match="no longer in force"):
        policy_change.find_change(archive)


def test_only_root_keys_sign_a_change(house: House) -> None:
    archive, keys = house
    policy_change.draft_change(archive, Edit(remove=["mira"]))
    with pytest.raises(UsageError, match="root keys"):
        policy_change.sign_change(archive, keys.editors[0])
    stranger = generate("root.a")
    with pytest.raises(UsageError, match="root keys"):
        policy_change.sign_change(archive, stranger)


# --- attacks ------------------------------------------------------------------------------------------


def test_one_root_key_twice_does_not_reach_two(house: House) -> None:
    archive, keys = house
    made = policy_change.draft_change(archive, Edit(remove=["mira"]))
    [line] = note.sign(made.pending.text, [root(keys, "root.a")])
    with pytest.raises(UsageError, match="root keys"):  # a line twice is a line that nobody wrote
        policy_change.add_change_note(archive, note.Note(made.pending.text, (line, line)).encode())
    entry = assemble(made.pending.text, [line, line])
    with pytest.raises(VerifyError) as caught:
        replay([Journal(archive, keys.log.verifier).entries()[0], entry], made.old)
    assert caught.value.rule == "threshold"


def test_a_stolen_editors_key_alone_publishes_nothing(house: House) -> None:
    archive, keys = house
    policy = read_policy(archive)
    plan_release(archive, 1, [1], title="T", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    sign_release(archive, 1, keys.editors[0], policy)
    with pytest.raises(HumanNeeded, match="1 of 2 signatures"):
        publish(archive, keys, policy, read_release(archive, 1).release)
    # Even with the log's key besides: readers count.
    text = read_release(archive, 1).release.entry
    entry = assemble(text, note.sign(text, [keys.editors[0]]))
    with pytest.raises(VerifyError, match="1 of the 2 editors") as caught:
        replay([Journal(archive, keys.log.verifier).entries()[0], entry], policy)
    assert caught.value.rule == "threshold"


def test_the_stolen_log_key_alone_changes_no_keys(house: House) -> None:
    archive, keys = house
    made = policy_change.draft_change(archive, Edit(remove=["mira"]))
    journal = Journal(archive, keys.log.verifier)
    journal.append(assemble(made.pending.text, note.sign(made.pending.text, [keys.log])), keys.log)
    with pytest.raises(VerifyError) as caught:
        replay(journal.entries(), made.old)
    assert caught.value.rule == "key-unknown"


def test_keys_that_share_name_and_id_are_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    archive, keys = house

    def collide(self: Policies) -> None:
        raise VerifyError("Two keys have the same name and id.", rule="key-collision")

    links = Journal(archive, keys.log.verifier).policies()
    monkeypatch.setattr(Journal, "policies", lambda self: links)
    monkeypatch.setattr(Policies, "__post_init__", collide)
    with pytest.raises(UsageError, match="same name and id"):
        policy_change.draft_change(archive, Edit(remove=["mira"]))


# --- kills --------------------------------------------------------------------------------------------


def _change(path: Path, keys: Keyring) -> None:
    """What a person types, and types again after a kill."""
    with Archive.open(path, write=True) as archive:
        if read_policy(archive).number == 1:
            change(archive, keys, Edit(remove=["mira"]))
        elif policy_change.find_change(archive) is not None:
            policy_change.publish_change(archive, keys)
        site(archive, keys)


@pytest.mark.slow
def test_killed_anywhere_the_next_run_completes_the_change(tmp_path: Path) -> None:
    work, template = tmp_path / "a", tmp_path / "template"
    archive, keys = sealed(work)
    archive.close()
    shutil.copytree(work, template)
    _change(work, keys)
    undisturbed = public_bytes(work)
    deaths = 0
    for _ in every_death(template, work, lambda: _change(work, keys)):
        _change(work, keys)
        assert public_bytes(work) == undisturbed
        deaths += 1
    assert deaths > 30
