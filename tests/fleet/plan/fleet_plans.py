"""Plans of fleets to look at: a wave with every outcome, many stacks with many entries, and hostile names."""

from __future__ import annotations

from dataclasses import replace

from digo.fleet.plan.stack_plan import FieldSummary, FleetPlan, PlanOutcome, StackPlan, StepSummary
from digo.plan.field_changes import Outcome
from digo.plan.plan_step import Verb
from digo.settings.profiles import Subject

HASH = "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst"
HOSTILE = (
    "</script><img src=x onerror=\"document.title='caught'\"> \u202e\u2066 \u05de\u05d5\u05e7\u05d3 @team #12 | `x`"
)


def changed(before: str | None, after: str | None, field: str = "name") -> FieldSummary:
    return FieldSummary(field, Outcome.CHANGED, before, after)


def step(
    key: str, *fields: FieldSummary, verb: Verb = Verb.UPDATE, subject: Subject = Subject.AGENT, reason: str = ""
) -> StepSummary:
    return StepSummary(verb, subject, key, fields, reason, f"config/shared/agents.yaml:{len(key)}:3")


def rename(key: str = "sales", before: str = "Sales", after: str = "Sales desk") -> StepSummary:
    return step(key, changed(before, after))


def created(key: str, number: int) -> StepSummary:
    fields = (
        FieldSummary("name", Outcome.SET, None, f"Agent {number}"),
        FieldSummary("follow_me_number", Outcome.SET, None, f"+1 ***{number:04d}"),
    )
    return step(key, *fields, verb=Verb.CREATE)


def stuck(key: str = "night") -> StepSummary:
    field = FieldSummary("intercom", Outcome.STUCK, "1004", "1004", "1044")
    return step(key, field, verb=Verb.CANNOT_CONVERGE, reason="no call changes it")


def stack_plan(name: str, *steps: StepSummary, outcome: PlanOutcome | None = None, reason: str = "") -> StackPlan:
    """A plan whose outcome, counts and calls follow from its steps, beside three entries that are in sync."""
    if outcome is PlanOutcome.FAILED:
        return StackPlan(name, outcome, reason=reason, account=name)
    if outcome is None:
        outcome = PlanOutcome.CHANGES if steps else PlanOutcome.UNCHANGED
        if any(one.outcome is Outcome.STUCK for each in steps for one in each.fields):
            outcome = PlanOutcome.STUCK
    counts = {one.value: sum(each.verb is one for each in steps) for one in Verb}
    counts = {name: count for name, count in counts.items() if count} | {"in sync": 3}
    calls = sum(one.verb.calls for one in steps)
    parts = {"config": "c", "account": "a", "settings": "s", "tool": "1"}
    return StackPlan(name, outcome, HASH, parts, steps, counts, calls, calls / 2, reason, account=name)


def failed(name: str, reason: str) -> StackPlan:
    return stack_plan(name, outcome=PlanOutcome.FAILED, reason=reason)


def refused(name: str, count: int) -> StackPlan:
    steps = [created(f"floor-{n}", n) for n in range(count)]
    reason = f"guard creates: {count} creates, and the stack {name} allows 50"
    return stack_plan(name, *steps, outcome=PlanOutcome.REFUSED, reason=reason)


def mixed(stacks: int = 40) -> FleetPlan:
    """A rename in all stacks but five: one renames otherwise, two fail, one is refused, and one has what stays."""
    plain = [stack_plan(f"branch-{n:03}", rename()) for n in range(stacks - 7)]
    return FleetPlan(
        (
            *plain,
            stack_plan("goa-1", rename(after="Sales goa")),
            stack_plan("pune-1", rename(), stuck()),
            failed("delhi-1", "config/delhi-1/agents.yaml:3:5: `sals` is not a field; did you mean sales?"),
            failed("delhi-2", "config/delhi-2/agents.yaml:9:5: `sls` is not a field; did you mean sales?"),
            refused("agra-1", 60),
            stack_plan("calm-1"),
            stack_plan("calm-2"),
        ),
        "0123456789abcdef0123456789abcdef01234567",
    )


def large(stacks: int = 500, entries: int = 40) -> FleetPlan:
    """Each stack creates its own agents, and changes the number of one that all have."""

    def one(stack: int) -> StackPlan:
        own = [created(f"s{stack:03}-agent-{n:03}", (stack * entries + n) % 9000) for n in range(entries - 1)]
        number = changed(f"+1 ***{stack:04}", f"+1 ***{stack + 1000:04}", "follow_me_number")
        return stack_plan(f"branch-{stack:03}", *own, step("front", number))

    return FleetPlan(tuple(one(stack) for stack in range(stacks)), "0123456789abcdef0123456789abcdef01234567")


def hostile() -> FleetPlan:
    """Names that would break out of a line, a table, a comment or a page."""
    plan = stack_plan("branch-1", rename(HOSTILE, HOSTILE, f"{HOSTILE}!"), stuck("k" * 200))
    gone = failed("branch-2", f"no config: {HOSTILE}\n```\n</details>\n/close")
    return FleetPlan((replace(plan, notes=(HOSTILE,)), gone))
