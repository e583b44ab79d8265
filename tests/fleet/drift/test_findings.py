"""The findings of one stack: which side changed, whether an up corrects it, and that no number is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from digo.fleet.drift.findings import stack_drift
from digo.fleet.drift.stack_drift import DriftOutcome, StackDrift
from digo.plan.drift import DriftOrigin
from digo.plan.guard_input import GuardContext
from digo.plan.review import Review, review_plan
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.last_up import AgentState, LastUp
from tests.plan.plan_values import account, desired, lead, number, record, wanted

GUARDS = GuardContext("http://127.0.0.1:1", DIGO, GuardLimits(maxCreates=100, maxDeletes=9), "config/test")


def stored(key: str, eid: str, index: int, **live: Any) -> AgentState:
    fields = {"name": "Desk", "follow_me_number": number(index), "intercom": f"{1000 + index}"}
    return AgentState(key, eid, fields, fields | live, retained=True)


def reviewed(*entries: Any, live: tuple[Any, ...] = (), state: tuple[AgentState, ...] = ()) -> Review:
    applied = LastUp(agents={one.key: one for one in state})
    return review_plan(desired(*entries), account(*live), applied, GUARDS, cps=3, today=date(2026, 11, 25))


def found(stack: StackDrift) -> list[tuple[str, str, DriftOrigin, bool]]:
    return [(one.what, one.verb, one.origin, one.corrected) for one in stack.findings]


CASES = {
    "in sync": (reviewed(wanted("a", 1), live=(record("e1", 1, "1001"),), state=(stored("a", "e1", 1),)), []),
    "changed on the account": (
        reviewed(wanted("a", 1), live=(record("e1", 1, "1001", name="Panel"),), state=(stored("a", "e1", 1),)),
        [("agent a: name", "cannot converge", DriftOrigin.ACCOUNT, False)],
    ),
    "changed in config": (
        reviewed(wanted("a", 1, name="New"), live=(record("e1", 1, "1001"),), state=(stored("a", "e1", 1),)),
        [("agent a: name", "cannot converge", DriftOrigin.CONFIG, False)],
    ),
    "new in config": (reviewed(wanted("a", 1)), [("agent a", "create", DriftOrigin.CONFIG, True)]),
    "deleted on the account": (
        reviewed(
            *(wanted(key, at) for at, key in enumerate("abcd", 1)),
            live=tuple(record(f"e{at}", at, f"{1000 + at}") for at in (2, 3, 4)),
            state=tuple(stored(key, f"e{at}", at) for at, key in enumerate("abcd", 1)),
        ),
        [("agent a", "replace", DriftOrigin.ACCOUNT, True)],
    ),
    "another number in config": (
        reviewed(wanted("a", 2), live=(record("e1", 1, "1001"),), state=(stored("a", "e1", 1),)),
        [(f"agent a: {field}", "replace", DriftOrigin.CONFIG, True) for field in ("follow_me_number", "intercom")],
    ),
    "another number on the account": (
        reviewed(wanted("a", 1, "1001"), live=(record("e1", 2, "1002"),), state=(stored("a", "e1", 1),)),
        [(f"agent a: {field}", "replace", DriftOrigin.ACCOUNT, True) for field in ("follow_me_number", "intercom")],
    ),
    "new in config and there already": (
        reviewed(wanted("a", 1), live=(record("e1", 1, "1001"),)),
        [("agent a", "adopt", DriftOrigin.CONFIG, True)],
    ),
    "gone from config": (
        reviewed(live=(record("e1", 1, "1001"),), state=(stored("a", "e1", 1),)),
        [("agent a", "forget", DriftOrigin.CONFIG, True)],
    ),
    "a new lead": (reviewed(lead("a", 1)), [("lead a", "create", DriftOrigin.CONFIG, True)]),
}


@pytest.mark.parametrize("case", CASES)
def test_which_side_changed_and_whether_an_up_corrects_it(case: str) -> None:
    review, expected = CASES[case]
    stack = stack_drift("branch-1", review)
    assert found(stack) == expected
    corrected = [one[3] for one in expected]
    outcome = DriftOutcome.NONE if not expected else DriftOutcome.DRIFT if all(corrected) else DriftOutcome.STUCK
    assert stack.outcome is outcome and stack.reason == ""
    assert number(1)[1:] not in repr(stack)


def test_agents_in_no_config_are_counted_and_drift_only_where_the_stack_says_so() -> None:
    review = reviewed(live=(record("e1", 1, "1001"), record("e2", 2, "1002")))
    stack = stack_drift("branch-1", review)
    assert (stack.outcome, stack.unmanaged, stack.findings) == (DriftOutcome.NONE, 2, ())
    strict = stack_drift("branch-1", replace(review, unmanaged_drifts=True))
    assert strict.outcome is DriftOutcome.STUCK and strict.unmanaged == 0
    assert found(strict) == [(f"eid e{n}: agent", "unmanaged", DriftOrigin.ACCOUNT, False) for n in (1, 2)]


def test_a_plan_that_the_guards_refuse_is_drift_that_no_up_corrects() -> None:
    many = reviewed(*(wanted(f"a{n}", n) for n in range(101)))
    stack = stack_drift("branch-1", many)
    assert stack.outcome is DriftOutcome.STUCK and "maxCreates" in stack.reason
    assert len(stack.findings) == 101 and all(one.corrected for one in stack.findings)
