"""`digo plan` as a document, and whether it agrees with the preview of the engine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from digo.project.project_file import load_project
from digo.state.last_up import LastUp
from digo.workspace.stored_stack import StoredStack
from protocol.stored import decode_value
from tests.scenarios.workspace import STACK, Outcome, Workspace, digo_type

NOTHING, ERROR, CHANGES, STUCK = 0, 1, 2, 3
AS_OPERATION = {
    "create": "create",
    "adopt": "import",
    "update": "update",
    "replace": "replace",
    "forget": "delete",
    "delete": "delete",
}
TYPES = {"agent": "Agent", "lead": "Lead", "broadcast list": "BroadcastList"}
ABSENT = "AbsentAgent"


def document(workspace: Workspace, command: str, code: int | None) -> dict[str, Any]:
    """The document of a command that ends with the code; None: with any but an error's."""
    outcome = workspace.digo(command, "--detailed-exitcode", "--format", "json")
    assert outcome.code in ((NOTHING, CHANGES, STUCK) if code is None else (code,)), outcome.text
    return dict(json.loads(outcome.stdout))


def verbs(workspace: Workspace, code: int) -> dict[str, str]:
    return {step["key"]: step["verb"] for step in document(workspace, "plan", code)["steps"]}


def assert_read_as_exported(workspace: Workspace) -> None:
    """The stack's files say of its state what the engine exports. What reads them cannot start an engine."""
    outcome = workspace.run("stack", "export", "--show-secrets", "--stack", STACK)
    assert outcome.code == 0, outcome.text
    exported = json.loads(outcome.stdout)["deployment"]
    project = load_project(workspace.folder / "Pulumi.yaml")
    stored = StoredStack(project, STACK, workspace.folder / "state", workspace.environ)
    read = stored.deployment()
    assert read is not None
    assert decode_value(read, _nothing_encrypted) == decode_value(exported, _nothing_encrypted)
    assert LastUp.from_deployment(read) == LastUp.from_deployment(exported)
    listed = json.loads(workspace.run("stack", "ls", "--json").stdout)
    assert stored.stacks() == [str(one["name"]).rsplit("/", 1)[-1] for one in listed]


def _nothing_encrypted(ciphertext: str) -> str:
    raise AssertionError(ciphertext)


def assert_agrees(workspace: Workspace, code: int | None, preview: Outcome | None = None) -> dict[str, str]:
    """The plan's verbs are the preview's operations, entry by entry. Returns the verbs by key.

    A list from files is left out: its shards have operations of their own.

    Args:
        workspace: the project.
        code: the exit code of the plan, as `document` takes it.
        preview: the `preview --json`, if the test has it already.
    """
    steps = [step for step in document(workspace, "plan", code)["steps"] if step["subject"] in TYPES]
    preview = preview or workspace.run("preview", "--json")
    assert preview.code == 0, preview.text
    absent = wanted_absent(steps)
    before = in_state(workspace) if absent else {}
    expected = dict(due for step in steps if step["key"] not in absent for due in operation_due(step))
    expected |= dict(due for step in steps if step["key"] in absent for due in operations_on_absent(step, before))
    previewed = typed_operations(preview.stdout)
    assert previewed == expected, f"the preview says {previewed}, the plan {expected}"
    return {step["key"]: step["verb"] for step in steps}


def typed_operations(preview: str) -> dict[str, str]:
    """The operations of a `preview --json` by type and name, such as `Agent sales`; unchanged ones are left out."""
    found = {}
    for step in json.loads(preview).get("steps") or ():
        kind, name = digo_type(step["urn"]), step["urn"].rsplit("::", 1)[-1]
        if step["op"] != "same" and kind in (*TYPES.values(), ABSENT):
            found[f"{kind} {name}"] = step["op"]
    return found


def operation_due(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The operation that a step of the plan stands for."""
    verb, name = step["verb"], f"{TYPES[step['subject']]} {step['key']}"
    # What is new to the state and differs is registered as new: no import changes anything.
    if step.get("adopted"):
        verb = "create"
    if re.search(r"another (agent|list) .*than the state|another agent than the state", step["reason"]):
        verb = "replace"
    if verb in AS_OPERATION:
        yield name, AS_OPERATION[verb]


def wanted_absent(steps: list[Any]) -> set[str]:
    """The entries that want no agent, where calls delete agents."""
    told = ("wanted absent", "no longer wanted absent", "the account does not have it: only the state notes")
    return {step["key"] for step in steps if step["verb"] != "cannot converge" and step["reason"].startswith(told)}


def operations_on_absent(step: Mapping[str, Any], before: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """An entry that wants no agent has a resource that says so. The agent that it had before is deleted."""
    name = f"{ABSENT} {step['key']}"
    if step["reason"].startswith("no longer"):
        yield name, "delete"
        return
    yield name, "update" if name in before else "create"
    if f"{TYPES['agent']} {step['key']}" in before:
        yield f"{TYPES['agent']} {step['key']}", "delete"


def in_state(workspace: Workspace) -> dict[str, str]:
    """The ids of the state's resources, by type and name."""
    resources = workspace.checkpoint().get("resources", [])
    return {f"{digo_type(one['urn'])} {one['urn'].rsplit('::', 1)[-1]}": one.get("id", "") for one in resources}
