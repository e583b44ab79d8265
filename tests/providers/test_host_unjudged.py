"""The host writes nothing in a run whose guards were not asked, and counts for itself what a judged run changes."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2

from digo.settings.limits import GuardLimits
from providers.host.properties import to_struct
from sandbox.testing import Sandbox
from tests.providers.host_process import ACCOUNT, AGENT, LEAD, Host, urn
from tests.providers.host_values import WANTED, guard_input, inputs, refusal

SHARD = "pulumi-python:dynamic/digo:LeadShard"
SENT = {"list_id": "4711", "phone": "+12025550142", "fields": {"field_5": "0123"}}
OTHER = {**SENT, "fields": {"field_5": "9"}}
ROWS = {"list": "otp", "list_id": "4711", "shard": 1, "of": 1, "digests": "", "key_check": "k", "rows": 0}
NOT_ASKED = "the guards were not asked in this run, because `account` is not among its targets"
TOMORROW = (date.today() + timedelta(days=1)).isoformat()


def registered(news: dict[str, Any]) -> struct_pb2.Struct:
    """The inputs as a program gives them, with its provider."""
    return to_struct({**news, "__provider": "pickled"})


def writes(sandbox: Sandbox) -> dict[str, int]:
    return {name: count for name, count in sandbox.counts().items() if not name.startswith("GET ")}


def write_config(host: Host, **files: str) -> None:
    folder = host.project / "config" / "test"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def approval(plan: str, guard: str = "targets", expires: str = TOMORROW) -> str:
    return f"approvals:\n  - {{guard: {guard}, reason: the desk alone, plan: {plan}, expires: {expires}}}\n"


def create(type_: str, name: str, news: dict[str, Any]) -> provider_pb2.CreateRequest:
    return provider_pb2.CreateRequest(urn=urn(type_, name), properties=registered(news))


def update(type_: str, name: str, olds: dict[str, Any], news: dict[str, Any]) -> provider_pb2.UpdateRequest:
    before = to_struct(olds)
    return provider_pb2.UpdateRequest(
        id="x", urn=urn(type_, name), news=registered(news), olds=before, old_inputs=before
    )


def check(type_: str, name: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> provider_pb2.CheckRequest:
    return provider_pb2.CheckRequest(urn=urn(type_, name), news=registered(news), olds=to_struct(olds or {}))


@pytest.mark.parametrize(("type_", "news"), [(AGENT, WANTED), (LEAD, SENT), (SHARD, ROWS)])
def test_no_create_is_sent_and_a_preview_says_so(
    host: Host, sandbox: Sandbox, type_: str, news: dict[str, Any]
) -> None:
    write_config(host, agents="agents: {}\n")
    told = refusal(host.stub.Create, create(type_, "a", news))
    assert told.startswith(f"{NOT_ASKED}; nothing was written or adopted:")
    for said in ("--target '**::account'", "config/test/approvals.yaml", "`guard: targets`", "`plan: "):
        assert said in told
    if type_ != SHARD:
        assert refusal(host.stub.Check, check(type_, "b", news)) == told
    assert writes(sandbox) == {}


def test_no_update_is_sent_and_a_preview_says_so(host: Host, sandbox: Sandbox) -> None:
    write_config(host, agents="agents: {}\n")
    assert NOT_ASKED in refusal(host.stub.Update, update(LEAD, "l", SENT, OTHER))
    assert NOT_ASKED in refusal(host.stub.Update, update(AGENT, "a", WANTED, WANTED))
    host.stub.Check(check(LEAD, "l", OTHER, SENT))
    assert NOT_ASKED in refusal(host.diff, LEAD, "l", "x", SENT, OTHER)
    assert writes(sandbox) == {}


def test_what_writes_nothing_is_allowed_as_before(host: Host, sandbox: Sandbox) -> None:
    """Refresh, import, destroy, and a run with targets in which nothing changes."""
    eid = sandbox.add_agent("+12025550101", name="Desk", intercom="1001")["eid"]
    host.stub.Check(check(AGENT, "a", WANTED, WANTED))
    assert list(host.diff(AGENT, "a", eid, WANTED, WANTED).diffs) == []
    host.stub.Check(check(LEAD, "l", SENT, SENT))
    assert list(host.diff(LEAD, "l", "x", SENT, SENT).diffs) == []
    assert host.read(AGENT, "a", eid, WANTED, WANTED).id == eid
    # `pulumi import` runs no program: its inputs have no provider.
    assert host.read(AGENT, "b", eid, {}, {}).id == eid
    assert host.check(AGENT, "b", WANTED, WANTED) == (WANTED, [])
    assert host.check(AGENT, "c", WANTED) == (WANTED, [])
    assert "has no call to delete an agent" in refusal(host.delete, AGENT, "a", eid)
    host.delete(ACCOUNT, "account", "account")
    assert host.read(ACCOUNT, "account", "account", guard_input(), guard_input()).id == "account"
    preview = provider_pb2.CreateRequest(urn=urn(AGENT, "d"), properties=to_struct(WANTED), preview=True)
    assert host.stub.Create(preview).id == ""
    assert writes(sandbox) == {}


def test_a_program_adopts_nothing_either(host: Host, sandbox: Sandbox) -> None:
    write_config(host, agents="agents: {}\n")
    eid = sandbox.add_agent("+12025550101", name="Desk", intercom="1001")["eid"]
    host.read(AGENT, "a", eid, {}, {})
    assert NOT_ASKED in refusal(host.stub.Check, check(AGENT, "a", WANTED, WANTED))
    host.judge()
    host.stub.Check(check(AGENT, "a", WANTED, WANTED))


def test_a_refused_judgement_and_that_of_another_run_are_none(host: Host, sandbox: Sandbox) -> None:
    write_config(host, agents="agents: {}\n")
    assert "the guards refuse this plan" in refusal(host.check, ACCOUNT, "account", guard_input(3))
    assert NOT_ASKED in refusal(host.stub.Create, create(LEAD, "l", SENT))
    host.configure(endpoint=sandbox.url, cps="0")
    host.judge()
    host.stub.Create(create(LEAD, "l", SENT))
    host.configure(endpoint=sandbox.url, cps="0")
    assert NOT_ASKED in refusal(host.stub.Create, create(LEAD, "m", SENT))
    assert writes(sandbox) == {"POST /v1/broadcast/lead/4711": 1}


def test_the_guards_of_one_stack_do_not_speak_for_another(host: Host, sandbox: Sandbox) -> None:
    host.judge()
    foreign = provider_pb2.CreateRequest(urn=urn(LEAD, "l").replace(":test::", ":prod::"), properties=registered(SENT))
    assert "this run is of stack test" in refusal(host.stub.Create, foreign)
    assert writes(sandbox) == {}


def test_an_approval_lets_targets_go_alone_for_one_plan_and_within_the_limits(host: Host, sandbox: Sandbox) -> None:
    agents = "".join(
        f'  a{index}: {{name: "Agent {index}", follow_me_number: "+1202555{100 + index:04d}"}}\n' for index in range(4)
    )
    write_config(host, agents=f"agents:\n{agents}")
    sandbox.add_agent("+12025550150", name="Panel", intercom="1900")
    limited = {"endpoint": sandbox.url, "cps": "0", "guards": '{"maxCreates": 2}'}

    def attempt(name: str) -> str | None:
        """Why a new run refuses the agent; None if it was made."""
        host.stub.Check(check(AGENT, name, inputs(int(name[1:]))))
        host.stub.Create(create(AGENT, name, inputs(int(name[1:]))))
        return None

    host.configure(**limited)
    plan = re.findall(r"`plan: ([b-t-]{39})`", refusal(attempt, "a0"))[0]
    for text, says in (
        (approval(plan, expires="2020-01-01"), "expired on 2020-01-01"),
        (approval(plan.replace(plan[:4], "bbbb", 1)), f"and this one is {plan}"),
        (approval(plan, guard="creates"), "`guard: targets`"),
        (approval(plan[:19]), "is a hash of 64 bits"),
    ):
        write_config(host, approvals=text)
        host.configure(**limited)
        assert says in refusal(attempt, "a0")
    assert writes(sandbox) == {}
    write_config(host, approvals=approval(plan))
    host.configure(**limited)
    assert attempt("a0") is None
    assert attempt("a1") is None
    told = refusal(attempt, "a2")
    assert "creates: the plan has 3 creates; at most 2 are allowed (maxCreates)" in told
    assert writes(sandbox) == {"POST /v1/agent": 2}


@pytest.mark.parametrize(("limit", "setting"), [("maxCreates", "creates"), ("maxUpdates", "updates")])
def test_what_the_last_summary_hides_is_counted_by_the_state(
    host: Host, sandbox: Sandbox, limit: str, setting: str
) -> None:
    """The summary says that all is sent, as after an up with targets that left the leads out."""
    judged = guard_input(limits=GuardLimits(**{limit: 2}).model_dump())
    host.check(ACCOUNT, "account", judged, judged)

    def attempt(index: int) -> None:
        news = {**OTHER, "phone": f"+120255501{40 + index}"}
        olds = {**news, "fields": SENT["fields"]} if setting == "updates" else {}
        host.stub.Check(check(LEAD, f"l{index}", news, olds))
        if olds:
            host.diff(LEAD, f"l{index}", "x", olds, news)
            host.stub.Update(update(LEAD, f"l{index}", olds, news))
        else:
            host.stub.Create(create(LEAD, f"l{index}", news))

    attempt(0)
    attempt(0)  # a resource counts once
    attempt(1)
    told = refusal(attempt, 2)
    assert refusal(attempt, 2) == told  # what was refused once is refused again
    assert told.startswith("the guards refuse what this run would change by the state")
    assert f"{setting}: the plan has 3 {setting}; at most 2 are allowed ({limit})" in told
    assert "nothing was written for this one" in told
    assert writes(sandbox) == {"POST /v1/broadcast/lead/4711": 3}


def test_a_replaced_lead_counts_as_sent_again_and_no_more(host: Host) -> None:
    judged = guard_input(limits=GuardLimits(maxCreates=0, maxUpdates=1).model_dump())
    host.check(ACCOUNT, "account", judged, judged)
    moved = {**SENT, "list_id": "4712"}
    host.stub.Check(check(LEAD, "l", moved, SENT))
    assert list(host.diff(LEAD, "l", "x", SENT, moved).replaces) == ["list_id"]
    host.stub.Check(check(LEAD, "l", moved))
    host.stub.Create(create(LEAD, "l", moved))
    # A user's `--replace` asks without the state's inputs: it is a create.
    assert "creates: the plan has 1 create" in refusal(host.stub.Check, check(LEAD, "m", SENT))
