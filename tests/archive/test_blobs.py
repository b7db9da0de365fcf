"""The contract of the stores of bytes, and their recovery."""

from __future__ import annotations

from abc import ABC, abstractmethod
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unsealed.archive import SMALL, BlobStore, PackStore, Place
from unsealed.errors import ArchiveError


class StoreContract(ABC):
    """What every store of bytes keeps: what was put in comes out, whole and in part, after a restart too."""

    @abstractmethod
    def open(self, folder: Path) -> object: ...

    @abstractmethod
    def put(self, store: object, data: bytes) -> Place: ...

    @abstractmethod
    def commit(self, store: object) -> None: ...

    @abstractmethod
    def get(self, store: object, data: bytes, place: Place, start: int, end: int | None) -> bytes: ...

    @pytest.mark.parametrize("size", [0, 1, 1000, SMALL - 1, SMALL, SMALL + 1, 300_000])
    def test_what_went_in_comes_out(self, tmp_path: Path, size: int) -> None:
        data = bytes(number % 251 for number in range(size))
        store = self.open(tmp_path)
        place = self.put(store, data)
        self.commit(store)
        assert place.length == size
        assert self.get(store, data, place, 0, None) == data
        assert self.get(store, data, place, size // 3, size // 2) == data[size // 3 : size // 2]

    def test_many_keep_apart(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        runs = [bytes([number]) * (number * 37) for number in range(60)]
        places = [self.put(store, run) for run in runs]
        self.commit(store)
        assert [self.get(store, run, place, 0, None) for run, place in zip(runs, places, strict=True)] == runs

    def test_missing_bytes_are_an_error(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        data = b"x" * 100_000
        place = self.put(store, data)
        self.commit(store)
        for path in tmp_path.rglob("*"):
            if path.is_file():
                path.write_bytes(path.read_bytes()[:10])
        with pytest.raises(ArchiveError) as caught:
            self.get(store, data, place, 0, None)
        assert caught.value.remedy


class TestPackStore(StoreContract):
    def open(self, folder: Path) -> PackStore:
        store = PackStore(folder, limit=1 << 20)
        store.recover({})
        return store

    def put(self, store: PackStore, data: bytes) -> Place:
        return store.append(data)

    def commit(self, store: PackStore) -> None:
        store.flush()

    def get(self, store: PackStore, data: bytes, place: Place, start: int, end: int | None) -> bytes:
        return store.read(place, start, end)

    @given(runs=st.lists(st.binary(max_size=400), max_size=30), torn=st.binary(max_size=300), kept=st.integers(0, 29))
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_recovery_cuts_to_the_committed_length(
        self, tmp_path_factory: pytest.TempPathFactory, runs: list[bytes], torn: bytes, kept: int
    ) -> None:
        folder = tmp_path_factory.mktemp("packs")
        store = PackStore(folder, limit=1000)
        store.recover({})
        places: list[Place] = []
        committed: dict[int, int] = {}
        for index, run in enumerate(runs):
            places.append(store.append(run))
            store.flush()
            if index == kept:
                committed = store.lengths()
        whole = places[: kept + 1] if committed else []
        for path in folder.iterdir():
            with open(path, "ab") as handle:
                handle.write(torn)
        again = PackStore(folder, limit=1000)
        again.recover(committed)
        assert sum(path.stat().st_size for path in folder.iterdir()) == sum(committed.values())
        assert [again.read(place) for place in whole] == runs[: len(whole)]
        # And it goes on exactly where an undisturbed store would have.
        rest = runs[len(whole) :]
        assert [again.append(run) for run in rest] == places[len(whole) :]

    def test_a_pack_that_lost_its_end_is_named(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        store.append(b"abc")
        store.flush()
        (tmp_path / "0000").write_bytes(b"a")
        with pytest.raises(ArchiveError, match="0000"):
            PackStore(tmp_path).recover(store.lengths())

    def test_nothing_is_on_disk_before_the_flush(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        store.append(b"abc")
        assert list(tmp_path.iterdir()) == []


class TestBlobStore(StoreContract):
    def open(self, folder: Path) -> BlobStore:
        store = BlobStore(folder)
        store.recover({})
        return store

    def put(self, store: BlobStore, data: bytes) -> Place:
        return store.add_bytes(data, sha256(data).digest())

    def commit(self, store: BlobStore) -> None:
        store.packs.flush()

    def get(self, store: BlobStore, data: bytes, place: Place, start: int, end: int | None) -> bytes:
        return store.read(sha256(data).digest(), place, start, end)

    def test_a_stream_is_hashed_and_named_by_its_hash(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)
        chunks = [bytes([number]) * 50_000 for number in range(5)]
        digest, length = store.add_stream(chunks)
        assert (digest, length) == (sha256(b"".join(chunks)).digest(), 250_000)
        assert (tmp_path / digest.hex()[:2] / digest.hex()).read_bytes() == b"".join(chunks)

    def test_a_source_that_fails_leaves_nothing(self, tmp_path: Path) -> None:
        store = self.open(tmp_path)

        def failing():  # type: ignore[no-untyped-def]
            yield b"x" * 70_000
            raise KeyError("source")

        with pytest.raises(KeyError):
            store.add_stream(failing())
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_leftovers_of_a_killed_copy_are_removed(self, tmp_path: Path) -> None:
        (tmp_path / ".tmp-0011").write_bytes(b"half")
        self.open(tmp_path)
        assert not (tmp_path / ".tmp-0011").exists()
