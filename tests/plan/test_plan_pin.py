"""A run that pins a plan carries out that one or none."""

from __future__ import annotations

import pytest

from digo.plan.changes_since import PlanDocument, changes_since, is_same
from digo.plan.fingerprint import plan_hash
from digo.plan.pinned_plan import how_to_pin, pin_refusal, pinned_plan_hash
from digo.settings.failure import SettingsError
from tests.plan.plan_values import account, desired, record, wanted

PLAN, OTHER = plan_hash(desired(wanted("a", 1)), account()), plan_hash(desired(wanted("a", 1)), account(record("x", 9)))


def test_a_hash_as_digo_plan_prints_it_is_taken() -> None:
    assert pinned_plan_hash({}) is None
    assert pinned_plan_hash({"DIGO_PLAN": PLAN}) == PLAN
    assert pinned_plan_hash({"DIGO_PLAN": f" {PLAN}\n"}) == PLAN
    assert how_to_pin(PLAN, "pulumi", "prod") == f"DIGO_PLAN={PLAN} pulumi up --stack prod"


@pytest.mark.parametrize(
    "text", ["", " ", "abcd-efgh-ijkl-mnop-abcd-efgh-ijkl-mnop", PLAN[:-1], PLAN.upper(), f"Plan: {PLAN}", f"{PLAN}s"]
)
def test_anything_else_is_an_error_that_says_the_form(text: str) -> None:
    with pytest.raises(SettingsError) as error:
        pinned_plan_hash({"DIGO_PLAN": text})
    assert ("DIGO_PLAN is empty" if not text.strip() else "DIGO_PLAN is not a plan's hash") in str(error.value)
    assert "it is like bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst" in str(error.value)


def test_the_pinned_plan_goes_on_and_no_pin_is_no_hindrance() -> None:
    assert pin_refusal(PLAN, PLAN, None) is None
    assert pin_refusal(None, PLAN, {"plan": OTHER}) is None
    # A plan of leads alone leaves the account's list as it was: to send them again is the same plan.
    assert pin_refusal(PLAN, PLAN, {"plan": PLAN}) is None


def test_another_plan_is_refused_with_both_hashes_and_the_next_step() -> None:
    text = pin_refusal(PLAN, OTHER, {"plan": OTHER})
    assert text is not None
    assert f"reviewed: {PLAN} (DIGO_PLAN)" in text and f"now: {OTHER}" in text
    assert "nothing was written" in text
    assert "config, the account, a setting or the tool" in text
    assert "Next: `digo plan` again" in text


def test_a_plan_that_an_up_has_begun_is_told_from_one_that_nobody_began() -> None:
    text = pin_refusal(PLAN, OTHER, {"plan": PLAN})
    assert text is not None
    assert "the last up was of the reviewed plan" in text
    assert "config, the account, a setting or the tool" not in text


def document(plan: str, parts: tuple[str, str, str], **verbs: str) -> PlanDocument:
    steps = [{"subject": "agent", "key": key, "verb": verb, "more": 1} for key, verb in verbs.items()]
    config, on_account, tool = parts
    made = {"plan": plan, "parts": {"config": config, "account": on_account, "tool": tool}, "steps": steps}
    return PlanDocument.model_validate(made)


def test_what_differs_is_said_part_by_part_and_entry_by_entry() -> None:
    was = document(PLAN, ("c", "a", "1"), sales="create", gone="forget", calm="in sync")
    now = document(OTHER, ("d", "b", "2"), sales="adopt", new="create", calm="in sync")
    assert list(changes_since(was, now)) == [
        f"since then: the plan was {PLAN}, and is {OTHER}",
        "  the config has changed",
        "  the account has changed",
        "  digo was 1, and is 2",
        "  agent gone: forget → nothing planned",
        "  agent new: nothing planned → create",
        "  agent sales: create → adopt",
    ]
    state = document(PLAN, ("c", "a", "1"), sales="in sync", gone="forget", calm="in sync")
    assert list(changes_since(was, state))[1:] == [
        "  the state has changed: there was another up",
        "  agent sales: create → in sync",
    ]
    assert is_same(was, was) and not is_same(was, state) and not is_same(was, now)
    assert list(changes_since(was, was)) == [f"since then: nothing has changed, the plan is still {PLAN}"]


def test_what_did_not_move_is_not_named_and_many_entries_are_counted() -> None:
    was = document(PLAN, ("c", "a", "1"))
    now = document(OTHER, ("c", "b", "1"), **{f"a{index:03}": "create" for index in range(60)})
    lines = list(changes_since(was, now))
    assert lines[1] == "  the account has changed"
    assert lines[2] == "  agent a000: nothing planned → create"
    assert lines[-1] == "  and 10 more"
