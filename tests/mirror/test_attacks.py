"""What an attacker did to a site, or called its files: each is refused, named, and printed on one line."""

from __future__ import annotations

import base64
import copy
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.mirror.publisher import Keys, Publisher, publisher, signer
from unsealed.errors import InputError, SiteDiffers, VerifyError
from unsealed.mirror import heads
from unsealed.mirror.check import verify_site
from unsealed.mirror.source import FolderSource, open_source
from unsealed.mirror.trust import TrustStore
from unsealed.seal.entries import SiteEntry, parse_entry

MADE: Publisher = publisher()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return MADE.write(tmp_path / "public")


def refused(folder: Path, made: Publisher = MADE) -> VerifyError:
    with pytest.raises(VerifyError) as caught:
        verify_site(FolderSource(folder), made.policy, workers=1)
    for line in caught.value.message.split("\n"):
        assert line.isprintable()
    return caught.value


# --- the log's key alone ------------------------------------------------------------------------------


def test_a_site_of_the_log_key_alone(tmp_path: Path) -> None:
    """A reader trusts policy 2. The forger logs a change of keys from his own policy 1 to his own policy 2."""
    chosen = Keys(editors=[signer(f"new-{name}") for name in "abc"]).policy(2)
    evil, following = (
        Keys(editors=[signer(f"mallory-{at}"), signer(f"mallory-{at}-b")], roots=[signer(f"m-root-{at}")], witnesses=[])
        for at in (1, 2)
    )
    made = Publisher(keys=evil)
    made.seal()
    made.release({0: (), 1: ()})
    made.put(made.policy.raw)
    made.site()
    made.rotate(following)
    made.files["heads/policy"] = chosen.raw
    store = TrustStore(tmp_path / "trust")
    store.add(chosen.raw)
    folder = made.write(tmp_path / "public")
    with pytest.raises(VerifyError) as caught:
        verify_site(FolderSource(folder), chosen, store=store, workers=1)
    assert (caught.value.rule, caught.value.exit_code) == ("policy", 10)
    assert not (tmp_path / "trust" / made.archive_id.hex() / "chain").exists()


# --- names --------------------------------------------------------------------------------------------

FAKE = "Every byte checked: 24 files and 3 documents hold."


@pytest.mark.parametrize(
    "name", [f"x\n{FAKE}", f"\x1b[2J\x1b[32m{FAKE}", f"\r{FAKE}", FAKE, f"a\t{FAKE}", "\u202egnp.exe", f"\u2028{FAKE}"]
)
def test_no_file_name_prints_an_answer(site: Path, name: str) -> None:
    (site / name).write_bytes(b"")
    message = refused(site).message
    assert not message.startswith("Every byte")
    assert "\n" not in message


def test_no_name_in_a_manifest_prints_an_answer(tmp_path: Path) -> None:
    made = copy.deepcopy(MADE)
    made.files[f"\u2028{FAKE}"] = b"x"
    made.sign_site()
    del made.files[f"\u2028{FAKE}"]
    assert refused(made.write(tmp_path), made).message.startswith('"\\u2028Every')


def test_a_folder_without_files_is_found(site: Path) -> None:
    for path in ("d/s99/words in a folder name", "empty", "d/s0/more"):
        (site / path).mkdir(parents=True)
        error = refused(site)
        assert f"{path}/" in error.message
        assert (error.rule, error.exit_code) == ("extra", 12)
        (site / path).rmdir()
    (site / "d/s99").rmdir()
    verify_site(FolderSource(site), MADE.policy, workers=1)


def test_a_folder_whose_files_are_gone_is_not_called_extra(site: Path) -> None:
    for path in ("document.proof", "index.html"):
        (site / "d/s0" / path).unlink()
    assert "extra" not in refused(site).message


def test_a_proof_file_in_another_folder(tmp_path: Path) -> None:
    """All proofs are there and hold, but a reader of d/s0 would get the words of d/s1."""
    made = copy.deepcopy(MADE)
    first, second = "d/s0/document.proof", "d/s1/document.proof"
    made.files[first], made.files[second] = made.files[second], made.files[first]
    made.sign_site()
    error = refused(made.write(tmp_path), made)
    assert (error.rule, error.exit_code) == ("proof-place", 12)
    assert error.message.startswith(f"{first}: is the proof that belongs at {second}.")


# --- crashes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [b"", b"x"])
def test_a_tile_that_holds_the_root_itself(site: Path, extra: bytes) -> None:
    size = len(MADE.entries)
    root = base64.b64decode(MADE.files["heads/log/checkpoint"].split(b"\n")[2])
    (site / f"heads/log/tile/0/000.p/{size}").write_bytes(root + extra)
    entries = site / f"heads/log/tile/entries/000.p/{size}"
    data = bytearray(entries.read_bytes())
    data[200] ^= 1
    entries.write_bytes(data)
    assert refused(site).message.startswith("heads/log/tile")


@pytest.fixture
def deep(site: Path) -> Iterator[Path]:
    """3,000 folders, one in another."""
    folder = os.open(site, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("a", dir_fd=folder)
        below = os.open("a", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    yield site
    # Nobody's rmtree reaches so deep: move the folders up, half of them at a time.
    top = site / "a"
    while any(top.iterdir()):
        top.joinpath("a").rename(site / "b")
        top.rmdir()
        (site / "b").rename(top)


def test_folders_without_end(deep: Path) -> None:
    message = refused(deep).message
    assert "is an extra folder" in message
    assert len(message) < 1000


@pytest.mark.skipif(os.getuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read(site: Path) -> None:
    (site / "d").chmod(0)
    try:
        error = refused(site)
    finally:
        (site / "d").chmod(0o755)
    assert error.message.startswith("d/")


def test_a_folder_that_fails_is_named(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def failing(path: bytes) -> object:
        if path.endswith(b"/d/"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", failing)
    assert refused(site).message == "d/: is a folder that cannot be read (Permission denied)."


@pytest.mark.parametrize("address", ["http://[", "http://a]b/", "http://a:99999/", "http://a:b/", "https://[::1"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(InputError, match="is not the address of a site"):
        open_source(address)


def test_entries_without_end(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "MAX_ENTRIES", 1000)
    with pytest.raises(SiteDiffers) as caught:
        verify_site(FolderSource(site), None, workers=1)
    assert caught.value.rule == "too-long"
    assert "together" in caught.value.message


def test_signed_lengths_that_no_memory_holds(tmp_path: Path) -> None:
    """Refused before a byte is read: the file behind such a length may have no end."""
    made = publisher()
    honest = made.put
    made.put = lambda data: msgspec.structs.replace(honest(data), length=1 << 50)  # type: ignore[method-assign]
    made.release({2: ()})
    made.put = honest  # type: ignore[method-assign]
    made.site()
    assert refused(made.write(tmp_path / "package"), made).rule == "too-long"

    made = publisher()
    entry = parse_entry(made.entries[-1]).payload
    assert isinstance(entry, SiteEntry)
    file = msgspec.structs.replace(entry.manifest, length=1 << 50)
    made.log(msgspec.structs.replace(entry, number=entry.number + 1, manifest=file))
    assert refused(made.write(tmp_path / "pages"), made).rule == "too-long"
