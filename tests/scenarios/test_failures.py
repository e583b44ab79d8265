"""Runs that must fail: one short message with the next step, nothing written, nothing leaked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, agent, lead, lists
from tests.scenarios.workspace import CANARY, Outcome, Workspace, requests


def full_numbers(text: str) -> set[str]:
    """The test's phone numbers that stand whole in a text, in any spelling."""
    digits = re.sub(r"[ ()./-]", "", text)
    return {number for number in NUMBERS if number[2:] in digits}


def assert_clean_failure(outcome: Outcome, workspace: Workspace, says: str) -> None:
    assert outcome.code not in (0, None)
    assert says in outcome.text
    assert "Next:" in outcome.text or "check" in outcome.text
    assert "Traceback" not in outcome.text
    assert_no_leak(outcome, workspace)


def assert_no_leak(outcome: Outcome, workspace: Workspace) -> None:
    left = outcome.text + workspace.everything_left()
    assert CANARY not in left
    assert not full_numbers(left)


@pytest.fixture
def canary(workspace: Workspace) -> Workspace:
    """A workspace with agents and a lead, none of whose numbers may be seen, nor its token."""
    workspace.agents(sales=agent(0), support=agent(1))
    workspace.write("lists.yaml", lists(lead(0, name="Asha")))
    return workspace


READS = {
    "html": "could not be read",
    "object": "could not be read",
    "success-false": "could not be read",
    "truncated-json": "could not be read",
    "unauthorized": "refused the token",
}


def test_an_account_that_cannot_be_read_stops_everything(canary: Workspace) -> None:
    for kind, says in READS.items():
        canary.sandbox.fault(kind, path="/v1/agents", times="always")
        # `digo plan` asks as an up does.
        if kind in ("html", "unauthorized"):
            assert_clean_failure(canary.run("up", "--skip-preview"), canary, says)
        else:
            assert_clean_failure(canary.digo("plan"), canary, says)
        assert not [name for name in requests(canary.sandbox) if name.startswith("POST")], kind
        canary.sandbox.clear_faults()
    assert canary.state() == {}
    assert_no_leak(canary.up(), canary)
    canary.assert_nothing_left()


def test_no_token_a_bad_one_and_an_endpoint_that_nobody_serves(canary: Workspace) -> None:
    token = canary.environ.pop("DIGO_AUTHORIZATION")
    outcome = canary.run("preview", "--diff")
    assert outcome.code != 0
    assert "no token: set DIGO_AUTHORIZATION" in outcome.text
    assert outcome.text.count("error:") == 1, outcome.text
    canary.environ["DIGO_AUTHORIZATION"] = "another-token-4f1c"
    assert_clean_failure(canary.run("up", "--skip-preview"), canary, "refused the token")
    canary.environ |= {"DIGO_AUTHORIZATION": token, "DIGO_ENDPOINT": "http://127.0.0.1:9"}
    assert_clean_failure(canary.run("up", "--skip-preview"), canary, "no connection to http://127.0.0.1:9")
    assert canary.sandbox.agents() == []


def test_config_errors_are_all_told_at_once(canary: Workspace) -> None:
    canary.write(
        "agents.yaml",
        "agents:\n  sales: {nmae: Sales, follow_me_number: '+1 202 555 0100', intercom: 12}\n  support: {name: S}\n",
    )
    outcome = canary.run("preview")
    assert outcome.code != 0
    for message in (
        "config/test/agents.yaml:2:11: agents.sales.nmae: unknown key; did you mean `name`?",
        "config/test/agents.yaml:2:71: agents.sales.intercom: an intercom is exactly four digits",
        "config/test/agents.yaml:3:3: agents.support.follow_me_number: is missing",
    ):
        assert message in outcome.text
    assert "Traceback" not in outcome.text
    assert requests(canary.sandbox) == {}
    assert_no_leak(outcome, canary)


WRITES = ["lost-after", "mid-body", "status-after-commit", "html-after-commit", "truncated-json", "string-false"]


def test_a_create_whose_reply_says_nothing_is_made_once(canary: Workspace) -> None:
    """Each of them has a fault of its own, beside one that has none, one that is refused, and a lead that is lost."""
    canary.agents(**{f"agent-{index}": agent(index) for index in range(len(WRITES) + 2)})
    for index, kind in enumerate(WRITES):
        canary.sandbox.fault(kind, path="/v1/agent", body_contains=f"Agent {index}")
    canary.sandbox.fault("success-false", path="/v1/agent", body_contains="Agent 7", message="no more +12025550100")
    canary.sandbox.fault("lost-after", path="/v1/broadcast/lead/4711")
    first = canary.run("up", "--skip-preview", "--continue-on-error")
    assert first.code not in (0, None)
    assert "the API refused POST /v1/agent: no more ***0100" in first.text
    assert_no_leak(first, canary)
    struck = sorted(filter(None, (request["fault"] for request in canary.sandbox.requests())))
    assert struck == sorted([*WRITES, "success-false", "lost-after"])
    # The lead is sent again in the same run.
    assert requests(canary.sandbox)["POST /v1/broadcast/lead"] == 2
    assert len(canary.sandbox.leads("4711")) == 1
    second = canary.run("up", "--skip-preview")
    assert second.code == 0, second.text
    names = sorted(record["name"] for record in canary.sandbox.agents())
    assert names == [f"Agent {index}" for index in range(len(WRITES) + 2)]
    canary.assert_nothing_left()


def test_a_stack_reads_the_environment_that_its_config_names(
    make_workspace: Callable[..., Workspace], engine: str
) -> None:
    workspace = make_workspace("other", engine)
    workspace.agents(sales=agent(0))
    (workspace.folder / "config" / "test").rename(workspace.folder / "config" / "shared")
    assert "there is no such folder" in workspace.digo("plan").text
    workspace.set_config(environment="shared")
    assert workspace.steps() == {"sales": "create"}
    workspace.set_config(environement="shared")
    assert "digo:environement is not a setting; did you mean digo:environment?" in workspace.digo("plan").text


def test_a_token_in_clear_text_in_the_config_is_refused(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales={"name": "Sales desk", "follow_me_number": "+12025550101"})
    workspace.set_config(authorization=CANARY)
    del workspace.environ["DIGO_AUTHORIZATION"]
    sandbox.clear_requests()
    for outcome in (workspace.digo("plan"), workspace.run("preview")):
        assert outcome.code != 0
        assert "digo:authorization is in clear text in the stack's config: renew it" in outcome.text
        assert CANARY not in outcome.text
    assert not sandbox.requests()
