"""Config values as the pulumi CLI gives them to a program.

The table was recorded with Pulumi's own code: `workspace.LoadProjectStack` of github.com/pulumi/pulumi/sdk/v3.
"""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from digo.project.failure import ProjectError
from digo.project.go_yaml import read_text
from digo.project.stack_file import parse_stack_file
from digo.project.stack_file_edits import with_config
from digo.project.values import Value

PATH = Path("Pulumi.dev.yaml")
ROOT = Path(__file__).parents[2]
# What stands in the file, and what a program gets.
RECORDED = (
    ("True", "true"),
    ("TRUE", "true"),
    ("2026-01-01", "2026-01-01 00:00:00 +0000 UTC"),
    ("2026-01-01T10:00:00Z", "2026-01-01 10:00:00 +0000 UTC"),
    ("2026-01-01 10:00:00", "2026-01-01 10:00:00 +0000 UTC"),
    ("12:30", "12:30"),
    ("190:20:30", "190:20:30"),
    ("0123", "83"),
    ("0o17", "15"),
    ("0899", "899"),
    ("0x10", "16"),
    ("0X1F", "31"),
    ("0b101", "5"),
    ("1_000", "1000"),
    ("1e3", "1000"),
    ("1E+3", "1000"),
    ("1.0", "1"),
    (".5", "0.5"),
    ("5.", "5"),
    ("1.50", "1.5"),
    ("-5", "-5"),
    ("+5", "5"),
    ("+12025550101", "12025550101"),
    ("~", ""),
    ("null", ""),
    ("Null", ""),
    ('""', ""),
    ('"yes"', "yes"),
    ("'0123'", "0123"),
    ('"true"', "true"),
    ("123456789012345678901234567890", "1.2345678901234568e+29"),
    ("1e21", "1e+21"),
    ("100000000000000000000.0", "100000000000000000000"),
    ("1e-7", "1e-7"),
    ("!!str 5", "5"),
    ('!!int "5"', "5"),
    ('!!bool "true"', "true"),
    ("!!float 5", "5"),
    ("!!binary aGVsbG8=", "hello"),
    ("!foo bar", "bar"),
    (
        '[yes, true, 0123, 0x10, 1_000, 1e3, .5, 12:30, 2026-01-01, ~, "", 1e21, 1e-7, 0b11, +5, on]',
        '["yes",true,83,16,1000,1000,0.5,"12:30","2026-01-01 00:00:00 +0000 UTC",null,"",1e+21,1e-7,3,5,"on"]',
    ),
    ('{b: 1, a: <x>&y, c: {d: é, e: "\\u2028"}}', '{"a":"\\u003cx\\u003e\\u0026y","b":1,"c":{"d":"é","e":"\\u2028"}}'),
    ("{}", "{}"),
    ("[]", "[]"),
    ("<<", "<<"),
    ("=", "="),
    ("-0", "0"),
    ("00", "0"),
    (".", "."),
    ("1_0.5", "10.5"),
    ("-0x10", "-16"),
    ("2026-1-5", "2026-01-05 00:00:00 +0000 UTC"),
    ("2026-02-30", "2026-02-30"),
    ("2026-01-01T10:00:00+05:30", "2026-01-01 10:00:00 +0530 +0530"),
    ("2026-01-01T10:00:00.25Z", "2026-01-01 10:00:00.25 +0000 UTC"),
    ("2026-01-01 10:00", "2026-01-01 10:00"),
    ("10:00", "10:00"),
    ("1.0e-5", "0.00001"),
    ("0.1", "0.1"),
    ("1e-5", "0.00001"),
    ("-0.0", "0"),
    ("0x_1F", "31"),
    ("1_", "1"),
    ("09", "9"),
    ("-0b11", "-3"),
    ("+0x1", "1"),
    ("1.2.3", "1.2.3"),
    ('"1.0"', "1.0"),
    ("1,000", "1,000"),
    ("18446744073709551616", "18446744073709552000"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("-9223372036854775809", "-9223372036854776000"),
    ("1E5", "100000"),
    ('"a\\u2028b"', "a\u2028b"),
    ("'it''s'", "it's"),
    ('"null"', "null"),
    ("!!str null", "null"),
    ("!!str 2026-01-01", "2026-01-01"),
    ('!!null ""', ""),
    ("3.14159265358979", "3.14159265358979"),
    ("123456.789e3", "123456789"),
    ("0.000001", "0.000001"),
    ("0.0000001", "1e-7"),
    ("99999999999999999999", "100000000000000000000"),
    (
        "[0.1, 1e2, -0.0, 1.0e-7, 2026-1-5, {a: no, 1.5: x}]",
        '[0.1,100,0,1e-7,"2026-01-05 00:00:00 +0000 UTC",{"1.5":"x","a":"no"}]',
    ),
    ("..5", "..5"),
    ("-.5", "-0.5"),
    ("+.5e1", "5"),
    ("5e+", "5e+"),
    ("2026-01-01t10:00:00z", "2026-01-01t10:00:00z"),
    ("12e03", "12000"),
    ("0.0", "0"),
    ("1__0", "10"),
    ("0_7", "7"),
    ("00_7", "7"),
    ("0777", "511"),
    ("-0777", "-511"),
    ("0o_7", "7"),
    ("1e0", "1"),
    ("100.0", "100"),
    ("2026-01-01 10:00:00.5", "2026-01-01 10:00:00.5 +0000 UTC"),
    ("2026-01-01 10:00:00 +05:30", "2026-01-01 10:00:00 +05:30"),
    ("2026-01-01T10:00:00", "2026-01-01T10:00:00"),
    ("1.e5", "100000"),
    ("0.1e1_0", "1000000000"),
)


@pytest.mark.parametrize(("written", "given"), RECORDED)
def test_a_scalar_is_what_pulumi_makes_of_it(written: str, given: str) -> None:
    text = f"config:\n  t:key: {written}\n"
    assert parse_stack_file(PATH, text, "demo").values(str)["t:key"] == Value(given)


@pytest.mark.parametrize(("written", "_given"), RECORDED)
def test_a_text_that_is_set_is_read_as_that_text(written: str, _given: str) -> None:
    """Whatever it looks like: `pulumi config set` saves texts."""
    text = with_config(parse_stack_file(PATH, "config:\n  t:other: 1\n", "demo"), "demo", "t:key", written)
    assert parse_stack_file(PATH, text, "demo").values(str)["t:key"].text == written


def test_texts_of_several_lines_and_merged_mappings() -> None:
    text = (
        "config:\n  t:lines: |\n    a\n    b\n  t:folded: >-\n    a\n    b\n  t:plain: a\n    b\n"
        "  t:base: &base {x: 1, y: 2}\n  t:over: {<<: *base, y: 3}\n  own: 1\n  demo:config:old: 2\n  t:empty:\n"
    )
    assert {key: value.text for key, value in parse_stack_file(PATH, text, "demo").values(str).items()} == {
        "t:lines": "a\nb\n",
        "t:folded": "a b",
        "t:plain": "a b",
        "t:base": '{"x":1,"y":2}',
        "t:over": '{"x":1,"y":3}',
        "demo:own": "1",
        "demo:old": "2",
        "t:empty": "",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config:\n  a: 1\n  demo:a: 2\n", "3:3: `demo:a` occurs twice; first at line 2"),
        ("config:\n  t:a: {b: 1, b: 2}\n", "2:15: `b` occurs twice; first at line 2"),
        ("config:\n  7: seven\n", "2:3: invalid configuration key: `7` is not a text"),
        ("config:\n  a:b:c: 1\n", "2:3: invalid configuration key: could not parse a:b:c"),
        ("config:\n  t:a: .inf\n", "2:3: JSON has no such number"),
        ("config:\n  t:a: 1e400\n", "2:3: JSON has no such number"),
        ("config:\n  t:a: &a [*a]\n", "2:8: an alias is inside the thing that it names"),
        ("config: x\n", "1:1: 'config' must be a mapping of keys to values"),
        ("config:\n\tt:a: 1\n", "2:1: not YAML"),
        ("config:\n  t:a: " + "[" * 1000 + "\n", "2:56: not YAML: it is nested too deeply"),
        (
            "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in pairwise("abcdefghijkl")),
            "1:1: aliases stand for more than",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, said: str) -> None:
    with pytest.raises(ProjectError) as refused:
        parse_stack_file(PATH, text, "demo")
    assert str(refused.value).startswith(f"Pulumi.dev.yaml:{said}")


def test_the_reader_needs_nothing_else_of_digo() -> None:
    """The engine's processes must not wait for the command line's libraries."""
    modules = ("backend", "declarations", "project_file", "earlier_runs", "stack_file", "values")
    program = "; ".join(f"import digo.project.{name}" for name in modules) + "; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if name.split(".")[0] in ("digo", "engine", "pulumi", "pydantic")}
    others = {name for name in loaded if name != "digo" and not name.startswith("digo.project")}
    needed = ("text", "text.counts", "text.did_you_mean", "text.yaml_problems", "system", "system.command_name")
    assert others == {f"digo.{name}" for name in needed}, "which need only PyYAML"


@pytest.mark.parametrize("target", ["/dev/zero", "pipe"])
def test_a_pulumi_file_that_is_no_file_is_not_read(tmp_path: Path, target: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "Pulumi.yaml").symlink_to(tmp_path / target)
    with pytest.raises(ProjectError, match="it is a pipe or a device, and a file is due here"):
        read_text(tmp_path / "Pulumi.yaml")
