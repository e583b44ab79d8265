"""A process that shares an account's pace: `send_rows.py ENDPOINT TOKEN STORE CPS SECONDS` prints how many it sent."""

from __future__ import annotations

import asyncio
import sys
import time

from digo.api import Access, AsyncClient, NewLead, put_lead
from digo.api.pace import concurrency_of, pace_of


async def main(endpoint: str, token: str, store: str, cps: int, seconds: float) -> None:
    pace = pace_of(cps, store or None, "test")
    sent = 0
    async with AsyncClient(Access(endpoint, token), pace=pace, connections=concurrency_of(cps)) as client:
        end = time.monotonic() + seconds

        async def some() -> None:
            nonlocal sent
            while time.monotonic() < end:
                await client.send(put_lead(NewLead("4711", "+12025550142")))
                sent += 1

        await asyncio.gather(*(some() for _ in range(concurrency_of(cps) // 2)))
    print(sent)


asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
