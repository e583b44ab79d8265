"""Follows batches of leads to their end. The API works on a batch after it has answered."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from digo.api.async_client import AsyncClient
from digo.api.bulk_leads import BatchStatus, batch_status
from digo.api.errors import ApiError

FOLLOWED = 20  # of a long row of batches, so many are asked about: the reading at the end proves what all of them did
FIRST_PAUSE = 0.25  # seconds
LONGEST_PAUSE = 10.0


@dataclass
class SentBatch:
    """A batch that the API took, or may have taken.

    Attributes:
        id: the API's id; "" if it is not known: the reply had none, or was lost.
        places: the places of its rows among the wanted rows; None for a batch of deletes.
        status: what was last read of it; None while nothing was.
    """

    id: str
    places: pa.Array | None = None
    status: BatchStatus | None = field(default=None)

    @property
    def over(self) -> bool:
        """Whether the API no longer works on it, as far as it says."""
        return self.status is not None and self.status.over


class BatchFollower:
    """Asks how far batches are.

    Args:
        client: asks; one that is stopped ends the waiting.
        patience: how many seconds a batch may take without another one ending.
        sleep: waits some seconds, or less if the run is given up.
        clock: gives seconds.
    """

    def __init__(
        self,
        client: AsyncClient,
        patience: float,
        sleep: Callable[[float], Awaitable[object]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._patience = patience
        self._sleep = sleep
        self._clock = clock

    async def follow_some(self, batches: Sequence[SentBatch]) -> None:
        """Follows a few of them, the last one among these. Waiting for one gives the others time as well."""
        known = [batch for batch in batches if batch.id]
        step = max(1, -(-len(known) // FOLLOWED))
        await self.follow(known[::-1][::step][::-1])

    async def follow(self, batches: Sequence[SentBatch]) -> bool:
        """Follows each until it is over, or until that takes too long.

        Returns:
            Whether one of them was still being worked on when it was first asked about, and is over now.
        """
        ended = False
        for batch in batches:
            if batch.id and not batch.over:
                waited = await self._until_over(batch)
                ended |= waited and batch.over
                if self._client.stopped or (batch.status is not None and not batch.over):
                    break  # the others are behind it
        return ended

    async def follow_id(self, batch_id: str) -> None:
        """Follows one batch; "" is none."""
        await self.follow([SentBatch(batch_id)])

    async def _until_over(self, batch: SentBatch) -> bool:
        """Asks until it is over; whether that needed more than one question."""
        pause, until = FIRST_PAUSE, self._clock() + self._patience
        waited = False
        while True:
            try:
                batch.status = await self._client.send(batch_status(batch.id))
            except ApiError:
                return waited  # its rows are looked for in the list all the same
            if batch.over or self._client.stopped or self._clock() >= until:
                return waited
            waited = True
            await self._sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)
