"""The summary of a run that guards and the next run need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from digo.api.snapshot import Snapshot
from digo.plan.compare import Plan
from digo.plan.fingerprint import agent_digest, lead_digest
from digo.plan.renames import Renames, renamed


@dataclass(frozen=True)
class Census:
    """The facts that guards compare between two runs.

    Attributes:
        endpoint: the API's address.
        profile: the name of the stack's profile.
        seen: the agents on the account.
        unblocked: those of them that take calls.
        agents: the EID of each wanted agent, by key; "" if it must be created.
        leads: a digest of what is sent, by the lead's key.
        wanted: a digest of the entry, by the agent's key.
        lists: the number of rows, by the key of a list from files.
        ledger_key: identifies the key of the lists' digests; "" without such a list.
    """

    endpoint: str
    profile: str
    seen: int
    unblocked: int
    agents: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, int] = field(default_factory=dict)
    ledger_key: str = ""

    @property
    def resources(self) -> int:
        """How many entries the run wants; a list from files is one."""
        return len(self.agents) + len(self.leads) + len(self.lists)

    @classmethod
    def of(cls, plan: Plan, snapshot: Snapshot, endpoint: str, profile: str) -> Census:
        """The summary of a run that is about to carry out the plan."""
        return cls(
            endpoint=endpoint.rstrip("/"),
            profile=profile,
            seen=len(snapshot.agents),
            unblocked=sum(1 for agent in snapshot.agents if not agent.blocked),
            agents={one.wanted.key: one.live.eid if one.live else "" for one in plan.agents},
            leads={lead.key: lead_digest(lead) for lead in plan.leads},
            wanted={one.wanted.key: agent_digest(one.wanted) for one in plan.agents},
            lists={one.key: one.count for one in plan.lists},
            ledger_key=next((one.seal.key_check for one in plan.lists if one.seal), ""),
        )

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Census:
        """The summary from the property bag of `written`. Fields that an older version lacked are empty."""
        return cls(
            endpoint=str(properties.get("endpoint", "")),
            profile=str(properties.get("profile", "")),
            seen=int(properties.get("seen", 0)),
            unblocked=int(properties.get("unblocked", 0)),
            agents={str(key): str(eid) for key, eid in (properties.get("agents") or {}).items()},
            leads={str(key): str(digest) for key, digest in (properties.get("leads") or {}).items()},
            wanted={str(key): str(digest) for key, digest in (properties.get("wanted") or {}).items()},
            lists={str(key): int(rows) for key, rows in (properties.get("lists") or {}).items()},
            ledger_key=str(properties.get("ledgerKey", "")),
        )

    def renamed(self, renames: Renames) -> Census:
        """The summary under the current keys of its entries."""
        return replace(
            self,
            agents=renamed(self.agents, renames.agents),
            wanted=renamed(self.wanted, renames.agents),
            leads=renamed(self.leads, renames.leads),
            lists=renamed(self.lists, renames.lists),
        )

    def written(self) -> dict[str, Any]:
        """The summary as a property bag."""
        return {
            "endpoint": self.endpoint,
            "profile": self.profile,
            "seen": self.seen,
            "unblocked": self.unblocked,
            "agents": dict(self.agents),
            "leads": dict(self.leads),
            "wanted": dict(self.wanted),
            "lists": dict(self.lists),
            "ledgerKey": self.ledger_key,
        }


_NOTHING = Census("", "", 0, 0)


@dataclass(frozen=True)
class Changes:
    """How many changes of each kind a run would make.

    The counts match the engine's own summary, except that a list from files counts once. `new_rows` is the number of
    rows by which such lists grow together; a new list grows by all of its rows.
    """

    creates: int = 0
    updates: int = 0
    deletes: int = 0
    adoptions: int = 0
    new_rows: int = 0


def changes_between(before: Census | None, now: Census) -> Changes:
    """What the run would do, given the summary of the last run (None: there was none)."""
    old = before or _NOTHING
    return Changes(
        creates=sum(1 for eid in now.agents.values() if not eid)
        + len(now.leads.keys() - old.leads.keys())
        + len(now.lists.keys() - old.lists.keys()),
        updates=sum(1 for key, digest in now.leads.items() if old.leads.get(key, digest) != digest),
        deletes=len(old.agents.keys() - now.agents.keys())
        + len(old.leads.keys() - now.leads.keys())
        + len(old.lists.keys() - now.lists.keys()),
        adoptions=sum(1 for key, eid in now.agents.items() if eid and key not in old.agents),
        new_rows=sum(max(0, rows - old.lists.get(key, 0)) for key, rows in now.lists.items()),
    )
