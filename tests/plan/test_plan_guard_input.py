"""The input of the guards: it has all that they need, over JSON and the engine's values."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from digo.desired.approvals import Approval, GuardName
from digo.plan import GuardContext, compare, guard_input
from digo.plan.fingerprint import plan_hash
from digo.plan.guard_input import refusal
from digo.plan.run_summary import summarize
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.run_summary import RunSummary
from tests.plan.plan_values import account, at, desired, lead, record, wanted

A, B = wanted("a", 1, "1001"), wanted("b", 2)
L = lead("l", 3, field_1="x")
X, Y = record("x", 1, "1001"), record("y", 9)
TODAY = date(2026, 11, 25)
GUARDS = GuardContext("http://h:8080/", DIGO, GuardLimits(maxCreates=1), "config/test")
HASH = plan_hash(desired(A, B, L), account(X, Y), GUARDS.pinned)
VALID = Approval(GuardName.CREATES, "reviewed", HASH, date(2026, 12, 1), at(5, 3))


def bag(*entries: Any, records: tuple[Any, ...] = (X, Y), stand: GuardContext = GUARDS, **more: Any) -> dict[str, Any]:
    state, there = desired(*entries, **more), account(*records)
    made = guard_input(compare(state, there), state, there, stand)
    # State keeps it as JSON, and the wire between engine and host makes every int a float and back.
    return dict(json.loads(json.dumps(made), parse_int=float))


def test_the_bag_holds_the_census_the_limits_the_plan_and_the_approvals() -> None:
    made = bag(A, B, L, approvals=(VALID,))
    assert RunSummary.from_dict(made["census"]) == summarize(
        compare(desired(A, B, L), account(X, Y)), account(X, Y), "http://h:8080", "digo"
    )
    assert made["census"]["agents"] == {"a": "x", "b": ""}
    assert (made["census"]["endpoint"], made["census"]["seen"], made["census"]["unblocked"]) == ("http://h:8080", 2, 2)
    assert (made["plan"], made["folder"], made["limits"]["maxCreates"]) == (HASH, "config/test", 1)
    assert made["approvals"] == [
        {"guard": "creates", "reason": "reviewed", "plan": HASH, "expires": "2026-12-01",
         "position": {"file": "agents.yaml", "line": 5, "column": 3}}
    ]  # fmt: skip


def test_the_bag_has_no_number_in_it() -> None:
    assert not re.search(r"2025550\d{3}", json.dumps(bag(A, B, L)))


def test_the_host_judges_what_the_program_wrote() -> None:
    text = refusal(None, bag(A, B, L), TODAY)
    assert text is not None
    assert "creates: the plan has 2 creates; at most 1 is allowed (maxCreates)" in text
    assert "config/test/approvals.yaml" in text and HASH in text


@pytest.mark.parametrize(
    ("approval", "today", "objection"),
    [
        (VALID, TODAY, None),
        (VALID, date(2026, 12, 1), None),
        (VALID, date(2026, 12, 2), "the approval at agents.yaml:5:3 expired on 2026-12-01"),
        (
            replace(VALID, plan="bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb"),
            TODAY,
            "is for the plan bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb-bbbb, and this one is",
        ),
        (replace(VALID, guard=GuardName.DELETES), TODAY, "creates: the plan has 2 creates"),
    ],
)
def test_an_approval_lifts_one_guard_for_one_plan_until_its_day(
    approval: Approval, today: date, objection: Any
) -> None:
    text = refusal(None, bag(A, B, L, approvals=(approval,)), today)
    assert text is None if objection is None else text is not None and objection in text


def test_an_approval_does_not_serve_once_it_was_used() -> None:
    """After the run the account has another agent, so the plan's hash is another one."""
    later = bag(A, B, wanted("c", 4), wanted("d", 5), L, records=(X, Y, record("b", 2)), approvals=(VALID,))
    text = refusal(bag(A, B, L), later, TODAY)
    assert text is not None and f"is for the plan {HASH}" in text


def test_the_last_run_is_what_the_guards_compare_with() -> None:
    before = bag(A, B, L)
    assert refusal(before, bag(A, B, L, records=(X, Y, record("b", 2))), TODAY) is None
    text = refusal(before, bag(A, B, L, records=()), TODAY)
    assert text is not None and "shrunk: agents in the account's list: 0, and 2 in the last run" in text
    other = bag(A, B, L, records=(X, Y, record("b", 2)), stand=replace(GUARDS, endpoint="http://other"))
    text = refusal(before, other, TODAY)
    assert text is not None and "endpoint: the endpoint is http://other, and was http://h:8080" in text


def test_a_bag_of_an_older_version_is_no_reason_to_refuse() -> None:
    assert refusal({}, bag(A, L, records=(X, Y)), TODAY) is None
    assert refusal({"census": {"seen": 2.0}}, bag(A, L), TODAY) is None
