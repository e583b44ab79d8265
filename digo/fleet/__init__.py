"""Fleets: hundreds of accounts from one repository."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digo.fleet.changes.changed_stacks import ChangedStacks
    from digo.fleet.drift.stack_drift import DriftOutcome, FleetDrift, StackDrift
    from digo.fleet.failure import FleetError
    from digo.fleet.fleet import Fleet
    from digo.fleet.plan.stack_plan import FleetPlan, PlanOutcome, StackPlan
    from digo.fleet.stacks import FleetStack
    from digo.fleet.up.report import FleetReport
    from digo.fleet.up.stack_result import ResultOutcome, StackResult
    from digo.source.problems import ConfigError

_MODULES = {
    "ChangedStacks": "digo.fleet.changes.changed_stacks",
    "ConfigError": "digo.source.problems",
    "DriftOutcome": "digo.fleet.drift.stack_drift",
    "Fleet": "digo.fleet.fleet",
    "FleetDrift": "digo.fleet.drift.stack_drift",
    "FleetError": "digo.fleet.failure",
    "FleetPlan": "digo.fleet.plan.stack_plan",
    "FleetReport": "digo.fleet.up.report",
    "FleetStack": "digo.fleet.stacks",
    "PlanOutcome": "digo.fleet.plan.stack_plan",
    "ResultOutcome": "digo.fleet.up.stack_result",
    "StackDrift": "digo.fleet.drift.stack_drift",
    "StackPlan": "digo.fleet.plan.stack_plan",
    "StackResult": "digo.fleet.up.stack_result",
}

__all__ = [
    "ChangedStacks",
    "ConfigError",
    "DriftOutcome",
    "Fleet",
    "FleetDrift",
    "FleetError",
    "FleetPlan",
    "FleetReport",
    "FleetStack",
    "PlanOutcome",
    "ResultOutcome",
    "StackDrift",
    "StackPlan",
    "StackResult",
]


def __getattr__(name: str) -> Any:
    """Imports one of `__all__` on first use: a command imports only what it uses."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The names of `__all__`, also before their first use."""
    return sorted({*globals(), *__all__})
