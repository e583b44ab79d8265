"""Property values on the wire: `PropertyMap` to and from protobuf's `Struct`.

Source: the Pulumi SDK, `pulumi.runtime.rpc` (signatures, sentinel).
"""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf import struct_pb2

from protocol.values import (
    OUTPUT_SIGNATURE,
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    UNKNOWN_SENTINEL,
    PropertyMap,
    PropertyValue,
    Secret,
    as_secret,
)

_LARGEST_EXACT_INTEGER = 2**53


def decode(struct: struct_pb2.Struct) -> PropertyMap:
    """A Struct as property values, with secrets, unknowns, and whole numbers as `int`.

    The wire has no order of keys. They are sorted, so that equal values look equal.
    """
    fields = struct.fields
    return {key: decode_value(fields[key]) for key in sorted(fields)}


def decode_value(value: struct_pb2.Value) -> PropertyValue:
    """One Value as a property value."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text == UNKNOWN_SENTINEL else text
    if kind == "number_value":
        number = value.number_value
        if number.is_integer() and -_LARGEST_EXACT_INTEGER <= number <= _LARGEST_EXACT_INTEGER:
            return int(number)
        return number
    if kind == "bool_value":
        return value.bool_value
    if kind == "struct_value":
        return _decode_object(value.struct_value)
    if kind == "list_value":
        return [decode_value(item) for item in value.list_value.values]
    return None


def _decode_object(struct: struct_pb2.Struct) -> PropertyValue:
    fields = struct.fields
    if SIGNATURE_KEY in fields:
        signature = fields[SIGNATURE_KEY].string_value
        if signature == SECRET_SIGNATURE:
            return as_secret(decode_value(fields["value"]))
        if signature == OUTPUT_SIGNATURE:
            inner = decode_value(fields["value"]) if "value" in fields else UNKNOWN
            return as_secret(inner) if "secret" in fields and fields["secret"].bool_value else inner
    return {key: decode_value(fields[key]) for key in sorted(fields)}


def encode(properties: Mapping[str, PropertyValue]) -> struct_pb2.Struct:
    """Property values as a Struct. Secrets, resource references and unknowns have their signatures."""
    struct = struct_pb2.Struct()
    fields = struct.fields
    for key, value in properties.items():
        _fill(fields[key], value)
    return struct


def encode_plain(properties: Mapping[str, PropertyValue]) -> struct_pb2.Struct:
    """As `encode`, for a reader that knows no secrets and no resource references.

    Secrets become their values. A resource reference becomes the resource's id, or its URN where it has no id.
    """
    return encode({key: _plain(value) for key, value in properties.items()})


def _plain(value: PropertyValue) -> PropertyValue:
    if isinstance(value, Secret):
        return _plain(value.value)
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE:
            return value["id"] if "id" in value else value.get("urn")
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _fill(target: struct_pb2.Value, value: PropertyValue) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, list):
        target.list_value.SetInParent()
        items = target.list_value.values
        for item in value:
            _fill(items.add(), item)
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        fields = target.struct_value.fields
        for key, item in value.items():
            _fill(fields[key], item)
    elif isinstance(value, Secret):
        fields = target.struct_value.fields
        fields[SIGNATURE_KEY].string_value = SECRET_SIGNATURE
        _fill(fields["value"], value.value)
    elif value is UNKNOWN:
        target.string_value = UNKNOWN_SENTINEL
    else:
        raise TypeError(f"not a property value: {type(value).__name__}")


def with_secrets_like(values: PropertyMap, pattern: Mapping[str, PropertyValue]) -> PropertyMap:
    """The values, secret wherever the pattern is. It is for answers of a host that knows no secrets."""
    return {key: _secret_like(value, pattern[key]) if key in pattern else value for key, value in values.items()}


def _secret_like(value: PropertyValue, pattern: PropertyValue) -> PropertyValue:
    if isinstance(value, Secret):
        return value
    if isinstance(pattern, Secret):
        return Secret(value)
    if isinstance(value, dict) and isinstance(pattern, dict):
        return with_secrets_like(value, pattern)
    if isinstance(value, list) and isinstance(pattern, list):
        return [
            _secret_like(item, pattern[index]) if index < len(pattern) else item for index, item in enumerate(value)
        ]
    return value


def with_secret_keys(outputs: PropertyMap, inputs: Mapping[str, PropertyValue], names: list[str]) -> PropertyMap:
    """The outputs. Those in `names`, and those whose input is a secret, are secrets."""
    wanted = {key for key, value in inputs.items() if isinstance(value, Secret)}
    wanted.update(names)
    if not any(key in outputs and not isinstance(outputs[key], Secret) for key in wanted):
        return outputs
    return {key: as_secret(value) if key in wanted else value for key, value in outputs.items()}
