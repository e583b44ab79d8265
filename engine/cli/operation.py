"""Runs an operation: preview, ask, perform, save the new state.

Source: pulumi/pulumi, `pkg/backend/apply.go` and `pkg/backend/diy/backend.go`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import Any

import yaml
from rich.text import Text

from digo.project.stack_file import StackFile
from digo.project.values import decrypt_values, text_of
from engine.backend.files import StateNotWritten
from engine.backend.history import FAILED, SUCCEEDED, UpdateInfo, add_to_history
from engine.backend.integrity import integrity_problems
from engine.backend.layout import StackReference
from engine.backend.manifest import stamped
from engine.backend.store import StoredState
from engine.cli.operation_flags import OperationFlags
from engine.cli.prompts import choose
from engine.cli.session import Session, StackSecrets
from engine.cli.signals import cancelled_by_signals
from engine.cli.terminal import confirmations_are_skipped
from engine.cli.update_metadata import update_metadata
from engine.deployment.cancellation import Cancellation
from engine.deployment.context import Result, RunInput, Stack
from engine.deployment.execution import Work, execute, plan
from engine.display.diff_view import DiffDisplay, diff_of
from engine.display.display import Display
from engine.display.json_digest import JsonDigestDisplay
from engine.display.json_events import JsonLinesDisplay
from engine.display.live import LiveDisplay
from engine.display.operation_words import HEADLINE, WARNING
from engine.display.options import DOING, DisplayedRun, DisplayOptions, Kind
from engine.display.plain import PlainDisplay
from engine.display.rows import display_type
from engine.events import Diagnostic, Event, Severity, StepBegun
from engine.failure import Cancelled, Declined, Failure, NotConfirmed, OperationFailed, UnexpectedChanges
from engine.model import Op
from engine.project_file import project_to_run
from engine.stack_file import complete_config
from protocol.tokens import STACK_TYPE
from protocol.urn import name_of, stack_urn, type_of

_NO_CONFIRMATION = (
    "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode"
)


@dataclass(frozen=True)
class Operation:
    """An operation as the user wants it: `work` is the engine's function for it."""

    session: Session
    kind: Kind
    work: Work
    flags: OperationFlags

    def perform(self) -> None:
        """Previews, asks and performs the operation; raises `Failure` if it fails."""
        confirmation, session = self.flags.confirmation, self.session
        yes = confirmation.yes or confirmation.skip_preview or confirmations_are_skipped()
        if confirmation.preview_only:
            self.preview()
            return
        if not yes and (self.flags.as_json or not session.invocation.is_interactive()):
            raise NotConfirmed(_NO_CONFIRMATION)
        stack = session.require_stack(self.flags.stack_name)
        opened = session.open_secrets(stack)
        with session.locked(stack):
            stored = session.load_for_change(stack, opened)
            run = _StackOperation.of(self, stack, opened, stored)
            events: list[Event] = []
            if not confirmation.skip_preview:
                _require_success(run.preview(events.append))
                if not yes:
                    run.ask(events)
            result = run.change(stored, frozenset(event for event in events if _is_note(event)))
        self._require_wanted(result)

    def preview(self) -> None:
        """Shows what the operation would do; changes and locks nothing. Raises `Failure` if it fails."""
        stack = self.session.require_stack(self.flags.stack_name)
        opened = self.session.open_secrets(stack)
        stored = self.session.backend.load(stack, opened.read)
        if stored.recovered:
            self.session.invocation.info(
                "the last run was interrupted; this preview counts in what its journal says, and the next `up` keeps it"
            )
        self._require_wanted(_StackOperation.of(self, stack, opened, stored).preview(lambda _event: None))

    def _require_wanted(self, result: Result) -> None:
        """Raises `Failure` if the result is not as the flags want it."""
        _require_success(result)
        changed = any(number for op, number in result.changes.items() if op is not Op.SAME)
        if self.flags.expect_no_changes and changed:
            raise UnexpectedChanges(f"no changes were expected for {self.kind.value} but changes were proposed")


