"""One or two reads of the account's list, and the checks on what they bring: answer, clock, list.

`GET /v1/agents` is the one harmless read. A second one, with the other scheme, follows only if the account refuses the
token. Nothing is sent a third time: the sibling product locks accounts after repeated refusals.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from digo.api.calls import list_agents
from digo.api.client import Access, Client
from digo.api.errors import ApiError, NotSent, TokenRefused
from digo.api.models import AgentRecord
from digo.api.pace import Pace, pace_of
from digo.api.responses import Reply, read_agents
from digo.doctor.check import Result, error, ok, warning
from digo.doctor.token import other_header
from digo.fields.types import canonical_intercom
from digo.phone.number import bare_digits, has_country_code
from digo.settings.stack_settings import Settings
from digo.text.counts import counted
from digo.text.redact import Redactor, mask_number

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
    """

    agents: tuple[AgentRecord, ...] | None
    problem: ApiError | None
    status: int | None
    date: str
    seconds: float
    received: datetime

    @property
    def refused(self) -> bool:
        """Whether the account refused the token."""
        return isinstance(self.problem, TokenRefused)


@dataclass(frozen=True)
class Reads:
    """The reads. `other` is the one with the other scheme; None if it was not needed."""

    first: Read
    other: Read | None = None

    @property
    def count(self) -> int:
        """How many requests were sent, or tried."""
        return 1 if self.other is None else 2

    @property
    def agents(self) -> tuple[AgentRecord, ...] | None:
        """The account's agents, from whichever read brought them."""
        return self.first.agents if self.other is None or self.first.agents is not None else self.other.agents


def read_account(settings: Settings, access: Access) -> Reads:
    """Reads the list once, and a second time with the other scheme if the token is refused. It does not raise."""
    pace = pace_of(settings.cps)  # this process's own: a broken pace store is another check's matter
    first = _read(settings, access, pace)
    if not first.refused:
        return Reads(first)
    return Reads(first, _read(settings, replace(access, authorization=other_header(access.authorization)), pace))


def _read(settings: Settings, access: Access, pace: Pace) -> Read:
    replies: list[Reply] = []

    def read(reply: Reply, redact: Redactor) -> tuple[AgentRecord, ...]:
        replies.append(reply)
        return read_agents(reply, redact)

    seconds = min(settings.limits.reply_timeout, REPLY_SECONDS)
    limits = replace(settings.limits, reply_timeout=seconds, tries=1, tries_when_late=1, tries_when_limited=1)
    begun, agents, problem = time.monotonic(), None, None
    try:
        with Client(access, pace=pace, limits=limits, read_only=True) as client:
            agents = client.send(replace(list_agents(), read=read))
    except ApiError as failed:
        problem = failed
    took, received = time.monotonic() - begun, datetime.now(timezone.utc)
    date = replies[-1].headers.get("date", "") if replies else ""
    status = replies[-1].status if replies else (problem.status if problem else None)
    return Read(agents, problem, status, date, took, received)


def check_answer(read: Read, *, local: bool = False) -> Result:
    """Whether the endpoint answers as the API does. `local` says that it is on this machine, as the sandbox is."""
    took = f"in {read.seconds * 1000:,.0f} ms"
    if read.problem is None or read.refused:
        return ok(f"GET /v1/agents: {read.status} {took}")
    if read.status == 429:
        return warning(
            f"GET /v1/agents: 429 {took}: the account's calls per second are used up",
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
