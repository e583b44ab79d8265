"""Which stacks of a plan are not run: refused ones, failed ones, and those whose plan is not the reviewed one."""

from __future__ import annotations

import pytest

from digo.fleet.failure import FleetError
from digo.fleet.file.models import Refused
from digo.fleet.file.waves import Wave
from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan, StepSummary
from digo.fleet.up.refusals import left_out, refusals, with_reviewed
from digo.plan.plan_step import Verb
from digo.settings.profiles import Subject

PARTS = {"config": "c", "account": "a", "settings": "s", "tool": "t"}


def plan(
    stack: str,
    *keys: str,
    outcome: PlanOutcome = PlanOutcome.CHANGES,
    reason: str = "",
    last_up: str = "",
    last_up_rest_of: str = "",
    **parts: str,
) -> StackPlan:
    steps = tuple(StepSummary(Verb.CREATE, Subject.AGENT, key) for key in keys)
    merged = {**PARTS, **parts}
    plan_hash = f"hash-{stack}-{'-'.join(merged.values())}"
    return StackPlan(
        stack, outcome, plan_hash, merged, steps, reason=reason, last_up=last_up, last_up_rest_of=last_up_rest_of
    )


NOW = FleetPlan(
    (
        plan("same", "sales"),
        plan("refused", "sales", outcome=PlanOutcome.REFUSED, reason="30 deletes"),
        plan("failed", outcome=PlanOutcome.FAILED, reason="HTTP 500"),
        plan("other-config", "sales", config="c2"),
        plan("the-rest", "sales", account="a2", last_up="hash-the-rest-c-a-s-t"),
        plan("its-rest", "sales", account="a3", last_up="hash-2", last_up_rest_of="hash-its-rest-c-a-s-t"),
        plan("other-account", "sales", account="a2", last_up="hash-of-an-earlier-up"),
        plan("new", "sales"),
        plan("more", "sales", "support"),
        plan("unchanged", outcome=PlanOutcome.UNCHANGED),
        plan("was-refused", "sales"),
    )
)
REVIEWED = FleetPlan(
    (
        plan("the-rest", "sales", "support"),
        plan("its-rest", "sales", "support"),
        *(plan(name, "sales") for name in ("same", "other-config", "other-account", "more", "unchanged", "gone")),
        plan("was-refused", "sales", outcome=PlanOutcome.REFUSED, reason="30 deletes"),
    )
)


def test_without_a_reviewed_plan_only_what_is_refused_or_failed() -> None:
    assert refusals(NOW) == {"refused": "30 deletes", "failed": "HTTP 500"}


def test_only_the_reviewed_plans_are_carried_out() -> None:
    assert refusals(NOW, REVIEWED) == {
        "refused": "30 deletes",
        "failed": "HTTP 500",
        "other-config": "the plan has changed since it was reviewed: the config",
        "other-account": "the plan has changed since it was reviewed: the account",
        "new": "the reviewed plan does not have this stack",
        "more": "the plan has more than the reviewed one: create agent support",
        "was-refused": "the reviewed plan of this stack is refused itself",
    }
    assert refusals(REVIEWED, FleetPlan.from_dict(REVIEWED.to_dict())) == {"was-refused": "30 deletes"}


def test_the_rest_of_a_reviewed_plan_says_so_and_its_run_is_the_reviewed_one() -> None:
    pins = [one.pin() for one in with_reviewed(NOW, REVIEWED).stacks if one.stack in ("same", "the-rest", "its-rest")]
    assert [one.rest_of for one in pins] == ["", "hash-the-rest-c-a-s-t", "hash-its-rest-c-a-s-t"]
    assert [one.last_up + one.last_up_rest_of for one in pins] == ["", "", ""]
    assert refusals(FleetPlan(tuple(pins)), REVIEWED) == {}


def test_a_wave_of_refused_stacks_alone_lets_no_later_one_begin() -> None:
    canary, rest = Wave("canary", ("failed", "refused")), Wave("rest", ("more", "new"))
    with pytest.raises(FleetError) as caught:
        left_out(NOW, Refused.SKIP, (canary, rest))
    assert str(caught.value).splitlines() == [
        "nothing was begun: wave canary has only refused stacks, so it proves nothing for the next one:",
        "  failed: HTTP 500",
        "  refused: 30 deletes",
        "  Next: correct them, or choose the stacks without them: --stack '!NAME'",
    ]
    for waves in (
        (rest, canary),  # nothing follows
        (canary, Wave("rest", ("unchanged",))),  # what follows has nothing to do
        (Wave("canary", ("failed", "refused", "unchanged")), rest),  # it has what is as config says
        (Wave("canary", ("failed", "new")), rest),
    ):
        assert set(left_out(NOW, Refused.SKIP, waves)) == {"failed", "refused"}


def test_one_such_stack_refuses_the_whole_up_or_is_left_out() -> None:
    assert left_out(NOW, Refused.SKIP, ()) == {"refused": "30 deletes", "failed": "HTTP 500"}
    with pytest.raises(
        FleetError, match=r"nothing was begun, because of 2 stacks:\n  refused: 30 deletes\n  failed: HTTP"
    ):
        left_out(NOW, Refused.STOP, ())
    unchanged = FleetPlan((plan("unchanged", outcome=PlanOutcome.UNCHANGED),))
    assert left_out(unchanged, Refused.STOP, (), REVIEWED) == {}
