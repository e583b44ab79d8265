"""Three sides of each field: wanted, as it was at the last up, and live; which side moved, and what it says."""

from __future__ import annotations

from typing import Any

import pytest

from digo.desired.state import DesiredAgent
from digo.plan.compare import compare
from digo.plan.drift import DriftOrigin, FieldDrift, agent_drift
from digo.plan.fingerprint import agent_digest
from digo.plan.steps import PlanSteps, Verb, steps_of
from digo.settings.profiles import DIGO
from digo.state.last_up import AgentState, LastUp, LeadState
from protocol.values import SECRET_SIGNATURE, SIGNATURE_KEY
from tests.plan.plan_values import account, census, desired, lead, number, record, wanted

LAST = {"name": "Desk", "follow_me_number": number(1), "intercom": "1001"}


def last(eid: str = "e1", wanted_then: dict[str, Any] | None = None, **live: Any) -> AgentState:
    """As the last up left it: nothing differed then, unless given."""
    return AgentState("a", eid, LAST | (wanted_then or {}), LAST | live)


def origins(found: tuple[FieldDrift, ...]) -> dict[str, DriftOrigin]:
    return {one.field: one.origin for one in found}


@pytest.mark.parametrize(
    ("want", "live", "state", "changed", "expected"),
    [
        ({}, {}, last(), None, {}),
        ({"name": "New"}, {}, last(), True, {"name": DriftOrigin.CONFIG}),
        ({}, {"name": "Panel"}, last(), False, {"name": DriftOrigin.ACCOUNT}),
        ({"name": "New"}, {"name": "Panel"}, last(), True, {"name": DriftOrigin.BOTH}),
        ({"name": "New"}, {"name": "New"}, last(), True, {}),
        ({}, {"name": "Panel"}, last(name="Panel"), False, {"name": DriftOrigin.NEITHER}),
        # A refresh wrote the account's value over the wanted one: the digest still knows that config did not move.
        (
            {},
            {"name": "Panel"},
            last(wanted_then={"name": "Panel"}, name="Panel"),
            False,
            {"name": DriftOrigin.NEITHER},
        ),
        ({}, {"name": "Panel"}, last(wanted_then={"name": "Panel"}, name="Panel"), None, {"name": DriftOrigin.CONFIG}),
        ({}, {"name": "Panel"}, None, None, {"name": DriftOrigin.UNRECORDED}),
        ({"intercom": "1002"}, {"intercom": "1001"}, last(), True, {"intercom": DriftOrigin.CONFIG}),
        ({"intercom": None}, {"intercom": "1777"}, last(), False, {}),
        ({}, {"intercom": 1001}, last(), False, {}),
        ({}, {"intercom": None}, last(), False, {"intercom": DriftOrigin.ACCOUNT}),
        ({}, {"index": number(1)[1:]}, last(), False, {}),
        ({}, {"index": number(1)[2:]}, last(), False, {}),
        ({}, {"index": number(9)}, last(), False, {"follow_me_number": DriftOrigin.ACCOUNT}),
        ({"index": 8}, {"index": number(9)}, last(), True, {"follow_me_number": DriftOrigin.BOTH}),
    ],
)
def test_which_side_moved(
    want: dict[str, Any],
    live: dict[str, Any],
    state: AgentState | None,
    changed: bool | None,
    expected: dict[str, DriftOrigin],
) -> None:
    entry = wanted("a", **{"index": 1, "intercom": "1001", **want})
    agent = record("e1", **{"index": 1, "intercom": "1001", **live})
    assert origins(agent_drift(entry, agent, state, config_changed=changed)) == expected


def test_fields_that_config_cannot_set_are_told_and_do_not_count() -> None:
    agent = record("e1", 1, "1001", timegroup_name="Night", agent_groups=[], calls_answered=7, custom_status=1)
    state = last(timegroup_name="Day", agent_groups=[], custom_status=1.0)
    found = agent_drift(wanted("a", 1, "1001"), agent, state, config_changed=False)
    assert [(one.field, one.last, one.live, one.managed) for one in found] == [
        ("timegroup_name", "Day", "Night", False)
    ]


def test_an_agent_made_after_the_last_list_read_has_no_configuration_to_compare() -> None:
    agent = record("e1", 1, "1001", timegroup_name="Night", custom_status=0)
    assert agent_drift(wanted("a", 1, "1001"), agent, last(), config_changed=False) == ()


@pytest.mark.parametrize(
    ("field", "value", "masked", "full"),
    [
        ("name", f"Call {number(7)}", '"Call ***0107"', f'"Call {number(7)}"'),
        ("follow_me_number", number(7), "+1 ***0107", number(7)),
        ("intercom", "1001", "1001", "1001"),
        ("intercom", None, "none", "none"),
        ("allowed_caller_ids", [number(7)[1:]], "['***0107']", f"['{number(7)[1:]}']"),
    ],
)  # fmt: skip
def test_values_are_masked_unless_asked_for(field: str, value: Any, masked: str, full: str) -> None:
    drift = FieldDrift(field, None, None, value, DriftOrigin.ACCOUNT)
    assert drift.shown(value) == masked
    assert drift.shown(value, numbers=True) == full


