"""Which stacks of a fleet's plan are not run, and why. Pure."""

from __future__ import annotations

from digo.fleet.plan.stack_plan import FleetPlan
from digo.fleet.up.rest_of_plan import difference_from_pin


def refusals(plan: FleetPlan, reviewed: FleetPlan | None = None) -> dict[str, str]:
    """By stack, why its up must not begin: its plan is refused or has failed, or is not the one that was reviewed.

    Args:
        plan: the plan of now.
        reviewed: the plan that was reviewed; None if any may be carried out.
    """
    found = {one.stack: one.reason for one in plan.refused}
    if reviewed is None:
        return found
    known = {one.stack: one for one in reviewed.stacks}
    for one in plan.changed:
        before = known.get(one.stack)
        if before is None:
            found[one.stack] = "the reviewed plan does not have this stack"
        elif not before.outcome.can_up:
            found[one.stack] = "the reviewed plan of this stack is refused itself"
        elif why := difference_from_pin(before, one, begun_before=False):
            found[one.stack] = why.replace("since it was pinned", "since it was reviewed").replace(
                "the pinned one", "the reviewed one"
            )
    return found
