"""Properties between the wire and plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf import struct_pb2

from digo.text.unicode import visible
from protocol.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN_SENTINEL

PROVIDER_KEY = "__provider"
UNKNOWN = UNKNOWN_SENTINEL
_LARGEST_EXACT = 2**53
_MOST_LEVELS = 25  # a protobuf message ends at 100, and each of ours takes three
_SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE}


def from_struct(struct: struct_pb2.Struct | None) -> dict[str, Any]:
    """The properties as plain data: whole numbers become `int`, and secrets become their values."""
    return {} if struct is None else {name: _value(value) for name, value in struct.fields.items()}


def to_struct(properties: dict[str, Any], secret: Iterable[str] = ()) -> struct_pb2.Struct:
    """The properties for the engine.

    Properties named in `secret` are wrapped as secrets, and those without a value are left out. A value that protobuf
    cannot hold becomes text: a created resource must not be lost because of one property.
    """
    hidden = frozenset(secret)
    bag = {
        name: {**_SECRET, "value": value} if name in hidden and value != UNKNOWN else value
        for name, value in properties.items()
        if value is not None
    }
    struct = struct_pb2.Struct()
    try:
        struct.update(bag)
    except (ValueError, TypeError, OverflowError, RecursionError):
        struct = struct_pb2.Struct()
        struct.update({visible(str(name)): _holdable(value, _MOST_LEVELS) for name, value in bag.items()})
    return struct


def _holdable(value: Any, levels: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, (int, float)):
        return value if abs(value) <= _LARGEST_EXACT else str(value)
    if levels and isinstance(value, dict):
        return {visible(str(name)): _holdable(one, levels - 1) for name, one in value.items()}
    if levels and isinstance(value, (list, tuple)):
        return [_holdable(one, levels - 1) for one in value]
    return _as_text(value)


def _as_text(value: Any) -> str:
    try:
        return visible(str(value))
    except Exception:
        return f"a {type(value).__name__} that cannot be shown"


def _value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE_KEY in fields:
            return _value(fields["value"]) if "value" in fields else None
        return {name: _value(item) for name, item in fields.items()}
    return None
