"""Log entries: one byte form, signed by enough of the right people, numbered without a gap."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from tests.mirror.publisher import DAY, REASONS, Keys, Publisher, publisher, signer
from unsealed.errors import VerifyError
from unsealed.model import Reason
from unsealed.seal import entries, note, statement
from unsealed.seal.entries import Cuts, FileHash, KeysEntry, ReleaseEntry, SealEntry, SiteEntry
from unsealed.seal.note import Note, Signature
from unsealed.seal.policy import Policies

KEYS = Keys()
POLICY = KEYS.policy()
FILE = FileHash(sha256="ab" * 32, length=7)


def release(number: int = 1, **changed: Any) -> ReleaseEntry:
    values: dict[str, Any] = {
        "archive": POLICY.archive_id.hex(), "policy": POLICY.sha256, "number": number, "date": DAY, "manifest": FILE,
        "cuts": Cuts(root="cd" * 32, count=3), "verifier": "ef" * 32, "reasons": REASONS,
    }  # fmt: skip
    return ReleaseEntry(**(values | changed))


def seal(number: int = 0, generation: int = 1) -> SealEntry:
    told = statement.make(
        POLICY.archive_id, generation, 4, bytes(32), ("unsealed-document/1",), bytes(32), "2010-11-28T10:00:00Z"
    )
    return SealEntry(
        archive=POLICY.archive_id.hex(), policy=POLICY.sha256, number=number, date=DAY, manifest=FILE,
        statement=statement.encode(told).decode(),
    )  # fmt: skip


def site(number: int, shown: int) -> SiteEntry:
    return SiteEntry(archive=POLICY.archive_id.hex(), policy=POLICY.sha256, number=number, release=shown, manifest=FILE)


def signed(payload: entries.Payload, who: list[note.Signer] | None = None) -> bytes:
    return entries.sign_entry(payload, KEYS.editors[:2] if who is None else who)


def broken(untrusted: bytes) -> str:
    with pytest.raises(VerifyError) as caught:
        entries.parse_entry(untrusted)
    return caught.value.rule


def refused(untrusted: bytes, index: int = 0, policies: Policies | None = None) -> str:
    with pytest.raises(VerifyError) as caught:
        entries.check_entry(entries.parse_entry(untrusted), policies or Policies.of(POLICY), index)
    return caught.value.rule


def test_the_byte_form_of_each_kind() -> None:
    head = f'{{"kind":"site","archive":"{POLICY.archive_id.hex()}","policy":"{POLICY.sha256}","number":4,"release":2,'
    tail = '"manifest":{"sha256":"' + "ab" * 32 + '","length":7}}'
    assert entries.entry_text(site(4, 2)) == f"unsealed-entry/1 site\n{head}{tail}\n"
    for payload in (seal(), release(), site(1, 1)):
        parsed = entries.parse_entry(signed(payload))
        assert parsed.payload == payload
        assert entries.kind_of(parsed.payload) == parsed.note.text.split("\n")[0].split(" ")[1]
        assert parsed.note.encode() == parsed.raw


def test_two_editors_are_enough_and_one_is_not() -> None:
    parsed = entries.parse_entry(signed(release()))
    assert entries.check_entry(parsed, Policies.of(POLICY), 1) == tuple(key.verifier for key in KEYS.editors[:2])
    assert refused(signed(release(), KEYS.editors[:1])) == "threshold"


def test_the_log_key_alone_can_publish_nothing() -> None:
    assert refused(signed(release(), [KEYS.log])) == "key-unknown"
    assert refused(signed(release(), [*KEYS.editors[:1], KEYS.log])) == "key-unknown"
    assert refused(signed(release(), KEYS.roots)) == "key-unknown"


def test_one_editor_twice_does_not_count_twice() -> None:
    text = entries.entry_text(release())
    line = note.sign(text, KEYS.editors[:1])[0]
    assert broken(Note(text, (line, line)).encode()) == "entry-order"
    assert entries.assemble(text, [line, line]) == Note(text, (line,)).encode()


def test_signatures_stand_in_order() -> None:
    text = entries.entry_text(release())
    lines = note.sign(text, KEYS.editors[:2])
    assert broken(Note(text, lines[::-1]).encode()) == "entry-order"
    assert entries.assemble(text, lines[::-1]) == Note(text, lines).encode()


def test_a_signature_of_other_words() -> None:
    text = entries.entry_text(release())
    lines = [note.sign(text, KEYS.editors[:1])[0], note.sign(entries.entry_text(release(2)), KEYS.editors[1:2])[0]]
    assert refused(entries.assemble(text, lines)) == "signature"


def test_another_archive_and_another_policy() -> None:
    assert refused(signed(release(archive="00" * 32))) == "archive"
    assert refused(signed(release(policy="00" * 32))) == "policy"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("unsealed-entry/1", "unsealed-entry/2", "entry-version"),
        ("unsealed-entry/1 release", "unsealed-entry/1 site", "entry-form"),
        ("unsealed-entry/1 release", "unsealed-entry/1 unredact", "entry-form"),
        ("unsealed-entry/1 release", "unsealed-entry/1 rumour", "entry-kind"),
        ("unsealed-entry/1 release", "unsealed-entry/1 package", "entry-kind"),
        ("unsealed-entry/1 release", "unsealed-entry/1 release ", "entry-kind"),
        ('"kind":"release"', '"kind":"close"', "entry-form"),
        ('"number":1', '"number":01', "entry-form"),
        ('"number":1', '"number":1.0', "entry-form"),
        ('"number":1', '"number":-1', "entry-form"),
        ('"number":1', '"number":9007199254740992', "entry-form"),
        ('"number":1', '"number":1,"number":1', "entry-form"),
        ('"number":1,', '"number": 1,', "entry-form"),
        ('"number":1,', '"number":1,"more":0,', "entry-form"),
        ('"number":1,', "", "entry-form"),
        ('"length":7', '"length":7,"x":1', "entry-form"),
        ('"code":"place"', '"code":"pl\\u0061ce"', "entry-form"),
        ("abab", "ABAB", "entry-form"),
        ('"verifier":"ef', '"verifier":"', "entry-form"),
        (DAY, "2010-11-2", "entry-form"),
        ("}\n", "}\n\n", "entry-form"),
        ('{"kind"', "[" * 20000 + '{"kind"', "entry-form"),
        ('"kind":"release"', '"a":' + "[" * 20000, "entry-form"),
    ],
)
def test_other_spellings_are_refused(old: str, new: str, rule: str) -> None:
    text = entries.entry_text(release())
    assert old in text
    with pytest.raises(VerifyError) as caught:
        entries.parse_text(text.replace(old, new, 1))
    assert caught.value.rule == rule


def test_size() -> None:
    text = entries.entry_text(release(reasons=()))
    lines = [Signature(f"{at:03}" + "x" * 250, b"1234", b"5" * 64) for at in range(99)]
    assert len(entries.assemble(text, lines)) < entries.MAX_ENTRY
    big = entries.entry_text(msgspec.structs.replace(seal(), statement="x" * 65000))
    with pytest.raises(VerifyError) as caught:
        entries.assemble(big, note.sign(big, KEYS.editors))
    assert caught.value.rule == "entry-size"
    assert broken(b"x" * 65536) == "entry-size"


# --- a change of keys ---------------------------------------------------------------------------------


def later_keys() -> Keys:
    return Keys(
        editors=[signer(f"new-editor-{at}") for at in range(2)], roots=[signer(f"new-root-{at}") for at in range(2)]
    )


def change(number: int = 2, **changed: Any) -> KeysEntry:
    values: dict[str, Any] = {
        "archive": POLICY.archive_id.hex(), "policy": POLICY.sha256, "number": number,
        "next": later_keys().policy(2).raw.decode(),
    }  # fmt: skip
    return KeysEntry(**(values | changed))


ALL_ROOTS = [*KEYS.roots, *later_keys().roots]


def test_a_change_of_keys_needs_the_roots_of_both() -> None:
    entry = entries.parse_entry(signed(change(), ALL_ROOTS))
    assert len(entries.check_entry(entry, Policies.of(POLICY), 3)) == 4
    for who in (KEYS.roots, later_keys().roots, ALL_ROOTS[:3], ALL_ROOTS[1:]):
        assert refused(signed(change(), list(who))) == "threshold"
    assert refused(signed(change(), [*ALL_ROOTS, KEYS.editors[0]])) == "key-unknown"


def test_a_change_of_keys_goes_one_step_in_the_same_log() -> None:
    third = later_keys().policy(3).raw.decode()
    assert refused(signed(change(3, next=third), ALL_ROOTS)) == "entry-number"
    assert refused(signed(change(3), ALL_ROOTS)) == "entry-number"
    other = Keys(log=signer("elsewhere.example/log")).policy(2).raw.decode()
    assert refused(signed(change(next=other), ALL_ROOTS)) == "entry-number"
    assert refused(signed(change(next="nonsense\n"), ALL_ROOTS)) == "policy-form"


def rotated() -> Publisher:
    made = publisher()
    made.rotate(later_keys())
    made.release({2: ()})
    made.site()
    return made


def test_the_chain_is_found_from_either_end() -> None:
    made = rotated()
    texts = {POLICY.sha256: POLICY.raw}
    for trusted, known in ((POLICY, {}), (made.policy, texts)):
        history = entries.replay(made.entries, trusted, known)
        assert [(first, one.number) for first, one in history.policies.links] == [(0, 1), (6, 2)]
        assert len(history.of_kind(KeysEntry)) == 1
        assert [placed.entry.payload.number for placed in history.packages] == [0, 1, 2, 3]


def replay_rule(raw: list[bytes], trusted: Any = POLICY, texts: dict[str, bytes] | None = None) -> str:
    with pytest.raises(VerifyError) as caught:
        entries.replay(raw, trusted, texts)
    return caught.value.rule


def test_a_chain_that_does_not_lead_to_the_trusted_policy() -> None:
    made = rotated()
    assert replay_rule(made.entries, made.policy) == "policy"
    assert replay_rule(made.entries, made.policy, {POLICY.sha256: KEYS.policy(max_age_days=3).raw}) == "policy"
    assert replay_rule(made.entries, made.policy, {POLICY.sha256: b"nonsense\n"}) == "policy-form"
    assert replay_rule(made.entries, Keys(editors=[signer("x"), signer("y")]).policy(3)) == "policy"
    assert replay_rule(made.entries, Keys(editors=[signer("x"), signer("y")]).policy(1)) == "policy"
    assert replay_rule(made.entries[:5], made.policy) == "policy"


def test_old_editors_cannot_sign_after_the_change() -> None:
    made = rotated()
    late = release(4, policy=made.policy.sha256)
    assert replay_rule([*made.entries, signed(late)]) == "key-unknown"
    assert replay_rule([*made.entries, signed(release(4))]) == "policy"


def test_numbers_rise_by_one() -> None:
    first, second = signed(seal()), signed(release(1))
    entries.replay([first, second, signed(site(1, 1)), signed(seal(2, 2)), signed(site(2, 2))], POLICY)
    assert replay_rule([first, second, second]) == "entry-number"
    assert replay_rule([first, signed(release(2))]) == "entry-number"
    assert replay_rule([signed(release(0))]) == "entry-number"
    assert replay_rule([signed(seal(1))]) == "entry-number"
    assert replay_rule([first, signed(site(2, 0))]) == "entry-number"
    assert replay_rule([first, second, signed(site(1, 0))]) == "entry-number"
    assert replay_rule([first, signed(site(1, 0)), second, signed(site(1, 0))]) == "entry-number"


def test_two_seals_of_one_generation() -> None:
    assert replay_rule([signed(seal()), signed(seal(1))]) == "generation"
    assert replay_rule([signed(msgspec.structs.replace(seal(), statement="{}\n"))]) == "statement-version"


@pytest.mark.parametrize("numbers", [(0,), (-1,), (1 << 32,), (1 << 70,)])
def test_numbers_of_reasons_have_32_bits(numbers: tuple[int, ...]) -> None:
    assert reasons_rule(*numbers) == "entry-form"


@pytest.mark.parametrize("numbers", [(1, 1), (2, 1), (1, 3, 2)])
def test_numbers_of_reasons_rise(numbers: tuple[int, ...]) -> None:
    assert reasons_rule(*numbers) == "entry-reasons"


def reasons_rule(*numbers: int) -> str:
    text = entries.entry_text(release(reasons=tuple(Reason(number, "c", "t") for number in numbers)))
    with pytest.raises(VerifyError) as caught:
        entries.parse_text(text)
    return caught.value.rule


def test_a_reason_may_have_the_largest_number() -> None:
    payload = release(reasons=(Reason(1, "a", ""), Reason((1 << 32) - 1, "b", "")))
    assert entries.parse_text(entries.entry_text(payload)) == payload


# --- the log's key alone, against readers of each policy ----------------------------------------------

THREE = (
    Keys(),
    later_keys(),
    Keys(editors=[signer("third-a"), signer("third-b")], roots=[signer("third-root")]),
)
CHAIN = tuple(keys.policy(number) for number, keys in enumerate(THREE, 1))


def twice_rotated(keys: tuple[Keys, ...] = THREE) -> Publisher:
    made = Publisher(keys=keys[0])
    made.seal()
    made.rotate(keys[1])
    made.release({0: ()})
    made.rotate(keys[2])
    made.release({1: ()})
    return made


TEXTS = {policy.sha256: policy.raw for policy in CHAIN}


def test_two_changes_are_followed_from_each_policy() -> None:
    for trusted in CHAIN:
        history = entries.replay(twice_rotated().entries, trusted, TEXTS)
        assert [policy.raw for policy in history.policies.all] == [policy.raw for policy in CHAIN]


def mallory(*names: str) -> tuple[Keys, ...]:
    """Keys of one who holds the log's key and nothing else of the publisher."""
    return tuple(
        Keys(
            editors=[signer(f"mallory-{name}-{at}") for at in range(2)], roots=[signer(f"mallory-root-{name}")],
            witnesses=[],
        )
        for name in names
    )  # fmt: skip


