"""Proof files whose document holds and whose log part does not: entries, signatures, checkpoints, log proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from unsealed.crypto import SigningKey
from unsealed.seal import checkpoint, entries, note, policy, proof, tlog_proof
from vector_amendments import negatives as amendment_lies
from vector_torsion import P, encode, raise_s, sign_with_torsion, small_order
from vector_world import EDITORS, LOG, POLICY, ROOT, STRANGER, Document, Evidence, World, digest, place, signer

Vector = dict[str, Any]


def _with(world: World, seal: proof.Logged, release: proof.Logged | None = None) -> str:
    """The file of the document "whole" with another log part."""
    made = world.proof("whole")
    return proof.encode(made._replace(seal=seal, release=release or made.release)).decode()


def _logged(world: World, entry: bytes, log: note.Signer = LOG) -> str:
    """The file with another seal entry, which stands in a log that is right."""
    return _with(world, *place(entry, world.release.entry, log=log))


def _signed(text: str, *signers: note.Signer) -> bytes:
    """A note of any text, with signature lines in the order of names."""
    lines = sorted(note.sign(text, signers), key=lambda line: line.name)
    return note.Note(text, tuple(lines)).encode()


def _entries(world: World) -> Iterator[tuple[str, str, str]]:
    entry = entries.parse_entry(world.seal.entry)
    text = entry.note.text
    first, _, payload = text.partition("\n")

    def told(changed: str) -> str:
        return _logged(world, _signed(changed, *EDITORS[:2]))

    yield "an entry of an unknown version", "entry-version", told(text.replace("unsealed-entry/1", "unsealed-entry/2"))
    yield "an entry of a kind that is not known", "entry-kind", told(f"unsealed-entry/1 rumour\n{payload}")
    yield "an entry whose first line names another kind", "entry-form", told(f"unsealed-entry/1 release\n{payload}")
    yield "an entry that is no JSON", "entry-form", told(f"{first}\nnothing\n")
    yield "an entry with a space", "entry-form", told(text.replace('"number":', '"number": '))
    yield "an entry with a key twice", "entry-form", told(text.replace('"number":', '"number":7,"number":'))
    yield "an entry with an unknown key", "entry-form", told(text.replace('"number":', '"more":1,"number":'))
    yield (
        "an entry of another archive",
        "archive",
        world.file("whole", lie=Evidence(seal={"archive": digest("x").hex()})),
    )
    yield (
        "a release of another archive",
        "archive",
        world.file("whole", lie=Evidence(release={"archive": digest("x").hex()})),
    )
    yield (
        "an entry under another policy",
        "policy",
        world.file("whole", lie=Evidence(seal={"policy": digest("x").hex()})),
    )
    for number in (0, -1, 1 << 32, 1 << 53, 1 << 70):
        yield f"a reason numbered {number}", "entry-form", _reasons(world, number)
    yield "two reasons of one number", "entry-reasons", _reasons(world, 1, 1)
    yield "reasons out of order", "entry-reasons", _reasons(world, 2, 1)
    yield "an entry above 65,535 bytes", "entry-size", told(text[:-2] + "x" * 65_535 + text[-2:])
    lines = entry.note.signatures
    yield "signatures out of order", "entry-order", _logged(world, note.Note(text, lines[::-1]).encode())
    yield (
        "one signature twice, towards the threshold",
        "entry-order",
        _logged(world, note.Note(text, (lines[0], lines[0])).encode()),
    )


def _reasons(world: World, *numbers: int) -> str:
    """The file with a release whose table has these numbers, rightly signed and logged."""
    text = entries.parse_entry(world.release.entry).note.text
    before, _, after = text.partition('"reasons":[')
    table = ",".join(f'{{"number":{number},"code":"SRC","text":"For it."}}' for number in numbers)
    entry = _signed(f'{before}"reasons":[{table}]{after[after.index("]") + 1 :]}', *EDITORS[1:])
    return _with(world, *place(world.seal.entry, entry))


def _signatures(world: World) -> Iterator[tuple[str, str, str]]:
    lie = lambda *who: world.file("whole", lie=Evidence(seal_by=who))  # noqa: E731
    yield "one editor where two are needed", "threshold", lie(EDITORS[0])
    yield "a release signed by one editor", "threshold", world.file("whole", lie=Evidence(release_by=EDITORS[:1]))
    yield "an editor and a stranger", "key-unknown", lie(EDITORS[0], STRANGER)
    yield "two editors and a stranger", "key-unknown", lie(*EDITORS[:2], STRANGER)
    yield "an editor and the root key", "key-unknown", lie(EDITORS[0], ROOT)
    yield "signed by the log alone", "key-unknown", lie(LOG)
    entry = entries.parse_entry(world.seal.entry)
    first, second = entry.note.signatures
    broken = first._replace(signature=bytes([first.signature[0] ^ 1]) + first.signature[1:])
    yield "a broken signature", "signature", _logged(world, note.Note(entry.note.text, (broken, second)).encode())
    swapped = (first._replace(signature=second.signature), second)
    yield "the signature of another editor", "signature", _logged(world, note.Note(entry.note.text, swapped).encode())
    high = first._replace(signature=raise_s(first.signature))
    yield (
        "a signature with S above the order",
        "signature",
        _logged(world, note.Note(entry.note.text, (high, second)).encode()),
    )
    bent = first._replace(signature=sign_with_torsion(EDITORS[0], entry.note.text.encode()))
    yield (
        "an editor's signature with a part of small order",
        "signature",
        _logged(world, note.Note(entry.note.text, (bent, second)).encode()),
    )
    other = note.Signer(EDITORS[0].name, SigningKey.from_bytes(digest("key of an impostor")))
    yield "a stranger under the name of an editor", "key-unknown", lie(other, EDITORS[1])


def _notes(world: World) -> Iterator[tuple[str, str, str]]:
    good = world.seal.entry.decode()
    text, _, lines = good.rpartition("\n\n")

    def told(changed: str) -> str:
        return _logged(world, changed.encode())

    yield "an entry without signatures", "note-form", told(text + "\n")
    yield "an entry whose last line is cut off", "note-form", told(good[:-1])
    yield "a signature line with a hyphen", "note-form", told(good.replace("\n\u2014 ", "\n- "))
    yield "a signature line without a signature", "note-form", told(f"{text}\n\n\u2014 {EDITORS[0].name}\n")
    yield "a signature of four bytes", "note-form", told(f"{text}\n\n\u2014 {EDITORS[0].name} AAAAAA==\n")
    yield "a control character in an entry", "note-form", told(good.replace('"number"', '"num\tber"'))
    yield "a signature that is not base64", "base64", told(good[:-3] + "*\n")
    yield "a signature with unused bits", "base64", told(f"{text}\n\n\u2014 {EDITORS[0].name} AAAAAAB=\n")
    yield "a signature with a letter of no alphabet", "base64", told(f"{text}\n\n\u2014 {EDITORS[0].name} AAAAAÄ==\n")
    yield "signatures without a text", "note-form", told(lines)
    yield "an empty key name", "key-name", told(good.replace(f"\u2014 {EDITORS[0].name}", "\u2014 "))
    yield "a key name of 256 bytes", "key-name", told(good.replace(f"\u2014 {EDITORS[0].name}", "\u2014 " + "n" * 256))
    yield (
        "a key name with a space of Unicode",
        "key-name",
        told(good.replace("\u2014 editor-a", "\u2014 editor\u2003a")),
    )
    yield "a key name with a plus", "key-name", told(good.replace("\u2014 editor-a", "\u2014 editor+a"))
    for code in (0x7F, 0x80, 0x9F):
        bad = told(good.replace("\u2014 editor-a", f"\u2014 editor{chr(code)}a"))
        yield f"a key name with the control character {code:02X}", "key-name", bad
    many = lines.split("\n")[0] + "\n"
    yield "101 signatures", "note-size", told(f"{text}\n\n{many * 101}")


def _checkpoints(world: World) -> Iterator[tuple[str, str, str]]:
    made = tlog_proof.parse_tlog_proof(world.seal.proof)
    head = checkpoint.parse_text(note.parse_note(made.checkpoint).text)

    def told(signed: bytes) -> str:
        return _with(world, proof.Logged(world.seal.entry, tlog_proof.make(made.index, made.path, signed)))

    def spoken(text: str, log: note.Signer = LOG) -> str:
        return told(_signed(text, log))

    good, root = head.text(), note.encode_base64(head.root)
    yield (
        "a forked checkpoint, signed by the log",
        "inclusion-root",
        told(checkpoint.sign_checkpoint(head._replace(root=digest("fork")), LOG)),
    )
    yield (
        "a truncated log, signed by the log",
        "inclusion-index",
        told(checkpoint.sign_checkpoint(head._replace(size=0), LOG)),
    )
    yield (
        "a checkpoint of another size",
        "inclusion-length",
        told(checkpoint.sign_checkpoint(head._replace(size=2), LOG)),
    )
    yield "a checkpoint of another log", "origin", spoken(good.replace("log.vectors", "other.vectors"), signer("other"))
    yield "a checkpoint signed by a stranger", "log-key", spoken(good, STRANGER)
    yield "a checkpoint signed by an editor", "log-key", spoken(good, EDITORS[0])
    signature = note.sign(good, (LOG,))[0]
    broken = signature._replace(signature=bytes(64))
    yield "a checkpoint with a broken signature", "signature", told(note.Note(good, (broken,)).encode())
    bent = signature._replace(signature=sign_with_torsion(LOG, good.encode()))
    yield "a checkpoint whose signature has a part of small order", "signature", told(note.Note(good, (bent,)).encode())
    yield "a checkpoint of two lines", "checkpoint-form", spoken(f"{LOG.name}\n5\n")
    yield "a checkpoint with an empty line", "checkpoint-form", spoken(f"{LOG.name}\n5\n{root}\n\nmore\n")
    yield "a checkpoint with a leading zero", "checkpoint-form", spoken(good.replace("\n5\n", "\n05\n"))
    yield (
        "a checkpoint with a size of 20 digits",
        "checkpoint-form",
        spoken(good.replace("\n5\n", "\n" + "9" * 20 + "\n")),
    )
    yield (
        "a checkpoint with a size above 2^63 - 1",
        "checkpoint-form",
        spoken(good.replace("\n5\n", "\n9223372036854775808\n")),
    )
    yield (
        "a checkpoint with a root of 31 bytes",
        "checkpoint-form",
        spoken(good.replace(root, note.encode_base64(bytes(31)))),
    )
    yield "a checkpoint whose root is not base64", "base64", spoken(good.replace(root, root[:-1]))
    yield "a checkpoint cut off", "note-form", told(made.checkpoint[:-1])
    yield "a checkpoint above a mebibyte", "note-size", told(_signed(good + "x" * (1 << 20) + "\n", LOG))


def _proofs(world: World) -> Iterator[tuple[str, str, str]]:
    good = world.seal.proof.decode()
    made = tlog_proof.parse_tlog_proof(world.seal.proof)

    def told(text: str) -> str:
        return _with(world, proof.Logged(world.seal.entry, text.encode()))

    def path(*nodes: bytes, index: int = made.index) -> str:
        return told(tlog_proof.make(index, nodes, made.checkpoint).decode())

    long = note.encode_base64(bytes(31))
    first = note.encode_base64(made.path[0])
    yield "a log proof of an unknown version", "tlog-proof-form", told(good.replace("tlog-proof@v1", "tlog-proof@v2"))
    yield "a log proof without a checkpoint", "tlog-proof-form", told(good.partition("\n\n")[0])
    yield "a log proof that ends after an empty line", "tlog-proof-form", told(good.partition("\n\n")[0] + "\n")
    yield "a log proof above its limit", "tlog-proof-form", told(good + "x" * tlog_proof.MAX_PROOF)
    yield "a log proof with another word for the index", "tlog-proof-form", told(good.replace("index 0\n", "place 0\n"))
    yield "a log proof without an index", "tlog-proof-form", told(good.replace("index 0\n", ""))
    yield "a log proof of one line", "tlog-proof-form", told("c2sp.org/tlog-proof@v1\n\n" + good.partition("\n\n")[2])
    yield "a log proof with a leading zero", "tlog-proof-form", told(good.replace("index 0\n", "index 00\n"))
    yield "a log proof with a node of 31 bytes", "tlog-proof-form", told(good.replace(first, long))
    yield "a log proof with 64 nodes", "tlog-proof-form", path(*[bytes(32)] * 64)
    yield "a log proof with a letter of no alphabet", "tlog-proof-form", told(good.replace("index 0\n", "index 0\nä\n"))
    yield (
        "a log proof with an empty extra line",
        "tlog-proof-form",
        told(good.replace("index 0\n", "extra \nindex 0\n")),
    )
    yield "a log proof with extra data", "tlog-proof-extra", told(good.replace("index 0\n", "extra AAAA\nindex 0\n"))
    yield "a log proof with a node in bad base64", "base64", told(good.replace(first, first[:-1]))
    yield "a log proof with an index behind the end", "inclusion-index", path(*made.path, index=5)
    yield "a log proof with another index", "inclusion-root", path(*made.path, index=1)
    yield "a log proof that is too short", "inclusion-length", path(*made.path[:-1])
    yield "a log proof that is too long", "inclusion-length", path(*made.path, bytes(32))
    yield "a log proof with two nodes swapped", "inclusion-root", path(*made.path[::-1])
    yield "a log proof of the other entry", "inclusion-root", told(world.release.proof.decode())


# --- witnesses -----------------------------------------------------------------------------------------

WITNESS = note.Signer("witness.vectors.example", SigningKey.from_bytes(digest("key witness")), note.KIND_COSIGNATURE)
SECOND = note.Signer("second.vectors.example", SigningKey.from_bytes(digest("key second")), note.KIND_COSIGNATURE)
WITNESSED = policy.write_policy(
    1,
    LOG.verifier,
    [ROOT.verifier],
    1,
    [one.verifier for one in EDITORS],
    2,
    witnesses=[policy.Witness("one", WITNESS.verifier, ""), policy.Witness("two", SECOND.verifier, "")],
    groups=[policy.Group("both", 2, ("one", "two"))],
    quorum="both",
)


def _witnessed(world: World, change: Callable[[note.Signature], list[note.Signature]]) -> str:
    """The file under a policy with two witnesses; the second cosigns well, the first as changed."""
    under = {"policy": policy.parse_policy(WITNESSED).sha256}
    logged = world.log(Evidence(seal=under, release=under))
    cosigned = []
    for one in logged:
        made = tlog_proof.parse_tlog_proof(one.proof)
        text = note.parse_note(made.checkpoint).text
        lines = [
            *change(checkpoint.cosign(text, WITNESS, 1_800_000_000)),
            checkpoint.cosign(text, SECOND, 1_800_000_100),
        ]
        head = checkpoint.add_lines(made.checkpoint, lines)
        cosigned.append(proof.Logged(one.entry, tlog_proof.make(made.index, made.path, head)))
    return _with(world, *cosigned)


def _cosignatures(world: World) -> Iterator[tuple[str, str, str]]:
    def bent(line: note.Signature) -> list[note.Signature]:
        return [line._replace(signature=line.signature[:-1] + bytes([line.signature[-1] ^ 1]))]

    def later(line: note.Signature) -> list[note.Signature]:
        return [line._replace(signature=(1_900_000_000).to_bytes(8, "big") + line.signature[8:])]

    def never(line: note.Signature) -> list[note.Signature]:
        return [line._replace(signature=b"\xff" * 8 + line.signature[8:])]

    yield "a witness missing from the quorum", "quorum", _witnessed(world, lambda line: [])
    yield (
        "one witness twice towards the quorum",
        "quorum",
        _witnessed(world, lambda line: [line._replace(key_id=bytes(4))] * 2),
    )
    yield "a broken cosignature", "cosignature", _witnessed(world, bent)
    yield "a cosignature at another time", "cosignature", _witnessed(world, later)
    yield (
        "a cosignature that is too short",
        "cosignature",
        _witnessed(world, lambda line: [line._replace(signature=line.signature[:-1])]),
    )
    yield "a cosignature before all time", "cosignature-time", _witnessed(world, never)


def _keys_entry(world: World) -> str:
    """A change of keys, signed as it must be, where the seal should stand."""
    following = policy.write_policy(2, LOG.verifier, [ROOT.verifier], 1, [one.verifier for one in EDITORS], 2)
    payload = entries.KeysEntry(POLICY.archive_id.hex(), POLICY.sha256, 2, following.decode())
    return _logged(world, entries.sign_entry(payload, [ROOT]))


def _site_entry(world: World) -> str:
    manifest = entries.FileHash(digest("site").hex(), 100)
    payload = entries.SiteEntry(POLICY.archive_id.hex(), POLICY.sha256, 1, 0, manifest)
    return _logged(world, entries.sign_entry(payload, EDITORS[:2]))


def _two_logs(world: World) -> str:
    """Seal in one log, release in another."""
    return _with(world, world.seal, place(world.seal.entry, world.release.entry, origin="other.vectors.example")[1])


def _forked(world: World) -> str:
    """Seal and release in two histories of one log that have the same size."""
    return _with(world, world.seal, place(world.seal.entry, world.release.entry, others="another entry")[1])


def _weak_policies() -> Iterator[tuple[str, str]]:
    """Policies with a key that no reader may use, in place of the third editor."""
    good = EDITORS[2].verifier
    before, _, after = (
        policy.write_policy(1, LOG.verifier, [ROOT.verifier], 1, [one.verifier for one in EDITORS], 2)
        .decode()
        .partition(good.vkey)
    )

    def told(public: bytes, name: str = good.name, kind: int = note.KIND_ED25519) -> str:
        material = bytes([kind]) + public
        key_id = hashlib.sha256(f"{name}\n".encode() + material).digest()[:4].hex()
        return f"{before}{name}+{key_id}+{note.encode_base64(material)}{after}"

    for number, point in enumerate(small_order()):
        yield f"a policy with a key of small order, {number}", told(encode(point))
    yield "a policy with a key whose y is p", told(P.to_bytes(32, "little"))
    yield "a policy with a key whose y is above p", told((P + 3).to_bytes(32, "little"))
    yield "a policy with a key that is minus zero", told((1 | 1 << 255).to_bytes(32, "little"))
    yield "a policy with a key off the curve", told((2).to_bytes(32, "little"))
    yield "a policy with a key of 31 bytes", told(good.public[:-1])
    yield "a policy with a key of 33 bytes", told(good.public + b"\0")
    yield "a policy with a space of Unicode in a key name", told(good.public, "editor\u2003c")
    yield "a policy with a key of an unknown kind", told(good.public, kind=2)
    yield "a policy with a key of another kind", told(good.public, kind=note.KIND_COSIGNATURE)
    yield "a policy with a key that stands twice", told(EDITORS[0].verifier.public)
    yield "a policy with a name that stands twice", told(good.public, EDITORS[0].name)
    yield "a policy with the id of another key", f"{before}{good.vkey.replace('+', '+0', 1)}{after}"
    yield "a policy with a key without an id", f"{before}{good.name}{after}"
    yield "a policy with an empty key", f"{before}{good.name}+00000000+{after}"
    for code in (0x07, 0x7F, 0x85, 0x9B):
        yield f"a policy with the control character {code:02X} in a key name", told(good.public, f"a{chr(code)}b")
        yield (
            f"a policy with the control character {code:02X} in a comment",
            f"# {chr(code)}\n{before}{good.vkey}{after}",
        )


KEYS_ONLY = frozenset(
    {
        "threshold",
        "key-unknown",
        "signature",
        "origin",
        "log-key",
        "policy",
        "quorum",
        "cosignature",
        "cosignature-time",
    }
)


def log_lies(world: World) -> Iterator[Vector]:
    """Every lie as a vector with its file as text."""
    for family in (_entries, _signatures, _notes, _checkpoints, _proofs, amendment_lies):
        for name, rule, text in family(world):
            yield {"name": name, "rule": rule, "file": text} | ({"keys_only": True} if _only_keys(name, rule) else {})
    for name, rule, text in _cosignatures(world):
        yield {"name": name, "rule": rule, "file": text, "policy": WITNESSED.decode(), "keys_only": True}
    yield {"name": "a change of keys where the seal should stand", "rule": "seal-kind", "file": _keys_entry(world)}
    yield {"name": "a site where the seal should stand", "rule": "seal-kind", "file": _site_entry(world)}
    yield {"name": "seal and release in a forked log", "rule": "log-fork", "file": _forked(world)}
    yield {
        "name": "seal and release in a forked log, no policy",
        "rule": "log-fork",
        "file": _forked(world),
        "policy": None,
    }
    whole = world.file("whole")
    for name, text in _weak_policies():
        yield {"name": name, "rule": "policy-form", "file": whole, "policy": text, "keys_only": True}
    yield {
        "name": "seal and release in two logs, no policy",
        "rule": "log-origin",
        "file": _two_logs(world),
        "policy": None,
    }

    release = Evidence(release={"archive": digest("x").hex()})
    yield {
        "name": "a release of another archive, no policy",
        "rule": "archive",
        "file": world.file("whole", lie=release),
        "policy": None,
    }
    other = World([Document("whole", world.documents["whole"].atoms)], digest("another archive"))
    yield {
        "name": "an archive that is not that of the log",
        "rule": "archive",
        "file": other.file("whole"),
        "keys_only": True,
    }


def _only_keys(name: str, rule: str) -> bool:
    """Whether the file holds where no keys are checked."""
    return rule in KEYS_ONLY and name != "a checkpoint of another log" and not name.startswith("a moved log")
