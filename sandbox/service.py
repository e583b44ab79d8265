"""The simulated service as one object: account, behaviour, faults and the record of requests."""

import asyncio
import sqlite3
from collections.abc import Coroutine, Sequence
from typing import Any

from sandbox.agents import Agents
from sandbox.call_operations import call_operations
from sandbox.calls import Calls
from sandbox.faults import FaultRule, Faults
from sandbox.journal import Journal
from sandbox.leads import Leads
from sandbox.operations import Account, Operation, provisioning_operations
from sandbox.pace import Pace
from sandbox.records import record_operations
from sandbox.settings import Settings


class Service:
    """Everything that the HTTP side works on; used from one event loop only."""

    def __init__(
        self, connection: sqlite3.Connection, settings: Settings, fault_rules: Sequence[FaultRule] = ()
    ) -> None:
        self.operations: tuple[Operation, ...] = (
            *provisioning_operations(),
            *call_operations(),
            *record_operations(),
        )
        self.journal = Journal()
        self.faults = Faults()
        self._initial_settings = settings
        self._initial_faults = tuple(fault_rules)
        self._agents = Agents(connection)
        self._leads = Leads(connection)
        self._calls = Calls(connection)
        self._late_work: set[asyncio.Task[None]] = set()
        self.apply(settings)
        self._set_initial_faults()

    def apply(self, settings: Settings) -> None:
        """Change the behaviour from the next request on; the request budget starts full."""
        self.settings = settings
        self.pace = Pace(settings.cps)
        self.account = Account(self._agents, self._leads, self._calls, settings)

    def _set_initial_faults(self) -> None:
        for rule in self._initial_faults:
            self.faults.add(rule)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what outlives its request, unless a reset comes before it."""
        task = asyncio.ensure_future(work)
        self._late_work.add(task)
        task.add_done_callback(self._late_work.discard)

    def reset(self) -> None:
        """Go back to an empty account with the settings and faults given at start. What hangs is never answered."""
        for task in self._late_work:
            task.cancel()
        self._agents.clear()
        self._leads.clear()
        self._calls.clear()
        self.faults.close()
        self.journal.clear()
        self.apply(self._initial_settings)
        self._set_initial_faults()
