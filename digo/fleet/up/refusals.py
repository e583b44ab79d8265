"""Which stacks of a fleet's plan are not run, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from digo.fleet.failure import FleetError
from digo.fleet.file.models import Refused
from digo.fleet.file.waves import Wave
from digo.fleet.plan.stack_plan import FleetPlan, StackPlan
from digo.fleet.up.rest_of_plan import difference_from_pin
from digo.sanitize.terminal import one_line
from digo.text.counts import counted
from digo.text.samples import sample


def left_out(
    plan: FleetPlan, rule: Refused, waves: Sequence[Wave], reviewed: FleetPlan | None = None
) -> dict[str, str]:
    """By stack, why it is left out of an up; see `refusals`.

    Args:
        plan: the plan of now.
        rule: what fleet.yaml says of such stacks.
        waves: the waves of the plan's stacks.
        reviewed: the plan that was reviewed; None if any may be carried out.

    Raises:
        FleetError: there is such a stack, and the rule is that it refuses the whole up; or nothing is left of a wave
            that others follow.
    """
    found = refusals(plan, reviewed)
    if found and rule is Refused.STOP:
        raise _nothing_begun(
            f"nothing was begun, because of {counted(len(found), 'stack')}:",
            found,
            "correct them, or leave them out: `refused: skip` in fleet.yaml, or --stack '!NAME'",
        )
    if (wave := _wave_without_stacks(plan, waves, found)) is not None:
        raise _nothing_begun(
            f"nothing was begun: wave {wave.name} has only refused stacks, so it proves nothing for the next one:",
            {stack: found[stack] for stack in wave.stacks},
            "correct them, or choose the stacks without them: --stack '!NAME'",
        )
    return found


def _wave_without_stacks(plan: FleetPlan, waves: Sequence[Wave], found: Mapping[str, str]) -> Wave | None:
    """A wave whose stacks are all left out, while a later one has stacks to up."""
    due = {one.stack for one in plan.changed} - found.keys()
    for number, wave in enumerate(waves, 1):
        if found.keys() >= set(wave.stacks) and any(not due.isdisjoint(one.stacks) for one in waves[number:]):
            return wave
    return None


def _nothing_begun(head: str, found: Mapping[str, str], step: str) -> FleetError:
    # The plan that is shown has the whole reason.
    lines = [f"  {stack}: {_brief(reason)}" for stack, reason in found.items()]
    listed = sample(lines, "`digo fleet plan --all` has them all")
    return FleetError("\n".join([head, *listed, f"  Next: {step}"]))


def _brief(reason: str) -> str:
    """The first line of a reason, with the second one if that says what the first one announces."""
    first, _, rest = reason.partition("\n")
    second = rest.partition("\n")[0].strip()
    return one_line(f"{first} {second}" if first.endswith(":") else first)


def refusals(plan: FleetPlan, reviewed: FleetPlan | None = None) -> dict[str, str]:
    """By stack, why its up must not begin: its plan is refused or has failed, or is not the one that was reviewed.

    If the state says that the last up of the stack was of the reviewed plan, or of the rest of it, what that up has
    left may be carried out: a run that failed can be repeated until all is done.

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
        elif why := difference_from_pin(before, one, begun_before=_was_begun(before, one)):
            found[one.stack] = why.replace("since it was pinned", "since it was reviewed").replace(
                "the pinned one", "the reviewed one"
            )
    return found


def with_reviewed(plan: FleetPlan, reviewed: FleetPlan) -> FleetPlan:
    """The present plan. Its stacks say which reviewed plan they carry out the rest of."""
    known = {one.stack: one.plan_hash for one in reviewed.stacks}

    def marked(one: StackPlan) -> StackPlan:
        whole = known.get(one.stack, "")
        return one if whole == one.plan_hash else replace(one, rest_of=whole)

    return replace(plan, stacks=tuple(map(marked, plan.stacks)))


def _was_begun(reviewed: StackPlan, now: StackPlan) -> bool:
    """Whether the last up of the stack was of the reviewed plan, or of the rest of it; or this is the rest in a run."""
    return reviewed.plan_hash in (now.last_up, now.last_up_rest_of, now.rest_of)
