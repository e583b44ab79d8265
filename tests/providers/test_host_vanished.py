"""Agents that a refresh does not find: what is read at once is judged together."""

from __future__ import annotations

import asyncio
from pathlib import Path

from providers.host.agent import AgentHandler
from providers.host.errors import HandlerError
from providers.host.session import Session
from sandbox.testing import Sandbox

WANTED = {"name": "Desk", "follow_me_number": "+12025550101", "intercom": "1001"}


def test_reads_that_come_one_after_the_other_are_judged_together(sandbox: Sandbox, tmp_path: Path) -> None:
    """The first is none too many; by the last, the list is one that was cut short, and none may leave the state."""
    sandbox.add_agent("+12025550142", name="There")
    environ = {"DIGO_AUTHORIZATION": sandbox.token}
    session = Session.of({"digo:endpoint": sandbox.url, "digo:cps": "0"}, environ, tmp_path, "test")
    agents = AgentHandler(session)

    async def refresh() -> list[object]:
        reads = []
        for index in range(8):
            reads.append(asyncio.create_task(agents.read(f"gone-{index}", WANTED, WANTED)))
            await asyncio.sleep(0.1)
        found = await asyncio.gather(*reads, return_exceptions=True)
        await session.close(settled=True)
        return list(found)

    found = asyncio.run(refresh())
    assert [type(one) for one in found] == [HandlerError] * 8
    assert all("1, and 8 that the state has are not in it" in str(one) for one in found)
