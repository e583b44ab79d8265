"""What may be carried out in place of a pinned plan: the plan itself, or the rest that a cut-off up of it has left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digo.fleet.plan.stack_plan import FieldSummary, PlanOutcome, StackPlan, StepSummary
from digo.fleet.up.rest_of_plan import difference_from_pin
from digo.plan.field_changes import Outcome
from digo.plan.plan_step import Verb
from digo.settings.profiles import Subject

PARTS = {"config": "config-1", "account": "account-1", "settings": "settings-1", "tool": "1.0.0"}


def step(verb: Verb, key: str = "sales", *fields: str, subject: Subject = Subject.AGENT, was: str = "") -> StepSummary:
    changed = tuple(FieldSummary(one, Outcome.CHANGED, "a", "b") for one in fields)
    return StepSummary(verb, subject, key, changed, "why", "config/a/agents.yaml:1:1", formerly=was)


def plan(*steps: StepSummary, plan_hash: str = "hash-1", **parts: str) -> StackPlan:
    outcome = PlanOutcome.CHANGES if any(one.verb.changes for one in steps) else PlanOutcome.UNCHANGED
    return StackPlan("chennai-1", outcome, plan_hash, {**PARTS, **parts}, steps)


def left(*steps: StepSummary, **parts: str) -> StackPlan:
    """A later plan of the same config: another hash, and another account."""
    return plan(*steps, **{"plan_hash": "hash-2", "account": "account-2", **parts})


REST = {
    "a create that was not sent": (step(Verb.CREATE), step(Verb.CREATE)),
    "an agent that was created": (step(Verb.CREATE), step(Verb.ADOPT)),
    "an agent that was created without its last call": (
        step(Verb.CREATE, "sales", "name", "status"),
        step(Verb.UPDATE, "sales", "status"),
    ),
    "a field of two": (step(Verb.UPDATE, "sales", "name", "status"), step(Verb.UPDATE, "sales", "status")),
    "an adopted agent that was changed": (step(Verb.UPDATE, "sales", "name"), step(Verb.ADOPT)),
    "an adoption": (step(Verb.ADOPT), step(Verb.ADOPT)),
    "a replacement of which nothing is done": (step(Verb.REPLACE), step(Verb.REPLACE)),
    "a replacement whose new agent is there": (step(Verb.REPLACE), step(Verb.ADOPT)),
    "a replacement whose old agent is gone": (step(Verb.REPLACE), step(Verb.CREATE)),
    "an entry to forget": (step(Verb.FORGET), step(Verb.FORGET)),
    "a deleted agent": (step(Verb.DELETE), step(Verb.FORGET)),
    "a delete that was not sent": (step(Verb.DELETE), step(Verb.DELETE)),
    "a list that was sent in part": (
        step(Verb.CREATE, "leads", subject=Subject.LIST),
        step(Verb.CREATE, "leads", subject=Subject.LIST),
    ),
    "a changed list": (
        step(Verb.UPDATE, "leads", subject=Subject.LIST),
        step(Verb.UPDATE, "leads", subject=Subject.LIST),
    ),
    "a renamed key": (step(Verb.UPDATE, "sales", "name", was="old"), step(Verb.UPDATE, "sales", "name", was="old")),
    "a renamed key that the state has": (
        step(Verb.UPDATE, "sales", "name", was="old"),
        step(Verb.UPDATE, "sales", "name"),
    ),
}


@pytest.mark.parametrize("name", REST)
def test_the_rest_of_a_plan_goes_on_only_after_a_cut_off_up(name: str) -> None:
    pinned, now = REST[name]
    pin = plan(pinned, step(Verb.CREATE, "done")).pin()
    assert difference_from_pin(pin, left(now), begun_before=True) == ""
    assert "the account" in difference_from_pin(pin, left(now), begun_before=False)
    assert "reason" not in pin.to_dict() or not pin.to_dict()["reason"]


def test_another_stack_of_the_run_may_have_changed_the_account() -> None:
    pin = plan(step(Verb.CREATE), step(Verb.UPDATE, "help", "name", "status")).pin()
    same = left(step(Verb.CREATE), step(Verb.UPDATE, "help", "name", "status"))
    assert difference_from_pin(pin, same, begun_before=False, shares_account=True) == ""
    taken = left(step(Verb.ADOPT), step(Verb.UPDATE, "help", "name"))
    text = difference_from_pin(pin, taken, begun_before=False, shares_account=True)
    assert text == "the plan has more than the pinned one: adopt agent sales", "the other one has made it"
    settings = left(step(Verb.CREATE), settings="settings-2")
    assert "a setting" in difference_from_pin(pin, settings, begun_before=False, shares_account=True)


OTHER = {
    "a new entry": (step(Verb.CREATE, "other"), "create agent other"),
    "the same key of another subject": (step(Verb.CREATE, subject=Subject.LIST), "create list sales"),
    "a delete in place of an update": (step(Verb.DELETE), "delete agent sales"),
    "another field": (step(Verb.UPDATE, "sales", "name", "intercom"), "update agent sales"),
    "another former key": (step(Verb.UPDATE, "sales", "name", was="older"), "update agent sales"),
}


@pytest.mark.parametrize("name", OTHER)
def test_what_the_pin_does_not_have_is_never_carried_out(name: str) -> None:
    now, said = OTHER[name]
    pin = plan(step(Verb.UPDATE, "sales", "name")).pin()
    for again in (left(now), plan(now)):
        text = difference_from_pin(pin, again, begun_before=True)
        assert text.startswith("the plan has more than the pinned one:")
        assert said in text
    assert "more than the pinned one" in difference_from_pin(pin, plan(now), begun_before=False), "whatever its hash"


def test_a_long_difference_is_a_sample() -> None:
    many = [step(Verb.CREATE, f"agent-{number}") for number in range(1_005)]
    text = difference_from_pin(plan().pin(), left(*many), begun_before=True)
    assert "and 1,000 more" in text
    assert len(text) < 300


@pytest.mark.parametrize(
    ("part", "word"), [("config", "the config"), ("settings", "a setting"), ("tool", "the version of digo")]
)
def test_another_config_is_another_plan_even_with_nothing_left(part: str, word: str) -> None:
    pin = plan(step(Verb.CREATE)).pin()
    for now in (left(**{part: "other"}), left(step(Verb.ADOPT), **{part: "other"})):
        for begun_before in (True, False):
            assert word in difference_from_pin(pin, now, begun_before=begun_before)


def test_the_pinned_plan_itself_and_one_of_which_nothing_is_left() -> None:
    pinned = plan(step(Verb.CREATE), step(Verb.CANNOT_CONVERGE, "stuck", "status"))
    nothing = left(step(Verb.CANNOT_CONVERGE, "new and stuck", "status"))
    for begun_before in (True, False):
        assert difference_from_pin(pinned.pin(), pinned, begun_before=begun_before) == ""
        assert difference_from_pin(pinned.pin(), nothing, begun_before=begun_before) == "", (
            "an up does nothing about it"
        )
    assert replace(pinned, steps=()).pin().steps == ()
