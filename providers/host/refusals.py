"""What a run does about refused rows: those of this run are written down, and those of an earlier one sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from digo.lists.sending.retry import VARIABLE
from digo.lists.sending.sent_rows import KEPT_REFUSALS
from digo.lists.sending.session import ListSession, LoadedRows
from digo.lists.sending.shard import Shard
from providers.host.errors import HandlerError

if TYPE_CHECKING:  # columns need a large library, and a run may have nothing to send
    from digo.lists.live.row_changes import RowChanges
    from digo.lists.sending.rows_to_send import RowsToSend
    from digo.lists.sending.sent_rows import RefusedRow


class Refusals:
    """The refused rows of the lists of one run. `lists` has their files."""

    def __init__(self, lists: ListSession) -> None:
        self._lists = lists

    def note(self, shard: Shard) -> str:
        """The end of a sentence in a run that sends only refused rows of the shard; "" in another one."""
        return f"; of these, only rows that were refused before ({VARIABLE})" if self.retries(shard) else ""

    def retries(self, shard: Shard) -> bool:
        """Whether the run sends only refused rows of the shard."""
        return self._lists.refused.retries(shard)

    async def chosen(self, shard: Shard, held: LoadedRows, to_send: RowsToSend) -> frozenset[int] | None:
        """Which of the rows to send are sent, by `RowToSend.at`: all (None), or those that were refused before.

        Raises:
            HandlerError: the file of refused rows cannot be read.
        """
        if not self.retries(shard):
            return None
        places = to_send.indices.tolist()
        ids = [one.id for one in held.ordered.new_deltas(to_send.indices)]
        try:
            return frozenset(await asyncio.to_thread(self._lists.refused.chosen, shard, held.rows, places, ids))
        except OSError as problem:
            raise HandlerError(_unreadable(shard, problem)) from None

    async def of_changes(self, shard: Shard, changes: RowChanges, held: LoadedRows | None) -> RowChanges:
        """The differences that are mended: all of them, or those of rows that were refused before.

        Raises:
            HandlerError: the file of refused rows cannot be read.
            ListChanged: the files have changed since the plan.
        """
        if not self.retries(shard):
            return changes
        try:
            async with self._lists.rows(shard) as read:
                return changes.only(await asyncio.to_thread(self._lists.chosen, shard, held or read, changes.send))
        except OSError as problem:
            raise HandlerError(_unreadable(shard, problem)) from None

    def settle(
        self, shard: Shard, held: LoadedRows | None = None, refused: Sequence[RefusedRow] = (), *, stopped: bool = False
    ) -> str:
        """Writes down the refused rows of a shard; where they are. A full disk must not hide what was sent.

        The arguments are those of `ListSession.settle_refused`.
        """
        which = "all of them" if len(refused) < KEPT_REFUSALS else f"the first {KEPT_REFUSALS:,} of them"
        try:
            path = self._lists.settle_refused(shard, held, refused, stopped=stopped)
        except OSError as problem:
            return f"a file with {which} cannot be written ({problem.strerror})"
        return f"{which}: {self._lists.shown(path)}"


def _unreadable(shard: Shard, problem: OSError) -> str:
    return f"list {shard.title}: the file of its refused rows cannot be read ({problem.strerror}), so nothing was sent"
