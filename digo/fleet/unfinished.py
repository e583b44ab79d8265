"""Which run an up goes on with: the unfinished one, or none."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from digo.fleet.failure import FleetError
from digo.text.counts import counted

if TYPE_CHECKING:
    from digo.fleet.runs.runs import FoundRun, Runs


def run_to_go_on(
    runs: Runs, end: Callable[[FoundRun], None], *, resume: bool = False, restart: bool = False
) -> FoundRun | None:
    """The unfinished run to go on with; None if a new one is due.

    Args:
        runs: the fleet's runs.
        end: carries out, to its end, a run that was stopped and has not ended.
        resume: go on with the run, although something has changed since.
        restart: stop all unfinished runs.

    Raises:
        FleetError: something has changed since the run was begun, and neither `resume` nor `restart` is set; or there
            is nothing to resume.
        DatabaseLost: the database cannot be used.
    """
    found = runs.unfinished()
    if restart:
        for one in found:
            runs.restart(one.document, "another run was begun in its place")
        return None
    for one in found:
        if one.stopped is not None:
            end(one)
    going = [one for one in found if one.stopped is None]
    if not going:
        if resume:
            raise FleetError("there is no unfinished run to go on with; without --resume a new one is begun")
        return None
    if not going[0].same and not resume:
        raise FleetError(
            f"{described(going[0])} has not ended, and the config, the tool or the selection has changed. "
            "Nothing was begun.\n  Next: --resume goes on with that run, --restart stops it and begins a new one"
        )
    return going[0]


def described(one: FoundRun) -> str:
    """A run for messages: its id, who began it and when, and how large it is."""
    document = one.document
    return (
        f"run {document.run} of {document.who}, begun at {document.begun}, with "
        f"{counted(len(document.stacks), 'stack')},"
    )
