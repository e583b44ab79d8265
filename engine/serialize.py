"""Between a `Deployment` and Pulumi's own JSON for it (version 3), key for key.

Source of the format: pulumi/pulumi, `sdk/go/common/apitype/core.go` (`DeploymentV3`, `ResourceV3`, `SecretV1`)
and `pkg/resource/stack/deployment.go` (how values, secrets and unknowns are written).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.failure import Failure
from engine.model import Deployment, PendingOperation, ResourceState
from protocol.values import (
    BLINDED,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_SENTINEL,
    PropertyMap,
    PropertyValue,
    Secret,
)

FLOAT_SIGNATURE = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"

EMPTY_MANIFEST = {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}

SCHEMA_VERSION = 3
"""The version this module writes, unless the state came with features of version 4."""

NEWEST_READABLE_VERSION = 4
"""Version 4 is version 3 plus a list of features; both have the same shape."""

SecretWriter = Callable[[str], dict[str, str]]
"""Takes a secret's plaintext (JSON) and answers the fields that stand for it beside the signature."""

SecretReader = Callable[[str], PropertyValue]
"""Takes a ciphertext and answers the value it stands for."""


class Decrypter(Protocol):
    """What reading a state with secrets needs."""

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext of one value; raises `Failure` where the key does not fit."""


class Crypter(Decrypter, Protocol):
    """What writing a state with secrets needs."""

    def encrypt(self, plaintext: str) -> str:
        """The ciphertext of one value."""


@dataclass(frozen=True)
class Sealed:
    """A ciphertext inside a `Secret`: nobody opened it, and it goes back to the file as it came."""

    ciphertext: str


class UnreadableState(Failure):
    """The state is not what this engine can read; the text says what is wrong with it."""


def encrypted_with(crypter: Crypter) -> SecretWriter:
    """Secrets as state files hold them."""
    return lambda plaintext: {"ciphertext": crypter.encrypt(plaintext)}


def in_the_clear(plaintext: str) -> dict[str, str]:
    """Secrets readable, as `stack export --show-secrets` writes them."""
    return {"plaintext": plaintext}


def never_encrypted(plaintext: str) -> dict[str, str]:
    """For states whose secrets are all sealed: meeting an open one is a mistake in this program."""
    raise AssertionError("an open secret where only sealed ones can be")


def decrypted_with(decrypter: Decrypter) -> SecretReader:
    """Secrets as the engine works with them."""
    return lambda ciphertext: decode_plaintext(decrypter.decrypt(ciphertext))


def kept_sealed(ciphertext: str) -> Sealed:
    """Secrets that stay closed, for changes to a state that need no passphrase."""
    return Sealed(ciphertext)


def shown_blinded(ciphertext: str) -> str:
    """Secrets that are only to be shown."""
    return BLINDED


def decode_plaintext(plaintext: str) -> PropertyValue:
    """The value inside a secret; raises `UnreadableState`."""
    try:
        return decode_value(json.loads(plaintext), decode_plaintext)
    except ValueError as error:
        raise UnreadableState("malformed secret in the state: its plaintext is not JSON") from error


def encode_value(value: PropertyValue, write_secret: SecretWriter) -> Any:
    """A property value as plain JSON data, map keys sorted as Go writes them."""
    if isinstance(value, str) or value is None or value is True or value is False:
        return value
    if isinstance(value, float):
        return _encode_float(value)
    if isinstance(value, int):
        return value
    if isinstance(value, dict):
        return {key: encode_value(value[key], write_secret) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [encode_value(item, write_secret) for item in value]
    if isinstance(value, Secret):
        if isinstance(value.value, Sealed):
            return {SIGNATURE_KEY: SECRET_SIGNATURE, "ciphertext": value.value.ciphertext}
        # Nothing inside a secret needs encrypting a second time; inner secrets keep their mark alone.
        inner = encode_value(value.value, lambda plaintext: {"ciphertext": plaintext})
        plaintext = json.dumps(inner, separators=(",", ":"), ensure_ascii=False)
        return {SIGNATURE_KEY: SECRET_SIGNATURE, **write_secret(plaintext)}
    if value is UNKNOWN:
        return UNKNOWN_SENTINEL
    raise TypeError(f"not a property value: {type(value).__name__}")


def decode_value(data: Any, read_secret: SecretReader) -> PropertyValue:
    """The inverse of `encode_value`; raises `UnreadableState` on a malformed secret."""
    if isinstance(data, dict):
        signature = data.get(SIGNATURE_KEY)
        if signature == SECRET_SIGNATURE:
            return _decode_secret(data, read_secret)
        if signature == FLOAT_SIGNATURE:
            return struct.unpack(">d", bytes.fromhex(data["value"]))[0]
        return {key: decode_value(item, read_secret) for key, item in data.items()}
    if isinstance(data, list):
        return [decode_value(item, read_secret) for item in data]
    if data == UNKNOWN_SENTINEL:
        return UNKNOWN
    return data


def _encode_float(value: float) -> Any:
    if math.isnan(value) or math.isinf(value):
        return {SIGNATURE_KEY: FLOAT_SIGNATURE, "value": struct.pack(">d", value).hex()}
    # Go writes a whole number below 1e21 without a fraction.
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _decode_secret(data: Mapping[str, Any], read_secret: SecretReader) -> Secret:
    ciphertext, plaintext = data.get("ciphertext", ""), data.get("plaintext", "")
    if bool(ciphertext) == bool(plaintext):
        raise UnreadableState("malformed secret in the state: one of 'ciphertext' and 'plaintext' must be set")
    return Secret(decode_plaintext(plaintext) if plaintext else read_secret(ciphertext))


def encode_resource(state: ResourceState, write_secret: SecretWriter) -> dict[str, Any]:
    """A resource as `ResourceV3`: keys in Pulumi's order, empty ones left out where Pulumi leaves them out."""
    extra = state.extra
    fields: list[tuple[str, Any]] = [
        ("delete", state.delete),
        ("id", state.id),
        ("type", state.type),
        ("inputs", encode_value(state.inputs, write_secret)),
        ("outputs", encode_value(state.outputs, write_secret)),
        ("parent", state.parent),
        ("protect", state.protect),
        ("taint", extra.get("taint")),
        ("external", state.external),
        ("dependencies", list(state.dependencies)),
        ("initErrors", list(state.init_errors)),
        ("provider", state.provider),
        ("extensionRef", extra.get("extensionRef")),
        ("propertyDependencies", _encode_property_dependencies(state.property_dependencies)),
        ("pendingReplacement", state.pending_replacement),
        ("additionalSecretOutputs", list(state.additional_secret_outputs)),
        ("aliases", list(state.aliases)),
        ("customTimeouts", extra.get("customTimeouts")),
        ("importID", state.import_id),
        ("retainOnDelete", state.retain_on_delete),
        ("deletedWith", state.deleted_with),
        ("replaceWith", extra.get("replaceWith")),
        ("created", state.created),
        ("modified", state.modified),
        ("sourcePosition", extra.get("sourcePosition")),
        ("stackTrace", extra.get("stackTrace")),
        ("ignoreChanges", list(state.ignore_changes)),
    ]
    data: dict[str, Any] = {"urn": state.urn, "custom": state.custom}
    data.update((key, value) for key, value in fields if value or key == "type")
    data.update((key, value) for key, value in extra.items() if key not in data)
    return data


