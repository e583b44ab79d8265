"""Real Redis and Postgres servers from the system's packages, each with its own folder and port."""

from __future__ import annotations

import functools
import os
import pwd
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from sandbox.testing import held_port

START_SECONDS = 60


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of a fresh server."""
    with held_port() as port, tempfile.TemporaryDirectory(prefix="digo-redis-") as folder:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with _running(command, lambda: _answers(port)):
            yield f"redis://127.0.0.1:{port}"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a fresh server. It refuses to run as root, so it runs as its package's user there."""
    postgres = _postgres_binary("postgres")
    user, group = _owner_of_postgres()
    with held_port() as port, _folder_for_postgres() as folder:
        data = f"{folder}/data"
        copy = ["cp", "-a", f"{_new_data().name}/data", data]
        subprocess.run(copy, check=True, capture_output=True, cwd="/", user=user, group=group)
        command = [postgres, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
        url = f"postgresql://digo@127.0.0.1:{port}/postgres"
        with _running(command, lambda: _lets_in(url), user, group):
            yield url


@functools.cache
def _new_data() -> tempfile.TemporaryDirectory[str]:
    """The data of a fresh server, until this process ends: a copy takes a tenth of the time that making them takes."""
    folder = _folder_for_postgres()
    user, group = _owner_of_postgres()
    command = [_postgres_binary("initdb"), "-D", f"{folder.name}/data", "-U", "digo", "-A", "trust", "-N"]
    subprocess.run(command, check=True, capture_output=True, user=user, group=group)
    return folder


def _folder_for_postgres() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="digo-postgres-")
    user, group = _owner_of_postgres()
    if user is not None and group is not None:
        os.chown(folder.name, user, group)
    return folder


def _owner_of_postgres() -> tuple[int | None, int | None]:
    """The user and the group that it runs as; None for those of this process."""
    if os.geteuid() != 0:
        return None, None
    owner = pwd.getpwnam("postgres")
    return owner.pw_uid, owner.pw_gid


def _postgres_binary(name: str) -> str:
    from tests.needs.machine_needs import (
        postgres_binary,  # imported late: most benchmarks have no such path, and need Redis alone
    )

    found = postgres_binary(name)
    assert found
    return str(found)


@contextmanager
def _running(
    command: list[str], ready: Callable[[], bool], user: int | None = None, group: int | None = None
) -> Iterator[None]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", user=user, group=group
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            assert process.poll() is None and time.monotonic() < deadline, f"{command[0]} did not start"
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # Postgres waits for its clients on SIGTERM
        process.wait()


def _lets_in(url: str) -> bool:
    """It listens a moment before it has started."""
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
