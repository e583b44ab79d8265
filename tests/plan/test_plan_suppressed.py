"""What suppress files leave out, in the plan: how it is said and counted, and when a guard refuses it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from digo.desired.state import Desired, DesiredList, ListDigests, Suppression
from digo.lists.files.source import ListSource
from digo.plan import GuardContext, compare, guard_input
from digo.plan.guard_input import refusal, targets_refusal
from digo.plan.render.document import review_document
from digo.plan.render.markdown import review_markdown
from digo.plan.render.page import review_page
from digo.plan.review import Review, review_plan
from digo.plan.steps import Verb
from digo.plan.suppressed_text import suppressed_text
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.last_up import LastUp, LeadState
from tests.plan.plan_values import account, at, desired, lead, number, record, wanted

TODAY = date(2026, 11, 25)
GUARDS = GuardContext("http://127.0.0.1:1", DIGO, GuardLimits(), "config/test")
FILES = (Path("dnd.csv"),)
GONE = lead("otp-0102", 2, field_1="Ben")
LEADS = Suppression("otp", FILES, 2, 1, (GONE,))
ROWS = DesiredList(
    "rows",
    ListSource("4712", (Path("leads.csv"),), {"phone": "field_0"}, suppress=FILES),
    1,
    988,
    at(9),
    digests=ListDigests("check", "content"),
    suppressed=12,
)


def reviewed(state: Desired, *leads: LeadState) -> Review:
    return review_plan(state, account(), LastUp(leads={one.key: one for one in leads}), GUARDS, cps=3, today=TODAY)


def sent(index: int, **fields: str) -> LeadState:
    return LeadState(f"otp-{100 + index:04}", "4711", number(index), fields)


def test_a_lead_that_is_suppressed_says_so() -> None:
    kept = lead("otp-0101", 1, field_1="Ada")
    state = desired(kept, suppressions=(LEADS,))
    steps = reviewed(state, sent(1, field_1="Ada"), sent(2, field_1="Ben"), sent(3, field_1="Cyn")).steps
    forgotten = {one.key: one.reason for one in steps.steps if one.verb is Verb.FORGET}
    assert forgotten["otp-0102"].startswith("its number is suppressed. ")
    assert forgotten["otp-0103"].startswith("gone from config. ")
    assert steps.suppressed == 1


def test_a_key_that_another_number_had_is_not_called_suppressed() -> None:
    state = desired(suppressions=(LEADS,))
    other = replace(sent(2), phone=number(7))
    (found,) = reviewed(state, other).steps.steps
    assert found.reason.startswith("gone from config. ")


def test_every_rendering_counts_them() -> None:
    review = reviewed(Desired("test", lists=(ROWS,), suppressions=(Suppression("rows", FILES, 1000, 12), LEADS)))
    (step,) = review.steps.steps
    assert step.reason == "988 rows, not sent yet; 12 suppressed"
    document = review_document(review)
    assert (document["suppressed"], document["steps"][0]["list"]["suppressed"]) == (13, 12)
    for text in (review_markdown(review), review_page(review)):
        assert "; 13 suppressed" in text
    page = review_page(review)
    assert ">suppressed<" in page
    assert "suppressed" not in review_page(reviewed(Desired("test", lists=(replace(ROWS, suppressed=0),))))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([], ""),
        ([(0, 9)], ""),
        ([(1, 9)], "1 row is suppressed, so it is never sent: 1 of 9 of `l0`"),
        ([(1, 9), (0, 5), (1_200, 4_000)], "1,201 rows are suppressed, so they are never sent: 1 of 9 of `l0`, "
         "1,200 of 4,000 of `l2`"),
        ([(1, 2)] * 7, "7 rows are suppressed, so they are never sent: 1 of 2 of `l0`, 1 of 2 of `l1`, 1 of 2 of `l2`, "
         "1 of 2 of `l3`, 1 of 2 of `l4` and of 2 more lists"),
    ],
)  # fmt: skip
def test_the_preview_names_the_lists(counts: list[tuple[int, int]], said: str) -> None:
    found = [Suppression(f"l{index}", FILES, rows, some) for index, (some, rows) in enumerate(counts)]
    assert suppressed_text(found) == said


@pytest.mark.parametrize(("some", "refused"), [(500, False), (501, True)])
def test_the_guard_judges_runs_with_targets_too(some: int, refused: bool) -> None:
    state = desired(wanted("a", 1), suppressions=(Suppression("otp", FILES, 1000, some),))
    there = account(record("x", 1))
    made = guard_input(compare(state, there), state, there, GUARDS)
    made = json.loads(json.dumps(made), parse_int=float)  # as the wire between engine and host does
    assert (refusal(None, made, TODAY) is not None) is refused
    approvals = [
        {"guard": "targets", "reason": "r", "plan": made["plan"], "expires": "2999-01-01",
         "position": {"file": "a", "line": 1, "column": 1}}
    ]  # fmt: skip
    text = targets_refusal({**made, "approvals": approvals}, TODAY, "no guard was asked") or ""
    assert ("suppressed: the list `otp` has 1,000 rows, and 501 of them are suppressed" in text) is refused
