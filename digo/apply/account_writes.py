"""What all writes of agents share in one run: the account's lock, the journal, and the list reads that settle them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from digo.api.async_client import AsyncClient
from digo.api.calls import Call
from digo.api.errors import NotSent
from digo.api.models import Receipt
from digo.api.snapshot import Snapshot
from digo.apply.account_cache import AccountCache
from digo.apply.account_lock import AccountLock
from digo.apply.list_coalescer import ListCoalescer
from digo.state.journal import Journal, JournalEntry, Outcome
from digo.text.unicode import visible

EXACT_LISTS = 2  # how many times a run may list the account after writes of one kind
LATE_SECONDS = 5.0  # how long the API may still work on a request after its reply was lost
Report = Callable[[str], None]
_CREATES = frozenset({"POST /v1/agent", "POST /v1/user"})


@dataclass(frozen=True)
class EarlierRuns:
    """What earlier runs left in their journals.

    Attributes:
        entries: the writes with an unknown outcome, the newest last.
        last_sign: when such a run last wrote to its journal, in seconds since 1970.
    """

    entries: Sequence[JournalEntry] = ()
    last_sign: float = 0.0


@dataclass(frozen=True)
class LateRequests:
    """How to wait for requests whose reply was lost.

    Attributes:
        seconds: how long the API may still work on such a request.
        sleep: waits so long.
    """

    seconds: float = LATE_SECONDS
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


@dataclass
class Write:
    """One request that writes.

    `key` names it in the journal; `id` is the journal's id once it has begun. `was` is the last write of the same
    resource in the state: see `digo.state.journal.JournalEntry`.
    """

    key: str
    call: Call[Receipt]
    id: str = ""
    was: str = ""


class AccountWrites:
    """The account of one run of the provider host, as its writes see it.

    Other runs cannot write agents of the account while `account_lock` is held. `coalescer` shares the list reads after
    writes. `names` are the names of the calls in journals whose requests of earlier runs are waited for.
    """

    def __init__(
        self,
        client: AsyncClient,
        account: AccountCache,
        journal: Journal,
        *,
        names: frozenset[str],
        earlier: EarlierRuns | None = None,
        late: LateRequests | None = None,
        account_lock: AccountLock | None = None,
        coalescer: ListCoalescer | None = None,
    ) -> None:
        earlier = earlier or EarlierRuns()
        self.account = account
        self._client = client
        self._late = late or LateRequests()
        self._coalescer = coalescer or ListCoalescer(account.relist)
        self._journal = journal
        self._earlier = [entry for entry in earlier.entries if entry.call in names]
        self._last_sign = earlier.last_sign
        self._account_lock = account_lock
        self._beginning = asyncio.Lock()
        self._changed_since_listed = False
        self._created: set[str] = set()
        self._sent: dict[str, str] = {}
        self._deleting: set[str] = set()

    async def begin(self, call: str, report: Report) -> None:
        """Makes the account this run's own, and settles what earlier runs left. `call` is named if that fails.

        Raises:
            ApiError: the lock cannot be taken, or the account cannot be listed.
        """
        async with self._beginning:
            await self._take_lock(call, report)
            await self._wait_for_earlier_runs(report)

    async def send(self, write: Write) -> Receipt:
        """Sends the request. Its intent is in the journal before it leaves, and its outcome afterwards.

        Raises:
            ApiError: it was not applied, or its outcome is unknown (`OutcomeUnknown`).
        """
        with self._coalescer.writing():
            async with self._journal.writing(write.key, write.call.journal_name, write.was) as write.id:
                self._sent[write.key] = write.id
                return await self._client.send(write.call)

    async def list_after_writes(self, *, whole: bool = True) -> Snapshot:
        """The account after all writes that are under way. All that ask meanwhile share one read.

        Without `whole`, it may be an earlier list with what was created since, which proves no absence.

        Raises:
            ApiError: the account could not be read. The writes themselves are not affected.
        """
        return await self._coalescer.list_after_writes(whole=whole)

    async def settle(self, write: Write, note: str) -> None:
        """Records that a list has shown the write as applied."""
        await self._journal.settle(write.id, write.key, write.call.journal_name, Outcome.APPLIED, note)

    async def wait_for_late_requests(self) -> None:
        """Waits until the API must have finished a request whose reply was lost."""
        await self._late.sleep(self._late.seconds)

    def last_of(self, key: str) -> str:
        """The journal's id of this run's last write of the entry; "" if there was none."""
        return self._sent.get(key, "")

    def created(self, eid: str) -> None:
        """Notes an agent that a later list of this run must show."""
        self._created.add(eid)

    def is_new(self, eid: str) -> bool:
        """Whether a create of this run made the agent, or took it over."""
        return eid in self._created

    def deleting(self, eid: str) -> None:
        """Notes an agent that a later list of this run may lack."""
        self._deleting.add(eid)

    def kept(self, eid: str) -> None:
        """Notes that an agent is still on the account, although its delete was begun."""
        self._deleting.discard(eid)

    def lacks_known(self, snapshot: Snapshot, before: Snapshot) -> bool:
        """Whether a list lacks agents that it must show. It may be cut short then, so it proves no absence.

        `before` is the list from before the write in question.
        """
        known = {*(agent.eid for agent in before.agents), *self._created} - self._deleting
        return any(snapshot.with_eid(eid) is None for eid in known)

    async def _take_lock(self, call: str, report: Report) -> None:
        """Takes the account lock. It lists the account again if another run may have changed it."""
        if self._account_lock is not None and not self._account_lock.held:
            self._changed_since_listed = await self._wait_for_lock(self._account_lock, call, report)
        if self._changed_since_listed:
            await self.account.relist()
            self._changed_since_listed = False

    async def _wait_for_lock(self, lock: AccountLock, call: str, report: Report) -> bool:
        def waits() -> None:
            report("another run is creating agents on this account; waiting for its end")

        def on_lost(reason: str) -> None:
            self._client.stop(f"the account lock was lost, so another machine may be creating agents now ({reason})")

        try:
            return await lock.acquire(self.account.listed_at, waits, lambda: self._client.stopped, on_lost)
        except OSError as problem:
            method, _, path = call.partition(" ")
            raise NotSent(
                f"runs on the same account cannot be kept apart ({problem.strerror}), so {call} was not sent",
                next_step=f"make {visible(str(problem.filename))} a place of your own that you can write to, or name "
                "another folder in DIGO_LOCK_DIR, then run again; nothing was written by this call",
                method=method,
                path=path,
            ) from None
        finally:
            report("")

    async def _wait_for_earlier_runs(self, report: Report) -> None:
        """Waits until the API must have finished the requests of runs that died, then settles them."""
        if not self._earlier:
            return
        left = self._may_be_at_work_until() - time.time()
        if left > 0:
            what = "creates" if all(entry.call in _CREATES for entry in self._earlier) else "writes"
            report(f"an earlier run left {what} whose outcome is not known; waiting for late ones")
            await self._late.sleep(min(left, self._late.seconds))
            report("")
        await self.account.relist()
        for entry in self._earlier:
            note = "settled by a later run's list"
            await self._journal.settle(entry.write, entry.key, entry.call, Outcome.SETTLED, note)
        self._earlier.clear()

    def _may_be_at_work_until(self) -> float:
        """When the API must have finished the requests of earlier runs, in seconds since 1970.

        The journal has the time of each lost reply. For a run that was killed it has not: its last request may have
        been sent a pause after its last entry, and may have waited for the whole reply timeout.
        """
        lost = max(entry.at for entry in self._earlier)
        if any(entry.outcome is Outcome.INTENT for entry in self._earlier):
            limits = self._client.limits
            lost = max(lost, self._last_sign) + limits.longest_pause + limits.reply_timeout
        return lost + self._late.seconds


class ConfirmationTrust:
    """Whether lists keep showing what the API confirmed. Once two have, the run believes confirmations alone."""

    def __init__(self, account: AccountCache) -> None:
        self._account = account
        self._lists_at_first: int | None = None
        self._holds: bool | None = None

    def begin(self) -> None:
        """Notes that a write is about to be sent."""
        if self._lists_at_first is None:
            self._lists_at_first = self._account.lists

    def saw(self, *, shown: bool) -> None:
        """Notes whether a list showed a confirmed write. One counter-example is enough."""
        self._holds = shown and self._holds is not False

    @property
    def is_spent(self) -> bool:
        """Whether the run has listed the account as often as it may for writes of this kind."""
        return self._account.lists - (self._lists_at_first or 0) >= EXACT_LISTS

    @property
    def suffices(self) -> bool:
        """Whether a confirmation needs no further list."""
        return self._holds is True and self.is_spent


@contextmanager
def naming(key: str) -> Iterator[None]:
    """Names the entry in an error about a call that could not even be made."""
    try:
        yield
    except NotSent as problem:
        problem.what = f"`{key}`: {problem.what}"
        raise
