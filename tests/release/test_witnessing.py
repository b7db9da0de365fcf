"""Before a head is signed others are asked; after it witnesses sign. A restored backup never forks the log."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from tests.mirror.publisher import signer
from tests.release.crashing import every_death
from tests.release.house import PASSPHRASE, new_house, review, seal, stock
from tests.release.test_publishing import HIDE, finish, go, site
from unsealed.archive import Archive
from unsealed.errors import HistoryError, HumanNeeded, InputError, SetupError, VerifyError
from unsealed.mirror import keyfile, witness_state
from unsealed.mirror.heads import check_log
from unsealed.mirror.source import FolderSource
from unsealed.mirror.witness_server import make_witness_server
from unsealed.mirror.witness_state import WitnessState
from unsealed.release.build import build_release
from unsealed.release.catching_up import catch_up
from unsealed.release.journal import Journal, first_policy
from unsealed.release.keyring import Keyring, open_keyring, read_policy
from unsealed.release.plan import plan_release
from unsealed.release.records import find_release
from unsealed.seal.note import KIND_COSIGNATURE, Signer
from unsealed.seal.policy import Policy

VERIFIER = "ab" * 32


@dataclass
class Ring:
    """Three witnesses on loopback, each of which can be stopped."""

    folders: dict[str, Path]
    signers: dict[str, Signer]
    ports: dict[str, int] = field(default_factory=dict)
    time: float = 1_700_000_000.0

    @contextmanager
    def up(self, *names: str) -> Iterator[None]:
        with ExitStack() as stack:
            for name in names or tuple(self.folders):
                state = WitnessState(self.folders[name], self.signers[name], lambda: self.time)
                server = stack.enter_context(
                    make_witness_server(stack.enter_context(state), "127.0.0.1", self.ports.get(name, 0))
                )
                self.ports[name] = server.server_port
                thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
                thread.start()
                stack.callback(thread.join)
                stack.callback(server.shutdown)
            yield

    @property
    def lines(self) -> tuple[str, ...]:
        """As in the settings."""
        return tuple(
            f"{name} {self.signers[name].verifier.vkey} http://127.0.0.1:{self.ports[name]}" for name in self.folders
        )

    def serve(self, vkey: str) -> None:
        for folder in self.folders.values():
            witness_state.add_log(folder, vkey)


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ring:
    monkeypatch.setattr(keyfile, "encrypt_secret", lambda plain, _passphrase: plain)
    names = ("one", "two", "three")
    made = Ring(
        {name: tmp_path / name for name in names}, {n: signer(f"{n}.example/w", KIND_COSIGNATURE) for n in names}
    )
    for name, folder in made.folders.items():
        witness_state.init(folder, made.signers[name].name, PASSPHRASE)
    with made.up():
        pass  # takes a free port for each, which it keeps
    return made


def settle(archive: Archive, **release: object) -> None:
    """Settings of the release room for this archive object."""
    changed = msgspec.structs.replace(archive.settings.release, **release)
    archive.settings = msgspec.structs.replace(archive.settings, release=changed)


def house(path: Path, ring: Ring, *, needed: int = 2) -> tuple[Archive, Keyring]:
    archive, keys = new_house(path)
    settle(archive, witnesses=ring.lines, witnesses_needed=needed, max_age_days=30)
    stock(archive)
    ring.serve(keys.log.verifier.vkey)
    return archive, keys


def cosigners(archive: Archive, policy: Policy) -> set[str]:
    log = check_log(FolderSource(archive.path / "public"), policy)
    return {line.witness.name for line in log.opened.cosignatures}


def test_a_release_with_witnesses(tmp_path: Path, ring: Ring) -> None:
    archive, keys = house(tmp_path / "a", ring)
    with ring.up():
        seal(archive, keys)
        review(archive, *HIDE)
        go(archive, keys, 1, [1, 2])
        site(archive, keys)
    policy = read_policy(archive)
    assert (policy.quorum, policy.max_age_days, len(policy.witnesses)) == ("witnesses", 30, 3)
    assert cosigners(archive, policy) == {f"{name}.example/w" for name in ring.folders}
    for folder in ring.folders.values():
        assert [held.known.size for held in witness_state.read_logs(folder)] == [3]
    archive.close()


def test_one_witness_of_three_may_be_away(tmp_path: Path, ring: Ring) -> None:
    archive, keys = house(tmp_path / "a", ring)
    with ring.up("one", "three"):
        seal(archive, keys)
    assert cosigners(archive, read_policy(archive)) == {"one.example/w", "three.example/w"}
    archive.close()


def test_without_a_quorum_nothing_is_signed_and_later_it_goes_on(tmp_path: Path, ring: Ring) -> None:
    archive, keys = house(tmp_path / "a", ring)
    with ring.up():
        seal(archive, keys)
    review(archive, *HIDE)
    plan_release(archive, 1, [1, 2], title="Part 1", story="", date="2026-01-03")
    build_release(archive, keys, 1, verifier=VERIFIER)
    with ring.up("two"), pytest.raises(HumanNeeded, match="Too few answered"):
        finish(archive, keys, 1)
    assert Journal(archive, keys.log.verifier).size == 1
    with ring.up("two", "three"):
        assert finish(archive, keys, 1) == 1
    archive.close()


def test_signed_but_not_cosigned_is_not_public(tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """The witnesses vanish between the look and the cosignature."""
    archive, keys = house(tmp_path / "a", ring)
    with ring.up():
        seal(archive, keys)
    review(archive, *HIDE)
    head = (archive.path / "public/heads/log/checkpoint").read_bytes()
    monkeypatch.setattr(Journal, "_check_newest", lambda self: None)
    with pytest.raises(HumanNeeded, match="too few witnesses"):
        go(archive, keys, 1, [1, 2])
    assert (archive.path / "public/heads/log/checkpoint").read_bytes() == head
    signed = (archive.path / "packages/log/checkpoint").read_bytes()
    with ring.up():
        finish(archive, keys, 1)
    assert (archive.path / "packages/log/checkpoint").read_bytes().startswith(signed)
    assert Journal(archive, keys.log.verifier).size == 2
    archive.close()


Pair = tuple[Archive, Keyring, Archive, Keyring, Path]


def make_pair(folder: Path, archive: Archive, keys: Keyring) -> None:
    """Two releases; `backup` from before the second; two mirrors of the public folder after it."""
    seal(archive, keys)
    review(archive, *HIDE)
    go(archive, keys, 1, [1, 2])
    site(archive, keys)
    shutil.copytree(archive.path, folder / "backup")
    go(archive, keys, 2, [3, 4])
    site(archive, keys)
    for name in ("mirror", "mirror2"):
        shutil.copytree(archive.path / "public", folder / name)


def open_pair(folder: Path) -> Pair:
    """Archive and backup, opened with their keys, and the first mirror."""
    archive, backup = (Archive.open(folder / name, write=True) for name in ("a", "backup"))
    return archive, open_keyring(archive, PASSPHRASE), backup, open_keyring(backup, PASSPHRASE), folder / "mirror"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    archive, keys = new_house(folder / "a")
    stock(archive)
    make_pair(folder, archive, keys)
    archive.close()
    return folder


@pytest.fixture
def pair(template: Path, tmp_path: Path) -> Iterator[Pair]:
    shutil.copytree(template, tmp_path, dirs_exist_ok=True)
    opened = open_pair(tmp_path)
    yield opened
    opened[0].close()
    opened[2].close()


def test_a_restored_backup_is_stopped_by_a_witness(tmp_path: Path, ring: Ring) -> None:
    made = house(tmp_path / "a", ring)
    with ring.up():
        make_pair(tmp_path, *made)
        made[0].close()
        archive, _, backup, keys, mirror = open_pair(tmp_path)
        head = (backup.path / "packages/log/checkpoint").read_bytes()
        with pytest.raises(HistoryError) as caught:
            go(backup, keys, 2, [5])
        assert (caught.value.rule, caught.value.exit_code) == ("rollback", 13)
        assert "log catch-up" in caught.value.remedy
        assert (backup.path / "packages/log/checkpoint").read_bytes() == head
        done = catch_up(backup, [str(mirror)])
        assert (done.before, done.size, done.packages) == (3, 5, (2,))
        go(backup, keys, 3, [5])
    for one in (archive, backup):
        check_log(FolderSource(one.path / "public"), read_policy(one))
        one.close()


@pytest.mark.parametrize("catching", ["mirrors", "named"])
def test_the_drill_of_the_restored_backup(tmp_path: Path, pair: Pair, catching: str) -> None:
    archive, _, backup, keys, mirror = pair
    settle(backup, mirrors=(str(mirror), str(tmp_path / "mirror2")))
    with pytest.raises(HistoryError, match="shows 5 entries"):
        go(backup, keys, 2, [5])
    done = catch_up(backup, [] if catching == "mirrors" else [str(mirror)])
    assert (done.documents, done.unknown, done.missing, done.lost) == (2, 0, (), ())
    assert [one.item for one in backup.released(2)] == [one.item for one in archive.released(2)]
    assert Journal(backup, keys.log.verifier).entries() == Journal(archive, keys.log.verifier).entries()
    stored = find_release(backup, 2)
    assert stored is not None
    assert (stored.state, stored.release.title) == ("published", "Part 2")
    again = catch_up(backup, [])
    assert (again.before, again.size, again.packages, again.documents) == (5, 5, (), 0)
    assert go(backup, keys, 3, [5]) == 5


def test_two_mirrors_must_answer(tmp_path: Path, pair: Pair) -> None:
    archive, keys, _, _, mirror = pair
    settle(archive, mirrors=(str(mirror), "http://127.0.0.1:9/", str(tmp_path / "none")))
    with pytest.raises(HumanNeeded, match="Too few answered"):
        go(archive, keys, 3, [5])
    settle(archive, mirrors=(str(mirror), "http://127.0.0.1:9/", str(tmp_path / "mirror2")))
    (tmp_path / "mirror2/heads/log/checkpoint").write_bytes(b"a liar\n")
    with pytest.raises(HumanNeeded, match="mirror2"):
        finish(archive, keys, 3)
    (tmp_path / "mirror2/heads/log/checkpoint").unlink()  # a mirror that has nothing yet has answered
    assert finish(archive, keys, 3) == 5


def test_a_fork_is_refused_and_both_heads_are_kept(pair: Pair) -> None:
    _, _, backup, keys, mirror = pair
    go(backup, keys, 2, [5])  # nobody is asked: the log is forked
    site(backup, keys)
    settle(backup, mirrors=(str(mirror),))
    with pytest.raises(HistoryError) as caught:
        go(backup, keys, 3, [3])
    assert caught.value.rule == "fork"
    assert len(list((backup.path / "evidence").iterdir())) == 2
    with pytest.raises(HistoryError, match="two histories"):
        catch_up(backup, [str(mirror)])
    shutil.rmtree(backup.path / "public")
    with pytest.raises(HistoryError, match="forked"):
        catch_up(backup, [str(mirror)])


def test_catching_up_with_liars_and_nobody(tmp_path: Path, pair: Pair) -> None:
    _, _, backup, keys, mirror = pair
    shutil.rmtree(backup.path / "public")
    with pytest.raises(VerifyError, match="No source"):
        catch_up(backup, [str(tmp_path / "nothing")])
    bundle = next((mirror / "heads/log/tile/entries").rglob("5"))
    data = bytearray(bundle.read_bytes())
    data[300] ^= 1
    bundle.write_bytes(bytes(data))
    done = catch_up(backup, [str(mirror), str(tmp_path / "mirror2")])
    assert [one.state for one in done.sources] == ["refused", "good"]
    assert Journal(backup, keys.log.verifier).size == 5


def test_a_backup_from_before_the_seal(tmp_path: Path, pair: Pair) -> None:
    archive, _, _, _, mirror = pair
    fresh, _ = new_house(tmp_path / "fresh")
    stock(fresh)
    with pytest.raises(InputError, match="before the first seal"):
        catch_up(fresh, [str(mirror)])
    done = catch_up(fresh, [str(mirror)], first_policy(archive))
    assert (done.before, done.size, done.packages, done.lost, done.unknown) == (0, 5, (0, 1, 2), (1,), 4)
    assert fresh.generations() == [1]
    fresh.close()


@pytest.mark.timeout(300)
def test_catching_up_survives_kills(tmp_path: Path, pair: Pair) -> None:
    archive, keys, backup, _, mirror = pair
    want, key = Journal(archive, keys.log.verifier).entries(), keys.log.verifier
    backup.close()
    work = tmp_path / "work"

    def step() -> None:
        with Archive.open(work, write=True) as opened:
            catch_up(opened, [str(mirror)])

    deaths = 0
    for _ in every_death(tmp_path / "backup", work, step, stride=1 if os.environ.get("UNSEALED_SOAK") else 11):
        deaths += 1
        with Archive.open(work, write=True) as opened:
            assert Journal(opened, key).entries() in (want, want[:3])
            catch_up(opened, [str(mirror)])
            assert Journal(opened, key).entries() == want
            assert len(opened.released(2)) == 2
    assert deaths > 4


@pytest.mark.parametrize("line", ["one", "one two three", "a b c d"])
def test_lines_that_are_no_witness(tmp_path: Path, line: str) -> None:
    archive, keys = new_house(tmp_path / "a")
    settle(archive, witnesses=(line,))
    stock(archive)
    with pytest.raises(SetupError, match="is not `NAME VKEY URL`"):
        seal(archive, keys)
    settle(archive, witnesses=(), witnesses_needed=1)
    with pytest.raises(SetupError, match="witnesses_needed"):
        seal(archive, keys)
    archive.close()
