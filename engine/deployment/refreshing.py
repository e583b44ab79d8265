"""Reads resources anew and takes what is there into the state."""

from __future__ import annotations

import asyncio

from engine.deployment.errors import AlreadyReported, StepError, Stopped
from engine.deployment.execution import Run
from engine.deployment.pending import clear_pending
from engine.deployment.previous_state import OldResource
from engine.deployment.step_refresh import RefreshDisplay, RefreshSteps, shown_as_refresh, shown_by_outcome
from engine.deployment.targets import Targets


async def refresh(run: Run) -> None:
    """`pulumi refresh`: the whole run."""
    await _refresh_all(run, shown_by_outcome)


async def refresh_before_update(run: Run) -> None:
    """`--refresh`: the update then starts from what the refresh found.

    Raises:
        AlreadyReported: a refresh failed.
    """
    await _refresh_all(run, shown_as_refresh)
    if run.session.failed:
        raise AlreadyReported
    run.session.check_running()


async def _refresh_all(run: Run, shown_as: RefreshDisplay) -> None:
    session = run.session
    await clear_pending(run)
    targets = Targets(session.subject.options)
    targets.refuse_unknown(set(session.previous.by_urn))
    steps = RefreshSteps(session)
    gone: list[OldResource] = []

    async def one(old: OldResource) -> None:
        try:
            if not await steps.refresh(old, shown_as):
                gone.append(old)
        except StepError as error:
            session.error(str(error), error.urn)
        except (AlreadyReported, Stopped):
            return

    session.goes_on = True
    await asyncio.gather(*(one(old) for old in targets.chosen_olds(session.previous)))
    session.goes_on = False
    session.previous.drop(gone)
