"""Every byte below public/ counts: flip, add or remove one, and `verify --site` names the file.

Over the output of the whole job on the sample archive, and on an archive made of real documents.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.wholejob import published_sample, published_sources
from unsealed.errors import UnsealedError
from unsealed.files import walk_files
from unsealed.mirror.check import verify_site
from unsealed.mirror.source import open_source
from unsealed.seal.policy import Policy, parse_policy

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class Site:
    """A published folder that is changed and put back."""

    def __init__(self, public: Path) -> None:
        self.public = public
        self.policy: Policy = parse_policy((public / "heads" / "policy").read_bytes())
        self.files = sorted(str(path.relative_to(public)) for path in walk_files(public))

    def complaint(self) -> str:
        """What `verify --site` says; empty when it finds nothing."""
        try:
            verify_site(open_source(str(self.public)), self.policy, workers=1)
        except UnsealedError as error:
            return str(error)
        return ""

    def expect_named(self, name: str, change: Callable[[Path], None]) -> None:
        """Change one file, and find it named."""
        path = self.public / name
        before = path.read_bytes() if path.exists() else None
        change(path)
        try:
            complaint = self.complaint()
        finally:
            if before is None:
                path.unlink()
            else:
                path.write_bytes(before)
        assert complaint, f"a change of {name} went unnoticed"
        assert name in complaint, f"a change of {name} is called: {complaint}"


@pytest.fixture(scope="module")
def sample_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    site = Site(published_sample(tmp_path_factory.mktemp("flips")) / "public")
    assert site.complaint() == ""
    return site


def flip(position: int, bit: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[position % len(data)] ^= 1 << bit
        path.write_bytes(bytes(data))

    return change


def insert(position: int, byte: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        data = path.read_bytes()
        at = position % (len(data) + 1)
        path.write_bytes(data[:at] + bytes([byte]) + data[at:])

    return change


def drop(position: int) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        data = path.read_bytes()
        at = position % len(data)
        path.write_bytes(data[:at] + data[at + 1 :])

    return change


CHANGES = st.one_of(
    st.builds(flip, st.integers(0, 1 << 24), st.integers(0, 7)),
    st.builds(insert, st.integers(0, 1 << 24), st.integers(0, 255)),
    st.builds(drop, st.integers(0, 1 << 24)),
)


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), CHANGES)
def test_any_byte_of_any_file(sample_site: Site, data: st.DataObject, change: Callable[[Path], None]) -> None:
    name = data.draw(
        st.sampled_from([name for name in sample_site.files if (sample_site.public / name).stat().st_size])
    )
    sample_site.expect_named(name, change)


def heads(site: Site) -> list[str]:
    return [name for name in site.files if name.startswith("heads/")]


def test_many_bytes_of_each_head(sample_site: Site) -> None:
    """The heads are not in the manifest: each is checked by what it says, so each gets many flips of its own."""
    chance = random.Random(7)
    for name in heads(sample_site):
        size = (sample_site.public / name).stat().st_size
        for position in {0, size - 1, *(chance.randrange(size) for _ in range(8))}:
            sample_site.expect_named(name, flip(position, chance.randrange(8)))


def test_a_missing_file_is_named(sample_site: Site) -> None:
    chance = random.Random(8)
    for name in [*heads(sample_site), *chance.sample(sample_site.files, 20)]:
        sample_site.expect_named(name, lambda path: path.unlink())


@pytest.mark.parametrize(
    "name", ["extra.html", "d/extra", "heads/extra", "heads/log/tile/0/extra", "o/aa/extra", ".hidden"]
)
def test_an_extra_file_is_named(sample_site: Site, name: str) -> None:
    parent = (sample_site.public / name).parent
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    parent.mkdir(exist_ok=True, parents=True)
    sample_site.expect_named(name, lambda path: path.write_bytes(b"more"))
    for folder in made:
        folder.rmdir()
    assert sample_site.complaint() == ""


def test_two_files_that_changed_places_are_named(sample_site: Site) -> None:
    first, second = [name for name in sample_site.files if name.endswith("document.txt")][:2]
    other = (sample_site.public / second).read_bytes()
    sample_site.expect_named(first, lambda path: path.write_bytes(other))


@pytest.mark.shared
def test_any_byte_of_real_documents(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    shutil.copy(SHARED / "frus" / "tei" / "frus1917-72PubDip.xml", source)
    for folder in ("chats/ubuntu-irc-pidgin-style", "press/wikinews-fr"):
        shutil.copytree(SHARED / folder, source / folder.replace("/", "-"))
    site = Site(published_sources(tmp_path, source) / "public")
    assert site.complaint() == ""
    chance = random.Random(9)
    for name in [*heads(site), *chance.sample(site.files, 30)]:
        size = (site.public / name).stat().st_size
        if size:
            site.expect_named(name, flip(chance.randrange(size), chance.randrange(8)))
