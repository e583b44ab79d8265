"""All stacks of a fleet are planned in one process: each account is read once, and no stack's error ends another's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan
from digo.session import StackSession
from sandbox.testing import Sandbox
from tests.fleet.fleet_project import FleetProject
from tests.warm.warm_python import warm_environment
from tests.warm.warm_sandbox import start_sandbox

STACKS = ("chennai-1", "delhi-1", "goa-1", "kochi-1", "mysuru-1", "pune-1", "salem-1")
TOKENS = {name: f"canary-of-{name}" for name in STACKS}
FLEET = """\
groups:
  all: {stacks: ["*"]}
environment:
  variables: {DIGO_AUTHORIZATION: "TOKEN_{STACK}", DIGO_VAR_NAME: "DIGO_VAR_NAME_{STACK}"}
"""
CHENNAI = """\
agents:
  sales: {name: "${NAME}", follow_me_number: "+12025550101", intercom: 1001}
  desk: {name: Desk, follow_me_number: "+12025550102"}
  moved: {name: Moved, follow_me_number: "+12025550103"}
"""


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path_factory.mktemp("accounts"), accounts=dict(TOKENS)) as sandbox:
        yield sandbox


@pytest.fixture
def project(tmp_path: Path, accounts: Sandbox) -> FleetProject:
    """A fleet of all sorts of stacks. None has a state, and no engine is needed to say so."""
    project = FleetProject(tmp_path / "project", {}, FLEET)
    for name in TOKENS:
        project.stack(name, endpoint=accounts.url, cps=0)
        accounts.account(name).reset()
    accounts.account("chennai-1").add_agent("+12025550102", name="Front desk")
    project.agents("chennai-1", CHENNAI)
    project.agents("goa-1", "agents:\n  sales: {name: Sales, follow_me_number: no number}\n")
    project.stack("kochi-1", endpoint=accounts.url, cps="many")
    project.stack("mysuru-1", endpoint=accounts.url, cps=0, guards={"maxCreates": 1})
    project.agents("mysuru-1", CHENNAI)
    salem = project.stack("salem-1", endpoint=accounts.url, cps=0)
    salem.write_text(salem.read_text() + "encryptionsalt: v1:x\n")  # it was made once, and no backend has its state
    accounts.account("pune-1").fault("status", status=403, path="/v1/agents", times=9)
    return project


def environ_of(project: FleetProject) -> dict[str, str]:
    tokens = {f"TOKEN_{name.upper().replace('-', '_')}": token for name, token in TOKENS.items()}
    return {
        "PULUMI_BACKEND_URL": f"file://{project.folder}/state",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "DIGO_VAR_NAME_CHENNAI_1": "Verkauf",
        "DIGO_VAR_NAME_MYSURU_1": "Vendas",
        **tokens,
    }


def plan_of(project: FleetProject, seen: list[StackPlan] | None = None, **environ: str) -> FleetPlan:
    fleet = project.load(**{**environ_of(project), **environ})
    return fleet.plan((seen if seen is not None else []).append)


def test_each_stack_has_its_own_outcome(project: FleetProject, accounts: Sandbox) -> None:
    seen: list[StackPlan] = []
    plan = plan_of(project, seen)
    found = {one.stack: one for one in plan.stacks}
    assert {name: one.outcome.value for name, one in found.items()} == {
        "chennai-1": "cannot converge",
        "delhi-1": "unchanged",
        "goa-1": "failed",
        "kochi-1": "failed",
        "mysuru-1": "refused",
        "pune-1": "failed",
        "salem-1": "failed",
    }
    assert list(found) == sorted(found)
    assert (plan.exit_code, len(plan.refused), [one.stack for one in plan.changed]) == (1, 5, ["chennai-1"])
    assert sorted((one.stack, one.outcome) for one in seen) == sorted((one.stack, one.outcome) for one in plan.stacks)

    assert "config/goa-1/agents.yaml:2:42: agents.sales.follow_me_number" in found["goa-1"].reason
    assert "digo:cps is a whole number" in found["kochi-1"].reason
    assert "maxCreates" in found["mysuru-1"].reason
    assert "GET /v1/agents, status 403" in found["pune-1"].reason
    assert "the state of stack salem-1 is not in" in found["salem-1"].reason
    assert found["delhi-1"].notes[0].startswith("new stack: nothing in the state")

    text = json.dumps(plan.to_dict())
    assert not any(secret in text for secret in (*TOKENS.values(), "2025550101", "2025550102"))
    assert all(len(accounts.account(name).requests()) == 1 for name in ("chennai-1", "delhi-1", "mysuru-1"))
    assert not accounts.account("goa-1").requests()
    assert FleetPlan.from_dict(json.loads(text)) == plan == plan_of(project)


def test_a_plan_has_what_changes_masked(project: FleetProject) -> None:
    (chennai,) = (one for one in plan_of(project).stacks if one.stack == "chennai-1")
    steps = {one.key: one for one in chennai.steps}
    assert {key: one.verb.value for key, one in steps.items()} == {
        "sales": "create",
        "desk": "adopt",
        "moved": "create",
    }
    assert chennai.counts == {"create": 2, "adopt": 1}
    assert (chennai.calls, chennai.seconds) == (2, None)
    # A variable of config is the stack's own.
    fields = {one.field: (one.outcome.value, one.before, one.after, one.wanted) for one in steps["sales"].fields}
    assert fields == {
        "name": ("set", None, "Verkauf", None),
        "follow_me_number": ("set", None, "+1 ***0101", None),
        "intercom": ("set", None, "1001", None),
    }
    (stuck,) = steps["desk"].fields
    assert (stuck.field, stuck.outcome.value, stuck.after, stuck.wanted) == (
        "name",
        "cannot converge",
        "Front desk",
        "Desk",
    )
    assert steps["moved"].position == "config/chennai-1/agents.yaml:4:3"
    assert set(chennai.parts) == {"config", "account", "settings", "tool"}


def test_a_stack_without_its_own_token_has_no_other_ones(project: FleetProject, accounts: Sandbox) -> None:
    found = plan_of(project, TOKEN_DELHI_1="", DIGO_AUTHORIZATION=TOKENS["delhi-1"])
    (delhi,) = (one for one in found.stacks if one.stack == "delhi-1")
    assert delhi.outcome is PlanOutcome.FAILED
    assert "DIGO_AUTHORIZATION" in delhi.reason
    assert not accounts.account("delhi-1").requests()


def test_an_error_that_nobody_expected_is_one_stacks_own(
    project: FleetProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StackSession.review

    def review(self: StackSession) -> object:
        if self.name == "delhi-1":
            raise ZeroDivisionError(f"{TOKENS['delhi-1']} +1 202 555 0101")
        return real(self)

    monkeypatch.setattr(StackSession, "review", review)
    found = {one.stack: one for one in plan_of(project).stacks}
    reason = found["delhi-1"].reason
    assert reason.startswith("a bug of pulumi-digo: ZeroDivisionError: [secret] ***0101 (fleet/open_stack.py:")
    assert found["chennai-1"].outcome is PlanOutcome.STUCK


def test_ctrl_c_does_not_wait_for_an_account_that_hangs(project: FleetProject, accounts: Sandbox) -> None:
    hanging = accounts.account("delhi-1")
    hanging.fault("hang", path="/v1/agents", times=9)
    project.stack("delhi-1", endpoint=accounts.url, cps=0, timeout=600)
    python = Path(warm_environment()) / "bin/python"
    process = subprocess.Popen(
        [python, "-m", "digo", "fleet", "plan"],
        cwd=project.folder,
        env={**os.environ, **environ_of(project)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        hanging.wait_for(lambda request: request["fault"] == "hang")
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=200)
    finally:
        process.kill()
    assert (process.returncode, stdout) == (130, "")
    assert stderr.endswith("interrupted by SIGINT; nothing was written to the account\n")
    assert "Traceback" not in stderr
