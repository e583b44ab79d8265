"""One run of the host against one account: its settings, clients, snapshot and creator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from digo.api.async_client import AsyncClient
from digo.api.grace_period import GracePeriod
from digo.api.pace import Pace, concurrency_of
from digo.apply.account_cache import AccountCache
from digo.apply.account_lock import AccountLock, lock_folders
from digo.apply.account_writes import AccountWrites, EarlierRuns, LateRequests
from digo.apply.agent_creator import AgentCreator
from digo.apply.agent_writer import AgentWriter
from digo.apply.list_coalescer import ListCoalescer
from digo.apply.list_writer import LIST_CALLS, ListWriter
from digo.apply.lists_cache import ListsCache, with_id
from digo.lists.sending.retry import retried_list
from digo.lists.sending.session import ListSession
from digo.settings.profiles import Ability, Subject
from digo.settings.stack_settings import Settings
from digo.stack import Stack
from digo.state.journal import Journal, last_written_at, superseded_writes, unsettled
from digo.state.run_record import HostRecord
from providers.host.errors import HandlerError
from providers.host.judgement import Judgement
from providers.host.progress import RunProgress

if TYPE_CHECKING:
    from digo.lists.live.live_lists import LiveLists


@dataclass(frozen=True)
class HostConfig:
    """The config that the engine configures the host with. All values are decrypted.

    In a refresh it is the last run's. The program has checked its keys, and that no secret is in clear text.
    """

    values: Mapping[str, str] = field(repr=False)

    def get(self, key: str) -> str | None:
        """The value; None where there is none."""
        return self.values.get(key)

    def is_plain(self, _key: str) -> bool:
        """False: the host cannot know how the stack's file has the value."""
        return False

    def keys(self, _namespace: str) -> Iterable[str]:
        """None: an older version may have known settings that this one does not."""
        return ()


