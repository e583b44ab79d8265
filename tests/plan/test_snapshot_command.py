"""A plan from a recording is the plan from the account, without token, engine, passphrase or network."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.killing import kill, wait_until_gone
from tests.scenarios.workspace import STACK, Workspace

KEY = "a ledger key for the tests, of no worth"
NUMBER = "+1202555"


def agent(index: int, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "name": name or f"Agent {index}",
        "follow_me_number": f"{NUMBER}{index:04}",
        "intercom": 1000 + index,
    } | more


def lists(*leads: dict[str, str]) -> dict[str, Any]:
    return {"lists": {"otp": {"id": 4711, "columns": {"phone": "field_0", "otp": "field_5"}, "leads": list(leads)}}}


def lead(index: int, otp: str) -> dict[str, str]:
    return {"phone": f"{NUMBER}{index:04}", "otp": otp}


@pytest.fixture
def keyed(workspace: Workspace) -> Workspace:
    workspace.environ["DIGO_LEDGER_KEY"] = KEY
    return workspace


def plan(workspace: Workspace, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = workspace.digo("plan", "--detailed-exitcode", "--format", "json", *arguments)
    assert done.stdout, done.stderr
    return done.code, json.loads(done.stdout)


def lone(workspace: Workspace) -> Workspace:
    """The same project for someone who has nothing but the repository, the recording and the key."""
    for name in ("DIGO_AUTHORIZATION", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_BACKEND_URL"):
        workspace.environ.pop(name, None)
    return workspace


def test_the_plan_from_a_recording_is_the_plan_from_the_account(keyed: Workspace, sandbox: Sandbox) -> None:
    keyed.agents(kept=agent(100), drifts=agent(101), gone=agent(102), moved=agent(103), renamed=agent(104))
    keyed.write("lists.yaml", lists(lead(150, "111111"), lead(151, "222222"), lead(152, "333333")))
    keyed.write("leads.csv", "phone,name\n" + "".join(f"{NUMBER}{index:04},N{index}\n" for index in range(160, 180)))
    keyed.write("lists/file.yaml", {"lists": {"bulk": {"id": 4712, "columns": COLUMNS, "source": "leads.csv"}}})
    keyed.up()
    live = {one["name"]: one for one in sandbox.agents()}
    sandbox.edit_agent(live["Agent 101"]["eid"], name="Call +1 202 555 0188 at night")
    sandbox.add_agent(f"{NUMBER}0110", name="There already", intercom=1110)
    sandbox.add_agent("2025550111", name="Spelled short", intercom=1111)
    sandbox.add_agent(f"{NUMBER}0112", name="Nobody's, +1 202 555 0113", intercom=1112)

    keyed.agents(
        kept=agent(100),
        drifts=agent(101),
        moved=agent(123),
        renamed=agent(104, name="Other"),
        adopted=agent(110, "There already"),
        short=agent(111, "Spelled short"),
        new=agent(124),
    )
    keyed.write("lists.yaml", lists(lead(150, "111111"), lead(151, "444444"), lead(153, "555555")))
    keyed.write("leads.csv", "phone,name\n" + "".join(f"{NUMBER}{index:04},N{index}\n" for index in range(160, 181)))
    code, online = plan(keyed)
    assert {one["verb"] for one in online["steps"]} == {
        "create", "adopt", "in sync", "update", "cannot converge", "replace", "forget", "sent",
    }  # fmt: skip

    sandbox.clear_requests()
    done = keyed.digo("snapshot", "account.json")
    assert done.code == 0, done.text
    assert sandbox.counts() == {"GET /v1/agents": 1}
    sandbox.stop()
    code_offline, offline = plan(lone(keyed), "--snapshot", "account.json")
    assert (code_offline, offline) == (code, online)


COLUMNS = {"phone": "field_0", "name": "field_1"}


def test_what_the_journal_doubts_and_the_state_protects_is_in_a_recording(keyed: Workspace) -> None:
    """The state is an older one again: the account has got other columns since."""
    keyed.agents(kept=agent(100), gone=agent(101))
    keyed.write("leads.csv", f"phone,name\n{NUMBER}0160,N\n")
    keyed.write("lists/file.yaml", {"lists": {"bulk": {"id": 4712, "columns": COLUMNS, "source": "leads.csv"}}})
    keyed.write("lists.yaml", lists(lead(150, "111111"), lead(151, "333333")))
    keyed.up()
    state = json.loads(keyed.run("stack", "export", "--stack", STACK).stdout)
    for resource in state["deployment"]["resources"]:
        resource["protect"] = "dynamic/digo:" in resource["urn"]
    (keyed.folder / "old.json").write_text(json.dumps(state))
    keyed.write("lists.yaml", lists(lead(150, "222222"), lead(151, "333333")))
    keyed.up()
    assert keyed.run("stack", "import", "--stack", STACK, "--file", "old.json").code == 0
    keyed.agents(kept=agent(100))
    keyed.write("lists.yaml", lists(lead(150, "111111")))
    (keyed.folder / "config" / STACK / "lists/file.yaml").unlink()
    code, online = plan(keyed)
    reasons = {one["key"]: one["reason"] for one in online["steps"] if one["verb"] in ("update", "forget")}
    assert "a run that was cut off had begun to send other columns" in reasons.pop("otp-0150")
    assert sorted(reasons) == ["bulk", "gone", "otp-0151"]
    assert all("It is protected in the state" in reason for reason in reasons.values())
    assert keyed.digo("snapshot", "account.json").code == 0
    assert plan(lone(keyed), "--snapshot", "account.json") == (code, online)


def test_what_a_killed_run_sent_of_a_list_is_in_a_recording(keyed: Workspace, sandbox: Sandbox) -> None:
    """Its rows are set back to what the state says, and the account has some of the others."""
    rows = {
        name: "phone,name\n" + "".join(f"{NUMBER}{index:04},{name}\n" for index in range(100, 140)) for name in "AB"
    }
    keyed.write("lists.yaml", {"lists": {"bulk": {"id": 4712, "columns": COLUMNS, "source": "leads.csv"}}})
    keyed.write("leads.csv", rows["A"])
    keyed.up()
    keyed.write("leads.csv", rows["B"])
    sandbox.clear_requests()
    sandbox.fault("hang-after-commit", path="/v1/broadcast/lead/*", nth=[20])
    run = keyed.start("up", "--skip-preview")
    sandbox.wait_for(lambda request: request["fault"] == "hang-after-commit" and request["committed"])
    kill(keyed, "engine")
    run.communicate(timeout=60)
    sandbox.clear_faults()
    wait_until_gone(keyed)
    keyed.write("leads.csv", rows["A"])
    code, online = plan(keyed)
    assert [one["verb"] for one in online["steps"]] == ["update"]
    assert keyed.digo("snapshot", "account.json").code == 0
    assert plan(lone(keyed), "--snapshot", "account.json") == (code, online)


def test_no_number_and_nothing_of_a_lead_is_in_a_recording(keyed: Workspace, sandbox: Sandbox) -> None:
    keyed.agents(sales=agent(100))
    keyed.write("lists.yaml", lists(lead(150, "98765432")))
    sandbox.add_agent("2025550111", name="Call 2025550112", intercom=None, failover_destination="+12025550113")
    keyed.up()
    assert keyed.digo("snapshot", "account.json").code == 0
    text = (keyed.folder / "account.json").read_text()
    assert "98765432" not in text
    assert not re.search(r"555[ -]?01\d\d", text)
    assert KEY not in text
    assert "***0112" in text


def test_it_is_planned_with_the_key_it_was_made_with_alone(keyed: Workspace, sandbox: Sandbox) -> None:
    keyed.agents(sales=agent(100))
    del keyed.environ["DIGO_LEDGER_KEY"]
    done = keyed.digo("snapshot", "account.json")
    assert done.code == 1
    assert "no ledger key" in done.stderr
    keyed.environ["DIGO_LEDGER_KEY"] = KEY
    assert keyed.digo("snapshot", "account.json").code == 0
    keyed.environ["DIGO_LEDGER_KEY"] = "another ledger key for the tests, of no worth"
    done = keyed.digo("plan", "--snapshot", "account.json")
    assert done.code == 1
    assert "another ledger key" in done.stderr


def test_a_guard_refuses_from_a_recording_as_from_the_account(keyed: Workspace, sandbox: Sandbox) -> None:
    keyed.agents(**{f"a{index}": agent(100 + index) for index in range(8)})
    keyed.up()
    keyed.agents(a0=agent(100))
    code, online = plan(keyed)
    assert code == 1
    assert "deletes" in online["refusal"]
    assert keyed.digo("snapshot", "account.json").code == 0
    assert plan(lone(keyed), "--snapshot", "account.json") == (code, online)


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "is not a snapshot"), ('{"version": 2}', "is not a snapshot"), (None, "cannot be read")],
)
def test_what_is_no_recording_is_refused(keyed: Workspace, content: str | None, said: str) -> None:
    keyed.agents(sales=agent(100))
    if content is not None:
        (keyed.folder / "account.json").write_text(content)
    done = keyed.digo("plan", "--snapshot", "account.json")
    assert done.code == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_recording_of_another_stack_is_refused(keyed: Workspace, sandbox: Sandbox) -> None:
    keyed.agents(sales=agent(100))
    assert keyed.digo("snapshot", "account.json").code == 0
    path = keyed.folder / "account.json"
    path.write_text(path.read_text().replace(f'"stack": "{STACK}"', '"stack": "prod"'))
    done = keyed.digo("plan", "--snapshot", "account.json")
    assert done.code == 1
    assert "the snapshot is of stack prod" in done.stderr
