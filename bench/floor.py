"""What the requests alone need: the same POSTs to the same sandbox by a bare client, without plan or state."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import aiohttp

from bench.conditions import Conditions
from bench.fixtures import agents
from sandbox.testing import Sandbox

ROUNDS = 3
_TIMEOUT = 60.0


def floor_seconds(sandbox: Sandbox, conditions: Conditions) -> float:
    """Seconds for one create of each agent, the best of `ROUNDS`. A run is compared with this floor.

    The account is empty before and after. Raises aiohttp.ClientResponseError where a create was refused.
    """
    bodies = [fields for _, fields in agents(conditions.agents)]
    best = float("inf")
    for _ in range(ROUNDS):
        sandbox.reset()
        best = min(best, asyncio.run(_post_all(sandbox, bodies, conditions.concurrency)))
    sandbox.reset()
    return best


async def _post_all(sandbox: Sandbox, bodies: Sequence[dict[str, str]], concurrency: int) -> float:
    # aiohttp alone is the fastest client here, so that the floor is what the requests need, not what a client adds.
    waiting = iter(bodies)
    async with aiohttp.ClientSession(
        sandbox.url,
        headers={"Authorization": sandbox.token},
        connector=aiohttp.TCPConnector(limit=concurrency),
        timeout=aiohttp.ClientTimeout(_TIMEOUT),
        raise_for_status=True,
    ) as client:

        async def post_some() -> None:
            for body in waiting:
                async with client.post("/v1/agent", json=body) as reply:
                    await reply.read()

        started = time.perf_counter()
        await asyncio.gather(*(post_some() for _ in range(concurrency)))
        return time.perf_counter() - started
