"""Proof files whose log part holds entries of the later kinds: amendments, statements, a log that moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from unsealed.seal import entries, merkle, note, policy, proof
from unsealed.seal.payloads import Mirror, OldLog, Way
from vector_world import DAY, EDITORS, LOG, POLICY, REASONS, ROOT, World, digest, place, signer

COMMON: dict[str, Any] = {"archive": POLICY.archive_id.hex(), "policy": POLICY.sha256}
FILE = entries.FileHash(digest("manifest").hex(), 4096)
WHY = "A second look showed that a name gives somebody away."
OLD_LOG, OLD_ROOT = signer("old-log"), signer("old-root")
OLD = policy.write_policy(3, OLD_LOG.verifier, [OLD_ROOT.verifier], 1, [one.verifier for one in EDITORS], 2)


def listed(count: int) -> tuple[tuple[int, int, int, int], ...]:
    """Lines of that many documents of release 1."""
    return tuple((1, place, 1, place) for place in range(count))


def amending(kind: type[entries.ReleaseEntry], world: World, **changed: Any) -> entries.Payload:
    """A redact-more or unredact entry that commits to the cuts of this world."""
    told = {
        **COMMON, "number": 2, "date": DAY, "manifest": FILE,
        "cuts": entries.Cuts(merkle.root(world.cuts).hex(), len(world.cuts)), "verifier": digest("verifier").hex(),
        "reasons": REASONS, "documents": listed(len(world.cuts)), "text": WHY,
    }  # fmt: skip
    return kind(**(told | changed))  # type: ignore[return-value]


def _moved(**changed: Any) -> entries.MovedEntry:
    old = OldLog(OLD_LOG.name, OLD_LOG.verifier.vkey, 9, digest("old root").hex())
    told = {**COMMON, "number": 0, "date": DAY, "log": old, "before": OLD.decode(), "text": "The key was stolen."}
    return entries.MovedEntry(**(told | changed))


def others(world: World) -> dict[str, entries.Payload]:
    """One entry of each kind that neither seals nor releases."""
    packaged: dict[str, Any] = {**COMMON, "number": 2, "date": DAY}
    spoken: dict[str, Any] = {**COMMON, "number": 1, "date": DAY}
    return {
        "withdraw": entries.WithdrawEntry(**packaged, manifest=FILE, documents=listed(2), reason="by-order", text=WHY),
        "close": entries.CloseEntry(**packaged, manifest=FILE, file=FILE, unused=5, unreleased=3, text=""),
        "correction": entries.CorrectionEntry(**spoken, documents=listed(1), text="It was a Monday."),
        "mirrors": entries.MirrorsEntry(**spoken, mirrors=(Mirror("https://mirror.example/", "Kept by friends."),)),
        "support": entries.SupportEntry(
            **spoken, ways=(Way("bank", "XX00 1234", "Any sum."), Way("post", "Box 1\nTown", "")), text="Thank you."
        ),
    }  # fmt: skip


def positives(world: World, name: str) -> Iterator[tuple[str, str]]:
    """Files of the document `name` whose release is an amendment."""
    for kind in (entries.RedactMoreEntry, entries.UnredactEntry):
        payload = amending(kind, world)
        yield f"released by {entries.kind_of(payload)}", _released(world, payload, name=name)


def _released(world: World, payload: entries.Payload, *signers: note.Signer, name: str = "whole") -> str:
    return _raw(world, entries.sign_entry(payload, signers or EDITORS[:2]), name)


def _raw(world: World, entry: bytes, name: str = "whole") -> str:
    """The file of a document with this entry where its release stands."""
    seal, release = place(world.seal.entry, entry)
    return proof.encode(world.proof(name)._replace(seal=seal, release=release)).decode()


def _text(world: World, payload: entries.Payload, change: Callable[[str], str]) -> str:
    """The same with the text of the entry changed before it is signed."""
    text = change(entries.entry_text(payload))
    lines = sorted(note.sign(text, EDITORS[:2]), key=lambda line: line.name)
    return _raw(world, note.Note(text, tuple(lines)).encode())


def negatives(world: World) -> Iterator[tuple[str, str, str]]:
    """Name, rule and file of each lie."""
    for kind, payload in others(world).items():
        yield f"a {kind} where the release should stand", "release-kind", _released(world, payload)
    more = amending(entries.RedactMoreEntry, world)
    withdraw = others(world)["withdraw"]
    first, second = "[1,0,1,0]", "[1,1,1,1]"
    swap = lambda text: text.replace(f"[{first},{second}", f"[{second},{first}")  # noqa: E731
    again = lambda text: text.replace(f"[{first},{second}", f"[{first},{first}")  # noqa: E731
    later = lambda text: text.replace(f"[{first},{second}", "[[2,0,1,0],[1,1,1,1]")  # noqa: E731
    yield (
        "an amendment of no documents",
        "amendment-order",
        _text(world, withdraw, lambda text: text.replace(f"[{first},{second}]", "[]")),
    )
    yield "an amendment with two documents swapped", "amendment-order", _text(world, withdraw, swap)
    yield "an amendment of one document twice", "amendment-order", _text(world, withdraw, again)
    yield "an amendment with releases out of order", "amendment-order", _text(world, withdraw, later)
    yield "a correction with two documents swapped", "amendment-order", _text(
        world, entries.CorrectionEntry(**COMMON, number=1, date=DAY, documents=listed(2), text=WHY), swap
    )  # fmt: skip
    yield "a redact-more of fewer documents than cuts", "amendment-count", _text(
        world, more, lambda text: text.replace(f"[{first},", "[")
    )  # fmt: skip
    yield "an unredact of fewer documents than cuts", "amendment-count", _text(
        world, amending(entries.UnredactEntry, world), lambda text: text.replace(f"[{first},", "[")
    )  # fmt: skip
    for word, form in (("a reason in capitals", "By-order"), ("an empty reason", "")):
        yield f"a withdrawal with {word}", "entry-form", _text(
            world, withdraw, lambda text, form=form: text.replace('"by-order"', f'"{form}"')  # type: ignore[misc]
        )  # fmt: skip
    yield "a withdrawal with a slot of 33 bits", "entry-form", _text(
        world, withdraw, lambda text: text.replace(second, f"[1,1,1,{1 << 32}]")
    )  # fmt: skip
    yield "a redact-more signed by one editor", "threshold", _released(world, more, EDITORS[0])
    yield "a redact-more signed by a root key", "key-unknown", _released(world, more, EDITORS[0], ROOT)
    yield from _moves(world)


def _moves(world: World) -> Iterator[tuple[str, str, str]]:
    yield "a moved log where the release should stand", "release-kind", _released(world, _moved(), ROOT, OLD_ROOT)
    yield "a moved log without the old roots", "threshold", _released(world, _moved(), ROOT)
    yield "a moved log without its own roots", "threshold", _released(world, _moved(), OLD_ROOT)
    yield "a moved log signed by an editor", "key-unknown", _released(world, _moved(), ROOT, OLD_ROOT, EDITORS[0])
    log = _moved().log
    for what, changed in (
        ("origin", OldLog("other.example", log.key, 9, log.root)),
        ("key", OldLog(log.origin, LOG.verifier.vkey, 9, log.root)),
    ):
        yield f"a moved log with another old {what}", "moved", _released(world, _moved(log=changed), ROOT, OLD_ROOT)
    same = OldLog(LOG.name, LOG.verifier.vkey, 9, log.root)
    before = policy.write_policy(2, LOG.verifier, [OLD_ROOT.verifier], 1, [one.verifier for one in EDITORS], 2)
    yield "a log that moved to itself", "moved", _released(
        world, _moved(log=same, before=before.decode()), ROOT, OLD_ROOT
    )  # fmt: skip
