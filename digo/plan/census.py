"""What a run sees and plans, in the few facts that guards and the next run need."""

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
    """`agents` maps each wanted key to the EID that it has, or "" where it must be created; `leads` each wanted key
    to a digest of what is sent; `wanted` each agent's key to a digest of its entry; `lists` each list from files to the
    number of its rows. `seen` counts the agents on the account, `unblocked` those of them that take calls. `ledger_key`
    tells the key of the lists' digests from another; "" where there is no such list.
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
        """The census of a run that is about to carry out the plan."""
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
        """The census in a property bag that `written` made. Fields that an older version lacked are empty."""
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
        """The census under the keys that its entries have now."""
        return replace(
            self,
            agents=renamed(self.agents, renames.agents),
            wanted=renamed(self.wanted, renames.agents),
            leads=renamed(self.leads, renames.leads),
            lists=renamed(self.lists, renames.lists),
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
            "lists": dict(self.lists),
            "ledgerKey": self.ledger_key,
        }


_NOTHING = Census("", "", 0, 0)


@dataclass(frozen=True)
class Changes:
    """How many of each a run would do: the numbers that the engine's own summary shows, but that a list from files is
    one entry. `new_rows` are by how much such lists grow, together; a list that is new grows by all of its rows."""

    creates: int = 0
    updates: int = 0
    deletes: int = 0
    adoptions: int = 0
    new_rows: int = 0


def changes_between(before: Census | None, now: Census) -> Changes:
    """What the run would do, given the last run's census (None: there was none)."""
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
