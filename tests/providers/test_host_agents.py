"""Agents through the real host process: each method of the protocol, its words, its secrets and what it costs."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from digo.fields.agents import CONFIGURATION_FIELDS, NUMBER_FIELDS
from providers.host.properties import UNKNOWN, from_struct, to_struct
from sandbox.testing import Sandbox
from tests.providers.host_process import AGENT, Host, urn
from tests.providers.host_values import COUNTRY, WANTED, hidden, inputs, refusal

POST, LIST = "POST /v1/agent", "GET /v1/agents"


CHECKS: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = {
    "canonical": (WANTED, WANTED, []),
    "another spelling": ({**WANTED, "follow_me_number": "+1 (202) 555-0101"}, WANTED, []),
    "an intercom that came as a number": ({**WANTED, "intercom": 1001}, WANTED, []),
    "no intercom": (inputs(1), inputs(1), []),
    "all unknown yet": (dict.fromkeys(WANTED, UNKNOWN), dict.fromkeys(WANTED, UNKNOWN), []),
    "no name": ({**WANTED, "name": " "}, {**WANTED, "name": " "}, [("name", "an agent has a name")]),
    "a national number": (
        {**WANTED, "follow_me_number": "2025550101"}, {**WANTED, "follow_me_number": "2025550101"},
        [("follow_me_number", COUNTRY)],
    ),
    "a short intercom": (
        {**WANTED, "intercom": "101"}, {**WANTED, "intercom": "101"},
        [("intercom", "an intercom is exactly four digits")],
    ),
    "nothing at all": ({}, {}, [("name", "an agent has a name"), ("follow_me_number", "it is empty")]),
}  # fmt: skip


@pytest.mark.parametrize("case", CHECKS)
def test_check(quiet_host: Host, case: str) -> None:
    news, checked, failures = CHECKS[case]
    assert quiet_host.check(AGENT, "a", news) == (checked, failures)


def test_diff_follows_the_account(host: Host, sandbox: Sandbox) -> None:
    eid = sandbox.add_agent("+12025550101", name="Other", intercom="1002")["eid"]
    none, some = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
    number = {**WANTED, "follow_me_number": "+12025550102", "intercom": "1009"}
    cases = [
        (eid, WANTED, WANTED, none, []),
        (eid, WANTED, {**WANTED, "name": "New", "intercom": "1003"}, none, []),  # cannot converge: no call for it
        (eid, WANTED, number, some, ["follow_me_number"]),
        ("gone", WANTED, WANTED, some, ["eid"]),
        (eid, WANTED, {**WANTED, "follow_me_number": UNKNOWN}, some, []),
        (eid, WANTED, {**WANTED, "intercom": UNKNOWN}, some, []),
    ]
    for id_, olds, news, changes, replaces in cases:
        found = host.diff(AGENT, "a", id_, olds, news)
        assert (found.changes, list(found.replaces)) == (changes, replaces), news
    assert sandbox.counts() == {LIST: 1}
    assert [(message.message, message.urn) for message in host.log.messages] == [
        (
            f"follow_me_number +1 ***0101 → +1 ***0102: an up makes a new agent, and the account keeps the old one "
            f"(eid {eid})",
            urn(AGENT, "a"),
        ),
        (
            "the agent eid gone is no longer on the account: an up makes a new one and forgets the old id",
            urn(AGENT, "a"),
        ),
    ]


def test_diff_between_two_agents_with_the_number_is_an_error(host: Host, sandbox: Sandbox) -> None:
    for _ in range(2):
        sandbox.add_agent("+12025550101")
    told = refusal(host.diff, AGENT, "a", "e", inputs(1), inputs(1))
    assert told == "the account has several agents with this follow_me_number; remove the wrong ones in the panel"


def test_create_returns_what_the_list_shows(host: Host, sandbox: Sandbox) -> None:
    eid, outputs = host.create(AGENT, "a", {**WANTED, "__provider": "pickled"})
    (agent,) = sandbox.agents()
    assert eid == agent["eid"] == outputs["eid"]
    assert outputs["numeric_id"] == str(agent["id"])
    assert {name: outputs[name] for name in WANTED} == WANTED
    assert outputs["__provider"] == "pickled"
    assert not {"calls_answered", "calls_missed"} & set(outputs)
    assert {name for name in CONFIGURATION_FIELDS if agent.get(name) is not None} <= set(outputs)
    assert sandbox.counts() == {POST: 1, LIST: 2}


def test_an_agent_made_since_the_plan_is_taken_over(host: Host, sandbox: Sandbox) -> None:
    there = sandbox.add_agent("+12025550101", intercom="1001")
    assert host.create(AGENT, "a", WANTED)[0] == there["eid"]
    assert sandbox.counts() == {LIST: 1}


def test_a_create_in_a_preview_sends_nothing_and_keeps_unknowns(host: Host, sandbox: Sandbox) -> None:
    news = to_struct({**WANTED, "follow_me_number": UNKNOWN, "__provider": "p"})
    request = provider_pb2.CreateRequest(urn=urn(AGENT, "a"), properties=news, preview=True)
    response = host.stub.Create(request)
    assert (response.id, from_struct(response.properties)) == ("", from_struct(news))
    update = provider_pb2.UpdateRequest(id="e", urn=urn(AGENT, "a"), news=news, preview=True)
    assert from_struct(host.stub.Update(update).properties) == from_struct(news)
    assert sandbox.counts() == {}


def test_numbers_leave_the_host_as_secrets_only(host: Host, sandbox: Sandbox) -> None:
    request = provider_pb2.CreateRequest(urn=urn(AGENT, "a"), properties=to_struct(WANTED))
    host.judge()
    made = host.stub.Create(request)
    read = host.read(AGENT, "a", made.id, {}, {})
    assert hidden(made.properties) == hidden(read.properties) == NUMBER_FIELDS & set(from_struct(made.properties))
    assert "follow_me_number" in hidden(read.inputs)


def test_one_list_read_however_many_resources(host: Host, sandbox: Sandbox) -> None:
    eids = [sandbox.add_agent(f"+1202555{100 + index:04d}", name=f"Agent {index}")["eid"] for index in range(50)]
    for index, eid in enumerate(eids):
        host.check(AGENT, f"a{index}", inputs(index))
        host.diff(AGENT, f"a{index}", eid, inputs(index), inputs(index))
        host.read(AGENT, f"a{index}", eid, inputs(index), {})
    assert sandbox.counts() == {LIST: 1}


def test_many_creates_at_once_cost_one_more_list_read(host: Host, sandbox: Sandbox) -> None:
    made = host.create_all(AGENT, {f"a{index}": inputs(index) for index in range(64)})
    assert {eid for eid, _ in made.values()} == {agent["eid"] for agent in sandbox.agents()}
    assert all(outputs["name"] == f"Agent {name[1:]}" for name, (_, outputs) in made.items())
    assert len(sandbox.agents()) == 64
    counts = sandbox.counts()
    assert counts.pop(LIST) <= 3  # the first look, and at most two after creates
    assert counts == {POST: 64}


def test_an_import_by_the_eid(host: Host, sandbox: Sandbox) -> None:
    there = sandbox.add_agent("+12025550101", name="Desk", intercom="1001")
    found = host.read(AGENT, "a", there["eid"], {}, {})
    assert (found.id, from_struct(found.inputs)) == (there["eid"], WANTED)
    assert from_struct(found.properties)["numeric_id"] == str(there["id"])
    told = refusal(host.read, AGENT, "a", str(there["id"]), {}, {})
    assert told == (
        f"the account has no agent with the eid {there['id']}. An agent is imported by its EID, as GET /v1/agents "
        "shows it (field `eid`, not `id`). Nothing was imported"
    )


@pytest.mark.parametrize("form", ["plus", "digits", "national"])
def test_a_refresh_keeps_the_spelling_of_what_did_not_change(host: Host, sandbox: Sandbox, form: str) -> None:
    sandbox.settings(number_form=form)
    there = sandbox.add_agent("+12025550101", name="Desk", intercom="1001")
    found = host.read(AGENT, "a", there["eid"], WANTED, {**WANTED, "eid": there["eid"]})
    assert from_struct(found.inputs) == WANTED


def test_a_refresh_shows_what_changed_and_what_is_gone(host: Host, sandbox: Sandbox) -> None:
    there = sandbox.add_agent("+12025550142", name="Renamed", intercom="0007", custom_status=1)
    found = host.read(AGENT, "a", there["eid"], WANTED, WANTED)
    changed = {"name": "Renamed", "follow_me_number": "+12025550142", "intercom": "0007"}
    assert from_struct(found.inputs) == changed
    assert from_struct(found.properties)["custom_status"] == 1
    assert host.read(AGENT, "a", "gone", WANTED, WANTED).id == ""


@pytest.mark.parametrize("kind", ["object", "html", "truncated-json", "lost-after", "string-false"])
def test_a_read_that_is_not_known_is_never_an_absence(host: Host, sandbox: Sandbox, kind: str) -> None:
    sandbox.add_agent("+12025550109")
    sandbox.fault(kind, method="GET", times="always")
    told = refusal(host.read, AGENT, "a", "e", WANTED, WANTED)
    assert "nothing is taken to be absent" in told
    sandbox.clear_faults()
    assert host.read(AGENT, "a", "e", WANTED, WANTED).id == ""


def test_an_empty_list_is_no_proof_that_the_agents_of_the_state_are_gone(host: Host) -> None:
    assert "it may have been cut short" in refusal(host.read, AGENT, "a", "e", WANTED, WANTED)


def test_what_the_api_cannot_do(host: Host, sandbox: Sandbox) -> None:
    told = refusal(host.update, AGENT, "a", "e1", WANTED)
    assert told.startswith(
        "The API (profile digo) has no call to update an agent: change it in the panel (agent eid e1)"
    )
    told = refusal(host.delete, AGENT, "a", "e1")
    assert told.startswith("The API (profile digo) has no call to delete an agent:")
    assert "e1" in told and "state delete" in told
    assert sandbox.counts() == {}
