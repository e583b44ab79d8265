"""How far the run is, over all resources: `412 of 1,000 agents, 41 %, 118/s, 5 s left`.

It is the status of the stack's own resource, because every engine shows that one from the beginning to the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from digo.lists.sending.progress import ListProgress
from digo.plan.run_summary import changes_between
from digo.state.run_summary import RunSummary
from digo.text.counts import plural
from digo.text.progress import Rate, progress_text
from protocol.tokens import AGENT_TYPE, LEAD_TYPE
from protocol.urn import name_of, type_of

if TYPE_CHECKING:  # a session, which handlers need, has the progress of its run
    from providers.host.handler import Report

STATUS_SECONDS = 1.0
_THINGS = {AGENT_TYPE: "agent", LEAD_TYPE: "lead"}
_ROW = "row"


class RunProgress:
    """Counts the writes of a run.

    Args:
        lists: the progress of each list from files, by its key.
        cps: the account's calls a second; 0 if it has no limit.
        clock: gives seconds.
    """

    def __init__(
        self, lists: MutableMapping[str, ListProgress], cps: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lists = lists
        self._cps = cps
        self._rate = Rate(clock)
        self._planned: dict[str, int] = {}
        self._seen: dict[str, set[str]] = {thing: set() for thing in _THINGS.values()}
        self._done: dict[str, set[str]] = {thing: set() for thing in _THINGS.values()}
        self._under_way = 0
        self._telling: asyncio.Task[None] | None = None

    def plan(self, before: RunSummary, now: RunSummary) -> None:
        """Takes what the run is to do from its summary and that of the last run.

        An engine may ask about a resource only when it has room to create it, so the requests do not tell in time.
        """
        leads = changes_between(before, RunSummary(now.endpoint, now.profile, 0, 0, leads=now.leads))
        self._planned = {
            "agent": sum(1 for eid in now.agents.values() if not eid),
            "lead": leads.creates + leads.updates,
        }
        for key, rows in now.lists.items():
            self._lists[key].plan(max(0, rows - before.lists.get(key, 0)))

    def expect(self, urn: str) -> None:
        """Notes a resource that will be written. One that is neither an agent nor a lead counts by its rows."""
        if thing := _THINGS.get(type_of(urn)):
            self._seen[thing].add(name_of(urn))

    def confirm_agent(self, key: str) -> None:
        """Counts an agent that is created. Its resource may still wait for the account's list."""
        self._done["agent"].add(key)

    @asynccontextmanager
    async def writing(self, urn: str, report: Report) -> AsyncIterator[None]:
        """Inside, the resource is written, and the run's progress is reported every second. At the end it is cleared.

        A write that failed is done too: it is not waited for.
        """
        self.expect(urn)
        if not self._under_way:
            self._rate.measure(self._count_done())
        self._under_way += 1
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell(report))
        try:
            yield
        finally:
            self._under_way -= 1
            if thing := _THINGS.get(type_of(urn)):
                self._done[thing].add(name_of(urn))

    async def _tell(self, report: Report) -> None:
        has_status = False
        while self._under_way:
            await asyncio.sleep(STATUS_SECONDS)
            text = str(self) if self._under_way else ""
            if text or has_status:  # a list that is still read has no total yet
                report(text)
            has_status = bool(text)

    def _count_done(self) -> int:
        return sum(map(len, self._done.values())) + sum(one.done for one in self._lists.values())

    def __str__(self) -> str:
        totals = {thing: max(len(names), self._planned.get(thing, 0)) for thing, names in self._seen.items()}
        totals[_ROW] = sum(one.total for one in self._lists.values())
        things = [thing for thing, total in totals.items() if total]
        done, total = self._count_done(), sum(totals.values())
        rate = self._rate.measure(done)
        if not things:
            return ""
        if len(things) == 1:
            return progress_text(done, total, things[0], rate, cps=self._cps)
        *others, last = map(plural, things)
        both = f"{', '.join(others)} and {last}"
        return progress_text(done, total, both, rate, things=both, cps=self._cps)
