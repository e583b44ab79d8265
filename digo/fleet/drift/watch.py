"""The watch: reads each stack of a fleet once, and compares config, the last up and the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from digo.fleet.commit import commit_of
from digo.fleet.drift.findings import stack_drift
from digo.fleet.drift.stack_drift import DriftOutcome, FleetDrift, StackDrift, in_order
from digo.fleet.each_stack import each_open_stack
from digo.text.redact import mask_numbers

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet
    from digo.fleet.open_stack import OpenStack


def watch_fleet(fleet: Fleet, progress: Callable[[StackDrift], None] = lambda _: None) -> FleetDrift:
    """The drift of the fleet's stacks. Each account is read once, and nothing is written.

    A stack that cannot be read is unknown: it is never without drift, and it stops no other.

    Args:
        fleet: the stacks.
        progress: takes each stack as it comes, in the thread of the caller.
    """
    at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = each_open_stack(fleet, _watched, _unknown, progress)
    return FleetDrift(fleet.project.name, at, commit_of(fleet.root), in_order(found))


def _watched(stack: OpenStack) -> StackDrift:
    try:
        found = stack_drift(stack.name, stack.drift_review())
    except Exception as error:  # of whatever kind: it must not end the watch of other stacks
        found = _unknown(stack.name, stack.failure_text(error))
    return replace(found, notes=tuple(map(mask_numbers, stack.notes)))


def _unknown(stack: str, reason: str) -> StackDrift:
    return StackDrift(stack, DriftOutcome.UNKNOWN, reason=reason)
