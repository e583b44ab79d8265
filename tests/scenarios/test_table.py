"""The scenario table on each engine: what a preview says is what the up asks the API for, and the engines agree."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from entries import agent, lead, lists
from table import REFUSED, TABLE, Step
from workspace import STACK, Workspace, operations

from sandbox.testing import Sandbox

ENGINES = ["embedded", *(["pulumi"] if shutil.which("pulumi") else [])]
MADE = {"create", "replace"}
SENT = {"create", "replace", "update"}
OF_THE_RUN = {"created", "modified"}
FOR_DEBUGGERS = {"sourcePosition", "stackTrace"}  # where the program registered it; the CLI alone writes it down

Make = Callable[..., Workspace]


@dataclass(frozen=True)
class Done:
    """What one step came to on an engine."""

    what: str
    preview_code: int
    steps: Mapping[str, str] | None
    up_code: int


def do(workspace: Workspace, step: Step) -> Done:
    """Edit, preview, up; the preview says what the table says, and the up does what the preview says."""
    step.edit(workspace)
    preview = workspace.run("preview", "--json")
    steps = operations(preview.stdout) if preview.code == 0 else REFUSED
    assert steps == step.expects, f"{step.what}: {preview.text}"
    workspace.sandbox.clear_requests()
    outcome = workspace.run("up", "--skip-preview")
    assert (outcome.code == 0) == (preview.code == 0), f"{step.what}: {outcome.text}"
    assert requests(workspace.sandbox) == (Counter(writes(workspace, steps)) if steps else Counter()), step.what
    return Done(step.what, preview.code, steps, outcome.code)


def requests(sandbox: Sandbox) -> Counter[tuple[str, str]]:
    """What the API was asked to write: path, and the number that it was about."""
    written = [request for request in sandbox.requests() if request["method"] != "GET"]
    return Counter((one["path"], one["body"].get("follow_me_number") or one["body"]["field_0"]) for one in written)


def writes(workspace: Workspace, steps: Mapping[str, str]) -> list[tuple[str, str]]:
    """The requests that a preview's operations stand for: a create or a sent lead is one POST, all else is none."""
    found = []
    for key, one in config(workspace, "agents").items():
        if steps.get(key) in MADE:
            found.append(("/v1/agent", one["follow_me_number"]))
    for one in config(workspace, "lists").values():
        for row in one["leads"]:
            if steps.get(f"otp-{row['phone'][-4:]}") in SENT:
                found.append((f"/v1/broadcast/lead/{one['id']}", row["phone"]))
    return found


def config(workspace: Workspace, name: str) -> dict[str, Any]:
    path = workspace.folder / "config" / STACK / f"{name}.yaml"
    return dict(yaml.safe_load(path.read_text())[name]) if path.exists() else {}


def state_of(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The whole state by URN but for times, random ids, the journal's names of writes, and EIDs, which are told by the
    name that the account shows: agents that are created at once have them in any order. A hash of a plan is of EIDs."""
    exported = workspace.run("stack", "export", "--stack", STACK, "--show-secrets").stdout
    for one in workspace.sandbox.agents():
        exported = exported.replace(one["eid"], f"eid of {one['name']}")
        exported = exported.replace(f'"numeric_id": "{one["id"]}"', f'"numeric_id": "id of {one["name"]}"')
    exported = re.sub(r'(\\+"plan\\+":\\+")[a-z-]+', r"\1a hash", exported)
    resources = json.loads(exported)["deployment"]["resources"]
    provider = next(one["id"] for one in resources if one["type"] == "pulumi:providers:pulumi-python")
    resources = json.loads(json.dumps(resources).replace(provider, "the default provider"))
    for one in resources:
        one.get("outputs", {}).pop("write", None)
    left_out = OF_THE_RUN | FOR_DEBUGGERS
    return {one["urn"]: {name: value for name, value in one.items() if name not in left_out} for one in resources}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("scenario", TABLE)
def test_what_is_predicted_is_done_on_every_engine(scenario: str, make_workspace: Make, sandbox: Sandbox) -> None:
    done, states = {}, {}
    for engine in ENGINES:
        sandbox.reset()
        workspace = make_workspace(engine, engine)
        done[engine] = [do(workspace, step) for step in TABLE[scenario]]
        states[engine] = state_of(workspace)
    for engine in ENGINES:
        assert done[engine] == done["embedded"]
        assert states[engine] == states["embedded"]


@pytest.mark.needs("pulumi")
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("source", "target"), [("embedded", "pulumi"), ("pulumi", "embedded")])
def test_a_state_moves_to_the_other_engine(source: str, target: str, make_workspace: Make, sandbox: Sandbox) -> None:
    workspaces = {engine: make_workspace(engine, engine) for engine in (source, target)}
    workspaces[source].sandbox.add_agent(**agent(0))
    for workspace in workspaces.values():
        workspace.agents(adopted=agent(0), made=agent(1))
        workspace.write("lists.yaml", lists(lead(0, otp="1")))
    workspaces[source].up()
    exported = workspaces[target].folder / "exported.json"
    assert workspaces[source].run("stack", "export", "--stack", STACK, "--file", str(exported)).code == 0
    assert workspaces[target].run("stack", "import", "--stack", STACK, "--file", str(exported)).code == 0
    assert state_of(workspaces[target]) == state_of(workspaces[source])
    workspaces[target].assert_nothing_left()
