"""One simulated account as an object: its two products, behaviour, faults and the record of requests."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.agents import Agents
from sandbox.call_operations import call_operations
from sandbox.calls import Calls
from sandbox.database import load_database, save_database
from sandbox.faults import FaultRule, Faults
from sandbox.journal import Journal
from sandbox.leads import Leads
from sandbox.masking import MaskingSide
from sandbox.operations import Account, Operation, provisioning_operations
from sandbox.pace import Pace
from sandbox.records import record_operations
from sandbox.settings import Settings, bare
from sandbox.smartflo.account import SmartfloAccount
from sandbox.smartflo.login_operations import LOGIN
from sandbox.smartflo.operations import smartflo_operations


@dataclass(slots=True)
class Api:
    """The API of one account: its calls, and its budget of requests.

    Attributes:
        name: the profile that speaks its API.
    """

    name: str
    account: Account
    operations: tuple[Operation[Any], ...]
    pace: Pace


@dataclass(frozen=True, slots=True)
class Operations:
    """The calls of the two products. They hold nothing, so all accounts have the same ones."""

    digo: tuple[Operation[Any], ...]
    smartflo: tuple[Operation[Any], ...]


def all_operations() -> Operations:
    """The calls of both products."""
    both = (*call_operations(), *record_operations())
    return Operations((*provisioning_operations(), *both), (*smartflo_operations(), *both))


class Service:
    """What the HTTP side works on for one account; used from one event loop only.

    Args:
        connection: the account's database.
        settings, fault_rules: the behaviour at the start and after a reset.
        operations: the calls that are answered.
        before_change: gets the behaviour that is about to be in force. It may refuse that by a `SandboxError`.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        settings: Settings,
        fault_rules: Sequence[FaultRule] = (),
        operations: Operations | None = None,
        before_change: Callable[[Settings], None] = lambda _settings: None,
    ) -> None:
        self._operations = operations or all_operations()
        self._before_change = before_change
        self.masking = MaskingSide()
        self.journal = Journal()
        self.faults = Faults()
        self._initial_settings = settings
        self._initial_faults = tuple(fault_rules)
        self._connection = connection
        self._late_work: set[asyncio.Task[None]] = set()
        self._open(settings)
        self._set_initial_faults()

    def _open(self, settings: Settings) -> None:
        self.agents = Agents(self._connection)
        self.leads = Leads(self._connection)
        self._calls = Calls(self._connection)
        self._smartflo_calls = Calls(self._connection, "smartflo_call")
        self.apply(settings)

    def apply(self, settings: Settings) -> None:
        """Change the behaviour from the next request on; the request budgets start full.

        Raises:
            SandboxError: another account has one of these tokens.
        """
        self._before_change(settings)
        self.settings = settings
        self.account = Account(self.agents, self.leads, self._calls, settings)
        self.smartflo = SmartfloAccount.open(self._connection, self._smartflo_calls, settings)
        self.digo_api = Api("digo", self.account, self._operations.digo, Pace(settings.cps))
        self.smartflo_api = Api("smartflo", self.smartflo, self._operations.smartflo, Pace(settings.cps))

    def api_of(self, path: str, header: str | None) -> tuple[Api, bool]:
        """The product that a request is for, and whether it may use it: an `Authorization` of `header` chooses."""
        if path == LOGIN:
            return self.smartflo_api, True
        if self.settings.authorizes(header):
            return self.digo_api, True
        if header is not None and self.smartflo.sessions.authorizes(bare(header)):
            return self.smartflo_api, True
        return self.digo_api, False

    def _set_initial_faults(self) -> None:
        for rule in self._initial_faults:
            self.faults.add(rule)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what outlives its request, unless a reset comes before it."""
        task = asyncio.ensure_future(work)
        self._late_work.add(task)
        task.add_done_callback(self._late_work.discard)

    def save(self, path: Path) -> None:
        """Copy both accounts into a file. Raises SandboxError."""
        save_database(self._connection, path)

    def load(self, path: Path) -> None:
        """As `reset`, but to the accounts in a file that `save` has made. Raises SandboxError."""
        self.reset()
        load_database(self._connection, path)
        self._open(self._initial_settings)

    def reset(self) -> None:
        """Go back to empty accounts with the settings and faults given at start. What hangs is never answered."""
        for task in self._late_work:
            task.cancel()
        self.agents.clear()
        self.leads.clear()
        self._calls.clear()
        self.smartflo.clear()
        self.faults.close()
        self.journal.clear()
        self.apply(self._initial_settings)
        self._set_initial_faults()
