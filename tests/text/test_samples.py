"""Samples of long listings: what is left out is counted, and kinds of messages are told apart."""

from __future__ import annotations

import pytest

from digo.desired import Position, Problem
from digo.source.problems import ConfigError, format_problems, kinds_of
from digo.text.samples import counts_of_kinds, kind_of, sample

SEE = "--all lists them"


@pytest.mark.parametrize(
    ("count", "most", "shown", "last"),
    [
        (0, 20, 0, None),
        (20, 20, 20, "line 19"),
        (21, 20, 21, "and 1 more; --all lists them"),
        (1020, 20, 21, "and 1,000 more; --all lists them"),
        (1020, None, 1020, "line 1019"),
    ],
)
def test_the_first_lines_are_shown_and_the_others_are_counted(
    count: int, most: int | None, shown: int, last: str | None
) -> None:
    lines = sample([f"line {index}" for index in range(count)], SEE, most)
    assert len(lines) == shown
    assert (lines[-1] if lines else None) == last


def test_a_kind_is_a_message_without_its_values() -> None:
    assert kind_of('"Sales" is the name of `a` (f.yaml:3:4) and 1,000 others') == "… is the name of … … and … others"
    assert kind_of("a name cannot be empty") == "a name cannot be empty"
    assert kind_of("x'a b'c1 it's d2e") == "x…… it's …"
    # Hours, if it were looked through from each letter.
    assert kind_of("x" * 1_000_000) == "x" * 1_000_000


def test_kinds_are_counted_the_most_frequent_first() -> None:
    assert counts_of_kinds(["b", "a", "b", "c"]) == ["2 x b", "1 x a", "1 x c"]
    many = counts_of_kinds([f"kind {chr(97 + index)}" for index in range(20)] + ["kind a"])
    assert many[0] == "2 x kind a"
    assert len(many) == 11 and many[-1] == "and 10 of 10 other kinds"


def problems(count: int) -> list[Problem]:
    return [
        Problem(Position("agents.yaml", index, 3), f"agents.k{index}.name", f"`n{index}` is too long")
        for index in range(1, count + 1)
    ]


def test_a_config_error_has_the_first_problems_and_the_count_of_each_kind() -> None:
    lines = str(ConfigError(problems(1000))).splitlines()
    assert lines[:3] == [
        "1,000 problems in the config; nothing was read or written:",
        "  1,000 x agents.*.name: … is too long",
        "  agents.yaml:1:3: agents.k1.name: `n1` is too long",
    ]
    assert len(lines) == 23
    assert lines[-1] == "  and 980 more; `digo validate --show-all` lists all"
    few = str(ConfigError(problems(20))).splitlines()
    assert len(few) == 21 and kinds_of(problems(20)) == []


def test_a_caller_says_how_to_see_all() -> None:
    assert format_problems(problems(3), 2, SEE)[-1] == "and 1 more; --all lists them"
    assert str(ConfigError(problems(21), "`digo plan --all` lists all")).endswith("1 more; `digo plan --all` lists all")
