"""A witness: what the protocol asks, what it remembers, and that it never signs two histories."""

from __future__ import annotations

import http.client
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mirror.publisher import signer
from tests.release.crashing import every_death
from unsealed.errors import ArchiveError, InputError, KeysError, SetupError, UsageError, VerifyError
from unsealed.mirror import keyfile, witness_server, witness_state
from unsealed.mirror.witness import MAX_REQUEST, Known, Refusal, Request, check_request, parse_request
from unsealed.mirror.witness_client import ask_cosignature, newest_head
from unsealed.mirror.witness_server import make_witness_server
from unsealed.mirror.witness_state import WitnessState, log_id
from unsealed.seal import merkle
from unsealed.seal.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from unsealed.seal.note import KIND_COSIGNATURE, encode_base64, parse_note
from unsealed.seal.policy import Witness

LOG = signer("gazette.example/log")
OTHER = signer("other.example/log")
WITNESS = signer("witness.example/w1", KIND_COSIGNATURE)
LEAVES = [merkle.leaf_hash(b"entry %d" % number) for number in range(40)]
FORKED = [*LEAVES[:5], *(merkle.leaf_hash(b"other %d" % number) for number in range(35))]
PASSPHRASE = "only a test"


def head(size: int, leaves: list[bytes] = LEAVES, key: object = LOG) -> bytes:
    return sign_checkpoint(Checkpoint(key.name, size, merkle.root(leaves[:size])), key)  # type: ignore[attr-defined,arg-type]


def request(old: int, size: int, leaves: list[bytes] = LEAVES, key: object = LOG) -> bytes:
    return Request(old, merkle.consistency_path(leaves[:size], old), head(size, leaves, key)).encode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(keyfile, "encrypt_secret", lambda plain, _passphrase: plain)  # 0.4 s a key otherwise
    made = tmp_path / "witness"
    witness_state.init(made, "witness.example/w1", PASSPHRASE)
    witness_state.add_log(made, LOG.verifier.vkey)
    return made


@contextmanager
def running(folder: Path, at: float = 1_700_000_000.0) -> Iterator[WitnessState]:
    with WitnessState(folder, WITNESS, lambda: at) as state:
        yield state


def refused(state: WitnessState, body: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        state.add_checkpoint(body)
    return caught.value


# --- the protocol -------------------------------------------------------------------------------------


def test_a_head_after_another_is_signed(folder: Path) -> None:
    with running(folder) as state:
        for old, size in ((0, 3), (3, 3), (3, 17), (17, 40)):
            line = state.add_checkpoint(request(old, size))
            opened = open_checkpoint(head(size) + line, LOG.verifier, [WITNESS.verifier])
            assert [(one.witness, one.time) for one in opened.cosignatures] == [(WITNESS.verifier, 1_700_000_000)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"old 0\n", 400),
        (b"old 00\n\n" + head(1), 400),
        (b"old +0\n\n" + head(1), 400),
        (b"new 0\n\n" + head(1), 400),
        (b"old 0\n!!\n\n" + head(1), 400),
        (b"old 0\n" + encode_base64(b"x").encode() + b"\n\n" + head(1), 400),
        (b"old 0\n" + 64 * (encode_base64(bytes(32)).encode() + b"\n") + b"\n" + head(1), 400),
        (b"old 0\n\n" + head(1)[:-1], 400),
        (b"old 0\n\n" + head(1).replace(b"\n1\n", b"\n01\n"), 400),
        (b"old 0\n\n" + b"x" * MAX_REQUEST, 400),
        (b"old \xff\n\n" + head(1), 400),
        (b"old 7\n\n" + head(5), 400),
        (request(0, 1, key=OTHER), 404),
        (b"old 0\n\n" + head(1).replace(b"\n1\n", b"\n2\n"), 403),
        (Request(0, (bytes(32),), head(1)).encode(), 422),
    ],
)  # fmt: skip
def test_what_is_refused(folder: Path, body: bytes, status: int) -> None:
    with running(folder) as state:
        assert refused(state, body).status == status
        assert state.head(log_id(LOG.name)) == b""


def test_a_name_with_another_key_is_forbidden(folder: Path) -> None:
    text = head(1).decode().replace("gazette.example/log", "other.example/log", 1)
    with running(folder) as state:
        witness = refused(state, b"old 0\n\n" + text.encode())
    assert witness.status == 404
    stolen = sign_checkpoint(Checkpoint(LOG.name, 1, merkle.root(LEAVES[:1])), OTHER)
    with running(folder) as state:
        assert refused(state, b"old 0\n\n" + stolen).status == 403


def test_the_size_that_was_signed_is_told(folder: Path) -> None:
    with running(folder) as state:
        state.add_checkpoint(request(0, 9))
        for old in (0, 3, 10):
            error = refused(state, Request(old, (), head(20)).encode())
            assert (error.status, error.size) == (409, 9)


