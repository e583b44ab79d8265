"""Renames the stack in a deployment: its name is part of every URN.

Source: pulumi/pulumi, `pkg/resource/edit/operations.go` (`RenameStack`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.backend.layout import StackReference
from protocol.urn import name_of, qualified_type, stack_urn
from protocol.values import RESOURCE_SIGNATURE, SIGNATURE_KEY

_ONE = ("urn", "parent", "provider", "deletedWith", "viewOf")
_SEVERAL = ("dependencies", "propertyDependencies", "aliases", "replaceWith")
_VALUES = ("inputs", "outputs", "replacementTrigger")

Rename = Callable[[str], str]


def renamed(deployment: Mapping[str, Any], old: StackReference, new: StackReference) -> dict[str, Any]:
    """The deployment (Pulumi's JSON) with the new stack's name in each URN of the old stack.

    Encrypted secrets stay as they are, as with the pulumi CLI.
    """

    def rename(urn: str) -> str:
        if not urn.startswith(f"urn:pulumi:{old.name}::{old.project}::"):
            return urn
        if urn == stack_urn(old.name, old.project):
            return stack_urn(new.name, new.project)
        # In a provider's reference, the id behind the URN counts as a part of the name here.
        return f"urn:pulumi:{new.name}::{new.project}::{qualified_type(urn)}::{name_of(urn)}"

    changed = dict(deployment)
    if "resources" in changed:
        changed["resources"] = [_resource(resource, rename) for resource in changed["resources"]]
    if "pending_operations" in changed:
        changed["pending_operations"] = [
            {**operation, "resource": _resource(operation["resource"], rename)}
            for operation in changed["pending_operations"]
        ]
    return changed


def _resource(resource: Mapping[str, Any], rename: Rename) -> dict[str, Any]:
    changed = dict(resource)
    changed |= {key: _reference(item, rename) for key, item in resource.items() if key in (*_ONE, *_SEVERAL)}
    changed |= {key: _value(item, rename) for key, item in resource.items() if key in _VALUES}
    return changed


def _reference(data: Any, rename: Rename) -> Any:
    if isinstance(data, list):
        return [_reference(item, rename) for item in data]
    if isinstance(data, dict):
        return {key: _reference(item, rename) for key, item in data.items()}
    return rename(data) if isinstance(data, str) else data


def _value(value: Any, rename: Rename) -> Any:
    if isinstance(value, list):
        return [_value(item, rename) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE:
        return {**value, "urn": rename(value["urn"])} if isinstance(value.get("urn"), str) else value
    return {key: _value(item, rename) for key, item in value.items()}
