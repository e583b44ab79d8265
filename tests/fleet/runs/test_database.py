"""The database of the runs: which one it is, and what its errors say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from digo.fleet.runs.database import database_of
from digo.fleet.runs.failure import DatabaseLost, RunsError
from digo.fleet.runs.liveness import life_lock
from digo.fleet.runs.store import RunStore
from sandbox.testing import held_port
from tests.pace.servers import postgres_server

PASSWORD = "canary-of-a-password"


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'".encode())
            connection.execute(b"CREATE DATABASE closed")
            connection.execute(b"REVOKE ALL ON DATABASE closed FROM PUBLIC")
            connection.execute(b"GRANT CONNECT ON DATABASE closed TO guest")
            connection.execute(b"REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        yield url


def why_not(root: Path, url: str) -> str:
    """The error of opening a database."""
    store = RunStore(database_of(root, "sqlite", {"DIGO_FLEET_DATABASE": url}), "digo-fleet-test")
    try:
        with pytest.raises(RunsError) as raised:
            store.prepare()
    finally:
        store.close()
    return str(raised.value)


def test_the_file_is_in_a_folder_of_this_user_alone(tmp_path: Path) -> None:
    database = database_of(tmp_path, "sqlite", {})
    assert database.file == tmp_path / ".digo/fleet/fleet.db"
    assert database.file.parent.stat().st_mode & 0o777 == 0o700
    store = RunStore(database, "digo-fleet-test")
    for _ in range(2):
        store.prepare()
        assert store.runs() == ()
    store.close()


def test_the_variable_wins_and_no_message_has_its_password(tmp_path: Path) -> None:
    url = f"postgres://digo:{PASSWORD}@db.example.com:6432/fleet?sslmode=verify-full"
    database = database_of(tmp_path, "sqlite", {"DIGO_FLEET_DATABASE": url})
    assert database.file is None
    assert database.place == "postgresql://db.example.com:6432/fleet"
    assert database.url.startswith(f"postgresql+psycopg://digo:{PASSWORD}@db.example.com:6432/fleet?")
    assert database.libpq_url.startswith("postgresql://")
    assert "sslmode=verify-full" in database.url and "tcp_user_timeout=" in database.url


@pytest.mark.parametrize("url", ["mysql://db.example.com/fleet", "postgresql://db.example.com", "fleet", "://", "a b"])
def test_what_is_no_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(RunsError, match="DIGO_FLEET_DATABASE names no database of runs"):
        database_of(tmp_path, "sqlite", {"DIGO_FLEET_DATABASE": url})


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with held_port() as port:
        text = why_not(tmp_path, f"postgresql://digo:{PASSWORD}@127.0.0.1:{port}/fleet")
    assert f"cannot be used (postgresql://127.0.0.1:{port}/fleet): " in text
    assert "refused" in text
    assert "check that it runs, and its URL" in text
    assert PASSWORD not in text


@pytest.mark.needs("postgres")
def test_what_a_server_refuses_is_said_in_plain_words(tmp_path: Path, postgres: str) -> None:
    port = urlsplit(postgres).port
    missing = why_not(tmp_path, f"postgresql://digo@127.0.0.1:{port}/elsewhere")
    assert 'database "elsewhere" does not exist' in missing
    assert "createdb" in missing
    stranger = why_not(tmp_path, f"postgresql://nobody:{PASSWORD}@127.0.0.1:{port}/postgres")
    assert 'role "nobody" does not exist' in stranger
    assert PASSWORD not in stranger
    closed = why_not(tmp_path, f"postgresql://guest:{PASSWORD}@127.0.0.1:{port}/closed")
    assert "permission denied" in closed
    assert "let the role create a schema and tables in it" in closed
    encrypted = why_not(tmp_path, f"postgresql://digo@127.0.0.1:{port}/postgres?sslmode=require")
    assert "SSL" in encrypted
    assert "check sslmode" in encrypted


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    database = database_of(tmp_path, "sqlite", {})
    assert database.file is not None
    database.file.write_bytes(b"this is not a database of SQLite, and never was one" * 100)
    store = RunStore(database, "digo-fleet-test")
    with pytest.raises(DatabaseLost, match="file is not a database"):
        store.prepare()
    store.close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / ".digo").write_text("a file is in its place")
    with pytest.raises(RunsError, match="the folder of the fleet's runs cannot be used"):
        database_of(tmp_path, "sqlite", {})


@pytest.mark.needs("postgres")
def test_a_process_is_dead_as_soon_as_its_connection_is_gone(tmp_path: Path, postgres: str) -> None:
    database = database_of(tmp_path, "sqlite", {"DIGO_FLEET_DATABASE": postgres})
    mine, other = life_lock(database, "mine"), life_lock(database, "other")
    assert list(mine.dead_among(["other", "never there"])) == ["never there"]
    other.release()
    assert list(mine.dead_among(["other"])) == ["other"]
    mine.prove()
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            b"SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
    with pytest.raises(DatabaseLost, match="terminating connection"):
        mine.prove()
    mine.release()


def test_a_process_is_dead_as_soon_as_its_lock_file_is_free(tmp_path: Path) -> None:
    database = database_of(tmp_path, "sqlite", {})
    mine, other = life_lock(database, "mine"), life_lock(database, "other")
    assert list(mine.dead_among(["other"])) == []
    other.release()
    assert list(mine.dead_among(["other"])) == ["other"]
    mine.prove()
    mine.release()
