"""Pulumi.<stack>.yaml: values as Pulumi reads them, and changes that touch no other line."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from digo.project.failure import InvalidConfig, ProjectError
from digo.project.stack_file import StackFile, full_key, parse_stack_file
from digo.project.stack_file_edits import with_config, with_encryption_salt, with_new_values, without_config
from digo.project.values import Value

PATH = Path("Pulumi.dev.yaml")
FILE = """\
# who to ask: the phone team
encryptionsalt: v1:c2FsdA==:v1:bm9uY2U=:ZGF0YQ==
config:
  # the account
  digo:endpoint: http://127.0.0.1:8099   # the sandbox
  demo:token:
    secure: v1:bm9uY2U=:ZGF0YQ==
  demo:flag: yes
  demo:truth: True
  demo:number: 0123
  demo:list:
    - a
    - secure: v1:bm9uY2U=:c2VjcmV0
  demo:empty:
# the end
"""


def parsed(text: str) -> StackFile:
    return parse_stack_file(PATH, text, "demo")


def opened(ciphertext: str) -> str:
    return f"<{ciphertext.rpartition(':')[2]}>"


def test_values_are_text_as_pulumi_has_it() -> None:
    file = parsed(FILE)
    assert file.encryption_salt == "v1:c2FsdA==:v1:bm9uY2U=:ZGF0YQ=="
    assert file.values(opened) == {
        "digo:endpoint": Value("http://127.0.0.1:8099"),
        "demo:token": Value("<ZGF0YQ==>", secret=True),
        "demo:flag": Value("yes"),
        "demo:truth": Value("true"),
        "demo:number": Value("83"),
        "demo:list": Value('["a","\\u003cc2VjcmV0\\u003e"]', secret=True),
        "demo:empty": Value(""),
    }


def test_a_changed_value_changes_its_own_line_alone() -> None:
    text = with_config(parsed(FILE), "demo", "digo:endpoint", "http://127.0.0.1:9")
    assert text == FILE.replace("http://127.0.0.1:8099   #", "http://127.0.0.1:9      #")


def test_a_secret_replaces_a_list_and_the_comments_stay() -> None:
    text = with_config(parsed(FILE), "demo", "demo:list", {"secure": "v1:bm9uY2U=:bmV3"})
    assert parsed(text).values(opened)["demo:list"] == Value("<bmV3>", secret=True)
    assert text.count("#") == FILE.count("#")
    assert "  demo:empty:\n# the end\n" in text


def test_a_new_value_stands_at_the_end_of_the_block() -> None:
    text = with_config(parsed(FILE), "demo", "demo:new", "true")
    assert text == FILE.replace("  demo:empty:\n", "  demo:empty:\n  demo:new: 'true'\n")


@pytest.mark.parametrize("key", ["demo:token", "demo:list", "demo:empty", "digo:endpoint"])
def test_a_removed_value_takes_its_lines_with_it(key: str) -> None:
    text = without_config(parsed(FILE), "demo", key)
    before, after = parsed(FILE).values(opened), parsed(text).values(opened)
    assert after == {name: value for name, value in before.items() if name != key}
    assert "# who to ask" in text and "# the end" in text


@pytest.mark.parametrize("text", ["", "config:\n", "config: {}\n", "config: {demo:a: 1}\n", "encryptionsalt: v1:a\n"])
def test_files_of_every_shape_take_a_value(text: str) -> None:
    before = parsed(text).values(opened)
    after = parsed(with_config(parsed(text), "demo", "demo:x", "y")).values(opened)
    assert after == {**before, "demo:x": Value("y")}
    assert parsed(without_config(parsed(with_config(parsed(text), "demo", "demo:x", "y")), "demo", "demo:x")).values(
        opened
    ) == (before)


def test_the_salt_is_set_and_replaced() -> None:
    assert with_encryption_salt(parsed("config:\n  a: b\n"), "v1:n") == "encryptionsalt: v1:n\nconfig:\n  a: b\n"
    text = with_encryption_salt(parsed(FILE), "v1:new")
    assert parsed(text).encryption_salt == "v1:new" and text.count("encryptionsalt") == 1


keys = st.sampled_from(["demo:a", "demo:b", "other:c"])
values = st.text(min_size=0, max_size=20) | st.integers() | st.booleans() | st.lists(st.text(max_size=5), min_size=1)


@settings(max_examples=20)
@given(st.lists(st.tuples(keys, st.none() | values), max_size=8))
def test_any_series_of_changes_gives_what_was_said_last(changes: list[tuple[str, Any]]) -> None:
    text, expected = "# head\nconfig:\n  demo:first: 1  # one\n", {"demo:first": 1}
    for key, value in changes:
        file = parsed(text)
        text = without_config(file, "demo", key) if value is None else with_config(file, "demo", key, value)
        expected.pop(key, None)
        if value is not None:
            expected[key] = value
    assert yaml.safe_load(text)["config"] == expected
    assert text.startswith("# head\n") and "# one" in text


def test_keys() -> None:
    assert full_key("a", "demo") == "demo:a"
    assert full_key("aws:region", "demo") == "aws:region"
    assert full_key("aws:config:region", "demo") == "aws:region"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config:\n  demo:a: 1\n  demo:a: 2\n", "Pulumi.dev.yaml:3:3: `demo:a` occurs twice; first at line 2"),
        ("config:\n  demo:a: {b: 1, b: 2}\n", "Pulumi.dev.yaml:2:18: `b` occurs twice; first at line 2"),
        ("config: {}\nconfig: {}\n", "Pulumi.dev.yaml:2:1: `config` occurs twice; first at line 1"),
    ],
)
def test_a_key_twice_is_refused_as_pulumi_refuses_it(text: str, said: str) -> None:
    with pytest.raises(ProjectError, match="occurs twice") as refused:
        parsed(text)
    assert str(refused.value) == said


@pytest.mark.parametrize("path", [(), ("b",), ("new",)])
@pytest.mark.parametrize("key", ["digo:one", "digo:two"])
def test_a_file_with_an_alias_is_left_alone(key: str, path: tuple[str, ...]) -> None:
    """Its anchor would be lost with the value, and a change of the alias would be one of the other value."""
    file = parsed("config:\n  digo:one: &x\n    b: 1\n  digo:two: *x\n")
    for change in (lambda: with_config(file, "demo", key, 2, path), lambda: without_config(file, "demo", key, path)):
        with pytest.raises(InvalidConfig, match=r"Pulumi.dev.yaml:4: .* `\*x` stands for another value"):
            change()
    plain = parsed("config:\n  digo:one: a * b *x\n")
    assert with_config(plain, "demo", "digo:one", 2) == "config:\n  digo:one: 2\n"


def test_comments_stay_above_what_they_are_about() -> None:
    text = "config:\n  demo:a:\n    x: 1\n  # about b\n  demo:b: True\n\n  # about c\n  demo:c: { k:  1 }\n"
    grown = with_config(parsed(text), "demo", "demo:a", 2, ("y",))
    assert grown == text.replace("    x: 1\n", "    x: 1\n    y: 2\n")
    assert without_config(parsed(text), "demo", "demo:a") == text.replace("  demo:a:\n    x: 1\n", "")
    assert without_config(parsed(text), "demo", "demo:b") == text.replace("  demo:b: True\n", "")
    assert with_config(parsed(text), "demo", "demo:b", "no") == text.replace("True", "'no'")
    assert with_config(parsed("# all\n"), "demo", "demo:b", 1) == "# all\nconfig:\n  demo:b: 1\n"


@pytest.mark.parametrize(
    "value", ["yes", "0123", "1_0", "=", "2001-01-01", "a: b", "- a", "# a", "{", "*a", "a\nb", ""]
)
def test_a_text_stays_a_text_for_every_reader(value: str) -> None:
    text = with_config(parsed(FILE), "demo", "demo:x", [value])
    assert yaml.safe_load(text)["config"]["demo:x"] == [value]
    assert parsed(with_config(parsed(FILE), "demo", "demo:x", value)).values(opened)["demo:x"] == Value(value)


SHAPES = {
    "comments": "# a\n\n# b\n\nconfig:\n\n  # one\n\n  demo:b: 1   # eol\n\n  # two\n\n",
    "an indent of four": "config:\n    demo:a: 1\n    demo:l:\n        - x\n        - y\n    # c\n    demo:b: two\n",
    "a text of several lines": "config:\n  demo:t: |\n    one\n      two # no comment\n\n    three\n  demo:b: 1\n",
    "a text that goes on": "config:\n  demo:t: one\n    two\n    three\n  demo:b: 1\n",
    "a mark at the start": "---\n# head\nconfig:\n  demo:b: 1\n",
    "no end of line": "config:\n  demo:a: True\n  demo:b: 1",
    "quotes": "config:\n  'demo:t': \"a\\tb\"\n  demo:b: 'it''s'\n",
    "flow": "config:\n  demo:b: 1\n  demo:f: {a: True, 'b': 0x10, c: [1,2,  3]}\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_other_lines_stay_in_a_file_of_any_shape(shape: str) -> None:
    text = SHAPES[shape]
    others = [line for line in text.splitlines() if "demo:b" not in line]
    for changed in (
        with_config(parsed(text), "demo", "demo:b", "yes"),
        with_config(parsed(text), "demo", "demo:new", {"k": ["v"]}),
        with_encryption_salt(parsed(text), "v1:new"),
    ):
        lines = changed.splitlines()
        assert [line for line in lines if line in others] == others
        before, after = parsed(text).values(opened), parsed(changed).values(opened)
        assert {key: after[key] for key in before if key != "demo:b"} == {k: before[k] for k in before if k != "demo:b"}
    removed = without_config(parsed(text), "demo", "demo:b")
    assert "demo:b" not in parsed(removed).values(opened)


@pytest.mark.parametrize(
    "written", ["2026-02-28", "2026-02-30", "2026-01-01 10:00:00.5", "2026-01-01T25:00:00Z", "0o9", "1:99", "1_000"]
)
def test_a_value_that_looks_like_a_date_or_a_number_stays_as_it_is_written(written: str) -> None:
    """In quotes it would be another value to Pulumi; and a date that no calendar has is one to no library."""
    text = f"config:\n  t:odd: {written}   # why\n  t:other: 1\n"
    changed = with_config(parse_stack_file(PATH, text, "demo"), "demo", "t:key", "v")
    assert changed == f"{text}  t:key: v\n"


def test_new_values_come_last_and_every_other_line_stays() -> None:
    text = "config:\n    digo:flag: True   # as it was\n    digo:base: &base { a: 1 }\n    digo:same: *base\n"
    added = with_new_values(parsed(text), {"digo:cps": "5", "digo:profile": "digo"})
    assert added == text + "    digo:cps: '5'\n    digo:profile: digo\n"
    assert with_new_values(parsed(text), {}) == text
    assert with_new_values(parsed(""), {"digo:cps": "5"}) == "config:\n  digo:cps: '5'\n"
