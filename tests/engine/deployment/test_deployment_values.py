"""Values on the wire, property paths, durations, URNs."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from protocol import wire
from protocol.property_path import parse_path
from protocol.urn import UrnPatterns, make_urn, name_of, qualified_type, type_of
from protocol.values import OUTPUT_SIGNATURE, RESOURCE_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Secret, without_secrets

KEYS = st.text(min_size=1, max_size=5)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
VALUES = PLAIN | PLAIN.map(Secret) | st.lists(PLAIN.map(Secret), max_size=2)


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_values_survive_the_wire(values: dict[str, Any]) -> None:
    sent = struct_pb2.Struct.FromString(wire.encode(values).SerializeToString())
    assert wire.decode(sent) == values


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_a_reader_that_knows_no_secrets_gets_what_they_hold(values: dict[str, Any]) -> None:
    read = wire.decode(wire.encode_plain(values))
    assert without_secrets(read) == read
    restored = wire.with_secrets_like(read, values)
    assert restored == values


def test_whole_numbers_come_back_as_integers() -> None:
    read = wire.decode(wire.encode({"c": True, "b": 5.5, "a": 5.0}))
    assert list(read) == ["a", "b", "c"]
    assert [type(value) for value in read.values()] == [int, float, bool]


def test_output_values_are_opened() -> None:
    struct = struct_pb2.Struct()
    signed = {SIGNATURE_KEY: OUTPUT_SIGNATURE}
    struct.update({"known": {**signed, "value": 1, "secret": True}, "unknown": signed})
    assert wire.decode(struct) == {"known": Secret(1), "unknown": UNKNOWN}


def test_resource_references_become_ids_for_hosts_that_do_not_know_them() -> None:
    reference = {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": "u"}
    sent = wire.encode_plain({"a": [{**reference, "id": "i"}, reference]})
    assert wire.decode(sent) == {"a": ["i", "u"]}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b[0].c", ("a", "b", 0, "c")),
        ('a["x.y"][*]', ("a", "x.y", "*")),
        ('["quoted \\" key"]', ('quoted " key',)),
    ],
)
def test_paths(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", [".a", "a[", 'a["b'])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|missing"):
        parse_path(text)


def test_urns() -> None:
    stack = make_urn("dev", "p", "", "pulumi:pulumi:Stack", "p-dev")
    group = make_urn("dev", "p", stack, "my:index:Group", "g")
    child = make_urn("dev", "p", group, "test:index:Thing", "a::b")
    assert child == "urn:pulumi:dev::p::my:index:Group$test:index:Thing::a::b"
    assert (qualified_type(child), type_of(child), name_of(child)) == (
        "my:index:Group$test:index:Thing",
        "test:index:Thing",
        "a::b",
    )


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("urn:pulumi:dev::p::t:i:T::a", True),
        ("urn:pulumi:dev::p::t:i:T::b", False),
        ("urn:pulumi:dev::p::t:i:T::*", True),
        ("urn:pulumi:dev::p::*::a", False),
        ("urn:pulumi:dev::p::**::a", True),
        ("**a", True),
    ],
)
def test_globs(pattern: str, matches: bool) -> None:
    assert UrnPatterns([pattern]).matches("urn:pulumi:dev::p::t:i:T::a") is matches