def test_two_histories_are_never_signed(folder: Path) -> None:
    with running(folder) as state:
        state.add_checkpoint(request(0, 9))
        same = refused(state, Request(9, (), head(9, FORKED)).encode())
        assert (same.status, same.rule) == (409, "fork")
        longer = refused(state, Request(9, merkle.consistency_path(FORKED[:20], 9), head(20, FORKED)).encode())
        assert longer.status == 422
        smaller = refused(state, Request(5, (), head(5)).encode())
        assert (smaller.status, smaller.size) == (409, 9)
    kept = [path.read_bytes() for path in (folder / "evidence").iterdir()]
    assert sorted(kept) == sorted([head(9), head(9, FORKED)])
    assert {parse_note(one).text.split("\n")[1] for one in kept} == {"9"}


def test_an_empty_log_has_one_root(folder: Path) -> None:
    wrong = sign_checkpoint(Checkpoint(LOG.name, 0, bytes(32)), LOG)
    with running(folder) as state:
        assert refused(state, Request(0, (), wrong).encode()).status == 422
        state.add_checkpoint(Request(0, (), head(0)).encode())


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.booleans()), max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_is_sent_the_signed_heads_are_one_history(steps: list[tuple[int, int, bool]]) -> None:
    known, signed = Known(LOG.verifier), []
    for old, size, forked in steps:
        leaves = FORKED if forked else LEAVES
        body = Request(old, merkle.consistency_path(leaves[: max(old, size)], old), head(size, leaves)).encode()
        try:
            checkpoint = check_request(parse_request(body), known)
        except Refusal:
            continue
        assert checkpoint.size >= known.size
        known = Known(LOG.verifier, checkpoint.size, checkpoint.root)
        signed.append(checkpoint)
    assert any(all(merkle.root(leaves[: one.size]) == one.root for one in signed) for leaves in (LEAVES, FORKED))


# --- state --------------------------------------------------------------------------------------------


def test_state_survives_and_one_process_holds_it(folder: Path) -> None:
    with running(folder) as state:
        state.add_checkpoint(request(0, 9))
        with pytest.raises(ArchiveError, match="Another Unsealed process"), running(folder):
            pass
    with running(folder) as state:
        assert refused(state, request(0, 12)).size == 9


@pytest.mark.parametrize("spoil", ["gone", "garbage", "settings", "folder"])
def test_lost_state_does_not_start(folder: Path, spoil: str) -> None:
    with running(folder) as state:
        state.add_checkpoint(request(0, 9))
    path = folder / "logs" / log_id(LOG.name)
    if spoil == "gone":
        path.unlink()
    elif spoil == "garbage":
        path.write_bytes(b"x")
    elif spoil == "settings":
        (folder / "witness.json").unlink()
    else:
        shutil.rmtree(folder / "logs")
    with pytest.raises(SetupError, match="no longer knows what it signed"), running(folder):
        pass


def test_lost_state_comes_back_from_others(folder: Path) -> None:
    path = folder / "logs" / log_id(LOG.name)
    path.unlink()
    with pytest.raises(InputError, match="No head"):
        witness_state.recover(folder, [head(4, key=OTHER), b"x"])
    with pytest.raises(InputError, match="two histories"):
        witness_state.recover(folder, [head(9), head(9, FORKED)])
    assert not path.exists()
    assert [known.size for known in witness_state.recover(folder, [head(4), head(9), b""])] == [9]
    assert [known.size for known in witness_state.recover(folder, [head(4)])] == [9]
    with running(folder) as state:
        assert refused(state, request(0, 12)).size == 9


def test_an_old_list_of_logs_does_not_make_it_forget(folder: Path) -> None:
    """The list comes back from an old copy, and the log is added once more: what was signed stays signed."""
    witness_state.add_log(folder, OTHER.verifier.vkey)
    with running(folder) as state:
        state.add_checkpoint(request(0, 9))
    settings = folder / "witness.json"
    old = settings.read_bytes().replace(f'"{LOG.verifier.vkey}",'.encode(), b"")
    assert len(old) < len(settings.read_bytes())
    settings.write_bytes(old)
    witness_state.add_log(folder, LOG.verifier.vkey)
    with running(folder) as state:
        assert refused(state, request(0, 12, FORKED)).size == 9
    settings.write_bytes(old)
    (folder / "logs" / log_id(LOG.name)).write_bytes(head(9)[:40])
    with pytest.raises(SetupError, match="no longer knows what it signed"):
        witness_state.add_log(folder, LOG.verifier.vkey)


def test_one_key_never_serves_two_names(folder: Path) -> None:
    twin = type(LOG)("second.example/log", LOG.key)
    for vkey in (LOG.verifier.vkey, twin.verifier.vkey, type(LOG)(LOG.name, OTHER.key).verifier.vkey):
        with pytest.raises(UsageError, match="served already"):
            witness_state.add_log(folder, vkey)
    with pytest.raises(KeysError, match="exists already"):
        witness_state.init(folder, "another.name", PASSPHRASE)
    with pytest.raises(InputError):
        witness_state.add_log(folder, WITNESS.verifier.vkey)
    witness_state.add_log(folder, OTHER.verifier.vkey)
    with running(folder) as state:
        state.add_checkpoint(request(0, 3, key=OTHER))
        state.add_checkpoint(request(0, 9))


