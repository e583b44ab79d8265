"""One list read for a whole wave of creates.

The id of a resource is the EID from the list, and the list may be read twice after creates, however many there
are. So creates that run side by side wait for each other: when no request is under way and no new one has begun
for a moment, or all that the engine works on at once wait already, one read serves them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from digo.api.snapshot import Snapshot

QUIET_SECONDS = 0.25  # the program registers a resource every few milliseconds: longer silence is the wave's end


class Waves:
    """Counts writes under way, and reads the account once for all that wait when they have ended.

    `at_once` is how many resources the engine works on at once, as far as is known (PULUMI_PARALLEL; a flag of the
    engine may say otherwise): while so many wait, no other can begin, and a moment's silence would prove nothing.
    """

    def __init__(
        self,
        relist: Callable[[], Awaitable[Snapshot]],
        quiet_seconds: float = QUIET_SECONDS,
        at_once: int | None = None,
    ) -> None:
        self._relist = relist
        self._quiet = quiet_seconds
        self._at_once = at_once
        self._waiting = 0
        self._complete = asyncio.Event()
        self._reads_early = False
        self._writing = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._last_change = 0.0
        self._next: asyncio.Future[Snapshot] | None = None
        self._reader: asyncio.Task[None] | None = None
        self._one_read = asyncio.Lock()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """While the block runs, a write is under way and no wave ends."""
        if self._reads_early:
            # The engine works on more than it was said to: from here on silence decides.
            self._at_once = None
        self._writing += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._writing -= 1
            self._last_change = asyncio.get_running_loop().time()
            if not self._writing:
                self._idle.set()

    async def ended(self) -> Snapshot:
        """The list as it is after every write that is under way now, or begins before they end.

        Raises:
            ApiError: the account could not be read; the writes stand as they are.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._reader = asyncio.create_task(self._read_in_turn(self._next))
        self._waiting += 1
        if self._waiting == self._at_once:
            self._complete.set()
        return await asyncio.shield(self._next)

    async def _read_in_turn(self, waiters: asyncio.Future[Snapshot]) -> None:
        """One read at a time: who comes while a list is slow waits for one more, with all who come until then."""
        async with self._one_read:
            await self._read_when_quiet(waiters)

    async def _read_when_quiet(self, waiters: asyncio.Future[Snapshot]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._idle.wait()
            left = self._last_change + self._quiet - loop.time()
            if left <= 0 or self._complete.is_set():
                break
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._complete.wait(), left)
        # Who comes from here on may have written after the list was made up: it waits for the next one.
        self._next, self._waiting = None, 0
        self._reads_early = self._complete.is_set()
        self._complete.clear()
        try:
            waiters.set_result(await self._relist())
        except BaseException as problem:
            waiters.set_exception(problem)
            waiters.exception()
        finally:
            self._reads_early = False
