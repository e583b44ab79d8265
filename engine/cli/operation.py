"""The way of every operation: preview, ask, perform, keep the new state.

Source: pulumi/pulumi, `pkg/backend/apply.go` and `pkg/backend/diy/backend.go`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rich.text import Text

from engine.backend.integrity import integrity_problems
from engine.backend.layout import StackReference
from engine.backend.manifest import stamped
from engine.backend.store import StoredState
from engine.cli.prompts import choose, headline
from engine.cli.session import Session, StackSecrets
from engine.cli.signals import cancelled_by_signals
from engine.cli.terminal import confirmations_are_skipped
from engine.deployment import Cancellation, Options, Project, Recorder, Result, Stack
from engine.display.diff_view import DiffDisplay, diff_of
from engine.display.json_digest import JsonDigestDisplay
from engine.display.json_events import JsonLinesDisplay
from engine.display.live import LiveDisplay
from engine.display.names import display_type, is_default_provider, name_of, type_of
from engine.display.options import DOING, DisplayOptions, Kind
from engine.display.plain import PlainDisplay
from engine.display.signs import HEADLINE, WARNING
from engine.events import Event, StepBegun, StepDone
from engine.failure import Cancelled, Declined, Failure, NotConfirmed, OperationFailed, UnexpectedChanges
from engine.model import STACK_TYPE, Deployment, Op
from engine.stack_file import complete_config

Emit = Callable[[Event], None]

_NO_CONFIRMATION = (
    "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode"
)


class Display(Protocol):
    """What shows a run."""

    def show(self, event: Event) -> None:
        """Takes the next event."""

    def say(self, text: str) -> None:
        """A line of the engine itself."""

    def close(self) -> None:
        """The run is over."""


@dataclass(frozen=True)
class Work:
    """What an operation runs on, the same for its preview and for itself."""

    project: Project
    stack: Stack
    base: Deployment
    options: Options


PreviewRun = Callable[[Work, Emit, Cancellation], Result]
ChangeRun = Callable[[Work, Emit, Recorder, Cancellation], Result]


@dataclass(frozen=True)
class Operation:
    """An operation's two ways to run."""

    kind: Kind
    preview: PreviewRun
    change: ChangeRun


@dataclass(frozen=True)
class Wishes:
    """What the user asked for on the command line, engine options aside."""

    stack_name: str = ""
    as_json: bool = False
    diff: bool = False
    yes: bool = False
    skip_preview: bool = False
    preview_only: bool = False
    expect_no_changes: bool = False
    display: Mapping[str, Any] = field(default_factory=dict)


def perform(session: Session, operation: Operation, wishes: Wishes, options: Options) -> Result:
    """Previews, asks and performs the operation; raises `Failure` where it did not go well."""
    yes = wishes.yes or wishes.skip_preview or confirmations_are_skipped()
    if wishes.preview_only:
        return preview(session, operation, wishes, options)
    if not yes and (wishes.as_json or not session.invocation.is_interactive()):
        raise NotConfirmed(_NO_CONFIRMATION)
    stack = session.require_stack(wishes.stack_name)
    opened = session.open_secrets(stack)
    with session.backend.lock(stack, session.invocation.tell):
        stored = session.load_for_change(stack, opened)
        work = _work(session, stack, opened, stored, options)
        if not wishes.skip_preview:
            seen: list[Event] = []
            result = _run_preview(session, operation, wishes, work, seen.append)
            _require_success(result)
            if not yes:
                _ask(session, operation.kind, wishes, work.stack.name, seen)
        result = _run_change(session, operation, wishes, stack, stored, opened, work)
    _require_success(result)
    _require_no_changes(result, wishes, operation.kind)
    return result


def preview(session: Session, operation: Operation, wishes: Wishes, options: Options) -> Result:
    """Shows what the operation would do; changes and locks nothing. Raises `Failure` where it did not go well."""
    stack = session.require_stack(wishes.stack_name)
    opened = session.open_secrets(stack)
    stored = session.backend.load(stack, opened.read)
    if stored.recovered:
        session.invocation.tell(
            "the last run was interrupted; this preview counts in what its journal says, and the next `up` keeps it"
        )
    work = _work(session, stack, opened, stored, options)
    result = _run_preview(session, operation, wishes, work, lambda event: None)
    _require_success(result)
    _require_no_changes(result, wishes, operation.kind)
    return result


def _work(session: Session, stack: StackReference, opened: StackSecrets, stored: StoredState, options: Options) -> Work:
    file = session.stack_file(stack)
    values = file.values(opened.config.crypter.decrypt)
    config = complete_config(stack.name, values, session.project.config, session.project.path)
    return Work(session.project.to_run(), Stack(name=stack.name, config=config), stored.deployment, options)


