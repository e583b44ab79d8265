"""Broadcast lists that config names: the plan's steps, conflicts, counts and hash."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from digo.api.models import BroadcastListRecord
from digo.api.snapshot import Snapshot
from digo.desired import Desired
from digo.desired.state import DesiredBroadcastList, DesiredLead
from digo.plan.broadcast_lists import list_ids, lists_are_needed
from digo.plan.compare import compare
from digo.plan.fingerprint import plan_hash
from digo.plan.guard_input import GuardContext, guard_input
from digo.plan.review import Review, review_plan
from digo.plan.run_summary import changes_between
from digo.plan.steps import PlanStep, Verb
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO, SMARTFLO, Profile
from digo.state.last_up import BroadcastListState, LastUp, LeadState
from digo.state.run_summary import RunSummary
from tests.plan.plan_values import account, at, desired, lead

GUARDS = GuardContext("http://127.0.0.1:1", SMARTFLO, GuardLimits(), "config/test")
TODAY = date(2026, 1, 1)
FIELDS = ("field_0", "field_1")


def named(name: str = "Codes", key: str = "otp", fields: tuple[str, ...] = FIELDS, **more: Any) -> DesiredBroadcastList:
    return DesiredBroadcastList(key, name, more.pop("description", ""), fields, at(3, 11), **more)


def in_list(name: str = "Codes") -> DesiredLead:
    return replace(lead("otp-0101", 1, "", field_1="A"), list_name=name)


def want(*lists: DesiredBroadcastList, **more: Any) -> Desired:
    return desired(*more.pop("leads", ()), broadcast_lists=lists, **more)


def has(**lists: str) -> Snapshot:
    """An account with these lists: names by id, which begins with a letter here."""
    return replace(account(), lists=tuple(BroadcastListRecord(id_, name) for id_, name in lists.items()))


def state(id_: str = "l1", name: str = "Codes", **more: Any) -> BroadcastListState:
    return BroadcastListState("otp", id_, {"name": name}, more.pop("fields", FIELDS), **more)


def review(wanted: Desired, snapshot: Snapshot, applied: LastUp | None = None, profile: Profile = SMARTFLO) -> Review:
    context = replace(GUARDS, profile=profile)
    return review_plan(wanted, snapshot, applied or LastUp(), context, cps=3, today=TODAY)


def after(*lists: BroadcastListState, **more: Any) -> LastUp:
    return LastUp(broadcast_lists={one.key: one for one in lists}, **more)


def step(found: Review) -> PlanStep:
    return found.steps.steps[0]


@pytest.mark.parametrize(
    ("there", "last", "verb", "says"),
    [
        ({}, None, Verb.CREATE, "has no list of this name"),
        ({"l1": "Other"}, None, Verb.CREATE, "has no list of this name"),
        ({"l1": "Codes"}, None, Verb.ADOPT, "has it already (id l1)"),
        ({"l1": "Codes"}, state(), Verb.IN_SYNC, ""),
        ({"l2": "Codes", "l1": "X"}, state(), Verb.ADOPT, "another list (id l2) than the state (id l1)"),
        ({"l1": "Old"}, state(name="Old"), Verb.UPDATE, "changed in config"),
        ({"l1": "Mine"}, state(), Verb.UPDATE, "changed in the panel"),
        ({}, state(), Verb.REPLACE, "no longer on the account"),
        ({"l1": "Codes"}, state(fields=("field_0",)), Verb.CANNOT_CONVERGE, ""),
        ({"l1": "Codes"}, state(fields=None), Verb.IN_SYNC, ""),
    ],
)
def test_the_step_of_a_list(there: dict[str, str], last: BroadcastListState | None, verb: Verb, says: str) -> None:
    found = step(review(want(named()), has(**there), after(*([last] if last else []))))
    assert (found.verb, says in found.reason) == (verb, True)


def test_a_description_changes_only_where_one_is_known() -> None:
    known = BroadcastListState("otp", "l1", {"name": "Codes", "description": "old"}, FIELDS)
    changed = step(review(want(named(description="new")), has(l1="Codes"), after(known)))
    assert (changed.verb, changed.reason) == (Verb.UPDATE, "its description changed")
    adopted = step(review(want(named(description="new")), has(l1="Codes"), after(state())))
    assert adopted.verb is Verb.IN_SYNC


def test_a_list_that_config_lacks_is_forgotten_or_deleted() -> None:
    deletes = SMARTFLO.for_stack(frozenset(), deletes=True)
    snapshot = has(l1="Codes")
    unretained = step(review(want(), snapshot, after(state())))
    assert (unretained.verb, "an up fails" in unretained.reason) == (Verb.FORGET, True)
    kept = step(review(want(), snapshot, after(state(retained=True))))
    assert (kept.verb, "an up fails" in kept.reason) == (Verb.FORGET, False)
    gone = review(want(), snapshot, after(state()), deletes)
    assert (step(gone).verb, gone.steps.changes.deletes, gone.calls) == (Verb.DELETE, 1, 1)
    retained = step(review(want(), snapshot, after(state(retained=True)), deletes))
    assert (retained.verb, "as retained" in retained.reason) == (Verb.FORGET, True)


def test_a_profile_that_reads_no_lists_does_not_take_one_for_lost() -> None:
    found = step(review(want(), account(), after(state(retained=True)), DIGO))
    assert (found.verb, "the account keeps it (id l1)" in found.reason) == (Verb.FORGET, True)


def test_a_renamed_list_keeps_its_leads() -> None:
    sent = {"otp-0101": LeadState("otp-0101", "l1", "+12025550101", {"field_1": "A"})}
    found = review(want(named(), leads=[in_list()]), has(l1="Old"), after(state(name="Old"), leads=sent))
    assert [one.verb for one in found.steps.steps] == [Verb.UPDATE, Verb.SENT]
    assert found.steps.changes.updates == 1


def test_a_lost_list_has_its_leads_sent_again_and_counted() -> None:
    sent = {"otp-0101": LeadState("otp-0101", "l1", "+12025550101", {"field_1": "A"})}
    found = review(want(named(), leads=[in_list()]), has(l2="Others"), after(state(), leads=sent))
    assert found.refusal is None
    assert [one.verb for one in found.steps.steps] == [Verb.REPLACE, Verb.REPLACE]
    assert "in the new list `Codes`" in found.steps.steps[1].reason
    assert (found.steps.changes.creates, found.steps.changes.updates) == (1, 1)


def test_an_account_that_has_no_list_any_more_may_have_been_cut_short() -> None:
    found = review(want(named()), has(), after(state()))
    assert found.refusal is not None
    assert "shrunk: broadcast lists of the account: 0, and 1 that the state has is not among them" in found.refusal


def test_names_are_compared_as_people_see_them() -> None:
    assert step(review(want(named("Évènements")), has(l1="E\u0301ve\u0300nements"))).verb is Verb.ADOPT


def conflicts(wanted: Desired, snapshot: Snapshot, profile: Profile = SMARTFLO) -> list[str]:
    return [str(one) for one in compare(wanted, snapshot, profile).conflicts]


def test_what_only_the_user_can_settle() -> None:
    (twice,) = conflicts(want(named()), has(l1="Codes", l2="Codes"))
    assert twice.startswith("agents.yaml:3:11: lists.otp.name: the account has 2 lists of this name (id l1, id l2)")
    (claimed,) = conflicts(want(named(), leads=[lead("a-0102", 2, "l1")]), has(l1="Codes"))
    assert "the list of this name has the id l1, which is that of `otp`" in claimed
    (lacks,) = conflicts(want(named()), account(), DIGO)
    assert "The API (profile digo) has no call to read back a broadcast list" in lacks
    (unread,) = conflicts(want(named()), account())
    assert "were not read" in unread


def test_lists_are_read_only_where_something_needs_them() -> None:
    assert not lists_are_needed(DIGO, want(named()))
    assert lists_are_needed(SMARTFLO, want(named()))
    assert not lists_are_needed(SMARTFLO, want())
    assert lists_are_needed(SMARTFLO, want(), lambda: after(state()))


def test_ids_of_lists_of_which_nothing_is_known() -> None:
    assert list_ids(want(named()), account()) == {}
    assert list_ids(want(named()), has(l1="Codes")) == {"otp": "l1"}
    assert list_ids(want(named()), has(l1="Codes", l2="Codes"), after(state())) == {}
    assert list_ids(want(named()), has(l1="Old"), after(state(name="Old"))) == {"otp": "l1"}
    assert list_ids(want(named()), has(), after(state())) == {}


def summary(wanted: Desired, snapshot: Snapshot) -> RunSummary:
    plan = compare(wanted, snapshot, SMARTFLO)
    return RunSummary.from_dict(guard_input(plan, wanted, snapshot, replace(GUARDS, profile=SMARTFLO))["census"])


def test_the_run_summary_counts_lists() -> None:
    wanted = want(named(), leads=[in_list()])
    new, there = summary(wanted, has()), summary(wanted, has(l1="Codes"))
    assert (new.broadcast_lists, there.broadcast_lists) == ({"otp": ""}, {"otp": "l1"})
    assert changes_between(None, new).creates == 2
    assert changes_between(None, there).adoptions == 1
    # The list has got its id since: neither it nor its lead counts again.
    second = changes_between(new, there)
    assert (second.creates, second.updates, second.adoptions) == (0, 0, 0)
    assert changes_between(there, new).updates == 1
    assert changes_between(there, summary(want(), has())).deletes == 2


def test_the_hash_covers_the_lists_of_the_wanted_names_and_no_others() -> None:
    wanted, there = want(named()), has(l1="Codes")
    same = plan_hash(wanted, there)
    assert plan_hash(wanted, has(l1="Codes", l2="Others")) == same
    assert plan_hash(wanted, has(l2="Codes")) != same
    assert plan_hash(wanted, has()) != same
    for other in (named("Code"), named(description="d"), named(fields=("field_0",)), named(key="x")):
        assert plan_hash(want(other), there) != same
    assert plan_hash(want(named(formerly=("old",))), there) != same
    assert plan_hash(desired(), has(l1="Codes")) == plan_hash(desired(), account())
