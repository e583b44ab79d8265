"""Leads of which a run did not learn whether they were written: a config that is set back to what the state says is a
change all the same, and plan, preview and up say so."""

from __future__ import annotations

from sandbox.testing import Sandbox
from tests.scenarios.entries import lead, lists
from tests.scenarios.killing import kill, wait_until_gone
from tests.scenarios.planning import CHANGES, NOTHING, assert_agrees, verbs
from tests.scenarios.workspace import Workspace

LEAD = "otp-0150"
SEND = "/v1/broadcast/lead/*"
SENT = "POST /v1/broadcast/lead/4711"


def want(workspace: Workspace, otp: str) -> None:
    workspace.write("lists.yaml", lists(lead(0, otp=otp)))


def has(sandbox: Sandbox) -> str:
    (row,) = sandbox.leads("4711")
    return str(row["fields"]["field_5"])


def assert_it_is_sent_again(workspace: Workspace, sandbox: Sandbox, otp: str) -> None:
    assert verbs(workspace, CHANGES) == {LEAD: "update"}
    sandbox.clear_requests()
    workspace.up()
    assert sandbox.counts()[SENT] == 1
    assert has(sandbox) == otp
    assert workspace.state()[LEAD]["outputs"]["status"] == "sent"


def assert_settled(workspace: Workspace) -> None:
    workspace.assert_nothing_left()
    assert verbs(workspace, NOTHING) == {LEAD: "sent"}


def assert_set_back_it_is_sent_again(workspace: Workspace, sandbox: Sandbox) -> None:
    """The account has the new columns, the state the old ones, and the config is as the state again."""
    want(workspace, "111111")
    assert has(sandbox) == "222222"
    assert_it_is_sent_again(workspace, sandbox, "111111")


def test_a_lead_whose_replies_are_lost_and_that_is_set_back_is_sent_again(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    want(workspace, "111111")
    workspace.up()
    want(workspace, "222222")
    sandbox.fault("html-after-commit", path=SEND)
    failed = workspace.run("up", "--skip-preview")
    assert failed.code != 0
    assert "neither confirms nor refuses it" in failed.text
    assert "it is sent once more, with overwrite, which is harmless" in failed.text
    assert workspace.state()[LEAD]["outputs"]["status"] == "unknown"
    refreshed = workspace.run("refresh", "--skip-preview", "--expect-no-changes")
    assert refreshed.code == 0, refreshed.text
    assert "sent again" not in refreshed.text
    want(workspace, "111111")
    assert assert_agrees(workspace, CHANGES) == {LEAD: "update"}
    assert_set_back_it_is_sent_again(workspace, sandbox)
    assert_settled(workspace)


def test_a_new_lead_whose_reply_is_lost_is_not_forgotten_in_silence(workspace: Workspace, sandbox: Sandbox) -> None:
    """The account may have it, so the state has to."""
    want(workspace, "111111")
    sandbox.fault("html-after-commit", path=SEND)
    assert workspace.run("up", "--skip-preview").code != 0
    assert workspace.state()[LEAD]["outputs"]["status"] == "unknown"
    assert_it_is_sent_again(workspace, sandbox, "111111")
    assert_settled(workspace)

    sandbox.fault("html-after-commit", path=SEND, body_contains="222222")
    workspace.write("lists.yaml", lists(lead(0, otp="222222"), lead(1, otp="333333")))
    assert workspace.run("up", "--skip-preview").code != 0
    workspace.write("lists.yaml", lists(lead(1, otp="333333")))
    assert verbs(workspace, CHANGES)[LEAD] == "forget"


def test_a_lead_that_was_being_sent_when_its_run_was_killed_and_is_set_back_is_sent_again(
    workspace: Workspace, sandbox: Sandbox
) -> None:
    want(workspace, "111111")
    workspace.up()
    for victim in ("engine", "host"):
        want(workspace, "222222")
        sandbox.clear_requests()
        sandbox.fault("hang-after-commit", path=SEND)
        run = workspace.start("up", "--skip-preview")
        sandbox.wait_for(lambda request: request["fault"] == "hang-after-commit" and request["committed"])
        kill(workspace, victim)
        run.communicate(timeout=60)
        assert run.returncode != 0, victim
        sandbox.clear_faults()
        wait_until_gone(workspace)
        if workspace.engine == "pulumi":
            workspace.run("cancel")
        assert_set_back_it_is_sent_again(workspace, sandbox)
    assert_settled(workspace)