def _run_preview(session: Session, operation: Operation, wishes: Wishes, work: Work, also: Emit) -> Result:
    display = _open_display(session, operation.kind, wishes, work.stack.name, is_preview=True)
    cancellation = Cancellation()

    def show(event: Event) -> None:
        also(event)
        display.show(event)

    with cancelled_by_signals(cancellation, display.say, is_preview=True):
        try:
            result = operation.preview(work, _without_own_steps(show), cancellation)
        finally:
            display.close()
    _require_unbroken(cancellation, operation.kind)
    return result


def _run_change(
    session: Session,
    operation: Operation,
    wishes: Wishes,
    stack: StackReference,
    stored: StoredState,
    opened: StackSecrets,
    work: Work,
) -> Result:
    display = _open_display(session, operation.kind, wishes, work.stack.name, is_preview=False)
    cancellation = Cancellation()
    journal = session.backend.begin(stack, stored, opened.write)
    with cancelled_by_signals(cancellation, display.say, is_preview=False):
        try:
            result = operation.change(work, _without_own_steps(display.show), journal, cancellation)
            deployment = stamped(result.deployment, opened.config)
            session.backend.finish(stack, stored, deployment, opened.write, journal)
        finally:
            display.close()
    _require_unbroken(cancellation, operation.kind)
    problems = integrity_problems(result.deployment)
    if problems:
        raise Failure("the new state was written, but it is not sound:\n  " + "\n  ".join(problems))
    return result


def _without_own_steps(show: Emit) -> Emit:
    def emit(event: Event) -> None:
        if not (isinstance(event, (StepBegun, StepDone)) and is_default_provider(event.step.urn)):
            show(event)

    return emit


def _open_display(session: Session, kind: Kind, wishes: Wishes, stack: str, *, is_preview: bool) -> Display:
    options = DisplayOptions(
        kind=kind, stack=stack, project=session.project.name, is_preview=is_preview, **wishes.display
    )
    if wishes.as_json:
        return JsonDigestDisplay(sys.stdout, options) if is_preview else JsonLinesDisplay(sys.stdout, options)
    invocation = session.invocation
    console = invocation.console()
    label = f"Previewing {kind.value}" if is_preview else DOING[kind]
    console.print(Text(f"{label} ({stack}):", HEADLINE))
    if wishes.diff:
        return DiffDisplay(console, invocation.error_console(), options)
    if invocation.is_interactive():
        return LiveDisplay(console, options)
    return PlainDisplay(console, options)


def _ask(session: Session, kind: Kind, wishes: Wishes, stack: str, seen: list[Event]) -> None:
    console = session.invocation.console()
    steps = [event.step for event in seen if isinstance(event, StepBegun)]
    if kind is Kind.UPDATE and all(step.type == STACK_TYPE for step in steps):
        console.print(
            Text("info: ", WARNING).append(
                "There are no resources in your stack (other than the stack resource).\n", "default"
            )
        )
    retained = [step for step in steps if step.retain and step.op in (Op.DELETE, Op.REPLACE)]
    if retained and kind in (Kind.UPDATE, Kind.DESTROY):
        lines = "".join(f"    - {display_type(type_of(step.urn))} {name_of(step.urn)}\n" for step in retained)
        text = f"This update will leave {len(retained)} resource(s) untracked in your environment:\n{lines}"
        console.print(Text("info: ", WARNING).append(text, "default"))
    question = f"Do you want to perform this {kind.value}?"
    if kind is Kind.REFRESH:
        question += "\nNo resources will be modified as part of this refresh; just your stack's state will be."
    choices = ["yes", "no"] if wishes.diff else ["yes", "no", "details"]
    options = DisplayOptions(
        kind=kind, stack=stack, project=session.project.name, is_preview=True, **{**wishes.display, "truncate": False}
    )
    while True:
        try:
            answer = choose(session.invocation, headline(question), choices, "no")
        except Cancelled as error:
            raise Cancelled(f"confirmation cancelled, not proceeding with the {kind.value}") from error
        if answer == "yes":
            return
        if answer == "no":
            raise Declined(f"confirmation declined, not proceeding with the {kind.value}")
        console.print(diff_of(seen, options))


def _require_unbroken(cancellation: Cancellation, kind: Kind) -> None:
    # As in Pulumi: one Ctrl-C makes a failed run of it, two a cancelled one.
    if cancellation.terminated:
        raise Cancelled(f"{kind.value} cancelled")


def _require_success(result: Result) -> None:
    if result.failed or result.cancelled:
        raise OperationFailed


def _require_no_changes(result: Result, wishes: Wishes, kind: Kind) -> None:
    if wishes.expect_no_changes and has_changes(result.changes):
        raise UnexpectedChanges(f"no changes were expected for {kind.value} but changes were proposed")


def has_changes(changes: Mapping[Op, int]) -> bool:
    """Whether anything but unchanged resources and reads was counted."""
    return any(number for op, number in changes.items() if op not in (Op.SAME, Op.READ, Op.DISCARD))
