"""What a plan does with agents where the profile has calls to change and delete them: verbs, reasons and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from digo.api.models import AgentRecord
from digo.api.snapshot import LISTED_BY_AGENTS, LISTED_BY_USERS, Snapshot
from digo.desired import Desired, DesiredAgent
from digo.desired.approvals import GuardName
from digo.fields.agents import USER_FIELDS
from digo.plan.agent_status import AgentStatus, agent_statuses
from digo.plan.compare import compare
from digo.plan.fingerprint import agent_digest, parts_of
from digo.plan.guards import refusals
from digo.plan.new_agents import new_agent_problems
from digo.plan.plan_step import PlanStep, Verb
from digo.plan.run_summary import ChangeCounts, changes_between, summarize
from digo.plan.steps import PlanSteps, steps_of
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO, SMARTFLO, Profile
from digo.state.last_up import AgentState, LastUp
from digo.state.run_summary import RunSummary
from tests.plan.plan_values import account, at, desired, number, record, wanted

CHANGING = SMARTFLO.on(LISTED_BY_USERS)
DELETING = replace(CHANGING, deletes=True)
LEGACY = SMARTFLO.on(LISTED_BY_AGENTS)
SHOWN = frozenset({"login_id", "user_role", "blocked", "disabled"})
HIDDEN = (USER_FIELDS - SHOWN) | {"intercom"}


def user(eid: str, index: int = 1, name: str = "Desk", **others: str) -> AgentRecord:
    made = record(eid, index, name=name)
    return made.model_copy(update={"user_id": f"u{eid}", "unseen": HIDDEN, "other_fields": others})


def users(*records: AgentRecord) -> Snapshot:
    return Snapshot.of(records, listed_by=LISTED_BY_USERS)


def entry(key: str, index: int = 1, name: str = "Desk", **others: str) -> DesiredAgent:
    return replace(wanted(key, index, name=name), other_fields=others)


def state(key: str, eid: str, index: int = 1, *, retained: bool = False, **live: Any) -> AgentState:
    had = {"name": "Desk", "follow_me_number": number(index), **live}
    return AgentState(key, eid, had, had, retained=retained)


def steps(
    now: Desired, has: Snapshot, *last: AgentState, profile: Profile = CHANGING, absent: frozenset[str] = frozenset()
) -> PlanSteps:
    return steps_of(compare(now, has, profile), LastUp({one.key: one for one in last}, absent=absent), profile)


def only(found: PlanSteps) -> PlanStep:
    (step,) = found.steps
    return step


def outcomes(step: PlanStep) -> Mapping[str, str]:
    return {one.field: one.outcome.value for one in step.fields}


def test_a_difference_that_a_call_changes_is_an_update() -> None:
    found = steps(desired(entry("a", name="New")), users(user("e1")), state("a", "e1"))
    step = only(found)
    assert (step.verb, step.reason, step.cannot_converge) == (Verb.UPDATE, "", ())
    assert outcomes(step) == {"name": "changed"}
    assert found.changes == ChangeCounts(updates=1)
    assert (found.calls, found.changed, found.cannot_converge) == (1, True, False)


@pytest.mark.parametrize(
    ("fields", "calls"),
    [
        ({}, 1),
        ({"email": "desk@example.com"}, 1),  # the create has it
        ({"blocked": "true", "designation": "Clerk"}, 2),  # a change after the create sets both
        ({"blocked": "false"}, 1),  # as a new agent is
    ],
)
def test_the_calls_of_a_new_agent_are_those_of_its_up(fields: dict[str, str], calls: int) -> None:
    new = replace(entry("a"), other_fields=fields)
    step = only(steps(desired(new), users()))
    assert (step.verb, step.calls) == (Verb.CREATE, calls)


def test_the_calls_of_a_change_are_those_of_the_table() -> None:
    both = LEGACY.for_stack(frozenset(LEGACY.known_switches), deletes=False)
    now = desired(entry("a", name="New", blocked="true"))
    has = account(record("e1").model_copy(update={"other_fields": {"blocked": "false"}}))
    assert only(steps(now, has, state("a", "e1"), profile=both)).calls == 2  # PUT, and block
    assert only(steps(now, users(user("e1", blocked="false")), state("a", "e1"))).calls == 1  # one PATCH


def test_a_login_that_another_user_has_is_a_conflict() -> None:
    has = users(user("e1", 1, login_id="desk"), user("e2", 2, login_id="other"))
    moved = compare(desired(entry("a", 2, login_id="Desk")), has, CHANGING)
    (problem,) = moved.conflicts
    assert "agents.a.login_id" in str(problem)
    assert "(agent eid e1) is not the one with this number (agent eid e2)" in str(problem)
    swapped = desired(entry("a", 1, login_id="other"), entry("b", 2, login_id="desk"))
    assert len(compare(swapped, has, CHANGING).conflicts) == 2
    for fine in (entry("a", 1, login_id="DESK"), entry("a", 1, login_id="new"), entry("a", 1)):
        assert not compare(desired(fine), has, CHANGING).conflicts


def test_without_such_a_call_it_cannot_converge_as_before() -> None:
    for profile, has in ((DIGO, account(record("e1"))), (LEGACY, account(record("e1")))):
        plan = compare(desired(entry("a", name="New")), has, profile)
        assert only(steps(desired(entry("a", name="New")), has, state("a", "e1"), profile=profile)).verb is (
            Verb.CANNOT_CONVERGE
        )
        assert 'cannot converge: wanted "New", the account has "Desk"' in plan.warnings[0]
    assert "`putAgent` in digo:undocumented turns on PUT /v1/agent/{id}" in plan.warnings[0]


def test_an_undocumented_call_that_is_turned_on_changes_what_it_can() -> None:
    profile = LEGACY.for_stack(frozenset({"putAgent"}), deletes=False)
    now = desired(replace(wanted("a", intercom="1001", name="New")))
    step = only(steps(now, account(record("e1", intercom="1000")), state("a", "e1"), profile=profile))
    assert step.verb is Verb.UPDATE
    assert outcomes(step) == {"name": "changed", "intercom": "cannot converge"}
    assert [one.field for one in step.cannot_converge] == ["intercom"]


@pytest.mark.parametrize(("had", "verb"), [(None, Verb.UPDATE), ("a@x", Verb.IN_SYNC), ("b@x", Verb.UPDATE)])
def test_a_field_that_the_list_does_not_show_is_compared_with_the_last_up(had: str | None, verb: Verb) -> None:
    known: dict[str, Any] = {"email": had} if had else {}
    last = state("a", "e1", **known)
    assert only(steps(desired(entry("a", email="a@x")), users(user("e1")), last)).verb is verb


def test_what_the_agents_own_list_showed_is_not_gone_where_users_are_listed() -> None:
    last = state("a", "e1", custom_status=0, is_verified=1)
    assert only(steps(desired(entry("a")), users(user("e1")), last)).drift == ()
    own = only(steps(desired(entry("a")), account(record("e1")), last, profile=LEGACY))
    assert [one.field for one in own.drift] == ["custom_status", "is_verified"]


@pytest.mark.parametrize(("had", "verb"), [('["4"]', Verb.IN_SYNC), ('["5"]', Verb.CANNOT_CONVERGE)])
def test_what_only_a_create_sets_cannot_be_changed_later(had: str, verb: Verb) -> None:
    last = state("a", "e1", department=had)
    assert only(steps(desired(entry("a", department='["4"]')), users(user("e1")), last)).verb is verb


def test_what_no_call_of_the_account_sets_cannot_converge() -> None:
    now = desired(wanted("a", intercom="1001"))
    step = only(steps(now, users(user("e1")), state("a", "e1", intercom="1001")))
    assert step.verb is Verb.CANNOT_CONVERGE
    assert "and the account's list does not show it" in compare(now, users(user("e1")), CHANGING).warnings[0]


def test_what_a_new_agent_does_not_get_is_said_before() -> None:
    """Each account of the product takes other fields; what no call of this one sets is not a field of the new agent."""
    now = desired(replace(wanted("a", intercom="1001"), other_fields={"email": "a@x", "login_id": "a"}))
    plan = compare(now, account(), LEGACY)
    assert [warning.split(" cannot converge: ")[0] for warning in plan.warnings] == [
        "agents.yaml:1:9: agents.a.email",
        "agents.yaml:1:9: agents.a.login_id",
    ]
    assert "the call that creates the agent does not set it" in plan.warnings[0]
    step = only(steps(now, account(), profile=LEGACY))
    assert (step.verb, [one.field for one in step.cannot_converge]) == (Verb.CREATE, ["email", "login_id"])
    assert outcomes(step) == {
        "name": "set",
        "follow_me_number": "set",
        "intercom": "set",
        "email": "cannot converge",
        "login_id": "cannot converge",
    }
    assert [one.field for one in only(steps(now, users())).cannot_converge] == ["intercom"]
    replaced = only(steps(now, account(), state("a", "gone"), profile=LEGACY))
    assert (replaced.verb, outcomes(replaced)["email"]) == (Verb.REPLACE, "cannot converge")


def test_a_number_changes_in_place() -> None:
    step = only(steps(desired(entry("a", 2)), users(user("e1", 1)), state("a", "e1", 1)))
    assert (step.verb, step.reason, step.eid) == (Verb.UPDATE, "its number changed", "e1")
    mended = only(steps(desired(entry("a", 1)), users(user("e1", 2)), state("a", "e1", 1)))
    assert (mended.verb, mended.reason) == (Verb.UPDATE, "the account has another number of it")


def test_a_number_is_not_changed_if_another_entry_has_the_agent() -> None:
    found = steps(desired(entry("heir", 1), entry("a", 2)), users(user("e1", 1)), state("a", "e1", 1), profile=DELETING)
    heir, replaced = found.steps
    assert heir.verb is Verb.ADOPT
    assert replaced.verb is Verb.REPLACE
    assert "`heir` has the old one (eid e1) from now on" in replaced.reason
    assert found.changes == ChangeCounts(creates=1, adoptions=1)


def test_without_a_call_for_the_number_the_old_agent_is_kept_or_deleted() -> None:
    profile = LEGACY.for_stack(frozenset({"deleteAgent"}), deletes=True)
    now, has = desired(entry("a", 2)), account(record("e1", 1))
    step = only(steps(now, has, state("a", "e1", 1), profile=profile))
    assert (step.verb, step.kept) == (Verb.REPLACE, None)
    assert step.deletes is not None
    assert step.reason.endswith("and the old one (eid e1) is deleted")
    assert step.calls == 2
    kept = only(steps(now, has, state("a", "e1", 1, retained=True), profile=profile))
    assert kept.kept is not None
    assert kept.reason.endswith("and the account keeps the old one (eid e1)")


def test_an_agent_of_the_account_is_adopted_and_changed() -> None:
    found = steps(desired(entry("a", name="New")), users(user("e1")))
    step = only(found)
    assert (step.verb, step.adopted, step.reason) == (
        Verb.UPDATE,
        True,
        "the account has it already: it is adopted and changed",
    )
    assert found.changes == ChangeCounts(updates=1, adoptions=1)
    plain = only(steps(desired(entry("a")), users(user("e1"))))
    assert (plain.verb, plain.adopted) == (Verb.ADOPT, False)


def test_two_entries_that_swap_their_numbers_keep_both_agents() -> None:
    now = desired(entry("a", 2), entry("b", 1))
    found = steps(now, users(user("e1", 1), user("e2", 2)), state("a", "e1", 1), state("b", "e2", 2), profile=DELETING)
    assert [one.verb for one in found.steps] == [Verb.ADOPT, Verb.ADOPT]
    assert not [one for one in found.steps if one.deletes]


@pytest.mark.parametrize(
    ("profile", "retained", "verb", "says"),
    [
        (
            CHANGING,
            True,
            Verb.FORGET,
            "This stack forgets what is gone from config (`digo:deletes`): the account keeps",
        ),
        (CHANGING, False, Verb.FORGET, "the account keeps it. The state has it as not retained"),
        (DELETING, False, Verb.DELETE, "gone from config: the account loses it (eid e1)"),
        (DELETING, True, Verb.FORGET, "the state has it as retained"),
        (DIGO, True, Verb.FORGET, "The API (profile digo) has no call to delete an agent: the account keeps it"),
        (DIGO, False, Verb.FORGET, "the account keeps it. The state has it as not retained"),
    ],
)
def test_what_is_gone_from_config(profile: Profile, retained: bool, verb: Verb, says: str) -> None:
    has = users(user("e1")) if profile is not DIGO else account(record("e1"))
    step = only(steps(desired(), has, state("a", "e1", retained=retained), profile=profile))
    assert step.verb is verb
    assert says in step.reason
    assert ("an up fails" in step.reason) == (not retained and verb is Verb.FORGET)
    assert (step.kept is None) == (verb is Verb.DELETE)


def test_what_the_account_has_lost_already_is_only_forgotten() -> None:
    step = only(steps(desired(), users(), state("a", "e1"), profile=DELETING))
    assert (step.verb, step.calls) == (Verb.FORGET, 0)
    assert step.reason == "gone from config. The account does not have it any more"


def test_absent_entries_are_deleted_by_their_number_alone() -> None:
    now = desired(absent=(wanted("a", 1), wanted("b", 2, intercom="1001"), wanted("c", 3)))
    has = users(user("e1", 1), record("e9", 9, intercom="1001"))
    found = steps(now, has, absent=frozenset({"c"}))
    assert [(one.key, one.verb, one.calls) for one in found.steps] == [
        ("a", Verb.DELETE, 1),
        ("b", Verb.DELETE, 0),
        ("c", Verb.IN_SYNC, 0),
    ]
    assert found.changes == ChangeCounts(deletes=1)
    assert [one.eid for one in found.unmanaged] == ["e9"]


def test_an_absent_agent_that_another_entry_has_stays() -> None:
    now = desired(entry("a", 1), absent=(wanted("b", 1),))
    plan = compare(now, users(user("e1", 1)), CHANGING)
    assert plan.absent[0].live == ()


def test_a_field_that_no_call_sets_is_a_conflict_at_its_place() -> None:
    positions = {"email": at(7, 12)}
    now = desired(replace(entry("a", email="a@x"), positions=positions, password_secret="agentPassword"))
    problems = compare(now, account(), DIGO).conflicts
    assert [str(one.position) for one in problems] == ["agents.yaml:1:9", "agents.yaml:7:12"]
    assert "agents.a.email: the API (profile digo) has no call that sets it" in str(problems[1])
    assert compare(now, users(), CHANGING).conflicts == ()


def test_a_new_agent_needs_what_its_call_demands() -> None:
    now = desired(entry("a", email="a@x", login_id="Ada", user_role="3", caller_ids="[]"), entry("b", 2))
    has = users(user("e9", 9, login_id="ada"))
    plan = compare(now, has, CHANGING)
    found = new_agent_problems(plan, steps(now, has).steps, has)
    assert {one.where for one in found} == {"agents.a.login_id", "agents.b"}
    assert "needs caller_ids, email, login_id, user_role too" in str(found)


def test_the_run_summary_counts_changes_deletes_and_who_takes_calls() -> None:
    now = desired(
        entry("a", 1, blocked="true"),
        entry("b", 2, name="New"),
        entry("new", 5, blocked="true"),
        absent=(wanted("c", 3),),
    )
    has = users(
        user("e1", 1, blocked="false"), user("e2", 2, blocked="false"), user("e3", 3, blocked="false"), user("e4", 4)
    )
    made = summarize(compare(now, has, DELETING), has, "http://h", "smartflo")
    assert made.changed == {"a": ("blocked",), "b": ("name",)}
    assert made.absent == {"c": ("e3",)}
    assert made.unblocked == 1, "e2 and e4 take calls, and the new one will not"
    before = RunSummary("http://h", "smartflo", 4, 4, agents={"a": "e1", "b": "e2", "c": "e3", "old": "e4"})
    assert changes_between(before, made) == ChangeCounts(creates=1, updates=2, deletes=2)
    refused = {one.guard for one in refusals(GuardLimits(minUnblocked=2, maxUpdates=1, maxDeletes=1), before, made)}
    assert refused == {GuardName.UNBLOCKED, GuardName.UPDATES, GuardName.DELETES}
    assert not list(refusals(GuardLimits(minUnblocked=1, maxShrinkPercent=100), before, made)), "e2 takes calls"
    assert RunSummary.from_dict(made.to_dict()) == made


def test_the_summary_of_profile_digo_has_no_new_fact() -> None:
    made = summarize(compare(desired(entry("a")), account(record("e1")), DIGO), account(record("e1")), "h", "digo")
    assert made.to_dict().keys().isdisjoint({"changed", "absent", "deletes"})


def test_the_hash_covers_the_new_facts() -> None:
    plain = parts_of(desired(entry("a")), users(user("e1")), "").plan_hash
    for other in (
        parts_of(desired(entry("a", email="a@x")), users(user("e1")), ""),
        parts_of(desired(replace(entry("a"), password_secret="p")), users(user("e1")), ""),
        parts_of(desired(entry("a")), Snapshot.of([user("e1")]), ""),
        parts_of(desired(entry("a")), users(user("e1", login_id="x")), ""),
    ):
        assert other.plan_hash != plain
    one, other_order = (
        entry("a", caller_ids=text) for text in ('["+12025550101", "+12025550102"]', '["12025550102","12025550101"]')
    )
    assert agent_digest(one) == agent_digest(other_order)


def test_an_agent_that_another_entry_wants_absent_is_not_renumbered() -> None:
    now = desired(entry("a", 2), absent=(wanted("old", 1),))
    found = steps(now, users(user("e1", 1)), state("a", "e1", 1), profile=DELETING)
    told = {one.key: one for one in found.steps}
    assert (told["a"].verb, told["a"].deletes, told["a"].kept) == (Verb.REPLACE, None, None)
    assert told["a"].reason.endswith("`old`, which wants the old one (eid e1) absent, deletes it")
    assert told["old"].verb is Verb.DELETE
    assert found.changes == ChangeCounts(creates=1, deletes=1)
    last = LastUp({"a": state("a", "e1", 1)})
    listed = agent_statuses(now, users(user("e1", 1)), last, DELETING).of_key("a")
    assert listed is not None
    assert listed.status is AgentStatus.MISSING


def test_an_agent_that_another_entry_wants_absent_is_deleted_once() -> None:
    now = desired(absent=(wanted("old", 1),))
    found = steps(now, users(user("e1", 1)), state("a", "e1", 1), profile=DELETING)
    told = {one.key: one for one in found.steps}
    assert (told["a"].verb, told["a"].kept) == (Verb.FORGET, None)
    assert "`old` wants its agent (eid e1) absent, and deletes it" in told["a"].reason
    assert found.changes == ChangeCounts(deletes=1)
