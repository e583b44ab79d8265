"""The plans of a fleet as data: what a document keeps, what a pin leaves out, and which exit code they have."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from digo.fleet.plan.stack_plan import FieldSummary, FleetPlan, PlanOutcome, StackPlan, StepSummary
from digo.plan.field_changes import Outcome
from digo.plan.steps import Verb
from digo.settings.profiles import Subject

RENAME = StepSummary(
    Verb.UPDATE,
    Subject.AGENT,
    "sales",
    (FieldSummary("follow_me_number", Outcome.CHANGED, "+1***0101", "+1***0102"),),
    reason="the number changes",
    position="config/chennai-1/agents.yaml:3:5",
    formerly="desk",
)
CHANGED = StackPlan(
    "chennai-1",
    PlanOutcome.CHANGES,
    "abcd-efgh",
    {"config": "a", "account": "b", "settings": "c", "tool": "1"},
    (RENAME,),
    {"update": 1, "in sync": 99},
    calls=1,
    seconds=0.5,
    account="chennai-1",
    notes=("new stack",),
)
UNCHANGED = StackPlan("delhi-1", PlanOutcome.UNCHANGED, "ijkl-mnop", counts={"in sync": 3}, account="delhi-1")
STUCK = replace(
    UNCHANGED,
    outcome=PlanOutcome.STUCK,
    steps=(StepSummary(Verb.CANNOT_CONVERGE, Subject.AGENT, "desk", position=None),),
)
FAILED = StackPlan("pune-1", PlanOutcome.FAILED, reason="the account could not be read", account="pune-1")
REFUSED = replace(CHANGED, stack="goa-1", outcome=PlanOutcome.REFUSED, reason="the guard deletes")


def test_a_plan_survives_json() -> None:
    plan = FleetPlan((CHANGED, STUCK, FAILED), "0123abc")
    assert FleetPlan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert plan.to_dict()["stacks"][0]["plan"] == "abcd-efgh"


def test_what_a_later_version_adds_is_left_out() -> None:
    assert StackPlan.from_dict({**CHANGED.to_dict(), "weather": "sunny"}) == CHANGED


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"version": 2, "stacks": []},
        {"version": 1, "stacks": {}},
        {"version": 1, "stacks": ["chennai-1"]},
        {"version": 1, "stacks": [{"stack": "chennai-1"}]},
        {"version": 1, "stacks": [{"stack": "chennai-1", "outcome": "perhaps"}]},
    ],
)
def test_no_plan_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"plan|StackPlan"):
        FleetPlan.from_dict(data)


def test_a_pin_has_no_values() -> None:
    pin = CHANGED.pin()
    text = json.dumps(pin.to_dict())
    for value in ("0101", "0102", "the number changes", "agents.yaml", "new stack"):
        assert value not in text
    for kept in ("abcd-efgh", "sales", "desk", "follow_me_number", "update", "chennai-1"):
        assert kept in text
    assert StackPlan.from_dict(pin.to_dict()) == pin == pin.pin()
    assert FAILED.pin().reason == ""


def test_the_worst_stack_gives_the_exit_code() -> None:
    assert FleetPlan(()).exit_code == FleetPlan((UNCHANGED,)).exit_code == 0
    assert FleetPlan((UNCHANGED, CHANGED)).exit_code == 2
    assert FleetPlan((STUCK, CHANGED)).exit_code == 3
    assert FleetPlan((STUCK, CHANGED, REFUSED)).exit_code == FleetPlan((FAILED,)).exit_code == 1


def test_what_changes_is_told_apart_from_what_is_refused() -> None:
    both = replace(STUCK, steps=(*STUCK.steps, RENAME))
    plan = FleetPlan((CHANGED, both, STUCK, UNCHANGED, REFUSED, FAILED))
    assert plan.changed == (CHANGED, both)
    assert plan.refused == (REFUSED, FAILED)
