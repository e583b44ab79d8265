"""The pipeline of a fleet: one comment for all stacks, and an up of the plan that was reviewed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from digo.fleet.plan.markdown import MARKER
from sandbox.testing import Sandbox
from tests.ci.fake_hosting import Service, zipped
from tests.ci.pipeline import HEAD, MERGE, Pipeline, agent, github, gitlab
from tests.fleet.fleet_workspace import FleetWorkspace
from tests.warm.warm_sandbox import start_sandbox

NAMES = ("north", "south", "west")
REFUSED = 1


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Sandbox]:
    with start_sandbox(tmp_path, account=[f"{name}=canary-token-of-{name}" for name in NAMES]) as sandbox:
        yield sandbox


@pytest.fixture
def fleet(tmp_path: Path, accounts: Sandbox, service: Service) -> Pipeline:
    """Three stacks in a Git repository, and a change of two that is not committed."""
    folder = tmp_path / "project"
    workspace = FleetWorkspace(folder, accounts)
    for number, name in enumerate(NAMES):
        workspace.add(name, accounts.account(name), sales=agent(number))
    pipeline = Pipeline(folder, accounts, service, workspace)
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.com"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)
    for number, name in enumerate(NAMES[:2]):
        (folder / "config" / name / "agents.yaml").write_text(
            json.dumps({"agents": {"sales": agent(number), "support": agent(10)}})
        )
    return pipeline


def plan_of(fleet: Pipeline) -> str:
    return (fleet.folder / "digo-ci" / "fleet-plan.json").read_text()


def writes(accounts: Sandbox) -> dict[str, int]:
    """The requests that wrote, by account."""
    return {
        name: sum(count for call, count in accounts.account(name).counts().items() if call.startswith("POST"))
        for name in NAMES
    }


def test_the_reviewed_plan_is_carried_out_and_nothing_else(
    fleet: Pipeline, service: Service, accounts: Sandbox
) -> None:
    first = fleet.step("fleet-plan", DIGO_SINCE="HEAD")
    assert first.code == 0, first.text
    second = fleet.step("fleet-plan", DIGO_SINCE="HEAD")
    assert "made " in first.stdout and "updated " in second.stdout
    (body,) = service.comments_of_mine()
    assert body.startswith(f"{MARKER}\n### digo fleet plan: 2 of 2 stacks change")
    document = json.loads(plan_of(fleet))
    assert [one["stack"] for one in document["stacks"]] == ["north", "south"]
    for one in document["stacks"]:
        assert one["plan"] in body
    assert "agent `support`" in body and "config/north/agents.yaml" in body
    assert "canary" not in body and "2025550110" not in body
    assert body in (fleet.folder / "summary.md").read_text() + body
    assert writes(accounts) == dict.fromkeys(NAMES, 0)

    # On merge: those two stacks, although the third has changes too.
    fleet.merged(f"digo-fleet-plan-{HEAD}", zipped_plan(plan_of(fleet)))
    done = fleet.step("fleet-up")
    assert done.code == 0, done.text
    assert "2 stacks, of which 2 change" in done.stdout
    assert writes(accounts) == {"north": 2, "south": 2, "west": 0}
    assert "north" in (fleet.folder / "digo-ci" / "fleet-up.md").read_text()

    # The job again: what was reviewed is done.
    again = fleet.step("fleet-up")
    assert again.code == 0, again.text
    assert writes(accounts) == {"north": 2, "south": 2, "west": 0}


def zipped_plan(text: str) -> bytes:
    return zipped(**{"fleet-plan_json": text})


def test_what_is_not_what_was_reviewed_is_refused(fleet: Pipeline, service: Service, accounts: Sandbox) -> None:
    fleet.on(github(service, fleet.folder / "event.json", commit=MERGE))
    nobody = fleet.step("fleet-up")
    assert nobody.code == REFUSED
    assert "is not a merge of a pull request" in nobody.stderr and "it plans the fleet, and waits" in nobody.stderr

    assert fleet.step("fleet-plan", DIGO_SINCE="HEAD", DIGO_CI_COMMENT="").code == 0
    fleet.merged(f"digo-fleet-plan-{HEAD}", zipped_plan(plan_of(fleet)))
    (fleet.folder / "config" / "south" / "agents.yaml").write_text(json.dumps({"agents": {"sales": agent(1)}}))
    refused = fleet.step("fleet-up")
    assert refused.code == REFUSED, refused.text
    assert "south: the plan has changed since it was reviewed: the config" in refused.stderr
    assert "run the pipeline by hand" in refused.stdout
    assert writes(accounts) == dict.fromkeys(NAMES, 0)

    # Without a service, and for all stacks: somebody reads the plan of a review, and ups that.
    fleet.on({})
    script = "docs/ci/fleet/digo-fleet-ci.sh"
    assert "DIGO_REVIEWED" in fleet.step("fleet-up").stderr
    assert fleet.script(script, "up", "more").code == fleet.script(script).code == 1
    review = fleet.script(script, "review")
    assert review.code == 0 and "The plan as a page: digo-ci/fleet-plan.html" in review.stdout, review.text
    done = fleet.script(script, "up")
    assert done.code == 0, done.text
    assert writes(accounts) == {"north": 2, "south": 1, "west": 1}


def test_a_plan_that_cannot_be_made_and_gitlab(fleet: Pipeline, service: Service) -> None:
    fleet.on(gitlab(service))
    (fleet.folder / "fleet.yaml").write_text("groups: {}\nwave: 1\n")
    broken = fleet.step("fleet-plan")
    assert broken.code == 1 and "fleet.yaml:2:1" in broken.stderr
    (body,) = service.comments_of_mine()
    assert body.startswith(f"{MARKER}\n### digo fleet plan: no plan could be made")

    service.merges[MERGE] = [{"iid": 5, "state": "merged", "merge_commit_sha": MERGE}]
    service.head_pipelines[5] = {"id": 9, "project_id": 1, "status": "success"}
    service.pipelines[9] = [{"id": 3, "name": "digo-fleet-plan", "status": "success"}]
    service.files[3] = b'{"version": 1, "commit": "", "stacks": []}'
    fleet.on(gitlab(service, commit=MERGE))
    kept = fleet.folder / "kept.json"
    found = fleet.workspace.digo("ci", "reviewed", "--fleet", "--output", str(kept))
    assert (found.code, found.stdout) == (0, "0 stacks, of which 0 change\n")
    assert kept.read_bytes() == service.files[3]
    service.files[3] = b"{}"
    odd = fleet.workspace.digo("ci", "reviewed", "--fleet", "--output", str(kept))
    assert odd.code == 1 and "not a plan that this version reads" in odd.stderr
    assert "--fleet needs --output" in fleet.workspace.digo("ci", "reviewed", "--fleet").stderr
