"""Values of an agent's fields: how each type is checked, compared, hashed, masked and sent."""

from __future__ import annotations

from typing import Any

import pytest

from digo.fields.agents import AGENT_FIELDS, FIRST_FIELDS, WANTED_FIELDS, shown_values
from digo.fields.types import FLAG, MAPPING, NUMBERS, TEXTS, WHOLE, WHOLES, FieldType

TYPES = {"flag": FLAG, "whole": WHOLE, "texts": TEXTS, "wholes": WHOLES, "numbers": NUMBERS, "mapping": MAPPING}


@pytest.mark.parametrize(
    ("kind", "text", "stored", "sent"),
    [
        ("flag", "true", "true", True),
        ("flag", "false", "false", False),
        ("whole", "007", "7", 7),
        ("whole", "0", "0", 0),
        ("texts", '["night", 4]', '["night", "4"]', ["night", "4"]),
        ("wholes", '["05", 4]', '["5", "4"]', [5, 4]),
        ("numbers", '["+1 202 555 0101"]', '["+12025550101"]', ["+12025550101"]),
        ("mapping", '{"type": "all"}', '{"type": "all"}', {"type": "all"}),
    ],
)
def test_a_value_is_stored_in_one_form_and_sent_as_json(kind: str, text: str, stored: str, sent: Any) -> None:
    field = TYPES[kind]
    assert field.check(text) == stored
    assert field.body(stored) == sent


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("flag", "yes"),
        ("flag", ""),
        ("whole", "-1"),
        ("whole", "3.0"),
        ("texts", "night"),
        ("texts", '{"a": 1}'),
        ("texts", '[""]'),
        ("texts", "[true]"),
        ("wholes", '["a"]'),
        ("numbers", '["2025550101"]'),
        ("mapping", "[]"),
        ("mapping", "{"),
    ],
)
def test_what_is_no_value_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        TYPES[kind].check(text)


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("whole", "3", "03", True),
        ("texts", '["a", "b"]', '["b","a"]', True),
        ("texts", '["a"]', '["a", "b"]', False),
        ("wholes", "[4, 5]", '["5", "4"]', True),
        ("numbers", '["+12025550101"]', '["12025550101"]', True),
        ("numbers", '["+12025550101"]', '["2025550101"]', True),
        ("numbers", '["+12025550101", "+12025550102"]', '["12025550102"]', False),
        ("numbers", "[]", "", True),
        ("mapping", '{"a": 1, "b": 2}', '{"b": 2, "a": 1}', True),
        ("mapping", '{"a": 1}', '{"a": 2}', False),
    ],
)
def test_spelling_and_order_do_not_matter(kind: str, one: str, other: str, same: bool) -> None:
    field: FieldType = TYPES[kind]
    assert field.same(one, other) is same
    assert field.same(other, one) is same
    if kind != "numbers":
        assert (field.canonical(one) == field.canonical(other)) is same


def test_a_pseudonym_in_place_of_a_value_is_no_error() -> None:
    for field in TYPES.values():
        assert isinstance(field.canonical("bcdf-ghjk"), str)
        assert field.same("bcdf-ghjk", "bcdf-ghjk")
    assert not NUMBERS.same("bcdf-ghjk", '["+12025550101"]')


def test_a_list_of_numbers_is_masked_number_by_number() -> None:
    field = AGENT_FIELDS["caller_ids"]
    assert field.masked('["+12025550101", "919876543210"]') == '["+1 ***0101", "***3210"]'
    assert field.secret


def test_documents_have_the_further_fields_only_where_they_are_set() -> None:
    first = [field.name for field in FIRST_FIELDS]
    assert first == ["name", "follow_me_number", "intercom"]
    assert list(shown_values(lambda _name: None)) == first
    assert shown_values({"email": "a@example.com"}.get) == {**dict.fromkeys(first), "email": "a@example.com"}
    assert len(WANTED_FIELDS) > len(first)