@pytest.mark.parametrize("trusted", [1, 2, 3])
def test_the_log_key_alone_forges_no_history(trusted: int) -> None:
    """Everything before the trusted policy is the forger's; the changes lead to policies with the right numbers."""
    made = twice_rotated(mallory("a", "b", "c"))
    texts = {hashlib.sha256(data).hexdigest(): data for path, data in made.files.items() if path.startswith("o/")}
    assert len(entries.replay(made.entries, made.policy, texts).placed) == 5
    assert replay_rule(made.entries, CHAIN[trusted - 1], texts | TEXTS) == "policy"


@pytest.mark.parametrize("length", [2, 4])
def test_a_forged_start_under_a_trusted_policy(length: int) -> None:
    """The forger's changes of keys, cut off where the trusted policy would be in force: nothing after it to check."""
    made = twice_rotated(mallory("a", "b", "c"))
    texts = {hashlib.sha256(data).hexdigest(): data for path, data in made.files.items() if path.startswith("o/")}
    assert replay_rule(made.entries[:length], CHAIN[length // 2], texts | TEXTS) == "policy"


def test_a_forged_change_that_brings_the_trusted_policy_lacks_its_roots() -> None:
    first, _, _ = mallory("a", "b", "c")
    made = Publisher(keys=first)
    made.seal()
    old = made.policy
    entry = KeysEntry(old.archive_id.hex(), old.sha256, 2, CHAIN[1].raw.decode())
    made.log(entry, first.roots)
    assert replay_rule(made.entries, CHAIN[1], {old.sha256: old.raw}) == "threshold"


def test_a_change_that_brings_another_policy_between_two_trusted_ones() -> None:
    """Both ends are right and rightly signed, the bytes in the middle are another policy of the same roots."""
    other = Keys(editors=[signer("y"), signer("z")], roots=THREE[1].roots).policy(2)
    made = twice_rotated()
    payload = KeysEntry(POLICY.archive_id.hex(), CHAIN[0].sha256, 2, other.raw.decode())
    changed = [made.entries[0], signed(payload, [*THREE[0].roots, *THREE[1].roots]), *made.entries[2:]]
    assert replay_rule(changed, CHAIN[2], TEXTS) == "policy"


def test_one_change_of_keys_twice() -> None:
    made = rotated()
    assert replay_rule([*made.entries[:6], made.entries[5]]) == "policy"
