"""When a cancelled run stops waiting for replies.

A cancelled run begins no write, and waits for the replies of those under way. A server may let it wait for long. So
after a while the run gives them up. Their outcome is then unknown, and the next run settles it.
"""

from __future__ import annotations

import asyncio
import contextlib


class GracePeriod:
    """Shared by the clients of one run, and used on one event loop."""

    def __init__(self) -> None:
        self._over: asyncio.Future[None] | None = None

    @property
    def over(self) -> asyncio.Future[None]:
        """A future that is done once the run has given up."""
        if self._over is None:
            self._over = asyncio.get_running_loop().create_future()
        return self._over

    @property
    def is_over(self) -> bool:
        """Whether the run has given up."""
        return self._over is not None and self._over.done()

    def end_within(self, seconds: float) -> None:
        """Gives up after so many seconds. Of several times, the earliest counts."""
        asyncio.get_running_loop().call_later(seconds, self._end, self.over)

    async def sleep(self, seconds: float) -> None:
        """Sleeps, but not longer than until the run gives up."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.over), seconds)

    @staticmethod
    def _end(over: asyncio.Future[None]) -> None:
        if not over.done():
            over.set_result(None)