@dataclass(eq=False)
class Session:
    """What all resource types share. The account is listed on a read-only transport; only a write opens the other.

    Attributes:
        stack: the run's stack, with the config of the engine.
        pace: the account's pace.
        lists: what this run has sent of lists.
        judgement: whether the guards judged the run. Without it, nothing is written.
        vanished_agents: EIDs of the state's agents that were not in the account's list so far.
        claims: list and number of each lead that the program has registered in this run; "" stands for the number
            where it is a list from files. What is claimed is not deleted for another entry that is gone.
        vanished_refusal: why they are too many, as it was first said; "" while they are not.
    """

    stack: Stack
    pace: Pace
    lists: ListSession
    judgement: Judgement = field(default_factory=Judgement, init=False)
    vanished_agents: set[str] = field(default_factory=set, init=False)
    vanished_refusal: str = field(default="", init=False)
    claims: set[tuple[str, str]] = field(default_factory=set, init=False)
    # Each run ends with a Cancel. A run that writes nothing must not make a client only to stop it.
    _cancelled: bool = field(default=False, init=False)
    _grace_period: GracePeriod = field(default_factory=GracePeriod, init=False)

    @classmethod
    def of(cls, config: Mapping[str, str], environ: Mapping[str, str], root: Path, name: str) -> Session:
        """The session for a stack's config (`digo:endpoint` …).

        Raises:
            SettingsError: the settings do not suffice.
        """
        stack = Stack(name, root, HostConfig(config), environ)
        settings = stack.settings
        retried = retried_list(environ)
        lists = ListSession(root, name, settings.access.endpoint, stack.ledger_key, settings.cps, retried)
        return cls(stack, settings.pace(), lists)

    @property
    def settings(self) -> Settings:
        """The stack's settings."""
        return self.stack.settings

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment variables of the run."""
        return self.stack.environ

    @property
    def guard_input(self) -> Mapping[str, Any]:
        """The run's guard input. It is empty while no guard was asked."""
        return self.judgement.guard_input

    @cached_property
    def progress(self) -> RunProgress:
        """How much the run has written of what it will."""
        return RunProgress(self.lists.progress, self.settings.cps)

    @cached_property
    def account(self) -> AccountCache:
        """The account's list, read once."""
        return AccountCache(self._reader, self.settings.profile.agents)

    @cached_property
    def broadcast_lists(self) -> ListsCache:
        """The account's broadcast lists, read once if something needs them."""
        return ListsCache(self._reader)

    async def has_lost_list(self, list_id: str) -> bool:
        """Whether the account has no list with that id. False where the profile cannot tell.

        Raises:
            ApiError: the lists could not be read.
        """
        if not self.settings.profile.can(Ability.READ_BACK, Subject.BROADCAST_LIST):
            return False
        return with_id(await self.broadcast_lists.current(), list_id) is None

    @cached_property
    def list_writer(self) -> ListWriter:
        """Writes broadcast lists, each exactly once."""
        return ListWriter(self.writes, self.broadcast_lists)

    @cached_property
    def live_lists(self) -> LiveLists:
        """The account's lists, each read once."""
        from digo.lists.live.live_lists import LiveLists  # most profiles cannot read lists

        return LiveLists(lambda call: self._reader.send(call))

    async def sleep(self, seconds: float) -> None:
        """Waits so many seconds, or until the run is given up."""
        await self._grace_period.sleep(seconds)

    @cached_property
    def _reader(self) -> AsyncClient:
        return AsyncClient(
            self.settings.access,
            pace=self.pace,
            limits=self.settings.limits,
            read_only=True,
            connections=1,
            grace_period=self._grace_period,
        )

    @cached_property
    def writer(self) -> AsyncClient:
        """The client that may write. It has as many connections as the pace can use.

        Raises:
            HandlerError: no guard judged this run. There is no other way to write.
        """
        if not self.guard_input:
            raise HandlerError("no guard was asked in this run, so nothing was written. Next: register `account` first")
        client = AsyncClient(
            self.settings.access,
            pace=self.pace,
            limits=self.settings.limits,
            connections=concurrency_of(self.settings.cps),
            grace_period=self._grace_period,
        )
        if self._cancelled:
            client.stop()
        return client

    @cached_property
    def writes(self) -> AccountWrites:
        """What all writes of agents and of broadcast lists share."""
        return AccountWrites(
            self.writer,
            self.account,
            self.journal,
            names=self.settings.profile.agents.names | LIST_CALLS,
            earlier=EarlierRuns(unsettled(self.stack.journals), last_written_at(self.stack.journals)),
            late=LateRequests(self.settings.late_seconds, self._grace_period.sleep),
            account_lock=self.account_lock,
            coalescer=ListCoalescer(self.account.relist, at_once=self._at_once, extend=self.account.extend),
        )

    @cached_property
    def creator(self) -> AgentCreator:
        """Creates agents, each exactly once."""
        settings = self.settings
        return AgentCreator(
            self.writes, settings.profile.agents, settings.number_form, confirmed=self.progress.confirm_agent
        )

    @cached_property
    def agent_writer(self) -> AgentWriter:
        """Changes and deletes agents."""
        return AgentWriter(self.writes, self.settings.profile.agents, self.settings.number_form)

    @property
    def _at_once(self) -> int | None:
        """How many resources the engine handles at once; None where the environment does not say."""
        text = self.environ.get("PULUMI_PARALLEL", "")
        return int(text) if text.isascii() and text.isdecimal() else None

    @cached_property
    def account_lock(self) -> AccountLock:
        """The lock of the account: runs of other stacks do not create agents at the same time."""
        settings, store = self.settings, None
        if settings.pace_store is not None:
            from digo.apply.account_lease import lease_store  # most stacks have no store

            store = lease_store(settings.pace_store)
        return AccountLock(settings.access, lock_folders(self.environ), store)

    @cached_property
    def journal(self) -> Journal:
        """The journal on disk of what this run writes."""
        return Journal(self.stack.journals, observe=lambda entry: self.record.wrote(entry))

    @cached_property
    def record(self) -> HostRecord:
        """What `digo history` will say of this run, if it is an up."""
        return HostRecord(self.stack.records)

    def begin_run(self) -> None:
        """Forgets what was of the run before, such as a preview: its guards, and what it was to change."""
        self.judgement = Judgement()
        self.vanished_refusal = ""
        self.claims.clear()
        self.__dict__.pop("record", None)
        if "live_lists" in self.__dict__:
            self.live_lists.begin_run()

    def judged(self, guard_input: Mapping[str, Any]) -> None:
        """Goes on with the run's record, if the program of this plan has begun one."""
        self.record.join(str(guard_input["plan"]), self.journal.name)

    @cached_property
    def superseded_writes(self) -> frozenset[str]:
        """Ids of writes that the state may still name, and that later writes have replaced."""
        return superseded_writes(self.stack.journals)

    async def close(self, *, settled: bool) -> None:
        """Closes the open connections and releases the account.

        Args:
            settled: whether the engine has all results of the writes and is alive to store them.
        """
        if settled:
            self.lists.settle()
        if "record" in self.__dict__:
            self.record.end(settled=settled)
        if "account_lock" in self.__dict__:
            await self.account_lock.release()
        for name in ("_reader", "writer"):
            if (client := self.__dict__.get(name)) is not None:
                await client.close()

    def cancel(self, patience: float) -> None:
        """Lets no further write begin. Writes under way end normally, if their replies come within `patience` seconds.

        After that all requests are given up. The outcome of a write among them is unknown.
        """
        self._cancelled = True
        self._grace_period.end_within(patience)
        if "writer" in self.__dict__:
            self.writer.stop()