@dataclass(frozen=True)
class _StackOperation:
    """An operation on a stack whose state is loaded and whose secrets are open."""

    operation: Operation
    session: Session
    stack: StackReference
    opened: StackSecrets
    file: StackFile
    run_input: RunInput

    @classmethod
    def of(
        cls, operation: Operation, stack: StackReference, opened: StackSecrets, stored: StoredState
    ) -> _StackOperation:
        session = operation.session
        file = session.stack_file(stack)
        values = file.values(opened.config.crypter.decrypt)
        config = complete_config(stack.name, values, session.project.config, session.project.path)
        wanted = Stack(name=stack.name, config=config)
        run_input = RunInput(project_to_run(session.project), wanted, stored.deployment, operation.flags.options)
        return cls(operation, session, stack, opened, file, run_input)

    def preview(self, also: Callable[[Event], None]) -> Result:
        """Show the changes. `also` gets each event too."""
        display = self._open_display(is_preview=True)
        cancellation = Cancellation()

        def show(event: Event) -> None:
            also(event)
            display.show(event)

        with cancelled_by_signals(cancellation, display.say, is_preview=True):
            try:
                result = plan(self.run_input, self.operation.work, show, cancellation)
            finally:
                display.close()
        self._require_unbroken(cancellation)
        return result

    def change(self, stored: StoredState, previewed: Set[Event]) -> Result:
        """Performs the operation and writes the new state. What the preview printed (`previewed`) is not repeated."""
        session, opened = self.session, self.opened
        display = self._open_display(is_preview=False)
        cancellation = Cancellation()
        update = self._begun_update()
        journal = session.backend.begin(self.stack, stored, opened.write)

        def show(event: Event) -> None:
            # A document of events is for programs, and so has all of them.
            if self.operation.flags.as_json or not _is_note(event) or event not in previewed:
                display.show(event)

        with cancelled_by_signals(cancellation, display.say, is_preview=False):
            try:
                result = execute(self.run_input, self.operation.work, show, cancellation, journal.record)
                state = stamped(result.deployment, opened.config)
                session.backend.finish(self.stack, stored, state, opened.write, journal)
            finally:
                display.close()
        self._add_to_history(update, result)
        self._require_unbroken(cancellation)
        problems = integrity_problems(result.deployment)
        if problems:
            raise Failure("the new state was written, but it is not sound:\n  " + "\n  ".join(problems))
        return result

    def _begun_update(self) -> UpdateInfo:
        now, message = int(time.time()), self.operation.flags.message
        message, environment = update_metadata(message, self.session.project.root)
        config = {key: _stored_config(entry.node) for key, entry in self.file.entries.items()}
        return UpdateInfo(self.operation.kind.recorded, now, now, SUCCEEDED, message, environment, config)

    def _add_to_history(self, update: UpdateInfo, result: Result) -> None:
        """Adds the update to the stack's history. The state is written already, so a failure is a warning."""
        counts = {op.value: count for op, count in result.changes.items() if count}
        ended = replace(
            update,
            end_time=int(time.time()),
            result=FAILED if result.failed or result.cancelled else SUCCEEDED,
            resource_changes=counts,
        )
        try:
            add_to_history(self.session.backend.layout, self.stack, ended)
        except StateNotWritten as problem:
            self.session.invocation.warning(f"the state is written, but the history lacks this run: {problem}")

    def _display_options(self, *, is_preview: bool) -> DisplayOptions:
        urn = stack_urn(self.stack.name, self.session.project.name)
        return DisplayOptions(DisplayedRun(self.operation.kind, urn, is_preview), **self.operation.flags.display)

    def _open_display(self, *, is_preview: bool) -> Display:
        options, kind = self._display_options(is_preview=is_preview), self.operation.kind
        if self.operation.flags.as_json:
            return JsonDigestDisplay(sys.stdout, options) if is_preview else JsonLinesDisplay(sys.stdout)
        invocation = self.session.invocation
        console = invocation.console()
        label = f"Previewing {kind.value}" if is_preview else DOING[kind]
        console.print(Text(f"{label} ({self.stack.name}):", HEADLINE))
        if self.operation.flags.diff:
            return DiffDisplay(console, invocation.console(stderr=True), options)
        return LiveDisplay(console, options) if invocation.is_interactive() else PlainDisplay(console, options)

    def ask(self, events: list[Event]) -> None:
        """Ask the user for confirmation, with the events of the preview; raises `Declined` or `Cancelled`."""
        console, kind = self.session.invocation.console(), self.operation.kind
        steps = [event.step for event in events if isinstance(event, StepBegun)]
        if kind is Kind.UPDATE and all(step.type == STACK_TYPE for step in steps):
            console.print(_info("There are no resources in your stack (other than the stack resource).\n"))
        retained = [step for step in steps if step.retain and step.op in (Op.DELETE, Op.REPLACE)]
        if retained and kind in (Kind.UPDATE, Kind.DESTROY):
            lines = "".join(f"    - {display_type(type_of(step.urn))} {name_of(step.urn)}\n" for step in retained)
            console.print(
                _info(f"This update will leave {len(retained)} resource(s) untracked in your environment:\n{lines}")
            )
        question = f"Do you want to perform this {kind.value}?"
        if kind is Kind.REFRESH:
            question += "\nNo resources will be modified as part of this refresh; just your stack's state will be."
        choices = ["yes", "no"] if self.operation.flags.diff else ["yes", "no", "details"]
        while True:
            try:
                answer = choose(self.session.invocation, question, choices, "no")
            except Cancelled as error:
                raise Cancelled(f"confirmation cancelled, not proceeding with the {kind.value}") from error
            if answer == "yes":
                return
            if answer == "no":
                raise Declined(f"confirmation declined, not proceeding with the {kind.value}")
            console.print(diff_of(events, replace(self._display_options(is_preview=True), truncate=False)))

    def _require_unbroken(self, cancellation: Cancellation) -> None:
        # As in Pulumi: after one Ctrl-C the run has failed, after two it is cancelled.
        if cancellation.terminated:
            raise Cancelled(f"{self.operation.kind.value} cancelled")


def _is_note(event: Event) -> bool:
    """Whether it is a message that need not be printed twice: no error, and no status line."""
    return isinstance(event, Diagnostic) and event.severity is not Severity.ERROR and not event.ephemeral


def _stored_config(node: yaml.Node) -> Any:
    """A config value as the history has it; secrets stay encrypted."""
    value = decrypt_values(node, lambda ciphertext: {"secure": ciphertext})
    return value if isinstance(value, (dict, list)) else text_of(value)


def _info(text: str) -> Text:
    return Text("info: ", WARNING).append(text, "default")


def _require_success(result: Result) -> None:
    if result.failed or result.cancelled:
        raise OperationFailed
