"""Stacks of one account read it once, in a plan and in a watch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.fleet import DriftOutcome, Fleet, PlanOutcome
from sandbox.testing import Sandbox
from tests.fleet.fleet_project import FleetProject
from tests.warm.warm_sandbox import start_sandbox

TOKENS = {"twins": "canary-of-twins", "alone": "canary-of-alone"}
FLEET = """\
groups: {all: {stacks: ["*"]}}
environment: {variables: {DIGO_AUTHORIZATION: "TOKEN_{STACK}"}}
"""
ENVIRON = {
    "TOKEN_TWIN_1": TOKENS["twins"],
    "TOKEN_TWIN_2": TOKENS["twins"],
    "TOKEN_TWIN_3": TOKENS["twins"],
    "TOKEN_UNNAMED": TOKENS["twins"],
    "TOKEN_ALONE": TOKENS["alone"],
}
AGENT = 'agents:\n  sales: {{name: Sales, follow_me_number: "{}"}}\n'


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path, accounts=dict(TOKENS)) as sandbox:
        yield sandbox


@pytest.fixture
def fleet(tmp_path: Path, accounts: Sandbox) -> Fleet:
    """Three stacks of one account, one of the same that does not name it, and one of another."""
    project = FleetProject(tmp_path / "project", {}, FLEET)
    for number in (1, 2, 3):
        project.stack(f"twin-{number}", endpoint=accounts.url, cps=0, account="twins")
        project.agents(f"twin-{number}", AGENT.format(f"+1202555010{number}"))
    project.stack("unnamed", endpoint=accounts.url, cps=0)
    project.stack("alone", endpoint=accounts.url, cps=0, account="alone")
    return project.load(**ENVIRON)


def reads(accounts: Sandbox) -> dict[str, int]:
    """The lists of agents that were asked for since the last time."""
    found = {}
    for name in TOKENS:
        found[name] = accounts.account(name).counts().get("GET /v1/agents", 0)
        accounts.account(name).clear_requests()
    return found


def test_one_read_for_all_stacks_that_name_the_account(fleet: Fleet, accounts: Sandbox) -> None:
    plan = fleet.plan()
    assert reads(accounts) == {"twins": 2, "alone": 1}, "one that names no account reads by itself"
    outcomes = {one.stack: (one.outcome, dict(one.counts)) for one in plan.stacks}
    assert outcomes["twin-1"] == outcomes["twin-3"] == (PlanOutcome.CHANGES, {"create": 1})
    assert len({one.plan_hash for one in plan.stacks if one.stack.startswith("twin")}) == 3, "each is its own plan"
    watch = fleet.select("twin-*").drift()
    assert reads(accounts) == {"twins": 1, "alone": 0}
    assert {(one.stack, one.outcome) for one in watch.stacks} == {
        (f"twin-{number}", DriftOutcome.DRIFT) for number in (1, 2, 3)
    }


def test_another_token_reads_by_itself_and_a_failure_is_that_of_all(fleet: Fleet, accounts: Sandbox) -> None:
    accounts.account("twins").fault("status", status=403, path="/v1/agents", times="always")
    watch = fleet.only({"twin-1", "twin-2", "alone"}).drift()
    assert {one.stack for one in watch.unknown} == {"twin-1", "twin-2"} and reads(accounts)["twins"] == 1
    assert all("403" in one.reason for one in watch.unknown)
    other = Fleet.load(fleet.root, {**ENVIRON, "TOKEN_TWIN_2": TOKENS["alone"]})
    watch = other.only({"twin-1", "twin-2"}).drift()
    assert [one.stack for one in watch.unknown] == ["twin-1"] and reads(accounts) == {"twins": 1, "alone": 1}
