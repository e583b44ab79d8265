"""What all parts of a run share: its input, events, journal, progress, and whether it is stopping."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.deployment.child import Child
from engine.deployment.child_guard import Guard
from engine.deployment.context import RunInput
from engine.deployment.errors import ProtectedError, StepError, Stopped
from engine.deployment.previous_state import PreviousState, TrackedResource
from engine.deployment.run_journal import Journal
from engine.events import Diagnostic, Event, Severity, Step, StepBegun, StepDone, StepFailed
from engine.model import Op
from protocol.urn import is_default_provider, make_urn, stack_urn

if TYPE_CHECKING:
    from engine.deployment.default_provider import ProviderHosts


@dataclass
class Progress:
    """The URNs that have a step so far, and the resources after their steps (`settled`).

    `created` are new; `registered` had an old resource or are imported. `skipped`: not created because they are no
    targets. `failed`: failed, or depend on a failed resource.
    """

    created: set[str] = field(default_factory=set)
    registered: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    settled: dict[str, TrackedResource] = field(default_factory=dict)

    def is_wanted(self, urn: str) -> bool:
        """Whether the program registered the URN. Its old resource is then not deleted."""
        return urn in self.registered or urn in self.failed


@dataclass
class Run:
    """One run. It is used on the engine's event loop only.

    `planning`: the run is a preview. `guard` kills the children if the engine dies; `program` is there while it runs.
    `changes` counts steps for the summary. `failed`: an error was reported.
    `step_failed`: a step failed, not the program or the planning. `continues_on_error`: after a failed step, others are
    still taken (refreshes, imports).
    """

    input: RunInput
    previous: PreviousState
    journal: Journal
    hosts: ProviderHosts
    emit: Callable[[Event], None]
    planning: bool
    guard: Guard
    program: Child | None = field(default=None, init=False)
    progress: Progress = field(default_factory=Progress, init=False)
    changes: Counter[Op] = field(default_factory=Counter, init=False)
    failed: bool = field(default=False, init=False)
    step_failed: bool = field(default=False, init=False)
    continues_on_error: bool = field(default=False, init=False)
    cancelled: bool = field(default=False, init=False)
    terminated: bool = field(default=False, init=False)
    stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(max(self.input.options.parallel, 1))

    @property
    def stack_urn(self) -> str:
        """The URN of the root stack resource."""
        return stack_urn(self.input.stack.name, self.input.project.name)

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The URN of a resource of this stack."""
        return make_urn(self.input.stack.name, self.input.project.name, parent, type_, name)

    def diagnose(self, severity: Severity, message: str, urn: str = "") -> None:
        """Show a message to the user."""
        self.emit(Diagnostic(severity, message, urn))

    def error(self, message: str, urn: str = "") -> None:
        """Show an error to the user, and mark the run as failed."""
        self.failed = True
        self.diagnose(Severity.ERROR, message, urn)

    def stop(self) -> None:
        """Let nothing new begin."""
        self.stopping.set()

    def check_running(self) -> None:
        """Check that the run is not stopping.

        Raises:
            Stopped: it is.
        """
        if self.stopping.is_set():
            raise Stopped

    def begun(self, step: Step) -> None:
        """Emit that a step begins (in a preview: is planned). Steps of the default provider are not shown."""
        if not is_default_provider(step.urn):
            self.emit(StepBegun(step, self.planning))

    def done(self, step: Step) -> None:
        """Emit that a step succeeded, and count it."""
        if is_default_provider(step.urn):
            return
        if step.logical:
            self.changes[step.op] += 1
        self.emit(StepDone(step, self.planning))

    def step_error(self, step: Step, error: StepError) -> None:
        """Report that a step failed. Stops the run, unless it goes on with what does not depend on the step."""
        self.step_failed = True
        message = str(error)
        self.error(f"Preview failed: {message}" if self.planning else message, step.urn)
        self.emit(StepFailed(step, self.planning))
        if not (self.continues_on_error or self.input.options.continue_on_error or isinstance(error, ProtectedError)):
            self.stop()
