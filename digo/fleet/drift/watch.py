"""The watch: reads each stack of a fleet once, and compares config, the last up and the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from digo.fleet.drift.findings import stack_drift
from digo.fleet.drift.stack_drift import DriftOutcome, FleetDrift, StackDrift, in_order
from digo.fleet.each_stack import Progress, each_stack
from digo.fleet.fleet import Fleet
from digo.open_stack import OpenStack
from digo.settings.stack_settings import Unmanaged


def watch_fleet(
    fleet: Fleet,
    progress: Progress | None = None,
    note: Callable[[str, str], None] | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
) -> FleetDrift:
    """The drift of the fleet's stacks. A stack that cannot be read is unknown, and stops no other.

    Args:
        fleet: the stacks.
        progress: is told how many stacks are done, of how many.
        note: takes a stack's name, and what a person should know of it.
        now: the clock.
    """
    at = now().strftime("%Y-%m-%dT%H:%M:%SZ")
    stacks = each_stack(fleet, _watched, _unknown, progress, note)
    return FleetDrift(fleet.project.name, at, "", in_order(stacks))


def _watched(opened: OpenStack) -> StackDrift:
    # A strict stack refuses what no up can correct. Here that is what is looked for.
    context = replace(opened.stack.guard_context, strict=False)
    review = opened.review(guard_context=context)
    unmanaged = opened.stack.settings.unmanaged is Unmanaged.DRIFT
    return stack_drift(opened.name, replace(review, unmanaged_drifts=unmanaged))


def _unknown(stack: str, reason: str) -> StackDrift:
    return StackDrift(stack, DriftOutcome.UNKNOWN, reason=reason)
