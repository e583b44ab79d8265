"""What a run sees and plans, in the few facts that guards and the next run need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digo.api.snapshot import Snapshot
from digo.plan.compare import Plan
from digo.plan.fingerprint import agent_digest, lead_digest


@dataclass(frozen=True)
class Census:
    """`agents` maps each wanted key to the EID that it has, or "" where it must be created; `leads` each wanted key
    to a digest of what is sent; `wanted` each agent's key to a digest of its entry. `seen` counts the agents on the
    account, `unblocked` those of them that take calls.
    """

    endpoint: str
    profile: str
    seen: int
    unblocked: int
    agents: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, snapshot: Snapshot, endpoint: str, profile: str) -> Census:
        """The census of a run that is about to carry out the plan."""
        return cls(
            endpoint=endpoint.rstrip("/"),
            profile=profile,
            seen=len(snapshot.agents),
            unblocked=sum(1 for agent in snapshot.agents if not agent.blocked),
            agents={one.wanted.key: one.live.eid if one.live else "" for one in plan.agents},
            leads={lead.key: lead_digest(lead) for lead in plan.leads},
            wanted={one.wanted.key: agent_digest(one.wanted) for one in plan.agents},
        )

    @classmethod
    def read(cls, properties: Mapping[str, Any]) -> Census:
        """The census in a property bag that `written` made. Fields that an older version lacked are empty."""
        return cls(
            endpoint=str(properties.get("endpoint", "")),
            profile=str(properties.get("profile", "")),
            seen=int(properties.get("seen", 0)),
            unblocked=int(properties.get("unblocked", 0)),
            agents={str(key): str(eid) for key, eid in (properties.get("agents") or {}).items()},
            leads={str(key): str(digest) for key, digest in (properties.get("leads") or {}).items()},
            wanted={str(key): str(digest) for key, digest in (properties.get("wanted") or {}).items()},
        )

    def written(self) -> dict[str, Any]:
        """The census as a property bag."""
        return {
            "endpoint": self.endpoint,
            "profile": self.profile,
            "seen": self.seen,
            "unblocked": self.unblocked,
            "agents": dict(self.agents),
            "leads": dict(self.leads),
            "wanted": dict(self.wanted),
        }


@dataclass(frozen=True)
class Changes:
    """How many of each a run would do: the same numbers that the engine's own summary shows."""

    creates: int = 0
    updates: int = 0
    deletes: int = 0
    adoptions: int = 0


def changes_between(before: Census | None, now: Census) -> Changes:
    """What the run would do, given the last run's census (None: there was none)."""
    old_agents = before.agents if before else {}
    old_leads = before.leads if before else {}
    new_leads = [key for key in now.leads if key not in old_leads]
    return Changes(
        creates=sum(1 for eid in now.agents.values() if not eid) + len(new_leads),
        updates=sum(1 for key, digest in now.leads.items() if key in old_leads and old_leads[key] != digest),
        deletes=sum(1 for key in old_agents if key not in now.agents)
        + sum(1 for key in old_leads if key not in now.leads),
        adoptions=sum(1 for key, eid in now.agents.items() if eid and key not in old_agents),
    )
