"""How properties and their differences are printed."""

from typing import Any

import pytest
from rich.text import Text

from engine.display.differences import map_difference, step_difference, value_change
from engine.display.property_printer import PropertyPrinter
from engine.display.rows import display_type
from engine.display.summary import duration, summary
from engine.events import Step, Summary
from engine.model import Op, ResourceState
from protocol.urn import name_of, type_of
from protocol.values import UNKNOWN, Secret


def printed(old: dict[str, object], new: dict[str, object], **flags: Any) -> str:
    text = Text()
    difference = map_difference(old, new)
    assert difference is not None
    PropertyPrinter(text, indent=1, prefix=True, **flags).print_difference(difference)
    return text.plain


def test_added_deleted_and_changed() -> None:
    assert printed({"a": 1, "b": "x", "same": True}, {"a": 2, "c": [1], "same": True}) == (
        '  ~ a   : 1 => 2\n  - b   : "x"\n  + c   : [\n  +     [0]: 1\n    ]\n    same: true\n'
    )


def test_a_text_of_several_lines_shows_the_lines_that_changed() -> None:
    old: dict[str, object] = {"note": "one\n-- two\nthree\n", "same": "a\nb"}
    assert printed(old, {**old, "note": "one\n++ two\nthree\nfour"}, summary=True) == (
        "  ~ note: \n        one\n      - -- two\n      + ++ two\n        three\n      + four\n"
    )
    assert printed({"note": "one\n"}, {"note": "one"}) == '  ~ note: "one\\n" => "one"\n'


def test_secrets_stay_closed_whatever_changes() -> None:
    text = printed({"pin": Secret("1111")}, {"pin": Secret("2222")})
    assert text == "  ~ pin: [secret] => [secret]\n"
    assert printed({"pin": Secret("1111")}, {"pin": Secret("2222")}, show_secrets=True) == '  ~ pin: "1111" => "2222"\n'


def test_equal_secrets_and_internal_properties_are_no_change() -> None:
    assert map_difference({"pin": Secret([1]), "__provider": "a"}, {"pin": Secret([1.0]), "__provider": "b"}) is None


@pytest.mark.parametrize(("old", "new"), [(1, True), (0, False), ("1", 1), (None, 0), ({}, [])])
def test_values_of_different_kinds_differ(old: object, new: object) -> None:
    assert value_change(old, new) is not None


def test_numbers_of_the_wire_equal_those_of_the_program() -> None:
    assert value_change(3, 3.0) is None


def test_unknown_and_long_values() -> None:
    assert printed({"eid": "1"}, {"eid": UNKNOWN}) == '  ~ eid: "1" => [unknown]\n'
    text = printed({}, {"note": "x" * 400}, truncate=True)
    assert "..." in text and len(text) < 200


def test_detailed_differences_show_what_changed_inside() -> None:
    old = ResourceState("urn", "t", custom=True, inputs={"rows": [{"a": 1}, {"a": 2}], "gone": 1})
    new = ResourceState("urn", "t", custom=True, inputs={"rows": [{"a": 1}, {"a": 3}], "fresh": 1, "odd[": 2})
    detailed = {
        "rows": "update",
        "fresh": "add",
        "gone": "delete",
        "odd[": "add",
    }
    step = Step(Op.UPDATE, "urn", "t", old, new, detailed_diff=detailed)
    difference = step_difference(step)
    assert difference is not None
    text = Text()
    PropertyPrinter(text, prefix=True).print_difference(difference)
    assert text.plain == (
        "  + fresh: 1\n  - gone : 1\n  + odd[ : 2\n"
        "  ~ rows : [\n        [0]: {\n            a: 1\n        }\n"
        "      ~ [1]: {\n          ~ a: 2 => 3\n        }\n    ]\n"
    )


def test_names() -> None:
    urn = "urn:pulumi:dev::demo::demo:index:Team$pulumi-python:dynamic/digo:Agent::a::b"
    assert name_of(urn) == "a::b"
    assert type_of(urn) == "pulumi-python:dynamic/digo:Agent"
    assert display_type("acme:phones/team:Team") == "acme:phones:Team"  # a component of the project's own
    assert display_type("pulumi-python:dynamic/digo:Agent") == "pulumi-python:dynamic/digo:Agent"


@pytest.mark.parametrize(("seconds", "text"), [(0.2, "1s"), (59.5, "1m0s"), (65, "1m5s"), (3600, "1h0m0s")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_large_counts_are_written_alike() -> None:
    text = summary(Summary({Op.CREATE: 1000, Op.UPDATE: 2000, Op.SAME: 4000}, 1.0, failed=True, is_preview=True), 5000)
    assert text.plain == (
        "Resources:\n    + 1,000 to create\n    ~ 2,000 to update\n"
        "    3,000 changes. 4,000 unchanged\n    5,000 errored\n"
    )