def steps(*agents: DesiredAgent, live: tuple[Any, ...] = (), applied: LastUp | None = None) -> PlanSteps:
    return steps_of(compare(desired(*agents), account(*live)), applied or LastUp(), DIGO)


@pytest.mark.parametrize(
    ("live", "state", "verb", "calls"),
    [
        (None, None, Verb.CREATE, 1),
        (record("e1", 1, "1001"), None, Verb.ADOPT, 0),
        (record("e1", 1, "1001"), last(), Verb.IN_SYNC, 0),
        (record("e2", 1, "1001"), last("e1"), Verb.ADOPT, 0),
        (record("e1", 1, "1001", "Panel"), last(), Verb.CANNOT_CONVERGE, 0),
        (None, last(), Verb.REPLACE, 1),
        (None, last(wanted_then={"follow_me_number": number(5)}), Verb.REPLACE, 1),
    ],
)
def test_the_verb_of_an_agent(live: Any, state: AgentState | None, verb: Verb, calls: int) -> None:
    applied = LastUp(agents={"a": state} if state else {})
    found = steps(wanted("a", 1, "1001"), live=(live,) if live else (), applied=applied)
    assert [step.verb for step in found.steps] == [verb]
    assert found.calls == calls
    assert found.changed == (verb not in (Verb.IN_SYNC, Verb.CANNOT_CONVERGE))
    assert found.cannot_converge == (verb is Verb.CANNOT_CONVERGE)


def test_the_verb_of_a_lead() -> None:
    sent = {
        "same": LeadState("same", "4711", number(1), {"field_1": "A"}),
        "other": LeadState("other", "4711", number(2), {"field_1": "A"}),
        "moved": LeadState("moved", "4712", number(3), {}),
        "gone": LeadState("gone", "4711", number(4), {}),
        "doubtful": LeadState("doubtful", "4711", number(6), {}, unknown_write="it is not known"),
    }
    entries = (
        lead("same", 1, field_1="A"),
        lead("other", 2, field_1="B"),
        lead("moved", 3),
        lead("new", 5),
        lead("doubtful", 6),
    )
    found = steps_of(compare(desired(*entries), account()), LastUp(leads=sent), DIGO)
    assert {step.key: step.verb for step in found.steps} == {
        "same": Verb.SENT,
        "other": Verb.UPDATE,
        "moved": Verb.REPLACE,
        "new": Verb.CREATE,
        "gone": Verb.FORGET,
        "doubtful": Verb.UPDATE,
    }
    assert found.calls == 4
    assert not found.cannot_converge


def test_the_state_is_read_from_a_deployment() -> None:
    hidden = {SIGNATURE_KEY: SECRET_SIGNATURE, "plaintext": f'"{number(1)}"'}
    entry = wanted("a", 1)
    run = {**hidden, "plaintext": f'{{"census": {{"wanted": {{"a": "{agent_digest(entry)}"}}}}}}'}
    prefix = "urn:pulumi:test::pulumi-digo::pulumi-python:dynamic/digo"
    deployment = {
        "resources": [
            {"type": "pulumi:pulumi:Stack", "urn": "urn:pulumi:test::p::pulumi:pulumi:Stack::p-test"},
            {"type": "pulumi-python:dynamic/digo:Account", "urn": f"{prefix}:Account::account", "id": "account",
             "inputs": {"run": run}},
            {"type": "pulumi-python:dynamic/digo:Agent", "urn": f"{prefix}:Agent::a", "id": "e1",
             "inputs": {"name": "Desk", "follow_me_number": hidden}, "outputs": {"name": "Desk", "custom_status": 0}},
            {"type": "pulumi-python:dynamic/digo:Agent", "urn": f"{prefix}:Agent::a", "id": "e0", "delete": True},
        ]
    }  # fmt: skip
    applied = LastUp.from_deployment(deployment)
    assert applied.agents["a"].eid == "e1"
    assert applied.agents["a"].wanted["follow_me_number"] == number(1)
    assert applied.summary is not None
    assert applied.summary.wanted == {"a": agent_digest(entry)}
    found = steps(entry, live=(record("e1", 1, name="Panel", custom_status=0),), applied=applied)
    assert origins(found.steps[0].drift) == {"name": DriftOrigin.ACCOUNT}


def test_a_blank_intercom_is_not_0000() -> None:
    found = steps(wanted("a", 1, "0000"), live=(record("e1", 1, ""),), applied=LastUp())
    assert [one.field for one in found.steps[0].drift] == ["intercom"]


def test_the_steps_read_the_last_summary_once_however_many_agents_there_are() -> None:
    class CountingAgents(dict[str, str]):
        reads = 0

        def items(self) -> Any:
            self.reads += 1
            return super().items()

    agents = CountingAgents({f"a{index}": "" for index in range(50)})
    guard_input = {"census": {**census().to_dict(), "agents": agents}}
    applied = LastUp(guard_input=guard_input)
    assert applied.summary is not None
    object.__setattr__(applied.summary, "agents", agents)
    agents.reads = 0
    live = account(*(record(f"e{index}", index) for index in range(50)))
    found = steps_of(compare(desired(*(wanted(f"a{index}", index) for index in range(50))), live), applied, DIGO)
    assert [step.begun for step in found.steps] == [True] * 50
    assert agents.reads == 1
