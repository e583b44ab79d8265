"""Property values in memory, between the wire (gRPC) and the state file (JSON).

A property value is plain JSON data (`None`, `bool`, `int`, `float`, `str`, `list`, `dict` with `str` keys),
or a `Secret` around one, or `UNKNOWN`, which only previews have: the value is known after `up`.

Source of the signatures: the Pulumi SDK, `pulumi.runtime.rpc`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

PropertyValue: TypeAlias = Any
PropertyMap: TypeAlias = dict[str, PropertyValue]

SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270"
RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

BLINDED = "[secret]"
"""Displays show this in place of a secret."""


@dataclass(frozen=True)
class Secret:
    """A value that the state has encrypted and displays show as `[secret]`."""

    value: PropertyValue

    def __repr__(self) -> str:
        return f"Secret({BLINDED})"


class _Unknown:
    """The type of `UNKNOWN`."""

    _instance: _Unknown | None = None

    def __new__(cls) -> _Unknown:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: dict[int, Any]) -> _Unknown:
        return self


UNKNOWN = _Unknown()


def has_secret(value: PropertyValue) -> bool:
    """Whether the value is or contains a `Secret`."""
    if isinstance(value, Secret):
        return True
    if isinstance(value, dict):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list):
        return any(has_secret(item) for item in value)
    return False


def has_unknown(value: PropertyValue) -> bool:
    """Whether the value is or contains `UNKNOWN`, also inside secrets."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)
    return False


def without_secrets(value: PropertyValue) -> PropertyValue:
    """The value with the content of each `Secret` in its place."""
    if isinstance(value, Secret):
        return without_secrets(value.value)
    if isinstance(value, dict):
        return {key: without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    return value


def masked(value: PropertyValue) -> PropertyValue:
    """The value with `[secret]` in place of each `Secret`."""
    if isinstance(value, Secret):
        return BLINDED
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def as_secret(value: PropertyValue) -> Secret:
    """The value as a secret. A secret stays as it is."""
    return value if isinstance(value, Secret) else Secret(value)
