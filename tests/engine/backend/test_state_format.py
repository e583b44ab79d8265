"""State in Pulumi's own JSON: nothing is lost on the way in and out."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Deployment, PendingOperation, ResourceState
from engine.secrets import create
from engine.serialize import (
    UnreadableState,
    check_version,
    decode_deployment,
    decode_resource,
    encode_deployment,
    encode_resource,
)
from protocol.stored import (
    EncryptedValue,
    decode_value,
    decrypt_with,
    encode_value,
    encrypt_with,
    keep_encrypted,
    refuse_secret,
    show_masked,
    write_plaintext,
)
from protocol.values import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Secret

# Recorded from a state that pulumi v3.272.0 wrote.
WRITTEN_BY_PULUMI: dict[str, Any] = {
    "urn": "urn:pulumi:dev::demo::pulumi-python:dynamic:Resource::upd",
    "custom": True,
    "id": "id-upd",
    "type": "pulumi-python:dynamic:Resource",
    "inputs": {"__provider": "gASV", "name": "upd", "size": 2, "tags": ["a"]},
    "outputs": {"made": "yes", "name": "upd", "size": 2.5},
    "parent": "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev",
    "taint": True,
    "provider": "urn:pulumi:dev::demo::pulumi:providers:pulumi-python::default::5a59",
    "propertyDependencies": {"__provider": [], "name": ["urn:pulumi:dev::demo::a:b:C::x"]},
    "customTimeouts": {"create": 60},
    "importID": "id-upd",
    "retainOnDelete": True,
    "created": "2026-11-24T19:37:54.711398294Z",
    "modified": "2026-11-24T19:37:54.711398294Z",
    "sourcePosition": "project:///res.py#15",
    "stackTrace": [{"sourcePosition": "project:///res.py#15"}, {}],
    "ignoreChanges": ["size"],
    "someFutureField": {"x": [1]},
}

plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=9).filter(lambda key: key != SIGNATURE_KEY), inner, max_size=3)
    ),
    max_leaves=8,
)
property_values = st.recursive(
    plain_values | st.just(UNKNOWN),
    lambda inner: (
        st.builds(Secret, inner)
        | st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_resource_of_pulumi_comes_back_as_it_was() -> None:
    state = decode_resource(WRITTEN_BY_PULUMI, show_masked)
    written = encode_resource(state, refuse_secret)
    assert written == WRITTEN_BY_PULUMI
    assert list(written) == list(WRITTEN_BY_PULUMI)


@given(property_values)
def test_every_value_survives(value: Any) -> None:
    data = json.loads(json.dumps(encode_value(value, write_plaintext)))
    assert decode_value(data, show_masked) == value


@given(property_values)
def test_sealed_secrets_go_back_as_they_came(value: Any) -> None:
    data = encode_value(value, lambda plaintext: {"ciphertext": "v1:" + plaintext})
    assert encode_value(decode_value(data, keep_encrypted), refuse_secret) == data


def test_numbers_look_as_go_writes_them() -> None:
    values = [1.0, -3.0, 1.5, 1e20, 1e21, float("inf")]
    assert json.dumps([encode_value(value, refuse_secret) for value in values[:5]]) == (
        "[1, -3, 1.5, 100000000000000000000, 1e+21]"
    )
    assert encode_value(values[5], refuse_secret)["value"] == "7ff0000000000000"
    assert decode_value(encode_value(values[5], refuse_secret), show_masked) == values[5]


def test_secrets_are_encrypted_whole_and_open_again() -> None:
    crypter = create("example-passphrase").crypter
    value = {"list": [Secret({"pin": "canary", "inner": Secret(1)})]}
    data = encode_value(value, encrypt_with(crypter))
    assert "canary" not in json.dumps(data)
    assert data["list"][0][SIGNATURE_KEY] == SECRET_SIGNATURE
    assert decode_value(data, decrypt_with(crypter)) == value


def test_a_deployment_keeps_what_it_does_not_know() -> None:
    state = ResourceState(
        "urn:pulumi:dev::demo::t:t:T::a", "t:t:T", custom=True, outputs={"s": Secret(EncryptedValue("v1:x:y"))}
    )
    deployment = Deployment(
        resources=[state],
        pending_operations=[PendingOperation(state, "creating")],
        manifest={"time": "2026-01-01T00:00:00Z", "magic": "", "version": ""},
        secrets_provider={"type": "passphrase", "state": {"salt": "v1:a:b"}},
        metadata={"integrity_error": {"error": "e"}},
        extra={"snippets": [{"uuid": "1"}]},
    )
    data = encode_deployment(deployment, refuse_secret)
    assert data["snippets"] == [{"uuid": "1"}]
    assert decode_deployment(json.loads(json.dumps(data)), keep_encrypted) == deployment


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"type": "t"}, "missing required 'urn'"),
        ({"urn": "u"}, "missing required 'type'"),
        ({"urn": "u", "type": "t", "inputs": {"a": {SIGNATURE_KEY: SECRET_SIGNATURE}}}, "malformed secret"),
    ],
)
def test_damage_is_named(data: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnreadableState, match=reason):
        decode_resource(data, show_masked)


@pytest.mark.parametrize("version", [None, 1, 2, 5, "3"])
def test_other_versions_are_refused(version: object) -> None:
    with pytest.raises(UnreadableState):
        check_version(version)
