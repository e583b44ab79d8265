"""The summary of a run that guards and the next run need."""

from __future__ import annotations

from dataclasses import dataclass

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired.state import DesiredAgent
from digo.plan.compare import AgentPlan, Plan
from digo.plan.fingerprint import agent_digest, lead_digest
from digo.settings.profiles import Subject
from digo.state.run_summary import RunSummary, is_digest

_TAKES_NO_CALLS = ("blocked", "disabled")


def summarize(plan: Plan, snapshot: Snapshot, endpoint: str, profile: str) -> RunSummary:
    """The summary of a run that is about to carry out the plan."""
    return RunSummary(
        endpoint=endpoint.rstrip("/"),
        profile=profile,
        seen=len(snapshot.agents),
        unblocked=_unblocked(plan, snapshot),
        agents={one.wanted.key: one.live.eid if one.live else "" for one in plan.agents},
        leads={lead.key: lead_digest(lead) for lead in plan.leads},
        wanted={one.wanted.key: agent_digest(one.wanted) for one in plan.agents},
        lists={one.key: one.count for one in plan.lists},
        ledger_key=next((one.digests.key_check for one in plan.lists if one.digests), ""),
        changed={one.wanted.key: one.changes for one in plan.agents if one.changes},
        absent={one.wanted.key: tuple(agent.eid for agent in one.live) for one in plan.absent if one.live},
        deletes=plan.profile.removes(Subject.AGENT),
        broadcast_lists={one.wanted.key: one.live.id if one.live else "" for one in plan.broadcast_lists},
        suppressed={one.key: (one.suppressed, one.rows) for one in plan.suppressions if one.suppressed},
    )


def _unblocked(plan: Plan, snapshot: Snapshot) -> int:
    """The agents of the account that take calls when the run has blocked, enabled and deleted what it will.

    Agents that it creates blocked count below nothing: the guard counts each create as one that takes calls.
    """
    deleted = {agent.eid for one in plan.absent for agent in one.live}
    wanted = {one.live.eid: one for one in plan.agents if one.live and _says_if_blocked(one.wanted)}
    takes_calls = 0
    for agent in snapshot.agents:
        if agent.eid not in deleted:
            takes_calls += not (_is_blocked(wanted[agent.eid], agent) if agent.eid in wanted else agent.blocked)
    return takes_calls - sum(1 for one in plan.agents if one.live is None and "true" in _says_if_blocked(one.wanted))


def _says_if_blocked(wanted: DesiredAgent) -> tuple[str, ...]:
    """What config says of the two fields with which an agent takes no calls."""
    return tuple(value for name in _TAKES_NO_CALLS if (value := wanted.value(name)) is not None)


def _is_blocked(plan: AgentPlan, live: AgentRecord) -> bool:
    """Whether the agent takes no calls after the run."""
    for name in _TAKES_NO_CALLS:
        value = plan.wanted.value(name) if name in plan.changes else live.value(name)
        if value == "true":
            return True
    return False


_NOTHING = RunSummary("", "", 0, 0)


@dataclass(frozen=True)
class ChangeCounts:
    """How many changes of each kind a run would make.

    The counts match the engine's own summary, except that a list from files counts once. `deletes` has what is
    forgotten too. `new_rows` is the number of rows by which such lists grow together; a new list grows by all of its
    rows. `deleted_rows` is the number of rows that the account loses.
    """

    creates: int = 0
    updates: int = 0
    deletes: int = 0
    adoptions: int = 0
    new_rows: int = 0
    deleted_rows: int = 0


def changes_between(before: RunSummary | None, now: RunSummary) -> ChangeCounts:
    """What the run would do, given the summary of the last run (None: there was none)."""
    old = before or _NOTHING
    # A list of which the account has not the name is new, or it is renamed.
    nameless = {key for key, id_ in now.broadcast_lists.items() if not id_}
    return ChangeCounts(
        creates=sum(1 for eid in now.agents.values() if not eid)
        + len(now.leads.keys() - old.leads.keys())
        + len(now.lists.keys() - old.lists.keys())
        + len(nameless - old.broadcast_lists.keys()),
        updates=sum(1 for key, digest in now.leads.items() if not is_digest(old.leads.get(key, digest), digest))
        + len(nameless & old.broadcast_lists.keys())
        + len(now.changed),
        deletes=len((old.agents.keys() - now.agents.keys()) | now.absent.keys())
        + len(old.leads.keys() - now.leads.keys())
        + len(old.lists.keys() - now.lists.keys())
        + len(old.broadcast_lists.keys() - now.broadcast_lists.keys()),
        adoptions=sum(1 for key, eid in now.agents.items() if eid and key not in old.agents)
        + sum(1 for key, id_ in now.broadcast_lists.items() if id_ and key not in old.broadcast_lists),
        new_rows=sum(max(0, rows - old.lists.get(key, 0)) for key, rows in now.lists.items()),
    )
