"""Coalesces the list reads of many creates into one.

The id of a resource is the EID from the list, and a run should read the list at most twice after creates. So creates
that run at once share one read. It begins when no write is under way and no new one has begun for a moment. It begins
earlier if all resources that the engine works on at once are waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from digo.api.snapshot import Snapshot

QUIET_SECONDS = (
    0.25  # the program registers a resource every few milliseconds, so a longer pause means that no more come
)


class ListCoalescer:
    """Counts the writes under way, and reads the account once for all callers after they have ended.

    `at_once` is how many resources the engine works on at once (PULUMI_PARALLEL), if that is known. When so many
    callers wait, no other write can begin, so the read need not wait for a pause. A flag of the engine may set another
    number. `extend` reads only what was created since the last list; it is used if no caller wants the whole list.
    """

    def __init__(
        self,
        relist: Callable[[], Awaitable[Snapshot]],
        quiet_seconds: float = QUIET_SECONDS,
        at_once: int | None = None,
        extend: Callable[[], Awaitable[Snapshot]] | None = None,
    ) -> None:
        self._relist = relist
        self._extend = extend or relist
        self._whole = False
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
        """Marks a write as under way while the block runs. No read begins in that time."""
        if self._reads_early:
            # The engine works on more resources than `at_once`. From here on, only a pause starts a read.
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

    async def list_after_writes(self, *, whole: bool = True) -> Snapshot:
        """The list after all writes that are under way now or begin before these end.

        Without `whole`, it may be an earlier list with what was created since.

        Raises:
            ApiError: the account could not be read. The writes themselves are not affected.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
            self._reader = asyncio.create_task(self._read_alone(self._next))
        self._waiting += 1
        self._whole = self._whole or whole
        if self._waiting == self._at_once:
            self._complete.set()
        return await asyncio.shield(self._next)

    async def _read_alone(self, waiters: asyncio.Future[Snapshot]) -> None:
        """Allows one read at a time. Callers that come during a slow read share the next one."""
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
        # A caller that comes after this line may have written after the API made the list. It waits for the next read.
        self._next, self._waiting = None, 0
        read, self._whole = self._relist if self._whole else self._extend, False
        self._reads_early = self._complete.is_set()
        self._complete.clear()
        try:
            waiters.set_result(await read())
        except BaseException as problem:
            waiters.set_exception(problem)
            waiters.exception()
        finally:
            self._reads_early = False
