"""Leads and the account's guards through the real host process."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from providers.host.properties import UNKNOWN, from_struct, to_struct
from sandbox.testing import Sandbox
from tests.providers.host_process import ACCOUNT, LEAD, Host, urn
from tests.providers.host_values import COUNTRY, guard_input, hidden, refusal

POST = "POST /v1/broadcast/lead/4711"
WANTED = {"list_id": "4711", "phone": "+12025550142", "fields": {"field_5": "0123"}}
NO_COLUMN = "is not one of the API's columns field_1, field_2 …"
CHECKS: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = {
    "canonical": (WANTED, WANTED, []),
    "another spelling": ({**WANTED, "phone": "+1-202-555-0142"}, WANTED, []),
    "a list id that came as a number": ({**WANTED, "list_id": 4711}, WANTED, []),
    "no columns": ({"list_id": "4711", "phone": "+12025550142"}, {**WANTED, "fields": {}}, []),
    "unknown phone and columns": (
        {**WANTED, "phone": UNKNOWN, "fields": UNKNOWN}, {**WANTED, "phone": UNKNOWN, "fields": UNKNOWN}, [],
    ),
    "no list": ({**WANTED, "list_id": ""}, {**WANTED, "list_id": ""}, [("list_id", "a lead belongs to a list")]),
    "a national phone": (
        {**WANTED, "phone": "2025550142"}, {**WANTED, "phone": "2025550142"}, [("phone", COUNTRY)],
    ),
    "the phone as a column": (
        {**WANTED, "fields": {"field_0": "x"}}, {**WANTED, "fields": {"field_0": "x"}},
        [("fields", f"`field_0` {NO_COLUMN}")],
    ),
    "a column with a leading zero": (
        {**WANTED, "fields": {"field_05": "x"}}, {**WANTED, "fields": {"field_05": "x"}},
        [("fields", f"`field_05` {NO_COLUMN}")],
    ),
    "no column of the API": (
        {**WANTED, "fields": {"duplicate_option": "clone"}}, {**WANTED, "fields": {"duplicate_option": "clone"}},
        [("fields", f"`duplicate_option` {NO_COLUMN}")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CHECKS)
def test_check_of_leads(quiet_host: Host, case: str) -> None:
    news, checked, failures = CHECKS[case]
    assert quiet_host.check(LEAD, "l", news) == (checked, failures)


@pytest.mark.parametrize(
    ("news", "changed", "replaces"),
    [
        (WANTED, [], []),
        ({**WANTED, "fields": {"field_5": "9"}}, ["fields"], []),
        ({**WANTED, "fields": {}}, ["fields"], []),
        ({**WANTED, "fields": UNKNOWN}, ["fields"], []),
        ({**WANTED, "phone": "+12025550143"}, ["phone"], ["phone"]),
        ({**WANTED, "list_id": "4712"}, ["list_id"], ["list_id"]),
    ],
)
def test_diff_of_leads_needs_no_request(
    quiet_host: Host, news: dict[str, Any], changed: list[str], replaces: list[str]
) -> None:
    quiet_host.judge()
    quiet_host.check(LEAD, "l", news)  # as an engine does for what its program wants
    found = quiet_host.diff(LEAD, "l", "4711/0142", WANTED, news)
    some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    assert (found.changes, list(found.diffs), list(found.replaces)) == (some, changed, replaces)


def test_leads_are_sent_and_sent_again_with_overwrite(host: Host, sandbox: Sandbox) -> None:
    id_, outputs = host.create(LEAD, "l", WANTED)
    first = outputs.pop("write")
    assert (id_, outputs) == ("4711/0142", {**WANTED, "status": "sent"})
    outputs = host.update(LEAD, "l", id_, {**WANTED, "fields": {"field_5": "9"}})
    assert outputs.pop("write") != first
    assert outputs == {**WANTED, "fields": {"field_5": "9"}, "status": "sent"}
    (lead,) = sandbox.leads("4711")
    assert lead["fields"]["field_5"] == "9"
    assert [request["body"]["duplicate_option"] for request in sandbox.requests()] == ["overwrite", "overwrite"]
    assert sandbox.counts() == {POST: 2}


def test_an_update_in_a_preview_sends_nothing(host: Host, sandbox: Sandbox) -> None:
    id_, _ = host.create(LEAD, "l", WANTED)
    news = {**WANTED, "fields": {"field_5": "9"}}
    asked = provider_pb2.UpdateRequest(id=id_, urn=urn(LEAD, "l"), news=to_struct(news), preview=True)
    assert from_struct(host.stub.Update(asked).properties) == news
    assert sandbox.counts() == {POST: 1}


@pytest.mark.parametrize("kind", ["lost-before", "lost-after", "status", "html-after-commit", "truncated-json"])
def test_a_lead_whose_reply_is_lost_is_sent_again(host: Host, sandbox: Sandbox, kind: str) -> None:
    sandbox.fault(kind, method="POST")
    if kind in ("html-after-commit", "truncated-json"):  # a whole reply with 200 that says nothing: not repeated
        assert "neither confirms nor refuses it" in refusal(host.create, LEAD, "l", WANTED)
        assert sandbox.counts() == {POST: 1}
        host.create(LEAD, "l", WANTED)
    else:
        host.create(LEAD, "l", WANTED)
    assert len(sandbox.leads("4711")) == 1
    assert sandbox.counts() == {POST: 2}


def test_a_list_that_the_account_lacks_is_told_in_its_words(host: Host, sandbox: Sandbox) -> None:
    sandbox.settings(lists=["1"])
    told = refusal(host.create, LEAD, "l", WANTED)
    assert told.startswith(f"the API refused {POST}: List not found.")


def test_phone_and_columns_leave_the_host_as_secrets_only(host: Host) -> None:
    found = host.read(LEAD, "l", "4711/0142", WANTED, {**WANTED, "status": "sent"})
    assert hidden(found.properties) == hidden(found.inputs) == {"phone", "fields"}
    assert from_struct(found.properties) == {**WANTED, "status": "sent"}


def test_what_the_api_cannot_do_with_leads(host: Host, sandbox: Sandbox) -> None:
    told = refusal(host.read, LEAD, "l", "4711/0142", {}, {})
    assert told.startswith("the API has no read-back of leads, so a lead cannot be imported.")
    told = refusal(host.delete, LEAD, "l", "x")
    assert told.startswith("The API (profile digo) has no call to delete a lead: it stays in its list.")
    assert sandbox.counts() == {}


def test_guards_that_let_a_plan_pass(host: Host, sandbox: Sandbox) -> None:
    news = guard_input(2)
    assert host.check(ACCOUNT, "account", news) == (news, [])
    id_, outputs = host.create(ACCOUNT, "account", news)
    assert (id_, outputs) == ("account", news)
    found = host.diff(ACCOUNT, "account", id_, guard_input(), news)
    assert found.changes == provider_pb2.DiffResponse.DIFF_NONE
    read = host.read(ACCOUNT, "account", id_, news, news)
    assert (read.id, hidden(read.properties), hidden(read.inputs)) == ("account", {"run"}, {"run"})
    assert host.update(ACCOUNT, "account", id_, news) == news
    host.delete(ACCOUNT, "account", id_)
    assert sandbox.counts() == {}


def test_guards_that_refuse_a_plan(host: Host, sandbox: Sandbox) -> None:
    told = refusal(host.check, ACCOUNT, "account", guard_input(3))
    assert told.splitlines()[:2] == [
        "the guards refuse this plan; nothing was written:",
        "  creates: the plan has 3 creates; at most 2 are allowed (maxCreates)",
    ]
    position = {"file": "config/test/approvals.yaml", "line": 2, "column": 3}
    approval = {
        "guard": "creates",
        "reason": "r",
        "plan": "bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst",
        "position": position,
    }
    expired = guard_input(3, approvals=[{**approval, "expires": "2020-01-01"}])
    told = refusal(host.check, ACCOUNT, "account", expired)
    assert "the approval at config/test/approvals.yaml:2:3 expired on 2020-01-01" in told
    valid = guard_input(3, approvals=[{**approval, "expires": "2999-01-01"}])
    assert host.check(ACCOUNT, "account", valid) == (valid, [])
    assert sandbox.counts() == {}


def test_the_guards_compare_with_the_last_run(host: Host) -> None:
    told = refusal(host.check, ACCOUNT, "account", guard_input(), guard_input(2))
    assert "emptied: the config wants nothing, and the last run had 2 resources" in told


def test_the_account_is_not_imported(host: Host) -> None:
    told = refusal(host.read, ACCOUNT, "account", "account", {}, {})
    assert told == "the resource `account` cannot be imported; an up creates it"
