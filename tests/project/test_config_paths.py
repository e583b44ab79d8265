"""`config --path`: values inside lists and mappings, as Pulumi has them, with the lines around them left alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from digo.project.config_path import coerced, parse_key_path, with_value, without_value
from digo.project.failure import InvalidConfig
from digo.project.stack_file import StackFile, parse_stack_file
from digo.project.stack_file_edits import with_config, without_config
from protocol.property_path import Path as PropertyPath
from protocol.property_path import parse_path, path_text

FILE = """\
config:
  # what a run may do
  digo:guards:
    # agreed with the phone team
    maxCreates: 10   # a morning
    tests:
      - name: first   # the first
      - name: second
    inner: {flow: 1}
    deep:
      one: 1  # alone
  demo:plain: text
# the end
"""


def parsed(text: str) -> StackFile:
    return parse_stack_file(Path("Pulumi.dev.yaml"), text, "demo")


def set_(text: str, path: str, value: Any) -> str:
    key, inside = parse_key_path(path)
    return with_config(parsed(text), "demo", key, value, inside)


def remove(text: str, path: str) -> str:
    return without_config(parsed(text), "demo", *parse_key_path(path))


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("root", ("root",)),
        ("digo:guards.maxCreates", ("digo:guards", "maxCreates")),
        ("root.array[0][1].nested", ("root", "array", 0, 1, "nested")),
        ('root["key with \\"escaped\\" quotes"]', ("root", 'key with "escaped" quotes')),
        ('["root key with a ."][100]', ("root key with a .", 100)),
        ("root.array[*].field", ("root", "array", "*", "field")),
        ("a-b.c..d", ("a-b", "c", "d")),
    ],
)
def test_paths(text: str, elements: tuple[str | int, ...]) -> None:
    assert parse_path(text) == elements
    assert parse_path(path_text(elements)) == elements or "*" in elements


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (".a", "expected property path to start with a name or index"),
        ("a.", "expected property path to end with a name or index"),
        ("a.[0]", "expected property name after"),
        ("a[0", "missing closing bracket in array index"),
        ("a[x]", "invalid array index: 'x'"),
        ('a["b', "missing closing quote"),
        ('a["b"', "missing closing bracket in property access"),
        ("", "empty config key path"),
        ("[0].a", "first path segment of config key must be a string"),
        ('[""].a', "config key is empty"),
    ],
)
def test_what_is_no_path(text: str, reason: str) -> None:
    with pytest.raises(InvalidConfig, match=reason):
        parse_key_path(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("true", True), ("false", False), ("True", "True"), ("7", 7), ("-7", -7), ("0", 0), ("007", "007")],
        *[
            ("", ""),
            ("1.5", "1.5"),
            ("18446744073709551615", 2**64 - 1),
            ("18446744073709551616", "18446744073709551616"),
        ],
    ],
)
def test_what_a_text_becomes(text: str, value: Any) -> None:
    assert coerced(text) == value and type(coerced(text)) is type(value)


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        ("digo:guards.maxCreates", 50, "    maxCreates: 10   # a morning\n", "    maxCreates: 50   # a morning\n"),
        ("digo:guards.deep.two", True, "      one: 1  # alone\n", "      one: 1  # alone\n      two: true\n"),
        ("digo:guards.inner.more", "x", "    inner: {flow: 1}\n", "    inner: {flow: 1, more: x}\n"),
        ("digo:guards.new[0].a", 1, "      one: 1  # alone\n", "      one: 1  # alone\n    new:\n      - a: 1\n"),
        ("demo:other.a", "b", "  demo:plain: text\n", "  demo:plain: text\n  demo:other:\n    a: b\n"),
        ("demo:plain.a", "b", "  demo:plain: text\n", "  demo:plain:\n    a: b\n"),
    ],
)
def test_a_value_inside_changes_its_own_lines_alone(path: str, value: Any, old: str, new: str) -> None:
    assert set_(FILE, path, value) == FILE.replace(old, new)


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("digo:guards.maxCreates", "    maxCreates: 10   # a morning\n", ""),
        ("digo:guards.deep.one", "    deep:\n      one: 1  # alone\n", "    deep: {}\n"),
        ("digo:guards.inner", "    inner: {flow: 1}\n", ""),
        ("digo:guards.inner.flow", "inner: {flow: 1}", "inner: {}"),
        ("digo:guards.nothing.there", "", ""),
        ("digo:guards.tests[7]", "", ""),
        ("demo:plain", "  demo:plain: text\n", ""),
    ],
)
def test_a_value_inside_goes_with_its_own_lines_alone(path: str, old: str, new: str) -> None:
    assert remove(FILE, path) == FILE.replace(old, new)


def test_an_item_of_a_list() -> None:
    assert yaml.safe_load(set_(FILE, "demo:new[1]", "b"))["config"]["demo:new"] == [None, "b"]
    changed = yaml.safe_load(set_(FILE, "digo:guards.tests[1].name", "last"))
    assert changed["config"]["digo:guards"]["tests"] == [{"name": "first"}, {"name": "last"}]
    shorter = yaml.safe_load(remove(FILE, "digo:guards.tests[0]"))
    assert shorter["config"]["digo:guards"]["tests"] == [{"name": "second"}]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("digo:guards.maxCreates.x", "digo:guards.maxCreates: expected a map"),
        ("digo:guards.maxCreates[0]", "digo:guards.maxCreates: expected an array"),
        ("digo:guards[0]", r"digo:guards\[0\]: key for a map must be a string"),
        ("digo:guards.tests.x", "digo:guards.tests.x: key for an array must be an int"),
        ("digo:guards.tests[3]", r"digo:guards.tests\[3\]: array index out of range"),
        ("demo:plain.secure", 'demo:plain.secure: maps with the single key "secure" are reserved'),
    ],
)
def test_what_does_not_fit_changes_nothing(path: str, reason: str) -> None:
    with pytest.raises(InvalidConfig, match=reason):
        set_(FILE, path, "x")


names = st.sampled_from(["a", "b", "c d", "e.f"])
steps = st.lists(names | st.integers(0, 2), min_size=0, max_size=3).map(tuple)
values = st.text(max_size=10) | st.integers() | st.booleans()


@settings(max_examples=20)
@given(st.lists(st.tuples(st.sampled_from(["demo:a", "demo:b"]), steps, st.none() | values), max_size=10))
def test_any_series_of_changes_gives_what_pulumi_would(changes: list[tuple[str, PropertyPath, Any]]) -> None:
    text, expected = "# head\nconfig:\n  demo:first: 1  # one\n", {"demo:first": 1}
    for key, path, value in changes:
        try:
            if value is not None:
                expected[key] = with_value(expected.get(key), path, value, (key,))
                text = with_config(parsed(text), "demo", key, value, path)
            elif key in expected:
                without_value(expected, (key, *path), ())
                text = without_config(parsed(text), "demo", key, path)
        except InvalidConfig:
            with pytest.raises(InvalidConfig):
                with_config(parsed(text), "demo", key, value, path)
    assert yaml.safe_load(text)["config"] == expected
    assert text.startswith("# head\n") and "# one" in text
