"""Fleets: hundreds of accounts from one repository."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digo.fleet.changes.changed_stacks import ChangedStacks
    from digo.fleet.drift.stack_drift import FleetDrift
    from digo.fleet.failure import FleetError
    from digo.fleet.fleet import Fleet
    from digo.fleet.plan.stack_plan import FleetPlan, StackPlan
    from digo.fleet.up.report import FleetReport
    from digo.fleet.up.stack_result import StackResult

_MODULES = {
    "ChangedStacks": "digo.fleet.changes.changed_stacks",
    "Fleet": "digo.fleet.fleet",
    "FleetDrift": "digo.fleet.drift.stack_drift",
    "FleetError": "digo.fleet.failure",
    "FleetPlan": "digo.fleet.plan.stack_plan",
    "FleetReport": "digo.fleet.up.report",
    "StackPlan": "digo.fleet.plan.stack_plan",
    "StackResult": "digo.fleet.up.stack_result",
}

__all__ = ["ChangedStacks", "Fleet", "FleetDrift", "FleetError", "FleetPlan", "FleetReport", "StackPlan", "StackResult"]


def __getattr__(name: str) -> Any:
    """Imports a class on first use: a command imports only what it uses."""
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(name)
