"""What a run left on the account and in the state, in a form that two runs can be compared by."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from sandbox.testing import Sandbox
from tests.faults.project import MANAGED, Project

_VOLATILE = frozenset({"calls_answered", "calls_missed", "id", "eid", "legacy_id", "lead_id"})
_OF_THE_ACCOUNT = frozenset({"eid", "numeric_id"})
_OF_A_LIST = frozenset({"numeric_id", "blocked"})
"""Outputs of which an agent has one if a list of its account was read since it was made."""
_SENT, _READ_BACK = "sent", "in sync"
"""A lead that a run has sent, and one that it has found in its list: whichever came about, nothing is left to do."""
_OF_THE_RUN = frozenset({"write", "deleted", "__provider"})


def account_of(sandbox: Sandbox) -> dict[str, list[str]]:
    """What both accounts have, without ids and counters. Sorted texts, so that duplicates show as such."""
    state, other = sandbox.state(), sandbox.smartflo
    leads = [{"list": list_id, **row} for list_id, rows in state["leads"].items() for row in rows]
    names = {one["id"]: one["name"] for one in other.lists()}
    listed = [{"list": name, **row} for list_id, name in names.items() for row in other.leads(list_id)]
    found = {"agents": state["agents"], "leads": leads, "users": other.users(), "lists": other.lists(), "rows": listed}
    return {what: sorted(_text(_without_ids(one)) for one in records) for what, records in found.items()}


def untouched(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Each agent by EID, with all that only its owner may change."""
    return {
        one["eid"]: {name: value for name, value in one.items() if not name.startswith("calls_")}
        for one in sandbox.agents()
    }


def list_all(project: Project) -> None:
    """Gives each agent of the state its outputs.

    Only two waves of creates are listed: where there were more (one resource at a time, a busy machine), those of the
    others come with a refresh. So do those of a change that the account has, and whose run was killed.
    """
    agents = [one for one in project.deployment()["resources"] if one["type"].endswith("digo:Agent")]
    if not all(
        one["outputs"].keys() & _OF_A_LIST and one["inputs"].items() <= one["outputs"].items() for one in agents
    ):
        outcome = project.run("refresh", "--skip-preview")
        assert outcome.code == 0, outcome.text


def resources_of(project: Project) -> dict[str, dict[str, Any]]:
    """What is managed, by URN, EIDs replaced by the name that the account shows under them.

    Fails where an id of the state is none of the account's. What the run wrote and not what it is about is left out:
    times, the journal's names of its writes, which run deleted an absent agent, the default provider's random id, and
    whether an agent was made or adopted (`importID`), which a cut rightly changes.
    """
    sandbox = project.sandbox
    names = {one["eid"]: one["name"] for one in (*sandbox.agents(), *sandbox.smartflo.agents())}
    names |= {str(one["id"]): one["name"] for one in sandbox.smartflo.lists()}
    deployment = project.deployment()
    _assert_sound(deployment)
    return {one["urn"]: _comparable(one, names) for one in deployment["resources"] if one["type"].endswith(MANAGED)}


def differences(found: Any, expected: Any, where: str = "") -> list[str]:
    """Each place at which two values differ, with both."""
    if isinstance(found, dict) and isinstance(expected, dict):
        keys = [*found, *(key for key in expected if key not in found)]
        return [one for key in keys for one in differences(found.get(key), expected.get(key), f"{where}/{key}")]
    if isinstance(found, list) and isinstance(expected, list):
        more, less = Counter(map(_text, found)), Counter(map(_text, expected))
        return [f"{where}: {dict(more - less)} is there for {dict(less - more)}"] if more != less else []
    return [f"{where}: {found!r} is there for {expected!r}"] if found != expected else []


def _comparable(resource: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    outputs = {name: value for name, value in resource.get("outputs", {}).items() if name not in _OF_THE_RUN}
    # An import stores all that was read as inputs, and a later up what config has of it: the outputs have both.
    inputs = {name: value for name, value in resource["inputs"].items() if outputs.get(name) != value}
    id_ = resource["id"]
    if resource["type"].endswith(("digo:Agent", "digo:BroadcastList")):
        assert id_ in names, f"{resource['urn']} has the id {id_}, which the account has not"
        assert outputs.get("eid", id_) == id_
        id_ = names[id_]
    if resource["type"].endswith("digo:BroadcastList"):
        # Of a list that a killed run has made, the next run cannot see the columns.
        outputs, inputs = _without(outputs, "fields"), _without(inputs, "fields")
    if outputs.get("status") == _READ_BACK:
        outputs["status"] = _SENT
    return {
        "id": id_,
        "type": resource["type"],
        "inputs": {name: value for name, value in inputs.items() if name != "__provider"},
        "outputs": {name: value for name, value in outputs.items() if name not in _OF_THE_ACCOUNT},
        "retainOnDelete": resource.get("retainOnDelete"),
        "protect": resource.get("protect"),
        "delete": resource.get("delete"),
        "dependencies": sorted(resource.get("dependencies") or ()),
    }


def _assert_sound(deployment: dict[str, Any]) -> None:
    """One resource a URN; of pending operations only interrupted creates, which Pulumi keeps until a refresh."""
    urns = [one["urn"] for one in deployment["resources"]]
    assert len(urns) == len(set(urns)), f"twice in the state: {sorted(u for u in set(urns) if urns.count(u) > 1)}"
    assert {one["type"] for one in deployment.get("pending_operations") or ()} <= {"creating"}


def _without(properties: dict[str, Any], name: str) -> dict[str, Any]:
    return {one: value for one, value in properties.items() if one != name}


def _without_ids(record: dict[str, Any]) -> dict[str, Any]:
    return {name: _in_one_form(value) for name, value in record.items() if name not in _VOLATILE}


def _in_one_form(value: Any) -> Any:
    """A create and a change of a user send the same id as a number and as text."""
    if isinstance(value, list):
        return [_in_one_form(one) for one in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