def decode_resource(data: Mapping[str, Any], read_secret: SecretReader) -> ResourceState:
    """The inverse of `encode_resource`. What this engine does not use goes to `extra` and comes back out.

    Raises `UnreadableState` where the required fields are missing.
    """
    urn = data.get("urn", "")
    if not urn:
        raise UnreadableState("resource missing required 'urn' field")
    if not data.get("type"):
        raise UnreadableState(f"resource '{urn}' missing required 'type' field")
    rest = dict(data)

    def take(key: str, default: Any) -> Any:
        value = rest.pop(key, None)
        return default if value is None else value

    return ResourceState(
        urn=take("urn", ""),
        type=take("type", ""),
        custom=take("custom", False),
        id=take("id", ""),
        parent=take("parent", ""),
        provider=take("provider", ""),
        inputs=_decode_map(take("inputs", {}), read_secret),
        outputs=_decode_map(take("outputs", {}), read_secret),
        dependencies=take("dependencies", []),
        property_dependencies={key: urns or [] for key, urns in take("propertyDependencies", {}).items()},
        additional_secret_outputs=take("additionalSecretOutputs", []),
        aliases=take("aliases", []),
        ignore_changes=take("ignoreChanges", []),
        init_errors=take("initErrors", []),
        import_id=take("importID", ""),
        protect=take("protect", False),
        delete=take("delete", False),
        external=take("external", False),
        pending_replacement=take("pendingReplacement", False),
        retain_on_delete=take("retainOnDelete", False),
        deleted_with=take("deletedWith", ""),
        created=take("created", ""),
        modified=take("modified", ""),
        extra=rest,
    )


def _decode_map(data: Mapping[str, Any], read_secret: SecretReader) -> PropertyMap:
    return {key: decode_value(value, read_secret) for key, value in data.items()}


def _encode_property_dependencies(dependencies: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {key: list(dependencies[key]) for key in sorted(dependencies)}


def encode_deployment(deployment: Deployment, write_secret: SecretWriter) -> dict[str, Any]:
    """A deployment as `DeploymentV3`."""
    data: dict[str, Any] = {
        "manifest": deployment.manifest or {"time": "0001-01-01T00:00:00Z", "magic": "", "version": ""}
    }
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
    """Raises `UnreadableState` where a deployment of this version cannot be read."""
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
            "export it with a current pulumi CLI (`pulumi stack export`) and import that"
        )
