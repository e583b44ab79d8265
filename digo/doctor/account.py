"""One or two reads of the account's list, and the checks on what they bring: answer, clock, list.

The list call of the profile is the one harmless read. A second one, with the other scheme, follows only if the account
refuses the token. Nothing is sent a third time: the sibling product locks accounts after repeated refusals.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast

from digo.api.access import Access
from digo.api.agent_calls import ReadOptions
from digo.api.calls import Call
from digo.api.client import Client
from digo.api.conversation import Conversation, converse
from digo.api.errors import ApiError, LoginRefused, NotSent, TokenRefused
from digo.api.models import AgentRecord
from digo.api.pace import Pace, pace_of
from digo.api.responses import Reply
from digo.api.snapshot import LISTED_BY_AGENTS as AGENTS
from digo.doctor.check import Result, error, ok, warning
from digo.doctor.token import other_header
from digo.fields.types import canonical_intercom
from digo.phone.number import bare_digits, has_country_code
from digo.settings.stack_settings import Settings
from digo.text.counts import counted
from digo.text.redact import Redactor, mask_number

T = TypeVar("T")

REPLY_SECONDS = 15.0
SKEW_SECONDS = 60
_SHOWN = 3


@dataclass(frozen=True)
class Read:
    """One read of the list.

    Attributes:
        agents: the agents; None if the reply is not the list.
        problem: the error; None if there is none.
        status: the reply's status; None if no reply came.
        date: the reply's `Date` header, "" without one.
        seconds: how long it took.
        received: when the reply was whole, by this machine's clock.
        listed_by: the list call.
    """

    agents: tuple[AgentRecord, ...] | None
    problem: ApiError | None
    status: int | None
    date: str
    seconds: float
    received: datetime
    listed_by: str = AGENTS

    @property
    def refused(self) -> bool:
        """Whether the account refused the token."""
        return isinstance(self.problem, TokenRefused) and not isinstance(self.problem, LoginRefused)


@dataclass(frozen=True)
class Reads:
    """The reads. `other` is the one with the other scheme; None if it was not needed.

    `count` is how many requests were sent, or tried: the lists' pages and logins too.
    """

    first: Read
    count: int
    other: Read | None = None

    @property
    def agents(self) -> tuple[AgentRecord, ...] | None:
        """The account's agents, from whichever read brought them."""
        return self.first.agents if self.other is None or self.first.agents is not None else self.other.agents


class _CountingPace:
    """A pace that counts its requests."""

    def __init__(self, inner: Pace) -> None:
        self._inner = inner
        self.count = 0

    def wait(self) -> None:
        self.count += 1
        self._inner.wait()

    async def wait_async(self) -> None:
        self.count += 1
        await self._inner.wait_async()

    def limited(self, retry_after: float | None) -> None:
        self._inner.limited(retry_after)

    def close(self) -> None:
        self._inner.close()


def read_account(settings: Settings, access: Access) -> Reads:
    """Reads the list once, and a second time with the other scheme if the token is refused. It does not raise."""
    # This process's own: a broken pace store is another check's matter.
    pace = _CountingPace(pace_of(settings.cps))
    first = _read(settings, access, pace)
    if not first.refused:
        return Reads(first, pace.count)
    other = replace(access, authorization=other_header(access.current_authorization), login=None)
    second = _read(settings, other, pace)
    return Reads(first, pace.count, second)


def _read(settings: Settings, access: Access, pace: Pace) -> Read:
    replies: list[Reply] = []
    seconds = min(settings.limits.reply_timeout, REPLY_SECONDS)
    limits = replace(settings.limits, reply_timeout=seconds, tries=1, tries_when_late=1, tries_when_limited=1)
    begun, snapshot, problem = time.monotonic(), None, None
    try:
        with Client(access, pace=pace, limits=limits, read_only=True) as client:
            snapshot = converse(client, _watched(settings.profile.agents.read(ReadOptions()), replies))
    except ApiError as failed:
        problem = failed
    took, received = time.monotonic() - begun, datetime.now(timezone.utc)
    date = replies[-1].headers.get("date", "") if replies else ""
    status = replies[-1].status if replies else (problem.status if problem else None)
    agents = None if snapshot is None else snapshot.agents
    return Read(agents, problem, status, date, took, received, AGENTS if snapshot is None else snapshot.listed_by)


def _watched(talk: Conversation[T], replies: list[Reply]) -> Conversation[T]:
    """The conversation, whose replies are noted before they are read."""
    value: Any = None
    failed: ApiError | None = None
    while True:
        try:
            call = talk.send(value) if failed is None else talk.throw(failed)
        except StopIteration as end:
            return cast(T, end.value)
        value, failed = None, None
        try:
            value = yield replace(call, read=_noting(call, replies))
        except ApiError as problem:
            failed = problem


