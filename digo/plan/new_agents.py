"""What prevents new agents, beside what the guards refuse. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from digo.api.snapshot import Snapshot
from digo.desired.state import DesiredAgent
from digo.plan.compare import Plan
from digo.plan.plan_step import PlanStep
from digo.settings.profiles import Ability, Subject
from digo.source.problems import Problem


def new_agent_problems(plan: Plan, steps: Iterable[PlanStep], snapshot: Snapshot) -> tuple[Problem, ...]:
    """A problem for each agent that must be created and cannot: a field is missing, or its login is taken.

    Only the state tells a new agent from one whose number changes. So the program does not know these problems; the
    provider host has the same.
    """
    wanted = {one.wanted.key: one.wanted for one in plan.agents if one.live is None}
    new = [wanted[step.key] for step in steps if step.subject is Subject.AGENT and step.creates]
    found = [problem for one in new for problem in (_incomplete(one, plan), _taken(one, plan, snapshot)) if problem]
    return tuple(sorted(found))


def _incomplete(wanted: DesiredAgent, plan: Plan) -> Problem | None:
    route = plan.profile.route(Ability.CREATE, Subject.AGENT)
    missing = sorted(name for name in (route.demands if route else ()) if wanted.value(name) is None)
    if route is None or not missing:
        return None
    message = f"the account lacks this agent, and {route.call}, which creates it, needs {', '.join(missing)} too"
    return Problem(wanted.position, f"agents.{wanted.key}", message)


def _taken(wanted: DesiredAgent, plan: Plan, snapshot: Snapshot) -> Problem | None:
    login = wanted.value("login_id")
    holder = snapshot.with_login(login) if login else None
    if holder is None or not plan.profile.can(Ability.CREATE, Subject.AGENT, "login_id"):
        return None
    message = (
        f"the account's user with this login (agent eid {holder.eid}) has another number. Give the entry that number "
        "or another login_id; or, if it is another entry's agent that gets this number, name that key in `formerly`"
    )
    return Problem(wanted.positions.get("login_id", wanted.position), f"agents.{wanted.key}.login_id", message)
