"""The review of a plan before it is carried out. Pure; every command and rendering shows the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from digo.api.snapshot import Snapshot
from digo.desired.broadcast_lists import with_list_ids
from digo.desired.state import Desired
from digo.plan.broadcast_lists import list_ids
from digo.plan.compare import compare
from digo.plan.fingerprint import PlanParts, parts_of
from digo.plan.guard_input import (
    GuardContext,
    counted_refusal,
    guard_input,
    refusal,
    strict_refusal,
    vanished_lists_refusal,
    vanished_refusal,
)
from digo.plan.live_leads import NOT_READ, LiveLeads
from digo.plan.new_agents import new_agent_problems
from digo.plan.pinned_plan import pin_refusal
from digo.plan.steps import PlanSteps, steps_of, vanished_agents, vanished_lists
from digo.source.problems import Problem
from digo.state.last_up import LastUp

NOTHING, ERROR, CHANGES, STUCK = 0, 1, 2, 3


@dataclass(frozen=True)
class Review:
    """A plan with its hash and the `parts` of the hash.

    With `conflicts` or a `refusal`, an up would do nothing and fail. The guards, a pinned plan or a strict stack
    refuse.

    `calls` are the requests that write. `seconds` is the time they take at the account's pace, None without a limit.

    `applied` is what the last up left. With `unmanaged_drifts` (`digo:unmanaged`), agents that are in no config are
    drift.
    """

    environment: str
    parts: PlanParts
    steps: PlanSteps
    conflicts: tuple[Problem, ...]
    refusal: str | None
    warnings: tuple[Problem, ...]
    calls: int
    seconds: float | None
    applied: LastUp = field(default_factory=LastUp, repr=False)
    unmanaged_drifts: bool = False

    @property
    def plan(self) -> str:
        """The plan's hash."""
        return self.parts.plan_hash

    @property
    def exit_code(self) -> int:
        """The detailed exit code: 0 nothing to do, 1 an up would fail, 2 changes, 3 a difference that no up can fix."""
        if self.conflicts or self.refusal:
            return ERROR
        if self.steps.cannot_converge:
            return STUCK
        return CHANGES if self.steps.changed else NOTHING

    @property
    def drift_exit_code(self) -> int:
        """Of drift, in detail: 0 none, 1 the guards refuse the plan, 2 an up fixes it, 3 no up can fix all of it."""
        code = STUCK if self.conflicts and not self.refusal else self.exit_code
        return CHANGES if code == NOTHING and self.unmanaged_drifts and self.steps.unmanaged else code


def review_plan(
    desired: Desired,
    snapshot: Snapshot,
    applied: LastUp,
    context: GuardContext,
    *,
    cps: int,
    today: date,
    pinned: str | None = None,
    live: LiveLeads = NOT_READ,
) -> Review:
    """The review of what an up would do now.

    Args:
        desired: the config.
        snapshot: the account.
        applied: the state.
        context: what the guards need besides the plan.
        cps: the account's calls per second; 0 means no limit.
        today: the day that approvals are checked against.
        pinned: the hash of the only plan that may be carried out; None if any may.
        live: what the account shows of leads and lists.
    """
    desired = with_list_ids(desired, list_ids(desired, snapshot, applied))
    plan = compare(desired, snapshot, context.profile)
    applied = applied.renamed(plan.renames)
    steps = steps_of(plan, applied, context.profile, live)
    parts = parts_of(desired, snapshot, context.pinned)
    now = guard_input(plan, desired, snapshot, context, parts.plan_hash)
    return Review(
        environment=desired.environment,
        parts=parts,
        steps=steps,
        conflicts=(*plan.conflicts, *new_agent_problems(plan, steps.steps, snapshot)),
        refusal=pin_refusal(pinned, parts.plan_hash, applied.guard_input)
        or strict_refusal(plan, strict=context.strict)
        or refusal(applied.guard_input, now, today)
        or counted_refusal(steps.changes, applied.summary.resources if applied.summary else 0, now, today)
        or vanished_refusal(vanished_agents(plan, snapshot, applied), now, today)
        or vanished_lists_refusal(vanished_lists(plan, applied), len(plan.account_lists), now, today),
        warnings=desired.warnings,
        calls=steps.calls,
        seconds=steps.calls / cps if cps else None,
        applied=applied,
    )
