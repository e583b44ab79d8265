"""The ways to run a deployment: up, preview, refresh, destroy, import."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.deployment import destroying, refreshing
from engine.deployment.cancellation import Cancellation
from engine.deployment.context import ImportRequest, Options, Project, Recorder, Result, Stack
from engine.deployment.execution import Subject, carry_out, plan
from engine.deployment.importing import importing
from engine.deployment.updating import update
from engine.events import Event
from engine.model import Deployment


def preview(
    project: Project,
    stack: Stack,
    base: Deployment,
    options: Options,
    emit: Callable[[Event], None],
    cancellation: Cancellation,
) -> Result:
    """What `up` would do. Changes nothing."""
    return plan(Subject(project, stack, base, options, emit, cancellation), update)


def up(
    project: Project,
    stack: Stack,
    base: Deployment,
    options: Options,
    emit: Callable[[Event], None],
    recorder: Recorder,
    cancellation: Cancellation,
) -> Result:
    """Run the program and bring its resources about."""
    return carry_out(Subject(project, stack, base, options, emit, cancellation), recorder, update)


def preview_refresh(
    project: Project,
    stack: Stack,
    base: Deployment,
    options: Options,
    emit: Callable[[Event], None],
    cancellation: Cancellation,
) -> Result:
    """What `refresh` would find. Changes nothing."""
    return plan(Subject(project, stack, base, options, emit, cancellation), refreshing.refresh)


def refresh(
    project: Project,
    stack: Stack,
    base: Deployment,
    options: Options,
    emit: Callable[[Event], None],
    recorder: Recorder,
    cancellation: Cancellation,
) -> Result:
    """Read every resource and take what is there into the state."""
    return carry_out(Subject(project, stack, base, options, emit, cancellation), recorder, refreshing.refresh)


def preview_destroy(
    project: Project,
    stack: Stack,
    base: Deployment,
    options: Options,
    emit: Callable[[Event], None],
    cancellation: Cancellation,
) -> Result:
    """What `destroy` would delete. Changes nothing."""
    return plan(Subject(project, stack, base, options, emit, cancellation), destroying.destroy)


def destroy(
    project: Project,
    stack: Stack,
    base: Deployment,
    options: Options,
    emit: Callable[[Event], None],
    recorder: Recorder,
    cancellation: Cancellation,
) -> Result:
    """Delete every resource of the state (or the targets), dependents first."""
    return carry_out(Subject(project, stack, base, options, emit, cancellation), recorder, destroying.destroy)


def preview_import(
    project: Project,
    stack: Stack,
    base: Deployment,
    requests: Sequence[ImportRequest],
    options: Options,
    emit: Callable[[Event], None],
    cancellation: Cancellation,
) -> Result:
    """What `import_resources` would take over. Changes nothing."""
    return plan(Subject(project, stack, base, options, emit, cancellation), importing(requests))


def import_resources(
    project: Project,
    stack: Stack,
    base: Deployment,
    requests: Sequence[ImportRequest],
    options: Options,
    emit: Callable[[Event], None],
    recorder: Recorder,
    cancellation: Cancellation,
) -> Result:
    """Take existing resources into the state."""
    return carry_out(Subject(project, stack, base, options, emit, cancellation), recorder, importing(requests))
