"""Age files: to one recipient, opened by that one alone, and the same format as Debian's own `age`."""

from __future__ import annotations

import subprocess
from io import BytesIO
from pathlib import Path
from shutil import which

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed import age
from unsealed.errors import InputError, KeysError, UsageError

MINE, OTHER = age.new_identity(), age.new_identity()
needs_age = pytest.mark.skipif(which("age") is None, reason="needs age (scripts/system-packages.sh test)")


def opened(data: bytes, *keys: age.Identity) -> bytes:
    out = BytesIO()
    age.decrypt(BytesIO(data), out, keys)
    return out.getvalue()


@given(st.lists(st.binary(max_size=200)), st.integers(0, 3))
def test_what_goes_in_comes_out(chunks: list[bytes], large: int) -> None:
    chunks = [*chunks, bytes(70_000) * large]
    made = BytesIO()
    age.encrypt(chunks, MINE.recipient, made)
    assert opened(made.getvalue(), OTHER, MINE) == b"".join(chunks)
    with pytest.raises(KeysError, match="somebody else"):
        opened(made.getvalue(), OTHER)


@pytest.mark.parametrize("length", [0, 10, 100, 199, 60_000, 66_000, -1])
def test_a_file_that_is_not_whole_is_refused(length: int) -> None:
    data = age.encrypt_bytes(bytes(range(256)) * 400, MINE.recipient)
    with pytest.raises(InputError):
        opened(data[:length], MINE)


def test_a_changed_byte_is_refused() -> None:
    data = bytearray(age.encrypt_bytes(b"what was said", MINE.recipient))
    data[-3] ^= 1
    with pytest.raises(InputError, match="damaged"):
        opened(bytes(data), MINE)


def test_an_error_of_the_source_passes_through() -> None:
    def chunks() -> object:
        yield b"first"
        raise UsageError("stop")

    with pytest.raises(UsageError, match="stop"):
        age.encrypt(chunks(), MINE.recipient, BytesIO())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "age1", MINE.recipient[:-1], MINE.recipient + "q", MINE.secret, "ssh-ed25519 AAAA", "päss"],
    ids=["nothing", "a beginning", "too short", "too long", "a secret", "ssh", "letters"],  # keys are new in each run
)
def test_what_is_no_recipient(text: str) -> None:
    with pytest.raises(InputError):
        age.check_recipient(text)
    with pytest.raises(InputError):
        age.read_recipient(text.encode())


def test_a_recipient_file_names_exactly_one() -> None:
    assert age.read_recipient(f"# of the partner\n{MINE.recipient}\n\n".encode()) == MINE.recipient
    with pytest.raises(InputError, match="exactly one"):
        age.read_recipient(f"{MINE.recipient}\n{OTHER.recipient}\n".encode())


def test_a_key_file_is_read_and_never_shown() -> None:
    [found] = age.read_identities(f"# created: today\n# public key: x\n{MINE.secret}\n".encode())
    assert found == MINE
    assert MINE.secret not in repr(found)
    for wrong in (b"# nothing\n", b"AGE-SECRET-KEY-1TORN\n"):
        with pytest.raises(KeysError):
            age.read_identities(wrong)


@needs_age
def test_the_programs_of_debian_and_ours_read_each_other(tmp_path: Path) -> None:
    key, there, back = tmp_path / "key", tmp_path / "there.age", tmp_path / "back.age"
    subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True)
    [identity] = age.read_identities(key.read_bytes())
    there.write_bytes(age.encrypt_bytes(b"from here" * 20_000, identity.recipient))
    done = subprocess.run(["age", "-d", "-i", str(key), str(there)], check=True, capture_output=True)
    assert done.stdout == b"from here" * 20_000
    subprocess.run(["age", "-r", identity.recipient, "-o", str(back)], input=b"from there", check=True)
    assert opened(back.read_bytes(), identity) == b"from there"
