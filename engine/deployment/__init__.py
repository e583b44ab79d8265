"""Runs a deployment: starts the program and the provider host, and takes the steps from the old state to the new."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.deployment.cancellation import Cancellation
from engine.deployment.context import ImportRequest, Options, Project, Recorder, Result, Stack, Subject

if TYPE_CHECKING:
    from engine.deployment.deletions import destroy
    from engine.deployment.execution import execute, plan
    from engine.deployment.importing import import_resources
    from engine.deployment.refreshing import refresh
    from engine.deployment.updating import update

__all__ = [
    "Cancellation",
    "ImportRequest",
    "Options",
    "Project",
    "Recorder",
    "Result",
    "Stack",
    "Subject",
    "destroy",
    "execute",
    "import_resources",
    "plan",
    "refresh",
    "update",
]

_MODULES = {
    "execute": "execution",
    "destroy": "deletions",
    "import_resources": "importing",
    "plan": "execution",
    "refresh": "refreshing",
    "update": "updating",
}


def __getattr__(name: str) -> Any:
    """Imports the functions that need gRPC only when they are used. Most commands do not need them."""
    if name in _MODULES:
        return getattr(import_module(f"engine.deployment.{_MODULES[name]}"), name)
    raise AttributeError(name)
