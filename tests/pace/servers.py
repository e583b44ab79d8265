"""Real Redis and Postgres servers from the system's packages, each with its own folder and port."""

from __future__ import annotations

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
    from machine_needs import postgres_binary  # imported late: most benchmarks have no such path, and need Redis alone

    initdb, postgres = postgres_binary("initdb"), postgres_binary("postgres")
    assert initdb and postgres
    owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    with held_port() as port, tempfile.TemporaryDirectory(prefix="digo-postgres-") as folder:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        user, group = (owner.pw_uid, owner.pw_gid) if os.geteuid() == 0 else (None, None)
        data = f"{folder}/data"
        initialise = [initdb, "-D", data, "-U", "digo", "-A", "trust", "-N"]
        subprocess.run(initialise, check=True, capture_output=True, user=user, group=group)
        command = [postgres, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
        url = f"postgresql://digo@127.0.0.1:{port}/postgres"
        with _running(command, lambda: _lets_in(url), user, group):
            yield url


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
