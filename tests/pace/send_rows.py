"""Processes that share an account's pace, one for each list: `send_rows.py ENDPOINT TOKEN STORE CPS LIST…`.

Each sends leads to its list until the standard input of all ends. It prints how many, and when it began and ended, in
milliseconds on the store's clock.
"""

from __future__ import annotations

import asyncio
import os
import sys

from digo.api import Access, AsyncClient, NewLead, put_lead
from digo.api.pace import concurrency_of, pace_of
from digo.api.token_bucket import TokenBucket


async def main(endpoint: str, token: str, store: str, cps: int, list_id: str) -> None:
    pace = pace_of(cps, store, "test")
    assert isinstance(pace, TokenBucket)
    store_time = pace._bucket.now  # noqa: SLF001  # only the bucket knows the clock of its store
    begun, sent = store_time(), 0
    async with AsyncClient(Access(endpoint, token), pace=pace, connections=concurrency_of(cps)) as client:
        enough = asyncio.create_task(asyncio.to_thread(sys.stdin.read))

        async def some() -> None:
            nonlocal sent
            while not enough.done():
                await client.send(put_lead(NewLead(list_id, "+12025550142")))
                sent += 1

        await asyncio.gather(*(some() for _ in range(concurrency_of(cps) // 2)))
    print(sent, begun, store_time(), flush=True)


# The processes share what Python has loaded, and nothing that the code has made.
address, secret, kept_in, rate, *names = sys.argv[1:]
processes = []
for name in names:
    if (process := os.fork()) == 0:
        asyncio.run(main(address, secret, kept_in, int(rate), name))
        sys.exit()
    processes.append(process)
for process in processes:
    os.waitpid(process, 0)
