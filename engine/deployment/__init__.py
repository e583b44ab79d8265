"""Runs a deployment: the program, the provider hosts, and the steps between old state and new."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.deployment.cancellation import Cancellation
from engine.deployment.context import (
    ConfigValue,
    DiscardingRecorder,
    ImportRequest,
    Options,
    Project,
    Recorder,
    Result,
    Stack,
)

if TYPE_CHECKING:
    from engine.deployment.run import (
        destroy,
        import_resources,
        preview,
        preview_destroy,
        preview_import,
        preview_refresh,
        refresh,
        up,
    )

__all__ = [
    "Cancellation",
    "ConfigValue",
    "DiscardingRecorder",
    "ImportRequest",
    "Options",
    "Project",
    "Recorder",
    "Result",
    "Stack",
    "destroy",
    "import_resources",
    "preview",
    "preview_destroy",
    "preview_import",
    "preview_refresh",
    "refresh",
    "up",
]


def __getattr__(name: str) -> Any:
    """What runs a deployment: most commands run none, and must not wait for gRPC."""
    if name in __all__:
        return getattr(import_module("engine.deployment.run"), name)
    raise AttributeError(name)