def test_killed_anywhere_it_has_signed_nothing_that_it_forgot(folder: Path, tmp_path: Path) -> None:
    with running(folder) as state:
        state.add_checkpoint(request(0, 9))
    work = tmp_path / "work"

    def step() -> None:
        with running(work) as state:
            line = state.add_checkpoint(request(9, 12))
            (tmp_path / "left").write_bytes(line)

    deaths = 0
    for _ in every_death(folder, work, step):
        deaths += 1
        answered = (tmp_path / "left").exists()
        (size,) = (held.known.size for held in witness_state.read_logs(work))
        assert size == 12 or (size == 9 and not answered)
        with running(work) as state:
            state.add_checkpoint(request(size, 12))
        assert not list((work / "logs").glob(".tmp*"))
    assert deaths >= 4


def test_the_key_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    key = keyfile.new_key(path, "witness.example/w1", KIND_COSIGNATURE, PASSPHRASE)
    assert path.stat().st_mode & 0o777 == 0o600
    assert keyfile.public_key(path) == keyfile.open_key(path, PASSPHRASE).verifier == key
    with pytest.raises(KeysError):
        keyfile.open_key(path, "another")
    swapped = path.read_bytes().replace(key.vkey.encode(), WITNESS.verifier.vkey.encode(), 1)
    path.write_bytes(swapped)
    with pytest.raises(KeysError, match="was changed"):
        keyfile.open_key(path, PASSPHRASE)
    with pytest.raises(KeysError, match="missing"):
        keyfile.public_key(tmp_path / "none")


# --- on the web ---------------------------------------------------------------------------------------


@contextmanager
def serving(folder: Path) -> Iterator[tuple[Witness, int]]:
    with running(folder) as state, make_witness_server(state, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Witness("w1", WITNESS.verifier, f"http://127.0.0.1:{server.server_port}/"), server.server_port
        finally:
            server.shutdown()
            thread.join()


def ask(witness: Witness, size: int, leaves: list[bytes] = LEAVES):  # type: ignore[no-untyped-def]
    def consistency(old: int) -> tuple[bytes, ...]:
        return merkle.consistency_path(leaves[:size], old) if old <= size else ()

    return ask_cosignature(witness, head(size, leaves), size, consistency)


def test_client_and_server(folder: Path) -> None:
    with serving(folder) as (witness, _):
        assert newest_head(witness, LOG.verifier) == b""
        for size in (4, 4, 11):
            reply = ask(witness, size)
            assert reply.line is not None, reply
        assert newest_head(witness, LOG.verifier) == head(11)
        behind = ask(witness, 7)
        assert (behind.line, behind.size, behind.fork) == (None, 11, False)
        assert ask(witness, 11, FORKED).fork
        assert ask(witness, 15, FORKED).fork
        stranger = witness._replace(key=signer("w2", KIND_COSIGNATURE).verifier)
        assert "does not sign with the key" in ask(stranger, 11).problem
    assert "cannot be reached" in ask(witness, 11).problem
    assert "cannot be reached" in ask(witness._replace(url="file:///etc/passwd"), 11).problem


def test_many_at_once_are_one_after_the_other(folder: Path) -> None:
    with serving(folder) as (witness, _):
        found: list[object] = []
        threads = [threading.Thread(target=lambda size=size: found.append(ask(witness, size))) for size in range(1, 25)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 24
        (held,) = witness_state.read_logs(folder)
        signed = [reply for reply in found if reply.line is not None]  # type: ignore[attr-defined]
        assert signed
        assert held.known.root == merkle.root(LEAVES[: held.known.size])


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /other HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 404),
        (b"POST /add-checkpoint HTTP/1.1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 999999\r\n\r\n", 413),
        (b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (b"GET /log/../../key/checkpoint HTTP/1.1\r\n\r\n", 404),
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"PUT / HTTP/1.1\r\n\r\n", 501),
    ],
)
def test_strange_calls(folder: Path, sent: bytes, status: int, capfd: pytest.CaptureFixture[str]) -> None:
    with serving(folder) as (_, port), socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(sent)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == status
        answer.read()
    assert "127.0.0.1" not in "".join(capfd.readouterr())


def test_a_slow_caller_is_cut_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_server.BoundedServer, "seconds", 0.3)
    with serving(folder) as (_, port), socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 100\r\n\r\nold")
        while connection.recv(1000):
            pass  # an answer, or the end: never silence for ever


def test_a_lying_witness_is_no_witness() -> None:
    with pytest.raises(VerifyError):
        open_checkpoint(head(3).replace(b"\n3\n", b"\n4\n"), LOG.verifier)
