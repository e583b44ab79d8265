"""Reading an account that has users, over HTTP: by the run's snapshot and by the program's, under faults."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from digo.account import read_snapshot
from digo.api import Access, ApiError, ReadUnknown, TokenRefused
from digo.api.agent_calls import ReadOptions
from digo.api.snapshot import LISTED_BY_AGENTS, LISTED_BY_USERS, Snapshot
from digo.settings.profiles import PROFILES
from digo.settings.stack_settings import Settings
from sandbox.testing import Sandbox
from tests.apply.apply_place import HASTY
from tests.apply.user_runs import add_users, counts, users_run

LIST = "GET /v1/users"


def settings_of(sandbox: Sandbox, profile: str) -> Settings:
    token = sandbox.token if profile == "digo" else sandbox.smartflo.token
    return Settings(Access(sandbox.url, token), cps=0, limits=HASTY, profile=PROFILES[profile])


def both(sandbox: Sandbox, folder: Path) -> list[object]:
    """What the program reads and what the host reads: the snapshot's facts, or the kind of the error."""

    def facts(snapshot: Snapshot) -> object:
        return snapshot.listed_by, sorted(str(agent.name) for agent in snapshot.agents)

    async def host() -> object:
        async with users_run(sandbox, folder) as one:
            try:
                return facts(await one.account.current())
            except ApiError as problem:
                return type(problem)

    try:
        program: object = facts(read_snapshot(settings_of(sandbox, "smartflo")))
    except ApiError as problem:
        program = type(problem)
    return [program, asyncio.run(host())]


@pytest.mark.parametrize("ids", ["int", "text"])
def test_all_pages_are_read(sandbox: Sandbox, folder: Path, ids: str) -> None:
    sandbox.smartflo.settings(page_limit=7, ids=ids)
    users = add_users(sandbox, 20)
    names = sorted(user["name"] for user in users)
    assert both(sandbox, folder) == [(LISTED_BY_USERS, names)] * 2
    assert counts(sandbox) == {LIST: 6}


@pytest.mark.parametrize("answer", ["403", "404", "405", "false"])
def test_where_users_are_not_served_the_agents_are_listed(sandbox: Sandbox, folder: Path, answer: str) -> None:
    sandbox.smartflo.settings(users=answer)
    add_users(sandbox, 2)
    assert both(sandbox, folder) == [(LISTED_BY_AGENTS, ["Agent 0", "Agent 1"])] * 2
    assert counts(sandbox) == {LIST: 2, "GET /v1/agents": 2}


# What strikes each read of a page, for ever; how it ends.
FAULTS: dict[str, tuple[dict[str, Any], object]] = {
    "cut-list": ({"keep": 2}, ReadUnknown),
    "repeated-cursor": ({}, ReadUnknown),
    "html": ({}, ReadUnknown),
    "truncated-json": ({}, ReadUnknown),
    "status": ({"status": 502}, ReadUnknown),
    "lost-after": ({}, ReadUnknown),
    "unauthorized": ({}, TokenRefused),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_what_proves_nothing_stops_the_run(sandbox: Sandbox, folder: Path, kind: str) -> None:
    parameters, end = FAULTS[kind]
    sandbox.smartflo.settings(page_limit=7)
    add_users(sandbox, 20)
    sandbox.fault(kind, method="GET", path="/v1/users", times="always", **parameters)
    assert both(sandbox, folder) == [end, end]
    assert "GET /v1/agents" not in counts(sandbox)


def test_one_fault_that_passes_is_no_fault(sandbox: Sandbox, folder: Path) -> None:
    add_users(sandbox, 1)
    sandbox.fault("status", method="GET", path="/v1/users", status=429, nth=[1, 2])
    sandbox.fault("lost-before", method="GET", path="/v1/users", nth=[4])
    assert both(sandbox, folder) == [(LISTED_BY_USERS, ["Agent 0"])] * 2


def test_the_run_keeps_to_the_list_that_it_began_with(sandbox: Sandbox, folder: Path) -> None:
    """A list that changes its meaning in a run could show agents as absent."""
    add_users(sandbox, 1)

    async def run() -> None:
        async with users_run(sandbox, folder) as one:
            await one.account.current()
            sandbox.smartflo.settings(users="403")
            with pytest.raises(ReadUnknown, match="answered GET /v1/users at first, and refuses it now: 403"):
                await one.account.relist()

    asyncio.run(run())


def test_caller_ids_are_read_with_the_snapshot_where_they_are_wanted(sandbox: Sandbox) -> None:
    settings = settings_of(sandbox, "smartflo")
    assert read_snapshot(settings).caller_ids is None
    found = read_snapshot(settings, ReadOptions(caller_ids=True)).caller_ids
    assert found == {"12025550190": "2222222", "12025550191": "2222223"}


def test_an_account_of_agents_alone_costs_one_request(sandbox: Sandbox) -> None:
    sandbox.add_agent("+12025550101", name="Desk")
    snapshot = read_snapshot(settings_of(sandbox, "digo"))
    assert (snapshot.listed_by, [agent.name for agent in snapshot.agents]) == (LISTED_BY_AGENTS, ["Desk"])
    assert sandbox.counts() == {"GET /v1/agents": 1}
