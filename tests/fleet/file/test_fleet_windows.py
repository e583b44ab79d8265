"""When ups may begin: over midnight, over the end of a week, over changes of the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from digo.fleet.file.models import FleetSettings, WindowEntry
from digo.fleet.file.windows import opens_at, windows_of

NIGHT = {"days": "mon-fri", "from": "22:00", "to": "05:00", "zone": "Asia/Kolkata"}


def windows(*entries: dict[str, Any]) -> tuple[WindowEntry, ...]:
    return FleetSettings.model_validate({"groups": {"all": {}}, "windows": list(entries)}).windows


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_open(windows: Sequence[WindowEntry], now: datetime) -> bool:
    return opens_at(windows, now) == now


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-30 21:59:59+05:30", "2026-11-30 22:00:00+05:30"),  # a Monday
        ("2026-11-30 22:00:00+05:30", None),
        ("2026-12-01 04:59:59+05:30", None),
        ("2026-12-01 05:00:00+05:30", "2026-12-01 22:00:00+05:30"),
        ("2026-12-05 04:59:00+05:30", None),  # Saturday's morning belongs to Friday's night
        ("2026-12-05 05:00:00+05:30", "2026-12-07 22:00:00+05:30"),
        ("2026-12-07 04:00:00+05:30", "2026-12-07 22:00:00+05:30"),  # Sunday's night is none
        ("2026-11-30 16:30:00+00:00", None),
    ],
)
def test_a_window_over_midnight(now: str, opens: str | None) -> None:
    found = windows(NIGHT)
    assert is_open(found, at(now)) is (opens is None)
    assert opens_at(found, at(now)) == at(opens or now)


def test_a_window_of_a_whole_day_and_one_up_to_midnight() -> None:
    whole = windows({"days": ["sun"], "from": "00:00", "to": "00:00", "zone": "UTC"})
    evening = windows({"days": ["sun"], "from": "20:00", "to": "24:00", "zone": "UTC"})
    assert is_open(whole, at("2026-12-06 00:00+00:00"))
    assert is_open(whole, at("2026-12-06 23:59:59+00:00"))
    assert not is_open(whole, at("2026-12-07 00:00+00:00"))
    assert is_open(evening, at("2026-12-06 23:59:59+00:00"))
    assert opens_at(evening, at("2026-12-07 00:00+00:00")) == at("2026-12-13 20:00+00:00")


@pytest.mark.parametrize(
    ("begin", "end", "now", "opens"),
    [
        # At 2027-03-28 01:00 UTC the clocks of Berlin go from 02:00 to 03:00.
        ("01:30", "03:30", "2027-03-28 01:29+00:00", None),
        ("01:30", "03:30", "2027-03-28 01:30+00:00", "2027-03-28 23:30+00:00"),
        ("02:30", "04:00", "2027-03-28 00:59+00:00", "2027-03-28 01:30+00:00"),
        # The window that the change leaves out comes the next night.
        ("02:00", "03:00", "2027-03-28 00:59+00:00", "2027-03-29 00:00+00:00"),
        # At 2026-10-25 01:00 UTC they go from 03:00 to 02:00: 02:30 comes twice, and the first counts.
        ("02:30", "04:00", "2026-10-25 00:29+00:00", "2026-10-25 00:30+00:00"),
        ("02:30", "04:00", "2026-10-25 02:59+00:00", None),
        ("01:00", "02:30", "2026-10-25 00:30+00:00", "2026-10-26 00:00+00:00"),
    ],
)
def test_changes_of_the_clock(begin: str, end: str, now: str, opens: str | None) -> None:
    found = windows({"from": begin, "to": end, "zone": "Europe/Berlin"})
    assert is_open(found, at(now)) is (opens is None)
    assert opens_at(found, at(now)) == at(opens or now)


def test_a_weekly_window_that_the_change_leaves_out_comes_a_week_later() -> None:
    found = windows({"days": "sun", "from": "02:00", "to": "03:00", "zone": "Europe/Berlin"})
    assert opens_at(found, at("2027-03-28 00:00+00:00")) == at("2027-04-04 00:00+00:00")


def test_the_first_of_several_counts_in_whatever_zone() -> None:
    found = windows(NIGHT, {"days": "sat", "from": "10:00", "to": "11:00", "zone": "America/New_York"})
    assert opens_at(found, at("2026-12-05 12:00+00:00")) == at("2026-12-05 15:00+00:00")


def test_a_stack_has_the_windows_of_its_groups_and_those_of_all() -> None:
    everywhere = {"from": "1:00", "to": "2:00", "zone": "UTC"}
    found = windows({**NIGHT, "groups": ["south", "rest"]}, everywhere)
    assert windows_of(["rest"], found) == found
    assert windows_of(["canary"], found) == found[1:]
    assert windows_of(["canary"], found[:1]) == ()
    now = datetime.now(timezone.utc)
    assert is_open((), now)
    assert opens_at((), now) == now


def test_there_is_always_a_next_moment() -> None:
    """Each minute of a year in a zone with changes: the moment found is open, and no earlier minute is."""
    found = windows({"days": "sun", "from": "02:15", "to": "02:45", "zone": "Europe/Berlin"})
    now = at("2027-03-01 00:00+00:00")
    while now < at("2027-04-30 00:00+00:00"):
        opens = opens_at(found, now)
        assert opens >= now
        assert is_open(found, opens)
        assert not is_open(found, opens - timedelta(minutes=1)) or opens == now
        now = opens + timedelta(minutes=31)
