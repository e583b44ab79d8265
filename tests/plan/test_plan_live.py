"""Leads and lists that the account shows, in the plan: exact counts, what is in sync, kept, deleted or handed over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from digo.api.snapshot import Snapshot
from digo.desired.state import Desired, DesiredLead, DesiredList, ListDigests
from digo.lists.digests.known_rows import KnownRows, no_rows
from digo.lists.digests.row_delta import RowDelta, RowId
from digo.lists.digests.sketch import Sketch
from digo.lists.files.source import ListSource
from digo.lists.live.row_counts import RowCounts
from digo.lists.sending.shard import ShardState
from digo.phone.number import parse_number
from digo.plan.compare import compare
from digo.plan.live_leads import LiveLeads, LiveList
from digo.plan.plan_step import PlanStep, Verb
from digo.plan.steps import PlanSteps, steps_of
from digo.settings.profiles import DIGO, SMARTFLO, Profile
from digo.source.positions import Position
from digo.state.last_up import LastUp, LeadState, ListState

NOTHING = Snapshot.of([])
DELETES = SMARTFLO.for_stack(frozenset(), deletes=True)
NUMBER = "+12025550101"
LEAD = DesiredLead("otp-0101", "otp", "4711", parse_number(NUMBER), {"field_1": "Ada"}, Position("lists.yaml", 4, 5))
STATE = LeadState("otp-0101", "4711", NUMBER, {"field_1": "Ada"})
ROWS = Sketch.empty(0, 1).with_deltas([RowDelta(RowId(3, n), 1, 1, 1) for n in range(10)])
LIST = DesiredList(
    "otp",
    ListSource("4711", (Path("leads.csv"),), {"phone": "field_0", "name": "field_1"}),
    1,
    10,
    Position("lists.yaml", 2, 3),
    digests=ListDigests("key", "content", sketches=(ROWS,)),
)
LIST_STATE = ListState("otp", "4711", 1, {0: ShardState(0, 1, KnownRows(ROWS))})


def steps(desired: Desired, live: LiveLeads, applied: LastUp | None = None, profile: Profile = SMARTFLO) -> PlanSteps:
    return steps_of(compare(desired, NOTHING, profile), applied or LastUp(), profile, live)


def lead_step(
    rows: tuple[Mapping[str, str], ...], last: LeadState | None = STATE, lead: DesiredLead = LEAD
) -> PlanStep:
    applied = LastUp(leads={last.key: last} if last else {})
    (found,) = steps(Desired("test", leads=(lead,)), LiveLeads(leads={lead.key: rows}), applied).steps
    return found


def list_step(
    counts: RowCounts, calls: int, last: ListState | None = LIST_STATE, profile: Profile = SMARTFLO
) -> PlanStep:
    applied = LastUp(lists={last.key: last} if last else {})
    live = LiveLeads({"otp": LiveList(counts, calls)})
    (found,) = steps(Desired("test", lists=(LIST,)), live, applied, profile).steps
    return found


@pytest.mark.parametrize(
    ("rows", "last", "verb", "calls", "said"),
    [
        (({"field_1": "Ada"},), STATE, Verb.IN_SYNC, 0, ""),
        (({"field_1": "Ada "},), STATE, Verb.IN_SYNC, 0, ""),
        (({"field_1": "Eve"},), STATE, Verb.UPDATE, 1, "its list has other values: it is sent again"),
        ((), STATE, Verb.UPDATE, 1, "its list does not have it again"),
        (({"field_1": "Ada"}, {"field_1": "Eve"}), STATE, Verb.UPDATE, 1, "is in the list 2 times"),
        (({"field_1": "Ada"},), replace(STATE, fields={}), Verb.UPDATE, 0, "nothing is sent"),
        ((), None, Verb.CREATE, 1, "its list does not have it"),
        (({"field_1": "Ada"},), None, Verb.CREATE, 0, "nothing is sent"),
        ((), replace(STATE, phone="+12025550102"), Verb.REPLACE, 1, "its list or phone changed"),
    ],
)
def test_a_lead_is_what_its_list_shows(
    rows: tuple[Mapping[str, str], ...], last: LeadState | None, verb: Verb, calls: int, said: str
) -> None:
    found = lead_step(rows, last)
    assert (found.verb, found.calls) == (verb, calls)
    assert said in found.reason


def test_the_fields_of_a_lead_show_what_the_account_has_now() -> None:
    changed = {one.field: (one.before, one.after) for one in lead_step(({"field_1": "Eve"},)).fields}
    assert changed["field_1"] == ("Eve", "Ada")


@pytest.mark.parametrize(
    ("counts", "calls", "last", "verb"),
    [
        (RowCounts(10), 0, LIST_STATE, Verb.IN_SYNC),
        (RowCounts(10, gone=4), 0, LIST_STATE, Verb.IN_SYNC),
        (RowCounts(10, changed=1), 1, LIST_STATE, Verb.UPDATE),
        (RowCounts(10), 0, replace(LIST_STATE, shards={}), Verb.UPDATE),
        (
            RowCounts(10),
            0,
            replace(LIST_STATE, known={0: no_rows(0, 1)}),
            Verb.IN_SYNC,
        ),
        (RowCounts(10), 0, replace(LIST_STATE, partly=True), Verb.UPDATE),
        (RowCounts(10, new=10), 1, replace(LIST_STATE, list_id="4712"), Verb.REPLACE),
        (RowCounts(10, new=10), 1, replace(LIST_STATE, of=2), Verb.UPDATE),
        (RowCounts(10, new=10), 1, replace(LIST_STATE, in_state=False), Verb.CREATE),
        (RowCounts(10, new=10), 1, None, Verb.CREATE),
    ],
)
def test_a_list_is_what_the_account_shows(counts: RowCounts, calls: int, last: ListState | None, verb: Verb) -> None:
    found = list_step(counts, calls, last)
    assert (found.verb, found.calls, found.rows, found.deleted_rows) == (verb, calls, counts.send, 0)


def test_rows_that_config_lacks_are_deleted_where_the_stack_deletes() -> None:
    found = list_step(RowCounts(10, gone=4), 1, profile=DELETES)
    assert (found.verb, found.calls, found.deleted_rows) == (Verb.UPDATE, 1, 4)
    assert "4 that config lacks are deleted; 1 call, and a few that follow them" in found.reason
    applied, live = LastUp(lists={"otp": LIST_STATE}), LiveLeads({"otp": LiveList(RowCounts(10, gone=4), 1)})
    assert steps(Desired("test", lists=(LIST,)), live, applied, DELETES).changes.deleted_rows == 4


def test_what_was_not_read_is_not_said_to_be_in_sync() -> None:
    both, applied = (
        Desired("test", leads=(LEAD,), lists=(LIST,)),
        LastUp(leads={LEAD.key: STATE}, lists={"otp": LIST_STATE}),
    )
    found = steps(both, LiveLeads(), applied).steps
    assert {(one.verb, one.reason) for one in found} == {(Verb.SENT, "what its list has now was not read")}


def test_a_million_rows_are_two_thousand_calls() -> None:
    assert RowCounts(1_000_000, new=1_000_000).requests(500, deletes=False) == 2000
    assert RowCounts(1_000_000, gone=501).requests(500, deletes=True) == 2


def removed(profile: Profile, last: LeadState = STATE, wanted: Desired = Desired("test")) -> PlanStep:  # noqa: B008
    found = steps(wanted, LiveLeads(), LastUp(leads={last.key: last}), profile).steps
    (only,) = [one for one in found if one.key == last.key]
    return only


def test_a_lead_that_is_gone_from_config_is_deleted_or_kept() -> None:
    assert (removed(DELETES).verb, removed(DELETES).calls) == (Verb.DELETE, 1)
    kept = removed(SMARTFLO, replace(STATE, retained=True))
    assert (kept.verb, kept.calls, "an up fails" in kept.reason) == (Verb.FORGET, 0, False)
    assert "an up fails" in removed(SMARTFLO).reason
    assert "This stack forgets what is gone from config (`digo:deletes`): its list keeps it" in kept.reason
    retained = removed(DELETES, replace(STATE, retained=True))
    assert retained.verb is Verb.FORGET
    assert "the state has it as retained" in retained.reason


def test_a_lead_that_another_entry_wants_is_handed_over() -> None:
    other = Desired("test", leads=(replace(LEAD, key="new-0101", list_key="new"),))
    found = removed(DELETES, wanted=other)
    assert found.verb is Verb.FORGET
    assert "Another entry has it now" in found.reason
    into_a_file = removed(DELETES, wanted=Desired("test", lists=(LIST,)))
    assert "Another entry has it now" in into_a_file.reason


def test_one_list_has_one_entry_where_the_account_shows_its_rows() -> None:
    both = Desired("test", lists=(LIST, replace(LIST, key="second")), leads=(replace(LEAD, list_key="third"),))
    (second, third) = compare(both, NOTHING, SMARTFLO).conflicts
    assert (second.where, third.where) == ("lists.second", "lists.third")
    assert "its list 4711 has the rows of the entry `otp`" in second.message
    assert compare(both, NOTHING, DIGO).conflicts == ()
