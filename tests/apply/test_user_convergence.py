"""Runs under random faults, one after the other: the account comes to what is wanted, and nothing is done twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from pathlib import Path

import pytest

from digo.api import ApiError
from digo.state.journal import unsettled
from sandbox.testing import Sandbox
from tests.apply.apply_place import number
from tests.apply.user_runs import add_users, agents_of, create_user, users_run

KINDS = (
    "lost-before",
    "lost-after",
    "mid-body",
    "status",
    "status-after-commit",
    "html",
    "html-after-commit",
    "truncated-json",
    "success-false",
    "string-false",
)
READS = ("lost-after", "html", "status", "cut-list", "repeated-cursor")
MOST_RUNS = 12


@pytest.mark.parametrize("seed", range(4))
def test_runs_under_faults_end_in_what_is_wanted(sandbox: Sandbox, folder: Path, seed: int) -> None:
    """Agents 0 to 5 are renamed and renumbered, 6 to 11 deleted, 20 to 25 created; 12 to 14 are nobody's."""
    draw = random.Random(seed)
    sandbox.smartflo.settings(page_limit=draw.choice([4, 1000]), created_id=draw.choice(["none", "agent_id", "id"]))
    add_users(sandbox, 15)
    for method in ("POST", "PATCH", "DELETE"):
        for _ in range(2):
            sandbox.fault(draw.choice(KINDS), method=method, every=draw.randint(2, 5), times=8)
    sandbox.fault(draw.choice(READS), method="GET", path="/v1/users", every=draw.randint(2, 5), times=6)

    async def run() -> list[object]:
        async with users_run(sandbox, folder, earlier=unsettled(folder)) as one:
            try:
                live = await agents_of(one)
            except ApiError as problem:
                return [problem]
            writes: list[Awaitable[object]] = [create_user(one, index) for index in range(20, 26)]
            for index in range(6):
                agent = live.get(f"Agent {index}") or live[f"Desk {index}"]
                changes = {"name": f"Desk {index}", "follow_me_number": number(100 + index)}
                writes.append(one.writer.update(f"a{index}", agent, changes, one.told.append))
            for index in range(6, 12):
                if f"Agent {index}" in live:
                    writes.append(one.writer.delete(f"a{index}", live[f"Agent {index}"], one.told.append))
            ends = await asyncio.gather(*writes, return_exceptions=True)
            return [end for end in ends if isinstance(end, BaseException)]

    for _ in range(MOST_RUNS):
        failed = asyncio.run(run())
        assert all(isinstance(problem, ApiError) for problem in failed)
        if not failed:
            break
    assert failed == []
    users = sandbox.smartflo.users()
    wanted = {
        **{f"Desk {index}": number(100 + index) for index in range(6)},
        **{f"Agent {index}": number(index) for index in (*range(12, 15), *range(20, 26))},
    }
    assert {user["name"]: user["number"] for user in users} == wanted
    assert len(users) == len(wanted)

    sandbox.clear_faults()
    sandbox.clear_requests()
    assert asyncio.run(run()) == []
    assert {request["method"] for request in sandbox.requests()} == {"GET"}
