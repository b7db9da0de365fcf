"""The secrets of an archive, encrypted at rest: `keys/`, mode 0700, files 0600.

Takes secrets and a passphrase, gives them back. Touches one folder (or one key file that an editor keeps
elsewhere). Nothing below `keys/` is ever plaintext on disk, and no error holds a part of a secret.

The passphrase opens the *wrapping key*, the wrapping key opens everything else: only the wrapping key has to be
changed or split, and scrypt runs once a command. A key file that stands alone (an editor's own) is encrypted
with its own passphrase.

Spec: docs/formats/keys.md.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from unsealed.crypto import decrypt_secret, decrypt_with_key, encrypt_secret, encrypt_with_key, random_bytes
from unsealed.errors import InputError, KeysError, VerifyError
from unsealed.files import make_dirs, read_capped, remove_folder, remove_leftovers, rename_durable, write_durable
from unsealed.seal.note import (
    KIND_COSIGNATURE,
    KIND_ED25519,
    Note,
    Signer,
    VerifierKey,
    generate,
    open_note,
    parse_skey,
    parse_vkey,
    sign,
)

Role = Literal["editor", "log", "root", "witness"]
ROLES: tuple[str, ...] = get_args(Role)
_FORMAT = "unsealed-key/1"
_PUBLIC = "unsealed-public-key/1"
_WRAPPING = "wrapping.key"
_WRAPPING_LENGTH = 32  # bytes
_MAX_FILE = 1 << 28  # bytes of a file in keys/; a punctured generation key has a few kB for each shredded document
_NEXT = "next"  # folder in keys/: a change of the wrapping key that is decided and not yet moved into place


class KeyInfo(NamedTuple):
    """What may be listed without a passphrase. `kept`: the private half lies here too."""

    role: str
    key: VerifierKey
    path: Path
    kept: bool = True


def _purpose(role: str, written: str) -> bytes:
    """What a box is bound to: a box moved into another file, or under another role, does not open."""
    return f"{_FORMAT}\n{role}\n{written}\n".encode()


def _file(role: str, written: str, lock: str, box: bytes) -> bytes:
    return f"{_FORMAT}\n{role}\n{written}\n{lock}\n{base64.b64encode(box).decode()}\n".encode()


def _parse(path: Path) -> tuple[str, str, str, bytes]:
    """Role, written public part, lock (`wrapping` or `passphrase`) and box of a key file."""
    damaged = KeysError(f"{path} is not a key file of a known version.", remedy="Update Unsealed, or use its backup.")
    try:
        lines = read_capped(path, _MAX_FILE).decode("ascii").split("\n")
        if len(lines) != 6 or lines[0] != _FORMAT or lines[5] or lines[3] not in ("wrapping", "passphrase"):
            raise damaged
        return lines[1], lines[2], lines[3], base64.b64decode(lines[4], validate=True)
    except (UnicodeDecodeError, binascii.Error):
        raise damaged from None
    except InputError as error:
        raise KeysError(error.message, remedy=error.remedy) from error


def _public_info(path: Path) -> KeyInfo:
    try:
        lines = read_capped(path, _MAX_FILE).decode().split("\n")
        if len(lines) != 4 or lines[0] != _PUBLIC or lines[1] not in ROLES:
            raise KeysError(f"{path} is no public key file.", remedy="Import it again: unsealed keys import-public")
        return KeyInfo(lines[1], parse_vkey(lines[2]), path, kept=False)
    except (UnicodeDecodeError, VerifyError) as error:
        raise KeysError(f"{path} names no public key.", remedy="Import it again: keys import-public") from error


def _info(path: Path) -> KeyInfo:
    role, written, _, _ = _parse(path)
    try:
        return KeyInfo(role, parse_vkey(_unquote(written, path)), path)
    except VerifyError as error:
        raise KeysError(f"{path} names no public key.", remedy="Use its backup.") from error


# A key name may hold any letter; the file stays ASCII.
def _quote(vkey: str) -> str:
    return vkey.encode("unicode_escape").decode("ascii")


def _unquote(written: str, path: Path) -> str:
    try:
        return written.encode("ascii").decode("unicode_escape")
    except UnicodeDecodeError:
        raise KeysError(f"{path} names no public key.", remedy="Use its backup.") from None


def check_role(role: str) -> None:
    """A role that the format knows. Raises KeysError that names them."""
    if role not in ROLES:
        raise KeysError(f"There is no role {role}.", remedy=f"Use one of: {', '.join(ROLES)}.")


def new_signer(role: str, name: str) -> Signer:
    """A new key for a role. Raises KeysError for an unknown role or a name that no key may have."""
    check_role(role)
    try:
        return generate(name, KIND_COSIGNATURE if role == "witness" else KIND_ED25519)
    except VerifyError as error:
        raise KeysError(error.message, remedy="Use a name without spaces and plus signs.") from error


# --- an editor's own file -----------------------------------------------------------------------------


def write_key_file(path: Path, role: str, signer: Signer, passphrase: str) -> None:
    """Write one key to a file of its own (0600), encrypted with its own passphrase. Never replaces a file."""
    check_role(role)
    if path.exists():
        raise KeysError(f"{path} exists already.", remedy="Choose another name: keys are never overwritten.")
    written = _quote(signer.verifier.vkey)
    box = encrypt_secret(_purpose(role, written) + signer.skey.encode(), passphrase)
    write_durable(path, _file(role, written, "passphrase", box), mode=0o600)


def read_key_file(path: Path, passphrase: str) -> tuple[str, Signer]:
    """Role and key of a file that `write_key_file` wrote. Raises KeysError."""
    role, written, lock, box = _parse(path)
    if lock != "passphrase":
        remedy = "Keys in an archive's `keys` folder are used through the archive."
        raise KeysError(f"{path} opens with the wrapping key of its archive only.", remedy=remedy)
    plain = decrypt_secret(box, passphrase)
    purpose = _purpose(role, written)
    if not plain.startswith(purpose):
        raise KeysError(f"{path} was changed: its head does not belong to its secret.", remedy="Use its backup.")
    return role, parse_skey(plain[len(purpose) :].decode())


def public_of(path: Path) -> KeyInfo:
    """The public half of a key file; needs no passphrase. Raises KeysError."""
    return _info(path)


# --- public halves ------------------------------------------------------------------------------------


def public_file(role: str, signer: Signer) -> bytes:
    """The small file that tells others of a key: role and public half, signed by the key itself.

    The signature keeps a slip of the pen, or somebody else's key under one's own name, out of a policy. A witness's key
    signs log heads alone: its file has no signature, only the empty place for one.
    """
    check_role(role)
    text = f"{_PUBLIC}\n{role}\n{signer.verifier.vkey}\n"
    if signer.kind != KIND_ED25519:
        return text.encode()
    return Note(text, sign(text, [signer])).encode()


def read_public_file(untrusted: bytes) -> tuple[str, VerifierKey]:
    """Role and public half of a file of `public_file`. Raises KeysError for a file that is none, or is not signed."""
    wrong = KeysError("This is not a public key file of a known version.", remedy="Make it with: keys export-public")
    try:
        head, _, _ = untrusted.decode().partition("\n\n")
        lines = head.removesuffix("\n").split("\n")
        if len(lines) != 3 or lines[0] != _PUBLIC or lines[1] not in ROLES:
            raise wrong
        key = parse_vkey(lines[2])
        if key.kind != (KIND_COSIGNATURE if lines[1] == "witness" else KIND_ED25519):
            raise wrong
        if lines[1] != "witness" and open_note(untrusted, [key])[0].text != head + "\n":
            raise wrong
    except (UnicodeDecodeError, VerifyError):
        raise wrong from None
    return lines[1], key


# --- the folder of an archive -------------------------------------------------------------------------


class KeyStore:
    """The `keys/` folder of an archive, locked. Listing needs no passphrase."""

    def __init__(self, archive: Path) -> None:
        self.folder = archive / "keys"

    def list(self) -> list[KeyInfo]:
        """Every signing key, by role and name: those kept here, and those of which only the public half is."""
        found = [_info(path) for path in self._paths("key")]
        found += [_public_info(path) for path in self._paths("pub")]
        return sorted(found, key=lambda info: (info.role, info.key.name))

    def _paths(self, ending: str) -> Iterator[Path]:
        for role in ROLES:
            yield from self.folder.glob(f"{role}-*.{ending}")

    def add_public(self, role: str, key: VerifierKey) -> KeyInfo:
        """Keep the public half of a key whose private half lies elsewhere. Durable; the same key twice is once.

        Raises KeysError where another key has this name, or the key stands under another role.
        """
        check_role(role)
        info = KeyInfo(role, key, self.folder / f"{role}-{key.key_id.hex()}.pub", kept=False)
        for one in self.list():
            if (one.role, one.key) == (role, key):
                return one
            if one.key.name == key.name or one.key.public == key.public:
                raise KeysError(
                    f"The name {key.name}, or this very key, is a key of role {one.role} already.",
                    remedy="One key, one name, one part: let a new key be made under another name.",
                )
        make_dirs(self.folder, mode=0o700)
        self._check_mode()
        write_durable(info.path, f"{_PUBLIC}\n{role}\n{key.vkey}\n".encode(), mode=0o600)
        return info

    def exists(self) -> bool:
        """Whether the wrapping key was made."""
        return (self.folder / _WRAPPING).exists()

    def unlock(self, passphrase: str) -> OpenKeys:
        """Open the store. Raises KeysError: no store yet, wrong passphrase, or a folder that others can read."""
        self._check_mode()
        self.finish_change()
        if not self.exists():
            raise KeysError("This archive has no keys yet.", remedy="Make one: unsealed keys new ARCHIVE log NAME")
        wrapping = decrypt_secret(read_capped(self.folder / _WRAPPING, _MAX_FILE), passphrase)
        if len(wrapping) != _WRAPPING_LENGTH:
            raise KeysError("The wrapping key has a wrong length.", remedy="Use the backup of the keys folder.")
        return OpenKeys(self, wrapping)

    def create(self, passphrase: str) -> OpenKeys:
        """Open the store; make folder and wrapping key where there are none (durably)."""
        if not self.exists():
            make_dirs(self.folder, mode=0o700)
            self._check_mode()
            wrapping = random_bytes(_WRAPPING_LENGTH)
            write_durable(self.folder / _WRAPPING, encrypt_secret(wrapping, passphrase), mode=0o600)
            return OpenKeys(self, wrapping)
        return self.unlock(passphrase)

    def finish_change(self) -> None:
        """Move the files of a decided change of the wrapping key into place. Needs no secret, may be killed."""
        decided = self.folder / _NEXT
        if decided.is_dir():
            for path in sorted(decided.iterdir()):
                rename_durable(path, self.folder / path.name)
            remove_folder(decided)

    def relock(self, wrapping: bytes, passphrase: str) -> OpenKeys:
        """Put a wrapping key that came from elsewhere under a new passphrase, where it opens every key here. Durable.

        Raises KeysError where it does not: shares of another archive, or from before a `shred`.
        """
        self._check_mode()
        self.finish_change()
        opened = OpenKeys(self, wrapping)
        secrets = sorted(self.folder.glob("secret-*.key"))
        kept = [info.path for info in self.list() if info.kept]
        if len(wrapping) != _WRAPPING_LENGTH or not (kept or secrets):
            raise KeysError("There is nothing here that this key could open.", remedy="Use the backup of keys/.")
        for path in (*kept, *secrets):
            opened.check_opens(path)
        write_durable(self.folder / _WRAPPING, encrypt_secret(wrapping, passphrase), mode=0o600)
        return opened

    def _check_mode(self) -> None:
        if self.folder.is_dir() and self.folder.stat().st_mode & 0o077:
            raise KeysError(f"{self.folder} can be read by others.", remedy=f"Close it: chmod 700 {self.folder}")


@dataclass(frozen=True, repr=False)
class OpenKeys:
    """An unlocked store. Keep it as short as possible; it prints nothing of its key."""

    store: KeyStore
    _wrapping: bytes

    def _write(self, name: str, role: str, written: str, secret: bytes) -> None:
        path = self.store.folder / name
        if path.exists():
            raise KeysError(f"{path} exists already.", remedy="Keys are never overwritten: choose another name.")
        box = encrypt_with_key(secret, self._wrapping, _purpose(role, written))
        write_durable(path, _file(role, written, "wrapping", box), mode=0o600)

    def _read(self, path: Path, wanted_role: str) -> bytes:
        role, written, lock, box = _parse(path)
        if role != wanted_role or lock != "wrapping":
            raise KeysError(f"{path} is no key of this archive for the role {wanted_role}.", remedy="Use its backup.")
        return decrypt_with_key(box, self._wrapping, _purpose(role, written))

    def change_wrapping(self, passphrase: str, secrets: Mapping[str, bytes], records: Mapping[str, bytes]) -> OpenKeys:
        """Lock every key with a fresh wrapping key, under `passphrase`; gives the store as it is then.

        `secrets` (names of `put_secret`) get other bytes at the same time, `records` are plain files that go with them.
        One step: killed before the commit point everything is as it was, behind it the next `unlock` completes it.
        """
        folder, store = self.store.folder, self.store
        aside = folder / f".{_NEXT}.part"
        remove_folder(aside)
        remove_leftovers(folder)  # of killed runs: old boxes, or the old wrapping key under an old passphrase
        make_dirs(aside, mode=0o700)
        fresh = OpenKeys(store, random_bytes(_WRAPPING_LENGTH))
        for path in sorted(folder.glob("*.key")):
            if path.name != _WRAPPING and _parse(path)[2] == "wrapping":
                role, written, _, box = _parse(path)
                purpose = _purpose(role, written)
                plain = secrets.get(written) if role == "secret" else None
                plain = plain if plain is not None else decrypt_with_key(box, self._wrapping, purpose)
                locked = encrypt_with_key(plain, fresh._wrapping, purpose)
                write_durable(aside / path.name, _file(role, written, "wrapping", locked), mode=0o600)
        for name, data in records.items():
            write_durable(aside / name, data, mode=0o600)
        write_durable(aside / _WRAPPING, encrypt_secret(fresh._wrapping, passphrase), mode=0o600)
        # The commit point. Killed before: the folder aside is removed by the next change. Behind: `finish_change`.
        rename_durable(aside, folder / _NEXT)
        store.finish_change()
        return fresh

    def wrapping(self) -> bytes:
        """The wrapping key itself, to be split among people and for nothing else."""
        return self._wrapping

    def check_opens(self, path: Path) -> None:
        """A key file of this folder opens with this wrapping key. Raises KeysError."""
        role, written, _, box = _parse(path)
        try:
            decrypt_with_key(box, self._wrapping, _purpose(role, written))
        except KeysError:
            raise KeysError(
                "This key is not the one that locks this archive's keys: it is of another archive, or an earlier one.",
                remedy="Use the shares of the newest split; `keys/shares` says who holds them.",
            ) from None

    def new(self, role: str, name: str) -> VerifierKey:
        """Make and store a key. Durable once it returns. Raises KeysError where the role has this name already."""
        signer = new_signer(role, name)
        if any(info.key.name == name for info in self.store.list()):
            raise KeysError(f"A key with the name {name} exists already.", remedy="One name, one key: choose another.")
        verifier = signer.verifier
        self._write(f"{role}-{verifier.key_id.hex()}.key", role, _quote(verifier.vkey), signer.skey.encode())
        return verifier

    def signer(self, info: KeyInfo) -> Signer:
        """The private half of a listed key. Raises KeysError."""
        signer = parse_skey(self._read(info.path, info.role).decode())
        if signer.verifier != info.key:
            raise KeysError(f"{info.path} holds another key than it names.", remedy="Use its backup.")
        return signer

    def signers(self, role: str) -> list[Signer]:
        """Every private key of a role, by name."""
        check_role(role)
        return [self.signer(info) for info in self.store.list() if info.role == role and info.kept]

    def put_secret(self, name: str, secret: bytes) -> None:
        """Store a secret that is no signing key, such as `generation-0001`. Durable; never replaces one."""
        self._write(f"secret-{_plain(name)}.key", "secret", name, secret)

    def secret(self, name: str) -> bytes:
        """A secret that `put_secret` stored. Raises KeysError where it is missing or does not open."""
        path = self.store.folder / f"secret-{_plain(name)}.key"
        if not path.exists():
            raise KeysError(f"The secret {name} is missing.", remedy="Restore the keys folder from its backup.")
        return self._read(path, "secret")

    def has_secret(self, name: str) -> bool:
        """Whether `put_secret` stored this name."""
        return (self.store.folder / f"secret-{_plain(name)}.key").exists()


def _plain(name: str) -> str:
    if not name or not all(character in "abcdefghijklmnopqrstuvwxyz0123456789-" for character in name):
        raise KeysError("The name of a secret is not plain.", remedy="Use small letters, digits and hyphens.")
    return name
