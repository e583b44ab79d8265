"""Fleets: hundreds of accounts from one repository. docs/python-api.md has a program."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digo.fleet.changes.changed_stacks import ChangedStacks
    from digo.fleet.drift.stack_drift import DriftOutcome, Finding, FleetDrift, StackDrift
    from digo.fleet.failure import FleetError
    from digo.fleet.file.waves import Wave
    from digo.fleet.fleet import Fleet
    from digo.fleet.open_stack import OpenStack
    from digo.fleet.plan.stack_plan import FieldSummary, FleetPlan, PlanOutcome, StackPlan, StepSummary
    from digo.fleet.stacks import FleetStack
    from digo.fleet.up.report import FleetReport
    from digo.fleet.up.run_view import RunView
    from digo.fleet.up.stack_result import ResultOutcome, StackResult
    from digo.source.problems import ConfigError

_MODULES = {
    "ChangedStacks": "digo.fleet.changes.changed_stacks",
    "ConfigError": "digo.source.problems",
    "DriftOutcome": "digo.fleet.drift.stack_drift",
    "FieldSummary": "digo.fleet.plan.stack_plan",
    "Finding": "digo.fleet.drift.stack_drift",
    "Fleet": "digo.fleet.fleet",
    "FleetDrift": "digo.fleet.drift.stack_drift",
    "FleetError": "digo.fleet.failure",
    "FleetPlan": "digo.fleet.plan.stack_plan",
    "FleetReport": "digo.fleet.up.report",
    "FleetStack": "digo.fleet.stacks",
    "OpenStack": "digo.fleet.open_stack",
    "PlanOutcome": "digo.fleet.plan.stack_plan",
    "ResultOutcome": "digo.fleet.up.stack_result",
    "RunView": "digo.fleet.up.run_view",
    "StackDrift": "digo.fleet.drift.stack_drift",
    "StackPlan": "digo.fleet.plan.stack_plan",
    "StackResult": "digo.fleet.up.stack_result",
    "StepSummary": "digo.fleet.plan.stack_plan",
    "Wave": "digo.fleet.file.waves",
}

__all__ = [
    "ChangedStacks",
    "ConfigError",
    "DriftOutcome",
    "FieldSummary",
    "Finding",
    "Fleet",
    "FleetDrift",
    "FleetError",
    "FleetPlan",
    "FleetReport",
    "FleetStack",
    "OpenStack",
    "PlanOutcome",
    "ResultOutcome",
    "RunView",
    "StackDrift",
    "StackPlan",
    "StackResult",
    "StepSummary",
    "Wave",
]


def __getattr__(name: str) -> Any:
    """Imports a class on first use: a command imports only what it uses."""
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(name)
