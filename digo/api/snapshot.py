"""The account's agents at one moment, indexed by their keys.

A snapshot comes from one list call, or from a snapshot file.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from digo.api.models import AgentRecord, BroadcastListRecord
from digo.fields.agents import canonical_others
from digo.fields.types import canonical_intercom, canonical_login
from digo.phone.number import PhoneNumber, bare_digits, has_country_code
from digo.text.names import normal_name

LISTED_BY_AGENTS = "GET /v1/agents"
LISTED_BY_USERS = "GET /v1/users"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All agents of one complete list read. An agent that it lacks was absent at that moment.

    Attributes:
        agents: the agents, in the API's order.
        listed_by: the call that listed them, such as `GET /v1/agents`.
        caller_ids: the ids of the account's own numbers, by the digits of each number; None if they were not
            read.
        users_without_agent: the ids of users that carry no agent, by `login_id` in lower case.
        lists: the account's broadcast lists; None if they were not read.
        cursor: the id of the last user, if ids ascend: what is created later is listed after it. "" if that is unknown.
        is_extended: whether only what follows an earlier list was read anew. It proves no absence.
    """

    agents: tuple[AgentRecord, ...]
    _by_digits: dict[str, tuple[AgentRecord, ...]]
    _by_national: dict[str, tuple[AgentRecord, ...]]
    _by_intercom: dict[str, tuple[AgentRecord, ...]]
    _by_eid: dict[str, AgentRecord]
    _original_fingerprint: str | None = None
    listed_by: str = LISTED_BY_AGENTS
    caller_ids: Mapping[str, str] | None = field(default=None, repr=False)
    users_without_agent: Mapping[str, str] = field(default_factory=dict)
    lists: tuple[BroadcastListRecord, ...] | None = None
    cursor: str = ""
    is_extended: bool = False

    @classmethod
    def of(
        cls,
        agents: Iterable[AgentRecord],
        recorded: str | None = None,
        listed_by: str = LISTED_BY_AGENTS,
        users_without_agent: Mapping[str, str] | None = None,
    ) -> Snapshot:
        """Indexes the agents of one list.

        `recorded` is the fingerprint of the original list, if the agents come from a snapshot file: such a file does
        not have all fields. For what else the account has, see `dataclasses.replace`.
        """
        agents = tuple(agents)
        by_digits: dict[str, list[AgentRecord]] = defaultdict(list)
        by_national: dict[str, list[AgentRecord]] = defaultdict(list)
        by_intercom: dict[str, list[AgentRecord]] = defaultdict(list)
        for agent in agents:
            if agent.follow_me_number:
                by_digits[bare_digits(agent.follow_me_number)].append(agent)
                if not has_country_code(agent.follow_me_number):
                    by_national[bare_digits(agent.follow_me_number)].append(agent)
            if agent.intercom and agent.intercom.strip():
                by_intercom[canonical_intercom(agent.intercom)].append(agent)
        return cls(
            agents=agents,
            _by_digits={digits: tuple(found) for digits, found in by_digits.items()},
            _by_national={digits: tuple(found) for digits, found in by_national.items()},
            _by_intercom={intercom: tuple(found) for intercom, found in by_intercom.items()},
            _by_eid={agent.eid: agent for agent in agents},
            _original_fingerprint=recorded,
            listed_by=listed_by,
            users_without_agent=users_without_agent or {},
        )

    def with_eid(self, eid: str) -> AgentRecord | None:
        """The agent with that EID, or None."""
        return self._by_eid.get(eid)

    def with_number(self, number: PhoneNumber) -> tuple[AgentRecord, ...]:
        """The agents whose phone has that number.

        The list may write a number without its country code. Such a spelling counts only if no agent has the full
        number: the same ten digits can be another person's number in another country.
        """
        return self._by_digits.get(number.digits) or self._by_national.get(number.national, ())

    def with_intercom(self, intercom: str) -> tuple[AgentRecord, ...]:
        """The agents that hold that intercom."""
        return self._by_intercom.get(canonical_intercom(intercom), ())

    def with_login(self, login_id: str) -> AgentRecord | None:
        """The agent of the user with that `login_id`, whatever its case; None if there is none."""
        wanted = canonical_login(login_id)
        return next((one for one in self.agents if canonical_login(one.value("login_id")) == wanted), None)

    @property
    def where(self) -> dict[str, Any]:
        """The keyword arguments of `ApiError` that name the list call."""
        method, _, path = self.listed_by.partition(" ")
        return {"method": method, "path": path}

    @property
    def fingerprint(self) -> str:
        """A digest of the fields that a plan depends on, keys and wanted fields, in any order of agents."""
        if self._original_fingerprint is not None:
            return self._original_fingerprint
        # JSON, since a name on the account may have any character: no separator is safe.
        fields = sorted(
            (
                a.eid,
                normal_name(a.name or ""),
                a.follow_me_number or "",
                a.intercom or "",
                str(a.custom_status),
                *canonical_others(a.other_fields).items(),
            )
            for a in self.agents
        )
        return hashlib.sha256(json.dumps(fields).encode()).hexdigest()
