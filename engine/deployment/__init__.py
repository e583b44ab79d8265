"""Runs a deployment: the program, the provider hosts, and the steps between old state and new."""

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
