"""Plans all stacks of a fleet in one process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digo.fleet.commit import commit_of
from digo.fleet.each_stack import each_open_stack
from digo.fleet.plan.account_groups import account_groups
from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan
from digo.fleet.plan.summary import failed_plan

if TYPE_CHECKING:
    from digo.api.access import Access
    from digo.fleet.fleet import Fleet
    from digo.fleet.open_stack import OpenStack


@dataclass(frozen=True)
class _Planned:
    """A plan, and how its account is reached; None where the plan has failed."""

    plan: StackPlan
    access: Access | None = None


def plan_fleet(fleet: Fleet, progress: Callable[[StackPlan], None] = lambda _: None) -> FleetPlan:
    """The plans of all stacks of the fleet. Each account is read once.

    An error of one stack, of whatever kind, is its plan's `reason`.

    Args:
        fleet: the stacks.
        progress: takes each plan as it comes, in the thread of the caller. Its `account` is the stack itself.
    """
    planned = each_open_stack(fleet, _plan, _failed, lambda one: progress(one.plan))
    groups = account_groups({one.plan.stack: one.access for one in planned if one.access is not None})
    plans = (replace(one.plan, account=groups.get(one.plan.stack, one.plan.stack)) for one in planned)
    return FleetPlan(tuple(plans), commit_of(fleet.root))


def _failed(name: str, reason: str) -> _Planned:
    return _Planned(failed_plan(name, reason))


def _plan(stack: OpenStack) -> _Planned:
    plan = stack.plan()
    return _Planned(plan, None if plan.outcome is PlanOutcome.FAILED else stack.stack.settings.access)
