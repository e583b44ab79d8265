"""The up of one stack: plan once more, compare with the pin, run the engine, say what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from digo.fleet.up.stack_result import StackResult

if TYPE_CHECKING:
    from digo.fleet.fleet import Fleet
    from digo.fleet.up.engine_process import Engines


def up_stack(
    fleet: Fleet, pin: Mapping[str, Any], run: str, engines: Engines, *, begun_before: bool = False
) -> StackResult:
    """Ups one stack of a run, and says what became of it. It does not raise: each failure is a result.

    Args:
        fleet: the fleet, as this machine has it.
        pin: the stack's pinned plan: `StackPlan.pin()`.
        run: the run's id; its logs are in `.digo/fleet/runs/<run>/`.
        engines: the engine processes of this process, which a signal interrupts.
        begun_before: whether another process has begun this up and died. Then what is left of the pinned plan is
            carried out too.
    """
    raise NotImplementedError
