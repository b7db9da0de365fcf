"""The contract of the catalogue, held by SQLite and by a real PostgreSQL; what only PostgreSQL has; what both share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.archive.contract import CatalogueContract, Make, fill, state
from tests.postgres import Server
from unsealed.archive import Archive
from unsealed.archive.database import Database
from unsealed.archive.dialect import escaped, unescaped
from unsealed.errors import ArchiveError, SetupError


def opener(path: Path, database: str = "") -> Make:
    def reopen() -> Archive:
        if (path / "unsealed.toml").exists():
            return Archive.open(path, write=True)
        return Archive.create(path, "An archive", database=database)

    return reopen


class TestSqlite(CatalogueContract):
    @pytest.fixture
    def reopen(self, tmp_path: Path) -> Make:
        return opener(tmp_path / "a")


class TestPostgresql(CatalogueContract):
    @pytest.fixture
    def reopen(self, tmp_path: Path, postgresql: Server) -> Make:
        return opener(tmp_path / "a", postgresql.database())

    def test_the_same_sources_give_the_same_catalogue_as_sqlite(self, reopen: Make, tmp_path: Path) -> None:
        with reopen() as first, Archive.create(tmp_path / "b", "An archive") as second:
            for archive in (first, second):
                fill(archive)
            assert state(first) == state(second)
            assert not (first.path / "catalogue.db").exists()

    def test_a_server_in_another_language_orders_alike(self, tmp_path: Path, postgresql: Server) -> None:
        url = postgresql.database("--locale-provider=icu", "--icu-locale=sv-SE")
        with opener(tmp_path / "a", url)() as archive:
            self.test_lists_are_in_order_of_the_bytes(archive)

    def test_the_lock_holds_for_another_folder_on_another_machine(self, tmp_path: Path, postgresql: Server) -> None:
        url = postgresql.database()
        with opener(tmp_path / "a", url)(), pytest.raises(ArchiveError, match="Another program is writing"):
            opener(tmp_path / "b", url)()
        for folder in ("a", "b"):
            assert (tmp_path / folder / "unsealed.toml").exists()

    def test_the_lock_of_a_writer_that_is_about_to_end_is_waited_for(self, tmp_path: Path, postgresql: Server) -> None:
        url = postgresql.database()
        first, second = Database(tmp_path / "a", url), Database(tmp_path / "a", url)
        first.lock()
        ending = threading.Timer(0.5, first.close)
        ending.start()
        second.lock()  # raises where it is not waited for
        ending.join()
        second.close()

    def test_the_database_of_another_archive_is_refused_and_nothing_is_cut(
        self, tmp_path: Path, postgresql: Server
    ) -> None:
        one, two = postgresql.database(), postgresql.database()
        for folder, url in (("a", one), ("b", two)):
            with opener(tmp_path / folder, url)() as archive:
                fill(archive)
        settings = tmp_path / "a" / "unsealed.toml"
        settings.write_text(settings.read_text().replace(one, two))
        packs = {path: path.read_bytes() for path in (tmp_path / "a" / "readings").iterdir()}
        for write in (True, False):
            with pytest.raises(ArchiveError, match="is not the catalogue of"):
                Archive.open(tmp_path / "a", write=write)
        settings.write_text(settings.read_text().replace(two, postgresql.database()))
        with pytest.raises(ArchiveError, match="not where the settings say"):
            Archive.open(tmp_path / "a", write=True)
        assert {path: path.read_bytes() for path in packs} == packs
        assert all(packs.values())

    def test_an_address_taken_out_of_the_settings_clears_no_folder(self, reopen: Make) -> None:
        with reopen() as archive:
            fill(archive)
            path = archive.path
        settings = path / "unsealed.toml"
        lines = settings.read_text().splitlines(keepends=True)
        settings.write_text("".join(line for line in lines if not line.startswith("database")))
        with pytest.raises(ArchiveError, match="not where the settings say"):
            Archive.open(path, write=True)
        settings.write_text("".join(lines))
        with reopen() as archive:
            assert archive.original(14) == b"one\n"

    def test_a_database_without_utf8_is_refused(self, tmp_path: Path, postgresql: Server) -> None:
        url = postgresql.database("-E", "SQL_ASCII", "--locale=C")
        with pytest.raises(ArchiveError, match="SQL_ASCII"):
            opener(tmp_path / "a", url)()
        assert not (tmp_path / "a").exists()

    def test_a_server_that_ends_is_an_error_with_a_remedy(self, tmp_path: Path, postgresql: Server) -> None:
        url = postgresql.database()
        with opener(tmp_path / "a", url)() as archive:
            postgresql.run(
                "psql", "-d", "postgres", "-qc",
                "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity WHERE datname LIKE 'catalogue%'",
            )  # fmt: skip
            with pytest.raises(ArchiveError, match="does not answer") as caught:
                archive.put_meta("k", "v")
            assert "unsealed.toml" in caught.value.remedy
            archive.put_meta("k", "v")  # a connection lost is made anew
            assert archive.get_meta("k") == "v"


def test_no_server_makes_no_folder(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="needs psycopg")
    with pytest.raises(ArchiveError, match="does not answer"):
        Archive.create(tmp_path / "a", "A", database=f"postgresql://nobody@/none?host={tmp_path}")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("url", ["mysql://h/x", "oracle+cx://h", "no address", "://"])
def test_another_kind_of_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SetupError) as caught:
        Database(tmp_path / "c.db", url)
    assert "postgresql://" in caught.value.remedy


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_any_spelling_of_postgresql(tmp_path: Path, scheme: str) -> None:
    pytest.importorskip("psycopg", reason="needs psycopg")
    Database(tmp_path / "c.db", f"{scheme}://h/x").close()


def test_a_missing_driver_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> Callable[[], None]:
        raise ModuleNotFoundError("no", name="psycopg")

    monkeypatch.setattr("unsealed.archive.database.create_engine", missing)
    with pytest.raises(SetupError) as caught:
        Database(tmp_path / "c.db", "postgresql://h/x")
    assert "unsealed[postgres]" in caught.value.remedy


@pytest.mark.parametrize("text", ["", "a", "\0", "\x1a", "\x1a0", "\x1a\x1a0", "\0\0\x1a\x1a\0", "0\x1a\x000"])
def test_escapes(text: str) -> None:
    assert unescaped(escaped(text)) == text
    assert "\0" not in escaped(text)
