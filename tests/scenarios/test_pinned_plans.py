"""`DIGO_PLAN`: an up does the plan that was reviewed, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox.testing import Sandbox
from tests.scenarios.entries import NUMBERS, agent, lead, lists
from tests.scenarios.workspace import Outcome, Workspace, requests

RUNS = (["up"], ["up", "--skip-preview"])


def planned(workspace: Workspace) -> str:
    """The hash that `digo plan` prints now, without a pin."""
    pin = workspace.environ.pop("DIGO_PLAN", None)
    text = workspace.digo("plan").stdout
    if pin is not None:
        workspace.environ["DIGO_PLAN"] = pin
    return text.split("Plan: ")[1].split()[0]


def pin(workspace: Workspace, plan: str) -> None:
    workspace.environ["DIGO_PLAN"] = plan


def writes(sandbox: Sandbox) -> int:
    return sum(count for name, count in requests(sandbox).items() if name.startswith("POST"))


def assert_refused(workspace: Workspace, reviewed: str, *says: str) -> None:
    """An up's preview, an up without one, and `digo plan` all say it, and nothing is written."""
    now = planned(workspace)
    workspace.sandbox.clear_requests()
    outcomes: list[Outcome] = [*(workspace.run(*run) for run in RUNS), workspace.digo("plan", "--detailed-exitcode")]
    for outcome in outcomes:
        assert outcome.code not in (0, 2, 3), outcome.text
        for what in ("is not the one that was reviewed", f"reviewed: {reviewed}", f"now: {now}", "Next: ", *says):
            assert what in outcome.text
        assert "Traceback" not in outcome.text
    assert writes(workspace.sandbox) == 0


def test_digo_plan_says_how_to_pin_and_the_pinned_up_does_it(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), support=agent(1))
    text = workspace.digo("plan").stdout
    plan = planned(workspace)
    assert f"an up of this plan and no other: DIGO_PLAN={plan} " in text
    (workspace.folder / "plan.json").write_text(workspace.digo("plan", "--format", "json").stdout)

    # The account changes after the review.
    pin(workspace, plan)
    panel = sandbox.add_agent(name="Panel", follow_me_number=NUMBERS[40], intercom="1900")
    assert_refused(workspace, plan, "config, the account, a setting or the tool")
    assert len(sandbox.agents()) == 1
    said = workspace.digo("plan", "--since", "plan.json").stderr
    assert "the account has changed" in said
    assert "config has changed" not in said

    # What moves by itself is not a change.
    again = planned(workspace)
    sandbox.edit_agent(panel["eid"], calls_answered=99, calls_missed=3)
    pin(workspace, again)
    assert workspace.digo("plan", "--detailed-exitcode").code == 2
    sandbox.clear_requests()
    assert workspace.run("up").code == 0
    assert writes(sandbox) == 2


def test_a_config_that_changed_since_the_review(workspace: Workspace) -> None:
    workspace.agents(sales=agent(0))
    (workspace.folder / "plan.json").write_text(workspace.digo("plan", "--format", "json").stdout)
    plan = planned(workspace)
    pin(workspace, plan)
    workspace.agents(sales=agent(0), support=agent(1))
    assert "is not the one that was reviewed" in workspace.run("up", "--skip-preview").text
    said = workspace.digo("plan", "--since", "plan.json").stderr
    assert "config has changed" in said
    assert "agent support: nothing planned → create" in said
    # A run of some resources has no gate, and is refused all the same.
    urn = "urn:pulumi:test::pulumi-digo::pulumi-python:dynamic/digo:Agent::sales"
    assert "is not the one that was reviewed" in workspace.run("up", "--skip-preview", "--target", urn).text
    assert workspace.sandbox.agents() == []


def test_a_rename_that_is_no_longer_said_is_another_plan(workspace: Workspace, sandbox: Sandbox) -> None:
    """Without `formerly` the leads of the renamed list would be sent again under their new names."""
    workspace.write("lists.yaml", lists(lead(0, name="Asha")))
    workspace.up()
    renamed = lists(lead(0, name="Asha"))
    renamed["lists"]["code"] = {**renamed["lists"].pop("otp"), "formerly": "otp"}
    workspace.write("lists.yaml", renamed)
    plan = planned(workspace)
    pin(workspace, plan)
    assert workspace.digo("plan", "--detailed-exitcode").code == 0
    del renamed["lists"]["code"]["formerly"]
    workspace.write("lists.yaml", renamed)
    assert "is not the one that was reviewed" in workspace.run("preview").text
    assert planned(workspace) != plan


def test_an_up_that_was_done_or_half_done_is_another_plan(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0), support=agent(1), night=agent(2))
    plan = planned(workspace)
    pin(workspace, plan)
    sandbox.fault("status", status=422, path="/v1/agent", body_contains="Agent 1")
    assert workspace.run("up", "--skip-preview", "--continue-on-error").code != 0
    sandbox.clear_faults()
    assert len(sandbox.agents()) == 2
    # The program does not know the state: it says that the account changed. `digo plan` knows what the last up was of.
    refused = workspace.digo("plan")
    assert refused.code == 1
    assert "the last up was of the reviewed plan" in refused.stdout
    assert "is not the one that was reviewed" in workspace.run("up", "--skip-preview").text
    assert len(sandbox.agents()) == 2

    rest = planned(workspace)
    assert rest != plan
    pin(workspace, rest)
    assert workspace.run("up", "--skip-preview").code == 0
    assert len(sandbox.agents()) == 3
    assert "is not the one that was reviewed" in workspace.digo("plan").text
    del workspace.environ["DIGO_PLAN"]
    workspace.assert_nothing_left()


def test_what_is_no_hash_is_an_error_before_the_account_is_asked(workspace: Workspace, sandbox: Sandbox) -> None:
    workspace.agents(sales=agent(0))
    for text, said in (("", "DIGO_PLAN is empty"), ("latest", "DIGO_PLAN is not a plan's hash")):
        pin(workspace, text)
        sandbox.clear_requests()
        outcome = workspace.run("up", "--skip-preview")
        assert outcome.code not in (0, None)
        assert said in outcome.text and "it is like bcdf-ghjk-lmnp-qrst-bcdf-ghjk-lmnp-qrst" in outcome.text
        plan = workspace.digo("plan")
        assert plan.code == 1 and said in plan.stderr
    assert requests(sandbox) == {}


def test_the_hash_does_not_depend_on_how_many_requests_run_at_once(
    make_workspace: Callable[..., Workspace], workspace: Workspace, engine: str
) -> None:
    """Two checkouts of one config, entries in another order, another parallelism: one plan."""
    other = make_workspace("other", engine)
    workspace.agents(sales=agent(0), support=agent(1))
    other.agents(support=agent(1), sales=agent(0))
    other.environ["PULUMI_PARALLEL"] = "1"
    plan = planned(workspace)
    assert planned(other) == plan
    pin(other, plan)
    assert json.loads(other.run("preview", "--json").stdout)["changeSummary"]["create"] == 4
