"""Whether the state still says what the account has in fields of an agent that no list shows."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from digo.api.errors import ApiError, OutcomeUnknown, Refused
from digo.state.journal import Journal, superseded_writes
from digo.state.uncertain_agents import known_outputs, last_write

OUTPUTS = {"name": "Ada", "caller_ids": '["+12025550190"]', "eid": "5000"}
WITHOUT = {"name": "Ada", "eid": "5000"}


UNKNOWN = OutcomeUnknown("no reply", answered=False, next_step="run again", method="PATCH", path="/v1/user")
REFUSED = Refused("no", next_step="correct it", method="PATCH", path="/v1/user")


def write_once(folder: Path, was: str, problem: ApiError | None = None) -> str:
    """An update of another run, which ended so. Returns its id."""
    found = []

    async def run() -> None:
        with contextlib.suppress(ApiError):
            async with Journal(folder).writing("a", "PATCH /v1/user", was) as write:
                found.append(write)
                if problem is not None:
                    raise problem

    asyncio.run(run())
    return found[0]


@pytest.mark.parametrize("problem", [None, UNKNOWN], ids=["applied", "unknown"])
def test_an_update_that_the_state_does_not_name_is_a_doubt(tmp_path: Path, problem: ApiError | None) -> None:
    write_once(tmp_path, last_write(OUTPUTS, "5000"), problem)
    assert known_outputs(OUTPUTS, "5000", superseded_writes(tmp_path)) == WITHOUT


def test_an_update_that_was_refused_is_none(tmp_path: Path) -> None:
    write_once(tmp_path, last_write(OUTPUTS, "5000"), REFUSED)
    assert known_outputs(OUTPUTS, "5000", superseded_writes(tmp_path)) == OUTPUTS


def test_the_last_update_proves_the_state_until_another_one_follows(tmp_path: Path) -> None:
    first = write_once(tmp_path, last_write(OUTPUTS, "5000"))
    named = {**OUTPUTS, "write": first}
    assert known_outputs(named, "5000", superseded_writes(tmp_path)) == named
    write_once(tmp_path, last_write(named, "5000"))
    assert "caller_ids" not in known_outputs(named, "5000", superseded_writes(tmp_path))
