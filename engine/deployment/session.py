"""What all parts of one run share: its subject, its events, its journal, and when to stop."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.deployment.context import Subject
from engine.deployment.errors import ProtectedError, StepError, Stopped
from engine.deployment.journal_writer import Journal
from engine.deployment.previous_state import PreviousState
from engine.events import Diagnostic, Event, Severity, Step, StepBegun, StepDone, StepFailed
from engine.model import Op
from protocol.urn import is_default_provider, make_urn, stack_urn

if TYPE_CHECKING:
    from engine.deployment.default_provider import ProviderHosts


@dataclass
class Session:
    """One run. It lives on the engine's event loop and is touched from nowhere else.

    `planning`: a preview. `changes` counts the steps that a summary counts. `failed`: something went wrong and was
    reported. `step_failed`: that was a step, as against the program or the planning. `goes_on`: a failed step does not
    keep others from being done (refreshes, imports).
    """

    subject: Subject
    previous: PreviousState
    journal: Journal
    hosts: ProviderHosts
    emit: Callable[[Event], None]
    planning: bool
    changes: Counter[Op] = field(default_factory=Counter, init=False)
    failed: bool = field(default=False, init=False)
    step_failed: bool = field(default=False, init=False)
    goes_on: bool = field(default=False, init=False)
    cancelled: bool = field(default=False, init=False)
    terminated: bool = field(default=False, init=False)
    stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.slots = asyncio.Semaphore(max(self.subject.options.parallel, 1))

    @property
    def stack_urn(self) -> str:
        """The URN of the root stack resource."""
        return stack_urn(self.subject.stack.name, self.subject.project.name)

    def urn(self, parent: str, type_: str, name: str) -> str:
        """The URN of a resource of this stack."""
        return make_urn(self.subject.stack.name, self.subject.project.name, parent, type_, name)

    def diagnose(self, severity: Severity, message: str, urn: str = "") -> None:
        """Tell the user something; debug messages only where they were asked for."""
        if severity is not Severity.DEBUG or self.subject.options.debug:
            self.emit(Diagnostic(severity, message, urn))

    def error(self, message: str, urn: str = "") -> None:
        """Tell the user what went wrong. The run has failed."""
        self.failed = True
        self.diagnose(Severity.ERROR, message, urn)

    def stop(self) -> None:
        """Begin nothing new."""
        self.stopping.set()

    def check_running(self) -> None:
        """Pass while new things may begin.

        Raises:
            Stopped: they may not.
        """
        if self.stopping.is_set():
            raise Stopped

    def begun(self, step: Step) -> None:
        """A step starts, or is planned. Those of the default provider are nobody's concern."""
        if not is_default_provider(step.urn):
            self.emit(StepBegun(step, self.planning))

    def done(self, step: Step) -> None:
        """A step ended well."""
        if is_default_provider(step.urn):
            return
        if step.logical:
            self.changes[step.op] += 1
        self.emit(StepDone(step, self.planning))

    def step_error(self, step: Step, error: StepError) -> None:
        """A step ended badly: say so, and stop the run unless it is to go on with what does not depend on it."""
        self.step_failed = True
        message = str(error)
        self.error(f"Preview failed: {message}" if self.planning else message, step.urn)
        self.emit(StepFailed(step, self.planning))
        if not (self.goes_on or self.subject.options.continue_on_error or isinstance(error, ProtectedError)):
            self.stop()
