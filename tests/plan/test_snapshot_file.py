"""Whatever config, account and state are: a recording of the two gives the same plan, and no number away."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from digo.api.models import AgentRecord
from digo.api.snapshot import Snapshot
from digo.desired import Desired, DesiredAgent, DesiredLead, Position
from digo.lists.key import LedgerKey
from digo.phone.number import parse_number
from digo.plan.compare import compare
from digo.plan.drift import DriftOrigin
from digo.plan.guard_input import GuardContext, guard_input
from digo.plan.pseudonyms import Pseudonyms
from digo.plan.render.document import review_document
from digo.plan.review import review_plan
from digo.plan.snapshot_file import AccountSnapshotFile
from digo.settings.limits import GuardLimits
from digo.settings.profiles import DIGO
from digo.state.last_up import AgentState, LastUp, LeadState

VEIL = Pseudonyms(LedgerKey("a ledger key for the tests, of no worth"))
GUARDS = GuardContext("https://api.example", DIGO, GuardLimits(), "config/t")
AT = Position("agents.yaml", 1, 1)
NOW = datetime(2026, 11, 25, 12, tzinfo=timezone.utc)

# Few of each, so that the sides meet often.
numbers = st.integers(100, 104).map(lambda last: f"+1202555{last:04}")
names = st.sampled_from(["Sales", "Night", "Call +1 202 555 0150", "\u65e5\u672c", ""])
intercoms = st.sampled_from([None, "1001", "1002", "0007"])
spellings = st.sampled_from([str, lambda text: text[1:], lambda text: text[2:], lambda text: f"00{text[1:]}"])


@st.composite
def desires(draw: st.DrawFn) -> Desired:
    keys = draw(st.lists(st.sampled_from("abcde"), unique=True, max_size=4))
    chosen = draw(st.lists(numbers, unique=True, min_size=len(keys), max_size=len(keys)))
    free = [None, *draw(st.permutations(["1001", "1002", "0007", "1003"]))]
    agents = tuple(
        DesiredAgent(key, draw(names) or "x", parse_number(chosen[at]), free[at], AT) for at, key in enumerate(keys)
    )
    leads = tuple(
        DesiredLead(f"otp-{index}", "otp", "4711", parse_number(draw(numbers)), {"field_1": draw(names)}, AT)
        for index in range(draw(st.integers(0, 2)))
    )
    return Desired("t", agents, leads)


@st.composite
def accounts(draw: st.DrawFn) -> Snapshot:
    count = draw(st.integers(0, 4))
    return Snapshot.of(
        AgentRecord(
            eid=f"e{index}",
            name=draw(st.none() | names),
            follow_me_number=draw(st.none() | st.builds(lambda as_, text: as_(text), spellings, numbers)),
            intercom=draw(intercoms),
            custom_status=draw(st.sampled_from([None, 0, 1])),
        )
        for index in range(count)
    )


@st.composite
def states(draw: st.DrawFn) -> LastUp:
    """What some earlier config and account would have left."""
    before, account = draw(desires()), draw(accounts())
    last_input = guard_input(compare(before, account), before, account, GUARDS)
    agents = {
        one.key: AgentState(
            one.key,
            f"e{index}",
            {"name": one.name, "follow_me_number": one.number.e164, "intercom": one.intercom},
            {"name": draw(names), "follow_me_number": one.number.e164, "intercom": one.intercom},
            protected=draw(st.booleans()),
        )
        for index, one in enumerate(before.agents)
    }
    doubt = draw(st.sampled_from(["", "it is not known"]))
    leads = {
        one.key: LeadState(
            one.key, one.list_id, one.number.e164, one.fields, unknown_write=doubt, protected=draw(st.booleans())
        )
        for one in before.leads
    }
    return draw(st.sampled_from([LastUp(), LastUp(agents, leads, {}, last_input)]))


@given(desired=desires(), account=accounts(), state=states())
@settings(max_examples=60)
def test_a_recording_gives_the_same_plan(desired: Desired, account: Snapshot, state: LastUp) -> None:
    recording = AccountSnapshotFile.of(account, state, VEIL, "t", GUARDS.endpoint, NOW)
    text = recording.model_dump_json(exclude_none=True)
    assert not re.search(r"555[ -]?01\d\d", text)
    snapshot, applied = AccountSnapshotFile.model_validate_json(text).restored(VEIL, desired)
    real = review_plan(desired, account, state, GUARDS, cps=3, today=date(2026, 11, 25))
    from_file = review_plan(desired, snapshot, applied, GUARDS, cps=3, today=date(2026, 11, 25))
    assert review_document(from_file) == review_document(real)
    assert json.dumps(review_document(from_file)) == json.dumps(review_document(real))


@given(account=accounts())
def test_another_key_lifts_nothing(account: Snapshot) -> None:
    recording = AccountSnapshotFile.of(account, LastUp(), VEIL, "t", GUARDS.endpoint, NOW)
    other = Pseudonyms(LedgerKey("another ledger key for the tests, of no worth"))
    wanted = DesiredAgent("a", "Sales", parse_number("+12025550100"), None, AT)
    snapshot, _ = recording.restored(other, replace(Desired("t"), agents=(wanted,)))
    assert snapshot.with_number(wanted.number) == ()
    assert snapshot.fingerprint != account.fingerprint


def test_a_number_that_config_has_no_more_is_the_same_in_list_and_state_whatever_its_spelling() -> None:
    wanted = DesiredAgent("b", "Sales", parse_number("+12025550101"), "1002", AT)
    account = Snapshot.of([AgentRecord(eid="e1", name="Sales", follow_me_number="2025550103", intercom="1002")])
    was = {"name": "Sales", "follow_me_number": "+12025550103", "intercom": "1002"}
    state, desired = LastUp({"b": AgentState("b", "e1", was, was)}), Desired("t", (wanted,))
    snapshot, applied = AccountSnapshotFile.of(account, state, VEIL, "t", GUARDS.endpoint, NOW).restored(VEIL, desired)
    drifts = [
        review_plan(desired, *sides, GUARDS, cps=3, today=date(2026, 11, 25)).steps.steps[0].drift[0].origin
        for sides in ((account, state), (snapshot, applied))
    ]
    assert drifts == [DriftOrigin.CONFIG, DriftOrigin.CONFIG]
