"""Which stacks are in which wave, and how many failures stop one."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from digo.fleet.file.models import FleetSettings
from digo.fleet.file.values import FailureLimit, parse_duration
from digo.fleet.file.waves import Wave, waves_of
from digo.fleet.stacks import FleetStack

WAVES = [
    {"name": "canary", "groups": ["canary"], "wait": "10m"},
    {"name": "tenth", "groups": ["south", "rest"], "percent": "10"},
    {"name": "half", "groups": ["rest"], "percent": "50"},
    {"name": "rest", "groups": ["south", "rest"]},
]


def settings(waves: Sequence[Mapping[str, object]]) -> FleetSettings:
    return FleetSettings.model_validate({"groups": {"all": {}}, "waves": list(waves)})


def stacks(count: int) -> list[FleetStack]:
    """Stacks of which the first two are canaries, each third is of the south, and all are the rest."""
    return [
        FleetStack(
            f"s{number:03}",
            f"s{number:03}",
            groups=(*(("canary",) if number < 2 else ()), *(("south",) if number % 3 == 0 else ()), "rest"),
        )
        for number in range(count)
    ]


def test_a_stack_is_in_the_first_wave_that_names_it() -> None:
    found = waves_of(settings(WAVES), stacks(100))
    assert [(one.name, len(one.stacks), one.wait) for one in found] == [
        ("canary", 2, timedelta(minutes=10)),
        ("tenth", 10, timedelta()),
        ("half", 50, timedelta()),
        ("rest", 38, timedelta()),
    ]
    assert found[1].stacks == tuple(f"s{number:03}" for number in range(2, 12))
    names = [name for one in found for name in one.stacks]
    assert sorted(names) == [one.name for one in stacks(100)]


def test_the_order_of_the_stacks_changes_nothing() -> None:
    members = stacks(57)
    mixed = random.Random(7).sample(members, len(members))
    assert waves_of(settings(WAVES), mixed) == waves_of(settings(WAVES), members)


@pytest.mark.parametrize(
    ("count", "expected"), [(0, []), (1, [1]), (3, [2, 1]), (11, [2, 2, 6, 1]), (15, [2, 2, 8, 3])]
)
def test_a_share_is_rounded_up_and_empty_waves_are_left_out(count: int, expected: list[int]) -> None:
    assert [len(one.stacks) for one in waves_of(settings(WAVES), stacks(count))] == expected


def test_without_waves_all_stacks_are_one() -> None:
    assert waves_of(settings([]), stacks(3)) == (Wave("all", ("s000", "s001", "s002")),)
    assert waves_of(settings([]), []) == ()


def test_a_stack_that_no_wave_names_is_in_none() -> None:
    found = waves_of(settings([{"name": "south", "groups": ["south"], "percent": "50"}]), stacks(10))
    assert [one.stacks for one in found] == [("s000", "s003")]


@pytest.mark.parametrize(
    ("limit", "failed", "stacks", "stops"),
    [
        (FailureLimit(), 0, 10, False),
        (FailureLimit(), 1, 10, True),
        (FailureLimit(3), 2, 3, False),
        (FailureLimit(3), 3, 300, True),
        (FailureLimit(3), 0, 1, False),
        (FailureLimit(3), 1, 1, True),
        (FailureLimit(3), 1, 2, False),
        (FailureLimit(3), 2, 2, True),
        (FailureLimit(percent=5), 0, 0, False),
        (FailureLimit(percent=5), 4, 100, False),
        (FailureLimit(percent=5), 5, 100, True),
        (FailureLimit(percent=5), 1, 3, True),
        (FailureLimit(percent=100), 2, 3, False),
        (FailureLimit(percent=100), 3, 3, True),
    ],
)
def test_so_many_failures_stop_a_wave(limit: FailureLimit, failed: int, stacks: int, *, stops: bool) -> None:
    assert limit.reached(failed, stacks) is stops


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45s", 45), ("10m", 600), ("1h30m", 5400), ("2d", 172_800), (" 1H ", 3600), ("0s", 0), ("30d", 2_592_000)],
)
def test_times(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "10", "m", "1.5h", "-1m", "30m1h", "31d", "1 h", "१m", "9" * 30 + "s"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="a time is"):
        parse_duration(text)
