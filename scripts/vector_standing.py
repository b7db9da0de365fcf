"""Logs that say what came after a proof: what a verifier with the log of a mirror must answer, and refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from unsealed.seal import entries, merkle, note, policy, proof, tlog_proof
from unsealed.seal.atoms import cut
from unsealed.seal.checkpoint import Checkpoint, sign_checkpoint
from unsealed.seal.entries import CorrectionEntry, Payload, RedactMoreEntry, UnredactEntry, WithdrawEntry
from unsealed.seal.note import KIND_COSIGNATURE
from unsealed.seal.payloads import CloseEntry, FileHash, KeysEntry, Listed, MovedEntry, OldLog, SiteEntry, SupportEntry
from vector_amendments import COMMON, FILE, OLD, OLD_LOG, OLD_ROOT, WHY
from vector_world import (
    DAY,
    EDITORS,
    LOG,
    POLICY,
    POLICY_TEXT,
    REASONS,
    ROOT,
    Document,
    Evidence,
    World,
    digest,
    signer,
)

ONE, TWO, THREE = (1, 0, 1, 0), (1, 1, 1, 1), (1, 2, 1, 2)
WORLD = World([Document(name, cut([("text", f"Words of {name}.")])) for name in ("one", "two", "three")])
WITNESS = policy.Witness(
    "w", note.Signer("witness.vectors.example", signer("witness").key, KIND_COSIGNATURE).verifier, ""
)
NEXT = policy.parse_policy(
    policy.write_policy(
        2, LOG.verifier, [ROOT.verifier], 1, [one.verifier for one in EDITORS], 2, witnesses=[WITNESS], quorum="w"
    )
)
SEAL, RELEASE = (entries.parse_entry(entry).payload for entry in WORLD.entries(Evidence()))


def _again(kind: type[RedactMoreEntry | UnredactEntry], number: int, *documents: Listed) -> Payload:
    cuts = entries.Cuts(digest("cuts").hex(), len(documents))
    return kind(
        **COMMON, number=number, date=DAY, manifest=FILE, cuts=cuts, verifier=digest("verifier").hex(),
        reasons=REASONS, documents=documents, text=WHY,
    )  # fmt: skip


def more(number: int, *documents: Listed) -> Payload:
    """A further redaction."""
    return _again(RedactMoreEntry, number, *documents)


def less(number: int, *documents: Listed) -> Payload:
    """More shown."""
    return _again(UnredactEntry, number, *documents)


def gone(number: int, *documents: Listed) -> Payload:
    """A withdrawal."""
    return WithdrawEntry(
        **COMMON, number=number, date=DAY, manifest=FILE, documents=documents, reason="by-order", text=WHY
    )


def word(number: int, *documents: Listed) -> Payload:
    """A correction."""
    return CorrectionEntry(**COMMON, number=number, date=DAY, documents=documents, text="It was a Monday.")


def plain(number: int) -> Payload:
    """A release of three documents that amends nothing."""
    made: entries.ReleaseEntry = RELEASE  # type: ignore[assignment]
    return entries.ReleaseEntry(
        **COMMON, number=number, date=DAY, manifest=made.manifest, cuts=made.cuts, verifier=made.verifier,
        reasons=made.reasons,
    )  # fmt: skip


def _close(number: int) -> Payload:
    return CloseEntry(**COMMON, number=number, date=DAY, manifest=FILE, file=FILE, unused=0, unreleased=0, text="")


def _support(number: int) -> Payload:
    return SupportEntry(**COMMON, number=number, date=DAY, ways=(), text="")


def _moved() -> Payload:
    old = OldLog(OLD_LOG.name, OLD_LOG.verifier.vkey, 9, digest("old root").hex())
    return MovedEntry(**COMMON, number=0, date=DAY, log=old, before=OLD.decode(), text="")


def _keys() -> Payload:
    """A change to a policy that asks for a witness, which no head of these vectors has."""
    return KeysEntry(**COMMON, number=2, next=NEXT.raw.decode())


def _pages(release: int) -> Payload:
    return SiteEntry(**COMMON, number=1, release=release, manifest=FileHash(digest("site").hex(), 9))


def _log(payloads: Sequence[Payload]) -> list[bytes]:
    """The entries of a log, each signed as it must be."""
    signers: dict[type, tuple[note.Signer, ...]] = {MovedEntry: (ROOT, OLD_ROOT), KeysEntry: (ROOT,)}
    return [entries.sign_entry(payload, signers.get(type(payload), EDITORS[:2])) for payload in payloads]


def _head(raw: Sequence[bytes]) -> bytes:
    leaves = [merkle.leaf_hash(entry) for entry in raw]
    return sign_checkpoint(Checkpoint(LOG.name, len(raw), merkle.root(leaves)), LOG)


def _file(raw: Sequence[bytes], *, name: str = "one", release: int = 1) -> str:
    """The proof file of a document, with evidence from this log."""
    leaves, head = [merkle.leaf_hash(entry) for entry in raw], _head(raw)
    logged = [
        proof.Logged(raw[at], tlog_proof.make(at, merkle.inclusion_path(leaves, at), head)) for at in (0, release)
    ]
    return proof.encode(WORLD.proof(name)._replace(seal=logged[0], release=logged[1])).decode()


def _vector(name: str, after: Sequence[Payload], expect: dict[str, Any], **lies: Any) -> dict[str, Any]:
    raw = _log([SEAL, RELEASE, *after])
    seen = _log(lies["seen"]) if "seen" in lies else raw
    return {
        "name": name,
        "file": _file(raw[:2]) if "at" not in lies else _file(raw[: lies["at"] + 1], release=lies["at"]),
        "checkpoint": _head(lies.get("signed", seen)).decode(),
        "entries": [entry.decode() for entry in seen],
        "cut_off": lies.get("cut_off", 0),
        "expect": expect,
    }


def standing() -> dict[str, Any]:
    """Every vector: a proof of the document "one" and a log."""

    def rule(broken: str) -> dict[str, Any]:
        return {"rule": broken}

    def steps(*kinds: str, withdrawn: bool = False, corrections: int = 0) -> dict[str, Any]:
        return {"steps": list(kinds), "withdrawn": withdrawn, "corrections": corrections}

    shown = (3, 0, 1, 0)
    found = [
        _vector("in force", [], steps()),
        _vector("others amended", [gone(2, TWO), more(3, THREE)], steps()),
        _vector("corrected", [word(1, ONE), word(2, ONE, TWO)], steps(corrections=2)),
        _vector("redacted further", [more(2, ONE, TWO)], steps("redact-more")),
        _vector("shown further", [less(2, ONE)], steps("unredact")),
        _vector("withdrawn", [gone(2, ONE)], steps("withdraw", withdrawn=True)),
        _vector(
            "redacted further, withdrawn, shown again",
            [gone(2, TWO), more(3, ONE), gone(4, shown), _support(1), less(5, shown)],
            steps("redact-more", "withdraw", "unredact"),
        ),
        _vector("withdrawn after the end", [_close(2), gone(3, ONE)], steps("withdraw", withdrawn=True)),
        _vector("a proof of the newer cut", [more(2, ONE, TWO, THREE)], rule("cut-root"), at=2),
        _vector("released again in silence", [gone(2, ONE), plain(3)], rule("document-again"), at=3),
        _vector(
            "released again in silence, then corrected",
            [gone(2, ONE), plain(3), word(1, (3, 0, 1, 0))],
            rule("document-again"),
            at=3,
        ),
        _vector("corrected where it stood before", [more(2, ONE), word(1, ONE)], steps("redact-more", corrections=1)),
        _vector("listed for another document", [gone(2, (1, 0, 1, 2))], rule("amendment-document")),
        _vector("one place, two slots", [word(1, (1, 2, 1, 9)), gone(2, THREE)], rule("amendment-document")),
        _vector("a place that is not there", [gone(2, (1, 3, 1, 0))], rule("amendment-unknown")),
        _vector("a release that is not there", [gone(2, (7, 0, 1, 0))], rule("amendment-unknown")),
        _vector("ended twice", [gone(2, ONE), more(3, ONE)], rule("amendment-twice")),
        _vector("redacted twice at one place", [more(2, ONE), more(3, ONE)], rule("amendment-twice")),
        _vector("one document at two places", [plain(2), gone(3, ONE), gone(4, (2, 1, 1, 0))], rule("amendment-twice")),
        _vector("an entry logged again", [gone(2, ONE), gone(2, ONE)], rule("entry-number")),
        _vector("a correction left out", [word(2, ONE)], rule("entry-number")),
        _vector("pages of what is there", [_pages(1)], steps()),
        _vector("pages of a release that is not there", [_pages(2)], rule("entry-number")),
        _vector("one generation sealed twice", [msgspec.structs.replace(SEAL, number=2)], rule("generation")),
        _vector("a change of keys at the end, under the old quorum", [_keys()], steps()),
        _vector(
            "an entry after a change of keys, without the new quorum",
            [_keys(), msgspec.structs.replace(_support(1), policy=NEXT.sha256)],
            rule("quorum"),
        ),
        _vector("released after the end", [_close(2), plain(3)], rule("closed")),
        _vector("moved in the middle", [_moved()], rule("moved")),
        _vector("an older log", [], rule("rollback"), seen=[SEAL]),
        _vector("another history", [], rule("fork"), seen=[SEAL, plain(1).__class__(**_other_release())]),
        _vector("an entry more than was signed", [], rule("log-root"), signed=_log([SEAL])),
        _vector("a log that is cut off", [], rule("tile"), cut_off=3),
    ]
    return {"policy": POLICY_TEXT.decode(), "vectors": found}


def _other_release() -> dict[str, Any]:
    made: entries.ReleaseEntry = RELEASE  # type: ignore[assignment]
    told = {name: getattr(made, name) for name in ("cuts", "verifier", "reasons")}
    return {**COMMON, "number": 1, "date": DAY, "manifest": FILE, **told, "verifier": digest("other").hex()}


assert POLICY.raw == POLICY_TEXT
