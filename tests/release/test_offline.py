"""Signing elsewhere: the words are read from what is signed, every kind has them, and nothing else is signed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.mirror.publisher import Keys
from tests.release.house import PASSPHRASE
from unsealed.cli.sign import sign
from unsealed.errors import InputError, KeysError, UsageError
from unsealed.model import Reason
from unsealed.release import offline
from unsealed.release.keys import KeyStore, new_signer, public_file, read_public_file, write_key_file
from unsealed.seal import note, statement
from unsealed.seal.entries import (
    CloseEntry,
    CorrectionEntry,
    Cuts,
    FileHash,
    KeysEntry,
    MirrorsEntry,
    MovedEntry,
    OldLog,
    Payload,
    RedactMoreEntry,
    ReleaseEntry,
    SealEntry,
    SiteEntry,
    SupportEntry,
    UnredactEntry,
    WithdrawEntry,
    entry_text,
)
from unsealed.seal.note import KIND_COSIGNATURE
from unsealed.seal.payloads import KINDS, Mirror, Way
from unsealed.seal.policy import Group, Policy, Witness, parse_policy, write_policy

KEYS = Keys()
POLICY = KEYS.policy()
OTHER = Keys(log=note.generate("other.example/log")).policy()
FILE = FileHash(sha256="ab" * 32, length=1234)
COMMON = {"archive": POLICY.archive_id.hex(), "policy": POLICY.sha256, "number": 2}
PACKAGE = {**COMMON, "date": "2026-01-02", "manifest": FILE}
RELEASE = {
    **PACKAGE, "cuts": Cuts(root="cd" * 32, count=219), "verifier": "ef" * 32, "reasons": (Reason(1, "source", "A."),),
}  # fmt: skip
AMENDING = {**RELEASE, "cuts": Cuts(root="cd" * 32, count=2)}
LISTED = ((1, 0, 1, 7), (1, 4, 1, 9))
STATED = statement.encode(
    statement.make(POLICY.archive_id, 1, 251, bytes(32), ("unsealed-document/1",), bytes(32), "2026-01-02T03:04:05Z")
).decode()
NEXT = KEYS.policy(2, max_age_days=30)
OLD = OldLog(origin=OTHER.log.name, key=OTHER.log.vkey, size=9, root="12" * 32)
PAYLOADS: list[Payload] = [
    SealEntry(**PACKAGE, statement=STATED),  # type: ignore[arg-type]
    ReleaseEntry(**RELEASE),  # type: ignore[arg-type]
    RedactMoreEntry(**AMENDING, documents=LISTED, text="Because."),  # type: ignore[arg-type]
    UnredactEntry(**AMENDING, documents=LISTED, text="Because."),  # type: ignore[arg-type]
    WithdrawEntry(**PACKAGE, documents=LISTED, reason="by-order", text="A court."),  # type: ignore[arg-type]
    CloseEntry(**PACKAGE, file=FILE, unused=11, unreleased=22, text="The end."),  # type: ignore[arg-type]
    SiteEntry(**COMMON, release=1, manifest=FILE),  # type: ignore[arg-type]
    KeysEntry(**COMMON, next=NEXT.raw.decode()),  # type: ignore[arg-type]
    CorrectionEntry(**COMMON, date="2026-01-02", documents=LISTED, text="A date was wrong."),  # type: ignore[arg-type]
    MirrorsEntry(**COMMON, date="2026-01-02", mirrors=(Mirror("https://m.example/", "A."),)),  # type: ignore[arg-type]
    SupportEntry(**COMMON, date="2026-01-02", ways=(Way("post", "Box 1", "A."),), text="Thanks."),  # type: ignore[arg-type]
    MovedEntry(**{**COMMON, "number": 0}, date="2026-01-02", log=OLD, before=OTHER.raw.decode(), text="Stolen."),  # type: ignore[arg-type]
]
EDITOR, ROOT = new_signer("editor", "ana"), new_signer("root", "root-1")


def test_every_kind_is_here() -> None:
    assert {payload.__struct_config__.tag for payload in PAYLOADS} == set(KINDS)


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.__struct_config__.tag)
def test_every_kind_has_its_words_and_its_role(payload: Payload) -> None:
    text = entry_text(payload)
    words = "\n".join(offline.describe(text))
    kind = payload.__struct_config__.tag
    assert f"Kind       {kind}: " in words
    assert payload.policy in words
    role = "root" if kind in ("keys", "moved") else "editor"
    right, wrong = (ROOT, EDITOR) if role == "root" else (EDITOR, ROOT)
    signed = offline.sign_text(text, role, right)
    [line] = offline.read_signed(signed, text, "this")
    assert offline.merge_lines(text, (), [line], [right.verifier], "them") == (line,)
    with pytest.raises(KeysError, match=f"signed by {role} keys"):
        offline.sign_text(text, "editor" if role == "root" else "root", wrong)


def test_counts_and_hashes_are_there() -> None:
    release = "\n".join(offline.describe(entry_text(PAYLOADS[1])))
    for words in ("219", "cd" * 32, "ef" * 32, "ab" * 32, "1,234 bytes", "2026-01-02"):
        assert words in release
    sealed = "\n".join(offline.describe(entry_text(PAYLOADS[0])))
    assert "251 slots" in sealed


def test_every_word_that_is_signed_is_shown() -> None:
    """Nothing in the middle of long words, nothing beside an address, no address of a witness, no group."""
    hidden = "x" * 500 + "\U000e0001" * 500 + "Call Mallory." + "y" * 500
    told = [
        CorrectionEntry(**COMMON, date="2026-01-02", documents=LISTED, text=hidden),  # type: ignore[arg-type]
        MirrorsEntry(**COMMON, date="2026-01-02", mirrors=(Mirror("https://m.example/", hidden),)),  # type: ignore[arg-type]
        SupportEntry(**COMMON, date="2026-01-02", ways=(Way("post", "Box 1", hidden),), text=""),  # type: ignore[arg-type]
        ReleaseEntry(**{**RELEASE, "reasons": (Reason(1, "source", hidden),)}),  # type: ignore[arg-type]
    ]
    for payload in told:
        shown = offline.describe(entry_text(payload), POLICY)
        assert "CallMallory." in "".join("".join(shown).split()), type(payload)
        assert all(line.isprintable() and len(line) < 200 for line in shown)


def test_addresses_and_groups_of_witnesses_are_shown() -> None:
    keys = [note.generate(f"w{at}.example", KIND_COSIGNATURE).verifier for at in range(2)]

    def policy(number: int, url: str, needed: int) -> Policy:
        witnesses = [Witness(f"w{at}", key, url) for at, key in enumerate(keys)]
        groups = [Group("g", needed, ("w0", "w1"))]
        roots, editors = [one.verifier for one in KEYS.roots], [one.verifier for one in KEYS.editors]
        log = KEYS.log.verifier
        return parse_policy(
            write_policy(number, log, roots, 2, editors, 2, witnesses=witnesses, groups=groups, quorum="g")
        )

    old, new = policy(1, "https://a.example", 2), policy(2, "https://b.example", 1)
    payload = KeysEntry(**{**COMMON, "policy": old.sha256}, next=new.raw.decode())  # type: ignore[arg-type]
    shown = "\n".join(offline.describe(entry_text(payload), old))
    assert "Group      g: 1 of w0, w1" in shown
    assert "changed: the address of w0.example, https://b.example now" in shown


def test_a_change_of_keys_is_shown_against_what_the_signer_knows() -> None:
    text = entry_text(PAYLOADS[7])
    assert "changed: maximum age in days, 0 before, 30 now" in "\n".join(offline.describe(text, POLICY))
    assert "added" not in "\n".join(offline.describe(text, POLICY))
    assert f"editor {POLICY.editors[0].vkey}" in "\n".join(offline.describe(text))


def test_a_text_of_another_archive_or_policy_is_refused() -> None:
    with pytest.raises(UsageError, match="another archive"):
        offline.describe(entry_text(PAYLOADS[1]), OTHER)
    with pytest.raises(UsageError, match="another policy than number 2"):
        offline.describe(entry_text(PAYLOADS[1]), NEXT)


@pytest.mark.parametrize("untrusted", [b"", b"hello\n", b"\xff", entry_text(PAYLOADS[1]).encode()[:-1]])
def test_what_is_no_entry_is_not_signed(untrusted: bytes) -> None:
    with pytest.raises(InputError, match="no text to sign"):
        offline.read_request(untrusted)


def test_signatures_over_another_text_or_by_others() -> None:
    text, other = entry_text(PAYLOADS[1]), entry_text(PAYLOADS[6])
    signed = offline.sign_text(other, "editor", EDITOR)
    with pytest.raises(UsageError, match="another text than this release"):
        offline.read_signed(signed, text, "this release")
    with pytest.raises(UsageError, match="cannot be read"):
        offline.read_signed(b"nothing", text, "this release")
    [line] = note.sign(other, [EDITOR])
    with pytest.raises(UsageError, match="does not hold"):
        offline.merge_lines(text, (), [line], [EDITOR.verifier], "them")
    with pytest.raises(UsageError, match="not one of them"):
        offline.merge_lines(text, (), [line], [ROOT.verifier], "them")


# --- public halves ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "root", "log", "witness"])
def test_public_halves_come_over(role: str, tmp_path: Path) -> None:
    signer = new_signer(role, "zoë")
    data = public_file(role, signer)
    assert signer.skey.encode() not in data
    assert read_public_file(data) == (role, signer.verifier)
    store = KeyStore(tmp_path)
    info = store.add_public(role, signer.verifier)
    assert (info.kept, store.add_public(role, signer.verifier).path) == (False, info.path)
    assert [(one.role, one.key, one.kept) for one in store.list()] == [(role, signer.verifier, False)]
    assert store.create(PASSPHRASE).signers(role) == []


def test_a_public_file_that_its_key_did_not_sign() -> None:
    data = public_file("editor", EDITOR)
    stranger = note.generate("ana")
    bad = [
        data.replace(b"editor", b"root"), data.replace(EDITOR.verifier.vkey.encode(), stranger.verifier.vkey.encode()),
        data.partition(b"\n\n")[0] + b"\n", b"", b"\xff", data.replace(b"key/1", b"key/2"),
        public_file("witness", new_signer("witness", "w")).replace(b"witness", b"editor"),
    ]  # fmt: skip
    for untrusted in bad:
        with pytest.raises(KeysError, match="not a public key file"):
            read_public_file(untrusted)
    assert new_signer("witness", "w").kind == KIND_COSIGNATURE


def test_one_name_one_key_one_part(tmp_path: Path) -> None:
    store = KeyStore(tmp_path)
    store.add_public("editor", EDITOR.verifier)
    for role, key in (("root", EDITOR.verifier), ("editor", note.generate("ana").verifier)):
        with pytest.raises(KeysError, match="already"):
            store.add_public(role, key)


# --- the command --------------------------------------------------------------------------------------


def test_the_command_shows_asks_and_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNSEALED_PASSPHRASE", PASSPHRASE)
    key, file = tmp_path / "ana.key", tmp_path / "text"
    write_key_file(key, "editor", EDITOR, PASSPHRASE)
    text = entry_text(PAYLOADS[1])
    file.write_text(text)
    declined = CliRunner().invoke(sign, [str(file), "--key", str(key)], input="n\n")
    assert declined.exit_code == 1
    assert not (tmp_path / "text.signed").exists()
    done = CliRunner().invoke(sign, [str(file), "--key", str(key)], input="y\n")
    assert done.exit_code == 0, done.output
    assert "219" in done.output
    offline.read_signed((tmp_path / "text.signed").read_bytes(), text, "this")
    again = CliRunner().invoke(sign, [str(file), "--key", str(key), "--yes"])
    assert isinstance(again.exception, UsageError)


def test_it_needs_the_base_install_only() -> None:
    heavy = "sqlalchemy jinja2 tantivy pypdfium2 shamir_mnemonic unsealed.archive unsealed.review"
    code = f"import sys, unsealed.cli.sign; sys.exit(any(name in sys.modules for name in {heavy.split()!r}))"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
