"""What a plan's steps say about fields: what an entry is created with, replaced by, left with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from digo.desired.state import DesiredAgent, DesiredLead
from digo.plan.field_changes import FieldChange, Outcome, ValueKind
from digo.plan.render.document import review_document
from digo.plan.review import review_plan
from digo.plan.steps import PlanStep, Verb
from digo.state.last_up import LastUp
from tests.plan.plan_values import account, at, desired, lead, number, record, wanted
from tests.plan.reviews import COLUMNS, EID, GUARDS, TODAY, reviewed, sent, stored


def only_step(*entries: DesiredAgent | DesiredLead, **sides: Any) -> PlanStep:
    (step,) = reviewed(*entries, **sides).steps.steps
    return step


def told(step: PlanStep) -> list[tuple[str, str, str, str]]:
    """Each field as a reviewer reads it: name, before, after, outcome."""
    return [(one.field, one.shown(one.before), one.shown(one.after), one.outcome.value) for one in step.fields]


def test_a_new_agent_shows_what_it_is_created_with() -> None:
    step = only_step(wanted("lunch", 1, "1001", name="Lunch desk", line=4))
    assert (step.verb, step.kept) == (Verb.CREATE, None)
    assert told(step) == [
        ("name", "none", '"Lunch desk"', "set"),
        ("follow_me_number", "none", "+1 ***0101", "set"),
        ("intercom", "none", "1001", "set"),
    ]
    assert [one.position for one in step.fields] == [at(4, 1), at(4, 2), at(4, 3)]


def test_an_adoption_shows_what_it_takes_over_and_what_differs() -> None:
    step = only_step(wanted("night", 1, name="Night"), live=(record(EID, 1, 1002, name="Nacht"),))
    assert (step.verb, step.eid) == (Verb.ADOPT, EID)
    assert told(step) == [
        ("name", '"Nacht"', '"Nacht"', "cannot converge"),
        ("follow_me_number", "+1 ***0101", "+1 ***0101", "kept"),
        ("intercom", "1002", "1002", "kept"),
    ]
    assert step.fields[0].wanted == "Night"
    assert step.fields[2].position is None  # config leaves the intercom alone


def test_a_new_number_shows_the_new_agent_and_the_one_that_stays() -> None:
    step = only_step(
        wanted("sales", 2, "1002", name="Sales"),
        live=(record(EID, 1, "1001", name="Sales"),),
        agents=(stored("sales", EID, 1, "Sales", "1001"),),
    )
    assert step.verb is Verb.REPLACE
    assert told(step) == [
        ("name", '"Sales"', '"Sales"', "set"),
        ("follow_me_number", "+1 ***0101", "+1 ***0102", "changed"),
        ("intercom", "1001", "1002", "changed"),
    ]
    assert step.kept is not None
    assert (step.kept.eid, step.kept.intercom) == (EID, "1001")


def test_a_replacement_shows_the_intercom_that_the_new_agent_lacks() -> None:
    step = only_step(wanted("sales", 2), live=(record(EID, 1, "1001"),), agents=(stored("sales", EID, 1),))
    assert told(step)[-1] == ("intercom", "1001", "none", "changed")


def test_an_agent_that_the_account_has_lost_is_not_said_to_stay() -> None:
    step = only_step(wanted("sales", 2), agents=(stored("sales", EID, 1),))
    assert (step.verb, step.kept) == (Verb.REPLACE, None)
    assert ("follow_me_number", "+1 ***0101", "+1 ***0102", "changed") in told(step)
    gone = only_step(agents=(stored("sales", EID, 1),))
    assert (gone.verb, gone.kept, gone.eid) == (Verb.FORGET, None, EID)
    assert gone.reason.endswith("the account does not have it any more")


def test_a_removal_shows_what_stays_on_the_account() -> None:
    step = only_step(live=(record(EID, 1, "1001", name="Old desk"),), agents=(stored("old", EID, 1),))
    assert step.verb is Verb.FORGET
    assert step.kept is not None
    assert (step.kept.eid, step.kept.name) == (EID, "Old desk")
    assert told(step) == [
        ("name", '"Old desk"', '"Old desk"', "kept"),
        ("follow_me_number", "+1 ***0101", "+1 ***0101", "kept"),
        ("intercom", "1001", "1001", "kept"),
    ]


def test_an_entry_in_sync_shows_no_field_and_one_that_is_stuck_only_that() -> None:
    sides: dict[str, Any] = {"live": (record(EID, 1, "1001"),), "agents": (stored("a", EID, 1, intercom="1001"),)}
    assert only_step(wanted("a", 1, "1001"), **sides).fields == ()
    step = only_step(wanted("a", 1, "1001", name="New"), **sides)
    assert told(step) == [("name", '"Desk"', '"Desk"', "cannot converge")]
    assert step.fields[0].wanted == "New"


def test_an_agent_that_must_be_absent_shows_what_is_there() -> None:
    found = account(record(EID, 1, "1001"))
    review = review_plan(desired(absent=(wanted("gone", 1),)), found, LastUp(), GUARDS, cps=3, today=TODAY)
    (step,) = review.steps.steps
    assert (step.verb, step.kept) == (Verb.CANNOT_CONVERGE, found.agents[0])


def test_a_renamed_key_says_the_key_that_the_state_has() -> None:
    entry = replace(wanted("desk", 1), formerly=("sales",))
    step = only_step(entry, live=(record(EID, 1),), agents=(stored("sales", EID, 1),))
    assert (step.verb, step.formerly, step.noteworthy) == (Verb.IN_SYNC, "sales", True)
    done = only_step(entry, live=(record(EID, 1),), agents=(stored("desk", EID, 1),))
    assert (done.formerly, done.noteworthy) == ("", False)


def test_a_lead_shows_its_columns_by_their_names_and_no_value() -> None:
    entry = replace(lead("otp-0101", 1, field_1="Asha", field_5="123456"), columns=COLUMNS)
    assert told(only_step(entry)) == [
        ("phone", "none", "+1 ***0101", "set"),
        ("name", "none", "***", "set"),
        ("otp", "none", "***", "set"),
    ]
    edited = only_step(entry, leads=(sent("otp-0101", field_1="Asha", field_5="000000"),))
    assert edited.verb is Verb.UPDATE
    assert told(edited) == [
        ("phone", "+1 ***0101", "+1 ***0101", "set"),
        ("name", "***", "***", "set"),
        ("otp", "***", "***", "changed"),
    ]


def test_a_lead_of_another_list_shows_both_ids() -> None:
    step = only_step(lead("otp-0101", 1, "4712"), leads=(sent("otp-0101", 1, "4711"),))
    assert step.verb is Verb.REPLACE
    assert told(step)[0] == ("id", "4711", "4712", "changed")


def test_a_lead_that_is_gone_has_the_names_of_its_list_where_config_still_has_the_list() -> None:
    stays = replace(lead("otp-0101", 1), columns=COLUMNS)
    found = reviewed(
        stays, leads=(sent("otp-0101", 1), sent("otp-0102", 2, field_5="1"), sent("x", 3, "9", field_5="1"))
    )
    steps = {step.key: told(step) for step in found.steps.steps}
    assert steps["otp-0102"] == [("phone", "+1 ***0102", "+1 ***0102", "kept"), ("otp", "***", "***", "kept")]
    assert steps["x"][1][0] == "field_5"


@pytest.mark.parametrize(
    ("change", "value", "masked", "shown"),
    [
        (FieldChange("name", None, "", Outcome.SET), "Call +12025550177", "Call ***0177", '"Call ***0177"'),
        (FieldChange("name", None, "", Outcome.SET), "", "", "none"),
        (FieldChange("name", None, "", Outcome.SET, kind=ValueKind.PERSONAL), "Asha", "***", "***"),
        (FieldChange("eid", None, "", Outcome.SET, kind=ValueKind.ID), EID, EID, EID),
        (FieldChange("id", None, "", Outcome.SET, kind=ValueKind.ID), EID, EID, EID),
        (FieldChange("eid", None, "", Outcome.SET), EID, EID, EID),
        (FieldChange("follow_me_number", None, "", Outcome.SET), "2025550101", "***0101", "***0101"),
    ],
)
def test_a_value_is_masked_by_what_it_is(change: FieldChange, value: str, masked: str, shown: str) -> None:
    assert (change.masked(value), change.shown(value)) == (masked, shown)
    assert change.masked(value, numbers=True) == value
    assert change.masked(None) is None


def test_the_json_has_the_fields_and_what_stays_masked() -> None:
    review = reviewed(
        wanted("sales", 2, "1002", line=7),
        replace(lead("otp-0103", 3, field_5="123456"), columns=COLUMNS),
        live=(record(EID, 1, "1001"),),
        agents=(stored("sales", EID, 1),),
    )
    sales, otp = review_document(review)["steps"]
    assert sales["fields"][1] == {
        "field": "follow_me_number",
        "before": "+1 ***0101",
        "after": "+1 ***0102",
        "outcome": "changed",
        "wanted": None,
        "position": "agents.yaml:7:2",
    }
    assert sales["kept"] == {"eid": EID, "name": "Desk", "follow_me_number": "+1 ***0101", "intercom": "1001"}
    assert [(one["field"], one["after"]) for one in otp["fields"]] == [("phone", "+1 ***0103"), ("otp", "***")]
    assert otp["kept"] is otp["list"] is otp["formerly"] is None
    clear = review_document(review, numbers=True)["steps"]
    assert [clear[0]["fields"][1]["after"], clear[1]["fields"][1]["after"]] == [number(2), "123456"]
