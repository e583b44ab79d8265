"""Runs against the sibling's account of the sandbox."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from digo.api import NewAgent
from digo.api.agent_calls import USER_CALLS
from digo.api.models import AgentRecord
from digo.apply.agent_creator import CreatedAgent
from digo.phone.number import parse_number
from sandbox.testing import Sandbox
from tests.apply.apply_place import Run, a_run, number

CALLER = "+12025550190"


def users_run(sandbox: Sandbox, folder: Path, **options: Any) -> AbstractAsyncContextManager[Run]:
    return a_run(sandbox, folder, calls=USER_CALLS, token=sandbox.smartflo.token, **options)


def counts(sandbox: Sandbox) -> dict[str, int]:
    """How often each call was asked, whatever the id in its path."""
    found: dict[str, int] = {}
    for request in sandbox.requests():
        path = "/".join(part for part in request["path"].split("/") if not part.isdecimal())
        name = f"{request['method']} {path}"
        found[name] = found.get(name, 0) + 1
    return found


def add_users(sandbox: Sandbox, count: int) -> list[dict[str, Any]]:
    """Users in the account, each with an agent."""
    return [
        sandbox.smartflo.add_user(number(index), name=f"Agent {index}", login_id=f"agent.{index}", user_role=12)
        for index in range(count)
    ]


async def agents_of(run: Run) -> dict[str, AgentRecord]:
    """The account's agents by name, as the run has listed them."""
    return {str(agent.name): agent for agent in (await run.account.current()).agents}


async def create_user(run: Run, index: int, key: str = "", **fields: str) -> CreatedAgent:
    demanded = {
        "email": f"agent.{index}@example.com",
        "login_id": f"agent.{index}",
        "user_role": "12",
        "caller_ids": f'["{CALLER}"]',
    }
    wanted = NewAgent(f"Agent {index}", number(index), None, {**demanded, **fields})
    return await run.creator.create(key or f"a{index}", wanted, parse_number(number(index)), run.told.append)
