"""Converts a `Deployment` to and from Pulumi's JSON (version 3).

Source of the format: pulumi/pulumi, `sdk/go/common/apitype/core.go` (`DeploymentV3`, `ResourceV3`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.failure import Failure
from engine.model import Deployment, PendingOperation, ResourceState
from protocol.stored import MalformedValue, SecretReader, SecretWriter, decode_value, encode_value
from protocol.values import PropertyMap

EMPTY_MANIFEST = {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}

SCHEMA_VERSION = 3
"""The version that this module writes, unless the state has features of version 4."""

NEWEST_READABLE_VERSION = 4
"""Version 4 is version 3 plus a list of features; both have the same shape."""

# The fields of `ResourceV3` in Pulumi's order, and their attributes. Fields without one are kept in `extra`.
_FIELDS = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "taint": "",
    "external": "",
    "dependencies": "dependencies",
    "initErrors": "init_errors",
    "provider": "provider",
    "extensionRef": "",
    "propertyDependencies": "property_dependencies",
    "pendingReplacement": "",
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "customTimeouts": "",
    "importID": "import_id",
    "retainOnDelete": "retain_on_delete",
    "deletedWith": "deleted_with",
    "replaceWith": "",
    "created": "created",
    "modified": "modified",
    "sourcePosition": "",
    "stackTrace": "",
    "ignoreChanges": "",
}
_ALWAYS = ("urn", "custom", "type")
_VALUES = ("inputs", "outputs")


class UnreadableState(Failure):
    """This engine cannot read the state. The text says why."""


def encode_resource(state: ResourceState, write_secret: SecretWriter) -> dict[str, Any]:
    """A resource as `ResourceV3`, with keys in Pulumi's order. Empty fields are left out, as in Pulumi."""
    data: dict[str, Any] = {}
    for key, attribute in _FIELDS.items():
        value = getattr(state, attribute) if attribute else state.extra.get(key)
        if value or key in _ALWAYS:
            data[key] = _encoded(key, value, write_secret)
    data.update((key, value) for key, value in state.extra.items() if key not in data)
    return data


def _encoded(key: str, value: Any, write_secret: SecretWriter) -> Any:
    if key in _VALUES:
        return encode_value(value, write_secret)
    if key == "propertyDependencies":
        return {name: list(value[name]) for name in sorted(value)}
    return list(value) if isinstance(value, list) else value


def decode_resource(data: Mapping[str, Any], read_secret: SecretReader) -> ResourceState:
    """The inverse of `encode_resource`. Fields that this engine does not use go to `extra`.

    Raises `UnreadableState` if a required field is missing.
    """
    urn = data.get("urn", "")
    if not urn:
        raise UnreadableState("resource missing required 'urn' field")
    if not data.get("type"):
        raise UnreadableState(f"resource '{urn}' missing required 'type' field")
    known = {_FIELDS[key]: value for key, value in data.items() if _FIELDS.get(key) and value is not None}
    for name in _VALUES:
        known[name] = decode_map(known.get(name, {}), read_secret)
    known["property_dependencies"] = {key: urns or [] for key, urns in known.get("property_dependencies", {}).items()}
    extra = {key: value for key, value in data.items() if not _FIELDS.get(key)}
    return ResourceState(**{"custom": False, **known}, extra=extra)


def decode_map(data: Mapping[str, Any], read_secret: SecretReader) -> PropertyMap:
    """Property values by their names; raises `UnreadableState`."""
    try:
        return {key: decode_value(value, read_secret) for key, value in data.items()}
    except MalformedValue as error:
        raise UnreadableState(str(error)) from error


def encode_deployment(deployment: Deployment, write_secret: SecretWriter) -> dict[str, Any]:
    """A deployment as `DeploymentV3`."""
    data: dict[str, Any] = {"manifest": deployment.manifest or EMPTY_MANIFEST}
    if deployment.secrets_provider:
        data["secrets_providers"] = deployment.secrets_provider
    if deployment.resources:
        data["resources"] = [encode_resource(state, write_secret) for state in deployment.resources]
    if deployment.pending_operations:
        data["pending_operations"] = [
            {"resource": encode_resource(operation.resource, write_secret), "type": operation.type}
            for operation in deployment.pending_operations
        ]
    data["metadata"] = deployment.metadata
    data.update((key, value) for key, value in deployment.extra.items() if key not in data)
    return data


def decode_deployment(data: Mapping[str, Any], read_secret: SecretReader) -> Deployment:
    """The inverse of `encode_deployment`; raises `UnreadableState`."""
    known = {"manifest", "secrets_providers", "resources", "pending_operations", "metadata"}
    return Deployment(
        resources=[decode_resource(item, read_secret) for item in data.get("resources") or []],
        pending_operations=[
            PendingOperation(decode_resource(item["resource"], read_secret), item["type"])
            for item in data.get("pending_operations") or []
        ],
        manifest=dict(data.get("manifest") or {}),
        secrets_provider=data.get("secrets_providers"),
        metadata=dict(data.get("metadata") or {}),
        extra={key: value for key, value in data.items() if key not in known},
    )


def check_version(version: object) -> None:
    """Raises `UnreadableState` if this engine cannot read a deployment of this version."""
    if not isinstance(version, int):
        raise UnreadableState("not a Pulumi deployment: it has no 'version' number")
    if version > NEWEST_READABLE_VERSION:
        raise UnreadableState(
            f"this deployment has version {version}, which is too new for the embedded engine "
            f"(it reads 3 and {NEWEST_READABLE_VERSION}); use the pulumi CLI that wrote it"
        )
    if version < SCHEMA_VERSION:
        raise UnreadableState(
            f"this deployment has version {version}, which is too old for the embedded engine; "
            "export it with a current pulumi CLI (its `stack export`) and import that"
        )
