"""Which cut is in force: what later entries did to earlier releases, decided from the log alone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.mirror.publisher import DAY, Keys, Publisher, signer
from tests.seal.test_entries import FILE, KEYS, POLICY, release, seal, signed
from unsealed.errors import VerifyError
from unsealed.seal import entries
from unsealed.seal.amendments import Key, Place, Register
from unsealed.seal.entries import Cuts
from unsealed.seal.payloads import (
    CloseEntry,
    CorrectionEntry,
    Listed,
    Mirror,
    MirrorsEntry,
    MovedEntry,
    OldLog,
    Payload,
    RedactMoreEntry,
    ReleaseEntry,
    SupportEntry,
    UnredactEntry,
    Way,
    WithdrawEntry,
)

COMMON: dict[str, Any] = {"archive": POLICY.archive_id.hex(), "policy": POLICY.sha256}
A, B, C = (1, 0, 1, 7), (1, 1, 1, 3), (1, 2, 1, 5)  # release 1 has three documents


def amend(kind: type[ReleaseEntry], number: int, *documents: Listed) -> Any:
    return kind(
        **COMMON, number=number, date=DAY, manifest=FILE, cuts=Cuts("cd" * 32, len(documents)), verifier="ef" * 32,
        reasons=(), documents=documents, text="why",
    )  # type: ignore[call-arg]  # fmt: skip


def more(number: int, *documents: Listed) -> RedactMoreEntry:
    found: RedactMoreEntry = amend(RedactMoreEntry, number, *documents)
    return found


def less(number: int, *documents: Listed) -> UnredactEntry:
    found: UnredactEntry = amend(UnredactEntry, number, *documents)
    return found


def withdraw(number: int, *documents: Listed) -> WithdrawEntry:
    return WithdrawEntry(
        **COMMON, number=number, date=DAY, manifest=FILE, documents=documents, reason="by-order", text="A court."
    )


def correction(number: int, *documents: Listed) -> CorrectionEntry:
    return CorrectionEntry(**COMMON, number=number, date=DAY, documents=documents, text="It was a Monday.")


def close(number: int) -> CloseEntry:
    return CloseEntry(**COMMON, number=number, date=DAY, manifest=FILE, file=FILE, unused=1, unreleased=2, text="")


def support(number: int) -> SupportEntry:
    return SupportEntry(**COMMON, number=number, date=DAY, ways=(Way("bank", "XX12", "any"),), text="Thanks.")


def mirrors(number: int) -> MirrorsEntry:
    return MirrorsEntry(**COMMON, number=number, date=DAY, mirrors=(Mirror("https://m.example", ""),))


def history(*payloads: Payload) -> entries.History:
    return entries.replay([signed(payload) for payload in (seal(), release(), *payloads)], POLICY)


def register(*payloads: Payload) -> Register:
    return history(*payloads).register


def rule(*payloads: Payload) -> str:
    with pytest.raises(VerifyError) as caught:
        history(*payloads)
    return caught.value.rule


def test_all_kinds_in_one_log() -> None:
    found = history(
        correction(1, A), more(2, A, B), withdraw(3, (2, 0, 1, 7)), support(1), mirrors(1), support(2),
        less(4, (2, 0, 1, 7)), close(5), withdraw(6, C), correction(2, A, C),
    )  # fmt: skip
    assert [entries.kind_of(placed.entry.payload) for placed in found.packages] == [
        "seal", "release", "redact-more", "withdraw", "unredact", "close", "withdraw",
    ]  # fmt: skip
    assert len(found.of_kind(ReleaseEntry)) == 3
    for placed in found.placed:
        assert entries.parse_text(entries.entry_text(placed.entry.payload)) == placed.entry.payload


def test_the_standing_of_a_cut() -> None:
    found = register(correction(1, A), more(2, A, B), withdraw(3, (2, 0, 1, 7)), less(4, (2, 0, 1, 7)))
    old = found.standing(Place(1, 0), Key(1, 7))
    assert [entries.kind_of(step) for step in old.steps] == ["redact-more", "withdraw", "unredact"]
    assert old.now == Place(4, 0)
    assert not old.in_force
    assert [one.text for one in old.corrections] == ["It was a Monday."]
    assert found.standing(Place(4, 0), Key(1, 7)).in_force
    assert found.standing(Place(1, 1), Key(1, 3)).now == Place(2, 1)
    assert found.standing(Place(1, 2), Key(1, 5)).in_force
    assert found.ended(1) == {0: Key(1, 7), 1: Key(1, 3)}
    assert found.ended(2) == {0: Key(1, 7)}
    assert found.amended == {Key(1, 7): Place(4, 0), Key(1, 3): Place(2, 1)}
    assert found.listed(Place(2, 1)) == Key(1, 3)
    assert found.listed(Place(1, 2)) is None


def test_a_withdrawn_document_has_no_place() -> None:
    found = register(withdraw(2, B))
    assert found.standing(Place(1, 1), Key(1, 3)).now is None
    assert found.amended == {Key(1, 3): None}


@pytest.mark.parametrize("place", [Place(1, 0), Place(1, 1)])
def test_a_proof_that_contradicts_the_log(place: Place) -> None:
    """Another document at a listed place, or a listed document at another place: somebody signed two stories."""
    key = Key(1, 3) if place.place == 0 else Key(1, 7)
    with pytest.raises(VerifyError) as caught:
        register(more(2, A)).standing(place, key)
    assert caught.value.rule == ("amendment-document" if place.place == 0 else "document-again")


def test_a_withdrawal_undone_without_a_word() -> None:
    """The same document in a later release that amends nothing: an old proof does not help, the log tells."""
    found = register(withdraw(2, A), release(3))
    with pytest.raises(VerifyError) as caught:
        found.standing(Place(3, 0), Key(1, 7))
    assert caught.value.rule == "document-again"


@pytest.mark.parametrize(
    ("payloads", "broken"),
    [
        ((more(2, (1, 3, 1, 7)),), "amendment-unknown"),
        ((more(2, (0, 0, 1, 7)),), "amendment-unknown"),
        ((withdraw(2, (2, 0, 1, 7)),), "amendment-unknown"),
        ((withdraw(2, A), release(3), withdraw(4, (2, 0, 1, 7))), "amendment-unknown"),
        ((correction(1, (9, 0, 1, 7)),), "amendment-unknown"),
        ((more(2, A), more(3, A)), "amendment-twice"),
        ((more(2, A), withdraw(3, A)), "amendment-twice"),
        ((withdraw(2, A), withdraw(3, A)), "amendment-twice"),
        ((withdraw(2, A), more(3, A)), "amendment-twice"),
        ((more(2, A), less(3, A)), "amendment-twice"),
        ((withdraw(2, A), less(3, A), less(4, A)), "amendment-twice"),
        ((withdraw(2, A), release(3), withdraw(4, (3, 1, 1, 7))), "amendment-twice"),
        ((more(2, A, (1, 1, 1, 7)),), "amendment-twice"),
        ((more(2, A), withdraw(3, (2, 0, 1, 3))), "amendment-document"),
        ((correction(1, A), withdraw(2, (1, 0, 1, 9))), "amendment-document"),
        ((correction(2, A),), "entry-number"),
        ((correction(1, A), correction(1, A)), "entry-number"),
        ((support(0),), "entry-number"),
        ((mirrors(1), mirrors(3)), "entry-number"),
        ((more(3, A),), "entry-number"),
        ((more(2, A), more(2, A)), "entry-number"),
        ((close(2), release(3)), "closed"),
        ((close(2), seal(3, 2)), "closed"),
        ((close(2), close(3)), "closed"),
    ],
)
def test_logs_that_are_refused(payloads: tuple[Payload, ...], broken: str) -> None:
    assert rule(*payloads) == broken


def test_the_first_package_is_a_seal() -> None:
    for payload in (withdraw(0, A), close(0), more(0, A)):
        with pytest.raises(VerifyError) as caught:
            entries.replay([signed(payload)], POLICY)
        assert caught.value.rule == "entry-number"


def test_lists_that_are_refused_where_they_are_read() -> None:
    for payload, broken in (
        (withdraw(2), "amendment-order"), (withdraw(2, B, A), "amendment-order"), (more(2, A, A), "amendment-order"),
        (correction(1), "amendment-order"), (correction(1, (2, 0, 1, 1), A), "amendment-order"),
        (amend(RedactMoreEntry, 2, A, B).__class__(
            **COMMON, number=2, date=DAY, manifest=FILE, cuts=Cuts("cd" * 32, 1), verifier="ef" * 32, reasons=(),
            documents=(A, B), text="",
        ), "amendment-count"),
    ):  # fmt: skip
        with pytest.raises(VerifyError) as caught:
            entries.parse_text(entries.entry_text(payload))
        assert caught.value.rule == broken


# --- a log that moved ---------------------------------------------------------------------------------

FRESH = Keys(log=signer("gazette.example/log-2"), roots=[signer("root-three"), signer("root-four")])
NEW = FRESH.policy()
ROOTS = [*KEYS.roots, *FRESH.roots]
OLD = OldLog(KEYS.log.name, KEYS.log.verifier.vkey, 5, "ab" * 32)


def moved(**changed: Any) -> MovedEntry:
    told = {
        "archive": NEW.archive_id.hex(), "policy": NEW.sha256, "number": 0, "date": DAY, "log": OLD,
        "before": POLICY.raw.decode(), "text": "The key of the log was stolen.",
    }  # fmt: skip
    return MovedEntry(**(told | changed))


def moved_log(*first: bytes) -> Publisher:
    made = Publisher(keys=FRESH)
    for entry in first:
        made.log_bytes(entry)
    made.seal()
    return made


def test_a_log_begins_where_another_ended() -> None:
    made = moved_log(signed(moved(), ROOTS))
    found = entries.replay(made.entries, NEW)
    assert [entries.kind_of(placed.entry.payload) for placed in found.placed] == ["moved", "seal"]
    assert len(found.placed[0].signed_by) == 4


@pytest.mark.parametrize(
    ("who", "broken"),
    [(KEYS.roots, "threshold"), (FRESH.roots, "threshold"), (ROOTS[:3], "threshold"), (ROOTS[1:], "threshold"),
     ([*ROOTS, KEYS.editors[0]], "key-unknown"), (FRESH.editors, "key-unknown")],
)  # fmt: skip
def test_a_moved_log_needs_the_roots_of_both(who: list[Any], broken: str) -> None:
    with pytest.raises(VerifyError) as caught:
        entries.replay(moved_log(signed(moved(), who)).entries, NEW)
    assert caught.value.rule == broken


@pytest.mark.parametrize(
    ("changed", "broken"),
    [({"log": OldLog("x.example", OLD.key, 5, OLD.root)}, "moved"),
     ({"log": OldLog(OLD.origin, FRESH.log.verifier.vkey, 5, OLD.root)}, "moved"),
     ({"before": NEW.raw.decode(), "log": OldLog(FRESH.log.name, FRESH.log.verifier.vkey, 5, OLD.root)}, "moved"),
     ({"before": "nonsense\n"}, "policy-form"), ({"number": 1}, "moved")],
)  # fmt: skip
def test_a_moved_log_names_the_old_one(changed: dict[str, Any], broken: str) -> None:
    with pytest.raises(VerifyError) as caught:
        entries.replay(moved_log(signed(moved(**changed), ROOTS)).entries, NEW)
    assert caught.value.rule == broken


def test_a_log_moves_once_and_at_its_beginning() -> None:
    entry = signed(moved(), ROOTS)
    for made in (moved_log(entry, entry), Publisher(keys=FRESH)):
        if not made.entries:
            made.seal()
            made.log_bytes(entry)
        with pytest.raises(VerifyError) as caught:
            entries.replay(made.entries, NEW)
        assert caught.value.rule == "moved"


def test_a_publisher_asks_before_it_signs() -> None:
    """`check_order` looks at no signature: it tells whether readers would take the next entry."""
    before: list[Payload] = [seal(), release(), withdraw(2, A)]
    assert entries.check_order([*before, less(3, A)]).amended == {Key(1, 7): Place(3, 0)}
    with pytest.raises(VerifyError) as caught:
        entries.check_order([*before, more(3, A)])
    assert caught.value.rule == "amendment-twice"
