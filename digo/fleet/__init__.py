"""Fleets: hundreds of accounts from one repository."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digo.fleet.drift.stack_drift import FleetDrift
    from digo.fleet.fleet import Fleet
    from digo.fleet.plan.stack_plan import FleetPlan, StackPlan
    from digo.fleet.up.report import FleetReport
    from digo.fleet.up.stack_result import StackResult

_MODULES = {
    "Fleet": "digo.fleet.fleet",
    "FleetDrift": "digo.fleet.drift.stack_drift",
    "FleetPlan": "digo.fleet.plan.stack_plan",
    "FleetReport": "digo.fleet.up.report",
    "StackPlan": "digo.fleet.plan.stack_plan",
    "StackResult": "digo.fleet.up.stack_result",
}

__all__ = ["Fleet", "FleetDrift", "FleetPlan", "FleetReport", "StackPlan", "StackResult"]


def __getattr__(name: str) -> Any:
    """Imports a class on first use: a command imports only what it uses."""
    if name in _MODULES:
        from importlib import import_module

        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(name)
