"""One run of the host against one account: its settings, clients, snapshot and creator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from digo.api.async_client import AsyncClient
from digo.api.pace import Pace, concurrency_of
from digo.apply.account_cache import AccountCache
from digo.apply.account_lock import AccountLock, lock_folders
from digo.apply.agent_creator import AgentCreator, EarlierRuns, LateRequests
from digo.apply.list_coalescer import ListCoalescer
from digo.lists.key import read_ledger_key
from digo.lists.session import ListSession
from digo.settings.stack_settings import Settings, SettingsError, read_settings
from digo.state.journal import Journal, journal_folder, last_written_at, superseded_writes, unsettled
from digo.system.environment import broken_variables


@dataclass(eq=False)
class Session:
    """What all resource types share. The account is listed on a read-only transport; only a write opens the other.

    Attributes:
        gate: the run's input for the guards. It is empty before `Account` is checked, and in a run with targets that
            leave `Account` out.
        vanished: EIDs of the state's agents that were not in the account's list so far.
    """

    settings: Settings
    pace: Pace
    journals: Path
    lists: ListSession
    environ: Mapping[str, str] = field(repr=False)
    gate: Mapping[str, Any] = field(default_factory=dict, init=False)
    vanished: set[str] = field(default_factory=set, init=False)
    # Each run ends with a Cancel. A run that writes nothing must not make a client only to stop it.
    _cancelled: bool = field(default=False, init=False)

    @classmethod
    def of(cls, config: Mapping[str, str], environ: Mapping[str, str], root: Path, stack: str) -> Session:
        """The session for a stack's config (`digo:endpoint` …).

        Raises:
            SettingsError: the settings do not suffice.
        """

        def value(key: str) -> str | None:
            return config.get(f"digo:{key}")

        if broken := broken_variables(environ):
            raise SettingsError(broken)
        settings = read_settings(value, environ, root)
        lists = ListSession(root, stack, settings.access.endpoint, lambda: read_ledger_key(value, environ, root))
        return cls(settings, settings.pace(), journal_folder(root, stack), lists, environ)

    @cached_property
    def account(self) -> AccountCache:
        """The account's list, read once."""
        return AccountCache(self._reader)

    @cached_property
    def _reader(self) -> AsyncClient:
        return AsyncClient(
            self.settings.access, pace=self.pace, limits=self.settings.limits, read_only=True, connections=1
        )

    @cached_property
    def writer(self) -> AsyncClient:
        """The client that may write. It has as many connections as the pace can use."""
        client = AsyncClient(
            self.settings.access,
            pace=self.pace,
            limits=self.settings.limits,
            connections=concurrency_of(self.settings.cps),
        )
        if self._cancelled:
            client.stop()
        return client

    @cached_property
    def creator(self) -> AgentCreator:
        """Creates agents, each exactly once."""
        return AgentCreator(
            self.writer,
            self.account,
            self.settings.number_form,
            journal=self.journal,
            earlier=EarlierRuns(unsettled(self.journals), last_written_at(self.journals)),
            late=LateRequests(self.settings.late_seconds),
            turn=self.turn,
            waves=ListCoalescer(self.account.relist, at_once=self._at_once),
        )

    @property
    def _at_once(self) -> int | None:
        """How many resources the engine handles at once; None where the environment does not say."""
        text = self.environ.get("PULUMI_PARALLEL", "")
        return int(text) if text.isascii() and text.isdecimal() else None

    @cached_property
    def turn(self) -> AccountLock:
        """The lock of the account: runs of other stacks do not create agents at the same time."""
        settings, store = self.settings, None
        if settings.pace_store is not None:
            from digo.apply.account_lease import lease_store  # most stacks have no store

            store = lease_store(settings.pace_store)
        return AccountLock(settings.access, lock_folders(self.environ), store)

    @cached_property
    def journal(self) -> Journal:
        """The journal on disk of what this run writes."""
        return Journal(self.journals)

    @cached_property
    def overtaken(self) -> frozenset[str]:
        """Ids of lead writes that the state may still name, and that later writes have replaced."""
        return superseded_writes(self.journals)

    async def close(self, *, settled: bool) -> None:
        """Closes the open connections and releases the account.

        Args:
            settled: whether the engine has all results of the writes and is alive to store them.
        """
        if settled:
            self.lists.settle()
        if "turn" in self.__dict__:
            await self.turn.release()
        for name in ("_reader", "writer"):
            if (client := self.__dict__.get(name)) is not None:
                await client.close()

    def cancel(self) -> None:
        """Lets no further write begin. Writes under way end normally."""
        self._cancelled = True
        if "writer" in self.__dict__:
            self.writer.stop()
