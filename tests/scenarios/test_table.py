"""The scenario table on each engine and account: what a preview says is what the up asks the API for.

The engines agree. Where calls change what differs, nothing is left after each step.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from sandbox.testing import Sandbox
from tests.scenarios.entries import agent, lead, lists
from tests.scenarios.planning import CHANGES, NOTHING, assert_agrees
from tests.scenarios.products import DIGO, PRODUCTS, USERS, Product
from tests.scenarios.table import REFUSED, TABLE, Column, Step
from tests.scenarios.workspace import STACK, Workspace, operations

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


def do(workspace: Workspace, product: Product, step: Step) -> Done:
    """Edit, preview, up; the preview says what the table says, and the up does what the preview says."""
    step.edit(workspace, product)
    expected = step.expects(product)
    preview = workspace.run("preview", "--json")
    steps = operations(preview.stdout) if preview.code == 0 else REFUSED
    assert steps == expected, f"{step.what}: {preview.text}"
    due = Counter() if steps is REFUSED else Counter(writes(workspace, product, steps))
    if product.converges and steps is not REFUSED:
        # Users have no intercom here, so that nothing is stuck.
        code = (CHANGES if steps or due else NOTHING) if product is USERS else None
        assert_agrees(workspace, code, preview)
    workspace.sandbox.clear_requests()
    outcome = workspace.run("up", "--skip-preview")
    assert (outcome.code == 0) == (preview.code == 0), f"{step.what}: {outcome.text}"
    assert requests(workspace.sandbox) == due, step.what
    return Done(step.what, preview.code, steps, outcome.code)


def play(workspace: Workspace, product: Product, steps: Sequence[Step]) -> Iterator[Done]:
    """One step after another. What one leaves is in the next one's preview, so only the last up is done twice."""
    last = [step for step in steps if step.expects(product) is not REFUSED][-1]
    for step in steps:
        yield do(workspace, product, step)
        if product.converges and step is last:
            workspace.assert_nothing_left()


def requests(sandbox: Sandbox) -> Counter[tuple[str, str]]:
    """What the API was asked to write: the call, and the number that it was about; "" where the path has an id."""
    written = [request for request in sandbox.requests() if request["method"] != "GET"]
    return Counter(map(asked, written))


def asked(request: Mapping[str, Any]) -> tuple[str, str]:
    method, path, body = request["method"], request["path"], request["body"] or {}
    if by_id := re.fullmatch(r"(/v1/(?:user|agent))/\d+", path):
        return f"{method} {by_id[1]}", ""
    return f"{method} {path}", str(body.get("number") or body.get("follow_me_number") or body["field_0"])


def writes(workspace: Workspace, product: Product, steps: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The requests that a preview's operations stand for. What is new to the state alone is adopted, and changed."""
    there = {one["number"] for one in product.agents(workspace.sandbox)}
    for key, one in config(workspace, "agents").items():
        number = one["follow_me_number"]
        if steps.get(key) in MADE and number not in there:
            yield product.calls["create"], number
        elif steps.get(key) in {*MADE, "update"}:
            yield product.calls["update"], ""
        elif steps.get(key) == "delete" or (one.get("absent") and number in there):
            yield from deletes(product)
    for key in steps.keys() - config(workspace, "agents").keys():
        if steps[key] == "delete" and "otp" not in key and workspace.settings().get("deletes") == "delete":
            yield from deletes(product)
    for one in config(workspace, "lists").values():
        for row in one["leads"]:
            if steps.get(f"otp-{row['phone'][-4:]}") in SENT:
                yield f"POST /v1/broadcast/lead/{one['id']}", row["phone"]


def deletes(product: Product) -> Iterator[tuple[str, str]]:
    if "delete" in product.calls:
        yield product.calls["delete"], ""


def config(workspace: Workspace, name: str) -> dict[str, Any]:
    path = workspace.folder / "config" / STACK / f"{name}.yaml"
    return dict(yaml.safe_load(path.read_text())[name]) if path.exists() else {}


def state_of(workspace: Workspace, product: Product = DIGO) -> dict[str, dict[str, Any]]:
    """The whole state by URN but for times, random ids, the journal's names of writes, and EIDs, which are told by the
    name that the account shows: agents that are created at once have them in any order. A hash of a plan is of EIDs."""
    exported = workspace.run("stack", "export", "--stack", STACK, "--show-secrets").stdout
    for one in product.agents(workspace.sandbox):
        exported = exported.replace(one["eid"], f"eid of {one['name']}")
        for name, id_ in (("numeric_id", one["id"]), ("numeric_id", one.get("legacy_id")), ("user_id", one["id"])):
            exported = exported.replace(f'"{name}": "{id_}"', f'"{name}": "id of {one["name"]}"')
    exported = re.sub(r'(\\+"plan\\+":\\+")[a-z-]+', r"\1a hash", exported)
    resources = json.loads(exported)["deployment"]["resources"]
    provider = next(one["id"] for one in resources if one["type"] == "pulumi:providers:pulumi-python")
    resources = json.loads(json.dumps(resources).replace(provider, "the default provider"))
    for one in resources:
        one.get("outputs", {}).pop("write", None)
    left_out = OF_THE_RUN | FOR_DEBUGGERS
    return {one["urn"]: {name: value for name, value in one.items() if name not in left_out} for one in resources}


def steps_of(product: Product, scenario: str) -> Sequence[Step]:
    """The steps of a scenario, on other accounts than the first two those that end with one that is another there."""
    steps = TABLE[scenario]
    others = [place for place, step in enumerate(steps, start=1) if step.turned_on is not Column.DIGO]
    return steps if product in (DIGO, USERS) else steps[: max(others)]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("product", "scenario"),
    [pytest.param(product, scenario, id=f"{product.name}: {scenario}") for product in PRODUCTS for scenario in TABLE],
)
def test_what_is_predicted_is_done_on_every_engine(
    product: Product, scenario: str, make_workspace: Make, sandbox: Sandbox
) -> None:
    done, states = {}, {}
    for engine in ENGINES:
        sandbox.reset()
        workspace = make_workspace(engine, engine, product.token(sandbox))
        product.prepare(workspace)
        done[engine] = list(play(workspace, product, steps_of(product, scenario)))
        if len(ENGINES) > 1:
            states[engine] = state_of(workspace, product)
    for engine in states:
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