def _noting(call: Call[T], replies: list[Reply]) -> Callable[[Reply, Redactor], T]:
    def read(reply: Reply, redact: Redactor) -> T:
        replies.append(reply)
        return call.read(reply, redact)

    return read


def check_answer(read: Read, *, local: bool = False) -> Result:
    """Whether the endpoint answers as the API does. `local` says that it is on this machine, as the sandbox is."""
    took = f"in {read.seconds * 1000:,.0f} ms"
    if read.problem is None or read.refused:
        return ok(f"{read.listed_by}: {read.status} {took}")
    if read.status == 429:
        return warning(
            f"{read.listed_by}: 429 {took}: the account's calls per second are used up",
            "digo:cps is above the account's limit, or another program uses the account now",
            read.problem.next_step,
        )
    step = read.problem.next_step
    if local and isinstance(read.problem, NotSent):
        step = f"start the sandbox (`make up`), or {step}"
    return error(read.problem.what, "the account cannot be read, so nothing can be planned", step)


def check_clock(read: Read) -> Result | None:
    """Whether this machine's clock agrees with the server's; None if the reply does not say."""
    try:
        server = parsedate_to_datetime(read.date)
    except (TypeError, ValueError):
        return None
    if server.tzinfo is None:
        server = server.replace(tzinfo=timezone.utc)
    ahead = (read.received - server).total_seconds()
    if abs(ahead) <= SKEW_SECONDS:
        return ok("this machine and the server agree")
    return warning(
        f"this machine is {_span(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} the server",
        "tokens, certificates and approvals begin and end at the wrong time",
        "set this machine's clock (NTP)",
    )


def _span(seconds: float) -> str:
    if seconds < 7200:
        return counted(round(seconds / 60), "minute")
    return counted(round(seconds / 3600), "hour")


def check_list(agents: Sequence[AgentRecord], in_state: int) -> Result:
    """The list's shape and its oddities. `in_state` is the number of agents in the state, 0 if it is not known."""
    facts = [counted(len(agents), "agent")]
    if blocked := sum(agent.blocked for agent in agents):
        facts.append(f"{blocked:,} blocked")
    if without := [agent for agent in agents if not agent.follow_me_number]:
        facts.append(f"{len(without):,} without number")
    spellings = _spellings(agents)
    facts += [f"{count:,} {how}" for how, count in spellings.items()]
    said = ", ".join(facts)
    if not agents and in_state:
        return error(
            f"{said}, and the state has {counted(in_state, 'agent')}",
            "it may be another account's token, or a cut list: an up would create the agents again",
            "compare with the panel; check the endpoint and the token",
        )
    doubles = [*_doubles(agents, "number"), *_doubles(agents, "intercom")]
    if doubles:
        more = f"; and {len(doubles) - _SHOWN:,} more" if len(doubles) > _SHOWN else ""
        return warning(
            f"{said}; {'; '.join(doubles[:_SHOWN])}{more}",
            "which of them config means cannot be known, so an entry with that number or intercom is refused",
            "remove the wrong ones in the panel",
        )
    if len(spellings) > 1:
        return warning(
            said,
            "the account spells numbers in several ways; one without country code may be taken for another country's",
            "nothing, if the plan matches the agents rightly; `digo agents` shows how each is written",
        )
    return ok(said)


def _spellings(agents: Iterable[AgentRecord]) -> dict[str, int]:
    """How many numbers are written with + or 00, and how many without."""
    counts: dict[str, int] = {}
    for agent in agents:
        if agent.follow_me_number:
            how = "written with +" if has_country_code(agent.follow_me_number) else "written without +"
            counts[how] = counts.get(how, 0) + 1
    return counts


def _doubles(agents: Iterable[AgentRecord], kind: str) -> list[str]:
    """The agents that share a number or an intercom, as sentences without full numbers."""
    sharing: dict[str, list[AgentRecord]] = defaultdict(list)
    for agent in agents:
        if kind == "number" and agent.follow_me_number:
            sharing[bare_digits(agent.follow_me_number)].append(agent)
        elif kind == "intercom" and agent.intercom and agent.intercom.strip():
            sharing[canonical_intercom(agent.intercom)].append(agent)
    return [
        f"{kind} {mask_number(value) if kind == 'number' else value}: {', '.join(f'eid {one.eid}' for one in found)}"
        for value, found in sharing.items()
        if len(found) > 1
    ]
