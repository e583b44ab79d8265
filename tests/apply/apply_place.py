"""One run's creating half against the real sandbox. What it would wait for by the clock, the test waits for itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from digo.api import Access, AsyncClient, Limits, NewAgent
from digo.api.agent_calls import AGENT_CALLS, AgentCalls
from digo.api.calls import NumberForm
from digo.api.snapshot import Snapshot
from digo.apply.account_cache import AccountCache
from digo.apply.account_lock import AccountLock
from digo.apply.account_writes import AccountWrites, EarlierRuns, LateRequests
from digo.apply.agent_creator import AgentCreator, CreatedAgent
from digo.apply.agent_writer import AgentWriter
from digo.apply.list_coalescer import ListCoalescer
from digo.phone.number import parse_number
from digo.state.journal import Journal, JournalEntry, Outcome, read_run, runs
from sandbox.testing import Sandbox

HASTY = Limits(
    connect_timeout=60.0, reply_timeout=60.0, tries=3, tries_when_limited=4, first_pause=0.01, longest_pause=0.02
)
QUIET_SECONDS = 0.05
LATE_SECONDS = 5.0
CALL = "POST /v1/agent"


def number(index: int) -> str:
    return f"+1202555{100 + index:04d}"


@dataclass
class Run:
    """What one host process holds. `told` are its status lines, `slept` its waits for late requests."""

    client: AsyncClient
    account: AccountCache
    journal: Journal
    creator: AgentCreator
    writer: AgentWriter
    slept: list[float]
    told: list[str] = field(default_factory=list)

    async def create(self, key: str, index: int = 1, intercom: str | None = None) -> CreatedAgent:
        wanted = NewAgent(f"Agent {key}", number(index), intercom)
        return await self.creator.create(key, wanted, parse_number(number(index)), self.told.append)

    async def create_all(self, indexes: Iterable[int]) -> list[CreatedAgent]:
        return list(await asyncio.gather(*(self.create(f"a{index}", index) for index in indexes)))


def nothing() -> None:
    """What there is to wait for in most tests."""


@asynccontextmanager
async def a_run(
    sandbox: Sandbox,
    folder: Path,
    *,
    earlier: Sequence[JournalEntry] = (),
    clock_name: str | None = None,
    limits: Limits = HASTY,
    late: Callable[[], object] = nothing,
    seen: Callable[[], object] = nothing,
    turn: AccountLock | None = None,
    calls: AgentCalls = AGENT_CALLS,
    token: str = "",
) -> AsyncIterator[Run]:
    """A run in which `late` comes about while a late request is waited for, and `seen` before a list that is to show
    what came of a write. `limits` are those of writes."""
    access, slept = Access(sandbox.url, token or sandbox.token), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.to_thread(late)

    async def relist() -> Snapshot:
        await asyncio.to_thread(seen)
        return await account.relist()

    async def extend() -> Snapshot:
        await asyncio.to_thread(seen)
        return await account.extend()

    async with (
        AsyncClient(access, limits=HASTY, connections=1) as reader,
        AsyncClient(access, limits=limits, connections=64) as client,
    ):
        account, journal = AccountCache(reader, calls), Journal(folder, clock_name)
        writes = AccountWrites(
            client,
            account,
            journal,
            names=calls.names,
            earlier=EarlierRuns(earlier),
            late=LateRequests(LATE_SECONDS, sleep),
            account_lock=turn,
            coalescer=ListCoalescer(relist, QUIET_SECONDS, extend=extend),
        )
        creator = AgentCreator(writes, calls, NumberForm.PLUS)
        yield Run(client, account, journal, creator, AgentWriter(writes, calls, NumberForm.PLUS), slept)


def written(folder: Path) -> list[str]:
    """The outcomes in the newest journal, line by line as they were written."""
    text = runs(folder)[-1].read_text(encoding="utf-8") if runs(folder) else ""
    return [line.split('"outcome": "')[1].split('"')[0] for line in text.splitlines()]


def last(folder: Path) -> list[JournalEntry]:
    """What the newest journal finally says of each write."""
    return read_run(runs(folder)[-1])


def entry(write: str = "w", outcome: Outcome = Outcome.INTENT, at: float = 0.0, call: str = CALL) -> JournalEntry:
    return JournalEntry(at, write, "a", call, outcome)


def save(folder: Path, name: str, *entries: JournalEntry, tail: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps({**asdict(one), "outcome": one.outcome.value}) + "\n" for one in entries)
    (folder / name).write_text(lines + tail, encoding="utf-8")
