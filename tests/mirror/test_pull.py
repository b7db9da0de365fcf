"""Pull: from several sources, some of which lie; resumed by object; nothing half-visible after a kill."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import errno
import json
import os
import shutil
from pathlib import Path

import msgspec
import pytest

from tests.mirror.amending import amender
from tests.mirror.publisher import Publisher, publisher
from tests.mirror.simulator import FIRST, LIES, NEWEST, Host, forked, lying, with_link, write
from tests.release.crashing import every_death, tree
from unsealed.errors import ArchiveError, HistoryError, InputError, SetupError, SiteDiffers, VerifyError
from unsealed.mirror import pull as pulling
from unsealed.mirror.check import verify_site
from unsealed.mirror.pull import PullOptions, drop_withdrawn, last_trace, pull
from unsealed.mirror.source import FolderSource
from unsealed.mirror.status import mirror_status
from unsealed.mirror.trace import decode_trace, digest_of
from unsealed.seal.note import generate
from unsealed.seal.package import decode_pack, encode_pack

POLICY = FIRST.policy
QUICK = PullOptions(now=lambda: 1_700_000_000.0, workers=1)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return write(FIRST.files, tmp_path / "first")


@pytest.fixture
def newest(tmp_path: Path) -> Path:
    return write(NEWEST.files, tmp_path / "newest")


def held(mirror: Path) -> dict[str, bytes]:
    return tree(mirror / "public")


def check(mirror: Path) -> int:
    return verify_site(FolderSource(mirror / "public"), POLICY, workers=1).entries


# --- honest sources -----------------------------------------------------------------------------------


def test_a_first_pull_and_a_later_one(tmp_path: Path, first: Path, newest: Path) -> None:
    mirror = tmp_path / "mirror"
    done = pull(mirror, [str(first)], POLICY, QUICK)
    assert done.changed
    assert held(mirror) == FIRST.files
    again = pull(mirror, [], None, QUICK)
    assert (again.changed, again.trace.files, again.trace.number) == (False, 0, 2)
    later = pull(mirror, [str(newest), str(first)], None, QUICK)
    assert held(mirror) == NEWEST.files
    assert [one.state for one in later.trace.sources] == ["used", "behind"]
    assert not list((mirror / "incoming").iterdir())
    assert len(list((mirror / "views").iterdir())) == 1
    assert check(mirror) == len(NEWEST.entries)


def test_only_what_is_new_moves(tmp_path: Path, first: Path) -> None:
    mirror = tmp_path / "mirror"
    pull(mirror, [str(first)], POLICY, QUICK)
    host = Host(NEWEST.files)
    with host.serving() as address:
        done = pull(mirror, [address], None, QUICK)
    objects = {path for path in host.asked if path.startswith("o/")}
    assert objects.isdisjoint(FIRST.files)
    assert len(host.asked) == len(set(host.asked))
    new = {path for path, data in NEWEST.files.items() if FIRST.files.get(path) != data}
    assert set(host.asked) <= new
    assert done.trace.bytes <= host.sent
    with Host(NEWEST.files).serving() as one, Host(NEWEST.files).serving() as two:
        fresh = pull(tmp_path / "fresh", [one, two], POLICY, QUICK)
    assert [line.state for line in fresh.trace.sources] == ["used", "good"]


def test_a_mirror_of_a_mirror(tmp_path: Path, newest: Path) -> None:
    pull(tmp_path / "one", [str(newest)], POLICY, QUICK)
    pull(tmp_path / "two", [str(tmp_path / "one" / "public")], POLICY, QUICK)
    assert held(tmp_path / "two") == NEWEST.files


def test_every_document_can_be_checked_first(tmp_path: Path, newest: Path) -> None:
    deep = PullOptions(now=lambda: 0.0, workers=2, deep=True)
    assert pull(tmp_path / "mirror", [str(newest)], POLICY, deep).changed


def test_without_policy_or_source(tmp_path: Path, newest: Path) -> None:
    with pytest.raises(InputError, match="needs a policy"):
        pull(tmp_path / "mirror", [str(newest)], None, QUICK)
    with pytest.raises(InputError, match="nobody to pull from"):
        pull(tmp_path / "mirror", [], POLICY, QUICK)
    with pytest.raises(VerifyError, match="No source"):
        pull(tmp_path / "mirror", [str(tmp_path / "nothing"), "http://127.0.0.1:9/"], POLICY, QUICK)
    with pytest.raises(InputError, match="is no mirror"):
        mirror_status(tmp_path / "mirror", 0.0)


def test_a_publisher_between_two_steps(tmp_path: Path, first: Path) -> None:
    mirror = tmp_path / "mirror"
    pull(mirror, [str(first)], POLICY, QUICK)
    half = between_two_steps()
    done = pull(mirror, [str(write(half, tmp_path / "half"))], None, QUICK)
    assert not done.changed
    assert done.trace.sources[0].state == "halfway"


def between_two_steps() -> dict[str, bytes]:
    """The files after `release publish`, before `site publish`."""
    made = copy.deepcopy(FIRST)
    made.release({2: ()})
    return dict(made.files)


# --- liars --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("liar_first", [True, False])
def test_a_liar_is_named_and_the_rest_serves(tmp_path: Path, newest: Path, lie: str, liar_first: bool) -> None:
    liar = str(write(lying(lie), tmp_path / "liar"))
    sources = [liar, str(newest)] if liar_first else [str(newest), liar]
    done = pull(tmp_path / "mirror", sources, POLICY, QUICK)
    assert held(tmp_path / "mirror") == NEWEST.files
    states = {line.address: line.state for line in done.trace.sources}
    assert states[str(newest)] == "used"
    assert not list(tmp_path.glob("**/outside"))
    if liar_first and lie != "missing-pack":
        assert states[liar] == "refused" or lie == "truncated-tile"
        (why,) = (line.why for line in done.trace.sources if line.address == liar)
        assert why.isprintable()


@pytest.mark.parametrize("lie", LIES)
def test_a_liar_alone_changes_nothing(tmp_path: Path, first: Path, lie: str) -> None:
    mirror = tmp_path / "mirror"
    pull(mirror, [str(first)], POLICY, QUICK)
    liar = str(write(lying(lie), tmp_path / "liar"))
    with contextlib.suppress(VerifyError):
        assert not pull(mirror, [liar], None, QUICK).changed
    assert held(mirror) == FIRST.files
    check(mirror)
    with pytest.raises(VerifyError) as caught:
        pull(tmp_path / "fresh", [liar], POLICY, QUICK)
    assert caught.value.exit_code in (10, 12)
    assert not (tmp_path / "fresh" / "public").exists()


def test_an_endless_file(tmp_path: Path, newest: Path) -> None:
    host = Host(
        {path: data for path, data in NEWEST.files.items() if path != "d/s2/index.html"}, endless="d/s2/index.html"
    )
    with host.serving() as address:
        done = pull(tmp_path / "mirror", [address, str(newest)], POLICY, QUICK)
    assert host.sent < 64 << 20
    assert [line.state for line in done.trace.sources] == ["refused", "used"]
    assert "longer than" in done.trace.sources[0].why
    assert held(tmp_path / "mirror") == NEWEST.files


@pytest.mark.parametrize("path", ["heads/log/checkpoint", "heads/site.manifest"])
def test_an_endless_head(tmp_path: Path, path: str) -> None:
    host = Host({name: data for name, data in NEWEST.files.items() if name != path}, endless=path)
    with host.serving() as address, pytest.raises(VerifyError):
        pull(tmp_path / "mirror", [address], POLICY, QUICK)
    assert host.sent < 64 << 20


def test_a_link_in_a_mirror_is_not_followed(tmp_path: Path, newest: Path) -> None:
    liar = with_link(tmp_path / "liar")
    done = pull(tmp_path / "mirror", [str(liar), str(newest)], POLICY, QUICK)
    assert done.trace.sources[0].state == "refused"
    assert held(tmp_path / "mirror") == NEWEST.files
    assert not any(path.is_symlink() for path in (tmp_path / "mirror" / "public").rglob("*"))


def test_a_fork_stops_everything_and_both_heads_are_kept(tmp_path: Path, newest: Path) -> None:
    other = forked()
    liar = write(other.files, tmp_path / "liar")
    for sources in ([str(newest), str(liar)], [str(liar), str(newest)]):
        with pytest.raises(HistoryError) as caught:
            pull(tmp_path / "mirror", sources, POLICY, QUICK)
        assert (caught.value.rule, caught.value.exit_code) == ("fork", 13)
        assert str(liar) in caught.value.message
    assert not (tmp_path / "mirror" / "public").exists()
    kept = {path.read_bytes() for path in (tmp_path / "mirror" / "evidence").iterdir()}
    assert kept == {NEWEST.files["heads/log/checkpoint"], other.files["heads/log/checkpoint"]}


def test_a_fork_of_what_the_mirror_holds(tmp_path: Path, newest: Path) -> None:
    mirror = tmp_path / "mirror"
    pull(mirror, [str(newest)], POLICY, QUICK)
    with pytest.raises(HistoryError, match="this mirror"):
        pull(mirror, [str(write(forked().files, tmp_path / "liar"))], None, QUICK)
    assert held(mirror) == NEWEST.files
    assert mirror_status(mirror, 0.0).evidence == 2


def test_an_old_state_never_replaces_a_newer_one(tmp_path: Path, first: Path, newest: Path) -> None:
    mirror = tmp_path / "mirror"
    pull(mirror, [str(newest)], POLICY, QUICK)
    done = pull(mirror, [str(first)], None, QUICK)
    assert not done.changed
    assert done.trace.sources[0].state == "behind"
    assert held(mirror) == NEWEST.files
    # ... nor where the copy was damaged, and is fetched anew
    victim = next((mirror / "store").glob("??/*"))
    victim.chmod(0o644)
    victim.write_bytes(b"rust")
    with pytest.raises(HistoryError) as caught:
        pull(mirror, [str(first)], None, PullOptions(now=lambda: 0.0, workers=1, rehash=True))
    assert caught.value.rule == "rollback"
    done = pull(mirror, [str(newest)], None, PullOptions(now=lambda: 0.0, workers=1, rehash=True))
    assert held(mirror) == NEWEST.files


def test_six_mirrors_two_of_them_liars(tmp_path: Path, first: Path, newest: Path) -> None:
    """Web and folders, a stale one, a silent one: whoever pulls from all of them has the truth."""
    with contextlib.ExitStack() as stack:
        honest = [stack.enter_context(Host(NEWEST.files).serving()) for _ in range(2)]
        liars = [stack.enter_context(Host(lying(lie)).serving()) for lie in ("tampered-pack", "path-traversal")]
        silent = stack.enter_context(Host({}, silent=True).serving())
        sources = [liars[0], str(first), silent, liars[1], *honest]
        for order in (sources, sources[::-1], sources[2:] + sources[:2]):
            mirror = tmp_path / "mirror"
            done = pull(mirror, order, POLICY, QUICK)
            assert held(mirror) == NEWEST.files
            states = {line.address: line.state for line in done.trace.sources}
            assert states[silent] == "silent"
            assert states[str(first)] == "behind"
            assert not any(states[address] in ("refused", "silent") for address in honest)
            shutil.rmtree(mirror)


# --- withdrawn objects --------------------------------------------------------------------------------


def without_an_object() -> dict[str, bytes]:
    """A later site that no longer names one object (as after `withdraw`; here an extra one)."""
    made = copy.deepcopy(NEWEST)
    extra = made.put(b"a pack that will be withdrawn")
    made.sign_site()
    before = dict(made.files)
    del made.files[f"o/{extra.sha256[:2]}/{extra.sha256}"]
    made.sign_site()
    return {"before": before, "after": dict(made.files), "object": extra.sha256.encode()}  # type: ignore[dict-item]


@pytest.mark.parametrize("drop", [True, False])
def test_what_the_publisher_withdrew(tmp_path: Path, drop: bool) -> None:
    states = without_an_object()
    mirror = tmp_path / "mirror"
    pull(mirror, [str(write(states["before"], tmp_path / "before"))], POLICY, QUICK)  # type: ignore[arg-type]
    options = PullOptions(now=lambda: 0.0, workers=1, drop_withdrawn=drop)
    done = pull(mirror, [str(write(states["after"], tmp_path / "after"))], None, options)  # type: ignore[arg-type]
    assert (done.aside, done.dropped) == ((0, 1) if drop else (1, 0))
    name = states["object"].decode()
    assert (mirror / "withdrawn" / name).exists() is not drop
    assert not list((mirror / "public").rglob(name))
    assert mirror_status(mirror, 0.0).withdrawn == (0 if drop else 1)
    assert drop_withdrawn(mirror) == (0 if drop else 1)


# --- traces, status -----------------------------------------------------------------------------------


def test_traces_are_a_signed_chain(tmp_path: Path, first: Path, newest: Path) -> None:
    mirror, key = tmp_path / "mirror", generate("mirror.example/key")
    options = PullOptions(now=lambda: 1_700_000_000.0, workers=1, signer=key)
    for source in (first, newest, newest):
        pull(mirror, [str(source)], POLICY, options)
    before = ""
    for number in (1, 2, 3):
        data = (mirror / "traces" / f"{number:06}").read_bytes()
        trace = decode_trace(data, key.verifier)
        assert (trace.number, trace.before) == (number, before)
        before = digest_of(data)
        with pytest.raises(VerifyError):
            decode_trace(data.replace(b'"number"', b'"nomber"'))
        with pytest.raises(VerifyError):
            decode_trace(data.replace(b'"time":17', b'"time":18'), key.verifier)
    trace = last_trace(mirror)
    assert trace is not None
    assert (trace.size, trace.files) == (len(NEWEST.entries), 0)
    status = mirror_status(mirror, 1_700_000_000.0)
    assert (status.size, status.pulled, status.releases) == (len(NEWEST.entries), 1_700_000_000, 3)
    assert json.dumps([one.address for one in status.sources])


def test_a_frozen_view_is_told(tmp_path: Path) -> None:
    made = publisher(FIRST.keys.policy(quorum="w0", max_age_days=30))
    mirror = tmp_path / "mirror"
    pull(mirror, [str(write(made.files, tmp_path / "site"))], made.policy, QUICK)
    seen = made.time
    assert mirror_status(mirror, seen + 86400 * 29).days_too_old == 0
    assert mirror_status(mirror, seen + 86400 * 40).days_too_old == 40


def test_a_head_without_its_witnesses_is_refused(tmp_path: Path, newest: Path) -> None:
    policy = FIRST.keys.policy(quorum="w0")
    files = dict(publisher(policy).files)
    head = files["heads/log/checkpoint"].decode()
    files["heads/log/checkpoint"] = "".join(
        line for line in head.splitlines(keepends=True) if "witness.example" not in line
    ).encode()
    with pytest.raises(VerifyError, match="Not enough of the witnesses"):
        pull(tmp_path / "mirror", [str(write(files, tmp_path / "site"))], policy, QUICK)


# --- kills, room, two at once -------------------------------------------------------------------------


@pytest.mark.timeout(300)
def test_killed_anywhere_the_old_site_or_the_new_one_is_whole(tmp_path: Path, first: Path, newest: Path) -> None:
    template, work = tmp_path / "template", tmp_path / "work"
    pull(template, [str(first)], POLICY, QUICK)

    def step() -> None:
        pull(work, [str(newest)], None, QUICK)

    deaths, fetched = 0, 0
    for _ in every_death(template, work, step, stride=1 if os.environ.get("UNSEALED_SOAK") else 4):
        deaths += 1
        seen = held(work)
        assert seen in (FIRST.files, NEWEST.files)
        done = pull(work, [str(newest)], None, QUICK)
        fetched += done.trace.files
        assert held(work) == NEWEST.files
        assert not list((work / "incoming").iterdir())
        assert len(list((work / "views").iterdir())) == 1
    assert deaths > 12
    # Resumed by object: in the mean, half of what is new was there already.
    new = len({path for path, data in NEWEST.files.items() if FIRST.files.get(path) != data})
    assert fetched < deaths * new * 0.8


def test_two_pulls_at_once(tmp_path: Path, newest: Path) -> None:
    mirror = tmp_path / "mirror"
    pull(mirror, [str(newest)], POLICY, QUICK)
    with pulling.Shelf(mirror).lock, pytest.raises(ArchiveError, match="Another"):
        pull(mirror, [], None, QUICK)


def test_a_full_disk_is_told_before(tmp_path: Path, newest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "_RESERVE", 1 << 62)
    with pytest.raises(SetupError, match="are free"):
        pull(tmp_path / "mirror", [str(newest)], POLICY, QUICK)


def test_paths_that_stand_in_each_others_place(tmp_path: Path) -> None:
    made = copy.deepcopy(NEWEST)
    made.files |= {"both": b"a file", "both/below": b"and a folder"}
    made.sign_site()
    with Host(made.files).serving() as address, pytest.raises(SiteDiffers) as caught:
        pull(tmp_path / "mirror", [address], POLICY, QUICK)
    assert caught.value.rule == "path"


def test_a_name_that_the_disk_cannot_hold(tmp_path: Path) -> None:
    made = Publisher()
    made.seal()
    made.files["d/" + "x" * 300 + "/index.html"] = b"1"
    made.site()
    with Host(made.files).serving() as address, pytest.raises(SiteDiffers) as caught:
        pull(tmp_path / "mirror", [address], made.policy, QUICK)
    assert caught.value.rule == "path"
    assert not (tmp_path / "mirror" / "public").exists()


def test_a_file_with_more_names_than_the_disk_gives(
    tmp_path: Path, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(source: Path, target: Path) -> None:
        raise OSError(errno.EMLINK, "Too many links")

    monkeypatch.setattr("unsealed.mirror.shelf.os.link", none_left)
    assert pull(tmp_path / "mirror", [str(first)], FIRST.policy, QUICK).changed
    verify_site(FolderSource(tmp_path / "mirror" / "public"), FIRST.policy, workers=1)


@pytest.mark.parametrize("what", ["pipe", "link"])
@pytest.mark.parametrize("rehash", [False, True])
def test_a_list_of_the_own_site_that_never_ends(tmp_path: Path, first: Path, what: str, rehash: bool) -> None:
    """Somebody can write where the mirror serves from. A pull says so at once, and reads nothing without an end."""
    pull(tmp_path / "mirror", [str(first)], FIRST.policy, QUICK)
    path = tmp_path / "mirror" / "public" / "heads" / "site.manifest"
    path.unlink()
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    options = dataclasses.replace(QUICK, rehash=rehash)
    if rehash:
        assert pull(tmp_path / "mirror", [], None, options).broken
        assert path.is_file()
        return
    with pytest.raises(SiteDiffers) as caught:
        pull(tmp_path / "mirror", [], None, options)
    assert "heads/site.manifest: is not a plain file" in caught.value.message


@pytest.mark.parametrize("honest", [True, False])
def test_a_document_that_changes_beside_one_that_leaves(tmp_path: Path, honest: bool) -> None:
    """Enough editors withdraw one document, and give another one of its pack another title: no entry says so."""

    def retitled(files: dict[str, bytes]) -> dict[str, bytes]:
        path = next(path for path, data in files.items() if path.startswith("replacing/") and data)
        left = [msgspec.structs.replace(one, title="Not what it was") for one in decode_pack(files[path])]
        return files | {path: encode_pack(left)}

    made = amender()
    made.site()
    before = copy.deepcopy(made)
    pull(tmp_path / "mirror", [str(write(made.files, tmp_path / "old"))], made.policy, QUICK)
    made.withdraw((1, 0), files=(lambda files: files) if honest else retitled)
    made.site()
    source = [str(write(made.files, tmp_path / "new"))]
    if honest:
        assert pull(tmp_path / "mirror", source, None, QUICK).changed
        return
    with pytest.raises(SiteDiffers, match="changes documents that no entry of the log names"):
        pull(tmp_path / "mirror", source, None, QUICK)
    assert held(tmp_path / "mirror") == before.files
