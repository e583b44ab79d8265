"""One budget for several processes, in a real Redis and a real Postgres."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from digo.api import Access, AsyncClient, Limits, NewLead, NotSent, list_agents, put_lead
from digo.api.client import Client
from digo.api.pace import Pace, pace_of
from digo.api.token_bucket import TokenBucket
from sandbox.testing import Sandbox, held_port
from tests.pace.servers import postgres_server, redis_server

ROOT = Path(__file__).resolve().parents[2]
CPS = 30
BURST = 2
ENOUGH = 12  # of each process: two budgets would show in less
STORES = {"redis": redis_server, "postgres": postgres_server}


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.needs(name)) for name in STORES], scope="module")
def store(request: pytest.FixtureRequest) -> Iterator[str]:
    with STORES[request.param]() as url:
        yield url


def test_two_processes_share_one_budget(store: str, sandbox: Sandbox) -> None:
    lists = ("4711", "4712")
    script, place = str(ROOT / "tests/pace/send_rows.py"), (sandbox.url, sandbox.token, store, str(CPS))
    pair = subprocess.Popen(
        [sys.executable, script, *place, *lists],
        cwd=ROOT,
        text=True,
        env=_environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        while min(sandbox.counts().get(f"POST /v1/broadcast/lead/{one}", 0) for one in lists) < ENOUGH:
            time.sleep(0.05)  # for ever where one of them starves
    finally:
        told = [line.split() for line in pair.communicate(timeout=60)[0].splitlines()]
    assert len(told) == len(lists)
    sent, begun, ended = (list(map(int, column)) for column in zip(*told, strict=True))
    assert sum(sent) == len(sandbox.requests())
    # By the store's own clock, so that it does not matter how busy the machine is.
    assert sum(sent) <= BURST + CPS * (max(ended) - min(begun)) / 1000


@pytest.fixture
def no_token_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A budget is by the hour: what a test takes stays taken while it runs."""
    monkeypatch.setattr("digo.api.token_bucket._SECOND", 3_600_000)


@pytest.mark.usefixtures("no_token_comes_back")
def test_accounts_in_one_store_have_budgets_of_their_own(store: str) -> None:
    one, same, other = pace_of(1, store, "one"), pace_of(1, store, "one"), pace_of(1, store, "other")
    for pace in (one, same, other, other):  # two at once are the bucket's burst
        assert seconds_to_wait(pace) == 0.0
    assert seconds_to_wait(one) > 0.0 and seconds_to_wait(same) > 0.0 and seconds_to_wait(other) > 0.0


def connections(store: str) -> int:
    """How many connections the store has; the one that asks is always among them."""
    if store.startswith("redis"):
        with redis.Redis.from_url(store) as client:
            return len(client.client_list())
    with psycopg.connect(store) as connection:
        count = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        return int(count.fetchone()[0])  # type: ignore[index]  # a count is always a row


def wait_for_connections(store: str, count: int) -> None:
    """A server notices a bit later that a client has left."""
    while connections(store) != count:
        time.sleep(0.05)


def test_a_client_leaves_no_connection_to_the_store(store: str, sandbox: Sandbox) -> None:
    """A fleet asks hundreds of accounts, one after the other, and a store has few connections."""
    gc.collect()  # the budgets of other tests
    wait_for_connections(store, 1)
    access = Access(sandbox.url, sandbox.token)
    paces = [pace_of(CPS, store, f"closed {account}") for account in range(3)]  # kept: nobody else closes them
    for pace in paces:
        with Client(access, pace=pace) as client:
            client.send(list_agents())
            wait_for_connections(store, 2)
        wait_for_connections(store, 1)
    paces[0].wait()
    wait_for_connections(store, 2)
    paces[0].close()


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_a_store_that_is_not_there_sends_nothing(scheme: str) -> None:
    with held_port() as port, pytest.raises(NotSent) as refused:
        pace_of(3, f"{scheme}://user:secret-word@127.0.0.1:{port}", "one").wait()
    assert f"the store of the shared pace cannot be used ({scheme}://127.0.0.1:{port})" in str(refused.value)
    assert "check digo:paceStore (or DIGO_PACE_STORE)" in str(refused.value)
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["redis", "postgresql"])
def test_no_write_of_the_host_leaves_without_the_store_either(scheme: str, sandbox: Sandbox) -> None:
    async def send(port: int) -> None:
        pace = pace_of(3, f"{scheme}://127.0.0.1:{port}", "one")
        async with AsyncClient(Access(sandbox.url, sandbox.token), pace=pace, limits=Limits(tries=1)) as client:
            await client.send(put_lead(NewLead("4711", "+12025550142")))

    with held_port() as port, pytest.raises(NotSent, match="the store of the shared pace cannot be used"):
        asyncio.run(send(port))
    assert sandbox.requests() == []


def test_an_address_that_the_driver_does_not_read_is_told() -> None:
    with pytest.raises(NotSent) as refused:
        pace_of(3, "redis://user:secret-word@127.0.0.1:1/0?socket_timeout=long", "one")
    assert "(redis://127.0.0.1:1): Invalid value for 'socket_timeout'" in str(refused.value)
    assert "secret-word" not in str(refused.value)


@pytest.mark.needs("postgres")
def test_a_connection_that_breaks_is_made_anew() -> None:
    with postgres_server() as url:
        pace = pace_of(1000, url, "one")
        pace.wait()
        with psycopg.connect(url, autocommit=True) as admin:
            others = "FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            admin.execute(f"SELECT pg_terminate_backend(pid) {others}")
            while admin.execute(f"SELECT 1 {others}").fetchone():
                pass
        with pytest.raises(NotSent):
            pace.wait()
        pace.wait()


@pytest.mark.needs("postgres")
@pytest.mark.usefixtures("no_token_comes_back")
def test_a_role_that_may_make_no_table_is_told_so_and_uses_the_one_that_is_there() -> None:
    with postgres_server() as url, psycopg.connect(url, autocommit=True) as admin:
        admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        admin.execute("CREATE ROLE runner LOGIN")
        pace = pace_of(1, url.replace("digo@", "runner@"), "one")
        for _ in range(2):
            with pytest.raises(NotSent, match="permission denied for schema public"):
                pace.wait()
        pace_of(1, url, "other").wait()
        admin.execute("GRANT SELECT, INSERT, UPDATE ON digo_pace TO runner")
        assert [seconds_to_wait(pace) > 0 for _ in range(3)] == [False, False, True]


def seconds_to_wait(pace: Pace) -> float:
    """Asks for a request and does not wait for it."""
    assert isinstance(pace, TokenBucket)
    return pace._take()  # noqa: SLF001  # the public call waits


def _environ() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
